"""Articles that get their anchors: which of them moved, and of which it is another statement what they are to them."""

from __future__ import annotations

import numpy as np
from numba import njit

MOVED = np.uint8(1)
"""Mark of an article that is in another story than before."""
DEPOSED = np.uint8(2)
"""Of one that was the anchor of its story, and is none or another one's now."""
RESTATED = np.uint8(4)
"""Of one whose relation or scores to its anchor may be others now."""


@njit(nogil=True, cache=True)
def turn(live, rows, anchors, before, restated, marks):
    """Write the anchors of some articles whose stories are written, and mark what has changed by it.

    Args:
        live: The live set.
        rows: int64 (n): which.
        anchors: int64 (n): their anchors.
        before: int64 (n): their former stories, 0 for none.
        restated: int64: articles whose scores may have changed, whatever their anchors are.
        marks: uint8 (n), written.
    """
    articles, visited = live.articles, live.visited
    for x in restated:
        visited[x] = 1
    for i in range(rows.size):
        x, anchor = rows[i], anchors[i]
        old = np.int64(articles.anchor[x])
        moved, turned = before[i] != articles.story[x], old != anchor
        mark = MOVED if moved else np.uint8(0)
        if (moved or turned) and before[i] > 0 and old == x:
            mark |= DEPOSED
        if moved or turned or visited[x] or visited[anchor]:
            # an equal text as anchor changes nothing for those that have it too
            text = articles.text[x]
            equal = text == articles.text[anchor] and text == articles.text[old] and x != anchor and x != old
            if moved or not equal or visited[anchor] or visited[old]:
                mark |= RESTATED
        marks[i] = mark
        articles.anchor[x] = anchor
    for x in restated:
        visited[x] = 0
