"""Candidate pairs are those of brute force where buckets are small, and few where they are not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oracles.pairs import Pair, band_buckets, buckets, cut_pairs, whole_pairs
from storycluster import Settings
from storycluster.candidates import collapse_texts, index_samples, propose_cut, propose_pairs, propose_whole
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog, Fingerprints, Texts
from storycluster.fingerprint import fingerprint_texts
from storycluster.testing import compose, simulate

SETTINGS = Settings(num_perm=24, lsh_recall=0.9)
BANDS, ROWS = SETTINGS.bands_rows


def bare_catalog(n: int, published: Array | None = None) -> Catalog:
    return Catalog(
        outlet=np.full(n, NO_OUTLET, np.int32),
        published=np.full(n, UNKNOWN_TIME, np.int64) if published is None else published,
        title=np.zeros(n, np.uint64),
        order=np.arange(n),
    )


def pairs_of(keys: Array) -> list[Pair]:
    return [(key >> 32, key & 0xFFFFFFFF) for key in keys.tolist()]


def with_samples(samples: list[frozenset[int]]) -> Fingerprints:
    """Fingerprints of which the samples alone matter."""
    start = np.zeros(len(samples) + 1, np.int64)
    np.cumsum([len(sample) for sample in samples], out=start[1:])
    hashes = np.array([h for sample in samples for h in sorted(sample)], np.uint32)
    none = np.empty(0, np.uint32)
    return Fingerprints(
        none, none.astype(np.uint8), np.zeros_like(start), np.empty((len(samples), 0), np.uint32),
        hashes, np.zeros_like(hashes), start, np.arange(len(samples), dtype=np.uint64), "",
    )  # fmt: skip


def fingerprints_and_texts(batch: list[str], settings: Settings) -> tuple[Fingerprints, Texts]:
    fingerprints = fingerprint_texts(batch, settings)
    return fingerprints, collapse_texts(fingerprints, bare_catalog(len(batch)))


# Few values: bands are shared often.
signature_lists = st.lists(st.lists(st.integers(0, 2), min_size=BANDS * ROWS, max_size=BANDS * ROWS), max_size=12)
sample_lists = st.lists(st.frozensets(st.integers(0, 12), max_size=10), max_size=14)


@given(signature_lists)
def test_whole_copies_are_those_that_share_a_band(signatures: list[list[int]]) -> None:
    rows = np.array(signatures, np.uint32).reshape(-1, BANDS * ROWS)
    found = pairs_of(propose_whole(rows, np.arange(len(rows)), SETTINGS))
    assert set(found) == whole_pairs(signatures, BANDS, ROWS)
    shared = [sum(i in members and j in members for members in band_buckets(signatures, BANDS, ROWS)) for i, j in found]
    assert all(found.count(pair) == times for pair, times in zip(found, shared, strict=True))


@given(sample_lists, st.integers(1, 4), st.floats(0, 1))
def test_cut_copies_are_those_that_share_enough_samples(
    samples: list[frozenset[int]], least: int, share: float
) -> None:
    settings = Settings(min_shared_samples=least, min_shared_share=share)
    index = index_samples(with_samples(samples), np.arange(len(samples)))
    found = pairs_of(propose_cut(index, settings))
    assert len(found) == len(set(found))
    assert set(found) == cut_pairs(samples, least, share)


@given(sample_lists, st.data())
def test_the_sample_index_holds_the_samples_of_the_rows_named(
    samples: list[frozenset[int]], data: st.DataObject
) -> None:
    rows = data.draw(st.permutations(range(len(samples))).map(lambda rows: rows[: len(rows) // 2 + 1]))
    index = index_samples(with_samples(samples), np.array(rows, np.int64))
    for text, row in enumerate(rows):
        mine = slice(index.start[text], index.start[text + 1])
        assert index.hashes[mine].tolist() == sorted(samples[row])
        for h, rank in zip(index.hashes[mine].tolist(), index.rank[mine].tolist(), strict=True):
            holders = [other for other, other_row in enumerate(rows) if h in samples[other_row]]
            if rank < 0:
                assert holders == [text]
                continue
            posting = int(index.posting_of[rank])
            begin, end = index.posting_start[posting : posting + 2].tolist()
            assert index.members[begin:end].tolist() == holders
            assert index.members[rank] == text
            assert set(index.posting_of[begin:end].tolist()) == {posting}


def test_threads_share_the_texts_and_lose_none(monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprints = fingerprint_texts([article.text for article in simulate(600, seed=4, words=60).articles])
    index = index_samples(fingerprints, np.arange(len(fingerprints)))
    found = []
    for threads in (1, 3):
        monkeypatch.setattr("storycluster.threads.thread_count", lambda threads=threads: threads)
        monkeypatch.setattr("storycluster.candidates.spans", lambda n, t=threads: [
            slice(low, high) for low, high in pairwise(np.linspace(0, n, 5 * t).astype(int).tolist())
        ])  # fmt: skip
        found.append(sorted(pairs_of(propose_cut(index, Settings()))))
    assert found[0] == found[1]
    assert found[0]


@given(st.integers(5, 40), st.integers(1, 4))
@hypothesis_settings(max_examples=30)
def test_an_overfull_band_pairs_each_text_with_its_neighbors(members: int, neighbors: int) -> None:
    settings = SETTINGS.changed(bucket_limit=4, bucket_neighbors=neighbors)
    found = pairs_of(propose_whole(np.zeros((members, BANDS * ROWS), np.uint32), np.arange(members), settings))
    assert len(found) <= BANDS * neighbors * members
    assert set(found) == {(i, j) for j in range(members) for i in range(max(0, j - neighbors), j)}


@given(st.integers(5, 40), st.integers(1, 4))
@hypothesis_settings(max_examples=30)
def test_an_overfull_posting_pairs_each_text_with_its_neighbors(members: int, neighbors: int) -> None:
    settings = Settings(bucket_limit=4, bucket_neighbors=neighbors)
    index = index_samples(with_samples([frozenset(range(5))] * members), np.arange(members))
    found = pairs_of(propose_cut(index, settings))
    assert len(found) == len(set(found)) <= neighbors * members
    assert set(found) == {(i, j) for j in range(members) for i in range(max(0, j - neighbors), j)}


@given(sample_lists, st.integers(2, 6), st.integers(1, 3))
def test_overfull_postings_propose_nothing_new_and_a_bounded_number(
    samples: list[frozenset[int]], limit: int, neighbors: int
) -> None:
    settings = Settings(bucket_limit=limit, bucket_neighbors=neighbors, min_shared_samples=1, min_shared_share=0.0)
    found = set(pairs_of(propose_cut(index_samples(with_samples(samples), np.arange(len(samples))), settings)))
    assert found <= cut_pairs(samples, 1, 0.0)
    postings = buckets((h, text) for text, sample in enumerate(samples) for h in sample)
    most = [len(p) * (len(p) - 1) // 2 if len(p) <= limit else neighbors * len(p) for p in postings]
    assert len(found) <= sum(most)
    for members in postings:
        if len(members) > 1:
            assert all(any(text in pair for pair in found) for text in members)


def test_pairs_of_articles_are_those_of_brute_force() -> None:
    settings = Settings(bucket_limit=1 << 20)
    batch = [article.text for article in simulate(300, seed=6, languages=("en", "ja"), words=80).articles]
    batch += ["a short text", "a short text", ""]
    fingerprints, texts = fingerprints_and_texts(batch, settings)
    pairs = propose_pairs(fingerprints, texts, index_samples(fingerprints, texts.rows), settings)
    rows = texts.rows.tolist()
    bands_rows = settings.bands_rows
    samples = [
        frozenset(fingerprints.sample[fingerprints.sample_start[row] : fingerprints.sample_start[row + 1]].tolist())
        for row in rows
    ]
    wanted = whole_pairs([fingerprints.signatures[row].tolist() for row in rows], *bands_rows)
    wanted |= cut_pairs(samples, settings.min_shared_samples, settings.min_shared_share)
    long_enough = fingerprints.word_counts[texts.rows] >= settings.min_words
    found = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert found == sorted(pair for pair in wanted if long_enough[list(pair)].all())
    assert found


@pytest.mark.parametrize("batch", [[], [""], ["", "—"], ["one"], ["one", "two"]])
def test_few_texts_or_none_have_no_pairs(batch: list[str]) -> None:
    fingerprints, texts = fingerprints_and_texts(batch, Settings())
    pairs = propose_pairs(fingerprints, texts, index_samples(fingerprints, texts.rows), Settings())
    assert len(pairs) == 0


def test_articles_collapse_to_texts_in_an_order_that_theirs_plays_no_part_in() -> None:
    batch = [compose("a", seed=seed % 7, words=40).text for seed in range(20)]
    day = np.array([UNKNOWN_TIME, 5, 3] * 7, np.int64)[:20]
    fingerprints = fingerprint_texts(batch)
    texts = collapse_texts(fingerprints, bare_catalog(20, day))
    assert len(texts) == 7
    signatures = fingerprints.signatures[texts.rows, :4].tolist()
    assert signatures == sorted(signatures)
    for text, (low, high) in enumerate(pairwise(texts.article_start.tolist())):
        articles = texts.articles[low:high].tolist()
        assert sorted(articles) == [i for i in range(20) if texts.text_of[i] == text]
        assert len({batch[i] for i in articles}) == 1
        assert articles == sorted(articles, key=lambda i: (day[i] == UNKNOWN_TIME, day[i], i))
    order = np.random.default_rng(1).permutation(20)
    again = collapse_texts(fingerprint_texts([batch[i] for i in order]), bare_catalog(20))
    assert again.text_of.tolist() == texts.text_of[order].tolist()


@pytest.mark.parametrize(("jaccard", "recall"), [(0.5, 0.99), (0.3, 0.9), (0.9, 0.99), (0.7, 0.5)])
def test_bands_and_rows_reach_the_wanted_recall(jaccard: float, recall: float) -> None:
    settings = Settings(lsh_jaccard=jaccard, lsh_recall=recall)
    bands, rows = settings.bands_rows
    assert 1 - (1 - jaccard**rows) ** bands >= recall
    assert bands * rows <= settings.num_perm
    more = settings.num_perm // (rows + 1)
    assert more == 0 or 1 - (1 - jaccard ** (rows + 1)) ** more < recall
