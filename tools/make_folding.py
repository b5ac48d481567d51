"""Write src/storycluster/folding.npz: what each Unicode code point is to the fingerprint, and what it folds to.

The table is shipped, not computed at run time, because Python versions carry different Unicode versions and the same
text must give the same fingerprint under all of them. Run it under the oldest supported Python (3.11, Unicode 14.0)::

    python tools/make_folding.py

and raise ``FOLDING_VERSION`` in ``storycluster/folding.py`` when the table changes: it is part of the recipe.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np

from storycluster.kernels.kinds import Kind

OUT = Path(__file__).parents[1] / "src/storycluster/folding.npz"

# Marks that are accents and fold away: Latin, Greek, Cyrillic combining marks, Hebrew and Arabic points (with the
# Koranic ones). Every other mark (Devanagari vowel signs, Thai tones, kana voicing …) is part of its word and stays.
ACCENTS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
    (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
    (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED), (0x08D3, 0x08FF),
)  # fmt: skip
# Letters that Unicode doesn't take apart and that outlets write plainly: Łódź and Lodz, Yıldırım and Yildirim, cœur and
# coeur, Tromsø and Tromso.
PLAIN = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
# Written without spaces, a word being some 1.5 characters: Han, kana, bopomofo.
SHORT_RUN = (
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x3100, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip
# Written without spaces in an alphabet, a word being some 4 characters: Thai, Lao, Myanmar, Khmer.
LONG_RUN = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))

MARKS = {
    Kind.APOSTROPHE: "'\u2019\u02bc\uff07",
    Kind.SINGLE_OPEN: "\u2018\u2039",
    Kind.SINGLE_CLOSE: "\u203a",
    Kind.LOW: "\u201e\u201a",
    Kind.DOUBLE_LEFT: "\u201c\u201f",
    Kind.DOUBLE_RIGHT: "\u201d",
    Kind.NEUTRAL: '"\uff02',
    Kind.GUILLEMET_LEFT: "\u00ab",
    Kind.GUILLEMET_RIGHT: "\u00bb",
    Kind.CORNER_OPEN: "\u300c\u300e\ufe41\ufe43\uff62\u301d",
    Kind.CORNER_CLOSE: "\u300d\u300f\ufe42\ufe44\uff63\u301e\u301f",
    Kind.POINT: ".\uff0e",
    Kind.COMMA: ",\uff0c",
    Kind.DECIMAL: "\u066b",
    Kind.SENTENCE_END: "!?\u3002\uff01\uff1f\u061f\u06d4\u0964\u0965\u2026\uff61",
    Kind.NEWLINE: "\n\u2028\u2029\u0085",
    Kind.DROPPED: "\u066c\u0640",  # Arabic thousands separator and tatweel
}
KIND_OF = {ord(char): kind for kind, chars in MARKS.items() for char in chars}


def within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def folded(char: str) -> str:
    """Case, compatibility form, accents and strokes folded; digits of any script as ASCII digits; punctuation gone."""
    compatible = unicodedata.normalize("NFKD", char)
    out = []
    for c in unicodedata.normalize("NFKD", compatible.casefold()):
        category = unicodedata.category(c)
        if ord(c) in KIND_OF:  # tatweel in a presentation form, the apostrophe in ŉ: no part of a word elsewhere either
            continue
        if category == "Nd":
            out.append(str(unicodedata.digit(c)))
        elif category[0] in "LN" or (category[0] == "M" and not within(ord(c), ACCENTS)):
            out.append(PLAIN.get(c, c))
    return "".join(out)


def entry(code: int) -> tuple[Kind, str]:
    if code in KIND_OF:
        return KIND_OF[code], ""
    char = chr(code)
    category = unicodedata.category(char)
    if category == "Cf":
        return Kind.DROPPED, ""
    if category[0] in "CZP":
        return Kind.SEPARATOR, ""
    fold = folded(char)
    if category[0] in "LM" and not fold:
        return Kind.DROPPED, ""
    if category[0] == "M":
        return Kind.MARK, fold
    if not fold:
        return Kind.SEPARATOR, ""
    if category == "Nd":
        return Kind.DIGIT, fold
    if category[0] == "S" and not fold.isalpha():
        return Kind.SEPARATOR, ""
    first = ord(fold[0])
    if within(code, SHORT_RUN) or within(first, SHORT_RUN):
        return Kind.CHARACTER, fold
    if within(code, LONG_RUN):
        return Kind.LONG_CHARACTER, fold
    return (Kind.CAPITAL if category in ("Lu", "Lt") else Kind.LETTER), fold


def main() -> None:
    kinds = np.zeros(0x110000, np.uint8)
    folds = np.zeros(0x110000, np.uint32)
    expansions: list[int] = []
    known: dict[str, int] = {}
    for code in range(0x110000):
        kind, fold = entry(code)
        kinds[code] = kind
        if len(fold) == 1:
            folds[code] = ord(fold)
        elif fold:
            if fold not in known:
                known[fold] = len(expansions)
                expansions += [len(fold), *map(ord, fold)]
            folds[code] = 0x80000000 | known[fold]
    # Two stages: 4,352 pages of 256 code points, equal pages kept once.
    pages: dict[bytes, int] = {}
    page_of = np.zeros(0x1100, np.uint16)
    kept: list[slice] = []
    for page in range(0x1100):
        span = slice(page * 256, page * 256 + 256)
        key = kinds[span].tobytes() + folds[span].tobytes()
        if key not in pages:
            pages[key] = len(kept)
            kept.append(span)
        page_of[page] = pages[key]
    np.savez_compressed(
        OUT,
        page=page_of,
        kind=np.concatenate([kinds[span] for span in kept]),
        fold=np.concatenate([folds[span] for span in kept]),
        expansion=np.array(expansions, np.uint32),
    )
    print(f"{OUT.name}: Unicode {unicodedata.unidata_version}, {len(kept)} pages, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
