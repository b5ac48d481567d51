"""How firm a verdict is: in how many words of each text what is furniture may change before it can be another one.

Of the evidence about two texts furniture changes three columns a side: words of prose, those told, and own words. A
change in ``d`` words moves each of them by ``d`` at most. The rule is read with the bounds that follow: a condition
holds surely, or may hold (Kleene's logic); the verdict is firm where it surely joins, or can't join.
"""

from __future__ import annotations

import numpy as np

from storycluster.kernels import overlap as ev
from storycluster.kernels.leaves import leaf
from storycluster.kernels.rule import TOLD, least_told_share, object_to, read_coverage, wanted_share

ENDLESS = np.int32(1 << 30)
"""The slack of a verdict that no furniture can change."""


@leaf
def share_bounds(told, prose, d):
    """The least and the greatest told share of a text after a change in ``d`` words.

    Words told are words of prose, so that both change together; a share of two linear terms is least and greatest where
    all of the change is of one kind.
    """
    if prose <= d:
        return 0.0, 1.0
    share = told / prose
    low = min(share, max(told - d, 0) / (prose - d), told / (prose + d))
    high = max(share, told / (prose - d), (told + d) / (prose + d))
    return low, high


@leaf
def told_bounds(e, d):
    """The least and the greatest told share, and words told, of the side with less prose, after a change in ``d``."""
    low, high, least, most = 1.0, 0.0, np.int64(1 << 30), np.int64(0)
    for side in range(2):
        prose, other = e[ev.LEFT_PROSE + side], e[ev.RIGHT_PROSE - side]
        if prose - d > other + d:
            continue
        told = e[ev.LEFT_TOLD + side]
        a, b = share_bounds(told, prose, d)
        low, high = min(low, a), max(high, b)
        least, most = min(least, told - d), max(most, told + d)
    return low, high, least, most


@leaf
def least_share_bounds(e, same_outlet, numbers, d):
    """The bounds of the told share that two texts need (``rule.least_told_share``, ``partial_share``)."""
    shorter, longer = min(e[ev.LEFT_PROSE], e[ev.RIGHT_PROSE]), max(e[ev.LEFT_PROSE], e[ev.RIGHT_PROSE])
    wanted = wanted_share(e, same_outlet, numbers)
    low = least_told_share(shorter + d, max(longer - d, shorter + d), wanted, numbers)
    high = least_told_share(max(shorter - d, 0), longer + d, wanted, numbers)
    return max(low, numbers.partial_share), max(high, numbers.partial_share)


@leaf
def may_turn(e, left_words, right_words, same_outlet, apart, numbers, d):
    """Whether a change in ``d`` words of each text may join two articles that are apart, or part them.

    Args:
        e: int32 (EVIDENCE): about their texts.
        left_words: Words of the left text.
        right_words: Words of the right text.
        same_outlet: Whether one outlet, known by name, ran both.
        apart: Seconds between them; NaN where a date is unknown.
        numbers: The rule's numbers.
        d: Words of either text that may become furniture, or stop being it.
    """
    if min(left_words, right_words) < numbers.min_words or object_to(e, same_outlet, apart, numbers) != TOLD:
        return False
    whole, agree, covered = read_coverage(e, left_words, right_words, numbers)
    own, prose = min(e[ev.LEFT_OWN], e[ev.RIGHT_OWN]), min(e[ev.LEFT_PROSE], e[ev.RIGHT_PROSE])
    own_sure, own_may = own - d >= numbers.min_prose, own + d >= numbers.min_prose
    prose_sure, prose_may = prose - d >= numbers.min_prose, prose + d >= numbers.min_prose
    # neither ALL_FURNITURE nor FORM nor LITTLE_PROSE
    of_all = agree and not same_outlet
    sure, may = own_sure or of_all, own_may or of_all
    if not whole:
        least = min((e[ev.LEFT_OWN] - d) / max(left_words, 1), (e[ev.RIGHT_OWN] - d) / max(right_words, 1))
        most = min((e[ev.LEFT_OWN] + d) / max(left_words, 1), (e[ev.RIGHT_OWN] + d) / max(right_words, 1))
        sure &= least >= numbers.own_share and (not own_may or prose_sure)
        may &= most >= numbers.own_share and (not own_sure or prose_may)
    # by prose: neither LITTLE_TOLD nor SOME_TOLD nor LITTLE_COVERED
    low, high, least_told, most_told = told_bounds(e, d)
    least_share, most_share = least_share_bounds(e, same_outlet, numbers, d)
    told_sure = covered and low >= most_share and (least_told >= numbers.min_told or agree)
    told_may = covered and high >= least_share and (most_told >= numbers.min_told or agree)
    sure &= told_sure or not (own_may and prose_may)
    may &= told_may or not (own_sure and prose_sure)
    return may and not sure


@leaf
def slack_of(e, left_words, right_words, same_outlet, apart, numbers, known):
    """The least change of either text, in words, that may change whether two articles join, ENDLESS for none.

    Only a change of fewer words than ``known`` is looked for, which is what is returned if there is none.
    """
    high = np.int64(min(max(left_words, right_words, 1), known - 1))
    if high < 1 or not may_turn(e, left_words, right_words, same_outlet, apart, numbers, high):
        return np.int32(known)
    low = np.int64(0)  # firm
    while high - low > 1:
        middle = (low + high) // 2
        if may_turn(e, left_words, right_words, same_outlet, apart, numbers, middle):
            high = middle
        else:
            low = middle
    return np.int32(high)


@leaf
def told_slack(e, min_told):
    """The least change of either text, in words, after which more or fewer than ``min_told`` words may be told."""
    told = max(e[ev.LEFT_TOLD], e[ev.RIGHT_TOLD])
    if told >= min_told:
        return np.int32(np.floor(told - min_told)) + np.int32(1)
    return np.int32(np.ceil(min_told - told))
