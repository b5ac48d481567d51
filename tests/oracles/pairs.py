"""Candidate pairs by brute force, and what two sets of shingles have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations

Pair = tuple[int, int]


def buckets(keys: Iterable[tuple[Hashable, int]]) -> list[list[int]]:
    """The members that share a key, for each key."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for key, member in keys:
        found[key].append(member)
    return list(found.values())


def band_buckets(signatures: Sequence[Sequence[int]], bands: int, rows: int) -> list[list[int]]:
    """The texts that share a band: a dictionary of the bands' values themselves."""
    return buckets(
        ((band, *signature[band * rows : (band + 1) * rows]), text)
        for text, signature in enumerate(signatures)
        for band in range(bands)
    )


def whole_pairs(signatures: Sequence[Sequence[int]], bands: int, rows: int) -> set[Pair]:
    """All pairs that share a band."""
    return {pair for members in band_buckets(signatures, bands, rows) for pair in combinations(members, 2)}


def cut_pairs(samples: Sequence[frozenset[int]], least: int, share: float) -> set[Pair]:
    """All pairs that share enough of their samples."""
    found = set()
    for (i, a), (j, b) in combinations(enumerate(samples), 2):
        common = len(a & b)
        smaller = min(len(a), len(b))
        if common and common >= min(least, smaller) and common >= share * smaller:
            found.add((i, j))
    return found


def jaccard(a: frozenset[bytes], b: frozenset[bytes]) -> float:
    """|A ∩ B| / |A ∪ B|, 0 for two empty sets."""
    return len(a & b) / len(a | b) if a or b else 0.0


def containment(a: frozenset[bytes], b: frozenset[bytes]) -> float:
    """|A ∩ B| / min(|A|, |B|), 0 where one is empty."""
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0
