"""The edges between articles: put into the lists of both ends and taken out, and followed to components."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.buckets import grown
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import NOWHERE


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
