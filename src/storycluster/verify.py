"""Pairs → Matches: exact overlap, and the one rule that says whether two articles are one story.

The rule, in the order in which it is applied (numbers in ``Settings``; docs/decision.md explains them):

1. A text below ``min_words`` is too short to judge.
2. The *shorter* text is the one with less narrated prose of its own (not quoted, not furniture). Its **told share** is
   the part of that prose that stands in the other text in the same words, in runs of ``run`` words or more.
   Independent reports share what was said; copies share how it is told.
3. Where there is hardly any prose of its own, or the larger part of a text is furniture (a form), the texts must
   agree whole: nearly all words, both ways; where all is furniture, in ``agreeing_numbers`` too, and from different
   outlets. Then a market report that two outlets ran is one story, and a paywall text is none.
4. Told share below ``told_share`` (``told_share_outlet`` within one outlet, ``told_share_opening`` where the two begin
   with other news), or hardly anything shared of the text as a whole: ``partial``; below ``partial_share`` they are
   ``different``.
5. Facts that stand in each other's place (numbers, capitalized words) in more than ``replaced_facts`` of the shared
   words, or ``other_numbers`` (and ``other_numbers_share``) of which none agrees, where no names say that it is one
   event: one form, other facts, a ``template``; one outlet's form of another day already from ``replaced_facts_rerun``
   on.
6. Dates further apart than ``match_window``: a ``reprint``.
7. Otherwise they are the ``same`` story.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog, Fingerprints, Matches, Pairs, Texts
from storycluster.kernels import judging, rule, sifting
from storycluster.kernels import overlap as ev
from storycluster.kernels.graph import article_pairs
from storycluster.kernels.rule import (
    ALL_FURNITURE,
    ANOTHER_DAY,
    FORM,
    LITTLE_COVERED,
    LITTLE_PROSE,
    LITTLE_TOLD,
    OTHER_FACTS,
    TOLD,
    TOO_FAR,
    TOO_SHORT,
    WHOLE,
)  # fmt: skip
from storycluster.models import Match, Relation, Verdict
from storycluster.settings import Settings
from storycluster.sorting import in_order
from storycluster.threads import map_threads, spans

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
RELATIONS: tuple[Relation, ...] = get_args(Relation)
CAUSES = (
    "told", "whole", "too short", "little told", "some told", "little covered", "little prose", "no words of its own",
    "a form", "other facts", "another day", "too far apart",
)  # fmt: skip
"""Which clause of the rule decided."""
RULE = 6
"""Version of evidence and rule, raised with every change that gives another verdict on anything (tests/test_verify.py
notices), takes other words for furniture, or cuts stories otherwise: an index whose matches were judged by another one
learns, judges and groups anew when it is opened."""
HOUR = 3_600
DAY = 86_400
UNCOUNTED = -1
"""Stands for a number of shingles that nobody has counted yet."""
NEAREST = 4
"""Articles of another text, nearest in time, that an article is verified against when texts were run many times."""

SIDES = (
    (ev.LEFT_PROSE, ev.RIGHT_PROSE), (ev.LEFT_TOLD, ev.RIGHT_TOLD), (ev.LEFT_COVERED, ev.RIGHT_COVERED),
    (ev.LEFT_FIRST, ev.RIGHT_FIRST), (ev.LEFT_LAST, ev.RIGHT_LAST), (ev.LEFT_OWN, ev.RIGHT_OWN),
)  # fmt: skip


def overlap_pairs(
    fingerprints: Fingerprints,
    flags: Array,
    texts: Texts,
    pairs: Pairs,
    settings: Settings,
    shingles: Array | None = None,
    source: Array | None = None,
) -> Array:
    """The evidence about pairs of texts.

    Args:
        fingerprints: Of the articles.
        flags: Their word flags, furniture included.
        texts: Their distinct texts.
        pairs: Which texts, sorted by the left one.
        settings: Shingle width, run and gap.
        shingles: int32, one a fingerprint: distinct shingles, written for the left texts.
        source: int64 (rows), ascending: the pair that each row is about; each pair has one, in order, if None.

    Returns:
        int32 (rows, EVIDENCE): the columns named in ``kernels.overlap``.
    """
    if source is not None and source.size == len(pairs):
        source = None
    evidence = np.empty((len(pairs) if source is None else source.size, ev.EVIDENCE), np.int32)
    distinct = np.empty(len(fingerprints), np.int32) if shingles is None else shingles

    def compare(span: slice) -> None:
        made = evidence[span] if source is None else np.empty((span.stop - span.start, ev.EVIDENCE), np.int32)
        ev.compare_and_count(
            fingerprints.words, flags, fingerprints.word_start, texts.rows[pairs.left[span]],
            texts.rows[pairs.right[span]], settings.shingle_width, settings.run, settings.gap, settings.opening_words,
            settings.partial_share, made, distinct,
        )  # fmt: skip
        if source is not None:
            low, high = np.searchsorted(source, (span.start, span.stop))
            np.take(made, source[low:high] - span.start, axis=0, out=evidence[low:high])

    map_threads(compare, spans(len(pairs)))
    return evidence


def count_shingles(fingerprints: Fingerprints, rows: Array, settings: Settings, shingles: Array | None = None) -> Array:
    """Distinct shingles of some fingerprints: int32, one a row named. A row may be named often; it is counted once.

    Args:
        fingerprints: Their words.
        rows: int64: which of them.
        settings: Shingle width.
        shingles: int32, one a fingerprint: what is known of them, UNCOUNTED where it isn't, which is written.
    """
    distinct = np.full(len(fingerprints), UNCOUNTED, np.int32) if shingles is None else shingles
    wanted = rows[distinct[rows] == UNCOUNTED]
    if wanted.size < len(fingerprints) // 8:
        wanted = np.unique(wanted)
    else:
        named = np.zeros(len(fingerprints), bool)
        named[wanted] = True
        wanted = np.flatnonzero(named)

    def count(span: slice) -> None:
        ev.count_distinct(fingerprints.words, fingerprints.word_start, wanted[span], settings.shingle_width, distinct)

    map_threads(count, spans(wanted.size))
    counts: Array = distinct[rows]
    return counts


def swap_sides(evidence: Array, swapped: Array) -> Array:
    """The evidence with left and right exchanged where ``swapped`` is true."""
    out = evidence.copy()
    for left, right in SIDES:
        out[swapped, left] = evidence[swapped, right]
        out[swapped, right] = evidence[swapped, left]
    return out


def mirror(relation: Array) -> Array:
    """What the right article is to the left one, given what the left one is to the right one."""
    mirrored = relation.copy()
    mirrored[relation == rule.CUT] = rule.EXTENDED
    mirrored[relation == rule.EXTENDED] = rule.CUT
    return mirrored


def relations(matches: Matches, bridged: Array) -> Array:
    """What each left article is to the right one, its story's anchor: LINKED where no match joins the two.

    Args:
        matches: Members with their anchors.
        bridged: bool: which would join but for a digest.
    """
    stated: Array = np.where((matches.verdict == rule.SAME) & ~bridged, matches.relation, np.uint8(rule.LINKED))
    return stated


def share(part: Array, whole: Array) -> Array:
    """Part / whole, 0 where the whole is 0."""
    shares: Array = part / np.maximum(whole, 1)
    return shares


def told_share(evidence: Array) -> tuple[Array, Array, Array]:
    """Of the text with less prose of its own: told words, prose words, and their ratio (0–1)."""
    left, right = evidence[:, ev.LEFT_PROSE], evidence[:, ev.RIGHT_PROSE]
    told = of_smaller(evidence[:, ev.LEFT_TOLD], evidence[:, ev.RIGHT_TOLD], left, right)
    prose = np.minimum(left, right)
    return told, prose, share(told, prose)


def of_smaller(left: Array, right: Array, left_size: Array, right_size: Array) -> Array:
    """What belongs to the smaller side; of equal ones the lesser value, so that sides play no part."""
    smaller: Array = np.where(left_size < right_size, left, right)
    return np.where(left_size == right_size, np.minimum(left, right), smaller)


def rule_numbers(settings: Settings) -> rule.Numbers:
    """The rule's numbers as the compiled rule takes them."""
    same = {
        name: float(getattr(settings, name))
        for name in rule.Numbers._fields
        if name not in ("rerun_after", "match_window")
    }
    window = np.inf if settings.match_window is None else settings.match_window * DAY
    return rule.Numbers(**same, rerun_after=settings.rerun_after * HOUR, match_window=float(window))


def time_apart(catalog: Catalog, left: Array, right: Array) -> Array:
    """Seconds between two articles: float64, NaN where a date is unknown."""
    a, b = catalog.published[left], catalog.published[right]
    apart: Array = np.abs(a.astype(np.float64) - b.astype(np.float64))
    apart[(a == UNKNOWN_TIME) | (b == UNKNOWN_TIME)] = np.nan
    return apart


def judge(
    left: Array,
    right: Array,
    evidence: Array,
    shingles: Array,
    words: Array,
    catalog: Catalog,
    settings: Settings,
) -> Matches:
    """The rule of this module, on pairs of articles.

    The verdict on a pair is a function of the two articles, the settings and what is furniture; it doesn't depend on
    which of the two stands left.

    Args:
        left: int64 (p): articles.
        right: int64 (p): articles.
        evidence: int32 (p, EVIDENCE): about their texts, the same sides.
        shingles: int32 (p, 2): distinct shingles of the left and the right text.
        words: int64 (articles): words of each article.
        catalog: Outlets and dates.
        settings: The rule's numbers.
    """
    verdict, relation, cause = np.empty((3, left.size), np.uint8)
    numbers = rule_numbers(settings)

    def decide(span: slice) -> None:
        rule.judge_pairs(
            left[span], right[span], evidence[span], shingles[span], words, catalog.outlet, catalog.published,
            UNKNOWN_TIME, numbers, verdict[span], relation[span], cause[span],
        )  # fmt: skip

    map_threads(decide, spans(left.size, 4096))
    return Matches(left, right, evidence, shingles, verdict, relation, cause)


class Verifier:
    """The verdict on any pair of some articles.

    Args:
        fingerprints: Words and where each text's begin.
        flags: uint8: the words' flags, furniture included.
        texts: The articles' distinct texts, in canonical order.
        catalog: One row an article.
        words: int64 (articles): words of each article.
        settings: The rule's numbers.
    """

    def __init__(
        self, fingerprints: Fingerprints, flags: Array, texts: Texts, catalog: Catalog, words: Array, settings: Settings
    ) -> None:
        self.fingerprints = fingerprints
        self.flags = flags
        self.texts = texts
        self.catalog = catalog
        self.words = words
        self.settings = settings
        self._numbers = rule_numbers(settings)
        self._shingles = np.full(len(fingerprints), UNCOUNTED, np.int32)

    def sift(self, pairs: Pairs) -> Pairs:
        """The pairs of texts that may be one story; what is left out is the ``same`` by no clause of the rule."""
        marks, rows, left, right, settings = self.fingerprints, self.texts.rows, pairs.left, pairs.right, self.settings
        own, prose = np.empty((2, rows.size), np.int32)
        narrated = np.empty(marks.words.size // 64 + len(marks) + 1, np.uint64)
        words = marks.word_counts[rows]
        entries = np.empty(len(pairs), np.uint64)
        kept = np.empty(len(pairs), np.bool_)

        def weigh(span: slice) -> None:
            sifting.weigh_texts(self.flags, marks.word_start, rows, span.start, span.stop, own, prose, narrated)

        def sift(part: Array) -> None:
            sifting.sift_pairs(
                marks.words, marks.word_start, rows, own, prose, narrated, left, right, part, settings.shingle_width,
                settings.run, self._numbers, kept,
            )  # fmt: skip

        map_threads(weigh, spans(rows.size))
        map_threads(
            lambda span: sifting.write_entries(words, left, right, span.start, span.stop, entries), spans(len(pairs))
        )
        in_order(entries, rows.size.bit_length(), sift, wholly=False)
        return Pairs(left[kept], right[kept])

    def verify(self, pairs: Pairs) -> Matches:
        """The verdicts on the articles of pairs of texts, sorted; each article with the NEAREST of the other text."""
        source, left, right = article_pairs(
            pairs.left, pairs.right, self.texts.articles, self.texts.article_start,
            self.catalog.published, UNKNOWN_TIME, NEAREST,
        )  # fmt: skip
        evidence = overlap_pairs(
            self.fingerprints, self.flags, self.texts, pairs, self.settings, self._shingles, source
        )
        return self.rule(left, right, evidence)

    def judge(self, left: Array, right: Array) -> Matches:
        """The verdicts on pairs of articles, in their order."""
        a, b = self.texts.text_of[left], self.texts.text_of[right]
        swapped = a > b
        keys, source = np.unique(np.minimum(a, b) << 32 | np.maximum(a, b), return_inverse=True)
        pairs = Pairs(keys >> 32, keys & 0xFFFFFFFF)
        evidence = overlap_pairs(self.fingerprints, self.flags, self.texts, pairs, self.settings, self._shingles)
        return self.rule(left, right, swap_sides(evidence[source.ravel()], swapped))

    def agree(self, left: Array, right: Array) -> tuple[Array, Array]:
        """The same, and no more of it than grouping needs.

        Returns:
            bool (pairs): whether they are one story; int32 (pairs): words told of the text of which more are.
        """
        same, told = np.empty(left.size, np.bool_), np.empty(left.size, np.int32)
        marks, texts, catalog, settings = self.fingerprints, self.texts, self.catalog, self.settings

        def decide(span: slice) -> None:
            judging.find_agreeing(
                marks.words, self.flags, marks.word_start, texts.text_of, texts.rows, self.words, catalog.outlet,
                catalog.published, UNKNOWN_TIME, self._numbers, settings.shingle_width, settings.run, settings.gap,
                settings.opening_words, settings.partial_share, left[span], right[span], same[span], told[span],
            )  # fmt: skip

        map_threads(decide, spans(left.size))
        return same, told

    def rule(self, left: Array, right: Array, evidence: Array) -> Matches:
        """The verdicts on pairs of articles with the evidence about their texts."""
        shingles = np.empty((left.size, 2), np.int32)
        for side, articles in enumerate((left, right)):
            rows = self.texts.rows[self.texts.text_of[articles]]
            shingles[:, side] = count_shingles(self.fingerprints, rows, self.settings, self._shingles)
        return judge(left, right, evidence, shingles, self.words, self.catalog, self.settings)


def jaccard(matches: Matches) -> Array:
    """|A ∩ B| / |A ∪ B| of the distinct shingles, 0–1: float64."""
    shared = matches.evidence[:, ev.SHARED]
    return share(shared, matches.shingles.sum(axis=1) - shared)


def containment(matches: Matches) -> Array:
    """|A ∩ B| / min(|A|, |B|) of the distinct shingles, 0–1 (Broder 1997): float64."""
    return share(matches.evidence[:, ev.SHARED], matches.shingles.min(axis=1))


def prose_share(matches: Matches) -> Array:
    """The told share, 0–1: float64."""
    return told_share(matches.evidence)[2]


def count(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def figures(match: Matches) -> str:
    """The told share in words."""
    told, prose, told_of_prose = told_share(match.evidence)
    return (
        f"{told_of_prose[0]:.0%} of the shorter text's narrated prose ({told[0]:,} of {count(int(prose[0]), 'word')}) "
        "is told in the other in the same words"
    )


def facts(match: Matches) -> str:
    """What agrees and what was replaced."""
    row = match.evidence[0]
    replaced = [
        count(int(row[column]), noun)
        for column, noun in ((ev.OTHER_NUMBERS, "number"), (ev.OTHER_CAPITALS, "name"))
        if row[column]
    ]
    agree = f"{count(int(row[ev.SAME_NUMBERS]), 'number')} and {count(int(row[ev.SAME_CAPITALS]), 'name')} agree"
    return f"{agree}, {' and '.join(replaced)} replaced" if replaced else agree


def describe_match(
    matches: Matches,
    row: int,
    ids: Sequence[str],
    words: Array,
    catalog: Catalog,
    settings: Settings,
    *,
    bridge: bool = False,
    linked: bool = False,
) -> Match:
    """One verified pair for a reader.

    Args:
        matches: Verified pairs.
        row: Which of them.
        ids: The articles' ids.
        words: int64: words of each article.
        catalog: Outlets and dates.
        settings: The rule's numbers.
        bridge: Whether the match would join but for a digest.
        linked: Whether the caller said that the two are, or are not, one story.
    """
    one = matches.take(np.array([row]))
    a, b = int(one.left[0]), int(one.right[0])
    same = one.verdict[0] == rule.SAME
    return Match(
        a=ids[a],
        b=ids[b],
        verdict="partial" if bridge else VERDICTS[one.verdict[0]],
        relation=None if bridge or not same else "anchor" if a == b else RELATIONS[one.relation[0]],
        jaccard=float(jaccard(one)[0]),
        containment=float(containment(one)[0]),
        prose=float(prose_share(one)[0]),
        reason=reason(one, words, catalog, settings, bridge=bridge),
        linked=linked,
    )


def reason(match: Matches, words: Array, catalog: Catalog, settings: Settings, *, bridge: bool = False) -> str:
    """The reason for the verdict on one pair.

    Args:
        match: A single row.
        words: int64 (articles): words of each article.
        catalog: Outlets and dates.
        settings: The rule's numbers.
        bridge: The match would join, but one of the two is a digest that holds other stories too.
    """
    left, right = match.left, match.right
    cause = match.cause[0]
    if bridge:
        return f"{figures(match)}, but one of them is a digest that holds other stories too"
    if cause == TOO_SHORT:
        shortest = int(min(words[left[0]], words[right[0]]))
        return f"too short to judge: {count(shortest, 'word')}, at least {settings.min_words} are needed"
    if cause == ALL_FURNITURE:
        return "nothing of its own: nearly all its words recur in other articles of its outlet"
    if cause == FORM:
        return f"a form: most of its words recur in other articles, and the texts as a whole differ; {facts(match)}"
    if cause == LITTLE_PROSE:
        return "hardly any narrated prose to judge by, and the texts as a whole differ"
    if cause == WHOLE:
        return f"hardly any narrated prose, but the texts agree as a whole; {facts(match)}"
    if cause == OTHER_FACTS:
        return f"one form, other facts: {figures(match)}, but {facts(match)}"
    if cause == ANOTHER_DAY:
        hours = time_apart(catalog, left, right)[0] / HOUR
        return f"one outlet's form of another day ({hours:.0f} hours apart): {figures(match)}, but {facts(match)}"
    if cause == TOO_FAR:
        days = time_apart(catalog, left, right)[0] / DAY
        return f"a reprint: {figures(match)}, but {days:.0f} days lie between (the window is {settings.match_window:g})"
    if cause == TOLD:
        return f"{figures(match)}; {facts(match)}"
    if cause == LITTLE_COVERED:
        return f"{figures(match)}, but less than {settings.covered_share:.0%} of all its words, quotations included"
    told_of_prose = told_share(match.evidence)[2]
    same_outlet = catalog.outlet[left[0]] == catalog.outlet[right[0]] != NO_OUTLET
    if cause == LITTLE_TOLD:
        return f"{figures(match)}, less than {settings.partial_share:.0%}"
    row = match.evidence[0]
    numbers = rule_numbers(settings)
    wanted = rule.wanted_share(row, same_outlet, numbers)
    least = rule.least_told_share(row[ev.LEFT_PROSE], row[ev.RIGHT_PROSE], wanted, numbers)
    if told_of_prose[0] >= least:
        return f"{figures(match)}, fewer than {settings.min_told} words"
    need = "that two need which begin with other news" if rule.begin_apart(row, numbers) else "that these two need"
    return f"{figures(match)}, less than the {least:.0%} {need}"
