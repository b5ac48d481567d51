"""JSON lines → the columns of articles, for lines that are plain; what is unusual is left to whoever called.

A line is plain if it is one JSON object (RFC 8259, in UTF-8) whose known names hold strings, null, or a whole number
as id, each name once and in the case in which it is known, with a text that isn't blank, and a date written as ISO 8601
has it. What stands under other names is checked for its grammar and passed over. A line that isn't plain is not thereby
wrong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from storycluster.kernels.bits import copy_bytes, trailing_zeros
from storycluster.kernels.json_bits import escapes_of_64, markup_of_64, seen_of_64, string_ends_of_64
from storycluster.kernels.leaves import leaf

FIELDS = ID, TEXT, TITLE, OUTLET, URL, PUBLISHED, LANGUAGE = range(7)
ABSENT, STRING, NUMBER = range(3)
"""What a field holds: nothing, a string that isn't blank, or a whole number."""
NOT_PLAIN = -1
UNKNOWN, OTHER_CASE = np.int64(-1), np.int64(-2)
"""What stands for the row of a name that isn't known, or that is by small letters and capitals alone."""
STRETCH = 64
"""Bytes that are looked at together."""
LOWEST = np.array([(1 << bits) - 1 for bits in range(STRETCH + 1)], np.uint64)
"""Numbers with so many ones, lowest first."""
DEEPEST = 60
"""Levels of brackets: one bit each, with room to spare in 64."""
LONGEST_NUMBER = 15
"""Characters of a number that every parser reads alike."""
QUOTE, BACKSLASH, NEWLINE, COMMA, COLON, MINUS, PLUS, DOT = 34, 92, 10, 44, 58, 45, 43, 46
OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET = 123, 125, 91, 93
LESS, AMPERSAND, SLASH, ZERO, SPACE = 60, 38, 47, 48, 32
SECOND = 1_000_000
DAY = 86_400 * SECOND


class Names(NamedTuple):
    """The names that are understood, one row each.

    data: uint8; start: int64 (names + 1): the names.
    field: int64: which field each one is of.
    rank: int64: its place among the field's names: the first that holds something counts.
    """

    data: Any
    start: Any
    field: Any
    rank: Any


class Rows(NamedTuple):
    """The columns that are written, one row a line, and pools with room for them; a row ends where the next one begins.

    begin, size: int64: where the line begins, and its bytes, its end included.
    unusual: bool: the line isn't plain, and its row is empty.
    text, text_start: uint8 pool and int64 starts of the texts in UTF-8; characters: int64 of each;
    marked: bool: it holds "<" or "&".
    id, id_start: pool of the ids, empty where there is none.
    title, title_start: pool of the titles.
    outlet, outlet_start: pool of the outlets' names.
    piece, piece_start: pool of JSON: three rows an article, its title, url and date.
    moment: int64: microseconds since 1970, ``unknown`` where there is no date; day: bool: only the day is known;
    naive: bool: there was no zone.
    """

    begin: Any
    size: Any
    unusual: Any
    text: Any
    text_start: Any
    characters: Any
    marked: Any
    id: Any
    id_start: Any
    title: Any
    title_start: Any
    outlet: Any
    outlet_start: Any
    piece: Any
    piece_start: Any
    moment: Any
    day: Any
    naive: Any


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
def figures(data, at, count):
    """The number that so many digits spell, NOT_PLAIN if one is none."""
    value = 0
    for i in range(count):
        b = data[at + i]
        if not ZERO <= b <= 57:
            return NOT_PLAIN
        value = 10 * value + (b - ZERO)
    return value


@leaf
def put_figures(out, at, value, count):
    """Write a number in so many digits; gives the place after them."""
    for i in range(count):
        out[at + count - 1 - i] = ZERO + value % 10
        value //= 10
    return at + count


@leaf
def days_since_1970(year, month, day, unknown):
    """Days from 1 January 1970 to a day; ``unknown`` if it isn't in the calendar.

    The count of days is Hinnant's (howardhinnant.github.io/date_algorithms.html, days_from_civil).
    """
    if not 1 <= month <= 12 or day < 1:
        return unknown
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 29 if leap else 28
    if month != 2:
        longest = 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31
    if day > longest:
        return unknown
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@leaf
def put_date(data, begin, end, out, at, unknown):
    """Read a date in ISO 8601 of a year from 1000 on, and write it as JSON; ``unknown`` stands for no time.

    Read are YYYY-MM-DD, and with T or a space HH:MM:SS, up to six digits of its fraction, and Z or ±HH:MM; a time
    without a zone is of UTC.

    Returns:
        The place after it, NOT_PLAIN if it is written in another way or is no date; microseconds since 1970; whether
        it is a day alone; whether it had no zone.
    """
    refused = NOT_PLAIN, unknown, False, False
    size = end - begin
    if size < 10 or not 49 <= data[begin] <= 50 or data[begin + 4] != MINUS or data[begin + 7] != MINUS:
        return refused
    year, month, day = figures(data, begin, 4), figures(data, begin + 5, 2), figures(data, begin + 8, 2)
    if year < 0 or month < 0 or day < 0:
        return refused
    days = days_since_1970(year, month, day, unknown)
    if days == unknown:
        return refused
    out[at] = QUOTE
    for i in range(10):
        out[at + 1 + i] = data[begin + i]
    if size == 10:
        out[at + 11] = QUOTE
        return at + 12, days * DAY, True, False
    if size < 19 or (data[begin + 10] != 84 and data[begin + 10] != SPACE):
        return refused
    hour, minute, second = figures(data, begin + 11, 2), figures(data, begin + 14, 2), figures(data, begin + 17, 2)
    if data[begin + 13] != COLON or data[begin + 16] != COLON:
        return refused
    if not 0 <= hour < 24 or not 0 <= minute < 60 or not 0 <= second < 60:
        return refused
    out[at + 11] = 84
    for i in range(11, 19):
        out[at + 1 + i] = data[begin + i]
    at += 20
    place = begin + 19
    fraction = digits = 0
    if place < end and data[place] == DOT:
        place += 1
        while place < end and digits < 6 and ZERO <= data[place] <= 57:
            fraction = 10 * fraction + (data[place] - ZERO)
            digits += 1
            place += 1
        if digits == 0:
            return refused
        fraction *= 10 ** (6 - digits)
        if fraction:
            out[at] = DOT
            at = put_figures(out, at + 1, fraction, 6)
    offset = 0
    naive = place == end
    if not naive:
        sign = data[place]
        if sign == 90 and place + 1 == end:
            offset = 0
        elif (sign == PLUS or sign == MINUS) and place + 6 == end and data[place + 3] == COLON:
            hours, minutes = figures(data, place + 1, 2), figures(data, place + 4, 2)
            if not 0 <= hours < 24 or not 0 <= minutes < 60:
                return refused
            offset = 60 * hours + minutes
            if sign == MINUS:
                offset = -offset
        else:
            return refused
    out[at] = MINUS if offset < 0 else PLUS
    at = put_figures(out, at + 1, abs(offset) // 60, 2)
    out[at] = COLON
    at = put_figures(out, at + 1, abs(offset) % 60, 2)
    out[at] = QUOTE
    moment = days * DAY + (hour * 3600 + minute * 60 + second - offset * 60) * SECOND + fraction
    return at + 1, moment, False, naive


@leaf
def small(byte):
    """A letter of ASCII as a small one, any other byte as it is."""
    return byte | np.uint8(0x20) if 65 <= byte <= 90 else byte


@leaf
def find_name(names, data, begin, end):
    """The row of a name, UNKNOWN if it isn't known, OTHER_CASE if it is in another case alone."""
    size = end - begin
    found = UNKNOWN
    for row in range(names.field.size):
        first = names.start[row]
        if names.start[row + 1] - first == size and small(names.data[first]) == small(data[begin]):
            alike = same = True
            for i in range(size):
                same &= names.data[first + i] == data[begin + i]
                if small(names.data[first + i]) != small(data[begin + i]):
                    alike = False
                    break
            if alike and same:
                return np.int64(row)
            if alike:
                found = OTHER_CASE
    return found


@leaf
def find_fields(data, at, names, kind, begin, end, escaped, characters, marked, rank):
    """Find what stands where in a line, by field.

    Args:
        data: uint8: ends with a newline.
        at: Where the line begins.
        names: Names.
        kind: int64 (fields), written: ABSENT, STRING or NUMBER; all that follow are written for those present.
        begin: int64: where the string begins within its quotation marks, or the number.
        end: int64: where it ends.
        escaped: bool: it has escapes.
        characters: int64: its characters.
        marked: bool: it holds "<" or "&".
        rank: int64: which of the field's names it stands under.

    Returns:
        The place after the line's closing bracket, NOT_PLAIN if the line isn't plain.
    """
    kind[:] = ABSENT
    rank[:] = names.field.size
    met = np.uint64(0)
    at = pass_space(data, at)
    if data[at] != OPEN_BRACE:
        return NOT_PLAIN
    at = pass_space(data, at + 1)
    while True:
        if data[at] != QUOTE:
            return NOT_PLAIN
        key = at + 1
        at, _, key_escaped, _, _ = pass_string(data, key)
        if at < 0 or key_escaped:
            return NOT_PLAIN
        row = find_name(names, data, key, at - 1)
        at = pass_space(data, at)
        if data[at] != COLON:
            return NOT_PLAIN
        at = pass_space(data, at + 1)
        if row == OTHER_CASE:
            return NOT_PLAIN
        if row == UNKNOWN:
            at = pass_value(data, at)
            if at < 0:
                return NOT_PLAIN
        else:
            bit = np.uint64(1) << np.uint64(row)
            if met & bit:
                return NOT_PLAIN
            met |= bit
            field = names.field[row]
            found = ABSENT
            first = last = at
            count, has_escapes, has_marks = 0, False, False
            if data[at] == QUOTE:
                first = at + 1
                at, count, has_escapes, has_marks, filled = pass_string(data, first)
                if at < 0 or (not filled and at - 1 > first):
                    return NOT_PLAIN
                found = STRING if filled else ABSENT
                last = at - 1
            elif field == ID and (data[at] == MINUS or ZERO <= data[at] <= 57):
                at, whole = pass_number(data, at)
                if at < 0 or not whole or data[first] == MINUS:
                    return NOT_PLAIN
                found = NUMBER
                last = at
            else:
                last = at = pass_word(data, at)
                if at < 0 or data[first] != 110:
                    return NOT_PLAIN
            if found != ABSENT and names.rank[row] < rank[field]:
                rank[field], kind[field], begin[field], end[field] = names.rank[row], found, first, last
                escaped[field], characters[field], marked[field] = has_escapes, count, has_marks
        at = pass_space(data, at)
        if data[at] == COMMA:
            at = pass_space(data, at + 1)
            continue
        return at + 1 if data[at] == CLOSE_BRACE else NOT_PLAIN


@leaf
def read_line(data, at, names, rows, n, kind, begin, end, escaped, characters, marked, rank, unknown):
    """Read a line into a row; gives the place after it, NOT_PLAIN if it isn't plain.

    Arguments as for ``find_fields`` and ``read_lines``.
    """
    after = find_fields(data, at, names, kind, begin, end, escaped, characters, marked, rank)
    if after < 0 or kind[TEXT] != STRING or (kind[PUBLISHED] != ABSENT and escaped[PUBLISHED]):
        return NOT_PLAIN
    after = pass_space(data, after)
    if data[after] != NEWLINE:
        return NOT_PLAIN
    at = rows.id_start[n]
    rows.id_start[n + 1] = at
    if kind[ID] != ABSENT:
        rows.id_start[n + 1] = put_string(data, begin[ID], end[ID], rows.id, at)
    at = rows.title_start[n]
    rows.title_start[n + 1] = at
    if kind[TITLE] != ABSENT:
        rows.title_start[n + 1] = put_string(data, begin[TITLE], end[TITLE], rows.title, at)
    pieces = put_json(rows.title, at, rows.title_start[n + 1], rows.piece, rows.piece_start[3 * n])
    rows.piece_start[3 * n + 1] = pieces
    at = rows.outlet_start[n]
    rows.outlet_start[n + 1] = at
    if kind[OUTLET] != ABSENT:
        rows.outlet_start[n + 1] = put_string(data, begin[OUTLET], end[OUTLET], rows.outlet, at)
    at = rows.text_start[n]
    if kind[URL] != ABSENT:  # into the room for the text, which is written afterwards
        pieces = put_json(rows.text, at, put_string(data, begin[URL], end[URL], rows.text, at), rows.piece, pieces)
    else:
        pieces = put_null(rows.piece, pieces)
    rows.piece_start[3 * n + 2] = pieces
    rows.moment[n], rows.day[n], rows.naive[n] = unknown, False, False
    if kind[PUBLISHED] != ABSENT:
        pieces, moment, day, naive = put_date(data, begin[PUBLISHED], end[PUBLISHED], rows.piece, pieces, unknown)
        if pieces < 0:
            return NOT_PLAIN
        rows.moment[n], rows.day[n], rows.naive[n] = moment, day, naive
    else:
        pieces = put_null(rows.piece, pieces)
    rows.piece_start[3 * n + 3] = pieces
    rows.text_start[n + 1] = put_string(data, begin[TEXT], end[TEXT], rows.text, at)
    rows.characters[n], rows.marked[n] = characters[TEXT], marked[TEXT]
    return after + 1


@leaf
def leave_row(rows, n, unknown):
    """Leave a row empty, for a line that isn't plain."""
    rows.id_start[n + 1] = rows.id_start[n]
    rows.title_start[n + 1] = rows.title_start[n]
    rows.outlet_start[n + 1] = rows.outlet_start[n]
    rows.text_start[n + 1] = rows.text_start[n]
    for i in range(3 * n, 3 * n + 3):
        rows.piece_start[i + 1] = rows.piece_start[i]
    rows.moment[n], rows.day[n], rows.naive[n] = unknown, False, False
    rows.characters[n], rows.marked[n] = 0, False


@njit(nogil=True, cache=True)
def read_lines(data, names, rows, unknown):
    """Read lines into rows, one each.

    Args:
        data: uint8: whole lines; ends with a newline.
        names: Names.
        rows: Rows, with one for each line; written. The first start of each pool is 0.
        unknown: int64: stands for no time.
    """
    kind, begin, end = np.zeros(7, np.int64), np.zeros(7, np.int64), np.zeros(7, np.int64)
    characters, rank = np.zeros(7, np.int64), np.zeros(7, np.int64)
    escaped, marked = np.zeros(7, np.bool_), np.zeros(7, np.bool_)
    at = np.int64(0)
    for n in range(rows.begin.size):
        after = read_line(data, at, names, rows, n, kind, begin, end, escaped, characters, marked, rank, unknown)
        rows.unusual[n] = after < 0
        if after < 0:
            leave_row(rows, n, unknown)
            after = at
            while data[after] != NEWLINE:
                after += 1
            after += 1
        rows.begin[n], rows.size[n] = at, after - at
        at = after


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
