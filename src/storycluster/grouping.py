"""Matches and a verdict → stories: each with an anchor that every other member matches directly.

Matches that join are the edges of a graph. A connected component of it is not yet a story: chains don't join, and a
digest that holds two stories whole must not bridge them. In each component

1. **digests** are found: a text whose matches cover disjoint parts of it and don't match each other is ``partial`` to
   each of them, not a link between them;
2. **anchors** are picked, best first: most verified overlap, then longest, then earliest, then least id. An anchor
   takes every remaining member that the verdict joins to it, whether or not a candidate pair happened to be there;
3. a member that overlaps more with a later anchor goes there.

The partition is a function of the articles, their verdicts and the caller's links; order plays no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from storycluster.columns import UNKNOWN_TIME, Array, Catalog, Matches
from storycluster.errors import LinkError
from storycluster.kernels import overlap as ev
from storycluster.kernels.graph import components
from storycluster.settings import Settings

Judge = Callable[[Array, Array], Matches]
"""Verdicts on pairs of articles (left, right), in their order."""

ASKED_AT_ONCE = 1 << 16
"""Pairs that are judged at once, about: enough for all threads, and little memory."""

T = TypeVar("T")
R = TypeVar("R")
Asking = Generator[tuple[Array, Array], Matches, R]
"""Asks for the verdicts on pairs of articles, one batch after the other, and comes to a result."""

JOINED = 0
"""The verdict that joins."""
MOST_NEIGHBORS = 64
"""Matches of one text that are looked at to tell a digest."""
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

    def allow(self, article: int, members: set[int]) -> bool:
        """Whether an article may stand in a story with these members."""
        return self.forbidden.get(article, frozenset()).isdisjoint(members)


@dataclass(frozen=True, slots=True)
class Grouping:
    """The partition.

    Args:
        anchor_of: int64 (articles): the anchor of each article's story; an article alone is its own.
        bridges: bool (matches): matches that would have joined, of a digest with one of its parts.
    """

    anchor_of: Array
    bridges: Array


Edge = tuple[int, int, int, int, bool, bool, int, int, int, int]
"""A match that joins: its place among the matches, its articles, their verified overlap, whether either stands whole in
the other, and the first word of either that is shared in a long run and the word after its last one."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The matches that join: what grouping asks of them.

    Args:
        rows: int64 (e): their places among the matches.
        left: int64 (e): article.
        right: int64 (e): article.
        evidence: int32 (e, EVIDENCE).
        shared: int64 (e): verified overlap: shared words of the text that has fewer of them.
        left_whole: bool (e): whether the left article stands whole in the right one.
        right_whole: bool (e): whether the right article stands whole in the left one.
    """

    rows: Array
    left: Array
    right: Array
    evidence: Array
    shared: Array
    left_whole: Array
    right_whole: Array

    @classmethod
    def among(cls, matches: Matches, words: Array, settings: Settings) -> Edges:
        """The edges among some matches; ``words`` has the words of each article."""
        rows = np.flatnonzero(matches.verdict == JOINED)
        left, right, evidence = matches.left[rows], matches.right[rows], matches.evidence[rows]
        left_covered, right_covered = evidence[:, ev.LEFT_COVERED], evidence[:, ev.RIGHT_COVERED]
        return cls(
            rows, left, right, evidence, np.minimum(left_covered, right_covered).astype(np.int64),
            left_covered >= settings.whole_share * words[left], right_covered >= settings.whole_share * words[right],
        )  # fmt: skip

    def listed(self, places: Array) -> list[Edge]:
        """Some edges one by one."""
        spans = self.evidence[places][:, [ev.LEFT_FIRST, ev.LEFT_LAST, ev.RIGHT_FIRST, ev.RIGHT_LAST]]
        columns = (self.rows, self.left, self.right, self.shared, self.left_whole, self.right_whole)
        return list(zip(*(column[places].tolist() for column in columns), *spans.T.tolist(), strict=True))


def group(matches: Matches, judge: Judge, words: Array, catalog: Catalog, links: Links, settings: Settings) -> Grouping:
    """Group articles into stories.

    Args:
        matches: Verified pairs; those whose verdict is ``same`` are the graph's edges.
        judge: The verdict on any pairs.
        words: int64 (articles): words of each article.
        catalog: Dates and order, to break ties.
        links: What the caller said.
        settings: digest_share.
    """
    n = len(words)
    edges = Edges.among(matches, words, settings)
    bridges = np.zeros(len(matches), bool)
    must_left = np.array([unit[0] for unit in links.units for _ in unit[1:]], np.int64)
    must_right = np.array([member for unit in links.units for member in unit[1:]], np.int64)
    root = components(n, np.concatenate([edges.left, must_left]), np.concatenate([edges.right, must_right]))
    anchor_of = np.arange(n)
    size = np.bincount(root, minlength=n)
    grouped = np.flatnonzero(size[root] > 1)
    rank = anchor_rank(grouped, edges, words, catalog)

    edge_root = root[edges.left]
    edge_count = np.bincount(edge_root, minlength=n)
    special = np.zeros(n, bool)
    special[root[list(links.unit_of) + list(links.forbidden)]] = True
    best_rank = np.full(n, n, np.int64)
    np.minimum.at(best_rank, root[grouped], rank[grouped])
    of_rank = np.empty(grouped.size, np.int64)
    of_rank[rank[grouped]] = grouped
    best = anchor_of.copy()
    best[grouped] = of_rank[best_rank[root[grouped]]]
    # Where every member matches the best-ranked one nothing is left to ask, if no member can be a digest: there is none
    # in a clique, and none without two parts.
    clique = edge_count == size * (size - 1) // 2
    with_best = np.bincount(edge_root, (edges.left == best[edges.left]) | (edges.right == best[edges.right]), n)
    digest = np.zeros(n, bool)
    digest[root[may_be_digests(edges)]] = True
    simple = ~special & (clique | ((with_best == size - 1) & ~digest))
    whole = grouped[simple[root[grouped]]]
    anchor_of[whole] = best[whole]

    rest = (size > 1) & ~simple
    if not rest.any():
        return Grouping(anchor_of, bridges)
    places = np.flatnonzero(rest[edge_root])
    members_of = items_by_key(root[of_rank[rest[root[of_rank]]]], of_rank[rest[root[of_rank]]].tolist())
    edges_of = items_by_key(edge_root[places], edges.listed(places))
    answer_together(
        [
            cut_component(members, edges_of.get(key, []), links, settings, anchor_of, bridges)
            for key, members in members_of.items()
        ],
        judge,
    )
    return Grouping(anchor_of, bridges)


def answer_together(asking: Iterable[Asking[None]], judge: Judge) -> None:
    """Run generators that ask for verdicts to their ends; what many of them ask at one time is judged at once."""
    ready = [(one, question) for one in asking if (question := next(one, None)) is not None]
    while ready:
        taken, size = 0, 0
        while taken < len(ready) and size < ASKED_AT_ONCE:
            size += ready[taken][1][0].size
            taken += 1
        now, ready = ready[:taken], ready[taken:]
        left, right = (np.concatenate(sides) for sides in zip(*(question for _, question in now), strict=True))
        answers = judge(left, right)
        done = 0
        for one, (asked, _) in now:
            answer = answers.take(np.arange(done, done + asked.size))
            done += asked.size
            with suppress(StopIteration):
                ready.append((one, one.send(answer)))


def items_by_key(keys: Array, items: Sequence[T]) -> dict[int, list[T]]:
    """The items that have each key, in their order."""
    by_key: dict[int, list[T]] = defaultdict(list)
    for key, item in zip(keys.tolist(), items, strict=True):
        by_key[key].append(item)
    return by_key


def anchor_rank(articles: Array, edges: Edges, words: Array, catalog: Catalog) -> Array:
    """Each one's place when some articles are sorted by fitness to be an anchor: int64 (all articles), 0 is fittest."""
    n = len(words)
    total = np.bincount(edges.left, edges.shared, n) + np.bincount(edges.right, edges.shared, n)
    published = catalog.published[articles]
    dated = np.where(published == UNKNOWN_TIME, np.iinfo(np.int64).max, published)
    order = np.lexsort((catalog.order[articles], dated, -words[articles], -total[articles]))
    rank = np.full(n, n)
    rank[articles[order]] = np.arange(articles.size)
    return rank


def cut_component(
    ranked: list[int],
    edges: Sequence[Edge],
    links: Links,
    settings: Settings,
    anchor_of: Array,
    bridges: Array,
) -> Asking[None]:
    """Cut one component into stories, its members given in the order of their rank; write anchors and bridges."""
    fitness = {member: place for place, member in enumerate(ranked)}
    digests = yield from find_digests(edges, fitness, settings)
    near: dict[int, dict[int, int]] = defaultdict(dict)
    for row, a, b, shared, *_ in edges:
        if (a in digests) != (b in digests):
            bridges[row] = True
        else:
            near[a][b] = near[b][a] = shared

    first = {links.unit_of[member] for member in ranked if member in links.unit_of}
    stories: dict[int, set[int]] = {}
    left = dict.fromkeys(ranked)
    linked: set[int] = set()
    for unit in sorted(first, key=lambda place: min(fitness[member] for member in links.units[place])):
        anchor = min(links.units[unit], key=fitness.__getitem__)
        stories[anchor] = set(links.units[unit])
        linked |= stories[anchor]
        for member in links.units[unit]:
            left.pop(member)
    checks = CHECKS_A_MEMBER * len(ranked)
    for anchor in [*stories, *ranked]:
        if anchor not in stories:
            if anchor not in left:
                continue
            left.pop(anchor)
            stories[anchor] = {anchor}
        known = near[anchor]
        asked = left if checks > 0 else {m for neighbor in known for m in near[neighbor] if m in left}
        others = [m for m in asked if m not in known and (m in digests) == (anchor in digests)]
        checks -= len(others)
        joined = {m for m in known if m in left}
        if others:
            found = yield np.array(others, np.int64), np.full(len(others), anchor, np.int64)
            joined |= {m for m, verdict in zip(others, found.verdict.tolist(), strict=True) if verdict == JOINED}
        for member in sorted(joined, key=fitness.__getitem__):
            if links.allow(member, stories[anchor]):
                stories[anchor].add(member)
                left.pop(member)
    story_of = {member: anchor for anchor, story in stories.items() for member in story}
    for member in ranked:
        if member in stories or member in linked:
            continue
        here = near[member].get(story_of[member], 0)
        better = [
            (-shared, fitness[anchor], anchor)
            for anchor, shared in near[member].items()
            if anchor in stories and shared > here and links.allow(member, stories[anchor])
        ]
        if better:
            stories[story_of[member]].discard(member)
            story_of[member] = min(better)[2]
            stories[story_of[member]].add(member)
    for member, anchor in story_of.items():
        anchor_of[member] = anchor


def may_be_digests(edges: Edges) -> Array:
    """The articles that hold two others at least which stand whole in them and not they in those."""
    left_whole, right_whole = edges.left_whole, edges.right_whole
    holders = np.concatenate([edges.right[left_whole & ~right_whole], edges.left[right_whole & ~left_whole]])
    may: Array = np.flatnonzero(np.bincount(holders) > 1)
    return may


def find_digests(edges: Sequence[Edge], fitness: Mapping[int, int], settings: Settings) -> Asking[set[int]]:
    """The members of a component that hold two stories: strangers to each other that stand whole in disjoint parts.

    Two cuts of one text may be such strangers too. The text that was run more often is the original: a holder with
    more whole copies of itself than each of the two has is not their digest.
    """
    runs = dict.fromkeys(fitness, 0)
    parts: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for _, a, b, _, a_whole, b_whole, a_first, a_last, b_first, b_last in edges:
        if a_whole and b_whole:
            runs[a] += 1
            runs[b] += 1
        elif a_whole:
            parts[b].append((a, b_first, b_last))
        elif b_whole:
            parts[a].append((b, a_first, a_last))
    digests: set[int] = set()
    asked: list[tuple[int, int, int]] = []
    last = max(parts, default=None)
    for holder in sorted(parts):
        held = sorted(parts[holder], key=lambda part: (part[1], part[2], fitness[part[0]]))[:MOST_NEIGHBORS]
        most = runs[holder]
        asked += [
            (holder, x, y)
            for i, (x, x_first, x_last) in enumerate(held)
            for y, y_first, y_last in held[i + 1 :]  # none of them begins before x does
            if (most <= runs[x] or most <= runs[y])
            and min(x_last, y_last) - y_first < settings.digest_share * min(x_last - x_first, y_last - y_first)
        ]
        if asked and (len(asked) >= ASKED_AT_ONCE or holder == last):
            holders, left, right = np.array(asked, np.int64).T
            found = yield left, right
            told = np.maximum(found.evidence[:, ev.LEFT_TOLD], found.evidence[:, ev.RIGHT_TOLD])
            digests |= set(holders[(found.verdict != JOINED) & (told < settings.min_told)].tolist())
            asked = []
    return digests
