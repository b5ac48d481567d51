"""``storycluster index stats``: sizes of an index."""

from __future__ import annotations

from dataclasses import asdict

import click

from storycluster.cli.index.opening import index_argument, write_line


@click.command(short_help="Sizes of an index.")
@index_argument
def stats(path: str) -> None:
    """Write how many articles, stories, matches and changes an index holds and how much it stores, as JSON."""
    from storycluster.story_index import StoryIndex

    with StoryIndex.open(path, read_only=True) as index:
        sizes = asdict(index.stats())
        del sizes["memory_bytes"]  # nothing here needs the index in memory
        write_line({**sizes, "cursor": index.cursor})
