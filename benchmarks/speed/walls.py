"""What the machine can do at best: the same bytes copied, read once, parsed, or hashed and min-hashed and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from numba import njit

from storycluster.fingerprint import permutations
from storycluster.kernels.bits import eight_bytes, trailing_zeros
from storycluster.kernels.minhash import LANES, min_hash
from storycluster.kernels.words import finish, mix

Array = npt.NDArray[Any]

PERMUTATIONS = 126
"""As default settings have them: 42 bands of 3."""
ONES, HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
HASH_START = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True)  # type: ignore[untyped-decorator]  # Numba has no types
def bare_spaced(data: Array, start: Array, a: Array, b: Array, signatures: Array) -> None:
    """Hash what stands between spaces and take the minima: no folding, no shingles, no flags, no samples."""
    hashes = np.empty(data.size // 2 + LANES, np.uint32)
    for t in range(start.size - 1):
        n = 0
        i = start[t]
        while i < start[t + 1]:
            h = HASH_START
            taken = 8
            begin = i
            while taken == 8 and i + 8 <= start[t + 1]:
                eight = eight_bytes(data, i)
                spaces = (eight - ONES * np.uint64(33)) & ~eight & HIGH_BITS  # exact up to the first one
                taken = trailing_zeros(spaces) >> 3
                if taken == 8:
                    h = mix(h, eight)
                elif taken:
                    h = mix(h, eight & (np.uint64(1) << np.uint64(8 * taken)) - np.uint64(1))
                i += taken
            if i > begin:
                hashes[n] = finish(h, np.uint64(0), 0)
                n += 1
            i += 1
        min_hash(hashes, n, a, b, signatures[t])


@njit(nogil=True)  # type: ignore[untyped-decorator]  # Numba has no types
def bare_unspaced(data: Array, start: Array, a: Array, b: Array, signatures: Array) -> None:
    """The same where a word is a character of three bytes with the two before it; others are passed over."""
    hashes = np.empty(data.size // 2 + LANES, np.uint32)
    for t in range(start.size - 1):
        n = 0
        i = start[t]
        one = two = np.uint64(0)
        while i + 4 <= start[t + 1]:
            if data[i] < 0xE0:
                i += 1
                continue
            three = (
                np.uint64(data[i]) | np.uint64(data[i + 1]) << np.uint64(8) | np.uint64(data[i + 2]) << np.uint64(16)
            )
            h = mix(HASH_START, one | two << np.uint64(24) | three << np.uint64(48))
            hashes[n] = finish(h, three >> np.uint64(16), 1)
            n += 1
            one, two = two, three
            i += 3
        min_hash(hashes, n, a, b, signatures[t])


def joined(texts: Sequence[str]) -> tuple[Array, Array]:
    """The texts' UTF-8, uint8, and where each one begins."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=start[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), start


def bare_loop(texts: Sequence[str], *, spaced: bool) -> None:
    """Texts → signatures by the bare loop, on one core; 128 permutations, which whole vectors hold."""
    data, start = joined(texts)
    a, b = permutations(-(-PERMUTATIONS // 16) * 16, 1)
    signatures = np.empty((len(texts), a.size), np.uint32)
    (bare_spaced if spaced else bare_unspaced)(data, start, a, b, signatures)


def copy(data: Array) -> None:
    """Copy bytes to memory that the process has."""
    np.copyto(np.empty_like(data), data)


def read_once(data: Array) -> int:
    """One pass over bytes, eight at a time."""
    return int(np.bitwise_xor.reduce(data[: data.size // 8 * 8].view(np.uint64)))


def parse(lines: Sequence[bytes]) -> None:
    """Parse JSON lines."""
    for line in lines:
        orjson.loads(line)
