"""Signatures and samples → candidate pairs, with bounded work in buckets of any size.

A bucket is a run of texts that share a key, in ascending order of the texts' numbers. Up to ``limit`` texts all its
pairs are proposed; in a larger one each text is paired with the ``neighbors`` next to it on either side. As texts are
numbered in a canonical order (signature, then digest), which pairs those are depends on the set of texts alone.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values, fetch, fetch_numbers, grown
from storycluster.kernels.leaves import leaf
from storycluster.kernels.minhash import mix32
from storycluster.kernels.sorting import LOW_WORD, sort_entries, split_entries

AHEAD = 16
"""Entries ahead of the one in hand whose places are fetched."""


@leaf
def band_keys(signature, rows, keys):
    """Write the keys of all bands of a signature: each a 32-bit hash of the band's values."""
    for band in range(keys.size):
        keys[band] = band
    for row in range(rows):  # a value of all bands at a time, which the processor's vectors do
        for band in range(keys.size):
            keys[band] = mix32(np.uint32(keys[band] ^ signature[band * rows + row]))


@leaf
def order_key(signature, order):
    """Write what a text is put in order by: the first four values of its signature as two numbers, uint64 (2)."""
    for i in range(2):
        order[i] = np.uint64(0)
        for j in range(2 * i, 2 * i + 2):
            order[i] = order[i] << np.uint64(32) | np.uint64(signature[j] if j < signature.size else 0)


@leaf
def write_order_keys(signatures, orders):
    """Write ``order_key`` of many signatures: uint64 (texts, 2)."""
    for t in range(len(signatures)):
        order_key(signatures[t], orders[t])


@njit(nogil=True, cache=True)
def write_band_keys(signatures, texts, first, stop, rows, keys):
    """The keys of some texts, all bands.

    Args:
        signatures: uint32, fingerprints × permutations.
        texts: int64: each text's fingerprint.
        first: The first text.
        stop: The text after the last one.
        rows: Values a band.
        keys: uint32, bands × texts, written.
    """
    own = np.empty(keys.shape[0], np.uint32)
    for t in range(first, stop):
        if t + 2 < stop:
            fetch_numbers(signatures[texts[t + 2]], 0, signatures.shape[1])
        band_keys(signatures[texts[t]], rows, own)
        for band in range(own.size):
            keys[band, t] = own[band]


@njit(nogil=True, cache=True)
def shared_entries(entries, shift):
    """The entries, key · 2^32 + place, whose key stands among them more than once, and a few others, in their order.

    Two bitmaps tell which bits of keys were met, and which were met again; most keys of news are met once, and need no
    sorting.

    Args:
        entries: uint64.
        shift: Low bits of the keys to leave out of account, as they are the same in all.
    """
    size = 64
    while size < 8 * entries.size:
        size *= 2
    met, again = np.zeros(size // 64, np.uint64), np.zeros(size // 64, np.uint64)
    for entry in entries:
        bit = np.int64(entry >> np.uint64(32 + shift)) & (size - 1)
        one = np.uint64(1) << np.uint64(bit & 63)
        again[bit >> 6] |= met[bit >> 6] & one
        met[bit >> 6] |= one
    kept = np.empty(entries.size, np.uint64)
    n = 0
    for entry in entries:  # written whether or not it is kept: a step no branch can slow
        bit = np.int64(entry >> np.uint64(32 + shift)) & (size - 1)
        kept[n] = entry
        n += np.int64(again[bit >> 6] >> np.uint64(bit & 63) & np.uint64(1))
    return kept[:n].copy()


@njit(nogil=True, cache=True)
def band_pairs(keys, first, stop, limit, neighbors):
    """The pairs that some bands propose.

    Args:
        keys: uint32, bands × texts.
        first: The first band.
        stop: The band after the last one.
        limit: Texts up to which all pairs of a bucket are proposed.
        neighbors: In a larger bucket, neighbors on either side that each text is paired with.

    Returns:
        uint64: pairs as left · 2^32 + right, left < right, once for each band.
    """
    pairs = np.empty(1024, np.uint64)
    n = np.int64(0)
    for band in range(first, stop):
        entries = sort_entries(shared_entries(split_entries(keys[band], np.int64(1))[0], np.int64(0)))
        pairs, n = bucket_pairs(entries, limit, neighbors, pairs, n)
    return pairs[:n].copy()


@njit(nogil=True, cache=True)
def bucket_pairs(entries, limit, neighbors, pairs, n):
    """Append the pairs of a band's buckets: the pairs, and their number."""
    i = np.int64(0)
    while i < entries.size:
        j = bucket_end(entries, i)
        reach = j - i if j - i <= limit else neighbors
        if n + (j - i) * reach > pairs.size:
            pairs = grown(pairs, n + (j - i) * reach)
        for p in range(i, j - 1):
            for q in range(p + 1, min(j, p + 1 + reach)):
                pairs[n] = entries[p] << np.uint64(32) | entries[q] & LOW_WORD
                n += 1
        i = j
    return pairs, n


@leaf
def bucket_end(entries, i):
    """The place after the last entry that has the key of entry ``i``."""
    j = i + 1
    while j < entries.size and entries[j] >> np.uint64(32) == entries[i] >> np.uint64(32):
        j += 1
    return j


@njit(nogil=True, cache=True)
def distinct_pairs(keys, enough):
    """The pairs of sorted keys, each once, of texts that are long enough.

    Args:
        keys: uint64: left · 2^32 + right, sorted.
        enough: bool: whether a text is.

    Returns:
        int64, int64: left and right.
    """
    left, right = np.empty(keys.size, np.int64), np.empty(keys.size, np.int64)
    n = 0
    for i in range(keys.size):
        if i == 0 or keys[i] != keys[i - 1]:
            s, t = np.int64(keys[i] >> np.uint64(32)), np.int64(keys[i] & LOW_WORD)
            if enough[s] and enough[t]:
                left[n], right[n] = s, t
                n += 1
    return left[:n].copy(), right[:n].copy()


@njit(nogil=True, cache=True)
def gather_samples(sample, sample_place, sample_start, rows, start, first, stop, hashes, places, text):
    """Write the samples of some fingerprints one after the other, for some of the rows.

    Args:
        sample: uint32: sampled hashes of all fingerprints.
        sample_place: uint32: the words where they begin.
        sample_start: int64: where each fingerprint's begin.
        rows: int64: which fingerprints.
        start: int64, one more than rows: where theirs begin in what is written.
        first: The first row.
        stop: The row after the last one.
        hashes: uint32, written.
        places: uint32, written.
        text: int32, written: the row's number.
    """
    for t in range(first, stop):
        begin, size = sample_start[rows[t]], start[t + 1] - start[t]
        copy_values(sample[begin : begin + size], hashes[start[t] :])
        copy_values(sample_place[begin : begin + size], places[start[t] :])
        text[start[t] : start[t + 1]] = t


@njit(nogil=True, cache=True)
def shared_part(entries, shift):
    """The entries, sorted, whose key stands among them more than once; how many keys they have.

    Args:
        entries: uint64.
        shift: As for ``shared_entries``.
    """
    shared = sort_entries(shared_entries(entries, shift))
    kept, keys = drop_single(shared)
    return shared[:kept], keys


@leaf
def drop_single(entries):
    """Keep the entries, of sorted ones, whose key stands there more than once, in place.

    Returns:
        How many are kept, and how many keys they have.
    """
    kept = keys = 0
    i = np.int64(0)
    while i < entries.size:
        j = bucket_end(entries, i)
        if j - i > 1:
            for p in range(i, j):
                entries[kept] = entries[p]
                kept += 1
            keys += 1
        i = j
    return kept, keys


@leaf
def link_postings(entries, text, first, posting, members, posting_of, posting_start, rank):
    """Write the postings of some entries.

    Args:
        entries: uint64: hash · 2^32 + place in the sample, sorted, each hash more than once.
        text: int32, one a sampled hash: its text.
        first: Place of the first entry in ``members``.
        posting: Number of the first posting.
        members: int32, written: the texts of all postings, ascending within each.
        posting_of: int32, written: the posting of each place there.
        posting_start: int64, written: where each posting begins there.
        rank: int32, one a sampled hash, written: its place there.
    """
    i = np.int64(0)
    while i < entries.size:
        j = bucket_end(entries, i)
        posting_start[posting] = first + i
        for p in range(i, j):
            if p + AHEAD < entries.size:
                fetch(text, np.int64(entries[p + AHEAD] & LOW_WORD))
                fetch(rank, np.int64(entries[p + AHEAD] & LOW_WORD))
            place = np.int64(entries[p] & LOW_WORD)
            members[first + p] = text[place]
            posting_of[first + p] = posting
            rank[place] = first + p
        posting += 1
        i = j


@njit(nogil=True, cache=True)
def sample_pairs(members, posting_of, posting_start, rank, sample_start, first, stop, limit, neighbors, least, share):
    """The pairs of texts that share enough sampled shingles.

    Args:
        members: int32: the texts of all postings, ascending within each posting.
        posting_of: int32: the posting of each place there.
        posting_start: int64, one more than postings: where each one begins there.
        rank: int32, one a sampled hash: its place there, -1 where no other text holds it.
        sample_start: int64, one more than texts: where each text's sampled hashes begin (distinct within a text).
        first: First text to look from: each pair is found from its larger text.
        stop: The text after the last one.
        limit: Texts up to which a posting counts for all its pairs.
        neighbors: In a larger one, neighbors before each text for which it counts.
        least: Sampled shingles that a pair must share, or all of the smaller sample.
        share: The same as a share of the smaller sample.

    Returns:
        uint64: pairs as left · 2^32 + right, left < right, each once.
    """
    shared = np.zeros(stop, np.int32)
    touched, counts = np.empty(stop + 1, np.int32), np.empty(stop + 1, np.int32)
    sizes = np.empty(stop, np.int32)
    for t in range(stop):
        sizes[t] = sample_start[t + 1] - sample_start[t]
    begins, ends = np.empty(64, np.int64), np.empty(64, np.int64)
    pairs = np.empty(1024, np.uint64)
    n = 0
    for t in range(first, stop):
        size = sample_start[t + 1] - sample_start[t]
        if size >= begins.size:
            begins, ends = np.empty(2 * size, np.int64), np.empty(2 * size, np.int64)
        postings = 0
        for p in range(sample_start[t], sample_start[t + 1]):  # written whether or not it is kept: no branch to slow it
            ends[postings] = rank[p]
            postings += rank[p] >= 0
        for p in range(postings):  # many misses of the cache at once, not one by one
            posting = np.uint64(posting_of[np.uint64(ends[p])])
            begin = posting_start[posting]
            if posting_start[posting + np.uint64(1)] - begin > limit:
                begin = max(begin, ends[p] - neighbors)
            fetch(members, begin)
            begins[p] = begin
        seen = 0
        for posting in range(postings):
            for q in range(begins[posting], ends[posting]):  # written whether or not it is new: no branch to slow it
                s = np.uint64(members[np.uint64(q)])
                touched[np.uint64(seen)] = s
                seen += shared[s] == 0
                shared[s] += np.int32(1)
        enough, most = 0, min(least, size)
        for q in range(seen):  # alike: most share but one, which tells them from the others at the least cost
            s = np.uint64(touched[np.uint64(q)])
            count = shared[s]
            shared[s] = 0
            touched[np.uint64(enough)], counts[np.uint64(enough)] = s, count
            enough += count >= min(most, sizes[s])
        if n + enough > pairs.size:
            pairs = grown(pairs, n + enough)
        for q in range(enough):
            s = touched[q]
            pairs[n] = np.uint64(s) << np.uint64(32) | np.uint64(t)
            n += counts[q] >= share * min(size, sizes[s])
    return pairs[:n].copy()
