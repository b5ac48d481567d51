"""Two texts → what changed between them, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

WORD = re.compile(r"\w+(?:[.,'’]\w+)*")
LARGEST = 400_000_000
"""Words of the one text times words of the other up to which words are aligned: 100 MB of room, a second of time."""


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that stands in one of two texts, or differently in both.

    Args:
        kind: ``replaced``, ``added`` (only in the second text) or ``dropped`` (only in the first).
        before: The first text's words, "" where added.
        after: The second text's words, "" where dropped.
        facts: A number or a capitalized word was replaced by another.
    """

    kind: Literal["replaced", "added", "dropped"]
    before: str
    after: str
    facts: bool


KINDS: dict[str, Literal["replaced", "added", "dropped"]] = {
    "replace": "replaced",
    "insert": "added",
    "delete": "dropped",
}


def is_fact(word: str) -> bool:
    """Whether a word has a digit or begins with a capital."""
    return word[0].isupper() or any(char.isdigit() for char in word)


def compare_texts(a: str, b: str) -> list[Change]:
    """The changes that lead from one text to the other, in order.

    Words are aligned by the fewest insertions, deletions and replacements (Levenshtein 1966, by RapidFuzz); case,
    punctuation and white space don't count. Of two texts of more than some 20,000 words, lines are aligned instead.

    >>> for change in compare_texts("Oil rose 3 percent on Monday.", "Oil rose 5 percent, traders said."):
    ...     print(change.kind, repr(change.before), repr(change.after), change.facts)
    replaced '3' '5' True
    replaced 'on Monday' 'traders said' False
    """
    first, second = WORD.findall(a), WORD.findall(b)
    if len(first) * len(second) > LARGEST:
        first, second = (
            [" ".join(words) for line in text.splitlines() if (words := WORD.findall(line))] for text in (a, b)
        )
    changes = []
    for step in Levenshtein.opcodes([word.casefold() for word in first], [word.casefold() for word in second]):
        if step.tag == "equal":
            continue
        before, after = first[step.src_start : step.src_end], second[step.dest_start : step.dest_end]
        facts = any(map(is_fact, before)) and any(map(is_fact, after))
        changes.append(Change(KINDS[step.tag], " ".join(before), " ".join(after), facts))
    return changes
