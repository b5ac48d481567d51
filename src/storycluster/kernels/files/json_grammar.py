"""Checking JSON (RFC 8259) for its grammar and passing over it."""

from __future__ import annotations

import numpy as np

from storycluster.kernels.bits import trailing_zeros
from storycluster.kernels.files.json_bits import markup_of_64, seen_of_64, string_ends_of_64
from storycluster.kernels.files.json_strings import escaped_character
from storycluster.kernels.files.signs import (
    AMPERSAND,
    BACKSLASH,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    LESS,
    MINUS,
    NOT_PLAIN,
    OPEN_BRACE,
    OPEN_BRACKET,
    QUOTE,
    SPACE,
    STRETCH,
    ZERO,
)
from storycluster.kernels.leaves import leaf

LOWEST = np.array([(1 << bits) - 1 for bits in range(STRETCH + 1)], np.uint64)
"""Numbers with so many ones, lowest first."""
DEEPEST = 60
"""Levels of brackets: one bit each, with room to spare in 64."""
LONGEST_NUMBER = 15
"""Characters of a number that every parser reads alike."""


@leaf
def surely_filled(point):
    """Whether a character lies where there is neither white space nor control; of others it is left open."""
    return 0x21 <= point < 0x7F or 0xA1 <= point < 0x1680 or point > 0x3000


@leaf
def character_end(data, at):
    """The place after the UTF-8 character of several bytes at ``at`` (RFC 3629, section 4), NOT_PLAIN if it is none."""
    b, second = data[at], data[at + 1]
    if b < 0xC2 or second & 0xC0 != 0x80:
        return NOT_PLAIN
    if b < 0xE0:
        return at + 2
    if data[at + 2] & 0xC0 != 0x80:
        return NOT_PLAIN
    if b < 0xF0:
        if (b == 0xE0 and second < 0xA0) or (b == 0xED and second >= 0xA0):
            return NOT_PLAIN
        return at + 3
    if data[at + 3] & 0xC0 != 0x80 or b > 0xF4 or (b == 0xF0 and second < 0x90) or (b == 0xF4 and second >= 0x90):
        return NOT_PLAIN
    return at + 4


@leaf
def pass_string(data, at):
    """Check a string.

    Args:
        data: uint8: ends with a newline.
        at: The place after its opening quotation mark.

    Returns:
        The place after its closing one, NOT_PLAIN if it is no string; its characters; whether it has escapes, "<" or
        "&", and a character that is surely no white space.
    """
    characters = 0
    escaped = marked = filled = False
    while True:
        while at + STRETCH <= data.size:
            plain = trailing_zeros(string_ends_of_64(data, at))
            if plain:
                before = LOWEST[plain]
                marked |= markup_of_64(data, at) & before != 0
                filled |= seen_of_64(data, at) & before != 0
                characters += plain
                at += plain
            if plain < STRETCH:
                break
        while SPACE <= data[at] < 0x80 and data[at] != QUOTE and data[at] != BACKSLASH:
            b = data[at]
            marked |= (b == LESS) | (b == AMPERSAND)
            filled |= b > SPACE
            characters += 1
            at += 1
        b = data[at]
        if b == QUOTE:
            return at + 1, characters, escaped, marked, filled
        if b == BACKSLASH:
            point, at = escaped_character(data, at)
            if point < 0:
                return NOT_PLAIN, 0, False, False, False
            escaped = True
            marked |= (point == LESS) | (point == AMPERSAND)
            filled |= surely_filled(point)
            characters += 1
        elif b < SPACE:
            return NOT_PLAIN, 0, False, False, False
        while data[at] > 0x7F:
            b = data[at]
            # white space beyond ASCII begins with one of these (U+0085, U+00A0, U+1680, U+2000 …, U+3000)
            filled |= (b != 0xC2) & (b != 0xE1) & (b != 0xE2) & (b != 0xE3)
            at = character_end(data, at)
            if at < 0:
                return NOT_PLAIN, 0, False, False, False
            characters += 1


@leaf
def pass_space(data, at):
    """The place after white space, of which a newline is none here."""
    while data[at] == SPACE or data[at] == 9 or data[at] == 13:
        at += 1
    return at


@leaf
def pass_number(data, at):
    """The place after a number and whether it is a whole one; NOT_PLAIN if it is none, or one with an exponent."""
    begin = at
    if data[at] == MINUS:
        at += 1
    if data[at] == ZERO:
        at += 1
    elif not ZERO < data[at] <= 57:
        return NOT_PLAIN, False
    else:
        while ZERO <= data[at] <= 57:
            at += 1
    whole = data[at] != DOT
    if not whole:
        at += 1
        if not ZERO <= data[at] <= 57:
            return NOT_PLAIN, False
        while ZERO <= data[at] <= 57:
            at += 1
    if at - begin > LONGEST_NUMBER or data[at] == 101 or data[at] == 69:
        return NOT_PLAIN, False
    return at, whole


@leaf
def pass_word(data, at):
    """The place after true, false or null, NOT_PLAIN if it is none of these."""
    if data[at] == 116 and data[at + 1] == 114 and data[at + 2] == 117 and data[at + 3] == 101:
        return at + 4
    if data[at] == 110 and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108:
        return at + 4
    if (
        data[at] == 102 and data[at + 1] == 97 and data[at + 2] == 108 and data[at + 3] == 115
        and data[at + 4] == 101
    ):  # fmt: skip
        return at + 5
    return NOT_PLAIN


@leaf
def pass_key(data, at):
    """The place after a name and its colon, NOT_PLAIN if there is none."""
    at = pass_space(data, at)
    if data[at] != QUOTE:
        return NOT_PLAIN
    at = pass_string(data, at + 1)[0]
    if at < 0:
        return NOT_PLAIN
    at = pass_space(data, at)
    return at + 1 if data[at] == COLON else NOT_PLAIN


@leaf
def pass_value(data, at):
    """The place after any value, NOT_PLAIN if there is none."""
    depth = 0
    objects = np.uint64(0)  # a bit a level: whether it is an object
    one = np.uint64(1)
    while True:
        at = pass_space(data, at)
        b = data[at]
        if b == OPEN_BRACE or b == OPEN_BRACKET:
            at = pass_space(data, at + 1)
            if data[at] == (CLOSE_BRACE if b == OPEN_BRACE else CLOSE_BRACKET):
                at += 1
            else:
                depth += 1
                if depth > DEEPEST:
                    return NOT_PLAIN
                objects = objects << one
                if b == OPEN_BRACE:
                    objects |= one
                    at = pass_key(data, at)
                    if at < 0:
                        return NOT_PLAIN
                continue
        else:
            if b == QUOTE:
                at = pass_string(data, at + 1)[0]
            elif b == MINUS or ZERO <= b <= 57:
                at = pass_number(data, at)[0]
            else:
                at = pass_word(data, at)
            if at < 0:
                return NOT_PLAIN
        while depth:
            at = pass_space(data, at)
            within = objects & one != np.uint64(0)
            if data[at] == COMMA:
                at += 1
                if within:
                    at = pass_key(data, at)
                    if at < 0:
                        return NOT_PLAIN
                break
            if data[at] != (CLOSE_BRACE if within else CLOSE_BRACKET):
                return NOT_PLAIN
            at += 1
            depth -= 1
            objects = objects >> one
        else:
            return at
