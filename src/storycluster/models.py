"""What a user holds: articles in, stories with their outlets and copies out. Frozen, slotted, plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, Self

from storycluster import fields
from storycluster.dates import aware
from storycluster.errors import ArticleError, UnknownIdError

Published = datetime | date
"""When an article came out: an aware ``datetime``, or a ``date`` where only the day is known."""

Relation = Literal["anchor", "copy", "cut", "extended", "version", "linked"]
"""What a member of a story is to the story's anchor (see docs/decision.md); ``linked`` is a member by
``must_link`` alone."""

Verdict = Literal["same", "partial", "template", "reprint", "different"]
"""What verification says of two articles: ``same`` joins them, everything else keeps them apart."""


def known_as_id(value: object) -> str:
    """What something is asked of, if it can be an id.

    Raises:
        UnknownIdError: It is of a kind that no id is of.
    """
    if not isinstance(value, str):
        raise UnknownIdError(
            f"{value!r:.80}: expected an id as str, got {type(value).__name__}; ids that came as numbers are kept as "
            'str, 5 as "5"'
        )
    return value


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one outlet.

    Args:
        id: The caller's own id, unique in a batch or an index; not empty. ``from_mapping`` makes a str of a number.
        text: The body. May be empty: the article then stands alone, with a status that says why.
        title: The headline. It is shown, and is not part of the fingerprint.
        outlet: The name or domain of whoever ran it; "" where unknown. White space at its ends is taken off, and
            control characters become spaces.
        url: Where it stands.
        published: When it came out. A naive ``datetime`` is read as UTC; a ``date`` keeps its day precision.
        language: A tag such as ``en`` or ``pt-BR``, kept for the caller; matching doesn't use it.
        extra: Whatever else the caller wants to keep beside the article.

    Raises:
        ArticleError: A field of the wrong type, or an empty id.
    """

    id: str
    text: str
    title: str = ""
    outlet: str = ""
    url: str | None = None
    published: Published | None = None
    language: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name, value in (("id", self.id), ("text", self.text), ("title", self.title), ("outlet", self.outlet)):
            if not isinstance(value, str):
                raise ArticleError(f"Article.{name}: expected str, got {type(value).__name__} ({value!r:.80})")
        object.__setattr__(self, "outlet", fields.clean_name(self.outlet))
        if not self.id:
            raise ArticleError("Article.id: expected a non-empty str, got ''; Article.from_mapping derives one")
        for name, optional in (("url", self.url), ("language", self.language)):
            if optional is not None and not isinstance(optional, str):
                raise ArticleError(
                    f"Article.{name}: expected str or None, got {type(optional).__name__} ({optional!r:.80})"
                )
        if not isinstance(self.extra, Mapping):
            raise ArticleError(f"Article.extra: expected a mapping, got {type(self.extra).__name__}")
        when = self.published
        if when is None:
            return
        if not isinstance(when, date):
            raise ArticleError(
                f"Article.published: expected datetime, date or None, got {type(when).__name__} ({when!r:.80}); "
                "Article.from_mapping reads dates written in other ways"
            )
        if isinstance(when, datetime):
            object.__setattr__(self, "published", aware(when))
            try:
                when.astimezone(UTC)
            except OverflowError:
                raise ArticleError(
                    f"Article.published: expected a time between the years 1 and 9999 UTC, got {when.isoformat()}"
                ) from None

    @classmethod
    def from_mapping(cls, record: Mapping[str, Any], *, notes: fields.Notes | None = None) -> Self:
        """An Article from a record with the field names that other tools give.

        Understood are the names of storycluster itself, news-please, trafilatura, fundus, feedparser, schema.org
        NewsArticle and ninjs (the table is in ``storycluster.fields``). Whatever is not understood is kept in
        ``extra``. A missing id is derived from the url, else from outlet, title and text, alike in every process.

        Args:
            record: The fields by name.
            notes: Where naive times, unreadable dates and derived ids are counted; None to count nothing.

        Raises:
            ArticleError: A field that holds something else than its name promises, or a record without a text
                field; no record.
        """
        if not isinstance(record, Mapping):
            raise ArticleError(f"record: expected a mapping of fields, got {type(record).__name__} ({record!r:.80})")
        return cls(**fields.read_fields(record, notes=notes))

    def to_mapping(self) -> dict[str, Any]:
        """The article as a record that ``from_mapping`` reads back: its fields by name, then ``extra``'s own.

        Fields that hold nothing are left out. What ``extra`` holds under the name of a field stays within ``extra``.
        """
        record: dict[str, Any] = {"id": self.id, "outlet": self.outlet, "title": self.title, "text": self.text}
        for name, value in (("url", self.url), ("published", self.published), ("language", self.language)):
            if value is not None:
                record[name] = value.isoformat() if isinstance(value, date) else value
        if not self.extra:
            return record
        within = {name: value for name, value in self.extra.items() if name == "extra" or fields.fold(name)}
        record |= {name: value for name, value in self.extra.items() if name not in within}
        return record | ({"extra": within} if within else {})


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet's entry in a story: one, however many copies it ran and however its name was spelled.

    Args:
        name: The name as most of its copies in the story spell it (ties: the alphabetically first).
        key: The canonical key (``storycluster.outlets``) under which spellings are one outlet.
        first_published: Its first copy's date; None where unknown.
        article_ids: Its copies, in order of publication, undated ones last by id.
    """

    name: str
    key: str
    first_published: Published | None
    article_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One article as a member of a story.

    Args:
        article_id: The article's id.
        outlet: The outlet's name as this article spells it.
        title: The article's own title.
        url: The article's address.
        published: The article's date.
        relation: What it is to the story's anchor.
        jaccard: |A ∩ B| / |A ∪ B| of its and the anchor's distinct shingles, 0–1.
        containment: |A ∩ B| / min(|A|, |B|) of the same sets, 0–1.
    """

    article_id: str
    outlet: str
    title: str
    url: str | None
    published: Published | None
    relation: Relation
    jaccard: float
    containment: float


@dataclass(frozen=True, slots=True)
class Match:
    """A verified pair of articles with the scores and the reason.

    Args:
        a: The one id (in a story: the member).
        b: The other id (in a story: the anchor).
        verdict: ``same`` joins; ``partial``, ``template``, ``reprint`` and ``different`` keep apart.
        relation: What ``a`` is to ``b`` where the verdict is ``same``, else None.
        jaccard: Jaccard of the distinct shingles, 0–1.
        containment: Containment of the smaller shingle set in the larger, 0–1.
        prose: Share of the shorter article's narrated prose that lies in shared runs, 0–1.
        reason: The verdict in words and figures.
        linked: The caller said so (``must_link`` or ``cannot_link``).
    """

    a: str
    b: str
    verdict: Verdict
    relation: Relation | None
    jaccard: float
    containment: float
    prose: float
    reason: str
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Copies of one underlying article, with the outlets that ran it.

    Args:
        id: Stable name: derived from the anchor's id, the same in every process.
        title: The lead's title (the first non-empty one of its copies where the lead has none).
        outlets: One entry an outlet, in order of first publication, undated ones last by name. Copies without an
            outlet's name stand in ``copies`` only.
        anchor: Id of the member that every other one matches directly.
        lead: Id of the copy to show first: the anchor unless the caller chose otherwise.
        copies: The members: the anchor first, then in order of publication, undated ones last by id.
        first_published: The earliest known date; None where no copy has a usable one.
        first_outlet: Name of the outlet that was first; None where that cannot be said (a copy without a usable
            date may have been first, or two were first on the same day).
    """

    id: str
    title: str
    outlets: tuple[Outlet, ...]
    anchor: str
    lead: str
    copies: tuple[Copy, ...]
    first_published: Published | None
    first_outlet: str | None

    @property
    def article_ids(self) -> tuple[str, ...]:
        """The members' ids, in the order of ``copies``."""
        return tuple(copy.article_id for copy in self.copies)

    def to_dict(self) -> dict[str, Any]:
        """The story as strings, numbers, lists and mappings (docs/story-format.md); None is unknown."""
        from storycluster.serialize import story_to_dict

        return story_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Story:
        """The story that ``to_dict`` gave.

        Raises:
            FormatError: A field is missing or of the wrong type; the message names it.
        """
        from storycluster.serialize import story_from_dict

        return story_from_dict(values)

    def __len__(self) -> int:
        return len(self.copies)
