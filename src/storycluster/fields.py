"""Other people's field names → the fields of an Article.

=============  ==========================================================================================
field          read from, the first that holds something
=============  ==========================================================================================
``id``         id, guid, @id, uri, else derived: from the url, else from outlet, title and text
``text``       text, maintext, articleBody, body_text, body, raw_text, content, body_html, summary, description
``title``      title, headline
``outlet``     outlet, source_domain, hostname, sitename, publisher, source, infosource, site_name, source_name,
               newspaper, publication, site
``url``        url, link, mainEntityOfPage
``published``  published, published_parsed, date_publish, datePublished, publishing_date, versioncreated, date, …
``language``   language, inLanguage, lang
=============  ==========================================================================================

These are the names of storycluster itself, news-please, trafilatura, fundus, feedparser, schema.org NewsArticle and
ninjs, and such as tables of news have. Their case doesn't matter; where a record has a name in several, the one that
stands here comes first. A name that was read is used up; everything else stays in ``extra``. A date that can't be read
gives way to the next name's and stays in ``extra`` too. A list of texts is joined; of other lists the first item
counts. An outlet's name loses white space at its ends, and control characters become spaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from numbers import Integral
from typing import Any, NamedTuple

from storycluster.dates import is_missing, parse_published
from storycluster.errors import ArticleError
from storycluster.utf8 import encode

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "guid", "@id", "uri"),
    "text": (
        "text", "maintext", "articleBody", "body_text", "body", "raw_text", "content", "body_html", "summary",
        "description",
    ),
    "title": ("title", "headline"),
    "outlet": (
        "outlet", "source_domain", "hostname", "sitename", "publisher", "source", "infosource", "site_name",
        "source_name", "newspaper", "publication", "site",
    ),
    "url": ("url", "link", "mainEntityOfPage"),
    "published": (
        "published", "published_parsed", "date_publish", "datePublished", "publishing_date", "versioncreated", "date",
        "pubDate", "firstcreated", "published_at", "publishedAt", "publish_date",
    ),
    "language": ("language", "inLanguage", "lang"),
}  # fmt: skip
FOLDED = frozenset(name.lower() for names in NAMES.values() for name in names)
"""The names in small letters."""
TEXT_NAMES = f"{', '.join(NAMES['text'])} (in any case)"
"""Where a text is looked for, for messages."""
INNER = ("name", "title", "value", "@value", "plain", "text", "@id", "url", "href")
"""Where a nested field keeps its string: a publisher's name, a feed's content, a page's id."""
DEEPEST = 30
"""Levels of lists and mappings down to a field's string; a bound of our own fails alike wherever it is called from."""
CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
"""What stands in no name, and moves the cursor of a terminal."""
DELIMITERS = (",", ";", "\t", "|")
MOST_NAMES = 64
"""Names of a record that are remembered together: what is kept must not grow with what is read."""
EXAMPLES = 5
EXAMPLE_LENGTH = 60
"""Characters of an example, and the most that a value which may be an outlet's name has."""


@dataclass(slots=True)
class Notes:
    """What was noticed while records were read; nothing of it is an error.

    Attributes:
        naive_times: Times without a zone, read as UTC.
        unreadable_dates: Dates that couldn't be read and count as unknown.
        unreadable_examples: The first few different ones.
        missing_dates: Records without a date.
        missing_outlets: Records without an outlet.
        unread_names: Names of the first of these that aren't understood and hold a short text: perhaps the outlet's.
        derived_ids: Records without an id, which got one.
    """

    naive_times: int = 0
    unreadable_dates: int = 0
    unreadable_examples: list[str] = field(default_factory=list)
    missing_dates: int = 0
    missing_outlets: int = 0
    unread_names: list[str] = field(default_factory=list)
    derived_ids: int = 0

    def add_unreadable(self, value: object) -> None:
        """Count an unreadable date, keeping it as an example while there is room."""
        self.unreadable_dates += 1
        example = (value if isinstance(value, str) else shown(value))[:EXAMPLE_LENGTH]
        if len(self.unreadable_examples) < EXAMPLES and example not in self.unreadable_examples:
            self.unreadable_examples.append(example)

    def add_without_outlets(self, count: int, first: Mapping[str, Any]) -> None:
        """Count so many records without an outlet, of which this is the first."""
        if not self.missing_outlets:
            unread = (str(name) for name, value in first.items() if fold(name) is None and may_be_name(value))
            self.unread_names = [clean_name(name)[:EXAMPLE_LENGTH] for name in islice(unread, EXAMPLES)]
        self.missing_outlets += count

    def add(self, other: Notes) -> None:
        """Add what was noticed of records that come after."""
        self.naive_times += other.naive_times
        self.unreadable_dates += other.unreadable_dates
        self.missing_dates += other.missing_dates
        if not self.missing_outlets:
            self.unread_names = other.unread_names
        self.missing_outlets += other.missing_outlets
        self.derived_ids += other.derived_ids
        new = [example for example in other.unreadable_examples if example not in self.unreadable_examples]
        self.unreadable_examples += new[: EXAMPLES - len(self.unreadable_examples)]

    def summary(self) -> list[str]:
        """The counts in sentences; nothing where nothing was noticed."""
        lines = []
        if self.unreadable_dates:
            examples = ", ".join(repr(example) for example in self.unreadable_examples)
            lines.append(f"{counted(self.unreadable_dates, 'date')} not readable, taken as unknown, such as {examples}")
        if self.missing_outlets:
            unread = f" (fields not read: {', '.join(self.unread_names)})" if self.unread_names else ""
            lines.append(f"{counted(self.missing_outlets, 'article')} without an outlet{unread}")
        if self.missing_dates:
            lines.append(f"{counted(self.missing_dates, 'article')} without a date")
        if self.naive_times:
            lines.append(f"{counted(self.naive_times, 'time')} without a zone, read as UTC")
        if self.derived_ids:
            lines.append(f"{counted(self.derived_ids, 'article')} without an id, given one from url or content")
        return lines


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun: ``1 record``, ``2,000 records``, ``0 stories``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def shown(value: object) -> str:
    """The beginning of a value as a message shows it."""
    try:
        return f"{value!r:.80}"
    except RecursionError:
        return f"a deeply nested {type(value).__name__}"


def derived_id(url: str | None, outlet: str, title: str, text: str) -> str:
    """An id from the url, else from outlet, title and text: the same in every process."""
    parts = ("url", url) if url else ("text", outlet, title, text)
    digest = blake2b(digest_size=10)
    for part in parts[1:]:
        encoded = encode(part)
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return f"{parts[0]}-{digest.hexdigest()}"


def empty(value: object) -> bool:
    """Whether a field holds nothing: None, a blank string, an empty container, a missing value of pandas."""
    if isinstance(value, str):
        return not value or value.isspace()
    return not value if isinstance(value, (list, tuple, Mapping)) else is_missing(value)


def may_be_name(value: object) -> bool:
    """Whether a value is a text, and not too long for an outlet's name."""
    return isinstance(value, str) and not empty(value) and len(value) <= EXAMPLE_LENGTH


def clean_name(name: str) -> str:
    """An outlet's name without control characters, and without white space at its ends."""
    return name.translate(CONTROLS).strip()


class Present(NamedTuple):
    """For each field the names that a record has for it, in the order in which they are read."""

    id: tuple[str, ...]
    text: tuple[str, ...]
    title: tuple[str, ...]
    outlet: tuple[str, ...]
    url: tuple[str, ...]
    published: tuple[str, ...]
    language: tuple[str, ...]


def find_names(names: tuple[str, ...]) -> Present:
    """The names that are understood, by field, of those that a record has; each as it stands in NAMES before others."""
    spelled: dict[str, list[str]] = {}
    for name in names:
        if (folded := fold(name)) is not None:
            spelled.setdefault(folded, []).append(name)
    return Present(
        **{
            field: tuple(
                name
                for known in names
                for name in sorted(spelled.get(known.lower(), ()), key=lambda n: (n != known, n))
            )
            for field, names in NAMES.items()
        }
    )


known_names = lru_cache(maxsize=4096)(find_names)
"""The same, remembered: the records of one source have the same names."""


def fold(name: object) -> str | None:
    """A name in small letters if it is one that is understood, None if it isn't."""
    # of ASCII alone, as in columns: other letters have small forms there too (K, the sign for kelvin, is k)
    folded = name.lower() if isinstance(name, str) and name.isascii() else None
    return folded if folded in FOLDED else None


def guess_delimiter(header: str) -> str:
    """The delimiter between a header's names: the one that it has most of, a comma if it has none."""
    return max(DELIMITERS, key=header.count)


def has_text(names: Iterable[str]) -> bool:
    """Whether a record with these names promises a text."""
    return bool(find_names(tuple(names)).text)


def first_filled(record: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """Of the names that a record has for a field, the first that holds something, else the first; None without any."""
    for name in names:
        if not empty(record[name]):
            return name
    return names[0] if names else None


def inner_text(value: object, *, joining: bool, depth: int = DEEPEST) -> str | None:
    """The string that a field holds: itself, or what its INNER names or its items hold; None if that is none.

    Args:
        value: What stands under a field's name.
        joining: Join a list's items by empty lines, as a text's sections (fundus: summary and sections; feedparser: a
            list of contents). Otherwise the first item counts: two titles are not one.
        depth: Levels that may still be gone down; None is given for what lies deeper.
    """
    if isinstance(value, str):
        return value
    if depth == 0:
        return None
    depth -= 1
    if isinstance(value, (list, tuple)):
        items = [item for item in value if not empty(item)]
        return joined_text(items if joining else items[:1], joining=joining, depth=depth)
    if isinstance(value, Mapping):
        for names in (("summary", "sections"), ("headline", "paragraphs")):
            if any(name in value for name in names):
                items = [value[name] for name in names if not empty(value.get(name))]
                return joined_text(items, joining=joining, depth=depth)
        inner = next((value[name] for name in INNER if not empty(value.get(name))), None)
        return inner_text(inner, joining=joining, depth=depth)
    # fundus' ArticleBody and its sections are objects that print as their text
    if all(hasattr(value, name) for name in ("summary", "sections")):
        return str(value)
    return None


def joined_text(items: list[object], *, joining: bool, depth: int) -> str | None:
    """The items' texts, parted by empty lines; None where one holds none."""
    parts = [inner_text(item, joining=joining, depth=depth) for item in items]
    return "\n\n".join(part for part in parts if part) if None not in parts else None


def read_text_field(record: Mapping[str, Any], names: tuple[str, ...], used: set[str], *, joining: bool) -> str | None:
    """A text field's value, None where the record has none.

    Args:
        record: The fields by name.
        names: Those that the record has for this field.
        used: The name that is read is added here.
        joining: As for ``inner_text``.

    Raises:
        ArticleError: It holds something else than text.
    """
    name = first_filled(record, names)
    if name is None:
        return None
    used.add(name)
    value = record[name]
    if isinstance(value, str):
        return value
    if empty(value):
        return ""
    text = inner_text(value, joining=joining)
    if text is None:
        raise ArticleError(f"{name}: expected text, got {type(value).__name__} ({shown(value)})")
    return text


def read_id(record: Mapping[str, Any], names: tuple[str, ...], used: set[str]) -> str | None:
    """The record's own id, None where it has none; whole numbers become strings (1.0, as of pandas, is 1).

    Raises:
        ArticleError: It is neither a string nor a whole number.
    """
    name = first_filled(record, names)
    if name is None:
        return None
    used.add(name)
    value = record[name]
    if empty(value):
        return None
    if isinstance(value, str):
        return value
    whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ArticleError(
            f"{name}: expected a string or a whole number as id, got {type(value).__name__} ({shown(value)})"
        )
    return str(int(value))


def read_published(
    record: Mapping[str, Any], names: tuple[str, ...], used: set[str], notes: Notes
) -> datetime | date | None:
    """The first date that can be read, None where there is none. What can't be read is not used up."""
    unreadable = []
    for name in names:
        published, reading = parse_published(record[name])
        if reading == "unreadable":
            unreadable.append(record[name])
            continue
        used.add(name)
        if published is not None:
            notes.naive_times += reading == "naive"
            return published
    if unreadable:
        notes.add_unreadable(unreadable[0])
    else:
        notes.missing_dates += 1
    return None


class Known(NamedTuple):
    """What a record holds under the names that are understood."""

    id: str
    text: str
    title: str
    outlet: str
    url: str | None
    published: datetime | date | None
    language: str | None


def read_known(record: Mapping[str, Any], used: set[str], notes: Notes) -> Known:
    """The fields of a record under the names listed above.

    Args:
        record: The fields by name; None and empty values count as missing.
        used: The names that are read are added here.
        notes: Where naive times, unreadable dates and derived ids are counted.

    Raises:
        ArticleError: A field that holds something else than its name promises, or no text field at all.
    """
    present = known_names(tuple(record)) if len(record) <= MOST_NAMES else find_names(tuple(record))
    text = read_text_field(record, present.text, used, joining=True)
    if text is None:
        raise ArticleError(
            f"expected a text under one of the names {TEXT_NAMES}; got only {sorted(map(str, record))!r:.200}"
        )
    title = read_text_field(record, present.title, used, joining=False) or ""
    outlet = clean_name(read_text_field(record, present.outlet, used, joining=False) or "")
    url = read_text_field(record, present.url, used, joining=False) or None
    language = read_text_field(record, present.language, used, joining=False) or None
    article_id = read_id(record, present.id, used)
    if article_id is None:
        article_id = derived_id(None if empty(url) else url, outlet, title, text)
        notes.derived_ids += 1
    return Known(article_id, text, title, outlet, url, read_published(record, present.published, used, notes), language)


def read_fields(record: Mapping[str, Any], *, notes: Notes | None = None) -> dict[str, Any]:
    """The keyword arguments of an Article from a record under the names listed above.

    Args:
        record: The fields by name; None and empty values count as missing.
        notes: Where naive times, unreadable dates, derived ids and records without an outlet are counted.

    Raises:
        ArticleError: A field that holds something else than its name promises, or no text field at all.
    """
    used: set[str] = set()
    notes = Notes() if notes is None else notes
    known = read_known(record, used, notes)
    if not known.outlet:
        notes.add_without_outlets(1, record)
    extra = {key: value for key, value in record.items() if key not in used}
    given = extra.pop("extra", None)  # an Article's own mapping comes back as it was
    if isinstance(given, Mapping):
        extra |= given
    elif given is not None:
        extra["extra"] = given
    return {**known._asdict(), "extra": extra}
