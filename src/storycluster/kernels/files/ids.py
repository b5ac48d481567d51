"""Which ids came before: an open-addressing table over packed ids. Arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.leaves import leaf

FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)


@leaf
def hash_bytes(data, begin, end):
    """FNV-1a of some bytes (Fowler, Noll, Vo 1991), its high half folded onto the low one, which the table uses."""
    h = FNV_OFFSET
    for i in range(begin, end):
        h = (h ^ np.uint64(data[i])) * FNV_PRIME
    return h ^ (h >> np.uint64(32))


@leaf
def find_slot(table, pool, start, data, begin, end):
    """The table's place for an id: that of the same id, or the empty one where it belongs.

    Args:
        table: int32, a power of two of places: number of an id, -1 where there is none.
        pool: uint8: the known ids' bytes.
        start: int64: where each begins there.
        data: uint8: holds the id.
        begin: Where it begins there.
        end: Where it ends.
    """
    mask = np.uint64(table.size - 1)
    slot = hash_bytes(data, begin, end) & mask
    while table[slot] >= 0:
        known = start[table[slot]]
        size = start[table[slot] + 1] - known
        if size == end - begin:
            same = True
            for i in range(size):
                if pool[known + i] != data[begin + i]:
                    same = False
                    break
            if same:
                break
        slot = (slot + np.uint64(1)) & mask
    return slot


@leaf
def enter_ids(table, pool, start, count, data, data_start, known):
    """Add the ids that are new, and say where the others are.

    Args:
        table: As for ``find_slot``; at least twice as many places as there will be ids.
        pool: uint8, with room for the new ids' bytes; written.
        start: int64, with room for the new ids; written.
        count: How many ids are known.
        data: uint8: the ids to add.
        data_start: int64 (n + 1): where each begins.
        known: int64 (n), written: the number of the same id, if it was there before, else -1.

    Returns:
        How many ids are known now.
    """
    for i in range(data_start.size - 1):
        begin, end = data_start[i], data_start[i + 1]
        slot = find_slot(table, pool, start, data, begin, end)
        if table[slot] >= 0:
            known[i] = table[slot]
            continue
        known[i] = -1
        at = start[count]
        for j in range(begin, end):
            pool[at + j - begin] = data[j]
        start[count + 1] = at + end - begin
        table[slot] = count
        count += 1
    return count


@njit(nogil=True, cache=True)
def fill_table(table, pool, start, count):
    """Put the known ids into an empty table."""
    mask = np.uint64(table.size - 1)
    for i in range(count):
        slot = hash_bytes(pool, start[i], start[i + 1]) & mask
        while table[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = i
