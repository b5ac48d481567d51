"""When a kernel is compiled, not loaded, somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core import event


class Telling(event.Listener):
    """Tells of the first compilation."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell: Callable[[], None] | None = tell

    def on_start(self, _: object) -> None:
        """A kernel is being compiled."""
        if self._tell is not None:
            self._tell()
        self._tell = None

    def on_end(self, _: object) -> None:
        """It was."""


@contextmanager
def telling(tell: Callable[[], None]) -> Iterator[None]:
    """Call ``tell`` once if a kernel is compiled within; one that comes from the cache is only loaded."""
    with event.install_listener("numba:compile", Telling(tell)):
        yield
