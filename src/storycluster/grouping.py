"""Matches and a verdict → stories: each with an anchor that every other member matches directly.

Matches that join are the edges of a graph. A connected component of it is not yet a story: chains don't join, and a
digest that holds two stories whole must not bridge them. In each component

1. **digests** are found: a text whose matches cover disjoint parts of it and don't match each other is ``partial`` to
   each of them, not a link between them; one that is a copy of the one, with the other below it, to the other;
2. **anchors** are picked, best first: most verified overlap, then longest, then earliest, then least id. An anchor
   takes every remaining member that the verdict joins to it, whether or not a candidate pair happened to be there;
3. a member that overlaps more with a later anchor goes there.

The partition is a function of the articles, their verdicts and the caller's links; order plays no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from storycluster.columns import UNKNOWN_TIME, Array, Catalog, Matches
from storycluster.errors import LinkError
from storycluster.kernels import cutting, rule
from storycluster.kernels import overlap as ev
from storycluster.kernels.cutting import Ties
from storycluster.kernels.graph import components
from storycluster.kernels.parts import Joins, Parts, find_parts, take_simple
from storycluster.settings import Settings


class Judged(NamedTuple):
    """Verdicts on pairs of articles.

    Args:
        same: bool: whether they are one story.
        told: int32: words told of the text of which more are.
    """

    same: Array
    told: Array


Judge = Callable[[Array, Array], Judged]
"""Verdicts on pairs of articles (left, right), in their order."""

ASKED_AT_ONCE = 1 << 16
"""Pairs that are judged at once, about: enough for all threads, and little memory."""
CHECKS_A_MEMBER = 64
"""Verdicts asked, by member of a component, up to which an anchor is checked against every remaining member; after
that only against the matches of its matches, so that a component of any size costs bounded work."""


@dataclass(frozen=True, slots=True)
class Links:
    """What the caller said of pairs of articles.

    Args:
        units: Articles that must stand together (closed under must_link), least article first.
        unit_of: Article → place in ``units``.
        forbidden: Article → articles that may not be in its story.
    """

    units: tuple[tuple[int, ...], ...] = ()
    unit_of: Mapping[int, int] = field(default_factory=dict)
    forbidden: Mapping[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def between(cls, must: Iterable[tuple[int, int]], cannot: Iterable[tuple[int, int]], names: Sequence[str]) -> Links:
        """Links from pairs of articles.

        Args:
            must: Pairs that belong to one story.
            cannot: Pairs that don't.
            names: The articles' ids, for messages.

        Raises:
            LinkError: A pair that must and cannot be together, directly or through other must_link pairs.
        """
        must, cannot = list(must), list(cannot)
        left = np.array([a for a, _ in must], np.int64)
        right = np.array([b for _, b in must], np.int64)
        root = components(len(names), left, right)
        grouped: dict[int, set[int]] = defaultdict(set)
        for a, b in must:
            grouped[int(root[a])] |= {a, b}
        units = tuple(tuple(sorted(grouped[key])) for key in sorted(grouped))
        forbidden: dict[int, set[int]] = defaultdict(set)
        for a, b in cannot:
            if root[a] == root[b]:
                raise LinkError(
                    f"cannot_link ({names[a]!r}, {names[b]!r}): must_link puts both into one story"
                    " (directly or through other articles); take one of the links back"
                )
            forbidden[a].add(b)
            forbidden[b].add(a)
        unit_of = {member: place for place, unit in enumerate(units) for member in unit}
        return cls(units, unit_of, {a: frozenset(others) for a, others in forbidden.items()})

    def ties(self, articles: int) -> Ties:
        """The same as columns."""
        if not self.unit_of and not self.forbidden:
            return Ties(*[np.empty(0, np.int64)] * 3)
        unit, start = np.full(articles, -1), np.zeros(articles + 1, np.int64)
        for member, place in self.unit_of.items():
            unit[member] = place
        apart = [sorted(self.forbidden.get(article, ())) for article in range(articles)]
        np.cumsum(list(map(len, apart)), out=start[1:])
        return Ties(unit, start, np.array([other for others in apart for other in others], np.int64))


@dataclass(frozen=True, slots=True)
class Grouping:
    """The partition.

    Args:
        anchor_of: int64 (articles): the anchor of each article's story; an article alone is its own.
        bridges: int64: the matches that would have joined, of an article with a part of it that is another story.
    """

    anchor_of: Array
    bridges: Array


def joins_of(matches: Matches) -> tuple[Joins, Array]:
    """The matches that join, and which rows they are."""
    rows = np.flatnonzero(matches.verdict == rule.SAME)
    evidence = matches.evidence[rows]
    covered = evidence.take([ev.LEFT_COVERED, ev.RIGHT_COVERED], axis=1)
    spans = evidence.take([ev.LEFT_FIRST, ev.LEFT_LAST, ev.RIGHT_FIRST, ev.RIGHT_LAST], axis=1)
    return Joins(matches.left[rows], matches.right[rows], covered, spans), rows


def group(joins: Joins, judge: Judge, words: Array, catalog: Catalog, links: Links, settings: Settings) -> Grouping:
    """Group articles into stories.

    Args:
        joins: The matches whose verdict is ``same``: the graph's edges, each pair once.
        judge: The verdict on any pairs.
        words: int64 (articles): words of each article.
        catalog: Dates and order, to break ties.
        links: What the caller said.
        settings: digest_share, whole_share, min_told.
    """
    n = len(words)
    must_left = np.array([unit[0] for unit in links.units for _ in unit[1:]], np.int64)
    must_right = np.array([member for unit in links.units for member in unit[1:]], np.int64)
    parts = find_parts(n, joins, must_left, must_right, words, catalog.published, catalog.order, UNKNOWN_TIME)
    anchor_of = np.arange(n)
    tied = np.zeros(n, np.bool_)
    tied[list(links.unit_of) + list(links.forbidden)] = True
    rest = take_simple(parts, joins, words, tied, settings.whole_share, anchor_of)
    if not rest.size:
        return Grouping(anchor_of, np.empty(0, np.int64))
    digest, dropped = find_digests(parts, joins, rest, words, judge, settings)
    ties = links.ties(n)
    cut = cutting.begin_cut(parts, rest, digest, dropped, ties, CHECKS_A_MEMBER)
    begun, waiting, anchors, strangers = 0, *[np.empty(0, np.int64)] * 3
    start, same = np.zeros(1, np.int64), np.empty(0, np.bool_)
    while begun < rest.size or waiting.size:
        begun, waiting, anchors, strangers, start = cutting.cut_parts(
            parts, joins, cut, ties, rest, begun, waiting, anchors, strangers, start, same, ASKED_AT_ONCE, anchor_of
        )
        if waiting.size:
            same = judge(parts.members[strangers], parts.members[np.repeat(anchors, np.diff(start))]).same
    return Grouping(anchor_of, np.flatnonzero(cut.bridged))


def find_digests(
    parts: Parts, joins: Joins, rest: Array, words: Array, judge: Judge, settings: Settings
) -> tuple[Array, Array]:
    """Which members hold two stories: strangers to each other that stand whole in disjoint parts of it.

    Returns:
        bool (m): digests; bool (e): matches of a copy of one story with a part of it that is another story.
    """
    digest, dropped = np.zeros(parts.members.size, np.bool_), np.zeros(joins.left.size, np.bool_)
    runs, holders, holding = cutting.count_whole(parts, joins, words, settings.whole_share)
    begun = 0
    while begun >= 0:
        asked, begun = cutting.ask_about_digests(
            parts, joins, rest, words, runs, holders, holding, settings.whole_share, settings.digest_share,
            settings.min_told, begun, ASKED_AT_ONCE,
        )  # fmt: skip
        if len(asked):
            holders_of, left, right, match, most = asked.T
            judged = judge(parts.members[left], parts.members[right])
            strangers = ~judged.same & (judged.told < most)
            digest[holders_of[strangers & (match < 0)]] = True
            dropped[match[strangers & (match >= 0)]] = True
    return digest, dropped
