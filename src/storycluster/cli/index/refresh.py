"""``storycluster index refresh``: apply what an index has learnt."""

from __future__ import annotations

import click

from storycluster.cli.index.opening import index_argument, load_index_kernels, timeout_option
from storycluster.cli.road import Meter, say
from storycluster.fields import counted


@click.command(short_help="Apply what an index has learnt of footers, forms and outlets' names.")
@index_argument
@timeout_option
def refresh(path: str, timeout: float) -> None:
    """Apply what an index has learnt of footers, forms and outlets' names: right after, its stories are a batch's.

    An index does so bit by bit as articles come. What changes is told in the feed.
    """
    from storycluster.story_index import StoryIndex

    with (
        Meter("applying what was learnt") as meter,
        StoryIndex.open(path, timeout=timeout, must_exist=True, progress=meter.show) as index,
    ):
        load_index_kernels()
        before = index.cursor
        index.refresh()
        changes = index.cursor - before
    where = f", in the feed after {before}" if changes else ""
    say([f"what was learnt is applied: {counted(changes, 'change')}{where}"])
