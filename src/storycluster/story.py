"""A group of articles → a Story: outlets in order, who was first, which copy is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b

from storycluster.dates import EPOCH
from storycluster.errors import UnknownIdError
from storycluster.models import Article, Copy, Match, Outlet, Published, Story
from storycluster.utf8 import encode

ChooseLead = Callable[[Sequence[Article]], str]
"""Takes a story's articles (the anchor first) and gives the id of the one to show."""


@lru_cache(4096)
def story_id(anchor: str) -> str:
    """The id of the story whose anchor has this id: the same in every process."""
    return "s-" + story_digest(encode(anchor)).hex()


def story_digest(anchor: bytes | memoryview) -> bytes:
    """The digits of a story's id, from its anchor's id in UTF-8."""
    return blake2b(anchor, digest_size=8).digest()


def span_of(published: Published) -> tuple[datetime, datetime]:
    """The earliest and the latest moment that a date can mean: a day is 24 hours long (UTC)."""
    if isinstance(published, datetime):
        return published, published
    begin = datetime.combine(published, time.min, UTC)
    return begin, datetime.max.replace(tzinfo=UTC) if published == date.max else begin + timedelta(days=1)


def moment(published: Published) -> datetime:
    """The earliest moment that a date can mean."""
    return span_of(published)[0]


def usable(published: Published | None, as_of: datetime | None) -> Published | None:
    """The date, None if it lies after ``as_of``: what comes from the future says nothing of who was first."""
    if published is None or (as_of is not None and moment(published) > as_of):
        return None
    return published


def in_order(articles: Sequence[Article], as_of: datetime | None) -> list[Article]:
    """By publication, undated ones last by id."""

    def key(article: Article) -> tuple[bool, datetime, bool, str]:
        when = usable(article.published, as_of)
        if when is None:
            return True, datetime.max.replace(tzinfo=UTC), False, article.id
        return False, moment(when), not isinstance(when, datetime), article.id

    return sorted(articles, key=key)


def first_of(articles: Sequence[Article], keys: Mapping[str, str], as_of: datetime | None) -> str | None:
    """Name of the outlet that was first; None where that cannot be said.

    It is said only if every copy has a usable date and an outlet, and one outlet's copy came out no later than any
    other outlet's can have.
    """
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for article in articles:
        when = usable(article.published, as_of)
        if when is None or not keys.get(article.outlet):
            return None
        spans[keys[article.outlet]].append(span_of(when))
    latest = {key: min(end for _, end in found) for key, found in spans.items()}
    earliest = {key: min(begin for begin, _ in found) for key, found in spans.items()}
    for key, end in sorted(latest.items()):
        if all(end <= begin for other, begin in earliest.items() if other != key) and (
            list(latest.values()).count(end) == 1 or len(latest) == 1
        ):
            return outlet_name([article.outlet for article in articles if keys[article.outlet] == key])
    return None


def outlet_name(spellings: Sequence[str]) -> str:
    """The spelling that comes most often; among equals the alphabetically first."""
    counts = Counter(spellings)
    return min(counts, key=lambda name: (-counts[name], name))


def list_outlets(articles: Sequence[Article], keys: Mapping[str, str], as_of: datetime | None) -> tuple[Outlet, ...]:
    """One entry an outlet, in order of first publication, undated ones last by name."""
    by_key: dict[str, list[Article]] = defaultdict(list)
    for article in in_order(articles, as_of):
        if keys.get(article.outlet):  # a name of white space alone has no key
            by_key[keys[article.outlet]].append(article)
    outlets = [
        Outlet(
            name=outlet_name([article.outlet for article in ran]),
            key=key,
            first_published=usable(ran[0].published, as_of),
            article_ids=tuple(article.id for article in ran),
        )
        for key, ran in by_key.items()
    ]
    last = datetime.max.replace(tzinfo=UTC)
    return tuple(
        sorted(
            outlets,
            key=lambda outlet: (
                moment(outlet.first_published) if outlet.first_published else last,
                outlet.name,
                outlet.key,
            ),
        )
    )


def build_story(
    anchor: Article,
    members: Sequence[Article],
    matches: Mapping[str, Match],
    keys: Mapping[str, str],
    as_of: datetime | None = None,
    choose_lead: ChooseLead | None = None,
) -> Story:
    """Build the Story of a group.

    Args:
        anchor: The anchor.
        members: All members, the anchor included, in any order.
        matches: Each other member's match with the anchor, by id.
        keys: Outlet name → canonical key.
        as_of: Dates after it are unusable; None uses all.
        choose_lead: Gives the id of the copy to show; the anchor if None.

    Raises:
        UnknownIdError: ``choose_lead`` gave an id that is not a member's.
    """
    others = in_order([article for article in members if article.id != anchor.id], as_of)
    ordered = [anchor, *others]
    by_id = {article.id: article for article in ordered}
    lead = anchor.id if choose_lead is None else choose_lead(ordered)
    if lead not in by_id:
        raise UnknownIdError(
            f"choose_lead: expected the id of one of the story's articles {sorted(by_id)}, got {lead!r}"
        )
    copies = [Copy(anchor.id, anchor.outlet, anchor.title, anchor.url, anchor.published, "anchor", 1.0, 1.0)]
    for article in others:
        match = matches[article.id]
        copies.append(
            Copy(
                article.id, article.outlet, article.title, article.url, article.published,
                match.relation or "linked", match.jaccard, match.containment,
            )
        )  # fmt: skip
    dates = [when for article in ordered if (when := usable(article.published, as_of)) is not None]
    return Story(
        id=story_id(anchor.id),
        title=by_id[lead].title or next((article.title for article in ordered if article.title), ""),
        outlets=list_outlets(ordered, keys, as_of),
        anchor=anchor.id,
        lead=lead,
        copies=tuple(copies),
        first_published=min(dates, key=lambda when: (moment(when), not isinstance(when, datetime))) if dates else None,
        first_outlet=first_of(ordered, keys, as_of),
    )


def choose_first(articles: Sequence[Article]) -> str:
    """A ``choose_lead``: the copy published first (undated ones last, by id)."""
    return in_order(articles, None)[0].id


def choose_longest(articles: Sequence[Article]) -> str:
    """A ``choose_lead``: the longest copy in characters; among equals the one with the least id."""
    return min(articles, key=lambda article: (-len(article.text), article.id)).id


LEADS: dict[str, ChooseLead | None] = {"anchor": None, "first": choose_first, "longest": choose_longest}
"""The ways to choose a lead that have names."""


def epoch_seconds(published: Published) -> int:
    """Seconds since 1970 UTC; noon of the day where only the day is known."""
    if isinstance(published, datetime):
        since = published - EPOCH
        return 86_400 * since.days + since.seconds
    return 86_400 * (published.toordinal() - EPOCH.toordinal()) + 43_200
