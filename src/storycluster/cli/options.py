"""Options that several commands have, and what their values mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import click

from storycluster.dates import parse_published
from storycluster.errors import FormatError
from storycluster.formats.detection import FORMATS
from storycluster.formats.output import check_output
from storycluster.formats.stories import WRITTEN, format_named
from storycluster.outlets import Aliases
from storycluster.settings import Settings

SIZE = re.compile(r"(\d+(?:\.\d+)?) *([kmgt])?b?", re.I | re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a command reads and judges articles, as its options say.

    Args:
        from_format: The input's format; None to tell it.
        as_of: When the input was fetched.
        settings: Defaults if None.
        aliases: Outlets' spellings.
        strict: Stop at the first bad record.
    """

    from_format: str | None = None
    as_of: datetime | None = None
    settings: Settings | None = None
    aliases: Aliases | None = None
    strict: bool = False


def read_settings(context: click.Context, option: click.Parameter, value: str | None) -> Settings | None:
    """A TOML file of settings; its errors end the command with what is wrong in the file."""
    return None if value is None else Settings.from_toml(value)


def read_aliases(context: click.Context, option: click.Parameter, value: str | None) -> Aliases | None:
    """A TOML file of outlets' spellings."""
    return None if value is None else Aliases.from_toml(value)


def check_target(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """See that a file can be written there, before the work begins whose outcome it is for.

    Raises:
        FormatError: It can't.
    """
    if value is not None:
        check_output(value)
    return value


def read_moment(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """A time in any spelling that articles' dates may have; a day alone is its beginning, UTC.

    Raises:
        click.BadParameter: It can't be read.
    """
    if value is None:
        return None
    when, _ = parse_published(value)
    if when is None:
        raise click.BadParameter(f"expected a time such as 2025-06-03T00:00:00Z, got {value!r}", context, option)
    return when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=UTC)


def read_fetched(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """The same, but a day alone is its end: what came out on the day when it was fetched was there.

    Raises:
        click.BadParameter: It can't be read.
    """
    moment = read_moment(context, option, value)
    day_alone = value is not None and not isinstance(parse_published(value)[0], datetime)
    return moment + timedelta(days=1, microseconds=-1) if moment is not None and day_alone else moment


def read_bytes(size: str) -> int:
    """A number of bytes, written as 4GB, 500 MB or 1.5g.

    Raises:
        ValueError: It is written otherwise.
    """
    match = SIZE.fullmatch(size.strip())
    if match is None:
        raise ValueError(f"expected a size such as 4GB or 500MB, got {size!r}")
    return int(float(match[1]) * 1000 ** "BKMGT".index((match[2] or "B").upper()))


def read_size(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """A number of bytes.

    Raises:
        click.BadParameter: It can't be read.
    """
    try:
        return None if value is None else read_bytes(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


class WholeNumber(click.IntRange):
    """A whole number from a least one on."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number.

        Raises:
            click.BadParameter: It is none, or less.
        """
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"expected a whole number from {self.min} on, got {value!r}", param, ctx)


inputs_argument = click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
settings_option = click.option(
    "--settings", callback=read_settings, metavar="FILE", help="TOML file of settings; see `storycluster settings`."
)
output_option = click.option(
    "-o", "--output", default="-", show_default=True, callback=check_target, metavar="FILE",
    help="Where to write; - is standard output, a name in .gz is packed.",
)  # fmt: skip
stories_format_option = click.option(
    "--format", "wanted", type=click.Choice(["table", *WRITTEN]), default=None,
    help="table on a terminal and jsonl elsewhere if left out, or what FILE's ending says.",
)  # fmt: skip
min_outlets_option = click.option(
    "--min-outlets", type=WholeNumber(0), default=0, help="Only stories that so many outlets ran."
)
rows_option = click.option(
    "--limit", type=WholeNumber(0), default=50, show_default=True, help="Rows of a table; 0 for all."
)
text_format_option = click.option(
    "--format", "wanted", type=click.Choice(["text", "json"]), default="text", show_default=True
)
changes_option = click.option(
    "--limit", type=WholeNumber(0), default=20, show_default=True, help="Changes shown; 0 for all."
)
memory_option = click.option(
    "--memory", callback=read_size, metavar="SIZE",
    help="How much memory articles may take, such as 4GB; what is more goes to files in the temporary folder.",
)  # fmt: skip


def taking_reading(command: Callable[..., None], options: Iterable[Callable[..., Any]]) -> Callable[..., None]:
    """A command with options that it gets as one argument, ``reading``."""

    @wraps(command)
    def called(**arguments: Any) -> None:
        given = {field.name: arguments.pop(field.name) for field in fields(Reading) if field.name in arguments}
        command(reading=Reading(**given), **arguments)

    for option in options:
        called = option(called)
    return called


strict_option = click.option("--strict", is_flag=True, help="Stop at the first bad record instead of setting it aside.")
as_of_option = click.option(
    "--as-of", callback=read_fetched, metavar="TIME",
    help='When the input was fetched (a day: its end, UTC): turns an aggregator page\'s "13 hours ago" into dates, and '
    "later dates count as unknown.",
)  # fmt: skip
from_option = click.option(
    "--from", "from_format", type=click.Choice(FORMATS), default=None,
    help="The input's format; told from content and ending if left out.",
)  # fmt: skip
aliases_option = click.option(
    "--aliases", callback=read_aliases, metavar="FILE",
    help='TOML file of outlets\' spellings: "The Korea Herald" = ["KH", "koreaherald.co.kr"].',
)  # fmt: skip


def source_options(command: Callable[..., None]) -> Callable[..., None]:
    """How articles are read, where how they are judged is settled already."""
    return taking_reading(command, (strict_option, as_of_option, from_option))


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that reads articles and judges them."""
    return taking_reading(command, (strict_option, aliases_option, settings_option, as_of_option, from_option))


def format_of(path: str, wanted: str | None = None, otherwise: str = "jsonl", *, remedy: str = "") -> str:
    """The format to write: the one wanted, else the one that the file's ending names, else ``otherwise``.

    Args:
        path: The file.
        wanted: As an option says.
        otherwise: For a name without an ending.
        remedy: What may be done beside naming another file.

    Raises:
        click.UsageError: The ending names no format that is written.
    """
    if wanted is not None:
        return wanted
    try:
        return format_named(path, remedy) or otherwise
    except FormatError as error:
        raise click.UsageError(str(error)) from None


def stories_format_of(path: str, wanted: str | None) -> str:
    """The same for stories: otherwise a table on a terminal and JSON lines elsewhere."""
    terminal = path == "-" and sys.stdout.isatty()
    return format_of(path, wanted, "table" if terminal else "jsonl", remedy=", or say --format")
