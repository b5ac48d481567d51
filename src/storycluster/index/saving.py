"""What is at a desk ↔ the rows of a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from storycluster.columns import UNKNOWN_TIME
from storycluster.index.desk import Desk, Effects, content_number
from storycluster.index.journal import Journal
from storycluster.index.links import LinkedIds
from storycluster.index.records import decoding, number_named
from storycluster.index.restoring import Restoring
from storycluster.index.stream import Stream
from storycluster.store.contract import DUE, OVERDUE, MemberRow, Store, StoryRow
from storycluster.store.copying import parts_of
from storycluster.utf8 import decode, encode

LOADED = 512
"""Rows loaded at a time."""
Told = Callable[[str, int, int], None]
"""Told of a work, how much of it is done, and how much there is."""


def write_rows(desk: Desk, store: Store) -> bool:
    """Write the rows of all that has changed at a desk, within a transaction of the store.

    Returns:
        Whether there was a refresh, after which old entries of the feed may go.
    """
    stream = desk.stream
    journal, stream.journal = stream.journal, Journal()
    effects, desk.effects = desk.effects or Effects(), Effects()
    ids = stream.story_ids
    if not store.in_memory:
        write_loaded(desk, store, journal)
    if journal.names:
        names, keys = stream.outlets.names, stream.outlets.keys
        store.put_outlets((i + 1, encode(names[i]), encode(keys[i])) for i in sorted(journal.names))
    if effects.dropped_articles:
        store.drop_articles(effects.dropped_articles)
    if effects.articles:
        store.put_articles(effects.articles.values())
    if journal.members:
        store.put_members([MemberRow(number, *row) for number, row in journal.members.items()])
    if journal.dropped_stories:
        store.drop_stories(journal.dropped_stories)
    if journal.stories:
        store.put_stories(
            [
                StoryRow(number, ids.of(number, anchor_id), anchor, outlets, ids.is_kept(number))
                for number, (anchor, anchor_id, outlets) in journal.stories.items()
            ]
        )
    if effects.links:
        store.put_links(effects.links)
    if effects.changes:
        store.put_changes(effects.changes)
    if effects.reckon_ages:
        store.put_ages(desk.by_publication)
    store.put_named(
        {
            "last_number": str(desk.last_number),
            "last_story": str(stream.last_story),
            "clock": str(desk.clock),
            "digest": str(desk.digest),
            "learnt": str(stream.learnt),
        }
        | effects.terms
    )
    return effects.refreshed


def restore_ids(desk: Desk, store: Store) -> set[int]:
    """Have the stories of a desk just loaded keep the ids that the store has of them, whatever anchors it has.

    Returns:
        The stories of which it has none, or another one's.
    """
    anchors = desk.stream.story_anchors()
    rows = list(store.some_stories(anchors))
    times = Counter(row.id for row in rows)
    told = {row.number: row.id for row in rows if times[row.id] == 1}
    for number, own in told.items():
        if desk.stream.story_ids.of(number, anchors[number]) != own:
            desk.stream.story_ids.restore(number, own)
    return anchors.keys() - told.keys()


def compare_rows(desk: Desk, store: Store) -> tuple[int, int]:
    """Compare the rows of a store with what is to be written of all articles and stories.

    What articles are to their anchors is left to be written only where it differs.

    Returns:
        How many articles are something else to their anchors; how many stories have another row, or none, or have one
        and are none.
    """
    journal, ids = desk.stream.journal, desk.stream.story_ids
    wrong = 0
    for row in store.all_members():
        found = journal.members.get(row.article)
        if found == row[1:]:
            del journal.members[row.article]
        elif found is not None:
            wrong += found[0] == row.story
    rows = {row.number: row for row in store.some_stories(journal.stories)}
    differ = sum(
        number not in rows or (rows[number].id, *rows[number][2:4]) != (ids.of(number, anchor_id), anchor, outlets)
        for number, (anchor, anchor_id, outlets) in journal.stories.items()
    )
    return wrong, differ + len(set(store.story_numbers(None, 0)) - journal.stories.keys())


def write_loaded(desk: Desk, store: Store, journal: Journal) -> None:
    """Write the rows that nothing but loading asks for."""
    live = desk.stream.live
    if journal.dropped_texts:
        store.drop_texts(journal.dropped_texts)
    if journal.texts:
        store.put_texts([(int(live.texts.number[t]), *live.text_bytes(t, keys)) for t, keys in journal.texts.items()])
    if journal.dropped_edges:
        store.drop_edges(journal.dropped_edges - journal.edges.keys())
    if journal.edges:
        store.put_edges([(*ends, evidence) for ends, evidence in journal.edges.items()])
    if journal.furniture:
        store.put_furniture(journal.furniture)
    if journal.refreshed:
        store.drop_pending()
    if journal.pending:
        store.put_pending(journal.pending)
    for kind, waiting in ((DUE, journal.due), (OVERDUE, journal.overdue)):
        if waiting:
            store.put_waiting(kind, waiting)


def complete(desk: Desk, copy: Store) -> None:
    """Write the rows that only memory has (``Store.in_memory``) into a copy of the store, within a transaction."""
    stream = desk.stream
    for texts in parts_of(stream.text_rows()):
        copy.put_texts(texts)
    for edges in parts_of(stream.edge_rows()):
        copy.put_edges(edges)
    copy.put_furniture(stream.furniture_rows())
    copy.put_pending(stream.pending_rows())
    for kind, numbers in ((DUE, stream.due_numbers()), (OVERDUE, stream.overdue_numbers())):
        copy.put_waiting(kind, dict.fromkeys(numbers, True))


def read_rows(desk: Desk, store: Store, progress: Told) -> None:
    """Take over, into a new desk, what a store holds."""
    stream = desk.stream
    stream.learnt = number_named(store, "learnt") or 0
    desk.last_number = number_named(store, "last_number") or 0
    desk.clock = number_named(store, "clock") or 0
    desk.digest = number_named(store, "digest") or 0
    desk.refresh_every = number_named(store, "refresh_every") or desk.refresh_every
    desk.by_publication = store.get("retain_by") == "publication"
    desk.oldest = store.least_age()
    stream.links = LinkedIds.of_rows(store.links())
    for number, own in store.kept_ids():
        stream.story_ids.restore(number, own)
    read_set(stream, store, progress, whole=True)
    desk.last_told = stream.last_story


def read_set(stream: Stream, store: Store, progress: Told, *, whole: bool) -> None:
    """Take over, into a new stream, the texts and articles that a store holds, and what was learnt of them.

    Args:
        stream: Where to.
        store: Where from.
        progress: Told how far it is.
        whole: Take over the matches, too, and what waits: whoever only looks for matches needs neither.
    """
    with decoding("an outlet's name"):
        for _, name, key in store.outlets():
            stream.outlets.restore(decode(name), decode(key))
    stream.last_story = number_named(store, "last_story") or 0
    total = store.count_articles()

    def texts() -> Iterator[tuple[Sequence[int], Sequence[bytes], Sequence[bytes]]]:
        done = 0
        for part in parts_of(store.texts(), LOADED):
            numbers, words, sketches = zip(*part, strict=True)
            yield numbers, words, sketches
            done += len(part)
            progress("loading texts", done, total)
        if done < total:  # several articles have one text
            progress("loading texts", total, total)

    restoring = Restoring(stream)
    with restoring.texts(texts()):
        done = 0
        for part in parts_of(store.articles(), LOADED):
            numbers, ids, texts_of, outlets, published, titles, contents, told, anchors = zip(*part, strict=True)
            with decoding(f"one of the articles {numbers[0]} to {numbers[-1]}"):
                restoring.articles(
                    numbers, ids, texts_of, [outlet - 1 for outlet in outlets],
                    [UNKNOWN_TIME if at is None else at for at in published], titles,
                    list(map(content_number, contents)), told, anchors,
                )  # fmt: skip
            done += len(part)
            progress("loading articles", done, total)
        if whole:
            for edges in parts_of(store.edges(), LOADED):
                lefts, rights, evidence = zip(*edges, strict=True)
                with decoding(f"a match of one of the articles {lefts[0]} to {lefts[-1]}"):
                    restoring.edges(lefts, rights, evidence)
            with decoding("what waits"):
                restoring.wait(store.waiting(DUE), store.waiting(OVERDUE), store.pending())
    with decoding("what was learnt"):
        restoring.furniture(dict(store.furniture()))
