"""Stories as JSON lines, put together from packed pieces of JSON. Arrays in, bytes out; no object a story or copy.

First the pieces of all lines are laid out as numbers, then their bytes are copied. A piece's number is its row in one
of three pools, times 4, plus the pool.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from storycluster.kernels.bits import copy_bytes
from storycluster.kernels.leaves import leaf

ARTICLES, WORDS, DIGESTS, IDS = range(4)
"""The pools: what articles have; syntax, names and numbers; the digits of the stories' ids; the articles' ids."""
(
    HEAD, TITLED, ANCHOR, LEAD, FIRST_PUBLISHED, FIRST_OUTLET, OUTLETS, NAME, KEY, OUTLET_FIRST, OUTLET_IDS, OUTLET_END,
    COPIES, COPY, COPY_OUTLET, COPY_TITLE, COPY_URL, COPY_PUBLISHED, RELATION, JACCARD, CONTAINMENT, COPY_END, END,
    COMMA,
) = (4 * row + WORDS for row in range(24))  # fmt: skip
"""What stands between the pieces: the first rows of the pool of words."""
STORY_PIECES, OUTLET_PIECES, COPY_PIECES = 15, 9, 20
"""The most pieces of a story, of an outlet's entry and of a copy, commas included, and without what lies within."""


class Stories(NamedTuple):
    """The stories to write, one row each; int64.

    digest, title, anchor, lead, first_published, first_outlet: pieces.
    copy_start, outlet_start: (stories + 1): first row of its copies and its outlets.
    """

    digest: Any
    title: Any
    anchor: Any
    lead: Any
    first_published: Any
    first_outlet: Any
    copy_start: Any
    outlet_start: Any


class Copies(NamedTuple):
    """The stories' copies in their order, one row each: pieces, int64."""

    id: Any
    outlet: Any
    title: Any
    url: Any
    published: Any
    relation: Any
    jaccard: Any
    containment: Any


class Outlets(NamedTuple):
    """The stories' outlets in their order, one row each; int64.

    name, key, first_published: pieces.
    id_start: (outlets + 1): first row of the ids of its articles.
    ids: pieces, one an article.
    """

    name: Any
    key: Any
    first_published: Any
    id_start: Any
    ids: Any


@leaf
def lay_out(stories, copies, outlets, pieces, piece_start):
    """List the pieces of the stories' lines.

    Args:
        stories: Stories.
        copies: Copies.
        outlets: Outlets.
        pieces: int64, with room for them; written.
        piece_start: int64 (stories + 1), written: where each line's begin.
    """
    n = 0
    for s in range(stories.digest.size):
        piece_start[s] = n
        pieces[n], pieces[n + 1] = HEAD, stories.digest[s]
        pieces[n + 2], pieces[n + 3] = TITLED, stories.title[s]
        pieces[n + 4], pieces[n + 5] = ANCHOR, stories.anchor[s]
        pieces[n + 6], pieces[n + 7] = LEAD, stories.lead[s]
        pieces[n + 8], pieces[n + 9] = FIRST_PUBLISHED, stories.first_published[s]
        pieces[n + 10], pieces[n + 11] = FIRST_OUTLET, stories.first_outlet[s]
        pieces[n + 12] = OUTLETS
        n += 13
        for o in range(stories.outlet_start[s], stories.outlet_start[s + 1]):
            if o > stories.outlet_start[s]:
                pieces[n] = COMMA
                n += 1
            pieces[n], pieces[n + 1] = NAME, outlets.name[o]
            pieces[n + 2], pieces[n + 3] = KEY, outlets.key[o]
            pieces[n + 4], pieces[n + 5] = OUTLET_FIRST, outlets.first_published[o]
            pieces[n + 6] = OUTLET_IDS
            n += 7
            for i in range(outlets.id_start[o], outlets.id_start[o + 1]):
                if i > outlets.id_start[o]:
                    pieces[n] = COMMA
                    n += 1
                pieces[n] = outlets.ids[i]
                n += 1
            pieces[n] = OUTLET_END
            n += 1
        pieces[n] = COPIES
        n += 1
        for c in range(stories.copy_start[s], stories.copy_start[s + 1]):
            if c > stories.copy_start[s]:
                pieces[n] = COMMA
                n += 1
            pieces[n], pieces[n + 1] = COPY, copies.id[c]
            pieces[n + 2], pieces[n + 3] = COPY_OUTLET, copies.outlet[c]
            pieces[n + 4], pieces[n + 5] = COPY_TITLE, copies.title[c]
            pieces[n + 6], pieces[n + 7] = COPY_URL, copies.url[c]
            pieces[n + 8], pieces[n + 9] = COPY_PUBLISHED, copies.published[c]
            pieces[n + 10], pieces[n + 11] = RELATION, copies.relation[c]
            pieces[n + 12], pieces[n + 13] = JACCARD, copies.jaccard[c]
            pieces[n + 14], pieces[n + 15] = CONTAINMENT, copies.containment[c]
            pieces[n + 16] = COPY_END
            n += 17
        pieces[n] = END
        n += 1
    piece_start[stories.digest.size] = n


class Pools(NamedTuple):
    """The pools, by number: uint8 bytes, and int64 where each row begins."""

    articles: Any
    articles_start: Any
    words: Any
    words_start: Any
    digests: Any
    digests_start: Any
    ids: Any
    ids_start: Any


@leaf
def piece_bytes(pieces, pools, begin):
    """Where each piece begins when their bytes stand one after the other.

    Args:
        pieces: int64.
        pools: Pools.
        begin: int64 (pieces + 1), written.
    """
    at = 0
    for i in range(pieces.size):
        begin[i] = at
        row = pieces[i] >> 2
        pool = pieces[i] & 3
        if pool == ARTICLES:
            at += pools.articles_start[row + 1] - pools.articles_start[row]
        elif pool == WORDS:
            at += pools.words_start[row + 1] - pools.words_start[row]
        elif pool == IDS:
            at += pools.ids_start[row + 1] - pools.ids_start[row]
        else:
            at += pools.digests_start[row + 1] - pools.digests_start[row]
    begin[pieces.size] = at


@leaf
def copy_pieces(pieces, begin, pools, out):
    """Copy the pieces' bytes.

    Args:
        pieces: int64.
        begin: int64 (pieces + 1): where each one's bytes go.
        pools: Pools.
        out: uint8, written.
    """
    for i in range(pieces.size):
        row = pieces[i] >> 2
        pool = pieces[i] & 3
        if pool == ARTICLES:
            copy_bytes(pools.articles, pools.articles_start[row], out, begin[i], begin[i + 1])
        elif pool == WORDS:
            copy_bytes(pools.words, pools.words_start[row], out, begin[i], begin[i + 1])
        elif pool == IDS:
            copy_bytes(pools.ids, pools.ids_start[row], out, begin[i], begin[i + 1])
        else:
            copy_bytes(pools.digests, pools.digests_start[row], out, begin[i], begin[i + 1])
