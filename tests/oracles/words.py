"""The words of a text, their flags and hashes, in two passes over its characters: first words, then quotations."""

from __future__ import annotations

from dataclasses import dataclass

from oracles.folding import Unit, unit

QUOTED, NUMBER, CAPITAL = 1, 2, 4
SPANS = {"character": 3, "long character": 6}
LETTERS = ("letter", "capital")
CONTINUES = (*LETTERS, "digit", "mark")

CLOSERS = {
    "neutral": ("neutral",),
    "double left": ("double right", "neutral"),
    "double right": ("double right", "neutral"),
    "low": ("double left", "double right", "neutral", "single open"),
    "guillemet left": ("guillemet right",),
    "guillemet right": ("guillemet left",),
    "corner open": ("corner close",),
    "single open": ("apostrophe", "single close"),
}
"""What ends a quotation, by what began it (an apostrophe begins one as a single quote does)."""


@dataclass
class Word:
    """A word of the text.

    Args:
        fold: Its folded characters.
        flags: QUOTED | NUMBER | CAPITAL.
        letters: How many letters and digits it has.
        is_run: It is characters of a script without spaces.
    """

    fold: str
    flags: int = 0
    letters: int = 1
    is_run: bool = False


@dataclass
class Sign:
    """What stands between words.

    Args:
        unit: The character.
        rest: The text after it.
    """

    unit: Unit
    rest: str


Token = Word | Sign


def read_tokens(text: str) -> list[Token]:
    """Words and signs in order; characters that leave no trace are none."""
    places = [(i, found) for i, found in enumerate(map(unit, text)) if found.kind != "dropped"]
    units = [found for _, found in places]
    rests = [text[i + 1 :] for i, _ in places]
    tokens: list[Token] = []
    run: list[str] = []
    span = 3
    i = 0
    while i < len(units):
        kind = units[i].kind
        if kind in (*LETTERS, "digit"):
            word, i = read_word(units, rests, i)
            tokens.append(word)
            run = []
        elif kind in SPANS:
            if SPANS[kind] != span:
                run, span = [], SPANS[kind]
            character = units[i].fold
            i += 1
            while i < len(units) and units[i].kind == "mark":
                character += units[i].fold
                i += 1
            run.append(character)
            tokens.append(Word("".join(run[-span:]), is_run=True))
        else:
            if kind != "mark":  # a mark without a letter is nothing
                tokens.append(Sign(units[i], rests[i]))
            i += 1
    return tokens


def read_word(units: list[Unit], rests: list[str], first: int) -> tuple[Word, int]:
    """The word that begins at a place, and the place after it."""
    word = Word("", CAPITAL if units[first].kind == "capital" else 0, 0)
    spelled = False
    after_digit = False
    i = first
    while i < len(units):
        kind, rest = units[i].kind, rests[i]
        if kind in CONTINUES:
            word.fold += units[i].fold
            if kind != "mark":
                word.letters += i == first or not joins_syllable(units[i].char)
                after_digit = kind == "digit"
                word.flags |= NUMBER if after_digit else 0
        elif kind == "apostrophe":
            if not letters_from(units, i + 1):
                break
        elif after_digit and kind in ("point", "comma", "decimal"):
            if kind == "decimal" and rest:
                word.fold += "."
            elif kind == "decimal" or not is_digit(rest[:1]):
                break
            elif not (is_digit(rest[:3]) and len(rest[:3]) == 3 and not is_digit(rest[3:4])):
                word.fold += "."
        elif kind == "point" and (word.letters == 1 or spelled) and letters_from(units, i + 1) == 1:
            spelled = True
        else:
            break
        i += 1
    return word, i


def is_digit(chars: str) -> bool:
    """Whether they are all ASCII digits, and some."""
    return chars.isascii() and chars.isdigit()


def joins_syllable(char: str) -> bool:
    """Whether it is a Hangul vowel or final consonant: part of the syllable before it, as the composed form shows."""
    return "\u1160" <= char <= "\u11ff"


def letters_from(units: list[Unit], i: int) -> int:
    """How many letters stand in a row from a place on; two stand for more."""
    found = 0
    while i < len(units) and found < 2:
        if units[i].kind in LETTERS:
            found += not (found and joins_syllable(units[i].char))
        elif not (found and units[i].kind == "mark"):
            break
        i += 1
    return found


def opens(kind: str, opened: str, sign: Sign, after_word: bool, fresh: bool) -> bool:
    """Whether a sign begins a quotation."""
    ending = nothing_opens_before(sign.rest)
    if kind in ("low", "corner open"):
        return True
    if kind == "double left":
        return opened != "low"
    if kind == "single open":
        return opened != "low" and not after_word
    if kind == "guillemet left":
        return not opened or (opened != "guillemet right" and not ending)
    if kind == "guillemet right":
        return not opened and not after_word and not ending
    if kind == "double right" and opened in ("double left", "low"):
        return False
    return kind in ("neutral", "apostrophe", "double right") and fresh and not ending


def nothing_opens_before(rest: str) -> bool:
    """Whether the text goes on with the end, white space or a closing sign."""
    return rest[:1] <= " " or rest[0] in "!),:;?]}" or (rest[0] == "." and rest[1:2] <= " ")


def read_words(text: str, longest_quote: int = 250) -> list[Word]:
    """The words of a text with all their flags."""
    tokens = read_tokens(text)
    words: list[Word] = []
    opened, depth, quote_from = "", 0, 0
    fresh = line_start = True
    for previous, token in zip([None, *tokens], tokens, strict=False):
        if isinstance(token, Word):
            words.append(token)
            fresh = line_start = False
            if opened and len(words) - quote_from > longest_quote:
                opened = ""
            continue
        kind = token.unit.kind
        after_word = isinstance(previous, Word)
        if kind == "separator":
            fresh = True
            line_start = line_start and token.unit.char <= " "
        elif kind == "newline":
            fresh = line_start = True
        elif kind in ("sentence end", "point"):
            fresh = False
        elif kind in CLOSERS or kind in ("apostrophe", "single close", "corner close"):
            opener = "single open" if kind == "apostrophe" else kind
            if opens(kind, opened, token, after_word, fresh):
                if not opened or (opener == opened and (line_start or kind in ("neutral", "apostrophe"))):
                    if line_start and opened:  # the quotation goes on in the next paragraph
                        quote(words[quote_from:])
                    opened, depth, quote_from = opener, 1, len(words)
                elif opener == opened:
                    depth += 1
            elif opened and kind in CLOSERS[opened]:
                depth -= 1
                if depth == 0:
                    quote(words[quote_from:])
                    opened = ""
            line_start = False
    return words


def quote(words: list[Word]) -> None:
    for word in words:
        word.flags |= QUOTED


def word_hash(fold: str) -> int:
    """Eight bytes of UTF-8 at a time, multiplied and shifted; 32 bits, the last four of which are 0."""
    data = fold.encode()
    h = 0x9E3779B97F4A7C15
    for first in range(0, len(data), 8):
        h = (h ^ int.from_bytes(data[first : first + 8], "little")) * 0xBF58476D1CE4E5B9 % 2**64
        h ^= h >> 32
    return (h * 0x94D049BB133111EB % 2**64 >> 32) // 16 * 16


def digest(words: list[Word]) -> int:
    """The 64-bit hash of a text's words and flags."""
    h = 0xCBF29CE484222325
    for word in words:
        h = (h * 0x100000001B3 + word_hash(word.fold) + 1 + (word.flags << 32)) % 2**64
    return h ^ h >> 29
