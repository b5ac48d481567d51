"""Fingerprints, compared with their slow twins."""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import shingles as oracle
from oracles.texts import few_words, texts
from oracles.words import read_words
from storycluster import RecipeError, Settings, fingerprint
from storycluster.columns import Fingerprints
from storycluster.fingerprint import check_recipe, digest_strings, fingerprint_texts, recipe, signature_length
from storycluster.kernels.words import CAPITAL, NUMBER

SETTINGS = Settings()


def row(fingerprints: Fingerprints, i: int) -> tuple[list[int], list[int], list[int], dict[int, int]]:
    """Words, flags, signature and sample of one text."""
    words = slice(*fingerprints.word_start[i : i + 2])
    sample = slice(*fingerprints.sample_start[i : i + 2])
    return (
        fingerprints.words[words].tolist(),
        fingerprints.flags[words].tolist(),
        fingerprints.signatures[i].tolist(),
        dict(zip(fingerprints.sample[sample].tolist(), fingerprints.sample_place[sample].tolist(), strict=True)),
    )


def same(a: Fingerprints, b: Fingerprints) -> bool:
    return all(np.array_equal(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))


@given(texts)
def test_words_and_facts_are_those_of_the_slow_reader(text: str) -> None:
    words, flags, *_ = row(fingerprint_texts([text]), 0)
    wanted = read_words(text)
    assert words == [word for word, _, _ in wanted]
    assert [bool(flag & NUMBER) for flag in flags] == [number for _, number, _ in wanted]
    assert [bool(flag & CAPITAL) for flag in flags] == [capital for _, _, capital in wanted]


@given(st.lists(st.one_of(texts, few_words), max_size=6), st.sampled_from([1, 2, 3, 5]), st.integers(0, 2**32 - 1))
def test_signatures_and_samples_are_those_of_the_textbook(many: list[str], width: int, seed: int) -> None:
    settings = Settings(shingle_width=width, seed=seed, num_perm=32, lsh_recall=0.5, sample_rate=2)
    fingerprints = fingerprint_texts(many, settings)
    for i, text in enumerate(many):
        words, _, signature, sample = row(fingerprints, i)
        assert words == [word for word, _, _ in read_words(text)]
        assert signature == oracle.min_hash(words, width, signature_length(settings), seed)
        assert sample == oracle.sample(words, width, 2)
        assert list(sample) == list(oracle.sample(words, width, 2))  # in text order


def test_a_long_text_without_spaces_is_read_as_by_the_slow_reader() -> None:
    random = Random(4)
    for alphabet in ("他说今天京東がパﾊﾟ、。", "กรุงเทพมหานครที่นี่", "他กA 3"):
        text = "".join(random.choice(alphabet) for _ in range(3000))
        words, *_ = row(fingerprint_texts([text]), 0)
        assert words == [word for word, _, _ in read_words(text)]


SCRIPTS = (
    "Café São Tomé naïve Ångström Straße İstanbul",
    "Ёлка й Київ",
    "Ελλάδα ώρα ΐ",
    "대한민국 서울",
    "العَرَبِيّة",
    "हिन्दी क़लम",
    "ガギグ パピプ",
    "Việt Nam, Hà Nội",
)


@pytest.mark.parametrize("text", SCRIPTS)
def test_composed_and_decomposed_forms_are_one(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    first, second = fingerprint_texts([composed]), fingerprint_texts([decomposed])
    assert first.words.tolist() == second.words.tolist()


@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x24F), max_size=30))
def test_latin_letters_are_one_in_either_form(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    first, second = (row(fingerprint_texts([form]), 0)[0] for form in forms)
    assert first == second


PAIRS = (
    ("STRASSE Straße", "strasse STRASSE"),
    ("İstanbul", "istanbul"),
    ("ﬁnal ①", "final 1"),
    ("ŉ", "'n"),
    ("１２３ ٤٥٦", "123 456"),
    ("don’t", "don't"),
    ("co\u00adoperate", "cooperate"),
    ("1,000,000", "1000000"),
    ("U.S.", "US"),
    ("كـتـاب", "كتاب"),
)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_spellings_that_fold_alike(a: str, b: str) -> None:
    assert row(fingerprint_texts([a]), 0)[0] == row(fingerprint_texts([b]), 0)[0]


@pytest.mark.parametrize(("a", "b"), [("3.5", "35"), ("1.5 m", "15 m"), ("कि", "की"), ("กา", "กี"), ("が", "か")])
def test_spellings_that_mean_something_else(a: str, b: str) -> None:
    assert row(fingerprint_texts([a]), 0)[0] != row(fingerprint_texts([b]), 0)[0]


def test_empty_texts_have_no_words_and_the_empty_signature() -> None:
    fingerprints = fingerprint_texts(["", " ... ", "\ud800"])
    assert fingerprints.word_counts.tolist() == [0, 0, 0]
    assert (fingerprints.signatures == 2**32 - 1).all()
    assert fingerprints.sample.size == 0
    assert len(fingerprint_texts([])) == 0


@given(st.lists(st.one_of(texts, few_words), min_size=1, max_size=8), st.integers(0, 100))
def test_a_fingerprint_does_not_depend_on_its_company(many: list[str], pick: int) -> None:
    i = pick % len(many)
    assert row(fingerprint_texts(many), i) == row(fingerprint_texts([many[i]]), 0)


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(1)
    words = ["alpha", "Beta", "3.5", "“gamma”", "北京市", "دلتا"]
    many = [" ".join(random.choices(words, k=random.randrange(80))) for _ in range(300)]
    at_once = fingerprint_texts(many)
    monkeypatch.setattr(fingerprint, "BLOCK_BYTES", 500)
    assert same(fingerprint_texts(many), at_once)
    monkeypatch.setattr("storycluster.threads.thread_count", lambda: 7)
    assert same(fingerprint_texts(many), at_once)


def test_progress_counts_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "BLOCK_BYTES", 100)
    told: list[int] = []
    fingerprint_texts(["one text of some length, " * 3] * 10, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 10


def test_digests_tell_texts_apart_and_flags_too() -> None:
    told, quoted, again = fingerprint_texts(
        ["He said it is over.", "He said “it is over.”", "he   said it is over"]
    ).digests
    assert told != quoted
    assert told != again  # a capital is a flag
    assert len(set(fingerprint_texts([f"text {i}" for i in range(10_000)]).digests.tolist())) == 10_000


def test_digests_of_titles() -> None:
    digests = digest_strings(["The Pier", "the  pier!", "", "...", "Pier"])
    assert digests[0] == digests[1] != digests[4]
    assert digests[2] == digests[3] == 0


@pytest.mark.parametrize(
    "change",
    [{"shingle_width": 4}, {"num_perm": 64, "lsh_recall": 0.9}, {"seed": 2}, {"sample_rate": 16}, {"longest_quote": 9}],
)
def test_fingerprints_are_refused_under_another_recipe(change: dict[str, int]) -> None:
    fingerprints = fingerprint_texts(["a text"])
    check_recipe(fingerprints, SETTINGS.changed(told_share=0.5))  # acts on fingerprints that exist
    other = SETTINGS.changed(**change)
    assert recipe(other) != recipe(SETTINGS)
    with pytest.raises(RecipeError, match="fingerprint the texts again"):
        check_recipe(fingerprints, other)
