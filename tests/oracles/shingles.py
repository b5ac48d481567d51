"""Word hashes → shingles, candidate pairs, Jaccard and containment: by the textbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

Pair = tuple[int, int]


def shingles(words: Sequence[int], width: int) -> list[bytes]:
    """The shingles in order: the hashes of ``width`` words in a row as bytes; a shorter text is one shingle."""
    if not words:
        return []
    width = min(width, len(words))
    runs = (words[i : i + width] for i in range(len(words) - width + 1))
    return [b"".join(word.to_bytes(4, "little") for word in run) for run in runs]


def band_pairs(signatures: Sequence[Sequence[int]], bands: int, rows: int) -> set[Pair]:
    """All pairs that agree in all rows of a band."""
    buckets: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for i, signature in enumerate(signatures):
        for band in range(bands):
            buckets[band, tuple(signature[band * rows : (band + 1) * rows])].append(i)
    return {pair for members in buckets.values() for pair in combinations(members, 2)}


def sample_pairs(samples: Sequence[set[int]], least: int, least_share: float) -> set[Pair]:
    """All pairs that share at least ``least`` sampled hashes, and ``least_share`` of the smaller sample."""
    pairs = combinations(range(len(samples)), 2)
    return {
        (i, j)
        for i, j in pairs
        if len(samples[i] & samples[j]) >= max(least, least_share * min(len(samples[i]), len(samples[j])))
    }


def jaccard(a: set[bytes], b: set[bytes]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def containment(a: set[bytes], b: set[bytes]) -> float:
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0
