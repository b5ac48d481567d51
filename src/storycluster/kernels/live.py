"""Texts and articles that come and go: postings, the candidates of one text, its edges, and the components of edges.

What is proposed here is what ``kernels.buckets`` proposes for the same texts at once: all pairs of a bucket of up to
``limit`` texts, in a larger one each text with the ``neighbors`` next to it on either side in canonical order. What is
linked is what ``verify`` finds for the same texts at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from storycluster.kernels import overlap as ev
from storycluster.kernels.buckets import band_keys, grown, order_key
from storycluster.kernels.graph import nearest_span
from storycluster.kernels.minhash import LANES, mix32, mixed_shingles, sample_shingles, shingle_hashes, sketch_texts
from storycluster.kernels.postings import (
    BLOCKS,
    KEYS,
    NOWHERE,
    SPACES,
    begin,
    erase,
    find,
    insert,
    insert_at,
    lacks_buckets,
    lacks_room,
    members_of,
)
from storycluster.kernels.recurrence import MOST_RUNS, flag_furniture, outlets_running
from storycluster.kernels.rule import SAME, decide, is_one_outlet, relate, time_apart
from storycluster.kernels.words import FLAG_BITS

FLAGS = np.uint32((1 << FLAG_BITS) - 1)
"""A packed word is its hash, whose lowest FLAG_BITS are 0, with its flags in them."""
KEPT = np.array(
    [ev.SHARED, ev.LEFT_COVERED, ev.RIGHT_COVERED, ev.LEFT_FIRST, ev.LEFT_LAST, ev.RIGHT_FIRST, ev.RIGHT_LAST]
)
"""Columns of the evidence that an edge keeps: those that grouping and scores need."""


class TextColumns(NamedTuple):
    """Distinct texts, one a row; rows are used again.

    Args:
        order: uint64 (n, 2): what comes first in canonical order.
        digest: uint64 (n): what comes second.
        start: int64 (n): where its words begin in ``words``.
        words: int32 (n): their number.
        samples: int32 (n): sampled shingles.
        shingles: int32 (n): distinct shingles.
        marks: uint8 (n, permutations): low bytes of its signature.
        met: uint8 (n): whether it may match another text, or has several articles: what is furniture matters to it.
        articles: int32 (n): articles that have it; 0 for a row that is free.
        number: int64 (n): its number in the store.
    """

    order: Any
    digest: Any
    start: Any
    words: Any
    samples: Any
    shingles: Any
    marks: Any
    met: Any
    articles: Any
    number: Any


class ArticleColumns(NamedTuple):
    """Articles, one a row; rows are used again.

    Args:
        text: int32 (n): its text.
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
        evidence: int32 (n, KEPT): about their texts.
        relation: uint8 (n): what the left one is to the right one.
    """

    ends: Any
    following: Any
    evidence: Any
    relation: Any


class Limits(NamedTuple):
    """What bounds candidates and evidence, as in ``Settings``.

    Args:
        bucket: Texts up to which a bucket proposes all its pairs.
        neighbors: In a larger one, neighbors on either side.
        samples: Sampled shingles that a pair must share, or all of the smaller sample.
        share: The same as a share of the smaller sample.
        width: Words a shingle.
        run: Least words of a shared run.
        gap: Most words between two shared runs that stand in each other's place.
        nearest: Articles of another text, nearest in time, that each article is verified against.
        unknown: What stands for no date.
        bound: The largest mixed shingle hash that is sampled.
        reach: Words that two recurring samples may lie apart to fill what is between them.
    """

    bucket: int
    neighbors: int
    samples: int
    share: float
    width: int
    run: int
    gap: int
    nearest: int
    unknown: int
    bound: int
    reach: int


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
        postings: Bands or samples.
        texts: All texts.
        t: The text.
        keys: Its keys there.
        spaced: Whether each key has a space of its own.
        first: The first key that it isn't in yet.

    Returns:
        The first key for which there may be too little room; the number of keys when all is done.
    """
    single = np.empty(1, np.int32)
    for k in range(first, keys.size):
        space = k if spaced else 0
        place = find(postings, space, keys[k])
        if place == NOWHERE:
            if lacks_buckets(postings):
                return k
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
def propose_for(bands, samples, texts, t, sample, keys, limits, shared):
    """The candidates of one indexed text.

    Args:
        bands: Postings of the LSH bands, a space each.
        samples: Postings of the sampled shingles.
        texts: All texts.
        t: The text.
        sample: uint32: its sampled hashes.
        keys: uint32: the keys of its bands.
        limits: Bounds.
        shared: int32, a place a text, all 0: room to work in, left all 0.

    Returns:
        int32: texts, each once, ascending, t not among them; whether one of its buckets is overfull.
    """
    crowded = False
    found = np.empty(256, np.int32)
    touched = np.empty(256, np.int32)
    single = np.empty(1, np.int32)
    n, seen = 0, 0
    for k in range(sample.size):
        members = members_of(samples, find(samples, 0, sample[k]), single)
        rank = 0
        if members.size > limits.bucket:
            crowded = True
            rank = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        first, stop = reach_of(members.size, rank, limits.bucket, limits.neighbors)
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
        smaller = min(sample.size, texts.samples[s])
        if shared[s] >= min(limits.samples, smaller) and shared[s] >= limits.share * smaller:
            shared[s] = -1
            found = grown(found, n + 1)
            found[n] = s
            n += 1
        else:
            shared[s] = 0
    for k in range(keys.size):
        members = members_of(bands, find(bands, k, keys[k]), single)
        rank = 0
        if members.size > limits.bucket:
            crowded = True
            rank = rank_in(members, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        first, stop = reach_of(members.size, rank, limits.bucket, limits.neighbors)
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
    return found, crowded


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
def is_proposed(bands, samples, texts, s, t, sample_s, sample_t, keys_s, keys_t, limits):
    """Whether two indexed texts propose each other; their samples are sorted."""
    for k in range(keys_s.size):
        if keys_s[k] == keys_t[k]:
            if near_in(bands, k, keys_s[k], texts, s, t, limits.bucket, limits.neighbors):
                return True
    shared = 0
    smaller = min(sample_s.size, sample_t.size)
    enough = max(1, min(limits.samples, smaller), limits.share * smaller)
    i, j = 0, 0
    while i < sample_s.size and j < sample_t.size:
        if sample_s[i] == sample_t[j]:
            if near_in(samples, 0, sample_s[i], texts, s, t, limits.bucket, limits.neighbors):
                shared += 1
                if shared >= enough:
                    return True
            i += 1
            j += 1
        elif sample_s[i] < sample_t[j]:
            i += 1
        else:
            j += 1
    return False


@njit(nogil=True, cache=True)
def which_proposed(bands, samples, texts, rows, sample, sample_start, keys, left, right, limits):
    """Which pairs of indexed texts propose each other.

    Args:
        bands: Postings of the LSH bands.
        samples: Postings of the sampled shingles.
        texts: All texts.
        rows: int64 (n): some of them.
        sample: uint32: their sampled hashes, each text's sorted.
        sample_start: int64 (n + 1): where each text's begin.
        keys: uint32 (n, bands): the keys of their bands.
        left: int64 (p): one text of each pair, by its place in ``rows``.
        right: int64 (p): the other one.
        limits: Bounds.

    Returns:
        bool (p).
    """
    proposed = np.empty(left.size, np.bool_)
    for p in range(left.size):
        a, b = left[p], right[p]
        proposed[p] = is_proposed(
            bands, samples, texts, rows[a], rows[b], sample[sample_start[a] : sample_start[a + 1]],
            sample[sample_start[b] : sample_start[b + 1]], keys[a], keys[b], limits,
        )  # fmt: skip
    return proposed


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
def held_apart(bands, samples, texts, t, sample, keys, limits):
    """All pairs of texts that an indexed text holds apart (``pairs_across``), each once: uint64."""
    limit, neighbors = limits.bucket, limits.neighbors
    pairs, n = pairs_across(bands, keys, True, texts, t, limit, neighbors, np.empty(64, np.uint64), 0)
    pairs, n = pairs_across(samples, sample, False, texts, t, limit, neighbors, pairs, n)
    return np.unique(pairs[:n])


@njit(nogil=True, cache=True)
def run_of(runs, t, single):
    """The articles of a text by date, undated ones last, then by id; ``single`` as in ``members_of``."""
    return members_of(runs, find(runs, 0, np.uint32(t)), single)


@njit(nogil=True, cache=True)
def linked_pairs(pairs, runs, articles, edges):
    """Those pairs of texts that an edge joins."""
    single = np.empty(1, np.int32)
    kept = 0
    for p in range(pairs.size):
        s, t = np.int64(pairs[p] >> np.uint64(32)), np.int64(pairs[p] & np.uint64(0xFFFFFFFF))
        joined = False
        for x in run_of(runs, s, single):
            e = articles.edge[x]
            while e != NOWHERE and not joined:
                side = 0 if edges.ends[e, 0] == x else 1
                joined = articles.text[edges.ends[e, 1 - side]] == t
                e = edges.following[e, side]
            if joined:
                break
        if joined:
            pairs[kept] = pairs[p]
            kept += 1
    return pairs[:kept]


@njit(nogil=True, cache=True)
def index_keys(signature, rows, keys, order):
    """Write the keys of a signature's bands, and what its text is put in order by."""
    band_keys(signature, rows, keys)
    order_key(signature, order)


@njit(nogil=True, cache=True)
def write_text(packed, texts, t, words, flags, signature, order, digest, number, width):
    """Write the words and columns of a text whose start is written; it is not indexed yet."""
    first = texts.start[t]
    for i in range(words.size):
        packed[first + i] = words[i] | np.uint32(flags[i])
    span, only = np.array([0, words.size]), np.zeros(1, np.int64)
    ev.count_distinct(words, span, only, width, texts.shingles[t : t + 1])
    texts.words[t] = words.size
    for k in range(signature.size):
        texts.marks[t, k] = np.uint8(signature[k] & np.uint32(255))
    texts.order[t, 0], texts.order[t, 1] = order[0], order[1]
    texts.digest[t], texts.number[t] = digest, number
    texts.met[t], texts.articles[t] = 1, 0


@njit(nogil=True, cache=True)
def index_both(bands, samples, texts, t, keys, sample, done):
    """Put a text into the postings of its bands and samples, from the place ``done`` of both lists on.

    Returns:
        The place of the first one for which there may be too little room; that of the end when all is done.
    """
    if done == 0:
        texts.samples[t] = sample.size
    if done < keys.size:
        done = index_text(bands, texts, t, keys, True, done)
        if done < keys.size:
            return done
    return keys.size + index_text(samples, texts, t, sample, False, done - keys.size)


@njit(nogil=True, cache=True)
def sketch_bytes(texts, t, keys, data):
    """Write what a text is indexed by as bytes, little-endian: keys, order, digest, shingles, marks."""
    at = 0
    for k in range(keys.size):
        at = write_number(np.uint64(keys[k]), 4, data, at)
    at = write_number(texts.order[t, 0], 8, data, at)
    at = write_number(texts.order[t, 1], 8, data, at)
    at = write_number(texts.digest[t], 8, data, at)
    at = write_number(np.uint64(texts.shingles[t]), 4, data, at)
    data[at:] = texts.marks[t]


@njit(nogil=True, cache=True, inline="always")
def write_number(number, size, data, at):
    """Write a number's low bytes, the lowest first; the place after them."""
    for k in range(size):
        data[at + k] = np.uint8(number >> np.uint64(8 * k) & np.uint64(255))
    return at + size


@njit(nogil=True, cache=True, inline="always")
def read_number(data, at, size):
    """The number in some bytes, the lowest first."""
    number = np.uint64(0)
    for k in range(size):
        number |= np.uint64(data[at + k]) << np.uint64(8 * k)
    return number


@njit(nogil=True, cache=True)
def load_texts(bands, samples, texts, packed, first, sketches, limits, begun, done):
    """Take over texts whose words, starts and numbers of words are written, from ``sketch_bytes``.

    Args:
        bands: Postings of the LSH bands.
        samples: Postings of the sampled shingles.
        texts: All texts.
        packed: uint32: packed words.
        first: The row of the first one; the others follow.
        sketches: uint8 (n, bytes): what each is indexed by.
        limits: Bounds.
        begun: How many are done.
        done: Keys and samples of the next one that are done.

    Returns:
        How many are done, and keys and samples of the next one; fewer than all where there is too little room.
    """
    size = bands.state[SPACES]
    keys = np.empty(size, np.uint32)
    for i in range(begun, len(sketches)):
        t = first + i
        data = sketches[i]
        for k in range(size):
            keys[k] = np.uint32(read_number(data, 4 * k, 4))
        at = 4 * size
        texts.order[t, 0], texts.order[t, 1] = read_number(data, at, 8), read_number(data, at + 8, 8)
        texts.digest[t] = read_number(data, at + 16, 8)
        texts.shingles[t] = np.int32(read_number(data, at + 24, 4))
        texts.marks[t] = data[at + 28 :]
        texts.met[t], texts.articles[t] = 1, 0
        words = packed[texts.start[t] : texts.start[t] + texts.words[t]] & ~FLAGS
        sample, _ = sample_words(words, 0, words.size, limits)
        done = index_both(bands, samples, texts, t, keys, sample, done)
        if done < keys.size + sample.size:
            return i, done
        done = 0
    return len(sketches), 0


@njit(nogil=True, cache=True)
def load_articles(runs, ids_table, ids, articles, texts, first, stop, keys, unknown):
    """Take over articles whose columns are written.

    Args:
        runs: The articles of each text.
        ids_table: The articles of each id's hash.
        ids: uint8: the articles' ids.
        articles: All articles.
        texts: All texts.
        first: The first row.
        stop: The row after the last one.
        keys: uint32: the ids' hashes.
        unknown: What stands for no date.

    Returns:
        The first row that a table lacks room for.
    """
    for x in range(first, stop):
        if not enlist(runs, ids_table, ids, articles, texts, x, keys[x - first], unknown):
            return x
    return stop


@njit(nogil=True, cache=True)
def id_precedes(ids, articles, x, y):
    """Whether an article's id comes before another's, byte by byte."""
    a, b = articles.id_start[x], articles.id_start[y]
    for i in range(min(articles.id_length[x], articles.id_length[y])):
        if ids[a + i] != ids[b + i]:
            return ids[a + i] < ids[b + i]
    return articles.id_length[x] < articles.id_length[y]


@njit(nogil=True, cache=True)
def id_order(ids, articles, rows):
    """The place of each article when some are sorted by id: int64 (merge sort)."""
    order = np.arange(rows.size)
    merged = np.empty(rows.size, np.int64)
    width = 1
    while width < rows.size:
        for low in range(0, rows.size, 2 * width):
            i, middle = low, min(low + width, rows.size)
            j, high = middle, min(low + 2 * width, rows.size)
            for k in range(low, high):
                if i < middle and (j >= high or not id_precedes(ids, articles, rows[order[j]], rows[order[i]])):
                    merged[k] = order[i]
                    i += 1
                else:
                    merged[k] = order[j]
                    j += 1
        order, merged = merged, order
        width *= 2
    place = np.empty(rows.size, np.int64)
    place[order] = np.arange(rows.size)
    return place


@njit(nogil=True, cache=True)
def sample_words(words, first, stop, limits):
    """The sampled shingles of a text.

    Args:
        words: uint32: word hashes.
        first: The text's first word.
        stop: The word after its last one.
        limits: Bounds.

    Returns:
        uint32: sampled hashes, distinct, in text order; uint32: the words they begin at.
    """
    mixed = np.empty(stop - first + LANES, np.uint32)
    n = mixed_shingles(words, first, stop, limits.width, mixed)
    size = 64
    while size < 2 * n:
        size *= 2
    hashes, places = np.empty(n + 1, np.uint32), np.empty(n + 1, np.uint32)
    taken = sample_shingles(mixed, n, limits.bound, hashes, places, 0, np.empty(size, np.int64))
    return hashes[:taken], places[:taken]


@njit(nogil=True, cache=True)
def sketch_words(packed, first, stop, limits, a, b, rows):
    """What a text is indexed by, from its words.

    Args:
        packed: uint32: packed words.
        first: The text's first word.
        stop: The word after its last one.
        limits: Bounds.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        rows: Rows a band.

    Returns:
        uint32: sampled hashes, distinct, in text order; uint32: the bands' keys; uint32: the signature.
    """
    words = packed[first:stop] & ~FLAGS
    signatures = np.empty((1, a.size), np.uint32)
    sample, places = np.empty(words.size + 1, np.uint32), np.empty(words.size + 1, np.uint32)
    span, start = np.array([0, words.size]), np.empty(2, np.int64)
    taken = sketch_texts(words, span, limits.width, a, b, limits.bound, signatures, sample, places, start)
    keys = np.empty(a.size // rows, np.uint32)
    band_keys(signatures[0], rows, keys)
    return sample[:taken], keys, signatures[0]


@njit(nogil=True, cache=True)
def recurs_in(known, run, outlets):
    """Whether a sampled hash is furniture of one of the outlets that ran a text.

    Args:
        known: int32: what is known of the hash (``learn``).
        run: int32: the text's articles.
        outlets: int32: each article's outlet, -1 for none.
    """
    if known.size and known[0] == 0:
        return True
    for x in run:
        if outlets[x] >= 0:
            for member in known:
                if member == outlets[x] + 1:
                    return True
    return False


@njit(nogil=True, cache=True)
def recurring_in(furniture, hashes, run, outlets):
    """Which sampled hashes of a text are furniture of one of the outlets that ran it: uint8, one a hash.

    Args:
        furniture: What is known (``learn``).
        hashes: uint32: the text's sampled hashes.
        run: int32: its articles.
        outlets: int32: each article's outlet, -1 for none.
    """
    single = np.empty(1, np.int32)
    recurring = np.zeros(hashes.size, np.uint8)
    if furniture.state[KEYS]:
        for h in range(hashes.size):
            place = find(furniture, 0, hashes[h])
            if place != NOWHERE:
                recurring[h] = recurs_in(members_of(furniture, place, single), run, outlets)
    return recurring


@njit(nogil=True, cache=True)
def unpack_text(packed, furniture, runs, texts, outlets, t, limits, words, flags, at):
    """Write a text's words and flags, furniture as it is known included, from place ``at`` on.

    Args:
        packed: uint32: packed words.
        furniture: What is known of it.
        runs: The articles of each text.
        texts: All texts.
        outlets: int32: each article's outlet, -1 for none.
        t: The text.
        limits: Bounds.
        words: uint32, written.
        flags: uint8, written.
        at: Where to begin.

    Returns:
        The place after the last one.
    """
    first, size = texts.start[t], texts.words[t]
    for i in range(size):
        words[at + i] = packed[first + i] & ~FLAGS
    for i in range(size):
        flags[at + i] = packed[first + i] & FLAGS
    if furniture.state[KEYS]:
        single = np.empty(1, np.int32)
        hashes, places = sample_words(words, at, at + size, limits)
        recurring = recurring_in(furniture, hashes, run_of(runs, t, single), outlets)
        if recurring.any():
            span = np.array([at, at + size])
            flag_furniture(
                recurring, places, np.array([0, places.size]), np.zeros(1, np.int64), span, limits.width, limits.reach,
                flags,
            )  # fmt: skip
    return at + size


@njit(nogil=True, cache=True)
def copy_words(packed, furniture, runs, texts, outlets, rows, limits, words, flags, start):
    """Write the words and flags of some texts side by side; ``start`` has a place more than there are texts."""
    start[0] = 0
    for i in range(rows.size):
        start[i + 1] = unpack_text(packed, furniture, runs, texts, outlets, rows[i], limits, words, flags, start[i])


@njit(nogil=True, cache=True)
def list_articles(runs, texts, rows, articles, start):
    """Write the articles of some texts, each text's in its order; ``start`` has a place more than texts."""
    single = np.empty(1, np.int32)
    n = 0
    for i in range(rows.size):
        start[i] = n
        size = texts.articles[rows[i]]
        articles[n : n + size] = run_of(runs, rows[i], single)
        n += size
    start[rows.size] = n


@njit(nogil=True, cache=True)
def article_precedes(ids, articles, x, y, unknown):
    """Whether an article comes before another of its text: by date, undated ones last, then by id."""
    p, q = articles.published[x], articles.published[y]
    if p != q:
        return q == unknown or (p != unknown and p < q)
    return id_precedes(ids, articles, x, y)


@njit(nogil=True, cache=True)
def rank_in_run(run, ids, articles, x, unknown):
    """Articles of a run that come before an article."""
    low, high = 0, run.size
    while low < high:
        middle = (low + high) // 2
        if article_precedes(ids, articles, run[middle], x, unknown):
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def write_article(articles, ids, x, t, name, outlet, published, title, content, number, article_id):
    """Write the columns of an article whose ``id_start`` is written; it has no edges and no story yet."""
    articles.text[x], articles.name[x], articles.outlet[x] = t, name, outlet
    articles.published[x], articles.title[x], articles.content[x] = published, title, content
    articles.number[x], articles.id_length[x] = number, article_id.size
    articles.story[x], articles.anchor[x], articles.edge[x] = 0, x, NOWHERE
    first = articles.id_start[x]
    for i in range(article_id.size):
        ids[first + i] = article_id[i]


@njit(nogil=True, cache=True)
def enlist(runs, ids_table, ids, articles, texts, x, key, unknown):
    """Put an article whose columns are written into the run of its text and the table of ids.

    Returns:
        Whether there was room; else nothing is done.
    """
    t = articles.text[x]
    single = np.empty(1, np.int32)
    place = find(ids_table, 0, key)
    if lacks_buckets(ids_table) if place == NOWHERE else lacks_room(ids_table, place):
        return False
    rank = 0
    place = find(runs, 0, np.uint32(t))
    if lacks_buckets(runs) if place == NOWHERE else lacks_room(runs, place):
        return False
    if place != NOWHERE:
        rank = rank_in_run(members_of(runs, place, single), ids, articles, x, unknown)
    insert(runs, 0, np.uint32(t), x, rank)
    insert(ids_table, 0, key, x, 0)
    texts.articles[t] += 1
    return True


@njit(nogil=True, cache=True)
def survivors(packed, texts, t, partners, least, width, shingles, n, slots):
    """The candidates that may be the same story as a text: enough of the shorter text stands in the other.

    Whatever clause of the rule it is that joins, ``covered_share`` or ``quoted_share`` of the words of the text with
    fewer words are covered by shared shingles; that is counted here by a filter of bits, which may count too much.

    Args:
        packed: uint32: packed words.
        texts: All texts.
        t: The text.
        partners: int32: its candidates.
        least: Least share of the shorter text that is covered, 0–1.
        width: Words a shingle.
        shingles: uint32: the text's shingle hashes.
        n: Their number.
        slots: Bits of the filter less one, a power of two less one.

    Returns:
        int32: candidates.
    """
    own = np.zeros((slots + 1) // 64, np.uint64)
    other = np.zeros((slots + 1) // 64, np.uint64)
    for i in range(n):
        bit = np.int64(mix32(shingles[i])) & slots
        own[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
    kept = np.empty(partners.size, np.int32)
    count = 0
    longest = 1
    for s in partners:
        longest = max(longest, texts.words[s])
    hashes = np.empty(longest, np.uint32)
    for s in partners:
        words = packed[texts.start[s] : texts.start[s] + texts.words[s]] & ~FLAGS
        m = shingle_hashes(words, 0, words.size, width, hashes)
        covered, end = 0, 0
        if words.size <= texts.words[t]:
            for i in range(m):
                bit = np.int64(mix32(hashes[i])) & slots
                if own[bit >> 6] >> np.uint64(bit & 63) & np.uint64(1):
                    covered += min(i + width, words.size) - max(i, end)
                    end = min(i + width, words.size)
        if words.size >= texts.words[t] and covered < least * words.size:
            other[:] = 0
            for i in range(m):
                bit = np.int64(mix32(hashes[i])) & slots
                other[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
            covered, end = 0, 0
            for i in range(n):
                bit = np.int64(mix32(shingles[i])) & slots
                if other[bit >> 6] >> np.uint64(bit & 63) & np.uint64(1):
                    covered += min(i + width, texts.words[t]) - max(i, end)
                    end = min(i + width, texts.words[t])
        if covered >= least * min(words.size, texts.words[t]):
            kept[count] = s
            count += 1
    kept = kept[:count].copy()
    # those that the text is left of come first: its shingles are then indexed once
    at = 0
    for k in range(count):
        s = kept[k]
        if comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s]):
            kept[k] = kept[at]
            kept[at] = s
            at += 1
    return kept


@njit(nogil=True, cache=True)
def is_near(published, run, place, when, unknown, reach):
    """Whether the article at a place of a run is one of the ``reach`` nearest in time to a moment."""
    low, high = nearest_span(published, run, 0, run.size, when, unknown, reach)
    return low <= place < high


@njit(nogil=True, cache=True)
def pairs_of(runs, texts, articles, t, low, high, others, limits):
    """The pairs of articles that a stretch of a text's articles is verified in, as ``graph.article_pairs`` has them.

    Args:
        runs: The articles of each text.
        texts: All texts.
        articles: All articles.
        t: The text.
        low: The first place of the stretch in the text's articles.
        high: The place after its last one.
        others: int32: the texts that it may match.
        limits: Bounds.

    Returns:
        int64 (p): places in ``others``, their number for a pair within the text; int64 (p): the left article;
        int64 (p): the right one. The left text comes first in canonical order; within a text, the earlier article.
    """
    source = np.empty(64, np.int64)
    left = np.empty(64, np.int64)
    right = np.empty(64, np.int64)
    count = 0
    single, alone = np.empty(1, np.int32), np.empty(1, np.int32)
    own = run_of(runs, t, single)
    reach, unknown, published = limits.nearest, limits.unknown, articles.published
    for i in range(low, high):
        for j in range(max(0, i - reach), min(own.size, i + reach + 1)):
            if j > i or j < low:
                source, left, right = grown(source, count + 1), grown(left, count + 1), grown(right, count + 1)
                source[count], left[count], right[count] = others.size, own[min(i, j)], own[max(i, j)]
                count += 1
    for k in range(others.size):
        s = others[k]
        run = run_of(runs, s, alone)
        first = comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s])
        for i in range(low, high):
            x = own[i]
            a, b = nearest_span(published, run, 0, run.size, published[x], unknown, reach)
            for j in range(run.size):
                if a <= j < b or is_near(published, own, i, published[run[j]], unknown, reach):
                    source, left, right = grown(source, count + 1), grown(left, count + 1), grown(right, count + 1)
                    source[count] = k
                    left[count], right[count] = (x, run[j]) if first else (run[j], x)
                    count += 1
    return source[:count], left[:count], right[:count]


@njit(nogil=True, cache=True)
def compare_with(packed, furniture, runs, texts, outlets, t, others, limits):
    """The evidence about a text and some others, and about it and itself.

    Returns:
        int32 (others, EVIDENCE): the text that comes first in canonical order is the left one; one row more, about
        the text and itself, where several articles have it.
    """
    every = np.empty(others.size + 1, np.int32)
    every[0], every[1:] = t, others
    size = 0
    for s in every:
        size += texts.words[s]
    words, flags = np.empty(size, np.uint32), np.empty(size, np.uint8)
    start = np.empty(every.size + 1, np.int64)
    copy_words(packed, furniture, runs, texts, outlets, every, limits, words, flags, start)
    left = np.zeros(others.size + 1, np.int64)
    right = np.zeros(others.size + 1, np.int64)
    for k in range(others.size):
        s = others[k]
        if comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s]):
            right[k] = k + 1
        else:
            left[k] = k + 1
    rows = others.size + (texts.articles[t] > 1)
    left, right = left[:rows], right[:rows]
    evidence = np.empty((rows, ev.EVIDENCE), np.int32)
    ev.compare_pairs(words, flags, start, left, right, limits.width, limits.run, limits.gap, evidence)
    return evidence


@njit(nogil=True, cache=True)
def are_same(evidence, texts, articles, x, y, unknown, numbers):
    """Whether two articles are one story by the rule, given the evidence about their texts, x's being the left one."""
    same_outlet = is_one_outlet(articles.outlet[x], articles.outlet[y])
    apart = time_apart(articles.published[x], articles.published[y], unknown)
    left, right = texts.words[articles.text[x]], texts.words[articles.text[y]]
    return decide(evidence, left, right, same_outlet, apart, numbers)[1] == SAME


@njit(nogil=True, cache=True)
def copies_match(packed, furniture, runs, texts, articles, x, y, limits, numbers):
    """Whether two articles of one text are one story."""
    t, none = articles.text[x], np.empty(0, np.int32)
    evidence = compare_with(packed, furniture, runs, texts, articles.outlet, t, none, limits)
    return are_same(evidence[0], texts, articles, x, y, limits.unknown, numbers)


@njit(nogil=True, cache=True)
def keep_evidence(evidence, kept):
    """Write the KEPT columns of some evidence."""
    for c in range(KEPT.size):
        kept[c] = evidence[KEPT[c]]


@njit(nogil=True, cache=True)
def relink(
    bands, samples, furniture, runs, texts, articles, edges, packed, t, low, high, sample, keys, limits, numbers, shared
):  # fmt: skip
    """What becomes of the edges of a stretch of a text's articles.

    Args:
        bands: Postings of the LSH bands.
        samples: Postings of the sampled shingles.
        furniture: What is known of it.
        runs: The articles of each text.
        texts: All texts.
        articles: All articles.
        edges: All edges.
        packed: uint32: packed words.
        t: The text.
        low: The first place of the stretch in the text's articles.
        high: The place after its last one.
        sample: uint32: the text's sampled hashes.
        keys: uint32: its bands' keys.
        limits: Bounds.
        numbers: The rule's numbers.
        shared: int32, a place a text, all 0: room to work in, left all 0.

    Returns:
        int64: edges that are no more, or have other evidence; int32 (p, 2): the ends of edges to put; int32 (p, KEPT):
        their evidence; uint8 (p): the relation of the left end to the right one; whether one of the text's buckets is
        overfull.
    """
    crowded = True
    size = texts.words[t]
    single = np.empty(1, np.int32)
    others = np.empty(0, np.int32)
    own = run_of(runs, t, single)
    if size >= numbers.min_words:
        others, crowded = propose_for(bands, samples, texts, t, sample, keys, limits, shared)
        others = others[texts.words[others] >= numbers.min_words]
        if others.size:
            shingles = np.empty(size, np.uint32)
            words = packed[texts.start[t] : texts.start[t] + size] & ~FLAGS
            n = shingle_hashes(words, 0, size, limits.width, shingles)
            least = min(numbers.covered_share, numbers.quoted_share)
            bits = 1024
            while bits < 16 * size:
                bits *= 2
            others = survivors(packed, texts, t, others, least, limits.width, shingles, n, bits - 1)
    texts.met[t] = others.size > 0 or own.size > 1
    for s in others:
        texts.met[s] = 1
    old = edges_of(edges, articles.edge, own[low:high])
    if old.size == 0 and others.size == 0 and own.size == 1:
        return old, np.empty((0, 2), np.int32), np.empty((0, KEPT.size), np.int32), np.empty(0, np.uint8), crowded
    evidence = compare_with(packed, furniture, runs, texts, articles.outlet, t, others, limits)
    source, left, right = pairs_of(runs, texts, articles, t, low, high, others, limits)
    relation = np.empty(left.size, np.uint8)
    count = 0
    for p in range(left.size):
        x, y = left[p], right[p]
        e = evidence[source[p]]
        if are_same(e, texts, articles, x, y, limits.unknown, numbers):
            s, r = articles.text[x], articles.text[y]
            same_outlet = is_one_outlet(articles.outlet[x], articles.outlet[y])
            relation[count] = relate(
                e, texts.words[s], texts.words[r], same_outlet, texts.shingles[s], texts.shingles[r], numbers
            )
            source[count], left[count], right[count] = source[p], x, y
            count += 1
    # both lists in order of ends: what stands in one only, or with other evidence in both, has changed
    found = left[:count] << 32 | right[:count]
    known = np.empty(old.size, np.int64)
    for k in range(old.size):
        known[k] = np.int64(edges.ends[old[k], 0]) << 32 | np.int64(edges.ends[old[k], 1])
    by_found, by_known = np.argsort(found), np.argsort(known)
    stale = np.empty(old.size, np.int64)
    ends = np.empty((count, 2), np.int32)
    kept = np.empty((count, KEPT.size), np.int32)
    told = np.empty(count, np.uint8)
    fresh, gone, k = 0, 0, 0
    row = np.empty(KEPT.size, np.int32)
    for i in range(count):
        p = by_found[i]
        while k < known.size and known[by_known[k]] < found[p]:
            stale[gone] = old[by_known[k]]
            gone += 1
            k += 1
        keep_evidence(evidence[source[p]], row)
        if k < known.size and known[by_known[k]] == found[p]:
            e = old[by_known[k]]
            k += 1
            if edges.relation[e] == relation[p] and (edges.evidence[e] == row).all():
                continue
            stale[gone] = e
            gone += 1
        ends[fresh, 0], ends[fresh, 1] = left[p], right[p]
        kept[fresh] = row
        told[fresh] = relation[p]
        fresh += 1
    while k < known.size:
        stale[gone] = old[by_known[k]]
        gone += 1
        k += 1
    return stale[:gone], ends[:fresh], kept[:fresh], told[:fresh], crowded


@njit(nogil=True, cache=True)
def put_edges(edges, heads, rows, ends, evidence, relation):
    """Put edges into the rows named, before the others of both ends."""
    for k in range(rows.size):
        e = rows[k]
        edges.evidence[e] = evidence[k]
        edges.relation[e] = relation[k]
        put_edge(edges, heads, e, ends[k, 0], ends[k, 1])


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
def reached(edges, heads, seeds, visited, most):
    """The articles that edges lead to from some articles, those included.

    Args:
        edges: All edges.
        heads: int32: each article's first edge.
        seeds: int64: where to begin.
        visited: uint8, a place an article, all 0: room to work in, left all 0.
        most: No more articles than so many and one are looked for.
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
def whole_anchor(packed, furniture, runs, texts, articles, edges, ids, rows, limits, numbers):
    """The anchor of a component that is one story as a whole, as ``grouping`` finds it.

    It is the article that ``grouping.anchor_rank`` puts first, where the component is a clique; or where no text may be
    a digest and each article matches it: by an edge, or as a copy of the same text.

    Args:
        packed: uint32: packed words.
        furniture: What is known of it.
        runs: The articles of each text.
        texts: All texts.
        articles: All articles.
        edges: All edges.
        ids: uint8: the articles' ids.
        rows: int64: the component.
        limits: Bounds.
        numbers: The rule's numbers.

    Returns:
        The anchor; NOWHERE where the component isn't, or can't be told here to be, one story.
    """
    best = np.int64(NOWHERE)
    most, longest = np.int64(0), np.int64(0)
    clique, digests = True, False
    for x in rows:
        total, degree, parts = np.int64(0), 0, 0
        words = np.int64(texts.words[articles.text[x]])
        e = articles.edge[x]
        while e != NOWHERE:
            side = 0 if edges.ends[e, 0] == x else 1
            total += min(edges.evidence[e, 1], edges.evidence[e, 2])
            other = texts.words[articles.text[edges.ends[e, 1 - side]]]
            if edges.evidence[e, 2 - side] >= numbers.whole_share * other:
                parts += edges.evidence[e, 1 + side] < numbers.whole_share * words
            degree += 1
            e = edges.following[e, side]
        clique &= degree == rows.size - 1
        digests |= parts > 1
        better = best == NOWHERE or total > most
        if not better and total == most:
            better = words > longest
            if words == longest:
                better = article_precedes(ids, articles, x, best, limits.unknown)
        if better:
            best, most, longest = x, total, words
    if clique or digests:
        return best if clique else np.int64(NOWHERE)
    t = articles.text[best]
    evidence = np.empty((0, ev.EVIDENCE), np.int32)
    for x in rows:
        if x == best or edge_between(edges, articles.edge, x, best) != NOWHERE:
            continue
        if articles.text[x] != t:
            return np.int64(NOWHERE)
        if not len(evidence):
            none = np.empty(0, np.int32)
            evidence = compare_with(packed, furniture, runs, texts, articles.outlet, t, none, limits)
        if not are_same(evidence[0], texts, articles, x, best, limits.unknown, numbers):
            return np.int64(NOWHERE)
    return best


@njit(nogil=True, cache=True)
def learn(samples, furniture, hashes, runs, texts, articles, outlets, numbers, changed, shared):
    """Learn of some sampled hashes for which outlets they are furniture now, and keep it where that has changed.

    In ``furniture`` a hash's members are outlet + 1, ascending, or 0 alone where it recurs at large. There must be room
    for MOST_RUNS members.

    Args:
        samples: Postings of the sampled shingles.
        furniture: What is known, written.
        hashes: uint32: which hashes.
        runs: The articles of each text.
        texts: All texts.
        articles: All articles.
        outlets: Number of outlets.
        numbers: From ``occasions`` to ``jaccard_at_large``, as ``kernels.recurrence.outlets_running`` takes them.
        changed: uint8, one a hash, written: whether something has changed.
        shared: int32, a place a text, all 0: room to work in, left all 0.

    Returns:
        Number of hashes done: fewer than there are where ``furniture`` must get more room first; int32: the texts for
        which one of them is furniture now and wasn't, or the other way round.
    """
    due = np.empty(64, np.int32)
    n_due = 0
    seen = np.empty((outlets, numbers[0]), np.int64)
    counts = np.zeros(outlets, np.int64)
    found = np.empty(MOST_RUNS, np.int32)
    ran = np.empty(MOST_RUNS, np.int64)
    single, one = np.empty(1, np.int32), np.empty(1, np.int32)
    done = 0
    for h in range(hashes.size):
        if furniture.state[BLOCKS] + 2 * MOST_RUNS + 64 > furniture.blocks.size:
            break
        done = h + 1
        size = 0
        place = find(samples, 0, hashes[h])
        if place != NOWHERE:
            for t in members_of(samples, place, single):
                for x in run_of(runs, t, one):
                    if size < MOST_RUNS:
                        ran[size] = x
                        size += 1
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
            place = find(samples, 0, hashes[h])
            if place == NOWHERE:
                continue
            for t in members_of(samples, place, single):
                run = run_of(runs, t, one)
                if (
                    texts.met[t]
                    and shared[t] == 0
                    and recurs_in(known, run, articles.outlet) != recurs_in(now, run, articles.outlet)
                ):
                    shared[t] = 1
                    due = grown(due, n_due + 1)
                    due[n_due] = t
                    n_due += 1
    for k in range(n_due):
        shared[due[k]] = 0
    return done, due[:n_due]
