"""``storycluster index``: stories of articles that arrive one by one, in a file that stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import click

from storycluster.cli import INTERRUPTED, Commands
from storycluster.cli.road import say

INDEX_COMMANDS = (
    "add", "search", "stories", "changes", "explain", "remove", "expire", "refresh", "stats", "check", "rebuild",
    "backup",
)  # fmt: skip
"""Each in a module of its name, imported when it is called."""


class IndexCommands(Commands):
    """The same for an index, whose file stays whole whatever interrupts them."""

    places: ClassVar[Mapping[str, tuple[str, str]]] = {
        name: (f"storycluster.cli.index.{name}", name) for name in INDEX_COMMANDS
    }

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; an interrupt undoes only what was not done whole."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say(["interrupted; the index is whole, and no other file was written"])
            raise click.exceptions.Exit(INTERRUPTED) from None


@click.group(cls=IndexCommands, short_help="Stories of articles as they arrive, in a file that stays.")
def index() -> None:
    """Keep stories of articles that arrive one by one, are corrected, withdrawn and grow old.

    INDEX is a file, made by the first `index add`. One process writes to it at a time; any number may read beside it.
    Or it is the address of a PostgreSQL database, postgresql://user@host/database, where any number may write.

    \b
    Examples:
      crawler | storycluster index add news.db - > placements.jsonl
      storycluster index stories news.db --min-outlets 2
      storycluster index changes news.db --follow
    """
