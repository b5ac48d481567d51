"""Whether two texts may be one story, told from sets: the slow twin of what is sifted out before texts are compared."""

from __future__ import annotations

from oracles.overlap import Flagged, covered, shingles, side
from storycluster import Settings


def may_be_same(left: Flagged, right: Flagged, settings: Settings) -> bool:
    """Whether enough of the text with fewer words, the right one of equal ones, is shared for any clause that joins."""
    width, run = settings.shingle_width, settings.run
    longer, shorter = (left, right) if len(right[0]) <= len(left[0]) else (right, left)
    shared = set(shingles(longer[0], width)) & set(shingles(shorter[0], width))
    most, least = (side(*text, covered(text[0], width, shared), run) for text in (longer, shorter))
    by_prose = min(most["OWN"], least["OWN"], most["PROSE"], least["PROSE"]) >= settings.min_prose
    own_share = min(found["OWN"] / max(len(text[0]), 1) for found, text in ((most, longer), (least, shorter)))
    whole = not by_prose or own_share < settings.own_share
    if least["COVERED"] / max(len(shorter[0]), 1) < (settings.quoted_share if whole else settings.covered_share):
        return False
    if not by_prose or least["PROSE"] > most["PROSE"]:
        return True
    return least["TOLD"] / max(least["PROSE"], 1) >= min(settings.told_share, settings.told_share_outlet)
