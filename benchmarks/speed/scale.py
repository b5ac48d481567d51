"""Ten times the articles: how many times the time, and how much memory beyond the articles.

    python -m benchmarks.speed.scale --sizes 100000,1000000

Simulated news in English; each size in a process of its own, from articles in memory to stories.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time

from benchmarks.machine import most_resident, processor_seconds, resident, versions
from benchmarks.speed.news import SEED
from storycluster import cluster_articles
from storycluster.testing import iter_articles


def measure(size: int, words: int) -> dict[str, float]:
    """One size, in this process."""
    articles = list(iter_articles(size, seed=SEED, words=words))
    cluster_articles(articles[:60])
    gc.collect()
    gc.disable()
    before, busy, began = resident(), processor_seconds(), time.perf_counter()
    stories = len(cluster_articles(articles))
    seconds, busy = time.perf_counter() - began, processor_seconds() - busy
    megabytes = sum(len(article.text.encode()) for article in articles) / 1e6
    return {
        "articles": size, "megabytes": megabytes, "stories": stories, "seconds": seconds, "processor_seconds": busy,
        "peak_megabytes": (most_resident() - before) / 1e6,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Ten times the articles: how many times the time and memory.")
    parser.add_argument("--sizes", default="20000,200000", metavar="N,N")
    parser.add_argument("--words", type=int, default=400, metavar="N", help="words of an article, on average")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.words)))
        return
    print(versions())
    print("\n| articles | MB | stories | seconds | processor seconds | × | × | MB beyond the articles |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    last: dict[str, float] = {}
    for size in map(int, given.sizes.split(",")):
        command = [sys.executable, "-m", "benchmarks.speed.scale", "--one", str(size), "--words", str(given.words)]
        row = json.loads(subprocess.check_output(command))
        times = [f"{row[key] / last[key]:.1f}" if last else "" for key in ("seconds", "processor_seconds")]
        print(
            f"| {size:,} | {row['megabytes']:,.0f} | {row['stories']:,} | {row['seconds']:.2f} "
            f"| {row['processor_seconds']:.2f} | {times[0]} | {times[1]} | {row['peak_megabytes']:,.0f} |",
            flush=True,
        )
        last = row


if __name__ == "__main__":
    main()
