"""``storycluster index check``: is an index whole, and mend what can be derived."""

from __future__ import annotations

import click

from storycluster.cli.index.opening import index_argument, load_index_kernels, timeout_option
from storycluster.cli.road import Meter, say
from storycluster.errors import StoreError
from storycluster.store.address import shown


@click.command(short_help="Verify an index, and mend what can be derived.")
@index_argument
@timeout_option
def check(path: str, timeout: float) -> None:
    """Verify an index: the file, and that its stories are those that its articles give.

    What can be derived from the articles' fingerprints (matches, stories, furniture) is derived anew and put right
    where it differs ("mended: …"). What was learnt and still pending is no fault; it is applied first ("pending: …").
    Damage to the file itself is told, and can't be mended: go back to a backup.
    """
    from storycluster.story_index import StoryIndex

    with (
        Meter("checking") as meter,
        StoryIndex.open(path, timeout=timeout, must_exist=True, progress=meter.show) as index,
    ):
        load_index_kernels()
        found = index.check()
    told = [f"pending: {line}" for line in found.applied] + [f"mended: {line}" for line in found.mended]
    say([*found.damage, *told, "the index is damaged" if found.damage else "the index is whole"])
    if found.damage:
        raise StoreError(f"{shown(path)}: the index is damaged; restore a backup, or add its articles to a new one")
