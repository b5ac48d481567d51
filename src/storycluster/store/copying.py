"""One store's rows into another, and rows in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from storycluster.store.contract import DUE, OVERDUE, Store

AT_ONCE = 1_000
"""Rows copied at a time."""
NAMED = (
    "settings", "recipe", "rule", "last_number", "last_story", "clock", "digest", "learnt", "refresh_every",
    "retain_by", "retention", "store_text", "aliases",
)  # fmt: skip
Row = TypeVar("Row")


def copy_store(source: Store, target: Store) -> None:
    """Copy all rows of a store that stands still into an empty one."""
    with target.transaction():
        for name in NAMED:
            value = source.get(name)
            if value is not None:
                target.put_named({name: value})
        for texts in parts_of(source.texts()):
            target.put_texts(texts)
        target.put_outlets(source.outlets())
        for articles in parts_of(source.bodies()):
            target.put_articles(articles)
        for members in parts_of(source.all_members()):
            target.put_members(members)
        target.put_stories(source.some_stories(source.story_numbers(None, 0)))
        for edges in parts_of(source.edges()):
            target.put_edges(edges)
        target.put_furniture(dict(source.furniture()))
        target.put_pending(source.pending())
        for kind in (DUE, OVERDUE):
            target.put_waiting(kind, dict.fromkeys(source.waiting(kind), True))
        target.put_links({(a, b): must for a, b, must in source.links()})
        after, last = source.cursors()
        target.begin_changes(after)
        while after < last and (changes := source.changes(after, AT_ONCE)):
            target.put_changes((change.at, change.entry) for change in changes)
            after = changes[-1].cursor


def parts_of(rows: Iterable[Row], most: int = AT_ONCE) -> Iterator[list[Row]]:
    """Rows, so many at a time."""
    given = iter(rows)
    while part := list(islice(given, most)):
        yield part
