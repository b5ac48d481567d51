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
from storycluster.formats.jsonl import BYTE_ORDER_MARK, load_line
from storycluster.formats.reading import Document
from storycluster.growing import GrowingColumn, GrowingPool, naming_folder, sort_strings, take_rows
from storycluster.kernels.files.ids import enter_ids, fill_table, find_slot
from storycluster.kernels.files.json_strings import strings_to_json
from storycluster.models import Article
from storycluster.utf8 import decode, encode

KEPT_IN_MEMORY = 64 << 20
"""Bytes of lines that can't be read again which are kept in memory before they go to a file."""
COPIED = -1
"""Stands for the number of a file: the line was copied."""
PIECES = 3
TITLE, URL, PUBLISHED = range(PIECES)
"""An article's pieces: its title, address and date as JSON."""


class Distinct(Sequence[str]):
    """Different strings in the order in which they came, packed, and where each is: a dict without its objects."""

    def __init__(self) -> None:
        self.size = 0
        self.pool: Array = np.empty(1 << 10, np.uint8)
        self.start: Array = np.zeros(1 << 8, np.int64)
        self._table: Array = np.full(1 << 10, -1, np.int32)

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(self.size))]
        if not -self.size <= place < self.size:
            raise IndexError(f"string {place}: there are {self.size}")
        place %= self.size
        return decode(self.pool[self.start[place] : self.start[place + 1]].tobytes())

    def enter(self, data: Array, start: Array) -> Array:
        """Add the strings that are new.

        Args:
            data: uint8: strings in UTF-8.
            start: int64 (n + 1): where each begins.

        Returns:
            int64 (n): for each the place of the same one that came before, or -1.
        """
        self._make_room(len(start) - 1, int(start[-1] - start[0]))
        known = np.empty(len(start) - 1, np.int64)
        self.size = enter_ids(self._table, self.pool, self.start, self.size, data, start, known)
        return known

    def numbers(self, data: Array, start: Array) -> Array:
        """Add the strings that are new, and give each one's place: int64 (n)."""
        first = self.size
        places = self.enter(data, start)
        new = places < 0
        places[new] = first + np.arange(np.count_nonzero(new))
        return places

    def place_of(self, string: str) -> int | None:
        """The place of a string, None if it isn't there."""
        wanted = np.array(bytearray(encode(string)), np.uint8)
        found = int(self._table[find_slot(self._table, self.pool, self.start, wanted, 0, wanted.size)])
        return None if found < 0 else found

    def in_order(self) -> Array:
        """int64: each string's place when all are sorted."""
        rank = np.empty(self.size, np.int64)
        rank[sort_strings(self.pool, self.start[: self.size + 1])] = np.arange(self.size)
        return rank

    def _make_room(self, strings: int, size: int) -> None:
        """Room for so many more strings of so many bytes together."""
        if self.size + strings + 1 > self.start.size:
            self.start = widened(self.start, self.size + strings + 1)
        if int(self.start[self.size]) + size > self.pool.size:
            self.pool = widened(self.pool, int(self.start[self.size]) + size)
        if 2 * (self.size + strings) > self._table.size:
            self._table = np.full(1 << (4 * (self.size + strings)).bit_length(), -1, np.int32)
            fill_table(self._table, self.pool, self.start, self.size)


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
        self._copies: IO[bytes] = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY, prefix="storycluster-")  # noqa: SIM115  # it lives as long as this
        self._copied = 0
        self._open: tuple[int, IO[bytes]] | None = None
        self._lock = threading.Lock()

    def extend(self, block: Block, rows: Array) -> None:
        """Add the lines of a block's articles, of those named."""
        end = self.count + rows.size
        if end > self._file.size:
            self._file, self._begin, self._size = (widened(c, end) for c in (self._file, self._begin, self._size))
        new = slice(self.count, end)
        stretches = block.chunk.stretches
        files = np.array([self.file_number(stretch.document) for stretch in stretches], np.int32)
        # from a place in the chunk to one in the document, or among the copies
        moved = np.array([stretch.begin - stretch.place for stretch in stretches], np.int64)
        moved[files == COPIED] = self._copied
        of = block.stretch_of()[rows]
        self._size[new], self._file[new], self._begin[new] = block.size[rows], files[of], block.begin[rows] + moved[of]
        if (files == COPIED).any():
            with naming_folder():
                self._copied += self._copies.write(block.data.data)
        self.count = end

    def file_number(self, document: Document) -> int:
        """The number of a document's file, COPIED if it can't be read again."""
        path = document.path
        if path is None:
            return COPIED
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
            path, before = self._paths[file]
            if state_of(path) != before:
                raise FormatError(f"{path}: expected the file as it was read, but it was changed since; run again")
            if self._open is None or self._open[0] != file:
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


def article_of(line: bytes) -> Article:
    """The article on a line that was read before."""
    return Article.from_mapping(load_line(line.removeprefix(BYTE_ORDER_MARK)))


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
        outlets: Names of outlets as they are spelled.
        order: int64: each article's place when all are sorted by id.
        id, id_start: uint8 pool of JSON and int64 starts: the ids.
        piece, piece_start: Three rows an article: title, url and date as JSON.
        outlet: int32: number of the outlet's name.
        moment: int64: microseconds since 1970 at which it came out at the earliest, or UNKNOWN_TIME.
        day: bool: only the day is known.
        characters: int32: length of the text.
        title: uint64: digest of the title.
        odd: bool: id, outlet or pieces hold text that UTF-8 can't, and the pieces are empty.
    """

    def __init__(self) -> None:
        self.ids = Distinct()
        self.outlets = Distinct()
        self._lines = Lines()
        self._pools = {"id": GrowingPool(), "piece": GrowingPool()}
        self._columns = {
            "outlet": GrowingColumn(np.int32), "moment": GrowingColumn(np.int64), "day": GrowingColumn(np.bool_),
            "characters": GrowingColumn(np.int32), "odd": GrowingColumn(np.bool_), "title": GrowingColumn(np.uint64),
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def growing(self) -> list[GrowingColumn]:
        """The columns that grow most, for whoever watches over memory."""
        return [pool.data for pool in self._pools.values()]

    def take_in(self, block: Block, titles: Array, intake: Intake, *, strict: bool) -> Array:
        """Take in a block's articles, but for those whose id was there before.

        The same article again is counted and left out. One with other content is set aside, as are the block's bad
        records, in the order in which all of them stand there.

        Args:
            block: The articles.
            titles: uint64: digests of their titles.
            intake: Where all of this is counted.
            strict: Stop instead of setting aside.

        Returns:
            int64: the rows of the articles taken in.

        Raises:
            FormatError: The first that would be set aside, if strict.
        """
        first = len(self.ids)
        known = self.ids.enter(block.id, block.id_start)
        rows: Array = np.flatnonzero(known < 0)
        wrong = list(block.bad)
        for row in np.flatnonzero(known >= 0).tolist():
            earlier = int(known[row])
            new = article_of(block.line_of(row))
            # the articles of the block that are new have the places from ``first`` on
            old = self[earlier] if earlier < first else article_of(block.line_of(int(rows[earlier - first])))
            if new != old:
                reason = f"the id {new.id!r} is taken by an article with other content that came before"
                wrong.append((row, *block.place(row), reason))
        intake.articles += len(block) - (len(wrong) - len(block.bad))
        for _, document, line, reason in sorted(wrong, key=lambda found: found[0]):
            if strict:
                raise FormatError(f"{document.name}:{line}: {reason}" if line else f"{document.name}: {reason}")
            intake.add_bad(document.name, line, reason)
        intake.notes.add(block.notes)
        self._append(block, rows, titles)
        return rows

    def _append(self, block: Block, rows: Array, titles: Array) -> None:
        self._lines.extend(block, rows)
        ids, id_start = take_rows(block.id, block.id_start, rows)
        as_json, json_start = np.empty(6 * ids.size + 2 * rows.size, np.uint8), np.empty(rows.size + 1, np.int64)
        strings_to_json(ids, id_start, as_json, json_start)
        self._pools["id"].extend(as_json, json_start)
        pieces = (PIECES * rows[:, None] + np.arange(PIECES)).ravel()
        self._pools["piece"].extend(*take_rows(block.piece, block.piece_start, pieces))
        columns = {
            "outlet": self.outlets.numbers(*take_rows(block.outlet, block.outlet_start, rows)),
            "moment": block.moment[rows], "day": block.day[rows], "characters": block.characters[rows],
            "odd": block.odd[rows], "title": titles[rows],
        }  # fmt: skip
        for name, values in columns.items():
            column = self._columns[name]
            column.extend(values.astype(column.dtype))

    def close(self) -> None:
        """All articles are there: make their columns ready to be used."""
        self.id, self.id_start = self._pools["id"].close()
        self.piece, self.piece_start = self._pools["piece"].close()
        columns = {name: column.close() for name, column in self._columns.items()}
        self.outlet, self.moment, self.day = columns["outlet"], columns["moment"], columns["day"]
        self.characters, self.odd, self.title = columns["characters"], columns["odd"], columns["title"]
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
        return article_of(self._lines[place])

    def __iter__(self) -> Iterator[Article]:
        return map(self.__getitem__, range(len(self)))
