"""The evidence about two texts → the verdict on two articles: the rule of ``storycluster.verify``, one pair at a time.

A share is part / whole, 0 where the whole is 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from storycluster.kernels import overlap as ev
from storycluster.kernels.leaves import leaf

SAME, PARTIAL, TEMPLATE, REPRINT, DIFFERENT = range(5)
"""Verdicts."""
ANCHOR, COPY, CUT, EXTENDED, VERSION, LINKED = range(6)
"""Relations."""
(
    TOLD, WHOLE, TOO_SHORT, LITTLE_TOLD, SOME_TOLD, LITTLE_COVERED, LITTLE_PROSE, ALL_FURNITURE,
    FORM, OTHER_FACTS, ANOTHER_DAY, TOO_FAR,
) = range(12)  # fmt: skip
"""Clauses of the rule."""


class Numbers(NamedTuple):
    """The numbers of the rule, as in ``Settings``; times in seconds, an infinite window for none. All are floats."""

    min_words: float
    min_prose: float
    own_share: float
    told_share: float
    told_share_outlet: float
    told_share_stub: float
    stub_ratio: float
    told_share_opening: float
    opening_share: float
    opening_words: float
    covered_share: float
    min_told: float
    quoted_share: float
    partial_share: float
    agreeing_numbers: float
    other_numbers: float
    other_numbers_share: float
    replaced_facts: float
    replaced_facts_rerun: float
    rerun_after: float
    match_window: float
    whole_share: float


@leaf
def of_smaller(left, right, left_size, right_size):
    """What belongs to the smaller side; of equal ones the lesser value, so that sides play no part."""
    if left_size == right_size:
        return min(left, right)
    return left if left_size < right_size else right


@leaf
def begin_apart(e, numbers):
    """Whether neither text's opening is shared, and few of the words of both stand anywhere in the other text."""
    known = e[ev.OPENING_KNOWN]
    return known != ev.NO_OPENING and known < numbers.opening_share * 2 * numbers.opening_words


@leaf
def wanted_share(e, same_outlet, numbers):
    """The told share that two texts need to be one article by all but their lengths, 0–1."""
    least = numbers.told_share_outlet if same_outlet else numbers.told_share
    if begin_apart(e, numbers):
        least = max(least, numbers.told_share_opening)
    return least


@leaf
def least_told_share(left_prose, right_prose, wanted, numbers):
    """The told share that two texts need to be one article, 0–1.

    Args:
        left_prose: Words of narrated prose of the left text.
        right_prose: Those of the right text.
        wanted: What they need whatever their lengths (``wanted_share``).
        numbers: The rule's numbers.
    """
    least = wanted
    if max(left_prose, right_prose) >= numbers.stub_ratio * max(min(left_prose, right_prose), 1):
        least = max(least, numbers.told_share_stub)
    return least


@leaf
def read_coverage(e, left_words, right_words, numbers):
    """What of two texts is covered by shared shingles, furniture or not.

    Returns:
        Whether they agree as a whole; whether their numbers do, too; whether enough of the one with fewer words is
        covered.
    """
    left, right = e[ev.LEFT_COVERED] / max(left_words, 1), e[ev.RIGHT_COVERED] / max(right_words, 1)
    whole = min(left, right) >= numbers.quoted_share
    agree = whole and e[ev.OTHER_NUMBERS] == 0 and e[ev.SAME_NUMBERS] >= numbers.agreeing_numbers
    return whole, agree, of_smaller(left, right, left_words, right_words) >= numbers.covered_share


@leaf
def least_shared(left_words, right_words, left_own, right_own, left_prose, right_prose, numbers):
    """How much of a text two articles share at least, if they are one story by any clause of the rule.

    Args:
        left_words: Words of the left text.
        right_words: Those of the right one.
        left_own: Words of the left text that are not furniture.
        right_own: Those of the right one.
        left_prose: Words of the left text that are narrated prose, too.
        right_prose: Those of the right one.
        numbers: The rule's numbers.

    Returns:
        The share that is covered of the text with fewer words, and the share that is told of the prose of the text with
        less of it, 0–1.
    """
    own_share = min(left_own / max(left_words, 1), right_own / max(right_words, 1))
    if min(min(left_own, right_own), min(left_prose, right_prose)) < numbers.min_prose:
        return numbers.quoted_share, 0.0
    covered = numbers.quoted_share if own_share < numbers.own_share else numbers.covered_share
    return covered, min(numbers.told_share, numbers.told_share_outlet)


@leaf
def object_to(e, same_outlet, apart, numbers):
    """The clause that keeps two articles apart however much of one is told in the other; TOLD if there is none."""
    shared = max(min(e[ev.LEFT_COVERED], e[ev.RIGHT_COVERED]), 1)
    replaced = (e[ev.OTHER_NUMBERS] + e[ev.OTHER_CAPITALS]) / shared
    if replaced >= numbers.replaced_facts:
        return OTHER_FACTS
    many = e[ev.OTHER_NUMBERS] >= max(numbers.other_numbers, numbers.other_numbers_share * shared)
    if many and e[ev.SAME_NUMBERS] == 0:
        if e[ev.OTHER_CAPITALS] > 0 or e[ev.SAME_CAPITALS] == 0:
            return OTHER_FACTS
    if same_outlet and apart >= numbers.rerun_after and replaced >= numbers.replaced_facts_rerun:
        return ANOTHER_DAY
    if apart > numbers.match_window:
        return TOO_FAR
    return TOLD


@leaf
def decide(e, left_words, right_words, same_outlet, apart, numbers):
    """The clause that decides on two articles and the verdict it gives.

    Args:
        e: int32 (EVIDENCE): about their texts.
        left_words: Words of the left text.
        right_words: Words of the right text.
        same_outlet: Whether one outlet, known by name, ran both.
        apart: Seconds between them; NaN where a date is unknown.
        numbers: The rule's numbers.
    """
    prose = min(e[ev.LEFT_PROSE], e[ev.RIGHT_PROSE])
    told = of_smaller(e[ev.LEFT_TOLD], e[ev.RIGHT_TOLD], e[ev.LEFT_PROSE], e[ev.RIGHT_PROSE])
    told_share = told / max(prose, 1)
    whole, agree, covered = read_coverage(e, left_words, right_words, numbers)
    own = min(e[ev.LEFT_OWN], e[ev.RIGHT_OWN])
    own_share = min(e[ev.LEFT_OWN] / max(left_words, 1), e[ev.RIGHT_OWN] / max(right_words, 1))
    by_prose = own >= numbers.min_prose and prose >= numbers.min_prose

    if min(left_words, right_words) < numbers.min_words:
        return TOO_SHORT, DIFFERENT
    if own < numbers.min_prose and not (agree and not same_outlet):
        return ALL_FURNITURE, TEMPLATE
    if own_share < numbers.own_share and not whole:
        return FORM, TEMPLATE
    if own >= numbers.min_prose and prose < numbers.min_prose and not whole:
        return LITTLE_PROSE, PARTIAL
    if by_prose:
        if told_share < numbers.partial_share:
            return LITTLE_TOLD, DIFFERENT
        wanted = wanted_share(e, same_outlet, numbers)
        least = least_told_share(e[ev.LEFT_PROSE], e[ev.RIGHT_PROSE], wanted, numbers)
        if told_share < least or (told < numbers.min_told and not agree):
            return SOME_TOLD, PARTIAL
        if not covered:
            return LITTLE_COVERED, PARTIAL
    objection = object_to(e, same_outlet, apart, numbers)
    if objection != TOLD:
        return objection, REPRINT if objection == TOO_FAR else TEMPLATE
    return (TOLD if by_prose else WHOLE), SAME


@leaf
def relate(e, left_words, right_words, same_outlet, left_shingles, right_shingles, numbers):
    """What the left article is to the right one, if they are the same story."""
    equal = e[ev.SHARED] == left_shingles and e[ev.SHARED] == right_shingles
    if same_outlet and not equal:
        return VERSION
    left_whole = e[ev.LEFT_COVERED] / max(left_words, 1) >= numbers.whole_share
    right_whole = e[ev.RIGHT_COVERED] / max(right_words, 1) >= numbers.whole_share
    if left_whole and not right_whole:
        return CUT
    if right_whole and not left_whole:
        return EXTENDED
    return COPY


@leaf
def is_one_outlet(left, right):
    """Whether two outlets are one, known by name (-1 for none)."""
    return left == right and left >= 0


@leaf
def time_apart(left, right, unknown):
    """Seconds between two dates, NaN where one is ``unknown``."""
    if left == unknown or right == unknown:
        return np.nan
    return abs(float(left) - float(right))


@leaf
def judge_pairs(left, right, evidence, shingles, words, outlet, published, unknown, numbers, verdict, relation, cause):
    """The rule on many pairs of articles.

    Args:
        left: int64 (p): articles.
        right: int64 (p): articles.
        evidence: int32 (p, EVIDENCE): about their texts, the same sides.
        shingles: int32 (p, 2): distinct shingles of the left and the right text.
        words: int64: words of each article.
        outlet: int32: each article's outlet, -1 for none.
        published: int64: seconds, or ``unknown``.
        unknown: What stands for no date.
        numbers: The rule's numbers.
        verdict: uint8 (p), written.
        relation: uint8 (p), written.
        cause: uint8 (p), written.
    """
    for p in range(left.size):
        x, y = left[p], right[p]
        same_outlet = is_one_outlet(outlet[x], outlet[y])
        apart = time_apart(published[x], published[y], unknown)
        cause[p], verdict[p] = decide(evidence[p], words[x], words[y], same_outlet, apart, numbers)
        relation[p] = relate(evidence[p], words[x], words[y], same_outlet, shingles[p, 0], shingles[p, 1], numbers)
