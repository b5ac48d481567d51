"""From the input's files to a Clustering, with progress and a summary on standard error."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from storycluster.cli.options import Reading
from storycluster.cli.wording import in_shell
from storycluster.errors import FormatError
from storycluster.fields import counted
from storycluster.formats import BadRecord, Intake
from storycluster.formats.stories import to_json
from storycluster.store.address import shown

if TYPE_CHECKING:
    from rich.progress import Progress

    from storycluster.clustering import Clustering
    from storycluster.story import ChooseLead

PATIENCE = 1.0
"""Seconds of work after which progress is shown on a terminal."""
BAD_TOLD = 20
"""Records, and files, set aside that are told one by one."""


class Meter:
    """Progress with rate and time left on standard error, once work has taken a second, on a terminal only.

    Args:
        then: What goes on when a stage is done, until the next one is told; if it is empty nothing is shown then.
    """

    def __init__(self, then: str = "") -> None:
        self._then = then
        self._told: tuple[str, int, int] | None = None
        self._timer: threading.Timer | None = None
        self._progress: Progress | None = None
        self._lock = threading.RLock()  # an interrupt may come where it has just been taken

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def show(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is; a ``total`` of 0 is unknown."""
        if not sys.stderr.isatty():
            return
        if 0 < total <= done:
            if not self._then:
                self._end()
                return
            stage, done, total = self._then, 0, 0
        with self._lock:
            self._told = stage, done, total
            if self._progress is not None:
                self._draw(self._progress, *self._told)
            elif self._timer is None:
                # a timer, because a stage may go on for long after the last that is told of it
                self._timer = threading.Timer(PATIENCE, self._begin)
                self._timer.daemon = True
                self._timer.start()

    def _begin(self) -> None:
        with self._lock:
            if self._told is not None and self._progress is None:
                self._progress = make_progress()
                self._progress.start()
                self._draw(self._progress, *self._told)

    def _end(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._progress is not None:
                self._progress.stop()
            self._told = self._timer = self._progress = None

    @staticmethod
    def _draw(progress: Progress, stage: str, done: int, total: int) -> None:
        for task in progress.tasks:
            if task.description != stage:
                progress.remove_task(task.id)
        if not progress.tasks:
            progress.add_task(stage, total=None)
        # of what has not begun it isn't known yet whether anything will be told: no 0 % that stands for long
        progress.update(progress.tasks[0].id, completed=done, total=total if done and total else None)


def make_progress() -> Progress:
    """The bar: stage, share, rate, time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: object) -> Text:
            speed, stage = getattr(task, "speed", None), getattr(task, "description", "")
            if not speed:
                return Text("")
            return Text(f"{speed / 1e6:,.1f} MB/s" if stage == "reading" else f"{speed:,.0f}/s")

    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Rate(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip


@contextmanager
def without_scipy() -> Iterator[None]:
    """While Numba loads, let it find no SciPy.

    It would import all of scipy.linalg to learn whether it may multiply matrices, which no kernel of ours does: a
    quarter of the time that five articles take from the shell. For a process of our own only, never in the library.
    """
    absent = "scipy" not in sys.modules
    if absent:
        sys.modules["scipy"] = None  # type: ignore[assignment]  # the import system's way to say "not there"
    try:
        yield
    finally:
        if absent:
            del sys.modules["scipy"]


def load_kernels(load: Callable[[], None] | None = None) -> None:
    """Load the compiled kernels, and say so if they have to be compiled first.

    Args:
        load: Uses those that are needed; ``warm_up`` if None.
    """
    with without_scipy():
        from storycluster.kernels.compiling import telling

        with telling(lambda: say(["compiling the kernels for this machine, once; they are kept for the next time …"])):
            (load or warm_up)()


def warm_up(*, wholly: bool = False) -> None:
    """Cluster three articles from lines to lines, which loads the kernels that any batch needs.

    Args:
        wholly: Cluster many, and articles in memory too: this loads those that only some need.
    """
    from storycluster.batch import cluster_articles, cluster_files

    text = "The harbor office said on Monday that the ferry stays in port until its new engine has arrived. "
    lines = [{"text": text * 3}, {"text": text * 3 + "Nobody was hurt."}, {"text": "2 of " + text * 4}]
    if wholly:
        copied = "The museum opens its new wing on Friday, and the first hundred visitors get in for nothing that day. "
        lines += [{"id": f"{i}", "text": copied * 3, "outlet": f"Paper {i}"} for i in range(20)]
        lines += [{"id": f"short {i}", "text": "Nobody was hurt."} for i in range(600)]
    clustering = cluster_files(io.BytesIO(b"".join(to_json(line) + b"\n" for line in lines)))
    for _ in clustering.story_lines():
        pass
    if wholly:
        clustering.story_of(clustering.ids[0])
        cluster_articles(lines[:3])


def telling_intake() -> Intake:
    """An Intake that tells of each record or file set aside on standard error; of many, only of the first ones."""
    intake = Intake()

    def tell(bad: BadRecord) -> None:
        count, noun = (intake.bad_records, "records") if bad.line else (intake.bad_files, "files")
        if count <= BAD_TOLD:
            say([f"set aside: {bad}"])
        elif count == BAD_TOLD + 1:
            say([f"{BAD_TOLD} {noun} are set aside; further ones are only counted"])

    intake.tell = tell
    return intake


def check_inputs(sources: Sequence[str]) -> None:
    """See that all of a command's inputs are there, before it reads the first.

    Raises:
        FormatError: There is no such file or folder.
    """
    for source in sources:
        if source != "-" and not (source and Path(source).exists()):
            raise FormatError(f"{shown(source) or repr(source)}: there is no such file or folder")


def check_apart(inputs: Sequence[str], *outputs: str | None) -> None:
    """See that what a command writes is none of what it reads, and each output a file of its own.

    Args:
        inputs: Files and folders; - is standard input.
        outputs: Files; - is standard output, None what isn't wanted.

    Raises:
        click.UsageError: It isn't.
    """
    read = [Path(source).resolve() for source in inputs if source != "-"]
    written: list[str | Path] = []
    for output in outputs:
        if output is None or (output != "-" and Path(output).exists() and not Path(output).is_file()):
            continue
        place = "-" if output == "-" else Path(output).resolve()
        if place in written:
            raise click.UsageError(f"{output}: expected a file of its own for each output; name another one")
        written.append(place)
        if isinstance(place, Path) and any(place == one or (place.exists() and one in place.parents) for one in read):
            raise click.UsageError(f"{output}: this is read as an input; name another file to write to")


def check_intake(intake: Intake) -> None:
    """See that something could be read, if anything came.

    Raises:
        FormatError: Records came, and none of them could be read.
    """
    if intake.bad_records and not intake.articles:
        raise FormatError(f"{counted(intake.bad_records, 'record')} came and none could be read")


@dataclass(slots=True)
class Run:
    """What one command read and made of it.

    Args:
        clustering: The stories.
        intake: What was read and set aside.
        as_of: When it was fetched, if that was said.
        began: ``time.monotonic`` when the command began.
    """

    clustering: Clustering
    intake: Intake
    as_of: datetime | None
    began: float


def run(
    inputs: Sequence[str], reading: Reading, *, choose_lead: ChooseLead | None = None, memory: int | None = None
) -> Run:
    """Read the inputs and cluster them; records that can't be read are told at once and set aside.

    Raises:
        FormatError: An input isn't there; records came, and none of them could be read; a bad record or a taken id, if
            strict.
    """
    began = time.monotonic()
    check_inputs(inputs)
    load_kernels()
    from storycluster.batch import cluster_files

    intake = telling_intake()
    with Meter("matching") as meter:
        clustering = cluster_files(
            inputs,
            reading.settings,
            format=reading.from_format,
            strict=reading.strict,
            intake=intake,
            memory=memory,
            aliases=reading.aliases,
            as_of=reading.as_of,
            choose_lead=choose_lead,
            progress=meter.show,
        )
    check_intake(intake)
    return Run(clustering, intake, reading.as_of, began)


def say(lines: Iterable[str]) -> None:
    """Print lines on standard error."""
    for line in lines:
        print(in_shell(line), file=sys.stderr)


def summarize(ran: Run) -> list[str]:
    """What came in and what came out, in sentences."""
    clustering = ran.clustering
    articles, stories = counted(len(clustering.articles), "article"), counted(len(clustering), "story", "stories")
    several = counted(clustering.count_stories(min_outlets=2), "story", "stories")
    seconds = time.monotonic() - ran.began
    lines = [f"{articles} in {stories}, {several} run by more than one outlet ({seconds:.1f} s)"]
    counts = Counter(clustering.count_statuses())
    if counts["empty"]:
        lines.append(f"{counted(counts['empty'], 'article')} without a word of text, each a story of its own")
    if counts["too short"]:
        least = clustering.settings.min_words
        lines.append(f"{counted(counts['too short'], 'article')} of less than {least} words, too short to judge")
    if late := clustering.count_late_dates():
        if ran.as_of is None:
            what = "dated in the future: who was first isn't said of their stories"
        else:
            what = f"dated after {ran.as_of:%Y-%m-%d %H:%M:%S %Z}, taken as without a date"
        lines.append(f"{counted(late, 'article')} {what}")
    repeated = ran.intake.articles - len(clustering.articles)
    if repeated:
        lines.append(f"{counted(repeated, 'record')} came again with the same id and content, and counted once")
    return lines + ran.intake.summary()
