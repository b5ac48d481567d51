"""Stories as the articles arrive: a StoryIndex gives each article its story at once and keeps all in a store.

What is in memory (``stream``) is built from the store when it is first needed, so that reading stories needs none of
it. Each call that changes something is one transaction: there as a whole once the call has returned, or not at all.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import groupby
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args

import numpy as np

from storycluster import verify
from storycluster.batch import Clustering, Explanation, Progress
from storycluster.columns import UNKNOWN_TIME, Catalog, Fingerprints, Matches
from storycluster.compare import compare_texts
from storycluster.errors import (
    ArticleError,
    CursorExpired,
    LinkError,
    RecipeError,
    SettingsError,
    StoreError,
    UnknownIdError,
)  # fmt: skip
from storycluster.fingerprint import digest_strings, fingerprint_texts, recipe
from storycluster.kernels import rule
from storycluster.kernels.live import FLAGS
from storycluster.kernels.postings import NOWHERE
from storycluster.models import Article, Match, Published, Relation, Story
from storycluster.outlets import Aliases
from storycluster.settings import Settings
from storycluster.store.contract import ArticleRow, EdgeRow, MemberRow, Store, StoryRow, TextRow
from storycluster.story import ChooseLead, build_story, epoch_seconds, story_id
from storycluster.stream import Found, Journal, Stream
from storycluster.text import matchable_text

log = logging.getLogger(__name__)

Kind = Literal["created", "joined", "merged", "split", "updated", "removed", "expired"]
"""What happened, in the feed of changes."""
Outcome = Literal["created", "joined", "merged", "unchanged"]
"""What an added article did: began a story, joined one, joined several into one, or was there already."""

MICROSECONDS = 1_000_000
EXPIRED_AT_ONCE = 32
"""Articles that expire with one added article at most, so that no add takes long; the others follow with the next."""
PAGE = 1_000
"""Changes read from the store at a time."""
FUTURE = 86_400 * MICROSECONDS
"""How far ahead of the clock an article may be said to have arrived."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the feed.

    Args:
        cursor: Its place: 1 and up, ascending.
        at: When it happened.
        kind: What happened.
        article_id: The article that was added, updated, removed or expired; None where stories changed by themselves,
            by what was learnt or linked.
        before: Ids of the stories that it touched, as they were.
        after: Ids of those stories that there are now.
        moved: Each article whose story changed → the id of its story now, None for an article that is gone. Whoever
            applies these in order has every article's story.
    """

    cursor: int
    at: datetime
    kind: Kind
    article_id: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    moved: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """Sizes of an index.

    Args:
        articles: Live articles.
        texts: Distinct texts among them.
        stories: Stories.
        edges: Verified pairs behind the stories.
        changes: Entries that the feed keeps.
        stored_bytes: Bytes in the store.
        memory_bytes: Bytes of the index in memory; 0 as long as nothing has needed it.
        pending: Articles that came or went since the last refresh.
    """

    articles: int
    texts: int
    stories: int
    edges: int
    changes: int
    stored_bytes: int
    memory_bytes: int
    pending: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``StoryIndex.check`` found.

    Args:
        damage: What is wrong with the file itself, which can't be mended.
        mended: What was put right.
    """

    damage: tuple[str, ...]
    mended: tuple[str, ...]


class Placement:
    """Where an added article stands.

    Its matches are found when one of them is first asked for, as they are then.

    Attributes:
        article_id: Its id.
        story_id: The id of its story when it was added.
        outcome: What adding it did.
        updated: Whether an article with this id and other content was there before.
    """

    __slots__ = ("_index", "_made", "article_id", "outcome", "story_id", "updated")

    def __init__(self, index: StoryIndex, article_id: str, story_id: str, outcome: Outcome, updated: bool) -> None:
        self._index = index
        self._made: MatchList | None = None
        self.article_id = article_id
        self.story_id = story_id
        self.outcome: Outcome = outcome
        self.updated = updated

    def __repr__(self) -> str:
        return f"<Placement: {self.article_id!r} {self.outcome} {self.story_id}>"

    @property
    def story(self) -> Story:
        """The article's story as it stands now.

        Raises:
            UnknownIdError: The article is gone.
        """
        return self._index.story_of(self.article_id)

    @property
    def _matches(self) -> MatchList:
        if self._made is None:
            self._made = self._index.matches_of(self.article_id)
        return self._made

    @property
    def match(self) -> Match | None:
        """Its match with the story's anchor; None where it is the anchor itself."""
        return self._matches.with_anchor()

    @property
    def others(self) -> tuple[Match, ...]:
        """Its best other matches within the story, ``Settings.best_others`` of them."""
        return self._matches.others()

    @property
    def near_misses(self) -> tuple[Match, ...]:
        """The articles of other stories that it comes nearest to: ``partial``, ``template``, ``reprint``."""
        return self._matches.near_misses()


class MatchList:
    """The matches of one article, on columns of their own; each Match is built when it is asked for.

    Args:
        matches: Verified pairs that the article is in.
        ids: Ids of the articles in them.
        own: The article's place among them.
        words: int64: words of each.
        catalog: Outlets and dates.
        anchor: The place of the story's anchor, None where it is the article itself or there is no story.
        inside: Whether each article stands in the same story.
        settings: The rule's numbers.
    """

    def __init__(
        self,
        matches: Matches,
        ids: Sequence[str],
        own: int,
        words: Any,
        catalog: Catalog,
        anchor: int | None,
        inside: Sequence[bool],
        settings: Settings,
    ) -> None:
        self._matches, self._ids, self._own, self._words, self._catalog = matches, ids, own, words, catalog
        self._anchor, self._inside, self._settings = anchor, inside, settings

    def _other(self, row: int) -> int:
        left, right = int(self._matches.left[row]), int(self._matches.right[row])
        return right if left == self._own else left

    def _match(self, row: int) -> Match:
        matches = self._matches.take(np.array([row]))
        if matches.left[0] != self._own:
            matches = Matches(
                matches.right, matches.left, verify.swap_sides(matches.evidence, np.array([True])),
                matches.shingles[:, ::-1], matches.verdict, verify.mirror(matches.relation), matches.cause,
            )  # fmt: skip
        return verify.describe_match(matches, 0, self._ids, self._words, self._catalog, self._settings)

    def _best(self, rows: list[int]) -> tuple[Match, ...]:
        rows.sort(key=lambda row: (-int(self._matches.evidence[row, 0]), self._ids[self._other(row)]))
        return tuple(self._match(row) for row in rows[: self._settings.best_others])

    def every(self) -> Iterator[Match]:
        """All of them."""
        return map(self._match, range(len(self._matches)))

    def with_anchor(self) -> Match | None:
        """The match with the anchor."""
        rows = [row for row in range(len(self._matches)) if self._other(row) == self._anchor]
        return self._match(rows[0]) if rows else None

    def others(self) -> tuple[Match, ...]:
        """The best others within the story."""
        same = self._matches.verdict == rule.SAME
        return self._best(
            [
                row
                for row in np.flatnonzero(same).tolist()
                if self._other(row) != self._anchor and self._inside[self._other(row)]
            ]
        )

    def near_misses(self) -> tuple[Match, ...]:
        """The best ones outside the story."""
        near = self._matches.verdict != rule.DIFFERENT
        return self._best([row for row in np.flatnonzero(near).tolist() if not self._inside[self._other(row)]])


def encode(text: str) -> bytes:
    """UTF-8, lone surrogates passed."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """What ``encode`` took."""
    return data.decode("utf-8", "surrogatepass")


def pack_fields(article: Article) -> bytes:
    """An article's fields but for its text, as JSON; what JSON can't say in ``extra`` is kept as its str."""
    record = article.to_mapping()
    record.pop("text")
    return encode(json.dumps(record, ensure_ascii=False, default=str, separators=(",", ":")))


def unpack_article(row: ArticleRow) -> Article:
    """The article of a row, with its text where that was kept."""
    text = "" if row.body is None else decode(zlib.decompress(row.body))
    return Article.from_mapping(json.loads(decode(row.about)) | {"text": text})


def microseconds(when: datetime) -> int:
    """Microseconds since 1970 UTC; a naive time is UTC."""
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * MICROSECONDS)


def moment_of(at: int) -> datetime:
    """The time of ``microseconds``."""
    return datetime.fromtimestamp(at / MICROSECONDS, UTC)


def seconds_of(published: Published | None) -> int:
    """A date as verification takes it."""
    return UNKNOWN_TIME if published is None else epoch_seconds(published)


def signed(number: int) -> int:
    """64 bits as a signed number."""
    return number - (1 << 64) if number >= 1 << 63 else number


def read_article(item: Article | Mapping[str, Any], place: int | None = None) -> Article:
    """An article from what was passed.

    Raises:
        ArticleError: It is none; its place is named.
    """
    where = "" if place is None else f"articles[{place}]: "
    if isinstance(item, Article):
        return item
    if not isinstance(item, Mapping):
        raise ArticleError(f"{where}expected an Article or a mapping, got {type(item).__name__}")
    try:
        return Article.from_mapping(item)
    except ArticleError as error:
        raise ArticleError(f"{where}{error}") from error


def content_of(article: Article) -> bytes:
    """Hash of all that an article is."""
    return blake2b(pack_fields(article) + b"\0" + encode(article.text), digest_size=16).digest()


def settle_settings(store: Store, path: str, wanted: Settings | None) -> Settings:
    """The settings of an index; a new one gets those wanted, or defaults.

    Raises:
        RecipeError: Its fingerprints are of another recipe.
        SettingsError: Its settings are not those wanted.
    """
    kept = store.get("settings")
    if kept is None:
        settings = wanted or Settings()
        if store.writable:
            with store.transaction():
                store.put("settings", json.dumps(settings.to_dict()))
                store.put("recipe", recipe(settings))
        return settings
    settings = Settings().changed(**json.loads(kept))
    other = wanted or settings
    if store.get("recipe") != recipe(other):
        raise RecipeError(
            f"{path}: the index was made under [{store.get('recipe')}], wanted is [{recipe(other)}]: "
            "open it without settings=, or make it anew with `storycluster index rebuild`"
        )
    if other != settings:
        differ = ", ".join(
            f"{name} is {value!r}, not {getattr(other, name)!r}"
            for name, value in settings.to_dict().items()
            if value != getattr(other, name)
        )
        raise SettingsError(
            f"{path}: the index was made under other settings ({differ}); open it without settings=, "
            "or make it anew with `storycluster index rebuild`"
        )
    return settings


def load_stream(store: Store, settings: Settings, aliases: Aliases | None, progress: Progress) -> Stream:
    """What a store holds, in memory."""
    stream = Stream(settings, aliases)
    stream.last_story = int(store.get("last_story") or 0)
    for _, name, key in store.outlets():
        stream.restore_name(decode(name), key)
    for low, high, must in store.links():
        said = stream.must if must else stream.cannot
        said[low].add(high)
        said[high].add(low)
    counts = store.counts()
    for done, row in enumerate(store.texts()):
        stream.restore_text(*row)
        if done % PAGE == 0:
            progress("loading texts", done, counts["texts"])
    for done, article in enumerate(store.articles()):
        published = UNKNOWN_TIME if article.published is None else article.published
        stream.restore_article(
            article.number, article.id, article.text, article.outlet - 1, published, article.title % (1 << 64),
            0, article.story, article.anchor,
        )  # fmt: skip
        if done % PAGE == 0:
            progress("loading articles", done, counts["articles"])
    stream.restore_edges((row.left, row.right, row.evidence) for row in store.edges())
    return stream


def drop_link(stream: Stream, low: bytes, high: bytes) -> None:
    """Take back what was said of two articles."""
    for said in (stream.must, stream.cannot):
        for one, other in ((low, high), (high, low)):
            said.get(one, set()).discard(other)
            if not said.get(one, True):
                del said[one]


def open_store(path: str | PathLike[str], *, writable: bool, full: bool, timeout: float) -> Store:
    """The store at a path or address."""
    from storycluster.store.sqlite import SqliteStore

    return SqliteStore(path, writable=writable, full=full, timeout=timeout)


class StoryIndex:
    """Stories of articles that arrive one by one, are corrected, withdrawn and grow old.

    Opened by :meth:`open`, closed by :meth:`close` or as a context manager.

    After any sequence of calls the stories are those that ``cluster_articles`` gives for the live articles; where
    furniture or outlets' names were learnt since the last refresh, after the next :meth:`refresh`.

    **Story ids stay.** A new story's id is derived from its anchor's id. When stories merge or split, an id goes with
    the majority: of all pairs of an old story and a new group of articles, the one with most articles in common keeps
    its id first (then the older story, then the group whose anchor has the least id). A group that no id is left for
    is a new story.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        aliases: Aliases | None,
        retention: timedelta | None,
        by_publication: bool,
        keep_changes: timedelta | None,
        store_text: bool,
        refresh_every: int,
        choose_lead: ChooseLead | None,
        progress: Progress,
    ) -> None:
        self._store = store
        self.settings = settings
        self._aliases = aliases
        self._retention = retention
        self._by_publication = by_publication
        self._keep_changes = keep_changes
        self._store_text = store_text
        self._refresh_every = refresh_every
        self._choose_lead = choose_lead
        self._progress = progress
        self._made: Stream | None = None
        self._broken = False
        self._last_number = int(store.get("last_number") or 0)
        self._clock = store.latest_received() or 0
        self._oldest = store.least_age()
        self._mark = int(store.get("last_story") or 0)
        self._new_ids: dict[int, str] = {}

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        settings: Settings | None = None,
        *,
        read_only: bool = False,
        must_exist: bool = False,
        aliases: Aliases | None = None,
        retention: timedelta | None = timedelta(days=30),
        retain_by: Literal["arrival", "publication"] = "arrival",
        keep_changes: timedelta | None = timedelta(days=30),
        store_text: bool = False,
        refresh_every: int = 1_000,
        synchronous: Literal["normal", "full"] = "normal",
        timeout: float = 0.0,
        choose_lead: ChooseLead | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Open an index, or begin one.

        Args:
            path: A file, made if it isn't there; ":memory:" keeps all in memory.
            settings: Those of the index if None; defaults for a new one.
            read_only: See what others write; any number may read beside the one who writes.
            must_exist: Don't begin a new index.
            aliases: The caller's own outlet aliases.
            retention: How long an article stays; None keeps all.
            retain_by: From when that counts: from its arrival, or from its publication (from its arrival where that
                is unknown or later: a date in the future keeps nothing longer, and expires nothing sooner).
            keep_changes: How long the feed keeps its entries; None keeps all.
            store_text: Whether to keep articles' texts, which ``explain`` and ``storycluster index rebuild`` need.
            refresh_every: Articles that come or go between two refreshes.
            synchronous: "normal": what a call returned survives the death of the process; "full": the loss of power
                too, at the price of waiting for the disk at each call.
            timeout: Seconds to wait for another writer to end.
            choose_lead: Gives the id of the copy that a story shows first, from its articles (without their texts).
            progress: Told how far loading is.

        Raises:
            LockedError: Another process writes to the index.
            RecipeError: It was made under other settings of the fingerprint, or by other code.
            SettingsError: It was made under other settings than those given.
            StoreError: It can't be opened, is none of ours, damaged, or of a newer version.
        """
        if must_exist and fspath(path) != ":memory:" and not Path(path).exists():
            raise StoreError(f"{fspath(path)}: there is no such index")
        store = open_store(path, writable=not read_only, full=synchronous == "full", timeout=timeout)
        try:
            settings = settle_settings(store, fspath(path), settings)
            by_publication = retain_by == "publication"
            if not read_only and (store.get("retain_by") or "arrival") != retain_by:
                with store.transaction():
                    store.put_ages(by_publication)
                    store.put("retain_by", retain_by)
            return cls(
                store, settings, aliases, retention, by_publication, keep_changes, store_text, refresh_every,
                choose_lead, progress or (lambda *_: None),
            )  # fmt: skip
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self._store.counts()["articles"]

    def __contains__(self, article_id: object) -> bool:
        return isinstance(article_id, str) and self._store.number_of(encode(article_id)) is not None

    # Changing

    def add(self, article: Article | Mapping[str, Any], *, received: datetime | None = None) -> Placement:
        """Take an article in and give it its story.

        The same id with the same content changes nothing; with other content it is an update.

        Args:
            article: An Article, or a mapping as for ``Article.from_mapping``.
            received: When it arrived; now if None. For replays.

        Raises:
            ArticleError: It is no article, or is said to have arrived in the future.
            StoreError: It couldn't be kept; nothing has changed.
        """
        return self.add_many([article], received=received)[0]

    def add_many(
        self, articles: Iterable[Article | Mapping[str, Any]], *, received: datetime | None = None
    ) -> list[Placement]:
        """Take articles in, in their order, with the answers that ``add`` gives for each, as one transaction.

        Raises:
            ArticleError: One of them is no article; its place is named, and none is kept.
            StoreError: They couldn't be kept; nothing has changed.
        """
        read = [read_article(article, i) for i, article in enumerate(articles)]
        now = microseconds(datetime.now(UTC))
        at = now if received is None else microseconds(received)
        if at > now + FUTURE:
            raise ArticleError(f"received: expected a time up to now, got {received}")
        if not read:
            return []
        fingerprints = fingerprint_texts([matchable_text(article.text) for article in read], self.settings)
        titles = digest_strings([article.title for article in read]).tolist()
        with self._change() as stream:
            return [self._add(stream, article, fingerprints, i, titles[i], at) for i, article in enumerate(read)]

    def update(self, article: Article | Mapping[str, Any], *, received: datetime | None = None) -> Placement:
        """Put an article in place of the one with its id.

        Raises:
            UnknownIdError: There is none.
        """
        read = read_article(article)
        if read.id not in self:
            raise UnknownIdError(f"{read.id!r}: the index has no article with this id; add it")
        return self.add(read, received=received)

    def remove(self, article_id: str) -> None:
        """Take an article out, as if it had never come; its story is cut anew.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        if article_id not in self:
            raise UnknownIdError(f"{article_id!r}: the index has no article with this id")
        with self._change() as stream:
            self._remove(stream, encode(article_id), "removed")

    def expire(self, *, before: datetime) -> int:
        """Take out all articles older than a moment, by arrival or publication as the index retains.

        Returns:
            How many.
        """
        count = 0
        while True:
            with self._change() as stream:
                old = self._store.oldest(microseconds(before), PAGE)
                for _, article_id in old:
                    self._remove(stream, article_id, "expired")
            count += len(old)
            if len(old) < PAGE:
                return count

    def refresh(self) -> None:
        """Apply what was learnt of furniture and outlets' names; it happens by itself every ``refresh_every`` articles.

        Right after it, the stories are exactly those of a batch.
        """
        with self._change() as stream:
            self._refresh(stream)

    def must_link(self, a: str, b: str) -> None:
        """Put two articles into one story whatever their texts say, as long as both are in the index.

        Raises:
            LinkError: A ``cannot_link`` keeps them apart.
            UnknownIdError: The index has no article with one of the ids.
        """
        self._link(a, b, must=True)

    def cannot_link(self, a: str, b: str) -> None:
        """Keep two articles apart whatever their texts say.

        Raises:
            LinkError: A ``must_link`` joins them, directly or through others.
            UnknownIdError: The index has no article with one of the ids.
        """
        self._link(a, b, must=False)

    def unlink(self, a: str, b: str) -> None:
        """Take back what was said of two articles; nothing if nothing was.

        Raises:
            UnknownIdError: The index has no article with one of the ids.
        """
        low, high = self._pair(a, b)
        with self._change() as stream:
            drop_link(stream, low, high)
            self._store.drop_link(low, high)
            stream.settle({stream.live.find(low), stream.live.find(high)})
            self._emit(stream)

    def seed(self, clustering: Clustering, *, received: datetime | None = None) -> None:
        """Take in all articles of a batch without fingerprinting them again.

        Raises:
            RecipeError: The batch's fingerprints are of another recipe.
            SettingsError: The batch was made under other settings.
        """
        if clustering.fingerprints.recipe != recipe(self.settings):
            raise RecipeError(
                f"seed: the batch's fingerprints were made under [{clustering.fingerprints.recipe}], the index has "
                f"[{recipe(self.settings)}]; cluster under StoryIndex.settings"
            )
        at = microseconds(received or datetime.now(UTC))
        titles = digest_strings([article.title for article in clustering.articles]).tolist()
        with self._change() as stream:
            touched: set[int] = set()
            for i, article in enumerate(clustering.articles):
                if self._store.number_of(encode(article.id)) is None:
                    touched |= self._take_in(stream, article, clustering.fingerprints, i, titles[i], at)[1]
                else:
                    self._add(stream, article, clustering.fingerprints, i, titles[i], at)
            stream.settle(touched | stream.refresh())
            self._emit(stream)

    # Reading

    def story(self, story_id: str) -> Story:
        """The story with an id.

        Raises:
            UnknownIdError: There is none (any more).
        """
        number = self._store.story_number(story_id=story_id)
        if number is None:
            raise UnknownIdError(f"{story_id!r}: the index has no story with this id")
        return self._story(number)

    def story_of(self, article_id: str) -> Story:
        """The story of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        number = self._store.story_number(article_id=encode(article_id))
        if number is None:
            raise UnknownIdError(f"{article_id!r}: the index has no article with this id")
        return self._story(number)

    def stories(self, *, since: datetime | None = None, min_outlets: int = 0) -> Iterator[Story]:
        """The stories, those with most outlets first, then the older ones.

        Args:
            since: Only stories that an article has joined at or after this moment (by arrival).
            min_outlets: Only stories that so many outlets ran.
        """
        for number in self._store.story_numbers(None if since is None else microseconds(since), min_outlets):
            yield self._story(number)

    def count_stories(self, *, since: datetime | None = None, min_outlets: int = 0) -> int:
        """How many stories ``stories`` gives."""
        return len(self._store.story_numbers(None if since is None else microseconds(since), min_outlets))

    def article(self, article_id: str) -> Article:
        """An article as it was added; without its text unless the index keeps texts.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        number = self._store.number_of(encode(article_id))
        if number is None:
            raise UnknownIdError(f"{article_id!r}: the index has no article with this id")
        return unpack_article(self._store.article(number))

    def search(self, article: Article | Mapping[str, Any]) -> list[Match]:
        """What an article would match, without adding it: all that is not ``different``, best first.

        An article with its id that is in the index is left out.
        """
        read = read_article(article)
        stream = self._stream()
        with stream.trial(
            encode(read.id), fingerprint_texts([matchable_text(read.text)], self.settings), read.outlet,
            seconds_of(read.published), int(digest_strings([read.title])[0]),
        ) as (x, found):  # fmt: skip
            matches = self._matches(stream, x, found, None)
        near = [match for match in matches.every() if match.verdict != "different" and match.b != read.id]
        return sorted(near, key=lambda match: (match.verdict != "same", -match.containment, -match.jaccard, match.b))

    def judge(self, a: str, b: str) -> Match:
        """The verdict on two articles of the index, whether or not they stand in one story.

        Raises:
            UnknownIdError: The index has no article with one of the ids.
        """
        self._pair(a, b)
        stream = self._stream()
        found = stream.judge_articles(stream.live.find(encode(a)), stream.live.find(encode(b)))
        verifier = found.verifier
        return verify.describe_match(found.matches, 0, [a, b], verifier.words, verifier.catalog, self.settings)

    def explain(self, a: str, b: str) -> Explanation:
        """Why two articles are, or are not, one story, and what differs between them.

        Raises:
            StoreError: The index doesn't keep texts.
            UnknownIdError: The index has no article with one of the ids.
        """
        match = self.judge(a, b)
        texts = []
        for article_id in (a, b):
            row = self._store.article(self._store.number_of(encode(article_id)) or 0)
            if row.body is None:
                raise StoreError(f"explain: the index has no text of {article_id!r}; add articles with store_text=True")
            texts.append(matchable_text(unpack_article(row).text))
        changes = compare_texts(*texts)
        together = self._store.story_number(encode(a)) == self._store.story_number(encode(b))
        facts = tuple(change for change in changes if change.facts)
        return Explanation(match=match, together=together, changes=tuple(changes), changed_facts=facts)

    def changes(self, since_cursor: int = 0) -> Iterator[Change]:
        """The feed of changes after a place in it, in order, up to its end.

        Whoever keeps the cursor of the last change seen, and asks for what came after it, misses none and sees none
        twice.

        Raises:
            CursorExpired: The feed keeps no more what came after that place, or never got there. Read ``stories``
                anew and go on from ``cursor``.
        """
        dropped, last = self._store.cursors()
        if not dropped <= since_cursor <= last:
            raise CursorExpired(
                f"changes: the feed has what came after {dropped} up to {last}, asked for was what came after "
                f"{since_cursor}; read the stories anew and go on from StoryIndex.cursor"
            )
        while rows := self._store.changes(since_cursor, PAGE):
            for row in rows:
                entry = json.loads(row.entry)
                yield Change(
                    row.cursor, moment_of(row.at), entry["kind"], entry["article"], tuple(entry["before"]),
                    tuple(entry["after"]), entry["moved"],
                )  # fmt: skip
            since_cursor = rows[-1].cursor

    @property
    def cursor(self) -> int:
        """The last change's place in the feed; 0 if there was none."""
        return self._store.cursors()[1]

    def stats(self) -> IndexStats:
        """Sizes of the index."""
        counts = self._store.counts()
        memory = self._made.live.nbytes() if self._made else 0
        texts = int(self._made.live.every_text().size) if self._made else counts["texts"]
        return IndexStats(
            counts["articles"], texts, counts["stories"], counts["edges"], counts["changes"], counts["bytes"], memory,
            self._made.pending if self._made else 0,
        )  # fmt: skip

    # Care

    def check(self) -> Checked:
        """Verify the index: the file, and that its stories are those that its articles give.

        What can be derived from the articles' fingerprints is derived anew, and put right where it differs.
        """
        damage = self._store.damage()
        if damage:
            return Checked(tuple(damage), ())
        before = self.cursor
        self._made = None
        with self._change() as stream:
            stream.settle(stream.relink_all())
            stream.journal.dropped_stories |= set(self._store.story_numbers(None, 0)) - stream.stories()
            edges = len(stream.journal.edges) + len(stream.journal.dropped_edges)
            self._emit(stream)
        mended = []
        if edges:
            mended.append(f"{edges:,} matches were derived anew and put right")
        if self.cursor > before:
            mended.append(f"stories were put right: {self.cursor - before:,} changes, in the feed after {before}")
        return Checked((), tuple(mended))

    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the index to a file as it stands at one moment, while it is in use.

        Raises:
            StoreError: The file is there already, or can't be written.
        """
        if Path(path).exists():
            raise StoreError(f"{fspath(path)}: expected a name for a new file; this one is there already")
        self._store.backup(path)

    def rebuild(self, path: str | PathLike[str], settings: Settings | None = None) -> int:
        """Write a new index with all articles under other settings, each with the time when it arrived.

        Returns:
            How many articles.

        Raises:
            StoreError: The file is there already, or this index doesn't keep texts.
        """
        if Path(path).exists():
            raise StoreError(f"{fspath(path)}: expected a name for a new file; this one is there already")
        count = 0
        with StoryIndex.open(
            path, settings, aliases=self._aliases, retention=None, store_text=True,
            retain_by="publication" if self._store.get("retain_by") == "publication" else "arrival",
        ) as new:  # fmt: skip
            for at, rows in groupby(self._store.bodies(), key=lambda row: row.received):
                batch = list(rows)
                if any(row.body is None for row in batch):
                    raise StoreError("rebuild: the index keeps no texts; add its articles to a new index instead")
                new.add_many(map(unpack_article, batch), received=moment_of(at))
                count += len(batch)
            for low, high, must in self._store.links():
                (new.must_link if must else new.cannot_link)(decode(low), decode(high))
            new.refresh()
        return count

    # How

    def _stream(self) -> Stream:
        """What is in memory, built from the store if it isn't there."""
        if self._made is None:
            if self._broken:
                raise StoreError("this index in memory lost a change half-way and can't go on; make a new one")
            self._made = load_stream(self._store, self.settings, self._aliases, self._progress)
            if self._store.writable and self._made.live.count:
                with self._change() as stream:
                    stream.settle(stream.learn_all())
                    self._emit(stream)
        return self._made

    @contextmanager
    def _change(self) -> Iterator[Stream]:
        """A transaction, at whose end what has changed in memory is written."""
        if not self._store.writable:
            raise StoreError("this index was opened to read only; open it without read_only=True")
        stream = self._stream()
        try:
            with self._store.transaction():
                yield stream
                self._flush(stream)
        except BaseException:
            self._made = None  # memory is ahead of the store; it is built anew
            self._new_ids = {}
            self._mark = int(self._store.get("last_story") or 0)
            self._broken = getattr(self._store, "in_memory", False)
            self._last_number = int(self._store.get("last_number") or 0)
            raise

    def _add(
        self, stream: Stream, article: Article, fingerprints: Fingerprints, i: int, title: int, at: int
    ) -> Placement:
        article_id = encode(article.id)
        known = stream.live.find(article_id)
        content = content_of(article)
        old_story = 0
        touched: set[int] = set()
        if known != NOWHERE:
            number = int(stream.live.articles.number[known])
            if self._store.article(number).content == content:
                return self._placement(stream, article.id, known, "unchanged", False)
            old_story = int(stream.live.articles.story[known])
            touched = stream.remove(known)
            self._store.drop_article(number)
        x, more = self._take_in(stream, article, fingerprints, i, title, at)
        if old_story and not stream.has_others(x, old_story):
            stream.return_to(x, old_story)
        stream.settle((touched - {known}) | more)
        outcome = self._emit(stream, article_id, "updated" if old_story else None)
        if stream.due:
            stream.settle(stream.work_off())
            self._emit(stream)
        if old_story and outcome != "merged":
            outcome = "joined" if stream.has_others(x, int(stream.live.articles.story[x])) else "created"
        placement = self._placement(stream, article.id, x, outcome, bool(old_story))
        self._age(stream, at)
        return placement

    def _take_in(
        self, stream: Stream, article: Article, fingerprints: Fingerprints, i: int, title: int, at: int
    ) -> tuple[int, set[int]]:
        """Add an article to memory and store, without a story yet."""
        self._last_number += 1
        published = seconds_of(article.published)
        content = content_of(article)
        x, touched = stream.add(
            encode(article.id), self._last_number, fingerprints, i, article.outlet, published, title,
            int.from_bytes(content[:8], "little"),
        )  # fmt: skip
        known = None if published == UNKNOWN_TIME else published
        age = at if known is None or not self._by_publication else min(at, known * MICROSECONDS)
        body = zlib.compress(encode(article.text), 6) if self._store_text else None
        live = stream.live
        self._store.put_article(
            ArticleRow(
                self._last_number, encode(article.id), int(live.texts.number[live.articles.text[x]]),
                int(live.articles.name[x]) + 1, known, signed(title), at, age, content,
                pack_fields(article), body,
            )
        )  # fmt: skip
        if self._oldest is None or age < self._oldest:
            self._oldest = age
        return x, touched

    def _remove(self, stream: Stream, article_id: bytes, kind: Kind) -> None:
        x = stream.live.find(article_id)
        number = int(stream.live.articles.number[x])
        for other in [*stream.must.get(article_id, ()), *stream.cannot.get(article_id, ())]:
            low, high = sorted((article_id, other))
            self._store.drop_link(low, high)
        touched = stream.remove(x)
        stream.forget_links(article_id)
        self._store.drop_article(number)
        stream.settle(touched)
        self._emit(stream, article_id, kind)
        if stream.pending >= self._refresh_every:
            self._refresh(stream, wholly=False)

    def _age(self, stream: Stream, at: int) -> None:
        """Let expire what has grown too old, and refresh when it is time."""
        self._clock = max(self._clock, min(at, microseconds(datetime.now(UTC))))
        if self._retention is not None:
            cutoff = self._clock - int(self._retention.total_seconds() * MICROSECONDS)
            if self._oldest is not None and self._oldest < cutoff:
                for _, article_id in self._store.oldest(cutoff, EXPIRED_AT_ONCE):
                    self._remove(stream, article_id, "expired")
                self._oldest = self._store.least_age()
        if stream.pending >= self._refresh_every:
            self._refresh(stream, wholly=False)

    def _refresh(self, stream: Stream, *, wholly: bool = True) -> None:
        stream.settle(stream.refresh(wholly=wholly))
        self._emit(stream)
        if self._keep_changes is not None:
            self._store.drop_changes(microseconds(datetime.now(UTC) - self._keep_changes))

    def _pair(self, a: str, b: str) -> tuple[bytes, bytes]:
        for article_id in (a, b):
            if article_id not in self:
                raise UnknownIdError(f"{article_id!r}: the index has no article with this id")
        low, high = sorted((encode(a), encode(b)))
        return low, high

    def _link(self, a: str, b: str, *, must: bool) -> None:
        low, high = self._pair(a, b)
        if low == high:
            raise LinkError(f"({a!r}, {b!r}): expected two articles, got one twice")
        self._stream().check_link(low, high, must)
        with self._change() as stream:
            drop_link(stream, low, high)
            said = stream.must if must else stream.cannot
            said[low].add(high)
            said[high].add(low)
            self._store.put_link(low, high, must)
            stream.settle({stream.live.find(low), stream.live.find(high)})
            self._emit(stream)

    def _emit(self, stream: Stream, article_id: bytes | None = None, kind: Kind | None = None) -> Outcome:
        """Write the feed's entries for what has moved since the last time.

        Args:
            stream: What is in memory.
            article_id: The article that was added, updated or removed; None where none was.
            kind: What happened to it; None where it was added: then it is told from where it went.

        Returns:
            What adding the article did.
        """
        moved, stream.journal.moved = stream.journal.moved, {}
        mark, self._mark = self._mark, stream.last_story
        ids = self._story_ids(stream, moved)
        outcome: Outcome = "joined"
        if article_id is not None:
            before, now = moved.pop(article_id, (0, 0))
            if kind is None:
                members = {other: pair for other, pair in moved.items() if pair[1] == now}
                sources = {pair[0] for pair in members.values()} - {0}
                outcome = "merged" if sources else "created" if now > mark else "joined"
                touched = sources | ({now} if now <= mark else set())
                for other in members:
                    moved.pop(other)
                self._enter(outcome, article_id, touched, {now}, members | {article_id: (0, now)}, ids)
            elif kind == "updated":
                own = int(stream.live.articles.story[stream.live.find(article_id)])
                ids |= self._story_ids(stream, {article_id: (own, own)})
                pair = {article_id: (before, now)} if now else {}
                self._enter(kind, article_id, {before or own}, {own}, pair, ids)
                outcome = "merged" if any(now == own and before for before, now in moved.values()) else outcome
            else:
                after = {before} - stream.journal.dropped_stories
                self._enter(kind, article_id, {before}, after, {article_id: (before, 0)}, ids)
        into: dict[int, dict[bytes, tuple[int, int]]] = defaultdict(dict)
        out_of: dict[int, dict[bytes, tuple[int, int]]] = defaultdict(dict)
        for other, (before, now) in moved.items():
            (out_of[before] if before and now > mark else into[now])[other] = before, now
        for story, members in sorted(out_of.items()):
            after = {now for _, now in members.values()} | ({story} - stream.journal.dropped_stories)
            self._enter("split", None, {story}, after, members, ids)
        for story, members in sorted(into.items()):
            sources = {before for before, _ in members.values()} - {0}
            known = {story} if story <= mark else set()
            self._enter("merged" if sources else "created", None, sources | known, {story}, members, ids)
        return outcome

    def _enter(
        self,
        kind: Kind,
        article_id: bytes | None,
        before: set[int],
        after: set[int],
        moved: Mapping[bytes, tuple[int, int]],
        ids: Mapping[int, str],
    ) -> None:
        """Write an entry of the feed."""
        entry = {
            "kind": kind,
            "article": None if article_id is None else decode(article_id),
            "before": [ids[story] for story in sorted(before)],
            "after": [ids[story] for story in sorted(after)],
            "moved": {decode(other): ids[now] if now else None for other, (_, now) in sorted(moved.items())},
        }
        self._store.put_change(microseconds(datetime.now(UTC)), json.dumps(entry, separators=(",", ":")).encode())

    def _story_ids(self, stream: Stream, moved: Mapping[bytes, tuple[int, int]]) -> dict[int, str]:
        """The ids of the stories that articles moved from and to; new ones get theirs here."""
        ids = {}
        for number in {story for pair in moved.values() for story in pair} - {0}:
            if number not in self._new_ids and number in stream.journal.stories and not self._store.has_story(number):
                anchor = stream.journal.stories[number][1]
                own = story_id(decode(anchor))
                if own in self._new_ids.values() or self._store.story_number(story_id=own) is not None:
                    own = story_id(f"{decode(anchor)}\0{number}")
                self._new_ids[number] = own
            ids[number] = self._new_ids.get(number) or self._store.story(number).id
        return ids

    def _flush(self, stream: Stream) -> None:
        """Write what has changed in memory."""
        journal, stream.journal = stream.journal, Journal()
        live, store = stream.live, self._store
        for t, signature in journal.texts.items():
            words = (live.words[live.words_of(t)] & ~FLAGS).tobytes()
            store.put_text(TextRow(int(live.texts.number[t]), words, live.flags_of(t).tobytes(), signature))
        for number in journal.dropped_texts:
            store.drop_text(number)
        if journal.names:
            store.put_outlets(
                (number + 1, encode(stream.names[number]), stream.keys[number]) for number in sorted(journal.names)
            )
        store.drop_edges(journal.dropped_edges - journal.edges.keys())
        store.put_edges(EdgeRow(*ends, evidence) for ends, evidence in journal.edges.items())
        store.put_members(MemberRow(number, *row) for number, row in journal.members.items())
        store.drop_stories(journal.dropped_stories)
        store.put_stories(
            StoryRow(number, self._new_ids.get(number) or store.story(number).id, anchor, outlets)
            for number, (anchor, _, outlets) in journal.stories.items()
        )
        self._new_ids = {}
        store.put("last_number", str(self._last_number))
        store.put("last_story", str(stream.last_story))
        if journal.dropped_texts:
            store.reclaim()

    def _placement(self, stream: Stream, article_id: str, x: int, outcome: Outcome, updated: bool) -> Placement:
        story = int(stream.live.articles.story[x])
        own = self._new_ids.get(story) or self._store.story(story).id
        return Placement(self, article_id, own, outcome, updated)

    def matches_of(self, article_id: str) -> MatchList:
        """The verified pairs of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        stream = self._stream()
        x = stream.live.find(encode(article_id))
        if x == NOWHERE:
            raise UnknownIdError(f"{article_id!r}: the index has no article with this id")
        return self._matches(stream, x, stream.find_article(x), int(stream.live.articles.story[x]))

    def _matches(self, stream: Stream, x: int, found: Found, story: int | None) -> MatchList:
        """An article's verified pairs; ``story`` is the number of its story, None for none."""
        articles = stream.live.articles
        own = int(np.flatnonzero(found.rows == x)[0])
        matches = found.matches.take((found.matches.left == own) | (found.matches.right == own))
        verifier = found.verifier
        anchor = None
        if story is not None and articles.anchor[x] != x:
            at = np.flatnonzero(found.rows == articles.anchor[x])
            anchor = int(at[0]) if at.size else None
            if anchor is None or not ((matches.left == anchor) | (matches.right == anchor)).any():
                # no candidate pair happened to be there: the anchor alone is shown
                found = stream.judge_articles(x, int(articles.anchor[x]))
                matches, verifier, own, anchor = found.matches, found.verifier, 0, 1
        inside = [bool(same) for same in articles.story[found.rows] == story]
        ids = [decode(stream.live.id_of(row)) for row in found.rows.tolist()]
        return MatchList(matches, ids, own, verifier.words, verifier.catalog, anchor, inside, self.settings)

    def _story(self, number: int) -> Story:
        """Build a story from the store."""
        row = self._store.story(number)
        members = self._store.members(number)
        articles = {article.number: unpack_article(article) for article, _ in members}
        keys = {decode(name): key for name, key in self._store.outlet_keys({a.outlet for a, _ in members}).items()}
        relations: tuple[Relation, ...] = get_args(Relation)
        matches = {
            articles[article.number].id: Match(
                articles[article.number].id, articles[row.anchor].id, "same", relations[member.relation],
                member.jaccard, member.containment, 0.0, "",
            )
            for article, member in members
        }  # fmt: skip
        story = build_story(
            articles[row.anchor], list(articles.values()), matches, keys, datetime.now(UTC), self._choose_lead
        )
        return replace(story, id=row.id)
