"""File to file: simulated articles as JSON lines in, stories as JSON lines out, beside the same without files.

    python -m benchmarks.files --size 100000                 # generated anew, in the temporary folder
    python -m benchmarks.files --size 1000000 --folder DIR   # generated once, kept in DIR
    python -m benchmarks.files --size 1000000 --memory 3GB --only files

Each measurement is a process of its own with its kernels loaded; they take turns, and medians are told.

files    ``cluster_files`` and ``Clustering.story_lines``: from the file to the file of stories
packed   the same from the file packed with gzip
parse    ``orjson.loads`` of each line, garbage collector off, and nothing else
texts    ``cluster_articles`` of Articles in memory, to the labels: text to stories
objects  what it takes on top of texts to have all Story objects, and to write them

CPU seconds are those of all threads together; unlike seconds they bear other work on the machine.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import orjson

from storycluster import __version__, cluster_articles, cluster_files, read_articles, write_stories
from storycluster.cli.options import read_bytes
from storycluster.cli.road import warm_up
from storycluster.testing import iter_articles

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Job:
    """What one measurement reads, where it may write, and how much memory it is told to take."""

    path: Path
    out: Path
    memory: int | None


class Watch:
    """Seconds by the wall and of all threads since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Figures:
        """What has passed."""
        return {"seconds": time.perf_counter() - self._wall, "cpu": time.process_time() - self._cpu}


def generate(path: Path, size: int) -> None:
    """Write so many simulated articles of about 2.4 KB."""
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        for article in iter_articles(size, seed=1):
            file.write(orjson.dumps(article.to_mapping()) + b"\n")
    beside.rename(path)


def by_files(job: Job) -> Figures:
    warm_up()
    watch = Watch()
    clustering = cluster_files(job.path, memory=job.memory)
    writing = Watch()
    with job.out.open("wb") as file:
        file.writelines(clustering.story_lines())
    return watch.read() | {"writing": writing.read()["seconds"]}


def by_parsing(job: Job) -> Figures:
    gc.disable()
    loads = orjson.loads
    watch = Watch()
    with job.path.open("rb") as file:
        for line in file:
            loads(line)
    return watch.read()


def by_texts(job: Job) -> Figures:
    warm_up()
    articles = list(read_articles(job.path))
    gc.freeze()
    watch = Watch()
    cluster_articles(articles)
    return watch.read()


def by_objects(job: Job) -> Figures:
    warm_up()
    clustering = cluster_articles(read_articles(job.path))
    gc.freeze()
    watch = Watch()
    stories = list(clustering.stories)
    writing = Watch()
    with job.out.open("wb") as file:
        write_stories(stories, file)
    return watch.read() | {"writing": writing.read()["seconds"]}


MEASURES: dict[str, Callable[[Job], Figures]] = {
    "files": by_files, "packed": by_files, "parse": by_parsing, "texts": by_texts, "objects": by_objects,
}  # fmt: skip


def peaks() -> Figures:
    """Most memory that the process has had, mapped files included, and what is its own now, where the system tells."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {"peak": kilobytes * (1.0 if sys.platform == "darwin" else 1024.0)}
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        found["own"] = int(lines.get("RssAnon", "0 kB").split()[0]) * 1024.0
    return found


def run_apart(way: str, path: Path, out: Path, memory: str | None) -> Figures:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.files", "--measure", way, str(path), str(out)]
    command += ["--memory", memory] if memory else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure file to file.")
    parser.add_argument("--size", type=int, default=100_000, help="articles")
    parser.add_argument("--folder", type=Path, help="where to keep what is generated")
    parser.add_argument("--memory", help="as for storycluster cluster")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        way, path, out = given.measure
        job = Job(Path(path), Path(out), read_bytes(given.memory) if given.memory else None)
        print(json.dumps(MEASURES[way](job) | peaks()))
        return
    with tempfile.TemporaryDirectory() as temporary:
        path = (given.folder or Path(temporary)) / f"simulated-{given.size}.jsonl"
        if not path.exists():
            generate(path, given.size)
        packed = Path(temporary) / "packed.jsonl.gz"
        if "packed" in given.only:
            with path.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as file:
                shutil.copyfileobj(plain, file)
        warm_up()  # compiles
        found: dict[str, list[Figures]] = {way: [] for way in given.only}
        for _ in range(given.runs):
            for way in given.only:
                source = packed if way == "packed" else path
                found[way].append(run_apart(way, source, Path(temporary) / "stories.jsonl", given.memory))
        size = path.stat().st_size
    print(
        f"{given.size:,} articles, {size / 1e6:,.0f} MB, memory {given.memory or 'as it comes'}, {given.runs} runs; "
        f"storycluster {__version__}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"Numba {numba.__version__}, orjson {orjson.__version__}, {os.cpu_count()} cores\n"
    )
    print(
        "| way | s | CPU s | articles/s | MB/s | s writing | peak GB | own GB | s ÷ parse | s ÷ texts | CPU ÷ texts |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")

    def middle(way: str, figure: str) -> float:
        return statistics.median(run.get(figure, 0.0) for run in found[way])

    for way in found:
        seconds = middle(way, "seconds")
        ratios = [
            f"{middle(way, figure) / middle(other, figure):.2f}" if other in found else ""
            for other, figure in (("parse", "seconds"), ("texts", "seconds"), ("texts", "cpu"))
        ]
        print(
            f"| {way} | {seconds:.2f} | {middle(way, 'cpu'):.2f} | {given.size / seconds:,.0f} | "
            f"{size / seconds / 1e6:,.0f} | {middle(way, 'writing'):.2f} | {middle(way, 'peak') / 1e9:.2f} | "
            f"{middle(way, 'own') / 1e9:.2f} | {' | '.join(ratios)} |"
        )


if __name__ == "__main__":
    main()
