"""Sharing work among threads: the same results as in a loop, errors and all."""

from __future__ import annotations

import threading

import pytest

from storycluster.threads import map_threads, spans


def test_results_come_in_the_items_order_whoever_made_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storycluster.threads.thread_count", lambda: 3)
    names: set[str] = set()
    all_there = threading.Barrier(3)

    def work(item: int) -> int:
        if item < 3:  # each of three threads takes one
            all_there.wait(20)
        names.add(threading.current_thread().name)
        return item * item

    assert map_threads(work, range(40)) == [item * item for item in range(40)]
    assert threading.current_thread().name in names
    assert len(names) > 1
    assert map_threads(work, []) == []


def test_progress_is_told_in_the_callers_thread_up_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storycluster.threads.thread_count", lambda: 3)
    told: list[tuple[int, bool]] = []
    caller = threading.get_ident()
    map_threads(str, range(25), progress=lambda done: told.append((done, threading.get_ident() == caller)))
    assert told == sorted(told)
    assert told[-1] == (25, True)
    assert all(own for _, own in told)


def test_the_first_error_is_raised_and_nothing_is_begun_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storycluster.threads.thread_count", lambda: 2)
    begun: list[int] = []
    both = threading.Barrier(2)

    def work(item: int) -> None:
        begun.append(item)
        both.wait(20)
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"^0$"):
        map_threads(work, range(10))
    assert sorted(begun) == [0, 1]


def test_spans_cover_all_rows_in_order() -> None:
    for size in (0, 1, 511, 512, 10_000):
        assert [row for span in spans(size) for row in range(span.start, span.stop)] == list(range(size))
