"""What the library says in Python's terms, in those of the shell."""

from __future__ import annotations

IN_SHELL = {
    "(format=)": "(--from)",
    "(timeout=)": "(--timeout)",
    "open it without settings=": "leave out --settings",
    "with store_text=True": "with --store-text",
    "go on from StoryIndex.cursor": "go on from the cursor that `storycluster index stats` tells",
    "raise max_line_bytes": "cut it in pieces",
}
"""Whole phrases, so that what a message quotes stays as it is."""


def in_shell(message: str) -> str:
    """A message of the library as the shell shows it."""
    for phrase, told in IN_SHELL.items():
        message = message.replace(phrase, told)
    return message
