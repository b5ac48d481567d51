"""Strings that may differ by one letter: those that are equal, or become so, once a letter is left out of either.

(Mor and Fraenkel 1982, "A hash code method for detecting and correcting spelling errors".)
"""

from __future__ import annotations

import numpy as np

from storycluster.kernels.leaves import leaf

BASE = np.uint64(0x9E3779B97F4A7C15)
"""Of the polynomial whose value modulo 2^64 is a string's hash; an odd number without a pattern."""


@leaf
def hash_without_one(letters, start, hashes, owners):
    """Hash some strings, and what is left of each without each of its letters.

    A hash is Σ letter · BASE^place, so that what follows a letter left out moves by one place.

    Args:
        letters: uint32: the strings' letters.
        start: int64 (strings + 1): where each begins.
        hashes: uint64 (letters + strings), written.
        owners: int64, the same, written: the string that each is of.
    """
    n = 0
    for s in range(start.size - 1):
        before, after, power = np.uint64(0), np.uint64(0), np.uint64(1)
        for i in range(start[s] + 1, start[s + 1]):
            after += np.uint64(letters[i]) * power
            power *= BASE
        power = np.uint64(1)
        for i in range(start[s], start[s + 1]):
            hashes[n], owners[n] = before + after, s
            n += 1
            before += np.uint64(letters[i]) * power
            if i + 1 < start[s + 1]:
                after -= np.uint64(letters[i + 1]) * power
            power *= BASE
        hashes[n], owners[n] = before, s
        n += 1
