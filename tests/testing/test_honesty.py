"""The simulator is honest: it ranks the usual rules as pairs of real articles do.

On real pairs Jaccard of 5-word shingles never errs and finds half of the copies; containment finds more and errs more,
more so with 3-word shingles; containment of the prose without quotations finds most and errs less than that.
"""

from __future__ import annotations

from functools import cache
from statistics import median
from typing import NamedTuple

import pytest
from rule_shingles import Shingles, containment, jaccard, prose, rate, shingles

from storycluster.testing import Mix, simulate

MIX = Mix(singles=0, wires=0.6, events=0.4, lookalikes=0)


class Scores(NamedTuple):
    copy: bool
    jaccard5: float
    containment5: float
    containment3: float
    prose3: float
    jaccard3: float


@pytest.fixture(scope="module")
def scored() -> list[Scores]:
    news = simulate(1200, seed=21, mix=MIX)
    texts = {article.id: article.text for article in news.articles}

    @cache
    def of(name: str, size: int, quotations: bool) -> Shingles:
        return shingles(texts[name] if quotations else prose(texts[name]), size)

    return [
        Scores(
            pair.label == "C",
            jaccard(of(pair.a, 5, True), of(pair.b, 5, True)),
            containment(of(pair.a, 5, True), of(pair.b, 5, True)),
            containment(of(pair.a, 3, True), of(pair.b, 3, True)),
            containment(of(pair.a, 3, False), of(pair.b, 3, False)),
            jaccard(of(pair.a, 3, True), of(pair.b, 3, True)),
        )
        for pair in news.pairs
        if pair.label in "CI"
    ]


def precision_and_recall(scored: list[Scores], column: str, threshold: float) -> tuple[float, float]:
    joined = [score for score in scored if getattr(score, column) >= threshold]
    right = sum(score.copy for score in joined)
    return rate(right, len(joined)), right / sum(score.copy for score in scored)


def test_rules_rank_as_on_real_pairs(scored: list[Scores]) -> None:
    jaccard_precision, jaccard_recall = precision_and_recall(scored, "jaccard5", 0.5)
    five_precision, five_recall = precision_and_recall(scored, "containment5", 0.6)
    three_precision, three_recall = precision_and_recall(scored, "containment3", 0.6)
    prose_precision, prose_recall = precision_and_recall(scored, "prose3", 0.5)
    assert jaccard_recall < five_recall < three_recall < prose_recall
    assert jaccard_precision >= five_precision >= three_precision
    assert prose_precision > three_precision
    assert jaccard_precision > 0.995
    assert 0.4 < jaccard_recall < 0.6
    assert 0.65 < five_recall < 0.85
    assert 0.78 < three_recall < 0.92
    assert 0.82 < prose_recall < 0.95


def test_copies_are_as_far_apart_as_real_ones(scored: list[Scores]) -> None:
    values = sorted(score.jaccard3 for score in scored if score.copy)
    assert 0.45 < median(values) < 0.65
    assert 0.14 < values[len(values) // 10] < 0.26
    assert 0.08 < values[len(values) // 20] < 0.18


def test_independent_reports_share_a_quarter_to_three_quarters(scored: list[Scores]) -> None:
    values = sorted(score.containment3 for score in scored if not score.copy)
    assert 0.3 < median(values) < 0.55
    assert values[len(values) * 9 // 10] > 0.5
