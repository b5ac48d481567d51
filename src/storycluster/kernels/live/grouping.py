"""Components of live articles → stories: what ``storycluster.grouping`` does, with verdicts on the live set."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.cutting import ask_about_digests, begin_cut, count_runs, cut_parts
from storycluster.kernels.live.edges import joins_among
from storycluster.kernels.live.links import COVERED, SPANS, judge_pairs
from storycluster.kernels.live.runs import id_order
from storycluster.kernels.parts import Joins, find_parts, take_simple


@njit(nogil=True, cache=True)
def judge_members(live, rows, left, right):
    """The verdicts on pairs of some articles, named by their places: whether they are one story; the words told."""
    same, told = np.empty(left.size, np.bool_), np.empty(left.size, np.int32)
    judge_pairs(live, rows[left], rows[right], same, told)
    return same, told


@njit(nogil=True, cache=True)
def find_digests(live, rows, parts, joins, rest, words, digest_share, most):
    """Which members hold two stories: bool (m), digests; bool (e), matches with a part that is another story."""
    numbers = live.numbers
    digest, dropped = np.zeros(parts.members.size, np.bool_), np.zeros(joins.left.size, np.bool_)
    runs, holders = count_runs(parts, joins, rest, words, numbers.whole_share)
    begun = np.int64(0)
    while begun >= 0:
        asked, begun = ask_about_digests(
            parts, joins, rest, words, runs, holders, numbers.whole_share, digest_share, numbers.min_told, begun, most
        )
        if not len(asked):
            continue
        same, told = judge_members(live, rows, parts.members[asked[:, 1]], parts.members[asked[:, 2]])
        for q in range(len(asked)):
            if same[q] or told[q] >= asked[q, 4]:
                continue
            if asked[q, 3] < 0:
                digest[asked[q, 0]] = True
            else:
                dropped[asked[q, 3]] = True
    return digest, dropped


@njit(nogil=True, cache=True)
def group_rows(live, rows, top, must_left, must_right, tied, ties, digest_share, checks_a_member, most):
    """Group articles that no edge leads out of.

    Args:
        live: The live set.
        rows: int64 (n), ascending: the articles.
        top: Rows of edges that have been in use.
        must_left: int64: places of articles that must stand with those of ``must_right``.
        must_right: int64.
        tied: bool (n): articles of which the caller said something.
        ties: What that is.
        digest_share: Words that two parts of a digest may share, 0–1 of the shorter one.
        checks_a_member: As for ``cutting.begin_cut``.
        most: Pairs, about, that are judged at once.

    Returns:
        int64 (n): the place of each article's anchor; int64: the edges of one with a part of it that is
        another story.
    """
    texts, articles = live.texts, live.articles
    found, left, right = joins_among(live, rows, top)
    evidence = live.edges.evidence[found]
    joins = Joins(left, right, evidence[:, COVERED].copy(), evidence[:, SPANS].copy())
    words = texts.words[articles.text[rows]].astype(np.int64)
    order = id_order(live.id_bytes, articles, rows)
    parts = find_parts(
        rows.size, joins, must_left, must_right, words, articles.published[rows], order, live.limits.unknown
    )
    anchor_of = np.arange(rows.size)
    rest = take_simple(parts, joins, words, tied, live.numbers.whole_share, anchor_of)
    if not rest.size:
        return anchor_of, found[:0]
    digest, dropped = find_digests(live, rows, parts, joins, rest, words, digest_share, most)
    cut = begin_cut(parts, rest, digest, dropped, ties, checks_a_member)
    begun, nobody = np.int64(0), np.empty(0, np.int64)
    waiting, anchors, strangers = nobody, nobody, nobody
    start, same = np.zeros(1, np.int64), np.empty(0, np.bool_)
    while begun < rest.size or waiting.size:
        begun, waiting, anchors, strangers, start = cut_parts(
            parts, joins, cut, ties, rest, begun, waiting, anchors, strangers, start, same, most, anchor_of
        )
        if waiting.size:
            asking = np.repeat(anchors, np.diff(start))
            same, _ = judge_members(live, rows, parts.members[strangers], parts.members[asking])
    return anchor_of, found[cut.bridged]
