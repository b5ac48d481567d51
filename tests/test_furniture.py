"""What is learnt to be furniture: recurs over otherwise different articles, on occasions days apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from storycluster import Article, cluster_articles
from storycluster.kernels.overlap import FURNITURE

FOOTER = (
    "Readers of the Norhavn Post who would like to help our reporters may call the desk between nine and five, write "
    "to the editor at the address printed on page two, or leave a sealed note with the porter of the customs house; "
    "letters that are not signed by hand are kept in a drawer for one year and then burned in the garden behind it."
)
START = datetime(2025, 3, 1, 8, tzinfo=UTC)


def body(i: int) -> str:
    """Eighty words that no other body has."""
    return " ".join(f"body{i}word{j}" for j in range(80)) + "."


def flagged(articles: list[Article]) -> list[float]:
    """The share of each article's words that is furniture."""
    clustering = cluster_articles(articles)
    road = clustering._road
    starts = road.fingerprints.word_start
    furniture = (road.flags & FURNITURE) != 0
    return [float(np.mean(furniture[a:b])) for a, b in pairwise(starts)]


def post(i: int, text: str, *, outlet: str = "Norhavn Post", days: float = 3) -> Article:
    return Article(str(i), text, outlet=outlet, published=START + timedelta(days=days * i))


def test_a_footer_is_furniture_and_the_bodies_are_not() -> None:
    # which of a footer's shingles are in the sample is chance: several footers, and the mean of them
    footers = [" ".join(f"footer{f}word{j}" for j in range(120)) for f in range(8)]
    shares = [flagged([post(i, f"{body(i)}\n\n{footer}") for i in range(5)])[0] for footer in footers]
    assert max(shares) <= 120 / 200 + 0.08  # half of a sampling gap may spill into the body
    assert np.mean(shares) >= 0.8 * 120 / 200


def test_two_occasions_are_not_enough() -> None:
    assert flagged([post(i, f"{body(i)}\n\n{FOOTER}") for i in range(2)]) == [0, 0]


def test_a_wire_story_is_not_furniture_however_many_run_it() -> None:
    text = body(0) + " " + FOOTER
    copies = [post(i, f"{text} Own line number {i}.", outlet=f"Outlet {i}", days=0.01) for i in range(30)]
    assert max(flagged(copies)) == 0


def test_versions_of_one_story_are_not_furniture() -> None:
    versions = [post(i, f"{body(0)} {FOOTER} {' '.join(f'later{k}' for k in range(i))}", days=0.05) for i in range(12)]
    assert max(flagged(versions)) == 0


def test_articles_without_an_outlet_teach_nothing_within_days() -> None:
    assert max(flagged([post(i, f"{body(i)}\n\n{FOOTER}", outlet="", days=0.01) for i in range(10)])) == 0


def test_a_footer_joins_nobody() -> None:
    clustering = cluster_articles([post(i, f"{body(i)}\n\n{FOOTER}", days=0.5) for i in range(8)])
    assert len(clustering) == 8
