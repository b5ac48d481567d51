"""Sources → chunks of JSON lines → blocks of articles as columns. No object an article on the way.

Records of other formats than JSON lines are written as such first, so that one way leads from lines to columns. Lines
that are plain are read by ``kernels.json_lines``, the others like anybody's records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import orjson

from storycluster.columns import UNKNOWN_TIME, Array
from storycluster.dates import epoch_microseconds
from storycluster.errors import ArticleError, FormatError
from storycluster.fields import NAMES, Known, Notes, derived_id, empty, read_known
from storycluster.formats.intake import Unreadable
from storycluster.formats.jsonl import BYTE_ORDER_MARK, json_name, load_line
from storycluster.formats.reading import Document, Input, LineBlock, Reading
from storycluster.formats.stories import to_json
from storycluster.growing import pack, starts_of
from storycluster.kernels.json_lines import Names, Rows, read_lines
from storycluster.models import Article

CHUNK_BYTES = 1 << 22
"""Bytes of a chunk, about: what the processor's caches can hold of it on its way to a fingerprint."""
FIELDS = ("id", "text", "title", "outlet", "url", "published", "language")
"""In the order of the fields in ``kernels.json_lines``."""
NEWLINE = ord("\n")
ROOM_FOR_PIECES = 64
"""Bytes that the pieces of an article may take beside what stands in its line: "null", quotation marks, a date."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines of one document within a chunk.

    Args:
        document: Theirs.
        line: The number of the first.
        begin: Where that begins in the document.
        first: Which line of the chunk it is, from 0.
        place: Where it begins in the chunk.
        noted: What there is to notice of them was noticed before.
        bare_end: Where the last one ends in the chunk, if its line feed was put there only in the chunk, else -1.
    """

    document: Document
    line: int
    begin: int
    first: int
    place: int
    noted: bool
    bare_end: int


@dataclass(slots=True)
class Chunk:
    """Whole lines of one document or several.

    Attributes:
        parts: The lines, each with its end.
        stretches: Where they come from.
        bad: What is no line: how many lines came before it, document, line there, reason.
        lines: How many lines there are.
        size: Their bytes.
    """

    parts: list[bytes] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    bad: list[tuple[int, Document, int, str]] = field(default_factory=list)
    lines: int = 0
    size: int = 0

    def add(self, data: bytes, document: Document, line: int, begin: int, *, noted: bool = False) -> None:
        """Add consecutive lines of a document."""
        bare = not data.endswith(b"\n")
        end = self.size + len(data) + bare
        self.stretches.append(Stretch(document, line, begin, self.lines, self.size, noted, end if bare else -1))
        self.parts += [data, b"\n"] if bare else [data]
        self.size = end
        self.lines += data.count(b"\n") + bare

    def add_bad(self, document: Document, line: int, reason: str) -> None:
        """Add what is no line."""
        self.bad.append((self.lines, document, line, reason))


def read_chunks(reading: Reading, sources: Iterable[Input]) -> Iterator[Chunk]:
    """Read sources by chunks.

    Args:
        reading: How. What is noticed of records in other formats than JSON lines is counted in its intake; if it is
            strict, a chunk ends with the first bad record.
        sources: In their order.

    Raises:
        FormatError: As reading does, once what came before was given away. So does OSError.
    """
    chunk = Chunk()
    failure: Exception | None = None
    items = (item for source in sources for item in reading.line_blocks(source))
    while failure is None:
        try:
            item = next(items, None)
        except (FormatError, OSError) as error:
            failure = error
            break
        if item is None:
            break
        if isinstance(item, LineBlock):
            chunk.add(item.data, item.document, item.line, item.begin)
        else:
            document, line, record = item
            add_record(chunk, document, line, record, reading.intake.notes)
        if chunk.size >= CHUNK_BYTES or (chunk.bad and reading.strict):
            yield chunk
            chunk = Chunk()
    if chunk.lines or chunk.bad:
        yield chunk
    if failure is not None:
        raise failure


def add_record(chunk: Chunk, document: Document, line: int, record: object, notes: Notes) -> None:
    """Add a record of another format as a JSON line."""
    if isinstance(record, Unreadable):
        chunk.add_bad(document, line, record.reason)
        return
    try:
        article = Article.from_mapping(record, notes=notes)  # type: ignore[arg-type]  # a mapping, if not Unreadable
    except ArticleError as error:
        chunk.add_bad(document, line, str(error))
    else:
        chunk.add(to_json(article.to_mapping()) + b"\n", document, line, 0, noted=True)


@dataclass(slots=True)
class Block:
    """The articles of a chunk as columns.

    Attributes:
        chunk: Where they stand.
        data: uint8: the chunk's lines.
        text, text_start: Pool of the texts in UTF-8, as they stand in the records.
        marked: bool (n): the text may hold markup.
        characters: int32 (n): the text's length.
        id, id_start: Pool of the ids.
        title, title_start: Pool of the titles.
        outlet, outlet_start: Pool of the outlets' names as they are spelled.
        piece, piece_start: Pool of JSON, three rows an article: title, url and date.
        moment: int64 (n): microseconds since 1970 at which it came out at the earliest, or UNKNOWN_TIME.
        day: bool (n): only the day is known.
        odd: bool (n): id, outlet or pieces hold text that UTF-8 can't, and the pieces are empty.
        line, begin, size: int64 (n): line of the chunk, where it begins there, and its bytes.
        bad: What could not become an article: how many articles came before, document, line, reason.
        notes: What was noticed.
    """

    chunk: Chunk
    data: Array
    text: Array
    text_start: Array
    marked: Array
    characters: Array
    id: Array
    id_start: Array
    title: Array
    title_start: Array
    outlet: Array
    outlet_start: Array
    piece: Array
    piece_start: Array
    moment: Array
    day: Array
    odd: Array
    line: Array
    begin: Array
    size: Array
    bad: list[tuple[int, Document, int, str]]
    notes: Notes

    def __len__(self) -> int:
        return len(self.moment)

    def place(self, row: int) -> tuple[Document, int]:
        """An article's document and line."""
        return place_of(self.chunk, int(self.line[row]))

    def stretch_of(self) -> Array:
        """int64 (n): the stretch of the chunk that each article's line is of."""
        return np.searchsorted([stretch.first for stretch in self.chunk.stretches], self.line, "right") - 1

    def line_of(self, row: int) -> bytes:
        """An article's line."""
        return self.data[self.begin[row] : self.begin[row] + self.size[row]].tobytes()


def place_of(chunk: Chunk, line: int) -> tuple[Document, int]:
    """Document and line there of a chunk's line."""
    stretch = stretch_with(chunk, line)
    return stretch.document, stretch.line + line - stretch.first


def stretch_with(chunk: Chunk, line: int) -> Stretch:
    """The stretch that a chunk's line is of."""
    low, high = 0, len(chunk.stretches)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chunk.stretches[middle].first <= line else (low, middle)
    return chunk.stretches[low]


def pack_names() -> Names:
    """The names that are understood, as ``kernels.json_lines`` takes them."""
    rows = [(name, at, rank) for at, field in enumerate(FIELDS) for rank, name in enumerate(NAMES[field])]
    data, lengths = pack([name.encode("ascii") for name, _, _ in rows])
    return Names(
        data=data.copy(),  # writable like every other array: compiled kernels take read-only ones for another type
        start=starts_of(lengths),
        field=np.array([at for _, at, _ in rows], np.int64),
        rank=np.array([rank for _, _, rank in rows], np.int64),
    )


NAMES_PACKED = pack_names()


class Sheet:
    """Rows as they are filled, by the kernel and by hand.

    Args:
        lines: How many there are at most.
        size: Bytes of all lines.
    """

    def __init__(self, lines: int, size: int) -> None:
        def pool(rows: int = 1, more: int = 0) -> tuple[Array, Array]:
            return np.empty(size + more * lines, np.uint8), np.zeros(rows * lines + 1, np.int64)

        text, ids, titles, outlets, pieces = pool(), pool(), pool(), pool(), pool(3, ROOM_FOR_PIECES)
        integers = np.empty((5, lines), np.int64)
        flags = np.zeros((4, lines), np.bool_)
        self.rows = Rows(
            line=integers[0], begin=integers[1], size=integers[2], text=text[0], text_start=text[1],
            characters=integers[3], marked=flags[0], id=ids[0], id_start=ids[1], title=titles[0],
            title_start=titles[1], outlet=outlets[0], outlet_start=outlets[1], piece=pieces[0], piece_start=pieces[1],
            moment=integers[4], day=flags[1], naive=flags[2],
        )  # fmt: skip
        self.odd = flags[3]
        self.by_hand = np.zeros(lines, np.bool_)
        self.count = 0
        self._size = size

    def add(self, known: Known, line: int, begin: int, size: int) -> None:
        """Add an article that was read by hand."""
        n = self.count
        when = known.published
        pieces = to_pieces(known)
        self.odd[n], self.by_hand[n] = pieces is None, True
        for name, values in (
            ("text", (encode(known.text),)), ("id", (encode(known.id),)), ("title", (encode(known.title),)),
            ("outlet", (encode(known.outlet),)), ("piece", pieces or (b"", b"", b"")),
        ):  # fmt: skip
            more = ROOM_FOR_PIECES * (len(self.odd) - line - 1) if name == "piece" else 0
            self._put(name, len(values) * n, values, self._size - begin - size + more)
        rows = self.rows
        rows.line[n], rows.begin[n], rows.size[n] = line, begin, size
        rows.characters[n], rows.marked[n] = len(known.text), "<" in known.text or "&" in known.text
        rows.moment[n] = UNKNOWN_TIME if when is None else epoch_microseconds(when)
        rows.day[n] = when is not None and not isinstance(when, datetime)
        rows.naive[n] = False
        self.count += 1

    def _put(self, name: str, row: int, values: Sequence[bytes], left: int) -> None:
        data: Array = getattr(self.rows, name)
        start: Array = getattr(self.rows, f"{name}_start")
        for i, value in enumerate(values):
            end = int(start[row + i]) + len(value)
            # what is read by hand may be longer than its line, as an id of 1e300 is; the lines to come need their room
            if end + left > data.size:
                data = np.concatenate([data, np.empty(end + left - data.size, np.uint8)])
                self.rows = self.rows._replace(**{name: data})
            data[start[row + i] : end] = np.frombuffer(value, np.uint8)
            start[row + i + 1] = end


def encode(text: str) -> bytes:
    """A string in UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def to_pieces(known: Known) -> tuple[bytes, bytes, bytes] | None:
    """Title, url and date as JSON; None if UTF-8 can't hold them, or id or outlet."""
    when = known.published
    try:
        orjson.dumps((known.id, known.outlet))
        return (
            orjson.dumps(known.title), orjson.dumps(known.url),
            b"null" if when is None else orjson.dumps(when.isoformat()),
        )  # fmt: skip
    except TypeError:
        return None


def read_block(chunk: Chunk) -> Block:
    """The articles of a chunk."""
    data = np.frombuffer(bytearray().join(chunk.parts), np.uint8)
    sheet = Sheet(chunk.lines, data.size)
    notes = Notes()
    bad: list[tuple[tuple[int, int], Document, int, str]] = []
    at = line = 0
    while True:
        sheet.count, at, line = read_lines(data, at, line, NAMES_PACKED, sheet.rows, sheet.count)
        if at == data.size:
            break
        end = at + int(np.argmax(data[at:] == NEWLINE)) + 1
        wrong = add_by_hand(sheet, chunk, data[at:end].tobytes(), line, at, notes)
        if wrong is not None:
            bad.append(((line, 1), *place_of(chunk, line), wrong))
        at, line = end, line + 1
    bad += [((before, 0), document, number, reason) for before, document, number, reason in chunk.bad]
    bad.sort(key=lambda found: found[0])
    n, rows = sheet.count, sheet.rows
    block = Block(
        chunk=chunk, data=data, text=rows.text, text_start=rows.text_start[: n + 1], marked=rows.marked[:n],
        characters=rows.characters[:n], id=rows.id, id_start=rows.id_start[: n + 1], title=rows.title,
        title_start=rows.title_start[: n + 1], outlet=rows.outlet, outlet_start=rows.outlet_start[: n + 1],
        piece=rows.piece, piece_start=rows.piece_start[: 3 * n + 1], moment=rows.moment[:n], day=rows.day[:n],
        odd=sheet.odd[:n], line=rows.line[:n], begin=rows.begin[:n], size=rows.size[:n],
        bad=[
            (int(np.searchsorted(rows.line[:n], before)), document, number, reason)
            for (before, _), document, number, reason in bad
        ], notes=notes,
    )  # fmt: skip
    noted = np.array([stretch.noted for stretch in chunk.stretches], np.bool_)
    plain = ~sheet.by_hand[:n] & ~noted[block.stretch_of()]
    notes.naive_times += int(np.count_nonzero(rows.naive[:n] & plain))
    notes.missing_dates += int(np.count_nonzero((block.moment == UNKNOWN_TIME) & plain))
    notes.derived_ids += derive_ids(block)
    return block


def derive_ids(block: Block) -> int:
    """Give an id to the articles that have none; their number."""
    start = block.id_start
    without = np.flatnonzero(np.diff(start) == 0).tolist()
    if without:
        ids = [block.id[start[i] : start[i + 1]].tobytes() for i in range(len(block))]
        for i in without:
            url = orjson.loads(row_of(block.piece, block.piece_start, 3 * i + 1))
            outlet, title, text = (
                row_of(pool, pool_start, i).decode("utf-8", "surrogatepass")
                for pool, pool_start in (
                    (block.outlet, block.outlet_start), (block.title, block.title_start), (block.text, block.text_start)
                )
            )  # fmt: skip
            ids[i] = encode(derived_id(None if empty(url) else url, outlet, title, text))
        block.id, lengths = pack(ids)
        block.id_start = starts_of(lengths)
    return len(without)


def row_of(pool: Array, start: Array, row: int) -> bytes:
    """A row of a pool."""
    return pool[start[row] : start[row + 1]].tobytes()


def add_by_hand(sheet: Sheet, chunk: Chunk, raw: bytes, line: int, at: int, notes: Notes) -> str | None:
    """Add what stands in a line that isn't plain; gives what is wrong with it."""
    stretch = stretch_with(chunk, line)
    if at + len(raw) == stretch.bare_end:
        raw = raw[:-1]
    text = raw.removeprefix(BYTE_ORDER_MARK) if stretch.line + line - stretch.first == 1 else raw
    if not text.strip():
        return None
    record = load_line(text)
    if isinstance(record, Unreadable):
        return record.reason
    if not isinstance(record, dict):
        return f"expected a JSON object, got {json_name(record)} ({text[:60]!r})"
    try:
        known = read_known(record, set(), Notes() if stretch.noted else notes)
    except ArticleError as error:
        return str(error)
    sheet.add(known, line, at, len(raw))
    return None
