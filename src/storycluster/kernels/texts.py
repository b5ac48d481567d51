"""UTF-8 bytes → all columns of a fingerprint, without coming back to Python in between."""

from __future__ import annotations

import numpy as np
from numba import njit

from storycluster.kernels.leaves import leaf
from storycluster.kernels.minhash import sketch_texts
from storycluster.kernels.words import digest_texts, read_texts

LESS, AMPERSAND = 60, 38


@njit(nogil=True, cache=True)
def fingerprint_texts(
    data, text_start, page, kind, fold, expansion, letter, pair, longest_quote, width, a, b, bound,
    words, flags, word_start, signatures, sample, sample_place, sample_start, digests,
):  # fmt: skip
    """Fingerprint many texts; arguments as for ``read_texts``, ``sketch_texts`` and ``digest_texts``.

    Returns:
        Copies of what stands in ``words``, ``flags``, ``sample`` and ``sample_place``.
    """
    n = read_texts(data, text_start, page, kind, fold, expansion, letter, pair, longest_quote, words, flags, word_start)
    taken = sketch_texts(words, word_start, width, a, b, bound, signatures, sample, sample_place, sample_start)
    digest_texts(words, flags, word_start, digests)
    return words[:n].copy(), flags[:n].copy(), sample[:taken].copy(), sample_place[:taken].copy()


@njit(nogil=True, cache=True)
def digest_strings(data, start, page, kind, fold, expansion, letter, pair, digests):
    """Write a hash of each string's folded words, 0 where it has none; other arguments as for ``read_texts``."""
    words = np.empty(data.size // 2 + digests.size, np.uint32)
    flags = np.empty(words.size, np.uint8)
    word_start = np.empty(start.size, np.int64)
    n = read_texts(data, start, page, kind, fold, expansion, letter, pair, np.int64(1), words, flags, word_start)
    flags[:n] = 0
    digest_texts(words, flags, word_start, digests)
    for t in range(digests.size):
        if word_start[t + 1] == word_start[t]:
            digests[t] = 0


@leaf
def find_marked(data, text_start, marked):
    """Write which texts hold a "<" or a "&": uint8."""
    for t in range(text_start.size - 1):
        text = data[text_start[t] : text_start[t + 1]]
        found = False
        for byte in text:
            found |= (byte == LESS) | (byte == AMPERSAND)
        marked[t] = found
