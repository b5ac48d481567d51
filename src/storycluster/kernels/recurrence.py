"""Postings of sampled shingles → which of them an outlet runs again and again, and the words they stand for."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.overlap import FURNITURE


@njit(nogil=True, cache=True)
def agreement(signatures, s, t):
    """Share of equal signature values of two texts: an unbiased estimate of their Jaccard (Broder 1997)."""
    same = 0
    for k in range(signatures.shape[1]):
        if signatures[s, k] == signatures[t, k]:
            same += 1
    return same / signatures.shape[1]


@njit(nogil=True, cache=True)
def same_occasion(
    x, y, text_of, published, title, signatures, unknown, days_seconds, jaccard, rerun_seconds, jaccard_rerun
):  # fmt: skip
    """Whether two articles of one outlet are one occasion: one text, or versions of it, within some days.

    Args:
        x: The one article.
        y: The other one.
        text_of: int64: each article's text.
        published: int64: seconds, or ``unknown``.
        title: uint64: hash of each article's folded title, 0 for none.
        signatures: uint32, texts × permutations.
        unknown: What stands for no date.
        days_seconds: Seconds beyond which they are two occasions.
        jaccard: Estimated Jaccard from which two texts are versions of one.
        rerun_seconds: Seconds from which they are that only ...
        jaccard_rerun: ... from this estimated Jaccard on.
    """
    apart = 0
    if published[x] != unknown and published[y] != unknown:
        apart = abs(published[x] - published[y])
    if apart > days_seconds:
        return False
    if text_of[x] == text_of[y]:
        return title[x] == title[y] or title[x] == 0 or title[y] == 0
    alike = agreement(signatures, text_of[x], text_of[y])
    return alike >= (jaccard_rerun if apart >= rerun_seconds else jaccard)


@njit(nogil=True, cache=True)
def occasions_at_large(ran, text_of, published, signatures, unknown, days_seconds, jaccard, seen):
    """Count the occasions, days apart and otherwise different, on which anybody ran something.

    Args:
        ran: int64: articles.
        text_of: int64: each article's text.
        published: int64: seconds, or ``unknown``: an undated article is no occasion.
        signatures: uint32, texts × permutations.
        unknown: What stands for no date.
        days_seconds: Seconds that must lie between two occasions.
        jaccard: Estimated Jaccard from which two texts are the same thing again.
        seen: int64, written: an article of each occasion; counting ends when it is full.
    """
    count = 0
    for place in np.argsort(published[ran], kind="mergesort"):
        x = ran[place]
        if published[x] == unknown:
            continue
        fresh = count == 0 or published[x] - published[seen[count - 1]] > days_seconds
        for c in range(count):
            if not fresh:
                break
            fresh = text_of[x] != text_of[seen[c]] and agreement(signatures, text_of[x], text_of[seen[c]]) < jaccard
        if fresh:
            seen[count] = x
            count += 1
            if count == seen.size:
                break
    return count


@njit(nogil=True, cache=True)
def find_recurring(
    members, posting_start, posting_end, posting_rank, hash_text, text_of, articles, article_start, outlet, published,
    title, outlets, signatures, occasions, occasions_large, unknown, days_seconds, jaccard,
    rerun_seconds, jaccard_rerun, jaccard_at_large, recurring,
):  # fmt: skip
    """Mark the sampled shingles that an outlet of their text, or anybody, ran on enough occasions.

    Args:
        members: int64: the texts of all postings.
        posting_start: int64, one a sampled hash: first place of its posting in ``members``.
        posting_end: int64: the place after its last one.
        posting_rank: int64: the place of the hash's own text there.
        hash_text: int64: each sampled hash's text.
        text_of: int64: each article's text.
        articles: int64: the articles sorted by text.
        article_start: int64, one more than texts: where each text's articles begin there.
        outlet: int32: each article's outlet, -1 for none.
        published: int64: seconds, or ``unknown``.
        title: uint64: hash of each article's folded title, 0 for none.
        outlets: Number of outlets.
        signatures: uint32, texts × permutations.
        occasions: Occasions from which a shingle is furniture of an outlet.
        occasions_large: Occasions from which it is furniture at large.
        unknown: What stands for no date.
        days_seconds: Seconds beyond which two articles are two occasions.
        jaccard: Estimated Jaccard from which two texts of an outlet are versions of one.
        rerun_seconds: Seconds from which they are that only ...
        jaccard_rerun: ... from this estimated Jaccard on.
        jaccard_at_large: The same for texts of any outlets, days apart.
        recurring: uint8, one a sampled hash, written at the hash's place in its posting.
    """
    seen = np.empty((outlets, occasions), np.int64)  # an article of each outlet's occasions
    count = np.zeros(outlets, np.int64)
    seen_at_large = np.empty(occasions_large, np.int64)
    ran = np.empty(articles.size, np.int64)
    for h in range(hash_text.size):
        if posting_rank[h] != posting_start[h]:  # each posting once, at its first text
            continue
        size = 0
        for p in range(posting_start[h], posting_end[h]):
            size += article_start[members[p] + 1] - article_start[members[p]]
        if size < min(occasions, occasions_large):
            continue
        found = 0
        for p in range(posting_start[h], posting_end[h]):
            for q in range(article_start[members[p]], article_start[members[p] + 1]):
                x = articles[q]
                o = outlet[x]
                fresh = o >= 0 and count[o] < occasions
                if fresh:
                    for c in range(count[o]):
                        if same_occasion(
                            x, seen[o, c], text_of, published, title, signatures, unknown, days_seconds, jaccard,
                            rerun_seconds, jaccard_rerun,
                        ):  # fmt: skip
                            fresh = False
                            break
                if fresh:
                    seen[o, count[o]] = x
                    count[o] += 1
                ran[found] = x
                found += 1
        at_large = occasions_at_large(
            ran[:found], text_of, published, signatures, unknown, days_seconds, jaccard_at_large, seen_at_large
        )
        for p in range(posting_start[h], posting_end[h]):
            for q in range(article_start[members[p]], article_start[members[p] + 1]):
                o = outlet[articles[q]]
                if at_large >= occasions_large or (o >= 0 and count[o] >= occasions):
                    recurring[p] = 1
        for p in range(posting_start[h], posting_end[h]):
            for q in range(article_start[members[p]], article_start[members[p] + 1]):
                if outlet[articles[q]] >= 0:
                    count[outlet[articles[q]]] = 0


@njit(nogil=True, cache=True)
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
        base = word_start[rows[t]]
        n = word_start[rows[t] + 1] - base
        first, last = sample_start[t], sample_start[t + 1] - 1
        if last > first and recurring[first : last + 1].all():  # the text as a whole recurs: a form, a paywall's page
            for i in range(base, base + n):
                flags[i] |= FURNITURE
            continue
        for p in range(first, last + 1):
            if not recurring[p]:
                continue
            low, high = np.int64(places[p]), min(np.int64(places[p]) + width, n)
            if p < last and recurring[p + 1] and np.int64(places[p + 1]) - low <= reach:
                high = np.int64(places[p + 1])
                if p == first and low <= reach // 2:
                    low = 0
            if p == last and p > first and recurring[p - 1] and n - high <= reach // 2:
                high = n
            for i in range(base + low, base + high):
                flags[i] |= FURNITURE
