"""JSON lines → records: one JSON object a line."""

from __future__ import annotations

import io
import json
from typing import Any

import orjson

from storycluster.formats.intake import Records, Unreadable
from storycluster.formats.streams import not_utf8, read_lines

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_jsonl(stream: io.BufferedReader, *, max_line_bytes: int) -> Records:
    """Read JSON lines, one at a time.

    Args:
        stream: UTF-8, with or without a byte order mark; empty lines are skipped.
        max_line_bytes: A longer line is set aside.

    Yields:
        Line number and record, Unreadable where a line is no JSON object.
    """
    loads = orjson.loads
    for number, line in read_lines(stream, max_line_bytes):
        if isinstance(line, Unreadable):
            yield number, line
            continue
        try:
            record = loads(line)
        except orjson.JSONDecodeError:
            if number == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            if not line.strip():
                continue
            record = loads_leniently(line)
        if type(record) is dict or isinstance(record, Unreadable):
            yield number, record
        else:
            yield number, Unreadable(f"expected a JSON object, got {json_name(record)} ({excerpt(line)})")


def load_line(line: bytes) -> Any:
    """What a line holds, Unreadable where that is no JSON; without a byte order mark."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return loads_leniently(line)


def loads_leniently(data: bytes, expected: str = "a JSON object") -> Any:
    """What orjson refuses and Python's json reads: NaN, Infinity, lone surrogates; else Unreadable with the reason."""
    data = data.rstrip(b"\r\n")
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Unreadable(not_utf8(error))
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        what = error.msg.removesuffix(" at")  # some of its messages end with it
        return Unreadable(f"expected {expected}, got {excerpt(data)}: {what} at {line}character {error.colno}")
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; thousands of brackets
        return Unreadable(f"expected {expected}, got one that can't be read: {error}")


def excerpt(data: bytes) -> str:
    """How some bytes begin, in quotation marks."""
    return repr(data[:90].decode("utf-8", "ignore").strip()[:60])


def json_name(value: object) -> str:
    """JSON's name for the kind of a value."""
    names = {list: "an array", str: "a string", bool: "true or false", type(None): "null", dict: "an object"}
    return names.get(type(value), "a number")
