"""The quality gate on simulated news: what CI holds where no real news is at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.quality.__main__ import CASES, CROWDED, FLOORS, SIMULATION, below
from benchmarks.quality.measure import (
    SETS,
    corpus_path,
    crowd_files,
    digest,
    figures_of,
    measure_corpus,
    measure_crowd,
    measure_made_up,
    measure_simulated_crowd,
    measure_simulation,
)

KEPT = json.loads(FLOORS.read_text("utf-8"))


def test_simulated_news_is_above_its_floors() -> None:
    assert below(SIMULATION, measure_simulation().figures, KEPT["floors"][SIMULATION]) == []


def test_simulated_news_in_a_crowd_is_above_its_floors() -> None:
    name = SIMULATION + CROWDED
    assert below(name, measure_simulated_crowd().figures, KEPT["floors"][name]) == []


def test_made_up_cases_are_above_their_floors() -> None:
    assert below(CASES, figures_of(measure_made_up()), KEPT["floors"][CASES]) == []


@pytest.mark.parametrize("corpus", SETS)
def test_real_news_is_above_its_floors(corpus: str, news_data: Path) -> None:
    pairs = [news_data / name for name in ("groundnews-dev-pairs.jsonl", "traps-dev-pairs.jsonl")]
    assert digest([corpus_path(news_data, corpus), *pairs]) == KEPT["digests"][corpus], "other data than the floors'"
    assert below(corpus, measure_corpus(news_data, corpus).figures, KEPT["floors"][corpus]) == []


def test_real_news_in_a_crowd_is_above_its_floors(news_data: Path) -> None:
    """Every phrase of a language recurs somewhere: what is learnt of so many articles must not hide copies."""
    found = {corpus + CROWDED: quality.figures for corpus, quality in measure_crowd(news_data).items()}
    assert {KEPT["digests"][name] for name in found} == {digest(crowd_files(news_data))}, "other data than the floors'"
    assert [line for name, figures in found.items() for line in below(name, figures, KEPT["floors"][name])] == []


def test_a_figure_below_its_floor_is_named() -> None:
    floors = {"recall": 0.9, "false_joins": 2, "candidate_recall": 1.0}
    figures = {"recall": 0.89, "false_joins": 3, "candidate_recall": 1.0}
    assert below("x", figures, floors) == ["x: recall is 0.89, its floor 0.9", "x: false_joins is 3, its floor 2"]
    assert below("x", {"recall": 1.0, "false_joins": 0, "candidate_recall": 1.0}, floors) == []


def test_every_floor_has_its_why() -> None:
    assert set(KEPT["floors"]) == {CASES, *(name + where for name in (SIMULATION, *SETS) for where in ("", CROWDED))}
    assert all(entry["why"] and entry["date"] for entry in KEPT["history"])
