"""Fingerprints → datasketch objects, for whoever runs a datasketch index already, in memory or on Redis.

The other way isn't offered: a MinHash alone has nothing to verify a match on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from datasketch import MinHash, MinHashLSH

from storycluster.clustering import Clustering
from storycluster.columns import Array, Fingerprints
from storycluster.errors import MissingExtraError, SettingsError, StoreError
from storycluster.fingerprint import check_recipe
from storycluster.settings import Settings
from storycluster.story_index import StoryIndex
from storycluster.utf8 import encode

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
    return wrap_signature(fingerprints.signatures[i], settings)


def wrap_signature(signature: Array, settings: Settings) -> MinHash:
    """A signature as a datasketch MinHash."""
    made = MinHash(num_perm=signature.size, seed=settings.seed, hashfunc=shingle_hash, scheme="affine32")
    made.hashvalues[:] = signature
    return made


def export_lsh(source: StoryIndex | Clustering, storage_config: Mapping[str, Any] | None = None) -> MinHashLSH:
    """A datasketch MinHashLSH with all articles of an index or a batch, on Redis or in memory.

    It has this library's bands and rows, ``MinHashLSH(num_perm=bands * rows, params=(bands, rows))``. Its keys are the
    articles' ids: strings in memory, and their UTF-8 bytes elsewhere, where nothing is pickled (``prepickle=False``,
    which whoever opens it again must say, too). Articles without words are left out: they would all be alike.

    Args:
        source: Whose articles.
        storage_config: Where it goes, as datasketch has it; in memory if None. On Redis
            ``{"type": "redis", "basename": b"news", "redis": {"host": "localhost", "port": 6379}}``, where nothing of
            that basename is yet.

    Raises:
        MissingExtraError: It is for Redis, and the package redis isn't installed.
        SettingsError: ``storage_config`` names no basename.
        StoreError: The server doesn't answer, or has such an index already.
    """
    config = dict(storage_config or {"type": "dict"})
    in_memory = config.get("type") == "dict"
    if not in_memory and not isinstance(config.get("basename"), bytes):
        raise SettingsError(
            f'storage_config: expected a basename, b"news", under which the index is found again; '
            f"got {config.get('basename')!r}"
        )
    failures: tuple[type[Exception], ...] = ()
    if config.get("type") == "redis":
        try:
            from redis.exceptions import RedisError
        except ImportError as error:
            raise MissingExtraError("a MinHashLSH on Redis", "redis") from error
        failures = (RedisError,)
    bands, rows = source.settings.bands_rows
    try:
        made = MinHashLSH(num_perm=bands * rows, params=(bands, rows), storage_config=config, prepickle=False)
        if not made.is_empty():
            raise StoreError(
                f"storage_config: expected a basename under which nothing is, got {config['basename']!r}; "
                "name another, or delete what is there"
            )
        with made.insertion_session() as session:
            for article_id, signature in signatures_of(source):
                key = article_id if in_memory else encode(article_id)
                session.insert(key, wrap_signature(signature, source.settings), check_duplication=False)
    except failures as error:
        raise StoreError(f"storage_config: the server can't be used: {error}") from error
    return made


def signatures_of(source: StoryIndex | Clustering) -> Iterator[tuple[str, Array]]:
    """The id and signature of each article that has words."""
    if isinstance(source, StoryIndex):
        yield from source.signatures()
        return
    for article, words, signature in zip(
        source.articles, source.fingerprints.word_counts, source.fingerprints.signatures, strict=True
    ):
        if words:
            yield article.id, signature
