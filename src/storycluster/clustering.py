"""The stories of a batch: the road from fingerprints to groups, and what can be asked of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any, Literal, overload

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
from storycluster.errors import LinkError, SettingsError, UnknownIdError
from storycluster.fields import counted
from storycluster.fingerprint import check_recipe
from storycluster.formats.shelf import Shelf
from storycluster.formats.stories import to_json
from storycluster.formats.story_lines import RELATIONS, Groups, StoryLines, leads
from storycluster.growing import let_go
from storycluster.kernels import rule
from storycluster.models import Article, Match, Story, known_as_id
from storycluster.registers import Register, Wishes, check_min_outlets, check_settings, read_pairs
from storycluster.serialize import story_to_dict
from storycluster.settings import FINGERPRINT_SETTINGS, Settings
from storycluster.story import build_story, story_digest
from storycluster.text import matchable_text
from storycluster.threads import in_turn

log = logging.getLogger(__name__)

Status = Literal["joined", "alone", "too short", "empty"]
"""What became of an article: in a story with others, in one of its own, or not judged for want of words."""
STORIES_AT_ONCE = 1 << 14
"""Stories whose lines are put together at once."""


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


class Road(verify.Verifier):
    """The arrays of one run, from fingerprints to verdicts.

    Args:
        fingerprints: One row an article.
        catalog: The same rows.
        settings: All numbers.

    Attributes:
        proposed: The pairs of texts worth verifying, those of a text run several times with itself included.
    """

    def __init__(self, fingerprints: Fingerprints, catalog: Catalog, settings: Settings) -> None:
        check_recipe(fingerprints, settings)
        texts: Texts = candidates.collapse_texts(fingerprints, catalog)
        index: SampleIndex = candidates.index_samples(fingerprints, texts.rows)  # not kept: a third of what there is
        recurring = furniture.recurring_samples(index, fingerprints, texts, catalog, settings)
        flags = furniture.flag_words(recurring, index, fingerprints, texts, settings)
        let_go(fingerprints)
        super().__init__(fingerprints, flags, texts, catalog, fingerprints.word_counts, settings)
        pairs = candidates.propose_pairs(fingerprints, texts, index, settings)
        let_go(fingerprints)
        repeated = np.flatnonzero(np.diff(texts.article_start) > 1)
        before = np.searchsorted(pairs.left, repeated)  # a text comes before its partners, which come after it
        self.proposed = Pairs(np.insert(pairs.left, before, repeated), np.insert(pairs.right, before, repeated))


class StorySequence(Sequence[Story]):
    """The stories of a clustering, each built when it is asked for."""

    def __init__(self, count: int, build: Callable[[int], Story]) -> None:
        self._count = count
        self._build = build

    def __repr__(self) -> str:
        return f"<StorySequence: {counted(self._count, 'story', 'stories')}>"

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
        self._candidates = self._road.verify(self._road.sift(self._road.proposed))
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
        let_go(fingerprints)
        log.debug("%d articles, %d stories", len(self.articles), len(self._anchors))

    def _judge(self, left: Array, right: Array) -> grouping.Judged:
        return grouping.Judged(*self._road.agree(left, right))

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

        Raises:
            SettingsError: ``min_outlets`` is no number of outlets.
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
    def wishes(self) -> Wishes:
        """What was wanted of it beside its settings: links, aliases, and so on."""
        return self._wishes

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
        """How many stories there are that at least so many outlets ran.

        Raises:
            SettingsError: ``min_outlets`` is no number of outlets.
        """
        check_min_outlets(min_outlets)
        return int(np.count_nonzero(count_outlets(self._story_of, len(self), self._road.catalog.outlet) >= min_outlets))

    def count_late_dates(self) -> int:
        """How many articles have a date after ``as_of``, or after the present where none was given."""
        return self._register.count_later(self._as_of)

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
            SettingsError: They are no pairs.
            UnknownIdError: No article has one of the ids.
        """
        places = [(self._place(a), self._place(b)) for a, b in read_pairs(pairs, "pairs")]
        left, right = np.array(places, np.int64).reshape(-1, 2).T.copy()
        return list(self._matches(self._road.judge(left, right), np.arange(len(places))))

    @property
    def matches(self) -> Iterator[Match]:
        """The verified pairs behind the stories: each member with its anchor and with its ``best_others``."""
        yield from self._matches(self._anchored, np.arange(len(self._anchored)))
        left, right = self._candidates.left, self._candidates.right
        inside = (self._candidates.verdict == rule.SAME) & (self._story_of[left] == self._story_of[right])
        anchored = (self._anchor_of[left] == right) | (self._anchor_of[right] == left)
        yield from self._matches(self._candidates, self._best_rows(self._candidates, inside & ~anchored))

    @property
    def near_misses(self) -> Iterator[Match]:
        """Verified pairs in different stories that come near: ``partial``, ``template`` and ``reprint``.

        A pair may even be the ``same``: two copies that stand in different stories because no one article matches all
        of their members. Whoever asks waits for all candidates to be compared: to find the stories takes only some.
        """
        found = self._road.verify(self._road.proposed)
        apart = self._story_of[found.left] != self._story_of[found.right]
        yield from self._matches(found, self._best_rows(found, apart & (found.verdict != rule.DIFFERENT)))

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
        check_settings(settings)
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
        anchored = self._road.judge(members, self._anchor_of[members])
        let_go(self._fingerprints)
        return anchored

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
        bridges = np.array(sorted(self._bridges), np.int64).reshape(-1, 2)
        pairs = np.minimum(members, anchored.right) * n + np.maximum(members, anchored.right)
        relation[members] = verify.relations(anchored, np.isin(pairs, bridges[:, 0] * n + bridges[:, 1]))
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
        place = self._register.place_of(known_as_id(article_id))
        if place is None:
            raise UnknownIdError(f"{article_id!r}: no article has this id")
        return place

    def _pair(self, pair: tuple[str, str], name: str) -> tuple[int, int]:
        try:
            a, b = (self._place(article_id) for article_id in pair)
        except UnknownIdError as error:
            raise UnknownIdError(f"{name}: {error}") from None
        if a == b:
            raise LinkError(f"{name} {pair!r}: expected two articles, got one twice")
        return min(a, b), max(a, b)

    def _best_rows(self, found: Matches, wanted: Array) -> Array:
        """Of the verified pairs wanted, those among the ``best_others`` of one of the two by shared shingles."""
        rows = np.flatnonzero(wanted)
        left, right = found.left[rows], found.right[rows]
        member, other = np.concatenate([left, right]), np.concatenate([right, left])
        shared = np.tile(found.evidence[rows, 0], 2)
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
