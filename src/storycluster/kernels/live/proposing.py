"""The candidates of one text: which others stand beside it in the postings of its keys.

What is proposed here is what ``kernels.buckets`` proposes for the same texts at once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import NOWHERE, SPACED, TOGETHER, fetch_keys, find, first_at, size_at
from storycluster.kernels.live.reaches import FIRST, STOP, write_reach
from storycluster.kernels.live.texts import rank_at


@leaf
def find_reaches(postings, texts, t, keys, spaced, limits, reaches):
    """Where, in ``blocks``, those texts stand that an indexed text is paired with in the postings of its keys.

    Args:
        postings: Bands or samples.
        texts: All texts.
        t: The text; it is among those found.
        keys: Its keys there.
        spaced: Whether each key has a space of its own.
        limits: Bounds.
        reaches: int64, one row a key, written (``reaches``).
    """
    fetch_keys(postings, keys, spaced)
    for k in range(keys.size):
        place = find(postings, k if spaced else 0, keys[k])
        begin = first_at(postings, place)
        size, rank = size_at(postings, place), np.int64(0)
        if begin == NOWHERE:  # the text itself
            begin = size = np.int64(0)
        if size > limits.bucket:
            rank = rank_at(postings, place, texts, texts.order[t, 0], texts.order[t, 1], texts.digest[t])
        write_reach(reaches, k, begin, size, rank, limits)


@leaf
def count_sharing(members, reaches, t, shared, touched):
    """Count in how many reaches each text but one stands.

    Args:
        members: int32: texts.
        reaches: int64: as ``find_reaches`` has them.
        t: The text that isn't counted.
        shared: int32, a place a text, all 0; written: the counts.
        touched: int64, written: the texts counted.

    Returns:
        How many texts are counted.
    """
    seen = 0
    for k in range(len(reaches)):
        for i in range(reaches[k, FIRST], reaches[k, STOP]):
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
def add_sharing(members, reaches, t, shared, found, n):
    """Append the texts but one in some reaches (``count_sharing``) that aren't found yet; the number of all."""
    for k in range(len(reaches)):
        for i in range(reaches[k, FIRST], reaches[k, STOP]):
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
def reaches_of(live, t, sample, keys):
    """The reaches (``find_reaches``) of an indexed text by these samples, and then by these bands' keys."""
    reaches = np.empty((sample.size + keys.size, 4), np.int64)
    find_reaches(live.samples, live.texts, t, sample, TOGETHER, live.limits, reaches[: sample.size])
    find_reaches(live.bands, live.texts, t, keys, SPACED, live.limits, reaches[sample.size :])
    return reaches


@njit(nogil=True, cache=True)
def propose_from(live, t, reaches, size):
    """The candidates of one indexed text.

    Args:
        live: The live set.
        t: The text.
        reaches: int64: as ``reaches_of`` has them.
        size: Sampled hashes of the text.

    Returns:
        int64: texts, each once, ascending, t not among them.
    """
    samples, bands, shared = live.samples.blocks, live.bands.blocks, live.shared
    by_sample, by_band = reaches[:size], reaches[size:]
    most = np.int64(0)
    for k in range(len(reaches)):
        most += reaches[k, STOP] - reaches[k, FIRST]
    found = np.empty(most, np.int64)
    count = count_sharing(samples, by_sample, t, shared, found)
    count = keep_sharing(live.texts, size, shared, found[:count], live.limits)
    count = add_sharing(bands, by_band, t, shared, found, count)
    found = found[:count].copy()
    reset(shared, found)
    found.sort()
    return found


@njit(nogil=True, cache=True)
def propose_for(live, t, sample, keys):
    """The candidates (``propose_from``) of an indexed text with these samples and bands' keys."""
    return propose_from(live, t, reaches_of(live, t, sample, keys), sample.size)
