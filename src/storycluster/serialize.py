"""Stories ↔ plain mappings, as they stand in files (docs/story-format.md, schema/story.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast, get_args

from storycluster.errors import FormatError
from storycluster.models import Copy, Outlet, Published, Relation, Story


def date_to_text(when: Published | None) -> str | None:
    """ISO 8601: a moment with its offset, a day alone as it is; None for unknown."""
    return None if when is None else when.isoformat()


def story_to_dict(story: Story) -> dict[str, Any]:
    """A story as strings, numbers, lists and mappings.

    >>> from storycluster import cluster_articles
    >>> story = cluster_articles([{"id": "a", "text": "Short."}]).stories[0]
    >>> story_to_dict(story)["copies"][0]["relation"], Story.from_dict(story.to_dict()) == story
    ('anchor', True)
    """
    return {
        "id": story.id,
        "title": story.title,
        "anchor": story.anchor,
        "lead": story.lead,
        "first_published": date_to_text(story.first_published),
        "first_outlet": story.first_outlet,
        "outlets": [
            {
                "name": outlet.name,
                "key": outlet.key,
                "first_published": date_to_text(outlet.first_published),
                "article_ids": list(outlet.article_ids),
            }
            for outlet in story.outlets
        ],
        "copies": [
            {
                "article_id": copy.article_id,
                "outlet": copy.outlet,
                "title": copy.title,
                "url": copy.url,
                "published": date_to_text(copy.published),
                "relation": copy.relation,
                "jaccard": copy.jaccard,
                "containment": copy.containment,
            }
            for copy in story.copies
        ],
    }


class Fields:
    """The fields of a mapping, each with its place in the story for messages.

    Args:
        values: The mapping.
        place: What it is: ``story``, ``story.outlets[0]``.

    Raises:
        FormatError: It is no mapping.
    """

    def __init__(self, values: object, place: str) -> None:
        if not isinstance(values, Mapping):
            raise FormatError(f"{place}: expected an object, got {type(values).__name__} ({values!r:.80})")
        self.values = values
        self.place = place

    def given(self, name: str, kinds: tuple[type, ...], wanted: str) -> Any:
        """The value under a name.

        Raises:
            FormatError: It is missing, or of another kind.
        """
        if name not in self.values:
            raise FormatError(f"{self.place}.{name}: expected {wanted}, got nothing")
        value = self.values[name]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise FormatError(f"{self.place}.{name}: expected {wanted}, got {type(value).__name__} ({value!r:.80})")
        return value

    def text(self, name: str) -> str:
        """A string."""
        return cast(str, self.given(name, (str,), "a string"))

    def text_or_none(self, name: str) -> str | None:
        """A string or null."""
        return cast("str | None", self.given(name, (str, type(None)), "a string or null"))

    def items(self, name: str) -> list[Any]:
        """A list."""
        return cast("list[Any]", self.given(name, (list, tuple), "an array"))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings.

        Raises:
            FormatError: An item is no string.
        """
        found = self.items(name)
        for i, item in enumerate(found):
            if not isinstance(item, str):
                raise FormatError(f"{self.place}.{name}[{i}]: expected a string, got {type(item).__name__}")
        return tuple(found)

    def score(self, name: str) -> float:
        """A number from 0 to 1.

        Raises:
            FormatError: It lies outside.
        """
        value = float(self.given(name, (int, float), "a number from 0 to 1"))
        if not 0 <= value <= 1:
            raise FormatError(f"{self.place}.{name}: expected a number from 0 to 1, got {value!r}")
        return value

    def when(self, name: str) -> Published | None:
        """A day, a moment with its offset, or null.

        Raises:
            FormatError: It can't be read as one of these.
        """
        text = self.text_or_none(name)
        if text is None:
            return None
        try:
            found = date.fromisoformat(text) if len(text) == len("2025-01-31") else datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or (isinstance(found, datetime) and found.tzinfo is None):
            raise FormatError(
                f"{self.place}.{name}: expected a day (2025-01-31), a moment with its offset "
                f"(2025-01-31T08:00:00+00:00) or null, got {text!r:.80}"
            )
        return found


def story_from_dict(values: Mapping[str, Any]) -> Story:
    """The story that ``story_to_dict`` wrote; names that it doesn't know are ignored.

    Raises:
        FormatError: A field is missing or of the wrong type; the message names it.
    """
    story = Fields(values, "story")
    outlets = []
    for i, item in enumerate(story.items("outlets")):
        outlet = Fields(item, f"story.outlets[{i}]")
        outlets.append(
            Outlet(outlet.text("name"), outlet.text("key"), outlet.when("first_published"), outlet.texts("article_ids"))
        )
    copies = []
    for i, item in enumerate(story.items("copies")):
        copy = Fields(item, f"story.copies[{i}]")
        relation = copy.text("relation")
        if relation not in get_args(Relation):
            raise FormatError(
                f"{copy.place}.relation: expected one of {', '.join(get_args(Relation))}, got {relation!r:.80}"
            )
        copies.append(
            Copy(
                copy.text("article_id"), copy.text("outlet"), copy.text("title"), copy.text_or_none("url"),
                copy.when("published"), cast(Relation, relation), copy.score("jaccard"), copy.score("containment"),
            )
        )  # fmt: skip
    members = {copy.article_id for copy in copies}
    for name in ("anchor", "lead"):
        if story.text(name) not in members:
            raise FormatError(f"story.{name}: expected the id of one of its copies, got {story.text(name)!r:.80}")
    return Story(
        id=story.text("id"),
        title=story.text("title"),
        outlets=tuple(outlets),
        anchor=story.text("anchor"),
        lead=story.text("lead"),
        copies=tuple(copies),
        first_published=story.when("first_published"),
        first_outlet=story.text_or_none("first_outlet"),
    )
