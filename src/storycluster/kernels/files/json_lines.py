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

from storycluster.kernels.files.json_dates import put_date
from storycluster.kernels.files.json_grammar import pass_number, pass_space, pass_string, pass_value, pass_word
from storycluster.kernels.files.json_strings import put_json, put_null, put_string
from storycluster.kernels.files.signs import (
    CLOSE_BRACE,
    COLON,
    COMMA,
    MINUS,
    NEWLINE,
    NOT_PLAIN,
    OPEN_BRACE,
    QUOTE,
    ZERO,
)
from storycluster.kernels.leaves import leaf

FIELDS = ID, TEXT, TITLE, OUTLET, URL, PUBLISHED, LANGUAGE = range(7)
ABSENT, STRING, NUMBER = range(3)
"""What a field holds: nothing, a string that isn't blank, or a whole number."""
UNKNOWN, OTHER_CASE = np.int64(-1), np.int64(-2)
"""What stands for the row of a name that isn't known, or that is by small letters and capitals alone."""


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
