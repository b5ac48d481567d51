"""A JSON document → records: an array of articles, an object that holds one, or a single article."""

from __future__ import annotations

import io
from typing import Any

import orjson

from storycluster.errors import FormatError
from storycluster.fields import has_text
from storycluster.formats.intake import Records, Unreadable
from storycluster.formats.jsonl import json_name, loads_leniently
from storycluster.formats.streams import read_whole

ARRAYS = ("articles", "items", "entries", "results", "data")
"""Where an object keeps its articles (NewsAPI, JSON Feed, feedparser, ...)."""
MAX_BYTES = 1 << 30


def read_json(stream: io.BufferedReader, source: str) -> Records:
    """Read a JSON document, which is held in memory whole; JSON lines are not.

    Args:
        stream: UTF-8, at most 1 GiB.
        source: Its name, for messages.

    Yields:
        Number from 1 and record of each article.

    Raises:
        FormatError: The document is no JSON, or holds no articles.
    """
    data = read_whole(stream, source, MAX_BYTES, "write it as JSON lines, which are read one by one")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        document = loads_leniently(data, "a JSON document")
    if isinstance(document, Unreadable):
        raise FormatError(f"{source}: {document.reason}; if it has one object a line, name its format, jsonl (format=)")
    for number, record in enumerate(articles_in(document, source), start=1):
        if isinstance(record, dict):
            yield number, record
        else:
            yield number, Unreadable(f"expected a JSON object, got {json_name(record)}")


def articles_in(document: object, source: str) -> list[Any]:
    """The articles of a document.

    Raises:
        FormatError: It holds none.
    """
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for name in ARRAYS:
            if isinstance(document.get(name), list):
                return list(document[name])
        if has_text(document):
            return [document]
        got = f"an object with {', '.join(sorted(document)) or 'nothing in it'}"
    else:
        got = json_name(document)
    raise FormatError(
        f"{source}: expected an array of articles, or an object with one under {', '.join(ARRAYS)}; got {got:.200}"
    )
