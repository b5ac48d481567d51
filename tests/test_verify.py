"""The evidence about a pair against sets, and the rule's symmetry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from oracles import shingles as oracle
from oracles.texts import few_words
from oracles.words import read_words, word_hash
from storycluster import Settings, cluster_articles, verify
from storycluster.batch import Road
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Catalog, Matches
from storycluster.fingerprint import fingerprint_texts
from storycluster.kernels import overlap as ev

SETTINGS = Settings()


def judged(a: str, b: str) -> Matches:
    """The verdict on two texts that nobody else ran."""
    fingerprints = fingerprint_texts([a, b])
    catalog = Catalog(
        outlet=np.full(2, NO_OUTLET, np.int32), published=np.full(2, UNKNOWN_TIME, np.int64),
        title=np.zeros(2, np.uint64), order=np.arange(2),
    )  # fmt: skip
    road = Road(fingerprints, catalog, SETTINGS)
    return road.judge(np.array([0]), np.array([1]))


def words(text: str) -> list[int]:
    return [word_hash(word.fold) for word in read_words(text)]


def covered(a: list[int], b: list[int], width: int) -> int:
    """Words of a in shingles that b has."""
    there = set(oracle.shingles(b, width))
    places = {
        place
        for start, shingle in enumerate(oracle.shingles(a, width))
        if shingle in there
        for place in range(start, start + min(width, len(a)))
    }
    return len(places)


@given(few_words, few_words)
def test_scores_are_those_of_the_sets(a: str, b: str) -> None:
    match = judged(a, b)
    first, second = set(oracle.shingles(words(a), 3)), set(oracle.shingles(words(b), 3))
    assert verify.jaccard(match)[0] == pytest.approx(oracle.jaccard(first, second))
    assert verify.containment(match)[0] == pytest.approx(oracle.containment(first, second))
    assert match.evidence[0, ev.LEFT_COVERED] == covered(words(a), words(b), 3)
    assert match.evidence[0, ev.RIGHT_COVERED] == covered(words(b), words(a), 3)


@given(few_words, few_words)
def test_sides_play_no_part(a: str, b: str) -> None:
    one, other = judged(a, b), judged(b, a)
    assert (one.verdict[0], one.cause[0]) == (other.verdict[0], other.cause[0])
    assert verify.jaccard(one)[0] == verify.jaccard(other)[0]
    assert verify.prose_share(one)[0] == verify.prose_share(other)[0]
    assert np.array_equal(verify.swap_sides(one.evidence, np.array([True])), other.evidence)


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
    assert verify.VERDICTS[quoting.verdict[0]] == "different"
    telling = judged(f"{told} {said}.", f"{said} {other}.")
    assert telling.evidence[0, ev.LEFT_TOLD] == 40


def test_every_reason_is_a_sentence_with_its_figures() -> None:
    text = " ".join(f"word{i} and then" for i in range(60))
    clustering = cluster_articles([text, text + " more", "short", text.replace("word", "Wort")])
    for a, b in (("0", "1"), ("0", "2"), ("0", "3")):
        reason = clustering.explain(a, b).match.reason
        assert reason
        assert any(char.isdigit() for char in reason)
