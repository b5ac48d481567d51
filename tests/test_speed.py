"""The guard against getting slow: how many times the processor's time datasketch takes, measured in this process.

Processor time, threads included, so that a busy machine changes little; the ratio on seconds is higher by what the
second core gives. ``python -m benchmarks.speed`` measures in earnest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.index.rivals import adding_one_by_one, streams_datasketch
from benchmarks.rivals import by_datasketch
from benchmarks.speed.stages import BEGINS, FIRST, walk

from storycluster import Settings, StoryIndex, cluster_articles
from storycluster.fingerprint import fingerprint_texts
from storycluster.index.rehearsal import rehearse
from storycluster.testing import simulate

ROUNDS = 3
LEAST_TIMES_FASTER = 7.0
"""Measured: 14 on these articles (2026-11-25)."""
LEAST_TIMES_FASTER_FINGERPRINTS = 20.0
"""Fingerprints alone; measured: 47."""
LEAST_TIMES_FASTER_ADDS = 1.2
"""An ``add`` beside ``MinHashLSH.query`` and ``insert``; measured: 2.1 (2026-11-28)."""


def least_seconds(*runs: Callable[[], object]) -> list[float]:
    """The least processor time of each, by turns."""
    least = [float("inf")] * len(runs)
    for _ in range(ROUNDS):
        for i, run in enumerate(runs):
            began = time.process_time()
            run()
            least[i] = min(least[i], time.process_time() - began)
    return least


def test_stories_take_a_fraction_of_the_time_of_datasketch() -> None:
    articles = simulate(1500, seed=3).articles
    texts: Sequence[str] = [article.text for article in articles]
    cluster_articles(articles[:50])  # compiles, or loads what was compiled
    stories, fingerprints, peer = least_seconds(
        lambda: cluster_articles(articles), lambda: fingerprint_texts(texts), lambda: by_datasketch(texts, 0.5, 3)
    )
    assert peer / stories >= LEAST_TIMES_FASTER
    assert peer / fingerprints >= LEAST_TIMES_FASTER_FINGERPRINTS


def test_an_add_takes_less_time_than_datasketch_s_query_and_insert() -> None:
    articles = list(enumerate(simulate(600, seed=3).articles))
    rehearse()

    def add_all() -> None:
        with StoryIndex.open(":memory:", retention=None) as index:
            adding_one_by_one(index)(articles)

    adds, peer = least_seconds(add_all, lambda: streams_datasketch(0.4, 3)(articles))
    assert peer / adds >= LEAST_TIMES_FASTER_ADDS


def test_the_stages_that_are_measured_are_the_road() -> None:
    seconds: dict[str, list[float]] = {}
    for _ in range(2):
        walk(simulate(60, seed=3).articles, Settings(), seconds)
    assert list(seconds) == [FIRST, *(stage for stage, *_ in BEGINS)]
    assert all(len(values) == 2 and min(values) > 0 for values in seconds.values())
