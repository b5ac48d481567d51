"""The folding table: what each code point is to the fingerprint, and what it folds to.

``folding.npz`` is made by ``tools/make_folding.py`` from Unicode 14.0 and shipped, so that a text has the same
fingerprint under every Python. The table is two-staged: ``page[code >> 8]`` names a page of 256 entries.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FOLDING_VERSION = 2
EXPANDED = 0x80000000
"""Set in a fold that is an index into ``expansion`` (a length, then as many code points)."""


class Folding(NamedTuple):
    """The table's arrays, as the kernels take them.

    Args:
        page: uint16, 4,352 entries: code point >> 8 → page.
        kind: uint8, 256 a page: a ``Kind``.
        fold: uint32, 256 a page: the folded code point, or ``EXPANDED`` with an index into ``expansion``; 0 for none.
        expansion: uint32: for each fold of several code points their number, then they.
    """

    page: npt.NDArray[np.uint16]
    kind: npt.NDArray[np.uint8]
    fold: npt.NDArray[np.uint32]
    expansion: npt.NDArray[np.uint32]


@cache
def folding() -> Folding:
    """The table, loaded once."""
    with files("storycluster").joinpath("folding.npz").open("rb") as file, np.load(file, allow_pickle=False) as table:
        return Folding(table["page"], table["kind"], table["fold"], table["expansion"])
