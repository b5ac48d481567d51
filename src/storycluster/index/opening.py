"""What a StoryIndex is opened with: its store, its settings, how long its articles stay, whether with their texts."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from os import PathLike, fspath
from typing import Literal

from storycluster import verify
from storycluster.errors import RecipeError, SettingsError
from storycluster.fingerprint import recipe
from storycluster.index.records import decoding
from storycluster.outlets import Aliases
from storycluster.settings import Settings
from storycluster.store.address import check_place, is_address
from storycluster.store.contract import Store
from storycluster.store.sqlite import SqliteStore

RETENTION = timedelta(days=30)
"""How long an article of an index stays unless told."""
KEEP_CHANGES = timedelta(days=30)
"""How long its feed keeps its entries unless told."""
Span = timedelta | Literal["kept"] | None
"""A time, all time (None), or what was given last."""


def differences(own: Settings, other: Settings) -> str:
    """What differs between two settings, in words."""
    return ", ".join(
        f"{name} is {value!r}, not {getattr(other, name)!r}"
        for name, value in own.to_dict().items()
        if value != getattr(other, name)
    )


def kept_settings(store: Store) -> Settings | None:
    """The settings that an index was made under; None where none was begun."""
    kept = store.get("settings")
    with decoding("the value named settings"):
        told = None if kept is None else dict(json.loads(kept))
    return None if told is None else Settings().changed(**told)


def settings_at(path: str | PathLike[str]) -> Settings:
    """Those of the index at a path or address, whatever its recipe.

    Raises:
        StoreError: There is no index, or it can't be read.
    """
    with closing(open_store(path, writable=False, full=False, timeout=0.0, must_exist=True)) as store:
        return kept_settings(store) or Settings()


def settle_settings(store: Store, wanted: Settings | None) -> Settings:
    """The settings of an index; a new one gets those wanted, or defaults.

    Raises:
        RecipeError: Its fingerprints are of another recipe.
        SettingsError: Its settings are not those wanted.
    """
    settings = kept_settings(store)
    if settings is None and store.writable:
        with store.transaction():
            settings = kept_settings(store)  # another process may have been quicker
            if settings is None:
                settings = wanted or Settings()
                store.put_named(
                    {"settings": json.dumps(settings.to_dict()), "recipe": recipe(settings), "rule": str(verify.RULE)}
                )
                return settings
    if settings is None:
        return wanted or Settings()
    other = wanted or settings
    if store.get("recipe") != recipe(other):
        raise RecipeError(
            f"{store.name}: the index was made under [{store.get('recipe')}], wanted is [{recipe(other)}]: "
            "open it without settings=, or make it anew with `storycluster index rebuild`"
        )
    if other != settings:
        raise SettingsError(
            f"{store.name}: the index was made under other settings ({differences(settings, other)}); open it without "
            "settings=, or make it anew with `storycluster index rebuild`"
        )
    return settings


def open_store(path: str | PathLike[str], *, writable: bool, full: bool, timeout: float, must_exist: bool) -> Store:
    """The store at a path or address.

    Raises:
        StoreError: It can't be opened, or there is none.
    """
    if is_address(path):
        from storycluster.store.postgres import PostgresStore

        return PostgresStore(fspath(path), writable=writable, full=full, timeout=timeout, must_exist=must_exist)
    return SqliteStore(path, writable=writable, full=full, timeout=timeout, must_exist=must_exist)


def settle_retention(store: Store, wanted: Span) -> timedelta | None:
    """How long articles of an index stay: as wanted, which is kept, or as it was kept; RETENTION for a new one."""
    return settle_span(store, "retention", wanted, RETENTION)


def settle_keep_changes(store: Store, wanted: Span) -> timedelta | None:
    """How long the feed keeps its entries: the same; KEEP_CHANGES for a new index."""
    return settle_span(store, "keep_changes", wanted, KEEP_CHANGES)


def settle_span(store: Store, name: str, wanted: Span, new: timedelta) -> timedelta | None:
    """A time that holds for an index: as wanted, which is kept, or as it was kept; for a new one another."""
    if wanted == "kept":
        kept = store.get(name)
        with decoding(f"the value named {name}"):
            return new if kept is None else None if kept == "none" else timedelta(seconds=float(kept))
    keep_named(store, name, "none" if wanted is None else repr(wanted.total_seconds()))
    return wanted


def settle_store_text(store: Store, wanted: bool | None) -> bool:
    """Whether an index keeps the texts of what comes: as wanted, which is kept, or as it was kept; not in a new one."""
    if wanted is None:
        return store.get("store_text") == "yes"
    keep_named(store, "store_text", "yes" if wanted else "no")
    return wanted


def keep_named(store: Store, name: str, told: str) -> None:
    """Keep a named value where it is another one and may be written."""
    if store.writable and store.get(name) != told:
        with store.transaction():
            store.put_named({name: told})


def check_options(
    path: object,
    read_only: bool,
    settings: object,
    aliases: object,
    retention: object,
    retain_by: object,
    keep_changes: object,
    store_text: object,
    refresh_every: object,
    synchronous: object,
    timeout: object,
    choose_lead: object,
    progress: object,
) -> None:
    """Refuse what ``StoryIndex.open`` can't mean.

    Raises:
        SettingsError: The message names the argument, what was expected and what came.
        StoreError: No index can stand at the path.
    """
    check_place(path, "StoryIndex.open: path")
    whole = isinstance(refresh_every, int) and not isinstance(refresh_every, bool) and refresh_every >= 1
    fine = {
        "settings": (settings is None or isinstance(settings, Settings), "Settings or None", settings),
        "aliases": (aliases is None or isinstance(aliases, Aliases), "Aliases or None", aliases),
        "retention": (
            retention in (None, "kept") or is_span(retention),
            'a positive timedelta, None or "kept"',
            retention,
        ),
        "retain_by": (retain_by in (None, "arrival", "publication"), '"arrival", "publication" or None', retain_by),
        "keep_changes": (
            keep_changes in (None, "kept") or is_span(keep_changes, 0),
            'a timedelta from 0 on, None or "kept"',
            keep_changes,
        ),
        "store_text": (store_text is None or isinstance(store_text, bool), "True, False or None", store_text),
        "refresh_every": (refresh_every is None or whole, "a whole number from 1 on, or None", refresh_every),
        "synchronous": (synchronous in ("normal", "full"), '"normal" or "full"', synchronous),
        "choose_lead": (
            choose_lead is None or callable(choose_lead),
            "a function from articles to an id, or None",
            choose_lead,
        ),
        "progress": (progress is None or callable(progress), "a function, or None", progress),
        "timeout": (isinstance(timeout, int | float) and timeout >= 0, "seconds from 0 on", timeout),
    }
    for name, (holds, expected, got) in fine.items():
        if not holds:
            raise SettingsError(f"StoryIndex.open: {name}: expected {expected}, got {got!r}")
    kept = {"aliases": aliases, "retain_by": retain_by, "store_text": store_text, "refresh_every": refresh_every}
    spans = {"retention": retention, "keep_changes": keep_changes}
    given = [name for name, value in kept.items() if value is not None]
    given += [name for name, value in spans.items() if value != "kept"]
    if read_only and given:
        raise SettingsError(
            f"StoryIndex.open: {', '.join(given)}: expected nothing with read_only=True, which changes nothing that "
            "the index holds; leave it out, or open the index to write"
        )


def is_span(value: object, least: int = 1) -> bool:
    """Whether a value is a timedelta of at least so many microseconds."""
    return isinstance(value, timedelta) and value >= timedelta(microseconds=least)
