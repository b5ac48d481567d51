"""Texts and articles that come and go: their columns, and texts in the postings of their keys."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.experimental import structref

from storycluster.kernels.buckets import band_keys, order_key
from storycluster.kernels.leaves import leaf
from storycluster.kernels.postings import (
    NOWHERE,
    ONE_SPACE,
    SPACED,
    TOGETHER,
    begin,
    erase,
    fetch_keys,
    find,
    insert_at,
    lacks_buckets,
    lacks_room,
    nth_at,
    size_at,
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
        opening: Words of a text's opening.
        told: Told share above which openings are looked at.
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
    opening: int
    told: float
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


@njit(nogil=True, cache=True)
def live_set(
    bands, samples, furniture, runs, ids, words, id_bytes, texts, articles, edges, shared, visited, limits, numbers
):
    """A ``LiveSet`` of these. Called in Python, the class itself would be compiled anew in every process."""
    return LiveSet(
        bands, samples, furniture, runs, ids, words, id_bytes, texts, articles, edges, shared, visited, limits, numbers
    )


@leaf
def comes_before(texts, t, order0, order1, digest):
    """Whether a text comes before a place in canonical order."""
    if texts.order[t, 0] != order0:
        return texts.order[t, 0] < order0
    if texts.order[t, 1] != order1:
        return texts.order[t, 1] < order1
    return texts.digest[t] < digest


@leaf
def rank_at(postings, place, texts, order0, order1, digest):
    """Texts of the posting in a slot that come before a place in canonical order."""
    low, high = np.int64(0), size_at(postings, place)
    while low < high:
        middle = (low + high) // 2
        if comes_before(texts, nth_at(postings, place, middle), order0, order1, digest):
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def find_text(live, signature, rows, digest, keys, order):
    """The text with a signature and a digest, NOWHERE if there is none.

    Args:
        live: The live set.
        signature: uint32: the signature.
        rows: Rows of a band.
        digest: The digest.
        keys: uint32, written: the keys of the signature's bands.
        order: uint64 (2), written: what comes first in canonical order.
    """
    bands, texts = live.bands, live.texts
    band_keys(signature, rows, keys)
    order_key(signature, order)
    place = find(bands, ONE_SPACE, keys[0])
    if place == NOWHERE:
        return np.int64(NOWHERE)
    rank = rank_at(bands, place, texts, order[0], order[1], digest)
    if rank < size_at(bands, place):
        t = nth_at(bands, place, rank)
        if texts.digest[t] == digest:
            return t
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
def index_both(bands, samples, texts, t, keys, sample, done):
    """Put a text into the postings of its bands and samples, from the place ``done`` of both lists on.

    Returns:
        The place of the first one for which there may be too little room; that of the end when all is done.
    """
    if done == 0:
        texts.samples[t] = sample.size
    if done < keys.size:
        done = index_text(bands, texts, t, keys, SPACED, done)
        if done < keys.size:
            return done
    return keys.size + index_text(samples, texts, t, sample, TOGETHER, done - keys.size)
