"""What the commands on an index have in common."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

import click

from storycluster.cli.options import Reading
from storycluster.cli.road import check_inputs, check_intake, load_kernels, say, telling_intake
from storycluster.errors import StoryclusterError
from storycluster.formats.reading import MAX_LINE_BYTES
from storycluster.formats.reading import Reading as FileReading
from storycluster.formats.stories import to_json

if TYPE_CHECKING:
    from storycluster.models import Article

timeout_option = click.option(
    "--timeout", type=click.FloatRange(0), default=0.0, show_default=True, metavar="SECONDS",
    help="How long to wait for another process that writes to the index.",
)  # fmt: skip
index_argument = click.argument("path", metavar="INDEX")


def read_span(context: click.Context, option: click.Parameter, value: str | None) -> timedelta | Literal["kept"] | None:
    """How long something stays: days, or None for "none", all time; as the index has it where nothing is said.

    Raises:
        click.BadParameter: It is no number of days above 0.
    """
    if value in (None, "none"):
        return "kept" if value is None else None
    try:
        days = timedelta(days=float(value))
    except (ValueError, OverflowError):
        days = timedelta(0)
    if days <= timedelta(0):
        raise click.BadParameter(f"expected a number of days above 0 or none, got {value!r}", context, option)
    return days


class Stopped(BaseException):
    """The process was asked to end while it was waiting: no error, and nobody's to catch as one."""


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
    """Within, SIGTERM ends the block quietly, after the work in hand; while an index is opened, too."""
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
    from storycluster.index.rehearsal import rehearse

    load_kernels(rehearse)


class Inputs:
    """The articles of a command's inputs, as they come; records that can't be read are told at once and passed over.

    Args:
        sources: Files, folders, or - for standard input.
        reading: How they are read.

    Raises:
        FormatError: There is no such file or folder.
    """

    def __init__(self, sources: Sequence[str], reading: Reading) -> None:
        check_inputs(sources)
        self._intake = telling_intake()
        how = FileReading(reading.from_format, reading.as_of, reading.strict, self._intake, MAX_LINE_BYTES)
        self._articles = how.articles(sources, warn=False)
        self._done: tuple[str, int] | None = None
        self._ended = False

    def work_off(self, most: int, task: Callable[[list[Article]], None], stop: Stopping) -> None:
        """Have something done with so many articles at a time, until they end or the end is wanted."""
        for taken in self._batches(most):
            where = self._intake.where
            stop.work(partial(task, taken))
            self._done = where
            if stop.wanted:
                return
        self._ended = True

    def _batches(self, most: int) -> Iterator[list[Article]]:
        """So many articles at a time; what has come before a bad record, if strict, or before the end is wanted."""
        taken: list[Article] = []
        try:
            for article in self._articles:
                taken.append(article)
                if len(taken) == most:
                    full, taken = taken, []
                    yield full
        except (StoryclusterError, OSError, Stopped):
            if taken:
                yield taken
            raise
        if taken:
            yield taken

    def end(self, told: str, stop: Stopping) -> None:
        """Say what became of the articles, what was set aside, and what wasn't read.

        Raises:
            FormatError: Records came, and none could be read.
        """
        say([told, *self._intake.summary()])
        if self._ended or not stop.wanted:
            check_intake(self._intake)
        elif self._done is None:
            say(["stopped by SIGTERM before the first article"])
        else:
            say(["stopped by SIGTERM after {}:{}; the rest was not read".format(*self._done)])


def write_line(record: dict[str, Any]) -> None:
    """Write a record as a line of JSON on standard output, and let it go at once."""
    sys.stdout.buffer.write(to_json(record) + b"\n")
    sys.stdout.buffer.flush()
