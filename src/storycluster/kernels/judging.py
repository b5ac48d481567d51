"""Verdicts on pairs of articles, in any order, without anything but what grouping asks of them."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels import overlap as ev
from storycluster.kernels.rule import SAME, decide, is_one_outlet, time_apart


@njit(nogil=True, cache=True)
def compare_once(words, flags, word_start, left, right, width, run, gap, opening, least):
    """The evidence about pairs of texts, each pair compared once however often it is named.

    Args:
        words: uint32: word hashes of all texts.
        flags: uint8: their flags.
        word_start: int64, one more than texts: where each one's words begin.
        left: int64 (p): one text of each pair.
        right: int64 (p): the other one.
        width: Words a shingle.
        run: Least words of a run that counts as told in the same words.
        gap: Most words between two runs that are taken to stand in each other's place.
        opening: Words of a text's opening.
        least: Told share above which openings are looked at.

    Returns:
        int32 (distinct pairs, EVIDENCE); int64 (p): the row of each pair in it.
    """
    keys = left << 32 | right
    pairs = np.unique(keys)
    evidence = np.empty((pairs.size, ev.EVIDENCE), np.int32)
    firsts, seconds = pairs >> 32, pairs & 0xFFFFFFFF
    ev.compare_pairs(words, flags, word_start, firsts, seconds, width, run, gap, opening, least, evidence)
    return evidence, np.searchsorted(pairs, keys)


@njit(nogil=True, cache=True)
def find_agreeing(
    words, flags, word_start, text_of, rows, sizes, outlet, published, unknown, numbers, width, run, gap, opening,
    least, left, right, same, told,
):  # fmt: skip
    """Which pairs of articles are one story.

    Args (the others as for ``compare_once``):
        text_of: int64 (articles): the text of each.
        rows: int64 (texts): where each text stands among those of ``word_start``.
        sizes: int64 (articles): words of each.
        outlet: int32 (articles): the outlet of each, -1 for none.
        published: int64 (articles): seconds, or ``unknown``.
        unknown: What stands for no date.
        numbers: The rule's numbers.
        left: int64 (p): one article of each pair.
        right: int64 (p): the other one.
        same: bool (p), written: whether they are one story.
        told: int32 (p), written: the words told of the text of which more are.
    """
    firsts, seconds = np.empty(left.size, np.int64), np.empty(left.size, np.int64)
    for p in range(left.size):
        s, t = text_of[left[p]], text_of[right[p]]
        firsts[p], seconds[p] = rows[min(s, t)], rows[max(s, t)]
    evidence, place = compare_once(words, flags, word_start, firsts, seconds, width, run, gap, opening, least)
    for p in range(left.size):
        e, x, y = evidence[place[p]], left[p], right[p]
        if text_of[x] > text_of[y]:
            x, y = y, x
        same_outlet, apart = is_one_outlet(outlet[x], outlet[y]), time_apart(published[x], published[y], unknown)
        same[p] = decide(e, sizes[x], sizes[y], same_outlet, apart, numbers)[1] == SAME
        told[p] = max(e[ev.LEFT_TOLD], e[ev.RIGHT_TOLD])
