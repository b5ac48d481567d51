"""Candidate pairs against brute force, and bounded where buckets overflow."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from oracles import shingles as oracle
from storycluster import Settings
from storycluster.candidates import collapse_texts, index_samples, propose_cut, propose_pairs, propose_whole
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog
from storycluster.fingerprint import fingerprint_texts


def catalog_of(count: int, published: list[int] | None = None) -> Catalog:
    dates = [UNKNOWN_TIME] * count if published is None else published
    return Catalog(
        outlet=np.full(count, NO_OUTLET, np.int32),
        published=np.array(dates, np.int64),
        title=np.zeros(count, np.uint64),
        order=np.arange(count),
    )


def unpacked(keys: Array) -> list[tuple[int, int]]:
    return [(key >> 32, key & 0xFFFFFFFF) for key in keys.tolist()]


def families(random: Random, count: int, size: int, change: float, words: int = 100) -> list[str]:
    """Texts in families that differ in some words."""
    vocabulary = [f"w{i}" for i in range(3000)]
    out = []
    for _ in range(count):
        base = random.choices(vocabulary, k=words)
        out += [
            " ".join(w if random.random() > change else random.choice(vocabulary) for w in base) for _ in range(size)
        ]
    return out


@pytest.mark.parametrize("change", [0.0, 0.02, 0.1, 0.3])
def test_both_indexes_propose_what_brute_force_finds(change: float) -> None:
    settings = Settings()
    fingerprints = fingerprint_texts(families(Random(3), 15, 4, change))
    texts = collapse_texts(fingerprints, catalog_of(len(fingerprints)))
    index = index_samples(fingerprints, texts.rows)
    signatures = fingerprints.signatures[texts.rows]
    bands, rows = settings.bands_rows
    whole = unpacked(propose_whole(signatures, settings))
    assert set(whole) == oracle.band_pairs(signatures.tolist(), bands, rows)

    samples = [set(index.hashes[index.start[t] : index.start[t + 1]].tolist()) for t in range(len(texts))]
    cut = unpacked(propose_cut(index, settings))
    wanted = oracle.sample_pairs(samples, settings.min_shared_samples, settings.min_shared_share)
    assert len(cut) == len(set(cut))
    assert set(cut) == wanted

    pairs = propose_pairs(fingerprints, texts, index, settings)
    both = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert both == sorted(set(whole) | set(cut))


def test_equal_texts_collapse_and_stand_by_date_then_id() -> None:
    many = ["one text", "another one", "One text".lower(), "one text"]
    fingerprints = fingerprint_texts(many)
    texts = collapse_texts(fingerprints, catalog_of(4, [300, 5, UNKNOWN_TIME, 100]))
    assert len(texts) == 2
    of_first = texts.text_of[0]
    members = texts.articles[texts.article_start[of_first] : texts.article_start[of_first + 1]]
    assert members.tolist() == [3, 0, 2]


def test_texts_are_numbered_the_same_in_any_order() -> None:
    many = families(Random(5), 30, 3, 0.05)
    digests = []
    for seed in range(3):
        order = list(range(len(many)))
        Random(seed).shuffle(order)
        fingerprints = fingerprint_texts([many[i] for i in order])
        texts = collapse_texts(fingerprints, catalog_of(len(many)))
        digests.append(fingerprints.digests[texts.rows].tolist())
    assert digests[0] == digests[1] == digests[2]


def test_an_overfull_bucket_pairs_neighbors_only() -> None:
    settings = Settings(bucket_limit=16, bucket_neighbors=3)
    shared = " ".join(f"s{i}" for i in range(200))
    many = [f"{shared} own{i} word{i} here{i}" for i in range(200)]
    fingerprints = fingerprint_texts(many, settings)
    texts = collapse_texts(fingerprints, catalog_of(len(many)))
    index = index_samples(fingerprints, texts.rows)
    bands, _ = settings.bands_rows
    whole = unpacked(propose_whole(fingerprints.signatures[texts.rows], settings))
    assert len(whole) <= bands * 16 / 2 * len(many)
    per_band = len(whole) / bands
    assert per_band <= 3 * len(many)  # each with three after it
    cut = unpacked(propose_cut(index, settings))
    assert len(cut) <= 3 * len(many)
    paired = {text for pair in [*whole, *cut] for text in pair}
    assert paired == set(range(len(texts)))


def test_short_texts_are_in_no_pair() -> None:
    settings = Settings(min_words=25)
    long = " ".join(f"w{i}" for i in range(30))
    fingerprints = fingerprint_texts([long, long + " more", "w1 w2 w3", "w1 w2 w3 w4"], settings)
    texts = collapse_texts(fingerprints, catalog_of(4))
    pairs = propose_pairs(fingerprints, texts, index_samples(fingerprints, texts.rows), settings)
    assert {*texts.rows[pairs.left].tolist(), *texts.rows[pairs.right].tolist()} == {0, 1}


def test_nothing_gives_nothing() -> None:
    for many in ([], [""], ["one"]):
        fingerprints = fingerprint_texts(many)
        texts = collapse_texts(fingerprints, catalog_of(len(many)))
        assert len(propose_pairs(fingerprints, texts, index_samples(fingerprints, texts.rows), Settings())) == 0


@pytest.mark.parametrize(("jaccard", "recall"), [(0.5, 0.99), (0.3, 0.9), (0.9, 0.99), (0.7, 0.5)])
def test_bands_and_rows_reach_the_wanted_recall(jaccard: float, recall: float) -> None:
    settings = Settings(lsh_jaccard=jaccard, lsh_recall=recall)
    bands, rows = settings.bands_rows
    assert 1 - (1 - jaccard**rows) ** bands >= recall
    assert bands * rows <= settings.num_perm
    more = settings.num_perm // (rows + 1)
    assert more == 0 or 1 - (1 - jaccard ** (rows + 1)) ** more < recall
