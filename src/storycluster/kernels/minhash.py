"""Word hashes → shingle hashes → MinHash signature and hash sample.

The signature is, bit for bit, that of ``datasketch.MinHash(scheme="affine32")`` over the text's shingles: each
shingle hash is mixed by the MurmurHash3 finalizer, then permutation k maps it to a_k·h + b_k mod 2^32, and the
signature keeps the minimum of each (Broder 1997; datasketch 2.0, minhash.py). The sample keeps every mixed hash below
a bound (FracMinHash: Irber et al. 2022, doi:10.1101/2022.01.11.475838).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import VECTOR, copy_values, hash_vector
from storycluster.kernels.leaves import leaf

SHINGLE_PRIME = np.uint32(0x9E3779B1)
"""Multiplier of the polynomial that makes one hash of a shingle's word hashes (2^32 / golden ratio, odd)."""
LANES = 8


@njit(nogil=True, cache=True, inline="always")
def mix32(h):
    """The MurmurHash3 finalizer (Appleby 2011): a bijection of 32 bits."""
    h = np.uint32(h ^ (h >> np.uint32(16)))
    h = np.uint32(h * np.uint32(0x85EBCA6B))
    h = np.uint32(h ^ (h >> np.uint32(13)))
    h = np.uint32(h * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ (h >> np.uint32(16)))


@njit(nogil=True, cache=True, inline="always")
def permute(a, b, h):
    """a·h + b mod 2^32; Numba widens products to 64 bits unless told not to."""
    return np.uint32(np.uint32(a * h) + b)


@njit(nogil=True, cache=True)
def shingle_hashes(words, first, stop, width, out):
    """Hash each run of ``width`` words: h = Σ word_j · SHINGLE_PRIME^(width-1-j) mod 2^32.

    Args:
        words: uint32: word hashes.
        first: The text's first word.
        stop: The word after its last one.
        width: Words a shingle. A shorter text has one shingle, of all its words; an empty one none.
        out: uint32, written: max(1, stop - first - width + 1) hashes.

    Returns:
        Number of shingles.
    """
    n = stop - first
    if n == 0:
        return 0
    width = min(width, n)
    count = n - width + 1
    copy_values(words[first : first + count], out)
    for j in range(1, width):  # a word of all shingles at a time, which the processor's vectors do
        later = words[first + j : stop]
        for i in range(count):
            out[i] = permute(out[i], later[i], SHINGLE_PRIME)
    return count


@njit(nogil=True, cache=True)
def mixed_shingles(words, first, stop, width, out):
    """Write the mixed hashes of a text's shingles, equal where the shingles' hashes are; their number."""
    n = stop - first - width + 1
    if n < VECTOR:
        n = shingle_hashes(words, first, stop, width, out)
        for i in range(n):
            out[i] = mix32(out[i])
        return n
    for i in range(0, n - VECTOR, VECTOR):
        hash_vector(words, first + i, width, SHINGLE_PRIME, out, i)
    hash_vector(words, stop - width + 1 - VECTOR, width, SHINGLE_PRIME, out, n - VECTOR)  # some are written twice
    return n


@leaf
def min_hash(mixed, n, a, b, signature):
    """The MinHash signature of ``n`` mixed hashes: min over h of a_k·h + b_k mod 2^32.

    Args:
        mixed: uint32, at least ``n`` rounded up to a multiple of LANES places; the places past ``n`` are written.
        n: Number of hashes.
        a: uint32: odd multipliers, one a permutation; quickest in whole vectors, 16 at a time.
        b: uint32: offsets.
        signature: uint32, as many places, written; 2^32 - 1 everywhere for an empty text.
    """
    signature[:] = np.uint32(0xFFFFFFFF)
    if n == 0:
        return
    whole = (n + LANES - 1) // LANES * LANES
    for i in range(n, whole):
        mixed[i] = mixed[0]
    for i in range(0, whole, LANES):  # eight hashes a pass over the permutations: an eighth of the loads and stores
        h0, h1, h2, h3 = mixed[i], mixed[i + 1], mixed[i + 2], mixed[i + 3]
        h4, h5, h6, h7 = mixed[i + 4], mixed[i + 5], mixed[i + 6], mixed[i + 7]
        for k in range(signature.size):
            ak, bk = a[k], b[k]
            m0 = min(min(permute(ak, bk, h0), permute(ak, bk, h1)), min(permute(ak, bk, h2), permute(ak, bk, h3)))
            m1 = min(min(permute(ak, bk, h4), permute(ak, bk, h5)), min(permute(ak, bk, h6), permute(ak, bk, h7)))
            signature[k] = min(signature[k], min(m0, m1))


@leaf
def keep_distinct(hashes, places, first, stop, table):
    """Drop repeated hashes from a stretch of a sample, keeping the first of each.

    Args:
        hashes: uint32: the sample; compacted in place.
        places: uint32: compacted alike.
        first: Where the stretch begins.
        stop: Where it ends.
        table: int64: room to work in, a power of two of places, more than the stretch has hashes.

    Returns:
        Where the distinct ones end.
    """
    table[:] = -1
    kept = first
    for i in range(first, stop):
        slot = np.int64(hashes[i] * np.uint64(SHINGLE_PRIME) >> np.uint64(8)) & (table.size - 1)
        while table[slot] >= 0 and hashes[table[slot]] != hashes[i]:
            slot = (slot + 1) & (table.size - 1)
        if table[slot] < 0:
            hashes[kept] = hashes[i]
            places[kept] = places[i]
            table[slot] = kept
            kept += 1
    return kept


@leaf
def sample_shingles(mixed, n, bound, sample, places, first, table):
    """Append a text's sampled hashes, distinct, in text order.

    Args:
        mixed: uint32: the text's mixed shingle hashes.
        n: Their number.
        bound: uint32: those up to it are sampled.
        sample: uint32, written from place ``first`` on; needs a place more than ``n``.
        places: uint32, written alike: the word where each sampled shingle begins.
        first: Where to begin.
        table: int64: room to work in, a power of two of places from 64 on, twice as many as are sampled.

    Returns:
        Where they end.
    """
    taken = first
    for i in range(n):  # written whether or not it is kept: a step no branch can slow
        sample[taken] = mixed[i]
        places[taken] = i
        taken += mixed[i] <= bound
    size = 64
    while size < 2 * (taken - first):
        size *= 2
    return keep_distinct(sample, places, first, taken, table[:size])


@njit(nogil=True, cache=True)
def sketch_texts(words, word_start, width, a, b, bound, signatures, sample, sample_place, sample_start):
    """Signatures and samples of many texts.

    Args:
        words: uint32: word hashes of all texts.
        word_start: int64, one more than texts: where each one's words begin.
        width: Words a shingle.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        bound: uint32: mixed hashes up to it are sampled.
        signatures: uint32, texts × permutations, written.
        sample: uint32, one place more than words, written: each text's sampled hashes, distinct, in text order.
        sample_place: uint32, written alike: the word of its text where each sampled shingle begins.
        sample_start: int64, one more than texts, written: where each text's sample begins.

    Returns:
        Number of sampled hashes.
    """
    longest = 1
    for t in range(word_start.size - 1):
        longest = max(longest, word_start[t + 1] - word_start[t])
    mixed = np.empty(longest + LANES, np.uint32)
    size = 64
    while size < 2 * longest:
        size *= 2
    table = np.empty(size, np.int64)
    whole = (a.size + VECTOR - 1) // VECTOR * VECTOR
    multipliers, offsets = np.zeros(whole, np.uint32), np.zeros(whole, np.uint32)
    copy_values(a, multipliers)
    copy_values(b, offsets)
    signature = np.empty(whole, np.uint32)
    taken = np.int64(0)
    sample_start[0] = 0
    for t in range(word_start.size - 1):
        n = mixed_shingles(words, word_start[t], word_start[t + 1], width, mixed)
        taken = sample_shingles(mixed, n, bound, sample, sample_place, taken, table)
        min_hash(mixed, n, multipliers, offsets, signature)
        for k in range(a.size):
            signatures[t, k] = signature[k]
        sample_start[t + 1] = taken
    return taken
