"""Signatures and samples → candidate pairs, with bounded work in buckets of any size.

A bucket is a run of texts that share a key, in ascending order of the texts' numbers. Up to ``limit`` texts all its
pairs are proposed; in a larger one each text is paired with the ``neighbors`` next to it on either side. As texts are
numbered in a canonical order (signature, then digest), which pairs those are depends on the set of texts alone.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.minhash import mix32


@njit(nogil=True, cache=True)
def band_key(signature, band, rows):
    """The key of a band of a signature: a 32-bit hash of its values."""
    key = np.uint32(band)
    for k in range(band * rows, (band + 1) * rows):
        key = mix32(np.uint32(key ^ signature[k]))
    return key


@njit(nogil=True, cache=True)
def band_keys(signature, rows, keys):
    """Write the keys of all bands of a signature."""
    for band in range(keys.size):
        keys[band] = band_key(signature, band, rows)


@njit(nogil=True, cache=True)
def band_entries(signatures, band, rows, entries):
    """Write a band's key and the text as one number, key · 2^32 + text, for sorting.

    Args:
        signatures: uint32, texts × permutations.
        band: Which band.
        rows: Values a band.
        entries: uint64, a place a text, written.
    """
    for t in range(signatures.shape[0]):
        entries[t] = np.uint64(band_key(signatures[t], band, rows)) << np.uint64(32) | np.uint64(t)


@njit(nogil=True, cache=True)
def grown(pairs, needed):
    """The array with room for ``needed`` entries."""
    if needed <= pairs.size:
        return pairs
    larger = np.empty(max(needed, 2 * pairs.size), pairs.dtype)
    larger[: pairs.size] = pairs
    return larger


@njit(nogil=True, cache=True)
def band_pairs(entries, limit, neighbors):
    """The pairs that a band proposes.

    Args:
        entries: uint64: the band's entries, sorted.
        limit: Texts up to which all pairs of a bucket are proposed.
        neighbors: In a larger bucket, neighbors on either side that each text is paired with.

    Returns:
        uint64: pairs as left · 2^32 + right, left < right, each once.
    """
    pairs = np.empty(1024, np.uint64)
    n = 0
    i = 0
    while i < entries.size:
        key = entries[i] >> np.uint64(32)
        j = i + 1
        while j < entries.size and entries[j] >> np.uint64(32) == key:
            j += 1
        reach = j - i if j - i <= limit else neighbors
        for p in range(i, j - 1):
            s = np.int64(entries[p] & np.uint64(0xFFFFFFFF))
            for q in range(p + 1, min(j, p + 1 + reach)):
                t = np.int64(entries[q] & np.uint64(0xFFFFFFFF))
                pairs = grown(pairs, n + 1)
                pairs[n] = np.uint64(s) << np.uint64(32) | np.uint64(t)
                n += 1
        i = j
    return pairs[:n].copy()


@njit(nogil=True, cache=True)
def link_postings(entries, posting_start, posting_end):
    """For each sampled hash the posting it stands in.

    Args:
        entries: uint64: hash · 2^32 + place in the sample, sorted.
        posting_start: int64, one a sampled hash, written: first entry of its posting.
        posting_end: int64, written alike: the entry after its last one.
    """
    i = 0
    while i < entries.size:
        key = entries[i] >> np.uint64(32)
        j = i + 1
        while j < entries.size and entries[j] >> np.uint64(32) == key:
            j += 1
        for p in range(i, j):
            place = np.int64(entries[p] & np.uint64(0xFFFFFFFF))
            posting_start[place] = i
            posting_end[place] = j
        i = j


@njit(nogil=True, cache=True)
def sample_pairs(
    members, posting_start, posting_end, posting_rank, sample_start, first, stop, limit, neighbors, least, share
):
    """The pairs of texts that share enough sampled shingles.

    Args:
        members: int64: the texts of all postings, ascending within each posting.
        posting_start: int64, one a sampled hash: first place of its posting in ``members``.
        posting_end: int64: the place after its last one.
        posting_rank: int64: the place of the hash's own text there.
        sample_start: int64, one more than texts: where each text's sampled hashes begin (distinct within a text).
        first: First text to look from: each pair is found from its larger text.
        stop: The text after the last one.
        limit: Texts up to which a posting counts for all its pairs.
        neighbors: In a larger one, neighbors before each text for which it counts.
        least: Sampled shingles that a pair must share.
        share: The same as a share of the smaller sample.

    Returns:
        uint64: pairs as left · 2^32 + right, left < right, each once.
    """
    shared = np.zeros(stop, np.int32)
    touched = np.empty(stop, np.int64)
    pairs = np.empty(1024, np.uint64)
    n = 0
    for t in range(first, stop):
        seen = 0
        for p in range(sample_start[t], sample_start[t + 1]):
            begin = posting_start[p]
            if posting_end[p] - begin > limit:
                begin = max(begin, posting_rank[p] - neighbors)
            for q in range(begin, posting_rank[p]):
                s = members[q]
                if shared[s] == 0:
                    touched[seen] = s
                    seen += 1
                shared[s] += 1
        size = sample_start[t + 1] - sample_start[t]
        for q in range(seen):
            s = touched[q]
            smaller = min(size, sample_start[s + 1] - sample_start[s])
            if shared[s] >= least and shared[s] >= share * smaller:
                pairs = grown(pairs, n + 1)
                pairs[n] = np.uint64(s) << np.uint64(32) | np.uint64(t)
                n += 1
            shared[s] = 0
    return pairs[:n].copy()
