"""``storycluster index backup``: copy an index while it is in use."""

from __future__ import annotations

import click

from storycluster.cli.index.opening import index_argument
from storycluster.cli.road import say
from storycluster.store.address import shown


@click.command(short_help="Copy an index, while it is in use.")
@index_argument
@click.argument("target", metavar="COPY")
def backup(path: str, target: str) -> None:
    """Copy an index to another file as it stands at one moment, while others may write to it."""
    from storycluster.story_index import StoryIndex

    with StoryIndex.open(path, read_only=True) as index:
        index.backup(target)
    say([f"{shown(path)} copied to {target}"])
