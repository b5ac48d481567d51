"""Numbers sorted a part at a time are the sorted numbers."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storycluster import sorting
from storycluster.columns import Array
from storycluster.kernels.sorting import split_numbers
from storycluster.sorting import in_order

BITS = 13
HALVES = st.tuples(st.integers(0, (1 << BITS) - 1) | st.integers(0, 3), st.integers(0, (1 << BITS) - 1))


def numbers_of(pairs: list[tuple[int, int]]) -> Array:
    return np.array([left << 32 | right for left, right in pairs], np.uint64)


@given(st.lists(HALVES, max_size=120), st.integers(1, 40))
def test_parts_put_together_are_the_numbers_in_order(pairs: list[tuple[int, int]], part: int) -> None:
    with patch.object(sorting, "PART", part):
        wholly = in_order(numbers_of(pairs), BITS, np.copy)
        by_left = in_order(numbers_of(pairs), BITS, np.copy, wholly=False)
    assert np.concatenate(wholly).tolist() == sorted(numbers_of(pairs).tolist())
    assert np.concatenate(by_left).tolist() == numbers_of(sorted(pairs, key=lambda pair: pair[0])).tolist()
    assert len(wholly) == len(by_left) >= min(len(pairs) / part, 1 << BITS)
    lefts = [set((found >> np.uint64(32)).tolist()) for found in wholly]
    assert sum(map(len, lefts)) == len(set().union(*lefts))


@given(st.lists(st.integers(0, 63), max_size=60), st.integers(0, 3))
def test_numbers_are_split_by_their_high_bits(numbers: list[int], several: int) -> None:
    split, start = split_numbers(np.array(numbers, np.uint64), 6 - several, 1 << several)
    parts = [split[start[part] : start[part + 1]].tolist() for part in range(1 << several)]
    assert parts == [[n for n in numbers if n >> 6 - several == part] for part in range(1 << several)]
