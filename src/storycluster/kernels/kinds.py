"""What a code point can be to the kernel that reads words."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """What a code point does to the word being read."""

    SEPARATOR = 0
    LETTER = 1
    CAPITAL = 2
    DIGIT = 3
    MARK = 4
    """Belongs to the character before it (vowel sign, tone, voicing)."""
    DROPPED = 5
    """Leaves no trace: accents standing alone, joiners, soft hyphens, direction marks."""
    CHARACTER = 6
    """Of a script without spaces whose words are short (Han, kana)."""
    LONG_CHARACTER = 7
    """Of a script without spaces whose words are long (Thai, Lao, Khmer, Myanmar)."""
    APOSTROPHE = 8
    POINT = 9
    COMMA = 10
    DECIMAL = 11
    SENTENCE_END = 12
    NEWLINE = 13
    NEUTRAL = 14
    """The straight double quote."""
    DOUBLE_LEFT = 15
    DOUBLE_RIGHT = 16
    LOW = 17
    GUILLEMET_LEFT = 18
    GUILLEMET_RIGHT = 19
    CORNER_OPEN = 20
    CORNER_CLOSE = 21
    SINGLE_OPEN = 22
    SINGLE_CLOSE = 23
