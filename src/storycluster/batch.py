"""Articles → stories, in one go. Knows the road, does no work itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from os import PathLike
from typing import Any, Literal, Protocol, cast, overload

import numpy as np

from storycluster import candidates, furniture, grouping, verify
from storycluster.columns import (
    NO_OUTLET,
    UNKNOWN_TIME,
    Array,
    Catalog,
    Fingerprints,
    Matches,
    Pairs,
    SampleIndex,
    Texts,
)
from storycluster.compare import Change, compare_texts
from storycluster.errors import ArticleError, DuplicateIdError, FormatError, SettingsError, UnknownIdError
from storycluster.fingerprint import (
    check_recipe,
    clean_texts,
    digest_encoded,
    digest_strings,
    encode_texts,
    fingerprint_encoded,
    fingerprint_texts,
)
from storycluster.formats.blocks import Block, Chunk, read_block, read_chunks
from storycluster.formats.intake import Intake
from storycluster.formats.reading import MAX_LINE_BYTES, Input, Reading, size_of
from storycluster.formats.shelf import Shelf, usable_moments
from storycluster.formats.stories import to_json
from storycluster.formats.story_lines import RELATIONS, Groups, StoryLines, leads
from storycluster.growing import GrowingFingerprints, sort_strings, take_fingerprints
from storycluster.kernels import rule
from storycluster.models import Article, Match, Story
from storycluster.outlets import Aliases, outlet_keys
from storycluster.serialize import story_to_dict
from storycluster.settings import FINGERPRINT_SETTINGS, Settings
from storycluster.story import (
    LEADS,
    ChooseLead,
    build_story,
    epoch_seconds,
    story_digest,
    usable,
)
from storycluster.text import matchable_text
from storycluster.threads import in_turn

log = logging.getLogger(__name__)

Status = Literal["joined", "alone", "too short", "empty"]
"""What became of an article: in a story with others, in one of its own, or not judged for want of words."""
Progress = Callable[[str, int, int], None]
"""Told how far a stage is: its name, how much is done, and of how much."""
Links = Iterable[tuple[str, str]]
STORIES_AT_ONCE = 1 << 14
"""Stories whose lines are put together at once."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a caller wants of a clustering beside its settings; see :func:`cluster_articles`.

    Args:
        must_link: Pairs of ids.
        cannot_link: Pairs of ids.
        aliases: Outlets' spellings.
        as_of: Dates after it count as unknown; None counts all.
        choose_lead: Gives the id of the copy to show; the anchor if None.
    """

    must_link: Sequence[tuple[str, str]] = ()
    cannot_link: Sequence[tuple[str, str]] = ()
    aliases: Aliases | None = None
    as_of: datetime | None = None
    choose_lead: ChooseLead | None = None

    @property
    def lead(self) -> str | None:
        """The name of the way to choose a lead, of those that columns are enough for; None of others."""
        return next((name for name, choose in LEADS.items() if choose is self.choose_lead), None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two articles are, or are not, one story.

    Args:
        match: The verified pair with its scores and reason.
        together: Whether they stand in one story of the clustering.
        changes: What differs between their texts, in order.
        changed_facts: The changes that replace one number or name by another.
    """

    match: Match
    together: bool
    changes: tuple[Change, ...]
    changed_facts: tuple[Change, ...]


def read_items(items: Iterable[Article | Mapping[str, Any] | str]) -> tuple[list[Article], Array]:
    """Articles from whatever was passed, each id once, and for each item the place of its article.

    A str has its place as id. The same id again with the same content is the same article; with other content it is
    an error.

    Raises:
        ArticleError: An item that is no article, with its place.
        DuplicateIdError: One id with two contents.
    """
    items = list(items)
    articles = [item for item in items if isinstance(item, Article)]
    if len({article.id for article in articles}) == len(items):  # as a rule
        return articles, np.arange(len(items))
    articles = []
    place_of: dict[str, int] = {}
    places: list[int] = []
    for i, item in enumerate(items):
        if isinstance(item, Article):
            article = item
        elif isinstance(item, str):
            article = Article(str(i), item)
        elif isinstance(item, Mapping):
            try:
                article = Article.from_mapping(item)
            except ArticleError as error:
                raise ArticleError(f"articles[{i}]: {error}") from error
        else:
            raise ArticleError(f"articles[{i}]: expected an Article, a mapping or a str, got {type(item).__name__}")
        known = place_of.setdefault(article.id, len(articles))
        if known == len(articles):
            articles.append(article)
        elif articles[known] != article:
            raise DuplicateIdError(
                f"articles[{i}]: the id {article.id!r} is taken by an article with other content; give each article an "
                "id of its own, or leave the id out to have one derived"
            )
        places.append(known)
    return articles, np.array(places, np.int64)


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


def key_numbers(keys: Mapping[str, str]) -> dict[str, int]:
    """The number of each canonical key, alphabetically; "" has none."""
    return {key: i for i, key in enumerate(sorted(set(keys.values()) - {""}))}


class Road(verify.Verifier):
    """The arrays of one run, from fingerprints to verdicts.

    Args:
        fingerprints: One row an article.
        catalog: The same rows.
        settings: All numbers.
    """

    def __init__(self, fingerprints: Fingerprints, catalog: Catalog, settings: Settings) -> None:
        check_recipe(fingerprints, settings)
        texts: Texts = candidates.collapse_texts(fingerprints, catalog)
        self.index: SampleIndex = candidates.index_samples(fingerprints, texts.rows)
        recurring = furniture.recurring_samples(self.index, fingerprints, texts, catalog, settings)
        flags = furniture.flag_words(recurring, self.index, fingerprints, texts, settings)
        super().__init__(fingerprints, flags, texts, catalog, fingerprints.word_counts, settings)

    def candidates(self) -> Pairs:
        """The pairs of texts worth verifying, those of a text run several times with itself included."""
        proposed = candidates.propose_pairs(self.fingerprints, self.texts, self.index, self.settings)
        repeated = np.flatnonzero(np.diff(self.texts.article_start) > 1)
        before = np.searchsorted(proposed.left, repeated)  # a text comes before its partners, which come after it
        return Pairs(np.insert(proposed.left, before, repeated), np.insert(proposed.right, before, repeated))


class StorySequence(Sequence[Story]):
    """The stories of a clustering, each built when it is asked for."""

    def __init__(self, count: int, build: Callable[[int], Story]) -> None:
        self._count = count
        self._build = build

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Story: ...
    @overload
    def __getitem__(self, place: slice) -> list[Story]: ...
    def __getitem__(self, place: int | slice) -> Story | list[Story]:
        if isinstance(place, slice):
            return [self._build(i) for i in range(*place.indices(self._count))]
        if not -self._count <= place < self._count:
            raise IndexError(f"story {place}: there are {self._count}")
        return self._build(place % self._count)

    def __iter__(self) -> Iterator[Story]:
        return map(self._build, range(self._count))


class Clustering:
    """The stories of a batch, and why they are as they are.

    Made by :func:`cluster_articles` or :func:`cluster_files`. Inside are arrays; a Story or a Match is built when it is
    asked for, and an Article of a file is read again from there.

    Attributes:
        articles: The articles, each id once, in the order in which they came.
        settings: The settings used.
        labels: int64, one for each item passed in: the number of its story, as in ``stories``.
    """

    def __init__(
        self,
        articles: Sequence[Article],
        places: Array,
        register: Register,
        fingerprints: Fingerprints,
        settings: Settings,
        wishes: Wishes,
    ) -> None:
        self.articles: Sequence[Article] = articles if isinstance(articles, Shelf) else tuple(articles)
        self.settings = settings
        self._fingerprints = fingerprints
        self._places = places
        self._register = register
        self._wishes = wishes
        must = {self._pair(pair, "must_link") for pair in wishes.must_link}
        self._cannot = {self._pair(pair, "cannot_link") for pair in wishes.cannot_link}
        catalog = register.catalog
        self._road = Road(fingerprints, catalog, settings)
        self._candidates = self._road.verify(self._road.candidates())
        links = grouping.Links.between(sorted(must), sorted(self._cannot), self._register.ids)
        joins, rows = grouping.joins_of(self._candidates)
        found = grouping.group(joins, self._judge, self._road.words, catalog, links, settings)
        self._anchor_of, self._unit_of = found.anchor_of, links.unit_of
        bridges = rows[found.bridges]
        left, right = self._candidates.left[bridges], self._candidates.right[bridges]
        self._bridges = set(zip(np.minimum(left, right).tolist(), np.maximum(left, right).tolist(), strict=True))
        self._anchors, self._story_of = number_stories(found.anchor_of, catalog)
        self._members = np.argsort(self._story_of, kind="stable")
        self._member_start = np.searchsorted(self._story_of[self._members], np.arange(len(self._anchors) + 1))
        self.labels: Array = self._story_of[places]
        log.debug("%d articles, %d stories", len(self.articles), len(self._anchors))

    def _judge(self, left: Array, right: Array) -> grouping.Judged:
        return grouping.Judged.of(self._road.judge(left, right))

    def __len__(self) -> int:
        return len(self._anchors)

    def __repr__(self) -> str:
        return f"<Clustering: {len(self.articles)} articles, {len(self)} stories>"

    @property
    def stories(self) -> StorySequence:
        """The stories, those with most outlets first (then most copies, then the earliest, then by anchor's id)."""
        return StorySequence(len(self), self._story)

    def story_lines(self, *, min_outlets: int = 0) -> Iterator[bytes]:
        """The stories as ``write_stories`` writes them: JSON lines, many at a time.

        Of files' articles they are put together from columns, without a Story being built; of articles in memory, and
        with a ``choose_lead`` other than ``choose_first`` and ``choose_longest``, from the stories.

        Args:
            min_outlets: Only stories that so many outlets ran.
        """
        lead = self._wishes.lead
        count = self.count_stories(min_outlets=min_outlets)  # of all stories the first: see number_stories
        if not isinstance(self.articles, Shelf) or lead is None:
            for story in islice(self.stories, count):
                yield to_json(story_to_dict(story)) + b"\n"
            return
        lines = StoryLines(self.articles, self._groups, self._register.keys, self._as_of, lead)

        def write(first: int) -> bytes:
            return self._write_lines(lines, np.arange(first, min(first + STORIES_AT_ONCE, count)))

        yield from in_turn(write, range(0, count, STORIES_AT_ONCE))

    @property
    def fingerprints(self) -> Fingerprints:
        """The articles' fingerprints, in their order."""
        return self._fingerprints

    @property
    def ids(self) -> Sequence[str]:
        """The articles' ids, in their order."""
        return self._register.ids

    def article(self, article_id: str) -> Article:
        """The article with an id.

        Raises:
            UnknownIdError: No article has this id.
        """
        return self.articles[self._place(article_id)]

    def lead_places(self) -> Array:
        """int64 (stories): the place among the articles of each story's lead."""
        lead = self._wishes.lead
        if lead == "anchor":
            return self._anchors.copy()
        if isinstance(self.articles, Shelf) and lead is not None:
            members, start = self._members, self._member_start
            return leads(self.articles, members, self._story_of[members], start, self._anchors, lead)
        return np.array([self._place(story.lead) for story in self.stories], np.int64)

    def story_of(self, article_id: str) -> Story:
        """The story of an article.

        Raises:
            UnknownIdError: No article has this id.
        """
        return self._story(int(self._story_of[self._place(article_id)]))

    def status_of(self, article_id: str) -> Status:
        """What became of an article.

        Raises:
            UnknownIdError: No article has this id.
        """
        place = self._place(article_id)
        story = self._story_of[place]
        if self._member_start[story + 1] - self._member_start[story] > 1:
            return "joined"
        words = self._road.words[place]
        return "empty" if words == 0 else "too short" if words < self.settings.min_words else "alone"

    def count_stories(self, *, min_outlets: int = 0) -> int:
        """How many stories there are that at least so many outlets ran."""
        return int(np.count_nonzero(count_outlets(self._story_of, len(self), self._road.catalog.outlet) >= min_outlets))

    def count_statuses(self) -> dict[Status, int]:
        """How many articles have which status."""
        joined = np.diff(self._member_start)[self._story_of] > 1
        words = self._road.words
        short = ~joined & (words < self.settings.min_words)
        empty = int(np.count_nonzero(short & (words == 0)))
        return {
            "joined": int(np.count_nonzero(joined)),
            "alone": int(np.count_nonzero(~joined & ~short)),
            "too short": int(np.count_nonzero(short)) - empty,
            "empty": empty,
        }

    def judge_pairs(self, pairs: Iterable[tuple[str, str]]) -> list[Match]:
        """The verdicts on any pairs of articles, in their order, whether or not they stand in one story.

        Raises:
            UnknownIdError: No article has one of the ids.
        """
        places = [(self._place(a), self._place(b)) for a, b in pairs]
        left, right = np.array(places, np.int64).reshape(-1, 2).T
        return list(self._matches(self._road.judge(left, right), np.arange(len(places))))

    @property
    def matches(self) -> Iterator[Match]:
        """The verified pairs behind the stories: each member with its anchor and with its ``best_others``."""
        yield from self._matches(self._anchored, np.arange(len(self._anchored)))
        left, right = self._candidates.left, self._candidates.right
        inside = (self._candidates.verdict == rule.SAME) & (self._story_of[left] == self._story_of[right])
        anchored = (self._anchor_of[left] == right) | (self._anchor_of[right] == left)
        yield from self._matches(self._candidates, self._best_rows(inside & ~anchored))

    @property
    def near_misses(self) -> Iterator[Match]:
        """Verified pairs in different stories that come near: ``partial``, ``template`` and ``reprint``.

        A pair may even be the ``same``: two copies that stand in different stories because no one article matches all
        of their members.
        """
        apart = self._story_of[self._candidates.left] != self._story_of[self._candidates.right]
        near = apart & (self._candidates.verdict != rule.DIFFERENT)
        yield from self._matches(self._candidates, self._best_rows(near))

    def explain(self, id_a: str, id_b: str) -> Explanation:
        """Why two articles are, or are not, one story, and what differs between them.

        Raises:
            UnknownIdError: No article has one of the ids.
        """
        a, b = self._place(id_a), self._place(id_b)
        judged = self._road.judge(np.array([a]), np.array([b]))
        changes = compare_texts(matchable_text(self.articles[a].text), matchable_text(self.articles[b].text))
        return Explanation(
            match=self._match(judged, 0),
            together=bool(self._story_of[a] == self._story_of[b]),
            changes=tuple(changes),
            changed_facts=tuple(change for change in changes if change.facts),
        )

    def rethreshold(self, settings: Settings | None = None, **changes: Any) -> Clustering:
        """The same articles under other settings, without fingerprinting again.

        Args:
            settings: The new settings; the present ones with ``changes`` if None.
            changes: Settings by name.

        Raises:
            SettingsError: Settings that change fingerprints, or unknown or wrong ones.
        """
        wanted = (settings or self.settings).changed(**changes)
        for name in (*FINGERPRINT_SETTINGS, "bands_rows"):
            if getattr(wanted, name) != getattr(self.settings, name):
                raise SettingsError(
                    f"rethreshold: {name} is part of the fingerprint; call cluster_articles to change it from "
                    f"{getattr(self.settings, name)} to {getattr(wanted, name)}"
                )
        return Clustering(self.articles, self._places, self._register, self._fingerprints, wanted, self._wishes)

    @cached_property
    def _anchored(self) -> Matches:
        """Each article that is not its story's anchor with the anchor, in the articles' order."""
        members = np.flatnonzero(self._anchor_of != np.arange(len(self.articles)))
        return self._road.judge(members, self._anchor_of[members])

    @cached_property
    def _row_of(self) -> Array:
        """int64 (articles): each one's row in ``_anchored``; an anchor has none."""
        row_of = np.full(len(self.articles), -1)
        row_of[self._anchored.left] = np.arange(len(self._anchored))
        return row_of

    @property
    def _as_of(self) -> datetime:
        """The moment after which dates say nothing of who was first."""
        return self._wishes.as_of or datetime.now(UTC)

    @property
    def _groups(self) -> Groups:
        """The partition, and what each article is to its anchor."""
        anchored, n = self._anchored, len(self.articles)
        members = anchored.left
        relation = np.full(n, RELATIONS.index("anchor"), np.uint8)
        relation[members] = anchored.relation
        bridges = np.array(sorted(self._bridges), np.int64).reshape(-1, 2)
        pairs = np.minimum(members, anchored.right) * n + np.maximum(members, anchored.right)
        apart = (anchored.verdict != rule.SAME) | np.isin(pairs, bridges[:, 0] * n + bridges[:, 1])
        relation[members[apart]] = RELATIONS.index("linked")
        jaccard, containment = np.ones((2, n))
        jaccard[members], containment[members] = verify.jaccard(anchored), verify.containment(anchored)
        return Groups(self._members, self._member_start, self._anchors, relation, jaccard, containment)

    def _write_lines(self, lines: StoryLines, stories: Array) -> bytes:
        """The lines of some stories; those with text that UTF-8 can't hold are built to be written."""
        ids: Any = self._register.ids
        pool, start = memoryview(ids.pool), ids.start
        anchors = self._anchors[stories]
        begins, ends = start[anchors].tolist(), start[anchors + 1].tolist()
        digests = b"".join([story_digest(pool[begin:end]) for begin, end in zip(begins, ends, strict=True)])
        data, line_start = lines.write(stories, np.frombuffer(digests.hex().encode("ascii"), np.uint8))
        odd = np.flatnonzero(lines.odd(stories)).tolist()
        if not odd:
            return data.tobytes()
        parts, done = [], 0
        for place in odd:
            parts += [
                data[done : line_start[place]].tobytes(),
                to_json(story_to_dict(self._story(stories[place]))) + b"\n",
            ]
            done = line_start[place + 1]
        return b"".join([*parts, data[done:].tobytes()])

    def _place(self, article_id: str) -> int:
        place = self._register.place_of(article_id)
        if place is None:
            raise UnknownIdError(f"{article_id!r}: no article has this id")
        return place

    def _pair(self, pair: tuple[str, str], name: str) -> tuple[int, int]:
        try:
            a, b = (self._place(article_id) for article_id in pair)
        except UnknownIdError as error:
            raise UnknownIdError(f"{name}: {error}") from None
        return min(a, b), max(a, b)

    def _best_rows(self, wanted: Array) -> Array:
        """Of the candidate pairs wanted, those among the ``best_others`` of one of the two by shared shingles."""
        rows = np.flatnonzero(wanted)
        left, right = self._candidates.left[rows], self._candidates.right[rows]
        member, other = np.concatenate([left, right]), np.concatenate([right, left])
        shared = np.tile(self._candidates.evidence[rows, 0], 2)
        best_first = np.lexsort((self._road.catalog.order[other], -shared, member))
        place = np.arange(member.size) - np.searchsorted(member[best_first], member[best_first])
        kept = np.zeros(rows.size, bool)
        kept[best_first[place < self.settings.best_others] % max(rows.size, 1)] = True
        return rows[kept]

    def _matches(self, matches: Matches, rows: Array) -> Iterator[Match]:
        return (self._match(matches, int(row)) for row in rows)

    def _match(self, matches: Matches, row: int) -> Match:
        a, b = int(matches.left[row]), int(matches.right[row])
        pair = (min(a, b), max(a, b))
        required = a != b and a in self._unit_of and self._unit_of[a] == self._unit_of.get(b)
        return verify.describe_match(
            matches, row, self._register.ids, self._road.words, self._road.catalog, self.settings,
            bridge=pair in self._bridges, linked=required or pair in self._cannot,
        )  # fmt: skip

    def _story(self, number: int) -> Story:
        places = self._members[self._member_start[number] : self._member_start[number + 1]].tolist()
        anchor = int(self._anchors[number])
        matches = {}
        if len(places) > 1:
            matches = {
                self._register.ids[place]: self._match(self._anchored, int(self._row_of[place]))
                for place in places
                if place != anchor
            }
        return build_story(
            self.articles[anchor],
            [self.articles[place] for place in places],
            matches,
            self._register.keys,
            self._as_of,
            self._wishes.choose_lead,
        )


def count_outlets(story: Array, stories: int, outlet: Array) -> Array:
    """How many outlets ran each story: int64 (stories), from each article's story and outlet."""
    named = outlet != NO_OUTLET
    outlets = int(outlet.max(initial=NO_OUTLET)) + 1
    ran = story[named] * outlets + outlet[named]
    ran.sort()
    first = np.diff(ran, prepend=-1) != 0
    return np.bincount(ran[first] // max(outlets, 1), minlength=stories)


def number_stories(anchor_of: Array, catalog: Catalog) -> tuple[Array, Array]:
    """Number the stories: most outlets first, then most copies, then earliest, then by the anchor's id.

    Returns:
        int64 (stories): the anchors; int64 (articles): each article's story.
    """
    anchors, story = np.unique(anchor_of, return_inverse=True)
    story = story.ravel()
    copies = np.bincount(story, minlength=anchors.size)
    outlets = count_outlets(story, anchors.size, catalog.outlet)
    dated = np.where(catalog.published == UNKNOWN_TIME, np.iinfo(np.int64).max, catalog.published)
    earliest = np.full(anchors.size, np.iinfo(np.int64).max)
    np.minimum.at(earliest, story, dated)
    order = np.lexsort((catalog.order[anchors], earliest, -copies, -outlets))
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return anchors[order], rank[story]


def cluster_articles(
    articles: Iterable[Article | Mapping[str, Any] | str],
    settings: Settings | None = None,
    *,
    must_link: Links = (),
    cannot_link: Links = (),
    aliases: Aliases | None = None,
    as_of: datetime | None = None,
    choose_lead: ChooseLead | None = None,
    progress: Progress | None = None,
) -> Clustering:
    """Turn a batch of articles into stories.

    Args:
        articles: Articles, mappings (as for ``Article.from_mapping``) or plain texts (whose ids are "0", "1", …).
        settings: Defaults if None.
        must_link: Pairs of ids that belong to one story whatever the texts say; they are marked ``linked``.
        cannot_link: Pairs of ids that never share a story.
        aliases: The caller's own outlet aliases.
        as_of: Dates after this moment count as unknown. If None, all dates count, so that the partition doesn't depend
            on when the program runs; only who was first is not said of a story with a date later than the present.
        choose_lead: Gives the id of the copy that a story shows first, from its articles (the anchor first); the
            anchor if None.
        progress: Called with a stage's name, the articles done and their number, from the calling thread.

    Returns:
        The stories, lazily built, with the matches behind them. The partition depends on the set of articles and the
        settings alone, not on order, process or number of threads.

    Raises:
        ArticleError: An item that is no article; the message names its place.
        DuplicateIdError: One id with two different contents.
        LinkError: must_link and cannot_link contradict each other.
        UnknownIdError: A link names an id that no article has.
    """
    settings = settings or Settings()
    wishes = Wishes(list(must_link), list(cannot_link), aliases, as_of, choose_lead)
    read, places = read_items(articles)
    told = progress or (lambda *_: None)
    register = ListRegister(read, wishes)
    fingerprints = fingerprint_texts(
        [article.text for article in read],
        settings,
        clean=matchable_text,
        progress=lambda done: told("fingerprinting", done, len(read)),
    )
    told("matching", 0, len(read))
    return Clustering(read, places, register, fingerprints, settings, wishes)


def as_inputs(sources: Input | Iterable[Input]) -> list[Input]:
    """The sources as a list; a stream is one, although it can be iterated over.

    Raises:
        FormatError: They are neither one source nor several.
    """
    if isinstance(sources, (str, PathLike)) or hasattr(sources, "read"):
        return [cast(Input, sources)]
    if not isinstance(sources, Iterable):
        raise FormatError(f"sources: expected a path, a binary stream or several; got {type(sources).__name__}")
    return list(sources)


def cluster_files(
    sources: Input | Iterable[Input],
    settings: Settings | None = None,
    *,
    format: str | None = None,
    strict: bool = False,
    intake: Intake | None = None,
    memory: int | None = None,
    must_link: Links = (),
    cannot_link: Links = (),
    aliases: Aliases | None = None,
    as_of: datetime | None = None,
    choose_lead: ChooseLead | None = None,
    progress: Progress | None = None,
) -> Clustering:
    """Turn the articles of files into stories, reading them as a stream: texts are let go as they are fingerprinted.

    ``cluster_articles(read_articles(...))`` gives the same stories, and holds all articles in memory. Here
    ``Clustering.articles`` reads an article from its file again when it is asked for; lines that can't be read again
    (of packed files, standard input, other formats than JSON lines) are copied to the temporary folder. Numbers and
    dates among what ``Article.extra`` holds of other formats come back from there as JSON has them.

    Args:
        sources: A path, "-" for standard input, a binary stream, or several of them, as for ``read_articles``.
        settings: Defaults if None.
        format: As for ``read_articles``.
        strict: Stop at the first record that can't be read or whose id is taken by an article with other content,
            instead of setting it aside.
        intake: Counts what was read and keeps what was set aside, with file and line.
        memory: Bytes that the columns may take: with more than half of them filled, they go on in files of the
            temporary folder. None keeps them in memory.
        must_link: As for ``cluster_articles``, like all that follow.
        cannot_link: Pairs of ids that never share a story.
        aliases: The caller's own outlet aliases.
        as_of: Dates after this moment count as unknown. For an aggregator's page it is also when it was made.
        choose_lead: Gives the id of the copy that a story shows first.
        progress: Called with a stage's name, what is done and of how much; while ``reading``, in bytes.

    Returns:
        The stories. ``Clustering.labels`` has one number for each article.

    Raises:
        FormatError: A file is not what it was read as; a bad record, if strict.
        LinkError: must_link and cannot_link contradict each other.
        UnknownIdError: A link names an id that no article has.
        OSError: A file can't be opened.
    """
    settings = settings or Settings()
    wishes = Wishes(list(must_link), list(cannot_link), aliases, as_of, choose_lead)
    intake = Intake() if intake is None else intake
    told = progress or (lambda *_: None)
    inputs = as_inputs(sources)
    total = sum(size_of(source) for source in inputs if isinstance(source, (str, PathLike)))
    reading = Reading(format, as_of, strict, intake, MAX_LINE_BYTES)
    shelf = Shelf()
    grown = GrowingFingerprints()

    def fingerprint(chunk: Chunk) -> tuple[Block, Array, Fingerprints]:
        block = read_block(chunk)
        marked = ((row, block.text_of(row)) for row in np.flatnonzero(block.marked).tolist())
        texts = clean_texts(block.text, block.text_start, marked, matchable_text)
        return (
            block,
            digest_encoded(block.title, block.title_start),
            fingerprint_encoded(*texts, settings),
        )

    for block, titles, made in in_turn(fingerprint, read_chunks(reading, inputs)):
        grown.extend(take_fingerprints(made, shelf.take_in(block, titles, intake, strict=strict)))
        told("reading", intake.bytes_read(), total)
        columns = [*grown.columns, *shelf.growing]
        if memory is not None and 2 * sum(column.nbytes for column in columns) > memory:
            for column in columns:
                column.move_to_file()
    shelf.close()
    told("matching", 0, len(shelf))
    fingerprints = grown.close(fingerprint_texts([], settings))
    return Clustering(shelf, np.arange(len(shelf)), ShelfRegister(shelf, wishes), fingerprints, settings, wishes)
