"""Pairs of texts → those that may be one story, told by a bitmap of shingles before anything is compared.

Whatever clause of the rule it is that joins, so much of a text is shared (``rule.least_shared``). It is counted here in
a bitmap of the other one's shingles, which may count too much, but never too little.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels import overlap as ev
from storycluster.kernels.bits import ALL_ONES, count_ones, fetch_bytes, fetch_numbers
from storycluster.kernels.flags import FURNITURE, QUOTED
from storycluster.kernels.leaves import leaf
from storycluster.kernels.minhash import mixed_shingles
from storycluster.kernels.rule import least_shared
from storycluster.kernels.sorting import LOW_WORD
from storycluster.kernels.wordsets import count_inside, find_runs, size_of, without


@leaf
def set_place(word_start, t):
    """Where a text's set stands among those of all texts, one after the other."""
    return (word_start[t] >> 6) + t


@leaf
def weigh_texts(flags, word_start, texts, first, stop, own, prose, narrated):
    """Count the words of some texts that are no furniture, and those of them that are narrated prose.

    Args:
        flags: uint8: flags of the words of all texts.
        word_start: int64: where each one's words begin.
        texts: int64: which texts.
        first: The first of them.
        stop: The one after the last.
        own: int32, a place for each of ``texts``, written.
        prose: int32, written alike.
        narrated: uint64, written: the set of each one's narrated prose, at its ``set_place``.
    """
    for t in range(first, stop):
        if t + 1 < stop:
            fetch_bytes(flags, word_start[texts[t + 1]], word_start[texts[t + 1] + 1])
        begin, rest = word_start[texts[t]], word_start[texts[t] + 1] - word_start[texts[t]]
        place = set_place(word_start, texts[t])
        own[t] = prose[t] = 0
        while rest > 0:
            inside = ALL_ONES >> np.uint64(max(64 - rest, 0))
            told = without(flags, begin, np.uint8(QUOTED | FURNITURE)) & inside
            own[t] += count_ones(without(flags, begin, np.uint8(FURNITURE)) & inside)
            prose[t] += count_ones(told)
            narrated[place] = told
            place += 1
            begin += 64
            rest -= 64


@leaf
def count_told(narrated, place, found, n, width, run, inside, told):
    """How many words of a text's prose stand in long runs of shared words; arguments as for ``wordsets.find_runs``."""
    find_runs(found, n, width, run, inside, told)
    words = np.int64(0)
    for q in range(n + 63 >> 6):
        words += count_ones(told[q] & narrated[place + q])
    return words


@leaf
def write_entries(words, left, right, first, stop, entries):
    """Write some pairs of texts as text · 2^32 + pair: of the two the one with more words, the left one of equal ones.

    Args:
        words: int64: each text's words.
        left: int64 (p): one text of each pair.
        right: int64 (p): the other one.
        first: The first pair.
        stop: The pair after the last one.
        entries: uint64 (p), written.
    """
    for p in range(first, stop):
        longer = right[p] if words[left[p]] < words[right[p]] else left[p]
        entries[p] = np.uint64(longer) << np.uint64(32) | np.uint64(p)


@njit(nogil=True, cache=True)
def sift_pairs(words, word_start, texts, own, prose, narrated, left, right, entries, width, run, numbers, kept):
    """Which of some pairs of texts may be one story.

    Args:
        words: uint32: word hashes of all texts.
        word_start: int64: where each one's words begin.
        texts: int64: where each text that a pair names stands among these.
        own: int32: the words of each that are no furniture.
        prose: int32: those of them that are narrated.
        narrated: uint64: their sets (``weigh_texts``).
        left: int64 (p): one text of each pair.
        right: int64 (p): the other one.
        entries: uint64: which pairs, as of ``write_entries``. Equal texts stand side by side, so that the bitmap of
            each is made once.
        width: Words a shingle.
        run: Least words of a shared run that counts as told in the same words.
        numbers: The rule's numbers.
        kept: bool (p), written for these pairs.
    """
    longest = np.int64(1)
    for entry in entries:
        t = texts[np.int64(entry >> np.uint64(32))]
        longest = max(longest, word_start[t + 1] - word_start[t])
    room = np.int64(size_of(longest)) + 1
    shingles = np.empty(64 * room, np.uint32)
    known = np.empty(ev.filter_size(ev.table_size(longest)), np.uint64)
    found, inside, told = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint64)
    size, built = np.int64(0), np.int64(-1)
    for q in range(entries.size):
        s, p = np.int64(entries[q] >> np.uint64(32)), np.int64(entries[q] & LOW_WORD)
        t = left[p] + right[p] - s
        if q + 2 < entries.size:
            later = np.int64(entries[q + 2] & LOW_WORD)
            ahead = texts[left[later] + right[later] - np.int64(entries[q + 2] >> np.uint64(32))]
            fetch_numbers(words, word_start[ahead], word_start[ahead + 1])
        begin, stop = word_start[texts[s]], word_start[texts[s] + 1]
        longer = stop - begin
        if s != built:
            built = s
            n = mixed_shingles(words, begin, stop, width, shingles)
            size = ev.table_size(n)
            ev.write_filter(shingles, n, size, known)
        begin, stop = word_start[texts[t]], word_start[texts[t] + 1]
        shorter = stop - begin
        n = mixed_shingles(words, begin, stop, width, shingles)
        ev.find_known(shingles, n, size, known, found)
        covered, least = least_shared(longer, shorter, own[s], own[t], prose[s], prose[t], numbers)
        kept[p] = count_inside(found, shorter, width) / max(shorter, 1) >= covered
        if kept[p] and least > 0 and prose[t] <= prose[s]:
            place = set_place(word_start, texts[t])
            kept[p] = count_told(narrated, place, found, shorter, width, run, inside, told) / max(prose[t], 1) >= least
