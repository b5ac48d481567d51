"""Texts and articles that come and go: their columns, their postings, and the candidates of one text.

What is proposed here is what ``kernels.buckets`` proposes for the same texts at once: all pairs of a bucket of up to
``limit`` texts, in a larger one each text with the ``neighbors`` next to it on either side in canonical order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.experimental import structref

from storycluster.kernels.buckets import band_keys, order_key
from storycluster.kernels.leaves import leaf
from storycluster.kernels.postings import (
    BLOCK,
    HEAD,
    NOWHERE,
    begin,
    erase,
    fetch_keys,
    find,
    insert,
    insert_at,
    lacks_block,
    lacks_buckets,
    lacks_room,
    members_of,
    value_at,
)


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
        edges: int32 (n): ends of edges at its articles.
        flagged: uint8 (n): whether its words' FURNITURE flags are those of what is known now; else they are set when
            they are read next.
        drift: int32 (n): words whose FURNITURE flag has changed, each time counted, since it was linked anew last.
        slack: int32 (n): so much drift is the least that may change a verdict on it; that of the other text counts
            apart.
        only: int32 (n): its article, where it has but one; where it has several, these stand in a posting.
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
    edges: Any
    flagged: Any
    drift: Any
    slack: Any
    only: Any
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


@structref.register
class LiveSetType(types.StructRef):
    """The type of a ``LiveSet`` in compiled code."""


class LiveSet(structref.StructRefProxy):
    """All columns as one argument: a kernel is called as quickly with it as with a number.

    It holds where the arrays are: one that has been given more room needs a new set.

    Args:
        bands: Postings of the LSH bands, a space each.
        samples: Postings of the sampled shingles.
        furniture: What is known of it, by sampled shingle.
        runs: The articles of each text that has several.
        ids: The articles of each id's hash.
        words: uint32: packed words.
        id_bytes: uint8: the articles' ids.
        texts: All texts.
        articles: All articles.
        edges: All edges.
        shared: int32, a place a text, all 0: room to work in, left all 0.
        visited: uint8, a place an article, all 0: room to work in, left all 0.
        limits: Bounds.
        numbers: The rule's numbers.
    """


structref.define_proxy(  # type: ignore[no-untyped-call]  # numba has no types
    LiveSet, LiveSetType,
    [
        "bands", "samples", "furniture", "runs", "ids", "words", "id_bytes", "texts", "articles", "edges", "shared",
        "visited", "limits", "numbers",
    ],
)  # fmt: skip


@leaf
def comes_before(texts, t, order0, order1, digest):
    """Whether a text comes before a place in canonical order."""
    if texts.order[t, 0] != order0:
        return texts.order[t, 0] < order0
    if texts.order[t, 1] != order1:
        return texts.order[t, 1] < order1
    return texts.digest[t] < digest


@leaf
def rank_in(members, texts, order0, order1, digest):
    """Texts of a posting that come before a place in canonical order."""
    return rank_within(members, 0, members.size, texts, order0, order1, digest)


@leaf
def rank_within(members, first, size, texts, order0, order1, digest):
    """Of ``size`` texts from the place ``first`` on, those that come before a place in canonical order."""
    low, high = first, first + size
    while low < high:
        middle = (low + high) // 2
        if comes_before(texts, members[middle], order0, order1, digest):
            low = middle + 1
        else:
            high = middle
    return low - first


@leaf
def rank_at(postings, place, texts, order0, order1, digest):
    """Texts of the posting in a slot that come before a place in canonical order."""
    value = value_at(postings, place)
    if value < BLOCK:
        return np.int64(comes_before(texts, np.int64(value), order0, order1, digest))
    block = np.int64(value & ~BLOCK)
    return rank_within(postings.blocks, block + HEAD, np.int64(postings.blocks[block]), texts, order0, order1, digest)


@njit(nogil=True, cache=True)
def find_text(live, key, order0, order1, digest):
    """The text with this digest, given its first band's key; NOWHERE if there is none."""
    bands, texts = live.bands, live.texts
    single = np.empty(1, np.int32)
    place = find(bands, 0, key)
    if place == NOWHERE:
        return np.int64(NOWHERE)
    members = members_of(bands, place, single)
    rank = rank_in(members, texts, order0, order1, digest)
    if rank < members.size and texts.digest[members[rank]] == digest:
        return np.int64(members[rank])
    return np.int64(NOWHERE)


@leaf
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
    order0, order1, digest = texts.order[t, 0], texts.order[t, 1], texts.digest[t]
    fetch_keys(postings, keys, spaced)
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
        insert_at(postings, place, t, rank_at(postings, place, texts, order0, order1, digest))
    return keys.size


@leaf
def unindex_text(postings, t, keys, spaced):
    """Take a text out of the postings of its keys."""
    for k in range(keys.size):
        erase(postings, k if spaced else 0, keys[k], t)


@leaf
def reach_of(size, rank, limit, neighbors):
    """The places of a bucket that the member at ``rank`` is paired with: first and the one after the last."""
    if size <= limit:
        return 0, size
    return max(0, rank - neighbors), min(size, rank + neighbors + 1)


@leaf
def find_reaches(postings, texts, t, keys, spaced, limits, first, stop):
    """Where, in ``blocks``, those texts stand that an indexed text is paired with in the postings of its keys.

    Args:
        postings: Bands or samples.
        texts: All texts.
        t: The text; it is among those found.
        keys: Its keys there.
        spaced: Whether each key has a space of its own.
        limits: Bounds.
        first: int64, one a key, written: the first place.
        stop: int64, one a key, written: the place after the last one.

    Returns:
        How many there are in all; whether a posting is overfull.
    """
    total, crowded = 0, False
    for k in range(keys.size):
        value = value_at(postings, find(postings, k if spaced else 0, keys[k]))
        first[k] = stop[k] = 0
        if value < BLOCK:  # the text itself
            continue
        block = np.int64(value & ~BLOCK)
        size, rank = np.int64(postings.blocks[block]), np.int64(0)
        if size > limits.bucket:
            crowded = True
            order0, order1, digest = texts.order[t, 0], texts.order[t, 1], texts.digest[t]
            rank = rank_within(postings.blocks, block + HEAD, size, texts, order0, order1, digest)
        low, high = reach_of(size, rank, limits.bucket, limits.neighbors)
        first[k], stop[k] = block + HEAD + low, block + HEAD + high
        total += high - low
    return total, crowded


@leaf
def count_sharing(members, first, stop, t, shared, touched):
    """Count in how many stretches each text but one stands.

    Args:
        members: int32: texts.
        first: int64: the first place of each stretch.
        stop: int64: the place after its last one.
        t: The text that isn't counted.
        shared: int32, a place a text, all 0; written: the counts.
        touched: int32, written: the texts counted.

    Returns:
        How many texts are counted.
    """
    seen = 0
    for k in range(first.size):
        for i in range(first[k], stop[k]):
            s = members[i]
            if s != t:
                if shared[s] == 0:
                    touched[seen] = s
                    seen += 1
                shared[s] += 1
    return seen


@leaf
def keep_sharing(texts, size, shared, touched, limits):
    """Keep those texts, in front, that share enough of a text's ``size`` samples; their number. Their count is -1."""
    n = 0
    for i in range(touched.size):
        s = touched[i]
        smaller = min(size, np.int64(texts.samples[s]))
        if shared[s] >= min(limits.samples, smaller) and shared[s] >= limits.share * smaller:
            shared[s] = -1
            touched[n] = s
            n += 1
        else:
            shared[s] = 0
    return n


@leaf
def add_sharing(members, first, stop, t, shared, found, n):
    """Append the texts but one in some stretches (``count_sharing``) that aren't found yet; the number of all."""
    for k in range(first.size):
        for i in range(first[k], stop[k]):
            s = members[i]
            if s != t and shared[s] == 0:
                shared[s] = -1
                found[n] = s
                n += 1
    return n


@leaf
def reset(shared, found):
    """Write 0 for some texts."""
    for s in found:
        shared[s] = 0


@njit(nogil=True, cache=True)
def propose_for(live, t, sample, keys):
    """The candidates of one indexed text.

    Args:
        live: The live set.
        t: The text.
        sample: uint32: its sampled hashes.
        keys: uint32: the keys of its bands.

    Returns:
        int32: texts, each once, ascending, t not among them; whether one of its buckets is overfull.
    """
    bands, samples, texts = live.bands, live.samples, live.texts
    limits, shared = live.limits, live.shared
    n = sample.size
    first, stop = np.empty(n + keys.size, np.int64), np.empty(n + keys.size, np.int64)
    by_sample, full = find_reaches(samples, texts, t, sample, False, limits, first[:n], stop[:n])
    by_band, overfull = find_reaches(bands, texts, t, keys, True, limits, first[n:], stop[n:])
    found = np.empty(by_sample + by_band, np.int32)
    count = count_sharing(samples.blocks, first[:n], stop[:n], t, shared, found)
    count = keep_sharing(texts, n, shared, found[:count], limits)
    count = add_sharing(bands.blocks, first[n:], stop[n:], t, shared, found, count)
    found = found[:count].copy()
    reset(shared, found)
    found.sort()
    return found, full or overfull


@leaf
def run_start(runs, texts, t):
    """Where in ``blocks`` the articles of a text stand; NOWHERE where it has but one."""
    if texts.articles[t] == 1:
        return np.int64(NOWHERE)
    return np.int64(value_at(runs, find(runs, 0, np.uint32(t))) & ~BLOCK) + HEAD


@leaf
def nth_article(runs, texts, t, start, n):
    """The article of a text at a place of its order, given its ``run_start``."""
    return np.int64(texts.only[t] if start == NOWHERE else runs.blocks[start + n])


@njit(nogil=True, cache=True)
def run_of(runs, texts, t, single):
    """The articles of a text by date, undated ones last, then by id; ``single`` as in ``members_of``."""
    if texts.articles[t] == 1:
        single[0] = texts.only[t]
        return single[:1]
    return members_of(runs, find(runs, 0, np.uint32(t)), single)


@njit(nogil=True, cache=True)
def articles_of(live, t):
    """The articles of a text (``run_of``): int32, a copy."""
    return run_of(live.runs, live.texts, t, np.empty(1, np.int32)).copy()


@leaf
def index_keys(signature, rows, keys, order):
    """Write the keys of a signature's bands, and what its text is put in order by."""
    band_keys(signature, rows, keys)
    order_key(signature, order)


@leaf
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


@leaf
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


@leaf
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
def list_articles(runs, texts, rows, articles, start):
    """Write the articles of some texts, each text's in its order; ``start`` has a place more than texts."""
    single = np.empty(1, np.int32)
    n = 0
    for i in range(rows.size):
        start[i] = n
        size = texts.articles[rows[i]]
        articles[n : n + size] = run_of(runs, texts, rows[i], single)
        n += size
    start[rows.size] = n


@leaf
def article_precedes(ids, articles, x, y, unknown):
    """Whether an article comes before another of its text: by date, undated ones last, then by id."""
    p, q = articles.published[x], articles.published[y]
    if p != q:
        return q == unknown or (p != unknown and p < q)
    return id_precedes(ids, articles, x, y)


@leaf
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


@leaf
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
def admit(live, x, t, name, outlet, published, title, content, number, article_id, key, unknown):
    """Write the columns of an article whose ``id_start`` is written, and put it into the postings it belongs to.

    Returns:
        Whether there was room; else it is to be called again when there is.
    """
    write_article(live.articles, live.id_bytes, x, t, name, outlet, published, title, content, number, article_id)
    return enlist(live.runs, live.ids, live.id_bytes, live.articles, live.texts, x, key, unknown)


@leaf
def enlist(runs, ids_table, ids, articles, texts, x, key, unknown):
    """Put an article whose columns are written into the run of its text and the table of ids.

    Returns:
        Whether there was room; else nothing is done.
    """
    t = articles.text[x]
    place = find(ids_table, 0, key)
    if lacks_buckets(ids_table) if place == NOWHERE else lacks_room(ids_table, place):
        return False
    if texts.articles[t] == 0:
        texts.only[t] = x
    elif texts.articles[t] == 1:
        if lacks_buckets(runs) or lacks_block(runs, 2):
            return False
        only = texts.only[t]
        insert(runs, 0, np.uint32(t), only, 0)
        insert(runs, 0, np.uint32(t), x, 1 if article_precedes(ids, articles, only, x, unknown) else 0)
    else:
        place = find(runs, 0, np.uint32(t))
        if lacks_room(runs, place):
            return False
        block = np.int64(value_at(runs, place) & ~BLOCK)
        run = runs.blocks[block + HEAD : block + HEAD + runs.blocks[block]]
        insert_at(runs, place, x, rank_in_run(run, ids, articles, x, unknown))
    insert(ids_table, 0, key, x, 0)
    texts.articles[t] += 1
    texts.flagged[t] = 0
    return True


@leaf
def delist(runs, texts, articles, x):
    """Take an article out of the run of its text. There must be room as ``postings.erase`` says."""
    t = articles.text[x]
    if texts.articles[t] == 2:
        block = np.int64(value_at(runs, find(runs, 0, np.uint32(t))) & ~BLOCK)
        one, other = runs.blocks[block + HEAD], runs.blocks[block + HEAD + 1]
        texts.only[t] = one if other == x else other
        erase(runs, 0, np.uint32(t), x)
        erase(runs, 0, np.uint32(t), texts.only[t])
    elif texts.articles[t] > 2:
        erase(runs, 0, np.uint32(t), x)
    texts.articles[t] -= 1
    texts.flagged[t] = 0
