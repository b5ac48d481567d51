"""Choosing among partitions by labelled pairs, without looking at the ones that it is scored on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster import LabelsError
from storycluster.evaluation import LabelledPair, choose
from storycluster.evaluation.tuning import split_folds

ids = st.integers(0, 30).map(str)
pair_lists = st.lists(st.builds(LabelledPair, ids, ids, st.sampled_from("CTI")), max_size=40)


@given(pair_lists, st.integers(2, 5))
def test_no_article_is_on_both_sides(pairs: list[LabelledPair], folds: int) -> None:
    parts = split_folds(pairs, folds)
    assert sorted(place for part in parts for place in part) == list(range(len(pairs)))
    articles = [{article for place in part for article in (pairs[place].a, pairs[place].b)} for part in parts]
    for i, here in enumerate(articles):
        assert all(here.isdisjoint(there) for there in articles[:i])


def stories(count: int) -> list[LabelledPair]:
    """So many events: a copy and an independent report of each."""
    return [
        LabelledPair(f"{i}a", f"{i}{other}", label) for i in range(count) for other, label in (("b", "C"), ("c", "I"))
    ]


def partition(count: int, *, copies: bool, reports: bool) -> dict[str, str]:
    return {
        f"{i}{letter}": f"{i}" if letter == "a" or joined else f"{i}{letter}"
        for i in range(count)
        for letter, joined in (("a", True), ("b", copies), ("c", reports))
    }


def test_the_right_one_is_chosen_and_scored_on_what_it_was_not_chosen_by() -> None:
    candidates = [
        partition(10, copies=True, reports=True),
        partition(10, copies=True, reports=False),
        partition(10, copies=False, reports=False),
    ]
    choice = choose(stories(10), candidates, present=0)
    assert choice.chosen == 1
    assert choice.by_fold == (1, 1, 1, 1, 1)
    assert (choice.held_out_precision.value, choice.held_out_recall.value) == (1, 1)
    assert str(choice.held_out_present[0]).startswith("10/20")


def test_among_equals_the_nearest_to_the_present_one() -> None:
    good = partition(4, copies=True, reports=False)
    assert choose(stories(4), [good] * 5, present=3).chosen == 3


def test_a_false_join_is_worse_than_a_miss() -> None:
    joins_all = partition(10, copies=True, reports=False) | {"0c": "0", "1c": "1", "2c": "2"}
    misses_some = partition(10, copies=True, reports=False) | {"0b": "x", "1b": "y", "2b": "z"}
    assert choose(stories(10), [joins_all, misses_some], present=0).chosen == 1


@pytest.mark.parametrize("pairs", [[], [LabelledPair("a", "b", "C")], [LabelledPair("x", "y", "C")], stories(3)[1::2]])
def test_too_few_pairs_are_an_error(pairs: list[LabelledPair]) -> None:
    with pytest.raises(LabelsError, match="tune: expected labelled pairs"):
        choose(pairs, [partition(3, copies=True, reports=False) | {"a": "1", "b": "1"}])
