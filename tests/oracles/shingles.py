"""Words → shingles, MinHash by datasketch, candidate pairs, Jaccard and containment: by the textbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from datasketch import MinHash

from storycluster.interop import shingle_hash

Pair = tuple[int, int]


def shingles(words: Sequence[int], width: int) -> list[bytes]:
    """The shingles in order: the hashes of ``width`` words in a row as bytes; a shorter text is one shingle."""
    if not words:
        return []
    width = min(width, len(words))
    runs = (words[i : i + width] for i in range(len(words) - width + 1))
    return [b"".join(word.to_bytes(4, "little") for word in run) for run in runs]


def min_hash(words: Sequence[int], width: int, num_perm: int, seed: int) -> list[int]:
    """The signature as datasketch makes it, shingle by shingle."""
    made = MinHash(num_perm=num_perm, seed=seed, hashfunc=shingle_hash, scheme="affine32")
    for shingle in shingles(words, width):
        made.update(shingle)
    return [int(value) for value in made.hashvalues]


def mixed(h: int) -> int:
    """MurmurHash3's finalizer for 32 bits."""
    h = (h ^ h >> 16) * 0x85EBCA6B % 2**32
    h = (h ^ h >> 13) * 0xC2B2AE35 % 2**32
    return h ^ h >> 16


def sample(words: Sequence[int], width: int, rate: int) -> dict[int, int]:
    """FracMinHash: the mixed hashes below 2^32 / rate, each with the word where it first begins, in text order."""
    found: dict[int, int] = {}
    for place, shingle in enumerate(shingles(words, width)):
        h = mixed(shingle_hash(shingle))
        if h < 2**32 // rate:
            found.setdefault(h, place)
    return found


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
