"""Taking time and percentiles, in fresh processes with compiled kernels, and printing them."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from storycluster import Article, StoryIndex
from storycluster.columns import Array
from storycluster.testing import simulate

T = TypeVar("T")


class Laps:
    """Seconds that each of many calls took: on the wall clock, and of this thread's processor time.

    The machine may be shared: what a call was kept waiting shows on the wall clock alone.
    """

    def __init__(self) -> None:
        self._wall: list[float] = []
        self._thread: list[float] = []

    @contextmanager
    def lap(self) -> Iterator[None]:
        """Time what happens within."""
        thread, wall = time.thread_time(), time.perf_counter()
        yield
        self._wall.append(time.perf_counter() - wall)
        self._thread.append(time.thread_time() - thread)

    def __len__(self) -> int:
        return len(self._wall)

    @property
    def wall(self) -> Array:
        """float64: seconds of each call."""
        return np.array(self._wall)

    @property
    def thread(self) -> Array:
        """float64: seconds of processor time of each call."""
        return np.array(self._thread)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of so many items, in order; the last one may be shorter."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def in_fresh_process(work: Callable[..., T], *arguments: Any) -> T:
    """The result of a function of a module, called in a Python of its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(work, *arguments).result()


def compile_kernels() -> None:
    """Use an index in every way once, so that what follows measures neither compiling nor loading."""
    articles = simulate(300, seed=99, words=120).articles
    told = articles[0].text.split()
    crowd = [replace(articles[0], id=f"crowd{i}", text=" ".join([*told, f"version {i}"])) for i in range(80)]
    copies = [replace(articles[1], id=f"copy{i}", outlet=f"Outlet {i}") for i in range(20)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.db"
        with StoryIndex.open(path, refresh_every=50) as index:
            index.add_many([*articles[:200], *crowd, *copies])
        with StoryIndex.open(path, refresh_every=50) as index:
            for article in articles[200:]:
                index.add(article)
            index.search(articles[0])
            for article in [*articles[:100], *crowd, *copies]:
                index.remove(article.id)
            index.refresh()


def on_disk(path: Path) -> int:
    """Bytes of an index's file and of those beside it."""
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def digest(articles: Iterable[Article]) -> str:
    """Names a list of articles: the same ones, the same name."""
    made = hashlib.blake2b(digest_size=6)
    for article in articles:
        made.update(f"{article.id}\0{article.outlet}\0{article.published}\0{article.text}\0".encode())
    return made.hexdigest()


def spent(seconds: Sequence[float] | Array, percent: float) -> str:
    """A percentile of some seconds: in µs, or in ms from 10 ms on."""
    value = float(np.percentile(seconds, percent))
    return f"{value * 1e3:,.1f} ms" if value >= 0.01 else f"{value * 1e6:,.0f} µs"


def conclude(failures: Sequence[str]) -> int:
    """Print what a command found wrong; its exit status."""
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    print("failed" if failures else "passed")
    return bool(failures)
