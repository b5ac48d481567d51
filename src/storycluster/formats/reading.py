"""From a path, a folder or a stream to articles: chooses the format, counts, sets aside."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeVar

from storycluster.errors import ArticleError, FormatError
from storycluster.formats.delimited import read_delimited
from storycluster.formats.detection import BEGINNING, FORMATS, choose_format, enough_to_tell, split_ending
from storycluster.formats.intake import Intake, Records, Unreadable
from storycluster.formats.json_array import read_json
from storycluster.formats.jsonl import read_jsonl
from storycluster.formats.listing import read_listing
from storycluster.formats.parquet import read_parquet
from storycluster.formats.plain_text import read_plain_text
from storycluster.formats.streams import BLOCK, Source, decode, decompressed, open_binary, read_line_blocks, read_whole
from storycluster.models import Article

MAX_LINE_BYTES = 64 << 20
logger = logging.getLogger(__name__)


Input = str | os.PathLike[str] | IO[bytes]
"""A path, "-" for standard input, or a binary stream."""


def read_articles(
    source: Input,
    *,
    format: str | None = None,
    as_of: datetime | None = None,
    strict: bool = False,
    intake: Intake | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[Article]:
    r"""Read the articles of a file, a folder or a stream, one by one.

    Formats are JSON lines, a JSON array, CSV and TSV with a header, Parquet (extra ``parquet``), plain text (one
    article a file) and the text of an aggregator's page. gzip and zstd (extra ``zstd``) are unpacked on the way.
    A folder is read recursively in the order of its files' names, each file whose ending names a format. Where anything
    else can be read, a file that can't, or not to its end, is set aside like a record. JSON arrays, pages, texts, and
    Parquet that doesn't come from a file, are held in memory one document at a time, everything else by the line or the
    batch of rows.

    Args:
        source: A path, "-" for standard input, or a binary stream, which stays open.
        format: ``jsonl``, ``json``, ``csv``, ``tsv``, ``parquet``, ``txt`` or ``listing``; None to tell from what the
            file begins with and its ending.
        as_of: The time at which an aggregator's page was made, to turn its "13 hours ago" into dates; naive is UTC.
        strict: Stop at the first record or file that can't be read, instead of setting it aside.
        intake: Counts what was read and keeps what was set aside, with file and line. Without one, a warning is logged
            if anything was set aside.
        max_line_bytes: Longest line, text or field that is taken into memory, unpacked.

    Yields:
        The articles, in the order in which they stand there.

    Raises:
        FormatError: No file is what it was read as; if strict, one isn't, or a bad record.
        MissingExtraError: An extra is needed for this file.
        OSError: No file can be read; if strict, one can't.

    >>> import io
    >>> lines = io.BytesIO(b'{"id": "a", "text": "The ferry stayed in port."}\n{"id": "b"}\n')
    >>> intake = Intake()
    >>> [article.id for article in read_articles(lines, intake=intake)]
    ['a']
    >>> print(intake.articles, intake.set_aside[0])  # doctest: +ELLIPSIS
    1 <stream>:2: expected a text under one of the names text, ...; got only ['id']
    """
    check_source(source)
    reading = Reading(format, as_of, strict, Intake() if intake is None else intake, max_line_bytes)
    return reading.articles([source], warn=intake is None)


def check_source(source: object) -> None:
    """Raise FormatError unless it is a path or a stream."""
    if not isinstance(source, (str, os.PathLike)) and not hasattr(source, "read"):
        raise FormatError(f"source: expected a path, '-' or a binary stream; got {type(source).__name__}")


def size_of(source: str | os.PathLike[str]) -> int:
    """Bytes of a file, or of a folder's files, on the disk; 0 of a pipe.

    Raises:
        OSError: It isn't there.
    """
    path = Path(source)
    if path.is_dir():
        return sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file())
    return path.stat().st_size


@dataclass(frozen=True, slots=True)
class Document:
    """A file or stream that is read.

    Args:
        name: For messages.
        path: Where its lines can be read again as they stand; None where they can't.
    """

    name: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that is open.

    Args:
        document: Which.
        format: Of FORMATS.
        stream: What is in it, unpacked.
        text_id: The article's id if it is a plain text.
        file: The file itself, where it isn't packed.
    """

    document: Document
    format: str
    stream: io.BufferedReader
    text_id: str | None
    file: io.BufferedReader | None


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Consecutive whole lines of a document of JSON lines.

    Args:
        document: Theirs.
        line: The number of the first.
        begin: Where that begins in the document, unpacked.
        data: The lines, each with its end but the document's last.
    """

    document: Document
    line: int
    begin: int
    data: bytes


Entry = tuple[Document, int, Mapping[str, Any] | Unreadable]
"""What stands on a line of a document."""
T = TypeVar("T")


def what_is_lost(name: str, error: FormatError | OSError, *, begun: bool) -> str:
    """What is left out because a file can't be read any further, and why."""
    why = str(getattr(error, "strerror", None) or error).removeprefix(f"{name}:").removeprefix(" ")
    why = re.sub(r"^(\d+): ", r"line \1: ", why)
    return f"{'the rest of the file' if begun else 'the whole file'} is left out: {why}"


def warn_of_lost(intake: Intake) -> None:
    """Log what was set aside, if anything was, for a caller who doesn't count it."""
    if lost := intake.lost():
        logger.warning("%s", lost)


class Reading:
    """One call of ``read_articles``; its arguments are the same."""

    def __init__(
        self, format: str | None, as_of: datetime | None, strict: bool, intake: Intake, max_line_bytes: int
    ) -> None:
        if format is not None and format not in FORMATS:
            raise FormatError(
                f"format: expected one of {', '.join(FORMATS)}, or None to tell by itself; got {format!r}"
            )
        if max_line_bytes < 1:
            raise FormatError(f"max_line_bytes: expected a positive number, got {max_line_bytes!r}")
        self.format = format
        self.as_of = as_of
        self.strict = strict
        self.intake = intake
        self.max_line_bytes = max_line_bytes

    def articles(self, sources: Iterable[Input], *, warn: bool) -> Iterator[Article]:
        """The sources' articles; ``warn`` logs in the end what was set aside.

        Raises:
            FormatError: A bad record, if strict; no file could be read.
        """
        intake = self.intake
        for document, line, record in self.entries(sources):
            if isinstance(record, Unreadable):
                reason = record.reason
            else:
                try:
                    article = Article.from_mapping(record, notes=intake.notes)
                except ArticleError as error:
                    reason = str(error)
                else:
                    intake.articles += 1
                    intake.where = (document.name, line)
                    yield article
                    continue
            if self.strict:
                raise FormatError(f"{document.name}:{line}: {reason}")
            intake.add_bad(document.name, line, reason)
        if warn:
            warn_of_lost(intake)

    def entries(self, sources: Iterable[Input]) -> Iterator[Entry]:
        """What stands in the sources, good or bad, in its order."""
        return self.each(sources, self.records_in)

    def line_blocks(self, sources: Iterable[Input]) -> Iterator[LineBlock | Entry]:
        """The same, but JSON lines are given as they are, many at a time."""
        return self.each(sources, self.lines_in)

    def each(self, sources: Iterable[Input], take: Callable[[Opened], Iterator[T]]) -> Iterator[T | Entry]:
        """What ``take`` makes of each document of some sources; of one that can't be read, an entry of line 0.

        Raises:
            FormatError: No document can be read; one can't, if strict. So is OSError.
        """
        bad: list[tuple[Entry, FormatError | OSError]] = []  # as long as nothing could be read
        any_read = False
        for name, items in ((name, items) for source in sources for name, items in self.documents(source, take)):
            begun = False
            try:
                for item in items:
                    if not any_read:
                        any_read = True
                        yield from (entry for entry, _ in bad)
                    begun = True
                    yield item
            except (FormatError, OSError) as error:
                if self.strict:
                    raise
                entry = Document(name), 0, Unreadable(what_is_lost(name, error, begun=begun))
                if any_read:
                    yield entry
                else:
                    bad.append((entry, error))
        if bad and not any_read:
            yield from (entry for entry, _ in bad[:-1])
            raise bad[-1][1]

    def documents(self, source: Input, take: Callable[[Opened], Iterator[T]]) -> Iterator[tuple[str, Iterator[T]]]:
        """Each document's name and what ``take`` makes of it."""
        check_source(source)
        if not isinstance(source, (str, os.PathLike)):
            given = getattr(source, "name", None)
            name = given if isinstance(given, str) else "<stream>"
            yield name, self.stream(source, name, take)
        elif source == "-":
            yield "<stdin>", self.stream(sys.stdin.buffer, "<stdin>", take)
        elif (path := Path(source)).is_dir():
            yield from self.folder(path, take)
        else:
            yield str(path), self.file(path, split_ending(str(path))[0], take)

    def stream(self, stream: IO[bytes], name: str, take: Callable[[Opened], Iterator[T]]) -> Iterator[T]:
        """What ``take`` makes of a stream."""
        yield from take(self.opened(name, open_binary(stream, name), None))

    def file(self, path: Path, text_id: str, take: Callable[[Opened], Iterator[T]]) -> Iterator[T]:
        """What ``take`` makes of a file; ``text_id`` is the article's id if it is a plain text."""
        with path.open("rb") as file, self.intake.following(file):
            yield from take(self.opened(str(path), open_binary(file, str(path)), text_id, file))

    def folder(self, folder: Path, take: Callable[[Opened], Iterator[T]]) -> Iterator[tuple[str, Iterator[T]]]:
        """The same of a folder, sorted by name, whatever the file system's order is."""
        known = False
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).parts):
            inner = path.relative_to(folder)
            if not path.is_file() or any(part.startswith(".") for part in inner.parts):
                continue
            text_id, named = split_ending(str(inner))
            if named is None or (self.format == "txt" and named != "txt"):
                self.intake.skipped_files.append(str(path))
                continue
            known = True
            yield str(path), self.file(path, text_id, take)
        if not known:
            yield str(folder), self.nothing_in(folder)

    @staticmethod
    def nothing_in(folder: Path) -> Iterator[T]:
        """Stands for the documents of a folder that has none.

        Raises:
            FormatError: Always.
        """
        raise FormatError(f"{folder}: expected files named after a format (.jsonl, .csv, .txt, ...), got none")
        yield

    def opened(self, name: str, packed: Source, text_id: str | None, file: IO[bytes] | None = None) -> Opened:
        """A document with its format; ``file`` is the open file itself where there is one, for what has to seek."""
        source = decompressed(packed, name)
        format = self.format or choose_format(name, source.look(BEGINNING, enough_to_tell))
        plain = file if isinstance(file, io.BufferedReader) and source is packed and file.seekable() else None
        if plain is not None:
            plain.seek(0)  # what was looked at is read again, without a detour
        return Opened(
            document=Document(name, None if plain is None or format != "jsonl" else Path(name)),
            format=format,
            stream=io.BufferedReader(source, BLOCK) if plain is None else plain,
            text_id=text_id,
            file=plain,
        )

    def lines_in(self, opened: Opened) -> Iterator[LineBlock | Entry]:
        """A document's lines, many at a time, if it is one of JSON lines, else its records."""
        if opened.format != "jsonl":
            yield from self.records_in(opened)
            return
        for line, begin, data in read_line_blocks(opened.stream, self.max_line_bytes):
            if isinstance(data, Unreadable):
                yield opened.document, line, data
            else:
                yield LineBlock(opened.document, line, begin, data)

    def records_in(self, opened: Opened) -> Iterator[Entry]:
        """A document's records, good or bad."""
        for line, record in self.records(opened):
            yield opened.document, line, record

    def records(self, opened: Opened) -> Records:
        """The same without the document."""
        stream, name, limit = opened.stream, opened.document.name, self.max_line_bytes
        if opened.format == "jsonl":
            return read_jsonl(stream, max_line_bytes=limit)
        if opened.format == "json":
            return read_json(stream, name)
        if opened.format in ("csv", "tsv"):
            delimiter = "\t" if opened.format == "tsv" else None
            return read_delimited(stream, name, max_line_bytes=limit, delimiter=delimiter)
        if opened.format == "listing":
            page = decode(read_whole(stream, name, limit, "raise max_line_bytes"), name)
            return read_listing(page, name, as_of=self.as_of)
        if opened.format == "txt":
            return iter([(1, read_plain_text(stream, name, opened.text_id, max_bytes=limit))])
        return read_parquet(opened.file if opened.file is not None else io.BytesIO(stream.read()), name)
