"""``storycluster index stats``: sizes of an index."""

from __future__ import annotations

from dataclasses import asdict

import click

from storycluster.cli.index.opening import index_argument, write_line


@click.command(short_help="Sizes of an index.")
@index_argument
def stats(path: str) -> None:
    """Write how many articles, stories, matches and changes an index holds and what they take, as JSON."""
    from storycluster.story_index import StoryIndex

    with StoryIndex.open(path, read_only=True) as index:
        write_line({**asdict(index.stats()), "cursor": index.cursor})
