"""Real corpora through the command line: articles, stories, multi-outlet stories, seconds.

    python -m benchmarks.corpora --news-data DIR

Each file is clustered three times in a process of its own; the seconds are the median, the program's start included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import versions

CORPORA = ("groundnews-dev", "saudinewsnet-early", "reuters21578", "bbc", "basil", "allsides-12k")
RUNS = 3


def measure(path: Path) -> tuple[int, int, int, float]:
    """Articles, stories, stories of several outlets, and seconds."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "stories.jsonl"
        for _ in range(RUNS):
            began = time.perf_counter()
            command = [sys.executable, "-m", "storycluster", "cluster", str(path), "-o", str(out)]
            subprocess.run(command, check=True, capture_output=True)
            seconds.append(time.perf_counter() - began)
        with out.open("rb") as file:
            stories = [json.loads(line) for line in file]
    articles = sum(len(story["copies"]) for story in stories)
    several = sum(len(story["outlets"]) > 1 for story in stories)
    return articles, len(stories), several, statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description="Cluster real corpora from the command line.")
    parser.add_argument("--news-data", default=os.environ.get("STORYCLUSTER_NEWS_DATA"), metavar="DIR")
    given = parser.parse_args()
    if not given.news_data:
        parser.error("no real news: pass --news-data DIR or set STORYCLUSTER_NEWS_DATA")
    subprocess.run([sys.executable, "-m", "storycluster", "demo"], check=True, capture_output=True)  # compiles
    print(f"{versions()}\n")
    print("| corpus | articles | stories | run by several outlets | seconds |")
    print("|---|---:|---:|---:|---:|")
    for name in CORPORA:
        articles, stories, several, seconds = measure(Path(given.news_data) / f"{name}.jsonl.gz")
        print(f"| {name} | {articles:,} | {stories:,} | {several:,} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
