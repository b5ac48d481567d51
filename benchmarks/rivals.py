"""What other libraries make of the same texts, each as its documentation shows it: texts in, one label a text out.

Each takes the texts' word shingles, proposes pairs by MinHash LSH, keeps those whose (estimated) Jaccard reaches a
threshold, and joins them transitively. That is all these tools do, so it is all that is asked of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

WORD = re.compile(r"\w+")
NUM_PERM = 128

Rival = Callable[[Sequence[str], float, int], list[int]]
"""(texts, Jaccard threshold, words a shingle) → labels."""


def shingles(text: str, width: int) -> list[str]:
    """The distinct word shingles of a lowercased text, in order."""
    words = WORD.findall(text.lower())
    return list(dict.fromkeys(" ".join(words[i : i + width]) for i in range(max(len(words) - width + 1, 0))))


def with_shingles(texts: Sequence[str], width: int) -> list[int]:
    """The places of the texts that have a shingle at all; no text is read further than that."""
    enough = re.compile(rf"\w+(?:\W+\w+){{{width - 1}}}")
    return [i for i, text in enumerate(texts) if enough.search(text)]


def joined(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Labels of the connected components."""
    parent = list(range(count))

    def root(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in pairs:
        parent[max(root(a), root(b))] = min(root(a), root(b))
    return [root(x) for x in range(count)]


def by_datasketch(texts: Sequence[str], threshold: float, width: int) -> list[int]:
    """datasketch: ``MinHash.bulk`` and ``MinHashLSH``, its own choice of bands, pairs checked by estimated Jaccard."""
    from datasketch import MinHash, MinHashLSH

    sets = [[shingle.encode() for shingle in shingles(text, width)] for text in texts]
    sketches = MinHash.bulk(sets, num_perm=NUM_PERM)
    index = MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
    pairs = []
    for i, sketch in enumerate(sketches):
        if not sets[i]:
            continue
        pairs += [(int(j), i) for j in index.query(sketch) if sketches[int(j)].jaccard(sketch) >= threshold]
        index.insert(str(i), sketch)
    return joined(len(texts), pairs)


def by_rensa(texts: Sequence[str], threshold: float, width: int) -> list[int]:
    """rensa: ``RMinHash`` and ``RMinHashLSH``, pairs checked by estimated Jaccard."""
    from rensa import RMinHash, RMinHashLSH

    sets = [shingles(text, width) for text in texts]
    sketches = RMinHash.from_token_sets(sets, NUM_PERM, 42)
    index = RMinHashLSH(threshold=threshold, num_perm=NUM_PERM, num_bands=32)
    pairs = []
    for i, sketch in enumerate(sketches):
        if not sets[i]:
            continue
        pairs += [(int(j), i) for j in index.query(sketch) if sketches[int(j)].jaccard(sketch) >= threshold]
        index.insert(i, sketch)
    return joined(len(texts), pairs)


def by_gaoya(texts: Sequence[str], threshold: float, width: int) -> list[int]:
    """gaoya: ``MinHashStringIndex`` with 42 bands of 3, as its documentation has it; it checks pairs itself."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, threshold, 42, 3, None, "word", True, (width, width))
    filled = with_shingles(texts, width)
    index.par_bulk_insert_docs(filled, [texts[i] for i in filled])
    found = index.par_bulk_query([texts[i] for i in filled])
    return joined(len(texts), [(int(j), i) for i, others in zip(filled, found, strict=True) for j in others])


RIVALS: dict[str, Rival] = {"datasketch": by_datasketch, "rensa": by_rensa, "gaoya": by_gaoya}
