"""Each edit does what its name and strength say, in every script."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_shingles import containment, jaccard, prose, shingles

from storycluster.errors import SettingsError
from storycluster.models import Article
from storycluster.testing import EDITS, LANGUAGES, LOOKALIKES, apply_edits, compose, versions

BASES = {language: compose(f"{language}-1", seed=7, language=language, words=350) for language in LANGUAGES}


def edited(name: str, strength: float, language: str = "en", seed: int = 3) -> Article:
    return EDITS[name](BASES[language], strength, Random(seed))


def similarity(name: str, strength: float, language: str) -> float:
    return jaccard(shingles(BASES[language].text, 3), shingles(edited(name, strength, language).text, 3))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(EDITS))
def test_edits_are_pure_and_keep_identity(name: str, language: str) -> None:
    edit, base = EDITS[name], BASES[language]
    for strength in edit.strengths:
        first, second = edit(base, strength, Random(9)), edit(base, strength, Random(9))
        assert first == second
        assert (first.id, first.outlet, first.published) == (base.id, base.outlet, base.published)
        assert first.text.strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["cut_bottom", "extend_end", "weave", "word_edits", "typos", "ocr_noise", "cut_middle"]
)
def test_stronger_edits_leave_less_alike(name: str, language: str) -> None:
    values = [similarity(name, strength, language) for strength in (0.0, *EDITS[name].strengths)]
    assert values[0] == 1.0
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_cut_bottom_keeps_the_head(share: float, language: str) -> None:
    base, cut = BASES[language].text, edited("cut_bottom", share, language).text
    assert base.startswith(cut)
    assert len(cut) / len(base) == pytest.approx(1 - share, abs=0.1)


@pytest.mark.parametrize("words", [40, 90, 120])
def test_stub_keeps_so_many_words(words: int) -> None:
    cut = edited("stub", words).text
    assert len(cut.split()) == words
    assert cut.endswith("…")
    assert BASES["en"].text.startswith(cut[:-1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["extend_end", "extend_start", "weave", "furniture", "footer", "dateline", "credit"])
def test_additions_keep_the_whole_text(name: str, language: str) -> None:
    base = BASES[language].text
    longer = edited(name, EDITS[name].strengths[-1], language).text
    assert len(longer) > len(base)
    assert all(paragraph in longer for paragraph in base.split("\n\n"))


@pytest.mark.parametrize("share", [0.15, 0.3, 0.6])
def test_extensions_have_the_length_that_they_say(share: float) -> None:
    base, longer = BASES["en"].text.split(), edited("extend_end", share).text.split()
    assert len(longer) / len(base) - 1 == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize("count", [8, 15, 25, 40])
def test_word_edits_change_so_many_words(count: int) -> None:
    base = shingles(BASES["en"].text, 3)
    shared = [containment(base, shingles(edited("word_edits", count, seed=seed).text, 3)) for seed in range(8)]
    # A shingle survives where none of its three words was replaced or cut and nothing was put between them.
    assert sum(shared) / 8 == pytest.approx((1 - count / 350) ** 2.8, abs=0.05)


@pytest.mark.parametrize("language", LANGUAGES)
def test_typography_changes_no_words(language: str) -> None:
    base = BASES[language].text
    for name, strength in (("decompose", 1), ("no_break_spaces", 1.0), ("dash_style", 1)):
        changed = edited(name, strength, language).text
        folded = unicodedata.normalize("NFC", changed).replace("\u00a0", " ")
        assert shingles(folded, 3) == shingles(base, 3), name


@pytest.mark.parametrize("style", [1, 2, 3, 4, 5, 6])
def test_quotation_marks_of_every_style_are_quotations(style: int) -> None:
    changed = edited("quote_style", style).text
    assert changed != BASES["en"].text
    assert shingles(changed, 3) == shingles(BASES["en"].text, 3)
    assert prose(changed).split() == prose(BASES["en"].text).split()


def test_acronyms_expand_and_collapse() -> None:
    base = Article("a", "The Harbor Safety Board (HSB) met. The HSB voted. Then the HSB left, said an HSB aide.")
    longer = EDITS["expand_acronyms"](base, 2, Random(1))
    assert longer.text.count("Harbor Safety Board (HSB)") == 3
    assert EDITS["collapse_acronyms"](longer, 10, Random(1)).text.count("HSB") == 4
    assert "Board" not in EDITS["collapse_acronyms"](longer, 10, Random(1)).text


def test_british_spelling_goes_both_ways() -> None:
    base = Article("a", "The harbor program. Labor leaders near the center criticized it.")
    british = EDITS["spelling"](base, 1.0, Random(1))
    assert british.text == "The harbour programme. Labour leaders near the centre criticised it."
    assert EDITS["spelling"](british, 1.0, Random(1)).text == base.text


def test_percent_styles() -> None:
    base = Article("a", "It rose 4 percent, then 7%, and 1.5 per cent.")
    assert EDITS["percent_style"](base, 0, Random(1)).text == "It rose 4%, then 7%, and 1.5%."
    assert EDITS["percent_style"](base, 2, Random(1)).text == "It rose 4 per cent, then 7 per cent, and 1.5 per cent."


@pytest.mark.parametrize("language", LANGUAGES)
def test_correction_changes_one_number_and_nothing_else(language: str) -> None:
    base = BASES[language].text
    changed = edited("correction", 1, language).text
    assert changed != base
    strip = str.maketrans("", "", "0123456789")
    assert changed.translate(strip) == base.translate(strip)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["reorder", "reorder_sentences"])
def test_reordering_keeps_the_letters(name: str, language: str) -> None:
    base, changed = BASES[language].text, edited(name, 5, language).text
    assert sorted(base.replace(" ", "")) == sorted(changed.replace(" ", ""))


def test_headline_and_address_leave_the_body_alone() -> None:
    base = BASES["en"]
    assert edited("headline", 1).text == base.text
    assert edited("headline", 1).title != base.title
    assert edited("second_address", 0).url != base.url
    assert edited("second_address", 0).text == base.text


def test_versions_grow() -> None:
    three = versions(BASES["en"], (0.25, 0.6), seed=1)
    lengths = [len(article.text) for article in three]
    assert lengths == sorted(lengths)
    assert [article.id for article in three] == ["en-1-v1", "en-1-v2", "en-1"]


def test_an_unknown_edit_is_named() -> None:
    with pytest.raises(SettingsError, match="nonsense"):
        apply_edits(BASES["en"], {"nonsense": 1}, seed=1)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=200),
    name=st.sampled_from(sorted(EDITS)),
    place=st.integers(0, 2),
    seed=st.integers(0, 2**32),
)
def test_edits_take_any_text(text: str, name: str, place: int, seed: int) -> None:
    edit = EDITS[name]
    strength = edit.strengths[place % len(edit.strengths)]
    article = Article("a", text)
    assert edit(article, strength, Random(seed)) == edit(article, strength, Random(seed))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(LOOKALIKES))
def test_lookalikes_are_several_stories(name: str, language: str) -> None:
    lookalike = LOOKALIKES[name]
    if not lookalike.available(language):
        with pytest.raises(SettingsError, match="form"):
            lookalike(seed=1, language=language)
        return
    family = lookalike(seed=1, language=language, n=3)
    assert len(set(family.stories)) == len(family.articles) >= 3
    assert {pair.label for pair in family.pairs} <= {"T", "I", "P"}
    if name not in ("short", "page", "year_later"):
        assert len({article.text for article in family.articles}) == len(family.articles)


def test_forms_share_the_form_and_not_the_numbers() -> None:
    for name, at_least in (("telegram", 0.7), ("gold", 0.5), ("market", 0.4), ("weather", 0.4)):
        first, second = LOOKALIKES[name](seed=2).articles
        assert containment(shingles(first.text, 3), shingles(second.text, 3)) > at_least
        assert first.text != second.text


def test_statements_are_shared_and_prose_is_not() -> None:
    for seed in range(8):
        family = LOOKALIKES["statement"](seed=seed)
        first, second = (article.text for article in family.articles)
        assert 0.2 < containment(shingles(first, 3), shingles(second, 3)) < 0.75
        assert containment(shingles(prose(first), 3), shingles(prose(second), 3)) < 0.25
