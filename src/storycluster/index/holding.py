"""Who has an index open: its store, and in memory what has been asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from storycluster import verify
from storycluster.errors import StoreError
from storycluster.index.links import LinkedIds
from storycluster.index.placement import MatchList
from storycluster.index.records import number_named
from storycluster.index.stream import Stream
from storycluster.store.contract import Store


def judged_by(store: Store) -> int:
    """The version of the rule that has judged the matches of an index; 0 for one of before there were versions."""
    return number_named(store, "rule") or 0


def refuse_newer_rule(store: Store) -> None:
    """Refuse an index that a newer storycluster has taken over.

    Raises:
        StoreError: Its matches were judged by a newer version of the rule.
    """
    if judged_by(store) > verify.RULE:
        raise StoreError(
            f"{store.name}: its matches were judged by version {judged_by(store)} of the rule, this storycluster has "
            f"version {verify.RULE}; install the newer one here, too"
        )


class Holder(ABC):
    """Has an index open.

    Args:
        store: Where the rows are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def store(self) -> Store:
        """The store, with the rows of all that was performed."""
        return self._store

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    @property
    @abstractmethod
    def held(self) -> Stream | None:
        """What is in memory, None as long as nothing has needed it."""

    @abstractmethod
    def stream(self) -> Stream:
        """The same, with all that is written; built from the store if it isn't there."""

    @abstractmethod
    def lose(self) -> None:
        """Let go of what is in memory: it is built anew when it is needed."""

    @abstractmethod
    def matches_of(self, article_id: bytes) -> MatchList | None:
        """The verified pairs of an article, None if there is none with this id."""

    @abstractmethod
    def links(self) -> LinkedIds:
        """What the caller said of pairs of articles."""

    @contextmanager
    def lent(self) -> Iterator[Stream]:
        """What is in memory, for something to be tried on; whatever goes wrong within, it is lost."""
        stream = self.stream()
        try:
            yield stream
        except BaseException:
            self.lose()
            raise
