"""What is rehearsed before articles wait is all that they ask of the kernels: no other one is compiled for them."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from numba.core.dispatcher import Dispatcher

from storycluster import Article, StoryIndex, cluster_articles, cluster_files, kernels
from storycluster.cli.road import warm_up
from storycluster.estimator import StoryClusterer
from storycluster.index.rehearsal import CROWDED, rehearse
from storycluster.settings import Settings
from storycluster.testing import simulate


def test_a_batch_finds_all_its_kernels_compiled(tmp_path: Path) -> None:
    assert left_out("batch", tmp_path) == []


def test_an_index_finds_all_its_kernels_compiled(tmp_path: Path) -> None:
    assert left_out("index", tmp_path) == []


def test_what_is_left_out_is_noticed(tmp_path: Path) -> None:
    assert any(line.startswith("live.columns.live_set(") for line in left_out("index without a rehearsal", tmp_path))


def left_out(work: str, folder: Path) -> list[str]:
    """The signatures of kernels that work needs and that weren't rehearsed, told by a process of its own."""
    command = [sys.executable, __file__, work, str(folder)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return told.splitlines()


PARTS = ("rule.least_told_share", "rule.wanted_share", "rule.begin_apart")
"""Kernels called by others too, with which they have been compiled, but not loaded."""


def signatures() -> set[str]:
    """Of all kernels in use, whether they were compiled by this process or loaded."""
    return {signature for signature in used() if not signature.startswith(PARTS)}


def used() -> Iterator[str]:
    for found in pkgutil.walk_packages(kernels.__path__, f"{kernels.__name__}."):
        for kernel in vars(import_module(found.name)).values():
            if isinstance(kernel, Dispatcher) and kernel.py_func.__module__ == found.name:
                for overload in kernel.overloads:
                    yield f"{found.name.removeprefix('storycluster.kernels.')}.{kernel.py_func.__name__}{overload}"


def copies(article: Article, number: int) -> list[dict[str, Any]]:
    """The same text by several outlets, on several days and without a date."""
    outlets = [f"Outlet {i % 5}" for i in range(number)]
    dated = [{"id": f"d{i}", "text": article.text, "outlet": outlets[i], "published": f"2024-01-{i % 28 + 1:02}"}
             for i in range(number)]  # fmt: skip
    return dated + [{"id": f"u{i}", "text": article.text, "outlet": outlets[i]} for i in range(number)]


def work_a_batch(folder: Path) -> None:
    articles = list(simulate(500, seed=3).articles)
    plain = [{"id": f"p{i}", "text": articles[i].text.encode("ascii", "ignore").decode()} for i in range(20)]
    marked = [{"id": f"m{i}", "text": f"<p>{articles[i].text} &amp; \U0001f600"} for i in range(20)]
    for items in (articles, copies(articles[0], 20), plain, marked, [], ["word"]):
        clustering = cluster_articles(items)
        ask(clustering)
    ids = [article.id for article in articles]
    cluster_articles(articles[:50], must_link=[(ids[0], ids[1])], cannot_link=[(ids[2], ids[3])])
    ask(cluster_articles(articles, CROWDED))
    ask(cluster_articles(articles).rethreshold(Settings(covered_share=0.4)))
    StoryClusterer().fit([article.text for article in articles[:50]])
    records = [
        {"id": one.id, "text": one.text, "outlet": one.outlet, "published": one.published and one.published.isoformat()}
        for one in articles
    ]
    path = folder / "news.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in [*records, *marked]), "utf-8")
    ask(cluster_files(path))
    (folder / "news.json").write_text(json.dumps(records), "utf-8")
    ask(cluster_files(folder / "news.json", memory=1 << 20))


def ask(clustering: Any) -> None:
    """All that a clustering tells."""
    list(clustering.story_lines())
    list(clustering.stories)
    list(clustering.matches)
    list(clustering.near_misses)
    clustering.count_statuses()
    ids = list(clustering.ids)
    if len(ids) > 2:
        clustering.story_of(ids[0])
        clustering.explain(ids[0], ids[1])
        clustering.judge_pairs([(ids[0], ids[1]), (ids[2], ids[0])])


def work_an_index(folder: Path) -> None:
    articles = list(simulate(400, seed=3).articles)
    for number, settings in zip(count(), (None, CROWDED), strict=False):
        path = folder / f"{number}.db"
        with StoryIndex.open(path, settings, retention=None, store_text=True) as index:
            for article in articles[:100]:
                index.add(article)
            index.add_many(articles[100:])
            index.add_many(copies(articles[0], 20))
            index.refresh()
            index.add({"id": "marked", "text": f"<p>{articles[5].text} &amp;"})
            index.update({"id": articles[3].id, "text": articles[4].text})
            for article in articles[:10]:
                index.search(article)
            index.search({"text": "too short"})
            index.explain(articles[0].id, articles[1].id)
            index.judge("d1", "u1")
            index.must_link(articles[0].id, articles[1].id)
            index.cannot_link(articles[6].id, articles[7].id)
            index.unlink(articles[0].id, articles[1].id)
            list(index.stories(min_outlets=2))
            list(index.changes())
            list(index.signatures())
            for article in articles[:50]:
                index.remove(article.id)
            index.check()
            index.rebuild(folder / f"{number} anew.db")
        with StoryIndex.open(path) as index, StoryIndex.open(path, read_only=True) as reader:
            reader.search(articles[0])
            index.add_many(articles[:10])
            index.remove(articles[300].id)
            reader.search(articles[0])
            reader.matches_of(articles[0].id)
            index.add_many(articles[10:50])
            index.refresh()
            reader.search(articles[0])
            index.check()
    with StoryIndex.open(":memory:", retention=None) as index:
        index.seed(cluster_articles(articles))
        index.add_many(copies(articles[0], 20))


def main(work: str, folder: Path) -> None:
    if work == "batch":
        warm_up(wholly=True)
        rehearsed = signatures()
        work_a_batch(folder)
    else:
        cluster_articles(list(simulate(400, seed=3).articles))  # to seed an index is a batch's work
        if work == "index":
            rehearse()
        rehearsed = signatures()
        work_an_index(folder)
    for signature in sorted(signatures() - rehearsed):
        print(signature)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
