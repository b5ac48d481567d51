from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster.dates import parse_published

KST = timezone(timedelta(hours=9))
MORNING = datetime(2025, 8, 23, 10, 15, tzinfo=UTC)


def at(hours: float) -> datetime:
    """10:15 in the morning where clocks are so many hours ahead of UTC."""
    return MORNING.replace(tzinfo=timezone(timedelta(hours=hours)))


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
        (" 3-OCT-1987 13:30:41.59", datetime(1987, 10, 3, 13, 30, 41, 590000, tzinfo=UTC), "naive"),
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
        # zones by name, after any clock time
        ("Aug. 23, 2025 10:15 AM EDT", at(-4), "ok"),
        ("Aug. 23, 2025, 10:15 a.m. est", at(-5), "ok"),
        ("23 Aug 2025 10:15:00 CEST", at(2), "ok"),
        ("2025-08-23 10:15:00 ACST", at(9.5), "ok"),
        ("2025/08/23 10:15 PKT", at(5), "ok"),
        ("Sat, 23 Aug 2025 10:15:00 PDT", at(-7), "ok"),
        ("Sat, 23 Aug 2025 10:15:00 +0900 (KST)", at(9), "ok"),
        ("Sat Aug 23 2025 10:15:00 GMT-0330 (Newfoundland)", at(-3.5), "ok"),
        ("23 Aug 2025 10:15 UTC+5:30", at(5.5), "ok"),
        ("23 Aug 2025 10:15 +09", at(9), "ok"),
        ("2025-08-23T10:15:00 UTC", MORNING, "ok"),
        ("2025-08-23 10:15:00 GMT", MORNING, "ok"),
        ("2025-08-23t10:15:00z", MORNING, "ok"),
        # other orders and lengths of RFC 822 and its kin
        ("Saturday, 23-Aug-25 10:15:00 GMT", MORNING, "ok"),
        ("Sat,23 Aug 2025 10:15 GMT", MORNING, "ok"),
        ("Sat Aug 23 10:15:00 2025", MORNING, "naive"),
        ("Sat Aug 23 10:15:00 +0900 2025", at(9), "ok"),
        ("Sat, 23  Aug  2025\r\n 10:15:00 GMT", MORNING, "ok"),
        ("23 Sept. 2025", date(2025, 9, 23), "ok"),
        ("2025-W34-6", date(2025, 8, 23), "ok"),
        ("2025W346", date(2025, 8, 23), "ok"),
        ("2025-W34-6T10:15:00Z", MORNING, "ok"),
        ("2025-8-3", date(2025, 8, 3), "ok"),
        ("2025-8-3 10:15", datetime(2025, 8, 3, 10, 15, tzinfo=UTC), "naive"),
        ("23-08-2025", date(2025, 8, 23), "ok"),
        ("08-08-2025", date(2025, 8, 8), "ok"),
        # digits
        ("20250823101500", MORNING, "naive"),
        (20250823101500, MORNING, "naive"),
        (20250823101500.0, MORNING, "naive"),
        ("202508231015", MORNING, "naive"),
        (20250823, date(2025, 8, 23), "ok"),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC), "ok"),
        # ends of days and leap seconds
        ("2025-08-22T24:00:00Z", datetime(2025, 8, 23, tzinfo=UTC), "ok"),
        ("31 Dec 2025 24:00", datetime(2026, 1, 1, tzinfo=UTC), "naive"),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC), "ok"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2017, 1, 1, tzinfo=UTC), "ok"),
        ("20161231235960", datetime(2017, 1, 1, tzinfo=UTC), "naive"),
        ("23 Aug 2025 12:00 AM", datetime(2025, 8, 23, tzinfo=UTC), "naive"),
        ("23 Aug 2025 12:00 PM", datetime(2025, 8, 23, 12, tzinfo=UTC), "naive"),
        # what follows the time on an old wire
        ("26-FEB-1987 15:01:01.79&#5;&#5;&#5;A B", datetime(1987, 2, 26, 15, 1, 1, 790000, tzinfo=UTC), "naive"),
        ("26-FEB-1987 15:01:01\x05\x05A\nB", datetime(1987, 2, 26, 15, 1, 1, tzinfo=UTC), "naive"),
        # other objects
        ([2025, 8, 23, 10, 15, 0, 5, 235, 0], MORNING, "ok"),
        ((2016, 12, 31, 23, 59, 60, 5, 366, 0), datetime(2017, 1, 1, tzinfo=UTC), "ok"),
        (np.int64(1755944100), MORNING, "ok"),
        (np.float32(2.0**30), datetime(2004, 1, 10, 13, 37, 4, tzinfo=UTC), "ok"),
        (np.datetime64("2025-08-23"), date(2025, 8, 23), "ok"),
        (np.datetime64("2025-08-23T10:15"), MORNING, "naive"),
        (np.datetime64("2025-08-23T10:15:00", "ns"), MORNING, "naive"),
    ],
)
def test_dates_that_are_read(value: object, expected: date, reading: str) -> None:
    found, how = parse_published(value)
    assert (found, how) == (expected, reading)
    assert type(found) is type(expected)
    if isinstance(found, datetime) and isinstance(expected, datetime):
        assert found.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(
    "value",
    [
        None, "", "   ", "nan", "NaN", "NaT", "None", "null", "<NA>", float("nan"), np.float32("nan"),
        np.datetime64("NaT", "s"),
    ],
)  # fmt: skip
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
        "Marble 3 2025",
        "3 Augu 2025",
        "3 Aug 2025 13:05 pm",
        "3 Aug 2025 10:15 XYZ",
        "3 Aug 2025 10:15 IST",
        "3 Aug 2025 10:15 (EDT)",
        "Sun, 3 Aug 2025 10:15:00 FOO",
        "3 Aug 2025 10:15 +25:00",
        "3 Aug 2025 24:01",
        "3 Aug 2025 10:60",
        "03-04-2025",
        "23-08-25",
        "2025-W34",
        "2025-W34T10:15",
        "2025-W54-1",
        "2025-08-23+09:00",
        "2025-08-32T10:15:00Z",
        "20250231",
        20250231,
        float("inf"),
        [2025, 13, 23, 10, 15, 0, 5, 235, 0],
        ["2025", 8, 23, 10, 15, 0, 5, 235, 0],
        np.datetime64("2025-08"),
        np.datetime64(10**13, "s"),
        np.bool_(True),
        np.array([1755944100, 1755944100]),
        # moments that UTC has no year for
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:00-05:00",
        "9999-12-31T24:00:00Z",
        datetime(1, 1, 1, tzinfo=KST),
    ],
)
def test_unreadable_dates(value: object) -> None:
    assert parse_published(value) == (None, "unreadable")


def test_missing_values_of_pandas() -> None:
    import pandas as pd

    assert parse_published(pd.NaT) == (None, "missing")
    assert parse_published(pd.NA) == (None, "missing")
    assert parse_published(pd.Timestamp("2025-08-23T10:15:00Z"))[0] == datetime(2025, 8, 23, 10, 15, tzinfo=UTC)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.dates(), st.datetimes()))
def test_anything_is_read_or_stated(value: object) -> None:
    found, reading = parse_published(value)
    assert (found is None) == (reading in ("missing", "unreadable"))
    if isinstance(found, datetime):
        assert found.tzinfo is not None
        assert found.astimezone(UTC) == found


@pytest.mark.parametrize("filler", [" ", "-", "3 ", "\x05", "&#5;", "(", "a", "9", ": "])
def test_long_texts_are_refused_at_once(filler: str) -> None:
    began = time.perf_counter()
    assert parse_published("3 Aug 2025 10:15" + filler * 100_000 + "!")[1] in ("unreadable", "naive")
    assert time.perf_counter() - began < 1


@given(st.datetimes(timezones=st.just(UTC) | st.just(KST)))
def test_iso_times_come_back(moment: datetime) -> None:
    assert parse_published(moment.isoformat())[0] == moment
