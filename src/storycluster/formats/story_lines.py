"""Groups of a shelf's articles → the lines that ``write_stories`` writes, without a Story, Outlet or Copy being built.

What ``storycluster.story`` says of one story's articles as objects is said here of many stories' at once, as arrays;
the tests hold the two to the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import numpy as np
import orjson

from storycluster.columns import Array
from storycluster.dates import DAY_MICROSECONDS
from storycluster.formats.shelf import PIECES, PUBLISHED, TITLE, URL, Shelf, usable_moments
from storycluster.formats.stories import to_json
from storycluster.growing import pack, ranges, starts_of
from storycluster.kernels.files.story_lines import (
    ARTICLES,
    COPY_PIECES,
    DIGESTS,
    IDS,
    OUTLET_PIECES,
    STORY_PIECES,
    WORDS,
    Copies,
    Outlets,
    Pools,
    Stories,
    copy_pieces,
    lay_out,
    piece_bytes,
)
from storycluster.models import Relation

RELATIONS: tuple[Relation, ...] = get_args(Relation)
SYNTAX = (
    b'{"id":"s-', b'","title":', b',"anchor":', b',"lead":', b',"first_published":', b',"first_outlet":',
    b',"outlets":[', b'{"name":', b',"key":', b',"first_published":', b',"article_ids":[', b"]}",
    b'],"copies":[', b'{"article_id":', b',"outlet":', b',"title":', b',"url":', b',"published":', b',"relation":',
    b',"jaccard":', b',"containment":', b"}", b"]}\n", b",",
)  # fmt: skip
"""In the order of the names in ``kernels.files.story_lines``."""
DIGEST_DIGITS = 16
NEVER = np.iinfo(np.int64).max
LAST_MOMENT = 253_402_300_799_999_999
"""Microseconds of the last moment that a datetime can hold: the end of the last day."""


@dataclass(frozen=True, slots=True)
class Groups:
    """A partition of a shelf's articles.

    Args:
        members: int64 (articles): the articles, story by story.
        start: int64 (stories + 1): where each story's begin.
        anchors: int64 (stories).
        relation: uint8 (articles): what each is to its anchor, index into RELATIONS.
        jaccard: float64 (articles): of it and its anchor, 1 for the anchor.
        containment: float64 (articles): the same.
    """

    members: Array
    start: Array
    anchors: Array
    relation: Array
    jaccard: Array
    containment: Array


def number_texts(values: Array) -> list[bytes]:
    """Numbers as JSON."""
    return orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


@dataclass(frozen=True, slots=True)
class Ran:
    """The outlets of some stories, in their order.

    Args:
        name: int64 (outlets): number of its name, alphabetically.
        key: int64 (outlets): number of its canonical key.
        first: int64 (outlets): its article that came out first, -1 where no date is usable.
        start: int64 (outlets + 1): where its articles begin.
        articles: int64: the outlets' articles.
        story_start: int64 (stories + 1): where each story's outlets begin.
    """

    name: Array
    key: Array
    first: Array
    start: Array
    articles: Array
    story_start: Array


class Words:
    """A pool of what lines have in common, as it grows: syntax, names, numbers."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []

    def add(self, rows: Sequence[bytes]) -> Array:
        """Add rows; gives their numbers as pieces."""
        first = len(self._rows)
        self._rows += rows
        return as_pieces(np.arange(first, len(self._rows)), WORDS)

    def packed(self) -> tuple[Array, Array]:
        """uint8: the bytes; int64: where each row begins."""
        return pack(self._rows)


def as_pieces(rows: Array, pool: int) -> Array:
    """The numbers of a pool's rows as pieces of a line."""
    return 4 * rows.astype(np.int64) + pool


class StoryLines:
    """Writes the lines of a shelf's stories.

    Args:
        shelf: The articles.
        groups: Which stand together.
        keys: Spelled name of an outlet → its canonical key.
        as_of: Dates after it are unusable.
        lead: Which copy is shown first: ``anchor``, ``first`` published or ``longest``.
    """

    def __init__(self, shelf: Shelf, groups: Groups, keys: Mapping[str, str], as_of: datetime, lead: str) -> None:
        self._shelf = shelf
        self._groups = groups
        self._lead = lead
        self._usable = usable_moments(shelf.moment, as_of)
        names = sorted(shelf.outlets)
        distinct_keys = sorted(set(keys.values()))
        key_number = {key: i for i, key in enumerate(distinct_keys)}
        self._name_of = shelf.outlets.in_order()  # by number on the shelf
        self._key_of = np.array([key_number[keys[name]] for name in names], np.int64)  # by alphabetical number
        self._named = np.array([keys[name] != "" for name in names], np.bool_)
        numbers, inverse = np.unique(np.concatenate([groups.jaccard, groups.containment]), return_inverse=True)
        words = Words()
        words.add(SYNTAX)
        self._null, self._empty = words.add([b"null", b'""']).tolist()
        self._names = words.add([to_json(name) for name in names])
        self._keys = words.add([to_json(key) for key in distinct_keys])
        self._relations = words.add([to_json(relation) for relation in RELATIONS])[groups.relation]
        scores = words.add(number_texts(numbers) if numbers.size else [])[inverse]
        self._jaccard, self._containment = scores[: len(shelf)], scores[len(shelf) :]
        self._words, self._words_start = words.packed()

    def write(self, stories: Array, digests: Array) -> tuple[Array, Array]:
        """The lines of some stories.

        Args:
            stories: int64: their numbers.
            digests: uint8: the 16 digits of each one's id.

        Returns:
            uint8: the lines; int64 (stories + 1): where each begins.
        """
        stories_, copies, outlets = self._arrange(stories)
        room = (
            STORY_PIECES * stories.size + OUTLET_PIECES * outlets.name.size + 2 * outlets.ids.size
            + COPY_PIECES * copies.id.size
        )  # fmt: skip
        pieces = np.empty(room, np.int64)
        piece_start = np.empty(stories.size + 1, np.int64)
        lay_out(stories_, copies, outlets, pieces, piece_start)
        pieces = pieces[: piece_start[-1]]
        begin = np.empty(pieces.size + 1, np.int64)
        digest_start = np.arange(0, digests.size + 1, DIGEST_DIGITS)
        pools = Pools(
            self._shelf.piece, self._shelf.piece_start, self._words, self._words_start, digests, digest_start,
            self._shelf.id, self._shelf.id_start,
        )  # fmt: skip
        piece_bytes(pieces, pools, begin)
        out = np.empty(begin[-1], np.uint8)
        copy_pieces(pieces, begin, pools, out)
        return out, begin[piece_start]

    def _piece(self, articles: Array, piece: int, absent: int | None = None) -> Array:
        """The pieces of some articles; ``absent`` stands for that of none (-1)."""
        pieces = as_pieces(PIECES * articles + piece, ARTICLES)
        return pieces if absent is None else np.where(articles < 0, absent, pieces)

    def _arrange(self, numbers: Array) -> tuple[Stories, Copies, Outlets]:
        """The stories' copies and outlets in their order, as pieces."""
        shelf, groups = self._shelf, self._groups
        sizes = groups.start[numbers + 1] - groups.start[numbers]
        articles = groups.members[ranges(groups.start[numbers], sizes)]
        story = np.repeat(np.arange(numbers.size), sizes)
        anchors = groups.anchors[numbers]
        copy_start = starts_of(sizes)

        # in order of publication, undated ones last by id: storycluster.story.in_order
        usable, day = self._usable[articles], shelf.day[articles]
        when = np.where(usable, shelf.moment[articles], NEVER)
        by_date = np.lexsort((shelf.order[articles], day & usable, when, ~usable, story))
        articles, usable, when, day = articles[by_date], usable[by_date], when[by_date], day[by_date]
        is_anchor = articles == anchors[story]
        first = first_dated(articles, usable, when, day, np.flatnonzero(is_anchor), copy_start)
        in_copies = np.lexsort((~is_anchor, story))  # the anchor first, the others as they stand
        copies = articles[in_copies]
        lead = leads(shelf, copies, story, copy_start, anchors, self._lead)
        name = self._name_of[shelf.outlet[articles]]
        ran = self._outlets(articles, story, usable, when, name, numbers.size)
        first_outlet = self._first_outlets(ran, usable, name, story)
        return (
            Stories(
                digest=as_pieces(np.arange(numbers.size), DIGESTS),
                title=self._piece(self._titled(copies, story, lead), TITLE, self._empty),
                anchor=as_pieces(anchors, IDS),
                lead=as_pieces(lead, IDS),
                first_published=self._piece(first, PUBLISHED, self._null),
                first_outlet=np.where(first_outlet < 0, self._null, self._names[first_outlet]),
                copy_start=copy_start,
                outlet_start=ran.story_start,
            ),
            Copies(
                id=as_pieces(copies, IDS),
                outlet=self._names[name[in_copies]],
                title=self._piece(copies, TITLE),
                url=self._piece(copies, URL),
                published=self._piece(copies, PUBLISHED),
                relation=self._relations[copies],
                jaccard=self._jaccard[copies],
                containment=self._containment[copies],
            ),
            Outlets(
                name=self._names[ran.name],
                key=self._keys[ran.key],
                first_published=self._piece(ran.first, PUBLISHED, self._null),
                id_start=ran.start,
                ids=as_pieces(ran.articles, IDS),
            ),
        )

    def _titled(self, copies: Array, story: Array, lead: Array) -> Array:
        """The article whose title is the story's: the lead, else the first copy that has one, else -1."""
        start = self._shelf.piece_start
        has_title = start[PIECES * copies + TITLE + 1] - start[PIECES * copies + TITLE] > len('""')
        titled = np.full(lead.size, -1)
        filled = np.flatnonzero(has_title)[::-1]
        titled[story[filled]] = copies[filled]  # the first is written last
        lead_has = start[PIECES * lead + TITLE + 1] - start[PIECES * lead + TITLE] > len('""')
        return np.where(lead_has, lead, titled)

    def _outlets(self, articles: Array, story: Array, usable: Array, when: Array, name: Array, stories: int) -> Ran:
        """The stories' outlets in order: ``storycluster.story.list_outlets``.

        Args:
            articles: In order of publication within each story.
            story: The story of each.
            usable: Whether its date is.
            when: Its date.
            name: Its outlet's name.
            stories: How many there are.
        """
        named = np.flatnonzero(self._named[name]) if name.size else np.empty(0, np.int64)
        key = self._key_of[name[named]] if named.size else named
        by_key = np.lexsort((key, story[named]))  # keeps the order of publication
        named, key = named[by_key], key[by_key]
        new = np.ones(named.size, np.bool_)
        new[1:] = (key[1:] != key[:-1]) | (story[named[1:]] != story[named[:-1]])
        entry = np.cumsum(new) - 1
        begin = np.flatnonzero(new)
        ran_first = named[begin]
        common = commonest(entry, name[named], begin.size)
        order = np.lexsort((key[begin], common, np.minimum(when[ran_first], LAST_MOMENT), story[ran_first]))
        sizes = np.diff(begin, append=named.size)[order]
        return Ran(
            name=common[order],
            key=key[begin][order],
            first=np.where(usable[ran_first], articles[ran_first], -1)[order],
            start=starts_of(sizes),
            articles=articles[named[ranges(begin[order], sizes)]],
            story_start=starts_of(np.bincount(story[ran_first], minlength=stories)),
        )

    def _first_outlets(self, ran: Ran, usable: Array, name: Array, story: Array) -> Array:
        """Name of the outlet that was first, -1 where that cannot be said (``storycluster.story.first_of``)."""
        shelf = self._shelf
        entries, count = ran.name.size, np.diff(ran.story_start)
        told = count > 0
        told[story[~(usable & self._named[name])]] = False
        entry = np.repeat(np.arange(entries), np.diff(ran.start))
        begins = shelf.moment[ran.articles]
        ends = np.where(shelf.day[ran.articles], np.minimum(begins + DAY_MICROSECONDS, LAST_MOMENT), begins)
        earliest, latest = np.full((2, entries), NEVER)
        np.minimum.at(earliest, entry, begins)
        np.minimum.at(latest, entry, ends)
        of = np.repeat(np.arange(count.size), count)
        some = np.flatnonzero(told)
        best = np.lexsort((latest, of))[ran.story_start[some]]
        # no later than any other outlet's copy can have come out, and the only one of which that is so
        rest = np.ones(entries, np.bool_)
        rest[best] = False
        next_begin, next_end = np.full((2, count.size), NEVER)
        np.minimum.at(next_begin, of[rest], earliest[rest])
        np.minimum.at(next_end, of[rest], latest[rest])
        alone = count[some] == 1
        first = alone | ((latest[best] <= next_begin[some]) & (latest[best] < next_end[some]))
        found = np.full(count.size, -1)
        found[some[first]] = ran.name[best[first]]
        return found

    def odd(self, stories: Array) -> Array:
        """Which of some stories hold text that UTF-8 can't: bool."""
        groups = self._groups
        sizes = groups.start[stories + 1] - groups.start[stories]
        articles = groups.members[ranges(groups.start[stories], sizes)]
        odd = self._shelf.odd[articles]
        found = np.zeros(stories.size, np.bool_)
        found[np.repeat(np.arange(stories.size), sizes)[odd]] = True
        return found


def leads(shelf: Shelf, members: Array, story: Array, start: Array, anchors: Array, lead: str) -> Array:
    """The article that each story shows first: int64 (stories).

    Args:
        shelf: The articles.
        members: Those of the stories, story by story.
        story: The story of each.
        start: Where each story's begin.
        anchors: The stories' anchors.
        lead: As for ``StoryLines``.
    """
    if lead == "anchor":
        return anchors
    if lead == "longest":
        best = np.lexsort((shelf.order[members], -shelf.characters[members].astype(np.int64), story))
    else:
        known = usable_moments(shelf.moment[members], None)
        when = np.where(known, shelf.moment[members], NEVER)
        best = np.lexsort((shelf.order[members], shelf.day[members] & known, when, ~known, story))
    return members[best[start[:-1]]]


def first_dated(articles: Array, usable: Array, when: Array, day: Array, anchors: Array, start: Array) -> Array:
    """The article with each story's earliest date, a moment before the day that begins with it; -1 without a date.

    Of equal ones the anchor counts, then the least id.

    Args:
        articles: In order of publication within each story.
        usable: Whether its date is.
        when: Its date.
        day: Whether only the day is known.
        anchors: The places there of the stories' anchors.
        start: Where each story's begin.
    """
    first = start[:-1]
    equal = (when[anchors] == when[first]) & (day[anchors] == day[first])
    return np.where(usable[first], np.where(equal, articles[anchors], articles[first]), -1)


def commonest(entry: Array, name: Array, entries: int) -> Array:
    """The name that each entry's articles have most often; among equals the alphabetically first: int64 (entries)."""
    order = np.lexsort((name, entry))
    entry, name = entry[order], name[order]
    new = np.ones(entry.size, np.bool_)
    new[1:] = (entry[1:] != entry[:-1]) | (name[1:] != name[:-1])
    begin = np.flatnonzero(new)
    count = np.diff(begin, append=entry.size)
    best = np.lexsort((name[begin], -count, entry[begin]))
    found = np.empty(entries, np.int64)
    last = best[::-1]
    found[entry[begin[last]]] = name[begin[last]]  # the best is written last
    return found
