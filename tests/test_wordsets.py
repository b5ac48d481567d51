"""Sets of words kept in bits are the sets that Python makes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oracles import overlap
from storycluster.columns import Array
from storycluster.kernels import wordsets
from storycluster.kernels.flags import CAPITAL, NUMBER, QUOTED


def empty(n: int) -> Array:
    return np.zeros(n // 64 + 2, np.uint64)


def members(words: Array, n: int) -> set[int]:
    return {i for i in range(n) if int(words[i >> 6]) >> (i & 63) & 1}


@st.composite
def stretches(draw: st.DrawFn, most: int) -> list[tuple[int, int]]:
    """First words of some stretches, and the words after their last ones."""
    cuts = draw(st.lists(st.tuples(st.integers(0, most - 1), st.integers(1, 140)), max_size=6))
    return [(first, min(first + size, most)) for first, size in cuts]


@given(st.data(), st.integers(1, 300), st.integers(1, 32), st.integers(1, 200))
def test_runs_are_those_of_the_textbook(data: st.DataObject, n: int, width: int, run: int) -> None:
    shingles = max(n - width + 1, 1)
    begins, inside, runs = empty(n), empty(n), empty(n)
    wanted: set[int] = set()
    for first, stop in data.draw(stretches(shingles)):
        wordsets.put(begins, first, stop)
        wanted |= set(range(first, stop))
    assert members(begins, n) == wanted
    assert wordsets.count(begins, n) == len(wanted)
    assert [int(wordsets.holds(begins, i)) for i in range(n)] == [i in wanted for i in range(n)]
    wordsets.find_runs(begins, n, width, run, inside, runs)
    covered = [any(begin in wanted for begin in range(i - width + 1, i + 1)) for i in range(n)]
    assert members(inside, n) == {i for i in range(n) if covered[i]}
    assert wordsets.count_inside(begins, n, width) == sum(covered)
    side = overlap.side([0] * n, [0] * n, covered, run)
    told = members(runs, n)
    assert len(told) == side["TOLD"]
    assert (min(told, default=n), max(told, default=-1) + 1) == (side["FIRST"], side["LAST"])


@given(st.data(), st.integers(1, 300))
def test_a_stretch_is_its_first_64_words(data: st.DataObject, n: int) -> None:
    kinds = np.zeros((2, n // 64 + 2), np.uint64)
    for first, stop in data.draw(stretches(n)):
        wordsets.put(kinds[1], first, stop)
    first = data.draw(st.integers(0, n - 1))
    stop = data.draw(st.integers(first + 1, n))
    found = int(wordsets.stretch(kinds, 1, first, stop))
    held = members(kinds[1], n)
    assert {first + i for i in range(64) if found >> i & 1} == {i for i in held if first <= i < min(stop, first + 64)}


@given(st.lists(st.sampled_from([0, QUOTED, NUMBER, CAPITAL, NUMBER | CAPITAL]), min_size=1, max_size=150), st.data())
def test_words_without_a_flag_are_told_up_to_the_last_one(flags: list[int], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(flags) - 1))
    found = int(wordsets.without(np.array(flags, np.uint8), begin, np.uint8(NUMBER)))
    ahead = flags[begin : begin + 64]
    assert [found >> i & 1 for i in range(len(ahead))] == [int(not flag & NUMBER) for flag in ahead]
