"""Sharing array work among threads; the kernels let go of the interpreter's lock."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np

T = TypeVar("T")
R = TypeVar("R")


def thread_count() -> int:
    """How many threads may work at once: the processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_threads(
    work: Callable[[T], R], items: Iterable[T], *, progress: Callable[[int], None] = lambda _: None
) -> list[R]:
    """``[work(item) for item in items]``, in threads where there is more than one item.

    The caller's thread works, too: on many small parts a pool's bookkeeping costs more than they do. Where some fail,
    the error of the first of these is raised, and no further ones are begun.

    Args:
        work: Called in any thread.
        items: What to work on.
        progress: Called in the caller's thread with the number of items that are done.
    """
    items = list(items)
    if len(items) == 1:
        only = work(items[0])
        progress(1)
        return [only]
    results: dict[int, R] = {}
    errors: dict[int, BaseException] = {}
    places = iter(range(len(items)))
    taking = threading.Lock()

    def take_part(told: Callable[[int], None]) -> None:
        while not errors:
            with taking:
                place = next(places, None)
            if place is None:
                return
            try:
                results[place] = work(items[place])
            except BaseException as error:
                errors[place] = error
            told(len(results))

    others = [
        threading.Thread(target=take_part, args=(lambda _: None,), name="storycluster")
        for _ in range(min(thread_count(), len(items)) - 1)
    ]
    for thread in others:
        thread.start()
    try:
        take_part(progress)
    finally:
        for _ in places:  # the caller's own error: no further ones
            pass
        for thread in others:
            thread.join()
    if errors:
        raise errors[min(errors)]
    if others:
        progress(len(results))
    return [results[place] for place in range(len(items))]


def in_turn(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """``map(work, items)`` in threads, with a few items at once on their way: for more than memory would hold.

    Items are taken in the caller's thread, and results given there, in order.
    """
    ahead = thread_count()
    with ThreadPoolExecutor(ahead) as pool:
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def spans(size: int, least: int = 256) -> list[slice]:
    """``size`` rows cut into a few consecutive slices a thread, none below ``least`` rows."""
    if size < 2 * least:
        return [slice(0, size)]
    parts = min(4 * thread_count(), size // least)
    cuts = np.linspace(0, size, parts + 1).astype(int).tolist()
    return [slice(low, high) for low, high in pairwise(cuts)]
