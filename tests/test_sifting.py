"""What is sifted out before texts are compared is no story by any clause of the rule."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oracles import sifting
from oracles.overlap import FURNITURE
from oracles.words import CAPITAL, NUMBER, QUOTED
from storycluster import Settings, cluster_articles
from storycluster.columns import UNKNOWN_TIME, Catalog, Fingerprints, Matches, Pairs, Texts
from storycluster.kernels import overlap as ev
from storycluster.kernels.rule import SAME, decide, least_shared
from storycluster.testing import simulate
from storycluster.verify import Verifier, rule_numbers

Text = tuple[list[int], list[int]]
"""Words and their flags."""
COLUMNS = [column.name for column in fields(Matches)]


def verifier(texts: list[Text], settings: Settings) -> Verifier:
    """Of texts of which words and flags alone matter, one an article, none of which has an outlet or a date."""
    n = len(texts)
    start = np.zeros(n + 1, np.int64)
    np.cumsum([len(words) for words, _ in texts], out=start[1:])
    words = np.array([word for words, _ in texts for word in words], np.uint32)
    flags = np.array([flag for _, flags in texts for flag in flags], np.uint8)
    none, rows = np.empty(0, np.uint32), np.arange(n)
    marks = Fingerprints(
        words, flags, start, np.zeros((n, 0), np.uint32), none, none, start * 0, rows.astype(np.uint64), ""
    )
    catalog = Catalog(np.full(n, -1, np.int32), np.full(n, UNKNOWN_TIME), np.zeros(n, np.uint64), rows)
    return Verifier(marks, flags, Texts(rows, rows, np.arange(n + 1), rows), catalog, marks.word_counts, settings)


def patched(seed: int, number: int) -> list[Text]:
    """Texts put together from stretches of a few sources, some of them empty or short, some quoted, some furniture."""
    random = np.random.default_rng(seed)
    sources = random.integers(1, 2**32, (6, 150), np.uint32)
    texts: list[Text] = []
    for _ in range(number):
        words: list[int] = []
        flags: list[int] = []
        for _ in range(int(random.integers(0, 5))):
            first, size = random.integers(0, 100), random.integers(1, 90)
            stretch = sources[random.integers(0, 6), first : first + size].tolist()
            own = random.integers(1, 2**32, random.integers(0, 40), np.uint32).tolist()
            words += [*stretch, *own]
            kind = int(random.choice([0, 0, 0, QUOTED, FURNITURE, FURNITURE | QUOTED]))
            flags += [kind | int(flag) for flag in random.choice([0, 0, 0, NUMBER, CAPITAL], len(stretch) + len(own))]
        texts.append((words, flags))
    return texts


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        (Settings(), 1.2),
        (Settings(shingle_width=1, run=1, min_words=1, min_prose=1, told_share=0.2), 1.2),
        (Settings(covered_share=0.0, quoted_share=0.0, told_share=0.9), 1.2),
        (Settings(shingle_width=32, run=70, covered_share=0.1, told_share_outlet=0.1), 6.0),
    ],
    ids=["as it is", "narrow", "all", "wide"],
)
def test_what_is_kept_is_what_sets_keep_and_hardly_more(settings: Settings, most: float) -> None:
    texts = patched(3, 90)
    road = verifier(texts, settings)
    left, right = np.triu_indices(len(texts), 1)
    found = road.sift(Pairs(left, right))
    kept = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert kept == sorted(kept)
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    wanted = {(a, b) for a, b in pairs if sifting.may_be_same(texts[a], texts[b], settings)}
    assert wanted <= set(kept)
    assert 20 < len(wanted) <= len(kept) <= most * len(wanted)  # what is known in vain covers ``shingle_width`` words
    full = road.verify(Pairs(left, right))
    same = full.verdict == SAME
    assert set(zip(full.left[same].tolist(), full.right[same].tolist(), strict=True)) <= set(kept)


def test_what_is_verified_of_them_is_what_is_verified_of_all() -> None:
    articles = list(simulate(300, seed=8, languages=("en", "zh"), words=120).articles)
    clustering = cluster_articles(articles)
    road = clustering._road
    every, few = (road.verify(pairs) for pairs in (road.proposed, road.sift(road.proposed)))
    every, few = (found.take(found.verdict == SAME) for found in (every, few))
    assert len(every) > 100
    for column in COLUMNS:
        assert getattr(every, column).tolist() == getattr(few, column).tolist()
    assert len(road.sift(road.proposed)) < 0.8 * len(road.proposed)


def test_no_pairs_are_sifted() -> None:
    none = np.empty(0, np.int64)
    for texts in ([], [([], []), ([1, 2], [0, 0])]):
        assert len(verifier(texts, Settings()).sift(Pairs(none, none))) == 0


@given(st.data())
@hypothesis_settings(max_examples=400)
def test_two_articles_that_are_one_story_share_as_much(data: st.DataObject) -> None:
    share = st.floats(0.0, 1.0)
    settings = Settings(
        min_words=data.draw(st.integers(1, 10)), min_prose=data.draw(st.integers(1, 20)), min_told=1,
        own_share=data.draw(share), covered_share=data.draw(share), quoted_share=data.draw(share),
        told_share=data.draw(share), told_share_outlet=data.draw(share), partial_share=0.0,
    )  # fmt: skip
    evidence = np.zeros(ev.EVIDENCE, np.int32)
    evidence[ev.SAME_NUMBERS], evidence[ev.OPENING_KNOWN] = data.draw(st.integers(0, 5)), ev.NO_OPENING
    sizes = []
    for side in range(2):
        words = data.draw(st.integers(1, 60))
        own = data.draw(st.integers(0, words))
        prose = data.draw(st.integers(0, own))
        covered = data.draw(st.integers(0, words))
        sizes.append((words, own, prose))
        evidence[ev.LEFT_OWN + side], evidence[ev.LEFT_PROSE + side] = own, prose
        evidence[ev.LEFT_COVERED + side] = covered
        evidence[ev.LEFT_TOLD + side] = data.draw(st.integers(0, min(prose, covered)))
    (words, own, prose), (other_words, other_own, other_prose) = sizes
    numbers = rule_numbers(settings)
    if decide(evidence, words, other_words, data.draw(st.booleans()), 0.0, numbers)[1] != SAME:
        return
    covered_share, told_share = least_shared(words, other_words, own, other_own, prose, other_prose, numbers)
    for side, (a, b) in enumerate((sizes, sizes[::-1])):
        if a[0] <= b[0]:
            assert evidence[ev.LEFT_COVERED + side] / a[0] >= covered_share
        if a[2] <= b[2]:
            assert evidence[ev.LEFT_TOLD + side] / max(a[2], 1) >= told_share
