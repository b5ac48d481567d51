"""Columns that grow at their end, in memory or in temporary files, and strings packed into one of them."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import IO, Any

import numpy as np

from storycluster.columns import Array, Fingerprints

STEP_BYTES = 64 << 20
"""A column is doubled until it would grow by more than so many bytes, and by more than an eighth."""
LEAST_ROWS = 1 << 10
"""Rows that a column has room for at first."""


@contextmanager
def naming_folder() -> Iterator[None]:
    """Within, what goes wrong with a file without a name is told of the temporary folder that it is in."""
    try:
        yield
    except OSError as error:
        error.filename = tempfile.gettempdir()
        raise


class GrowingColumn:
    """A column to which rows are added until it is closed.

    Args:
        dtype: Of its values.
        width: Values a row; 0 for a plain column.
    """

    def __init__(self, dtype: np.typing.DTypeLike, width: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self._shape = (width,) if width else ()
        self._step = STEP_BYTES // (self.dtype.itemsize * max(width, 1))
        self._room: Array = np.empty((0, *self._shape), self.dtype)
        self._file: IO[bytes] | None = None
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def nbytes(self) -> int:
        """Bytes of its rows in memory."""
        return 0 if self._file else self._rows * self.dtype.itemsize * (self._shape or (1,))[0]

    def extend(self, rows: Array) -> None:
        """Add rows at the end."""
        self._rows += len(rows)
        if self._file is not None:
            with naming_folder():
                self._file.write(np.ascontiguousarray(rows, self.dtype).data)
            return
        size = len(self._room)
        if self._rows > size:
            further = max(min(size, max(self._step, size // 8)), LEAST_ROWS)
            self._resize(max(self._rows, size + further))
        self._room[self._rows - len(rows) : self._rows] = rows

    def move_to_file(self) -> None:
        """Go on in a file of the temporary folder, which goes with the process whatever becomes of it."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="storycluster-")  # noqa: SIM115  # it lives as long as the column
            with naming_folder():
                self._file.write(self._room[: self._rows].data)
            self._room = self._room[:0].copy()

    def close(self) -> Array:
        """All rows: one array in memory, or one that the system reads from the file as it is used."""
        if self._file is not None:
            with naming_folder(), self._file as file:  # the mapping keeps a file of its own
                file.flush()
                if not self._rows:
                    return np.empty((0, *self._shape), self.dtype)
                # writable, although nothing writes: compiled kernels take read-only arrays for another type
                return np.ndarray((self._rows, *self._shape), self.dtype, mmap.mmap(file.fileno(), 0))
        self._resize(self._rows)
        return self._room

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def _resize(self, rows: int) -> None:
        """Have room for so many rows. The C library moves large arrays by their pages where it can, without copying."""
        self._room.resize((rows, *self._shape), refcheck=False)  # nobody else has it yet


class GrowingStarts:
    """Where the rows of a growing pool begin: one more than there are rows, from 0."""

    def __init__(self) -> None:
        self._column = GrowingColumn(np.int64)
        self._column.extend(np.zeros(1, np.int64))
        self.end = 0

    def extend(self, lengths: Array) -> None:
        """Add rows of these lengths."""
        ends = np.cumsum(lengths, dtype=np.int64)
        if ends.size:
            self._column.extend(ends + self.end)
            self.end += int(ends[-1])

    def close(self) -> Array:
        """int64 (rows + 1)."""
        return self._column.close()


class GrowingPool:
    """Packed rows of bytes that come in blocks.

    Attributes:
        data: uint8: the bytes.
    """

    def __init__(self) -> None:
        self.data = GrowingColumn(np.uint8)
        self._start = GrowingStarts()

    def extend(self, data: Array, start: Array) -> None:
        """Add packed rows."""
        self.data.extend(data[: start[-1]])
        self._start.extend(np.diff(start))

    def close(self) -> tuple[Array, Array]:
        """uint8: the bytes; int64 (rows + 1): where each row begins."""
        return self.data.close(), self._start.close()


class GrowingFingerprints:
    """Fingerprints that come in blocks."""

    def __init__(self) -> None:
        self._starts = {"word_start": GrowingStarts(), "sample_start": GrowingStarts()}
        self._columns: dict[str, GrowingColumn] = {}

    @property
    def columns(self) -> Iterable[GrowingColumn]:
        """The columns that grow with the texts."""
        return self._columns.values()

    def extend(self, fingerprints: Fingerprints) -> None:
        """Add fingerprints."""
        for column in fields(Fingerprints):
            values = getattr(fingerprints, column.name)
            if column.name in self._starts:
                self._starts[column.name].extend(np.diff(values))
            elif isinstance(values, np.ndarray):
                width = values.shape[1] if values.ndim > 1 else 0
                self._columns.setdefault(column.name, GrowingColumn(values.dtype, width)).extend(values)

    def close(self, empty: Fingerprints) -> Fingerprints:
        """All of them; ``empty`` is what there is of no texts, and has their recipe."""
        closed: dict[str, Any] = {name: column.close() for name, column in self._columns.items()}
        closed |= {name: start.close() for name, start in self._starts.items()}
        return replace(empty, **closed)


def let_go(fingerprints: Fingerprints) -> None:
    """Have the pages of columns that stand in files leave this process, until somebody reads there again.

    The system has them still, or reads them anew. Nothing happens to columns in memory, nor where the system can't be
    told (Windows).
    """
    for column in fields(Fingerprints):
        pages = getattr(getattr(fingerprints, column.name), "base", None)
        if isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            pages.madvise(mmap.MADV_DONTNEED)


def pack(strings: Sequence[bytes]) -> tuple[Array, Array]:
    """Strings as one array of bytes, uint8, and where each begins there, int64 (strings + 1)."""
    start = starts_of(np.fromiter(map(len, strings), np.int64, len(strings)))
    return np.frombuffer(bytearray().join(strings), np.uint8), start  # writable: see GrowingColumn.close


def starts_of(lengths: Array) -> Array:
    """int64 (n + 1): where rows of these lengths begin."""
    start = np.zeros(len(lengths) + 1, np.int64)
    lengths.cumsum(out=start[1:])
    return start


def ranges(starts: Array, counts: Array) -> Array:
    """The places starts[i] … starts[i] + counts[i] - 1 of all i, one after the other."""
    ends = np.cumsum(counts)
    places: Array = np.arange(ends[-1] if ends.size else 0) + np.repeat(starts - (ends - counts), counts)
    return places


def take_rows(pool: Array, start: Array, rows: Array) -> tuple[Array, Array]:
    """Some rows of a pool as a pool of their own; all of them as they are."""
    if rows.size == len(start) - 1:
        return pool[: start[-1]], start
    counts = start[rows + 1] - start[rows]
    return pool[ranges(start[rows], counts)], starts_of(counts)


def put_rows(pool: Array, start: Array, rows: Mapping[int, bytes]) -> tuple[Array, Array]:
    """A pool with other bytes in some rows.

    Args:
        pool: uint8.
        start: int64 (rows + 1): where each row begins.
        rows: Row, ascending → its bytes.
    """
    if not rows:
        return pool[: start[-1]], start
    lengths = np.diff(start)
    parts, done = [], 0
    for row, value in rows.items():
        parts += [pool[done : start[row]], np.frombuffer(value, np.uint8)]
        done, lengths[row] = start[row + 1], len(value)
    return np.concatenate([*parts, pool[done : start[-1]]]), starts_of(lengths)


def take_fingerprints(fingerprints: Fingerprints, rows: Array) -> Fingerprints:
    """The fingerprints of some texts."""
    if rows.size == len(fingerprints):
        return fingerprints
    words, samples = (
        ranges(start[rows], np.diff(start)[rows]) for start in (fingerprints.word_start, fingerprints.sample_start)
    )
    return Fingerprints(
        words=fingerprints.words[words], flags=fingerprints.flags[words],
        word_start=starts_of(np.diff(fingerprints.word_start)[rows]),
        signatures=fingerprints.signatures[rows],
        sample=fingerprints.sample[samples], sample_place=fingerprints.sample_place[samples],
        sample_start=starts_of(np.diff(fingerprints.sample_start)[rows]),
        digests=fingerprints.digests[rows], recipe=fingerprints.recipe,
    )  # fmt: skip


def sort_strings(pool: Array, start: Array) -> Array:
    """The order of packed strings by their bytes (in UTF-8, that of code points); what others begin with comes first.

    They are compared eight bytes at a time, further ones only where all before are equal.

    Args:
        pool: uint8: the strings' bytes.
        start: int64 (n + 1): where each begins.

    Returns:
        int64 (n): the strings' numbers in order; equal ones as they stand.
    """
    order = np.arange(len(start) - 1)
    tied = np.arange(len(start) - 1)  # places in ``order`` that aren't settled
    group = np.zeros(len(start) - 1, np.int64)
    depth = 0
    while tied.size:
        rows = order[tied]
        key = eight_bytes(pool, start, rows, depth)
        length = np.clip(start[rows + 1] - start[rows] - depth, 0, 9)  # beyond its end a string has no bytes to compare
        by_key = np.lexsort((length, key, group))
        order[tied] = rows[by_key]
        group, key, length = group[by_key], key[by_key], length[by_key]
        new = np.ones(tied.size, bool)
        new[1:] = (group[1:] != group[:-1]) | (key[1:] != key[:-1]) | (length[1:] != length[:-1])
        group = np.cumsum(new)
        unsettled = (np.bincount(group)[group] > 1) & (length > 8)
        tied, group = tied[unsettled], group[unsettled]
        depth += 8
    return order


def eight_bytes(pool: Array, start: Array, rows: Array, depth: int) -> Array:
    """The next eight bytes of some packed strings as big-endian numbers, zeros beyond their ends: uint64."""
    key = np.zeros(rows.size, np.uint64)
    begin, end = start[rows] + depth, start[rows + 1]
    for place in range(8):
        here = begin + place < end
        key[here] |= pool[begin[here] + place].astype(np.uint64) << np.uint64(56 - 8 * place)
    return key
