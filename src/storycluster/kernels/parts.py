"""Matches that join → components, their members in order of fitness, and those that are one story at a glance.

A component's members stand side by side, the fittest anchor first (``storycluster.grouping`` says what that is); a
member is named by its place there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values
from storycluster.kernels.graph import components
from storycluster.kernels.leaves import leaf
from storycluster.kernels.sorting import FEW, put_in_order

LEFT_FIRST, LEFT_LAST, RIGHT_FIRST, RIGHT_LAST = range(4)
"""Columns of ``Joins.spans``."""
FITNESS_KEYS = 4
"""Keys that ``fitness_key`` gives of an article."""
LAST = np.iinfo(np.int64).max
"""What stands for no date where undated articles come last."""


class Joins(NamedTuple):
    """Matches that join.

    Args:
        left: int64 (e): articles.
        right: int64 (e): the others.
        covered: int32 (e, 2): words of the left and the right text in shared shingles.
        spans: int32 (e, 4): first shared word of the left text and the word after its last one; the same of the right.
    """

    left: Any
    right: Any
    covered: Any
    spans: Any


class Parts(NamedTuple):
    """Components of two members and more.

    Args:
        start: int64 (c + 1): the first place of each.
        members: int64 (m): the article at each place.
        place: int64 (n): each article's place, -1 for one without matches.
        near_start: int64 (m + 1): where each member's matches begin.
        near: int32: the places of those it matches.
        edge: int32: the match.
    """

    start: Any
    members: Any
    place: Any
    near_start: Any
    near: Any
    edge: Any


@leaf
def fitness_key(x, key, total, words, published, order, unknown):
    """What articles are put in ascending order of to be an anchor, the fittest first; of four keys the one in question.

    More overlap, then longer, then earlier, undated ones last.
    """
    if key == 0:
        return -total[x]
    if key == 1:
        return -words[x]
    if key == 2:
        return published[x] if published[x] != unknown else LAST
    return order[x]


@leaf
def is_fitter(x, y, total, words, published, order, unknown):
    """Whether an article is fitter to be an anchor (``fitness_key``)."""
    for key in range(FITNESS_KEYS):
        own = fitness_key(x, key, total, words, published, order, unknown)
        other = fitness_key(y, key, total, words, published, order, unknown)
        if own != other:
            return own < other
    return False


@njit(nogil=True, cache=True)
def merge_by_fitness(members, low, high, room, total, words, published, order, unknown):
    """Sort a stretch of members, fittest first (merge sort)."""
    width = 1
    while width < high - low:
        for first in range(low, high, 2 * width):
            i, middle = first, min(first + width, high)
            j, stop = middle, min(first + 2 * width, high)
            for k in range(first, stop):
                if i < middle and (
                    j >= stop or not is_fitter(members[j], members[i], total, words, published, order, unknown)
                ):
                    room[k] = members[i]
                    i += 1
                else:
                    room[k] = members[j]
                    j += 1
        copy_values(room[low:high], members[low:])
        width *= 2


@njit(nogil=True, cache=True)
def sort_by_fitness(members, low, high, room, total, words, published, order, unknown):
    """Sort a stretch of members, fittest first: a long one by one key after the other, the last one first."""
    if high - low < FEW:
        merge_by_fitness(members, low, high, room, total, words, published, order, unknown)
        return
    own, keys = members[low:high], room[low:high]
    for key in range(FITNESS_KEYS - 1, -1, -1):
        for i in range(own.size):
            keys[i] = fitness_key(own[i], key, total, words, published, order, unknown)
        put_in_order(own, keys)


@njit(nogil=True, cache=True)
def find_parts(n, joins, must_left, must_right, words, published, order, unknown):
    """The components of some articles that have two members and more.

    Args:
        n: Number of articles.
        joins: The matches.
        must_left: int64: articles that must stand with those of ``must_right``.
        must_right: int64.
        words: int64 (n): words of each article.
        published: int64 (n): seconds, or ``unknown``.
        order: int64 (n): the order of articles that are alike in all else.
        unknown: What stands for no date.

    Returns:
        Parts, the component with the least article first.
    """
    root = components(n, np.concatenate((joins.left, must_left)), np.concatenate((joins.right, must_right)))
    total = np.zeros(n, np.int64)
    degree = np.zeros(n, np.int64)
    for e in range(joins.left.size):
        shared = min(joins.covered[e, 0], joins.covered[e, 1])
        for x in (joins.left[e], joins.right[e]):
            total[x] += shared
            degree[x] += 1
    size = np.zeros(n, np.int64)
    for x in range(n):
        size[root[x]] += 1
    begin = np.empty(n, np.int64)
    parts, m = 0, 0
    for x in range(n):
        if root[x] == x and size[x] > 1:
            begin[x] = m
            m += size[x]
            parts += 1
    start, members, place = np.empty(parts + 1, np.int64), np.empty(m, np.int64), np.full(n, -1)
    parts = 0
    for x in range(n):
        if size[root[x]] > 1:
            if root[x] == x:
                start[parts] = begin[x]
                parts += 1
            members[begin[root[x]]] = x
            begin[root[x]] += 1
    start[parts] = m
    room = np.empty(m, np.int64)
    for c in range(parts):
        sort_by_fitness(members, start[c], start[c + 1], room, total, words, published, order, unknown)
    near_start = np.zeros(m + 1, np.int64)
    for p in range(m):
        place[members[p]] = p
        near_start[p + 1] = near_start[p] + degree[members[p]]
    near, edge = np.empty(near_start[m], np.int32), np.empty(near_start[m], np.int32)
    filled = near_start[:m].copy()
    for e in range(joins.left.size):
        p, q = place[joins.left[e]], place[joins.right[e]]
        near[filled[p]], edge[filled[p]] = q, e
        near[filled[q]], edge[filled[q]] = p, e
        filled[p] += 1
        filled[q] += 1
    return Parts(start, members, place, near_start, near, edge)


@leaf
def stands_whole(joins, e, x, words, share):
    """Whether an article stands whole in the other one of its match."""
    side = 0 if joins.left[e] == x else 1
    return joins.covered[e, side] >= share * words[x]


@leaf
def count_held(parts, joins, p, words, share):
    """Articles that stand whole in a member and not it in them, and those of which both hold."""
    held, both = 0, 0
    for k in range(parts.near_start[p], parts.near_start[p + 1]):
        e = np.int64(parts.edge[k])
        if stands_whole(joins, e, parts.members[parts.near[k]], words, share):
            if stands_whole(joins, e, parts.members[p], words, share):
                both += 1
            else:
                held += 1
    return held, both


@njit(nogil=True, cache=True)
def take_simple(parts, joins, words, tied, share, anchor_of):
    """Make those components one story of which that can be told without a question.

    Where every member matches the fittest one nothing is left to ask, if no member can hold two stories: there is none
    in a clique, and none in which no part stands, or it alone.

    Args:
        parts: All components.
        joins: The matches.
        words: int64 (n): words of each article.
        tied: bool (n): articles of which the caller said something.
        share: ``whole_share``.
        anchor_of: int64 (n), written for their members.

    Returns:
        int64: the other components.
    """
    rest = np.empty(parts.start.size - 1, np.int64)
    count = 0
    for c in range(parts.start.size - 1):
        low, high = parts.start[c], parts.start[c + 1]
        size = high - low
        free = True
        for p in range(low, high):
            free &= not tied[parts.members[p]]
        simple = free and parts.near_start[high] - parts.near_start[low] == size * (size - 1)
        if free and not simple and parts.near_start[low + 1] - parts.near_start[low] == size - 1:
            simple = True
            for p in range(low, high):
                held, copies = count_held(parts, joins, p, words, share)
                if held and held + copies > 1:
                    simple = False
                    break
        if simple:
            for p in range(low, high):
                anchor_of[parts.members[p]] = parts.members[low]
        else:
            rest[count] = c
            count += 1
    return rest[:count]
