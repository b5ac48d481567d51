"""Columns of rows as PostgreSQL takes them in binary: one parameter a column, however many rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

NULL = np.iinfo(np.int64).min
"""Stands for no number where numbers travel as arrays."""


class Column:
    """An array as PostgreSQL takes it in binary: one dimension, any of it null."""

    __slots__ = ("data",)
    element = 0
    array = 0
    data: bytes

    @classmethod
    def header(cls, size: int) -> bytes:
        """What comes before the elements."""
        numbers = (1 if size else 0, 1, cls.element, *((size, 1) if size else ()))
        return np.array(numbers, ">i4").tobytes()


class Numbers(Column):
    """int8[]."""

    __slots__ = ()
    element, array = 20, 1016

    def __init__(self, values: Iterable[int | None]) -> None:
        given = np.array([NULL if value is None else value for value in values], np.int64)
        items = np.empty(given.size, [("size", ">i4"), ("value", ">i8")])
        items["size"], items["value"] = 8, given
        self.data = self.header(given.size) + items.tobytes()


class Reals(Column):
    """float8[]."""

    __slots__ = ()
    element, array = 701, 1022

    def __init__(self, values: Sequence[float]) -> None:
        items = np.empty(len(values), [("size", ">i4"), ("value", ">f8")])
        items["size"], items["value"] = 8, values
        self.data = self.header(len(values)) + items.tobytes()


class Blobs(Column):
    """bytea[]."""

    __slots__ = ()
    element, array = 17, 1001

    def __init__(self, values: Iterable[bytes | None]) -> None:
        parts = []
        for value in values:
            parts.append((-1 if value is None else len(value)).to_bytes(4, "big", signed=True))
            parts.append(value or b"")
        self.data = self.header(len(parts) // 2) + b"".join(parts)
