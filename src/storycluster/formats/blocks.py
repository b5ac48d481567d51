"""Sources → chunks of JSON lines → blocks of articles as columns. No object an article on the way.

Records of other formats than JSON lines are written as such first, so that one way leads from lines to columns. Lines
that are plain are read by ``kernels.files.json_lines``, the others like anybody's records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import orjson

from storycluster.columns import UNKNOWN_TIME, Array
from storycluster.dates import epoch_microseconds
from storycluster.errors import ArticleError, FormatError
from storycluster.fields import NAMES, Known, Notes, clean_name, derived_id, empty, read_known
from storycluster.formats.intake import Unreadable
from storycluster.formats.jsonl import BYTE_ORDER_MARK, excerpt, json_name, load_line
from storycluster.formats.reading import Document, Input, LineBlock, Reading
from storycluster.formats.stories import to_json
from storycluster.growing import pack, put_rows, take_rows
from storycluster.kernels.files.json_lines import Names, Rows, read_lines
from storycluster.models import Article
from storycluster.utf8 import decode, encode

CHUNK_BYTES = 1 << 20
"""Bytes of a chunk, about: what the caches can hold of it on its way to a fingerprint."""
FIELDS = ("id", "text", "title", "outlet", "url", "published", "language")
"""In the order of the fields in ``kernels.files.json_lines``."""
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
    items = reading.line_blocks(sources)
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

    def text_of(self, row: int) -> str:
        """An article's text, as it stands in its record."""
        return decode(self.text[self.text_start[row] : self.text_start[row + 1]].tobytes())

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
    """The names that are understood, as ``kernels.files.json_lines`` takes them."""
    rows = [(name, at, rank) for at, field in enumerate(FIELDS) for rank, name in enumerate(NAMES[field])]
    data, start = pack([name.encode("ascii") for name, _, _ in rows])
    return Names(
        data=data,
        start=start,
        field=np.array([at for _, at, _ in rows], np.int64),
        rank=np.array([rank for _, _, rank in rows], np.int64),
    )


NAMES_PACKED = pack_names()


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


def room_for(lines: int, size: int) -> Rows:
    """Rows for so many lines of so many bytes together."""

    def pool(rows: int = 1, more: int = 0) -> tuple[Array, Array]:
        return np.empty(size + more * lines, np.uint8), np.zeros(rows * lines + 1, np.int64)

    text, ids, titles, outlets, pieces = pool(), pool(), pool(), pool(), pool(3, ROOM_FOR_PIECES)
    integers, flags = np.empty((4, lines), np.int64), np.empty((4, lines), np.bool_)
    return Rows(
        begin=integers[0], size=integers[1], unusual=flags[0], text=text[0], text_start=text[1],
        characters=integers[2], marked=flags[1], id=ids[0], id_start=ids[1], title=titles[0], title_start=titles[1],
        outlet=outlets[0], outlet_start=outlets[1], piece=pieces[0], piece_start=pieces[1], moment=integers[3],
        day=flags[2], naive=flags[3],
    )  # fmt: skip


def read_block(chunk: Chunk) -> Block:
    """The articles of a chunk."""
    data = np.frombuffer(bytearray().join(chunk.parts), np.uint8)
    rows = room_for(chunk.lines, data.size)
    read_lines(data, NAMES_PACKED, rows, UNKNOWN_TIME)
    block = Block(
        chunk=chunk, data=data, text=rows.text, text_start=rows.text_start, marked=rows.marked,
        characters=rows.characters, id=rows.id, id_start=rows.id_start, title=rows.title, title_start=rows.title_start,
        outlet=rows.outlet, outlet_start=rows.outlet_start, piece=rows.piece, piece_start=rows.piece_start,
        moment=rows.moment, day=rows.day, odd=np.zeros(chunk.lines, np.bool_), line=np.arange(chunk.lines),
        begin=rows.begin, size=rows.size, bad=[], notes=Notes(),
    )  # fmt: skip
    noted = np.array([stretch.noted for stretch in chunk.stretches], np.bool_)
    plain = ~rows.unusual & ~noted[block.stretch_of()]
    block.notes.naive_times += int(np.count_nonzero(rows.naive & plain))
    block.notes.missing_dates += int(np.count_nonzero((block.moment == UNKNOWN_TIME) & plain))
    clean_outlets(block)
    block.notes.derived_ids += derive_ids(block, np.flatnonzero((np.diff(rows.id_start) == 0) & ~rows.unusual))
    bad = [((before, 0), document, line, reason) for before, document, line, reason in chunk.bad]
    bad += read_unusual(block, np.flatnonzero(rows.unusual).tolist())
    bad.sort(key=lambda found: found[0])
    block.bad = [
        (int(np.searchsorted(block.line, before)), document, line, reason)
        for (before, _), document, line, reason in bad
    ]
    note_without_outlets(block, np.flatnonzero((np.diff(block.outlet_start) == 0) & ~noted[block.stretch_of()]))
    return block


def note_without_outlets(block: Block, rows: Array) -> None:
    """Count articles without an outlet."""
    if rows.size:
        block.notes.add_without_outlets(rows.size, load_line(block.line_of(int(rows[0])).removeprefix(BYTE_ORDER_MARK)))


def read_unusual(block: Block, lines: list[int]) -> list[tuple[tuple[int, int], Document, int, str]]:
    """Read lines that aren't plain like anybody's records, into the block's rows; of no article, rows are taken out.

    Returns:
        What is wrong with some: line of the chunk, document, line there, reason.
    """
    bad = []
    pools: dict[str, dict[int, bytes]] = {name: {} for name in ("text", "id", "title", "outlet", "piece")}
    without = []
    for line in lines:
        stretch = stretch_with(block.chunk, line)
        known = read_by_hand(block, line, stretch, block.notes)
        if not isinstance(known, Known):
            without.append(line)
            if known is not None:
                bad.append(((line, 1), stretch.document, stretch.line + line - stretch.first, known))
            continue
        for name, value in (
            ("text", known.text), ("id", known.id), ("title", known.title), ("outlet", known.outlet)
        ):  # fmt: skip
            pools[name][line] = encode(value)
        pieces = to_pieces(known)
        pools["piece"] |= {3 * line + i: piece for i, piece in enumerate(pieces or ())}
        when = known.published
        block.odd[line] = pieces is None
        block.characters[line], block.marked[line] = len(known.text), "<" in known.text or "&" in known.text
        block.moment[line] = UNKNOWN_TIME if when is None else epoch_microseconds(when)
        block.day[line] = when is not None and not isinstance(when, datetime)
    if lines:
        kept = np.delete(np.arange(len(block)), without)
        for name, values in pools.items():
            data, start = put_rows(getattr(block, name), getattr(block, f"{name}_start"), values)
            taken = (3 * kept[:, None] + np.arange(3)).ravel() if name == "piece" else kept
            data, start = take_rows(data, start, taken)
            setattr(block, name, data)
            setattr(block, f"{name}_start", start)
        for name in ("marked", "characters", "moment", "day", "odd", "line", "begin", "size"):
            setattr(block, name, getattr(block, name)[kept])
    return bad


def read_by_hand(block: Block, line: int, stretch: Stretch, notes: Notes) -> Known | str | None:
    """What stands in a line, or what is wrong with it; None if it is empty."""
    raw = block.line_of(line)
    if block.begin[line] + block.size[line] == stretch.bare_end:
        raw = raw[:-1]
    text = raw.removeprefix(BYTE_ORDER_MARK) if stretch.line + line - stretch.first == 1 else raw
    if not text.strip():
        return None
    record = load_line(text)
    if isinstance(record, Unreadable):
        return record.reason
    if not isinstance(record, dict):
        return f"expected a JSON object, got {json_name(record)} ({excerpt(text)})"
    try:
        return read_known(record, set(), Notes() if stretch.noted else notes)
    except ArticleError as error:
        return str(error)


def clean_outlets(block: Block) -> None:
    """Clean the outlets' names, as ``read_known`` does. Most are of ASCII and clean, which is seen in columns."""
    start = block.outlet_start
    data = block.outlet[: start[-1]]
    at_end = np.zeros(data.size, bool)
    filled = np.flatnonzero(np.diff(start))
    at_end[start[filled]] = at_end[start[filled + 1] - 1] = True
    odd = (data < 0x20) | (data > 0x7E) | ((data == 0x20) & at_end)
    rows = {}
    for row in np.unique(np.searchsorted(start, np.flatnonzero(odd), "right") - 1).tolist():
        name = data[start[row] : start[row + 1]].tobytes()
        if (clean := encode(clean_name(decode(name)))) != name:
            rows[row] = clean
    if rows:
        block.outlet, block.outlet_start = put_rows(block.outlet, start, rows)


def derive_ids(block: Block, rows: Array) -> int:
    """Give an id to some articles, which have none; their number."""
    ids = {}
    for row in rows.tolist():
        url = orjson.loads(row_of(block.piece, block.piece_start, 3 * row + 1))
        outlet, title, text = (
            decode(row_of(pool, start, row))
            for pool, start in (
                (block.outlet, block.outlet_start), (block.title, block.title_start), (block.text, block.text_start)
            )
        )  # fmt: skip
        ids[row] = encode(derived_id(None if empty(url) else url, outlet, title, text))
    block.id, block.id_start = put_rows(block.id, block.id_start, ids)
    return len(ids)


def row_of(pool: Array, start: Array, row: int) -> bytes:
    """A row of a pool."""
    return pool[start[row] : start[row + 1]].tobytes()
