"""Stories from matches, the slow way: sets, dictionaries, one component after the other, no shortcut."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import networkx
import numpy as np

from storycluster import Settings
from storycluster.columns import Matches
from storycluster.grouping import Judged, Links
from storycluster.kernels import overlap as ev
from storycluster.kernels import rule
from storycluster.kernels.cutting import MOST_COPIES, MOST_PARTS

Pair = tuple[int, int]
Sides = tuple[int, int]
"""A number of each of a pair's texts."""
Held = tuple[int, int, int, int, Pair]
"""What stands whole in a member: its first word there and the word after its last one, its rank, words, the match."""


def judged(matches: Matches) -> Judged:
    """What grouping asks of verified pairs."""
    evidence = matches.evidence
    return Judged(matches.verdict == rule.SAME, np.maximum(evidence[:, ev.LEFT_TOLD], evidence[:, ev.RIGHT_TOLD]))


class Match:
    """Two articles that match.

    Args:
        covered: Words of each in shared shingles.
        spans: First shared word of each and the word after its last one.
    """

    def __init__(self, covered: Sides, spans: tuple[Sides, Sides]) -> None:
        self.covered, self.spans = covered, spans


def group(
    matches: Mapping[Pair, Match],
    judge: Callable[[int, int], tuple[bool, int]],
    words: Sequence[int],
    order: Sequence[int],
    links: Links,
    settings: Settings,
    checks: int,
) -> tuple[list[int], set[Pair]]:
    """Each article's anchor, and the matches of one with a part of it that is another story.

    Args:
        matches: The pairs that join.
        judge: Whether any two articles match, and the words told of the text of which more are.
        words: Words of each article.
        order: The order of articles that are alike in all else; none has a date.
        links: What the caller said.
        settings: All numbers.
        checks: Verdicts asked, by member, up to which an anchor is checked against every remaining member.
    """
    graph = networkx.Graph(list(matches))
    graph.add_nodes_from(range(len(words)))
    for unit in links.units:
        networkx.add_path(graph, unit)
    total: Counter[int] = Counter()
    for (a, b), match in matches.items():
        total[a] += min(match.covered)
        total[b] += min(match.covered)
    anchor_of, bridges = list(range(len(words))), set()
    for members in networkx.connected_components(graph):
        ranked = sorted(members, key=lambda x: (-total[x], -words[x], order[x]))
        edges = {pair: match for pair, match in matches.items() if pair[0] in members}
        digests, dropped = find_digests(edges, judge, words, ranked, settings)
        across = dropped | {(a, b) for a, b in edges if (a in digests) != (b in digests)}
        bridges |= across
        near: dict[int, dict[int, int]] = defaultdict(dict)
        for (a, b), match in edges.items():
            if (a, b) not in across:
                near[a][b] = near[b][a] = min(match.covered)
        apart = {anchor: parts_of_others(anchor, across, near) for anchor in ranked}
        for member, anchor in cut(ranked, near, digests, apart, judge, links, checks * len(ranked)).items():
            anchor_of[member] = anchor
    return anchor_of, bridges


def parts_of_others(anchor: int, across: set[Pair], near: Mapping[int, Mapping[int, int]]) -> set[int]:
    """The other stories that a member holds a part of, or is a part for: those members, and what matches them."""
    others = {b if a == anchor else a for a, b in across if anchor in (a, b)}
    return others | {m for other in others for m in near.get(other, ())}


def find_digests(
    edges: Mapping[Pair, Match],
    judge: Callable[[int, int], tuple[bool, int]],
    words: Sequence[int],
    ranked: Sequence[int],
    settings: Settings,
) -> tuple[set[int], set[Pair]]:
    """The members that hold strangers whole in disjoint parts, and the matches of copies with such parts.

    A digest isn't copied more often than both. A copy of one story holds another one if few of its like do.
    """
    runs: Counter[int] = Counter()
    holders: Counter[int] = Counter()
    parts: dict[int, list[Held]] = defaultdict(list)
    copies: dict[int, list[Held]] = defaultdict(list)
    for pair, match in edges.items():
        whole = [match.covered[side] >= settings.whole_share * words[pair[side]] for side in range(2)]
        for side in range(2):
            if whole[side]:
                one, holder = pair[side], pair[1 - side]
                row = *match.spans[1 - side], ranked.index(one), match.covered[side], pair
                (copies if whole[1 - side] else parts)[holder].append(row)
                (runs if whole[1 - side] else holders)[one] += 1
    digests, dropped = set(), set()

    def told_apart(one: Held, other: Held, held: Sequence[Held]) -> int:
        most = settings.digest_share * min(one[1] - one[0], other[1] - other[0])
        if min(one[1], other[1]) - max(one[0], other[0]) < most:
            return settings.min_told
        if one[3] + other[3] - (max(one[1], other[1]) - min(one[0], other[0])) >= most:
            return 0
        if any(matching(one, third) and matching(other, third) for third in held):
            return 0
        return min(settings.min_told, int(settings.digest_share * min(one[3], other[3])))

    def matching(one: Held, other: Held) -> bool:
        x, y = ranked[one[2]], ranked[other[2]]
        return (x, y) in edges or (y, x) in edges

    def are_strangers(x: int, y: int, most: int) -> bool:
        same, told = judge(x, y)
        return not same and told < most

    for holder, held in parts.items():
        held = sorted(held)[:MOST_PARTS]
        own = sorted(copies[holder], key=lambda row: row[2])[:MOST_COPIES]
        for j, part in enumerate(held):
            y = ranked[part[2]]
            for other in held[:j]:
                x = ranked[other[2]]
                if runs[holder] <= max(runs[x], runs[y]) and are_strangers(x, y, told_apart(other, part, held)):
                    digests.add(holder)
            told = [(ranked[one[2]], told_apart(one, part, held)) for one in own]
            beside = [row for row in told if row[1]]
            if 2 * holders[y] <= runs[holder] + 1 and beside and are_strangers(beside[0][0], y, beside[0][1]):
                dropped.add(part[4])
    return digests, dropped


def cut(
    ranked: Sequence[int],
    near: Mapping[int, Mapping[int, int]],
    digests: set[int],
    apart: Mapping[int, set[int]],
    judge: Callable[[int, int], tuple[bool, int]],
    links: Links,
    checks: int,
) -> dict[int, int]:
    """Each member's anchor."""

    def allow(article: int, members: set[int]) -> bool:
        return links.forbidden.get(article, frozenset()).isdisjoint(members)

    stories: dict[int, set[int]] = {}
    left = dict.fromkeys(ranked)
    linked: set[int] = set()
    for member in ranked:
        if member in links.unit_of and member not in linked:
            stories[member] = set(links.units[links.unit_of[member]])
            linked |= stories[member]
            for one in stories[member]:
                left.pop(one)
    units = list(stories)
    for anchor in [*units, *(member for member in ranked if member not in units)]:
        if anchor not in units:
            if anchor not in left:
                continue
            left.pop(anchor)
            stories[anchor] = {anchor}
        known = near.get(anchor, {})
        asked = left if checks > 0 else {m: None for one in known for m in near[one] if m in left}
        unknown = (m for m in asked if m not in known and m not in apart[anchor])
        others = [m for m in unknown if (m in digests) == (anchor in digests)]
        checks -= len(others)
        joined = {m for m in known if m in left} | {m for m in others if judge(m, anchor)[0]}
        for member in sorted(joined, key=ranked.index):
            if allow(member, stories[anchor]):
                stories[anchor].add(member)
                left.pop(member)
    story_of = {member: anchor for anchor, story in stories.items() for member in story}
    for member in ranked:
        if member in stories or member in linked:
            continue
        here = near.get(member, {}).get(story_of[member], 0)
        better = [
            (-shared, ranked.index(anchor), anchor)
            for anchor, shared in near.get(member, {}).items()
            if anchor in stories and shared > here and allow(member, stories[anchor])
        ]
        if better:
            stories[story_of[member]].discard(member)
            story_of[member] = min(better)[2]
            stories[story_of[member]].add(member)
    return story_of
