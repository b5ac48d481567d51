"""Words of plain letters, told and hashed many bytes at a time."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import ALL_ONES, eight_bytes, trailing_zeros
from storycluster.kernels.flags import CAPITAL
from storycluster.kernels.leaves import leaf
from storycluster.kernels.word_hashes import HASH_START, finish, mix

ONE, TWO = np.uint64(1), np.uint64(2)
ONES = np.uint64(0x0101010101010101)
HIGH_BITS = np.uint64(0x8080808080808080)
LOWER = np.uint64(0x2020202020202020)
PAIR = np.uint64(0xFFFF)
PAIRS_KNOWN = np.uint64(0x8000800080008000)
"""In four values of ``Folding.pair``: set in those that are letters, as in the second byte of any code point of two."""
PAIRS_FOLDED = np.uint64(0xBFFFBFFFBFFFBFFF)
"""In four values of ``Folding.pair``: the folded letters' UTF-8."""
PAIR_CAPITAL = np.uint64(12)
"""Bits by which a value of ``Folding.pair`` is shifted to have what tells a capital stand where CAPITAL does."""
SPACE = 32


@njit(nogil=True, cache=True, inline="always")
def is_digit_byte(byte):
    """Whether a byte is 0–9."""
    return 48 <= byte <= 57


@njit(nogil=True, cache=True, inline="always")
def is_ascii_letter(byte):
    """Whether a byte is a–z or A–Z."""
    return 97 <= (byte | 32) <= 122


@njit(nogil=True, cache=True, inline="always")
def ascii_letters(eight):
    """How many ASCII letters eight bytes begin with, and the eight lowercased, if they are letters."""
    lower = eight | LOWER
    low = lower & ~HIGH_BITS
    letters = (low + ONES * np.uint64(0x80 - 97)) & ~(low + ONES * np.uint64(0x7F - 122)) & ~eight & HIGH_BITS
    return trailing_zeros(letters ^ HIGH_BITS) >> 3, lower


@njit(nogil=True, cache=True, inline="always")
def four_pairs(eight, pair):
    """The four values of ``Folding.pair`` of eight bytes, the first one lowest."""
    sixteen = np.uint64(16)
    return (
        np.uint64(pair[eight & PAIR]) | np.uint64(pair[eight >> sixteen & PAIR]) << sixteen
        | np.uint64(pair[eight >> np.uint64(32) & PAIR]) << np.uint64(32)
        | np.uint64(pair[eight >> np.uint64(48)]) << np.uint64(48)
    )  # fmt: skip


@leaf
def hash_ascii(data, i, letters):
    """The word hash of some ASCII letters and digits from byte ``i`` on; eight bytes after them must be there."""
    h = HASH_START
    while letters > 8:
        h = mix(h, eight_bytes(data, i) | LOWER)
        i += 8
        letters -= 8
    return finish(h, (eight_bytes(data, i) | LOWER) & ALL_ONES >> np.uint64(64 - 8 * letters), 8)


@leaf
def word_heads(narrow, wide, signs, digits, points):
    """Where, in 64 bytes, words begin that only simple signs part; the last one may go on, or be none.

    Left out is what comes after the first byte of another kind, after a word of narrow and wide letters, and after one
    that a sign may belong to: an initial with its point, a number with a sign and another number.

    Args:
        narrow: uint64: which bytes are ASCII letters or digits.
        wide: Which belong to code points of several bytes.
        signs: Which are signs, as of ``signs_of_64``.
        digits: Which are ASCII digits.
        points: Which are points.
    """
    both = narrow | wide
    others = ~(both | signs)
    heads = both & ~(both << ONE) & (others ^ others - ONE)
    initials = heads & (~(both >> ONE) & points >> ONE | wide & ~(both >> TWO) & points >> TWO)
    mixed = narrow & wide >> ONE | wide & narrow >> ONE
    left_out = initials | mixed | digits & signs >> ONE & digits >> TWO
    return heads & (left_out ^ left_out - ONE)


@leaf
def hash_pairs(data, i, end, pair):
    """The word hash of letters of two bytes that fold to two bytes.

    Args:
        data: uint8: UTF-8; eight bytes from the last letter on must lie within it.
        i: First byte of the word.
        end: Byte after its last one, an even number of bytes on.
        pair: ``Folding.pair``.

    Returns:
        The hash, CAPITAL or 0, and whether such letters are all there is.
    """
    h, known = HASH_START, ALL_ONES
    folded = four_pairs(eight_bytes(data, i), pair)
    capital = folded >> PAIR_CAPITAL & np.uint64(CAPITAL)
    while end - i > 8:
        known &= folded
        h = mix(h, folded & PAIRS_FOLDED)
        i += 8
        folded = four_pairs(eight_bytes(data, i), pair)
    inside = ALL_ONES >> np.uint64(64 - 8 * (end - i))
    known &= folded | ~inside
    h = np.uint64(finish(h, folded & PAIRS_FOLDED & inside, 8))
    return h, np.int64(capital), known & PAIRS_KNOWN == PAIRS_KNOWN


@njit(nogil=True, cache=True, inline="always")
def ends_word(byte):
    """Whether an ASCII byte ends any word of more than one letter: no letter, digit or apostrophe."""
    return byte == SPACE or (byte < 128 and not (is_digit_byte(byte) or is_ascii_letter(byte) or byte == 39))
