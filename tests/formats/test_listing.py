from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster.errors import FormatError
from storycluster.formats.intake import Unreadable
from storycluster.formats.listing import is_listing, read_listing, resolve_age

AS_OF = datetime(2025, 8, 23, 10, 0, tzinfo=UTC)
HEADING = "logo\n#\n\n\nLatest news with #Norhavn\n\n"
FOOTER = (
    "DOWNLOAD THE APP\n\nGet Started Now: Download the App\n\n"
    "Ready to dive into the harbor's world? Download our app today.\napp-storeplay-store\n"
)


def entry(
    title: str, outlet: str, age: str, body: str, bullets: tuple[str, ...] = ("Transport",), *, below: bool = True
) -> str:
    names = "".join(f"  • {name}\n" for name in (*bullets, outlet))
    again = f"{title}\n\n" if below else ""
    return f"{title}\n{title}\n\n{outlet}\n\n{age}\n\n{names}\n{again}{body}\n\n"


FERRY = entry("Ferry stays in port", "Norhavn Post", "time13 hours ago", "The ferry had engine trouble.")
GULLS = entry("Gulls return to the pier", "Daily Tern", "timea day ago", "They came at dawn.\n\nNobody had called.")


def read(page: str, as_of: datetime | None = None) -> list[tuple[int, dict[str, Any]]]:
    found = []
    for line, record in read_listing(page, "page", as_of=as_of):
        assert not isinstance(record, Unreadable), record
        found.append((line, dict(record)))
    return found


def test_a_page_gives_its_articles_without_its_furniture() -> None:
    assert read(HEADING + FERRY + GULLS + FOOTER, AS_OF) == [
        (
            7,
            {
                "title": "Ferry stays in port",
                "outlet": "Norhavn Post",
                "text": "The ferry had engine trouble.",
                "published": AS_OF - timedelta(hours=13),
                "age": "13 hours ago",
                "section": "Transport",
            },
        ),
        (
            21,
            {
                "title": "Gulls return to the pier",
                "outlet": "Daily Tern",
                "text": "They came at dawn.\n\nNobody had called.",
                "published": date(2025, 8, 22),
                "age": "a day ago",
                "section": "Transport",
            },
        ),
    ]


def test_ages_stay_unresolved_without_the_time_of_the_page() -> None:
    assert [(record["published"], record["age"]) for _, record in read(FERRY + GULLS)] == [
        (None, "13 hours ago"),
        (None, "a day ago"),
    ]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("just now", AS_OF),
        ("30 seconds ago", AS_OF - timedelta(seconds=30)),
        ("2 minutes ago", AS_OF - timedelta(minutes=2)),
        ("An hour ago", AS_OF - timedelta(hours=1)),
        ("1 hour ago", AS_OF - timedelta(hours=1)),
        ("yesterday", date(2025, 8, 22)),
        ("2 days ago", date(2025, 8, 21)),
        ("3 weeks ago", date(2025, 8, 2)),
        ("a month ago", date(2025, 7, 23)),
        ("8 months ago", date(2024, 12, 23)),
        ("2 years ago", date(2023, 8, 23)),
        ("9999 years ago", None),
        ("999999 weeks ago", None),
        ("Aug. 3, 2025", date(2025, 8, 3)),
    ],
)
def test_ages(age: str, expected: date | None) -> None:
    found = resolve_age(age, AS_OF)
    assert found == expected
    assert type(found) is type(expected)


def test_days_are_those_of_the_pages_own_zone() -> None:
    assert resolve_age("a day ago", datetime(2025, 8, 23, 1, tzinfo=timezone(timedelta(hours=9)))) == date(2025, 8, 22)


def test_a_naive_time_of_the_page_is_utc() -> None:
    assert read(FERRY, AS_OF.replace(tzinfo=None)) == read(FERRY, AS_OF)


def test_dates_in_place_of_ages() -> None:
    [(_, record)] = read(FERRY.replace("time13 hours ago", "timeAug 3, 2025"), AS_OF)
    assert record["published"] == "Aug 3, 2025"


@pytest.mark.parametrize(
    "changed",
    [
        FERRY.replace("\n", "\r\n"),
        FERRY.replace(" ", "\xa0"),
        FERRY.replace("time13", "time 13"),
        FERRY.replace("time13", "13"),
        FERRY.replace("•", "·"),
        "\ufeff" + FERRY,
        FERRY.replace("Ferry stays in port\nFerry stays in port\n", "Ferry stays in port\n\nFerry stays in port\n"),
        FERRY.replace("Ferry stays in port\nFerry stays in port\n", "Ferry stays in port\n"),
        FERRY.replace("  • Norhavn Post\n", ""),
        FERRY.replace("\nNorhavn Post\n\ntime", "\ntime"),
        FERRY.replace("trouble.", "trouble. [[nid:1234]]"),
        FERRY.replace("trouble.", "trouble.\n\n[[nid:1234]]"),
        FERRY.rstrip(),
        FERRY + FOOTER.replace("\n", "\r\n"),
        FERRY + "DOWNLOAD THE APP\n",
        HEADING + FERRY + FOOTER,
    ],
)
def test_pages_as_other_browsers_leave_them(changed: str) -> None:
    [(_, record)] = read(changed, AS_OF)
    spaced = {key: value.replace("\xa0", " ") if isinstance(value, str) else value for key, value in record.items()}
    assert spaced == read(FERRY, AS_OF)[0][1]
    assert is_listing(changed)


def test_bodies_keep_blank_lines_bullets_ages_and_a_single_line_that_looks_like_the_pages() -> None:
    body = "First.\n\n\n\n• One\n• Two\n\nThe ferry left\n\n2 days ago\n\nDownload the app\n\nLast."
    for below in (True, False):
        page = entry("Ferry leaves", "Norhavn Post", "time2 minutes ago", body, below=below) + GULLS
        first, second = read(page)
        assert first[1]["text"] == body.replace("\n\n\n\n", "\n\n")
        assert second[1] == read(GULLS)[0][1]


def test_bullets_of_a_body_without_the_title_above_it() -> None:
    [(_, record)] = read(entry("Ferry leaves", "Norhavn Post", "timean hour ago", "• One\n• Two", below=False))
    assert (record["text"], record["section"]) == ("• One\n• Two", "Transport")


def test_several_sections_and_none() -> None:
    several = entry("A", "Norhavn Post", "timea day ago", "Text.", ("Sea", "World"))
    none = entry("B", "Norhavn Post", "timea day ago", "Text.", ())
    assert [record.get("section") for _, record in read(several + none)] == ["Sea, World", None]


def test_an_article_without_a_body() -> None:
    first, _ = read(entry("A", "Tern", "timea day ago", "") + GULLS)
    assert first[1]["text"] == ""


def test_pages_one_after_the_other() -> None:
    page = HEADING + FERRY + GULLS + FOOTER
    once, twice = read(page), read(page + page)
    assert [record for _, record in twice] == [record for _, record in once] * 2
    # no footer between them, so that the next page's heading ends the last article
    assert [r for _, r in read(HEADING + FERRY + HEADING + GULLS)] == [r for _, r in read(FERRY + GULLS)]


def test_an_age_without_a_head_is_set_aside() -> None:
    found = list(read_listing(FERRY + "Headline alone\n\ntime3 weeks ago\n\nSome text.\n\n" + GULLS, "page"))
    bad = [(line, record.reason) for line, record in found if isinstance(record, Unreadable)]
    assert [line for line, _ in bad] == [17]
    assert "'time3 weeks ago': expected an outlet above this age" in bad[0][1]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no line with an age in 0 lines"),
        ("Ferry stays in port\n\nThe ferry had engine trouble, the harbor said 13 hours ago.\n", "no line with an age"),
        ("Ferry\n\nNorhavn Post\n\n2 days ago\n\nThe ferry had engine trouble.\n", "found 1 such ages"),
        ('{"text": "time13 hours ago"}\n', "no line with an age"),
        ("Ferry\nFerry\n\nNorhavn Post\n\nThe ferry stayed.\n", "no line with an age"),
    ],
)
def test_other_texts_are_not_taken_for_a_page(text: str, found: str) -> None:
    assert not is_listing(text)
    with pytest.raises(FormatError, match=r"notes\.txt: expected the text of an aggregator's page") as error:
        list(read_listing(text, "notes.txt"))
    assert found in str(error.value)


words = st.text(st.sampled_from("abc déß文字"), min_size=1, max_size=30).map(str.strip).filter(bool)
bodies = st.lists(words, max_size=6).map("\n\n".join)


@given(st.lists(st.tuples(words, words, bodies), min_size=1, max_size=8))
def test_what_is_written_as_a_page_comes_back(articles: list[tuple[str, str, str]]) -> None:
    page = HEADING + "".join(entry(f"T: {t}", f"O: {o}", "time3 hours ago", f"Now: {b}") for t, o, b in articles)
    found = [(record["title"], record["outlet"], record["text"]) for _, record in read(page + FOOTER)]
    expected = [
        (" ".join(f"T: {t}".split()), " ".join(f"O: {o}".split()), f"Now: {b}".rstrip()) for t, o, b in articles
    ]
    assert found == expected


@given(st.lists(st.sampled_from(["T", "T", "O", "time1 hour ago", "  • S", "", "body", "logo", "#", "time1 x"])))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    try:
        records = list(read_listing("\n".join(lines), "page"))
    except FormatError:
        assert not is_listing("\n".join(lines))
    else:
        assert records


def test_the_real_page(news_data: Path) -> None:
    path = news_data / "msmt-listing.txt"
    if not path.exists():
        pytest.skip(f"no {path.name} in the folder of real news")
    records = [record for _, record in read(path.read_text(encoding="utf-8"), datetime(2025, 6, 3, tzinfo=UTC))]
    assert [record["outlet"] for record in records] == [
        "Egypt Independent",
        "Hans India",
        "Russia Today",
        "Korea Herald",
        "AsiaOne",
    ]
    assert [record["section"] for record in records] == ["Politics", "Politics", "Business", "Politics", "Politics"]
    assert records[0]["published"] == datetime(2025, 6, 2, 11, tzinfo=UTC)
    assert records[4]["published"] == date(2025, 6, 2)
    for record in records:
        assert len(record["text"]) > 1900
        assert record["title"] not in record["text"]
        assert "nid" not in record["text"]
        assert "app" not in record["text"].lower().split()
