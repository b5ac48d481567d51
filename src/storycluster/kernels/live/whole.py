"""Whether a component of edges is one story as a whole, told without a verdict on each pair of it."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels import overlap as ev
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.edges import COVERED, SPARSE, edges_among, mark_joined
from storycluster.kernels.live.links import are_same, compare_with
from storycluster.kernels.live.postings import NOWHERE
from storycluster.kernels.live.runs import article_precedes

OVERLAP, DEGREE, PARTS, COPIES = range(4)
"""Columns of what edges say of an article: words that it shares with the others, their number, those that stand whole
in it and not it in them, and those of which both hold."""


@leaf
def weigh_edge(edges, texts, articles, e, side, share, weights):
    """Add to an article's weights (``weigh``) what an edge says of it, on this side of which it stands."""
    covered, other_covered = edges.evidence[e, COVERED + side], edges.evidence[e, COVERED + 1 - side]
    weights[OVERLAP] += min(covered, other_covered)
    weights[DEGREE] += 1
    if other_covered >= share * texts.words[articles.text[edges.ends[e, 1 - side]]]:
        if covered >= share * texts.words[articles.text[edges.ends[e, side]]]:
            weights[COPIES] += 1
        else:
            weights[PARTS] += 1


@njit(nogil=True, cache=True)
def weigh(live, rows, top):
    """What their edges say of some articles that none leads out of: int64 (n, 4).

    Args:
        live: The live set.
        rows: int64 (n): the articles.
        top: Rows of edges that have been in use (``edges_among``).
    """
    edges, texts, articles, share = live.edges, live.texts, live.articles, live.numbers.whole_share
    weights = np.zeros((rows.size, 4), np.int64)
    if top > SPARSE * rows.size:
        for i in range(rows.size):
            e = articles.edge[rows[i]]
            while e != NOWHERE:
                side = 0 if edges.ends[e, 0] == rows[i] else 1
                weigh_edge(edges, texts, articles, e, side, share, weights[i])
                e = edges.following[e, side]
        return weights
    place = np.empty(live.visited.size, np.int32)
    for i in range(rows.size):
        place[rows[i]] = i
    for e in edges_among(live, rows, top):
        for side in range(2):
            weigh_edge(edges, texts, articles, e, side, share, weights[place[edges.ends[e, side]]])
    return weights


@njit(nogil=True, cache=True)
def whole_anchor(live, rows, top):
    """The anchor of a component that is one story as a whole, as ``grouping`` finds it.

    It is the article that ``parts.is_fitter`` puts first, where the component is a clique; or where no text may hold
    two stories and each article matches it: by an edge, or as a copy of the same text.

    Args:
        live: The live set.
        rows: int64: the component.
        top: Rows of edges that have been in use (``edges_among``).

    Returns:
        The anchor; NOWHERE where the component isn't, or can't be told here to be, one story. Whether edges join all
        others to it.
    """
    texts, articles, edges, limits, numbers = live.texts, live.articles, live.edges, live.limits, live.numbers
    weights = weigh(live, rows, top)
    best = np.int64(NOWHERE)
    most, longest = np.int64(0), np.int64(0)
    clique, digests = True, False
    for i in range(rows.size):
        x, total = rows[i], weights[i, OVERLAP]
        words = np.int64(texts.words[articles.text[x]])
        clique &= weights[i, DEGREE] == rows.size - 1
        digests |= weights[i, PARTS] > 0 and weights[i, PARTS] + weights[i, COPIES] > 1
        better = best == NOWHERE or total > most
        if not better and total == most:
            better = words > longest
            if words == longest:
                better = article_precedes(live.id_bytes, articles, x, best, limits.unknown)
        if better:
            best, most, longest = x, total, words
    if clique or digests:
        return best if clique else np.int64(NOWHERE), clique
    t = np.int64(articles.text[best])
    evidence = np.empty((0, ev.EVIDENCE), np.int32)
    visited = live.visited
    mark_joined(edges, articles.edge, best, visited, np.uint8(1))
    anchor, joined = best, True
    for x in rows:
        if x == best or visited[x]:
            continue
        joined = False
        if articles.text[x] == t and not len(evidence):
            evidence = compare_with(live, t, np.empty(0, np.int64))
        if articles.text[x] != t or not are_same(evidence[0], texts, articles, x, best, limits.unknown, numbers):
            anchor = np.int64(NOWHERE)
            break
    mark_joined(edges, articles.edge, best, visited, np.uint8(0))
    return anchor, joined
