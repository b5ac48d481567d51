"""``storycluster index stories``: the stories of an index."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

import click

from storycluster.cli.index.opening import index_argument
from storycluster.cli.options import (
    min_outlets_option,
    output_option,
    read_moment,
    rows_option,
    stories_format_of,
    stories_format_option,
)
from storycluster.formats.output import open_output
from storycluster.formats.stories import write_stories


@click.command(short_help="The stories of an index.")
@index_argument
@output_option
@stories_format_option
@min_outlets_option
@click.option(
    "--since", callback=read_moment, default=None, metavar="TIME",
    help="Only stories that an article joined at or after this time, by arrival.",
)  # fmt: skip
@rows_option
def stories(path: str, output: str, wanted: str | None, min_outlets: int, since: datetime | None, limit: int) -> None:
    """Write the stories of an index as they stand, those with most outlets first."""
    from storycluster.cli.cluster import show_table
    from storycluster.story_index import StoryIndex

    format = stories_format_of(output, wanted)
    with StoryIndex.open(path, read_only=True) as index, open_output(output) as file:
        found = index.stories(since=since, min_outlets=min_outlets)
        if format == "table":
            total = index.count_stories(since=since, min_outlets=min_outlets)
            show_table(islice(found, limit or None), total, limit, file)
        else:
            write_stories(found, file, format=format)
