"""Texts that come and go, in the postings of their keys."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.buckets import band_keys, order_key
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import (
    NOWHERE,
    ONE_SPACE,
    SPACED,
    TOGETHER,
    begin,
    erase,
    fetch_keys,
    find,
    first_at,
    insert_at,
    lacks_buckets,
    lacks_room,
    nth_at,
    size_at,
)
from storycluster.kernels.live.reaches import write_reach


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
def index_text(postings, texts, t, keys, spaced, first, limits, reaches):
    """Put a text into the postings of its keys, and tell whom it is paired with there.

    Args:
        postings: Bands or samples.
        texts: All texts.
        t: The text.
        keys: Its keys there.
        spaced: Whether each key has a space of its own.
        first: The first key that it isn't in yet.
        limits: Bounds.
        reaches: int64, one row a key, written (``reaches``).

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
            write_reach(reaches, k, np.int64(0), np.int64(0), np.int64(0), limits)
            continue
        if lacks_room(postings, place):
            return k
        rank = rank_at(postings, place, texts, order0, order1, digest)
        insert_at(postings, place, t, rank)
        write_reach(reaches, k, first_at(postings, place), size_at(postings, place), rank, limits)
    return keys.size


@leaf
def unindex_text(postings, t, keys, spaced):
    """Take a text out of the postings of its keys."""
    for k in range(keys.size):
        erase(postings, k if spaced else 0, keys[k], t)


@leaf
def index_both(bands, samples, texts, t, keys, sample, done, limits, reaches):
    """Put a text into the postings of its bands and samples, from the place ``done`` of both lists on.

    Args:
        bands: Postings of the bands.
        samples: Those of the samples.
        texts: All texts.
        t: The text.
        keys: Its bands' keys.
        sample: Its sampled hashes.
        done: See there.
        limits: Bounds.
        reaches: int64, one row a sample and then a band, written (``reaches``).

    Returns:
        The place of the first one for which there may be too little room; that of the end when all is done.
    """
    if done == 0:
        texts.samples[t] = sample.size
    if done < keys.size:
        done = index_text(bands, texts, t, keys, SPACED, done, limits, reaches[sample.size :])
        if done < keys.size:
            return done
    return keys.size + index_text(samples, texts, t, sample, TOGETHER, done - keys.size, limits, reaches)
