"""Options that several commands have, and what their values mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from storycluster.dates import parse_published
from storycluster.formats.detection import FORMATS
from storycluster.outlets import Aliases
from storycluster.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


class SettingsFile(click.ParamType):
    """A TOML file of settings → Settings; its errors end the command with what is wrong in the file."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Settings:  # noqa: ARG002
        """Read the file. (Unused arguments are click's signature.)"""
        return value if isinstance(value, Settings) else Settings.from_toml(value)


class AliasesFile(click.ParamType):
    """A TOML file of outlets' spellings → Aliases."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Aliases:  # noqa: ARG002
        """Read the file. (Unused arguments are click's signature.)"""
        return value if isinstance(value, Aliases) else Aliases.from_toml(value)


class Moment(click.ParamType):
    """A time in any spelling that articles' dates may have → an aware datetime."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the time; a day alone is its beginning, UTC."""
        when, _ = parse_published(value)
        if when is None:
            self.fail(f"expected a time such as 2025-06-03T00:00:00Z, got {value!r}", param, ctx)
        return when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=UTC)


settings_option = click.option(
    "--settings", type=SettingsFile(), default=None, help="TOML file of settings; see `storycluster settings`."
)
output_option = click.option(
    "-o", "--output", default="-", show_default=True, metavar="FILE",
    help="Where to write; - is standard output, a name in .gz is packed.",
)  # fmt: skip


def reading_options(command: Command) -> Command:
    """The options of every command that reads articles."""
    for option in (
        click.option("--strict", is_flag=True, help="Stop at the first bad record instead of setting it aside."),
        click.option(
            "--aliases", type=AliasesFile(), default=None,
            help='TOML file of outlets\' spellings: "The Korea Herald" = ["KH", "koreaherald.co.kr"].',
        ),
        settings_option,
        click.option(
            "--as-of", type=Moment(), default=None,
            help='When the input was fetched: turns an aggregator page\'s "13 hours ago" into dates, and dates after it '
            "count as unknown.",
        ),
        click.option(
            "--from", "from_format", type=click.Choice(FORMATS), default=None,
            help="The input's format; told from content and ending if left out.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def format_of(path: str, wanted: str | None, choices: tuple[str, ...], otherwise: str) -> str:
    """The format to write: the one wanted, else the one that the file's ending names, else ``otherwise``."""
    if wanted is not None:
        return wanted
    ending = Path(path.removesuffix(".gz")).suffix.lower().lstrip(".")
    return ending if ending in choices else otherwise
