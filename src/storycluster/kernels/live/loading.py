"""Many texts taken over at once: into postings, a region of the table after the other.

One by one, a text's keys lie all over a table that is much larger than any cache. Here what many texts put into one
region is put in together (a radix partition; Shatdal, Kant and Naughton 1994, "Cache conscious algorithms for
relational query processing"), and in canonical order, so that each member's place is after those that are there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import NOWHERE, bucket_count, bucket_of, insert
from storycluster.kernels.live.words import HASH, sample_words
from storycluster.kernels.minhash import mix32

REGION = 8192
"""Buckets that lie in a cache together, of 64 bytes each."""


@leaf
def spread(source, sizes, starts, pool):
    """Copy stretches that lie side by side to places of their own.

    Args:
        source: The stretches.
        sizes: int64 (n): values of each.
        starts: int64 (n): where each goes.
        pool: What they go to.
    """
    at = 0
    for i in range(sizes.size):
        for k in range(sizes[i]):
            pool[starts[i] + k] = source[at + k]
        at += sizes[i]


@njit(nogil=True, cache=True)
def sample_texts(packed, texts, rows, limits, hashes, owners):
    """The sampled shingles of some texts side by side.

    Args:
        packed: uint32: packed words.
        texts: All texts; how many samples each has is written.
        rows: int64: which.
        limits: Bounds.
        hashes: uint32: written to: the samples; with room for as many as the texts have words.
        owners: int32: written to: the text of each.

    Returns:
        How many there are.
    """
    n = 0
    for i in range(rows.size):
        t = rows[i]
        words = packed[texts.start[t] : texts.start[t] + texts.words[t]] & HASH
        sample, _ = sample_words(words, np.int64(0), words.size, limits)
        texts.samples[t] = sample.size
        copy_values(sample, hashes[n:])
        owners[n : n + sample.size] = t
        n += sample.size
    return n


@njit(nogil=True, cache=True)
def by_region(p, spaces, keys, members):
    """Entries in the order of the regions that their keys lie in, and in one region as they were.

    Args:
        p: The postings.
        spaces: uint16 (n): each key's space.
        keys: uint32 (n).
        members: int32 (n).

    Returns:
        The three in that order.
    """
    region_of = np.empty(keys.size, np.int32)
    at = np.zeros(bucket_count(p) // REGION + 2, np.int64)
    for i in range(keys.size):
        region_of[i] = bucket_of(p, np.int64(spaces[i]), mix32(keys[i])) // REGION
        at[region_of[i] + 1] += 1
    at = np.cumsum(at)
    ordered, owners, space_of = np.empty(keys.size, np.uint32), np.empty(keys.size, np.int32), np.empty_like(spaces)
    for i in range(keys.size):
        place = at[region_of[i]]
        at[region_of[i]] = place + 1
        space_of[place], ordered[place], owners[place] = spaces[i], keys[i], members[i]
    return space_of, ordered, owners


@leaf
def append_members(p, spaces, keys, members, done):
    """Put members behind those of their keys, from the place ``done`` on.

    Returns:
        The first place for which there may be too little room; their number when all is done.
    """
    for i in range(done, keys.size):
        if not insert(p, np.int64(spaces[i]), keys[i], np.int64(members[i]), np.int64(NOWHERE)):
            return i
    return keys.size
