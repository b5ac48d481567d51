"""The words of texts that come and go, packed with their flags: written, sampled, taken over, and read again."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels import overlap as ev
from storycluster.kernels.bits import copy_values
from storycluster.kernels.buckets import band_keys
from storycluster.kernels.flags import FLAG_BITS, FURNITURE
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.furniture import recurring_in
from storycluster.kernels.live.postings import KEYS
from storycluster.kernels.live.runs import run_of
from storycluster.kernels.live.texts import index_both
from storycluster.kernels.minhash import LANES, mixed_shingles, sample_shingles, sketch_texts
from storycluster.kernels.recurrence import flag_furniture, low_bytes

FLAGS = np.uint32((1 << FLAG_BITS) - 1)
"""A packed word is its hash, whose lowest FLAG_BITS are 0, with its flags in them."""
HASH = np.uint32(0xFFFFFFFF ^ FLAGS)
"""The other bits: ``~FLAGS``, of which Numba would make 64."""


@leaf
def begin_text(texts, t):
    """Write what there is of a text that no article has yet: nothing is known of its furniture and its matches."""
    texts.met[t], texts.flagged[t], texts.edges[t], texts.articles[t] = 1, 0, 0, 0
    texts.drift[t], texts.slack[t] = 0, 0


@njit(nogil=True, cache=True)
def write_text(packed, texts, t, words, flags, signature, order, digest, number, width):
    """Write the words and columns of a text whose start is written; it is not indexed yet."""
    first = texts.start[t]
    for i in range(words.size):
        packed[first + i] = words[i] | np.uint32(flags[i])
    span, only = np.array([0, words.size]), np.zeros(1, np.int64)
    ev.count_distinct(words, span, only, width, texts.shingles[t : t + 1])
    texts.words[t] = words.size
    low_bytes(signature, texts.marks[t])
    texts.order[t, 0], texts.order[t, 1] = order[0], order[1]
    texts.digest[t], texts.number[t] = digest, number
    begin_text(texts, t)


@njit(nogil=True, cache=True)
def take_text(live, t, words, flags, signature, sample, keys, order, digest, number, done, reaches):
    """Write a text whose start is written, and index it from the place ``done`` of its keys and samples on.

    Whom it is paired with is written into ``reaches`` (``texts.index_both``).

    Returns:
        The place of the first one for which there may be too little room; that of the end when all is done.
    """
    if done == 0:
        write_text(live.words, live.texts, t, words, flags, signature, order, digest, number, live.limits.width)
    return index_both(live.bands, live.samples, live.texts, t, keys, sample, done, live.limits, reaches)


@njit(nogil=True, cache=True)
def sample_words(words, first, stop, limits):
    """The sampled shingles of a text.

    Args:
        words: uint32: word hashes.
        first: The text's first word.
        stop: The word after its last one.
        limits: Bounds.

    Returns:
        uint32: sampled hashes, distinct, in text order; uint32: the words they begin at.
    """
    mixed = np.empty(stop - first + LANES, np.uint32)
    n = mixed_shingles(words, first, stop, limits.width, mixed)
    size = 64
    while size < 2 * n:
        size *= 2
    hashes, places = np.empty(n + 1, np.uint32), np.empty(n + 1, np.uint32)
    taken = sample_shingles(mixed, n, np.uint32(limits.bound), hashes, places, np.int64(0), np.empty(size, np.int64))
    return hashes[:taken], places[:taken]


@njit(nogil=True, cache=True)
def sketch_words(packed, first, stop, limits, a, b, rows):
    """What a text is indexed by, from its words.

    Args:
        packed: uint32: packed words.
        first: The text's first word.
        stop: The word after its last one.
        limits: Bounds.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        rows: Rows a band.

    Returns:
        uint32: sampled hashes, distinct, in text order; uint32: the words they begin at; uint32: the bands' keys;
        uint32: the signature.
    """
    words = packed[first:stop] & HASH
    signatures = np.empty((1, a.size), np.uint32)
    sample, places = np.empty(words.size + 1, np.uint32), np.empty(words.size + 1, np.uint32)
    span, start = np.array([0, words.size]), np.empty(2, np.int64)
    bound = np.uint32(limits.bound)
    taken = sketch_texts(words, span, limits.width, a, b, bound, signatures, sample, places, start)
    keys = np.empty(a.size // rows, np.uint32)
    band_keys(signatures[0], rows, keys)
    return sample[:taken], places[:taken], keys, signatures[0]


@njit(nogil=True, cache=True)
def renew_flags(live, t):
    """Write a text's FURNITURE flags by what is known now, if they aren't, and count those that change as its drift."""
    texts = live.texts
    if texts.flagged[t]:
        return
    sample, places = np.empty(0, np.uint32), np.empty(0, np.uint32)
    if live.furniture.state[KEYS]:
        size = np.int64(texts.words[t])
        words = live.words[texts.start[t] : texts.start[t] + size] & HASH
        sample, places = sample_words(words, np.int64(0), size, live.limits)
    renew_sampled(live, t, sample, places)


@njit(nogil=True, cache=True)
def renew_sampled(live, t, sample, places):
    """``renew_flags`` of a text whose sampled hashes, and the words they begin at, are known."""
    packed, texts, limits = live.words, live.texts, live.limits
    if texts.flagged[t]:
        return
    first, size = texts.start[t], np.int64(texts.words[t])
    flags = np.zeros(size, np.uint8)
    run = run_of(live.runs, texts, t, np.empty(1, np.int32))
    recurring = recurring_in(live.furniture, sample, run, live.articles.outlet)
    if recurring.any():
        flag_furniture(
            recurring, places, np.array([0, places.size]), np.zeros(1, np.int64), np.array([0, size]), limits.width,
            limits.reach, flags,
        )  # fmt: skip
    drift = 0
    for i in range(size):
        changed = (packed[first + i] ^ np.uint32(flags[i])) & np.uint32(FURNITURE)
        packed[first + i] ^= changed
        drift += changed != 0
    texts.drift[t] += drift
    texts.flagged[t] = 1


@njit(nogil=True, cache=True)
def which_drifted(live, rows):
    """Which of some texts' FURNITURE flags have changed so far that a verdict on them may be another one: bool."""
    texts = live.texts
    drifted = np.empty(rows.size, np.bool_)
    for i in range(rows.size):
        renew_flags(live, rows[i])
        drifted[i] = texts.drift[rows[i]] >= texts.slack[rows[i]]
    return drifted


@njit(nogil=True, cache=True)
def unpack_text(live, t, words, flags, at):
    """Write a text's words and flags, furniture as it is known included, from place ``at`` on."""
    renew_flags(live, t)
    packed, texts = live.words, live.texts
    first, size = texts.start[t], texts.words[t]
    for i in range(size):
        words[at + i] = packed[first + i] & HASH
    for i in range(size):
        flags[at + i] = packed[first + i] & FLAGS


@njit(nogil=True, cache=True)
def copy_words(live, rows):
    """The words and flags of some texts side by side, furniture as it is known included.

    Returns:
        uint32: the words; uint8: their flags; int64, one more than texts: where those of each begin.
    """
    start = np.zeros(rows.size + 1, np.int64)
    for i in range(rows.size):
        start[i + 1] = start[i] + live.texts.words[rows[i]]
    words, flags = np.empty(start[-1], np.uint32), np.empty(start[-1], np.uint8)
    for i in range(rows.size):
        unpack_text(live, rows[i], words, flags, start[i])
    return words, flags, start


@njit(nogil=True, cache=True)
def sketch_bytes(live, t, keys, data):
    """Write what a text is indexed by as bytes, little-endian: keys, order, digest, shingles, marks."""
    texts = live.texts
    at = 0
    for k in range(keys.size):
        at = write_number(np.uint64(keys[k]), 4, data, at)
    at = write_number(texts.order[t, 0], 8, data, at)
    at = write_number(texts.order[t, 1], 8, data, at)
    at = write_number(texts.digest[t], 8, data, at)
    at = write_number(np.uint64(texts.shingles[t]), 4, data, at)
    copy_values(texts.marks[t], data[at:])


@njit(nogil=True, cache=True, inline="always")
def write_number(number, size, data, at):
    """Write a number's low bytes, the lowest first; the place after them."""
    for k in range(size):
        data[at + k] = np.uint8(number >> np.uint64(8 * k) & np.uint64(255))
    return at + size


@njit(nogil=True, cache=True, inline="always")
def read_number(data, at, size):
    """The number in some bytes, the lowest first."""
    number = np.uint64(0)
    for k in range(size):
        number |= np.uint64(data[at + k]) << np.uint64(8 * k)
    return number


@njit(nogil=True, cache=True)
def read_sketches(texts, first, sketches, keys):
    """Write the columns of texts whose starts, numbers and numbers of words are written; they aren't indexed yet.

    Args:
        texts: All texts.
        first: The row of the first one; the others follow.
        sketches: uint8 (n, bytes): what each is indexed by (``sketch_bytes``).
        keys: uint32 (n, bands): written to: the keys of their bands.
    """
    for i in range(len(sketches)):
        t, data, at = first + i, sketches[i], 4 * keys.shape[1]
        for k in range(keys.shape[1]):
            keys[i, k] = np.uint32(read_number(data, 4 * k, 4))
        texts.order[t, 0], texts.order[t, 1] = read_number(data, at, 8), read_number(data, at + 8, 8)
        texts.digest[t] = read_number(data, at + 16, 8)
        texts.shingles[t] = np.int32(read_number(data, at + 24, 4))
        copy_values(data[at + 28 :], texts.marks[t])
        begin_text(texts, t)
