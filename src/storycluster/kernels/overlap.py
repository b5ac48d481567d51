"""Two texts → their exact overlap: shared shingles, what of their prose lies in shared runs, which facts were replaced.

All of it is read off the word hashes in order and their flags; the texts themselves are not needed. For each text on
the left a hash table of its shingles is built once and probed by all its partners, after a bitmap that knows of most
shingles that they aren't there. Copies share long runs: where one shingle was found the next ones are compared in step.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import count_ones, trailing_zeros
from storycluster.kernels.minhash import mixed_shingles
from storycluster.kernels.words import ALL_ONES, CAPITAL, NUMBER, QUOTED

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


FILTER_BITS = 16
"""Bits of the bitmap by place in the table of shingles, itself at most half full: 1 in 32 says yes in vain."""


@njit(nogil=True, cache=True)
def table_size(n):
    """The least power of two, from 64 on, that leaves a table of ``n`` entries half empty."""
    size = 64
    while size < 2 * n:
        size *= 2
    return size


@njit(nogil=True, cache=True)
def index_shingles(shingles, n, size, slot_place, first_of, again):
    """Fill an open-addressing table with the distinct shingles of a text.

    Args:
        shingles: uint32: the text's mixed shingle hashes.
        n: Their number.
        size: Places in the table: a power of two above ``n``.
        slot_place: int32, written: the first place of a shingle in the text, -1 where the slot is empty.
        first_of: int32, written: the first place of each shingle.
        again: int32, written: the places of shingles that stood in the text before.

    Returns:
        Number of places in ``again``.
    """
    slot_place[:size] = -1
    repeated = 0
    for i in range(n):
        h = shingles[i]
        slot = np.int64(h) & (size - 1)
        while slot_place[slot] >= 0 and shingles[slot_place[slot]] != h:
            slot = (slot + 1) & (size - 1)
        if slot_place[slot] < 0:
            slot_place[slot] = i
            first_of[i] = i
        else:
            first_of[i] = slot_place[slot]
            again[repeated] = i
            repeated += 1
    return repeated


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
    first_of = np.empty(longest, np.int32)
    again = np.empty(longest, np.int32)
    slot_place = np.empty(table_size(longest), np.int32)
    for t in texts:
        n = mixed_shingles(words, word_start[t], word_start[t + 1], width, shingles)
        distinct[t] = n - index_shingles(shingles, n, table_size(n), slot_place, first_of, again)


@njit(nogil=True, cache=True)
def count_own(flags, first, stop):
    """Words first … stop - 1 that are narrated prose and not furniture, and those that are not furniture."""
    prose = own = 0
    for i in range(np.uint64(first), np.uint64(stop)):
        prose += flags[i] & (QUOTED | FURNITURE) == 0
        own += flags[i] & FURNITURE == 0
    return prose, own


@njit(nogil=True, cache=True)
def read_runs(flags, base, runs, count, run, row, told, covered, lo, hi, facts):
    """Write what lies in the shared runs of one text.

    Args:
        flags: uint8: the words' flags.
        base: Where the text's words begin.
        runs: int32, runs × 2: first word of each shared run and the word after its last one, ascending.
        count: Number of runs.
        run: Least words of a run that counts as told in the same words.
        row: int32 (EVIDENCE), written.
        told: The column for narrated words in runs long enough.
        covered: The column for words in any run.
        lo: The column for the first word of the first run long enough; kept where there is none.
        hi: The column for the word after the last one.
        facts: Whether to write SAME_NUMBERS and SAME_CAPITALS, too.
    """
    words_told = words_covered = numbers = capitals = 0
    for q in range(count):
        first, stop = np.int64(runs[q, 0]), np.int64(runs[q, 1])
        prose = 0
        for i in range(np.uint64(base + first), np.uint64(base + stop)):  # unsigned: no word is counted from the end
            flag = flags[i]
            prose += flag & (QUOTED | FURNITURE) == 0
            numbers += flag & NUMBER != 0
            capitals += flag & (NUMBER | CAPITAL) == CAPITAL
        words_covered += stop - first
        if stop - first >= run:
            words_told += prose
            row[lo] = min(row[lo], first)
            row[hi] = stop
    row[told] = words_told
    row[covered] = words_covered
    if facts:
        row[SAME_NUMBERS] = numbers
        row[SAME_CAPITALS] = capitals


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
    hits = np.empty(longest + 1, np.int32)  # places of the right text whose shingle may stand in the left one
    runs = np.empty((longest, 2), np.int32)
    first_of = np.empty(longest, np.int32)
    again = np.empty(longest, np.int32)
    slot_place = np.empty(table_size(longest), np.int32)
    known = np.empty(table_size(longest) * FILTER_BITS // 64, np.uint64)  # a bit for some of a shingle's
    seen = np.empty(longest // 64 + 1, np.uint64)  # a bit for each place of the left text where a shared one begins
    size = n_left = repeated = left_prose = left_own = 0
    built = -1

    for p in range(left.size):
        a, b = word_start[left[p]], word_start[right[p]]
        words_left = word_start[left[p] + 1] - a
        words_right = word_start[right[p] + 1] - b
        if left[p] != built:
            built = left[p]
            n_left = mixed_shingles(words, a, a + words_left, width, left_shingles)
            size = table_size(n_left)
            repeated = index_shingles(left_shingles, n_left, size, slot_place, first_of, again)
            known[: size * FILTER_BITS // 64] = 0
            for i in range(n_left):
                bit = np.int64(left_shingles[i]) & (size * FILTER_BITS - 1)
                known[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
            left_prose, left_own = count_own(flags, a, a + words_left)
        n_right = mixed_shingles(words, b, b + words_right, width, right_shingles)
        row = evidence[p]
        row[:] = 0
        row[LEFT_PROSE], row[LEFT_OWN] = left_prose, left_own
        row[RIGHT_PROSE], row[RIGHT_OWN] = count_own(flags, b, b + words_right)
        row[LEFT_FIRST], row[RIGHT_FIRST] = words_left, words_right
        seen[: n_left // 64 + 1] = 0

        # Find the right text's shingles in the left one, a run at a time, and read the gaps between aligned runs.
        found = 0
        for i in range(n_right):  # written whether or not it is a hit: a step no branch can slow
            bit = np.int64(right_shingles[i]) & (size * FILTER_BITS - 1)
            hits[found] = i
            found += np.int64(known[bit >> 6] >> np.uint64(bit & 63) & np.uint64(1))
        left_end, right_end = 0, 0  # the words after the last aligned shared run
        count = 0
        q = 0
        while q < found:
            i = np.int64(hits[q])
            slot = np.int64(right_shingles[i]) & (size - 1)
            while slot_place[slot] >= 0 and left_shingles[slot_place[slot]] != right_shingles[i]:
                slot = (slot + 1) & (size - 1)
            place = np.int64(slot_place[slot])
            if place < 0:
                q += 1
                continue
            if left_end < place <= left_end + gap and right_end < i <= right_end + gap:
                read_gap(words, flags, a + left_end, a + place, b + right_end, b + i, row)
            if count == 0 or i > right_end:
                runs[count, 0] = i
                count += 1
            while i < n_right and place < n_left and left_shingles[place] == right_shingles[i]:
                first = first_of[place]
                seen[first >> 6] |= np.uint64(1) << np.uint64(first & 63)
                place += 1
                i += 1
                q += 1
            left_end = min(place - 1 + width, words_left)
            right_end = min(i - 1 + width, words_right)
            runs[count - 1, 1] = right_end
        if left_end < words_left <= left_end + gap and right_end < words_right <= right_end + gap:
            read_gap(words, flags, a + left_end, a + words_left, b + right_end, b + words_right, row)
        if count == 0:
            continue
        read_runs(
            flags, b, runs, count, run, row, RIGHT_TOLD, RIGHT_COVERED, RIGHT_FIRST, RIGHT_LAST, True
        )  # fmt: skip

        # What of the left text is shared: a shingle wherever it stands.
        for q in range(n_left // 64 + 1):
            row[SHARED] += count_ones(seen[q])
        for q in range(repeated):
            first = first_of[again[q]]
            if seen[first >> 6] >> np.uint64(first & 63) & np.uint64(1):
                seen[again[q] >> 6] |= np.uint64(1) << np.uint64(again[q] & 63)
        count = 0
        for q in range(n_left // 64 + 1):
            ahead = seen[q]
            while ahead:
                first = trailing_zeros(ahead)
                ones = trailing_zeros(~(ahead >> np.uint64(first)))
                ahead &= ALL_ONES << np.uint64(first + ones) if first + ones < 64 else np.uint64(0)
                if count == 0 or 64 * q + first > runs[count - 1, 1]:
                    runs[count, 0] = 64 * q + first
                    count += 1
                runs[count - 1, 1] = min(64 * q + first + ones - 1 + width, words_left)
        read_runs(flags, a, runs, count, run, row, LEFT_TOLD, LEFT_COVERED, LEFT_FIRST, LEFT_LAST, False)
