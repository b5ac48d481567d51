"""Text → words, their hashes and fact flags: the twin of ``kernels.words``, quotation left out.

It reads the shipped table (``storycluster.folding``), whose own twin is ``tools/make_folding.py``.
"""

from __future__ import annotations

from functools import cache

from storycluster.folding import folding
from storycluster.kernels.kinds import Kind

Word = tuple[int, bool, bool]
"""Hash, whether it has a digit, whether it begins with a capital."""
SPANS = {Kind.CHARACTER: 3, Kind.LONG_CHARACTER: 6}


@cache
def character(code: int) -> tuple[Kind, tuple[int, ...]]:
    """A code point's kind, and what it folds to."""
    table = folding()
    slot = int(table.page[code >> 8]) * 256 + (code & 255)
    fold = int(table.fold[slot])
    if fold & 0x80000000:
        place = fold & 0x7FFFFFFF
        length = int(table.expansion[place])
        return Kind(int(table.kind[slot])), tuple(map(int, table.expansion[place + 1 : place + 1 + length]))
    return Kind(int(table.kind[slot])), (fold,)


def fnv(codes: list[int]) -> int:
    """64-bit FNV-1a over code points, folded to 32 bits."""
    h = 0xCBF29CE484222325
    for code in codes:
        h = (h ^ code) * 0x100000001B3 % 2**64
    return (h ^ h >> 32) % 2**32


def begins_letter(byte: int) -> bool:
    return chr(byte | 32) in "abcdefghijklmnopqrstuvwxyz" or 0xC3 <= byte <= 0xE1 or byte >= 0xE4


def digits(data: bytes) -> int:
    """How many ASCII digits data begins with."""
    return len(data) - len(data.lstrip(b"0123456789"))


class Reader:
    """Reads one text's words."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.letters: list[list[int]] = []  # of the word at hand, one item a letter with its marks and points
        self.is_number = self.is_capital = self.spelled = self.after_digit = False
        self.reading: Kind | None = None
        self.run: list[list[int]] = []  # characters of the script without spaces read last
        self.run_kind = Kind.CHARACTER

    def end_word(self) -> None:
        if self.reading is Kind.LETTER:
            codes = [code for letter in self.letters for code in letter]
            self.words.append((fnv(codes), self.is_number, self.is_capital))
        elif self.reading is not None:
            codes = [code for char in self.run[-SPANS[self.run_kind] :] for code in char]
            self.words.append((fnv(codes), False, False))
        self.reading = None

    def point(self, kind: Kind, ahead: bytes) -> bool:
        """Whether an apostrophe, point or comma belongs to the word at hand; ``ahead`` are the bytes after it."""
        if not ahead:
            return False
        if kind is Kind.APOSTROPHE:
            return begins_letter(ahead[0])
        if self.after_digit:
            if kind is Kind.DECIMAL or digits(ahead) > 0:
                if kind is Kind.DECIMAL or digits(ahead) != 3:
                    self.letters[-1].append(ord("."))
                return True
            return False
        spelling = kind is Kind.POINT and (len(self.letters) == 1 or self.spelled)
        if spelling and begins_letter(ahead[0]) and not (len(ahead) > 1 and begins_letter(ahead[1])):
            self.spelled = True
            return True
        return False

    def read(self, text: str) -> list[Word]:
        for i, char in enumerate(text):
            kind, fold = character(ord(char))
            if kind is Kind.DROPPED:
                continue
            if self.reading is Kind.LETTER:
                if kind in (Kind.LETTER, Kind.CAPITAL, Kind.DIGIT):
                    self.letters.append(list(fold))
                    self.after_digit = kind is Kind.DIGIT
                    self.is_number |= self.after_digit
                    continue
                if kind is Kind.MARK:
                    self.letters[-1] += fold
                    continue
                ahead = text[i + 1 : i + 5].encode("utf-8", "surrogatepass")
                if Kind.APOSTROPHE <= kind <= Kind.DECIMAL and self.point(kind, ahead):
                    continue
            elif self.reading is not None and kind is Kind.MARK:
                self.run[-1] += fold
                continue
            self.end_word()
            if kind in (Kind.LETTER, Kind.CAPITAL, Kind.DIGIT):
                self.reading = Kind.LETTER
                self.letters = [list(fold)]
                self.after_digit = self.is_number = kind is Kind.DIGIT
                self.is_capital = kind is Kind.CAPITAL
                self.spelled = False
                self.run = []
            elif kind in SPANS:
                if kind is not self.run_kind:
                    self.run_kind, self.run = kind, []
                self.reading = kind
                self.run.append(list(fold))
        self.end_word()
        return self.words


def read_words(text: str) -> list[Word]:
    """The words of a text."""
    return Reader().read(text)
