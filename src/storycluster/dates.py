"""Dates as other people write them → aware datetimes, dates, or "unknown" with the reason."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal

Reading = Literal["ok", "naive", "missing", "unreadable"]
"""How a date was read: ``naive`` is a time without a zone, taken as UTC."""

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_ALONE = re.compile(r"\d{4}-?\d\d-?\d\d")
NUMBER = re.compile(r"[+-]?\d{9,}(?:\.\d+)?")
CLOCK = r"(?:[\sT,]+(?:at\s+)?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
DAY_MONTH_YEAR = re.compile(
    rf"{WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+([a-z]{{3,9}})\.?,?[\s-]+(\d{{4}}){CLOCK}", re.I
)
MONTH_DAY_YEAR = re.compile(rf"{WEEKDAY}([a-z]{{3,9}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){CLOCK}", re.I)
SLASHED = re.compile(rf"(\d{{1,4}})[/.](\d{{1,2}})[/.](\d{{1,4}}){CLOCK}", re.I)
MILLISECONDS = 100_000_000_000
"""Epoch numbers from here on (the year 5138 in seconds, 1973 in milliseconds) are milliseconds."""


def parse_published(value: object) -> tuple[datetime | date | None, Reading]:
    """Read a date.

    Understood are ISO 8601 (a date alone stays a date), RFC 2822, epoch seconds or milliseconds (numbers or digits),
    ``datetime``, ``date`` and ``struct_time`` objects (UTC), the day-month-year of old wires
    (``19-OCT-1987 13:30:41.59``), English dates (``Aug. 3, 2025 10:15``) and dates with slashes where they can only
    mean one day (``26/10/2012``; not ``10/11/2012``).

    Args:
        value: Anything.

    Returns:
        An aware datetime, a date where only the day is known, or None; and how it was read.

    >>> parse_published("2025-08-23T10:15:00+09:00")[0].isoformat()
    '2025-08-23T10:15:00+09:00'
    >>> parse_published("19-OCT-1987 13:30:41.59")
    (datetime.datetime(1987, 10, 19, 13, 30, 41, tzinfo=datetime.timezone.utc), 'naive')
    >>> parse_published("2025-08-23"), parse_published("yesterday")
    ((datetime.date(2025, 8, 23), 'ok'), (None, 'unreadable'))
    """
    if value is None or value == "":
        return None, "missing"
    try:
        if isinstance(value, str):
            return read_text(value.strip())
        if isinstance(value, datetime):
            if value != value:  # pandas' NaT is a datetime that equals nothing
                return None, "missing"
            return with_zone(value)
        if isinstance(value, date):
            return value, "ok"
        if isinstance(value, time.struct_time):
            return datetime(*value[:6], tzinfo=UTC), "ok"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return (None, "missing") if value != value else (from_epoch(value), "ok")
    except (ValueError, OverflowError, OSError):
        pass
    return None, "unreadable"


def with_zone(moment: datetime) -> tuple[datetime, Reading]:
    """The moment, a naive one as UTC."""
    return (moment.replace(tzinfo=UTC), "naive") if moment.tzinfo is None else (moment, "ok")


def from_epoch(number: float) -> datetime:
    """The moment so many seconds (or milliseconds, if there are that many) after 1970 began."""
    if abs(number) >= MILLISECONDS:
        number /= 1000
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


def read_text(text: str) -> tuple[datetime | date | None, Reading]:
    """Read a date written in words or figures.

    Raises:
        ValueError: The text looks like a date and is none (32 August).
    """
    if not text:
        return None, "missing"
    if DAY_ALONE.fullmatch(text):
        return date.fromisoformat(text), "ok"
    if NUMBER.fullmatch(text):
        return from_epoch(float(text)), "ok"
    try:
        return with_zone(datetime.fromisoformat(text))
    except ValueError:
        pass
    if match := DAY_MONTH_YEAR.fullmatch(text):
        return put_together(int(match[3]), month_number(match[2]), int(match[1]), match.groups()[3:])
    if match := MONTH_DAY_YEAR.fullmatch(text):
        return put_together(int(match[3]), month_number(match[1]), int(match[2]), match.groups()[3:])
    if match := SLASHED.fullmatch(text):
        return read_slashed(match)
    return with_zone(parsedate_to_datetime(text))


def read_slashed(match: re.Match[str]) -> tuple[datetime | date | None, Reading]:
    """Read 2012/10/26, 26/10/2012, 10/26/2012 or 10/26/12; 10/11/2012 may be two days and is none."""
    a, b, c = int(match[1]), int(match[2]), int(match[3])
    clock = match.groups()[3:]
    if len(match[1]) == 4:
        return put_together(a, b, c, clock)
    if len(match[3]) == 2:  # as strptime's %y: POSIX
        c += 2000 if c < 69 else 1900
    if len(match[3]) in (2, 4) and a > 12 >= b:
        return put_together(c, b, a, clock)
    if len(match[3]) in (2, 4) and (b > 12 >= a or a == b):
        return put_together(c, a, b, clock)
    return None, "unreadable"


def month_number(name: str) -> int:
    """1 to 12 for an English month's name or its beginning.

    Raises:
        ValueError: It is none.
    """
    return MONTH_NAMES.index(name[:3].lower()) + 1


def put_together(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> tuple[datetime | date, Reading]:
    """A date, or a moment where a clock time was given."""
    hour, minute, second, half, zone = clock
    if hour is None or minute is None:
        return date(year, month, day), "ok"
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    moment = datetime(year, month, day, hours, int(minute), int(second or 0))
    if zone is None:
        return moment.replace(tzinfo=UTC), "naive"
    if zone[0] not in "+-":
        return moment.replace(tzinfo=UTC), "ok"
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment.replace(tzinfo=timezone(sign * offset)), "ok"
