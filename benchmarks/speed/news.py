"""What is clustered for time: real news and simulated news, as one JSONL file each, with what is known of the truth."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.quality.measure import SETS, read_labelled
from storycluster.evaluation import LabelledPair, score_labels, score_pairs
from storycluster.testing import iter_families

REAL = ("allsides-12k", "saudinewsnet-early", "reuters21578")
FIELDS = ("id", "outlet", "title", "text", "published", "url", "lang")
SEED = 7


@dataclass(frozen=True, slots=True)
class News:
    """One corpus.

    Args:
        name: What it goes by.
        path: JSONL, one article a line.
        articles: How many.
        size: Bytes of UTF-8 in the texts.
        digest: SHA-256 of the file, 16 hexadecimal digits.
        truth: Id → label of its story, where every article's is known.
        pairs: Pairs of which readers said whether they are one story.
    """

    name: str
    path: Path
    articles: int
    size: int
    digest: str
    truth: Mapping[str, str] | None
    pairs: Sequence[LabelledPair]

    def score(self, labels: Sequence[int]) -> dict[str, float]:
        """Pairwise precision and recall of one label an article, against whatever is known."""
        ids = [row["id"] for row in map(orjson.loads, self.path.open("rb"))]
        found = dict(zip(ids, labels, strict=True))
        scores = score_pairs(self.pairs, found) if self.truth is None else score_labels(self.truth, found)
        return {
            "precision": scores.precision.value,
            "recall": scores.recall.value,
            "pairs_to_join": scores.recall.of,
            "pairs_joined": scores.precision.of,
        }


def write_news(
    folder: Path,
    name: str,
    rows: Iterator[Mapping[str, Any]],
    truth: Mapping[str, str] | None = None,
    pairs: Sequence[LabelledPair] = (),
) -> News:
    """Write a corpus to a folder."""
    path = folder / f"{name}.jsonl"
    found = hashlib.sha256()
    articles = size = 0
    with path.open("wb") as file:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            file.write(line)
            found.update(line)
            articles += 1
            size += len(row["text"].encode())
    return News(name, path, articles, size, found.hexdigest()[:16], truth, pairs)


def real_news(folder: Path, data: Path, size: int | None) -> News:
    """The real corpora one after the other.

    Args:
        folder: Where to write.
        data: Where they are.
        size: Articles, as many of each corpus, the first ones of each; all if None.
    """

    def rows() -> Iterator[Mapping[str, Any]]:
        for corpus in REAL:
            with gzip.open(data / f"{corpus}.jsonl.gz", "rb") as file:
                for number, line in enumerate(file):
                    if size is not None and number == size // len(REAL):
                        break
                    row = orjson.loads(line)
                    yield {key: row[key] for key in FIELDS if row.get(key) is not None}

    pairs = [pair for corpus in REAL if corpus in SETS for pair in read_labelled(data, corpus)]
    return write_news(folder, "real", rows(), pairs=pairs)


def simulated_news(folder: Path, size: int, words: int, languages: Sequence[str]) -> News:
    """Simulated news, a family after the other, so that any number of articles takes no memory.

    Args:
        folder: Where to write.
        size: Articles.
        words: Words of an article on average, before outlets cut or extend it.
        languages: What it is written in.
    """
    truth: dict[str, str] = {}

    def rows() -> Iterator[Mapping[str, Any]]:
        for family in iter_families(size, seed=SEED, words=words, languages=languages):
            for article, story in zip(family.articles, family.stories, strict=True):
                truth[article.id] = story
                row = {"id": article.id, "outlet": article.outlet, "title": article.title, "text": article.text}
                if article.published is not None:
                    row["published"] = article.published.isoformat()
                yield row

    return write_news(folder, f"simulated-{size}", rows(), truth=truth)
