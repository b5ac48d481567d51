"""The bare loop: bytes → word hashes → MinHash signatures, and nothing else that a fingerprint needs."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import eight_bytes, trailing_zeros
from storycluster.kernels.minhash import LANES, min_hash
from storycluster.kernels.word_hashes import finish, mix

ONES, HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
HASH_START = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True)
def bare_spaced(data, start, a, b, signatures):
    """Hash what stands between spaces and take the minima: no folding, no shingles, no flags, no samples.

    Args:
        data: uint8: the texts' UTF-8, one after the other.
        start: int64, one more than texts: where each one begins.
        a: uint32: the permutations' multipliers.
        b: uint32: their offsets.
        signatures: uint32, texts × permutations, written.
    """
    hashes = np.empty(data.size // 2 + LANES, np.uint32)
    for t in range(start.size - 1):
        n = 0
        i = start[t]
        while i < start[t + 1]:
            h = HASH_START
            taken = 8
            begin = i
            while taken == 8 and i + 8 <= start[t + 1]:
                eight = eight_bytes(data, i)
                spaces = (eight - ONES * np.uint64(33)) & ~eight & HIGH_BITS  # exact up to the first one
                taken = trailing_zeros(spaces) >> 3
                if taken == 8:
                    h = mix(h, eight)
                elif taken:
                    h = mix(h, eight & (np.uint64(1) << np.uint64(8 * taken)) - np.uint64(1))
                i += taken
            if i > begin:
                hashes[n] = finish(h, np.uint64(0), 0)
                n += 1
            i += 1
        min_hash(hashes, n, a, b, signatures[t])


@njit(nogil=True)
def bare_unspaced(data, start, a, b, signatures):
    """The same where a word is a character of three bytes with the two before it; others are passed over."""
    hashes = np.empty(data.size // 2 + LANES, np.uint32)
    for t in range(start.size - 1):
        n = 0
        i = start[t]
        one = two = np.uint64(0)
        while i + 4 <= start[t + 1]:
            if data[i] < 0xE0:
                i += 1
                continue
            three = (
                np.uint64(data[i]) | np.uint64(data[i + 1]) << np.uint64(8) | np.uint64(data[i + 2]) << np.uint64(16)
            )
            h = mix(HASH_START, one | two << np.uint64(24) | three << np.uint64(48))
            hashes[n] = finish(h, three >> np.uint64(16), 1)
            n += 1
            one, two = two, three
            i += 3
        min_hash(hashes, n, a, b, signatures[t])
