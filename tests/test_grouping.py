"""Grouping on made-up graphs: chains don't join, digests don't bridge, numbering plays no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oracles import grouping as slow
from storycluster import grouping
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog, Matches
from storycluster.errors import LinkError
from storycluster.grouping import Grouping, Links, group, joins_of
from storycluster.kernels import overlap as ev
from storycluster.kernels.graph import article_pairs, components
from storycluster.kernels.parts import sort_by_fitness
from storycluster.kernels.rule import COPY, DIFFERENT, SAME
from storycluster.kernels.sorting import FEW, count_pairs
from storycluster.settings import Settings
from storycluster.verify import swap_sides

Edge = tuple[int, int]


class World:
    """Texts of which it is known which ones match, and where.

    Args:
        words: Words of each text.
        same: Pairs that the verdict joins, with the words they share; they lie at the start of either text unless
            ``spans`` says where they lie in the first of the two.
        spans: (text, other) → where the other one's words stand in the text.
    """

    def __init__(
        self, words: Sequence[int], same: dict[Edge, int], spans: dict[Edge, tuple[int, int]] | None = None
    ) -> None:
        self.words = np.array(words, np.int64)
        self.same = {**same, **{(b, a): shared for (a, b), shared in same.items()}}
        self.spans = spans or {}

    def judge(self, left: Array, right: Array) -> Matches:
        evidence = np.zeros((left.size, ev.EVIDENCE), np.int32)
        verdict = np.full(left.size, DIFFERENT, np.uint8)
        for row, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            shared = self.same.get((a, b))
            if shared is None:
                continue
            verdict[row] = SAME
            evidence[row, [ev.LEFT_COVERED, ev.RIGHT_COVERED, ev.LEFT_TOLD, ev.RIGHT_TOLD]] = shared
            evidence[row, [ev.LEFT_FIRST, ev.LEFT_LAST]] = self.spans.get((a, b), (0, shared))
            evidence[row, [ev.RIGHT_FIRST, ev.RIGHT_LAST]] = self.spans.get((b, a), (0, shared))
        none = np.zeros(left.size, np.uint8)
        shingles = np.stack([self.words[left], self.words[right]], axis=1).astype(np.int32)
        return Matches(left, right, evidence, shingles, verdict, np.full_like(none, COPY), none)

    def catalog(self, order: Sequence[int] | None = None) -> Catalog:
        n = len(self.words)
        return Catalog(
            outlet=np.full(n, NO_OUTLET, np.int32),
            published=np.full(n, UNKNOWN_TIME, np.int64),
            title=np.zeros(n, np.uint64),
            order=np.arange(n) if order is None else np.array(order, np.int64),
        )

    def group(
        self,
        candidates: Iterable[Edge] | None = None,
        *,
        order: Sequence[int] | None = None,
        links: Links | None = None,
    ) -> Grouping:
        """Group, with all matching pairs as candidates unless some are named."""
        pairs = sorted({(min(e), max(e)) for e in (self.same if candidates is None else candidates)})
        both = np.array(pairs, np.int64).reshape(-1, 2)
        matches = self.judge(both[:, 0].copy(), both[:, 1].copy())
        joins, _ = joins_of(matches)
        return group(
            joins, lambda *pair: slow.judged(self.judge(*pair)), self.words, self.catalog(order), links or Links(),
            Settings(),
        )  # fmt: skip

    def stories(
        self,
        candidates: Iterable[Edge] | None = None,
        *,
        order: Sequence[int] | None = None,
        links: Links | None = None,
    ) -> set[frozenset[int]]:
        return stories(self.group(candidates, order=order, links=links))


def stories(found: Grouping) -> set[frozenset[int]]:
    members_of: dict[int, set[int]] = {}
    for article, anchor in enumerate(found.anchor_of.tolist()):
        members_of.setdefault(anchor, set()).add(article)
    assert all(anchor in members for anchor, members in members_of.items())
    return set(map(frozenset, members_of.values()))


def parts(*members: Iterable[int]) -> set[frozenset[int]]:
    return set(map(frozenset, members))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[Edge]]:
    n = draw(st.integers(1, 12))
    nodes = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(nodes, nodes).filter(lambda e: e[0] != e[1]), max_size=30))
    return n, sorted({(min(edge), max(edge)) for edge in edges})


@given(graphs())
def test_components_are_those_of_networkx(graph: tuple[int, list[Edge]]) -> None:
    n, edges = graph
    oracle = networkx.Graph(edges)
    oracle.add_nodes_from(range(n))
    ends = np.array(edges, np.int64).reshape(-1, 2)
    root = components(n, ends[:, 0].copy(), ends[:, 1].copy())
    for part in networkx.connected_components(oracle):
        assert set(root[list(part)].tolist()) == {min(part)}


def test_components_of_a_large_random_graph_are_those_of_networkx() -> None:
    oracle = networkx.gnm_random_graph(5_000, 4_000, seed=5)
    ends = np.array([edge if i % 2 else edge[::-1] for i, edge in enumerate(oracle.edges)], np.int64)
    root = components(5_000, ends[:, 0].copy(), ends[:, 1].copy())
    found = {frozenset(np.flatnonzero(root == key).tolist()) for key in np.unique(root).tolist()}
    assert found == set(map(frozenset, networkx.connected_components(oracle)))


@pytest.mark.parametrize("n", [1, 2, 60, FEW - 1, FEW, 3 * FEW])
@pytest.mark.parametrize("undated", [0.0, 0.2, 1.0])
def test_members_are_sorted_by_overlap_length_date_and_order(n: int, undated: float) -> None:
    random = Random(n)
    total, words = (np.array([random.randrange(3) for _ in range(n)], np.int64) for _ in range(2))
    dates = [-(10**11), -5, 0, 7, 10**11]
    published = [UNKNOWN_TIME if random.random() < undated else random.choice(dates) for _ in range(n)]
    order = random.sample(range(n), n)
    keys = [(-total[x], -words[x], published[x] == UNKNOWN_TIME, published[x], order[x]) for x in range(n)]
    members = np.array(random.sample(range(n), n), np.int64)
    low, high = n // 7, n - n // 9
    wanted = members.tolist()
    wanted[low:high] = sorted(wanted[low:high], key=keys.__getitem__)
    columns = total, words, np.array(published, np.int64), np.array(order, np.int64)
    sort_by_fitness(members, low, high, np.empty(n, np.int64), *columns, UNKNOWN_TIME)
    assert members.tolist() == wanted


@pytest.mark.parametrize("n", [0, 1, 7, FEW, 5_000])
def test_pairs_are_counted(n: int) -> None:
    random = Random(n)
    left, right = ([random.choice((0, 1, 5, 1 << 31)) for _ in range(n)] for _ in range(2))
    told = count_pairs(np.array(left, np.int64), np.array(right, np.int64))
    wanted = [(*pair, count) for pair, count in sorted(Counter(zip(left, right, strict=True)).items())]
    assert list(zip(*[column.tolist() for column in told], strict=True)) == wanted


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, list[Edge]]:
    """A world of texts and which of its matching pairs are candidates."""
    n, edges = draw(graphs())
    words = draw(st.lists(st.integers(30, 60), min_size=n, max_size=n))
    shared = {edge: draw(st.integers(20, 30)) for edge in edges}
    proposed = [edge for edge in edges if draw(st.booleans())]
    return World(words, shared), proposed


@st.composite
def digest_worlds(draw: st.DrawFn) -> tuple[World, list[Edge]]:
    """A world in which a long text holds short ones whole, here and there; and which pairs are candidates."""
    n = draw(st.integers(3, 9))
    words = [120, *draw(st.lists(st.sampled_from([30, 31, 60, 90]), min_size=n - 1, max_size=n - 1))]
    nodes = st.integers(1, n - 1)
    more = draw(st.lists(st.tuples(nodes, nodes).filter(lambda e: e[0] != e[1]), max_size=12))
    edges = sorted({*((0, i) for i in range(1, n)), *((min(edge), max(edge)) for edge in more)})
    shared: dict[Edge, int] = {}
    spans: dict[Edge, tuple[int, int]] = {}
    for a, b in edges:
        least = min(words[a], words[b])
        shared[a, b] = draw(st.sampled_from([least, least, least - 10]))
        for one, other in ((a, b), (b, a)):
            first = draw(st.sampled_from([0, (words[one] - shared[a, b]) // 2, words[one] - shared[a, b]]))
            spans[one, other] = first, first + shared[a, b]
    return World(words, shared, spans), [edge for edge in edges if draw(st.integers(0, 4))]


@pytest.mark.parametrize("checks", [grouping.CHECKS_A_MEMBER, 0])
@given(drawn=worlds() | digest_worlds(), data=st.data())
@hypothesis_settings(max_examples=200)
def test_the_stories_are_those_of_sets(drawn: tuple[World, list[Edge]], data: st.DataObject, checks: int) -> None:
    world, proposed = drawn
    n = len(world.words)
    order = data.draw(st.permutations(range(n)))
    nodes = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    must = data.draw(st.just([]) | st.lists(nodes, max_size=3))
    root = components(n, np.array([a for a, _ in must], np.int64), np.array([b for _, b in must], np.int64))
    cannot = [(a, b) for a, b in data.draw(st.just([]) | st.lists(nodes, max_size=3)) if root[a] != root[b]]
    links = Links.between(must, cannot, [str(i) for i in range(n)])

    def judge(a: int, b: int) -> tuple[bool, int]:
        return (a, b) in world.same, world.same.get((a, b), 0)

    def covered(a: int, b: int) -> slow.Match:
        shared = world.same[a, b]
        return slow.Match(
            (shared, shared), (world.spans.get((a, b), (0, shared)), world.spans.get((b, a), (0, shared)))
        )

    matches = {pair: covered(*pair) for pair in sorted({(min(e), max(e)) for e in proposed})}
    wanted, bridges = slow.group(matches, judge, world.words.tolist(), order, links, Settings(), checks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "CHECKS_A_MEMBER", checks)
        found = world.group(proposed, order=order, links=links)
    assert found.anchor_of.tolist() == wanted
    assert {list(matches)[row] for row in found.bridges.tolist()} == bridges


@given(worlds())
def test_every_member_matches_its_anchor(drawn: tuple[World, list[Edge]]) -> None:
    world, proposed = drawn
    found = world.group(proposed)
    for article, anchor in enumerate(found.anchor_of.tolist()):
        assert article == anchor or (article, anchor) in world.same


@given(worlds())
def test_stories_stay_within_components(drawn: tuple[World, list[Edge]]) -> None:
    world, proposed = drawn
    graph = networkx.Graph(proposed)
    graph.add_nodes_from(range(len(world.words)))
    connected = list(networkx.connected_components(graph))
    assert all(any(story <= part for part in connected) for story in world.stories(proposed))


@given(worlds(), st.randoms(use_true_random=False))
def test_numbering_plays_no_part(drawn: tuple[World, list[Edge]], chance: Random) -> None:
    world, proposed = drawn
    n = len(world.words)
    new = list(range(n))
    chance.shuffle(new)
    other = World(
        [int(world.words[new.index(i)]) for i in range(n)],
        {(new[a], new[b]): shared for (a, b), shared in world.same.items()},
    )
    renamed = other.stories([(new[a], new[b]) for a, b in proposed], order=[new.index(i) for i in range(n)])
    assert renamed == {frozenset(new[a] for a in story) for story in world.stories(proposed)}


def test_a_chain_is_no_story() -> None:
    chain = World([50, 50, 50], {(0, 1): 30, (1, 2): 30})
    assert chain.stories() == parts({0, 1, 2})  # 1 is the anchor, and both others match it
    longer = World([50] * 6, {(i, i + 1): 30 for i in range(5)})
    for story in longer.stories():
        assert len(story) <= 3
        assert any(all(m == a or (m, a) in longer.same for m in story) for a in story)


def test_the_ends_of_a_chain_part_where_the_middle_is_a_worse_anchor() -> None:
    # 0 and 1 are the fittest anchors; 2 matches 1 only.
    chain = World([90, 60, 50, 90], {(0, 1): 60, (1, 2): 21, (0, 3): 80})
    assert chain.stories() == parts({0, 1, 3}, {2})


def test_members_that_no_candidate_pair_led_to_the_anchor_join_it() -> None:
    same = {(0, 1): 40, (0, 2): 40, (0, 3): 40, (0, 4): 40, (1, 2): 30, (2, 3): 30}
    world = World([80, 50, 50, 50, 50], same)
    assert world.stories([(0, 1), (0, 4), (1, 2), (2, 3)]) == parts({0, 1, 2, 3, 4})


def test_a_member_goes_to_the_anchor_with_which_it_shares_more() -> None:
    same = {(0, 1): 40, (0, 2): 40, (0, 3): 20, (3, 4): 35}
    assert World([100, 50, 50, 50, 60], same).stories() == parts({0, 1, 2}, {3, 4})


def digest_world(*, strangers: bool = True) -> World:
    """Text 0 holds two stories whole, of which 1 and 2 are copies of one, 3 and 4 of the other."""
    same = {(0, 1): 50, (0, 2): 50, (0, 3): 50, (0, 4): 50, (1, 2): 50, (3, 4): 50}
    spans = {(0, 1): (0, 50), (0, 2): (0, 50), (0, 3): (60, 110), (0, 4): (60, 110)}
    if not strangers:
        same |= {(a, b): 50 for a in (1, 2) for b in (3, 4)}
    return World([110, 50, 50, 50, 50], same, spans)


def test_a_digest_is_no_bridge() -> None:
    world = digest_world()
    found = world.group()
    assert stories(found) == parts({0}, {1, 2}, {3, 4})
    assert found.bridges.size == 4


def test_what_holds_two_texts_that_match_each_other_is_no_digest() -> None:
    found = digest_world(strangers=False).group()
    assert stories(found) == parts({0, 1, 2, 3, 4})
    assert not found.bridges.size


def copied_world(*, full: int = 1) -> World:
    """Texts 0 to 2 are one story, the last two another; so many in between have the first one, and the second below."""
    words = [150, 150, 150, *[200] * full, 50, 50]
    shorts, longs, parts_ = range(3), range(3, 3 + full), range(3 + full, 5 + full)
    same = {(a, b): 150 for a in shorts for b in (*shorts, *longs) if a < b}
    same |= {(a, b): 200 for a in longs for b in longs if a < b}
    same |= {(a, b): 50 for a in longs for b in parts_} | {(3 + full, 4 + full): 50}
    spans = {(a, b): (150, 200) for a in longs for b in parts_}
    return World(words, same, spans)


def test_a_copy_with_another_story_below_it_is_no_bridge() -> None:
    world = copied_world()
    found = world.group()
    assert stories(found) == parts({0, 1, 2, 3}, {4, 5})
    assert found.bridges.size == 2
    # nor where one candidate pair happens to be missing
    left = [pair for pair in world.same if pair[0] < pair[1] and pair != (3, 5)]
    assert world.stories(left) == parts({0, 1, 2, 3}, {4, 5})


def test_what_most_copies_hold_is_a_cut_of_them() -> None:
    assert copied_world(full=5).stories() == parts(set(range(10)))


def test_one_sentence_in_both_parts_makes_no_bridge_of_a_digest() -> None:
    # text 0 holds 1 and 2, which both quote the same 20 words: at the end of the one and the end of the other
    world = World([200, 100, 100], {(0, 1): 100, (0, 2): 100}, {(0, 1): (0, 200), (0, 2): (80, 200)})
    assert world.stories() == parts({0}, {1}, {2})


def test_a_large_story_costs_bounded_verdicts() -> None:
    """A chain of 3,000 cliques of three: one component, in which nobody may ask about everybody."""
    n = 9_000
    edges = [(3 * i + a, 3 * i + b) for i in range(n // 3) for a, b in ((0, 1), (0, 2), (1, 2))]
    edges += [(3 * i + 2, 3 * i + 3) for i in range(n // 3 - 1)]
    world = World([50] * n, dict.fromkeys(edges, 30))
    asked = 0
    original = world.judge

    def counting(left: Array, right: Array) -> Matches:
        nonlocal asked
        asked += left.size
        return original(left, right)

    world.judge = counting  # type: ignore[method-assign]  # counts, and asks the same
    found = world.stories()
    assert asked < 100 * n
    assert all(any(all(m == a or (m, a) in world.same for m in story) for a in story) for story in found)


def test_must_link_joins_and_takes_matches_along() -> None:
    world = World([50] * 5, {(0, 1): 30, (2, 3): 30})
    links = Links.between([(1, 4), (4, 3)], [], list("abcde"))
    found = world.stories(links=links)
    assert any({1, 3, 4} <= story for story in found)
    assert world.stories(links=Links.between([(0, 4)], [], list("abcde"))) == parts({0, 1, 4}, {2, 3})


def test_cannot_link_keeps_apart_within_a_story() -> None:
    clique = World([60, 50, 50, 50], {(a, b): 30 for a in range(4) for b in range(a)})
    found = clique.stories(links=Links.between([], [(1, 2)], list("abcd")))
    assert not any({1, 2} <= story for story in found)
    assert sorted(map(len, found)) == [1, 3]


def test_cannot_link_holds_for_all_that_must_stand_together() -> None:
    clique = World([60, 50, 50, 50], {(a, b): 30 for a in range(4) for b in range(a)})
    found = clique.stories(links=Links.between([(1, 2)], [(2, 3)], list("abcd")))
    assert any({1, 2} <= story for story in found)
    assert not any({1, 3} <= story or {2, 3} <= story for story in found)


@pytest.mark.parametrize(
    ("must", "cannot"), [([(0, 1)], [(0, 1)]), ([(0, 1), (1, 2), (2, 3)], [(0, 3)]), ([], [(2, 2)])]
)
def test_contradictory_links_are_an_error(must: list[Edge], cannot: list[Edge]) -> None:
    with pytest.raises(LinkError, match=r"cannot_link \('\w', '\w'\): must_link puts both into one story"):
        Links.between(must, cannot, list("abcd"))


@given(worlds(), st.data())
def test_links_are_always_obeyed(drawn: tuple[World, list[Edge]], data: st.DataObject) -> None:
    world, proposed = drawn
    n = len(world.words)
    nodes = st.integers(0, n - 1)
    pairs = st.lists(st.tuples(nodes, nodes), max_size=4)
    must = data.draw(pairs)
    root = components(n, np.array([a for a, _ in must], np.int64), np.array([b for _, b in must], np.int64))
    cannot = [(a, b) for a, b in data.draw(pairs) if root[a] != root[b]]
    links = Links.between(must, cannot, [str(i) for i in range(n)])
    anchor_of = world.group(proposed, links=links).anchor_of
    assert all(anchor_of[a] == anchor_of[b] for a, b in must)
    assert all(anchor_of[a] != anchor_of[b] for a, b in cannot)
    for article, anchor in enumerate(anchor_of.tolist()):
        assert article == anchor or (article, anchor) in world.same or root[article] == root[anchor]


@given(
    st.lists(st.lists(st.one_of(st.integers(0, 9), st.none()), min_size=1, max_size=8), min_size=1, max_size=4),
    st.integers(1, 4),
)
def test_each_pair_of_articles_comes_once_and_the_nearest_ones_do(dates: list[list[int | None]], reach: int) -> None:
    """Grouping tells a clique by the number of its edges: a pair that came twice would pass for another one."""
    ordered = [sorted(run, key=lambda day: (day is None, day or 0)) for run in dates]
    published = np.array([UNKNOWN_TIME if day is None else day for run in ordered for day in run], np.int64)
    start = np.cumsum([0, *map(len, ordered)]).astype(np.int64)
    texts = [(a, b) for b in range(len(dates)) for a in range(b + 1)]
    left, right = np.array(sorted(texts), np.int64).T.copy()
    source, first, second = article_pairs(left, right, np.arange(published.size), start, published, UNKNOWN_TIME, reach)
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    text = np.repeat(np.arange(len(dates)), np.diff(start))
    for (a, b), pair in zip(pairs, source.tolist(), strict=True):
        assert (text[a], text[b]) == (left[pair], right[pair])
    for a in range(published.size):
        for other in set(range(len(dates))) - {int(text[a])}:
            partners = {b for pair in pairs if a in pair for b in pair if text[b] == other}
            assert len(partners) >= min(reach, len(dates[other]))


def test_swapping_sides_twice_changes_nothing() -> None:
    evidence = np.random.default_rng(1).integers(0, 100, (8, ev.EVIDENCE), np.int32)
    swapped = np.array([True, False] * 4)
    once = swap_sides(evidence, swapped)
    assert (once[::2, ev.LEFT_COVERED] == evidence[::2, ev.RIGHT_COVERED]).all()
    assert (once[1::2] == evidence[1::2]).all()
    assert (swap_sides(once, swapped) == evidence).all()
