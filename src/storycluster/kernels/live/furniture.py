"""What is furniture among texts that come and go: learnt of some sampled shingles, looked up for one text."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values, grown
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import (
    KEYS,
    NOWHERE,
    ONE_SPACE,
    TOGETHER,
    begin_all,
    erase,
    fetch_keys,
    find,
    lacks_block,
    lacks_buckets,
    members_of,
    nth_at,
    size_at,
)
from storycluster.kernels.live.reaches import FIRST, RANK, SIZE, STOP
from storycluster.kernels.live.runs import find_run, nth_article, run_of
from storycluster.kernels.recurrence import MOST_RUNS, look_up, outlets_running

FETCHED = 16
"""Hashes whose postings are brought into the cache at once."""
WAS, IS = np.uint8(1), np.uint8(2)
"""Marks of an outlet that a hash was furniture of, and of one that it is."""


@leaf
def recurs_in(known, run, outlets):
    """Whether a sampled hash is furniture of one of the outlets that ran a text.

    Args:
        known: int32: what is known of the hash (``find_furnished``).
        run: int32: the text's articles.
        outlets: int32: each article's outlet, -1 for none.
    """
    if known.size and known[0] == 0:
        return True
    for x in run:
        if outlets[x] >= 0:
            for member in known:
                if member == outlets[x] + 1:
                    return True
    return False


@njit(nogil=True, cache=True)
def recurring_in(furniture, hashes, run, outlets):
    """Which sampled hashes of a text are furniture of one of the outlets that ran it: uint8, one a hash.

    Args:
        furniture: What is known (``keep_furnished``).
        hashes: uint32: the text's sampled hashes.
        run: int32: its articles.
        outlets: int32: each article's outlet, -1 for none.
    """
    single = np.empty(1, np.int32)
    recurring = np.zeros(hashes.size, np.uint8)
    if furniture.state[KEYS]:
        fetch_keys(furniture, hashes, TOGETHER)
        for h in range(hashes.size):
            place = find(furniture, ONE_SPACE, hashes[h])
            if place != NOWHERE:
                recurring[h] = recurs_in(members_of(furniture, place, single), run, outlets)
    return recurring


@njit(nogil=True, cache=True)
def recurring_of(live, t, hashes):
    """Which sampled hashes of a text are furniture of an outlet that ran it (``recurring_in``)."""
    run = run_of(live.runs, live.texts, t, np.empty(1, np.int32))
    return recurring_in(live.furniture, hashes, run, live.articles.outlet)


@njit(nogil=True, cache=True)
def held_by(live, hashes, least):
    """Those of some sampled hashes that at least so many articles hold: uint32."""
    samples, texts = live.samples, live.texts
    single = np.empty(1, np.int32)
    held = np.empty(hashes.size, np.uint32)
    n = 0
    for h in range(hashes.size):
        place = find(samples, ONE_SPACE, hashes[h])
        articles = 0
        if place != NOWHERE:
            for t in members_of(samples, place, single):
                articles += texts.articles[t]
                if articles >= least:
                    held[n] = hashes[h]
                    n += 1
                    break
    return held[:n]


@njit(nogil=True, cache=True)
def held_in(live, t, sample, reaches, least):
    """Of which of a text's sampled hashes its coming may change what is known, by its reaches there (``reaches``).

    At least so many articles hold them, and the text is among the first of these, which alone are looked at
    (``gather_articles``).
    """
    blocks, held_by = live.samples.blocks, live.texts.articles
    held = np.empty(sample.size, np.uint32)
    n = 0
    for h in range(sample.size):
        articles = np.int64(held_by[t])
        if reaches[h, RANK] >= MOST_RUNS:
            articles = 0
        elif reaches[h, SIZE] >= least:
            articles = least
        elif reaches[h, SIZE]:
            articles = 0
            for i in range(reaches[h, FIRST], reaches[h, STOP]):  # less than ``least`` texts are all in reach
                articles += held_by[blocks[i]]
        if articles >= least:
            held[n] = sample[h]
            n += 1
    return held[:n]


@njit(nogil=True, cache=True)
def list_known(furniture, hashes):
    """What is known of some sampled hashes, one after the other (int32), and where each begins (int64)."""
    single = np.empty(1, np.int32)
    start = np.zeros(hashes.size + 1, np.int64)
    members = np.empty(64, np.int32)
    for h in range(hashes.size):
        place = find(furniture, ONE_SPACE, hashes[h])
        start[h + 1] = start[h]
        if place != NOWHERE:
            known = members_of(furniture, place, single)
            start[h + 1] += known.size
            members = grown(members, start[h + 1])
            copy_values(known, members[start[h] :])
    return members[: start[-1]], start


@leaf
def gather_articles(samples, place, runs, texts, ran):
    """Write the articles of the texts in a slot, in canonical order, as many as there is room for; their number."""
    n = 0
    for i in range(size_at(samples, place)):
        t = nth_at(samples, place, i)
        run = find_run(runs, texts, t)
        for k in range(min(np.int64(texts.articles[t]), ran.size - n)):
            ran[n] = nth_article(runs, texts, t, run, k)
            n += 1
        if n == ran.size:
            break
    return n


@njit(nogil=True, cache=True)
def find_furnished(samples, hashes, runs, texts, articles, outlets, numbers, sizes):
    """For which outlets some sampled hashes are furniture now.

    Args:
        samples: Postings of the sampled shingles.
        hashes: uint32: which hashes.
        runs: The articles of each text.
        texts: All texts.
        articles: All articles.
        outlets: Number of outlets.
        numbers: From ``occasions`` to ``common_at_large``, as ``kernels.recurrence.outlets_running`` takes them.
        sizes: int64, one a hash, written: how many members each has.

    Returns:
        int32: the members of one hash after the other: outlet + 1, ascending, or 0 alone where it recurs at large.
    """
    seen = np.empty((outlets, numbers[0]), np.int64)
    counts = np.zeros(outlets, np.int64)
    found = np.empty(MOST_RUNS, np.int64)
    ran, who, when = np.empty(MOST_RUNS, np.int64), np.empty(MOST_RUNS, np.int32), np.empty(MOST_RUNS, np.int64)
    members = np.empty(64, np.int32)
    total = 0
    for h in range(hashes.size):
        if h % FETCHED == 0:
            fetch_keys(samples, hashes[h : h + FETCHED], TOGETHER)
        size = n = 0
        place = find(samples, ONE_SPACE, hashes[h])
        if place != NOWHERE:
            size = gather_articles(samples, place, runs, texts, ran)
        if size >= min(numbers[0], numbers[1]):
            look_up(ran[:size], articles.outlet, articles.published, who, when)
            n = outlets_running(
                ran[:size], who[:size], when[:size], articles.text, articles.title, texts.marks, *numbers, seen,
                counts, found,
            )  # fmt: skip
        if n < 0:
            found[0], n = -1, 1
        members = grown(members, total + n)
        copy_values(np.sort(found[:n]) + 1, members[total:])
        sizes[h] = n
        total += n
    return members[:total]


@njit(nogil=True, cache=True)
def mark_outlets(known, now):
    """By outlet + 1, whether it was known (WAS), and is (IS); in front, whether what recurs at large: uint8."""
    most = 0
    for member in known:
        most = max(most, np.int64(member))
    for member in now:
        most = max(most, np.int64(member))
    marks = np.zeros(most + 1, np.uint8)
    for member in known:
        marks[member] |= WAS
    for member in now:
        marks[member] |= IS
    return marks


@njit(nogil=True, cache=True)
def keep_furnished(samples, furniture, hashes, members, start, runs, texts, articles, changed, shared):
    """Keep what is found of some sampled hashes, where it has changed.

    Args:
        samples: Postings of the sampled shingles.
        furniture: What is known of each hash: its members. Written.
        hashes: uint32: which hashes.
        members: int32: what is found (``find_furnished``).
        start: int64, one more than hashes: where that of each begins.
        runs: The articles of each text.
        texts: All texts.
        articles: All articles.
        changed: uint8, one a hash, written: whether something has changed.
        shared: int32, a place a text, all 0: room to work in, left all 0.

    Returns:
        Number of hashes done: fewer than there are where ``furniture`` must get more room first; int32: the texts for
        which one of them is furniture now and wasn't, or the other way round.
    """
    due = np.empty(64, np.int32)
    n_due = 0
    single = np.empty(1, np.int32)
    done = 0
    for h in range(hashes.size):
        if lacks_buckets(furniture) or lacks_block(furniture, MOST_RUNS):
            break
        done = h + 1
        now = members[start[h] : start[h + 1]]
        place = find(furniture, ONE_SPACE, hashes[h])
        if now.size == 0 and place == NOWHERE:
            continue
        known = np.empty(0, np.int32)
        if place != NOWHERE:
            known = members_of(furniture, place, single).copy()
        changed[h] = now.size != known.size or (now != known).any()
        if changed[h]:
            for member in known:
                erase(furniture, ONE_SPACE, hashes[h], np.int64(member))
            if now.size:
                begin_all(furniture, ONE_SPACE, hashes[h], now)
            place = find(samples, ONE_SPACE, hashes[h])
            if place == NOWHERE:
                continue
            marks = mark_outlets(known, now)
            for i in range(size_at(samples, place)):
                t = nth_at(samples, place, i)
                run = find_run(runs, texts, t)
                told = marks[0]
                for k in range(np.int64(texts.articles[t])):
                    outlet = np.int64(articles.outlet[nth_article(runs, texts, t, run, k)]) + 1
                    if 0 < outlet < marks.size:
                        told |= marks[outlet]
                if told == WAS or told == IS:
                    texts.flagged[t] = 0
                    if texts.met[t] and shared[t] == 0:
                        shared[t] = 1
                        due = grown(due, n_due + 1)
                        due[n_due] = t
                        n_due += 1
    for k in range(n_due):
        shared[due[k]] = 0
    return done, due[:n_due]
