"""Overfull buckets pair neighbors: which pairs of texts one between them holds apart, and which propose each other."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values, grown
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import NOWHERE, ONE_SPACE, SPACED, TOGETHER, find, members_of, size_at
from storycluster.kernels.live.reaches import FIRST, RANK, SIZE, STOP
from storycluster.kernels.live.runs import find_run, nth_article, run_of
from storycluster.kernels.live.texts import rank_at
from storycluster.kernels.live.words import HASH, sample_words, sketch_words


@leaf
def are_near(postings, place, texts, s, t, limits):
    """Whether a bucket pairs two texts that are in it."""
    if size_at(postings, place) <= limits.bucket:
        return True
    i = rank_at(postings, place, texts, texts.order[s, 0], texts.order[s, 1], texts.digest[s])
    j = rank_at(postings, place, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
    return abs(i - j) <= limits.neighbors


@njit(nogil=True, cache=True)
def share_band(live, s, t, keys_s, keys_t):
    """Whether two indexed texts propose each other in a bucket of their bands."""
    bands, texts, limits = live.bands, live.texts, live.limits
    for k in range(keys_s.size):
        if keys_s[k] == keys_t[k] and are_near(bands, find(bands, k, keys_s[k]), texts, s, t, limits):
            return True
    return False


@njit(nogil=True, cache=True)
def share_samples(live, s, t, sample_s, sample_t):
    """Whether two indexed texts, whose samples are sorted, propose each other by these."""
    samples, texts, limits = live.samples, live.texts, live.limits
    smaller = min(sample_s.size, sample_t.size)
    enough = max(1, min(limits.samples, smaller), limits.share * smaller)
    both = np.empty(smaller, np.uint32)
    i, j, shared = 0, 0, 0
    while i < sample_s.size and j < sample_t.size:
        if sample_s[i] == sample_t[j]:
            both[shared] = sample_s[i]
            shared += 1
            i += 1
            j += 1
        elif sample_s[i] < sample_t[j]:
            i += 1
        else:
            j += 1
    near = 0
    for k in range(shared):
        if near + shared - k < enough:
            return False
        near += are_near(samples, find(samples, ONE_SPACE, both[k]), texts, s, t, limits)
        if near >= enough:
            return True
    return False


@njit(nogil=True, cache=True)
def which_proposed(live, left, right, a, b, rows):
    """Which pairs of indexed texts propose each other.

    Args:
        live: The live set.
        left: int64 (p): one text of each pair.
        right: int64 (p): the other one.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        rows: Rows a band.

    Returns:
        bool (p).
    """
    texts, words, limits = live.texts, live.words, live.limits
    own = np.unique(np.concatenate((left, right)))
    keys = np.empty((own.size, a.size // rows), np.uint32)
    sketched = np.zeros(own.size, np.bool_)
    start = np.zeros(own.size + 1, np.int64)
    sample = np.empty(0, np.uint32)
    for i in range(own.size):
        first = texts.start[own[i]]
        size = np.int64(texts.words[own[i]])
        hashes, _ = sample_words(words[first : first + size] & HASH, np.int64(0), size, limits)
        start[i + 1] = start[i] + hashes.size
        sample = grown(sample, start[i + 1])
        copy_values(np.sort(hashes.astype(np.int64)), sample[start[i] :])
    proposed = np.empty(left.size, np.bool_)
    for p in range(left.size):
        s, t = left[p], right[p]
        i, j = np.searchsorted(own, s), np.searchsorted(own, t)
        proposed[p] = share_samples(live, s, t, sample[start[i] : start[i + 1]], sample[start[j] : start[j + 1]])
        if proposed[p]:
            continue
        for k in (i, j):  # a signature takes longer than a sample, and few pairs need theirs
            if not sketched[k]:
                first = texts.start[own[k]]
                made = sketch_words(words, first, first + texts.words[own[k]], limits, a, b, rows)
                copy_values(made[2], keys[k])
                sketched[k] = True
        proposed[p] = share_band(live, s, t, keys[i], keys[j])
    return proposed


@leaf
def find_overfull(postings, keys, spaced, limit, places):
    """Write the slots of those keys that have more than ``limit`` members; their number.

    Args:
        postings: Bands or samples.
        keys: Keys there.
        spaced: Whether each key has a space of its own.
        limit: See there.
        places: int64, one a key, written.
    """
    n = 0
    for k in range(keys.size):
        place = find(postings, k if spaced else 0, keys[k])
        if size_at(postings, place) > limit:
            places[n] = place
            n += 1
    return n


@njit(nogil=True, cache=True)
def pairs_across(postings, keys, spaced, texts, t, limit, neighbors, pairs, n):
    """Append the pairs of texts that an indexed text holds apart in the overfull buckets that it is in.

    They are not paired there with it between them, and would be without it.

    Args:
        postings: Bands or samples.
        keys: The text's keys there.
        spaced: Whether each key has a space of its own.
        texts: All texts.
        t: The text.
        limit: Texts up to which a bucket proposes all its pairs.
        neighbors: In a larger one, neighbors on either side.
        pairs: uint64: pairs so far, left · 2^32 + right.
        n: Their number.

    Returns:
        The pairs, and their number.
    """
    single, overfull = np.empty(1, np.int32), np.empty(keys.size, np.int64)
    for k in range(find_overfull(postings, keys, spaced, limit, overfull)):
        members = members_of(postings, overfull[k], single)
        rank = rank_at(postings, overfull[k], texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        if members.size == limit + 1:
            pairs = grown(pairs, n + limit * limit)
            for i in range(members.size):
                for j in range(i + neighbors + 1, members.size):
                    if i != rank and j != rank:
                        pairs[n] = np.uint64(members[i]) << np.uint64(32) | np.uint64(members[j])
                        n += 1
            continue
        pairs = grown(pairs, n + neighbors)
        for i in range(max(0, rank - neighbors), rank):
            j = i + neighbors + 1
            if rank < j < members.size:
                pairs[n] = np.uint64(members[i]) << np.uint64(32) | np.uint64(members[j])
                n += 1
    return pairs, n


@njit(nogil=True, cache=True)
def held_apart(live, t, sample, keys):
    """All pairs of texts that an indexed text holds apart (``pairs_across``), each once: uint64."""
    bands, samples, texts, limits = live.bands, live.samples, live.texts, live.limits
    limit, neighbors = limits.bucket, limits.neighbors
    pairs, n = pairs_across(bands, keys, SPACED, texts, t, limit, neighbors, np.empty(64, np.uint64), np.int64(0))
    pairs, n = pairs_across(samples, sample, TOGETHER, texts, t, limit, neighbors, pairs, n)
    return np.unique(pairs[:n])


@leaf
def are_linked(runs, texts, articles, edges, s, t):
    """Whether an edge joins an article of one text and one of another."""
    if texts.edges[s] > texts.edges[t]:
        s, t = t, s
    run = find_run(runs, texts, s)
    for k in range(np.int64(texts.articles[s])):
        x = nth_article(runs, texts, s, run, k)
        e = articles.edge[x]
        while e != NOWHERE:
            side = 0 if edges.ends[e, 0] == x else 1
            if articles.text[edges.ends[e, 1 - side]] == t:
                return True
            e = edges.following[e, side]
    return False


@njit(nogil=True, cache=True)
def linked_pairs(live, pairs):
    """Those pairs of texts that an edge joins."""
    runs, texts, articles, edges = live.runs, live.texts, live.articles, live.edges
    kept = 0
    for p in range(pairs.size):
        s, t = np.int64(pairs[p] >> np.uint64(32)), np.int64(pairs[p] & np.uint64(0xFFFFFFFF))
        if are_linked(runs, texts, articles, edges, s, t):
            pairs[kept] = pairs[p]
            kept += 1
    return pairs[:kept]


@njit(nogil=True, cache=True)
def edges_across(live, left, right):
    """The edges between the articles of pairs of texts: int64, ascending.

    Args:
        live: The live set.
        left: int64 (p): texts.
        right: int64 (p): other ones.
    """
    runs, texts, articles, edges = live.runs, live.texts, live.articles, live.edges
    single = np.empty(1, np.int32)
    found = np.empty(64, np.int64)
    n = 0
    for p in range(left.size):
        for x in run_of(runs, texts, left[p], single):
            e = articles.edge[x]
            while e != NOWHERE:
                side = 0 if edges.ends[e, 0] == x else 1
                if articles.text[edges.ends[e, 1 - side]] == right[p]:
                    found = grown(found, n + 1)
                    found[n] = e
                    n += 1
                e = edges.following[e, side]
    return np.sort(found[:n])


@njit(nogil=True, cache=True)
def linked_across(live, members, t, reaches, pairs, n):
    """Append the pairs of texts with an edge between them that an indexed text holds apart (``pairs_across``).

    Args:
        live: The live set.
        members: int32: the blocks of the text's buckets.
        t: The text.
        reaches: int64: its reaches there (``proposing.find_reaches``).
        pairs: uint64: pairs so far, left · 2^32 + right.
        n: Their number.

    Returns:
        The pairs, and their number.
    """
    runs, texts, articles, edges = live.runs, live.texts, live.articles, live.edges
    limit, neighbors = live.limits.bucket, live.limits.neighbors
    for k in range(len(reaches)):
        first, stop, size = reaches[k, FIRST], reaches[k, STOP], reaches[k, SIZE]
        if size <= limit:
            continue
        farthest = neighbors + 1
        if size == limit + 1:  # without the text, it would propose all its pairs
            first -= max(0, reaches[k, RANK] - neighbors)
            stop, farthest = first + size, size
        for i in range(first, stop):
            s = np.int64(members[i])
            if s == t or texts.edges[s] == 0:
                continue
            for j in range(i + neighbors + 1, min(stop, i + farthest + 1)):
                r = np.int64(members[j])
                if r != t and texts.edges[r] > 0 and are_linked(runs, texts, articles, edges, s, r):
                    pairs = grown(pairs, n + 1)
                    pairs[n] = np.uint64(s) << np.uint64(32) | np.uint64(r)
                    n += 1
    return pairs, n


@njit(nogil=True, cache=True)
def linked_apart(live, t, reaches, size):
    """All pairs of texts with an edge between them that an indexed text holds apart, each once: uint64.

    Args:
        live: The live set.
        t: The text.
        reaches: int64: its reaches (``proposing.reaches_of``).
        size: Its sampled hashes.
    """
    pairs, n = linked_across(live, live.samples.blocks, t, reaches[:size], np.empty(8, np.uint64), np.int64(0))
    pairs, n = linked_across(live, live.bands.blocks, t, reaches[size:], pairs, n)
    return np.unique(pairs[:n])


@njit(nogil=True, cache=True)
def parted_edges(live, t, reaches, size, a, b, rows):
    """The edges between pairs of texts that propose each other no more since a text has come between them.

    Args:
        live: The live set.
        t: The text, indexed.
        reaches: int64: its reaches (``proposing.reaches_of``).
        size: Its sampled hashes.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        rows: Rows a band.

    Returns:
        int64, ascending.
    """
    pairs = linked_apart(live, t, reaches, size)
    if not pairs.size:
        return np.empty(0, np.int64)
    left, right = np.empty(pairs.size, np.int64), np.empty(pairs.size, np.int64)
    for p in range(pairs.size):
        left[p], right[p] = pairs[p] >> np.uint64(32), pairs[p] & np.uint64(0xFFFFFFFF)
    apart = ~which_proposed(live, left, right, a, b, rows)
    return edges_across(live, left[apart], right[apart])
