"""The table of live postings against a dictionary of sorted lists, growing and shrinking."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storycluster.index.room import Growth
from storycluster.kernels.live import postings
from storycluster.kernels.live.postings import EMPTY, LEAST_LOAD, LOAD, NOWHERE, SLOTS, SPACES, SPILL_FREE, SPILLED

KEYS = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1))
MEMBERS = st.one_of(st.integers(0, 12), st.integers(0, 2**31 - 1))


class Oracle:
    """A table, and beside it what should be in it.

    Args:
        spaces: Spaces of keys.
    """

    def __init__(self, spaces: int) -> None:
        self.spaces = spaces
        self.table = postings.empty_postings(spaces)
        self.known: dict[tuple[int, int], list[int]] = {}

    def insert(self, space: int, key: int, member: int) -> None:
        """Put a member in order; one that is there already is left alone."""
        told = self.known.setdefault((space, key), [])
        rank = bisect_left(told, member)
        if told[rank : rank + 1] == [member]:
            return
        while not postings.insert(self.table, space, np.uint32(key), member, rank):
            before = self.read(space, key)
            assert before == told  # nothing was done for lack of room
            Growth().make_room(self.table, 1, int(self.table.state[postings.NEEDED]))
        told.insert(rank, member)

    def begin_all(self, space: int, key: int, members: list[int]) -> None:
        """Put all members of a key that has none."""
        given = np.array(members, np.int32)
        while postings.lacks_buckets(self.table) or postings.lacks_block(self.table, given.size):
            Growth().make_room(self.table, 1, int(self.table.state[postings.NEEDED]))
        postings.begin_all(self.table, space, np.uint32(key), given)
        self.known[space, key] = members

    def erase(self, space: int, key: int, member: int) -> None:
        """Take a member out, if it is there."""
        Growth().make_room(self.table, 1)
        postings.erase(self.table, space, np.uint32(key), member)
        told = self.known.get((space, key), [])
        if member in told:
            told.remove(member)
        if not told:
            self.known.pop((space, key), None)

    def read(self, space: int, key: int) -> list[int]:
        """The members of a key in the table."""
        place = postings.find(self.table, space, np.uint32(key))
        if place == NOWHERE:
            return []
        members: list[int] = postings.members_of(self.table, place, np.empty(1, np.int32)).tolist()
        return members

    def compare(self) -> None:
        """Each key's members, and how full the table is."""
        for (space, key), members in self.known.items():
            assert self.read(space, key) == members
            place = postings.find(self.table, space, np.uint32(key))
            assert [
                postings.nth_at(self.table, place, n) for n in range(postings.size_at(self.table, place))
            ] == members
            for other in range(self.spaces):
                if (other, key) not in self.known:
                    assert self.read(other, key) == []
        state, buckets = self.table.state, int(postings.bucket_count(self.table))
        assert int(state[postings.KEYS]) == len(self.known)
        assert len(self.known) <= LOAD * SLOTS * buckets + 1
        assert buckets == state[SPACES] or len(self.known) >= LEAST_LOAD * SLOTS * (buckets - 1) - SLOTS
        self.compare_spill(buckets)

    def compare_spill(self, buckets: int) -> None:
        """Each spill bucket is in one chain, or free; no slot beyond a chain's end is used."""
        table, seen = self.table, []
        for bucket in range(buckets):
            spilled = int(table.over[bucket])
            while spilled != NOWHERE:
                assert (table.spill[spilled, SLOTS:] != EMPTY).any()
                seen.append(spilled)
                spilled = int(table.spill_over[spilled])
        free = int(table.state[SPILL_FREE])
        while free != NOWHERE:
            seen.append(free)
            free = int(table.spill_over[free])
        assert sorted(seen) == list(range(int(table.state[SPILLED])))


class Postings(RuleBasedStateMachine):
    """Members that come and go."""

    @initialize(spaces=st.sampled_from([1, 2, 5, 42]))
    def begin(self, spaces: int) -> None:
        self.oracle = Oracle(spaces)

    def space(self, drawn: int) -> int:
        return drawn % self.oracle.spaces

    @rule(space=st.integers(0, 41), key=KEYS, member=MEMBERS)
    def insert(self, space: int, key: int, member: int) -> None:
        self.oracle.insert(self.space(space), key, member)

    @rule(space=st.integers(0, 41), key=KEYS, member=MEMBERS)
    def erase(self, space: int, key: int, member: int) -> None:
        self.oracle.erase(self.space(space), key, member)

    @rule(space=st.integers(0, 41), key=KEYS, members=st.integers(2, 200), step=st.sampled_from([1, -1, 7]))
    def fill_key(self, space: int, key: int, members: int, step: int) -> None:
        for k in range(members):
            self.oracle.insert(self.space(space), key, k * step % 1_000)

    @rule(space=st.integers(0, 41), key=KEYS, members=st.integers(1, 600))
    def begin_key(self, space: int, key: int, members: int) -> None:
        if (self.space(space), key) not in self.oracle.known:
            self.oracle.begin_all(self.space(space), key, list(range(members)))

    @rule(first=st.integers(0, 2**32 - 2_000), count=st.integers(1, 400), member=MEMBERS)
    def insert_keys(self, first: int, count: int, member: int) -> None:
        for key in range(first, first + count):
            self.oracle.insert(self.space(key), key, member)

    @rule(keep=st.integers(0, 9))
    def erase_most(self, keep: int) -> None:
        for place, ((space, key), members) in enumerate(sorted(self.oracle.known.items())):
            if place % 10 >= keep:
                for member in list(members):
                    self.oracle.erase(space, key, member)

    @invariant()
    def all_is_there(self) -> None:
        if hasattr(self, "oracle"):
            self.oracle.compare()


Postings.TestCase.settings = hypothesis_settings(max_examples=40, stateful_step_count=15, deadline=None)
TestPostings = Postings.TestCase


@pytest.mark.parametrize("spaces", [1, 3])
def test_a_table_grows_and_shrinks_to_what_it_was(spaces: int) -> None:
    oracle = Oracle(spaces)
    for round_ in range(3):
        for key in range(3_000):
            oracle.insert(key % spaces, key, round_)
            oracle.insert(key % spaces, key // 7, key)
        oracle.compare()
        blocks = int(oracle.table.state[postings.BLOCKS])
        if round_ == 0:
            most = blocks
        assert blocks <= 1.1 * most  # blocks that are given back are used again
        for (space, key), members in list(oracle.known.items()):
            for member in list(members):
                oracle.erase(space, key, member)
        oracle.compare()
        assert int(postings.bucket_count(oracle.table)) == spaces


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=60))
def test_members_of_one_key_stand_in_the_order_that_was_asked_for(steps: list[tuple[bool, int]]) -> None:
    table = postings.empty_postings(1)
    told: list[int] = []
    for place, (comes, where) in enumerate(steps):
        Growth().make_room(table, 1, 64)
        if comes:
            rank = min(where, len(told))
            told.insert(rank, place)
            assert postings.insert(table, 0, np.uint32(5), place, rank)
        elif told:
            postings.erase(table, 0, np.uint32(5), told.pop(where % len(told)))
        found = postings.find(table, 0, np.uint32(5))
        assert (found != NOWHERE) == bool(told)
        if told:
            assert postings.members_of(table, found, np.empty(1, np.int32)).tolist() == told
