"""Stories as a table to read."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import IO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from storycluster.fields import counted
from storycluster.models import Outlet, Published, Story

MOST_OUTLETS = 8
"""Outlets of a story that a table lists by name."""
WIDTH = 100
"""Columns of a table that isn't written to a terminal."""


def shown_date(when: Published | None) -> str:
    """The day, and the minute where it is known, in the zone of the source."""
    if when is None:
        return "unknown"
    text = when.isoformat(" ", "minutes") if isinstance(when, datetime) else when.isoformat()
    return text.replace("+00:00", "Z")


def shown_outlet(outlet: Outlet) -> str:
    """Its name, with the number of its articles if there are several."""
    several = len(outlet.article_ids)
    return outlet.name if several == 1 else f"{outlet.name} (×{several})"


def outlet_lines(story: Story) -> str:
    """The outlets, one a line; what a copy is called that has none."""
    if not story.outlets:
        return "outlet unknown"
    lines = [shown_outlet(outlet) for outlet in story.outlets[:MOST_OUTLETS]]
    more = len(story.outlets) - MOST_OUTLETS
    return "\n".join(lines + ([f"and {more:,} more"] if more > 0 else []))


def date_lines(story: Story) -> str:
    """When each outlet listed was first."""
    if not story.outlets:
        return shown_date(story.first_published)
    return "\n".join(shown_date(outlet.first_published) for outlet in story.outlets[:MOST_OUTLETS])


def write_table(stories: Iterable[Story], total: int, file: IO[str]) -> None:
    """Write stories as a table: number, title, outlets in order of publication, when each ran it.

    Args:
        stories: The ones to show.
        total: How many there are; what isn't shown is said below.
        file: Text.
    """
    width = shutil.get_terminal_size((WIDTH, 0)).columns if file.isatty() else WIDTH
    console = Console(file=file, width=width, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("", justify="right", style="dim", no_wrap=True)
    table.add_column("story", ratio=5, overflow="fold")
    table.add_column("outlets", ratio=3, overflow="fold", no_wrap=True)
    table.add_column("published", no_wrap=True, style="dim")
    shown = 0
    for shown, story in enumerate(stories, start=1):
        title = Text(printable(story.title) or "(no title)", style="bold" if len(story.outlets) > 1 else "")
        if len(story) > 1:
            title.append(f"\n{counted(len(story), 'article')}: {relations(story)}", style="dim")
        table.add_row(str(shown), title, Text(printable(outlet_lines(story))), date_lines(story))
    if shown:
        console.print(table)
    if shown < total:
        rest = counted(total - shown, "story", "stories")
        console.print(Text(f"\n… and {rest} more (--limit 0 shows all)", style="dim"))


def relations(story: Story) -> str:
    """What the copies are, counted: ``2 copies, 1 cut``."""
    counts: dict[str, int] = {}
    for copy in story.copies[1:]:
        counts[copy.relation] = counts.get(copy.relation, 0) + 1
    plural = {"copy": "copies", "version": "versions"}
    parts = [f"{count} {plural.get(name, name) if count > 1 else name}" for name, count in counts.items()]
    return ", ".join(["anchor", *parts])


def printable(text: str) -> str:
    """The text without what a terminal would obey or what UTF-8 can't hold; line breaks stay."""
    encoding = sys.stdout.encoding or "utf-8"
    kept = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
    return kept.encode(encoding, "replace").decode(encoding)
