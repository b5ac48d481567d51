"""How what happens to an index gets into memory and store.

A ``SoleWriter`` has the store to itself: an entry is applied and its rows are written in one transaction. A
``MemoryWriter``, whose store goes with the process, writes those of many entries together. Several ``SharedWriter``,
in as many processes, share one log: each appends its entries, and whoever's turn it is applies everybody's in the log's
order, writes their rows at once, and tells the others what their entries did.
"""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from storycluster import verify
from storycluster.errors import StoreError, StoryclusterError
from storycluster.index.desk import Desk, Result
from storycluster.index.entries import Arrivals, Entry, Refresh, Removals, pack_entry, unpack_entry
from storycluster.index.holding import Holder, judged_by
from storycluster.index.links import LinkedIds
from storycluster.index.placement import Index, MatchList
from storycluster.index.records import microseconds
from storycluster.index.replies import pack_answer, refusal_of, told_of, unpack_answer
from storycluster.index.saving import compare_rows, restore_ids, write_rows
from storycluster.index.stream import Stream
from storycluster.store.contract import OVERDUE, LogRow, SharedStore, Store, Tip

log = logging.getLogger(__name__)

LAST = 1 << 62
"""A place that the log never gets to."""
READ_AT_ONCE = 64
"""Entries of the log read at a time."""
FIRST_PACE, SLOW_TO_LEARN = 1e-3, 16
"""Seconds that an entry takes to apply, until some were; what is known of it weighs so many times as much as the last.
"""
LOADED_MEANWHILE, BEGUN_MEANWHILE = 50, 50
"""Articles that are loaded in the time in which one entry is applied; entries applied while loading only begins."""
MOST_PATIENCE = 1.0
"""Seconds for which nobody must have written before a process takes the turn, however far it is behind."""
MOST_UNWRITTEN = 256
"""Articles that come or go up to which their rows need not be written to a store in memory."""


def write(desk: Desk, store: Store, keep_changes: timedelta | None) -> None:
    """Write what has changed at a desk, let old entries of the feed go after a refresh, and give room back."""
    if write_rows(desk, store) and keep_changes is not None:
        store.drop_changes(max(0, microseconds(datetime.now(UTC)) - keep_changes // timedelta(microseconds=1)))
    store.reclaim()


class Mended(NamedTuple):
    """What deriving anew has done.

    Args:
        applied: Changes that the feed has of what was still pending.
        before: The last change before them.
        matches: Matches that were wrong.
        changes: Changes that the feed has of these, and of stories that were wrong.
        after: The last change before those.
        members: Articles that the store told something else of than what they are to their anchors.
        stories: Stories whose rows were wrong, missing or left over.
    """

    applied: int
    before: int
    matches: int
    changes: int
    after: int
    members: int
    stories: int


def derive_anew(desk: Desk, store: Store, keep_changes: timedelta | None) -> Mended:
    """Find all matches and stories anew at a desk just loaded, and write what differs, within a transaction."""
    now = microseconds(datetime.now(UTC))
    before = after = store.cursors()[1]
    stream = desk.stream
    without_id = restore_ids(desk, store)
    if store.in_memory or stream.pending or stream.due or store.waiting(OVERDUE):
        desk.apply(Refresh(now))  # what is pending is no fault
        write(desk, store, keep_changes)
        after = store.cursors()[1]
    matches = desk.apply(Refresh(now, relink=True))
    for number in sorted(without_id & stream.journal.stories.keys()):
        stream.story_ids.forget(number)
        stream.story_ids.begin(number, stream.journal.stories[number][1])
    members, stories = compare_rows(desk, store)
    stream.journal.dropped_stories |= set(store.story_numbers(None, 0)) - stream.stories()
    write(desk, store, keep_changes)
    store.put_named({"rule": str(verify.RULE)})
    assert isinstance(matches, int)
    return Mended(after - before, before, matches, store.cursors()[1] - after, after, members, stories)


class Writer(Holder):
    """Brings entries into memory and store.

    Args:
        store: Where the rows are.
        load: Builds a desk from it.
        keep_changes: How long the feed keeps its entries.

    Attributes:
        loaded: What is in memory, None as long as nothing has needed it.
        seeded_at_once: Articles of a batch that one entry takes in at most; None for all.
    """

    seeded_at_once: int | None = None

    def __init__(self, store: Store, load: Callable[[], Desk], keep_changes: timedelta | None) -> None:
        super().__init__(store)
        self._load, self._keep_changes = load, keep_changes
        self.loaded: Desk | None = None

    @property
    def held(self) -> Stream | None:
        """What is in memory."""
        return None if self.loaded is None else self.loaded.stream

    @abstractmethod
    def desk(self) -> Desk:
        """What is in memory, built from the store if it isn't there, with all that is written."""

    def stream(self) -> Stream:
        """The same."""
        return self.desk().stream

    def lose(self) -> None:
        """Let go of what is in memory."""
        self.loaded = None

    def links(self) -> LinkedIds:
        """What the caller said, as it is in memory."""
        return self.stream().links

    def matches_of(self, article_id: bytes) -> MatchList | None:
        """The verified pairs of an article, as they are in memory."""
        return (self.loaded or self.desk()).matches_of(article_id)

    @abstractmethod
    def change(self) -> AbstractContextManager[object]:
        """Entries are performed within, as one change where the store is the writer's own."""

    @abstractmethod
    def perform(self, entry: Entry) -> Result:
        """Apply an entry and write its rows."""

    @abstractmethod
    def check(self) -> Mended:
        """Refresh; derive anew what can be derived from fingerprints, and put right what differs."""

    def judge_anew(self) -> None:
        """The same, if an older version of the rule has judged the matches."""
        self.check()


class SoleWriter(Writer):
    """Has the store to itself."""

    def desk(self) -> Desk:
        """What is in memory."""
        if self.loaded is None:
            with self._store.moment():
                self.loaded = self._load()
        return self.loaded

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; where it fails, memory is ahead of the store."""
        with self.lent(), self._store.transaction():
            yield

    def perform(self, entry: Entry) -> Result:
        """Apply an entry and write its rows, within ``change``."""
        desk = self.desk()
        result = desk.apply(entry)
        write(desk, self._store, self._keep_changes)
        return result

    def check(self) -> Mended:
        """Derive anew."""
        self.loaded = None
        with self.change():
            return derive_anew(self.desk(), self._store, self._keep_changes)


class MemoryWriter(Writer):
    """Has a store that goes with the process: rows are written when they are asked for, or many of them wait.

    Whoever lets old articles expire asks with each that comes.
    """

    def __init__(self, store: Store, load: Callable[[], Desk], keep_changes: timedelta | None) -> None:
        super().__init__(store, load, keep_changes)
        self._unwritten = 0
        self._lost = False

    @property
    def store(self) -> Store:
        """The store, with all rows; StoreError as for ``desk``."""
        if self._unwritten or self._lost:
            with self.lent():
                self._write(self.desk())
        return self._store

    def desk(self) -> Desk:
        """What is in memory.

        Raises:
            StoreError: It was lost, and there is no file to build it from.
        """
        if self._lost:
            raise StoreError("this index in memory lost a change half-way and can't go on; make a new one")
        if self.loaded is None:
            self.loaded = self._load()
        return self.loaded

    def lose(self) -> None:
        """Let go of what is in memory, for good."""
        super().lose()
        self._lost = True

    def change(self) -> AbstractContextManager[object]:
        """What is in memory is lent."""
        return self.lent()

    def perform(self, entry: Entry) -> Result:
        """Apply an entry, within ``change``."""
        desk = self.desk()
        result = desk.apply(entry)
        self._unwritten += len(entry.ids) if isinstance(entry, Arrivals | Removals) else 1
        if self._unwritten >= MOST_UNWRITTEN:
            self._write(desk)
        return result

    def check(self) -> Mended:
        """Derive anew."""
        with self.lent(), self.store.transaction():
            return derive_anew(self.desk(), self._store, self._keep_changes)

    def _write(self, desk: Desk) -> None:
        with self._store.transaction():
            write(desk, self._store, self._keep_changes)
        self._unwritten = 0


class SharedWriter(Writer):
    """One of several.

    To write, a process must have applied all that is written. Whoever has leaves that to whoever has done it already:
    it takes the turn only when nobody else has had it for as long as it would take to apply what it has not.

    Args:
        store: Where the rows are.
        load: Builds a desk from it.
        keep_changes: How long the feed keeps its entries.
        index: What placements ask.
    """

    seeded_at_once = 10_000

    def __init__(
        self, store: SharedStore, load: Callable[[], Desk], keep_changes: timedelta | None, index: Index
    ) -> None:
        super().__init__(store, load, keep_changes)
        self._store: SharedStore = store
        self._index = index
        self._position = 0
        self._epoch = 0
        self._pace = FIRST_PACE
        self._refused: dict[int, StoryclusterError] = {}
        self._answers: dict[int, Result] = {}

    def desk(self) -> Desk:
        """What is in memory, up to what is written."""
        with self.change():
            if self.loaded is None:
                self._reload()
            self._follow(0, None)
        assert self.loaded is not None
        return self.loaded

    @contextmanager
    def change(self) -> Iterator[None]:
        """Whatever goes wrong within, memory is built anew afterwards."""
        try:
            yield
        except BaseException:
            self.loaded = None
            raise
        finally:
            self._refused, self._answers = {}, {}

    def matches_of(self, article_id: bytes) -> MatchList | None:
        """The verified pairs of an article: what is written is applied first, as others may have written it."""
        return self.desk().matches_of(article_id)

    def perform(self, entry: Entry) -> Result:
        """Append an entry to the log, and see it written.

        Once it is appended it will be applied, by this process or another, whatever happens to this one.
        """
        with self.change():
            if self.loaded is None:
                self._reload()
            place, tip = self._store.append(pack_entry(entry))
            catching_up = self._pace * min(tip.position - self._position, self._loading())
            return self._follow(place, entry, min(catching_up, MOST_PATIENCE))

    def check(self) -> Mended:
        """Derive anew, while nobody else writes; the others load what is put right then."""
        with self.change(), self._store.turn(LAST) as turn:
            return self._derive(turn)

    def judge_anew(self) -> None:
        """The same, if nobody has been quicker."""
        with self.change(), self._store.turn(LAST) as turn:
            if judged_by(self._store) < verify.RULE:
                self._derive(turn)

    def _derive(self, turn: Tip) -> Mended:
        self._take_over(turn.position)
        self._apply(turn, turn.upto, 0, None)
        self._epoch = turn.epoch + 1
        assert self.loaded is not None
        with self._store.transaction():
            self._write()
            return derive_anew(self.loaded, self._store, self._keep_changes)

    def _reload(self) -> None:
        """Build memory from the rows as they stand at one moment."""
        with self._store.snapshot() as tip:
            self._take_over(tip.position)
            self._epoch = tip.epoch
        self._store.tell(tip.position)

    def _take_over(self, position: int) -> None:
        self.loaded = self._load()
        self._position = position

    def _keeps_up(self, tip: Tip) -> bool:
        """Whether memory gets by the log to where the rows are.

        It is ahead of them where a server that died lost what it had not yet on its disk.
        """
        return self._epoch == tip.epoch and tip.dropped <= self._position <= tip.position

    def _loading(self) -> int:
        """How many entries are applied in the time that loading the index anew takes."""
        assert self.loaded is not None
        return BEGUN_MEANWHILE + self.loaded.stream.live.count // LOADED_MEANWHILE

    def _follow(self, until: int, own: Entry | None, patience: float = 0.0) -> Result:
        """Apply the log, and write the rows of what nobody has written, if that is needed.

        Args:
            until: The entry up to which it must be written; 0 to write nothing.
            own: That entry.
            patience: Seconds to leave the turn to others.

        Returns:
            What it did.
        """
        with self._store.turn(until, patience) as turn:
            if own is not None and turn.answer is not None:
                assert self.loaded is not None
                self.loaded.oldest = turn.oldest
                return unpack_answer(turn.answer, own, self._index)
            if not self._keeps_up(turn):
                log.info("memory and log have drifted apart: loading the index anew")
                self._load_anew(turn)
            elif turn.position - self._position > self._loading():
                self._load_anew(turn)
            result = self._apply(turn, turn.position, until, own)
            assert self.loaded is not None
            if self._position == turn.position and str(self.loaded.digest) != turn.digest:
                # one of the two had just loaded, another version writes to this index, or there is an error in this one
                log.warning("memory holds other stories than the index: loading it anew")
                result = None
                self._load_anew(turn)
            if turn.writes:
                result = self._apply(turn, turn.upto, until, own)
            if turn.writes and self._position > turn.position:
                with self._store.transaction():
                    self._write()
        if result is None and own is not None:
            return self._look(until, own)
        return result if result is not None else 0

    def _write(self) -> None:
        """Write the rows of what has been applied, in this writer's turn and a transaction."""
        assert self.loaded is not None
        for place, error in sorted(self._refused.items()):
            self._store.refuse(place, told_of(error))
        self._store.put_answers((place, pack_answer(found)) for place, found in sorted(self._answers.items()))
        write(self.loaded, self._store, self._keep_changes)
        self._store.reach(self._position, self._epoch)

    def _look(self, place: int, entry: Entry) -> Result:
        """What an entry did that another process wrote, and that memory was loaded with."""
        assert self.loaded is not None
        rows = self._store.entries(place - 1, place, 1)
        if not rows and not isinstance(entry, Arrivals):
            return StoreError(
                "the index was loaded anew meanwhile, and whether this was kept can't be told; do it again"
            )
        if rows and rows[0].refused is not None:
            return refusal_of(rows[0].refused)
        return self.loaded.look(entry)

    def _load_anew(self, turn: Tip) -> None:
        """Build memory from the rows, up to where they are at least."""
        if turn.writes:
            self._take_over(turn.position)
            self._epoch = turn.epoch
        else:
            self._reload()

    def _apply(self, turn: Tip, upto: int, until: int, own: Entry | None) -> Result | None:
        """Apply the log's entries up to a place; the rows of those up to ``Tip.position`` are written already.

        An entry that can't be applied is left out: whoever has the turn finds that out and notes it with the rows, and
        all others go by that.
        """
        result: Result | None = None
        while self._position < upto:
            entries = self._next_entries(turn, upto)
            if entries is None:
                self._load_anew(turn)
                continue
            assert self.loaded is not None
            began, before = time.perf_counter(), self._position
            for place, data, told in entries:
                found: Result
                if told is not None or place in self._refused:
                    found = self._refused[place] if told is None else refusal_of(told)
                else:
                    try:
                        entry = own if own is not None and place == until else unpack_entry(data)
                        asked = place == until or place > turn.position
                        found = self.loaded.apply(entry, wanted=asked, kept=place > turn.position)
                    except (
                        MemoryError,
                        OSError,
                    ):  # the process's trouble or a newer version's entry, nothing wrong with it
                        raise
                    except Exception as error:  # whatever it is, it would hold up all writers for ever
                        self._leave_out(turn, place, error)
                        break
                    if isinstance(found, StoryclusterError) and place > turn.position:
                        self._refused[place] = found
                if place == until:
                    result = found
                elif place > turn.position:
                    self._answers[place] = found
                self._position = place
            if self._position > before:
                self._pace += ((time.perf_counter() - began) / (self._position - before) - self._pace) / SLOW_TO_LEARN
            if not entries:
                self._position = upto
        return result

    def _next_entries(self, turn: Tip, upto: int) -> Sequence[LogRow] | None:
        """The entries to apply next, up to a place; None where the log keeps no more all of them."""
        at_hand = [row for row in turn.waiting if self._position < row.place <= upto]
        if at_hand and self._position >= turn.position:
            return at_hand
        return self._store.entries(self._position, upto, READ_AT_ONCE)

    def _leave_out(self, turn: Tip, place: int, error: Exception) -> None:
        """Go on without an entry that can't be applied, from what is written: it may have left half of it in memory."""
        log.error("entry %d of the log can't be applied and is left out", place, exc_info=error)
        if place > turn.position:
            told = f"this can't be applied, and nothing of it is kept ({type(error).__name__}: {error})"
            self._refused[place] = StoreError(f"entry {place} of the log: {told}")
            self._refused[place].__cause__ = error
        self._load_anew(turn)


def writer_of(store: Store, load: Callable[[], Desk], keep_changes: timedelta | None, index: Index) -> Writer:
    """The writer that a store needs, for an index."""
    if isinstance(store, SharedStore):
        return SharedWriter(store, load, keep_changes, index)
    return (MemoryWriter if store.in_memory else SoleWriter)(store, load, keep_changes)
