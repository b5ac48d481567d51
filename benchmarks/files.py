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

CPU seconds are those of all threads together; unlike seconds they bear other work on the machine. ``peak`` is the most
memory that the process has had till then, mapped files included; ``own`` what it has of its own when it is done.

Of files, a second table tells what reading (fingerprints included), matching and writing (the judging of members
included) take, each with the memory at its end.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.machine import most_resident, own, versions
from storycluster import cluster_articles, cluster_files, read_articles, write_stories
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
        """What has passed, and the memory that there is by now: the most so far, and the process's own."""
        passed = {"seconds": time.perf_counter() - self._wall, "cpu": time.process_time() - self._cpu}
        return passed | {"peak": most_resident(), "own": own()}


def generate(path: Path, size: int) -> None:
    """Write so many simulated articles of about 2.4 KB."""
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        for article in iter_articles(size, seed=1):
            file.write(orjson.dumps(article.to_mapping()) + b"\n")
    beside.rename(path)


def by_files(job: Job) -> Figures:
    warm_up()
    found: Figures = {}
    watch = part = Watch()

    def end(stage: str) -> None:
        nonlocal part
        found.update({f"{stage} {name}": value for name, value in part.read().items()})
        part = Watch()

    def progress(stage: str, _done: int, _total: int) -> None:
        if stage == "matching":  # told once, when it begins
            end("reading")

    clustering = cluster_files(job.path, memory=job.memory, progress=progress)
    end("matching")
    with job.out.open("wb") as file:
        file.writelines(clustering.story_lines())
    end("writing")
    return watch.read() | found | {"stories": len(clustering)}


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
    return watch.read() | {"writing seconds": writing.read()["seconds"], "stories": len(stories)}


MEASURES: dict[str, Callable[[Job], Figures]] = {
    "files": by_files, "packed": by_files, "parse": by_parsing, "texts": by_texts, "objects": by_objects,
}  # fmt: skip
STAGES = ("reading", "matching", "writing")
"""Of files."""


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
        print(json.dumps(MEASURES[way](job)))
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
        f"{versions('orjson')}\n"
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
            f"{size / seconds / 1e6:,.0f} | {middle(way, 'writing seconds'):.2f} | {middle(way, 'peak') / 1e9:.2f} | "
            f"{middle(way, 'own') / 1e9:.2f} | {' | '.join(ratios)} |"
        )
    staged = [way for way in found if MEASURES[way] is by_files]
    if staged:
        print("\n| way | stage | s | CPU s | peak GB | own GB |\n|---|---|---:|---:|---:|---:|")
    for way in staged:
        for stage in STAGES:
            seconds, cpu, peak, own_bytes = (
                middle(way, f"{stage} {figure}") for figure in ("seconds", "cpu", "peak", "own")
            )
            print(f"| {way} | {stage} | {seconds:.2f} | {cpu:.2f} | {peak / 1e9:.2f} | {own_bytes / 1e9:.2f} |")
    for way in found:
        if middle(way, "stories"):
            print(f"\n{way}: {middle(way, 'stories'):,.0f} stories", end="")
    print()


if __name__ == "__main__":
    main()
