"""Texts that come and go: their postings, the candidates of one text, and the pairs that its coming puts asunder.

What is proposed here is what ``kernels.buckets`` proposes for the same texts at once: all pairs of a bucket of up to
``limit`` texts, in a larger one each text with the ``neighbors`` next to it on either side in canonical order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from storycluster.kernels.buckets import grown
from storycluster.kernels.minhash import keep_distinct, mix32, shingle_hashes
from storycluster.kernels.postings import BLOCKS, NOWHERE, begin, erase, find, insert, insert_at, lacks_room, members_of
from storycluster.kernels.recurrence import MOST_RUNS, outlets_running


class TextColumns(NamedTuple):
    """Distinct texts, one a row; rows are used again.

    Args:
        order: uint64 (n, 2): what comes first in canonical order.
        digest: uint64 (n): what comes second.
        start: int64 (n): where its words begin in ``words``.
        words: int32 (n): their number.
        samples: int32 (n): sampled shingles.
        keys: uint32 (n, bands): keys of its LSH bands.
        marks: uint8 (n, permutations): low bytes of its signature.
        first: int32 (n): its first article by date, then id.
        articles: int32 (n): articles that have it; 0 for a row that is free.
        number: int64 (n): its number in the store.
    """

    order: Any
    digest: Any
    start: Any
    words: Any
    samples: Any
    keys: Any
    marks: Any
    first: Any
    articles: Any
    number: Any


class ArticleColumns(NamedTuple):
    """Articles, one a row; rows are used again.

    Args:
        text: int32 (n): its text.
        following: int32 (n): the next article of the same text by date, then id; NOWHERE after the last one.
        outlet: int32 (n): its outlet, -1 for none.
        name: int32 (n): the outlet's name as the article spells it, -1 for none.
        published: int64 (n): seconds, or what stands for no date.
        title: uint64 (n): hash of its folded title, 0 for none.
        content: uint64 (n): hash of all that it is.
        number: int64 (n): its number in the store; 0 for a row that is free.
        id_start: int64 (n): where its id begins among the ids' bytes.
        id_length: int32 (n): bytes of its id.
        story: int64 (n): the number of its story.
        anchor: int32 (n): the anchor of its story.
        edge: int32 (n): its first edge, or NOWHERE.
    """

    text: Any
    following: Any
    outlet: Any
    name: Any
    published: Any
    title: Any
    content: Any
    number: Any
    id_start: Any
    id_length: Any
    story: Any
    anchor: Any
    edge: Any


class Edges(NamedTuple):
    """Verified pairs of articles that are the same story; rows are used again.

    Args:
        ends: int32 (n, 2): the left and the right article.
        following: int32 (n, 2): the next edge of each end, or NOWHERE.
        evidence: int32 (n, EVIDENCE): about their texts.
        shingles: int32 (n, 2): distinct shingles of each text.
        told: uint8 (n, 2): relation and cause.
    """

    ends: Any
    following: Any
    evidence: Any
    shingles: Any
    told: Any


@njit(nogil=True, cache=True)
def comes_before(texts, t, order0, order1, digest):
    """Whether a text comes before a place in canonical order."""
    if texts.order[t, 0] != order0:
        return texts.order[t, 0] < order0
    if texts.order[t, 1] != order1:
        return texts.order[t, 1] < order1
    return texts.digest[t] < digest


@njit(nogil=True, cache=True)
def rank_in(members, texts, order0, order1, digest):
    """Texts of a posting that come before a place in canonical order."""
    low, high = 0, members.size
    while low < high:
        middle = (low + high) // 2
        if comes_before(texts, members[middle], order0, order1, digest):
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def find_text(bands, texts, key, order0, order1, digest):
    """The text with this digest, given its first band's key; NOWHERE if there is none."""
    single = np.empty(1, np.int32)
    place = find(bands, 0, key)
    if place == NOWHERE:
        return np.int64(NOWHERE)
    members = members_of(bands, place, single)
    rank = rank_in(members, texts, order0, order1, digest)
    if rank < members.size and texts.digest[members[rank]] == digest:
        return np.int64(members[rank])
    return np.int64(NOWHERE)


@njit(nogil=True, cache=True)
def index_text(postings, texts, t, keys, spaced, first):
    """Put a text into the postings of its keys.

    Args:
        postings: Bands or samples, with room for as many more keys.
        texts: All texts.
        t: The text.
        keys: Its keys there.
        spaced: Whether each key has a space of its own.
        first: The first key that it isn't in yet.

    Returns:
        The first key for which ``blocks`` lacks room, as the state's NEEDED says; the number of keys when all is done.
    """
    single = np.empty(1, np.int32)
    for k in range(first, keys.size):
        space = k if spaced else 0
        place = find(postings, space, keys[k])
        if place == NOWHERE:
            begin(postings, space, keys[k], t)
            continue
        if lacks_room(postings, place):
            return k
        members = members_of(postings, place, single)
        rank = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        insert_at(postings, place, t, rank)
    return keys.size


@njit(nogil=True, cache=True)
def unindex_text(postings, t, keys, spaced):
    """Take a text out of the postings of its keys."""
    for k in range(keys.size):
        erase(postings, k if spaced else 0, keys[k], t)


@njit(nogil=True, cache=True)
def reach_of(size, rank, limit, neighbors):
    """The places of a bucket that the member at ``rank`` is paired with: first and the one after the last."""
    if size <= limit:
        return 0, size
    return max(0, rank - neighbors), min(size, rank + neighbors + 1)


@njit(nogil=True, cache=True)
def propose_for(bands, samples, texts, t, sample, limit, neighbors, least, share, shared):
    """The candidates of one indexed text.

    Args:
        bands: Postings of the LSH bands, a space each.
        samples: Postings of the sampled shingles.
        texts: All texts.
        t: The text.
        sample: uint32: its sampled hashes.
        limit: Texts up to which a bucket proposes all its pairs.
        neighbors: In a larger one, neighbors on either side.
        least: Sampled shingles that a pair must share.
        share: The same as a share of the smaller sample.
        shared: int32, a place a text, all 0: room to work in, left all 0.

    Returns:
        int32: texts, each once, ascending, t not among them.
    """
    found = np.empty(256, np.int32)
    touched = np.empty(256, np.int32)
    single = np.empty(1, np.int32)
    n, seen = 0, 0
    for k in range(sample.size):
        members = members_of(samples, find(samples, 0, sample[k]), single)
        rank = 0
        if members.size > limit:
            rank = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        first, stop = reach_of(members.size, rank, limit, neighbors)
        touched = grown(touched, seen + stop - first)
        for i in range(first, stop):
            s = members[i]
            if s != t:
                if shared[s] == 0:
                    touched[seen] = s
                    seen += 1
                shared[s] += 1
    for i in range(seen):
        s = touched[i]
        if shared[s] >= least and shared[s] >= share * min(sample.size, texts.samples[s]):
            shared[s] = -1
            found = grown(found, n + 1)
            found[n] = s
            n += 1
        else:
            shared[s] = 0
    for k in range(texts.keys.shape[1]):
        members = members_of(bands, find(bands, k, texts.keys[t, k]), single)
        rank = 0
        if members.size > limit:
            rank = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        first, stop = reach_of(members.size, rank, limit, neighbors)
        found = grown(found, n + stop - first)
        for i in range(first, stop):
            s = members[i]
            if s != t and shared[s] == 0:
                shared[s] = -1
                found[n] = s
                n += 1
    for i in range(n):
        shared[found[i]] = 0
    found = found[:n].copy()
    found.sort()
    return found


@njit(nogil=True, cache=True)
def near_in(postings, space, key, texts, s, t, limit, neighbors):
    """Whether two texts of a posting are paired there."""
    single = np.empty(1, np.int32)
    members = members_of(postings, find(postings, space, key), single)
    if members.size <= limit:
        return True
    i = rank_in(members, texts, texts.order[s, 0], texts.order[s, 1], texts.digest[s])
    j = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
    return abs(i - j) <= neighbors


@njit(nogil=True, cache=True)
def is_proposed(bands, samples, texts, s, t, sample_s, sample_t, limit, neighbors, least, share):
    """Whether two indexed texts propose each other; ``sample_s`` and ``sample_t`` are theirs, sorted."""
    for k in range(texts.keys.shape[1]):
        if texts.keys[s, k] == texts.keys[t, k] and near_in(bands, k, texts.keys[s, k], texts, s, t, limit, neighbors):
            return True
    shared = 0
    i, j = 0, 0
    while i < sample_s.size and j < sample_t.size:
        if sample_s[i] == sample_t[j]:
            if near_in(samples, 0, sample_s[i], texts, s, t, limit, neighbors):
                shared += 1
            i += 1
            j += 1
        elif sample_s[i] < sample_t[j]:
            i += 1
        else:
            j += 1
    return shared >= least and shared >= share * min(sample_s.size, sample_t.size) and shared > 0


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
    single = np.empty(1, np.int32)
    for k in range(keys.size):
        members = members_of(postings, find(postings, k if spaced else 0, keys[k]), single)
        if members.size <= limit:
            continue
        rank = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
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
def held_apart(bands, samples, texts, t, sample, limit, neighbors):
    """All pairs of texts that an indexed text holds apart (``pairs_across``), each once: uint64."""
    pairs, n = pairs_across(bands, texts.keys[t], True, texts, t, limit, neighbors, np.empty(64, np.uint64), 0)
    pairs, n = pairs_across(samples, sample, False, texts, t, limit, neighbors, pairs, n)
    return np.unique(pairs[:n])


@njit(nogil=True, cache=True)
def linked_pairs(pairs, texts, articles, edges):
    """Those pairs of texts that an edge joins."""
    kept = 0
    for p in range(pairs.size):
        s, t = np.int64(pairs[p] >> np.uint64(32)), np.int64(pairs[p] & np.uint64(0xFFFFFFFF))
        joined = False
        x = texts.first[s]
        while x != NOWHERE and not joined:
            e = articles.edge[x]
            while e != NOWHERE and not joined:
                side = 0 if edges.ends[e, 0] == x else 1
                joined = articles.text[edges.ends[e, 1 - side]] == t
                e = edges.following[e, side]
            x = articles.following[x]
        if joined:
            pairs[kept] = pairs[p]
            kept += 1
    return pairs[:kept]


@njit(nogil=True, cache=True)
def sample_words(words, first, stop, width, bound):
    """The sampled shingles of one text: uint32 hashes, distinct, in text order, and uint32 the words they begin at."""
    mixed = np.empty(max(1, stop - first), np.uint32)
    n = shingle_hashes(words, first, stop, width, mixed)
    hashes = np.empty(n, np.uint32)
    places = np.empty(n, np.uint32)
    taken = 0
    for i in range(n):
        h = mix32(mixed[i])
        if h <= bound:
            hashes[taken] = h
            places[taken] = i
            taken += 1
    size = 64
    while size < 2 * taken:
        size *= 2
    taken = keep_distinct(hashes, places, 0, taken, np.empty(size, np.int64))
    return hashes[:taken], places[:taken]


@njit(nogil=True, cache=True)
def copy_words(words, flags, texts, rows, out_words, out_flags, out_start):
    """Copy the words and flags of some texts side by side; ``out_start`` has a place more than there are texts."""
    n = 0
    for i in range(rows.size):
        out_start[i] = n
        first, size = texts.start[rows[i]], texts.words[rows[i]]
        out_words[n : n + size] = words[first : first + size]
        out_flags[n : n + size] = flags[first : first + size]
        n += size
    out_start[rows.size] = n


@njit(nogil=True, cache=True)
def list_articles(texts, following, rows, articles, start):
    """Write the articles of some texts, each text's by date, then id; ``start`` has a place more than texts."""
    n = 0
    for i in range(rows.size):
        start[i] = n
        x = texts.first[rows[i]]
        while x != NOWHERE:
            articles[n] = x
            n += 1
            x = following[x]
    start[rows.size] = n


@njit(nogil=True, cache=True)
def put_edge(edges, heads, e, left, right):
    """Put an edge whose other columns are written before the others of both ends."""
    edges.ends[e, 0], edges.ends[e, 1] = left, right
    edges.following[e, 0], edges.following[e, 1] = heads[left], heads[right]
    heads[left], heads[right] = e, e


@njit(nogil=True, cache=True)
def take_edge(edges, heads, e):
    """Take an edge out of the lists of both ends."""
    for side in range(2):
        x = edges.ends[e, side]
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
def reached(edges, heads, seeds, visited):
    """The articles that edges lead to from some articles, those included.

    Args:
        edges: All edges.
        heads: int32: each article's first edge.
        seeds: int64: where to begin.
        visited: uint8, a place an article, all 0: room to work in, left all 0.
    """
    found = np.empty(64, np.int64)
    n = 0
    for x in seeds:
        if not visited[x]:
            visited[x] = 1
            found = grown(found, n + 1)
            found[n] = x
            n += 1
    i = 0
    while i < n:
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
def texts_with(samples, hashes):
    """The texts that hold any of some sampled hashes, each once, ascending."""
    single = np.empty(1, np.int32)
    found = np.empty(64, np.int32)
    n = 0
    for h in hashes:
        place = find(samples, 0, h)
        if place != NOWHERE:
            members = members_of(samples, place, single)
            found = grown(found, n + members.size)
            found[n : n + members.size] = members
            n += members.size
    return np.unique(found[:n])


@njit(nogil=True, cache=True)
def learn(samples, furniture, hashes, texts, articles, outlets, numbers, changed):
    """Learn of some sampled hashes for which outlets they are furniture now, and keep it where that has changed.

    In ``furniture`` a hash's members are outlet + 1, ascending, or 0 alone where it recurs at large. There must be room
    for MOST_RUNS members.

    Args:
        samples: Postings of the sampled shingles.
        furniture: What is known, written.
        hashes: uint32: which hashes.
        texts: All texts.
        articles: All articles.
        outlets: Number of outlets.
        numbers: From ``occasions`` to ``jaccard_at_large``, as ``kernels.recurrence.outlets_running`` takes them.
        changed: uint8, one a hash, written: whether something has changed.

    Returns:
        Number of hashes done: fewer than there are where ``furniture`` must get more room first.
    """
    seen = np.empty((outlets, numbers[0]), np.int64)
    counts = np.zeros(outlets, np.int64)
    found = np.empty(MOST_RUNS, np.int32)
    ran = np.empty(MOST_RUNS, np.int64)
    single = np.empty(1, np.int32)
    for h in range(hashes.size):
        if furniture.state[BLOCKS] + 2 * MOST_RUNS + 64 > furniture.blocks.size:
            return h
        size = 0
        place = find(samples, 0, hashes[h])
        if place != NOWHERE:
            for t in members_of(samples, place, single):
                x = texts.first[t]
                while x != NOWHERE and size < MOST_RUNS:
                    ran[size] = x
                    size += 1
                    x = articles.following[x]
                if size == MOST_RUNS:
                    break
        n = outlets_running(
            ran[:size], articles.text, articles.outlet, articles.published, articles.title, texts.marks, *numbers,
            seen, counts, found,
        )  # fmt: skip
        if n < 0:
            found[0] = -1
            n = 1
        now = np.sort(found[:n]) + 1
        known = np.empty(0, np.int32)
        place = find(furniture, 0, hashes[h])
        if place != NOWHERE:
            known = members_of(furniture, place, single).copy()
        changed[h] = now.size != known.size or (now != known).any()
        if changed[h]:
            for member in known:
                erase(furniture, 0, hashes[h], member)
            for rank in range(now.size):
                insert(furniture, 0, hashes[h], now[rank], rank)
    return hashes.size


@njit(nogil=True, cache=True)
def recurring_in(furniture, hashes, outlets):
    """Which sampled hashes of a text are furniture of one of the outlets that ran it: uint8, one a hash.

    Args:
        furniture: What is known (``learn``).
        hashes: uint32: the text's sampled hashes.
        outlets: int32: outlets that ran it, -1 for none.
    """
    single = np.empty(1, np.int32)
    recurring = np.zeros(hashes.size, np.uint8)
    for h in range(hashes.size):
        place = find(furniture, 0, hashes[h])
        if place != NOWHERE:
            for member in members_of(furniture, place, single):
                if member == 0 or (outlets == member - 1).any():
                    recurring[h] = 1
    return recurring
