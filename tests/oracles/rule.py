"""The rule on pairs of articles, the slow way: clause by clause over whole columns."""

from __future__ import annotations

import numpy as np

from storycluster import Settings
from storycluster.columns import Array, Catalog
from storycluster.kernels import overlap as ev
from storycluster.kernels.rule import (
    ALL_FURNITURE,
    ANOTHER_DAY,
    COPY,
    CUT,
    DIFFERENT,
    EXTENDED,
    FORM,
    LITTLE_COVERED,
    LITTLE_PROSE,
    LITTLE_TOLD,
    OTHER_FACTS,
    PARTIAL,
    REPRINT,
    SAME,
    SOME_TOLD,
    TEMPLATE,
    TOLD,
    TOO_FAR,
    TOO_SHORT,
    VERSION,
    WHOLE,
)  # fmt: skip
from storycluster.verify import DAY, HOUR, of_smaller, share, time_apart, told_share


def replaced_share(evidence: Array) -> Array:
    """Numbers and capitalized words standing in each other's place, by shared word (0 and up)."""
    replaced = evidence[:, ev.OTHER_NUMBERS] + evidence[:, ev.OTHER_CAPITALS]
    return share(replaced, np.minimum(evidence[:, ev.LEFT_COVERED], evidence[:, ev.RIGHT_COVERED]))


def least_told_share(evidence: Array, same_outlet: Array, settings: Settings) -> Array:
    """The told share that two texts need to be one article, 0–1."""
    left, right = evidence[:, ev.LEFT_PROSE], evidence[:, ev.RIGHT_PROSE]
    stub = np.maximum(left, right) >= settings.stub_ratio * np.maximum(np.minimum(left, right), 1)
    least = np.where(same_outlet, settings.told_share_outlet, settings.told_share)
    known = evidence[:, ev.OPENING_KNOWN]
    other_news = (known >= 0) & (known / (2 * settings.opening_words) < settings.opening_share)
    least = np.where(other_news, np.maximum(least, settings.told_share_opening), least)
    shares: Array = np.where(stub, np.maximum(least, settings.told_share_stub), least)
    return shares


def judge(
    left: Array,
    right: Array,
    evidence: Array,
    shingles: Array,
    words: Array,
    catalog: Catalog,
    settings: Settings,
) -> tuple[Array, Array, Array]:
    """Verdict, relation and cause of each pair; the arguments are those of ``verify.judge``."""
    told, prose, told_of_prose = told_share(evidence)
    least_words = np.minimum(words[left], words[right])
    left_covered = share(evidence[:, ev.LEFT_COVERED], words[left])
    right_covered = share(evidence[:, ev.RIGHT_COVERED], words[right])
    agree_whole = np.minimum(left_covered, right_covered) >= settings.quoted_share
    own = np.minimum(evidence[:, ev.LEFT_OWN], evidence[:, ev.RIGHT_OWN])
    own_share = np.minimum(share(evidence[:, ev.LEFT_OWN], words[left]), share(evidence[:, ev.RIGHT_OWN], words[right]))
    replaced = replaced_share(evidence)
    shorter_covered = of_smaller(left_covered, right_covered, words[left], words[right])
    same_outlet = (catalog.outlet[left] == catalog.outlet[right]) & (catalog.outlet[left] >= 0)
    least_told = least_told_share(evidence, same_outlet, settings)
    apart = time_apart(catalog, left, right)
    later = same_outlet & (apart >= settings.rerun_after * HOUR)
    far = apart > (np.inf if settings.match_window is None else settings.match_window * DAY)
    others = evidence[:, ev.OTHER_NUMBERS]
    many = others >= settings.other_numbers_share * np.maximum(
        np.minimum(evidence[:, ev.LEFT_COVERED], evidence[:, ev.RIGHT_COVERED]), 1
    )
    all_numbers_differ = many & (others >= settings.other_numbers) & (evidence[:, ev.SAME_NUMBERS] == 0)
    no_names_agree = (evidence[:, ev.OTHER_CAPITALS] > 0) | (evidence[:, ev.SAME_CAPITALS] == 0)
    numbers_agree = (evidence[:, ev.OTHER_NUMBERS] == 0) & (evidence[:, ev.SAME_NUMBERS] >= settings.agreeing_numbers)

    all_furniture = own < settings.min_prose
    little_prose = ~all_furniture & (prose < settings.min_prose)
    by_prose = ~all_furniture & ~little_prose
    clauses = (
        (least_words < settings.min_words, TOO_SHORT, DIFFERENT),
        (all_furniture & ~(agree_whole & numbers_agree & ~same_outlet), ALL_FURNITURE, TEMPLATE),
        ((own_share < settings.own_share) & ~agree_whole, FORM, TEMPLATE),
        (little_prose & ~agree_whole, LITTLE_PROSE, PARTIAL),
        (by_prose & (told_of_prose < settings.partial_share), LITTLE_TOLD, DIFFERENT),
        (
            by_prose & ((told_of_prose < least_told) | ((told < settings.min_told) & ~(agree_whole & numbers_agree))),
            SOME_TOLD,
            PARTIAL,
        ),
        (by_prose & (shorter_covered < settings.covered_share), LITTLE_COVERED, PARTIAL),
        (
            (replaced >= settings.replaced_facts) | (all_numbers_differ & no_names_agree),
            OTHER_FACTS,
            TEMPLATE,
        ),
        (later & (replaced >= settings.replaced_facts_rerun), ANOTHER_DAY, TEMPLATE),
        (far, TOO_FAR, REPRINT),
    )
    cause = np.where(by_prose, TOLD, WHOLE).astype(np.uint8)
    verdict = np.full(left.size, SAME, np.uint8)
    open_ = np.ones(left.size, bool)
    for holds, why, outcome in clauses:
        decided = open_ & holds
        cause[decided] = why
        verdict[decided] = outcome
        open_ &= ~decided
    relation = relations(left_covered, right_covered, same_outlet, shingles, evidence, settings)
    return verdict, relation, cause


def relations(
    left_covered: Array, right_covered: Array, same_outlet: Array, shingles: Array, evidence: Array, settings: Settings
) -> Array:
    """What the left article is to the right one, for pairs that are the same story: uint8, index into RELATIONS."""
    equal = (evidence[:, ev.SHARED] == shingles[:, 0]) & (evidence[:, ev.SHARED] == shingles[:, 1])
    left_whole = left_covered >= settings.whole_share
    right_whole = right_covered >= settings.whole_share
    relation = np.full(left_covered.size, COPY, np.uint8)
    relation[left_whole & ~right_whole] = CUT
    relation[~left_whole & right_whole] = EXTENDED
    relation[same_outlet & ~equal] = VERSION
    return relation
