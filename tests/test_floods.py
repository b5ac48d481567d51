"""Bad input and floods: each has a stated outcome, and time grows about as the input does."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

import pytest

from storycluster import Article, Clustering, cluster_articles
from storycluster.testing import compose

TEXT = compose("x", seed=1, words=200).text
WORDS = TEXT.split()


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def growth(make: Callable[[int], list[Article]], n: int) -> float:
    """How many times longer four times as many articles take, both measured twice in this process."""
    small, large = make(n), make(4 * n)
    cluster_articles(small)
    return min(seconds(lambda: cluster_articles(large)) for _ in range(2)) / min(
        seconds(lambda: cluster_articles(small)) for _ in range(2)
    )


def copies(n: int) -> list[Article]:
    return [Article(f"c{i:06}", TEXT) for i in range(n)]


def near_copies(n: int) -> list[Article]:
    """Copies with one word changed each."""
    return [Article(f"n{i:06}", " ".join([*WORDS[: i % 197], f"word{i}", *WORDS[i % 197 + 1 :]])) for i in range(n)]


def sharing_a_paragraph(n: int) -> list[Article]:
    """Unrelated articles of 500 outlets with one paragraph in common."""
    random = Random(5)
    vocabulary = [f"w{k}" for k in range(20_000)]
    paragraph = compose("p", seed=2, words=60).text.replace("\n", " ")
    return [
        Article(f"s{i:06}", f"{' '.join(random.choices(vocabulary, k=80))}\n\n{paragraph}", outlet=f"outlet {i % 500}")
        for i in range(n)
    ]


def statuses(clustering: Clustering) -> set[str]:
    return {clustering.status_of(article.id) for article in clustering.articles}


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u200b", "...", "— “” ?!", "!" * 10_000, "<p></p>", "<!-- a -->"])
def test_texts_without_words_stand_alone_as_empty(text: str) -> None:
    clustering = cluster_articles([Article(str(i), text) for i in range(300)])
    assert len(clustering) == 300
    assert statuses(clustering) == {"empty"}
    match = clustering.explain("0", "1").match
    assert (match.verdict, match.jaccard, match.containment, match.prose) == ("different", 0.0, 0.0, 0.0)
    assert match.reason == "too short to judge: 0 words, at least 25 are needed"


@pytest.mark.parametrize("text", ["Ferry", "Quay shut again", "three short words " * 8, "码头关闭"])
def test_a_few_words_stand_alone_as_too_short(text: str) -> None:
    clustering = cluster_articles([Article(str(i), text) for i in range(300)])
    assert len(clustering) == 300
    assert statuses(clustering) == {"too short"}
    assert "too short to judge" in clustering.explain("0", "1").match.reason


def test_lone_surrogates_and_control_characters_are_characters() -> None:
    odd = TEXT.replace("a", "\ud800", 3).replace("e", "\udfff", 3).replace(" ", "\x00 ", 5)
    articles = [
        Article("plain", TEXT),
        Article("a\ud800", odd, "\udfff title", "Norhavn \ud800 Post"),
        Article("b\ud801", odd, "\udfff title", "Tern \ud801"),
        Article("only", "\ud800\udfff" * 500),
        Article("nul", "\x00" * 500),
    ]
    clustering = cluster_articles(articles)
    assert set(clustering.stories[0].article_ids) >= {"a\ud800", "b\ud801"}
    assert [outlet.name for outlet in clustering.stories[0].outlets] == ["Norhavn \ud800 Post", "Tern \ud801"]
    assert clustering.status_of("nul") == "empty"
    assert clustering.story_of("only").article_ids == ("only",)
    assert sum(map(len, clustering.stories)) == 5


def test_one_article_of_50_megabytes_among_others() -> None:
    random = Random(3)
    paragraphs = [" ".join(random.choices(WORDS, k=150)) for _ in range(1_000)]
    huge = "\n\n".join(paragraphs[random.randrange(1_000)] for _ in range(60_000))
    huge = huge[: 50 << 20].ljust(50 << 20, "x")
    begin = time.perf_counter()
    clustering = cluster_articles([TEXT, huge, "WIRE - " + TEXT])
    assert time.perf_counter() - begin < 60
    assert clustering.labels.tolist() == [0, 1, 0]
    assert clustering.status_of("1") == "alone"


def test_one_word_of_50_megabytes() -> None:
    clustering = cluster_articles([TEXT, "x" * (50 << 20)])
    assert [clustering.status_of(str(i)) for i in range(2)] == ["alone", "too short"]


def test_50_000_copies_are_one_story() -> None:
    clustering = cluster_articles(copies(50_000))
    assert len(clustering) == 1
    story = clustering.stories[0]
    assert len(story) == 50_000
    assert {(copy.relation, copy.jaccard) for copy in story.copies[1:]} == {("copy", 1.0)}


def test_50_000_near_copies_are_one_story() -> None:
    clustering = cluster_articles(near_copies(50_000))
    assert len(clustering) == 1
    story = clustering.stories[0]
    assert len(story) == 50_000
    assert min(copy.jaccard for copy in story.copies) > 0.9


def test_100_000_articles_that_share_a_paragraph_are_100_000_stories() -> None:
    assert len(cluster_articles(sharing_a_paragraph(100_000))) == 100_000


@pytest.mark.parametrize(("make", "n"), [(copies, 10_000), (near_copies, 4_000), (sharing_a_paragraph, 6_000)])
def test_time_grows_about_as_the_flood_does(make: Callable[[int], list[Article]], n: int) -> None:
    assert growth(make, n) <= 7


def test_a_flood_of_one_page_in_one_outlet_is_no_story() -> None:
    page = "To read on, subscribe now. " + " ".join(WORDS[:60])
    articles = [Article(f"p{i:05}", page, f"Headline {i}", "Norhavn Post") for i in range(5_000)]
    assert len(cluster_articles(articles)) == 5_000
