"""What the machine can do at best: the same bytes copied, read once, parsed, or hashed, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from benchmarks.speed.bare import bare_spaced, bare_unspaced
from storycluster.fingerprint import encode_texts, permutations

Array = npt.NDArray[Any]

PERMUTATIONS = 126
"""As default settings have them: 42 bands of 3."""


def bare_loop(texts: Sequence[str], *, spaced: bool) -> None:
    """Texts → signatures by the bare loop, on one core; 128 permutations, which whole vectors hold."""
    data, start = encode_texts(texts)
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
