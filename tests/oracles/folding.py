"""What a character is and what it folds to, read off Unicode's own properties and names rather than a table."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

TABLE_UNICODE = "14.0.0"
"""The Unicode version of the shipped table: under another one, characters unassigned in either are passed over."""

SHORT = (
    "CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH", "HIRAGANA", "HENTAIGANA", "KATAKANA LETTER", "KATAKANA-HIRAGANA",
    "KATAKANA ITERATION", "KATAKANA VOICED ITERATION", "KATAKANA DIGRAPH", "HALFWIDTH KATAKANA", "BOPOMOFO",
    "IDEOGRAPHIC ITERATION", "IDEOGRAPHIC CLOSING", "IDEOGRAPHIC NUMBER",
)  # fmt: skip
LONG = ("THAI", "LAO", "MYANMAR", "KHMER")

MARKS = {
    "apostrophe": "'’ʼ＇",
    "single open": "‘‹",
    "single close": "›",
    "low": "„‚",
    "double left": "“‟",
    "double right": "”",
    "neutral": '"＂',
    "guillemet left": "«",
    "guillemet right": "»",
    "corner open": "「『﹁﹃｢〝",
    "corner close": "」』﹂﹄｣〞〟",
    "point": ".．",
    "comma": ",，",
    "decimal": "٫",
    "sentence end": "!?。！？؟۔।॥…｡",
    "newline": "\n\u2028\u2029\x85",
    "dropped": "٬ـ",
}
MARK_OF = {char: name for name, chars in MARKS.items() for char in chars}


class Unit(NamedTuple):
    """A character: what it is, and what it folds to."""

    char: str
    kind: str
    fold: str


# Marks of manuscripts, chant and the Koran whose names are like those of accents: the table leaves them in their words.
RARE_MARKS = (
    (0x0898, 0x08D2), (0x2DE0, 0x2DFF), (0xA66F, 0xA69F), (0xA8E0, 0xA8F1), (0xFB1E, 0xFB1E), (0x10000, 0x10FFFF),
)  # fmt: skip


def is_accent(char: str) -> bool:
    """A mark that is an accent or a point, not a vowel sign that is part of its word."""
    if unicodedata.category(char)[0] != "M" or any(low <= ord(char) <= high for low, high in RARE_MARKS):
        return False
    name = unicodedata.name(char, "")
    return name.startswith(("COMBINING ", "HEBREW ", "ARABIC ")) and "KATAKANA-HIRAGANA" not in name


def plain(char: str) -> str:
    """A small Latin letter that is written plainly, too: without its stroke, with its dot, as two letters."""
    name = unicodedata.name(char, "")
    if stroked := re.fullmatch("LATIN SMALL LETTER ([DHLOT]) WITH STROKE", name):
        return stroked[1].lower()
    if double := re.fullmatch("LATIN SMALL (?:LETTER|LIGATURE) (AE|OE)", name):
        return double[1].lower()
    return "i" if name == "LATIN SMALL LETTER DOTLESS I" else char


def fold(char: str) -> str:
    """Compatibility form, case folded, accents and strokes taken off; letters, marks and digits alone."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = [c for c in decomposed if unicodedata.category(c)[0] in "LMN" and not is_accent(c) and c not in MARK_OF]
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else plain(c) for c in kept)


def unit(char: str) -> Unit:
    """What one character is."""
    if char in MARK_OF:
        return Unit(char, MARK_OF[char], "")
    category = unicodedata.category(char)
    folded = fold(char)
    if category == "Cf" or (category[0] in "LM" and not folded):
        return Unit(char, "dropped", "")
    if category[0] == "M":
        return Unit(char, "mark", folded)
    if category[0] in "CZP" or not folded or (category[0] == "S" and not folded.isalpha()):
        return Unit(char, "separator", "")
    if category == "Nd":
        return Unit(char, "digit", folded)
    names = [unicodedata.name(c, "") for c in (char, folded[0])]
    if any(name.startswith(SHORT) and "MINNAN" not in name for name in names):
        return Unit(char, "character", folded)
    if names[0].startswith(LONG):
        return Unit(char, "long character", folded)
    return Unit(char, "capital" if category in ("Lu", "Lt") else "letter", folded)
