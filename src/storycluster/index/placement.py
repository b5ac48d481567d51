"""What adding an article tells: its story, and the matches behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

import numpy as np

from storycluster import verify
from storycluster.columns import Catalog, Matches
from storycluster.errors import UnknownIdError
from storycluster.fields import counted
from storycluster.kernels import rule
from storycluster.models import Match, Story
from storycluster.settings import Settings

Outcome = Literal["created", "joined", "merged", "unchanged"]
"""What an added article did: began a story that it is alone in, joined others, brought articles of several stories into
one, or was there already."""


class Index(Protocol):
    """What a placement asks of the index that it is about."""

    def story_of(self, article_id: str) -> Story:
        """The story of an article."""

    def matches_of(self, article_id: str) -> MatchList:
        """The verified pairs of an article."""


class Placement:
    """Where an added article stands.

    Its matches are found when one of them is first asked for, as they are then. An article that was too old to stay
    when it came has a placement, too: what it did before it went, as the feed tells it.

    Attributes:
        article_id: Its id.
        story_id: The id of its story when it was added.
        outcome: What adding it did, whether or not it has gone since.
        updated: Whether an article with this id and other content was there before.
    """

    __slots__ = ("_index", "_made", "article_id", "outcome", "story_id", "updated")

    def __init__(self, index: Index, article_id: str, story_id: str, outcome: Outcome, updated: bool) -> None:
        self._index = index
        self._made: MatchList | None = None
        self.article_id = article_id
        self.story_id = story_id
        self.outcome: Outcome = outcome
        self.updated = updated

    def __repr__(self) -> str:
        return f"<Placement: {self.article_id!r} {self.outcome} {self.story_id}>"

    @property
    def story(self) -> Story:
        """The article's story as it stands now.

        Raises:
            UnknownIdError: The article is gone.
        """
        return self._index.story_of(self.article_id)

    @property
    def _matches(self) -> MatchList | None:
        if self._made is None:
            try:
                self._made = self._index.matches_of(self.article_id)
            except UnknownIdError:  # it was too old, or has been taken out
                return None
        return self._made

    @property
    def match(self) -> Match | None:
        """Its match with the story's anchor; None where it is the anchor itself, or gone."""
        return None if self._matches is None else self._matches.with_anchor()

    @property
    def others(self) -> tuple[Match, ...]:
        """Its best other matches within the story, ``Settings.best_others`` of them."""
        return () if self._matches is None else self._matches.others()

    @property
    def near_misses(self) -> tuple[Match, ...]:
        """The articles of other stories that it comes nearest to: ``partial``, ``template``, ``reprint``."""
        return () if self._matches is None else self._matches.near_misses()


class MatchList:
    """The verified pairs of one article, on columns of their own; each Match is built when it is asked for.

    To iterate over it gives all of them, those that are ``different`` too, each with the article as ``a``.

    Args:
        matches: Verified pairs that the article is in.
        ids: Ids of the articles in them.
        own: The article's place among them.
        words: int64: words of each.
        catalog: Outlets and dates.
        anchor: The place of the story's anchor, None where it is the article itself or there is no story.
        inside: Whether each article stands in the same story.
        linked: Whether the caller said something of each one and the article.
        settings: The rule's numbers.
    """

    def __init__(
        self,
        matches: Matches,
        ids: Sequence[str],
        own: int,
        words: Any,
        catalog: Catalog,
        anchor: int | None,
        inside: Sequence[bool],
        linked: Sequence[bool],
        settings: Settings,
    ) -> None:
        self._matches, self._ids, self._own, self._words, self._catalog = matches, ids, own, words, catalog
        self._anchor, self._inside, self._linked, self._settings = anchor, inside, linked, settings

    def _other(self, row: int) -> int:
        left, right = int(self._matches.left[row]), int(self._matches.right[row])
        return right if left == self._own else left

    def _match(self, row: int) -> Match:
        matches = self._matches.take(np.array([row]))
        if matches.left[0] != self._own:
            matches = Matches(
                matches.right, matches.left, verify.swap_sides(matches.evidence, np.array([True])),
                matches.shingles[:, ::-1], matches.verdict, verify.mirror(matches.relation), matches.cause,
            )  # fmt: skip
        return verify.describe_match(
            matches, 0, self._ids, self._words, self._catalog, self._settings, linked=self._linked[self._other(row)]
        )

    def _best(self, rows: list[int]) -> tuple[Match, ...]:
        rows.sort(key=lambda row: (-int(self._matches.evidence[row, 0]), self._ids[self._other(row)]))
        return tuple(self._match(row) for row in rows[: self._settings.best_others])

    def __repr__(self) -> str:
        return f"<MatchList: {counted(len(self), 'pair')} of {self._ids[self._own]!r}>"

    def __len__(self) -> int:
        return len(self._matches)

    def __iter__(self) -> Iterator[Match]:
        return map(self._match, range(len(self._matches)))

    def with_anchor(self) -> Match | None:
        """The match with the story's anchor; None where the article is the anchor itself."""
        rows = [row for row in range(len(self._matches)) if self._other(row) == self._anchor]
        return self._match(rows[0]) if rows else None

    def others(self) -> tuple[Match, ...]:
        """The best others within the story, ``Settings.best_others`` of them."""
        same = self._matches.verdict == rule.SAME
        return self._best(
            [
                row
                for row in np.flatnonzero(same).tolist()
                if self._other(row) != self._anchor and self._inside[self._other(row)]
            ]
        )

    def near_misses(self) -> tuple[Match, ...]:
        """The best ones outside the story that aren't ``different``: ``partial``, ``template``, ``reprint``."""
        near = self._matches.verdict != rule.DIFFERENT
        return self._best([row for row in np.flatnonzero(near).tolist() if not self._inside[self._other(row)]])
