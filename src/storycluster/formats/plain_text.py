"""A text file → one record: the title, if the first line stands by itself, and the text."""

from __future__ import annotations

import io
from typing import Any

from storycluster.formats.streams import decode, read_whole


def read_plain_text(
    stream: io.BufferedReader, source: str, article_id: str | None, *, max_bytes: int
) -> dict[str, Any]:
    """Read a text file as an article.

    Args:
        stream: UTF-8, with or without a byte order mark.
        source: Its name, for messages.
        article_id: The article's id, None to derive one.
        max_bytes: The longest text allowed.

    Raises:
        FormatError: It isn't UTF-8, or too long.
    """
    text = decode(read_whole(stream, source, max_bytes, "raise max_line_bytes"), source)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    first, _, rest = text.partition("\n")
    body = rest.lstrip(" \t")
    title, text = (first.strip(), body.strip("\n")) if body.startswith("\n") else ("", text)
    return {"id": article_id, "title": title, "text": text}
