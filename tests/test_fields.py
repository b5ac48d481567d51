from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster import Article, ArticleError
from storycluster.fields import FOLDED, NAMES, Notes, derived_id, fold, read_fields

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


def nested(levels: int) -> object:
    """A text within so many lists."""
    value: object = BODY
    for _ in range(levels):
        value = [value]
    return value


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


def test_the_case_of_names_does_not_matter() -> None:
    record = {"ID": 7, "Source": "Norhavn Post", "HEADLINE": "Ferry", "articlebody": BODY, "PubDate": "2025-08-23"}
    article = Article.from_mapping(record)
    assert article == Article("7", BODY, "Ferry", "Norhavn Post", published=date(2025, 8, 23))
    assert Article.from_mapping(article.to_mapping()) == article


def test_a_name_as_it_is_understood_comes_before_other_cases() -> None:
    several = {"TEXT": "c", "Text": "b", "text": "a", "summary": "d", "Summary": "e"}
    for names in (several, list(reversed(several))):
        assert read_fields({name: several[name] for name in names})["text"] == "a"
    del several["text"]
    assert read_fields(several)["text"] == "c"  # the alphabetically first
    assert read_fields({**several, "text": " "})["text"] == "c"
    assert read_fields({"Text": "b", "summary": "d"})["text"] == "b"  # as "text" would


def test_names_in_other_cases_come_back_where_they_were() -> None:
    article = Article("a", BODY, extra={"Text": "b", "Outlet": "Norhavn Post", "paper": "Tern"})
    assert article.to_mapping()["extra"] == {"Text": "b", "Outlet": "Norhavn Post"}
    assert Article.from_mapping(article.to_mapping()) == article


def test_no_two_fields_have_one_name_in_small_letters() -> None:
    assert len(FOLDED) == sum(map(len, NAMES.values()))
    assert [fold(name) for name in ("TEXT", "texts", "lin\u212a", 5)] == ["text", None, None, None]


def test_missing_and_empty_fields() -> None:
    article = Article.from_mapping(
        {"text": None, "title": None, "outlet": None, "url": "", "published": None, "id": None}
    )
    assert (article.text, article.title, article.outlet, article.url, article.published) == ("", "", "", None, None)
    assert Article.from_mapping({"text": "", "maintext": BODY}).text == BODY
    assert Article.from_mapping({"text": " \n", "maintext": BODY}).text == BODY
    assert Article.from_mapping({"text": "x", "published": "2025-08-23"}).published == date(2025, 8, 23)


def test_missing_values_of_pandas_are_empty() -> None:
    import pandas as pd

    for nothing in (float("nan"), pd.NA, pd.NaT):
        article = Article.from_mapping(
            dict.fromkeys(("id", "title", "outlet", "published"), nothing) | {"text": BODY, "publisher": "Post"}
        )
        assert (article.id, article.title) == (derived_id(None, "Post", "", BODY), "")
        assert (article.outlet, article.published) == ("Post", None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(7, "7"), (1.0, "1"), (np.int64(7), "7"), (np.float64(7.0), "7"), ("007", "007"), (-1, "-1"), (" a ", " a ")],
)
def test_ids_that_are_whole_numbers(given: object, expected: str) -> None:
    assert Article.from_mapping({"id": given, "text": BODY}).id == expected


@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan"), [], {}])
def test_ids_that_are_missing(nothing: object) -> None:
    assert Article.from_mapping({"id": nothing, "guid": "g", "text": BODY}).id == "g"
    assert Article.from_mapping({"id": nothing, "text": BODY, "url": " "}).id == derived_id(None, "", "", BODY)


def test_the_first_readable_date_counts_and_others_are_kept() -> None:
    parsed = [2025, 8, 23, 12, 0, 0, 5, 235, 0]
    notes = Notes()
    article = Article.from_mapping(
        {"text": BODY, "published": "last Saturday", "published_parsed": parsed, "date": "2024-01-01"}, notes=notes
    )
    assert article.published == NOON
    assert article.extra == {"published": "last Saturday", "date": "2024-01-01"}
    assert notes == Notes(missing_outlets=1, derived_ids=1)

    article = Article.from_mapping({"text": BODY, "published": "", "date": "soon", "pubDate": "later"}, notes=notes)
    assert article.published is None
    assert article.extra == {"date": "soon", "pubDate": "later"}
    assert (notes.unreadable_dates, notes.unreadable_examples, notes.missing_dates) == (1, ["soon"], 0)

    article = Article.from_mapping({"text": BODY, "published": "None", "date": "2025-08-23T12:00"}, notes=notes)
    assert (article.published, article.extra, notes.naive_times) == (NOON, {}, 1)


def test_lists_of_texts_are_joined_and_others_give_their_first_item() -> None:
    article = Article.from_mapping(
        {
            "text": ["One.", None, {"value": "Two."}],
            "title": ["", "Ferry", "Storm"],
            "publisher": [{"name": ["Post", "Herald"]}, {"name": "Times"}],
            "url": ["https://norhavnpost.example/1", "https://norhavnpost.example/amp/1"],
            "inLanguage": ["en", "da"],
        }
    )
    assert (article.text, article.title, article.outlet, article.language) == ("One.\n\nTwo.", "Ferry", "Post", "en")
    assert article.url == "https://norhavnpost.example/1"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (" Norhavn Post\u00a0", "Norhavn Post"),
        ("\tNorhavn\nPost\x07\u3000", "Norhavn Post"),
        ("\x1b[1mPost", "[1mPost"),
        ("\x85 \x7f", ""),
        (["", " Post "], "Post"),
        ("روز\u200cنامه", "روز\u200cنامه"),  # what joins letters is no control character
    ],
)
def test_outlets_names_are_cleaned(given: object, name: str) -> None:
    assert Article.from_mapping({"text": BODY, "outlet": given}).outlet == name
    if isinstance(given, str):
        article = Article("a", BODY, outlet=given)
        assert article == Article("a", BODY, outlet=name) == Article.from_mapping(article.to_mapping())


def test_an_outlet_may_be_an_address() -> None:
    article = Article.from_mapping({"text": BODY, "source": {"href": "https://norhavnpost.example"}})
    assert article.outlet == "https://norhavnpost.example"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": 5}, "text: expected text, got int"),
        ({"text": "x", "title": {"a": 1}}, "title: expected text, got dict"),
        ({"text": "x", "id": True}, "id: expected a string or a whole number"),
        ({"text": "x", "id": 1.5}, "id: expected a string or a whole number"),
        ({"text": "x", "id": float("inf")}, "id: expected a string or a whole number"),
        ({"text": "x", "id": nested(10_000)}, "id: expected a string .*got list .a deeply nested list"),
        ({"text": nested(40)}, "text: expected text, got list"),
        ({"text": nested(10_000)}, "text: expected text, got list .a deeply nested list"),
        ({"text": "x", "title": nested(10_000)}, "title: expected text, got list"),
        ({"text": {"summary": ["x"], "sections": nested(10_000)}}, "text: expected text, got dict"),
        ({"text": np.array(["x", "y"])}, "text: expected text, got ndarray"),
        ({"title": "x"}, "expected a text under one of the names"),
    ],
)
def test_wrong_records_say_what_is_wrong(record: dict[str, Any], message: str) -> None:
    with pytest.raises(ArticleError, match=message):
        Article.from_mapping(record)


def test_notes_count_and_tell() -> None:
    notes = Notes()
    for published in ("soon", "soon", "later", "2025-08-23T12:00:00", None, nested(10_000)):
        read_fields({"text": BODY, "published": published}, notes=notes)
    assert (notes.unreadable_dates, notes.naive_times, notes.missing_dates, notes.derived_ids) == (4, 1, 1, 6)
    assert notes.summary() == [
        "4 dates not readable, taken as unknown, such as 'soon', 'later', 'a deeply nested list'",
        "6 articles without an outlet",
        "1 article without a date",
        "1 time without a zone, read as UTC",
        "6 articles without an id, given one from url or content",
    ]
    assert Notes(unreadable_dates=1, unreadable_examples=["soon"], derived_ids=1).summary() == [
        "1 date not readable, taken as unknown, such as 'soon'",
        "1 article without an id, given one from url or content",
    ]
    assert Notes().summary() == []


def test_articles_without_an_outlet_name_what_was_not_read() -> None:
    notes, more = Notes(), Notes()
    unread: dict[Any, Any] = {
        "authors": ["A. Lind"],
        "paper": "Norhavn Post",
        "teaser": BODY * 3,
        "page": 3,
        "desk": " ",
        "date": "soon",
        5: "B",
        "\x1b6": "C",
    }
    read_fields({"text": BODY, "outlet": "Daily Tern", "section": "Local"}, notes=notes)
    read_fields({"text": BODY, **unread}, notes=notes)
    read_fields({"text": BODY, "outlet": " ", "section": "Local"}, notes=more)
    notes.add(more)
    assert (notes.missing_outlets, notes.unread_names) == (2, ["paper", "5", "6"])
    assert "2 articles without an outlet (fields not read: paper, 5, 6)" in notes.summary()


@pytest.mark.parametrize("name", NAMES["outlet"])
def test_names_of_the_outlet(name: str) -> None:
    notes = Notes()
    assert read_fields({"text": BODY, name: "Norhavn Post"}, notes=notes)["outlet"] == "Norhavn Post"
    assert notes.missing_outlets == 0


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
