"""Two texts → their exact overlap: shared shingles, what of their prose lies in shared runs, which facts were replaced.

All of it is read off the word hashes in order and their flags; the texts themselves are not needed. For each text on
the left a hash table of its shingles is built once and probed by all its partners, after a bitmap that knows of most
shingles that they aren't there. Copies share long runs: where one shingle was found the next ones are compared in step.
What stands between two runs is read where both texts have them in the same order. A phrase that comes again and again
in the left text is found at its first place; for numbers, which forms replace that repeat themselves, it is found once
more where it comes next, and the reading that finds more of them replaced counts. By names a copy that spells one
otherwise throughout would be taken for a form there.
What lies in such runs is kept as a set of words (``kernels.wordsets``), and counted 64 words at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import (
    ALL_ONES,
    VECTOR,
    count_ones,
    equal_ahead,
    fetch_bytes,
    fetch_numbers,
    leading_zeros,
    trailing_zeros,
)
from storycluster.kernels.flags import CAPITAL, FURNITURE, NUMBER, QUOTED
from storycluster.kernels.leaves import leaf
from storycluster.kernels.minhash import mixed_shingles
from storycluster.kernels.wordsets import count, cut, find_runs, holds, put, size_of, stretch, without

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
LEFT_OWN = 15
"""Words of the left text that are not furniture, quoted or not."""
RIGHT_OWN = 16
OPENING_KNOWN = 17
"""Of the first words of both texts, where none of them lies in a shared run, those that stand anywhere in the other;
NO_OPENING elsewhere, and where too little of either text is told for it to matter."""
EVIDENCE = 18
"""Number of columns."""
LEFT_COLUMNS = LEFT_TOLD, LEFT_COVERED, LEFT_FIRST, LEFT_LAST
RIGHT_COLUMNS = RIGHT_TOLD, RIGHT_COVERED, RIGHT_FIRST, RIGHT_LAST
"""What is written of the shared runs of either text."""

NO_OPENING = -1
"""Stands for an opening that is shared, or too short to tell anything."""


PROSE, NUMBERS, CAPITALS = range(3)
"""The sets of a text's words: narrated and no furniture; with digits; capitalized."""
KINDS = 3

FILTER_BITS = 8
"""Bits of the bitmap by place in the table of shingles, itself at most a quarter full: 1 in 32 says yes in vain."""


@leaf
def table_size(n):
    """The least power of two, from 64 on, that leaves three quarters of a table of ``n`` entries empty."""
    size = 64
    while size < 4 * n:
        size *= 2
    return size


@leaf
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
    mask = np.uint64(size - 1)
    for i in range(n):
        h = shingles[i]
        slot = np.uint64(h) & mask
        place = slot_place[slot]
        while place >= 0 and shingles[np.uint64(place)] != h:
            slot = (slot + np.uint64(1)) & mask
            place = slot_place[slot]
        if place < 0:
            slot_place[slot] = i
            first_of[i] = i
        else:
            first_of[i] = place
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


@leaf
def write_kinds(flags, first, n, kinds):
    """Write the sets of a text's words; how many are narrated and no furniture, and how many are no furniture.

    Args:
        flags: uint8: flags of the words of all texts.
        first: Where the text's words begin.
        n: How many there are.
        kinds: KINDS sets, written.
    """
    prose = own = 0
    rest = n
    for q in range(size_of(n)):
        begin = first + 64 * np.int64(q)
        inside = ALL_ONES if rest >= 64 else ~(ALL_ONES << np.uint64(rest))
        narrated = without(flags, begin, np.uint8(QUOTED | FURNITURE)) & inside
        numbers = ~without(flags, begin, np.uint8(NUMBER)) & inside
        capitals = ~without(flags, begin, np.uint8(CAPITAL)) & inside
        prose += count_ones(narrated)
        own += count_ones(without(flags, begin, np.uint8(FURNITURE)) & inside)
        kinds[PROSE, q] = narrated
        kinds[NUMBERS, q] = numbers
        kinds[CAPITALS, q] = capitals
        rest -= 64
    return prose, own


@leaf
def filter_size(size):
    """The uint64 that the bitmap of a text with so many places in its table takes."""
    return size * FILTER_BITS // 64


@leaf
def write_filter(shingles, n, size, known):
    """Note a text's shingles in a bitmap of FILTER_BITS bits for each of the ``size`` places in its table."""
    known[: filter_size(size)] = 0
    for i in range(n):
        bit = np.uint64(shingles[i]) & np.uint64(size * FILTER_BITS - 1)
        known[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))


@leaf
def find_known(shingles, n, size, known, found):
    """Write the set of the places whose shingle a bitmap, as of ``write_filter``, doesn't rule out.

    Args:
        shingles: uint32: a text's shingles, with room for whole numbers of the set.
        n: How many there are.
        size: Places in the other text's table.
        known: uint64: the bitmap.
        found: A set, written, with the number after it.
    """
    found[size_of(n)] = 0
    mask = np.uint64(size * FILTER_BITS - 1)
    for q in range(size_of(n)):
        bits = np.uint64(0)
        for k in range(np.uint64(64)):
            bit = np.uint64(shingles[np.uint64(64) * q + k]) & mask
            bits |= (known[bit >> np.uint64(6)] >> (bit & np.uint64(63)) & np.uint64(1)) << k
        found[q] = bits
    cut(found, n)


@leaf
def find_place(shingle, shingles, size, slot_place):
    """The first place of a shingle in the text that a table was made of, -1 if there is none."""
    slot = np.uint64(shingle) & np.uint64(size - 1)
    while slot_place[slot] >= 0 and shingles[np.uint64(slot_place[slot])] != shingle:
        slot = (slot + np.uint64(1)) & np.uint64(size - 1)
    return np.int64(slot_place[slot])


@leaf
def find_again(shingle, shingles, begin, stop, first):
    """The first place of a shingle among those from ``begin`` to ``stop`` of a text, ``first`` if it isn't there."""
    for place in range(begin, stop):
        if shingles[np.uint64(place)] == shingle:
            return np.int64(place)
    return first


@leaf
def in_step(left, place, n_left, right, i, n_right):
    """How many shingles from a place of either text on are equal in step; past the last ones VECTOR more are read."""
    most = min(n_left - place, n_right - i)
    length = 0
    while length < most:
        equal = equal_ahead(left, place + length, right, i + length)
        length += equal
        if equal < VECTOR:
            break
    return min(length, most)


@leaf
def count_shared(shared, n, first_of, again, repeated):
    """Distinct shingles of a text that another holds, some of whose places are in a set; put the others into it.

    Args:
        shared: The set of places: of each shingle in both texts one at least.
        n: The text's words.
        first_of: int32: the first place of the shingle at each place.
        again: int32: the places of shingles that stood in the text before.
        repeated: How many these are.
    """
    for q in range(repeated):
        first = np.int64(first_of[again[q]])
        shared[first >> 6] |= holds(shared, np.int64(again[q])) << np.uint64(first & 63)
    repeats = 0
    for q in range(repeated):
        place = np.int64(again[q])
        held = holds(shared, np.int64(first_of[place]))
        shared[place >> 6] |= held << np.uint64(place & 63)
        repeats += np.int64(held)
    return count(shared, n) - repeats


@leaf
def read_side(shared, n, width, run, kinds, row, columns, inside, told):
    """Write what of a text is shared.

    Args:
        shared: The set of places where a shared shingle begins.
        n: The text's words.
        width: Words a shingle.
        run: Least words of a run that counts as told in the same words.
        kinds: The sets of the text's words.
        row: int32 (EVIDENCE), written.
        columns: Those for narrated words in runs long enough, for words in any run, for the first word of the first run
            long enough and for the word after the last one.
        inside: A set, written: the words in any run.
        told: A set, written: the words in runs long enough.

    Returns:
        How many words with digits, and how many capitalized ones without, stand in any run.
    """
    find_runs(shared, n, width, run, inside, told)
    words_told = words_covered = numbers = names = 0
    first, stop = n, 0
    for q in range(np.int64(size_of(n))):
        words_covered += count_ones(inside[q])
        words_told += count_ones(told[q] & kinds[PROSE, q])
        numbers += count_ones(inside[q] & kinds[NUMBERS, q])
        names += count_ones(inside[q] & kinds[CAPITALS, q] & ~kinds[NUMBERS, q])
        if told[q]:
            first = min(first, 64 * q + trailing_zeros(told[q]))
            stop = 64 * q + 64 - leading_zeros(told[q])
    row[columns[0]], row[columns[1]], row[columns[2]], row[columns[3]] = words_told, words_covered, first, stop
    return numbers, names


@leaf
def count_missing(words, kinds, kind, a, first, stop, b, begin, end):
    """Words of a kind among the words first … stop - 1 of a text that don't stand among begin … end - 1 of another.

    Args:
        words: uint32: word hashes of all texts.
        kinds: The sets of the text's words.
        kind: Which of them.
        a: Where the text's words begin.
        first: See there.
        stop: See there.
        b: Where the other text's words begin.
        begin: See there.
        end: See there.
    """
    missing = 0
    while first < stop:
        ahead = stretch(kinds, kind, first, stop)
        while ahead:
            word = words[np.uint64(a + first + trailing_zeros(ahead))]
            ahead &= ahead - np.uint64(1)
            j = np.uint64(b + begin)
            while j < np.uint64(b + end) and words[j] != word:
                j += np.uint64(1)
            missing += j == np.uint64(b + end)
        first += 64
    return missing


@leaf
def read_gap(words, left_kinds, right_kinds, a, left_end, place, b, right_end, i, row):
    """Count what stands in each other's place between two shared runs.

    Args:
        words: uint32: word hashes of all texts.
        left_kinds: The sets of the left text's words.
        right_kinds: Those of the right one's.
        a: Where the left text's words begin.
        left_end: The left text's word after a run.
        place: The one where the next run begins.
        b: Where the right text's words begin.
        right_end: The right text's word after a run.
        i: The one where the next run begins.
        row: int32 (EVIDENCE), written.
    """
    for kind, column in ((NUMBERS, OTHER_NUMBERS), (CAPITALS, OTHER_CAPITALS)):
        missing = count_missing(words, left_kinds, kind, a, left_end, place, b, right_end, i)
        if missing:
            row[column] += min(missing, count_missing(words, right_kinds, kind, b, right_end, i, a, left_end, place))


@leaf
def count_known(words, a, opening, b, n):
    """How many of the first words of a text stand anywhere in another.

    Args:
        words: uint32: word hashes of all texts.
        a: Where the text's words begin.
        opening: How many are looked at.
        b: Where the other text's words begin.
        n: How many words it has.
    """
    known = 0
    for i in range(np.uint64(a), np.uint64(a + opening)):
        word, found = words[i], False
        for j in range(np.uint64(b), np.uint64(b + n)):
            found |= words[j] == word
        known += found
    return known


@leaf
def fetch_text(words, flags, first, stop):
    """Have the processor bring the words first … stop - 1 and their flags into its cache."""
    fetch_numbers(words, first, stop)
    fetch_bytes(flags, first, stop)


@njit(nogil=True, cache=True)
def compare_pairs(words, flags, word_start, left, right, width, run, gap, opening, least, evidence):
    """``compare_and_count`` for whoever knows how many shingles the texts have."""
    distinct = np.empty(word_start.size, np.int32)
    compare_and_count(words, flags, word_start, left, right, width, run, gap, opening, least, evidence, distinct)


@njit(nogil=True, cache=True)
def compare_and_count(words, flags, word_start, left, right, width, run, gap, opening, least, evidence, distinct):
    """The evidence about many pairs of texts, and the distinct shingles of the left ones.

    Args:
        words: uint32: word hashes of all texts.
        flags: uint8: their flags.
        word_start: int64, one more than texts: where each one's words begin.
        left: int64: one text of each pair; equal ones side by side, so that each table is built once.
        right: int64: the other one.
        width: Words a shingle.
        run: Least words of a shared run that counts as told in the same words.
        gap: Most words between two shared runs that are taken to stand in each other's place.
        opening: Words of a text's opening.
        least: Told share, 0–1, of either text above which openings are looked at.
        evidence: int32, pairs × EVIDENCE, written.
        distinct: int32, a place a text, written for those that stand left.
    """
    longest = 1
    for p in range(left.size):
        longest = max(
            longest,
            max(word_start[left[p] + 1] - word_start[left[p]], word_start[right[p] + 1] - word_start[right[p]]),
        )
    numbers = np.int64(size_of(longest)) + 1
    left_shingles = np.empty(64 * numbers + VECTOR, np.uint32)
    right_shingles = np.empty(64 * numbers + VECTOR, np.uint32)
    first_of = np.empty(longest, np.int32)
    again = np.empty(longest, np.int32)
    slot_place = np.empty(table_size(longest), np.int32)
    known = np.empty(filter_size(table_size(longest)), np.uint64)
    left_kinds = np.empty((KINDS, numbers), np.uint64)
    right_kinds = np.empty((KINDS, numbers), np.uint64)
    maybe = np.empty(numbers, np.uint64)
    left_shared = np.empty(numbers, np.uint64)
    right_shared = np.empty(numbers, np.uint64)
    inside = np.empty(numbers, np.uint64)
    told = np.empty(numbers, np.uint64)
    ordered = np.zeros(EVIDENCE, np.int32)
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
            distinct[built] = n_left - repeated
            write_filter(left_shingles, n_left, size, known)
            left_prose, left_own = write_kinds(flags, a, words_left, left_kinds)
        if p + 1 < left.size:
            fetch_text(words, flags, word_start[right[p + 1]], word_start[right[p + 1] + 1])
            if left[p + 1] != built:
                fetch_text(words, flags, word_start[left[p + 1]], word_start[left[p + 1] + 1])
        n_right = mixed_shingles(words, b, b + words_right, width, right_shingles)
        row = evidence[p]
        row[:] = 0
        ordered[OTHER_NUMBERS] = 0
        row[LEFT_PROSE], row[LEFT_OWN] = left_prose, left_own
        row[RIGHT_PROSE], row[RIGHT_OWN] = write_kinds(flags, b, words_right, right_kinds)
        row[LEFT_FIRST], row[RIGHT_FIRST] = words_left, words_right
        row[OPENING_KNOWN] = NO_OPENING

        # Find the right text's shingles in the left one, a run at a time, and read the gaps between aligned runs.
        find_known(right_shingles, n_right, size, known, maybe)
        left_shared[: size_of(words_left)] = 0
        right_shared[: size_of(words_right)] = 0
        some = jumps = False
        for reading in range(2):  # each phrase at its first place, then those that come again where they come next
            if reading and not jumps:
                break
            counts = ordered if reading else row
            left_end, right_end = np.int64(0), np.int64(0)  # the words after the last aligned shared run
            at, ahead = 0, maybe[0]
            while True:
                while ahead == 0 and at < n_right >> 6:
                    at += 1
                    ahead = maybe[at]
                if ahead == 0:
                    break
                i = 64 * at + trailing_zeros(ahead)
                ahead &= ahead - np.uint64(1)
                place = find_place(right_shingles[i], left_shingles, size, slot_place)
                if place < 0:
                    continue
                some = True
                if place + width <= left_end and (reading or not jumps):  # before what was read last
                    stop = min(left_end + gap + 1, n_left)
                    later = find_again(right_shingles[i], left_shingles, left_end - width + 1, stop, place)
                    jumps |= later != place
                    place = later if reading else place
                if left_end < place <= left_end + gap and right_end < i <= right_end + gap:
                    read_gap(words, left_kinds, right_kinds, a, left_end, place, b, right_end, i, counts)
                length = in_step(left_shingles, place, n_left, right_shingles, i, n_right)
                put(left_shared, place, place + length)
                put(right_shared, i, i + length)
                left_end = min(place + length - 1 + width, words_left)
                right_end = min(i + length - 1 + width, words_right)
                at = (i + length) >> 6
                ahead = maybe[at] & ALL_ONES << np.uint64((i + length) & 63)
            if left_end < words_left <= left_end + gap and right_end < words_right <= right_end + gap:
                read_gap(words, left_kinds, right_kinds, a, left_end, words_left, b, right_end, words_right, counts)
        row[OTHER_NUMBERS] = max(row[OTHER_NUMBERS], ordered[OTHER_NUMBERS])
        if not some:
            continue
        row[SHARED] = count_shared(left_shared, words_left, first_of, again, repeated)
        read_side(left_shared, words_left, width, run, left_kinds, row, LEFT_COLUMNS, inside, told)
        row[SAME_NUMBERS], row[SAME_CAPITALS] = read_side(
            right_shared, words_right, width, run, right_kinds, row, RIGHT_COLUMNS, inside, told
        )
        told_some = row[LEFT_TOLD] > least * row[LEFT_PROSE] or row[RIGHT_TOLD] > least * row[RIGHT_PROSE]
        if told_some and opening <= row[LEFT_FIRST] < words_left and opening <= row[RIGHT_FIRST] < words_right:
            row[OPENING_KNOWN] = count_known(words, a, opening, b, words_right)
            row[OPENING_KNOWN] += count_known(words, b, opening, a, words_left)
