"""Reaches: which members of a key's posting a text is paired with.

In a bucket of up to ``limit`` texts it is paired with all, in a larger one with the ``neighbors`` next to it on either
side in canonical order.
"""

from __future__ import annotations

from storycluster.kernels.leaves import leaf

FIRST, STOP, SIZE, RANK = 0, 1, 2, 3
"""Columns of a reach: the first place in ``blocks`` and the one after the last, the bucket's size, and the text's rank
in it where it is overfull. Where the text stands alone, all are 0."""


@leaf
def write_reach(reaches, k, begin, size, rank, limits):
    """Write which places a text is paired with.

    Args:
        reaches: int64, one row a key, written.
        k: Which key.
        begin: Where in ``blocks`` the members of its posting begin.
        size: Their number, the text included.
        rank: The text's place among them.
        limits: Bounds.
    """
    low, high = 0, size
    if size > limits.bucket:
        low, high = max(0, rank - limits.neighbors), min(size, rank + limits.neighbors + 1)
    else:
        rank = 0
    reaches[k, FIRST], reaches[k, STOP] = begin + low, begin + high
    reaches[k, SIZE], reaches[k, RANK] = size, rank
