"""Stories as the articles arrive: a StoryIndex gives each article its story at once and keeps all in a store.

What is in memory (``desk``) is built from the store when it is first needed, so that reading stories needs none of it.
Each call that changes something is an entry (``entries``): there as a whole once the call has returned, or not at all.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Self, get_args

import numpy as np

from storycluster import verify
from storycluster.batch import Progress
from storycluster.clustering import Clustering, Explanation
from storycluster.columns import Array, Fingerprints
from storycluster.compare import compare_texts
from storycluster.errors import (
    ArticleError,
    CursorExpired,
    LinkError,
    RecipeError,
    SettingsError,
    StoreError,
    StoryclusterError,
    UnknownIdError,
)  # fmt: skip
from storycluster.fields import counted
from storycluster.fingerprint import digest_strings, fingerprint_texts, recipe
from storycluster.growing import take_fingerprints
from storycluster.index.answers import Change, Checked, IndexStats
from storycluster.index.desk import REFRESH_EVERY, Desk, Result, unknown_article
from storycluster.index.entries import Arrivals, Entry, Refresh, Removals, Said, Terms
from storycluster.index.opening import (
    check_options,
    differences,
    open_store,
    settle_retention,
    settle_settings,
    settle_store_text,
)
from storycluster.index.placement import MatchList, Placement
from storycluster.index.records import (
    MICROSECONDS,
    arrival_of,
    check_moment,
    content_of,
    encode_id,
    microseconds,
    moment_of,
    pack_fields,
    read_article,
    seconds_of,
    unpack_article,
)
from storycluster.index.rehearsal import rehearse
from storycluster.index.saving import complete, read_rows
from storycluster.index.stream import Stream
from storycluster.index.writers import Writer, judged_by, refuse_newer_rule, writer_of
from storycluster.kernels.postings import NOWHERE
from storycluster.models import Article, Match, Relation, Story, known_as_id
from storycluster.outlets import Aliases
from storycluster.settings import Settings
from storycluster.store.address import is_address
from storycluster.store.contract import ArticleRow, SharedStore, Store, StoryRow
from storycluster.store.copying import parts_of
from storycluster.store.sqlite import SqliteStore, new_file
from storycluster.story import ChooseLead, build_story
from storycluster.text import matchable_text
from storycluster.utf8 import decode, encode

log = logging.getLogger(__name__)

EXPIRED_AT_ONCE = 8
"""Articles that expire with one added article at most, so that no add takes long; the others follow with the next."""
PAGE = 1_000
"""Changes read from the store at a time."""
STORIES_AT_ONCE = 50
"""Stories built at a time."""


def read_only() -> StoreError:
    """A change is wanted of an index that may only be read."""
    return StoreError("this index was opened to read only; open it without read_only=True")


class StoryIndex:
    """Stories of articles that arrive one by one, are corrected, withdrawn and grow old.

    Opened by :meth:`open`, closed by :meth:`close` or as a context manager.

    After any sequence of calls the stories are those that ``cluster_articles`` gives for the live articles; where
    furniture or outlets' names were learnt since the last refresh, after the next :meth:`refresh`.

    **Story ids stay.** A new story's id is derived from its anchor's id. When stories merge or split, an id goes with
    the majority: of all pairs of an old story and a new group of articles, the one with most articles in common keeps
    its id first (then the older story, then the group whose anchor has the least id). A group that no id is left for
    is a new story.

    **What fails in the store is a StoreError**, of any call: the index was closed, or opened to read only; the file
    can't be read or written; the connection to a server was lost (the next call makes it anew); a newer storycluster
    has taken the index over. Of a change that fails, a file keeps nothing, and an index in memory can't go on after
    it. On a server it may have been kept all the same, as a whole: do it again, as an article that is there already
    changes nothing. After a LockedError, which is a StoreError, it stands in the server's log, and is applied once
    the other writer has ended its turn or is gone.
    """

    def __init__(self, *_: object, **__: object) -> None:
        """Only :meth:`open` makes an index.

        Raises:
            StoreError: Always.
        """
        raise StoreError("StoryIndex(...): an index is opened, or begun, by StoryIndex.open(path)")

    def _begin(
        self,
        store: Store,
        settings: Settings,
        retention: timedelta | None,
        keep_changes: timedelta | None,
        store_text: bool,
        choose_lead: ChooseLead | None,
        progress: Progress,
    ) -> None:
        self.settings = settings
        self._retention = retention
        self._store_text = store_text
        self._choose_lead = choose_lead
        self._progress = progress
        self._open: Writer | None = writer_of(store, self._load, keep_changes)

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        settings: Settings | None = None,
        *,
        read_only: bool = False,
        must_exist: bool = False,
        aliases: Aliases | None = None,
        retention: timedelta | Literal["kept"] | None = "kept",
        retain_by: Literal["arrival", "publication"] | None = None,
        keep_changes: timedelta | None = timedelta(days=30),
        store_text: bool | None = None,
        refresh_every: int | None = None,
        synchronous: Literal["normal", "full"] = "normal",
        timeout: float = 0.0,
        choose_lead: ChooseLead | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Open an index, or begin one.

        Where an older version of the rule has judged the matches of an index, the first one to open it for writing has
        all of them judged anew, which takes as long as :meth:`check`; the log of ``storycluster`` says so.

        Args:
            path: A file, made if it isn't there; ":memory:" keeps all in memory; or the address of a PostgreSQL
                database, ``postgresql://user@host/database``, where several processes may write at once. It holds the
                index in a schema named storycluster; ``…/database#name`` names another one.
            settings: Those of the index if None; defaults for a new one.
            read_only: See what others write; any number may read beside the one who writes.
            must_exist: Don't begin a new index.
            aliases: The caller's own outlet aliases; those given last hold for the index, whoever opens it.
            retention: How long an article stays; None keeps all. What is given holds for the index from then on; "kept"
                leaves it as the index has it, 30 days for a new one.
            retain_by: From when that counts: from its arrival, or from its publication (from its arrival where that
                is unknown or later: a date in the future keeps nothing longer, and expires nothing sooner). As the
                index has it if None; "arrival" for a new one.
            keep_changes: How long the feed keeps its entries; None keeps all.
            store_text: Whether to keep the texts of what comes, which ``explain`` and ``rebuild`` need. What is given
                holds for the index from then on; None leaves it as the index has it, False for a new one.
            refresh_every: Articles that come or go between two refreshes, at most: in a young index, an eighth of its
                articles and 32 at least. As the index has it if None, 1,000 for a new one.
            synchronous: "normal": what a call returned survives the death of the process; "full": the loss of power
                too, at the price of waiting for the disk at each call.
            timeout: Seconds to wait for another writer to end, or for a server to answer.
            choose_lead: Gives the id of the copy that a story shows first, from its articles (without their texts).
            progress: Told how far loading is, and a rebuild.

        Raises:
            LockedError: The file is open for writing already, in this process or another; another writer of a server's
                index has had its turn for ``timeout`` seconds.
            MissingExtraError: PostgreSQL's driver isn't installed.
            RecipeError: It was made under other settings of the fingerprint, or by other code.
            SettingsError: It was made under other settings than those given.
            StoreError: It can't be opened, is none of ours, damaged, or of a newer version.
        """
        check_options(
            settings, aliases, retention, retain_by, keep_changes, store_text, refresh_every, synchronous, timeout,
            choose_lead,
        )  # fmt: skip
        store = open_store(
            path, writable=not read_only, full=synchronous == "full", timeout=timeout, must_exist=must_exist
        )
        try:
            settings = settle_settings(store, settings)
            index = cls.__new__(cls)
            index._begin(
                store,
                settings,
                settle_retention(store, retention),
                keep_changes,
                settle_store_text(store, store_text),
                choose_lead,
                progress or (lambda *_: None),
            )
            if not read_only:
                index._settle_rule()
                index._settle_terms(refresh_every, retain_by, aliases)
            return index
        except BaseException:
            store.close()
            raise

    def _settle_rule(self) -> None:
        """Have all matches judged anew where an older version of the rule has judged them."""
        refuse_newer_rule(self._store)
        if judged_by(self._store) < verify.RULE:
            if len(self):
                log.warning(
                    "%s: its matches were judged by an older version of the rule; judging anew", self._store.name
                )
            self._writer.judge_anew()

    def _settle_terms(self, refresh_every: int | None, retain_by: str | None, aliases: Aliases | None) -> None:
        """Have what the caller wants of the index hold for it from here on, where it differs."""
        known, spelled = int(self._store.get("refresh_every") or REFRESH_EVERY), self._store.get("aliases")
        names = None if aliases is None else {name: list(spellings) for name, spellings in aliases.names.items()}
        terms = Terms(
            self._now(),
            None if refresh_every in (None, known) else refresh_every,
            None if retain_by in (None, self._store.get("retain_by") or "arrival") else retain_by == "publication",
            None if names is None or json.dumps(names) == (spelled or "{}") else names,
        )
        if (terms.refresh_every, terms.by_publication, terms.aliases) != (None, None, None):
            self._do(terms)

    @property
    def _writer(self) -> Writer:
        """What brings entries into memory and store.

        Raises:
            StoreError: The index was closed.
        """
        if self._open is None:
            raise StoreError("this index was closed; open it again")
        return self._open

    @property
    def _store(self) -> Store:
        """The store, with the rows of all that was performed; StoreError as for ``_writer``."""
        return self._writer.store

    def close(self) -> None:
        """Let go of the store."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._open is None:
            return "<StoryIndex: closed>"
        try:
            return f"<StoryIndex: {self._store.name}, {counted(len(self), 'article')}>"
        except StoreError as error:
            return f"<StoryIndex: {error}>"

    def __len__(self) -> int:
        return self._store.count_articles()

    def __contains__(self, article_id: str) -> bool:
        """Whether there is an article with an id.

        Raises:
            UnknownIdError: It is no str: a number would never be found, even where it was added as one.
        """
        return self._store.number_of(encode_id(article_id)) is not None

    # Changing

    def add(self, article: Article | Mapping[str, Any], *, received: datetime | None = None) -> Placement:
        """Take an article in and give it its story.

        The same id with the same content changes nothing, not even whether its text is kept; with other content it
        is an update.

        Args:
            article: An Article, or a mapping as for ``Article.from_mapping``.
            received: When it arrived; now if None. For replays. A naive moment is read as UTC, as all that are given.

        Raises:
            ArticleError: It is no article, or is said to have arrived in the future.
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: Another process has already taken it out of a server's index again.
        """
        return self.add_many([article], received=received)[0]

    def add_many(
        self, articles: Iterable[Article | Mapping[str, Any]], *, received: datetime | None = None
    ) -> list[Placement]:
        """Take articles in, in their order, with the answers that ``add`` gives for each, as one transaction.

        Raises:
            ArticleError: One of them is no article; its place is named, and none is kept.
            LockedError: As for ``add``.
            StoreError: They couldn't be kept, none of them; see the class.
            UnknownIdError: All were kept, and another process has already taken one out again.
        """
        read = [read_article(article, i) for i, article in enumerate(articles)]
        at = arrival_of(received)
        if not read:
            return []
        fingerprints = fingerprint_texts([article.text for article in read], self.settings, clean=matchable_text)
        return self._take_in(self._arrivals(read, fingerprints, at))

    def _take_in(self, arrivals: Arrivals) -> list[Placement]:
        """Perform an entry of articles that arrived, and let go of as many old ones as may go with them."""
        with self._change():
            placed = self._writer.perform(arrivals)
            self._expire_old(EXPIRED_AT_ONCE * len(arrivals.ids))
        if isinstance(placed, StoryclusterError):
            raise placed
        assert isinstance(placed, list)
        return placed

    def _arrivals(
        self, articles: Sequence[Article], fingerprints: Fingerprints, at: int, *, seeding: bool = False
    ) -> Arrivals:
        """The entry of some articles that arrived at a moment."""
        about = [pack_fields(article) for article in articles]
        texts = [encode(article.text) for article in articles]
        return Arrivals(
            at,
            self._now(),
            [encode(article.id) for article in articles],
            [encode(article.outlet) for article in articles],
            np.array([seconds_of(article.published) for article in articles], np.int64),
            digest_strings([article.title for article in articles]),
            [content_of(*both) for both in zip(about, texts, strict=True)],
            about,
            [zlib.compress(text, 6) if self._store_text else None for text in texts],
            fingerprints,
            seeding,
        )

    def _expire_old(self, most: int) -> None:
        """Let go of what has grown too old, so many articles at most."""
        desk = self._writer.loaded
        if self._retention is None or desk is None:
            return
        cutoff = desk.clock - int(self._retention.total_seconds() * MICROSECONDS)
        if desk.oldest is not None and desk.oldest < cutoff:
            self._expire(cutoff, most)
            desk.oldest = self._store.least_age()

    def _expire(self, cutoff: int, most: int) -> tuple[int, Result]:
        """Take out articles older than a moment, so many at most.

        Returns:
            How many there were; how many of them this took out, as another writer may have been quicker, or why they
            can't go.
        """
        old = self._store.oldest(cutoff, most)
        if not old:
            return 0, 0
        numbers, ids = zip(*old, strict=True)
        return len(old), self._writer.perform(Removals(self._now(), "expired", ids, numbers))

    def update(self, article: Article | Mapping[str, Any], *, received: datetime | None = None) -> Placement:
        """Put an article in place of the one with its id.

        Raises:
            ArticleError: As for ``add``.
            LockedError: As for ``add``.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: There is none with its id, or another process has already taken it out again.
        """
        read = read_article(article)
        if read.id not in self:
            raise UnknownIdError(f"{read.id!r}: the index has no article with this id; add it")
        return self.add(read, received=received)

    def remove(self, article_id: str) -> None:
        """Take an article out, as if it had never come; its story is cut anew.

        Raises:
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: It couldn't be taken out; see the class.
            UnknownIdError: The index has no article with this id, or another process was quicker to take it out.
        """
        if article_id not in self:
            raise unknown_article(article_id)
        self._do(Removals(self._now(), "removed", [encode_id(article_id)], [0]))

    def expire(self, *, before: datetime) -> int:
        """Take out all articles older than a moment, by arrival or publication as the index retains.

        Args:
            before: The moment; a naive one is read as UTC.

        Returns:
            How many; those that another process was quicker to take out don't count.

        Raises:
            ArticleError: It is no moment.
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: Some couldn't be taken out; those before them are gone: 1,000 go at a time. See the class.
        """
        check_moment(before, "before")
        count = 0
        while True:
            with self._change():
                found, gone = self._expire(microseconds(before), PAGE)
            if isinstance(gone, StoryclusterError):
                raise gone
            assert isinstance(gone, int)
            count += gone
            if found < PAGE:
                return count

    def refresh(self) -> None:
        """Apply what was learnt of furniture and outlets' names; it happens by itself every ``refresh_every`` articles.

        Right after it, the stories are exactly those of a batch.

        Raises:
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: What has changed couldn't be kept; see the class.
        """
        self._do(Refresh(self._now()))

    def must_link(self, a: str, b: str) -> None:
        """Put two articles into one story whatever their texts say, as long as both are in the index.

        Raises:
            LinkError: A ``cannot_link`` keeps them apart through others; one of just these two is taken back.
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: The index has no article with one of the ids, or not any more.
        """
        self._link(a, b, must=True)

    def cannot_link(self, a: str, b: str) -> None:
        """Keep two articles apart whatever their texts say.

        Raises:
            LinkError: A ``must_link`` joins them through others; one of just these two is taken back.
            LockedError: As for ``must_link``.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: The index has no article with one of the ids, or not any more.
        """
        self._link(a, b, must=False)

    def unlink(self, a: str, b: str) -> None:
        """Take back what was said of two articles; nothing if nothing was.

        Raises:
            LockedError: As for ``must_link``.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: The index has no article with one of the ids, or not any more.
        """
        low, high = self._pair(a, b)
        self._do(Said(self._now(), low, high, None))

    def seed(self, clustering: Clustering, *, received: datetime | None = None) -> None:
        """Take in all articles of a batch without fingerprinting them again.

        Raises:
            ArticleError: It is no batch, or its articles are said to have arrived in the future.
            LockedError: As for ``add``.
            RecipeError: The batch's fingerprints are of another recipe.
            SettingsError: The batch was made under other settings.
            StoreError: It couldn't be kept; see the class. A server takes in 10,000 articles at a time, and keeps those
                before.
        """
        if not isinstance(clustering, Clustering):
            raise ArticleError(
                f"seed: expected a Clustering, as cluster_articles gives it, got {type(clustering).__name__}; add_many "
                "takes articles"
            )
        if clustering.fingerprints.recipe != recipe(self.settings):
            raise RecipeError(
                f"seed: the batch's fingerprints were made under [{clustering.fingerprints.recipe}], the index has "
                f"[{recipe(self.settings)}]; cluster under StoryIndex.settings"
            )
        if clustering.settings != self.settings:
            told = differences(self.settings, clustering.settings)
            raise SettingsError(
                f"seed: the batch was made under other settings than the index ({told}); cluster under "
                "StoryIndex.settings"
            )
        at = arrival_of(received)
        articles, fingerprints = clustering.articles, clustering.fingerprints
        size = self._writer.seeded_at_once or max(len(articles), 1)
        for first in range(0, len(articles), size):
            rows = np.arange(first, min(first + size, len(articles)))
            marks = take_fingerprints(fingerprints, rows)
            self._take_in(self._arrivals(articles[first : first + size], marks, at, seeding=True))

    # Reading

    def story(self, story_id: str) -> Story:
        """The story with an id.

        Raises:
            UnknownIdError: There is none (any more).
        """
        with self._store.moment():
            number = self._store.story_number(story_id=known_as_id(story_id))
            if number is None:
                raise UnknownIdError(f"{story_id!r}: the index has no story with this id")
            return self._story(self._store.story(number))

    def story_of(self, article_id: str) -> Story:
        """The story of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        with self._store.moment():
            return self._story(self._store.story(self._story_number_of(article_id)))

    def story_id_of(self, article_id: str) -> str:
        """The id of the story of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        with self._store.moment():
            return self._store.story(self._story_number_of(article_id)).id

    def stories(self, *, since: datetime | None = None, min_outlets: int = 0) -> Iterator[Story]:
        """The stories, those with most outlets first, then the older ones.

        Args:
            since: Only stories that an article has joined at or after this moment (by arrival; a naive one is UTC).
            min_outlets: Only stories that so many outlets ran.

        Yields:
            Each as it is when its turn comes, if it is still there.

        Raises:
            ArticleError: ``since`` is no moment.
        """
        for some in parts_of(self._story_numbers(since, min_outlets), STORIES_AT_ONCE):
            with self._store.moment():
                made = list(map(self._story, self._store.some_stories(some)))
            yield from made

    def count_stories(self, *, since: datetime | None = None, min_outlets: int = 0) -> int:
        """How many stories ``stories`` gives."""
        return len(self._story_numbers(since, min_outlets))

    def _story_numbers(self, since: datetime | None, min_outlets: int) -> Sequence[int]:
        if since is not None:
            check_moment(since, "since")
        return self._store.story_numbers(None if since is None else microseconds(since), min_outlets)

    def article(self, article_id: str) -> Article:
        """An article as it was added; without its text unless the index keeps texts.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        return unpack_article(self._row(article_id))

    def keeps_text(self, article_id: str) -> bool:
        """Whether the index keeps the text of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        return self._row(article_id).body is not None

    def search(self, article: Article | Mapping[str, Any]) -> list[Match]:
        """What an article would match, without adding it: all that is not ``different``, best first.

        An article with its id that is in the index is left out.
        """
        read = read_article(article)
        fingerprints = fingerprint_texts([read.text], self.settings, clean=matchable_text)
        title = int(digest_strings([read.title])[0])
        with (
            self._writer.lent() as desk,
            desk.stream.trial(
                encode(read.id), fingerprints, read.outlet, seconds_of(read.published), title
            ) as (x, found),
        ):  # fmt: skip
            matches = desk.matches(x, found, None)
        near = [
            replace(match, a=read.id)  # whose id may be another article's in the index
            for match in matches
            if match.verdict != "different" and match.b != read.id
        ]
        return sorted(near, key=lambda match: (match.verdict != "same", -match.containment, -match.jaccard, match.b))

    def matches_of(self, article_id: str) -> MatchList:
        """The verified pairs of an article, as they are now: each a Match whose ``a`` is the article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        desk = self._writer.loaded or self._writer.desk()
        matches = desk.matches_of(article_id)
        if matches is None:
            raise unknown_article(article_id)
        return matches

    def judge(self, a: str, b: str) -> Match:
        """The verdict on two articles of the index, whether or not they stand in one story.

        Raises:
            UnknownIdError: The index has no article with one of the ids.
        """
        stream = self._writer.desk().stream
        rows = [stream.live.find(encode_id(article_id)) for article_id in (a, b)]
        for x, article_id in zip(rows, (a, b), strict=True):
            if x == NOWHERE:
                raise unknown_article(article_id)
        found = stream.judge_articles(*rows)
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
            row = self._row(article_id)
            if row.body is None:
                raise StoreError(
                    f"explain: the index has no text of {article_id!r}; remove it and add it again with store_text=True"
                )
            texts.append(matchable_text(unpack_article(row).text))
        changes = compare_texts(*texts)
        together = self._story_number_of(a) == self._story_number_of(b)
        facts = tuple(change for change in changes if change.facts)
        return Explanation(match=match, together=together, changes=tuple(changes), changed_facts=facts)

    def signatures(self) -> Iterator[tuple[str, Array]]:
        """The id and the MinHash signature (uint32, bands · rows) of each article that has words.

        Articles may come and go meanwhile: one that has come may be left out.
        """
        live = self._writer.desk().stream.live
        rows = live.every_text()
        for t, number in zip(rows.tolist(), live.texts.number[rows].tolist(), strict=True):
            if live.texts.words[t] and live.texts.articles[t] and live.texts.number[t] == number:
                signature = live.sketch_of(t).signature
                for x in live.run_of(t).tolist():
                    yield decode(live.id_of(x)), signature

    def changes(self, since_cursor: int = 0) -> Iterator[Change]:
        """The feed of changes after a place in it, in order, up to its end.

        Whoever keeps the cursor of the last change seen, and asks for what came after it, misses none and sees none
        twice.

        Raises:
            CursorExpired: The feed keeps no more what came after that place, or never got there. Read ``stories``
                anew and go on from ``cursor``.
            SettingsError: That is no place in a feed.
        """
        if not isinstance(since_cursor, int):
            raise SettingsError(
                f"changes: since_cursor: expected a whole number, as Change.cursor is one, got {since_cursor!r}"
            )
        if since_cursor > self.cursor:
            raise self._cursor_expired(since_cursor)
        while True:
            rows = self._store.changes(since_cursor, PAGE)
            # cursors follow each other: what is missing has been dropped, if only since the last page
            if rows[0].cursor > since_cursor + 1 if rows else self._store.cursors()[0] > since_cursor:
                raise self._cursor_expired(since_cursor)
            if not rows:
                return
            for row in rows:
                entry = json.loads(row.entry)
                yield Change(
                    row.cursor, moment_of(row.at), entry["kind"], entry["article"], tuple(entry["before"]),
                    tuple(entry["after"]), entry["moved"],
                )  # fmt: skip
            since_cursor = rows[-1].cursor

    def _cursor_expired(self, since: int) -> CursorExpired:
        dropped, last = self._store.cursors()
        return CursorExpired(
            f"changes: the feed has what came after {dropped} up to {last}, asked for was what came after "
            f"{since}; read the stories anew and go on from StoryIndex.cursor"
        )

    @property
    def cursor(self) -> int:
        """The last change's place in the feed; 0 if there was none."""
        return self._store.cursors()[1]

    def stats(self) -> IndexStats:
        """Sizes of the index."""
        with self._store.moment():
            counts = self._store.counts()
        stream = self._writer.loaded.stream if self._writer.loaded else None
        memory = stream.live.nbytes() if stream else 0
        if self._store.in_memory:  # these rows aren't kept twice
            pending = stream.pending + stream.due + stream.overdue if stream else 0
            edges = stream.live.edges_of(stream.live.every_article()).size if stream else 0
            texts = stream.live.every_text().size if stream else 0
            counts |= {"texts": int(texts), "edges": int(edges), "pending": pending}
        return IndexStats(
            counts["articles"], counts["texts"], counts["stories"], counts["edges"], counts["changes"],
            counts["bytes"], memory, counts["pending"],
        )  # fmt: skip

    # Care

    def check(self) -> Checked:
        """Verify the index: the file, and that its stories are those that its articles give.

        What was still pending is applied first, as ``refresh`` does. What can be derived from the articles'
        fingerprints is derived anew then, and put right where it differs.

        Raises:
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds.
            StoreError: The index was opened to read only, or what was put right couldn't be kept.
        """
        damage = self._store.damage()
        if damage:
            return Checked(tuple(damage), ())
        if not self._writer.writable:
            raise read_only()
        found = self._writer.check()
        mended, applied = [], []
        if found.applied:
            changes = counted(found.applied, "change")
            applied.append(f"what was learnt was applied: {changes}, in the feed after {found.before}")
        if found.matches:
            mended.append(f"matches were derived anew: {found.matches:,} put right")
        if found.changes:
            changes = counted(found.changes, "change")
            mended.append(f"stories were put right: {changes}, in the feed after {found.after}")
        return Checked((), tuple(mended), tuple(applied))

    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the index to a file as it stands at one moment, while it is in use.

        Raises:
            StoreError: The file is there already, or can't be written.
        """
        with new_file(path) as beside:
            self._store.backup(beside)
            if self._store.in_memory:
                with closing(SqliteStore(beside)) as copy, copy.transaction():
                    complete(self._writer.desk(), copy)

    def rebuild(self, path: str | PathLike[str], settings: Settings | None = None) -> int:
        """Write a new index with all articles under other settings, each with the time when it arrived.

        Returns:
            How many articles.

        Raises:
            StoreError: The file is there already, or this index doesn't keep texts.
        """
        return rebuild_store(self._store, path, settings, self._progress)

    # How

    def _load(self) -> Desk:
        """What the store holds, in memory."""
        refuse_newer_rule(self._store)  # it may have been taken over since it was opened
        rehearse()
        aliases = self._store.get("aliases")
        known = None if aliases is None else Aliases.from_mapping(json.loads(aliases))
        desk = Desk(Stream(self.settings, known), self)
        read_rows(desk, self._store, self._progress)
        return desk

    @staticmethod
    def _now() -> int:
        return microseconds(datetime.now(UTC))

    def _change(self) -> AbstractContextManager[object]:
        """Within, entries are performed."""
        if not self._writer.writable:
            raise read_only()
        return self._writer.change()

    def _do(self, entry: Entry) -> Result:
        """Perform an entry.

        Raises:
            StoryclusterError: It can't be applied, and has changed nothing.
        """
        with self._change():
            result = self._writer.perform(entry)
        if isinstance(result, StoryclusterError):
            raise result
        return result

    def _row(self, article_id: str) -> ArticleRow:
        """An article as the store has it.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        with self._store.moment():
            number = self._store.number_of(encode_id(article_id))
            if number is None:
                raise unknown_article(article_id)
            return self._store.article(number)

    def _story_number_of(self, article_id: str) -> int:
        number = self._store.story_number(article_id=encode_id(article_id))
        if number is None:
            raise unknown_article(article_id)
        return number

    def _pair(self, a: str, b: str) -> tuple[bytes, bytes]:
        for article_id in (a, b):
            if article_id not in self:
                raise unknown_article(article_id)
        low, high = sorted((encode_id(a), encode_id(b)))
        return low, high

    def _link(self, a: str, b: str, *, must: bool) -> None:
        low, high = self._pair(a, b)
        if low == high:
            raise LinkError(f"({a!r}, {b!r}): expected two articles, got one twice")
        self._do(Said(self._now(), low, high, must))

    def _story(self, row: StoryRow) -> Story:
        """Build a story from the store, within the moment in which its row was read."""
        members = self._store.members(row.number)
        articles = {article.number: unpack_article(article) for article, _ in members}
        named = self._store.outlet_keys({article.outlet for article, _ in members})
        keys = {decode(name): decode(key) for name, key in named.items()}
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


def rebuild_store(store: Store, path: str | PathLike[str], settings: Settings | None, progress: Progress | None) -> int:
    """``StoryIndex.rebuild`` from the rows alone: whatever recipe they were made under."""
    with store.moment():
        if not is_address(path):
            with new_file(path) as beside:
                return write_anew(store, beside, settings, progress)
        return write_anew(store, path, settings, progress)


def write_anew(store: Store, path: str | PathLike[str], settings: Settings | None, progress: Progress | None) -> int:
    """The same, to where an index may begin."""
    total = store.count_articles()
    bare, example = store.without_body()
    if example is not None:
        raise StoreError(
            f"rebuild: the index keeps no text of {bare:,} of its {total:,} articles, {decode(example)!r} for one; "
            "texts are kept with store_text=True. Add the articles to a new index instead"
        )
    count, aliases = 0, store.get("aliases")
    with StoryIndex.open(
        path, settings, retention=None, store_text=True, refresh_every=int(store.get("refresh_every") or REFRESH_EVERY),
        aliases=None if aliases is None else Aliases.from_mapping(json.loads(aliases)),
        retain_by="publication" if store.get("retain_by") == "publication" else "arrival",
    ) as new:  # fmt: skip
        if len(new):
            raise StoreError(f"{new._store.name}: expected an address for a new index; this one has articles already")
        try:
            for at, rows in groupby(store.bodies(), key=lambda row: row.received):
                batch = list(rows)
                new.add_many(map(unpack_article, batch), received=moment_of(at))
                count += len(batch)
                if progress is not None:
                    progress("rebuilding", count, total)
            for low, high, must in store.links():
                (new.must_link if must else new.cannot_link)(decode(low), decode(high))
            new.refresh()
            settle_retention(new._store, settle_retention(store, "kept"))
            settle_store_text(new._store, settle_store_text(store, None))
        except BaseException:
            if isinstance(new._store, SharedStore):  # a file is gone by itself
                new._store.drop()
            raise
    return count


def rebuild_index(
    path: str | PathLike[str],
    target: str | PathLike[str],
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
) -> int:
    """Write a new index with all articles of one that can't be opened any more, as its recipe is another one.

    Args:
        path: The index.
        target: The new one.
        settings: Its settings; defaults if None.
        progress: Told how far it is.

    Returns:
        How many articles.

    Raises:
        StoreError: The index can't be read or doesn't keep texts, or the new one is there already.
    """
    store = open_store(path, writable=False, full=False, timeout=0.0, must_exist=True)
    try:
        return rebuild_store(store, target, settings, progress)
    finally:
        store.close()
