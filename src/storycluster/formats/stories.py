"""Stories and records → files: JSON lines, a JSON array, CSV; and stories back from files."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import IO, Any

import orjson

from storycluster.errors import FormatError
from storycluster.formats.detection import split_ending, unpacked
from storycluster.formats.intake import Unreadable
from storycluster.formats.json_array import read_json
from storycluster.formats.jsonl import read_jsonl
from storycluster.formats.output import open_output
from storycluster.formats.streams import BLOCK, decompressed, open_binary
from storycluster.models import Story
from storycluster.serialize import story_from_dict, story_to_dict

WRITTEN = ("jsonl", "json", "csv")
COPY_COLUMNS = (
    "story", "article_id", "outlet", "title", "url", "published", "relation", "jaccard", "containment", "lead",
    "story_title", "outlets", "first_outlet", "first_published",
)  # fmt: skip
"""The columns of stories as CSV, one row a copy."""
MAX_LINE_BYTES = 1 << 30


def format_named(path: str | os.PathLike[str], remedy: str = "") -> str | None:
    """The format that a file is written in by its name's ending, None if it has none.

    Args:
        path: The file.
        remedy: What may be done beside naming another file.

    Raises:
        FormatError: The ending names none that is written.
    """
    name = PurePath(path)
    ending, named = unpacked(name).suffix, split_ending(name)[1]
    if not ending or named in WRITTEN:
        return named
    told = f"{named} is read, not written" if named else f"{ending} names no format"
    raise FormatError(f"{name}: {told}; name a .jsonl, .json or .csv file{remedy}")


def to_json(value: object) -> bytes:
    """A value as JSON in UTF-8; text that UTF-8 can't hold (lone surrogates) is escaped."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=str).encode("ascii")


def write_records(records: Iterable[Mapping[str, Any]], file: IO[bytes], *, format: str) -> None:
    """Write records.

    Args:
        records: Strings, numbers, lists and mappings by name. CSV has the columns of the first record and of whatever
            the others add; lists and mappings stand there as JSON.
        file: Binary.
        format: ``jsonl`` (one a line), ``json`` (one array) or ``csv``.

    Raises:
        FormatError: An unknown format.
    """
    if format == "jsonl":
        for record in records:
            file.write(to_json(record) + b"\n")
    elif format == "json":
        opening = b"[\n"
        for record in records:
            file.write(opening + to_json(record))
            opening = b",\n"
        file.write(b"[]\n" if opening == b"[\n" else b"\n]\n")
    elif format == "csv":
        rows = list(records)
        write_table(list(dict.fromkeys(name for row in rows for name in row)), rows, file)
    else:
        raise FormatError(f"format: expected one of {', '.join(WRITTEN)}, got {format!r}")


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> None:
    """Write rows as CSV under a header (RFC 4180, but lines end with a line feed)."""
    text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(row.get(name)) for name in columns])
    finally:
        text.detach()


def cell(value: object) -> object:
    """What stands in a cell: nothing for None, JSON for lists and mappings."""
    if value is None:
        return ""
    return to_json(value).decode("utf-8") if isinstance(value, (list, tuple, Mapping)) else value


def write_stories(
    stories: Iterable[Story], file: IO[bytes] | str | os.PathLike[str], *, format: str | None = None
) -> None:
    """Write stories, one by one.

    Args:
        stories: In their order.
        file: A binary stream, or a path as for ``open_output``.
        format: ``jsonl``, ``json``, or ``csv`` with one row a copy; None for what a path's ending says, else ``jsonl``.

    Raises:
        FormatError: An unknown format, or an ending that names none; no file can have this name; an argument is of
            another kind.
        OSError: The place can't be written to.
    """
    if isinstance(stories, (str, bytes, Mapping)) or not isinstance(stories, Iterable):
        raise FormatError(f"stories: expected several stories, got one {type(stories).__name__}; pass a list of them")
    if not isinstance(file, (str, os.PathLike)) and not hasattr(file, "write"):
        raise FormatError(f"file: expected a path or a binary stream, got {file!r:.80}")
    if isinstance(file, (str, os.PathLike)):
        format = format or format_named(file, ", or the format (format=)")
        with open_output(file) as opened:
            write_stories(stories, opened, format=format)
        return
    if format == "csv":
        write_table(COPY_COLUMNS, (row for story in stories for row in copy_rows(story)), file)
    else:
        write_records(map(story_to_dict, stories), file, format=format or "jsonl")


def copy_rows(story: Story) -> Iterator[dict[str, Any]]:
    """A row for each copy, under COPY_COLUMNS; outlets stand in one cell, separated by "; "."""
    record = story_to_dict(story)
    for copy in record["copies"]:
        yield copy | {
            "story": story.id,
            "lead": int(copy["article_id"] == story.lead),
            "story_title": story.title,
            "outlets": "; ".join(outlet.name for outlet in story.outlets),
            "first_outlet": story.first_outlet,
            "first_published": record["first_published"],
        }


def read_stories(path: str | os.PathLike[str]) -> Iterator[Story]:
    """Read the stories of a file of JSON lines or a JSON array, plain or packed, as ``write_stories`` wrote them.

    Yields:
        The stories, in their order.

    Raises:
        FormatError: The file is CSV, which doesn't hold all of a story; a line or an item of the array is no story, and
            the message names it; this is no path.
        OSError: The file can't be opened.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise FormatError(f"path: expected a path, got {path!r:.80}")
    name = str(path)
    if split_ending(name)[1] == "csv":
        raise FormatError(f"{name}: expected stories as JSON lines or a JSON array; CSV doesn't hold all of a story")
    with Path(path).open("rb") as file:
        stream: io.BufferedReader = io.BufferedReader(decompressed(open_binary(file, name), name), BLOCK)
        array = stream.peek(1)[:1] == b"["
        records = read_json(stream, name) if array else read_jsonl(stream, max_line_bytes=MAX_LINE_BYTES)
        for number, record in records:
            where = f"{name}, item {number}" if array else f"{name}:{number}"
            if isinstance(record, Unreadable):
                raise FormatError(f"{where}: {record.reason}")
            try:
                yield story_from_dict(record)
            except FormatError as error:
                raise FormatError(f"{where}: {error}") from None
