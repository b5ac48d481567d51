"""The simulator is deterministic, and its truth is consistent."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storycluster.errors import SettingsError
from storycluster.models import Article
from storycluster.testing import DEFAULT_MIX, LANGUAGES, Mix, compose, iter_articles, simulate
from storycluster.testing.grammar import grammar, guess_language

DIGEST = """
import hashlib
from storycluster.testing import LANGUAGES, simulate
news = simulate(240, seed=5, languages=LANGUAGES, words=120)
print(hashlib.sha256(repr((news.articles, news.truth, news.pairs)).encode()).hexdigest())
"""


def digest_in_process(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_same_output_in_every_process() -> None:
    first, second = digest_in_process("1"), digest_in_process("977")
    news = simulate(240, seed=5, languages=LANGUAGES, words=120)
    here = hashlib.sha256(repr((news.articles, news.truth, news.pairs)).encode()).hexdigest()
    assert first == second == here


def test_streamed_and_collected_articles_are_the_same() -> None:
    assert tuple(iter_articles(300, seed=2, words=80)) == simulate(300, seed=2, words=80).articles


def test_other_seeds_give_other_articles() -> None:
    texts = [{article.text for article in iter_articles(40, seed=seed)} for seed in (1, 2)]
    assert len(texts[0] & texts[1]) <= 4  # page texts and empty texts are nobody's own


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 120), seed=st.integers(0, 2**64), language=st.sampled_from(LANGUAGES), words=st.floats(20, 300))
def test_truth_and_pairs_agree(n: int, seed: int, language: str, words: float) -> None:
    news = simulate(n, seed=seed, languages=(language,), words=words)
    ids = [article.id for article in news.articles]
    assert len(ids) == n == len(set(ids))
    assert set(news.truth) == set(ids)
    for pair in news.pairs:
        assert pair.a != pair.b
        assert (news.truth[pair.a] == news.truth[pair.b]) == (pair.label == "C")


def test_every_pair_of_a_small_story_is_known() -> None:
    news = simulate(400, seed=8, words=60)
    sizes = Counter(news.truth.values())
    known = Counter(news.truth[pair.a] for pair in news.pairs if pair.label == "C")
    small = [story for story, size in sizes.items() if 2 <= size <= 12]
    assert small
    for story in small:
        assert known[story] == sizes[story] * (sizes[story] - 1) // 2


def test_all_labels_occur() -> None:
    labels = Counter(pair.label for pair in simulate(1500, seed=3, words=60).pairs)
    assert min(labels[label] for label in ("C", "I", "T", "P")) >= 5


def test_mean_length_follows_words() -> None:
    mix = Mix(singles=1, wires=0, events=0, lookalikes=0)
    for words in (150, 400):
        lengths = [len(article.text.split()) for article in iter_articles(300, seed=1, words=words, mix=mix)]
        assert sum(lengths) / 300 == pytest.approx(words, rel=0.15)


def test_a_mix_of_one_kind_holds_that_kind_only() -> None:
    alone = simulate(50, seed=1, mix=Mix(singles=1, wires=0, events=0, lookalikes=0))
    assert len(set(alone.truth.values())) == 50
    assert alone.pairs == ()
    wires = simulate(50, seed=1, mix=Mix(singles=0, wires=1, events=0, lookalikes=0))
    assert {pair.label for pair in wires.pairs} == {"C"}


def test_copies_mean_is_what_the_mix_says() -> None:
    mix = Mix(singles=0, wires=1, events=0, lookalikes=0, copies=6.0)
    sizes = Counter(simulate(2000, seed=1, words=30, mix=mix).truth.values())
    assert 2000 / len(sizes) == pytest.approx(7.0, rel=0.2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_are_in_the_language_s_script(language: str) -> None:
    article = compose("a", seed=4, language=language, words=200)
    assert article.language == language
    assert guess_language(article.text) == (language if language != "de" else "en")
    assert "{" not in article.text
    assert "%s" not in article.text
    assert grammar(language).length(article.text) == pytest.approx(200, rel=0.35)


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_quote_people(language: str) -> None:
    draft_quotes = grammar(language).compose(Random(1), words=300).quotes
    assert draft_quotes


def test_unrelated_articles_share_few_shingles() -> None:
    from rule_shingles import containment, shingles

    made = [shingles(compose("a", seed=seed).text, 3) for seed in range(30)]
    shared = sorted(containment(a, b) for i, a in enumerate(made) for b in made[i + 1 :])
    assert shared[len(shared) // 2] < 0.04
    assert shared[-1] < 0.12


def test_vocabulary_is_zipf_like() -> None:
    words = Counter(word for article in iter_articles(200, seed=1) for word in article.text.lower().split())
    ranked = [count for _, count in words.most_common()]
    assert len(ranked) > 3000
    assert ranked[0] > 20 * ranked[100] / 4
    assert ranked[10] > 4 * ranked[200]


def test_dates_rise_with_the_stream_and_some_are_unknown() -> None:
    articles: list[Article] = list(islice(iter_articles(600, seed=1, words=40), 600))
    assert 5 < sum(article.published is None for article in articles) < 80


@pytest.mark.parametrize(
    "arguments",
    [{"n_articles": -1}, {"languages": ()}, {"languages": ("xx",)}, {"words": 3}],
)
def test_bad_arguments_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="expected"):
        simulate(**{"n_articles": 5, **arguments})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("field", [{"singles": -1.0}, {"copies": 99}, {"outlets": 1}, {"per_hour": 0}])
def test_bad_mixes_are_refused(field: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="Mix"):
        Mix(**field)  # type: ignore[arg-type]  # wrong on purpose
    assert Mix() == DEFAULT_MIX
