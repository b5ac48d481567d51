"""Which marks open quotation and which end it, by kind."""

from __future__ import annotations

import numpy as np

from storycluster.kernels.flags import QUOTED
from storycluster.kernels.kinds import Kind
from storycluster.kernels.leaves import leaf

NOT_QUOTING = np.int64(255)
APOSTROPHE = int(Kind.APOSTROPHE)
SENTENCE_END = int(Kind.SENTENCE_END)
NEWLINE = int(Kind.NEWLINE)
NEUTRAL = int(Kind.NEUTRAL)
DOUBLE_LEFT = int(Kind.DOUBLE_LEFT)
DOUBLE_RIGHT = int(Kind.DOUBLE_RIGHT)
LOW = int(Kind.LOW)
GUILLEMET_LEFT = int(Kind.GUILLEMET_LEFT)
GUILLEMET_RIGHT = int(Kind.GUILLEMET_RIGHT)
CORNER_OPEN = int(Kind.CORNER_OPEN)
CORNER_CLOSE = int(Kind.CORNER_CLOSE)
SINGLE_OPEN = int(Kind.SINGLE_OPEN)
SINGLE_CLOSE = int(Kind.SINGLE_CLOSE)


@leaf
def opens(k, opened, after_word, ending, fresh):
    """Whether a mark begins a quotation.

    Args:
        k: The mark's kind.
        opened: Kind of the mark that opened the quotation at hand, NOT_QUOTING for none.
        after_word: A word ends right before it.
        ending: The end, white space or a closing sign follows.
        fresh: White space, an opening sign or the beginning stands before it.
    """
    if k == CORNER_OPEN or k == LOW:
        return True
    if k == DOUBLE_LEFT:
        return opened != LOW  # it closes a German quotation
    if k == GUILLEMET_LEFT:
        return (opened != GUILLEMET_RIGHT and not ending) or opened == NOT_QUOTING
    if k == GUILLEMET_RIGHT:
        return opened == NOT_QUOTING and not after_word and not ending
    if k == SINGLE_OPEN:
        return opened != LOW and not after_word
    if k == DOUBLE_RIGHT and (opened == DOUBLE_LEFT or opened == LOW):
        return False  # whatever stands before it: “up 5%”, “《…》”
    return (k == NEUTRAL or k == APOSTROPHE or k == DOUBLE_RIGHT) and fresh and not ending


@leaf
def closes(k, opened):
    """Whether a mark of kind ``k`` ends a quotation that a mark of kind ``opened`` began."""
    if opened == NEUTRAL:
        return k == NEUTRAL
    if opened == DOUBLE_LEFT or opened == DOUBLE_RIGHT:
        return k == DOUBLE_RIGHT or k == NEUTRAL
    if opened == LOW:
        return k == DOUBLE_LEFT or k == DOUBLE_RIGHT or k == NEUTRAL or k == SINGLE_OPEN
    if opened == GUILLEMET_LEFT:
        return k == GUILLEMET_RIGHT
    if opened == GUILLEMET_RIGHT:
        return k == GUILLEMET_LEFT
    if opened == CORNER_OPEN:
        return k == CORNER_CLOSE
    return k == APOSTROPHE or k == SINGLE_CLOSE


@leaf
def nests(k):
    """Whether marks of a kind tell an inner quotation from the end of an outer one; straight ones don't."""
    return k != NEUTRAL and k != APOSTROPHE


@leaf
def unquote(flags, first, stop):
    """Take the quotation flags of some words back."""
    for q in range(first, stop):
        flags[q] &= 0xFF ^ QUOTED
