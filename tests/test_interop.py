"""Bit for bit datasketch, and an index of datasketch's that answers as ours does."""

from __future__ import annotations

from random import Random

import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given

from oracles import pairs, sketch
from oracles.texts import few_words, texts
from oracles.words import read_words
from storycluster import RecipeError, Settings
from storycluster.candidates import propose_whole
from storycluster.fingerprint import fingerprint_texts
from storycluster.interop import shingle_hash, to_datasketch


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
    keys = propose_whole(fingerprints.signatures, settings).tolist()
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
