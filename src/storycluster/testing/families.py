"""What the simulator hands out: articles with the truth about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from storycluster.models import Article

Label = Literal["C", "P", "T", "I"]
"""What two articles are to one another: ``C`` copies of one text (one story), ``P`` partial reuse (an own article that
takes over several sentences, or a digest that holds the other one; either answer can be defended), ``T`` the same form
with other facts, ``I`` independent (shared quotations and background only)."""

Recipe = tuple[tuple[str, float], ...]
"""Edits by name with their strengths, in the order in which they were made."""


@dataclass(frozen=True, slots=True)
class TruthPair:
    """The truth about two articles.

    Args:
        a: The one id.
        b: The other id.
        label: What they are to one another.
        edits: For copies: what was done to either on the way from their common text. Else: the name of the
            look-alike, with the share of the shorter text that is shared by construction where that is known.
    """

    a: str
    b: str
    label: Label
    edits: Recipe = ()

    @property
    def edit(self) -> str:
        """The only edit's name; ``none``, or ``mixed`` where there are several."""
        return "none" if not self.edits else self.edits[0][0] if len(self.edits) == 1 else "mixed"

    @property
    def strength(self) -> float:
        """The only edit's strength; 0 where there is none, the number of edits where there are several."""
        return 0.0 if not self.edits else self.edits[0][1] if len(self.edits) == 1 else float(len(self.edits))


@dataclass(frozen=True, slots=True)
class Family:
    """Articles that have something to do with one another.

    Args:
        articles: The articles.
        stories: For each article the label of its story: equal labels, one story.
        pairs: What is known about pairs of them.
    """

    articles: tuple[Article, ...]
    stories: tuple[str, ...]
    pairs: tuple[TruthPair, ...]


def apart(articles: Sequence[Article], label: Label, name: str, strength: float = 0.0) -> Family:
    """A family in which nothing may be joined: every article a story of its own, every pair with this label."""
    ids = [article.id for article in articles]
    pairs = [
        TruthPair(a, b, label, ((name, strength),)) for index, a in enumerate(ids) for b in ids[index + 1 :]
    ]  # fmt: skip
    return Family(tuple(articles), tuple(ids), tuple(pairs))
