"""Two texts → their exact overlap: shared shingles, what of their prose lies in shared runs, which facts were replaced.

All of it is read off the word hashes in order and their flags; the texts themselves are not needed. For each text on
the left a hash table of its shingles is built once and probed by all its partners.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.minhash import mix32, shingle_hashes
from storycluster.kernels.words import CAPITAL, NUMBER, QUOTED

# Columns of the evidence about one pair. "left" and "right" are the two texts.
SHARED = 0
"""Distinct shingles in both."""
LEFT_PROSE = 1
"""Words of the left text that are narrated prose and not furniture."""
RIGHT_PROSE = 2
LEFT_TOLD = 3
"""Those of them that lie in shared runs."""
RIGHT_TOLD = 4
LEFT_COVERED = 5
"""Words of the left text in shared shingles, quoted or not, furniture or not."""
RIGHT_COVERED = 6
LEFT_FIRST = 7
"""First word of the left text that lies in a shared run; the text's length where none does."""
LEFT_LAST = 8
"""Word after the last one that does."""
RIGHT_FIRST = 9
RIGHT_LAST = 10
SAME_NUMBERS = 11
"""Words with digits inside what is shared."""
OTHER_NUMBERS = 12
"""Words with digits that stand in each other's place."""
SAME_CAPITALS = 13
"""Capitalized words inside what is shared."""
OTHER_CAPITALS = 14
"""Capitalized words that stand in each other's place."""
REPLACED = 15
"""Words of any kind that stand in each other's place."""
LEFT_OWN = 16
"""Words of the left text that are not furniture, quoted or not."""
RIGHT_OWN = 17
EVIDENCE = 18
"""Number of columns."""

FURNITURE = 8
"""Flag of a word that is furniture of its outlet (set beside the flags of ``kernels.words``)."""


@njit(nogil=True, cache=True)
def table_size(n):
    """The least power of two that leaves a table of ``n`` entries half empty."""
    size = 4
    while size < 2 * n:
        size *= 2
    return size


@njit(nogil=True, cache=True)
def index_shingles(shingles, n, size, slot_key, slot_place, slot_of):
    """Fill an open-addressing table with the distinct shingles of a text.

    Args:
        shingles: uint32: the text's shingle hashes.
        n: Their number.
        size: Places in the table: a power of two above ``n``.
        slot_key: uint32, written.
        slot_place: int32, written: the first place of that shingle in the text, -1 where the slot is empty.
        slot_of: int32, written: each shingle's slot.

    Returns:
        Number of distinct shingles.
    """
    slot_place[:size] = -1
    distinct = 0
    for i in range(n):
        slot = np.int64(mix32(shingles[i])) & (size - 1)
        while slot_place[slot] >= 0 and slot_key[slot] != shingles[i]:
            slot = (slot + 1) & (size - 1)
        if slot_place[slot] < 0:
            slot_key[slot] = shingles[i]
            slot_place[slot] = i
            distinct += 1
        slot_of[i] = slot
    return distinct


@njit(nogil=True, cache=True)
def count_distinct(words, word_start, texts, width, distinct):
    """Count the distinct shingles of some texts.

    Args:
        words: uint32: word hashes of all texts.
        word_start: int64: where each text's words begin.
        texts: int64: which texts.
        width: Words a shingle.
        distinct: int32, a place a text, written for those named.
    """
    longest = 1
    for t in texts:
        longest = max(longest, word_start[t + 1] - word_start[t])
    shingles = np.empty(longest, np.uint32)
    slot_of = np.empty(longest, np.int32)
    slot_key = np.empty(table_size(longest), np.uint32)
    slot_place = np.empty(table_size(longest), np.int32)
    for t in texts:
        n = shingle_hashes(words, word_start[t], word_start[t + 1], width, shingles)
        distinct[t] = index_shingles(shingles, n, table_size(n), slot_key, slot_place, slot_of)


@njit(nogil=True, cache=True)
def read_runs(covered, flags, first, n, run, evidence, told, prose, own, covered_words, lo, hi):
    """Write what of one text lies in shared runs of at least ``run`` words into the evidence columns named."""
    start = -1
    evidence[lo] = n
    for i in range(n + 1):
        if i < n:
            if flags[first + i] & (QUOTED | FURNITURE) == 0:
                evidence[prose] += 1
            if flags[first + i] & FURNITURE == 0:
                evidence[own] += 1
            evidence[covered_words] += covered[i]
            if covered[i]:
                if start < 0:
                    start = i
                continue
        if start >= 0:
            if i - start >= run:
                evidence[lo] = min(evidence[lo], start)
                evidence[hi] = i
                for q in range(start, i):
                    if flags[first + q] & (QUOTED | FURNITURE) == 0:
                        evidence[told] += 1
            start = -1


@njit(nogil=True, cache=True)
def count_missing(words, flags, a0, a1, b0, b1, flag):
    """Words of a0..a1 with the flag that don't stand in b0..b1."""
    missing = 0
    for i in range(a0, a1):
        if flags[i] & flag:
            found = False
            for j in range(b0, b1):
                if words[i] == words[j]:
                    found = True
                    break
            if not found:
                missing += 1
    return missing


@njit(nogil=True, cache=True)
def read_gap(words, flags, a0, a1, b0, b1, evidence):
    """Count what stands in each other's place between two shared runs."""
    evidence[OTHER_NUMBERS] += min(
        count_missing(words, flags, a0, a1, b0, b1, NUMBER), count_missing(words, flags, b0, b1, a0, a1, NUMBER)
    )
    evidence[OTHER_CAPITALS] += min(
        count_missing(words, flags, a0, a1, b0, b1, CAPITAL), count_missing(words, flags, b0, b1, a0, a1, CAPITAL)
    )
    evidence[REPLACED] += min(a1 - a0, b1 - b0)


@njit(nogil=True, cache=True)
def compare_pairs(words, flags, word_start, left, right, width, run, gap, evidence):
    """The evidence about many pairs of texts.

    Args:
        words: uint32: word hashes of all texts.
        flags: uint8: their flags.
        word_start: int64, one more than texts: where each one's words begin.
        left: int64: one text of each pair; equal ones side by side, so that each table is built once.
        right: int64: the other one.
        width: Words a shingle.
        run: Least words of a shared run that counts as told in the same words.
        gap: Most words between two shared runs that are taken to stand in each other's place.
        evidence: int32, pairs × EVIDENCE, written.
    """
    longest = 1
    for p in range(left.size):
        longest = max(
            longest,
            max(word_start[left[p] + 1] - word_start[left[p]], word_start[right[p] + 1] - word_start[right[p]]),
        )
    left_shingles = np.empty(longest, np.uint32)
    right_shingles = np.empty(longest, np.uint32)
    slot_of = np.empty(longest, np.int32)
    slots = table_size(longest)
    slot_key = np.empty(slots, np.uint32)
    slot_place = np.empty(slots, np.int32)
    slot_seen = np.full(slots, -1, np.int64)
    left_covered = np.empty(longest, np.uint8)
    right_covered = np.empty(longest, np.uint8)
    size = 0
    n_left = 0
    built = -1

    for p in range(left.size):
        a, b = word_start[left[p]], word_start[right[p]]
        words_left = word_start[left[p] + 1] - a
        words_right = word_start[right[p] + 1] - b
        if left[p] != built:
            built = left[p]
            n_left = shingle_hashes(words, a, a + words_left, width, left_shingles)
            size = table_size(n_left)
            index_shingles(left_shingles, n_left, size, slot_key, slot_place, slot_of)
        n_right = shingle_hashes(words, b, b + words_right, width, right_shingles)
        row = evidence[p]
        row[:] = 0

        # Probe the right text's shingles, marking what is shared and reading the gaps between aligned shared runs.
        right_covered[:words_right] = 0
        left_covered[:words_left] = 0
        left_end, right_end = 0, 0  # the words after the last aligned shared run
        expected = -1
        for i in range(n_right):
            place = -1
            if 0 <= expected < n_left and left_shingles[expected] == right_shingles[i]:
                place = expected
            else:
                slot = np.int64(mix32(right_shingles[i])) & (size - 1)
                while slot_place[slot] >= 0 and slot_key[slot] != right_shingles[i]:
                    slot = (slot + 1) & (size - 1)
                place = slot_place[slot]
            if place < 0:
                expected = -1
                continue
            slot = slot_of[place]
            if slot_seen[slot] != p:
                slot_seen[slot] = p
                row[SHARED] += 1
            right_covered[i : min(i + width, words_right)] = 1
            if place != expected:
                if left_end < place <= left_end + gap and right_end < i <= right_end + gap:
                    read_gap(words, flags, a + left_end, a + place, b + right_end, b + i, row)
            left_end = min(place + width, words_left)
            right_end = min(i + width, words_right)
            expected = place + 1
        if left_end < words_left <= left_end + gap and right_end < words_right <= right_end + gap:
            read_gap(words, flags, a + left_end, a + words_left, b + right_end, b + words_right, row)
        for i in range(n_left):
            if slot_seen[slot_of[i]] == p:
                left_covered[i : min(i + width, words_left)] = 1

        read_runs(
            left_covered, flags, a, words_left, run, row,
            LEFT_TOLD, LEFT_PROSE, LEFT_OWN, LEFT_COVERED, LEFT_FIRST, LEFT_LAST,
        )  # fmt: skip
        read_runs(
            right_covered, flags, b, words_right, run, row,
            RIGHT_TOLD, RIGHT_PROSE, RIGHT_OWN, RIGHT_COVERED, RIGHT_FIRST, RIGHT_LAST,
        )  # fmt: skip
        for i in range(words_right):
            if right_covered[i]:
                if flags[b + i] & NUMBER:
                    row[SAME_NUMBERS] += 1
                elif flags[b + i] & CAPITAL:
                    row[SAME_CAPITALS] += 1
