"""Ids, outlets, dates and order of articles as columns, whether the articles are in memory or on a shelf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

import numpy as np

from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Catalog
from storycluster.dates import aware
from storycluster.errors import SettingsError
from storycluster.fingerprint import digest_strings, encode_texts
from storycluster.formats.shelf import Shelf, usable_moments
from storycluster.growing import sort_strings
from storycluster.models import Article
from storycluster.outlets import Aliases, outlet_keys
from storycluster.settings import Settings
from storycluster.story import LEADS, ChooseLead, epoch_seconds, usable


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a caller wants of a clustering beside its settings; see :func:`cluster_articles`.

    Args:
        must_link: Pairs of ids.
        cannot_link: Pairs of ids.
        aliases: Outlets' spellings.
        as_of: Dates after it count as unknown; None counts all. A naive one is read as UTC.
        choose_lead: Gives the id of the copy to show; the anchor if None.
    """

    must_link: Sequence[tuple[str, str]] = ()
    cannot_link: Sequence[tuple[str, str]] = ()
    aliases: Aliases | None = None
    as_of: datetime | None = None
    choose_lead: ChooseLead | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be meant.

        Raises:
            SettingsError: The message names the argument, what was expected and what came.
        """
        for name, holds, expected in (
            ("aliases", isinstance(self.aliases, Aliases | None), "Aliases, as Aliases.from_mapping makes them"),
            ("as_of", isinstance(self.as_of, datetime | None), "a datetime"),
            ("choose_lead", not self.choose_lead or callable(self.choose_lead), "a function from articles to an id"),
        ):
            if not holds:
                raise SettingsError(f"{name}: expected {expected} or None, got {getattr(self, name)!r}")
        if self.as_of is not None:
            object.__setattr__(self, "as_of", aware(self.as_of))

    @property
    def lead(self) -> str | None:
        """The name of the way to choose a lead, of those that columns are enough for; None of others."""
        return next((name for name, choose in LEADS.items() if choose is self.choose_lead), None)


def check_settings(settings: object) -> None:
    """Refuse what are no settings.

    Raises:
        SettingsError: The message says what was expected and what came.
    """
    if not isinstance(settings, Settings | None):
        raise SettingsError(
            f"settings: expected Settings or None, got {settings!r:.80}; Settings(told_share=...) names what differs"
        )


def check_min_outlets(count: object) -> None:
    """Refuse what is no number of outlets.

    Raises:
        SettingsError: The message says what was expected and what came.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise SettingsError(f"min_outlets: expected a whole number from 0 on, got {count!r:.80}")


def read_pairs(pairs: object, name: str) -> list[tuple[str, str]]:
    """Pairs of ids, passed under a name.

    Raises:
        SettingsError: They are none: a pair alone, an id in place of a pair, or something else.
    """
    found = []
    for pair in pairs if isinstance(pairs, Iterable) and not isinstance(pairs, str) else [pairs]:
        ends = list(pair) if isinstance(pair, Iterable) and not isinstance(pair, str) else []  # a str has letters
        if len(ends) != 2:
            raise SettingsError(f'{name}: expected a list of pairs of ids, [("a", "b")], got {pair!r:.80} for a pair')
        found.append((ends[0], ends[1]))
    return found


class Register(Protocol):
    """What a Clustering asks of its articles beside the articles themselves.

    Attributes:
        ids: Their ids, in their order.
        keys: The canonical key of each outlet's name as it is spelled, "" included where it occurs.
        catalog: Their outlets, dates and order.
    """

    ids: Sequence[str]
    keys: Mapping[str, str]
    catalog: Catalog

    def place_of(self, article_id: str) -> int | None:
        """The place of the article with an id, None if there is none."""

    def count_later(self, moment: datetime) -> int:
        """How many articles have a date after a moment."""


class ListRegister:
    """The Register of articles in memory.

    Args:
        articles: Each id once.
        wishes: Aliases, and the date after which dates count as unknown.
    """

    def __init__(self, articles: Sequence[Article], wishes: Wishes) -> None:
        self.ids: Sequence[str] = [article.id for article in articles]
        self.keys: Mapping[str, str] = outlet_keys({article.outlet for article in articles}, wishes.aliases)
        self.catalog = list_catalog(articles, self.keys, wishes.as_of)
        self._articles = articles

    def count_later(self, moment: datetime) -> int:
        """How many articles have a date after a moment."""
        dates = [article.published for article in self._articles]
        return sum(date is not None and usable(date, moment) is None for date in dates)

    def place_of(self, article_id: str) -> int | None:
        """The place of the article with an id, None if there is none."""
        return self._place_of.get(article_id)

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return {article_id: i for i, article_id in enumerate(self.ids)}


def list_catalog(articles: Sequence[Article], keys: Mapping[str, str], as_of: datetime | None) -> Catalog:
    """Outlets, dates and order of articles as columns; ``keys`` gives each outlet's canonical key."""
    number = key_numbers(keys)
    number_of = {name: number.get(key, NO_OUTLET) for name, key in keys.items()}
    ids = [article.id for article in articles]
    order = np.empty(len(ids), np.int64)
    order[sort_strings(*encode_texts(ids))] = np.arange(len(ids))
    dates = [article.published for article in articles]
    if as_of is not None:
        dates = [usable(date, as_of) for date in dates]
    return Catalog(
        outlet=np.array([number_of[article.outlet] for article in articles], np.int32),
        published=np.array([UNKNOWN_TIME if date is None else epoch_seconds(date) for date in dates], np.int64),
        title=digest_strings([article.title for article in articles]),
        order=order,
    )


class ShelfRegister:
    """The Register of articles on a shelf.

    Args:
        shelf: The articles.
        wishes: As for ``ListRegister``.
    """

    def __init__(self, shelf: Shelf, wishes: Wishes) -> None:
        self.ids: Sequence[str] = shelf.ids
        self.place_of = shelf.ids.place_of
        self.keys: Mapping[str, str] = outlet_keys(shelf.outlets, wishes.aliases)
        number = key_numbers(self.keys)
        outlets = np.array([number.get(self.keys[name], NO_OUTLET) for name in shelf.outlets], np.int32)
        seconds = shelf.moment // 1_000_000 + np.where(shelf.day, 43_200, 0)
        known = usable_moments(shelf.moment, wishes.as_of)
        self.catalog = Catalog(
            outlet=outlets[shelf.outlet],
            published=np.where(known, seconds, UNKNOWN_TIME),
            title=shelf.title,
            order=shelf.order,
        )
        self._moment = shelf.moment

    def count_later(self, moment: datetime) -> int:
        """How many articles have a date after a moment."""
        known = usable_moments(self._moment, None)
        return int(np.count_nonzero(known & ~usable_moments(self._moment, moment)))


def key_numbers(keys: Mapping[str, str]) -> dict[str, int]:
    """The number of each canonical key, alphabetically; "" has none."""
    return {key: i for i, key in enumerate(sorted(set(keys.values()) - {""}))}
