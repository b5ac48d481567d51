"""``storycluster index expire``: take out what is older than a moment."""

from __future__ import annotations

from datetime import datetime

import click

from storycluster.cli.index.opening import index_argument, load_index_kernels, timeout_option
from storycluster.cli.options import read_moment
from storycluster.cli.road import Meter, say
from storycluster.fields import counted


@click.command(short_help="Take out articles older than a moment.")
@index_argument
@click.option(
    "--before", callback=read_moment, required=True, metavar="TIME",
    help="Articles that arrived (or came out, if the index retains by publication) before it go.",
)  # fmt: skip
@timeout_option
def expire(path: str, before: datetime, timeout: float) -> None:
    """Take out all articles older than a moment; `index add` does it by itself after its --retention."""
    from storycluster.story_index import StoryIndex

    with (
        Meter() as meter,
        StoryIndex.open(path, timeout=timeout, must_exist=True, progress=meter.show) as index,
    ):
        load_index_kernels()
        gone = index.expire(before=before)
    say([f"{counted(gone, 'article')} expired"])
