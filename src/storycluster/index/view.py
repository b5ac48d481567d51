"""What can be asked of an index, whoever writes to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, get_args

import numpy as np

from storycluster import verify
from storycluster.clustering import Explanation
from storycluster.columns import Array
from storycluster.compare import compare_texts
from storycluster.errors import CursorExpired, SettingsError, StoreError, UnknownIdError
from storycluster.fields import counted
from storycluster.fingerprint import digest_strings, fingerprint_texts
from storycluster.index.answers import Change, IndexStats
from storycluster.index.desk import unknown_article
from storycluster.index.door import Door, alone, step_by_step
from storycluster.index.holding import Holder
from storycluster.index.links import LinkedIds
from storycluster.index.placement import MatchList
from storycluster.index.records import (
    check_moment,
    decoding,
    encode_id,
    microseconds,
    moment_of,
    read_article,
    seconds_of,
    unpack_article,
)
from storycluster.kernels.live.postings import NOWHERE
from storycluster.models import Article, Match, Relation, Story, known_as_id
from storycluster.registers import check_min_outlets
from storycluster.settings import Settings
from storycluster.store.contract import ArticleRow, Store, StoryRow
from storycluster.store.copying import parts_of
from storycluster.story import ChooseLead, build_story
from storycluster.text import matchable_text
from storycluster.utf8 import decode, encode

PAGE = 1_000
"""Changes read from the store at a time."""
STORIES_AT_ONCE = 50
"""Stories built at a time."""


class View:
    """An index that can be asked, and closed.

    Attributes:
        settings: Those of the index.
    """

    settings: Settings
    _door: Door
    _open: Holder | None
    _choose_lead: ChooseLead | None

    @property
    def _holder(self) -> Holder:
        """Store and memory.

        Raises:
            StoreError: The index was closed.
        """
        if self._open is None:
            raise StoreError("this index was closed; open it again")
        return self._open

    @property
    def _store(self) -> Store:
        """The store, with the rows of all that was performed; StoreError as for ``_holder``."""
        return self._holder.store

    @alone
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
        if self._door.is_own:  # a forked process that ends leaves it to the one that opened it
            self.close()

    def __repr__(self) -> str:
        try:
            with self._door.entered():
                if self._open is None:
                    return "<StoryIndex: closed>"
                return f"<StoryIndex: {self._store.name}, {counted(len(self), 'article')}>"
        except StoreError as error:
            return f"<StoryIndex: {error}>"

    @alone
    def __len__(self) -> int:
        return self._store.count_articles()

    @alone
    def __contains__(self, article_id: str) -> bool:
        """Whether there is an article with an id.

        Raises:
            UnknownIdError: It is no str: a number would never be found, even where it was added as one.
        """
        return self._store.number_of(encode_id(article_id)) is not None

    @alone
    def story(self, story_id: str) -> Story:
        """The story with an id.

        Raises:
            UnknownIdError: There is none (any more).
        """
        with self._store.moment():
            number = self._store.story_number(story_id=known_as_id(story_id))
            if number is None:
                raise UnknownIdError(f"{story_id!r}: the index has no story with this id")
            return self._story(self._story_row(number))

    @alone
    def story_of(self, article_id: str) -> Story:
        """The story of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        with self._store.moment():
            return self._story(self._story_row(self._story_number_of(article_id)))

    @alone
    def story_id_of(self, article_id: str) -> str:
        """The id of the story of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        with self._store.moment():
            return self._story_row(self._story_number_of(article_id)).id

    @step_by_step
    def stories(self, *, since: datetime | None = None, min_outlets: int = 0) -> Iterator[Story]:
        """The stories, those with most outlets first, then the older ones.

        Args:
            since: Only stories that an article has joined at or after this moment (by arrival; a naive one is UTC).
            min_outlets: Only stories that so many outlets ran.

        Yields:
            Each as it is when its turn comes, if it is still there, and so many outlets have still run it.

        Raises:
            ArticleError: ``since`` is no moment.
            SettingsError: ``min_outlets`` is no number of outlets.
        """
        for some in parts_of(self._story_numbers(since, min_outlets), STORIES_AT_ONCE):
            with self._store.moment():
                with decoding("a story"):
                    rows = [row for row in self._store.some_stories(some) if row.outlets >= min_outlets]
                made = list(map(self._story, rows))
            yield from made

    @alone
    def count_stories(self, *, since: datetime | None = None, min_outlets: int = 0) -> int:
        """How many stories ``stories`` gives."""
        return len(self._story_numbers(since, min_outlets))

    def _story_numbers(self, since: datetime | None, min_outlets: int) -> Sequence[int]:
        if since is not None:
            check_moment(since, "since")
        check_min_outlets(min_outlets)
        return self._store.story_numbers(None if since is None else microseconds(since), min_outlets)

    @alone
    def article(self, article_id: str) -> Article:
        """An article as it was added; without its text unless the index keeps texts.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        return unpack_article(self._row(article_id))

    @alone
    def keeps_text(self, article_id: str) -> bool:
        """Whether the index keeps the text of an article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        return self._row(article_id).body is not None

    @alone
    def search(self, article: Article | Mapping[str, Any]) -> list[Match]:
        """What an article would match, without adding it: all that is not ``different``, best first.

        An article with its id that is in the index is left out.
        """
        read = read_article(article)
        fingerprints = fingerprint_texts([read.text], self.settings, clean=matchable_text)
        title = int(digest_strings([read.title])[0])
        with (
            self._holder.lent() as stream,
            stream.trial(encode(read.id), fingerprints, read.outlet, seconds_of(read.published), title) as (x, found),
        ):
            matches = stream.list_matches(x, found, None, lambda rows: np.zeros(rows.size, np.bool_), LinkedIds())
        near = [
            replace(match, a=read.id)  # whose id may be another article's in the index
            for match in matches
            if match.verdict != "different" and match.b != read.id
        ]
        return sorted(near, key=lambda match: (match.verdict != "same", -match.containment, -match.jaccard, match.b))

    @alone
    def matches_of(self, article_id: str) -> MatchList:
        """The verified pairs of an article, as they are now: each a Match whose ``a`` is the article.

        Raises:
            UnknownIdError: The index has no article with this id.
        """
        matches = self._holder.matches_of(encode_id(article_id))
        if matches is None:
            raise unknown_article(article_id)
        return matches

    @alone
    def judge(self, a: str, b: str) -> Match:
        """The verdict on two articles of the index, whether or not they stand in one story.

        Raises:
            UnknownIdError: The index has no article with one of the ids.
        """
        stream = self._holder.stream()
        rows = [stream.live.find(encode_id(article_id)) for article_id in (a, b)]
        for x, article_id in zip(rows, (a, b), strict=True):
            if x == NOWHERE:
                raise unknown_article(article_id)
        found = stream.judge_articles(*rows)
        verifier = found.verifier
        linked = encode_id(b) in self._holder.links().concerning(encode_id(a))
        match = verify.describe_match(
            found.matches, 0, [a, b], verifier.words, verifier.catalog, self.settings, linked=linked
        )
        return replace(match, relation="anchor") if a == b and match.relation else match

    @alone
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

    @step_by_step
    def signatures(self) -> Iterator[tuple[str, Array]]:
        """The id and the MinHash signature (uint32, bands · rows) of each article that has words.

        Articles may come and go meanwhile: one that has come may be left out.
        """
        live = self._holder.stream().live
        rows = live.every_text()
        for t, number in zip(rows.tolist(), live.texts.number[rows].tolist(), strict=True):
            if live.texts.words[t] and live.texts.articles[t] and live.texts.number[t] == number:
                signature = live.sketch_of(t).signature
                ids = [decode(live.id_of(x)) for x in live.run_of(t).tolist()]
                yield from ((own, signature) for own in ids)

    @step_by_step
    def changes(self, since_cursor: int = 0) -> Iterator[Change]:
        """The feed of changes after a place in it, in order, up to its end.

        Whoever keeps the cursor of the last change seen, and asks for what came after it, misses none and sees none
        twice.

        Raises:
            CursorExpired: The feed keeps no more what came after that place, or never got there. Read ``stories``
                anew and go on from ``cursor``.
            SettingsError: That is no place in a feed.
        """
        if not isinstance(since_cursor, int) or isinstance(since_cursor, bool) or since_cursor < 0:
            raise SettingsError(
                f"changes: since_cursor: expected a whole number, 0 or a Change.cursor, got {since_cursor!r}"
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
                with decoding(f"change {row.cursor}"):
                    entry = json.loads(row.entry)
                    change = Change(
                        row.cursor, moment_of(row.at), entry["kind"], entry["article"], tuple(entry["before"]),
                        tuple(entry["after"]), entry["moved"],
                    )  # fmt: skip
                yield change
            since_cursor = rows[-1].cursor

    def _cursor_expired(self, since: int) -> CursorExpired:
        dropped, last = self._store.cursors()
        return CursorExpired(
            f"changes: the feed has what came after {dropped} up to {last}, asked for was what came after "
            f"{since}; read the stories anew and go on from StoryIndex.cursor"
        )

    @property
    @alone
    def cursor(self) -> int:
        """The last change's place in the feed; 0 if there was none."""
        return self._store.cursors()[1]

    @alone
    def stats(self) -> IndexStats:
        """Sizes of the index."""
        with self._store.moment():
            counts = self._store.counts()
        stream = self._holder.held
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

    def _story_row(self, number: int) -> StoryRow:
        """The row of a story that an article is in."""
        with decoding(f"story {number}"):
            return self._store.story(number)

    def _story(self, row: StoryRow) -> Story:
        """Build a story from the store, within the moment in which its row was read."""
        with decoding(f"story {row.number}"):
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
            anchor = articles[row.anchor]
        story = build_story(anchor, list(articles.values()), matches, keys, datetime.now(UTC), self._choose_lead)
        return replace(story, id=row.id)
