"""JSON strings (RFC 8259) ↔ what they stand for."""

from __future__ import annotations

import numpy as np

from storycluster.kernels.bits import copy_bytes, trailing_zeros
from storycluster.kernels.files.json_bits import escapes_of_64
from storycluster.kernels.files.signs import BACKSLASH, NOT_PLAIN, QUOTE, SLASH, SPACE, STRETCH, ZERO
from storycluster.kernels.leaves import leaf


@leaf
def hex_value(data, at):
    """The value of four hexadecimal digits, NOT_PLAIN if they are none."""
    value = 0
    for i in range(4):
        b = data[at + i]
        if ZERO <= b <= 57:
            digit = b - ZERO
        elif 97 <= b <= 102:
            digit = b - 87
        elif 65 <= b <= 70:
            digit = b - 55
        else:
            return NOT_PLAIN
        value = 16 * value + digit
    return value


@leaf
def escaped_character(data, at):
    """The code point that an escape at ``at`` stands for and the place after it; NOT_PLAIN if it stands for none."""
    b = data[at + 1]
    if b == QUOTE or b == BACKSLASH or b == SLASH:
        return np.int64(b), at + 2
    if b == 110:
        return np.int64(10), at + 2
    if b == 116:
        return np.int64(9), at + 2
    if b == 114:
        return np.int64(13), at + 2
    if b == 98:
        return np.int64(8), at + 2
    if b == 102:
        return np.int64(12), at + 2
    if b != 117:
        return np.int64(NOT_PLAIN), at
    point = hex_value(data, at + 2)
    if 0xD800 <= point < 0xDC00:
        if data[at + 6] != BACKSLASH or data[at + 7] != 117:
            return np.int64(NOT_PLAIN), at
        low = hex_value(data, at + 8)
        if not 0xDC00 <= low < 0xE000:
            return np.int64(NOT_PLAIN), at
        return np.int64(0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)), at + 12
    if 0xDC00 <= point < 0xE000:
        return np.int64(NOT_PLAIN), at
    return np.int64(point), at + 6


@leaf
def put_character(out, at, point):
    """Write a code point in UTF-8; gives the place after it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | point >> 12
        out[at + 1] = 0x80 | point >> 6 & 0x3F
        out[at + 2] = 0x80 | point & 0x3F
        return at + 3
    out[at] = 0xF0 | point >> 18
    out[at + 1] = 0x80 | point >> 12 & 0x3F
    out[at + 2] = 0x80 | point >> 6 & 0x3F
    out[at + 3] = 0x80 | point & 0x3F
    return at + 4


@leaf
def find_escape(data, begin, end):
    """The place of the first backslash, or the end."""
    while begin + STRETCH <= end:
        plain = trailing_zeros(escapes_of_64(data, begin))
        begin += plain
        if plain < STRETCH:
            return begin
    while begin < end and data[begin] != BACKSLASH:
        begin += 1
    return begin


@leaf
def put_string(data, begin, end, out, at):
    """Write what a checked string stands for; gives the place after it."""
    while True:
        until = find_escape(data, begin, end)
        copy_bytes(data, begin, out, at, at + until - begin)
        at += until - begin
        if until == end:
            return at
        point, begin = escaped_character(data, until)
        at = put_character(out, at, point)


@leaf
def put_json(source, begin, end, out, at):
    """Write a string as JSON in its shortest form; gives the place after it."""
    out[at] = QUOTE
    at += 1
    for i in range(begin, end):
        b = source[i]
        if b == QUOTE or b == BACKSLASH:
            out[at] = BACKSLASH
            out[at + 1] = b
            at += 2
        elif b >= SPACE:
            out[at] = b
            at += 1
        else:
            letter = 110 if b == 10 else 116 if b == 9 else 114 if b == 13 else 98 if b == 8 else 102 if b == 12 else 0
            out[at] = BACKSLASH
            if letter:
                out[at + 1] = letter
                at += 2
            else:
                out[at + 1] = 117
                out[at + 2] = out[at + 3] = ZERO
                out[at + 4] = ZERO + (b >> 4)
                low = b & 15
                out[at + 5] = ZERO + low if low < 10 else 87 + low
                at += 6
    out[at] = QUOTE
    return at + 1


@leaf
def put_null(out, at):
    """Write null; gives the place after it."""
    out[at], out[at + 1], out[at + 2], out[at + 3] = 110, 117, 108, 108
    return at + 4


@leaf
def strings_to_json(source, start, out, out_start):
    """Write packed strings as packed JSON.

    Args:
        source: uint8: the strings in UTF-8.
        start: int64 (n + 1): where each begins.
        out: uint8, with room for six times their bytes and two more for each; written.
        out_start: int64 (n + 1), written.
    """
    out_start[0] = 0
    for i in range(start.size - 1):
        out_start[i + 1] = put_json(source, start[i], start[i + 1], out, out_start[i])
