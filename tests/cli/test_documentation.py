"""docs/cli.md tells every command and option, and none that isn't there."""

from __future__ import annotations

import re
from pathlib import Path

import click

from storycluster.cli import COMMANDS, app
from storycluster.cli.index import INDEX_COMMANDS

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


ALL = [*COMMANDS, *(f"index {name}" for name in INDEX_COMMANDS)]


def options(name: str) -> set[str]:
    """The long options of a command."""
    command: click.Command | None = app
    for part in name.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), part)
    assert command is not None
    long = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    return long - {"--help"}


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOCS.read_text("utf-8"), re.M | re.S)
    assert found, f"docs/cli.md has no section {title!r}"
    return found[1]


def test_every_option_is_documented_where_it_belongs() -> None:
    shared = set(re.findall(r"^\| .*?`(--[\w-]+)", section("Options of every command that reads articles"), re.M))
    for name in ALL:
        told = set(re.findall(r"^\| .*?`(--[\w-]+)", section(f"storycluster {name}"), re.M))
        own = options(name)
        if "--aliases" in own:
            assert shared <= own
            own -= shared
        elif name in ("settings", "demo"):
            own -= {"--settings"}
        assert told == own
