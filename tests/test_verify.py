"""The evidence is that of sets and lists; the verdict is a function of the pair, not of its sides."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oracles import grouping, overlap, pairs, rule, sketch
from oracles.words import CAPITAL, NUMBER, QUOTED, read_words
from storycluster import Article, Settings, cluster_articles
from storycluster.clustering import Road
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog, Fingerprints, Matches, Pairs, Texts
from storycluster.fingerprint import fingerprint_texts
from storycluster.kernels import overlap as ev
from storycluster.kernels.flags import FURNITURE
from storycluster.kernels.rule import ANCHOR, COPY, CUT, EXTENDED, LINKED, VERSION
from storycluster.testing import simulate
from storycluster.verify import (
    RULE,
    VERDICTS,
    containment,
    count_shingles,
    jaccard,
    judge,
    overlap_pairs,
    prose_share,
    swap_sides,
    told_share,
)  # fmt: skip

COLUMNS = {
    getattr(ev, name): name
    for side in ("LEFT", "RIGHT")
    for name in (
        *(f"{side}_{what}" for what in ("PROSE", "TOLD", "COVERED", "FIRST", "LAST", "OWN")),
        "SHARED", "SAME_NUMBERS", "OTHER_NUMBERS", "SAME_CAPITALS", "OTHER_CAPITALS", "OPENING_KNOWN",
    )
}  # fmt: skip
MIRRORED = {ANCHOR: ANCHOR, COPY: COPY, CUT: EXTENDED, EXTENDED: CUT, VERSION: VERSION, LINKED: LINKED}

flags = st.sampled_from([0, 0, QUOTED, NUMBER, CAPITAL, NUMBER | CAPITAL, FURNITURE])


@st.composite
def text_pairs(draw: st.DrawFn) -> list[list[tuple[int, int]]]:
    """Two texts as words with flags; the second is made of stretches of the first and of words of its own."""
    words = st.tuples(st.integers(1, 30), flags)
    first = draw(st.lists(words, max_size=40))
    second: list[tuple[int, int]] = []
    for _ in range(draw(st.integers(0, 5))):
        low = draw(st.integers(0, len(first)))
        second += first[low : low + draw(st.integers(0, 15))]
        second += draw(st.lists(words, max_size=4))
    return [first, second]


def bare(texts: list[list[tuple[int, int]]]) -> tuple[Fingerprints, Texts]:
    """Fingerprints of which words and flags alone matter, one text an article."""
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=start[1:])
    words = np.array([word for text in texts for word, _ in text], np.uint32)
    flags = np.array([flag for text in texts for _, flag in text], np.uint8)
    none = np.empty(0, np.uint32)
    signatures = np.zeros((len(texts), 0), np.uint32)
    rows = np.arange(len(texts))
    fingerprints = Fingerprints(words, flags, start, signatures, none, none, start * 0, rows.astype(np.uint64), "")
    return fingerprints, Texts(rows, rows, np.arange(len(texts) + 1), rows)


def catalog(outlets: tuple[int, int], dates: tuple[int, int]) -> Catalog:
    return Catalog(np.array(outlets, np.int32), np.array(dates, np.int64), np.zeros(2, np.uint64), np.arange(2))


def every_pair(n: int) -> Pairs:
    left, right = np.triu_indices(n, 1)
    return Pairs(left, right)


@given(
    text_pairs(),
    st.integers(1, 4),
    st.integers(1, 8),
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.3, 0.6]),
)
@hypothesis_settings(max_examples=400)
def test_the_evidence_is_that_of_the_textbook(
    texts: list[list[tuple[int, int]]], width: int, run: int, gap: int, opening: int, least: float
) -> None:
    settings = Settings(shingle_width=width, run=run, gap=gap, opening_words=opening, partial_share=least)
    fingerprints, both = bare(texts)
    pairs_ = Pairs(np.array([0, 1]), np.array([1, 0]))
    found = overlap_pairs(fingerprints, fingerprints.flags, both, pairs_, settings)
    columns = [([word for word, _ in text], [flag for _, flag in text]) for text in texts]
    for row, (left, right) in zip(found.tolist(), (columns, columns[::-1]), strict=True):
        wanted = overlap.evidence(left, right, width, run, gap, opening, least)
        assert {COLUMNS[column]: value for column, value in enumerate(row)} == wanted


@pytest.mark.parametrize("run", [1, 63, 64, 65, 66, 130, 1000])
@pytest.mark.parametrize("width", [1, 3, 32])
def test_the_evidence_about_long_texts_is_that_of_the_textbook(run: int, width: int) -> None:
    drawn = np.random.default_rng(run)
    settings = Settings(shingle_width=width, run=run, gap=70, opening_words=20)
    first = [(int(word), int(flag)) for word, flag in drawn.integers((1, 0), (2_000, 16), (400, 2))]
    for cuts in ([(0, 400)], [(0, 64), (70, 135)], [(30, 94), (96, 161), (200, 330)], [(5, 70), (0, 200), (128, 400)]):
        second = [
            word
            for low, high in cuts
            for word in [*first[low:high], *((int(own), NUMBER | CAPITAL) for own in drawn.integers(1, 2_000, 66))]
        ]
        for cut in (len(second), 256, 64, 20):
            fingerprints, both = bare([first, second[:cut]])
            found = overlap_pairs(
                fingerprints, fingerprints.flags, both, Pairs(np.array([0, 1]), np.array([1, 0])), settings
            )
            columns = [([word for word, _ in text], [flag for _, flag in text]) for text in (first, second[:cut])]
            for row, (left, right) in zip(found.tolist(), (columns, columns[::-1]), strict=True):
                wanted = overlap.evidence(left, right, width, run, 70, 20, settings.partial_share)
                assert {COLUMNS[column]: value for column, value in enumerate(row)} == wanted


def test_partners_of_one_text_have_the_evidence_that_each_pair_has_alone() -> None:
    articles = simulate(60, seed=9, languages=("en", "ar"), words=80).articles
    settings = Settings()
    fingerprints = fingerprint_texts([article.text for article in articles])
    rows = np.arange(len(articles))
    texts = Texts(rows, rows, np.arange(len(articles) + 1), rows)
    all_pairs = every_pair(len(articles))
    together = overlap_pairs(fingerprints, fingerprints.flags, texts, all_pairs, settings)
    for place in range(0, len(all_pairs), 97):
        one = Pairs(all_pairs.left[place : place + 1], all_pairs.right[place : place + 1])
        alone = overlap_pairs(fingerprints, fingerprints.flags, texts, one, settings)
        assert together[place].tolist() == alone[0].tolist()


def test_jaccard_and_containment_are_those_of_sets() -> None:
    articles = simulate(80, seed=2, languages=("en", "ru", "zh"), words=80).articles
    batch = [*(article.text for article in articles), "", "two words", "two words"]
    settings = Settings()
    fingerprints = fingerprint_texts(batch)
    rows = np.arange(len(batch))
    texts = Texts(rows, rows, np.arange(len(batch) + 1), rows)
    all_pairs = every_pair(len(batch))
    evidence = overlap_pairs(fingerprints, fingerprints.flags, texts, all_pairs, settings)
    distinct = count_shingles(fingerprints, rows, settings)
    sets = [frozenset(sketch.shingles(read_words(text))) for text in batch]
    assert distinct.tolist() == [len(shingles) for shingles in sets]
    assert count_shingles(fingerprints, np.array([2, 0, 2]), settings).tolist() == distinct[[2, 0, 2]].tolist()
    none = np.zeros(len(all_pairs), np.uint8)
    shingles = np.stack([distinct[all_pairs.left], distinct[all_pairs.right]], axis=1)
    matches = Matches(all_pairs.left, all_pairs.right, evidence, shingles, none, none, none)
    both = list(zip(all_pairs.left.tolist(), all_pairs.right.tolist(), strict=True))
    assert jaccard(matches).tolist() == [pairs.jaccard(sets[i], sets[j]) for i, j in both]
    assert containment(matches).tolist() == [pairs.containment(sets[i], sets[j]) for i, j in both]
    assert ((prose_share(matches) >= 0) & (prose_share(matches) <= 1)).all()
    assert jaccard(matches).max() == 1


@given(
    text_pairs(),
    st.tuples(st.integers(-1, 1), st.integers(-1, 1)),
    st.tuples(*[st.sampled_from([UNKNOWN_TIME, 0, 90_000, 10_000_000])] * 2),
)
@hypothesis_settings(max_examples=300)
def test_the_verdict_doesnt_depend_on_which_of_the_two_stands_left(
    texts: list[list[tuple[int, int]]], outlets: tuple[int, int], dates: tuple[int, int]
) -> None:
    settings = Settings(min_words=3, min_prose=2, min_told=4, run=3)
    fingerprints, both = bare(texts)
    one = Pairs(np.array([0]), np.array([1]))
    evidence = overlap_pairs(fingerprints, fingerprints.flags, both, one, settings)
    distinct = count_shingles(fingerprints, np.arange(2), settings)

    def judged(left: int, right: int, evidence: Array) -> Matches:
        sides = np.array([[distinct[left], distinct[right]]])
        words = fingerprints.word_counts
        at = catalog(outlets, dates)
        return judge(np.array([left]), np.array([right]), evidence, sides, words, at, settings)

    there = judged(0, 1, evidence)
    back = judged(1, 0, swap_sides(evidence, np.array([True])))
    assert (there.verdict[0], there.cause[0]) == (back.verdict[0], back.cause[0])
    assert MIRRORED[int(there.relation[0])] == back.relation[0]
    for measure in (jaccard, containment, prose_share):
        assert measure(there) == measure(back)


def test_of_two_texts_with_as_much_prose_the_one_that_is_told_less_counts() -> None:
    evidence = np.zeros((1, ev.EVIDENCE), np.int32)
    evidence[0, [ev.LEFT_PROSE, ev.RIGHT_PROSE, ev.LEFT_TOLD, ev.RIGHT_TOLD]] = 100, 100, 40, 60
    for sides in (evidence, swap_sides(evidence, np.array([True]))):
        assert [column.tolist() for column in told_share(sides)] == [[40], [100], [0.4]]


def test_sides_exchanged_twice_are_as_they_were() -> None:
    evidence = np.arange(3 * ev.EVIDENCE, dtype=np.int32).reshape(3, -1)
    swapped = np.array([True, False, True])
    once = swap_sides(evidence, swapped)
    np.testing.assert_array_equal(swap_sides(once, swapped), evidence)
    assert once[1].tolist() == evidence[1].tolist()
    for side, other in (("LEFT", "RIGHT"), ("RIGHT", "LEFT")):
        for what in ("PROSE", "TOLD", "COVERED", "FIRST", "LAST", "OWN"):
            assert once[0, getattr(ev, f"{side}_{what}")] == evidence[0, getattr(ev, f"{other}_{what}")]


@pytest.mark.parametrize("n", [0, 1])
def test_no_pairs_have_no_evidence(n: int) -> None:
    fingerprints, texts = bare([[(1, 0)]] * n)
    none = np.empty(0, np.int64)
    assert overlap_pairs(fingerprints, fingerprints.flags, texts, Pairs(none, none), Settings()).shape == (
        0, ev.EVIDENCE,
    )  # fmt: skip
    assert count_shingles(fingerprints, none, Settings()).tolist() == []


def judged(a: str, b: str) -> Matches:
    """The verdict on two texts that nobody else ran."""
    fingerprints = fingerprint_texts([a, b])
    catalog = Catalog(
        outlet=np.full(2, NO_OUTLET, np.int32), published=np.full(2, UNKNOWN_TIME, np.int64),
        title=np.zeros(2, np.uint64), order=np.arange(2),
    )  # fmt: skip
    road = Road(fingerprints, catalog, Settings())
    return road.judge(np.array([0]), np.array([1]))


def test_what_grouping_asks_is_told_as_in_full() -> None:
    articles = list(simulate(60, seed=3, languages=("en", "ar", "zh"), words=90).articles)
    articles += [replace(article, id=f"{article.id}-again") for article in articles[::5]]
    clustering = cluster_articles(articles)
    road, random = clustering._road, np.random.default_rng(1)
    left, right = random.integers(0, len(articles), (2, 1_500))
    near = clustering._candidates  # pairs drawn at random have little in common
    left, right = np.concatenate([left, near.left, near.right]), np.concatenate([right, near.right, near.left])
    wanted = grouping.judged(road.judge(left, right))
    same, told = road.agree(left, right)
    assert same.tolist() == wanted.same.tolist()
    assert told.tolist() == wanted.told.tolist()
    assert 0 < same.sum() < same.size


def alternating(a: list[str], b: list[str], run: int) -> str:
    """So many words of the one, so many of the other, and so on."""
    return " ".join(word for i in range(0, len(a), run) for word in [*a[i : i + run], *b[i : i + run]])


def test_told_words_stand_in_runs_of_six() -> None:
    shared, own = [f"shared{i}" for i in range(60)], [f"own{i}" for i in range(60)]
    longer = " ".join([*shared, *(f"other{i}" for i in range(200))])
    told = {run: int(judged(alternating(shared, own, run), longer).evidence[0, ev.LEFT_TOLD]) for run in (5, 6, 10)}
    assert told == {5: 0, 6: 60, 10: 60}


def test_quoted_words_are_not_told() -> None:
    said = " ".join(f"said{i}" for i in range(40))
    told = " ".join(f"told{i}" for i in range(40))
    other = " ".join(f"other{i}" for i in range(40))
    quoting = judged(f"{told}. “{said}”", f"“{said}” {other}.")
    assert quoting.evidence[0, ev.LEFT_TOLD] == 0
    assert quoting.evidence[0, ev.LEFT_PROSE] == 40
    assert VERDICTS[quoting.verdict[0]] == "different"
    telling = judged(f"{told} {said}.", f"{said} {other}.")
    assert telling.evidence[0, ev.LEFT_TOLD] == 40


@given(st.data())
@hypothesis_settings(max_examples=300)
def test_the_rule_is_that_of_the_columns(data: st.DataObject) -> None:
    """The compiled rule gives clause, verdict and relation as the slow one does, on any evidence at all."""
    n = 6
    counts = st.integers(0, 60)
    evidence = np.array(
        [data.draw(st.lists(counts, min_size=ev.EVIDENCE, max_size=ev.EVIDENCE)) for _ in range(n)], np.int32
    )
    evidence[1::2, ev.OPENING_KNOWN] = ev.NO_OPENING
    evidence[::3, [ev.SAME_NUMBERS, ev.SAME_CAPITALS]] = 0
    words = np.array(data.draw(st.lists(st.integers(0, 90), min_size=2 * n, max_size=2 * n)))
    shingles = np.array(data.draw(st.lists(counts, min_size=2 * n, max_size=2 * n)), np.int32).reshape(n, 2)
    evidence[::2, ev.SHARED] = shingles[::2, 0]
    outlets = data.draw(st.lists(st.integers(-1, 1), min_size=2 * n, max_size=2 * n))
    hours = data.draw(st.lists(st.none() | st.integers(0, 400), min_size=2 * n, max_size=2 * n))
    dates = [UNKNOWN_TIME if hour is None else hour * 3_600 for hour in hours]
    catalog = Catalog(np.array(outlets, np.int32), np.array(dates), np.zeros(2 * n, np.uint64), np.arange(2 * n))
    settings = Settings(
        match_window=data.draw(st.sampled_from([None, 7.0])), min_words=data.draw(st.integers(1, 30)),
        agreeing_numbers=data.draw(st.integers(1, 40)), other_numbers=data.draw(st.integers(1, 40)),
        other_numbers_share=data.draw(st.floats(0.0, 1.0)),
        opening_words=data.draw(st.integers(1, 60)), told_share_opening=data.draw(st.floats(0.0, 1.0)),
    )  # fmt: skip
    left, right = np.arange(n), np.arange(n, 2 * n)
    found = judge(left, right, evidence, shingles, words, catalog, settings)
    wanted = rule.judge(left, right, evidence, shingles, words, catalog, settings)
    assert [found.verdict.tolist(), found.relation.tolist(), found.cause.tolist()] == [w.tolist() for w in wanted]


@pytest.mark.parametrize("begins", ["A", "a"])  # whether a sentence begins with a capital
def test_names_beside_a_phrase_that_comes_again_are_compared_each_time(begins: str) -> None:
    """However often it comes: a list of one sentence with other names each time is another list."""
    starts = ("Aldren", "Bostel", "Corvin", "Dunmor", "Eskild", "Farnes", "Gulmar", "Hedlin", "Ismere", "Jarrow")
    texts = [
        " ".join(
            f"{begins} driver called {own}{end} who lives in the town of {end.title()}{own.lower()} was fined for "
            "driving too fast."
            for own in starts
        )
        for end in ("sen", "berg")
    ]
    articles = [Article(f"a{n}", text, outlet=f"Outlet {n}") for n, text in enumerate(texts)]
    (match,) = cluster_articles(articles).judge_pairs([("a0", "a1")])
    assert match.verdict == "template", match.reason


def test_another_verdict_on_anything_is_another_version_of_the_rule() -> None:
    """Of texts and evidence drawn at random: where it fails, raise ``verify.RULE``, and put down what is found now."""
    random, settings = np.random.RandomState(1), Settings()  # whose numbers stay the same for good
    pool = random.randint(0, 2**24, (30, 120)).astype(np.uint32) * 256
    words, flags = np.empty((200, 120), np.uint32), random.choice(np.array([0, 0, 0, 1, 2, 4, 8], np.uint8), (200, 120))
    for text in words:  # a few stretches of a few sources
        for first in range(0, 120, 20):
            text[first : first + 20] = pool[random.randint(0, 30 if first % 40 else 5), first : first + 20]
    for first in (44, 52, 60, 68):  # and a phrase that comes again with other words between
        words[::3, first : first + 5] = words[::3, 36:41]
    drawn_texts = np.stack([words, flags.astype(np.uint32)], axis=2).tolist()
    fingerprints, texts = bare([[(word, flag) for word, flag in text] for text in drawn_texts])
    left, right = np.triu_indices(200, 1)
    evidence = overlap_pairs(fingerprints, fingerprints.flags, texts, Pairs(left, right), settings)
    drawn = random.randint(0, 60, (40_000, ev.EVIDENCE)).astype(np.int32)
    facts = [ev.SAME_NUMBERS, ev.OTHER_NUMBERS, ev.SAME_CAPITALS, ev.OTHER_CAPITALS]
    drawn[:, facts] = random.choice([0, 0, 0, 1, 2, 3, 5], (40_000, 4))
    shingles = random.randint(1, 120, (40_000, 2)).astype(np.int32)
    days = random.choice([-1, 0, 0.5, 20 / 24, 7, 8], 400)
    dates = np.where(days < 0, UNKNOWN_TIME, days * 86_400).astype(np.int64)
    catalog = Catalog(random.randint(-1, 3, 400).astype(np.int32), dates, np.zeros(400, np.uint64), np.arange(400))
    left, right = random.randint(0, 400, (2, 40_000))
    found = judge(left, right, drawn, shingles, random.randint(20, 90, 400), catalog, settings)
    assert len(set(found.verdict.tolist())) == len(VERDICTS)
    assert (RULE, crc32(evidence.tobytes()), crc32(found.verdict.tobytes() + found.relation.tobytes())) == (
        6, 0xEA412DA2, 0xCB692238,
    )  # fmt: skip
