"""A word's folded code points → its hash.

It is made of their UTF-8, eight bytes c a time, first byte lowest, zeros after the last one:

    h = (h ^ c) · MIX_FIRST;  h = h ^ h >> 32    and, after the last,    h · MIX_LAST >> 32

(all mod 2^64; multiplications and shifts in turn, with the multipliers of SplitMix64: Steele, Lea, Flood 2014,
doi:10.1145/2660193.2660195). The lowest ``flags.FLAG_BITS`` are 0: a word and its flags fit into one
number where room is short.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.leaves import leaf

HASHED = np.uint64(0xFFFFFFF0)

HASH_START = np.uint64(0x9E3779B97F4A7C15)
MIX_FIRST = np.uint64(0xBF58476D1CE4E5B9)
MIX_LAST = np.uint64(0x94D049BB133111EB)
EXPANDED = np.uint32(0x80000000)


@njit(nogil=True, cache=True, inline="always")
def mix(h, chunk):
    """The hash of a word grown by eight bytes."""
    h = (h ^ chunk) * MIX_FIRST
    return h ^ h >> np.uint64(32)


@njit(nogil=True, cache=True, inline="always")
def finish(h, chunk, filled):
    """The word hash, when ``filled`` bytes that were not mixed in yet are left in ``chunk``."""
    if filled:
        h = mix(h, chunk)
    return np.uint32(h * MIX_LAST >> np.uint64(32) & HASHED)


@njit(nogil=True, cache=True, inline="always")
def append(h, chunk, filled, coded, length):
    """Hash, chunk and its filled bytes grown by the UTF-8 of a code point: 1–4 bytes in ``coded``, first one lowest."""
    chunk |= coded << np.uint64(8 * filled)
    filled += length
    if filled >= 8:
        filled -= 8
        h = mix(h, chunk)
        chunk = coded >> np.uint64(8 * (length - filled))
    return h, chunk, filled


@njit(nogil=True, cache=True, inline="always")
def encode_plain(code):
    """``encode`` of a code point of three bytes, without their number."""
    c, six = np.uint64(code), np.uint64(0x3F)
    middle = (c >> np.uint64(6) & six) << np.uint64(8)
    return np.uint64(0x8080E0) | c >> np.uint64(12) | middle | (c & six) << np.uint64(16)


@njit(nogil=True, cache=True, inline="always")
def encode(code):
    """A code point's UTF-8, first byte lowest, and how many bytes it has."""
    c = np.uint64(code)
    six = np.uint64(0x3F)
    if c < np.uint64(0x80):
        return c, 1
    if c < np.uint64(0x800):
        return np.uint64(0x80C0) | c >> np.uint64(6) | (c & six) << np.uint64(8), 2
    if c < np.uint64(0x10000):
        return encode_plain(c), 3
    middle = (c >> np.uint64(12) & six) << np.uint64(8) | (c >> np.uint64(6) & six) << np.uint64(16)
    return np.uint64(0x808080F0) | c >> np.uint64(18) | middle | (c & six) << np.uint64(24), 4


@leaf
def feed(h, chunk, filled, folded, expansion):
    """Hash, chunk and its filled bytes grown by one folded code point, or by the several that it folds to."""
    if folded & EXPANDED:
        p = np.int64(folded ^ EXPANDED)
        for q in range(p + 1, p + 1 + np.int64(expansion[p])):
            coded, length = encode(expansion[q])
            h, chunk, filled = append(h, chunk, filled, coded, length)
        return h, chunk, filled
    coded, length = encode(folded)
    return append(h, chunk, filled, coded, length)


@leaf
def hash_codes(codes, first, stop):
    """The word hash of folded code points first … stop - 1."""
    h, chunk, filled = HASH_START, np.uint64(0), 0
    for q in range(first, stop):
        coded, length = encode(codes[q])
        h, chunk, filled = append(h, chunk, filled, coded, length)
    return finish(h, chunk, filled)


@njit(nogil=True, cache=True, inline="always")
def decode_plain(coded):
    """The code point that ``encode_plain`` made these three bytes of."""
    six = np.uint64(0x3F)
    return np.uint32(
        (coded & np.uint64(0xF)) << np.uint64(12) | (coded >> np.uint64(8) & six) << np.uint64(6)
        | coded >> np.uint64(16) & six
    )  # fmt: skip


@njit(nogil=True, cache=True, inline="always")
def hash_last(one, two, three, before):
    """The word hash of the last three characters of a run, or as many as there are.

    Args:
        one: The UTF-8 of the third last one, three bytes, the first byte lowest.
        two: That of the second last one.
        three: That of the last one.
        before: How many characters stand before the last one in the run.
    """
    if before >= 2:
        chunk = one | two << np.uint64(24) | three << np.uint64(48)
        return finish(mix(HASH_START, chunk), three >> np.uint64(16), 1)
    return finish(HASH_START, two | three << np.uint64(24) if before else three, 1)
