"""Texts, articles and edges that come and go: their columns, and all of them as one argument."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit, types
from numba.experimental import structref


class TextColumns(NamedTuple):
    """Distinct texts, one a row; rows are used again.

    Args:
        order: uint64 (n, 2): what comes first in canonical order.
        digest: uint64 (n): what comes second.
        start: int64 (n): where its words begin in ``words``.
        words: int32 (n): their number.
        samples: int32 (n): sampled shingles.
        shingles: int32 (n): distinct shingles.
        marks: uint8 (n, permutations): low bytes of its signature.
        met: uint8 (n): whether it may match another text, or has several articles: what is furniture matters to it.
        edges: int32 (n): ends of edges at its articles.
        flagged: uint8 (n): whether its words' FURNITURE flags are those of what is known now; else they are set when
            they are read next.
        drift: int32 (n): words whose FURNITURE flag has changed, each time counted, since it was linked anew last.
        slack: int32 (n): so much drift is the least that may change a verdict on it; that of the other text counts
            apart.
        only: int32 (n): its article, where it has but one; where it has several, these stand in a posting.
        articles: int32 (n): articles that have it; 0 for a row that is free.
        number: int64 (n): its number in the store.
    """

    order: Any
    digest: Any
    start: Any
    words: Any
    samples: Any
    shingles: Any
    marks: Any
    met: Any
    edges: Any
    flagged: Any
    drift: Any
    slack: Any
    only: Any
    articles: Any
    number: Any


class ArticleColumns(NamedTuple):
    """Articles, one a row; rows are used again.

    Args:
        text: int32 (n): its text.
        outlet: int32 (n): its outlet, -1 for none.
        name: int32 (n): the outlet's name as the article spells it, -1 for none.
        published: int64 (n): seconds, or what stands for no date.
        title: uint64 (n): hash of its folded title, 0 for none.
        content: uint64 (n): hash of all that it is.
        number: int64 (n): its number in the store; 0 for a row that is free.
        id_start: int64 (n): where its id begins among the ids' bytes.
        id_length: int32 (n): bytes of its id.
        story: int64 (n): the number of its story.
        anchor: int32 (n): the anchor of its story.
        edge: int32 (n): its first edge, or NOWHERE.
    """

    text: Any
    outlet: Any
    name: Any
    published: Any
    title: Any
    content: Any
    number: Any
    id_start: Any
    id_length: Any
    story: Any
    anchor: Any
    edge: Any


class Edges(NamedTuple):
    """Verified pairs of articles that are the same story; rows are used again.

    Args:
        ends: int32 (n, 2): the left and the right article.
        following: int32 (n, 2): the next edge of each end, or NOWHERE.
        evidence: int32 (n, KEPT): about their texts.
        relation: uint8 (n): what the left one is to the right one.
    """

    ends: Any
    following: Any
    evidence: Any
    relation: Any


class Limits(NamedTuple):
    """What bounds candidates and evidence, as in ``Settings``.

    Args:
        bucket: Texts up to which a bucket proposes all its pairs.
        neighbors: In a larger one, neighbors on either side.
        samples: Sampled shingles that a pair must share, or all of the smaller sample.
        share: The same as a share of the smaller sample.
        width: Words a shingle.
        run: Least words of a shared run.
        gap: Most words between two shared runs that stand in each other's place.
        opening: Words of a text's opening.
        told: Told share above which openings are looked at.
        nearest: Articles of another text, nearest in time, that each article is verified against.
        unknown: What stands for no date.
        bound: The largest mixed shingle hash that is sampled.
        reach: Words that two recurring samples may lie apart to fill what is between them.
    """

    bucket: int
    neighbors: int
    samples: int
    share: float
    width: int
    run: int
    gap: int
    opening: int
    told: float
    nearest: int
    unknown: int
    bound: int
    reach: int


@structref.register
class LiveSetType(types.StructRef):
    """The type of a ``LiveSet`` in compiled code."""


class LiveSet(structref.StructRefProxy):
    """All columns as one argument: a kernel is called as quickly with it as with a number.

    It holds where the arrays are: one that has been given more room needs a new set.

    Args:
        bands: Postings of the LSH bands, a space each.
        samples: Postings of the sampled shingles.
        furniture: What is known of it, by sampled shingle.
        runs: The articles of each text that has several.
        ids: The articles of each id's hash.
        words: uint32: packed words.
        id_bytes: uint8: the articles' ids.
        texts: All texts.
        articles: All articles.
        edges: All edges.
        shared: int32, a place a text, all 0: room to work in, left all 0.
        visited: uint8, a place an article, all 0: room to work in, left all 0.
        limits: Bounds.
        numbers: The rule's numbers.
    """


structref.define_proxy(  # type: ignore[no-untyped-call]  # numba has no types
    LiveSet, LiveSetType,
    [
        "bands", "samples", "furniture", "runs", "ids", "words", "id_bytes", "texts", "articles", "edges", "shared",
        "visited", "limits", "numbers",
    ],
)  # fmt: skip


@njit(nogil=True, cache=True)
def live_set(
    bands, samples, furniture, runs, ids, words, id_bytes, texts, articles, edges, shared, visited, limits, numbers
):
    """A ``LiveSet`` of these. Called in Python, the class itself would be compiled anew in every process."""
    return LiveSet(
        bands, samples, furniture, runs, ids, words, id_bytes, texts, articles, edges, shared, visited, limits, numbers
    )
