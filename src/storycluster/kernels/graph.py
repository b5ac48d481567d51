"""Pairs of texts → pairs of articles, and the components of what matched."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import grown
from storycluster.kernels.leaves import leaf


@leaf
def nearest_span(published, articles, low, high, when, unknown, reach):
    """The places low … high narrowed to the ``reach`` articles nearest in time to ``when``, undated ones being last."""
    if high - low <= reach:
        return low, high
    if when == unknown:
        return low, low + reach
    a, b = low, high
    while a < b:
        middle = (a + b) // 2
        at = published[articles[middle]]
        if at != unknown and at < when:
            a = middle + 1
        else:
            b = middle
    start = min(max(low, a - reach // 2), high - reach)
    return start, start + reach


@njit(nogil=True, cache=True)
def article_pairs(left, right, articles, article_start, published, unknown, reach):
    """Pairs of articles for pairs of texts, a bounded number for each article.

    Args:
        left: int64 (p): texts; ``left[i] == right[i]`` asks for the pairs within one text.
        right: int64 (p): texts.
        articles: int64: articles sorted by text, then date, undated ones last.
        article_start: int64, one more than texts: where each text's articles begin.
        published: int64: seconds, or ``unknown``.
        unknown: What stands for no date.
        reach: Articles of the other text, nearest in time, that each article is paired with.

    Returns:
        int64 (q): the text pair each article pair comes from; int64 (q), int64 (q): its articles, the left text's
        first. Each pair of articles comes once, as grouping counts them.
    """
    room = 2 * left.size + 1024
    source, first, second = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    n = 0
    for p in range(left.size):
        a0, a1 = article_start[left[p]], article_start[left[p] + 1]
        b0, b1 = article_start[right[p]], article_start[right[p] + 1]
        needed = n + (a1 - a0) * reach + (b1 - b0) * reach
        if needed > source.size:
            source, first, second = grown(source, needed), grown(first, needed), grown(second, needed)
        if left[p] == right[p]:
            for i in range(a0, a1):
                for j in range(i + 1, min(a1, i + 1 + reach)):
                    source[n], first[n], second[n] = p, articles[i], articles[j]
                    n += 1
            continue
        for i in range(a0, a1):
            low, high = nearest_span(published, articles, b0, b1, published[articles[i]], unknown, reach)
            for j in range(low, high):
                source[n], first[n], second[n] = p, articles[i], articles[j]
                n += 1
        if b1 - b0 > reach:  # some of the right text's articles were out of every left one's reach
            for j in range(b0, b1):
                low, high = nearest_span(published, articles, a0, a1, published[articles[j]], unknown, reach)
                for i in range(low, high):
                    from_left = nearest_span(published, articles, b0, b1, published[articles[i]], unknown, reach)
                    if not from_left[0] <= j < from_left[1]:
                        source[n], first[n], second[n] = p, articles[i], articles[j]
                        n += 1
    return source[:n].copy(), first[:n].copy(), second[:n].copy()


@leaf
def find_root(parent, x):
    """The root of a node, halving the path on the way (Tarjan and van Leeuwen 1984)."""
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@njit(nogil=True, cache=True)
def components(n, left, right):
    """Connected components.

    Args:
        n: Number of nodes.
        left: int64: one end of each edge.
        right: int64: the other end.

    Returns:
        int64 (n): the least node of each node's component.
    """
    parent = np.arange(n)
    for e in range(left.size):
        a, b = find_root(parent, left[e]), find_root(parent, right[e])
        if a < b:
            parent[b] = a
        elif b < a:
            parent[a] = b
    for x in range(n):
        parent[x] = find_root(parent, x)
    return parent
