"""Components → stories (``storycluster.grouping`` says by which rules).

What only the verdict on a pair that no edge joins can tell is asked for: a kernel writes its questions and goes on with
the answers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values, grown
from storycluster.kernels.leaves import leaf
from storycluster.kernels.parts import LEFT_FIRST, RIGHT_FIRST, stands_whole

MOST_PARTS = 64
"""Parts of one text that are looked at to tell whether it holds two stories: one bit each in 64."""
MOST_COPIES = 16
"""Copies of it, the fittest, that are looked at for the same."""
PLACE, FIRST, LAST, WORDS, EDGE = range(5)
"""Columns of what stands whole in a member: its place, the first word there and the word after its last one, the words
of it that do, and the match."""


class Ties(NamedTuple):
    """What the caller said of articles; empty columns where nothing was said.

    Args:
        unit: int64 (n): the unit of articles that must stand together, -1 for none.
        start: int64 (n + 1): where the articles begin in ``apart`` that may not be in an article's story.
        apart: int64: these articles.
    """

    unit: Any
    start: Any
    apart: Any


class Cut(NamedTuple):
    """How far the components are cut.

    Args:
        bridged: bool (e): matches of a member with a part of it that is another story.
        digest: bool (m): members that are digests.
        story: int64 (m): the place of each member's anchor, -1 for one that is left.
        step: int64 (c): the anchor whose turn it is: members with a unit first, then all, by place.
        checks: int64 (c): verdicts that may still be asked of every remaining member.
        stamp: int64 (m): room to work in: the anchor that a member was last marked for; -1 at first.
    """

    bridged: Any
    digest: Any
    story: Any
    step: Any
    checks: Any
    stamp: Any


@njit(nogil=True, cache=True)
def matched_parts(parts, held, copies):
    """Which parts of a member each of what stands in it matches: uint64 (k), a bit a part, the first one lowest."""
    places = held[copies:, PLACE].copy()
    order = np.argsort(places)
    places = places[order]
    matched = np.zeros(len(held), np.uint64)
    for i in range(len(held)):
        x = held[i, PLACE]
        for k in range(parts.near_start[x], parts.near_start[x + 1]):
            at = np.searchsorted(places, parts.near[k])
            if at < places.size and places[at] == parts.near[k]:
                matched[i] |= np.uint64(1) << np.uint64(order[at])
    return matched


@njit(nogil=True, cache=True)
def told_apart(parts, held, copies, i, j, digest_share, min_told, matched):
    """Below how many told words two of what stands in a member are strangers, by where they stand; 0 if they can't be.

    A passage that stands in both stretches their places over each other. Where these have no fewer words than the two
    together, they may be disjoint all the same: then hardly anything may be told by both, and no other part may match
    both, as then they are cuts of that.

    Args:
        parts: All components.
        held: What stands in the member (``held_parts``).
        copies: How many are copies of it.
        i: The one.
        j: The other one.
        digest_share: Words that they may share, 0–1 of the shorter one.
        min_told: Told words below which two articles are strangers.
        matched: As ``matched_parts`` has it, empty as long as nothing has needed it.

    Returns:
        The told words; ``matched``.
    """
    together = min(held[i, LAST], held[j, LAST]) - max(held[i, FIRST], held[j, FIRST])
    shorter = min(held[i, LAST] - held[i, FIRST], held[j, LAST] - held[j, FIRST])
    if together < digest_share * shorter:
        return np.int64(min_told), matched
    stretch = max(held[i, LAST], held[j, LAST]) - min(held[i, FIRST], held[j, FIRST])
    if held[i, WORDS] + held[j, WORDS] - stretch >= digest_share * shorter:
        return np.int64(0), matched
    if not matched.size:
        matched = matched_parts(parts, held, copies)
    if matched[i] & matched[j]:
        return np.int64(0), matched
    return np.int64(min(min_told, digest_share * min(held[i, WORDS], held[j, WORDS]))), matched


@njit(nogil=True, cache=True)
def ask_about_digests(parts, joins, rest, words, runs, holders, holding, share, digest_share, min_told, begun, most):
    """The pairs of articles that a member holds in disjoint parts: if they are strangers, it holds two stories.

    Two cuts of one text may be such strangers too. The text that was run more often is the original: a holder with
    more whole copies of itself than each of the two has is not their digest. And where it is itself a copy of the one,
    with more in it, the other is a cut of it if most of its copies hold that, too.

    Args:
        parts: All components.
        joins: The matches.
        rest: int64: the components to look at.
        words: int64 (n): words of each article.
        runs: int64 (m): whole copies of each member.
        holders: int64 (m): members that hold each as a part.
        holding: int64 (m): parts that each holds.
        share: ``whole_share``.
        digest_share: Words that the two parts may share, 0–1 of the shorter one.
        min_told: Told words below which two articles are strangers.
        begun: The member to begin with, counted in these components.
        most: Pairs, about, after which it is enough.

    Returns:
        int64 (q, 5): places of the holder and the two; where the first one is its copy, the match of the holder with
        the second one, as that is all that is in question then; -1 for two parts; told words below which the two are
        strangers. The member to go on with, -1 if all is asked.
    """
    asked = np.empty(256, np.int64)
    n, member = 0, 0
    for c in rest:
        low, high = parts.start[c], parts.start[c + 1]
        if member + high - low <= begun:
            member += high - low
            continue
        for p in range(low, high):
            member += 1
            if member <= begun:
                continue
            if n >= 5 * most:
                return asked[:n].reshape(-1, 5), member - 1
            if not holding[p] or parts.near_start[p + 1] - parts.near_start[p] < 2:
                continue
            held, copies = held_parts(parts, joins, p, words, share)
            matched = np.empty(0, np.uint64)
            for j in range(copies, len(held)):
                y = held[j, PLACE]
                asked = grown(asked, n + 5 * (j + 1))
                for i in range(copies, j):
                    x = held[i, PLACE]
                    told, matched = told_apart(parts, held, copies, i, j, digest_share, min_told, matched)
                    if told and runs[p] <= max(runs[x], runs[y]):
                        asked[n], asked[n + 1], asked[n + 2], asked[n + 3], asked[n + 4] = p, x, y, -1, told
                        n += 5
                for i in range(copies if 2 * holders[y] <= runs[p] + 1 else 0):
                    x = held[i, PLACE]
                    told, matched = told_apart(parts, held, copies, i, j, digest_share, min_told, matched)
                    if told:
                        asked[n], asked[n + 1], asked[n + 2], asked[n + 3], asked[n + 4] = p, x, y, held[j, EDGE], told
                        n += 5
                        break
    return asked[:n].reshape(-1, 5), -1


@njit(nogil=True, cache=True)
def held_parts(parts, joins, p, words, share):
    """What stands whole in a member: copies of it, the fittest first, and then parts of it, by where they stand in it.

    A copy is what it stands whole in, too. Nothing, if there is no part, or it alone.

    Returns:
        int64 (k, 5): PLACE, FIRST, LAST, WORDS and EDGE of each, MOST_COPIES and MOST_PARTS at most; the number of
        copies.
    """
    low, high = parts.near_start[p], parts.near_start[p + 1]
    held = np.empty((high - low, 5), np.int64)
    copy, key = np.empty(high - low, np.int64), np.empty(high - low, np.int64)
    n = copies = 0
    for k in range(low, high):
        e = np.int64(parts.edge[k])
        if not stands_whole(joins, e, parts.members[parts.near[k]], words, share):
            continue
        side = 0 if joins.left[e] == parts.members[p] else 1
        column = RIGHT_FIRST if side else LEFT_FIRST
        held[n, PLACE], held[n, EDGE], held[n, WORDS] = parts.near[k], e, joins.covered[e, 1 - side]
        held[n, FIRST], held[n, LAST] = joins.spans[e, column], joins.spans[e, column + 1]
        copy[n] = stands_whole(joins, e, parts.members[p], words, share)
        key[n] = -1 if copy[n] else held[n, FIRST] << 32 | held[n, LAST]
        copies += copy[n]
        n += 1
    if n < 2 or n == copies:
        return held[:0], np.int64(0)
    # where both ends are equal, the fitter one comes first
    by_place = np.argsort(held[:n, PLACE], kind="mergesort")
    order = by_place[np.argsort(key[:n][by_place], kind="mergesort")]
    own = min(copies, MOST_COPIES)
    chosen = np.concatenate((order[:own], order[copies:][:MOST_PARTS]))
    return held[chosen], np.int64(own)


@njit(nogil=True, cache=True)
def count_whole(parts, joins, words, share):
    """Whole copies of each member, members that hold it as a part, and parts that it holds: int64 (m) each."""
    m = parts.members.size
    runs, holders, holding = np.zeros(m, np.int64), np.zeros(m, np.int64), np.zeros(m, np.int64)
    for e in range(joins.left.size):
        p, q = parts.place[joins.left[e]], parts.place[joins.right[e]]
        left = stands_whole(joins, e, joins.left[e], words, share)
        right = stands_whole(joins, e, joins.right[e], words, share)
        runs[p] += left and right
        runs[q] += left and right
        holders[p] += left and not right
        holding[q] += left and not right
        holders[q] += right and not left
        holding[p] += right and not left
    return runs, holders, holding


@njit(nogil=True, cache=True)
def begin_cut(parts, rest, digest, dropped, ties, checks_a_member):
    """The state in which nothing is cut yet but what the caller said and what bridges.

    Args:
        parts: All components.
        rest: int64: the components to cut.
        digest: bool (m): members that are digests.
        dropped: bool (e): matches of a member with a part of it that is another story.
        ties: What the caller said.
        checks_a_member: Verdicts asked, by member of a component, up to which an anchor is checked against every
            remaining member.
    """
    m = parts.members.size
    bridged = dropped.copy()
    story, stamp = np.full(m, -1), np.full(m, -1)
    step, checks = np.zeros(parts.start.size - 1, np.int64), np.zeros(parts.start.size - 1, np.int64)
    for c in rest:
        low, high = parts.start[c], parts.start[c + 1]
        checks[c] = checks_a_member * (high - low)
        for p in range(low, high):
            if digest[p]:
                for k in range(parts.near_start[p], parts.near_start[p + 1]):
                    if not digest[parts.near[k]]:
                        bridged[parts.edge[k]] = True
        if not ties.unit.size:
            step[c] = high - low
            continue
        for p in range(low, high):
            unit = ties.unit[parts.members[p]]
            if unit >= 0 and story[p] < 0:
                for q in range(p, high):
                    if ties.unit[parts.members[q]] == unit:
                        story[q] = p
    return Cut(bridged, digest, story, step, checks, stamp)


@leaf
def may_stand(parts, cut, ties, p, anchor):
    """Whether a member may be in the story of an anchor."""
    if ties.start.size:
        x = parts.members[p]
        for k in range(ties.start[x], ties.start[x + 1]):
            q = parts.place[ties.apart[k]]
            if q >= 0 and cut.story[q] == anchor:
                return False
    return True


@njit(nogil=True, cache=True)
def take_in(parts, cut, ties, anchor, joining):
    """Put those of some members, that are left, into an anchor's story, the fittest first."""
    if ties.start.size:
        joining.sort()
    for p in joining:
        if cut.story[p] < 0 and may_stand(parts, cut, ties, p, anchor):
            cut.story[p] = anchor


@njit(nogil=True, cache=True)
def known_to(parts, cut, anchor):
    """The members that an anchor matches, stamped with it; and so are the stories of which it holds a part."""
    known = np.empty(parts.near_start[anchor + 1] - parts.near_start[anchor], np.int64)
    n = 0
    for k in range(parts.near_start[anchor], parts.near_start[anchor + 1]):
        other = parts.near[k]
        cut.stamp[other] = anchor
        if not cut.bridged[parts.edge[k]]:
            known[n] = other
            n += 1
            continue
        for i in range(parts.near_start[other], parts.near_start[other + 1]):
            if not cut.bridged[parts.edge[i]]:
                cut.stamp[parts.near[i]] = anchor
    return known[:n]


@njit(nogil=True, cache=True)
def strangers_of(parts, cut, c, anchor, known):
    """The members that are left and of whom an anchor's match is not known: of the whole component, or near it."""
    cut.stamp[anchor] = anchor
    others = np.empty(64, np.int64)
    n = 0
    if cut.checks[c] > 0:
        for p in range(parts.start[c], parts.start[c + 1]):
            if cut.story[p] < 0 and cut.stamp[p] != anchor and cut.digest[p] == cut.digest[anchor]:
                others = grown(others, n + 1)
                others[n] = p
                n += 1
        return others[:n]
    for neighbor in known:
        for k in range(parts.near_start[neighbor], parts.near_start[neighbor + 1]):
            p = parts.near[k]
            if (
                cut.story[p] < 0
                and cut.stamp[p] != anchor
                and cut.digest[p] == cut.digest[anchor]
                and not cut.bridged[parts.edge[k]]
            ):
                cut.stamp[p] = anchor
                others = grown(others, n + 1)
                others[n] = p
                n += 1
    return others[:n]


@njit(nogil=True, cache=True)
def go_on(parts, joins, cut, ties, c, anchor_of):
    """Cut a component as far as it goes without a question: the anchor that asks, -1 at the end; its strangers."""
    low, high = parts.start[c], parts.start[c + 1]
    size = high - low
    while cut.step[c] < 2 * size:
        at = cut.step[c]
        anchor = low + at % size
        if at < size and (cut.story[anchor] != anchor or ties.unit[parts.members[anchor]] < 0):
            cut.step[c] += 1
            continue
        if at >= size:
            if cut.story[anchor] >= 0:
                cut.step[c] += 1
                continue
            cut.story[anchor] = anchor
        known = known_to(parts, cut, anchor)
        others = strangers_of(parts, cut, c, anchor, known)
        cut.checks[c] -= others.size
        if others.size:
            return anchor, others
        take_in(parts, cut, ties, anchor, known)
        cut.step[c] += 1
    settle_members(parts, joins, cut, ties, c)
    for p in range(low, high):
        anchor_of[parts.members[p]] = parts.members[cut.story[p]]
    return np.int64(-1), np.empty(0, np.int64)


@leaf
def settle_members(parts, joins, cut, ties, c):
    """Move members of a component to the anchors with which they overlap more."""
    for p in range(parts.start[c], parts.start[c + 1]):
        if cut.story[p] == p or (ties.unit.size and ties.unit[parts.members[p]] >= 0):
            continue
        own, most, best = np.int64(0), np.int64(0), np.int64(-1)
        for k in range(parts.near_start[p], parts.near_start[p + 1]):
            e, anchor = np.int64(parts.edge[k]), np.int64(parts.near[k])
            if cut.story[anchor] != anchor or cut.bridged[e]:
                continue
            shared = min(joins.covered[e, 0], joins.covered[e, 1])
            if anchor == cut.story[p]:
                own = shared
            elif (shared > most or (shared == most and anchor < best)) and may_stand(parts, cut, ties, p, anchor):
                most, best = shared, anchor
        if most > own:
            cut.story[p] = best


@njit(nogil=True, cache=True)
def cut_parts(parts, joins, cut, ties, rest, begun, waiting, anchors, strangers, start, same, most, anchor_of):
    """Cut components, each until it asks or is done.

    Args:
        parts: All components.
        joins: The matches.
        cut: How far they are cut.
        ties: What the caller said.
        rest: int64: the components to cut.
        begun: How many of them have been begun.
        waiting: int64 (w): those that have asked.
        anchors: int64 (w): the anchor that each asks for.
        strangers: int64 (q): the members that they ask about.
        start: int64 (w + 1): where those of each begin.
        same: bool (q): whether these match the anchor.
        most: Questions, about, after which no further component is begun.
        anchor_of: int64 (n), written for the members of components that are done.

    Returns:
        How many have been begun; waiting, anchors, strangers and start anew.
    """
    room = waiting.size + rest.size - begun
    still, asking = np.empty(room, np.int64), np.empty(room, np.int64)
    begins = np.zeros(room + 1, np.int64)
    asked = np.empty(256, np.int64)
    count, n = 0, 0
    for i in range(room):
        if i < waiting.size:
            c, anchor = waiting[i], anchors[i]
            known = known_to(parts, cut, anchor)
            told = strangers[start[i] : start[i + 1]]
            take_in(parts, cut, ties, anchor, np.concatenate((known, told[same[start[i] : start[i + 1]]])))
            cut.step[c] += 1
        elif n >= most:
            break
        else:
            c = rest[begun]
            begun += 1
        anchor, others = go_on(parts, joins, cut, ties, c, anchor_of)
        if anchor >= 0:
            still[count], asking[count] = c, anchor
            asked = grown(asked, n + others.size)
            copy_values(others, asked[n:])
            n += others.size
            count += 1
            begins[count] = n
    return begun, still[:count], asking[:count], asked[:n], begins[: count + 1]
