"""Articles that come and go: their columns, which text each has, in what order, and where each id is."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import (
    NOWHERE,
    ONE_SPACE,
    erase,
    find,
    insert,
    insert_at,
    lacks_block,
    lacks_buckets,
    lacks_room,
    members_of,
    nth_at,
    size_at,
)
from storycluster.kernels.sorting import FEW, put_in_order


@leaf
def has_id(ids, articles, x, own):
    """Whether an article's id is this one."""
    first, i = articles.id_start[x], 0
    while i < min(np.int64(own.size), np.int64(articles.id_length[x])) and ids[first + i] == own[i]:
        i += 1
    return i == own.size and i == articles.id_length[x]


@njit(nogil=True, cache=True)
def find_article(live, key, own):
    """The article with an id (uint8), given the id's hash; NOWHERE if there is none."""
    place = find(live.ids, ONE_SPACE, key)
    if place != NOWHERE:
        for n in range(size_at(live.ids, place)):
            x = nth_at(live.ids, place, n)
            if has_id(live.id_bytes, live.articles, x, own):
                return x
    return np.int64(NOWHERE)


@leaf
def find_run(runs, texts, t):
    """The slot of a text's articles; NOWHERE where it has but one."""
    return np.int64(NOWHERE) if texts.articles[t] == 1 else find(runs, ONE_SPACE, np.uint32(t))


@leaf
def nth_article(runs, texts, t, run, n):
    """The article of a text at a place of its order, given its slot (``find_run``)."""
    return np.int64(texts.only[t]) if run == NOWHERE else nth_at(runs, run, n)


@njit(nogil=True, cache=True)
def run_of(runs, texts, t, single):
    """The articles of a text by date, undated ones last, then by id; ``single`` as in ``members_of``."""
    if texts.articles[t] == 1:
        single[0] = texts.only[t]
        return single[:1]
    return members_of(runs, find(runs, ONE_SPACE, np.uint32(t)), single)


@njit(nogil=True, cache=True)
def articles_of(live, t):
    """The articles of a text (``run_of``): int32, a copy."""
    return run_of(live.runs, live.texts, t, np.empty(1, np.int32)).copy()


@leaf
def load_articles(runs, ids_table, ids, articles, texts, first, stop, keys, unknown):
    """Take over articles whose columns are written.

    Args:
        runs: The articles of each text.
        ids_table: The articles of each id's hash.
        ids: uint8: the articles' ids.
        articles: All articles.
        texts: All texts.
        first: The first row.
        stop: The row after the last one.
        keys: uint32: the ids' hashes.
        unknown: What stands for no date.

    Returns:
        The first row that a table lacks room for.
    """
    for x in range(first, stop):
        if not enlist(runs, ids_table, ids, articles, texts, x, keys[x - first], unknown):
            return x
    return stop


@leaf
def id_precedes(ids, articles, x, y):
    """Whether an article's id comes before another's, byte by byte."""
    a, b = articles.id_start[x], articles.id_start[y]
    for i in range(min(articles.id_length[x], articles.id_length[y])):
        if ids[a + i] != ids[b + i]:
            return ids[a + i] < ids[b + i]
    return articles.id_length[x] < articles.id_length[y]


@njit(nogil=True, cache=True)
def list_articles(runs, texts, rows, articles, start):
    """Write the articles of some texts, each text's in its order; ``start`` has a place more than texts."""
    single = np.empty(1, np.int32)
    n = 0
    for i in range(rows.size):
        start[i] = n
        copy_values(run_of(runs, texts, rows[i], single), articles[n:])
        n += texts.articles[rows[i]]
    start[rows.size] = n


@leaf
def article_precedes(ids, articles, x, y, unknown):
    """Whether an article comes before another of its text: by date, undated ones last, then by id."""
    p, q = articles.published[x], articles.published[y]
    if p != q:
        return q == unknown or (p != unknown and p < q)
    return id_precedes(ids, articles, x, y)


@njit(nogil=True, cache=True)
def place_articles(ids, articles, rows, unknown):
    """The place of each article when some are sorted by date, undated ones last, then by id: int64 (merge sort)."""
    order = np.arange(rows.size)
    if rows.size >= FEW:
        put_in_order(order, articles.published[rows])  # what is in order already isn't merged
    merged = np.empty(rows.size, np.int64)
    width = 1
    while width < rows.size:
        for low in range(0, rows.size, 2 * width):
            i, middle = low, min(low + width, rows.size)
            j, high = middle, min(low + 2 * width, rows.size)
            if j == high or article_precedes(ids, articles, rows[order[j - 1]], rows[order[j]], unknown):
                copy_values(order[low:high], merged[low:])
                continue
            for k in range(low, high):
                if i < middle and (
                    j >= high or not article_precedes(ids, articles, rows[order[j]], rows[order[i]], unknown)
                ):
                    merged[k] = order[i]
                    i += 1
                else:
                    merged[k] = order[j]
                    j += 1
        order, merged = merged, order
        width *= 2
    place = np.empty(rows.size, np.int64)
    place[order] = np.arange(rows.size)
    return place


@leaf
def rank_in_run(runs, run, ids, articles, x, unknown):
    """Articles in the slot of a text's articles that come before an article."""
    low, high = np.int64(0), size_at(runs, run)
    while low < high:
        middle = (low + high) // 2
        if article_precedes(ids, articles, nth_at(runs, run, middle), x, unknown):
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def place_in_run(live, x):
    """Where an article stands among those of its text."""
    run = find_run(live.runs, live.texts, np.int64(live.articles.text[x]))
    if run == NOWHERE:
        return np.int64(0)
    return rank_in_run(live.runs, run, live.id_bytes, live.articles, x, live.limits.unknown)


@leaf
def write_article(articles, ids, x, t, name, outlet, published, title, content, number, article_id):
    """Write the columns of an article whose ``id_start`` is written; it has no edges and no story yet."""
    articles.text[x], articles.name[x], articles.outlet[x] = t, name, outlet
    articles.published[x], articles.title[x], articles.content[x] = published, title, content
    articles.number[x], articles.id_length[x] = number, article_id.size
    articles.story[x], articles.anchor[x], articles.edge[x] = 0, x, NOWHERE
    first = articles.id_start[x]
    for i in range(article_id.size):
        ids[first + i] = article_id[i]


@njit(nogil=True, cache=True)
def admit(live, x, t, name, outlet, published, title, content, number, article_id, key, unknown):
    """Write the columns of an article whose ``id_start`` is written, and put it into the postings it belongs to.

    Returns:
        Whether there was room; else it is to be called again when there is.
    """
    write_article(live.articles, live.id_bytes, x, t, name, outlet, published, title, content, number, article_id)
    return enlist(live.runs, live.ids, live.id_bytes, live.articles, live.texts, x, key, unknown)


@leaf
def enlist(runs, ids_table, ids, articles, texts, x, key, unknown):
    """Put an article whose columns are written into the run of its text and the table of ids.

    Returns:
        Whether there was room; else nothing is done.
    """
    t = np.int64(articles.text[x])
    place = find(ids_table, ONE_SPACE, key)
    if lacks_buckets(ids_table) if place == NOWHERE else lacks_room(ids_table, place):
        return False
    if texts.articles[t] == 0:
        texts.only[t] = x
    elif texts.articles[t] == 1:
        if lacks_buckets(runs) or lacks_block(runs, 2):
            return False
        only = np.int64(texts.only[t])
        insert(runs, ONE_SPACE, np.uint32(t), only, np.int64(0))
        insert(runs, ONE_SPACE, np.uint32(t), x, 1 if article_precedes(ids, articles, only, x, unknown) else 0)
    else:
        place = find(runs, ONE_SPACE, np.uint32(t))
        if lacks_room(runs, place):
            return False
        insert_at(runs, place, x, rank_in_run(runs, place, ids, articles, x, unknown))
    insert(ids_table, ONE_SPACE, key, x, np.int64(0))
    texts.articles[t] += 1
    texts.flagged[t] = 0
    return True


@leaf
def delist(runs, texts, articles, x):
    """Take an article out of the run of its text. There must be room as ``postings.erase`` says."""
    t = np.int64(articles.text[x])
    if texts.articles[t] == 2:
        run = find_run(runs, texts, t)
        one, other = nth_at(runs, run, 0), nth_at(runs, run, 1)
        only = one if other == x else other
        texts.only[t] = only
        erase(runs, ONE_SPACE, np.uint32(t), x)
        erase(runs, ONE_SPACE, np.uint32(t), only)
    elif texts.articles[t] > 2:
        erase(runs, ONE_SPACE, np.uint32(t), x)
    texts.articles[t] -= 1
    texts.flagged[t] = 0
