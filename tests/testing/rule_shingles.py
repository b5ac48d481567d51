"""The usual rules for "same story" in plain Python, to rank them on simulated pairs."""

from __future__ import annotations

import re
import unicodedata

QUOTED = re.compile(r"“[^”]*”|«[^»]*»|「[^」]*」|\"[^\"]*\"|„[^“]*“|”[^”]*”|‘[^’]*’")
UNITS = re.compile(r"[぀-ヿ一-鿿฀-๿]|[^\W_]+")

Shingles = frozenset[tuple[str, ...]]


def words(text: str) -> list[str]:
    """Folded words; single letters where the script has no spaces."""
    return UNITS.findall(unicodedata.normalize("NFKC", text).lower())


def shingles(text: str, size: int) -> Shingles:
    units = words(text)
    return frozenset(tuple(units[i : i + size]) for i in range(len(units) - size + 1))


def prose(text: str) -> str:
    """The text without quoted speech."""
    return QUOTED.sub(" ", text)


def jaccard(a: Shingles, b: Shingles) -> float:
    return len(a & b) / len(a | b) if a or b else 0.0


def containment(a: Shingles, b: Shingles) -> float:
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def rate(precise: int, joined: int) -> float:
    return precise / joined if joined else 1.0
