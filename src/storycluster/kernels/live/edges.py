"""The edges between articles: put into the lists of both ends and taken out, and followed to components."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import grown
from storycluster.kernels.graph import find_root
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import NOWHERE

SPARSE = 64
"""Rows of edges that are read in the time in which the edges of one article are followed."""

COVERED, SPANS = 1, 3
"""Where the columns of ``Edges.evidence`` begin that are those of ``parts.Joins``."""
FEW = 8
"""Articles each of whose edges are looked through in the time in which those of one are put in order."""


@njit(nogil=True, cache=True)
def put_edges(live, rows, ends, evidence, relation):
    """Put edges into the rows named, before the others of both ends."""
    edges, articles, texts = live.edges, live.articles, live.texts
    for k in range(rows.size):
        e = rows[k]
        edges.evidence[e] = evidence[k]
        edges.relation[e] = relation[k]
        put_edge(edges, articles.edge, e, ends[k, 0], ends[k, 1])
        for side in range(2):
            texts.edges[articles.text[ends[k, side]]] += 1


@leaf
def put_edge(edges, heads, e, left, right):
    """Put an edge whose other columns are written before the others of both ends."""
    edges.ends[e, 0], edges.ends[e, 1] = left, right
    edges.following[e, 0], edges.following[e, 1] = heads[left], heads[right]
    heads[left], heads[right] = e, e


@njit(nogil=True, cache=True)
def take_edge(live, e):
    """Take an edge out of the lists of both ends."""
    edges, articles, texts = live.edges, live.articles, live.texts
    heads = articles.edge
    for side in range(2):
        x = edges.ends[e, side]
        texts.edges[articles.text[x]] -= 1
        after = edges.following[e, side]
        if heads[x] == e:
            heads[x] = after
            continue
        at = heads[x]
        while True:
            at_side = 0 if edges.ends[at, 0] == x else 1
            if edges.following[at, at_side] == e:
                edges.following[at, at_side] = after
                break
            at = edges.following[at, at_side]
    edges.ends[e, 0] = NOWHERE


@njit(nogil=True, cache=True)
def edges_of(edges, heads, articles):
    """The edges of some articles, each once, ascending."""
    found = np.empty(64, np.int64)
    n = 0
    for x in articles:
        e = heads[x]
        while e != NOWHERE:
            found = grown(found, n + 1)
            found[n] = e
            n += 1
            e = edges.following[e, 0 if edges.ends[e, 0] == x else 1]
    return np.unique(found[:n])


@njit(nogil=True, cache=True)
def edges_at(live, articles):
    """The edges of some articles (``edges_of``)."""
    return edges_of(live.edges, live.articles.edge, articles)


@njit(nogil=True, cache=True)
def edges_among(live, rows, top):
    """The edges of many articles that none leads out of: int64, ascending.

    Args:
        live: The live set.
        rows: int64, ascending: the articles.
        top: Rows of edges that have been in use. They are read one after the other where the articles are so many that
            this is less than to follow the edges of each.
    """
    if top > SPARSE * rows.size:
        return edges_of(live.edges, live.articles.edge, rows)
    ends, visited = live.edges.ends, live.visited
    for x in rows:
        visited[x] = 1
    found = np.empty(top, np.int64)
    n = 0
    for e in range(top):
        if ends[e, 0] != NOWHERE and visited[ends[e, 0]]:
            found[n] = e
            n += 1
    for x in rows:
        visited[x] = 0
    return found[:n]


@njit(nogil=True, cache=True)
def joins_among(live, rows, top):
    """The edges of many articles that none leads out of, as ``parts.Joins`` has them.

    Arguments as for ``edges_among``.

    Returns:
        int64 (e), ascending: the edges; int64 (e): the place of the left end of each among the articles; int64 (e): of
        the right one; int32 (e, 2): words covered; int32 (e, 4): spans.
    """
    edges = live.edges
    found = edges_among(live, rows, top)
    low = rows[0]
    place = np.empty(rows[-1] + 1 - low, np.int32)
    for i in range(rows.size):
        place[rows[i] - low] = i
    left, right = np.empty(found.size, np.int64), np.empty(found.size, np.int64)
    covered, spans = np.empty((found.size, 2), np.int32), np.empty((found.size, 4), np.int32)
    for k in range(found.size):
        e = found[k]
        left[k], right[k] = place[edges.ends[e, 0] - low], place[edges.ends[e, 1] - low]
        for c in range(2):
            covered[k, c] = edges.evidence[e, COVERED + c]
        for c in range(4):
            spans[k, c] = edges.evidence[e, SPANS + c]
    return found, left, right, covered, spans


@njit(nogil=True, cache=True)
def edges_with(live, articles, y):
    """The edge of each of some articles with one: int64, NOWHERE where there is none."""
    edges, heads = live.edges, live.articles.edge
    found = np.full(articles.size, NOWHERE, np.int64)
    if articles.size <= FEW:
        for i in range(articles.size):
            found[i] = edge_between(edges, heads, articles[i], y)
        return found
    own = edges_of(edges, heads, np.array([y]))
    other = np.empty(own.size, np.int64)
    for k in range(own.size):
        other[k] = edges.ends[own[k], 0] + edges.ends[own[k], 1] - y
    order = np.argsort(other)
    other = other[order]
    for i in range(articles.size):
        k = np.searchsorted(other, articles[i])
        if k < other.size and other[k] == articles[i]:
            found[i] = own[order[k]]
    return found


@njit(nogil=True, cache=True)
def edge_at(live, x, y):
    """The edge of two articles (``edge_between``)."""
    return edge_between(live.edges, live.articles.edge, x, y)


@leaf
def edge_between(edges, heads, x, y):
    """The edge of two articles, looked for among those of the first; NOWHERE if there is none."""
    e = heads[x]
    while e != NOWHERE:
        side = 0 if edges.ends[e, 0] == x else 1
        if edges.ends[e, 1 - side] == y:
            break
        e = edges.following[e, side]
    return e


@leaf
def mark_joined(edges, heads, x, visited, mark):
    """Write a mark for each article that an edge joins to one."""
    e = heads[x]
    while e != NOWHERE:
        side = 0 if edges.ends[e, 0] == x else 1
        visited[edges.ends[e, 1 - side]] = mark
        e = edges.following[e, side]


@njit(nogil=True, cache=True)
def reached(live, seeds, most):
    """The articles that edges lead to from some articles, those included.

    Args:
        live: The live set.
        seeds: int64: where to begin.
        most: No more articles than so many and one are looked for.
    """
    edges, heads, visited = live.edges, live.articles.edge, live.visited
    found = np.empty(64, np.int64)
    n = 0
    for x in seeds:
        if not visited[x]:
            visited[x] = 1
            found = grown(found, n + 1)
            found[n] = x
            n += 1
    i = 0
    while i < n <= most:
        x = found[i]
        e = heads[x]
        while e != NOWHERE:
            side = 0 if edges.ends[e, 0] == x else 1
            y = edges.ends[e, 1 - side]
            if not visited[y]:
                visited[y] = 1
                found = grown(found, n + 1)
                found[n] = y
                n += 1
            e = edges.following[e, side]
        i += 1
    for k in range(n):
        visited[found[k]] = 0
    return found[:n].copy()


@njit(nogil=True, cache=True)
def all_reached(live, seeds, top):
    """All articles that edges lead to from some articles, those included.

    Args:
        live: The live set.
        seeds: int64: where to begin.
        top: Rows of edges that have been in use. They, and all articles, are gone through one after the other once so
            many articles are found that this is less than to follow the edges of each.
    """
    ends, visited = live.edges.ends, live.visited
    few = max(top, visited.size) // SPARSE
    found = reached(live, seeds, few)
    if found.size <= few:
        return found
    parent = np.arange(visited.size)
    for e in range(top):
        if ends[e, 0] != NOWHERE:
            a, b = find_root(parent, np.int64(ends[e, 0])), find_root(parent, np.int64(ends[e, 1]))
            parent[max(a, b)] = min(a, b)
    for x in seeds:
        visited[find_root(parent, x)] = 1
    found = np.empty(visited.size, np.int64)
    n = 0
    for x in range(visited.size):
        found[n] = x
        n += visited[find_root(parent, x)]
    for x in seeds:
        visited[find_root(parent, x)] = 0
    return found[:n].copy()
