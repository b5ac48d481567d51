"""Who was first, in which order outlets stand, which copy is shown: told from dates of every precision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster.errors import UnknownIdError
from storycluster.models import Article, Match, Published, Story
from storycluster.story import (
    build_story,
    choose_first,
    choose_longest,
    epoch_seconds,
    first_of,
    list_outlets,
    story_id,
    usable,
)

EIGHT = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
NINE = EIGHT + timedelta(hours=1)
MONDAY, TUESDAY = date(2024, 3, 4), date(2024, 3, 5)
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def run(*copies: tuple[str, Published | None]) -> list[Article]:
    """Articles with the ids "0", "1", …, by outlet and date."""
    return [Article(str(i), "text", outlet=outlet, published=when) for i, (outlet, when) in enumerate(copies)]


def keys(articles: Iterable[Article]) -> dict[str, str]:
    return {article.outlet: article.outlet.lower().removeprefix("the ") for article in articles}


def first(*copies: tuple[str, Published | None], as_of: datetime | None = NOW) -> str | None:
    found = {first_of(list(order), keys(order), as_of) for order in permutations(run(*copies))}
    assert len(found) == 1
    return found.pop()


def story(articles: list[Article], as_of: datetime | None = NOW) -> Story:
    matches = {a.id: Match(a.id, articles[0].id, "same", "copy", 0.5, 0.75, 1.0, "") for a in articles[1:]}
    return build_story(articles[0], articles, matches, keys(articles), as_of)


@pytest.mark.parametrize(
    ("copies", "wanted"),
    [
        ([("A", EIGHT)], "A"),
        ([("A", EIGHT), ("B", NINE)], "A"),
        ([("A", NINE), ("B", EIGHT), ("A", EIGHT - timedelta(days=1))], "A"),
        ([("A", EIGHT), ("B", EIGHT)], None),  # a tie
        ([("A", EIGHT), ("A", EIGHT)], "A"),  # a tie of an outlet with itself
        ([("A", EIGHT), ("B", None)], None),  # B may have been first
        ([("A", None)], None),
        ([("A", EIGHT), ("", NINE)], None),  # nobody knows who ran the other
        ([("A", EIGHT), ("B", NOW + timedelta(seconds=1))], None),  # a date from the future is none
        ([("A", EIGHT), ("B", NOW)], "A"),
        ([("A", MONDAY), ("B", TUESDAY)], "A"),
        ([("A", MONDAY), ("B", MONDAY)], None),  # on one day
        ([("A", EIGHT), ("B", MONDAY)], None),  # B may have come out at seven
        ([("A", MONDAY), ("B", NINE)], None),  # A may have come out at ten
        ([("A", EIGHT), ("B", TUESDAY)], "A"),
        ([("A", MONDAY), ("B", datetime(2024, 3, 5, tzinfo=UTC))], None),  # midnight is the end of Monday
        ([("A", MONDAY), ("A", EIGHT), ("B", NINE)], "A"),  # A had it at eight, whenever its other copy came
        ([("A", EIGHT), ("B", EIGHT.astimezone(timezone(timedelta(hours=9))))], None),  # one moment, two clocks
        ([("The A", EIGHT), ("A", NINE), ("A", NINE), ("B", NINE)], "A"),  # as most copies spell it
    ],
)
def test_who_was_first(copies: list[tuple[str, Published | None]], wanted: str | None) -> None:
    assert first(*copies) == wanted


def test_without_as_of_no_date_is_from_the_future() -> None:
    assert first(("A", EIGHT), ("B", NOW + timedelta(days=1)), as_of=None) == "A"
    assert usable(NOW, NOW) == NOW
    assert usable(NOW + timedelta(microseconds=1), NOW) is None
    assert usable(None, None) is None
    assert usable(date(2024, 6, 1), NOW) == date(2024, 6, 1)  # the day has begun
    assert usable(date(2024, 6, 2), NOW) is None


moments = st.one_of(
    st.none(),
    st.datetimes(datetime(2024, 3, 3), datetime(2024, 3, 6)).map(lambda when: when.replace(tzinfo=UTC)),
    st.dates(date(2024, 3, 3), date(2024, 3, 6)),
)


def span(when: Published) -> tuple[datetime, datetime]:
    if isinstance(when, datetime):
        return when, when
    begin = datetime(when.year, when.month, when.day, tzinfo=UTC)
    return begin, begin + timedelta(days=1)


@given(st.lists(st.tuples(st.sampled_from("ABC"), moments), min_size=1, max_size=5))
def test_who_was_first_is_never_guessed(copies: list[tuple[str, Published | None]]) -> None:
    """Whoever is named was first wherever within its day each copy came out."""
    named = first_of(run(*copies), keys(run(*copies)), None)
    if named is None:
        return
    own = [span(when) for outlet, when in copies if outlet == named and when is not None]
    others = [span(when) for outlet, when in copies if outlet != named and when is not None]
    assert all(when is not None for _, when in copies)
    assert all(min(end for _, end in own) <= begin for begin, _ in others)


def test_outlets_come_by_first_publication_undated_ones_last_by_name() -> None:
    articles = run(("Z", None), ("C", NINE), ("B", None), ("A", TUESDAY), ("C", None), ("D", MONDAY), ("", EIGHT))
    outlets = list_outlets(articles, keys(articles), NOW)
    assert [(outlet.name, outlet.first_published, outlet.article_ids) for outlet in outlets] == [
        ("D", MONDAY, ("5",)), ("C", NINE, ("1", "4")), ("A", TUESDAY, ("3",)),
        ("B", None, ("2",)), ("Z", None, ("0",)),
    ]  # fmt: skip
    assert [outlet.name for outlet in list_outlets(articles, keys(articles), EIGHT)] == ["D", "A", "B", "C", "Z"]


def test_one_outlet_is_one_entry_under_its_commonest_name() -> None:
    articles = run(("The Tern", EIGHT), ("Tern", NINE), ("The Tern", NINE), ("TERN", NINE))
    (outlet,) = list_outlets(articles, keys(articles), NOW)
    assert (outlet.name, outlet.key, outlet.article_ids) == ("The Tern", "tern", ("0", "1", "2", "3"))
    articles = run(("The Tern", EIGHT), ("TERN", NINE))
    assert list_outlets(articles, keys(articles), NOW)[0].name == "TERN"


def test_copies_come_anchor_first_then_by_date_then_by_id() -> None:
    made = story(run(("A", TUESDAY), ("B", NINE), ("C", None), ("D", EIGHT), ("E", None), ("F", MONDAY), ("G", EIGHT)))
    assert made.article_ids == ("0", "5", "3", "6", "1", "2", "4")
    assert len(made) == 7
    assert (made.copies[0].relation, made.copies[0].jaccard, made.copies[0].containment) == ("anchor", 1.0, 1.0)
    assert {(copy.relation, copy.jaccard, copy.containment) for copy in made.copies[1:]} == {("copy", 0.5, 0.75)}
    assert made.first_published == MONDAY
    assert made.copies[2].published == EIGHT


def test_a_date_from_the_future_stays_on_its_copy_and_counts_for_nothing() -> None:
    made = story(run(("A", NOW + timedelta(days=1)), ("B", EIGHT)))
    assert made.first_published == EIGHT
    assert made.first_outlet is None
    assert made.copies[0].published == NOW + timedelta(days=1)
    assert story(run(("A", NOW + timedelta(days=1)))).first_published is None


def test_the_title_is_the_leads_or_the_first_there_is() -> None:
    untitled, late, early = (
        Article("0", "text"),
        Article("1", "text", "Late", published=NINE),
        Article("2", "text", "Early", published=EIGHT),
    )
    made = story([untitled, late, early])
    assert (made.title, made.lead, made.anchor) == ("Early", "0", "0")
    assert story([late, untitled, early]).title == "Late"
    assert story([untitled]).title == ""


def test_the_caller_chooses_the_lead() -> None:
    articles = [Article("0", "a b c"), Article("1", "a b c d", published=NINE), Article("2", "a", published=EIGHT)]
    matches = {a.id: Match(a.id, "0", "same", "copy", 1.0, 1.0, 1.0, "") for a in articles[1:]}
    leads = [
        build_story(articles[0], articles, matches, keys(articles), NOW, choose).lead
        for choose in (None, choose_first, choose_longest, lambda members: members[0].id)
    ]
    assert leads == ["0", "2", "1", "0"]
    with pytest.raises(UnknownIdError, match=r"choose_lead: expected the id of .*\['0', '1', '2'\], got 'x'"):
        build_story(articles[0], articles, matches, keys(articles), NOW, lambda _: "x")


def test_a_member_by_link_alone_is_linked() -> None:
    articles = run(("A", None), ("B", None))
    match = Match("1", "0", "different", None, 0.0, 0.0, 0.0, "", linked=True)
    assert build_story(articles[0], articles, {"1": match}, keys(articles)).copies[1].relation == "linked"


def test_story_ids_are_the_same_everywhere() -> None:
    assert story_id("post-1") == "s-071ab852663e7c3d"
    assert story_id("\ud800") != story_id("\ud801")


def test_epoch_seconds_are_noon_where_only_the_day_is_known() -> None:
    assert epoch_seconds(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400
    assert epoch_seconds(date(1970, 1, 2)) == 86_400 + 43_200
    assert epoch_seconds(date(1969, 12, 31)) == -43_200
