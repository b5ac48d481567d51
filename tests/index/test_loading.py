"""Many texts at once into postings, against one by one; an index that is opened anew, against the one that was."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster import Settings, StoryIndex
from storycluster.index.live import Live
from storycluster.index.room import append
from storycluster.kernels.live import loading, postings
from storycluster.kernels.live.postings import Postings
from storycluster.testing import simulate


def members_of(table: Postings, space: int, key: int) -> list[int]:
    place = postings.find(table, space, np.uint32(key))
    if place == postings.NOWHERE:
        return []
    return list(postings.members_of(table, place, np.empty(1, np.int32)).tolist())


def test_members_stand_in_the_order_they_came_in_over_several_regions() -> None:
    spaces, count, random = 3, 40_000, np.random.default_rng(0)
    table = postings.empty_postings(spaces)
    wanted: dict[tuple[int, int], list[int]] = defaultdict(list)
    for part in range(6):
        space = random.integers(0, spaces, count).astype(np.uint16)
        keys = random.integers(0, 1 << 18, count).astype(np.uint32) * np.uint32(0x9E3779B1)
        members = np.arange(part * count, (part + 1) * count, dtype=np.int32)
        append(table, space, keys, members)
        for triple in zip(space.tolist(), keys.tolist(), members.tolist(), strict=True):
            wanted[triple[:2]].append(triple[2])
    assert postings.bucket_count(table) > 3 * loading.REGION
    assert int(table.state[postings.KEYS]) == len(wanted)
    assert all(members_of(table, *key) == members for key, members in wanted.items())


@given(st.lists(st.integers(0, 5)), st.integers(0, 3))
def test_stretches_are_copied_to_their_places(sizes: list[int], apart: int) -> None:
    lengths = np.array(sizes, np.int64)
    starts = np.cumsum(lengths + apart) - lengths
    source, pool = np.arange(1, lengths.sum() + 1), np.zeros(int((lengths + apart).sum()), np.int64)
    loading.spread(source, lengths, starts, pool)
    assert pool[pool > 0].tolist() == source.tolist()
    for start, length in zip(starts.tolist(), sizes, strict=True):
        assert pool[start : start + length].all()


def live_of(index: StoryIndex) -> Live:
    loaded = index._writer.loaded
    assert loaded
    return loaded.stream.live


def all_postings(live: Live) -> dict[bytes, list[list[bytes]]]:
    """Text, named by its first article → whose texts stand in the posting of each of its keys."""
    names = {t: live.id_of(int(live.run_of(t)[0])) for t in live.every_text().tolist()}
    found = {}
    for t, name in names.items():
        sketch = live.sketch_of(t)
        places = [(live.bands, space, key) for space, key in enumerate(sketch.keys.tolist())]
        places += [(live.samples, 0, key) for key in sketch.sample.tolist()]
        found[name] = [[names[s] for s in members_of(*place)] for place in places]
    return found


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(num_perm=512, lsh_jaccard=0.02, lsh_recall=0.99)], ids=["default", "512 bands"]
)
def test_an_index_opened_anew_has_the_postings_that_it_had(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storycluster.index.live.AT_FIRST", (2, 8))
    monkeypatch.setattr("storycluster.index.live.AT_ONCE", 16)
    articles = list(simulate(60, seed=5, words=80).articles)
    with StoryIndex.open(tmp_path / "news.db", settings, retention=None) as index:
        index.add_many(articles)
        before = all_postings(live_of(index))
    with StoryIndex.open(tmp_path / "news.db", settings, retention=None) as index:
        assert index.search(articles[0])
        live = live_of(index)
        assert all_postings(live) == before
        for article in articles:
            index.remove(article.id)
        assert [int(table.state[postings.KEYS]) for table in (live.bands, live.samples)] == [0, 0]
