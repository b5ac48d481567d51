"""``storycluster cluster``: articles in, stories with their outlets out."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

import click

from storycluster.cli.options import (
    Reading,
    check_target,
    format_of,
    inputs_argument,
    memory_option,
    min_outlets_option,
    output_option,
    reading_options,
    rows_option,
    stories_format_of,
    stories_format_option,
)
from storycluster.cli.road import check_apart, run, say, summarize
from storycluster.formats.output import open_outputs
from storycluster.formats.stories import write_records, write_stories
from storycluster.models import Story
from storycluster.story import LEADS

if TYPE_CHECKING:
    from storycluster.clustering import Clustering


@click.command(short_help="Articles in, stories with their outlets out.")
@inputs_argument
@output_option
@stories_format_option
@min_outlets_option
@rows_option
@click.option(
    "--lead",
    type=click.Choice(list(LEADS)),
    default="anchor",
    show_default=True,
    help="Which copy gives a story its title: the one that all others match, the first published, the longest.",
)
@click.option(
    "--matches",
    callback=check_target,
    metavar="FILE",
    help="Also write the verified pairs as JSONL: why articles were joined, and near misses.",
)
@memory_option
@reading_options
def cluster(
    inputs: tuple[str, ...],
    output: str,
    wanted: str | None,
    min_outlets: int,
    limit: int,
    lead: str,
    matches: str | None,
    memory: int | None,
    reading: Reading,
) -> None:
    """Turn the articles of files into stories.

    INPUT is a file (JSONL, JSON, CSV, TSV, Parquet, text, or the text of an aggregator's page; .gz and .zst are
    unpacked), a folder of such files, or - for standard input. Records that can't be read are set aside and told
    on standard error, with file and line; what was read and noticed is summed up there.

    \b
    Examples:
      storycluster cluster news.jsonl
      storycluster cluster day/*.jsonl.gz -o stories.jsonl --min-outlets 2
      crawler | storycluster cluster - --format csv > copies.csv
    """
    check_apart(inputs, output, matches)
    format, matches_format = stories_format_of(output, wanted), format_of(matches or "-")
    ran = run(inputs, reading, choose_lead=LEADS[lead], memory=memory)
    with open_outputs() as opened:
        file = opened(output)
        if format == "jsonl":
            file.writelines(ran.clustering.story_lines(min_outlets=min_outlets))
        elif format == "table":
            total = ran.clustering.count_stories(min_outlets=min_outlets)
            show_table(chosen(ran.clustering, min_outlets), total, limit, file)
        else:
            write_stories(chosen(ran.clustering, min_outlets), file, format=format)
        if matches is not None:
            write_records(match_records(ran.clustering), opened(matches), format=matches_format)
    say(summarize(ran))


def chosen(clustering: Clustering, min_outlets: int) -> Iterator[Story]:
    """The stories that so many outlets ran: they come first."""
    return islice(clustering.stories, clustering.count_stories(min_outlets=min_outlets))


def show_table(stories: Iterator[Story], total: int, limit: int, file: IO[bytes]) -> None:
    """Write the first ``limit`` stories (0: all) as a table."""
    from storycluster.cli.table import write_table

    if file is sys.stdout.buffer:
        write_table(islice(stories, limit or None), total, sys.stdout)
        return
    text = io.TextIOWrapper(file, "utf-8", write_through=True)
    try:
        write_table(islice(stories, limit or None), total, text)
    finally:
        text.detach()


def match_records(clustering: Clustering) -> Iterator[dict[str, Any]]:
    """The pairs behind the stories, then the near misses, each saying whether it was joined."""
    joined = ({**asdict(match), "joined": True} for match in clustering.matches)
    return chain(joined, ({**asdict(match), "joined": False} for match in clustering.near_misses))
