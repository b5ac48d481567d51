"""Stories' numbers → their ids, without an object per story.

A story's id is derived from the id of the article that is its anchor when it begins. As long as that stays its anchor,
nothing needs to be kept; only the ids of other stories are.
"""

from __future__ import annotations

from storycluster.story import story_id
from storycluster.utf8 import decode


class StoryIds:
    """The ids of live stories."""

    def __init__(self) -> None:
        self._kept: dict[int, str] = {}
        self._taken: set[str] = set()

    def of(self, number: int, anchor: bytes) -> str:
        """The id of a story whose anchor has this id now."""
        return self._kept.get(number) or story_id(decode(anchor))

    def kept(self, number: int) -> str:
        """The id of a story that has lost its anchor (``keep``)."""
        return self._kept[number]

    def begin(self, number: int, anchor: bytes) -> None:
        """Give a new story its id: its anchor's, another one where a story that lost that anchor has it still."""
        if self._taken and self.of(number, anchor) in self._taken:
            self.restore(number, story_id(f"{decode(anchor)}\0{number}"))

    def keep(self, number: int, anchor: bytes) -> None:
        """Keep the id of a story that loses this anchor."""
        if number not in self._kept:
            self.restore(number, self.of(number, anchor))

    def restore(self, number: int, own: str) -> None:
        """Keep a story's id."""
        self._kept[number] = own
        self._taken.add(own)

    def forget(self, number: int) -> None:
        """Let go of a story that is no more."""
        own = self._kept.pop(number, None)
        if own is not None:
            self._taken.discard(own)

    def is_kept(self, number: int) -> bool:
        """Whether a story's id can't be told from its anchor."""
        return number in self._kept
