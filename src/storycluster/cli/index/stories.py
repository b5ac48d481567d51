"""``storycluster index stories``: the stories of an index."""

from __future__ import annotations

import sys
from datetime import datetime
from itertools import islice

import click

from storycluster.cli.index.opening import index_argument
from storycluster.cli.options import format_of, output_option, read_moment
from storycluster.formats.output import open_output
from storycluster.formats.stories import WRITTEN, write_stories


@click.command(short_help="The stories of an index.")
@index_argument
@output_option
@click.option(
    "--format", "wanted", type=click.Choice(["table", *WRITTEN]), default=None,
    help="table on a terminal and jsonl elsewhere if left out, or what FILE's ending says.",
)  # fmt: skip
@click.option("--min-outlets", type=click.IntRange(0), default=0, help="Only stories that so many outlets ran.")
@click.option(
    "--since", callback=read_moment, default=None, metavar="TIME",
    help="Only stories that an article joined at or after this time, by arrival.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Rows of a table; 0 for all.")
def stories(path: str, output: str, wanted: str | None, min_outlets: int, since: datetime | None, limit: int) -> None:
    """Write the stories of an index as they stand, those with most outlets first."""
    from storycluster.cli.cluster import show_table
    from storycluster.story_index import StoryIndex

    format = format_of(output, wanted, WRITTEN, "table" if output == "-" and sys.stdout.isatty() else "jsonl")
    with StoryIndex.open(path, read_only=True) as index, open_output(output) as file:
        found = index.stories(since=since, min_outlets=min_outlets)
        if format == "table":
            total = index.count_stories(since=since, min_outlets=min_outlets)
            show_table(islice(found, limit or None), total, limit, file)
        else:
            write_stories(found, file, format=format)
