"""What two texts share, with Python's sets and lists: the slow twin of the evidence that verification reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from oracles.words import CAPITAL, NUMBER, QUOTED

FURNITURE = 8
Shingle = tuple[int, ...]
Flagged = tuple[Sequence[int], Sequence[int]]
"""The words of a text, and their flags."""


def shingles(words: Sequence[int], width: int) -> list[Shingle]:
    """The shingles in order; a text shorter than ``width`` is one, an empty one none."""
    width = min(width, len(words))
    return [tuple(words[i : i + width]) for i in range(len(words) - width + 1)] if words else []


def covered(words: Sequence[int], width: int, shared: set[Shingle]) -> list[bool]:
    """Whether each word stands in a shared shingle."""
    inside = [False] * len(words)
    for i, shingle in enumerate(shingles(words, width)):
        if shingle in shared:
            inside[i : i + len(shingle)] = [True] * len(shingle)
    return inside


def side(words: Sequence[int], flags: Sequence[int], inside: Sequence[bool], run: int) -> dict[str, int]:
    """What of one text lies in what is shared."""
    runs = []
    for shared, places in groupby(range(len(words)), key=lambda i: inside[i]):
        stretch = list(places)
        if shared and len(stretch) >= run:
            runs.append(stretch)
    prose = [i for i in range(len(words)) if not flags[i] & (QUOTED | FURNITURE)]
    told = {i for stretch in runs for i in stretch}
    return {
        "PROSE": len(prose),
        "TOLD": sum(i in told for i in prose),
        "COVERED": sum(inside),
        "FIRST": min(told, default=len(words)),
        "LAST": max(told, default=-1) + 1,
        "OWN": sum(not flag & FURNITURE for flag in flags),
    }


def alignment(
    left: Sequence[Shingle], right: Sequence[Shingle], words: int, width: int, gap: int, *, ordered: bool
) -> list[tuple[int, int] | None]:
    """Where each shingle of the right text stands in the left one, of ``words`` words.

    After the one before it; else at its first place, or if ``ordered``, where that lies before what was found last, at
    the first place from there on within a gap, if there is one.
    """
    found: list[tuple[int, int] | None] = []
    expected = -1
    end = 0
    for i, shingle in enumerate(right):
        if shingle not in left:
            expected = -1
            found.append(None)
            continue
        place = left.index(shingle)
        soon = [at for at in range(max(0, end - width + 1), min(end + gap + 1, len(left))) if left[at] == shingle]
        if 0 <= expected < len(left) and left[expected] == shingle:
            place = expected
        elif ordered and place + width <= end and soon:
            place = soon[0]
        found.append((place, i))
        expected = place + 1
        end = min(place + width, words)
    return found


def gaps(
    left: Sequence[int], right: Sequence[int], width: int, gap: int, *, ordered: bool
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The stretches of either text that stand in each other's place, at most ``gap`` words each."""
    left_end = right_end = 0
    stretches = []
    before = None
    found = alignment(shingles(left, width), shingles(right, width), len(left), width, gap, ordered=ordered)
    for aligned in [*found, (len(left), len(right))]:
        if aligned is not None:
            place, i = aligned
            follows = before is not None and (place, i) == (before[0] + 1, before[1] + 1) and i < len(right)
            if not follows and left_end < place <= left_end + gap and right_end < i <= right_end + gap:
                stretches.append(((left_end, place), (right_end, i)))
            left_end, right_end = min(place + width, len(left)), min(i + width, len(right))
        before = aligned
    return stretches


def replaced(left: Flagged, right: Flagged, width: int, gap: int, *, ordered: bool) -> dict[str, int]:
    """What stands in each other's place: words with digits, and capitalized ones."""
    (left_words, left_flags), (right_words, right_flags) = left, right
    found = {"OTHER_NUMBERS": 0, "OTHER_CAPITALS": 0}
    for (a, b), (c, d) in gaps(left_words, right_words, width, gap, ordered=ordered):
        for name, flag in (("OTHER_NUMBERS", NUMBER), ("OTHER_CAPITALS", CAPITAL)):
            only_left = [w for w, f in zip(left_words[a:b], left_flags[a:b], strict=True) if f & flag]
            only_right = [w for w, f in zip(right_words[c:d], right_flags[c:d], strict=True) if f & flag]
            found[name] += min(
                sum(w not in right_words[c:d] for w in only_left), sum(w not in left_words[a:b] for w in only_right)
            )
    return found


def evidence(
    left: tuple[Sequence[int], Sequence[int]],
    right: tuple[Sequence[int], Sequence[int]],
    width: int,
    run: int,
    gap: int,
    opening: int,
    least: float,
) -> dict[str, int]:
    """All columns of the evidence about two texts, each given as words and flags, by name."""
    (left_words, left_flags), (right_words, right_flags) = left, right
    shared = set(shingles(left_words, width)) & set(shingles(right_words, width))
    left_inside, right_inside = covered(left_words, width, shared), covered(right_words, width, shared)
    found = {"SHARED": len(shared)}
    found |= {f"LEFT_{name}": n for name, n in side(left_words, left_flags, left_inside, run).items()}
    found |= {f"RIGHT_{name}": n for name, n in side(right_words, right_flags, right_inside, run).items()}
    agreeing = [flag for flag, inside in zip(right_flags, right_inside, strict=True) if inside]
    found["SAME_NUMBERS"] = sum(bool(flag & NUMBER) for flag in agreeing)
    found["SAME_CAPITALS"] = sum(bool(flag & CAPITAL) and not flag & NUMBER for flag in agreeing)
    found |= replaced(left, right, width, gap, ordered=False)
    in_order = replaced(left, right, width, gap, ordered=True)["OTHER_NUMBERS"]
    found["OTHER_NUMBERS"] = max(found["OTHER_NUMBERS"], in_order)
    found["OPENING_KNOWN"] = -1
    sides = ((found["LEFT_FIRST"], left_words, right_words), (found["RIGHT_FIRST"], right_words, left_words))
    told = any(found[f"{side}_TOLD"] > least * found[f"{side}_PROSE"] for side in ("LEFT", "RIGHT"))
    if told and all(opening <= first < len(own) for first, own, _ in sides):
        found["OPENING_KNOWN"] = sum(word in other for _, own, other in sides for word in own[:opening])
    return found
