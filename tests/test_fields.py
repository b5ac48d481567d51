from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster import Article, ArticleError
from storycluster.fields import Notes, derived_id, read_fields

BODY = "The ferry stayed in port."
NOON = datetime(2025, 8, 23, 12, tzinfo=UTC)

RECORDS: dict[str, dict[str, Any]] = {
    "news-please": {
        "maintext": BODY, "title": "Ferry", "date_publish": "2025-08-23 12:00:00",
        "source_domain": "norhavnpost.example",
        "url": "https://norhavnpost.example/1", "language": "en", "authors": ["A. Lind"],
    },
    "trafilatura": {
        "text": BODY, "title": "Ferry", "hostname": "norhavnpost.example", "sitename": "Norhavn Post",
        "date": "2025-08-23T12:00:00Z", "source": "https://norhavnpost.example/1", "url": "https://norhavnpost.example/1",
    },
    "fundus": {
        "body": {"summary": [], "sections": [{"headline": "", "paragraphs": [BODY]}]}, "title": "Ferry",
        "publishing_date": "2025-08-23T12:00:00+00:00", "publisher": "norhavnpost.example",
        "url": "https://norhavnpost.example/1",
    },
    "feedparser": {
        "link": "https://norhavnpost.example/1", "title": "Ferry", "content": [{"type": "text/html", "value": BODY}],
        "summary": "short", "source": {"title": "norhavnpost.example", "href": "https://norhavnpost.example"},
        "published": "Sat, 23 Aug 2025 12:00:00 GMT",
        "published_parsed": time.struct_time((2025, 8, 23, 12, 0, 0, 5, 235, 0)),
    },
    "schema.org": {
        "@type": "NewsArticle", "headline": "Ferry", "articleBody": BODY, "datePublished": "2025-08-23T12:00:00Z",
        "publisher": {"@type": "Organization", "name": "norhavnpost.example"}, "inLanguage": "en",
        "mainEntityOfPage": {"@id": "https://norhavnpost.example/1"},
    },
    "ninjs": {
        "uri": "urn:norhavn:1", "headline": "Ferry", "body_text": BODY, "versioncreated": "2025-08-23T12:00:00Z",
        "infosource": [{"name": "norhavnpost.example"}], "language": "en",
    },
}  # fmt: skip


@pytest.mark.parametrize("tool", RECORDS)
def test_records_of_other_tools(tool: str) -> None:
    article = Article.from_mapping(RECORDS[tool])
    assert (article.text, article.title, article.published) == (BODY, "Ferry", NOON)
    assert article.outlet == "norhavnpost.example"
    if tool != "ninjs":
        assert article.url == "https://norhavnpost.example/1"
    assert article.id == (
        "urn:norhavn:1" if tool == "ninjs" else derived_id("https://norhavnpost.example/1", "", "", "")
    )


def test_own_names_win_and_the_rest_is_kept() -> None:
    article = Article.from_mapping(
        {
            "id": 7,
            "text": BODY,
            "body": "other",
            "outlet": "Post",
            "publisher": "other",
            "views": 3,
            "extra": {"desk": "sea"},
        }
    )
    assert (article.id, article.text, article.outlet) == ("7", BODY, "Post")
    assert article.extra == {"body": "other", "publisher": "other", "views": 3, "desk": "sea"}


def test_missing_and_empty_fields() -> None:
    article = Article.from_mapping(
        {"text": None, "title": None, "outlet": None, "url": "", "published": None, "id": None}
    )
    assert (article.text, article.title, article.outlet, article.url, article.published) == ("", "", "", None, None)
    assert Article.from_mapping({"text": "", "maintext": BODY}).text == BODY
    assert Article.from_mapping({"text": "x", "published": "2025-08-23"}).published == date(2025, 8, 23)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": 5}, "text: expected text, got int"),
        ({"text": "x", "title": {"a": 1}}, "title: expected text, got dict"),
        ({"text": "x", "id": True}, "id: expected a string or a whole number"),
        ({"text": "x", "id": 1.5}, "id: expected a string or a whole number"),
        ({"title": "x"}, "expected a text under one of the names"),
    ],
)
def test_wrong_records_say_what_is_wrong(record: dict[str, Any], message: str) -> None:
    with pytest.raises(ArticleError, match=message):
        Article.from_mapping(record)


def test_notes_count_and_tell() -> None:
    notes = Notes()
    for published in ("soon", "soon", "later", "2025-08-23T12:00:00", None):
        read_fields({"text": BODY, "published": published}, notes=notes)
    assert (notes.unreadable_dates, notes.unreadable_examples, notes.naive_times) == (3, ["soon", "later"], 1)
    assert (notes.missing_dates, notes.derived_ids) == (1, 5)
    assert [line.split()[0] for line in notes.summary()] == ["3", "1", "1", "5"]
    assert Notes().summary() == []


@given(st.text(), st.text(), st.text(), st.text())
def test_derived_ids_keep_fields_apart(a: str, b: str, c: str, d: str) -> None:
    assert (derived_id(None, a, b, "") == derived_id(None, c, d, "")) == ((a, b) == (c, d))


def test_derived_ids_are_the_same_in_every_process() -> None:
    code = r"from storycluster.fields import derived_id; print(derived_id(None, 'Post', 'Ferry', 'text\ud800'))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {derived_id(None, "Post", "Ferry", "text\ud800") + "\n"}
