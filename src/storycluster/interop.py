"""Fingerprints → datasketch objects, for whoever runs a datasketch index already.

The other way isn't offered: a MinHash alone has nothing to verify a match on.
"""

from __future__ import annotations

import struct

from datasketch import MinHash

from storycluster.columns import Fingerprints
from storycluster.fingerprint import check_recipe
from storycluster.settings import Settings

SHINGLE_PRIME = 0x9E3779B1


def shingle_hash(shingle: bytes) -> int:
    """The 32-bit hash of a shingle: Σ word_j · SHINGLE_PRIME^(width-1-j) mod 2^32, as ``kernels.minhash`` has it.

    Args:
        shingle: Its words' hashes, little-endian uint32, one after the other: a slice of ``Fingerprints.words``.

    Raises:
        ValueError: The length is no multiple of four bytes.

    >>> shingle_hash(bytes(4)), shingle_hash((5).to_bytes(4, "little"))
    (0, 5)
    """
    if len(shingle) % 4:
        raise ValueError(f"shingle: expected whole uint32 word hashes, got {len(shingle)} bytes")
    h = 0
    for (word,) in struct.iter_unpack("<I", shingle):
        h = (h * SHINGLE_PRIME + word) & 0xFFFFFFFF
    return h


def to_datasketch(fingerprints: Fingerprints, i: int, settings: Settings | None = None) -> MinHash:
    """A fingerprint's signature as a datasketch MinHash, bit for bit the one that datasketch itself would make.

    That is ``MinHash(num_perm=bands * rows, seed=settings.seed, hashfunc=shingle_hash, scheme="affine32")``, updated
    with the text's shingles. It can be put into any datasketch index, or updated further.

    Args:
        fingerprints: Of n texts.
        i: Which one, 0 to n - 1.
        settings: Those that the fingerprints were made under; defaults if None.

    Raises:
        IndexError: There is no i-th text.
        RecipeError: The fingerprints were made under other settings.
    """
    settings = settings or Settings()
    check_recipe(fingerprints, settings)
    if not 0 <= i < len(fingerprints):
        raise IndexError(f"i: expected 0 to {len(fingerprints) - 1}, got {i}")
    signature = fingerprints.signatures[i]
    made = MinHash(num_perm=signature.size, seed=settings.seed, hashfunc=shingle_hash, scheme="affine32")
    made.hashvalues[:] = signature
    return made
