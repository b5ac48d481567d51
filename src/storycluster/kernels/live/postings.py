"""Postings that change: for each key of several spaces its members, in a table that grows and shrinks without pauses.

The table is one of linear hashing (Litwin 1980, "Linear hashing: a new tool for file and table addressing"): buckets of
eight slots, one cache line each, in one array; whenever it is fuller than LOAD, the next bucket in turn is split in
two, whenever it is emptier than LEAST_LOAD, the last one is joined to its other half. So it never rehashes as a whole.
A key with one member has it in its slot, one with several in a block of its own, in an order that the caller keeps.

The arrays stand in a ``Postings``; Python gives them more room before it is needed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from storycluster.kernels.bits import empty_slot, fetch, fetch_bucket, move_within, slot_of
from storycluster.kernels.leaves import leaf
from storycluster.kernels.minhash import mix32

SLOTS = 8
"""Slots a bucket: keys in columns 0 to 7, values in 8 to 15."""
LOAD = 0.85
LEAST_LOAD = 0.5
EMPTY = np.uint32(0xFFFFFFFF)
"""Value of an empty slot. A value below BLOCK is the only member; from there on it is a block, BLOCK | its place."""
BLOCK = np.uint32(0x80000000)
NOWHERE = -1
ONE_SPACE = np.int64(0)
"""The space of a table that has but one."""
SPACED, TOGETHER = np.bool_(True), np.bool_(False)
"""Whether each of several keys has a space of its own, or all of them have the one."""
MOVING = 4
"""Spill buckets that a split or a join may need for a while, more than it frees."""
HEAD = 2
"""A block is: members, room for members, the members."""
CLASSES = 160
"""Rooms that a block can have (``room_of``)."""
SPACES, LEVEL, SPLIT, KEYS, SPILLED, SPILL_FREE, BLOCKS, NEEDED, FREE = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Places in ``state``; from FREE on, for each room the first free block."""


class Postings(NamedTuple):
    """The arrays of a table.

    Args:
        table: uint32 (buckets, 16): the buckets, with room to grow.
        over: int32 (buckets): the spill bucket that goes on where one is full, or NOWHERE.
        spill: uint32 (spill buckets, 16).
        spill_over: int32 (spill buckets): the next one of the same chain, or of the free ones.
        blocks: int32: the blocks.
        state: int64: what is in use.
    """

    table: Any
    over: Any
    spill: Any
    spill_over: Any
    blocks: Any
    state: Any


def empty_postings(spaces: int) -> Postings:
    """A table without keys for so many spaces of 32-bit keys."""
    state = np.zeros(FREE + CLASSES, np.int64)
    state[SPACES] = spaces
    state[SPILL_FREE] = NOWHERE
    state[FREE:] = NOWHERE
    return Postings(
        np.full((2 * spaces, 2 * SLOTS), EMPTY, np.uint32),
        np.full(2 * spaces, NOWHERE, np.int32),
        np.full((16, 2 * SLOTS), EMPTY, np.uint32),
        np.full(16, NOWHERE, np.int32),
        np.empty(1024, np.int32),
        state,
    )


@leaf
def bucket_of(p, space, tag):
    """The bucket that a key belongs to; the spaces' buckets lie interleaved, so that all are split in turn."""
    spaces = p.state[SPACES]
    bucket = (np.int64(tag) & ((1 << p.state[LEVEL]) - 1)) * spaces + space
    if bucket < p.state[SPLIT]:
        bucket = (np.int64(tag) & ((2 << p.state[LEVEL]) - 1)) * spaces + space
    return bucket


@leaf
def bucket_count(p):
    """Buckets in use."""
    return (p.state[SPACES] << p.state[LEVEL]) + p.state[SPLIT]


@leaf
def find(p, space, key):
    """Where a key's slot is.

    Returns:
        bucket · 8 + slot; for a spill bucket the same, negated and less 2; NOWHERE if there is none.
    """
    tag = mix32(key)
    bucket = bucket_of(p, space, tag)
    s = slot_of(p.table, bucket, tag)
    if s < SLOTS:
        return bucket * SLOTS + s
    if p.table[bucket, 2 * SLOTS - 1] == EMPTY:  # nothing spills over from a bucket that isn't full
        return np.int64(NOWHERE)
    spilled = np.int64(p.over[bucket])
    while spilled != NOWHERE:
        s = slot_of(p.spill, spilled, tag)
        if s < SLOTS:
            return -2 - (spilled * SLOTS + s)
        spilled = np.int64(p.spill_over[spilled])
    return np.int64(NOWHERE)


@leaf
def value_at(p, place):
    """The value in a slot."""
    if place >= 0:
        return p.table[place // SLOTS, SLOTS + place % SLOTS]
    place = -2 - place
    return p.spill[place // SLOTS, SLOTS + place % SLOTS]


@leaf
def tag_at(p, place):
    """The key, mixed, in a slot."""
    if place >= 0:
        return p.table[place // SLOTS, place % SLOTS]
    place = -2 - place
    return p.spill[place // SLOTS, place % SLOTS]


@leaf
def set_tag(p, place, tag):
    """Write the key, mixed, in a slot."""
    if place >= 0:
        p.table[place // SLOTS, place % SLOTS] = tag
    else:
        place = -2 - place
        p.spill[place // SLOTS, place % SLOTS] = tag


@leaf
def set_value(p, place, value):
    """Write the value in a slot."""
    if place >= 0:
        p.table[place // SLOTS, SLOTS + place % SLOTS] = value
    else:
        place = -2 - place
        p.spill[place // SLOTS, SLOTS + place % SLOTS] = value


@leaf
def put_slot(p, bucket, tag, value):
    """Write a slot into the first empty place of a bucket's chain."""
    s = empty_slot(p.table, bucket)
    if s < SLOTS:
        p.table[bucket, s] = tag
        p.table[bucket, SLOTS + s] = value
        return
    last = np.int64(NOWHERE)
    spilled = np.int64(p.over[bucket])
    while spilled != NOWHERE:
        s = empty_slot(p.spill, spilled)
        if s < SLOTS:
            p.spill[spilled, s] = tag
            p.spill[spilled, SLOTS + s] = value
            return
        last = spilled
        spilled = np.int64(p.spill_over[spilled])
    fresh = p.state[SPILL_FREE]
    if fresh == NOWHERE:
        fresh = p.state[SPILLED]
        p.state[SPILLED] += 1
    else:
        p.state[SPILL_FREE] = p.spill_over[fresh]
    p.spill[fresh, :] = EMPTY
    p.spill_over[fresh] = NOWHERE
    p.spill[fresh, 0] = tag
    p.spill[fresh, SLOTS] = value
    if last == NOWHERE:
        p.over[bucket] = fresh
    else:
        p.spill_over[last] = fresh


@leaf
def move_chain(p, spilled, bit, low, high):
    """Move the slots of a chain of spill buckets that hangs on no bucket any more, and free these.

    Args:
        p: The table.
        spilled: The first of them, or NOWHERE.
        bit: The bit of a key, mixed, that tells where to.
        low: The bucket for keys without it.
        high: That for keys with it.
    """
    while spilled != NOWHERE:
        for s in range(SLOTS):
            tag, value = p.spill[spilled, s], p.spill[spilled, SLOTS + s]
            if value != EMPTY:
                put_slot(p, high if np.int64(tag) & bit else low, tag, value)
        after = np.int64(p.spill_over[spilled])
        p.spill_over[spilled] = p.state[SPILL_FREE]
        p.state[SPILL_FREE] = spilled
        spilled = after


@leaf
def split_bucket(p):
    """Split the next bucket in turn; the table must have room for one more, and for MOVING spill buckets."""
    bucket = p.state[SPLIT]
    fresh = bucket_count(p)
    p.table[fresh, :] = EMPTY
    p.over[fresh] = NOWHERE
    bit = np.int64(1) << p.state[LEVEL]
    p.state[SPLIT] += 1
    if p.state[SPLIT] == p.state[SPACES] << p.state[LEVEL]:
        p.state[LEVEL] += 1
        p.state[SPLIT] = 0
    kept, moved = 0, 0
    for s in range(SLOTS):
        tag, value = p.table[bucket, s], p.table[bucket, SLOTS + s]
        p.table[bucket, SLOTS + s] = EMPTY
        if value == EMPTY:
            break
        if np.int64(tag) & bit:
            p.table[fresh, moved], p.table[fresh, SLOTS + moved] = tag, value
            moved += 1
        else:
            p.table[bucket, kept], p.table[bucket, SLOTS + kept] = tag, value
            kept += 1
    spilled = np.int64(p.over[bucket])
    p.over[bucket] = NOWHERE
    move_chain(p, spilled, bit, bucket, fresh)


@leaf
def join_bucket(p):
    """Join the last bucket to the one that it was split from; there must be room for MOVING spill buckets."""
    if p.state[SPLIT] == 0:
        p.state[LEVEL] -= 1
        p.state[SPLIT] = p.state[SPACES] << p.state[LEVEL]
    p.state[SPLIT] -= 1
    last, bucket = bucket_count(p), p.state[SPLIT]
    for s in range(SLOTS):
        if p.table[last, SLOTS + s] == EMPTY:
            break
        put_slot(p, bucket, p.table[last, s], p.table[last, SLOTS + s])
        p.table[last, SLOTS + s] = EMPTY
    spilled = np.int64(p.over[last])
    p.over[last] = NOWHERE
    move_chain(p, spilled, np.int64(0), bucket, bucket)


@leaf
def drop_slot(p, space, tag):
    """Take a key's slot away, moving the last one of its chain into its place."""
    bucket = bucket_of(p, space, tag)
    hole = np.int64(NOWHERE)
    last = np.int64(NOWHERE)
    before, end = np.int64(NOWHERE), np.int64(NOWHERE)  # the last spill bucket of the chain and the one before it
    for s in range(SLOTS):
        if p.table[bucket, SLOTS + s] != EMPTY:
            last = bucket * SLOTS + s
            if p.table[bucket, s] == tag:
                hole = last
    spilled = np.int64(p.over[bucket])
    while spilled != NOWHERE:
        before, end = end, spilled
        for s in range(SLOTS):
            if p.spill[spilled, SLOTS + s] != EMPTY:
                last = -2 - (spilled * SLOTS + s)
                if p.spill[spilled, s] == tag:
                    hole = last
        spilled = np.int64(p.spill_over[spilled])
    value, moved = value_at(p, last), tag_at(p, last)
    set_value(p, last, EMPTY)
    if hole != last:
        set_value(p, hole, value)
        set_tag(p, hole, moved)
    if end != NOWHERE and p.spill[end, SLOTS] == EMPTY:  # the last spill bucket is empty now
        if before == NOWHERE:
            p.over[bucket] = NOWHERE
        else:
            p.spill_over[before] = NOWHERE
        p.spill_over[end] = p.state[SPILL_FREE]
        p.state[SPILL_FREE] = end


ROOMS = np.array(
    [*((2 if c % 2 == 0 else 3) << c // 2 for c in range(10)), *(int(64 * 1.125**k) for k in range(CLASSES - 10))]
)
"""Members that a block of each class has room for: 2, 3, 4, 6, 8, 12 … up to 64, then in steps of an eighth."""


@leaf
def class_of(members):
    """The class with the least room for so many members."""
    return np.searchsorted(ROOMS, members)


@leaf
def room_of(c):
    """Members that a block of a class has room for."""
    return ROOMS[c]


@leaf
def new_block(p, members):
    """The place of a block with room for so many members; the pool must have room for it."""
    c = class_of(members)
    place = p.state[FREE + c]
    if place == NOWHERE:
        place = p.state[BLOCKS]
        p.state[BLOCKS] += HEAD + room_of(c)
    else:
        p.state[FREE + c] = p.blocks[place + HEAD]
    p.blocks[place] = 0
    p.blocks[place + 1] = c
    return place


@leaf
def free_block(p, place):
    """Give a block back."""
    c = p.blocks[place + 1]
    p.blocks[place + HEAD] = p.state[FREE + c]
    p.state[FREE + c] = place


@leaf
def size_at(p, place):
    """How many members a slot has."""
    value = value_at(p, place)
    return np.int64(1) if value < BLOCK else np.int64(p.blocks[value & ~BLOCK])


@leaf
def first_at(p, place):
    """Where in ``blocks`` a slot's members stand, in their order; NOWHERE where it has but one: that is in it."""
    value = value_at(p, place)
    return np.int64(NOWHERE) if value < BLOCK else np.int64(value & ~BLOCK) + HEAD


@leaf
def nth_at(p, place, n):
    """A slot's member at a place of its order."""
    value = value_at(p, place)
    return np.int64(value if value < BLOCK else p.blocks[np.int64(value & ~BLOCK) + HEAD + n])


@leaf
def fetch_keys(p, keys, spaced):
    """Have the buckets of some keys, and then their blocks, brought into the cache, all at once."""
    for k in range(keys.size):
        fetch_bucket(p.table, bucket_of(p, k if spaced else 0, mix32(keys[k])))
    for k in range(keys.size):
        place = find(p, k if spaced else 0, keys[k])
        if place != NOWHERE:
            fetch(p.blocks, max(first_at(p, place), 0))


@njit(nogil=True, cache=True, inline="always")
def members_of(p, place, single):
    """The members in a slot, as a view of its block, or of ``single`` (int32, one place) where there is but one."""
    first = first_at(p, place)
    if first == NOWHERE:
        single[0] = nth_at(p, place, np.int64(0))
        return single[:1]
    return p.blocks[first : first + size_at(p, place)]


@leaf
def lacks_block(p, members):
    """Whether a new block of so many members may need more of ``blocks`` than there is; how much: in ``state``."""
    p.state[NEEDED] = HEAD + room_of(class_of(members))
    return p.state[BLOCKS] + p.state[NEEDED] > p.blocks.size


@leaf
def lacks_room(p, place):
    """Whether one more member in a slot may need more of ``blocks`` than there is; how much: in ``state``."""
    value = value_at(p, place)
    if value < BLOCK:
        return lacks_block(p, 2)
    block = np.int64(value & ~BLOCK)
    size = p.blocks[block]
    return size == room_of(p.blocks[block + 1]) and lacks_block(p, size + 1)


@leaf
def lacks_buckets(p):
    """Whether there may be too few buckets for one more key, which begins or splits one, or for one key less."""
    return bucket_count(p) + 1 > len(p.table) or p.state[SPILLED] + MOVING > len(p.spill)


@leaf
def begin(p, space, key, member):
    """Put the first member of a key; there must be room (``lacks_buckets``)."""
    tag = mix32(key)
    put_slot(p, bucket_of(p, space, tag), tag, np.uint32(member))
    p.state[KEYS] += 1
    if p.state[KEYS] > LOAD * SLOTS * bucket_count(p):
        split_bucket(p)


@leaf
def begin_all(p, space, key, members):
    """Put all members of a key, in their order; there must be room (``lacks_buckets``, ``lacks_block``)."""
    begin(p, space, key, np.int64(members[0]))
    if members.size > 1:
        block = new_block(p, members.size)
        p.blocks[block] = members.size
        for i in range(members.size):
            p.blocks[block + HEAD + i] = members[i]
        set_value(p, find(p, space, key), BLOCK | np.uint32(block))


@leaf
def insert_at(p, place, member, rank):
    """Put one more member into a slot, at a place in its order, NOWHERE for the last; it must not lack room."""
    value = value_at(p, place)
    if value < BLOCK:
        block = new_block(p, 2)
        p.blocks[block] = 1
        p.blocks[block + HEAD] = np.int32(value)
        set_value(p, place, BLOCK | np.uint32(block))
    else:
        block = np.int64(value & ~BLOCK)
    size = p.blocks[block]
    if size == room_of(p.blocks[block + 1]):
        larger = new_block(p, size + 1)
        for i in range(HEAD, HEAD + size):
            p.blocks[larger + i] = p.blocks[block + i]
        free_block(p, block)
        block = larger
        set_value(p, place, BLOCK | np.uint32(block))
    first = block + HEAD
    rank = size if rank == NOWHERE else rank
    move_within(p.blocks, first + rank + 1, first + rank, size - rank)
    p.blocks[first + rank] = member
    p.blocks[block] = size + 1


@leaf
def insert(p, space, key, member, rank):
    """Put a member into a key's posting, at a place in its order (``insert_at``).

    Returns:
        Whether it is done; else it lacks room.
    """
    place = find(p, space, key)
    if place == NOWHERE:
        if lacks_buckets(p):
            return False
        begin(p, space, key, member)
        return True
    if lacks_room(p, place):
        return False
    insert_at(p, place, member, rank)
    return True


@leaf
def erase(p, space, key, member):
    """Take a member out of a key's posting. There must be room for MOVING spill buckets."""
    place = find(p, space, key)
    if place == NOWHERE:
        return
    value = value_at(p, place)
    if value < BLOCK:
        if value == np.uint32(member):
            drop_slot(p, space, mix32(key))
            p.state[KEYS] -= 1
            if p.state[KEYS] < LEAST_LOAD * SLOTS * bucket_count(p) and bucket_count(p) > p.state[SPACES]:
                join_bucket(p)
        return
    block = np.int64(value & ~BLOCK)
    size = p.blocks[block]
    first = block + HEAD
    rank = 0
    while rank < size and p.blocks[first + rank] != member:
        rank += 1
    if rank == size:
        return
    move_within(p.blocks, first + rank, first + rank + 1, size - 1 - rank)
    size -= 1
    p.blocks[block] = size
    if size == 1:
        set_value(p, place, np.uint32(p.blocks[first]))
        free_block(p, block)
    elif (
        size > 8
        and size < room_of(p.blocks[block + 1]) // 2
        and p.state[BLOCKS] + HEAD + room_of(class_of(size)) <= p.blocks.size
    ):
        smaller = new_block(p, size)
        p.blocks[smaller] = size
        for i in range(HEAD, HEAD + size):
            p.blocks[smaller + i] = p.blocks[block + i]
        free_block(p, block)
        set_value(p, place, BLOCK | np.uint32(smaller))
