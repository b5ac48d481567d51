"""UTF-8 bytes → words in order: their hashes and flags.

A *word* is a maximal run of letters, digits and marks; in scripts without spaces it is the last three (Han, kana) or
six (Thai, Lao, Khmer, Myanmar) characters of the run read so far, so that three consecutive words span five or eight
characters: about as much text as three words of a script with spaces. A word's hash is 64-bit FNV-1a over its folded
code points, folded to 32 bits (Fowler, Noll, Vo; IETF draft-eastlake-fnv), the lowest FLAG_BITS of which are 0: a
word and its flags fit into one number where room is short.

Quotation is told by the marks around it. A quotation that is never closed is none: its flags are taken back at the
end, at the next straight opening mark within a paragraph, or after ``longest_quote`` words; an opening mark at the
start of a line while the quotation is open continues it, as English papers print quotes of several paragraphs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.kinds import Kind

QUOTED = 1
"""Stands in quotation marks."""
NUMBER = 2
"""Contains a digit."""
CAPITAL = 4
"""Begins with a capital letter."""

FLAG_BITS = 4
"""Bits that a word's hash leaves free for its flags, ``kernels.overlap.FURNITURE`` included."""
HASHED = np.uint64(0xFFFFFFF0)

FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)

SEPARATOR = int(Kind.SEPARATOR)
LETTER = int(Kind.LETTER)
CAPITAL_LETTER = int(Kind.CAPITAL)
DIGIT = int(Kind.DIGIT)
MARK = int(Kind.MARK)
DROPPED = int(Kind.DROPPED)
CHARACTER = int(Kind.CHARACTER)
LONG_CHARACTER = int(Kind.LONG_CHARACTER)
APOSTROPHE = int(Kind.APOSTROPHE)
POINT = int(Kind.POINT)
COMMA = int(Kind.COMMA)
DECIMAL = int(Kind.DECIMAL)
SENTENCE_END = int(Kind.SENTENCE_END)
NEWLINE = int(Kind.NEWLINE)
NEUTRAL = int(Kind.NEUTRAL)
DOUBLE_LEFT = int(Kind.DOUBLE_LEFT)
DOUBLE_RIGHT = int(Kind.DOUBLE_RIGHT)
LOW = int(Kind.LOW)
GUILLEMET_LEFT = int(Kind.GUILLEMET_LEFT)
GUILLEMET_RIGHT = int(Kind.GUILLEMET_RIGHT)
CORNER_OPEN = int(Kind.CORNER_OPEN)
CORNER_CLOSE = int(Kind.CORNER_CLOSE)
SINGLE_OPEN = int(Kind.SINGLE_OPEN)
SINGLE_CLOSE = int(Kind.SINGLE_CLOSE)

EXPANDED = np.uint32(0x80000000)

NOTHING, WORD, RUN = 0, 1, 2
"""What is being read."""
NOT_QUOTING = 255
SPAN = 3
"""Characters of a word in Han and kana."""
LONG_SPAN = 6
"""Characters of a word in Thai, Lao, Khmer and Myanmar."""
RING = 64
"""Folded code points kept of a run; more than six characters with any sensible number of marks."""


@njit(nogil=True, cache=True, inline="always")
def is_digit_byte(byte):
    """Whether a byte is 0–9."""
    return 48 <= byte <= 57


@njit(nogil=True, cache=True, inline="always")
def read_code(data, i):
    """The code point at byte ``i``, and the byte after it."""
    code = np.uint32(data[i])
    if code < 0x80:
        return code, i + 1
    if code < 0xE0:
        return (code & 0x1F) << 6 | data[i + 1] & 0x3F, i + 2
    if code < 0xF0:
        return (code & 0x0F) << 12 | np.uint32(data[i + 1] & 0x3F) << 6 | data[i + 2] & 0x3F, i + 3
    return (
        (code & 0x07) << 18
        | np.uint32(data[i + 1] & 0x3F) << 12
        | np.uint32(data[i + 2] & 0x3F) << 6
        | data[i + 3] & 0x3F
    ), i + 4


@njit(nogil=True, cache=True, inline="always")
def joins_syllable(code):
    """Whether a letter is a Hangul vowel or final: one letter with the one before it, as in the composed syllable."""
    return 0x1160 <= code <= 0x11FF


@njit(nogil=True, cache=True)
def letters_from(data, i, stop, page, kind):
    """How many letters stand in a row from byte ``i`` on, as if accents were composed; two stand for more."""
    found = 0
    while i < stop and found < 2:
        code, i = read_code(data, i)
        k = int(kind[np.int64(page[code >> 8]) << 8 | np.int64(code & 0xFF)])
        if k == LETTER or k == CAPITAL_LETTER:
            if found == 0 or not joins_syllable(code):
                found += 1
        elif k != DROPPED and (found == 0 or k != MARK):
            break
    return found


@njit(nogil=True, cache=True)
def nothing_opens_before(data, i, stop):
    """Whether the end, white space or a closing sign stands at byte ``i``: a mark before it begins no quotation."""
    if i >= stop or data[i] <= 32:
        return True
    byte = data[i]
    if byte == 46:  # a quotation may begin with an ellipsis, or with .5 or .NET
        return i + 1 >= stop or data[i + 1] <= 32
    return byte == 44 or byte == 41 or byte == 58 or byte == 59 or byte == 33 or byte == 63 or byte == 93 or byte == 125


@njit(nogil=True, cache=True)
def groups_thousands(data, i, stop):
    """Whether exactly three digits stand at ``i``: the comma or point before them only groups a number."""
    if i + 3 > stop:
        return False
    for q in range(i, i + 3):
        if not is_digit_byte(data[q]):
            return False
    return i + 3 == stop or not is_digit_byte(data[i + 3])


@njit(nogil=True, cache=True)
def opens(k, opened, after_word, ending, fresh):
    """Whether a mark begins a quotation.

    Args:
        k: The mark's kind.
        opened: Kind of the mark that opened the quotation at hand, NOT_QUOTING for none.
        after_word: A word ends right before it.
        ending: The end, white space or a closing sign follows.
        fresh: White space, an opening sign or the beginning stands before it.
    """
    if k == CORNER_OPEN or k == LOW:
        return True
    if k == DOUBLE_LEFT:
        return opened != LOW  # it closes a German quotation
    if k == GUILLEMET_LEFT:
        return (opened != GUILLEMET_RIGHT and not ending) or opened == NOT_QUOTING
    if k == GUILLEMET_RIGHT:
        return opened == NOT_QUOTING and not after_word and not ending
    if k == SINGLE_OPEN:
        return opened != LOW and not after_word
    if k == DOUBLE_RIGHT and (opened == DOUBLE_LEFT or opened == LOW):
        return False  # whatever stands before it: “up 5%”, “《…》”
    return (k == NEUTRAL or k == APOSTROPHE or k == DOUBLE_RIGHT) and fresh and not ending


@njit(nogil=True, cache=True)
def closes(k, opened):
    """Whether a mark of kind ``k`` ends a quotation that a mark of kind ``opened`` began."""
    if opened == NEUTRAL:
        return k == NEUTRAL
    if opened == DOUBLE_LEFT or opened == DOUBLE_RIGHT:
        return k == DOUBLE_RIGHT or k == NEUTRAL
    if opened == LOW:
        return k == DOUBLE_LEFT or k == DOUBLE_RIGHT or k == NEUTRAL or k == SINGLE_OPEN
    if opened == GUILLEMET_LEFT:
        return k == GUILLEMET_RIGHT
    if opened == GUILLEMET_RIGHT:
        return k == GUILLEMET_LEFT
    if opened == CORNER_OPEN:
        return k == CORNER_CLOSE
    return k == APOSTROPHE or k == SINGLE_CLOSE


@njit(nogil=True, cache=True)
def nests(k):
    """Whether marks of a kind tell an inner quotation from the end of an outer one; straight ones don't."""
    return k != NEUTRAL and k != APOSTROPHE


@njit(nogil=True, cache=True)
def unquote(flags, first, stop):
    """Take the quotation flags of some words back."""
    for q in range(first, stop):
        flags[q] &= 0xFF ^ QUOTED


@njit(nogil=True, cache=True, inline="always")
def feed(h, folded, expansion):
    """The hash of a word grown by one folded code point, or by the several that it folds to."""
    if folded & EXPANDED:
        p = np.int64(folded ^ EXPANDED)
        for q in range(p + 1, p + 1 + np.int64(expansion[p])):
            h = (h ^ np.uint64(expansion[q])) * FNV_PRIME
        return h
    return (h ^ np.uint64(folded)) * FNV_PRIME


@njit(nogil=True, cache=True)
def push(ring, size, folded, expansion):
    """Write a folded code point (or the several it folds to) into a run's ring while there is room; its new size."""
    if folded & EXPANDED:
        p = np.int64(folded ^ EXPANDED)
        for q in range(p + 1, p + 1 + np.int64(expansion[p])):
            if size < RING:
                ring[size] = expansion[q]
                size += 1
    elif size < RING:
        ring[size] = folded
        size += 1
    return size


@njit(nogil=True, cache=True)
def read_words(data, start, stop, page, kind, fold, expansion, longest_quote, words, flags, n):
    """Append the words of one text.

    Args:
        data: uint8: UTF-8 (lone surrogates as their three bytes; they separate).
        start: First byte of the text.
        stop: Byte after its last one.
        page: The folding table's pages (see ``storycluster.folding``).
        kind: Its kinds.
        fold: Its folds.
        expansion: Its folds of several code points.
        longest_quote: Words after which a quotation that was not closed is taken back.
        words: uint32, written from place ``n`` on; needs (stop - start) // 2 + 1 places.
        flags: uint8, written alike: QUOTED | NUMBER | CAPITAL.
        n: Number of words before.

    Returns:
        Number of words after.
    """
    reading = NOTHING
    h = FNV_OFFSET
    letters = 0
    flag = 0
    spelled = False  # an acronym with points: U.S.
    after_digit = False
    ring = np.empty(RING, np.uint32)  # folded code points of the run of characters at hand
    size = 0
    starts = np.zeros(LONG_SPAN + 1, np.int64)  # where its last characters begin in the ring
    run = 0
    span = SPAN
    fresh = True  # white space, an opening sign or the beginning stands before
    line_start = True
    opened = NOT_QUOTING
    depth = 0  # quotations of one kind inside each other
    quote_from = n

    i = start
    while i <= stop:
        if i == stop:  # one separator past the end completes the last word
            code, k, folded = np.uint32(32), SEPARATOR, np.uint32(0)
            i += 1
        else:
            code, i = read_code(data, i)
            slot = np.int64(page[code >> 8]) << 8 | np.int64(code & 0xFF)
            k, folded = int(kind[slot]), fold[slot]
        if k == DROPPED:
            continue

        # What goes on with what is being read.
        if reading == WORD:
            if LETTER <= k <= MARK:
                h = feed(h, folded, expansion)
                if k != MARK:
                    if not joins_syllable(code):
                        letters += 1
                    after_digit = k == DIGIT
                    if after_digit:
                        flag |= NUMBER
                continue
            if APOSTROPHE <= k <= DECIMAL and i < stop:
                if k == APOSTROPHE:
                    if letters_from(data, i, stop, page, kind):  # don't
                        continue
                elif after_digit:
                    if k == DECIMAL or is_digit_byte(data[i]):  # 3.5; 1,000 is 1000
                        if k == DECIMAL or not groups_thousands(data, i, stop):
                            h = feed(h, np.uint32(46), expansion)
                        continue
                elif k == POINT and (letters == 1 or spelled):
                    if letters_from(data, i, stop, page, kind) == 1:  # U.S.
                        spelled = True
                        continue
        elif reading == RUN and k == MARK:
            size = push(ring, size, folded, expansion)
            continue

        # It is complete.
        after_word = reading != NOTHING
        if after_word:
            if reading == RUN:
                run += 1
                h = FNV_OFFSET
                for q in range(starts[max(run - span, 0) % (LONG_SPAN + 1)], size):
                    h = (h ^ np.uint64(ring[q])) * FNV_PRIME
                if size > RING // 2:  # keep what the next words of the run still need
                    keep = starts[max(run - span + 1, 0) % (LONG_SPAN + 1)]
                    for q in range(keep, size):
                        ring[q - keep] = ring[q]
                    size -= keep
                    starts -= keep
            if opened != NOT_QUOTING:
                flag |= QUOTED
            words[n] = np.uint32((h ^ h >> np.uint64(32)) & HASHED)
            flags[n] = flag
            n += 1
            fresh = False
            line_start = False
            reading = NOTHING
            if opened != NOT_QUOTING and n - quote_from > longest_quote:
                unquote(flags, quote_from, n)
                opened = NOT_QUOTING

        # What comes now.
        if LETTER <= k <= DIGIT:
            reading = WORD
            h = feed(FNV_OFFSET, folded, expansion)
            letters = 1
            flag = CAPITAL if k == CAPITAL_LETTER else 0
            spelled = False
            after_digit = k == DIGIT
            if after_digit:
                flag = NUMBER
            size = 0
            run = 0
        elif k == CHARACTER or k == LONG_CHARACTER:
            reading = RUN
            flag = 0
            letters = 1
            new_span = SPAN if k == CHARACTER else LONG_SPAN
            if new_span != span:
                span = new_span
                size = 0
                run = 0
            starts[run % (LONG_SPAN + 1)] = size
            size = push(ring, size, folded, expansion)
        elif k == SEPARATOR:
            fresh = True
            if code > 32:
                line_start = False
        elif k == NEWLINE:
            fresh = True
            line_start = True
        elif k == SENTENCE_END or k == POINT:
            fresh = False
        elif k >= NEUTRAL or k == APOSTROPHE:
            if opens(k, opened, after_word, nothing_opens_before(data, i, stop), fresh):
                as_opened = SINGLE_OPEN if k == APOSTROPHE else k
                if opened == NOT_QUOTING or (as_opened == opened and (line_start or not nests(k))):
                    if opened != NOT_QUOTING and not line_start:  # the one before was never closed
                        unquote(flags, quote_from, n)
                    opened = as_opened
                    depth = 1
                    quote_from = n
                elif as_opened == opened:
                    depth += 1
            elif opened != NOT_QUOTING and closes(k, opened):
                depth -= 1
                if depth == 0:
                    opened = NOT_QUOTING
            line_start = False

    if opened != NOT_QUOTING:
        unquote(flags, quote_from, n)
    return n


@njit(nogil=True, cache=True)
def read_texts(data, text_start, page, kind, fold, expansion, longest_quote, words, flags, word_start):
    """The words of many texts.

    Args:
        data: uint8: the texts' UTF-8, one after the other.
        text_start: int64, one more than texts: where each one begins.
        page: The folding table's pages.
        kind: Its kinds.
        fold: Its folds.
        expansion: Its folds of several code points.
        longest_quote: Words after which a quotation that was not closed is taken back.
        words: uint32, written; needs data.size // 2 + texts places.
        flags: uint8, written alike.
        word_start: int64, one more than texts, written.

    Returns:
        Number of words.
    """
    n = 0
    word_start[0] = 0
    for t in range(text_start.size - 1):
        n = read_words(
            data, text_start[t], text_start[t + 1], page, kind, fold, expansion, longest_quote, words, flags, n
        )
        word_start[t + 1] = n
    return n


@njit(nogil=True, cache=True)
def digest_texts(words, flags, word_start, digests):
    """A 64-bit hash of each text's words w and flags f: Σ (w_i + 1 + f_i · 2^32) · FNV_PRIME^(n-1-i) mod 2^64."""
    for t in range(word_start.size - 1):
        h = FNV_OFFSET
        for i in range(word_start[t], word_start[t + 1]):
            h = h * FNV_PRIME + np.uint64(words[i]) + np.uint64(1) + (np.uint64(flags[i]) << np.uint64(32))
        digests[t] = h ^ h >> np.uint64(29)
