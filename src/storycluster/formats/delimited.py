"""CSV and TSV → records: a header, then one article a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from storycluster.errors import FormatError
from storycluster.fields import TEXT_NAMES, guess_delimiter, has_text
from storycluster.formats.intake import Records, Unreadable
from storycluster.formats.streams import not_utf8, read_lines

FIELD_TOO_LONG = "a field is longer than max_line_bytes, or a quotation mark that opens in it is never closed"


class TextLines:
    """The lines of a stream as csv wants them, with what happened to them since it was last asked.

    Attributes:
        number: The line that was given out last.
        troubles: Lines that could not be given out, or not as they were.
    """

    def __init__(self, stream: io.BufferedReader, max_line_bytes: int) -> None:
        self.number = 0
        self.troubles: list[tuple[int, Unreadable]] = []
        self._lines = read_lines(stream, max_line_bytes)

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            self.number = number
            if isinstance(line, Unreadable):
                self.troubles.append((number, line))
                yield "\n"  # an empty row stands for it, so that the next one isn't taken for it
                continue
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                self.troubles.append((number, Unreadable(not_utf8(error))))
                yield line.decode("utf-8", "replace")  # keeps the quotation marks in step


def read_header(names: list[str], source: str) -> list[str]:
    """The columns' names, made usable.

    Raises:
        FormatError: A name stands twice, or none of them promises a text.
    """
    columns = [name.strip() or f"column {number}" for number, name in enumerate(names, start=1)]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise FormatError(
            f"{source}:1: expected a header with a name of its own for each column; twice there: {', '.join(twice)}"
        )
    if not has_text(columns):
        raise FormatError(
            f"{source}:1: expected a header with one of the names {TEXT_NAMES}; got {', '.join(columns)!r:.200}"
        )
    return columns


def read_delimited(
    stream: io.BufferedReader, source: str, *, max_line_bytes: int, delimiter: str | None = None
) -> Records:
    """Read rows, one at a time.

    Args:
        stream: UTF-8, with or without a byte order mark; empty lines are skipped.
        source: Its name, for messages.
        max_line_bytes: A longer line, and a longer field over several lines, is set aside.
        delimiter: What separates columns; None for whichever of comma, semicolon, tab and bar the header has most of.

    Yields:
        The row's first line and the record, Unreadable where a row doesn't fit the header.

    Raises:
        FormatError: The header is missing or names no text.
    """
    # csv knows one limit for the whole process: never lowered here, so that nobody else's reading breaks; the rows are
    # measured below, so that what others set changes no answer
    csv.field_size_limit(max(csv.field_size_limit(), min(max_line_bytes, 2**31 - 1)))
    lines = TextLines(stream, max_line_bytes)
    given = iter(lines)
    header = next(given, None)
    if header is None:
        return
    if lines.troubles:
        raise FormatError(f"{source}:1: {lines.troubles[0][1].reason}")
    delimiter = delimiter or guess_delimiter(header)
    try:
        names = next(csv.reader([header], delimiter=delimiter))
    except csv.Error as error:
        raise FormatError(f"{source}:1: expected a header; {explain(error)}") from None
    columns = read_header(names, source)
    rows = csv.reader(given, delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        try:
            row = next(rows, None)
            wrong = None
        except csv.Error as error:
            row, wrong = [], Unreadable(f"expected a row of {len(columns)} columns; {explain(error)}")
        if lines.troubles:  # instead of the row that they are part of
            yield from lines.troubles
            lines.troubles.clear()
        elif wrong is not None:
            yield first, wrong
        elif row and max(map(len, row)) > max_line_bytes:
            yield first, Unreadable(f"expected a row of {len(columns)} columns; {FIELD_TOO_LONG}")
        elif row and len(row) != len(columns):
            yield first, Unreadable(f"expected {len(columns)} columns as in the header, got {len(row)} ({row!r:.80})")
        elif row:
            yield first, dict(zip(columns, row, strict=True))
        if row is None:
            return


def explain(error: csv.Error) -> str:
    """What csv's words mean for whoever wrote the file."""
    if "unexpected end of data" in str(error):
        return "a quotation mark that opens in it is never closed"
    if "field limit" in str(error):
        return FIELD_TOO_LONG
    if "new-line" in str(error):
        return "a carriage return stands in it by itself; end lines with a line feed"
    return f"{error}; a quotation mark within quotation marks is written twice"
