"""What has changed for articles that got their anchors, told by a loop and by sets."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storycluster.index.live import Live
from storycluster.index.stream import Stream
from storycluster.kernels.live import turns
from storycluster.settings import Settings

ARTICLES = 8


def room() -> Live:
    """A live set with rows for some articles."""
    live: Live = Stream(Settings()).live
    live._article_rows.take_many(ARTICLES)
    return live


@given(st.data())
def test_what_turns(data: st.DataObject) -> None:
    def some(high: int) -> list[int]:
        return data.draw(st.lists(st.integers(0, high), min_size=ARTICLES, max_size=ARTICLES))

    live = room()
    articles = live.articles
    every = slice(0, ARTICLES)
    articles.text[every], articles.story[every], articles.anchor[every] = some(2), some(2), some(ARTICLES - 1)
    was = SimpleNamespace(text=articles.text.tolist(), story=articles.story.tolist(), anchor=articles.anchor.tolist())
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, ARTICLES - 1)))), np.int64)
    anchors, before = np.array(some(ARTICLES - 1), np.int64)[rows], np.array(some(2), np.int64)[rows]
    restated = data.draw(st.sets(st.integers(0, ARTICLES - 1)))
    marks = live.turn(rows, anchors, before, np.fromiter(restated, np.int64, len(restated)))
    assert not live._visited.any()
    assert articles.anchor[rows].tolist() == anchors.tolist()
    for mark, x, anchor, story in zip(marks.tolist(), rows.tolist(), anchors.tolist(), before.tolist(), strict=True):
        old = was.anchor[x]
        moved = was.story[x] != story
        assert bool(mark & turns.MOVED) == moved
        changed = moved or old != anchor
        assert bool(mark & turns.DEPOSED) == (changed and story > 0 and old == x)
        copies = len({was.text[x], was.text[anchor], was.text[old]}) == 1 and x not in (anchor, old)
        looked_at = changed or bool({x, anchor} & restated)
        same = not moved and copies and not {anchor, old} & restated
        assert bool(mark & turns.RESTATED) == (looked_at and not same)
