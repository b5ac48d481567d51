"""Which format a file has: by what it begins with, and by its ending."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import Any

from storycluster.errors import FormatError
from storycluster.fields import guess_delimiter, has_text
from storycluster.formats.json_array import ARRAYS
from storycluster.formats.listing import is_listing

FORMATS = ("jsonl", "json", "csv", "tsv", "parquet", "txt", "listing")
ENDINGS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".jl": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv",
    ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet", ".txt": "txt", ".text": "txt",
}  # fmt: skip
PACKED = (".gz", ".zst")
BEGINNING = 1 << 16
"""Bytes that are looked at."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")
HOLDS_ARRAY = re.compile(rb'\{[^{\[]{0,1000}"(?:' + "|".join(ARRAYS).encode() + rb')"\s*:\s*\[\s*[{\]]')


def unpacked(name: str | PurePath) -> PurePath:
    """A file's name without the ending that says how it is packed."""
    path = PurePath(name)
    return path.with_suffix("") if path.suffix.lower() in PACKED else path


def split_ending(name: str | PurePath) -> tuple[str, str | None]:
    """A file's name without its endings, and the format that these name; None if they name none."""
    path = unpacked(name)
    found = ENDINGS.get(path.suffix.lower())
    return (path.with_suffix("") if found else path).as_posix(), found


def enough_to_tell(beginning: bytes) -> bool:
    """Whether a JSON object's first line is there, so that a pipe need not be waited for."""
    return beginning.lstrip()[:1] == b"{" and b"\n" in beginning.lstrip()


def choose_format(name: str, beginning: bytes) -> str:
    """The format of a file from its name and its first bytes.

    Raises:
        FormatError: It can't be told.
    """
    if beginning.startswith(UTF16):
        raise FormatError(f"{name}: expected UTF-8, got UTF-16; convert the file to UTF-8")
    if beginning.startswith(b"PAR1"):
        return "parquet"
    named = split_ending(name)[1]
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    if named in (None, "json", "jsonl") and (found := choose_json(start, lines_named=named == "jsonl")):
        return found
    if named in (None, "txt") and is_listing(start.decode("utf-8", "replace")):
        return "listing"
    if named is not None:
        return named
    if found := choose_table(start):
        return found
    if not start:
        return "jsonl"
    raise FormatError(
        f"{name}: expected a file in one of the formats {', '.join(FORMATS)}, or named after one; "
        f"can't tell which from {start[:60]!r}. Name its format (format=)"
    )


def choose_json(start: bytes, *, lines_named: bool) -> str | None:
    """``json`` or ``jsonl`` for what begins as they do, else None."""
    if start.startswith(b"["):
        # in a file of JSON lines, an array that isn't one of objects is a bad line
        return "json" if not lines_named or re.match(rb"\[\s*(\{|$)", start) else "jsonl"
    if not start.startswith(b"{"):
        return None
    lines = start.split(b"\n")
    first = read_object(lines[0])
    if first is not None:
        is_article = has_text(first)
        return "jsonl" if is_article or not any(isinstance(first.get(name), list) for name in ARRAYS) else "json"
    if HOLDS_ARRAY.match(start):
        return "json"
    if lines_named or len(lines) == 1 or any(read_object(line) is not None for line in lines[1:20]):
        return "jsonl"
    return "json"


def read_object(line: bytes) -> dict[str, Any] | None:
    """The JSON object that a line is by itself, else None."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def choose_table(start: bytes) -> str | None:
    """``csv`` or ``tsv`` for what begins with a header that has a text column, else None."""
    header = start.split(b"\n", 1)[0].decode("utf-8", "replace")
    delimiter = guess_delimiter(header)
    names = [name.strip().strip('"') for name in header.split(delimiter)]
    if len(names) < 2 or not has_text(names):
        return None
    return "tsv" if delimiter == "\t" else "csv"
