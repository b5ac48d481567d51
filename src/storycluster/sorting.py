"""Numbers in order, a part at a time: each in the cache's reach, and sorted and worked on by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from storycluster.columns import Array
from storycluster.kernels.sorting import radix_sort, split_numbers
from storycluster.threads import map_threads

R = TypeVar("R")

PART = 1 << 13
"""Numbers of a part, about: a few parts a thread of a few thousand articles' pairs, and no part beyond the cache."""


def in_order(numbers: Array, bits: int, work: Callable[[Array], R], *, wholly: bool = True) -> list[R]:
    """What ``work`` makes of some numbers, sorted and cut into parts, in order of the parts.

    Numbers with equal upper halves are in one part. To sort all at once would need more memory than any cache has.

    Args:
        numbers: uint64.
        bits: Bits that either half of a number takes of its 32.
        work: Called with each part, uint64, in any thread; it may be empty.
        wholly: Sort by the lower halves too; otherwise numbers with equal upper halves stay as they stand.
    """
    several = 0
    while several < bits and PART << several < numbers.size:
        several += 1
    shift = 32 + bits - several
    split, start = split_numbers(numbers, shift, 1 << several)

    def sort(part: int) -> R:
        own = split[start[part] : start[part + 1]]
        if wholly:
            own = radix_sort(own, 0, bits)
        return work(radix_sort(own, 32, shift))

    return map_threads(sort, range(1 << several))
