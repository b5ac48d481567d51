"""Postings of sampled shingles → which of them an outlet runs again and again, and the words they stand for."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import fetch_bytes, fetch_numbers
from storycluster.kernels.flags import FURNITURE
from storycluster.kernels.leaves import leaf

MOST_RUNS = 512
"""Articles of one posting, the first in canonical order, that are looked at to tell whether its shingle recurs: what so
many hold is told from a few of them, and no posting costs more."""


@leaf
def agreement(marks, s, t):
    """Estimated Jaccard of two texts from the low bytes of their signature values (Li and König 2010, b = 8).

    Of two different values one in 256 agrees in its low byte, which is taken off.
    """
    same = 0
    for k in range(marks.shape[1]):
        if marks[s, k] == marks[t, k]:
            same += 1
    return (same / marks.shape[1] - 1 / 256) / (1 - 1 / 256)


@leaf
def look_up(ran, outlet, published, who, when):
    """Write the outlets and dates of some articles side by side, as they are read several times."""
    for i in range(ran.size):
        who[i], when[i] = outlet[ran[i]], published[ran[i]]


@leaf
def same_occasion(
    i, j, ran, when, text_of, title, marks, unknown, days_seconds, jaccard, rerun_seconds, jaccard_rerun
):  # fmt: skip
    """Whether two articles of one outlet are one occasion: one text, or versions of it, within some days.

    Args:
        i: The place of the one article in ``ran``.
        j: That of the other one.
        ran: int64: articles.
        when: int64: the date of each: seconds, or ``unknown``.
        text_of: int32: each article's text.
        title: uint64: hash of each article's folded title, 0 for none.
        marks: uint8, texts × permutations: low bytes of the signatures.
        unknown: What stands for no date.
        days_seconds: Seconds beyond which they are two occasions.
        jaccard: Estimated Jaccard from which two texts are versions of one.
        rerun_seconds: Seconds from which they are that only ...
        jaccard_rerun: ... from this estimated Jaccard on.
    """
    apart = 0
    if when[i] != unknown and when[j] != unknown:
        apart = abs(when[i] - when[j])
    if apart > days_seconds:
        return False
    x, y = ran[i], ran[j]
    if text_of[x] == text_of[y]:
        return title[x] == title[y] or title[x] == 0 or title[y] == 0
    alike = agreement(marks, text_of[x], text_of[y])
    return alike >= (jaccard_rerun if apart >= rerun_seconds else jaccard)


@leaf
def is_fresh(i, ran, text_of, marks, jaccard, seen, count):
    """Whether an article is of another text than those of the first ``count`` in ``seen``, and not a version of one.

    Arguments as for ``occasions_at_large``.
    """
    t = text_of[ran[i]]
    for c in range(count):
        s = text_of[ran[seen[c]]]
        if s == t or agreement(marks, s, t) >= jaccard:
            return False
    return True


@leaf
def earliest_after(moment, when):
    """The place of the earliest date after a moment, of equal ones the first; -1 if there is none."""
    none = np.iinfo(np.int64).max
    earliest = none
    for date in when:
        earliest = min(earliest, date if date > moment else none)
    if earliest < none:
        for i in range(when.size):
            if when[i] == earliest:
                return np.int64(i)
    return np.int64(-1)


@leaf
def next_occasion(ran, when, text_of, marks, unknown, days_seconds, jaccard, seen, count):
    """The earliest article that is one more occasion than the ``count`` in ``seen``, of equal ones the first.

    Arguments as for ``occasions_at_large``. No more than a few occasions are asked for: to sort all dates takes longer.
    Mostly it is the first one that is late enough: no other one is compared then.

    Returns:
        The place of the article in ``ran``, -1 if there is none.
    """
    moment = when[seen[count - 1]] + days_seconds if count else unknown
    earliest = earliest_after(moment, when)
    if earliest < 0 or is_fresh(earliest, ran, text_of, marks, jaccard, seen, count):
        return earliest
    earliest = np.int64(-1)
    for i in range(ran.size):
        if when[i] > moment and (earliest < 0 or when[i] < when[earliest]):
            if is_fresh(i, ran, text_of, marks, jaccard, seen, count):
                earliest = np.int64(i)
    return earliest


@leaf
def occasions_at_large(ran, when, text_of, marks, unknown, days_seconds, jaccard, seen):
    """Count the occasions, days apart and otherwise different, on which anybody ran something.

    Args:
        ran: int64: articles.
        when: int64: the date of each: seconds, or ``unknown``: an undated article is no occasion.
        text_of: int32: each article's text.
        marks: uint8, texts × permutations: low bytes of the signatures.
        unknown: What stands for no date: less than any.
        days_seconds: Seconds that must lie between two occasions.
        jaccard: Estimated Jaccard from which two texts are the same thing again.
        seen: int64, written: the place in ``ran`` of an article of each occasion; counting ends when it is full.
    """
    for count in range(seen.size):
        i = next_occasion(ran, when, text_of, marks, unknown, days_seconds, jaccard, seen, count)
        if i < 0:
            return np.int64(count)
        seen[count] = i
    return np.int64(seen.size)


@leaf
def mean_agreement(ran, text_of, marks, seen):
    """Mean ``agreement`` of the texts of some articles, by their places in ``ran``."""
    total, pairs = 0.0, 0
    for i in range(seen.size):
        for j in range(i):
            total += agreement(marks, text_of[ran[seen[i]]], text_of[ran[seen[j]]])
            pairs += 1
    return total / pairs


@leaf
def lie_apart(when, unknown, seconds):
    """Whether more than so many seconds lie between the first and the last of some dates."""
    earliest, latest = np.iinfo(np.int64).max, unknown
    for moment in when:
        if moment != unknown:
            earliest, latest = min(earliest, moment), max(latest, moment)
    return latest != unknown and latest - earliest > seconds


@leaf
def one_runs_often(who, occasions, count):
    """Whether so many of some articles are of one outlet. Arguments as for ``outlets_running``."""
    most = 0
    for o in who:
        if o >= 0:
            count[o] += 1
            most = max(most, count[o])
    for o in who:
        if o >= 0:
            count[o] = 0
    return most >= occasions


@njit(nogil=True, cache=True)
def outlets_running(
    ran, who, when, text_of, title, marks, occasions, occasions_large, unknown, days_seconds, jaccard,
    rerun_seconds, jaccard_rerun, jaccard_at_large, common_at_large, seen, count, found,
):  # fmt: skip
    """Find the outlets that ran a shingle on enough occasions.

    Most shingles are those of one story, run by each outlet once within hours: nothing to look into.

    Args:
        ran: int64: articles that hold it, in canonical order, at most MOST_RUNS.
        who: int32: the outlet of each, -1 for none.
        when: int64: the date of each: seconds, or ``unknown``.
        text_of: int32: each article's text.
        title: uint64: hash of each article's folded title, 0 for none.
        marks: uint8, texts × permutations: low bytes of the signatures.
        occasions: Occasions from which a shingle is furniture of an outlet.
        occasions_large: Occasions from which it is furniture at large.
        unknown: What stands for no date.
        days_seconds: Seconds beyond which two articles are two occasions.
        jaccard: Estimated Jaccard from which two texts of an outlet are versions of one.
        rerun_seconds: Seconds from which they are that only ...
        jaccard_rerun: ... from this estimated Jaccard on.
        jaccard_at_large: The same for texts of any outlets, days apart.
        common_at_large: Mean estimated Jaccard of the texts of these occasions from which it is no everyday phrase.
        seen: int64, outlets × occasions: room to work in.
        count: int64, a place an outlet, all 0: room to work in, left all 0.
        found: int64, MOST_RUNS places, written: the outlets.

    Returns:
        Number of outlets found, -1 if the shingle recurs at large.
    """
    if lie_apart(when, unknown, (occasions_large - 1) * days_seconds):
        at_large = np.empty(occasions_large, np.int64)
        if (
            occasions_at_large(ran, when, text_of, marks, unknown, days_seconds, jaccard_at_large, at_large)
            == occasions_large
            and mean_agreement(ran, text_of, marks, at_large) >= common_at_large
        ):
            return -1
    if not one_runs_often(who, occasions, count):
        return 0
    n = 0
    for i in range(ran.size):
        o = who[i]
        if o < 0 or count[o] == occasions:
            continue
        fresh = True
        for c in range(count[o]):
            if same_occasion(
                i, seen[o, c], ran, when, text_of, title, marks, unknown, days_seconds, jaccard, rerun_seconds,
                jaccard_rerun,
            ):  # fmt: skip
                fresh = False
                break
        if fresh:
            seen[o, count[o]] = i
            count[o] += 1
            if count[o] == occasions:
                found[n] = o
                n += 1
    for o in who:
        if o >= 0:
            count[o] = 0
    return n


@njit(nogil=True, cache=True)
def find_recurring(
    members, posting_start, first, stop, text_of, articles, article_start, outlet, published,
    title, outlets, marks, occasions, occasions_large, unknown, days_seconds, jaccard,
    rerun_seconds, jaccard_rerun, jaccard_at_large, common_at_large, recurring,
):  # fmt: skip
    """Mark the members of postings whose shingle an outlet of theirs, or anybody, ran on enough occasions.

    Args (the others as for ``outlets_running``):
        members: int32: the texts of all postings.
        posting_start: int64, one more than postings: where each one begins there.
        first: The first posting to look at.
        stop: The posting after the last one.
        articles: int64: the articles sorted by text, then date, then id.
        article_start: int64, one more than texts: where each text's articles begin there.
        outlets: Number of outlets.
        recurring: uint8, one a member, written where it is 1.
    """
    seen = np.empty((outlets, occasions), np.int64)
    count = np.zeros(outlets, np.int64)
    found = np.empty(MOST_RUNS, np.int64)
    furnished = np.zeros(outlets, np.bool_)
    ran, who, when = np.empty(MOST_RUNS, np.int64), np.empty(MOST_RUNS, np.int32), np.empty(MOST_RUNS, np.int64)
    for posting in range(first, stop):
        begin, end = posting_start[posting], posting_start[posting + 1]
        size = 0
        for p in range(begin, end):
            for q in range(article_start[members[p]], article_start[members[p] + 1]):
                if size < MOST_RUNS:
                    ran[size] = articles[q]
                    size += 1
            if size == MOST_RUNS:
                break
        if size < min(occasions, occasions_large):
            continue
        look_up(ran[:size], outlet, published, who, when)
        n = outlets_running(
            ran[:size], who[:size], when[:size], text_of, title, marks, occasions, occasions_large, unknown,
            days_seconds, jaccard, rerun_seconds, jaccard_rerun, jaccard_at_large, common_at_large, seen, count, found,
        )  # fmt: skip
        if n == 0:
            continue
        if n < 0:
            recurring[begin:end] = 1
            continue
        for i in range(n):
            furnished[found[i]] = True
        for p in range(begin, end):
            for q in range(article_start[members[p]], article_start[members[p] + 1]):
                o = outlet[articles[q]]
                if o >= 0 and furnished[o]:
                    recurring[p] = 1
        for i in range(n):
            furnished[found[i]] = False


@leaf
def low_bytes(signature, marks):
    """Write the low byte of each value of a signature."""
    for k in range(signature.size):
        marks[k] = np.uint8(signature[k] & np.uint32(255))


@leaf
def write_marks(signatures, texts, first, stop, marks):
    """The low bytes of some texts' signatures.

    Args:
        signatures: uint32, fingerprints × permutations.
        texts: int64: each text's fingerprint.
        first: The first text.
        stop: The text after the last one.
        marks: uint8, texts × permutations, written.
    """
    for t in range(first, stop):
        if t + 2 < stop:
            fetch_numbers(signatures[texts[t + 2]], 0, signatures.shape[1])
        low_bytes(signatures[texts[t]], marks[t])


@leaf
def spread_recurring(recurring, alone, rank, sample_start, first, stop, out):
    """What recurs, by sampled hash.

    Args:
        recurring: uint8, one a member of a posting.
        alone: uint8, one a text: whether what it alone holds recurs.
        rank: int32, one a sampled hash: its place among the members, -1 where no other text holds it.
        sample_start: int64, one more than texts: where each text's hashes begin.
        first: The first text.
        stop: The text after the last one.
        out: uint8, one a sampled hash, written.
    """
    for t in range(first, stop):
        for p in range(sample_start[t], sample_start[t + 1]):
            out[p] = recurring[rank[p]] if rank[p] >= 0 else alone[t]


@leaf
def set_flag(flags, begin, end):
    """Flag the words begin … end - 1 as FURNITURE."""
    for i in range(begin, end):
        flags[i] |= FURNITURE


@leaf
def flag_furniture(recurring, places, sample_start, rows, word_start, width, reach, flags):
    """Flag the words of recurring shingles, and what lies between two of them with no other sampled shingle between.

    Args:
        recurring: uint8, one a sampled hash in text order.
        places: uint32: the word where each one begins.
        sample_start: int64, one more than texts: where each text's hashes begin.
        rows: int64: each text's fingerprint.
        word_start: int64: where each fingerprint's words begin.
        width: Words a shingle.
        reach: Words that two recurring shingles may lie apart to fill what is between them; half of it to the ends of
            the text, if its outermost two recur. A text whose samples all recur, if they are several, is furniture
            whole.
        flags: uint8: word flags, FURNITURE is set.
    """
    for t in range(rows.size):
        if t + 1 < rows.size:
            fetch_bytes(flags, word_start[rows[t + 1]], word_start[rows[t + 1] + 1])
        base = word_start[rows[t]]
        n = word_start[rows[t] + 1] - base
        first, last = sample_start[t], sample_start[t + 1] - 1
        if last > first and recurring[first : last + 1].all():  # the text as a whole recurs: a form, a paywall's page
            set_flag(flags, base, base + n)
            continue
        begin, end = np.int64(0), np.int64(0)  # words to be flagged: stretches that touch are one
        for p in range(first, last + 1):
            if not recurring[p]:
                continue
            low, high = np.int64(places[p]), min(np.int64(places[p]) + width, n)
            if p < last and recurring[p + 1] and np.int64(places[p + 1]) - low <= reach:
                high = np.int64(places[p + 1])
                if p == first and low <= reach // 2:
                    low = np.int64(0)
            if p == last and p > first and recurring[p - 1] and n - high <= reach // 2:
                high = n
            if low > end:
                set_flag(flags, base + begin, base + end)
                begin = low
            end = max(end, high)
        set_flag(flags, base + begin, base + end)
