"""The live set against the batch's stages: candidates, edges, furniture, anchors, orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oracles.grouping import judged
from oracles.live import Room, by_digest, wanted_edges
from oracles.texts import few_words
from storycluster import Article, Settings, grouping
from storycluster.candidates import index_samples
from storycluster.columns import UNKNOWN_TIME
from storycluster.fingerprint import fingerprint_texts
from storycluster.furniture import recurring_samples
from storycluster.index.live import Live
from storycluster.index.stream import Stream
from storycluster.kernels import rule
from storycluster.kernels.flags import FURNITURE
from storycluster.kernels.graph import article_pairs
from storycluster.kernels.live import apart, edges, links, proposing, whole
from storycluster.kernels.live import furniture as live_furniture
from storycluster.kernels.live.postings import NOWHERE
from storycluster.kernels.recurrence import MOST_RUNS
from storycluster.kernels.sorting import FEW
from storycluster.testing import compose, simulate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CROWDED = Settings(bucket_limit=3, bucket_neighbors=1, min_words=10)
DENSE = Settings(bucket_limit=8, bucket_neighbors=3, sample_rate=2, min_shared_samples=1, min_shared_share=0.0)
SETTINGS = {"default": Settings(), "crowded": CROWDED, "dense": DENSE}


@lru_cache(maxsize=8)
def make_pool(seed: int, words: int = 80) -> tuple[Article, ...]:
    """Families, near-copies of one text, one text on many days, an outlet's form, footers."""
    random = Random(seed)
    families = list(simulate(40, seed=seed, languages=("en", "zh"), words=words).articles)
    told = compose("n", seed=seed, words=words).text.split()
    crowd = []
    for i in range(28):
        changed = list(told)
        for _ in range(random.randrange(0, 9)):
            changed[random.randrange(len(changed))] = f"x{random.randrange(10**6)}"
        if i % 4 == 0:
            changed = changed[: random.randrange(20, len(changed))]
        crowd.append(Article(f"near{i}", " ".join(changed), "", f"Outlet {i % 5}", None, NOON + timedelta(hours=7 * i)))
    again = [
        Article(
            f"again{i}", families[i % 2].text, f"Title {i % 3}", f"Paper {i % 4}" if i % 3 else "",
            published=None if i % 7 == 3 else NOON + timedelta(hours=random.randrange(400)),
        )
        for i in range(26)
    ]  # fmt: skip
    form = [
        Article(
            f"form{i}",
            " ".join(str(random.randrange(10**4)) if k % 9 == 4 else word for k, word in enumerate(told[:60])),
            f"Report {i}", "Exchange", None, NOON + timedelta(days=i),
        )
        for i in range(8)
    ]  # fmt: skip
    footer = compose("footer", seed=77, words=40).text.replace("\n", " ")
    footed = [
        Article(
            f"foot{i}", f"{compose('f', seed=seed + i, words=40).text}\n\n{footer}", f"t{i}", f"Post {i % 2}", "", NOON
        )
        for i in range(8)
    ]  # fmt: skip
    pool = [*families, *crowd, *again, *form, *footed, Article("empty", ""), Article("short", "A few words.")]
    random.shuffle(pool)
    return tuple(pool)


def filled(seed: int, settings: Settings) -> Room:
    """A room after much coming and going."""
    pool = make_pool(seed)
    room, random = Room(pool, settings), Random(seed)
    for _ in range(3 * len(pool)):
        i = random.randrange(len(pool))
        (room.add if random.random() < 0.7 else room.remove)(i)
    return room


@pytest.fixture(params=[(name, seed) for name in SETTINGS for seed in range(2)], ids=lambda p: f"{p[0]}-{p[1]}")
def room(request: pytest.FixtureRequest) -> Room:
    name, seed = request.param
    return filled(seed, SETTINGS[name])


def proposals(room: Room) -> set[tuple[int, int]]:
    """The pairs of live texts, by digest, that either proposes."""
    live, found = room.live, set()
    for t, sketch in room.sketches().items():
        for s in live.propose(t, sketch).tolist():
            a, b = int(live.texts.digest[s]), int(live.texts.digest[t])
            found.add((min(a, b), max(a, b)))
    return found


def long_enough(room: Room, pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those pairs whose texts are long enough to be judged."""
    texts = room.live.every_text()
    words = dict(zip(room.live.texts.digest[texts].tolist(), room.live.texts.words[texts].tolist(), strict=True))
    return {(a, b) for a, b in pairs if min(words[a], words[b]) >= room.settings.min_words}


def test_each_text_proposes_what_a_batch_proposes(room: Room) -> None:
    road = room.road()
    pairs = road.proposed
    batch = by_digest(road, [(a, b) for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True) if a != b])
    assert len(batch) > 50
    assert long_enough(room, proposals(room)) == batch
    assert not room.live._shared.any()


def test_proposing_is_mutual_and_told_for_each_pair(room: Room) -> None:
    sketches = room.sketches()
    proposed = {t: set(room.live.propose(t, sketch).tolist()) for t, sketch in sketches.items()}
    assert all(t in proposed[s] for t in sketches for s in proposed[t])
    pairs = list(combinations(sorted(sketches), 2))
    told = room.live.which_proposed(*np.array(pairs).T)
    assert [bool(one) for one in told] == [s in proposed[t] for s, t in pairs]


def test_what_a_text_holds_apart_is_all_that_its_going_joins(room: Room) -> None:
    live, went = room.live, 0
    for i in sorted(room.inside)[::3]:
        t = int(live.articles.text[room.inside[i]])
        if live.texts.articles[t] > 1:
            continue
        digest, before = int(live.texts.digest[t]), proposals(room)
        sketch = live.sketch_of(t)
        pairs = live.held_apart(t, sketch)
        ends = np.stack([pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)
        both = (live.texts.edges[ends] > 0).all(axis=1)
        linked = live.linked_pairs(pairs.copy()).tolist()
        reaches = proposing.reaches_of(live._set(), t, sketch.sample, sketch.keys)
        assert apart.linked_apart(live._set(), t, reaches, sketch.sample.size).tolist() == linked
        assert set(linked) <= set(pairs[both].tolist())
        assert (np.diff(pairs.astype(np.int64)) > 0).all()
        held = {
            tuple(sorted((int(live.texts.digest[int(p) >> 32]), int(live.texts.digest[int(p) & 0xFFFFFFFF]))))
            for p in pairs.tolist()
        }
        room.remove(i)
        after = proposals(room)
        without = {pair for pair in before if digest not in pair}
        assert without <= after
        assert after - without <= held
        went += bool(after - without)
    assert went or room.settings == Settings()


def test_edges_are_the_batchs_verified_pairs(room: Room) -> None:
    room.refresh()
    wanted = wanted_edges(room.road(), room.articles())
    assert len(wanted) > 20
    assert room.edges() == wanted


def test_texts_on_which_all_verdicts_are_firm_need_not_be_linked_anew(room: Room) -> None:
    """What is let off has the edges that it would be given."""
    stream, live = room.stream, room.live
    room.refresh()
    for i in range(0, len(room.pool), 3):
        (room.remove if i in room.inside else room.add)(i)
    stream.settle(stream.refresh(wholly=False))
    due = dict(stream._due)
    left = stream._let_off(list(due))
    let_off = set(due) - set(left)
    assert let_off <= set(due) - set(stream._due)
    for number in let_off:
        assert stream.relink(due[number], live.sketch_of(due[number]), renewed=True) == set()


def test_texts_are_let_off() -> None:
    looked_at = let_off = 0
    for seed in range(3):
        room = filled(seed, SETTINGS["default"])
        room.refresh()
        for i in range(0, len(room.pool), 3):
            (room.remove if i in room.inside else room.add)(i)
        room.stream.settle(room.stream.refresh(wholly=False))
        looked_at += room.stream.due
        let_off += room.stream.due - len(room.stream._let_off(list(room.stream._due)))
    assert looked_at > let_off > 0


def test_pairs_are_judged_as_in_a_batch(room: Room) -> None:
    rows = np.sort(np.array(list(room.inside.values()), np.int64))
    left, right = np.array(list(combinations(range(rows.size), 2))[::7], np.int64).T
    found = room.live.judge(rows[left], rows[right])
    wanted = judged(room.stream._judge_rows(rows).judge(left, right))
    assert found.same.tolist() == wanted.same.tolist()
    assert found.told.tolist() == wanted.told.tolist()
    assert found.same.any()


def test_furniture_is_the_batchs(room: Room) -> None:
    room.refresh()
    road, articles = room.road(), room.articles()
    index = index_samples(road.fingerprints, road.texts.rows)
    recurring = recurring_samples(index, road.fingerprints, road.texts, road.catalog, room.settings)
    seen = 0
    for text, row in enumerate(road.texts.rows.tolist()):
        at = slice(int(index.start[text]), int(index.start[text + 1]))
        x = room.live.find(articles[row].id.encode())
        t = int(room.live.articles.text[x])
        assert room.live.recurring_in(t, index.hashes[at]).tolist() == recurring[at].tolist()
        seen += int(recurring[at].sum())
        flags = road.flags[int(road.fingerprints.word_start[row]) : int(road.fingerprints.word_start[row + 1])]
        assert room.live.copy_words(np.array([t]), "").flags.tolist() == flags.tolist()
        packed = np.frombuffer(room.live.text_bytes(t, room.live.sketch_of(t).keys)[0], np.uint32)
        assert not (packed & np.uint32(FURNITURE)).any()  # rows of a store don't depend on what is known
    assert seen


def test_what_more_texts_hold_than_are_looked_at_is_learnt_as_if_all_had_just_come() -> None:
    """Of a text that isn't among those looked at nothing is learnt, until those before it go."""
    random = Random(4)
    held = MOST_RUNS + 150
    footer = compose("footer", seed=7, words=30).text.replace("\n", " ")
    settings = Settings(bucket_limit=8, bucket_neighbors=2, min_words=10, furniture_occasions_at_large=held)
    stream = Stream(settings)
    live = stream.live
    texts = [f"{' '.join(f'w{random.randrange(10**6)}' for _ in range(12))} {footer}" for _ in range(held)]
    fingerprints = fingerprint_texts([*texts, footer])
    shared = np.unique(fingerprints.sample[fingerprints.sample_start[held] :])

    def look() -> None:
        stream.settle(stream.refresh())
        changed, due = live.learn(shared, stream._numbers)
        assert (changed.size, due.size) == (0, 0)

    for i in range(held):
        day, outlet = random.randrange(40), f"Outlet {random.randrange(150)}"
        _, touched = stream.add(b"%d" % i, i + 1, fingerprints, i, outlet, 86_400 * day, 0, i)
        stream.settle(touched)
        if i >= MOST_RUNS - 60:
            look()
    assert any(live.furniture_of(shared).values())
    for i in random.sample(range(held), 60):
        stream.settle(stream.remove(live.find(b"%d" % i)))
        look()


def test_no_pair_that_the_rule_joins_is_dropped_before_it_is_compared(room: Room) -> None:
    """``survivors`` over all pairs of texts, not only those proposed."""
    live, numbers = room.live, room.stream.live._numbers
    room.refresh()
    rows = np.sort(live.every_article())
    verifier = room.stream._judge_rows(rows)
    first = np.unique(live.articles.text[rows], return_index=True)[1]
    texts = live.articles.text[rows[first]]
    least = min(numbers.covered_share, numbers.quoted_share)
    dropped = joined = 0
    for k, t in enumerate(texts.tolist()):
        others = np.delete(texts, k).astype(np.int32)
        width = room.settings.shingle_width
        kept = links.survivors(live.words, live.texts, t, others, least, width).tolist()
        for s in np.array_split(others, others.size)[k % 7 :: 7]:  # whatever it is sifted with
            assert (s[0] in kept) == bool(links.survivors(live.words, live.texts, t, s, least, width).size)
        assert sorted(kept) == sorted(set(kept) & set(others.tolist()))
        before = [
            (tuple(live.texts.order[s].tolist()), int(live.texts.digest[s]))
            > (tuple(live.texts.order[t].tolist()), int(live.texts.digest[t]))
            for s in kept
        ]
        assert before == sorted(before, reverse=True)  # those that it is left of come first
        places = np.delete(first, k)
        verdicts = verifier.judge(np.full(places.size, first[k]), places).verdict
        same = set(others[verdicts == rule.SAME].tolist())
        assert same <= set(kept)
        joined += len(same)
        dropped += others.size - len(kept)
    assert joined
    assert dropped > 10 * joined


def test_texts_are_near_whose_articles_dates_may_be_within_the_window(room: Room) -> None:
    live = room.live
    texts = live.every_text().astype(np.int32)
    dates = {t: live.articles.published[live.run_of(t)].tolist() for t in texts.tolist()}

    def may_be_near(t: int, s: int, window: float) -> bool:
        if UNKNOWN_TIME in dates[t] + dates[s]:
            return True
        return bool(max(min(dates[t]) - max(dates[s]), min(dates[s]) - max(dates[t])) <= window)

    pairs = np.array(list(combinations(texts.tolist(), 2)))
    window, least = live._numbers.match_window, room.settings.min_words
    may = [
        min(live.texts.words[t], live.texts.words[s]) >= least and may_be_near(t, s, window) for t, s in pairs.tolist()
    ]
    assert live.may_be_same(*pairs.T.copy()).tolist() == may
    left_out = 0
    for window in (0.0, 3600.0 * 9, 3600.0 * 24 * 7, np.inf):
        for t in texts.tolist():
            others = np.random.default_rng(t).permutation(texts[texts != t])
            wanted = [s for s in others.tolist() if may_be_near(t, s, window)]
            n = links.keep_near(live._runs, live.texts, live.articles, t, others, UNKNOWN_TIME, window)
            assert others[:n].tolist() == wanted
            left_out += others.size - n
    assert left_out


@given(st.lists(few_words, min_size=2, max_size=8, unique=True), st.sampled_from([0.05, 0.4, 0.8, 1.0]))
@hypothesis_settings(max_examples=150, deadline=None)
def test_no_pair_of_texts_of_few_words_is_dropped_either(texts: list[str], share: float) -> None:
    settings = Settings(
        min_words=1, min_prose=0, min_told=0, run=1, told_share=0.0, told_share_outlet=0.0, told_share_stub=0.0,
        partial_share=0.0, covered_share=share, quoted_share=share, sample_rate=1, min_shared_samples=1,
        min_shared_share=0.0, replaced_facts=1.0, replaced_facts_rerun=1.0,
    )  # fmt: skip
    pool = [Article(f"t{i}", text, outlet=f"o{i}") for i, text in enumerate(texts)]
    room = Room(pool, settings)
    for i in range(len(pool)):
        room.add(i)
    room.refresh()
    assert room.edges() == wanted_edges(room.road(), pool)


def test_pairs_of_articles_are_those_of_a_batch(room: Room) -> None:
    live = room.live
    texts = live.canonical(live.every_text())
    articles, start = live.articles_of(texts)
    limits = live._limits
    several = [k for k, t in enumerate(texts.tolist()) if live.texts.articles[t] > 1]
    for k in [*several, 0, 5]:
        t = int(texts[k])
        others = np.delete(texts, k).astype(np.int32)[::2]
        place = {int(s): i for i, s in enumerate(texts.tolist())}
        sides = [(min(k, place[int(s)]), max(k, place[int(s)])) for s in others] + [(k, k)]
        source, left, right = article_pairs(
            np.array([a for a, _ in sides]), np.array([b for _, b in sides]), articles, start,
            live.articles.published, UNKNOWN_TIME, limits.nearest,
        )  # fmt: skip
        wanted = list(zip(source.tolist(), left.tolist(), right.tolist(), strict=True))
        size = int(live.texts.articles[t])

        def pairs(low: int, high: int, t: int = t, others: object = others) -> list[tuple[int, int, int]]:
            found = links.pairs_of(live._set(), t, low, high, others)
            return list(zip(*(column.tolist() for column in found), strict=True))

        assert sorted(pairs(0, size)) == sorted(wanted)
        run = live.run_of(t).tolist()
        for low, high in ((0, 1), (size // 2, size), (size // 3, min(size, size // 3 + 2))):
            own = set(run[low:high])
            assert sorted(pairs(low, high)) == sorted(p for p in wanted if p[1] in own or p[2] in own)


def test_a_component_told_to_be_one_story_is_one(room: Room) -> None:
    live = room.live
    room.refresh()
    links, left = grouping.Links(), set(live.every_article().tolist())
    told = untold = cliques = 0
    while left:
        rows = np.sort(live.reached(np.array([min(left)]), live.count))
        left -= set(rows.tolist())
        if rows.size == 1:
            continue
        joins = live.edges_of(rows)
        anchor, joined = live.whole_anchor(rows)
        assert not joined or all(live.edge_between(x, anchor) != NOWHERE for x in rows.tolist() if x != anchor)
        places, _ = room.stream._group(rows)
        clique = joins.size == rows.size * (rows.size - 1) // 2
        cliques += clique
        assert not clique or anchor != NOWHERE
        if anchor == NOWHERE:
            untold += 1
            continue
        told += 1
        assert rows[places].tolist() == [anchor] * rows.size
    assert links.units == ()
    assert told
    assert cliques
    assert untold or told > 3


def test_edges_read_in_a_row_are_those_that_are_followed(room: Room) -> None:
    live = room.live
    for i in sorted(room.inside)[::5]:  # rows of edges that are free
        room.remove(i)
    every = np.flatnonzero(live.articles.number[: live._article_rows.top])
    component = np.sort(live.reached(every[live.articles.edge[every] != NOWHERE][:1], live.count))
    for rows in (every, component):
        followed = live.edges_of(rows)
        ends = np.searchsorted(rows, live.edges.ends[followed])
        for top in (live._edge_rows.top, edges.SPARSE * rows.size + 1):
            top = max(top, live._edge_rows.top)
            assert edges.edges_among(live._set(), rows, top).tolist() == followed.tolist()
            found, left, right, covered, spans = edges.joins_among(live._set(), rows, top)
            assert (found.tolist(), left.tolist(), right.tolist()) == (followed.tolist(), *ends.T.tolist())
            assert np.hstack([covered, spans]).tolist() == live.edges.evidence[followed, 1:].tolist()
        shape = whole.weigh(live._set(), rows, edges.SPARSE * rows.size + 1 + live._edge_rows.top)
        assert whole.weigh(live._set(), rows, live._edge_rows.top).tolist() == shape.tolist()
    assert component.size > 1
    assert not live._visited.any()
    for seeds in (component[:1], component[-2:], every[:3], every):
        followed = edges.reached(live._set(), seeds, live.count)
        for top in (live._edge_rows.top, edges.SPARSE * live.count):
            assert np.sort(edges.all_reached(live._set(), seeds, top)).tolist() == np.sort(followed).tolist()
    assert not live._visited.any()
    y = int(component[0])
    for rows in (every, every[: edges.FEW]):
        assert live.edges_with(rows, y).tolist() == [live.edge_between(x, y) for x in rows.tolist()]


@given(*[st.lists(st.integers(0, 9), unique=True) for _ in range(2)])
def test_outlets_are_marked_that_were_known_and_are(known: list[int], now: list[int]) -> None:
    marks = live_furniture.mark_outlets(np.array(known, np.int32), np.array(now, np.int32)).tolist()
    assert [bool(mark & live_furniture.WAS) for mark in marks] == [k in known for k in range(len(marks))]
    assert [bool(mark & live_furniture.IS) for mark in marks] == [k in now for k in range(len(marks))]
    assert len(marks) == max([0, *known, *now]) + 1


@pytest.mark.parametrize("n", [9, FEW - 1, FEW, 1_300])
def test_articles_are_placed_by_date_then_id(n: int) -> None:
    random, stream = Random(n), Stream(Settings())
    fingerprints = fingerprint_texts(["a"], Settings())
    dates = [UNKNOWN_TIME, -(10**11), -1, 0, 10**11]
    keys = {}
    for k, name in enumerate(random.sample(range(10**6), n), start=1):
        article_id, published = b"%d" % name, random.choice(dates)
        x = stream.add(article_id, k, fingerprints, 0, "", published, 0, 0)[0]
        keys[x] = published == UNKNOWN_TIME, published, article_id
    rows = np.array(random.sample(sorted(keys), n), np.int64)
    place = stream.live.place_articles(rows)
    assert rows[np.argsort(place)].tolist() == sorted(keys, key=keys.__getitem__)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=40, unique=True))
def test_ids_stand_in_the_order_of_their_bytes(ids: list[str]) -> None:
    told = [article_id.encode("utf-8", "surrogatepass") for article_id in ids if article_id]
    room = Stream(Settings())
    live: Live = room.live
    fingerprints = fingerprint_texts(["a"], Settings())
    rows = [
        room.add(article_id, number, fingerprints, 0, "", UNKNOWN_TIME, 0, 0)[0]
        for number, article_id in enumerate(told, start=1)
    ]
    place = live.place_articles(np.array(rows, np.int64)).tolist()
    assert [told[k] for k in np.argsort(place)] == sorted(told)
    assert [live.find(article_id) for article_id in told] == rows
    assert live.find(b"\0none") == NOWHERE
    if rows:
        run = live.run_of(int(live.articles.text[rows[0]])).tolist()
        assert [live.id_of(x) for x in run] == sorted(told)
