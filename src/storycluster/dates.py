"""Dates as other people write them → aware datetimes, dates, or "unknown" with the reason."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from numbers import Real
from typing import Any, Literal

Reading = Literal["ok", "naive", "missing", "unreadable"]
"""How a date was read: ``naive`` is a time without a zone, taken as UTC."""

Found = tuple[datetime | date | None, Reading]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_MICROSECONDS = 86_400_000_000
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTHS = {form: number for number, name in enumerate(MONTH_NAMES, 1) for form in (name, name[:3])} | {"sept": 9}
ZONES: dict[str, float] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "HST": -10,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "SAST": 2,
    "PKT": 5, "WIB": 7, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9,
    "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours from UTC: the zones of RFC 2822 and such names as mean one zone only. IST (India, Israel, Ireland) and BST
(Britain, Bangladesh) don't; an ET is either of two by the time of the year."""
MISSING_WORDS = frozenset({"", "nan", "nat", "none", "null", "<na>"})
"""What other tools print where there is no value."""

DAY_ALONE = re.compile(r"\d{4}(?:-?\d\d-?\d\d|-?W\d\d-?\d)")
# fromisoformat would take any character before the time, and the zone of the day 2025-08-23+09:00 for a time
ISO_TIME = re.compile(r"\d{4}-?(?:\d\d-?\d\d|W\d\d-?\d)[T ]\d.*")
PLAIN_TIME = re.compile(r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""What most records have, of years whose moments UTC can express whatever the zone."""
# No news has 12 or 14 digits of milliseconds that look like this: they'd be of some hours of 1976, or of the year 2600
DAY_IN_DIGITS = r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
TIME_IN_DIGITS = re.compile(rf"{DAY_IN_DIGITS}([01]\d|2[0-4])([0-5]\d)([0-5]\d|60)?")
NUMBER_AS_DAY = re.compile(DAY_IN_DIGITS)
NUMBER = re.compile(r"[+-]?\d{9,}(?:\.\d+)?")
ZONE = r"(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|[a-z]{1,5}"
TIME = rf"(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([ap])\.?m\.?)?(?: ?({ZONE})(?: ?\([^()]*\))?)?"
CLOCK = rf"(?:[ T,]+(?:at )?{TIME})?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?(?:, ?| ))?"
DAY = r"(\d\d?)(?:st|nd|rd|th)?"
DAY_MONTH_YEAR = re.compile(rf"{WEEKDAY}{DAY}[ -]+([a-z]{{3,9}})\.?,?[ -]+(\d{{4}}|\d\d){CLOCK}", re.I)
MONTH_DAY_YEAR = re.compile(rf"{WEEKDAY}([a-z]{{3,9}})\.? {DAY},? (\d{{4}}){CLOCK}", re.I)
TIME_BEFORE_YEAR = re.compile(rf"{WEEKDAY}([a-z]{{3,9}}) (\d\d?) {TIME} (\d{{4}})", re.I)
IN_FIGURES = re.compile(rf"(\d{{1,4}})([/.-])(\d\d?)\2(\d{{1,4}}){CLOCK}", re.I)
# Reuters' wire left its control characters after the time, as themselves or as entities: 15:01:01.79&#5;&#5;&#5;C T
WIRE_TAIL = re.compile(r"(?:&#(?:\d|[12]\d|3[01]);|[\x00-\x08\x0e-\x1b]).*", re.S)
MILLISECONDS = 100_000_000_000
"""Epoch numbers from here on (the year 5138 in seconds, 1973 in milliseconds) are milliseconds."""


def parse_published(value: object) -> Found:
    """Read a date.

    Understood are ISO 8601 (a date alone stays a date), RFC 2822, epoch seconds or milliseconds (numbers or digits),
    ``20250823`` and ``20250823101500``, ``datetime``, ``date``, ``struct_time`` (UTC; also as the list that JSON makes
    of it) and numpy's ``datetime64``, the day-month-year of old wires (``19-OCT-1987 13:30:41.59``), English dates
    (``Aug. 3, 2025 10:15 AM EDT``) and dates in figures where they can only mean one day (``26/10/2012``; not
    ``10/11/2012``). A zone's name that isn't in ZONES makes a date unreadable, as does a time that UTC can't express.

    Args:
        value: Anything.

    Returns:
        An aware datetime, a date where only the day is known, or None; and how it was read.

    >>> parse_published("2025-08-23T10:15:00+09:00")[0].isoformat()
    '2025-08-23T10:15:00+09:00'
    >>> parse_published("19-OCT-1987 13:30:41.59")
    (datetime.datetime(1987, 10, 19, 13, 30, 41, 590000, tzinfo=datetime.timezone.utc), 'naive')
    >>> parse_published("2025-08-23"), parse_published("yesterday")
    ((datetime.date(2025, 8, 23), 'ok'), (None, 'unreadable'))
    """
    if type(value) is str and PLAIN_TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value), "ok"
        except ValueError:  # 24:00, a leap second, or no day or time at all
            pass
    if is_missing(value):
        return None, "missing"
    try:
        if isinstance(value, str):
            return read_text(" ".join(WIRE_TAIL.sub("", value).split()))
        if isinstance(value, datetime):
            return with_zone(value)
        if isinstance(value, date):
            return value, "ok"
        if getattr(getattr(value, "dtype", None), "kind", "") == "M":
            return read_datetime64(value)
        if isinstance(value, (list, tuple)) and len(value) == 9 and all(type(part) is int for part in value):
            return with_zone(put_together(*value[:6]).replace(tzinfo=UTC))
        if isinstance(value, Real) and not isinstance(value, bool):
            return read_number(float(value))
    except (ValueError, OverflowError):
        pass
    return None, "unreadable"


def epoch_microseconds(published: datetime | date) -> int:
    """Microseconds from 1970 began (UTC) to a moment, or to the beginning of a day."""
    if isinstance(published, datetime):
        return (published - EPOCH) // MICROSECOND
    return (published.toordinal() - EPOCH.toordinal()) * DAY_MICROSECONDS


def is_missing(value: object) -> bool:
    """Whether it is None, or a NaN, NaT or NA, which no comparison calls equal to itself."""
    if value is None:
        return True
    unequal = value != value
    # pandas' NA gives itself, which has no truth; an array gives an array
    return unequal is value or (getattr(unequal, "shape", ()) == () and bool(unequal))


def aware(moment: datetime) -> datetime:
    """The moment, a naive one as UTC."""
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment


def with_zone(moment: datetime) -> Found:
    """The moment, a naive one as UTC.

    Raises:
        OverflowError: In UTC it lies before the year 1 or after 9999, so that it can't be compared.
    """
    if moment.utcoffset() is None:
        return aware(moment), "naive"
    moment.astimezone(UTC)
    return moment, "ok"


def read_datetime64(value: Any) -> Found:
    """Numpy's day, or naive moment; a month or a year alone is no date.

    numpy isn't imported: whoever has such a value has done it, and reading articles needs nothing else of it.
    """
    unit = str(value.dtype).partition("[")[2].rstrip("]").lstrip("0123456789")
    if unit in ("ns", "ps", "fs", "as"):  # finer than datetime's microseconds
        value = value.astype("datetime64[us]")
    found = value.item()
    if isinstance(found, datetime):
        return with_zone(found)
    return (found, "ok") if isinstance(found, date) and unit == "D" else (None, "unreadable")


def read_number(number: float) -> Found:
    """The day or time that its digits spell, else the moment so many (milli)seconds after 1970 began."""
    if number.is_integer():
        digits = str(int(number))
        if NUMBER_AS_DAY.fullmatch(digits) or TIME_IN_DIGITS.fullmatch(digits):
            return read_text(digits)
    if abs(number) >= MILLISECONDS:
        number /= 1000
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number), "ok"


def read_text(text: str) -> Found:
    """Read a date written in words or figures, with single spaces.

    Raises:
        ValueError: The text looks like a date and is none (32 August).
    """
    if text.lower() in MISSING_WORDS:
        return None, "missing"
    if DAY_ALONE.fullmatch(text):
        return date.fromisoformat(text), "ok"
    if match := TIME_IN_DIGITS.fullmatch(text):
        return with_zone(put_together(*(int(part or 0) for part in match.groups())))
    if NUMBER.fullmatch(text):
        return read_number(float(text))
    if ISO_TIME.fullmatch(text):
        try:
            return with_zone(datetime.fromisoformat(text))
        except ValueError:  # it knows no 24:00, no leap second and no zones' names
            pass
    if match := DAY_MONTH_YEAR.fullmatch(text):
        return at_clock(full_year(match[3]), month_number(match[2]), int(match[1]), match.groups()[3:])
    if match := MONTH_DAY_YEAR.fullmatch(text):
        return at_clock(int(match[3]), month_number(match[1]), int(match[2]), match.groups()[3:])
    if match := TIME_BEFORE_YEAR.fullmatch(text):
        return at_clock(int(match[9]), month_number(match[1]), int(match[2]), match.groups()[2:8])
    if match := IN_FIGURES.fullmatch(text):
        return read_figures(match)
    return None, "unreadable"


def read_figures(match: re.Match[str]) -> Found:
    """Read 2012/10/26, 26/10/2012, 10/26/2012 or 10/26/12; 10/11/2012 may be two days and is none."""
    a, b, c = int(match[1]), int(match[3]), int(match[4])
    clock = match.groups()[4:]
    if len(match[1]) == 4:
        return at_clock(a, b, c, clock)
    # 23-08-25 may begin with the year, as with hyphens dates do
    if len(match[4]) != 4 and (len(match[4]) != 2 or match[2] == "-"):
        return None, "unreadable"
    if a > 12 >= b:
        return at_clock(full_year(match[4]), b, a, clock)
    if b > 12 >= a or a == b:
        return at_clock(full_year(match[4]), a, b, clock)
    return None, "unreadable"


def full_year(figures: str) -> int:
    """The year, one of two figures as strptime's %y has it: from 1969 to 2068."""
    year = int(figures)
    return year if len(figures) == 4 else year + (2000 if year < 69 else 1900)


def month_number(name: str) -> int:
    """1 to 12 for an English month's name or its usual abbreviation.

    Raises:
        ValueError: It is none.
    """
    number = MONTHS.get(name.lower())
    if number is None:
        raise ValueError(f"expected a month's name, got {name!r}")
    return number


def at_clock(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> Found:
    """A date, or a moment where a clock time was given (the groups of TIME)."""
    hour, minute, second, fraction, half, zone = clock
    if hour is None or minute is None:
        return date(year, month, day), "ok"
    hours = int(hour)
    if half:
        if hours > 12:
            raise ValueError(f"expected an hour up to 12 before {half}m, got {hours}")
        hours = hours % 12 + (12 if half in "pP" else 0)
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    moment = put_together(year, month, day, hours, int(minute), int(second or 0), microsecond)
    return with_zone(moment if zone is None else moment.replace(tzinfo=read_zone(zone)))


def put_together(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0
) -> datetime:
    """A naive moment, where 24:00 is the next day's beginning and a leap second (60) the next minute's."""
    ends_day = hour == 24 and minute == second == microsecond == 0
    leaps = second == 60
    moment = datetime(year, month, day, 0 if ends_day else hour, minute, 59 if leaps else second, microsecond)
    return moment + timedelta(days=ends_day, seconds=leaps)


def read_zone(zone: str) -> timezone:
    """The zone of a name in ZONES or an offset: EDT, +9, -0330, UTC+05:30.

    Raises:
        ValueError: It is none of these; guessing UTC would be wrong by hours.
    """
    name = zone.upper()
    if name in ZONES:
        return timezone(timedelta(hours=ZONES[name]))
    offset = name.removeprefix("UTC").removeprefix("GMT")
    if offset[0] not in "+-":
        raise ValueError(f"expected a zone that means one offset, got {zone!r}")
    figures = offset[1:].replace(":", "")
    hours, minutes = (figures[:-2], figures[-2:]) if len(figures) > 2 else (figures, "0")
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-distance if offset[0] == "-" else distance)
