"""UTF-8 bytes → words in order: their hashes and flags.

A *word* is a maximal run of letters, digits and marks; in scripts without spaces it is the last three (Han, kana) or
six (Thai, Lao, Khmer, Myanmar) characters of the run read so far, so that three consecutive words span five or eight
characters: about as much text as three words of a script with spaces. Its hash is that of ``word_hashes``.

What most words of most texts consist of is read on short roads: ASCII letters and digits eight at a time, letters of
two bytes four at a time, others of up to three bytes without looking left or right, three Han or kana at once. They end
where anything else comes, and ``read_words`` goes on by the rules for everything.

Quotation is told by the marks around it. A quotation that is never closed is none: its flags are taken back at the
end, at the next straight opening mark within a paragraph, or after ``longest_quote`` words; an opening mark at the
start of a line while the quotation is open continues it, as English papers print quotes of several paragraphs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.bits import (
    ALL_ONES,
    ascii_of_64,
    capitals_of_64,
    digits_of_64,
    eight_bytes,
    points_of_64,
    signs_of_64,
    trailing_zeros,
    wide_of_64,
)
from storycluster.kernels.flags import CAPITAL, NUMBER, QUOTED
from storycluster.kernels.kinds import Kind
from storycluster.kernels.leaves import leaf
from storycluster.kernels.letters import (
    ONE,
    PAIR,
    PAIR_CAPITAL,
    PAIRS_FOLDED,
    PAIRS_KNOWN,
    SPACE,
    ascii_letters,
    ends_word,
    four_pairs,
    hash_ascii,
    hash_pairs,
    is_ascii_letter,
    is_digit_byte,
    word_heads,
)
from storycluster.kernels.quotes import (
    APOSTROPHE,
    NEUTRAL,
    NEWLINE,
    NOT_QUOTING,
    SENTENCE_END,
    SINGLE_OPEN,
    closes,
    nests,
    opens,
    unquote,
)
from storycluster.kernels.word_hashes import (
    EXPANDED,
    HASH_START,
    append,
    decode_plain,
    encode,
    encode_plain,
    feed,
    finish,
    hash_codes,
    hash_last,
    mix,
)

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
POINT = int(Kind.POINT)
COMMA = int(Kind.COMMA)
DECIMAL = int(Kind.DECIMAL)
NOTHING, WORD, RUN = 0, 1, 2
"""What is being read."""
SPAN = 3
"""Characters of a word in Han and kana."""
LONG_SPAN = 6
"""Characters of a word in Thai, Lao, Khmer and Myanmar."""
THREE_BYTES = np.uint64(0xFFFFFF)
SAME_CHARACTERS = 1
"""In ``Folding.pair``, of the first two bytes of three: all that begin so are characters that fold to themselves."""
POINT_BYTE = 46

LETTER_BYTES = np.uint32(0xFFFFFF)
"""In ``Folding.letter``: the folded letter's UTF-8, first byte lowest."""
LETTER_LENGTH = np.uint32(24)
"""In ``Folding.letter``: from this bit on, how many bytes these are."""
LETTER_CAPITAL = np.uint32(1 << 31)
"""In ``Folding.letter``: set for capital letters."""

RING = 64
"""Folded code points kept of a run; more than six characters with any sensible number of marks."""


@leaf
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


@leaf
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


@leaf
def nothing_opens_before(byte, after):
    """Whether a byte, with another after it, is white space or a closing sign: no quotation begins before it."""
    if byte == 46:  # a quotation may begin with an ellipsis, or with .5 or .NET
        return after <= 32
    if byte <= 32 or byte == 44 or byte == 41 or byte == 58 or byte == 59 or byte == 33 or byte == 63:
        return True
    return byte == 93 or byte == 125


@leaf
def groups_thousands(data, i, stop):
    """Whether exactly three digits stand at ``i``: the comma or point before them only groups a number."""
    if i + 3 > stop:
        return False
    for q in range(i, i + 3):
        if not is_digit_byte(data[q]):
            return False
    return i + 3 == stop or not is_digit_byte(data[i + 3])


@leaf
def signs_before(data, i, page, kind):
    """What signs between a word and byte ``i`` say to a mark there: whether it is fresh, whether it begins a line."""
    fresh, line_start = False, False
    p = i
    while not (data[p - 1] >= 0x80 or is_ascii_letter(data[p - 1]) or is_digit_byte(data[p - 1])):
        p -= 1
    for q in range(p, i):
        k = int(kind[np.int64(page[0]) << 8 | np.int64(data[q])])
        if k == SEPARATOR or k == NEWLINE:
            fresh = True
            line_start = k == NEWLINE or (line_start and data[q] <= 32)
        elif k == SENTENCE_END or k == POINT:
            fresh = False
    return fresh, line_start


@leaf
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


@njit(nogil=True, cache=True, inline="always")
def plain_character(folded):
    """Whether a folded code point has three bytes."""
    return np.uint32(folded - 0x800) < np.uint32(0xF800)


@leaf
def read_words(
    data, start, stop, page, kind, fold, expansion, letter, pair, longest_quote, ring, starts, words, flags, n
):  # fmt: skip
    """Append the words of one text.

    Args:
        data: uint8: UTF-8 (lone surrogates as their three bytes; they separate).
        start: First byte of the text.
        stop: Byte after its last one.
        page: The folding table's pages (see ``storycluster.folding``).
        kind: Its kinds.
        fold: Its folds.
        expansion: Its folds of several code points.
        letter: Its letters of one or two bytes.
        pair: Its letters of two bytes that fold to two.
        longest_quote: Words after which a quotation that was not closed is taken back.
        ring: uint32 (RING): room to work in.
        starts: int64 (LONG_SPAN + 1): room to work in.
        words: uint32, written from place ``n`` on; needs (stop - start) // 2 + 1 places.
        flags: uint8, written alike: QUOTED | NUMBER | CAPITAL.
        n: Number of words before.

    Returns:
        Number of words after.
    """
    reading = NOTHING
    h, chunk, filled = HASH_START, np.uint64(0), np.int64(0)
    letters = 0
    flag = 0
    spelled = False  # an acronym with points: U.S.
    after_digit = False
    after_word = False  # a word ends right before
    size = (
        0  # folded code points of the run of characters at hand, in ``ring``; its last characters begin at ``starts``
    )
    starts[:] = 0
    run = 0
    span = SPAN
    fresh = True  # white space, an opening sign or the beginning stands before
    line_start = True
    opened = NOT_QUOTING
    depth = 0  # quotations of one kind inside each other
    quote_from = n

    i = start
    while i <= stop:
        # The shortest road: words of ASCII letters and digits, or of letters of two bytes, with simple signs between
        # them, as many as 64 bytes hold.
        while reading == NOTHING and i + 72 <= stop and data[i] < 0xE0:
            if opened != NOT_QUOTING and n + 32 - quote_from > longest_quote:
                break
            narrow, wide, digits = ascii_of_64(data, i), wide_of_64(data, i), digits_of_64(data, i)
            heads = word_heads(narrow, wide, signs_of_64(data, i), digits, points_of_64(data, i))
            tails = (narrow | wide) << ONE & ~(narrow | wide)
            capitals = capitals_of_64(data, i)
            quoted = 0 if opened == NOT_QUOTING else QUOTED
            before = n
            while heads & heads - ONE:
                head = trailing_zeros(heads)
                taken = trailing_zeros(tails) - head
                if wide >> np.uint64(head) & ONE:
                    hashed, flag, known = hash_pairs(data, i + head, i + head + taken, pair)
                    if not known:
                        break
                    words[n] = hashed
                else:
                    words[n] = hash_ascii(data, i + head, taken)
                    flag = np.int64(capitals >> np.uint64(head) & ONE) * CAPITAL
                    if digits and digits >> np.uint64(head) & ALL_ONES >> np.uint64(64 - taken):
                        flag |= NUMBER
                flags[n] = flag | quoted
                n += 1
                heads &= heads - ONE
                tails &= tails - ONE
            if n == before:
                break
            i += trailing_zeros(heads)
            size = 0
            run = 0
            after_word = False
            fresh, line_start = signs_before(data, i, page, kind)

        # The short road of words of letters, as long as simple signs end them.
        while reading == NOTHING and i + 8 <= stop:
            begin = i
            flag = CAPITAL if 65 <= data[i] <= 90 else 0
            h, chunk, filled, letters = HASH_START, np.uint64(0), 0, 0
            if data[i] < 0x80:
                filled = 8
                while filled == 8 and i + 8 <= stop:
                    filled, chunk = ascii_letters(eight_bytes(data, i))
                    i += filled
                    if filled == 8:
                        h = mix(h, chunk)
                if filled == 8:
                    filled = 0
                chunk &= (np.uint64(1) << np.uint64(8 * filled)) - np.uint64(1)
                letters = i - begin
            elif data[i] < 0xE0:
                filled = 8
                while filled == 8 and i + 8 <= stop:
                    chunk = four_pairs(eight_bytes(data, i), pair)
                    filled = min(trailing_zeros(~chunk & PAIRS_KNOWN) >> 4, 4) * 2
                    if i == begin and filled:
                        flag = np.int64(chunk >> PAIR_CAPITAL & np.uint64(CAPITAL))
                    chunk &= PAIRS_FOLDED
                    i += filled
                    if filled == 8:
                        h = mix(h, chunk)
                if filled == 8:
                    filled = 0
                chunk &= (np.uint64(1) << np.uint64(8 * filled)) - np.uint64(1)
                letters = (i - begin) >> 1
            while i + 4 <= stop and (data[i] >= 0xC2 or i - begin > letters):
                byte = data[i]
                if byte < 0xE0:
                    code, after = np.int64(byte), i + 1
                    if byte >= 0x80:
                        code, after = np.int64(byte & 0x1F) << 6 | np.int64(data[i + 1] & 0x3F), i + 2
                    entry = letter[code]
                    coded = np.uint64(entry & LETTER_BYTES)
                    length = np.int64(entry >> LETTER_LENGTH & np.uint32(7))
                    capital = entry >= LETTER_CAPITAL
                else:
                    wide, after = read_code(data, i)
                    slot = np.int64(page[wide >> 8]) << 8 | np.int64(wide & 0xFF)
                    k, folded = int(kind[slot]), fold[slot]
                    coded, length = encode(folded)
                    capital = k == CAPITAL_LETTER
                    if not (capital or k == LETTER) or folded >= EXPANDED or joins_syllable(wide):
                        length = 0
                if length == 0:  # none, or none that goes without looking left and right
                    break
                if letters == 0 and capital:
                    flag = CAPITAL
                h, chunk, filled = append(h, chunk, filled, coded, length)
                letters += 1
                i = after
            if letters == 0:
                break
            size = 0
            run = 0
            if i == stop or not ends_word(data[i]) or (letters == 1 and data[i] == POINT_BYTE):
                reading = WORD
                spelled = False
                after_digit = False
                break
            words[n] = finish(h, chunk, filled)
            flags[n] = flag | QUOTED if opened != NOT_QUOTING else flag
            n += 1
            fresh = False
            line_start = False
            if opened != NOT_QUOTING and n - quote_from > longest_quote:
                unquote(flags, quote_from, n)
                opened = NOT_QUOTING
            if data[i] != SPACE:
                after_word = True
                break
            fresh = True
            i += 1

        # The short road of Han and kana without marks, and of such signs between them as are no quotation marks.
        if span == SPAN and reading != WORD and i + 8 <= stop and data[i] >= 0xE3:
            begin = i
            pending = reading == RUN
            held = min(run, SPAN - 1) + pending
            simple = held == 0 or held == size - starts[(run + pending - held) % (LONG_SPAN + 1)]
            one = two = three = np.uint64(0)
            for q in range(size - held, size):
                simple &= plain_character(ring[q])
                one, two, three = two, three, encode(ring[q])[0]
            while simple and i + 8 <= stop:
                eight = eight_bytes(data, i)
                if pair[eight & PAIR] == SAME_CHARACTERS:
                    code, after, k, coded = np.uint32(0), i + 3, CHARACTER, eight & THREE_BYTES
                else:
                    code, after = read_code(data, i)
                    slot = np.int64(page[code >> 8]) << 8 | np.int64(code & 0xFF)
                    k, coded = int(kind[slot]), encode_plain(fold[slot])
                    if k == CHARACTER and not plain_character(fold[slot]):
                        break
                    if k != CHARACTER and k != COMMA and k != SENTENCE_END and k != SEPARATOR and k != NEWLINE:
                        break
                if pending:
                    words[n] = hash_last(one, two, three, run)
                    flags[n] = QUOTED if opened != NOT_QUOTING else 0
                    n += 1
                    run += 1
                    fresh = False
                    line_start = False
                    if opened != NOT_QUOTING and n - quote_from > longest_quote:
                        unquote(flags, quote_from, n)
                        opened = NOT_QUOTING
                pending = k == CHARACTER
                if pending:
                    one, two, three = two, three, coded
                elif k == SENTENCE_END:
                    fresh = False
                elif k != COMMA:
                    fresh = True
                    line_start = k == NEWLINE or (line_start and code <= 32)
                i = after
            if i > begin:
                reading = RUN if pending else NOTHING
                flag = 0
                letters = 1
                after_word = False
                size = min(run, SPAN - 1) + pending
                for q in range(size):
                    starts[(run + pending - size + q) % (LONG_SPAN + 1)] = q
                    ring[q] = decode_plain(three if q == size - 1 else two if q == size - 2 else one)

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
                h, chunk, filled = feed(h, chunk, filled, folded, expansion)
                if k != MARK:
                    if not joins_syllable(code):
                        letters += 1
                    after_digit = k == DIGIT
                    if after_digit:
                        flag |= NUMBER
                continue
            if APOSTROPHE <= k <= DECIMAL and i < stop:
                if k == APOSTROPHE:
                    if is_ascii_letter(data[i]) or letters_from(data, i, stop, page, kind):  # don't
                        continue
                elif after_digit:
                    if k == DECIMAL or is_digit_byte(data[i]):  # 3.5; 1,000 is 1000
                        if k == DECIMAL or not groups_thousands(data, i, stop):
                            h, chunk, filled = append(h, chunk, filled, np.uint64(46), 1)
                        continue
                elif k == POINT and (letters == 1 or spelled):
                    if letters_from(data, i, stop, page, kind) == 1:  # U.S.
                        spelled = True
                        continue
        elif reading == RUN and k == MARK:
            size = push(ring, size, folded, expansion)
            continue

        # It is complete.
        if reading != NOTHING:
            after_word = True
            if reading == WORD:
                words[n] = finish(h, chunk, filled)
            else:
                run += 1
                words[n] = hash_codes(ring, starts[max(run - span, 0) % (LONG_SPAN + 1)], size)
                if size > RING // 2:  # keep what the next words of the run still need
                    keep = starts[max(run - span + 1, 0) % (LONG_SPAN + 1)]
                    for q in range(keep, size):
                        ring[q - keep] = ring[q]
                    size -= keep
                    for q in range(LONG_SPAN + 1):
                        starts[q] -= keep
            flags[n] = flag | QUOTED if opened != NOT_QUOTING else flag
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
            h, chunk, filled = feed(HASH_START, np.uint64(0), np.int64(0), folded, expansion)
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
            if folded < EXPANDED and size < RING:
                ring[size] = folded
                size += 1
            else:
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
            ahead = data[i] if i < stop else SPACE
            ending = nothing_opens_before(ahead, data[i + 1] if i + 1 < stop else SPACE)
            if opens(k, opened, after_word, ending, fresh):
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
        after_word = False

    if opened != NOT_QUOTING:
        unquote(flags, quote_from, n)
    return n


@njit(nogil=True, cache=True)
def read_texts(data, text_start, page, kind, fold, expansion, letter, pair, longest_quote, words, flags, word_start):
    """The words of many texts.

    Args:
        data: uint8: the texts' UTF-8, one after the other.
        text_start: int64, one more than texts: where each one begins.
        page: The folding table's pages.
        kind: Its kinds.
        fold: Its folds.
        expansion: Its folds of several code points.
        letter: Its letters of one or two bytes.
        pair: Its letters of two bytes that fold to two.
        longest_quote: Words after which a quotation that was not closed is taken back.
        words: uint32, written; needs data.size // 2 + texts places.
        flags: uint8, written alike.
        word_start: int64, one more than texts, written.

    Returns:
        Number of words.
    """
    ring = np.empty(RING, np.uint32)
    starts = np.empty(LONG_SPAN + 1, np.int64)
    n = np.int64(0)
    word_start[0] = 0
    for t in range(text_start.size - 1):
        n = read_words(
            data, text_start[t], text_start[t + 1], page, kind, fold, expansion, letter, pair, longest_quote, ring,
            starts, words, flags, n,
        )  # fmt: skip
        word_start[t + 1] = n
    return n


@njit(nogil=True, cache=True, inline="always")
def flagged(words, flags, i):
    """A word and its flags as one number that is not 0: uint64."""
    return np.uint64(words[i]) + np.uint64(1) + (np.uint64(flags[i]) << np.uint64(32))


@leaf
def digest_texts(words, flags, word_start, digests):
    """A 64-bit hash of each text's words w and flags f: Σ (w_i + 1 + f_i · 2^32) · FNV_PRIME^(n-1-i) mod 2^64."""
    prime_2 = FNV_PRIME * FNV_PRIME
    prime_3, prime_4 = prime_2 * FNV_PRIME, prime_2 * prime_2
    for t in range(word_start.size - 1):
        h = FNV_OFFSET
        i, stop = np.uint64(word_start[t]), np.uint64(word_start[t + 1])
        while i + np.uint64(4) <= stop:  # four at a time: a product has to wait for the one before
            later = (
                flagged(words, flags, i) * prime_3 + flagged(words, flags, i + np.uint64(1)) * prime_2
                + flagged(words, flags, i + np.uint64(2)) * FNV_PRIME + flagged(words, flags, i + np.uint64(3))
            )  # fmt: skip
            h = h * prime_4 + later
            i += np.uint64(4)
        while i < stop:
            h = h * FNV_PRIME + flagged(words, flags, i)
            i += np.uint64(1)
        digests[t] = h ^ h >> np.uint64(29)
