"""What a user holds is checked when it is made."""

from __future__ import annotations

import copy
import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from storycluster import Article, ArticleError, Copy, Story, cluster_articles


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", "", "Article.id: expected a non-empty str"),
        ("id", 7, "Article.id: expected str, got int (7)"),
        ("id", None, "Article.id: expected str, got NoneType"),
        ("text", None, "Article.text: expected str, got NoneType"),
        ("text", b"bytes", "Article.text: expected str, got bytes"),
        ("title", None, "Article.title: expected str, got NoneType"),
        ("outlet", ["Post"], "Article.outlet: expected str, got list"),
        ("url", 7, "Article.url: expected str or None, got int"),
        ("language", 7, "Article.language: expected str or None, got int"),
        ("published", "2024-03-04", "Article.published: expected datetime, date or None, got str"),
        ("published", 1_700_000_000, "Article.published: expected datetime, date or None, got int"),
        ("extra", None, "Article.extra: expected a mapping, got NoneType"),
        ("extra", [("a", 1)], "Article.extra: expected a mapping, got list"),
    ],
)
def test_a_wrong_field_is_an_error_that_names_it(field: str, value: Any, message: str) -> None:
    with pytest.raises(ArticleError) as caught:
        Article(**{"id": "a", "text": "text", field: value})
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_what_is_no_record_is_refused() -> None:
    for wrong in ([1], None, "text", {"text"}):
        told = rf"^record: expected a mapping of fields, got {type(wrong).__name__} \({re.escape(repr(wrong))}\)$"
        with pytest.raises(ArticleError, match=told):
            Article.from_mapping(wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_a_long_wrong_value_makes_no_long_message() -> None:
    with pytest.raises(ArticleError) as caught:
        Article("a", ["x"] * 10_000)  # type: ignore[arg-type]  # wrong on purpose
    assert len(str(caught.value)) < 200


def test_articles_are_values() -> None:
    article = Article("a", "text", extra={"section": "world"})
    assert article == Article("a", "text", extra={"section": "world"})
    assert hash(article) == hash(Article("a", "text"))
    assert article != Article("a", "text", extra={})
    assert copy.deepcopy(article) == article
    assert replace(article, title="T").title == "T"
    with pytest.raises(FrozenInstanceError):
        article.text = "other"  # type: ignore[misc]  # wrong on purpose
    assert not hasattr(article, "__dict__")


def test_an_article_may_be_empty_and_hold_any_character() -> None:
    assert Article("a", "").text == ""
    assert Article("\ud800", "\x00\ud800😀").text == "\x00\ud800😀"


def test_naive_times_are_utc_and_days_stay_days() -> None:
    assert Article("a", "", published=datetime(2024, 3, 4, 8)).published == datetime(2024, 3, 4, 8, tzinfo=UTC)
    seoul = timezone(timedelta(hours=9))
    published = Article("a", "", published=datetime(2024, 3, 4, 8, tzinfo=seoul)).published
    assert isinstance(published, datetime)
    assert published.tzinfo is seoul
    day = Article("a", "", published=date(2024, 3, 4)).published
    assert type(day) is date


def test_a_story_is_as_long_as_its_copies() -> None:
    copies = tuple(Copy(name, "", "", None, None, "copy", 1.0, 1.0) for name in "abc")
    story = Story("s", "", (), "a", "a", copies, None, None)
    assert (len(story), story.article_ids) == (3, ("a", "b", "c"))


def test_times_that_utc_can_not_express_are_refused() -> None:
    with pytest.raises(ArticleError, match="between the years 1 and 9999 UTC"):
        Article("a", "text", published=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))


def test_the_last_day_of_all_is_a_day() -> None:
    articles = [Article("a", "text", published=date.max), Article("b", "more", published=date.min)]
    story = cluster_articles(articles, as_of=datetime.max.replace(tzinfo=UTC)).story_of("a")
    assert story.first_published == date.max
