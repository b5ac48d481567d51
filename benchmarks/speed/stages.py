"""Where our own time goes, against what the machine can do at best.

    python -m benchmarks.speed.stages --news-data DIR
    python -m benchmarks.speed.stages --size 20000
    python -m benchmarks.speed.stages --news-data DIR --write      # also docs/speed-stages.json

Everything takes turns within one process, the garbage collector off; the figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.machine import machine, versions
from benchmarks.speed.__main__ import DOCS
from benchmarks.speed.contestants import load
from benchmarks.speed.news import News, real_news, simulated_news
from benchmarks.speed.walls import bare_loop, copy, parse, read_once
from storycluster import Article, Settings, batch, candidates, cluster_articles, clustering, furniture, grouping
from storycluster.fingerprint import encode_texts, fingerprint_texts
from storycluster.testing import simulate

SCRIPTS = (("Latin", "en", True), ("Arabic", "ar", True), ("Cyrillic", "ru", True), ("Han", "zh", False))
SCRIPT_ARTICLES = 2_000
Timed = dict[str, list[float]]
FIRST = "take in"
BEGINS = (
    ("catalog", batch, "ListRegister"),
    ("fingerprint", batch, "fingerprint_texts"),
    ("collapse duplicates", candidates, "collapse_texts"),
    ("index samples", candidates, "index_samples"),
    ("learn furniture", furniture, "recurring_samples"),
    ("propose pairs", candidates, "propose_pairs"),
    ("verify", clustering.Road, "sift"),
    ("group", grouping, "group"),
)
"""The stages after the first, and what the road calls at the beginning of each."""


@contextmanager
def one_core() -> Iterator[None]:
    """Only one of the processors that this process may run on."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def timed(seconds: Timed, name: str) -> Iterator[None]:
    """Keep how long something takes."""
    began = time.perf_counter()
    yield
    seconds.setdefault(name, []).append(time.perf_counter() - began)


def walk(articles: Sequence[Article], settings: Settings, seconds: Timed) -> None:
    """``cluster_articles``, its time by the stage: each lasts until the road comes to what the next one begins with.

    Raises:
        RuntimeError: The road went another way than BEGINS.
    """
    reached: list[str] = []
    moments: list[float] = []

    def reach(stage: str) -> None:
        reached.append(stage)
        moments.append(time.perf_counter())

    def announcing(stage: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            reach(stage)
            return step(*arguments, **options)

        return called

    with ExitStack() as announced:
        for stage, owner, name in BEGINS:
            announced.enter_context(patch.object(owner, name, announcing(stage, getattr(owner, name))))
        reach(FIRST)
        cluster_articles(articles, settings)
        moments.append(time.perf_counter())
    if reached != [FIRST, *(stage for stage, *_ in BEGINS)]:
        raise RuntimeError(f"BEGINS: expected what the road calls, once each and in order; it went {reached}")
    for stage, (begin, end) in zip(reached, pairwise(moments), strict=True):
        seconds.setdefault(stage, []).append(end - begin)


def measure(news: News, rounds: int) -> dict[str, Any]:
    """Stages, limits and cores on one corpus."""
    articles = load(news.path)
    lines = news.path.read_bytes().splitlines()
    data, _ = encode_texts([article.text for article in articles])
    stages: Timed = {}
    limits: Timed = {}
    walk(articles[:50], Settings(), {})
    bare_loop([article.text for article in articles[:50]], spaced=True)  # compiles
    clustering = cluster_articles(articles)
    stories, pairs = clustering.stories, (len(clustering._road.proposed), len(clustering._candidates))
    for _ in range(rounds):
        gc.collect()
        walk(articles, Settings(), stages)
        with timed(limits, "text → stories"):
            cluster_articles(articles)
        with one_core(), timed(limits, "text → stories, one core"):
            cluster_articles(articles)
        with timed(limits, "orjson parses the JSONL"):
            parse(lines)
        with timed(limits, "fingerprints"):
            fingerprint_texts([article.text for article in articles])
        with one_core(), timed(limits, "fingerprints, one core"):
            fingerprint_texts([article.text for article in articles])
        with one_core(), timed(limits, "bare loop, one core"):
            bare_loop([article.text for article in articles], spaced=True)
        with timed(limits, "every Story built"):
            list(stories)
        with timed(limits, "bytes copied"):
            copy(data)
        with timed(limits, "bytes read once"):
            read_once(data)
    whole = sum(map(statistics.median, stages.values()))

    def row(name: str, values: list[float]) -> dict[str, Any]:
        seconds = statistics.median(values)
        return {"name": name, "seconds": round(seconds, 5), "megabytes_per_second": round(news.size / 1e6 / seconds, 1)}

    return {
        "corpus": news.name, "articles": news.articles, "megabytes": round(news.size / 1e6, 2), "digest": news.digest,
        "rounds": rounds,
        "proposed": round(pairs[0] / len(articles), 2), "compared": round(pairs[1] / len(articles), 2),
        "stages": [
            row(name, values) | {"share": round(statistics.median(values) / whole, 3)}
            for name, values in stages.items()
        ],
        "limits": [row(name, values) for name, values in limits.items()],
    }  # fmt: skip


def measure_scripts(rounds: int) -> list[dict[str, Any]]:
    """Fingerprints against the bare loop, by script, on one core."""
    rows = []
    for script, language, spaced in SCRIPTS:
        texts = [article.text for article in simulate(SCRIPT_ARTICLES, seed=5, languages=(language,)).articles]
        seconds: Timed = {}
        with one_core():
            runs: tuple[tuple[str, Callable[[], object]], ...] = (
                ("ours", lambda texts=texts: fingerprint_texts(texts)),  # type: ignore[misc]  # lambdas have no types
                ("bare", lambda texts=texts, spaced=spaced: bare_loop(texts, spaced=spaced)),  # type: ignore[misc]  # as above
            )
            for _ in range(rounds + 1):
                for name, run in runs:
                    with timed(seconds, name):
                        run()
        ours, bare = (statistics.median(seconds[name][1:]) for name in ("ours", "bare"))
        size = sum(len(text.encode()) for text in texts) / 1e6
        rows.append(
            {"script": script, "megabytes": round(size, 2), "megabytes_per_second": round(size / ours, 1),
             "bare_megabytes_per_second": round(size / bare, 1), "times_bare": round(ours / bare, 2)}
        )  # fmt: skip
    return rows


def show(found: dict[str, Any]) -> None:
    """Print one corpus."""
    print(f"\n{found['corpus']}: {found['articles']:,} articles, {found['megabytes']} MB, digest {found['digest']}\n")
    print("| stage | seconds | MB/s | share |\n|---|---:|---:|---:|")
    for row in found["stages"]:
        print(f"| {row['name']} | {row['seconds']:.4f} | {row['megabytes_per_second']:,.0f} | {row['share']:.0%} |")
    seconds = {row["name"]: row["seconds"] for row in found["limits"]}
    print("\n| beside it | seconds | MB/s |\n|---|---:|---:|")
    for row in found["limits"]:
        print(f"| {row['name']} | {row['seconds']:.4f} | {row['megabytes_per_second']:,.0f} |")
    print(
        f"\ntext → stories takes {seconds['text → stories'] / seconds['orjson parses the JSONL']:.2f} × orjson's time; "
        f"all cores are {seconds['text → stories, one core'] / seconds['text → stories']:.2f} × one "
        f"(fingerprints {seconds['fingerprints, one core'] / seconds['fingerprints']:.2f} ×); "
        f"{found['proposed']} pairs an article are proposed, {found['compared']} compared",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Where our own time goes, against what the machine can do at best.")
    parser.add_argument("--news-data", default=os.environ.get("STORYCLUSTER_NEWS_DATA"), metavar="DIR")
    parser.add_argument("--real-size", type=int, metavar="N", help="articles of real news; all if left out")
    parser.add_argument("--size", type=int, default=20_000, metavar="N", help="articles of simulated news")
    parser.add_argument("--words", type=int, default=400, metavar="N", help="words of a simulated article, on average")
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--write", action="store_true", help="write docs/speed-stages.json")
    given = parser.parse_args()
    result: dict[str, Any] = {
        "command": " ".join(["python -m benchmarks.speed.stages", *sys.argv[1:]]),
        "machine": machine(),
    }
    if given.news_data:
        result["command"] = result["command"].replace(given.news_data, "…")
    print(versions())
    gc.disable()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora = [simulated_news(folder, given.size, given.words, ["en"])]
        if given.news_data:
            corpora.insert(0, real_news(folder, Path(given.news_data), given.real_size))
        result["corpora"] = [measure(news, given.rounds) for news in corpora]
    for found in result["corpora"]:
        show(found)
    result["scripts"] = measure_scripts(given.rounds)
    print("\n| fingerprints, one core | MB/s | bare loop MB/s | times the bare loop |\n|---|---:|---:|---:|")
    for row in result["scripts"]:
        print(
            f"| {row['script']} | {row['megabytes_per_second']:.0f} | {row['bare_megabytes_per_second']:.0f} "
            f"| {row['times_bare']:.2f} |"
        )
    if given.write:
        (DOCS / "speed-stages.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
