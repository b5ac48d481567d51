"""Shingles, their MinHash and sample as a textbook has them: Python sets, and datasketch itself."""

from __future__ import annotations

from datasketch import MinHash

from oracles.words import Word, word_hash
from storycluster.interop import shingle_hash


def shingles(words: list[Word], width: int = 3) -> list[bytes]:
    """The shingles in order, as bytes: each word's hash, little-endian; a shorter text is one shingle."""
    hashes = [word_hash(word.fold).to_bytes(4, "little") for word in words]
    width = min(width, len(hashes))
    return [b"".join(hashes[i : i + width]) for i in range(len(hashes) - width + 1)] if hashes else []


def polynomial(shingle: bytes) -> int:
    """A shingle's hash by its formula, highest power first."""
    hashes = [int.from_bytes(shingle[i : i + 4], "little") for i in range(0, len(shingle), 4)]
    return sum(h * pow(0x9E3779B1, power, 2**32) for power, h in enumerate(reversed(hashes))) % 2**32


def mixed(h: int) -> int:
    """MurmurHash3's finalizer."""
    h ^= h >> 16
    h = h * 0x85EBCA6B % 2**32
    h ^= h >> 13
    h = h * 0xC2B2AE35 % 2**32
    return h ^ h >> 16


def sample(words: list[Word], width: int, rate: int) -> dict[int, int]:
    """Mixed hashes in the lowest ``1 / rate`` of their range, with the word at which each first begins."""
    found: dict[int, int] = {}
    for place, shingle in enumerate(shingles(words, width)):
        h = mixed(polynomial(shingle))
        if h < 2**32 // rate:
            found.setdefault(h, place)
    return found


def min_hash(words: list[Word], width: int, num_perm: int, seed: int) -> MinHash:
    """The slow way: one update a shingle."""
    sketch = MinHash(num_perm=num_perm, seed=seed, hashfunc=shingle_hash, scheme="affine32")
    for shingle in shingles(words, width):
        sketch.update(shingle)
    return sketch
