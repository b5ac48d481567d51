"""What a StoryIndex answers beside stories and placements: changes, sizes, what a check has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["created", "joined", "merged", "split", "updated", "removed", "expired"]
"""What happened, in the feed of changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the feed.

    Args:
        cursor: Its place: 1 and up, ascending.
        at: When it happened.
        kind: What happened.
        article_id: The article that was added, updated, removed or expired; None where stories changed by themselves,
            by what was learnt or linked.
        before: Ids of the stories that it touched, as they were.
        after: Ids of those stories that there are now.
        moved: Each article whose story changed → the id of its story now, None for an article that is gone. Whoever
            applies these in order has every article's story.
    """

    cursor: int
    at: datetime
    kind: Kind
    article_id: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    moved: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """Sizes of an index.

    Args:
        articles: Live articles.
        texts: Distinct texts among them.
        stories: Stories.
        edges: Verified pairs behind the stories.
        changes: Entries that the feed keeps.
        stored_bytes: Bytes in the store.
        memory_bytes: Bytes of the index in memory; 0 as long as nothing has needed it.
        pending: Articles that came or went since it last learnt, texts that what it learnt is still to be applied to,
            and articles of a component of more than 512 that is to be grouped anew at the next refresh.
    """

    articles: int
    texts: int
    stories: int
    edges: int
    changes: int
    stored_bytes: int
    memory_bytes: int
    pending: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``StoryIndex.check`` found.

    Args:
        damage: What is wrong with the file itself, its articles or texts, and can't be mended.
        mended: What was wrong, and is put right.
        applied: What was no fault but still pending, and is applied.
    """

    damage: tuple[str, ...]
    mended: tuple[str, ...]
    applied: tuple[str, ...] = ()
