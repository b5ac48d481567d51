"""Memory of an index that others write to: it follows the rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from storycluster.columns import UNKNOWN_TIME
from storycluster.index.desk import content_number
from storycluster.index.holding import Holder, refuse_newer_rule
from storycluster.index.links import LinkedIds
from storycluster.index.placement import MatchList
from storycluster.index.records import decoding, number_named
from storycluster.index.saving import Told, read_set
from storycluster.index.stream import Stream
from storycluster.kernels.live.postings import NOWHERE
from storycluster.store.contract import ArrivedRow, Store
from storycluster.utf8 import decode, encode

PAGE = 1_000
"""Changes read from the feed at a time."""
MASK = (1 << 64) - 1
FOLLOWED, SHARE_FOLLOWED = 64, 16
"""As many articles and one in so many of those in memory may be new; where more are, to load all is quicker."""


class Mark(NamedTuple):
    """How far memory has got.

    Args:
        version: The store's.
        cursor: The feed's last change.
        number: The number given last to an article.
        learnt: How often furniture was learnt.
        aliases: The caller's own outlet aliases, as the store has them.
    """

    version: tuple[int, int]
    cursor: int
    number: int
    learnt: str | None
    aliases: str | None


class Reader(Holder):
    """Reads what others write.

    Numbers are never given twice, and the feed tells which articles are gone: what has changed since the last question
    is read, and nothing else. Memory is loaded anew where the feed has dropped what it would have told, where so much
    is new that this is quicker, and where rows were put right without a word in the feed.

    Args:
        store: Where the rows are.
        begin: Gives an empty stream.
        progress: Told how far loading is.
    """

    def __init__(self, store: Store, begin: Callable[[], Stream], progress: Told) -> None:
        super().__init__(store)
        self._begin, self._progress = begin, progress
        self._stream: Stream | None = None
        self._mark = Mark((0, 0), 0, 0, None, None)
        self._furnished = np.empty(0, np.uint32)  # the hashes of which something is known

    @property
    def held(self) -> Stream | None:
        """What is in memory."""
        return self._stream

    def lose(self) -> None:
        """Let go of what is in memory."""
        self._stream = None

    def stream(self) -> Stream:
        """What is in memory, with all that is written."""
        stream = self._stream
        if stream is None or self._store.version() != self._mark.version:
            self._stream = None  # whatever goes wrong now, it is built anew
            with self._store.moment():
                refuse_newer_rule(self._store)
                mark = self._mark_now()
                if stream is None or not self._may_follow(stream, mark):
                    stream = self._load()
                else:
                    self._follow(stream, mark)
            self._stream, self._mark = stream, mark
        return stream

    def links(self) -> LinkedIds:
        """What the caller said, as the rows tell."""
        return LinkedIds.of_rows(self._store.links())

    def matches_of(self, article_id: bytes) -> MatchList | None:
        """The verified pairs of an article."""
        stream = self.stream()
        x = stream.live.find(article_id)
        if x == NOWHERE:
            return None
        with self._store.moment():
            number = self._store.story_number(article_id=article_id)
            if number is None:  # it has gone meanwhile
                return None
            with decoding(f"story {number}"):
                members = {article.number: article.id for article, _ in self._store.members(number)}
                anchor = members[self._store.story(number).anchor]
            links = self.links()
        row = stream.live.find(anchor)
        inside = np.fromiter(members, np.int64, len(members))
        return stream.list_matches(
            x, stream.find_article(x), None if row in (x, NOWHERE) else row,
            lambda rows: np.isin(stream.live.articles.number[rows], inside), links,
        )  # fmt: skip

    def _mark_now(self) -> Mark:
        store = self._store
        return Mark(
            store.version(), store.cursors()[1], number_named(store, "last_number") or 0, store.get("learnt"),
            store.get("aliases"),
        )  # fmt: skip

    def _may_follow(self, stream: Stream, now: Mark) -> bool:
        """Whether what is in memory gets to where the rows are by what has come since, in less time than anew."""
        was = self._mark
        return (
            now.version[0] == was.version[0]
            and now.aliases == was.aliases
            and self._store.cursors()[0] <= was.cursor <= now.cursor
            and 0 <= now.number - was.number <= FOLLOWED + stream.live.count // SHARE_FOLLOWED
        )

    def _load(self) -> Stream:
        stream = self._begin()
        read_set(stream, self._store, self._progress, whole=False)
        self._furnished = np.fromiter((sampled for sampled, _ in self._store.furniture()), np.uint32)
        return stream

    def _follow(self, stream: Stream, now: Mark) -> None:
        """Take over what has changed since memory was built, or followed last."""
        learnt = now.learnt != self._mark.learnt
        arrived = list(self._store.arrived(self._mark.number))
        if learnt or any(row.article[3] > len(stream.outlets) for row in arrived):
            self._follow_outlets(stream)
        gone = self._gone(now.cursor) | {row.article[1] for row in arrived}
        left = set()
        for x in map(stream.live.find, sorted(gone)):
            if x != NOWHERE:
                left.add(int(stream.live.articles.text[x]))
                stream.live.remove_article(x)
        for row in arrived:
            take_in(stream, row)
        for t in left:
            if not stream.live.texts.articles[t]:  # none of those that have come has it
                stream.live.remove_text(t, stream.live.sketch_of(t))
        if learnt:
            self._follow_furniture(stream)

    def _gone(self, upto: int) -> set[bytes]:
        """The ids of articles that the feed tells to be gone since, or to have been gone for a while."""
        gone: set[bytes] = set()
        at = self._mark.cursor
        while at < upto:
            rows = self._store.changes(at, PAGE)
            for row in rows:
                with decoding(f"change {row.cursor}"):
                    entry = json.loads(row.entry)
                    if entry["kind"] in ("removed", "expired"):
                        gone.add(encode(entry["article"]))
            at = rows[-1].cursor
        return gone

    def _follow_outlets(self, stream: Stream) -> None:
        """Take over outlets' names, and which of them are one outlet."""
        told = [(decode(name), decode(key)) for _, name, key in self._store.outlets()]
        if stream.outlets.follow(told):
            stream.rename_outlets()

    def _follow_furniture(self, stream: Stream) -> None:
        """Take over for which outlets sampled hashes are furniture."""
        known = dict(self._store.furniture())
        hashes = np.fromiter(known, np.uint32, len(known))
        dropped = np.setdiff1d(self._furnished, hashes)
        members = np.frombuffer(b"".join(known.values()), "<i4").astype(np.int32)
        sizes = np.fromiter(map(len, known.values()), np.int64, len(known)) // 4
        stream.live.take_furniture(
            np.append(hashes, dropped), members, np.append(sizes, np.zeros(dropped.size, np.int64))
        )
        self._furnished = hashes


def take_in(stream: Stream, row: ArrivedRow) -> None:
    """Take over an article that has come, and its text."""
    number, own, _, name, published, title, content, _, _ = row.article
    with decoding(f"text {row.text[0]}"):
        t = stream.live.take_stored_text(*row.text)
    stream.live.add_article(
        own, number, t, name - 1, stream.outlets.outlet(name - 1), UNKNOWN_TIME if published is None else published,
        title & MASK, content_number(content),
    )  # fmt: skip
