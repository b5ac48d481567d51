from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster.dates import parse_published

KST = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("value", "expected", "reading"),
    [
        ("2025-08-23", date(2025, 8, 23), "ok"),
        ("20250823", date(2025, 8, 23), "ok"),
        ("2025-08-23T10:15:00Z", datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "ok"),
        ("2025-08-23 10:15:00.123456+09:00", datetime(2025, 8, 23, 10, 15, 0, 123456, tzinfo=KST), "ok"),
        ("2025-08-23T10:15:00", datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "naive"),
        ("Sat, 23 Aug 2025 10:15:00 +0900", datetime(2025, 8, 23, 10, 15, tzinfo=KST), "ok"),
        ("Sat, 23 Aug 2025 10:15:00 GMT", datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "ok"),
        (" 3-OCT-1987 13:30:41.59", datetime(1987, 10, 3, 13, 30, 41, tzinfo=UTC), "naive"),
        ("August 23, 2025", date(2025, 8, 23), "ok"),
        ("23 Aug 2025", date(2025, 8, 23), "ok"),
        ("Aug. 3, 2025 10:15 pm", datetime(2025, 8, 3, 22, 15, tzinfo=UTC), "naive"),
        ("Monday, September 1st, 2025 at 12:05 AM", datetime(2025, 9, 1, 0, 5, tzinfo=UTC), "naive"),
        ("26/10/2012", date(2012, 10, 26), "ok"),
        ("10/26/2012", date(2012, 10, 26), "ok"),
        ("2012/10/26", date(2012, 10, 26), "ok"),
        ("4/18/18", date(2018, 4, 18), "ok"),
        ("26.10.2012 07:30", datetime(2012, 10, 26, 7, 30, tzinfo=UTC), "naive"),
        (1755944100, datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "ok"),
        (1755944100.0, datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "ok"),
        ("1755944100000", datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "ok"),
        (time.struct_time((2025, 8, 23, 10, 15, 0, 5, 235, 0)), datetime(2025, 8, 23, 10, 15, tzinfo=UTC), "ok"),
        (datetime(2025, 8, 23, 10, 15, tzinfo=KST), datetime(2025, 8, 23, 10, 15, tzinfo=KST), "ok"),
        (date(2025, 8, 23), date(2025, 8, 23), "ok"),
    ],
)
def test_dates_that_are_read(value: object, expected: date, reading: str) -> None:
    found, how = parse_published(value)
    assert (found, how) == (expected, reading)
    assert type(found) is type(expected)
    if isinstance(found, datetime) and isinstance(expected, datetime):
        assert found.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize("value", [None, "", "   ", float("nan")])
def test_missing_dates(value: object) -> None:
    assert parse_published(value) == (None, "missing")


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "10/11/2012",
        "2025-13-40",
        "32 August 2025",
        "0000-00-00",
        1e300,
        "9" * 40,
        True,
        object(),
        [2025],
        "5 Foo 2025",
    ],
)
def test_unreadable_dates(value: object) -> None:
    assert parse_published(value) == (None, "unreadable")


def test_missing_values_of_pandas() -> None:
    import pandas as pd

    assert parse_published(pd.NaT) == (None, "missing")
    assert parse_published(pd.Timestamp("2025-08-23T10:15:00Z"))[0] == datetime(2025, 8, 23, 10, 15, tzinfo=UTC)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.dates(), st.datetimes()))
def test_anything_is_read_or_stated(value: object) -> None:
    found, reading = parse_published(value)
    assert (found is None) == (reading in ("missing", "unreadable"))
    assert not isinstance(found, datetime) or found.tzinfo is not None


@given(st.datetimes(timezones=st.just(UTC) | st.just(KST)))
def test_iso_times_come_back(moment: datetime) -> None:
    assert parse_published(moment.isoformat())[0] == moment
