"""Room in arrays that grow where they stand: rows that are used again, stretches of a pool, tables of postings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from storycluster.columns import Array
from storycluster.kernels.live import loading, postings
from storycluster.kernels.live.postings import Postings

LEAST_ROWS = 64
UNIT = 16
"""Words and bytes are kept in stretches of a multiple of so many; a free one is used again by what fits exactly."""
LOADED_KEYS = 4096
"""Keys that a table is given room for at a time while it is loaded."""


class Growth:
    """Gives arrays room where they stand.

    Attributes:
        moved: How many times an array may have moved by that: who keeps its address must look for it again.
    """

    def __init__(self) -> None:
        self.moved = 0

    def widen(self, array: Array, rows: int) -> None:
        """Give an array at least so many rows, and a sixteenth more."""
        if rows > len(array):
            # refcheck: whoever keeps the address of a column watches ``moved``; numpy can't know that
            array.resize((rows + max(rows // 16, LEAST_ROWS), *array.shape[1:]), refcheck=False)
            self.moved += 1

    def make_room(self, table: Postings, keys: int, blocks: int = 0) -> None:
        """Give a table room for so many more or less keys, and so many more places in blocks."""
        used = int(table.state[postings.SPACES] << table.state[postings.LEVEL]) + int(table.state[postings.SPLIT])
        self.widen(table.table, used + keys + 1)
        self.widen(table.over, used + keys + 1)
        spilled = int(table.state[postings.SPILLED])
        self.widen(table.spill, spilled + 2 * keys + 16)
        self.widen(table.spill_over, spilled + 2 * keys + 16)
        self.widen(table.blocks, int(table.state[postings.BLOCKS]) + blocks)


class Rows:
    """The rows of some columns: which are in use, which are free, and room for more."""

    def __init__(self, columns: Iterable[Array], growth: Growth) -> None:
        self._growth = growth
        self._columns = list(columns)
        self._free: list[int] = []
        self._room = 0
        self.top = 0

    def take(self) -> int:
        """A row to use."""
        if self._free:
            return self._free.pop()
        if self.top == self._room:
            for column in self._columns:
                self._growth.widen(column, self.top + 1)
            self._room = min(map(len, self._columns))
        self.top += 1
        return self.top - 1

    def take_many(self, count: int) -> int:
        """The first of so many rows that follow each other."""
        for column in self._columns:
            self._growth.widen(column, self.top + count)
        self._room = min(map(len, self._columns))
        self.top += count
        return self.top - count

    def give(self, row: int) -> None:
        """Give a row back."""
        self._free.append(row)


class Stretches:
    """Places in a pool of values: stretches of multiples of UNIT, given back and used again."""

    def __init__(self, pool: Array, growth: Growth) -> None:
        self._growth = growth
        self._pool = pool
        self._free: dict[int, list[int]] = {}
        self.top = 0

    def take(self, size: int) -> int:
        """The start of a stretch for so many values."""
        units = -(-size // UNIT)
        free = self._free.get(units)
        if free:
            return free.pop()
        start = self.top
        self.top += units * UNIT
        self._growth.widen(self._pool, self.top)
        return start

    def take_many(self, sizes: Array) -> Array:
        """The starts, int64, of stretches for so many values each, which follow each other."""
        rooms = -(-sizes // UNIT) * UNIT
        starts: Array = self.top + np.cumsum(rooms) - rooms
        self.top += int(rooms.sum())
        self._growth.widen(self._pool, self.top)
        return starts

    def give(self, start: int, size: int) -> None:
        """Give a stretch back."""
        if size:
            self._free.setdefault(-(-size // UNIT), []).append(start)


def append(table: Postings, spaces: Array, keys: Array, members: Array) -> None:
    """Put many members behind those of their keys; its arrays may move, which the caller's ``Growth`` isn't told.

    Args:
        table: The postings.
        spaces: uint16 (n): each key's space.
        keys: uint32 (n).
        members: int32 (n): members of one key stand in their order, and behind those that it has.
    """
    spaces, keys, members = loading.by_region(table, spaces, keys, members)
    growth, done = Growth(), 0
    while (done := loading.append_members(table, spaces, keys, members, done)) < keys.size:
        growth.make_room(table, LOADED_KEYS, int(table.state[postings.NEEDED]) + LOADED_KEYS)
