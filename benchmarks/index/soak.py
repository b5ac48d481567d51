"""Adding, updating, removing and expiring at full speed, with a window: memory and file must stay as they are.

    python -m benchmarks.index.soak                   # one minute
    python -m benchmarks.index.soak --minutes 30

Simulated news comes again and again under other ids and later dates, ``--window`` articles of it at a time; a tenth of
them are updated, a twentieth removed. Within the first third of the time the window must be full; then what is
resident and what is on the disk, beyond an empty index, is compared between the second third and the last.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.index.measure import (
    compile_kernels,
    conclude,
    digest,
    in_fresh_process,
    on_disk,
)
from benchmarks.machine import resident, versions
from storycluster import Article, StoryIndex
from storycluster.testing import simulate

NOON = datetime(2025, 3, 2, 12, tzinfo=UTC)
STEP = timedelta(seconds=30)
"""Between two arrivals, as the articles tell it."""
UPDATED, REMOVED = 0.1, 0.05
BATCHED = 0.5
"""Share of the articles that come in batches ..."""
BATCH = 50
"""... of so many."""
SAMPLES = 60
MOST_GROWTH = 1.05
"""The last third's median over the second third's, of memory what is beyond that of an empty index."""


@dataclass(frozen=True)
class Sample:
    """How things stand.

    Args:
        seconds: Since the beginning.
        calls: Articles added, updated or removed so far.
        articles: Live articles.
        resident: Bytes of the process in memory.
        columns: Bytes of the index's columns.
        file: Bytes on the disk.
    """

    seconds: float
    calls: int
    articles: int
    resident: int
    columns: int
    file: int


def news(pool: tuple[Article, ...]) -> Iterator[tuple[Article, datetime]]:
    """Articles without end, and when they arrive."""
    for again in count():
        for i, article in enumerate(pool):
            at = NOON + STEP * (again * len(pool) + i)
            yield replace(article, id=f"{article.id}-{again}", published=at - timedelta(hours=i % 7)), at


def run_soak(seconds: float, window: int) -> list[Sample]:
    """Work for so long; samples over time."""
    compile_kernels()
    pool = simulate(3 * window, seed=11).articles
    random, calls = Random(11), 0
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.db"
        with StoryIndex.open(path, retention=STEP * window, keep_changes=timedelta(seconds=seconds / 10)) as index:
            arriving = news(pool)
            began = time.monotonic()
            while (now := time.monotonic() - began) < seconds:
                if now >= len(samples) * seconds / SAMPLES:
                    columns = index.stats().memory_bytes
                    samples.append(Sample(now, calls, len(index), resident(), columns, on_disk(path)))
                if random.random() < BATCHED / BATCH:
                    batch = [next(arriving) for _ in range(BATCH)]
                    index.add_many((article for article, _ in batch), received=batch[-1][1])
                    calls += BATCH
                    continue
                article, at = next(arriving)
                index.add(article, received=at)
                calls += 1
                if random.random() < UPDATED:
                    index.update(replace(article, text=f"{article.text}\n\nUpdated at {at:%H:%M}."), received=at)
                    calls += 1
                if random.random() < REMOVED:
                    index.remove(article.id)
                    calls += 1
    return samples


def flat(name: str, samples: list[Sample], figure: str) -> list[str]:
    """What is not flat about a figure."""
    values = np.array([getattr(sample, figure) - getattr(samples[0], figure) for sample in samples])
    third = len(values) // 3
    second, last = float(np.median(values[third : 2 * third])), float(np.median(values[2 * third :]))
    print(f"{name}: {last / second - 1:+.1%} from the second third to the last")
    if last > MOST_GROWTH * second:
        return [f"{name} is not flat: {second:,.0f} bytes in the second third, {last:,.0f} in the last"]
    return []


def main() -> int:
    parser = argparse.ArgumentParser(description="Work at full speed with a window; memory and file must stay flat.")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--window", type=int, default=None, metavar="N", help="live articles (2,000 a minute, 20,000)")
    given = parser.parse_args()
    window = given.window or int(min(20_000, 2_000 * given.minutes))
    in_fresh_process(compile_kernels)
    print(versions())
    print(f"a window of {window:,} articles, digest {digest(simulate(3 * window, seed=11).articles)}\n")
    samples = in_fresh_process(run_soak, 60 * given.minutes, window)
    print(
        "| seconds | calls | live articles | resident, MB | columns, MB | file, MB |\n|---:|---:|---:|---:|---:|---:|"
    )
    for sample in samples[:: max(1, len(samples) // 20)]:
        print(
            f"| {sample.seconds:,.0f} | {sample.calls:,} | {sample.articles:,} | {sample.resident / 1e6:,.1f} "
            f"| {sample.columns / 1e6:,.1f} | {sample.file / 1e6:,.1f} |"
        )
    print()
    failures = []
    full = next((i for i, sample in enumerate(samples) if sample.articles >= 0.9 * window), len(samples))
    if full > len(samples) // 3:
        failures.append(f"the window was not full within a third of the time ({samples[-1].calls:,} calls)")
    failures += flat("resident memory", samples, "resident") + flat("file", samples, "file")
    return conclude(failures)


if __name__ == "__main__":
    sys.exit(main())
