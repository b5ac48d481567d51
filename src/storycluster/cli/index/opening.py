"""What the commands on an index have in common."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any, Literal

import click

from storycluster.cli.road import load_kernels
from storycluster.formats.stories import to_json

timeout_option = click.option(
    "--timeout", type=click.FloatRange(0), default=0.0, show_default=True, metavar="SECONDS",
    help="How long to wait for another process that writes to the index.",
)  # fmt: skip
index_argument = click.argument("path", metavar="INDEX")


def read_days(context: click.Context, option: click.Parameter, value: str) -> timedelta | None:
    """Days as a timedelta, None for "none".

    Raises:
        click.BadParameter: It is no number of days.
    """
    if value == "none":
        return None
    try:
        return timedelta(days=float(value))
    except (ValueError, OverflowError):
        raise click.BadParameter(f"expected a number of days or none, got {value!r}", context, option) from None


def read_retention(
    context: click.Context, option: click.Parameter, value: str | None
) -> timedelta | Literal["kept"] | None:
    """How long articles stay; as the index has it where nothing is said."""
    return "kept" if value is None else read_days(context, option, value)


class Stopped(Exception):  # noqa: N818  # nothing went wrong
    """The process was asked to end while it was waiting."""


class Stopping:
    """A request to end (SIGTERM) takes effect between two pieces of work, never within one."""

    def __init__(self) -> None:
        self.wanted = False
        self._busy = False

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Take note of the request; end the wait if there is one.

        Raises:
            Stopped: Nothing is being worked on.
        """
        self.wanted = True
        if not self._busy:
            raise Stopped

    def work(self, task: Callable[[], Any]) -> Any:
        """Do a piece of work whole."""
        self._busy = True
        try:
            return task()
        finally:
            self._busy = False


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Within, SIGTERM ends the block quietly, after the work in hand."""
    state = Stopping()
    before = signal.signal(signal.SIGTERM, state.handle)
    try:
        yield state
    except Stopped:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def load_index_kernels() -> None:
    """Load the kernels of an index, and say so if they have to be compiled first."""
    from storycluster.rehearsal import rehearse

    load_kernels(rehearse, after=4.0)


def write_line(record: dict[str, Any]) -> None:
    """Write a record as a line of JSON on standard output, and let it go at once."""
    sys.stdout.buffer.write(to_json(record) + b"\n")
    sys.stdout.buffer.flush()
