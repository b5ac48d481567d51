"""Floods: many articles that share a paragraph, copies and near-copies of one text, one outlet's form; and their end.

    python -m benchmarks.index.flood            # a tenth
    python -m benchmarks.index.flood --full
    python -m benchmarks.index.flood --only copies --in-memory

Each flood goes into an index of its own, in a fresh process, one ``add`` after the other, refreshes included. Then it
expires: as many single articles follow as that takes, the first of them after the retention. No add may take more than
50 ms, and memory may not grow faster than the articles do. ``--by cpu`` (the default) holds an add's processor time to
that, as others may use the machine; ``--by clock`` its time on the clock.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.index.measure import (
    Laps,
    compile_kernels,
    conclude,
    digest,
    in_fresh_process,
    spent,
)
from benchmarks.machine import resident, versions
from storycluster import Article, StoryIndex
from storycluster.columns import Array
from storycluster.testing import compose

MOST_SECONDS = 0.05
MOST_GROWTH = 1.25
"""Bytes an article in the end over those at half of the flood."""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RETENTION = timedelta(days=3)
WITHIN = timedelta(days=2)
"""A flood arrives within so long."""
TENTH = 10


def words(random: Random, count: int) -> str:
    """Words that no other article is likely to share a run of."""
    return " ".join(f"w{random.randrange(20_000)}" for _ in range(count))


def when(i: int, count: int) -> datetime:
    """When the i-th of so many articles of a flood arrives."""
    return NOON + WITHIN * (i / count)


def sharing_a_paragraph(count: int) -> Iterator[Article]:
    """Articles of their own, of 500 outlets, with a paragraph in common."""
    random = Random(5)
    paragraph = compose("p", seed=2, words=60).text.replace("\n", " ")
    for i in range(count):
        yield Article(
            f"p{i}", f"{words(random, 120)}\n\n{paragraph}", f"Title {i}", f"Outlet {i % 500}", None, when(i, count)
        )


def copies(count: int) -> Iterator[Article]:
    """One text, run by 2,000 outlets within days."""
    random = Random(6)
    text = compose("c", seed=3, words=400).text
    for i in range(count):
        published = when(i, count) - timedelta(minutes=random.randrange(2_000))
        yield Article(f"c{i}", text, f"Title {i % 50}", f"Outlet {random.randrange(2_000)}", None, published)


def near_copies(count: int) -> Iterator[Article]:
    """One text with a few words changed each time: from the 65th on, more than a bucket pairs with each other."""
    random = Random(7)
    told = compose("n", seed=4, words=400).text.split()
    for i in range(count):
        changed = list(told)
        for _ in range(random.randrange(1, 12)):
            changed[random.randrange(len(changed))] = f"x{random.randrange(10**6)}"
        yield Article(f"n{i}", " ".join(changed), "Title", f"Outlet {random.randrange(500)}", None, when(i, count))


def one_form(count: int) -> Iterator[Article]:
    """One outlet's form, filled in anew each time."""
    random = Random(8)
    told = compose("f", seed=5, words=200).text.split()
    for i in range(count):
        filled = [str(random.randrange(10**5)) if k % 9 == 4 else word for k, word in enumerate(told)]
        yield Article(f"f{i}", " ".join(filled), f"Report {i}", "Norhavn Exchange", None, when(i, count))


FLOODS: dict[str, tuple[int, Callable[[int], Iterator[Article]]]] = {
    "paragraph": (100_000, sharing_a_paragraph),
    "copies": (50_000, copies),
    "form": (20_000, one_form),
    "near-copies": (5_000, near_copies),
}
"""Name → articles in full, and how they are made."""


@dataclass(frozen=True)
class Flood:
    """What a flood took.

    Args:
        wall: float64: seconds of each add on the clock.
        thread: float64: the same of processor time.
        bytes_an_article: At each tenth of the flood: columns in memory by article.
        resident: Bytes of the process beyond what it had before, in the end.
        stories: How many stories it made.
        digest: Of the articles.
        expired_wall: float64: seconds on the clock of each add while the flood expires.
        expired_thread: float64: the same of processor time.
        left: Articles of the flood that are still there in the end.
        left_bytes: Bytes of the columns then, opened anew.
    """

    wall: Array
    thread: Array
    bytes_an_article: list[float]
    resident: int
    stories: int
    digest: str
    expired_wall: Array
    expired_thread: Array
    left: int
    left_bytes: int


def run_flood(name: str, count: int, path: str) -> Flood:
    """Let a flood come and go."""
    compile_kernels()
    make = FLOODS[name][1]
    bare = resident()
    laps, sizes, dry = Laps(), [], Laps()
    with StoryIndex.open(path, retention=RETENTION, keep_changes=timedelta(0)) as index:
        for i, article in enumerate(make(count)):
            with laps.lap():
                index.add(article, received=when(i, count))
            if (i + 1) % max(1, count // 10) == 0:
                sizes.append(index.stats().memory_bytes / (i + 1))
        grown, stories = resident() - bare, index.count_stories()
        random, after = Random(9), NOON + WITHIN + RETENTION + timedelta(hours=1)
        fresh = 0
        while len(index) > fresh and fresh < count:
            article = Article(f"dry{fresh}", words(random, 100), "", f"Outlet {fresh % 50}", None, after)
            with dry.lap():
                index.add(article, received=after)
            fresh += 1
        left = len(index) - fresh
        index.expire(before=after + timedelta(hours=1))
        left_bytes = index.stats().memory_bytes
    return Flood(
        laps.wall, laps.thread, sizes, grown, stories, digest(make(count)), dry.wall, dry.thread, left, left_bytes
    )


def row(name: str, wall: Array, thread: Array) -> str:
    """A line of the table on adds."""
    over = int((thread > MOST_SECONDS).sum())
    return (
        f"| {name} | {wall.size:,} | {spent(wall, 50)} | {spent(wall, 99)} | {spent(wall, 100)} "
        f"| {spent(thread, 50)} | {spent(thread, 99)} | {spent(thread, 100)} "
        f"| {int(thread.argmax()) + 1:,} | {over:,} |"
    )


def shortfalls(name: str, flood: Flood, by: str) -> list[str]:
    """What a flood shows that it must not."""
    found = []
    for what, wall, thread in (
        ("adding", flood.wall, flood.thread), ("expiring", flood.expired_wall, flood.expired_thread)
    ):  # fmt: skip
        seconds = wall if by == "clock" else thread
        if seconds.size and seconds.max() > MOST_SECONDS:
            worst = int(seconds.argmax()) + 1
            found.append(
                f"{name}, {what}: {int((seconds > MOST_SECONDS).sum()):,} adds took more than 50 ms, "
                f"the {worst:,}th {seconds.max() * 1e3:,.0f} ms"
            )
    if flood.bytes_an_article[-1] > MOST_GROWTH * flood.bytes_an_article[4]:
        found.append(f"{name}: memory grows faster than the articles: {flood.bytes_an_article}")
    if flood.left:
        found.append(f"{name}: {flood.left:,} articles of the flood are still there")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Floods, and what an add takes in them.")
    parser.add_argument("--full", action="store_true", help="all of each flood instead of a tenth")
    parser.add_argument("--only", choices=FLOODS, action="append", help="these floods alone")
    parser.add_argument("--in-memory", action="store_true", help="an index in memory instead of one on file")
    parser.add_argument("--by", choices=("clock", "cpu"), default="cpu", help="what is held to 50 ms")
    given = parser.parse_args()
    in_fresh_process(compile_kernels)
    print(versions())
    print(f"an index {'in memory' if given.in_memory else 'on file'}\n")
    print("| flood | adds | median | 99 % | most | processor time: median | 99 % | most | worst add | over 50 ms |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    failures, notes = [], []
    for name in given.only or FLOODS:
        count = FLOODS[name][0] // (1 if given.full else TENTH)
        with tempfile.TemporaryDirectory() as folder:
            path = ":memory:" if given.in_memory else str(Path(folder) / "flood.db")
            began = time.perf_counter()
            flood = in_fresh_process(run_flood, name, count, path)
            took = time.perf_counter() - began
        print(row(name, flood.wall, flood.thread))
        print(row(f"{name}, expiring", flood.expired_wall, flood.expired_thread), flush=True)
        sizes = ", ".join(f"{size:,.0f}" for size in np.array(flood.bytes_an_article)[[0, 4, 9]])
        notes.append(
            f"{name} (digest {flood.digest}, {took:,.0f} s): {flood.stories:,} stories; columns take {sizes} bytes an "
            f"article at a tenth, a half and all of it, the process {flood.resident / count:,.0f}"
        )
        failures += shortfalls(name, flood, given.by)
    print("\n" + "\n".join(notes))
    return conclude(failures)


if __name__ == "__main__":
    sys.exit(main())
