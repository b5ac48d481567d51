"""The laws: the answer depends on the set of articles alone, and every member of a story matches its anchor."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import networkx
import numpy as np
import pytest

from storycluster import Article, Clustering, Settings, cluster_articles, fingerprint
from storycluster.fingerprint import fingerprint_texts
from storycluster.testing import Simulation, simulate
from storycluster.verify import VERDICTS

AS_OF = datetime(2040, 1, 1, tzinfo=UTC)
"""After every date that the simulator gives."""


@pytest.fixture(scope="module")
def news() -> Simulation:
    return simulate(400, seed=3, languages=("en", "ar", "zh"), words=220)


@pytest.fixture(scope="module")
def clustering(news: Simulation) -> Clustering:
    return cluster_articles(news.articles, as_of=AS_OF)


def content(clustering: Clustering) -> str:
    """Everything that a user can read off a clustering, but for the order in which the articles came."""
    pairs = sorted(repr(match) for match in [*clustering.matches, *clustering.near_misses])
    return "\n".join([*map(repr, clustering.stories), *pairs])


def unordered(clustering: Clustering) -> list[tuple[object, ...]]:
    """The same without the sides of a pair, which nothing but the order of the articles decides."""
    found = [*clustering.matches, *clustering.near_misses]
    pairs = [(*sorted((m.a, m.b)), m.verdict, m.jaccard, m.containment, m.prose, m.linked) for m in found]
    return sorted(set(pairs))


def partition(clustering: Clustering) -> set[frozenset[str]]:
    return {frozenset(story.article_ids) for story in clustering.stories}


def test_the_simulation_exercises_the_road(clustering: Clustering) -> None:
    assert sum(len(story) > 1 for story in clustering.stories) >= 40
    assert {"partial", "template"} <= {match.verdict for match in clustering.near_misses}


def test_order_plays_no_part(news: Simulation, clustering: Clustering) -> None:
    articles = list(news.articles)
    wanted, stories, pairs = partition(clustering), list(clustering.stories), unordered(clustering)
    for seed in range(20):
        Random(seed).shuffle(articles)
        again = cluster_articles(articles, as_of=AS_OF)
        assert partition(again) == wanted
        assert list(again.stories) == stories
        assert unordered(again) == pairs


def test_order_plays_no_part_where_texts_differ_in_quotation_marks_alone() -> None:
    told = (
        "The harbour council of Norhavn approved a new quay on Monday after months of dispute with fishing crews. "
        "Engineers found that the old wall had shifted by nine centimetres since spring and would not survive another "
        "winter of storms. Crews now have until August to move their boats, lockers and cranes to the eastern basin, "
        "where berths are narrower. "
    )
    other = (
        "Elsewhere the ministry published a list of twelve bridges whose inspections are overdue, among them the "
        "crossing at Lurafoss, used by school buses, and asked towns for figures before the autumn session opens."
    )
    articles = [Article("plain", told), Article("quoted", f"“{told.strip()}”"), Article("cut", told + other)]
    verdicts = set()
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        explained = cluster_articles([articles[i] for i in order])
        verdicts.add(tuple(explained.explain(a, "cut").match.verdict for a in ("plain", "quoted")))
    assert verdicts == {("same", "partial")}


PROGRAM = """
from datetime import UTC, datetime
import sys
from storycluster import cluster_articles
from storycluster.testing import simulate
news = simulate(150, seed=8, languages=("en", "ru"), words=150)
clustering = cluster_articles(news.articles, as_of=datetime(2040, 1, 1, tzinfo=UTC))
for line in [*clustering.stories, *clustering.matches, *clustering.near_misses, clustering.labels.tolist()]:
    sys.stdout.buffer.write(repr(line).encode() + b"\\n")
"""


def test_every_process_gives_the_same_bytes() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "271828")
    ]
    assert len(outputs[0]) > 10_000
    assert outputs[0] == outputs[1]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors can't be chosen here")
def test_one_thread_or_many(news: Simulation, clustering: Clustering) -> None:
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        alone = cluster_articles(news.articles, as_of=AS_OF)
    finally:
        os.sched_setaffinity(0, processors)
    assert content(alone) == content(clustering)


def test_blocks_play_no_part(news: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [article.text for article in news.articles[:60]]
    whole = fingerprint_texts(texts)
    monkeypatch.setattr(fingerprint, "BLOCK_BYTES", 2_000)
    assert len(fingerprint.block_bounds(texts)) > 10
    cut = fingerprint_texts(texts)
    for name in ("words", "flags", "word_start", "signatures", "sample", "sample_place", "sample_start", "digests"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(cut, name), err_msg=name)


def test_every_member_matches_its_anchor(clustering: Clustering) -> None:
    for story in clustering.stories:
        for member in story.copies[1:]:
            explanation = clustering.explain(member.article_id, story.anchor)
            assert explanation.match.verdict == "same"
            assert explanation.together
            assert (member.relation, member.jaccard, member.containment) == (
                explanation.match.relation, explanation.match.jaccard, explanation.match.containment,
            )  # fmt: skip


def test_linked_members_are_the_only_ones_without_a_match(news: Simulation, clustering: Clustering) -> None:
    several = [story for story in clustering.stories if len(story) > 1]
    links = [(a.anchor, b.copies[-1].article_id) for a, b in zip(several[0:20:2], several[1:20:2], strict=True)]
    linked = cluster_articles(news.articles, as_of=AS_OF, must_link=links)
    for story in linked.stories:
        for member in story.copies[1:]:
            match = linked.explain(member.article_id, story.anchor).match
            assert match.verdict == "same" or (member.relation == "linked" and match.linked)
    for a, b in links:
        assert linked.story_of(a).id == linked.story_of(b).id


def test_the_caller_can_keep_any_story_apart(news: Simulation, clustering: Clustering) -> None:
    pairs = [(s.anchor, s.copies[-1].article_id) for s in clustering.stories if len(s) > 1]
    apart = cluster_articles(news.articles, as_of=AS_OF, cannot_link=pairs)
    for a, b in pairs:
        assert apart.story_of(a).id != apart.story_of(b).id
        assert apart.explain(a, b).match.linked


@pytest.mark.parametrize(
    "changes",
    [
        {"told_share": 0.8, "told_share_outlet": 0.9},
        {"match_window": 0.2},
        {"min_words": 120},
        {"furniture_occasions": 2, "bucket_limit": 2, "bucket_neighbors": 1},
        {"best_others": 0, "digest_share": 0.0},
    ],
)
def test_rethreshold_equals_a_fresh_run(news: Simulation, clustering: Clustering, changes: dict[str, Any]) -> None:
    settings = replace(Settings(), **changes)
    fresh = cluster_articles(news.articles, settings, as_of=AS_OF)
    again = clustering.rethreshold(**changes)
    assert content(again) == content(fresh)
    assert content(again) != content(clustering)
    assert again.labels.tolist() == fresh.labels.tolist()
    assert content(again.rethreshold(Settings())) == content(clustering)


def test_what_has_nothing_to_do_with_a_story_leaves_it_alone(news: Simulation) -> None:
    """Undated articles without outlets teach no furniture: what matches nothing of a story may as well not be there."""
    bare = [replace(article, outlet="", published=None) for article in news.articles]
    whole = cluster_articles(bare, Settings(best_others=1_000))
    graph = networkx.Graph((match.a, match.b) for match in [*whole.matches, *whole.near_misses])
    graph.add_nodes_from(article.id for article in bare)
    kept = {name for part in list(networkx.connected_components(graph))[::2] for name in part}
    half = cluster_articles([article for article in bare if article.id in kept])
    assert partition(half) == {story for story in partition(whole) if story <= kept}
    assert 100 < len(kept) < 300
    assert sum(len(story) > 1 for story in half.stories) > 10


def test_brute_force_finds_hardly_more_and_says_the_same(clustering: Clustering) -> None:
    """Every pair judged: what the indexes propose is judged alike, and next to nothing that joins was not proposed."""
    articles = [article for article in clustering.articles if article.language == "en"]
    pairs = [(a.id, b.id) for i, a in enumerate(articles) for b in articles[:i]]
    brute = {frozenset((match.a, match.b)): match for match in clustering.judge_pairs(pairs)}
    joining = {pair for pair, match in brute.items() if match.verdict == "same"}
    road = clustering._road
    found = road.verify(road.proposed)
    ids = [article.id for article in clustering.articles]
    proposed = {}
    for left, right, verdict in zip(found.left.tolist(), found.right.tolist(), found.verdict.tolist(), strict=True):
        proposed[frozenset((ids[left], ids[right]))] = VERDICTS[verdict]
    english = {pair: verdict for pair, verdict in proposed.items() if pair in brute}
    assert all(brute[pair].verdict == verdict for pair, verdict in english.items())
    assert len(joining) > 50
    assert len(joining & english.keys()) >= 0.99 * len(joining)
