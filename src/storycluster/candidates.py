"""Fingerprints → Texts (exact duplicates collapsed) → Pairs worth verifying.

Two indexes propose pairs: LSH over the signatures for whole copies, and an index of sampled shingles for copies that
were cut, merged or extended, whose Jaccard is too low for any LSH. Both do bounded work in buckets of any size.
"""

from __future__ import annotations

import numpy as np

from storycluster.columns import UNKNOWN_TIME, Array, Catalog, Fingerprints, Pairs, SampleIndex, Texts
from storycluster.kernels.buckets import band_entries, band_pairs, link_postings, sample_pairs
from storycluster.settings import Settings
from storycluster.threads import map_threads, spans

LOW_WORD = np.uint64(0xFFFFFFFF)


def collapse_texts(fingerprints: Fingerprints, catalog: Catalog) -> Texts:
    """Collapse articles with equal words and flags to one text each.

    Texts are numbered in canonical order: by ``order_keys``, then by digest. Within a text, its articles stand by date
    (undated ones last), then by id.
    """
    digests = fingerprints.digests
    _, first, text_of = np.unique(digests, return_index=True, return_inverse=True)
    keys = order_keys(fingerprints.signatures[first])
    order = np.lexsort((digests[first], keys[:, 1], keys[:, 0]))
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    text_of = rank[text_of.ravel()]
    dated = np.where(catalog.published == UNKNOWN_TIME, np.iinfo(np.int64).max, catalog.published)
    articles = np.lexsort((catalog.order, dated, text_of))
    article_start = np.zeros(order.size + 1, np.int64)
    np.cumsum(np.bincount(text_of, minlength=order.size), out=article_start[1:])
    return Texts(text_of, articles, article_start, first[order])


def order_keys(signatures: Array) -> Array:
    """What texts are put in order by: their first four signature values as two numbers.

    Similar texts are likely to share values, and so to be neighbors.

    Args:
        signatures: uint32, texts × permutations.

    Returns:
        uint64, texts × 2: the first one foremost.
    """
    first = np.zeros((len(signatures), 4), np.uint64)
    taken = min(4, signatures.shape[1])
    first[:, :taken] = signatures[:, :taken]
    return first[:, ::2] << np.uint64(32) | first[:, 1::2]


def index_samples(fingerprints: Fingerprints, rows: Array) -> SampleIndex:
    """Index the sampled shingles of some fingerprints, one text a row named."""
    counts = np.diff(fingerprints.sample_start)[rows]
    taken = ranges(fingerprints.sample_start[rows], counts)
    hashes, places = fingerprints.sample[taken], fingerprints.sample_place[taken]
    text = np.repeat(np.arange(rows.size), counts)
    start = np.zeros(rows.size + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    entries = hashes.astype(np.uint64) << np.uint64(32) | np.arange(hashes.size, dtype=np.uint64)
    entries.sort()
    place = (entries & LOW_WORD).astype(np.int64)
    posting_start = np.empty(hashes.size, np.int64)
    posting_end = np.empty(hashes.size, np.int64)
    link_postings(entries, posting_start, posting_end)
    posting_rank = np.empty(hashes.size, np.int64)
    posting_rank[place] = np.arange(hashes.size)
    return SampleIndex(hashes, places, start, text[place], posting_start, posting_end, posting_rank)


def ranges(starts: Array, counts: Array) -> Array:
    """The places starts[i] … starts[i] + counts[i] - 1 of all i, one after the other."""
    ends = np.cumsum(counts)
    places: Array = np.arange(ends[-1] if ends.size else 0) + np.repeat(starts - (ends - counts), counts)
    return places


def propose_whole(signatures: Array, settings: Settings) -> Array:
    """Pairs that share an LSH band, as left · 2^32 + right; a pair comes once for each band it shares."""
    bands, rows = settings.bands_rows

    def propose(band: int) -> Array:
        entries = np.empty(len(signatures), np.uint64)
        band_entries(signatures, band, rows, entries)
        entries.sort()
        pairs: Array = band_pairs(entries, settings.bucket_limit, settings.bucket_neighbors)
        return pairs

    return np.concatenate(map_threads(propose, range(bands)))


def propose_cut(index: SampleIndex, settings: Settings) -> Array:
    """Pairs that share enough sampled shingles, as left · 2^32 + right, each once."""

    def propose(span: slice) -> Array:
        pairs: Array = sample_pairs(
            index.members, index.posting_start, index.posting_end, index.posting_rank, index.start,
            span.start, span.stop, settings.bucket_limit, settings.bucket_neighbors,
            settings.min_shared_samples, settings.min_shared_share,
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
    keys = np.concatenate([propose_whole(fingerprints.signatures[texts.rows], settings), propose_cut(index, settings)])
    keys.sort()  # np.unique hashes first, which takes ten times as long where a pair shares most bands
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    left, right = (keys >> np.uint64(32)).astype(np.int64), (keys & LOW_WORD).astype(np.int64)
    enough = fingerprints.word_counts[texts.rows] >= settings.min_words
    kept = enough[left] & enough[right]
    return Pairs(left[kept], right[kept])
