"""The candidates of one text: which others stand beside it in the postings of its keys.

What is proposed here is what ``kernels.buckets`` proposes for the same texts at once: all pairs of a bucket of up to
``limit`` texts, in a larger one each text with the ``neighbors`` next to it on either side in canonical order.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.leaves import leaf
from storycluster.kernels.live import rank_at
from storycluster.kernels.postings import NOWHERE, SPACED, TOGETHER, fetch_keys, find, first_at, size_at


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
    fetch_keys(postings, keys, spaced)
    for k in range(keys.size):
        place = find(postings, k if spaced else 0, keys[k])
        begin = first_at(postings, place)
        first[k] = stop[k] = 0
        if begin == NOWHERE:  # the text itself
            continue
        size, rank = size_at(postings, place), np.int64(0)
        if size > limits.bucket:
            crowded = True
            rank = rank_at(postings, place, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        low, high = reach_of(size, rank, limits.bucket, limits.neighbors)
        first[k], stop[k] = begin + low, begin + high
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
        touched: int64, written: the texts counted.

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
        int64: texts, each once, ascending, t not among them; whether one of its buckets is overfull.
    """
    bands, samples, texts = live.bands, live.samples, live.texts
    limits, shared = live.limits, live.shared
    n = sample.size
    first, stop = np.empty(n + keys.size, np.int64), np.empty(n + keys.size, np.int64)
    by_sample, full = find_reaches(samples, texts, t, sample, TOGETHER, limits, first[:n], stop[:n])
    by_band, overfull = find_reaches(bands, texts, t, keys, SPACED, limits, first[n:], stop[n:])
    found = np.empty(by_sample + by_band, np.int64)
    count = count_sharing(samples.blocks, first[:n], stop[:n], t, shared, found)
    count = keep_sharing(texts, n, shared, found[:count], limits)
    count = add_sharing(bands.blocks, first[n:], stop[n:], t, shared, found, count)
    found = found[:count].copy()
    reset(shared, found)
    found.sort()
    return found, full or overfull
