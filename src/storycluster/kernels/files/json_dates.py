"""Dates as ISO 8601 has them → microseconds since 1970."""

from __future__ import annotations

from storycluster.kernels.files.signs import COLON, DOT, MINUS, NOT_PLAIN, PLUS, QUOTE, SPACE, ZERO
from storycluster.kernels.leaves import leaf

SECOND = 1_000_000
DAY = 86_400 * SECOND


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
