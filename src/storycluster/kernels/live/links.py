"""Which articles of a text are linked to which others: its candidates sifted, compared, judged, what has changed told.

What is linked is what ``verify`` finds for the same texts at once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels import overlap as ev
from storycluster.kernels.bits import copy_values, grown
from storycluster.kernels.graph import nearest_span
from storycluster.kernels.judging import compare_once
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.apart import parted_edges
from storycluster.kernels.live.edges import edges_of, reached
from storycluster.kernels.live.furniture import held_in
from storycluster.kernels.live.postings import NOWHERE
from storycluster.kernels.live.proposing import propose_from, reaches_of
from storycluster.kernels.live.runs import find_run, nth_article, run_of
from storycluster.kernels.live.slack import ENDLESS, slack_of, told_slack
from storycluster.kernels.live.texts import comes_before
from storycluster.kernels.live.words import HASH, copy_words, renew_sampled, sketch_words
from storycluster.kernels.minhash import mixed_shingles
from storycluster.kernels.rule import SAME, decide, is_one_outlet, relate, time_apart
from storycluster.kernels.wordsets import count_inside, size_of

KEPT = np.array(
    [ev.SHARED, ev.LEFT_COVERED, ev.RIGHT_COVERED, ev.LEFT_FIRST, ev.LEFT_LAST, ev.RIGHT_FIRST, ev.RIGHT_LAST]
)
"""Columns of the evidence that an edge keeps: those that grouping and scores need."""


@njit(nogil=True, cache=True)
def survivors(packed, texts, t, partners, least, width):
    """The candidates that may be the same story as a text: enough of the shorter text stands in the other.

    Whatever clause of the rule it is that joins, ``covered_share`` or ``quoted_share`` of the words of the text with
    fewer words are covered by shared shingles; that is counted here by a bitmap of shingles, which may count too much.
    A batch rules out more by what is told (``sifting.sift_pairs``); that changes with what is learnt of furniture, and
    who is left out here isn't judged anew then.

    Args:
        packed: uint32: packed words.
        texts: All texts.
        t: The text.
        partners: int64: its candidates.
        least: Least share of the shorter text that is covered, 0–1.
        width: Words a shingle.

    Returns:
        int64: candidates; those that the text comes before are first, as its shingles are then indexed once.
    """
    size = np.int64(texts.words[t])
    longest = size
    for s in partners:
        longest = max(longest, np.int64(texts.words[s]))
    room = 64 * (np.int64(size_of(longest)) + 1)
    own, other = np.empty(room, np.uint32), np.empty(room, np.uint32)
    own_known = np.empty(ev.filter_size(ev.table_size(size)), np.uint64)
    other_known = np.empty(ev.filter_size(ev.table_size(longest)), np.uint64)
    found = np.empty(room // 64, np.uint64)
    n = mixed_shingles(packed[texts.start[t] : texts.start[t] + size] & HASH, np.int64(0), size, width, own)
    ev.write_filter(own, n, ev.table_size(size), own_known)
    kept = np.empty(partners.size, np.int64)
    count = first = 0
    for s in partners:
        words = packed[texts.start[s] : texts.start[s] + texts.words[s]] & HASH
        m = mixed_shingles(words, np.int64(0), words.size, width, other)
        covered = 0
        if words.size <= size:
            ev.find_known(other, m, ev.table_size(size), own_known, found)
            covered = count_inside(found, words.size, width)
        if words.size >= size and covered < least * size:
            ev.write_filter(other, m, ev.table_size(words.size), other_known)
            ev.find_known(own, n, ev.table_size(words.size), other_known, found)
            covered = count_inside(found, size, width)
        if covered >= least * min(words.size, size):
            kept[count] = s
            if comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s]):
                kept[count], kept[first] = kept[first], s
                first += 1
            count += 1
    return kept[:count]


@leaf
def dates_of(runs, texts, articles, t, unknown):
    """The first and the last date of a text's articles; whether one of them, which then comes last, has none."""
    run = find_run(runs, texts, t)
    first = articles.published[nth_article(runs, texts, t, run, np.int64(0))]
    last = articles.published[nth_article(runs, texts, t, run, np.int64(texts.articles[t]) - 1)]
    return first, last, last == unknown


@leaf
def keep_near(runs, texts, articles, t, others, unknown, window):
    """Keep those texts, in front, whose articles' dates come within the window of a text's own; their number.

    No article of the others is the same story as one of the text's, whatever their words are: they are not compared.
    """
    first, last, undated = dates_of(runs, texts, articles, t, unknown)
    if undated:
        return np.int64(others.size)
    n = np.int64(0)
    for s in others:
        earliest, latest, other_undated = dates_of(runs, texts, articles, s, unknown)
        between = max(float(earliest) - float(last), float(first) - float(latest))
        if other_undated or between <= window:
            others[n] = s
            n += 1
    return n


@njit(nogil=True, cache=True)
def may_be_same(live, left, right):
    """Which pairs of texts have articles that may be one story by their lengths and dates (``keep_near``): bool."""
    may = np.empty(left.size, np.bool_)
    texts, unknown, numbers = live.texts, live.limits.unknown, live.numbers
    for p in range(left.size):
        may[p] = min(texts.words[left[p]], texts.words[right[p]]) >= numbers.min_words
        if may[p]:
            other = right[p : p + 1]
            may[p] = keep_near(live.runs, texts, live.articles, left[p], other, unknown, numbers.match_window) == 1
    return may


@leaf
def is_near(published, run, place, when, unknown, reach):
    """Whether the article at a place of a run is one of the ``reach`` nearest in time to a moment."""
    low, high = nearest_span(published, run, 0, run.size, when, unknown, reach)
    return low <= place < high


@njit(nogil=True, cache=True)
def pairs_of(live, t, low, high, others):
    """The pairs of articles that a stretch of a text's articles is verified in, as ``graph.article_pairs`` has them.

    Args:
        live: The live set.
        t: The text.
        low: The first place of the stretch in the text's articles.
        high: The place after its last one.
        others: int64: the texts that it may match.

    Returns:
        int64 (p): places in ``others``, their number for a pair within the text; int64 (p): the left article;
        int64 (p): the right one. The left text comes first in canonical order; within a text, the earlier article.
    """
    runs, texts, articles, limits = live.runs, live.texts, live.articles, live.limits
    source = np.empty(64, np.int64)
    left = np.empty(64, np.int64)
    right = np.empty(64, np.int64)
    count = 0
    single, alone = np.empty(1, np.int32), np.empty(1, np.int32)
    own = run_of(runs, texts, t, single)
    reach, unknown, published = limits.nearest, limits.unknown, articles.published
    for i in range(low, high):
        for j in range(max(0, i - reach), min(own.size, i + reach + 1)):
            if j > i or j < low:
                source, left, right = grown(source, count + 1), grown(left, count + 1), grown(right, count + 1)
                source[count], left[count], right[count] = others.size, own[min(i, j)], own[max(i, j)]
                count += 1
    for k in range(others.size):
        s = others[k]
        run = run_of(runs, texts, s, alone)
        first = comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s])
        for i in range(low, high):
            x = own[i]
            a, b = nearest_span(published, run, 0, run.size, published[x], unknown, reach)
            for j in range(run.size):
                if a <= j < b or is_near(published, own, i, published[run[j]], unknown, reach):
                    source, left, right = grown(source, count + 1), grown(left, count + 1), grown(right, count + 1)
                    source[count] = k
                    left[count], right[count] = (x, run[j]) if first else (run[j], x)
                    count += 1
    return source[:count], left[:count], right[:count]


@njit(nogil=True, cache=True)
def compare_with(live, t, others):
    """The evidence about a text and some others, and about it and itself.

    Returns:
        int32 (others, EVIDENCE): the text that comes first in canonical order is the left one; one row more, about
        the text and itself, where several articles have it.
    """
    texts, limits = live.texts, live.limits
    every = np.empty(others.size + 1, np.int64)
    every[0] = t
    copy_values(others, every[1:])
    words, flags, start = copy_words(live, every)
    left = np.zeros(others.size + 1, np.int64)
    right = np.zeros(others.size + 1, np.int64)
    for k in range(others.size):
        s = others[k]
        if comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s]):
            right[k] = k + 1
        else:
            left[k] = k + 1
    rows = others.size + (texts.articles[t] > 1)
    left, right = left[:rows], right[:rows]
    evidence = np.empty((rows, ev.EVIDENCE), np.int32)
    ev.compare_pairs(
        words, flags, start, left, right, limits.width, limits.run, limits.gap, limits.opening, limits.told, evidence
    )
    return evidence


@leaf
def are_same(evidence, texts, articles, x, y, unknown, numbers):
    """Whether two articles are one story by the rule, given the evidence about their texts, x's being the left one.

    How firm that is is kept with both texts (``TextColumns.slack``).
    """
    s, t = articles.text[x], articles.text[y]
    same_outlet = is_one_outlet(articles.outlet[x], articles.outlet[y])
    apart = time_apart(articles.published[x], articles.published[y], unknown)
    left_words, right_words = np.int64(texts.words[s]), np.int64(texts.words[t])
    known = max(texts.slack[s], texts.slack[t])
    slack = slack_of(evidence, left_words, right_words, same_outlet, apart, numbers, known)
    texts.slack[s], texts.slack[t] = min(texts.slack[s], slack), min(texts.slack[t], slack)
    return decide(evidence, left_words, right_words, same_outlet, apart, numbers)[1] == SAME


@njit(nogil=True, cache=True)
def copies_match(live, x, y):
    """Whether two articles of one text are one story."""
    evidence = compare_with(live, np.int64(live.articles.text[x]), np.empty(0, np.int64))
    return are_same(evidence[0], live.texts, live.articles, x, y, live.limits.unknown, live.numbers)


@njit(nogil=True, cache=True)
def judge_pairs(live, left, right, same, told):
    """Judge pairs of articles; how firm the verdicts are is kept with their texts.

    Args:
        live: The live set.
        left: int64 (p): one article of each pair.
        right: int64 (p): the other one.
        same: bool (p), written: whether they are one story.
        told: int32 (p), written: the words told of the text of which more are.
    """
    texts, articles, limits, numbers = live.texts, live.articles, live.limits, live.numbers
    rows = np.empty(2 * left.size, np.int64)
    n = 0
    for side in (left, right):
        for x in side:
            t = np.int64(articles.text[x])
            if n == 0 or t != rows[n - 1]:  # copies of one text follow each other
                rows[n] = t
                n += 1
    rows = np.unique(rows[:n])
    words, flags, start = copy_words(live, rows)
    firsts, seconds = np.empty(left.size, np.int64), np.empty(left.size, np.int64)
    for p in range(left.size):
        s, t = np.int64(articles.text[left[p]]), np.int64(articles.text[right[p]])
        if comes_before(texts, t, texts.order[s, 0], texts.order[s, 1], texts.digest[s]):
            s, t = t, s
        firsts[p], seconds[p] = np.searchsorted(rows, s), np.searchsorted(rows, t)
    evidence, place = compare_once(
        words, flags, start, firsts, seconds, limits.width, limits.run, limits.gap, limits.opening, limits.told
    )
    for p in range(left.size):
        e, x, y = evidence[place[p]], left[p], right[p]
        if articles.text[x] != rows[firsts[p]]:
            x, y = y, x
        same[p] = are_same(e, texts, articles, x, y, limits.unknown, numbers)
        told[p] = max(e[ev.LEFT_TOLD], e[ev.RIGHT_TOLD])
        slack = told_slack(e, numbers.min_told)
        for t in (articles.text[x], articles.text[y]):
            texts.slack[t] = min(texts.slack[t], slack)


@leaf
def keep_evidence(evidence, kept):
    """Write the KEPT columns of some evidence."""
    for c in range(KEPT.size):
        kept[c] = evidence[KEPT[c]]


@njit(nogil=True, cache=True)
def relink(live, t, low, high, renewed, sample, places, reaches):
    """What becomes of the edges of a stretch of a text's articles.

    Args:
        live: The live set.
        t: The text.
        low: The first place of the stretch in the text's articles.
        high: The place after its last one.
        renewed: Whether all verdicts on the text are judged anew, those that grouping asks for included: its drift is
            counted from here on.
        sample: uint32: the text's sampled hashes.
        places: uint32: the words they begin at.
        reaches: int64: where those stand that it is paired with (``proposing.reaches_of``).

    Returns:
        int64: edges that are no more, or have other evidence; int32 (p, 2): the ends of edges to put; int32 (p, KEPT):
        their evidence; uint8 (p): the relation of the left end to the right one; with how many texts it was compared.
    """
    runs, texts, articles, edges = live.runs, live.texts, live.articles, live.edges
    limits, numbers = live.limits, live.numbers
    size = texts.words[t]
    single = np.empty(1, np.int32)
    others = np.empty(0, np.int64)
    own = run_of(runs, texts, t, single)
    if size >= numbers.min_words:
        others = propose_from(live, t, reaches, sample.size)
        others = others[texts.words[others] >= numbers.min_words]
        others = others[: keep_near(runs, texts, articles, t, others, limits.unknown, numbers.match_window)]
        if others.size:
            least = min(numbers.covered_share, numbers.quoted_share)
            others = survivors(live.words, texts, t, others, least, limits.width)
    texts.met[t] = others.size > 0 or own.size > 1
    for s in others:
        texts.met[s] = 1
    old = edges_of(edges, articles.edge, own[low:high].astype(np.int64))
    if renewed:
        renew_sampled(live, t, sample, places)
        texts.drift[t], texts.slack[t] = 0, ENDLESS
    if old.size == 0 and others.size == 0 and own.size == 1:
        return old, np.empty((0, 2), np.int32), np.empty((0, KEPT.size), np.int32), np.empty(0, np.uint8), 0
    evidence = compare_with(live, t, others)
    source, left, right = pairs_of(live, t, low, high, others)
    relation = np.empty(left.size, np.uint8)
    count = 0
    for p in range(left.size):
        x, y = left[p], right[p]
        e = evidence[source[p]]
        if are_same(e, texts, articles, x, y, limits.unknown, numbers):
            s, r = articles.text[x], articles.text[y]
            same_outlet = is_one_outlet(articles.outlet[x], articles.outlet[y])
            left_words, right_words = np.int64(texts.words[s]), np.int64(texts.words[r])
            relation[count] = relate(
                e, left_words, right_words, same_outlet, texts.shingles[s], texts.shingles[r], numbers
            )
            source[count], left[count], right[count] = source[p], x, y
            count += 1
    # both lists in order of ends: what stands in one only, or with other evidence in both, has changed
    found = left[:count] << 32 | right[:count]
    known = np.empty(old.size, np.int64)
    for k in range(old.size):
        known[k] = np.int64(edges.ends[old[k], 0]) << 32 | np.int64(edges.ends[old[k], 1])
    by_found, by_known = np.argsort(found, kind="mergesort"), np.argsort(known, kind="mergesort")
    stale = np.empty(old.size, np.int64)
    ends = np.empty((count, 2), np.int32)
    kept = np.empty((count, KEPT.size), np.int32)
    told = np.empty(count, np.uint8)
    fresh, gone, k = 0, 0, 0
    row = np.empty(KEPT.size, np.int32)
    for i in range(count):
        p = by_found[i]
        while k < known.size and known[by_known[k]] < found[p]:
            stale[gone] = old[by_known[k]]
            gone += 1
            k += 1
        keep_evidence(evidence[source[p]], row)
        if k < known.size and known[by_known[k]] == found[p]:
            e = old[by_known[k]]
            k += 1
            if edges.relation[e] == relation[p] and (edges.evidence[e] == row).all():
                continue
            stale[gone] = e
            gone += 1
        ends[fresh, 0], ends[fresh, 1] = left[p], right[p]
        copy_values(row, kept[fresh])
        told[fresh] = relation[p]
        fresh += 1
    while k < known.size:
        stale[gone] = old[by_known[k]]
        gone += 1
        k += 1
    return stale[:gone], ends[:fresh], kept[:fresh], told[:fresh], others.size


@njit(nogil=True, cache=True)
def relink_some(live, t, low, high, renewed, sample, places, keys):
    """``relink`` of an indexed text with these samples and bands' keys."""
    return relink(live, t, low, high, renewed, sample, places, reaches_of(live, t, sample, keys))


@njit(nogil=True, cache=True)
def link_new(live, t, sample, places, reaches, least, a, b, rows):
    """What becomes of the edges of a new text's article (``relink``), and those that it parts (``parted_edges``).

    Args:
        live: The live set.
        t: The text.
        sample: uint32: its sampled hashes.
        places: uint32: the words they begin at.
        reaches: int64: where those stand that it is paired with (``proposing.reaches_of``).
        least: How many articles must hold a hash for something to be known of it.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        rows: Rows a band.

    Returns:
        int32 (p, 2): the ends of edges to put; int32 (p, KEPT): their evidence; uint8 (p): their relation; int64: edges
        that are no more; uint32: the sampled hashes that so many articles hold.
    """
    _, ends, evidence, relation, _ = relink(live, t, np.int64(0), np.int64(1), np.bool_(True), sample, places, reaches)
    parted = parted_edges(live, t, reaches, sample.size, a, b, rows)
    return ends, evidence, relation, parted, held_in(live, t, sample, reaches, least)


@njit(nogil=True, cache=True)
def relink_due(live, t, most, a, b, rows):
    """Link all articles of a text anew (``relink``).

    Args:
        live: The live set.
        t: The text.
        most: No more articles than so many and some are looked for in its component.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        rows: Rows a band.

    Returns:
        What ``relink`` gives; whether nothing has changed and the text's only article has an edge to each other one of
        its component, so that no verdict is unknown.
    """
    sample, places, keys, _ = sketch_words(
        live.words, live.texts.start[t], live.texts.start[t] + live.texts.words[t], live.limits, a, b, rows
    )
    stale, ends, evidence, relation, compared = relink(
        live, t, np.int64(0), np.int64(live.texts.articles[t]), np.bool_(True), sample, places,
        reaches_of(live, t, sample, keys),
    )  # fmt: skip
    firm = stale.size == 0 and len(ends) == 0 and matches_all(live, t, most)
    return stale, ends, evidence, relation, compared, firm


@njit(nogil=True, cache=True)
def matches_all(live, t, most):
    """Whether a text has one article only, with an edge to each other one of its component (``edges.reached``)."""
    if live.texts.articles[t] != 1:
        return False
    x = np.int64(live.texts.only[t])
    edges, degree = live.edges, 0
    e = live.articles.edge[x]
    while e != NOWHERE:
        e = edges.following[e, 0 if edges.ends[e, 0] == x else 1]
        degree += 1
    return reached(live, np.array([x]), most).size == degree + 1
