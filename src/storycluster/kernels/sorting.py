"""Numbers in order, and in parts: many by counting their digits, few by comparing them."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_values

LOW_WORD = np.uint64(0xFFFFFFFF)
FEW = 512
"""Numbers that are quicker compared than counted."""
DIGIT_BITS = 11
"""Bits of a digit that numbers are sorted by: its 2,048 counts stay in the first cache."""


@njit(nogil=True, cache=True)
def radix_sort(entries, low, high):
    """Sort numbers by their bits low … high - 1, those that are equal there staying in order.

    Least significant digit first (Knuth, The Art of Computer Programming 3, 5.2.5).

    Args:
        entries: uint64; may be written over.
        low: The first bit.
        high: The bit after the last one.

    Returns:
        uint64: the numbers in order.
    """
    other = np.empty(entries.size, np.uint64)
    count = np.empty(1 << DIGIT_BITS, np.int64)
    mask = np.uint64((1 << DIGIT_BITS) - 1)
    while low < high:
        if high - low < DIGIT_BITS:
            mask = np.uint64((1 << high - low) - 1)
        count[:] = 0
        for entry in entries:
            count[np.int64(entry >> np.uint64(low) & mask)] += 1
        before = 0
        for digit in range(count.size):
            count[digit], before = before, before + count[digit]
        for entry in entries:
            digit = np.int64(entry >> np.uint64(low) & mask)
            other[count[digit]] = entry
            count[digit] += 1
        entries, other = other, entries
        low += DIGIT_BITS
    return entries


@njit(nogil=True, cache=True)
def sort_entries(entries):
    """Entries, key · 2^32 + place in ascending order of places, sorted by key; what is passed may be written over."""
    if entries.size < FEW:
        entries.sort()
        return entries
    return radix_sort(entries, np.int64(32), np.int64(64))


@njit(nogil=True, cache=True)
def put_in_order(members, keys):
    """Sort members by their keys, int64 each; those whose keys are equal stay in order."""
    least = np.uint64(keys.min())
    widest = np.uint64(keys.max()) - least
    entries = np.arange(members.size).astype(np.uint64)
    for shift in (0, 32):
        bits = 0
        while bits < 32 and widest >> np.uint64(shift + bits):
            bits += 1
        for k in range(entries.size):
            place = entries[k] & LOW_WORD
            entries[k] = (np.uint64(keys[place]) - least) >> np.uint64(shift) << np.uint64(32) | place
        entries = radix_sort(entries, np.int64(32), np.int64(32 + bits))
    copy_values(members[(entries & LOW_WORD).astype(np.int64)], members)


@njit(nogil=True, cache=True)
def count_pairs(left, right):
    """How often each pair of two numbers stands side by side.

    Args:
        left: int64 (n), from 0 to 2^32.
        right: int64 (n), from 0 to 2^32.

    Returns:
        int64: the left numbers; the right ones; how often; ascending.
    """
    entries = np.empty(left.size, np.uint64)
    for i in range(left.size):
        entries[i] = np.uint64(left[i]) << np.uint64(32) | np.uint64(right[i])
    if entries.size < FEW:
        entries.sort()
    else:
        entries = radix_sort(entries, np.int64(0), np.int64(64))
    first, second, count = np.empty(left.size, np.int64), np.empty(left.size, np.int64), np.zeros(left.size, np.int64)
    n = 0
    for i in range(entries.size):
        if i == 0 or entries[i] != entries[i - 1]:
            first[n], second[n] = entries[i] >> np.uint64(32), entries[i] & LOW_WORD
            n += 1
        count[n - 1] += 1
    return first[:n], second[:n], count[:n]


@njit(nogil=True, cache=True)
def split_entries(keys, parts):
    """The keys with their places, key · 2^32 + place, in parts by the keys' low bits.

    Args:
        keys: uint32.
        parts: How many parts: a power of two.

    Returns:
        uint64: the entries, in the order of their places within each part; int64 (parts + 1): where each part begins.
    """
    start = np.zeros(parts + 1, np.int64)
    for key in keys:
        start[(key & (parts - 1)) + 1] += 1
    for part in range(parts):
        start[part + 1] += start[part]
    ahead = start[:-1].copy()
    entries = np.empty(keys.size, np.uint64)
    for place in range(keys.size):
        part = keys[place] & (parts - 1)
        entries[ahead[part]] = np.uint64(keys[place]) << np.uint64(32) | np.uint64(place)
        ahead[part] += 1
    return entries, start


@njit(nogil=True, cache=True)
def split_numbers(numbers, shift, parts):
    """Numbers in parts by their bits from ``shift`` on, which tell fewer than ``parts``.

    Args:
        numbers: uint64.
        shift: The lowest of these bits.
        parts: How many parts.

    Returns:
        uint64: the numbers, in their order within each part; int64 (parts + 1): where each part begins.
    """
    start = np.zeros(parts + 1, np.int64)
    for number in numbers:
        start[np.int64(number >> np.uint64(shift)) + 1] += 1
    for part in range(parts):
        start[part + 1] += start[part]
    ahead = start[:-1].copy()
    split = np.empty(numbers.size, np.uint64)
    for number in numbers:
        part = np.int64(number >> np.uint64(shift))
        split[ahead[part]] = number
        ahead[part] += 1
    return split, start
