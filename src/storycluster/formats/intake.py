"""What reading files brought in, and what it set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from storycluster.fields import Notes, counted

EXAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a record would be that can't be read.

    Args:
        reason: What was expected and what came.
    """

    reason: str


Records = Iterator[tuple[int, Mapping[str, Any] | Unreadable]]
"""What a format's reader gives: each record with its line (its number from 1, where a format has no lines)."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that did not become an article.

    Args:
        source: The file, "-" for standard input.
        line: The line on which the record begins, from 1 (the record's number in JSON arrays and Parquet); 0 where it
            is about the whole file.
        reason: What is wrong with it.
    """

    source: str
    line: int
    reason: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.reason}"


@dataclass(slots=True)
class Intake:
    """Counts what was read, over as many files as it is passed to.

    Attributes:
        articles: Articles that were read and not set aside.
        bad_records: Records that were set aside, all of them.
        bad_files: Files that were set aside, all of them: nothing in them could be read, or not their rest.
        set_aside: The first 1,000 of both.
        skipped_files: Files of folders whose endings name no format.
        notes: What was noticed about dates, outlets and ids.
        where: File and line of the article that was read last.
        tell: Is told of each record when it is set aside.
    """

    articles: int = 0
    bad_records: int = 0
    bad_files: int = 0
    set_aside: list[BadRecord] = field(default_factory=list)
    skipped_files: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    where: tuple[str, int] | None = None
    tell: Callable[[BadRecord], None] | None = None
    _read_bytes: int = 0
    _file: IO[bytes] | None = None

    @contextmanager
    def following(self, file: IO[bytes]) -> Iterator[None]:
        """While a file is read, count how far; of a pipe that isn't known."""
        self._file = file if file.seekable() else None
        try:
            yield
        finally:
            self._read_bytes = self.bytes_read()
            self._file = None

    def bytes_read(self) -> int:
        """How far the files that were passed by path have been read, in bytes as they stand on the disk."""
        return self._read_bytes + (0 if self._file is None or self._file.closed else self._file.tell())

    def add_bad(self, source: str, line: int, reason: str) -> None:
        """Count a record (of line 0: a file) that could not be read, tell of it, and keep it while there is room."""
        bad = BadRecord(source, line, reason)
        if line:
            self.bad_records += 1
        else:
            self.bad_files += 1
        if len(self.set_aside) < EXAMPLES:
            self.set_aside.append(bad)
        if self.tell is not None:
            self.tell(bad)

    def put_aside(self, reason: str) -> None:
        """Set aside the article that was read last, such as one whose id was there before.

        Raises:
            ValueError: No article has been read yet.
        """
        if self.where is None:
            raise ValueError("put_aside: expected an article to have been read; none was")
        self.articles -= 1
        self.add_bad(*self.where, reason)

    def lost(self) -> str:
        """What was set aside, in a sentence; "" where nothing was."""
        counts = ((self.bad_records, "record"), (self.bad_files, "file"))
        told = " and ".join(counted(count, noun) for count, noun in counts if count)
        first = "" if self.tell or not told else f", the first: {self.set_aside[0]}"
        return told and f"{told} set aside{first}"

    def summary(self) -> list[str]:
        """What was set aside, skipped and noticed, in sentences; nothing where nothing was."""
        lines = [lost] if (lost := self.lost()) else []
        if self.skipped_files:
            lines.append(f"{counted(len(self.skipped_files), 'file')} skipped, the first: {self.skipped_files[0]}")
        return lines + self.notes.summary()
