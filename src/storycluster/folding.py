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

from storycluster.kernels.kinds import Kind

FOLDING_VERSION = 3
EXPANDED = 0x80000000
"""Set in a fold that is an index into ``expansion`` (a length, then as many code points)."""


class Folding(NamedTuple):
    """The table's arrays, as the kernels take them.

    Args:
        page: uint16, 4,352 entries: code point >> 8 → page.
        kind: uint8, 256 a page: a ``Kind``.
        fold: uint32, 256 a page: the folded code point, or ``EXPANDED`` with an index into ``expansion``; 0 for none.
        expansion: uint32: for each fold of several code points their number, then they.
        letter: uint32, 2,048 entries: of each letter of one or two bytes the folded letter's UTF-8, first byte lowest,
            its length in bytes (1 or 2) · 2^24, and 2^31 for a capital; 0 for whatever else, longer folds included.
        pair: uint16, 65,536 entries: of each letter of two bytes that folds to two bytes, by its UTF-8 as a number,
            first byte lowest, the folded letter's UTF-8 alike, and 2^14 for a capital; 1 of the first two bytes of
            three, if all 64 code points that begin so are characters that fold to themselves; 0 for whatever else.
    """

    page: npt.NDArray[np.uint16]
    kind: npt.NDArray[np.uint8]
    fold: npt.NDArray[np.uint32]
    expansion: npt.NDArray[np.uint32]
    letter: npt.NDArray[np.uint32]
    pair: npt.NDArray[np.uint16]


def plain_letters(
    page: npt.NDArray[np.uint16], kind: npt.NDArray[np.uint8], fold: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint32]:
    """``Folding.letter`` from the other columns."""
    letter = np.zeros(0x800, np.uint32)
    for code in range(letter.size):
        slot = int(page[code >> 8]) << 8 | code & 0xFF
        if kind[slot] in (Kind.LETTER, Kind.CAPITAL) and fold[slot] < EXPANDED:
            folded = chr(fold[slot]).encode()
            if len(folded) <= 2:
                capital = int(kind[slot] == Kind.CAPITAL) << 31
                letter[code] = capital | len(folded) << 24 | int.from_bytes(folded, "little")
    return letter


def plain_pairs(
    page: npt.NDArray[np.uint16],
    kind: npt.NDArray[np.uint8],
    fold: npt.NDArray[np.uint32],
    letter: npt.NDArray[np.uint32],
) -> npt.NDArray[np.uint16]:
    """``Folding.pair`` from the other columns."""
    pair = np.zeros(1 << 16, np.uint16)
    for code in range(0x80, letter.size):
        if letter[code] >> 24 & 7 == 2:
            pair[int.from_bytes(chr(code).encode(), "little")] = letter[code] & 0xFFFF | letter[code] >> 31 << 14
    codes = np.arange(0x800, 0x10000)
    slots = np.int64(page[codes >> 8]) << 8 | codes & 0xFF
    same = ((kind[slots] == Kind.CHARACTER) & (fold[slots] == codes)).reshape(-1, 64).all(axis=1)
    leads = codes[::64][same]
    pair[(0x80 | leads >> 6 & 0x3F) << 8 | 0xE0 | leads >> 12] = 1
    return pair


@cache
def folding() -> Folding:
    """The table, loaded once."""
    with files("storycluster").joinpath("folding.npz").open("rb") as file, np.load(file, allow_pickle=False) as table:
        page, kind, fold, expansion = table["page"], table["kind"], table["fold"], table["expansion"]
    letter = plain_letters(page, kind, fold)
    return Folding(page, kind, fold, expansion, letter, plain_pairs(page, kind, fold, letter))
