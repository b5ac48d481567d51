"""The text of an aggregator's page → records, one an article.

On such a page, saved or copied as text, an article stands as::

    Ferry stays in port
    Ferry stays in port

    Norhavn Post

    time13 hours ago

      • Transport
      • Norhavn Post

    Ferry stays in port

    The ferry to Norhavn ...

with a heading before the first article and an advertisement for the aggregator's app after the last one. ``time`` is
what an icon leaves behind. What makes a line the head of an article is its neighbourhood: an age, an outlet above it
and the same title twice.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from storycluster.dates import parse_published
from storycluster.errors import FormatError
from storycluster.formats.intake import Records, Unreadable

UNITS = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600}
DAYS = {"day": 1, "week": 7}
AGE = re.compile(
    r"(time)?\s*(?:(an?|one|\d{1,6})\s+(seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\s+ago"
    r"|(just now|yesterday))",
    re.I,
)
DATED = re.compile(r"time\s*(\S.{5,38})", re.I)
BULLET = re.compile(r"[•‣◦·∙*-]\s+(\S.*)")
MARKS = re.compile(r"[ \t]*\[\[\s*nid:[^\]\n]{0,40}\]\]", re.I)
FURNITURE = re.compile(
    r"download (?:the|our) app"
    r"|get started now\b.{0,60}"
    r"|app[- ]?store[\s|•]*(?:google )?play[- ]?store"
    r"|ready to dive into\b.*\bdownload our app\b.*"
    r"|logo|#|latest news (?:with|about|on|from) .{1,80}",
    re.I,
)
"""Lines of the page itself. One alone may be an article's own; two in a row end an article."""
FEWEST_FURNITURE = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line with something on it: its index in the page, and its text with plain spaces, stripped."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a body; indexes are those of the page's lines."""

    start: int
    body: int
    title: str
    outlet: str
    sections: tuple[str, ...]
    age: str


def split_lines(text: str) -> list[str]:
    """The lines of a page; form feeds and the like don't end one."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def filled_lines(lines: Sequence[str]) -> list[Line]:
    """The lines that are not empty, with runs of spaces (non-breaking ones too) as one."""
    return [Line(i, " ".join(line.split())) for i, line in enumerate(lines) if line and not line.isspace()]


def age_of(line: str) -> str | None:
    """The age that a line gives (``13 hours ago``) or the date, without the icon's ``time``; None for other lines."""
    if len(line) > 45:
        return None
    if match := AGE.fullmatch(line):
        return line[4:].strip() if match[1] else line
    if (match := DATED.fullmatch(line)) and parse_published(match[1])[0] is not None:
        return match[1]
    return None


def find_heads(filled: Sequence[Line]) -> Iterator[Head | Line]:
    """The heads of the page's articles in order; a Line where an age with its icon has no head around it."""
    free_from = 0  # lines before this one belong to an earlier head
    for at, line in enumerate(filled):
        age = age_of(line.text) if at >= free_from else None
        if age is None:
            continue
        head, following = read_head(filled, at, age, free_from)
        if head is not None:
            free_from = following
            yield head
        elif line.text[:4].lower() == "time":
            yield line


def read_head(filled: Sequence[Line], at: int, age: str, free_from: int) -> tuple[Head | None, int]:
    """The head around the age at ``filled[at]``, None if it is none; and where the lines after the head begin."""
    above = [line.text for line in filled[max(free_from, at - 3) : at]]
    bullets = []
    after = at + 1
    while after < len(filled) and (match := BULLET.fullmatch(filled[after].text)):
        bullets.append(match[1])
        after += 1
    below = filled[after].text if after < len(filled) else ""

    if len(above) >= 3 and above[-3] == above[-2]:  # title, title, outlet
        title, outlet, start = above[-2], above[-1], at - 3
    elif len(above) >= 2 and above[-2] == above[-1]:  # title, title, and no outlet
        title, outlet, start = above[-1], "", at - 2
    elif len(above) >= 2 and above[-2] == below:  # title once, outlet, and the title below
        title, outlet, start = above[-2], above[-1], at - 2
    else:
        return None, at + 1

    if below != title:
        # without the title below, bullets further down may be the body's own
        named = next((k + 1 for k, name in enumerate(bullets[:4]) if name.casefold() == outlet.casefold()), 2)
        bullets = bullets[:named]
        after = at + 1 + len(bullets)
    if not outlet and len(bullets) > 1:
        outlet = bullets.pop()
    sections = tuple(name for name in bullets if name.casefold() != outlet.casefold())
    following = after + (below == title)
    body = filled[following].index if following < len(filled) else filled[-1].index + 1
    return Head(filled[start].index, body, title, outlet, sections, age), following


def read_body(lines: Sequence[str]) -> str:
    """An article's text from the lines under its head, without what belongs to the page."""
    kept = [MARKS.sub("", line).rstrip() for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept[: furniture_start(kept)])).strip("\n")


def furniture_start(lines: Sequence[str]) -> int:
    """Index of the first line of the page's own end (or of the next page's heading), ``len(lines)`` without one."""
    filled = filled_lines(lines)
    marked = [bool(FURNITURE.fullmatch(line.text)) for line in filled]
    for k, line in enumerate(filled):
        if marked[k] and (sum(marked[k : k + FEWEST_FURNITURE]) == FEWEST_FURNITURE or k == len(filled) - 1):
            return line.index
    return len(lines)


def resolve_age(age: str, as_of: datetime) -> datetime | date | None:
    """When something was that has this age.

    Args:
        age: ``13 hours ago``, ``a day ago``, ``yesterday``, ``just now`` or a date.
        as_of: The time at which the page was made, aware.

    Returns:
        A datetime for ages up to hours, a date (in the zone of ``as_of``) for longer ones, None before the year 1.

    >>> resolve_age("2 minutes ago", datetime(2025, 8, 23, 10, 0, tzinfo=UTC)).isoformat()
    '2025-08-23T09:58:00+00:00'
    >>> resolve_age("a month ago", datetime(2025, 3, 31, 10, 0, tzinfo=UTC))
    datetime.date(2025, 2, 28)
    """
    match = AGE.fullmatch(age)
    if match is None:
        return parse_published(age)[0]
    if match[4]:
        return as_of if match[4].lower() == "just now" else resolve_age("1 day ago", as_of)
    count = int(match[2]) if match[2].isdigit() else 1
    unit = match[3].lower().removesuffix("s")
    try:
        if unit in UNITS:
            return as_of - timedelta(seconds=count * UNITS[unit])
        if unit in DAYS:
            return (as_of - timedelta(days=count * DAYS[unit])).date()
        months = as_of.year * 12 + as_of.month - 1 - count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(as_of.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return None


def is_listing(beginning: str) -> bool:
    """Whether a text, or the beginning of one, has the head of an article of such a page."""
    return any(isinstance(found, Head) for found in find_heads(filled_lines(split_lines(beginning))))


def read_listing(text: str, source: str, *, as_of: datetime | None = None) -> Records:
    """Read the articles of a page.

    Args:
        text: The page.
        source: Its name, for messages.
        as_of: The time at which the page was made; naive is UTC. Without it ages stay unresolved.

    Yields:
        Line and record of each article: title, outlet, text, published where it is known, and as further fields
        ``section`` (several with commas) and ``age`` as the page gives it.

    Raises:
        FormatError: The text is no such page.
    """
    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    lines = split_lines(text)
    filled = filled_lines(lines)
    found = list(find_heads(filled))
    heads = [head for head in found if isinstance(head, Head)]
    if not heads:
        raise FormatError(not_a_listing(filled, source))
    ends = {head.start: following.start for head, following in pairwise(heads)}
    for head in found:
        if isinstance(head, Line):
            yield (
                head.index + 1,
                Unreadable(
                    f"{head.text!r}: expected an outlet above this age, and above that the title twice, as for the "
                    "page's other articles; its text stays with the article before it"
                ),
            )
            continue
        record: dict[str, Any] = {
            "title": head.title,
            "outlet": head.outlet,
            "text": read_body(lines[head.body : ends.get(head.start, len(lines))]),
            "published": published_at(head.age, as_of),
            "age": head.age,
        }
        if head.sections:
            record["section"] = ", ".join(head.sections)
        yield head.start + 1, record


def published_at(age: str, as_of: datetime | None) -> datetime | date | str | None:
    """An age resolved where that can be done; a date as the page writes it."""
    if AGE.fullmatch(age) is None:
        return age
    return None if as_of is None else resolve_age(age, as_of)


def not_a_listing(filled: Sequence[Line], source: str) -> str:
    """Why a text is no such page, and what to do."""
    ages = [line for line in filled if age_of(line.text) is not None]
    seen = f"{len(ages)} such ages, none of them under a title twice and an outlet" if ages else "no line with an age"
    return (
        f"{source}: expected the text of an aggregator's page, each article as its title twice, its outlet and a line "
        f"such as 'time13 hours ago'; found {seen} in {len(filled)} lines. Save the whole page as text, or name the "
        "format that the file has (txt for one article)"
    )
