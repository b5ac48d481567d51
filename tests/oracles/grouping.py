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
from storycluster.kernels.cutting import MOST_NEIGHBORS

Pair = tuple[int, int]
Sides = tuple[int, int]
"""A number of each of a pair's texts."""


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
    """Each article's anchor, and the matches of a digest with one of its parts.

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
        digests = find_digests(edges, judge, words, ranked, settings)
        across = {(a, b) for a, b in edges if (a in digests) != (b in digests)}
        bridges |= across
        near: dict[int, dict[int, int]] = defaultdict(dict)
        for (a, b), match in edges.items():
            if (a, b) not in across:
                near[a][b] = near[b][a] = min(match.covered)
        for member, anchor in cut(ranked, near, digests, judge, links, checks * len(ranked)).items():
            anchor_of[member] = anchor
    return anchor_of, bridges


def find_digests(
    edges: Mapping[Pair, Match],
    judge: Callable[[int, int], tuple[bool, int]],
    words: Sequence[int],
    ranked: Sequence[int],
    settings: Settings,
) -> set[int]:
    """The members that hold strangers whole in disjoint parts, and aren't copied more often than both."""
    runs: Counter[int] = Counter()
    parts: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    for pair, match in edges.items():
        whole = [match.covered[side] >= settings.whole_share * words[pair[side]] for side in range(2)]
        if all(whole):
            runs.update(pair)
        for side in range(2):
            if whole[side] and not whole[1 - side]:
                part, holder = pair[side], pair[1 - side]
                parts[holder].append((*match.spans[1 - side], ranked.index(part), part))
    digests = set()
    for holder, held in parts.items():
        held = sorted(held)[:MOST_NEIGHBORS]
        for i, (x_first, x_last, _, x) in enumerate(held):
            for y_first, y_last, _, y in held[i + 1 :]:
                apart = min(x_last, y_last) - max(x_first, y_first) < settings.digest_share * min(
                    x_last - x_first, y_last - y_first
                )
                same, told = judge(x, y)
                if apart and runs[holder] <= max(runs[x], runs[y]) and not same and told < settings.min_told:
                    digests.add(holder)
    return digests


def cut(
    ranked: Sequence[int],
    near: Mapping[int, Mapping[int, int]],
    digests: set[int],
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
        others = [m for m in asked if m not in known and (m in digests) == (anchor in digests)]
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
