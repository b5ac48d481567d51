"""Sets of a text's words, a bit a word: uint64, word i in bit i mod 64 of number i // 64.

A set of ``n`` words takes n // 64 + 1 numbers, and one more that is 0 or holds nothing that counts.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import ALL_ONES, bytes_without, count_ones
from storycluster.kernels.leaves import leaf

MOST = 64
"""Words in a row that can be told from two neighboring numbers."""


@njit(nogil=True, cache=True, inline="always")
def size_of(n):
    """The numbers that a set of ``n`` words takes."""
    return np.uint64(n // 64 + 1)


@njit(nogil=True, cache=True, inline="always")
def cut(words, n):
    """Take out the words from ``n`` on that stand in the last number."""
    words[np.uint64(n >> 6)] &= ~(ALL_ONES << np.uint64(n & 63))


@njit(nogil=True, cache=True, inline="always")
def without(flags, begin, unwanted):
    """Which of 64 words from ``begin`` on, or as many as there are, have none of some flags: uint64."""
    if begin + 64 <= flags.size:
        return bytes_without(flags, begin, unwanted)
    words = np.uint64(0)
    for i in range(begin, flags.size):
        words |= np.uint64(flags[i] & unwanted == 0) << np.uint64(i - begin)
    return words


@leaf
def count(words, n):
    """How many words of ``n`` a set holds."""
    held = 0
    for q in range(size_of(n)):
        held += count_ones(words[q])
    return held


@njit(nogil=True, cache=True, inline="always")
def holds(words, i):
    """1 if a set holds word ``i``, else 0: uint64."""
    return words[np.uint64(i >> 6)] >> np.uint64(i & 63) & np.uint64(1)


@leaf
def put(words, first, stop):
    """Put the words first … stop - 1, one at least, into a set."""
    place, above = np.uint64(first >> 6), np.uint64(first & 63)
    left = stop - first
    while left > 64:
        words[place] |= ALL_ONES << above
        words[place + np.uint64(1)] |= ~(ALL_ONES << above)
        place += np.uint64(1)
        left -= 64
    ones = ALL_ONES >> np.uint64(64 - left)
    words[place] |= ones << above
    words[place + np.uint64(1)] |= ones >> np.uint64(1) >> (np.uint64(63) - above)


@njit(nogil=True, cache=True, inline="always")
def stretch(kinds, kind, first, stop):
    """The words first … stop - 1, 64 at most, of one of several sets, the rows of an array: uint64."""
    place, above = np.uint64(first >> 6), np.uint64(first & 63)
    found = kinds[kind, place] >> above | kinds[kind, place + np.uint64(1)] << np.uint64(1) << (np.uint64(63) - above)
    return found & ALL_ONES >> np.uint64(max(64 - (stop - first), 0))


@njit(nogil=True, cache=True, inline="always")
def widened(here, before, width):
    """64 words of a set with the ``width`` - 1 words, MOST - 1 at most, after each; ``before`` are those before."""
    reach = 1
    while reach < width:
        step = min(reach, width - reach)
        here |= here << np.uint64(step) | before >> np.uint64(64 - step)
        before |= before << np.uint64(step)
        reach += step
    return here


@njit(nogil=True, cache=True, inline="always")
def run_starts(here, after, run):
    """Those of 64 words of a set that begin ``run`` words, at most MOST, in a row in it; ``after`` are the 64 after."""
    reach = 1
    while reach < run:
        step = min(reach, run - reach)
        here &= here >> np.uint64(step) | after << np.uint64(64 - step)
        after &= after >> np.uint64(step)
        reach += step
    return here


@leaf
def count_inside(begins, n, width):
    """How many of a text's words stand in shingles.

    Args:
        begins: The set of words where the shingles begin.
        n: The text's words.
        width: Words a shingle, at most MOST.
    """
    inside, before = 0, np.uint64(0)
    for q in range(np.int64(size_of(n))):
        here = widened(begins[q], before, width)
        if q == n >> 6:
            here &= ~(ALL_ONES << np.uint64(n & 63))
        inside += count_ones(here)
        before = begins[q]
    return inside


@leaf
def find_runs(begins, n, width, run, inside, runs):
    """Write the words in shared shingles, and those of them that stand in long runs of such words.

    Args:
        begins: The set of words where a shared shingle begins.
        n: The text's words.
        width: Words a shingle, at most MOST.
        run: Words of a run that is long.
        inside: A set, written: the words in shared shingles.
        runs: A set, written: the words in long runs.
    """
    last = np.int64(size_of(n)) - 1
    here = widened(begins[0], np.uint64(0), width)
    before = np.uint64(0)
    for q in range(last):
        after = widened(begins[q + 1], begins[q], width)
        started = run_starts(here, after, min(run, MOST))
        inside[q], runs[q] = here, widened(started, before, min(run, MOST))
        here, before = after, started
    here &= ~(ALL_ONES << np.uint64(n & 63))
    inside[last], runs[last] = here, widened(run_starts(here, np.uint64(0), min(run, MOST)), before, min(run, MOST))
    if run > MOST:
        drop_short_runs(runs, n, run)


@leaf
def drop_short_runs(words, n, run):
    """Take the words out of a set that don't stand in it with ``run`` in a row."""
    first = 0
    for i in range(n + 1):
        if i < n and holds(words, i):
            continue
        if i - first < run:
            for j in range(first, i):
                words[j >> 6] &= ~(np.uint64(1) << np.uint64(j & 63))
        first = i + 1
