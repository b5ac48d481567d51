"""The articles of files, held as columns; an Article is read again from its file when somebody asks for it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, overload

import numpy as np

from storycluster.columns import UNKNOWN_TIME, Array
from storycluster.dates import epoch_microseconds
from storycluster.errors import FormatError
from storycluster.formats.blocks import Block
from storycluster.formats.intake import Intake
from storycluster.formats.jsonl import load_line
from storycluster.formats.reading import Document
from storycluster.growing import GrowingColumn, GrowingStarts, pack, sort_strings, starts_of
from storycluster.kernels.ids import enter_ids, fill_table, find_slot
from storycluster.models import Article

KEPT_IN_MEMORY = 64 << 20
"""Bytes of lines that can't be read again which are kept in memory before they go to a file."""
COPIED = -1
"""Stands for the number of a file: the line was copied."""
PIECES = 4
ID, TITLE, URL, PUBLISHED = range(PIECES)
"""An article's pieces: its id, title, address and date as JSON."""


class Ids(Sequence[str]):
    """Ids, packed, and where each is. Numbers stand in for the objects that a dict would take."""

    def __init__(self) -> None:
        self.count = 0
        self.pool: Array = np.empty(1 << 10, np.uint8)
        self.start: Array = np.zeros(1 << 8, np.int64)
        self._table: Array = np.full(1 << 10, -1, np.int32)

    def __len__(self) -> int:
        return self.count

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(self.count))]
        if not -self.count <= place < self.count:
            raise IndexError(f"id {place}: there are {self.count}")
        return self.encoded(place % self.count).decode("utf-8", "surrogatepass")

    def encoded(self, place: int) -> bytes:
        """An id in UTF-8."""
        return bytes(self.pool[self.start[place] : self.start[place + 1]])

    def enter(self, ids: list[bytes]) -> Array:
        """Add the ids that are new: int64, for each the place of the same one that came before, or -1."""
        data, lengths = pack(ids)
        self._make_room(len(ids), data.size)
        known = np.empty(len(ids), np.int64)
        self.count = enter_ids(self._table, self.pool, self.start, self.count, data, starts_of(lengths), known)
        return known

    def place_of(self, article_id: str) -> int | None:
        """The place of an id, None if it isn't there."""
        wanted = np.frombuffer(article_id.encode("utf-8", "surrogatepass"), np.uint8)
        found = int(self._table[find_slot(self._table, self.pool, self.start, wanted, 0, wanted.size)])
        return None if found < 0 else found

    def in_order(self) -> Array:
        """int64: each id's place when all are sorted."""
        rank = np.empty(self.count, np.int64)
        rank[sort_strings(self.pool, self.start[: self.count + 1])] = np.arange(self.count)
        return rank

    def _make_room(self, ids: int, size: int) -> None:
        """Room for so many more ids of so many bytes together."""
        if self.count + ids + 1 > self.start.size:
            self.start = widened(self.start, self.count + ids + 1)
        if int(self.start[self.count]) + size > self.pool.size:
            self.pool = widened(self.pool, int(self.start[self.count]) + size)
        if 2 * (self.count + ids) > self._table.size:
            self._table = np.full(1 << (4 * (self.count + ids)).bit_length(), -1, np.int32)
            fill_table(self._table, self.pool, self.start, self.count)


def widened(array: Array, size: int) -> Array:
    """An array with room for ``size`` values and half as much again, which begins with the same ones."""
    wider = np.zeros(size + size // 2, array.dtype)
    wider[: array.size] = array
    return wider


class Lines:
    """The articles' lines, which can be read again: where they stand in their files, or copies of them."""

    def __init__(self) -> None:
        self.count = 0
        self._file: Array = np.empty(1 << 8, np.int32)
        self._begin: Array = np.empty(1 << 8, np.int64)
        self._size: Array = np.empty(1 << 8, np.int32)
        self._paths: list[tuple[Path, tuple[int, int]]] = []
        self._number: dict[Path, int] = {}
        self._copies: IO[bytes] = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY, prefix="storycluster-")
        self._copied = 0
        self._open: tuple[int, IO[bytes]] | None = None
        self._lock = threading.Lock()

    def extend(self, block: Block) -> None:
        """Add a block's lines."""
        end = self.count + len(block)
        if end > self._file.size:
            self._file, self._begin, self._size = (widened(c, end) for c in (self._file, self._begin, self._size))
        new = slice(self.count, end)
        self._size[new] = block.sizes
        self._file[new] = [COPIED if raw is not None else self.file_number(d) for d, raw in zip_lines(block)]
        begins = np.array(block.begins, np.int64)
        copied = self._file[new] == COPIED
        if copied.any():
            sizes = self._size[new][copied].astype(np.int64)
            begins[copied] = self._copied + np.cumsum(sizes) - sizes
            self._copied += self._copies.write(b"".join(raw for raw in block.raw if raw is not None))
        self._begin[new] = begins
        self.count = end

    def file_number(self, document: Document) -> int:
        """The number of a document's file.

        Raises:
            ValueError: It has none.
        """
        path = document.path
        if path is None:
            raise ValueError(f"{document.name}: expected the line itself, where its document can't be read again")
        number = self._number.get(path)
        if number is None:
            number = self._number[path] = len(self._paths)
            self._paths.append((path, state_of(path)))
        return number

    def __getitem__(self, place: int) -> bytes:
        return self.read(int(self._file[place]), int(self._begin[place]), int(self._size[place]))

    def read(self, file: int, begin: int, size: int) -> bytes:
        """A line.

        Raises:
            FormatError: Its file isn't any more what it was.
        """
        with self._lock:
            if file == COPIED:
                self._copies.seek(begin)
                line = self._copies.read(size)
                self._copies.seek(self._copied)
                return line
            if self._open is None or self._open[0] != file:
                path, before = self._paths[file]
                if state_of(path) != before:
                    raise FormatError(f"{path}: expected the file as it was read, but it was changed since; run again")
                self.close()
                self._open = file, path.open("rb")
            self._open[1].seek(begin)
            return self._open[1].read(size)

    def close(self) -> None:
        """Close the file that was read last."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def __del__(self) -> None:
        self.close()
        self._copies.close()


def zip_lines(block: Block) -> Iterator[tuple[Document, bytes | None]]:
    """Each line's document, and the line where it can't be read again."""
    return zip(block.documents, block.raw, strict=True)


def state_of(path: Path) -> tuple[int, int]:
    """What tells that a file was written to: its size and the time of its last change."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def usable_moments(moments: Array, as_of: datetime | None) -> Array:
    """Which of some moments (microseconds since 1970) are known and don't lie after ``as_of``: bool."""
    known: Array = moments != UNKNOWN_TIME
    return known if as_of is None else known & (moments <= epoch_microseconds(as_of))


class Shelf(Sequence[Article]):
    """Articles of files, each id once, in the order in which they came.

    In memory are columns: ids, dates, numbers of outlets, what stories show of each article, and where it stands.
    ``shelf[i]`` reads the article from there.

    Attributes:
        ids: The articles' ids.
        outlets: Spelled name of an outlet → its number, in the order in which they came.
    """

    def __init__(self) -> None:
        self.ids = Ids()
        self.outlets: dict[str, int] = {}
        self._lines = Lines()
        self._pieces = GrowingColumn(np.uint8)
        self._piece_start = GrowingStarts()
        self._columns = {
            "outlet": GrowingColumn(np.int32), "moment": GrowingColumn(np.int64), "day": GrowingColumn(np.bool_),
            "length": GrowingColumn(np.int32), "odd": GrowingColumn(np.bool_), "title": GrowingColumn(np.uint64),
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def growing(self) -> Sequence[GrowingColumn]:
        """The columns that grow most, for whoever watches over memory."""
        return (self._pieces,)

    def take_in(self, block: Block, intake: Intake, *, strict: bool) -> Block:
        """Take in a block's articles, but for those whose id was there before.

        The same article again is counted and left out. One with other content is set aside, as are the block's bad
        records, in the order in which all of them stand there.

        Returns:
            The block with the articles that are new, if some are not.

        Raises:
            FormatError: The first that would be set aside, if strict.
        """
        first = len(self.ids)
        known = self.ids.enter(block.ids)
        again = np.flatnonzero(known >= 0).tolist()
        wrong = list(block.bad)
        for place in again:
            new = Article.from_mapping(load_line(self._line_of(block, place)))
            earlier = int(known[place])
            # each article of the block that is new got the next place
            old = self[earlier] if earlier < first else self._of_block(block, known, earlier - first)
            if new != old:
                reason = f"the id {new.id!r} is taken by an article with other content that came before"
                wrong.append((place, block.documents[place], block.lines[place], reason))
        taken = {place for place, *_ in wrong[len(block.bad) :]}
        for _, document, line, reason in sorted(wrong, key=lambda found: found[0]):
            if strict:
                raise FormatError(f"{document.name}:{line}: {reason}" if line else f"{document.name}: {reason}")
            intake.add_bad(document.name, line, reason)
        intake.articles += len(block) - len(taken)
        if again:
            block = block.without(set(again))
        self._append(block)
        return block

    def _line_of(self, block: Block, place: int) -> bytes:
        raw = block.raw[place]
        if raw is not None:
            return raw
        return self._lines.read(
            self._lines.file_number(block.documents[place]), block.begins[place], block.sizes[place]
        )

    def _of_block(self, block: Block, known: Array, number: int) -> Article:
        """The so-and-so-many-th new article of a block."""
        place = int(np.flatnonzero(known < 0)[number])
        return Article.from_mapping(load_line(self._line_of(block, place)))

    def _append(self, block: Block) -> None:
        self._lines.extend(block)
        pieces, lengths = pack(block.pieces)
        self._pieces.extend(pieces)
        self._piece_start.extend(lengths)
        odd = np.zeros(len(block), np.bool_)
        odd[block.odd] = True
        columns = {
            "outlet": block.outlets, "moment": block.moments, "day": block.days, "length": list(map(len, block.texts)),
            "odd": odd,
        }  # fmt: skip
        for name, values in columns.items():
            column = self._columns[name]
            column.extend(np.asarray(values, column.dtype))

    def add_titles(self, digests: Array) -> None:
        """Add the digests of the titles of the articles taken in last."""
        self._columns["title"].extend(digests)

    def close(self) -> None:
        """All articles are there: make their columns ready to be used."""
        self.pieces = self._pieces.close()
        self.piece_start = self._piece_start.close()
        columns = {name: column.close() for name, column in self._columns.items()}
        self.outlet, self.moment, self.day = columns["outlet"], columns["moment"], columns["day"]
        self.length, self.odd, self.title = columns["length"], columns["odd"], columns["title"]
        self.order = self.ids.in_order()

    @overload
    def __getitem__(self, place: int) -> Article: ...
    @overload
    def __getitem__(self, place: slice) -> list[Article]: ...
    def __getitem__(self, place: int | slice) -> Article | list[Article]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(f"article {place}: there are {len(self)}")
        place %= len(self)
        return Article.from_mapping(load_line(self._lines[place]))

    def __iter__(self) -> Iterator[Article]:
        return map(self.__getitem__, range(len(self)))
