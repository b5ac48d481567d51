"""What travels between the stages: arrays, one row an article, a text or a pair. No Python object per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

UNKNOWN_TIME = np.iinfo(np.int64).min
"""In ``Catalog.published``: no usable date."""
NO_OUTLET = -1
"""In ``Catalog.outlet``: no outlet's name."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The fingerprints of n texts.

    Args:
        words: uint32: word hashes of all texts, in order.
        flags: uint8: their flags (``kernels.flags``).
        word_start: int64 (n + 1): where each text's words begin.
        signatures: uint32 (n, bands · rows): MinHash signatures.
        sample: uint32: sampled shingle hashes of all texts, distinct within each, in text order.
        sample_place: uint32: the word of its text where each sampled shingle first begins.
        sample_start: int64 (n + 1): where each text's sample begins.
        digests: uint64 (n): hash of the words and flags; texts that verification can't tell apart have equal ones.
        recipe: The settings they were made under.
    """

    words: Array
    flags: Array
    word_start: Array
    signatures: Array
    sample: Array
    sample_place: Array
    sample_start: Array
    digests: Array
    recipe: str

    def __len__(self) -> int:
        return len(self.word_start) - 1

    @property
    def word_counts(self) -> Array:
        """int64 (n): words of each text."""
        return np.diff(self.word_start)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What verification needs to know of n articles beside their texts.

    Args:
        outlet: int32 (n): number of the outlet's canonical key, NO_OUTLET for none.
        published: int64 (n): seconds since 1970 UTC (noon of the day where only the day is known), or UNKNOWN_TIME.
        title: uint64 (n): hash of the folded title, 0 for none.
        order: int64 (n): the article's place when all are sorted by id: the last tie-break everywhere.
    """

    outlet: Array
    published: Array
    title: Array
    order: Array

    def __len__(self) -> int:
        return len(self.outlet)


@dataclass(frozen=True, slots=True)
class Texts:
    """Articles collapsed to distinct texts, in canonical order (signature, then digest).

    Args:
        text_of: int64 (articles): each article's text.
        articles: int64 (articles): the articles sorted by text, then date, then id.
        article_start: int64 (texts + 1): where each text's articles begin there.
        rows: int64 (texts): one article of each text, whose fingerprint row stands for it.
    """

    text_of: Array
    articles: Array
    article_start: Array
    rows: Array

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class SampleIndex:
    """Which texts share which sampled shingle: a *posting* is the texts, two or more, that hold one.

    Args:
        hashes: uint32: sampled shingle hashes of all texts, distinct within a text, in text order.
        places: uint32: the word of its text where each one begins (its first occurrence).
        start: int64 (texts + 1): where each text's hashes begin.
        rank: int32, one a hash: its place in ``members``, -1 where no other text holds it.
        members: int32: the texts of all postings, ascending within each posting.
        posting_of: int32, one a member: its posting.
        posting_start: int64 (postings + 1): where each posting begins in ``members``.
    """

    hashes: Array
    places: Array
    start: Array
    rank: Array
    members: Array
    posting_of: Array
    posting_start: Array


@dataclass(frozen=True, slots=True)
class Pairs:
    """Unordered pairs, each once, left < right, sorted."""

    left: Array
    right: Array

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class Matches:
    """Verified pairs of articles.

    Args:
        left: int64 (p): article.
        right: int64 (p): article.
        evidence: int32 (p, EVIDENCE): what ``kernels.overlap`` found.
        shingles: int32 (p, 2): distinct shingles of the left and the right text.
        verdict: uint8 (p): index into ``verify.VERDICTS``.
        relation: uint8 (p): what the left article is to the right one, index into ``verify.RELATIONS``.
        cause: uint8 (p): which clause of the rule decided, index into ``verify.CAUSES``.
    """

    left: Array
    right: Array
    evidence: Array
    shingles: Array
    verdict: Array
    relation: Array
    cause: Array

    def __len__(self) -> int:
        return len(self.left)

    def take(self, rows: Array) -> Matches:
        """The pairs at some places, or where a mask is true."""
        return Matches(
            self.left[rows],
            self.right[rows],
            self.evidence[rows],
            self.shingles[rows],
            self.verdict[rows],
            self.relation[rows],
            self.cause[rows],
        )
