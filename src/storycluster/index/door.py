"""One thread at a time in an index, and no process but the one that opened it.

What an index has in memory, its transactions and its connection are one state: a call that came in the middle of
another one would see half of it, and write that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import wraps
from threading import RLock
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from storycluster.errors import StoreError

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Given = TypeVar("Given", covariant=True)


class Door:
    """Lets one thread at a time into an index, the same one as often as it comes."""

    def __init__(self) -> None:
        self._lock, self._process = RLock(), os.getpid()

    @property
    def is_own(self) -> bool:
        """Whether this process opened the index."""
        return os.getpid() == self._process

    def entered(self) -> AbstractContextManager[Any]:
        """Within, the calling thread is alone.

        Raises:
            StoreError: Another process opened the index: this one was forked from it.
        """
        if not self.is_own:  # its lock may be held for ever here, its connection is the other one's
            raise StoreError(
                f"this index was opened by another process ({self._process}), from which this one was forked; open it "
                "here anew"
            )
        return self._lock


class Guarded(Protocol):
    """What has a door."""

    _door: Door


Own = TypeVar("Own", bound=Guarded)


def alone(method: Callable[Concatenate[Own, Asked], Answer]) -> Callable[Concatenate[Own, Asked], Answer]:
    """A method whose calls find the thread alone."""

    @wraps(method)
    def entered(self: Own, /, *arguments: Asked.args, **named: Asked.kwargs) -> Answer:
        with self._door.entered():
            return method(self, *arguments, **named)

    return entered


class Steps(Generic[Given]):
    """An iterator of which each step finds the thread alone; between two of them, others may call."""

    def __init__(self, door: Door, steps: Iterator[Given]) -> None:
        self._door, self._steps = door, steps

    def __iter__(self) -> Iterator[Given]:
        return self

    def __next__(self) -> Given:
        with self._door.entered():
            return next(self._steps)


def step_by_step(
    method: Callable[Concatenate[Own, Asked], Iterator[Given]],
) -> Callable[Concatenate[Own, Asked], Iterator[Given]]:
    """A method that gives something by and by; at the end of each step it must hold no transaction."""

    @wraps(method)
    def begun(self: Own, /, *arguments: Asked.args, **named: Asked.kwargs) -> Iterator[Given]:
        return Steps(self._door, method(self, *arguments, **named))

    return begun
