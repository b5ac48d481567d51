"""Scores against brute force and against scikit-learn."""

from __future__ import annotations

from itertools import combinations
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.cluster import pair_confusion_matrix

from storycluster.evaluation import LabelledPair, Rate, score_labels, score_pairs

partitions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30)


def maps(labels: list[tuple[int, int]]) -> tuple[dict[str, int], dict[str, int]]:
    return {f"a{i}": gold for i, (gold, _) in enumerate(labels)}, {
        f"a{i}": found for i, (_, found) in enumerate(labels)
    }


@given(partitions)
def test_pairs_are_counted_as_by_hand(labels: list[tuple[int, int]]) -> None:
    gold, found = maps(labels)
    pairs = list(combinations(sorted(gold), 2))
    both = [pair for pair in pairs if gold[pair[0]] == gold[pair[1]] and found[pair[0]] == found[pair[1]]]
    scores = score_labels(gold, found)
    assert scores.precision == Rate(len(both), sum(found[a] == found[b] for a, b in pairs))
    assert scores.recall == Rate(len(both), sum(gold[a] == gold[b] for a, b in pairs))
    (_, false_joins), (missed, joined) = pair_confusion_matrix(list(gold.values()), list(found.values())).tolist()
    assert (scores.precision.hits * 2, (scores.precision.of - scores.precision.hits) * 2) == (joined, false_joins)
    assert (scores.recall.of - scores.recall.hits) * 2 == missed


@given(partitions)
def test_b_cubed_is_the_mean_over_articles(labels: list[tuple[int, int]]) -> None:
    gold, found = maps(labels)

    def mean(of: dict[str, int], within: dict[str, int]) -> float:
        shares = []
        for i in gold:
            story = [j for j in gold if of[j] == of[i]]
            shares.append(sum(within[j] == within[i] for j in story) / len(story))
        return sum(shares) / len(shares)

    scores = score_labels(gold, found)
    assert scores.b_cubed_precision == pytest.approx(mean(found, gold))
    assert scores.b_cubed_recall == pytest.approx(mean(gold, found))


@given(partitions)
def test_names_of_labels_and_order_play_no_part(labels: list[tuple[int, int]]) -> None:
    gold, found = maps(labels)
    scores = score_labels(gold, found)
    renamed = {i: f"story {label}" for i, label in reversed(found.items())}
    assert score_labels(gold, renamed) == scores
    swapped = score_labels(found, gold)
    assert (swapped.precision, swapped.recall) == (scores.recall, scores.precision)
    assert swapped.adjusted_rand == pytest.approx(scores.adjusted_rand)


@given(partitions)
def test_false_joins_are_false_and_missing_only_where_there_are_none(labels: list[tuple[int, int]]) -> None:
    gold, found = maps(labels)
    scores = score_labels(gold, found)
    assert all(gold[a] != gold[b] and found[a] == found[b] for a, b in scores.false_joins)
    assert bool(scores.false_joins) == (scores.precision.hits < scores.precision.of)


def test_a_perfect_partition() -> None:
    gold = {"a": 1, "b": 1, "c": 2}
    scores = score_labels(gold, {"a": "x", "b": "x", "c": "y", "d": "y"})
    assert (scores.f1, scores.b_cubed_f1, scores.adjusted_rand, scores.v_measure) == (1, 1, 1, 1)
    assert (scores.articles, scores.only_gold, scores.only_predicted) == (3, 0, 1)


def test_nothing_in_common() -> None:
    scores = score_labels({"a": 1}, {"b": 1})
    assert scores.articles == 0
    assert isnan(scores.b_cubed_precision)
    assert isnan(scores.precision.value)


def test_labelled_pairs() -> None:
    pairs = [
        LabelledPair("a", "b", "C", 2.0),
        LabelledPair("a", "c", "C"),
        LabelledPair("c", "d", "I", 6.0),
        LabelledPair("a", "d", "T"),
        LabelledPair("b", "d", "P"),
        LabelledPair("a", "nobody", "C"),
    ]
    scores = score_pairs(pairs, {"a": 1, "b": 1, "c": 2, "d": 2})
    assert (scores.precision, scores.recall) == (Rate(1, 2), Rate(1, 2))
    assert (scores.weighted_precision, scores.weighted_recall) == (2 / 8, 2 / 3)
    assert [pair.label for pair in scores.false_joins] == ["I"]
    assert [(pair.a, pair.b) for pair in scores.misses] == [("a", "c")]
    assert [pair.b for pair in scores.unknown] == ["nobody"]
    assert scores.joined == {"C": Rate(1, 2), "I": Rate(1, 1), "P": Rate(0, 1), "T": Rate(0, 1)}
    assert scores.f1 == 0.5


@pytest.mark.parametrize(
    ("rate", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    [
        (Rate(81, 263), 0.2553, 0.3662),
        (Rate(15, 148), 0.0624, 0.1605),
        (Rate(0, 20), 0.0, 0.1611),
        (Rate(1, 29), 0.0061, 0.1718),
    ],
)
def test_wilson_intervals(rate: Rate, low: float, high: float) -> None:
    assert rate.interval() == pytest.approx((low, high), abs=5e-5)


def test_a_rate_says_its_counts() -> None:
    assert str(Rate(66, 68)) == "66/68 = .971 (.899–.992)"
    assert str(Rate(3, 3)) == "3/3 = 1.00 (.439–1.00)"
    assert str(Rate(0, 0)) == "0/0"
    assert Rate(0, 0).interval() == (0, 1)
