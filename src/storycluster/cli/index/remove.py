"""``storycluster index remove``: take articles out of an index."""

from __future__ import annotations

import click

from storycluster.cli.index.opening import index_argument, load_index_kernels, timeout_option
from storycluster.cli.road import Meter, say
from storycluster.errors import UnknownIdError
from storycluster.fields import counted


@click.command(short_help="Take articles out of an index.")
@index_argument
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@timeout_option
def remove(path: str, ids: tuple[str, ...], timeout: float) -> None:
    """Take articles out, as if they had never come; the stories that they held together are cut anew."""
    from storycluster.story_index import StoryIndex

    with (
        Meter() as meter,
        StoryIndex.open(path, timeout=timeout, must_exist=True, progress=meter.show) as index,
    ):
        load_index_kernels()
        unknown = [article_id for article_id in ids if article_id not in index]
        if unknown:
            raise UnknownIdError(f"{unknown[0]!r}: the index has no article with this id; nothing was removed")
        for article_id in dict.fromkeys(ids):
            index.remove(article_id)
    say([f"{counted(len(set(ids)), 'article')} removed"])
