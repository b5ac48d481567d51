"""Fingerprints → Texts (exact duplicates collapsed) → Pairs worth verifying.

Two indexes propose pairs: LSH over the signatures for whole copies, and an index of sampled shingles for copies that
were cut, merged or extended, whose Jaccard is too low for any LSH. Both do bounded work in buckets of any size.
"""

from __future__ import annotations

import numpy as np

from storycluster.columns import UNKNOWN_TIME, Array, Catalog, Fingerprints, Pairs, SampleIndex, Texts
from storycluster.growing import starts_of
from storycluster.kernels.buckets import (
    band_pairs,
    distinct_pairs,
    gather_samples,
    link_postings,
    sample_pairs,
    shared_part,
    write_band_keys,
    write_order_keys,
)
from storycluster.kernels.sorting import split_entries
from storycluster.settings import Settings
from storycluster.sorting import in_order
from storycluster.threads import map_threads, spans

PART_SAMPLES = 1 << 18
"""Sampled hashes are sorted in parts of about so many, each in the cache's reach and by a thread of its own."""


def collapse_texts(fingerprints: Fingerprints, catalog: Catalog) -> Texts:
    """Collapse articles with equal words and flags to one text each.

    Texts are numbered in canonical order: by ``order_keys``, then by digest. Within a text, its articles stand by date
    (undated ones last), then by id.
    """
    digests = fingerprints.digests
    _, first, text_of = np.unique(digests, return_index=True, return_inverse=True)
    keys = order_keys(fingerprints.signatures[first, :4])
    order = sort_rows(keys[:, 0], keys[:, 1], digests[first])
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    text_of = rank[text_of.ravel()]
    dated = np.where(catalog.published == UNKNOWN_TIME, np.iinfo(np.int64).max, catalog.published)
    articles = sort_rows(text_of, dated, catalog.order)
    return Texts(text_of, articles, starts_of(np.bincount(text_of, minlength=order.size)), first[order])


def sort_rows(first: Array, *others: Array) -> Array:
    """The rows in the order of several keys, the first one foremost; quick where few have the same first key."""
    order: Array = np.argsort(first)
    same = np.diff(first[order]) == 0
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    rows = order[tied]
    order[tied] = rows[np.lexsort([key[rows] for key in (*others[::-1], first)])]
    return order


def order_keys(signatures: Array) -> Array:
    """What texts are put in order by: their first four signature values as two numbers.

    Similar texts are likely to share values, and so to be neighbors.

    Args:
        signatures: uint32, texts × permutations.

    Returns:
        uint64, texts × 2: the first one foremost.
    """
    orders = np.empty((len(signatures), 2), np.uint64)
    write_order_keys(signatures, orders)
    return orders


def index_samples(fingerprints: Fingerprints, rows: Array) -> SampleIndex:
    """Index the sampled shingles of some fingerprints, one text a row named."""
    start = starts_of(np.diff(fingerprints.sample_start)[rows])
    size = int(start[-1])
    hashes, places, text = np.empty(size, np.uint32), np.empty(size, np.uint32), np.empty(size, np.int32)

    def gather(span: slice) -> None:
        gather_samples(
            fingerprints.sample, fingerprints.sample_place, fingerprints.sample_start, rows, start, span.start,
            span.stop, hashes, places, text,
        )  # fmt: skip

    map_threads(gather, spans(rows.size))
    parts = 1
    while parts * PART_SAMPLES < size:
        parts *= 2
    entries, part_start = split_entries(hashes, parts)
    shift = parts.bit_length() - 1

    def share(part: int) -> tuple[Array, int]:
        found: tuple[Array, int] = shared_part(entries[part_start[part] : part_start[part + 1]], shift)
        return found

    done = map_threads(share, range(parts))
    first = starts_of(np.array([shared.size for shared, _ in done]))
    posting = starts_of(np.array([postings for _, postings in done]))
    rank = np.full(size, -1, np.int32)
    members, posting_of = np.empty((2, first[-1]), np.int32)
    posting_start = np.full(posting[-1] + 1, first[-1])

    def link_part(part: int) -> None:
        link_postings(done[part][0], text, first[part], posting[part], members, posting_of, posting_start, rank)

    map_threads(link_part, range(parts))
    return SampleIndex(hashes, places, start, rank, members, posting_of, posting_start)


def propose_whole(signatures: Array, texts: Array, settings: Settings) -> Array:
    """Pairs of texts that share an LSH band, as left · 2^32 + right; a pair comes once for each band it shares.

    Args:
        signatures: uint32, fingerprints × permutations.
        texts: int64: each text's fingerprint.
        settings: Bands and rows, limits of buckets.
    """
    bands, rows = settings.bands_rows
    keys = np.empty((bands, texts.size), np.uint32)
    map_threads(lambda span: write_band_keys(signatures, texts, span.start, span.stop, rows, keys), spans(texts.size))

    def propose(span: slice) -> Array:
        pairs: Array = band_pairs(keys, span.start, span.stop, settings.bucket_limit, settings.bucket_neighbors)
        return pairs

    return np.concatenate(map_threads(propose, spans(bands, 1)))


def propose_cut(index: SampleIndex, settings: Settings) -> Array:
    """Pairs that share enough sampled shingles, as left · 2^32 + right, each once."""

    def propose(span: slice) -> Array:
        pairs: Array = sample_pairs(
            index.members, index.posting_of, index.posting_start, index.rank, index.start, span.start, span.stop,
            settings.bucket_limit, settings.bucket_neighbors, settings.min_shared_samples, settings.min_shared_share,
        )  # fmt: skip
        return pairs

    return np.concatenate(map_threads(propose, spans(index.start.size - 1)))


def propose_pairs(fingerprints: Fingerprints, texts: Texts, index: SampleIndex, settings: Settings) -> Pairs:
    """The pairs of texts worth verifying.

    Texts shorter than ``min_words`` are in none. The result is a function of the set of texts and the settings.

    Args:
        fingerprints: Of the articles.
        texts: Their distinct texts.
        index: The texts' sampled shingles.
        settings: Bands and rows, limits of buckets, least shared sample.

    Returns:
        Pairs of texts (their numbers in ``texts``), left < right, each once, sorted.
    """
    keys = np.concatenate([propose_whole(fingerprints.signatures, texts.rows, settings), propose_cut(index, settings)])
    bits = len(texts).bit_length()
    enough = fingerprints.word_counts[texts.rows] >= settings.min_words

    def read_pairs(part: Array) -> tuple[Array, Array]:
        pairs: tuple[Array, Array] = distinct_pairs(part, enough)
        return pairs

    left, right = zip(*in_order(keys, bits, read_pairs), strict=True)
    return Pairs(np.concatenate(left), np.concatenate(right))
