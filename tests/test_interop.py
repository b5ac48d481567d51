"""Bit for bit datasketch, and an index of datasketch's that answers as ours does."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import redis
from datasketch import MinHash, MinHashLSH
from hypothesis import given

from oracles import pairs, sketch
from oracles.texts import few_words, texts
from oracles.words import read_words
from storycluster import (
    Article,
    MissingExtraError,
    RecipeError,
    Settings,
    SettingsError,
    StoreError,
    StoryIndex,
    cluster_articles,
)  # fmt: skip
from storycluster.candidates import propose_whole
from storycluster.fingerprint import fingerprint_texts
from storycluster.interop import export_lsh, shingle_hash, to_datasketch
from storycluster.testing import simulate


@given(texts)
def test_it_is_the_min_hash_that_datasketch_makes(text: str) -> None:
    ours = to_datasketch(fingerprint_texts([text]), 0)
    theirs = MinHash(num_perm=126, seed=1, hashfunc=shingle_hash, scheme="affine32")
    for shingle in sketch.shingles(read_words(text)):
        theirs.update(shingle)
    assert ours == theirs
    assert ours.jaccard(theirs) == 1.0


@given(few_words, few_words)
def test_it_can_be_compared_and_merged_there(a: str, b: str) -> None:
    fingerprints = fingerprint_texts([a, b])
    first, second = to_datasketch(fingerprints, 0), to_datasketch(fingerprints, 1)
    agree = (fingerprints.signatures[0] == fingerprints.signatures[1]).mean()
    assert first.jaccard(second) == pytest.approx(agree)
    first.merge(second)
    both = fingerprints.signatures.min(axis=0)
    assert first.hashvalues.tolist() == both.tolist()


@pytest.mark.parametrize(("jaccard", "recall"), [(0.5, 0.99), (0.4, 0.95)])
def test_their_index_answers_as_ours(jaccard: float, recall: float) -> None:
    settings = Settings(lsh_jaccard=jaccard, lsh_recall=recall)
    bands, rows = settings.bands_rows
    random = Random(7)
    words = [f"w{i}" for i in range(400)]
    many = []
    for _ in range(12):
        base = random.choices(words, k=120)
        many += [" ".join(w if random.random() > 0.06 else random.choice(words) for w in base) for _ in range(5)]
    fingerprints = fingerprint_texts(many, settings)
    keys = propose_whole(fingerprints.signatures, np.arange(len(many)), settings).tolist()
    ours = {(key >> 32, key & 0xFFFFFFFF) for key in keys}
    assert ours == pairs.whole_pairs(fingerprints.signatures.tolist(), bands, rows)

    index = MinHashLSH(num_perm=bands * rows, params=(bands, rows))
    sketches = [to_datasketch(fingerprints, i, settings) for i in range(len(many))]
    for i, made in enumerate(sketches):
        index.insert(i, made)
    theirs = {(i, j) for i, made in enumerate(sketches) for j in index.query(made) if i < j}
    assert ours == theirs
    assert 20 < len(ours) < len(many) * (len(many) - 1) / 2  # some, not all


def test_what_is_not_there_is_named() -> None:
    fingerprints = fingerprint_texts(["a", "b"])
    for i in (2, -1):
        with pytest.raises(IndexError, match=rf"expected 0 to 1, got {i}"):
            to_datasketch(fingerprints, i)
    with pytest.raises(RecipeError):
        to_datasketch(fingerprints, 0, Settings(seed=2))
    with pytest.raises(ValueError, match="whole uint32"):
        shingle_hash(b"abc")


ARTICLES = [
    *simulate(60, seed=4, words=80).articles,
    Article("empty", ""),
    Article("odd \ud800", "Some words of its own."),
]


@pytest.fixture
def redis_config(redis_socket: Path) -> dict[str, Any]:
    """Where an index on Redis goes."""
    return {"type": "redis", "basename": uuid4().hex.encode(), "redis": {"unix_socket_path": str(redis_socket)}}


def test_an_index_is_exported(redis_config: dict[str, Any]) -> None:
    """On Redis and in memory, from an index and from a batch, it answers as it would had datasketch made it."""
    batch = cluster_articles(ARTICLES)
    bands, rows = batch.settings.bands_rows
    sketches = {article.id: to_datasketch(batch.fingerprints, i) for i, article in enumerate(batch.articles)}
    wanted = MinHashLSH(num_perm=bands * rows, params=(bands, rows))
    for article_id, sketch_ in sketches.items():
        if article_id != "empty":
            wanted.insert(article_id, sketch_)
    with StoryIndex.open(":memory:", retention=None) as index:
        index.add_many(ARTICLES)
        exported = [(export_lsh(index), str), (export_lsh(batch), str), (export_lsh(index, redis_config), bytes)]
    again = MinHashLSH(num_perm=bands * rows, params=(bands, rows), storage_config=redis_config, prepickle=False)
    assert any(len(wanted.query(made)) > 2 for made in sketches.values())
    for lsh, kind in [*exported, (again, bytes)]:
        for article_id, made in sketches.items():
            if article_id == "empty":
                continue
            found = lsh.query(made)
            assert all(type(key) is kind for key in found)
            told = {key.decode("utf-8", "surrogatepass") if isinstance(key, bytes) else key for key in found}
            assert told == set(wanted.query(made))
    again.remove(ARTICLES[0].id.encode())
    assert ARTICLES[0].id.encode() not in again.query(sketches[ARTICLES[0].id])


def test_nothing_on_redis_is_pickled(redis_config: dict[str, Any], redis_socket: Path) -> None:
    export_lsh(cluster_articles(ARTICLES), redis_config)
    with redis.Redis(unix_socket_path=str(redis_socket)) as server:
        keys = list(server.scan_iter(match=redis_config["basename"] + b"*"))
        assert keys
        ids = {article.id.encode("utf-8", "surrogatepass") for article in ARTICLES}
        buckets = [key for key in keys if server.type(key) == b"set"]
        assert {member for key in buckets for member in server.smembers(key)} == ids - {b"empty"}


def test_an_export_that_cannot_be_is_refused(
    redis_config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = cluster_articles(ARTICLES[:3])
    with pytest.raises(SettingsError, match="expected a basename"):
        export_lsh(batch, {"type": "redis", "redis": redis_config["redis"]})
    export_lsh(batch, redis_config)
    with pytest.raises(StoreError, match="expected a basename under which nothing is"):
        export_lsh(batch, redis_config)
    with pytest.raises(StoreError, match="the server can't be used"):
        export_lsh(batch, redis_config | {"redis": {"unix_socket_path": str(tmp_path / "none")}})
    monkeypatch.setitem(sys.modules, "redis.exceptions", None)
    with pytest.raises(MissingExtraError, match=r"storycluster\[redis\]"):
        export_lsh(batch, redis_config)
