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
from datetime import UTC, datetime, timedelta
from itertools import groupby
from os import PathLike
from typing import Any, Literal, Self

import numpy as np

from storycluster import verify
from storycluster.batch import Progress, check_items
from storycluster.clustering import Clustering
from storycluster.columns import Fingerprints
from storycluster.errors import (
    ArticleError,
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
from storycluster.index.answers import Checked
from storycluster.index.desk import REFRESH_EVERY, Desk, Result, unknown_article
from storycluster.index.door import Door, alone
from storycluster.index.entries import Arrivals, Entry, Refresh, Removals, Said, Terms
from storycluster.index.holding import judged_by, refuse_newer_rule
from storycluster.index.inspection import inspect_rows
from storycluster.index.opening import (
    check_options,
    differences,
    kept_settings,
    open_store,
    settle_keep_changes,
    settle_retention,
    settle_settings,
    settle_store_text,
)
from storycluster.index.placement import Placement
from storycluster.index.reader import Reader
from storycluster.index.records import (
    MICROSECONDS,
    aliases_of,
    arrival_of,
    check_moment,
    content_of,
    encode_id,
    microseconds,
    moment_of,
    number_named,
    pack_fields,
    read_article,
    seconds_of,
    unpack_article,
)
from storycluster.index.rehearsal import rehearse
from storycluster.index.saving import complete, read_rows
from storycluster.index.stream import Stream
from storycluster.index.view import View
from storycluster.index.writers import Writer, writer_of
from storycluster.models import Article
from storycluster.outlets import Aliases
from storycluster.registers import check_settings
from storycluster.settings import Settings
from storycluster.store.address import check_place, is_address, shown
from storycluster.store.contract import SharedStore, Store
from storycluster.store.sqlite import SqliteStore
from storycluster.store.sqlite_file import new_file
from storycluster.story import ChooseLead
from storycluster.text import matchable_text
from storycluster.utf8 import decode, encode

log = logging.getLogger(__name__)

EXPIRED_AT_ONCE = 8
"""Articles that expire with one added article at most, so that no add takes long; the others follow with the next."""
GONE_AT_ONCE = 1_000
"""Articles taken out at a time."""


class StoryIndex(View):
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

    **Threads take turns**: any may call, and each waits for the call, or the step of an iterator, that another one is
    in. A process that was forked opens the index itself; what its parent opened gives it a StoreError.
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
        self._door = Door()
        self._open = (
            writer_of(store, self._load, keep_changes, self)
            if store.writable
            else Reader(store, self._empty_stream, self._progress)
        )

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
        keep_changes: timedelta | Literal["kept"] | None = "kept",
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
            read_only: See what others write; any number may read beside the one who writes. What is to hold for the
                index from then on can't be given then.
            must_exist: Don't begin a new index.
            aliases: The caller's own outlet aliases; those given last hold for the index, whoever opens it.
            retention: How long an article stays; None keeps all. What is given holds for the index from then on; "kept"
                leaves it as the index has it, 30 days for a new one.
            retain_by: From when that counts: from its arrival, or from its publication (from its arrival where that
                is unknown or later: a date in the future keeps nothing longer, and expires nothing sooner). As the
                index has it if None; "arrival" for a new one.
            keep_changes: How long the feed keeps its entries; None keeps all. What is given holds for the index from
                then on; "kept" leaves it as the index has it, 30 days for a new one.
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
            SettingsError: It was made under other settings than those given; an argument can't be meant.
            StoreError: It can't be opened, is none of ours, damaged, or of a newer version.
        """
        check_options(
            path, read_only, settings, aliases, retention, retain_by, keep_changes, store_text, refresh_every,
            synchronous, timeout, choose_lead, progress,
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
                settle_keep_changes(store, keep_changes),
                settle_store_text(store, store_text),
                choose_lead,
                progress or (lambda *_: None),
            )
            if not read_only:
                index._settle_rule()
                terms = index._new_terms(refresh_every, retain_by, aliases)
                if terms is not None:
                    index._do(terms)
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

    def _new_terms(self, refresh_every: int | None, retain_by: str | None, aliases: Aliases | None) -> Terms | None:
        """What the caller wants to hold for the index from here on, where it differs; None where nothing does."""
        known, spelled = number_named(self._store, "refresh_every") or REFRESH_EVERY, self._store.get("aliases")
        names = None if aliases is None else {name: list(spellings) for name, spellings in aliases.names.items()}
        terms = Terms(
            self._now(),
            None if refresh_every in (None, known) else refresh_every,
            None if retain_by in (None, self._store.get("retain_by") or "arrival") else retain_by == "publication",
            None if names is None or json.dumps(names) == (spelled or "{}") else names,
        )
        return None if (terms.refresh_every, terms.by_publication, terms.aliases) == (None, None, None) else terms

    @property
    def _writer(self) -> Writer:
        """What brings entries into memory and store.

        Raises:
            StoreError: The index was closed, or opened to read only.
        """
        if not isinstance(self._holder, Writer):
            raise StoreError("this index was opened to read only; open it without read_only=True")
        return self._holder

    # Changing

    @alone
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
        return self._add_all([read_article(article)], received)[0]

    @alone
    def add_many(
        self, articles: Iterable[Article | Mapping[str, Any]], *, received: datetime | None = None
    ) -> list[Placement]:
        """Take articles in, in their order, with the answers that ``add`` gives for each, as one transaction.

        What is too old goes when all are in: until then others of them may join it.

        Raises:
            ArticleError: These are no articles, or one of them is none; its place is named, and none is kept.
            LockedError: As for ``add``.
            StoreError: They couldn't be kept, none of them; see the class.
            UnknownIdError: All were kept, and another process has already taken one out again.
        """
        check_items(articles)
        return self._add_all([read_article(article, i) for i, article in enumerate(articles)], received)

    def _add_all(self, articles: Sequence[Article], received: datetime | None) -> list[Placement]:
        """``add_many`` of Articles."""
        at = arrival_of(received)
        if not articles:
            return []
        fingerprints = fingerprint_texts([article.text for article in articles], self.settings, clean=matchable_text)
        return self._take_in(self._arrivals(articles, fingerprints, at))

    def _take_in(self, arrivals: Arrivals) -> list[Placement]:
        """Perform an entry of articles that arrived, and let go of as many old ones as may go with them."""
        with self._change():
            placed = self._writer.perform(arrivals)
            self._expire_old(EXPIRED_AT_ONCE * len(arrivals.ids), min(arrivals.at, arrivals.now))
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

    def _expire_old(self, most: int, at: int) -> None:
        """Let go of what has grown too old at a moment, so many articles at most."""
        desk = self._writer.loaded
        if self._retention is None or desk is None:
            return
        cutoff = max(desk.clock, at) - int(self._retention.total_seconds() * MICROSECONDS)
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

    @alone
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

    @alone
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

    @alone
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
                found, gone = self._expire(microseconds(before), GONE_AT_ONCE)
            if isinstance(gone, StoryclusterError):
                raise gone
            assert isinstance(gone, int)
            count += gone
            if found < GONE_AT_ONCE:
                self._reclaim()
                return count

    @alone
    def refresh(self) -> None:
        """Apply what was learnt of furniture and outlets' names; it happens by itself every ``refresh_every`` articles.

        Right after it, the stories are exactly those of a batch.

        Raises:
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: What has changed couldn't be kept; see the class.
        """
        self._do(Refresh(self._now()))
        self._reclaim()

    @alone
    def must_link(self, a: str, b: str) -> None:
        """Put two articles into one story whatever their texts say, as long as both are in the index.

        Raises:
            LinkError: A ``cannot_link`` keeps them apart through others; one of just these two is taken back.
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds; see the class.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: The index has no article with one of the ids, or not any more.
        """
        self._link(a, b, must=True)

    @alone
    def cannot_link(self, a: str, b: str) -> None:
        """Keep two articles apart whatever their texts say.

        Raises:
            LinkError: A ``must_link`` joins them through others; one of just these two is taken back.
            LockedError: As for ``must_link``.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: The index has no article with one of the ids, or not any more.
        """
        self._link(a, b, must=False)

    @alone
    def unlink(self, a: str, b: str) -> None:
        """Take back what was said of two articles; nothing if nothing was.

        Raises:
            LockedError: As for ``must_link``.
            StoreError: It couldn't be kept; see the class.
            UnknownIdError: The index has no article with one of the ids, or not any more.
        """
        low, high = self._pair(a, b)
        self._do(Said(self._now(), low, high, None))

    @alone
    def seed(self, clustering: Clustering, *, received: datetime | None = None) -> None:
        """Take in all articles of a batch without fingerprinting them again, and what was said of them.

        The batch's links hold as if ``must_link`` and ``cannot_link`` were called for each, its aliases as if the index
        were opened with them. Dates after its ``as_of`` count, as all do in an index.

        Raises:
            ArticleError: It is no batch, or its articles are said to have arrived in the future.
            LinkError: One of its links contradicts what was said of the index's articles before; the articles are
                kept, and the links up to this one.
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
        failed = None
        with self._change():
            for entry in self._seeding(clustering, at):
                result = self._writer.perform(entry)
                if isinstance(entry, Said) and isinstance(result, UnknownIdError):
                    continue  # it was too old to stay, or another process has taken it out
                if isinstance(result, StoryclusterError):
                    failed = result
                    break
                if isinstance(entry, Arrivals):
                    self._expire_old(EXPIRED_AT_ONCE * len(entry.ids), min(at, entry.now))
        if failed is not None:
            raise failed

    def _seeding(self, clustering: Clustering, at: int) -> Iterator[Entry]:
        """The entries by which a batch that arrived at a moment is taken in."""
        articles, wishes = clustering.articles, clustering.wishes
        terms = self._new_terms(None, None, wishes.aliases)
        if terms is not None:
            yield terms
        size = self._writer.seeded_at_once or max(len(articles), 1)
        for first in range(0, len(articles), size):
            rows = np.arange(first, min(first + size, len(articles)))
            marks = take_fingerprints(clustering.fingerprints, rows)
            yield self._arrivals(articles[first : first + size], marks, at, seeding=True)
        for pairs, must in ((wishes.must_link, True), (wishes.cannot_link, False)):
            for low, high in sorted({tuple(sorted(map(encode_id, pair))) for pair in pairs}):
                yield Said(self._now(), low, high, must)

    # Care

    @alone
    def check(self) -> Checked:
        """Verify the index: the file, what it holds of each article, and that its stories are those that these give.

        A text whose words have changed is made anew where the texts of articles are kept. What was still pending is
        applied then, as ``refresh`` does. What can be derived from the articles' fingerprints is derived anew in the
        end, and put right where it differs. Of an index with damage nothing is changed.

        Raises:
            LockedError: Another writer of a server's index has had its turn for ``timeout`` seconds.
            StoreError: The index was opened to read only, or what was put right couldn't be kept.
        """
        writer, damage, renewed = self._writer, self._store.damage(), 0
        if not damage and not self._store.in_memory:
            with self._store.transaction():
                damage, renewed = inspect_rows(self._store, self._empty_stream().live, self.settings)
        if damage:
            return Checked(tuple(damage), ())
        found = writer.check()
        mended, applied = [], []
        if renewed:
            mended.append(f"{counted(renewed, 'text')} made anew from what is kept of the articles")
        if found.applied:
            changes = counted(found.applied, "change")
            applied.append(f"what was learnt was applied: {changes}, in the feed after {found.before}")
        if found.matches:
            mended.append(f"matches were derived anew: {found.matches:,} put right")
        if found.changes:
            changes = counted(found.changes, "change")
            mended.append(f"stories were put right: {changes}, in the feed after {found.after}")
        if found.members:
            mended.append(f"what articles are to their stories' anchors was put right: {counted(found.members, 'row')}")
        if found.stories:
            mended.append(f"what is kept of stories was put right: {counted(found.stories, 'row')}")
        return Checked((), tuple(mended), tuple(applied))

    @alone
    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the index to a file as it stands at one moment, while it is in use.

        Raises:
            SettingsError: It is no path.
            StoreError: The file is there already, or can't be written; it is the address of a server.
        """
        check_place(path, "backup: path")
        if is_address(path):
            raise StoreError(
                f"{shown(path)}: backup writes a file, expected a path; `storycluster index rebuild` writes to a server"
            )
        with new_file(path) as beside:
            self._store.backup(beside)
            if self._store.in_memory:
                with closing(SqliteStore(beside)) as copy, copy.transaction():
                    complete(self._writer.desk(), copy)

    @alone
    def rebuild(self, path: str | PathLike[str], settings: Settings | None = None) -> int:
        """Write a new index with all articles under other settings, each with the time when it arrived.

        Args:
            path: The new one.
            settings: Its settings, ``index.settings.changed(…)`` for one; those of this index if None.

        Returns:
            How many articles.

        Raises:
            SettingsError: An argument is of another kind.
            StoreError: The file is there already, or this index doesn't keep texts.
        """
        return rebuild_store(self._store, path, settings, self._progress)

    # How

    def _empty_stream(self) -> Stream:
        """One under the settings and aliases of the index."""
        rehearse()
        return Stream(self.settings, aliases_of(self._store))

    def _load(self) -> Desk:
        """What the store holds, in memory."""
        refuse_newer_rule(self._store)  # it may have been taken over since it was opened
        desk = Desk(self._empty_stream(), self)
        read_rows(desk, self._store, self._progress)
        return desk

    @staticmethod
    def _now() -> int:
        return microseconds(datetime.now(UTC))

    def _change(self) -> AbstractContextManager[object]:
        """Within, entries are performed."""
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

    def _reclaim(self) -> None:
        """Give the room that nothing takes any more back to the system; what was done before it holds all the same."""
        store = self._store
        try:
            store.reclaim_all()
        except StoreError as error:
            log.warning("%s: room that nothing takes any more can't be given back now: %s", store.name, error)

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


def rebuild_store(store: Store, path: str | PathLike[str], settings: Settings | None, progress: Progress | None) -> int:
    """``StoryIndex.rebuild`` from the rows alone: whatever recipe they were made under."""
    check_place(path, "rebuild: path")
    check_settings(settings)
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
    if is_address(path):
        # before it is opened as an index, as what that is told would hold for the one that is there
        with closing(open_store(path, writable=True, full=False, timeout=0.0, must_exist=False)) as place:
            if place.count_articles():
                raise StoreError(f"{place.name}: expected an address for a new index; this one has articles already")
    count = 0
    with StoryIndex.open(
        path, settings or kept_settings(store), retention=None, store_text=True, aliases=aliases_of(store),
        refresh_every=number_named(store, "refresh_every") or REFRESH_EVERY,
        retain_by="publication" if store.get("retain_by") == "publication" else "arrival",
    ) as new:  # fmt: skip
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
            settle_keep_changes(new._store, settle_keep_changes(store, "kept"))
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
        settings: Its settings; those of the old one if None.
        progress: Told how far it is.

    Returns:
        How many articles.

    Raises:
        SettingsError: An argument is of another kind.
        StoreError: The index can't be read or doesn't keep texts, or the new one is there already.
    """
    check_place(path, "rebuild_index: path")
    store = open_store(path, writable=False, full=False, timeout=0.0, must_exist=True)
    try:
        return rebuild_store(store, target, settings, progress)
    finally:
        store.close()
