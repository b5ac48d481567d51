"""The articles that an index is filled with, written to a file of JSON lines, so that making them costs nothing later.

    python -m benchmarks.index.corpus 1000000 news.jsonl                     # simulated, about 400 words each
    python -m benchmarks.index.corpus 1000000 news.jsonl --news-data DIR     # real news, again and again with edits

Simulated news comes at 5,000 articles a second. Real news is ``allsides-12k``, ``saudinewsnet-early`` and
``reuters21578``; where that isn't enough it comes again, each time edited as other outlets would, two times within
days, then ten days later.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import orjson

from benchmarks.index.measure import digest
from storycluster import Article, read_articles
from storycluster.testing import EDITS, iter_articles

REAL = ("allsides-12k", "saudinewsnet-early", "reuters21578")
EDITED = (
    ("word_edits", 8.0, 40.0),
    ("cut_bottom", 0.1, 0.6),
    ("reorder_sentences", 1.0, 6.0),
)
TIMES_WITHIN_DAYS = 3
DAYS_LATER = timedelta(days=10)


def simulated(count: int, seed: int = 0) -> Iterator[Article]:
    """Simulated news of 400 words an article on average, before outlets cut and extend it."""
    return iter_articles(count, seed=seed)


def real(count: int, folder: Path) -> Iterator[Article]:
    """Real news, again and again with edits until there is enough."""
    paths = [folder / f"{name}.jsonl.gz" for name in REAL]
    for again in range(count):
        for path in paths:
            for article in read_articles(path):
                if not count:
                    return
                own = replace(article, id=f"{path.name}-{article.id}")
                yield edited(own, again) if again else own
                count -= 1


def edited(article: Article, again: int) -> Article:
    """An article as another outlet would run it."""
    random = Random(f"{article.id} {again}")
    name, low, high = random.choice(EDITED)
    when = article.published
    if when is not None:
        when += again // TIMES_WITHIN_DAYS * DAYS_LATER + timedelta(hours=random.randrange(36))
    made = EDITS[name](article, random.uniform(low, high), random)
    return replace(made, id=f"{article.id}-{again}", outlet=f"Outlet {random.randrange(300)}", published=when)


def write_corpus(count: int, path: Path, folder: Path | None = None, seed: int = 0) -> str:
    """Write articles to a file, a JSON object a line, and give their digest."""
    articles = simulated(count, seed) if folder is None else real(count, folder)

    def written() -> Iterator[Article]:
        for article in articles:
            file.write(orjson.dumps(article.to_mapping(), default=str, option=orjson.OPT_APPEND_NEWLINE))
            yield article

    with path.open("wb") as file:
        return digest(written())


def stored(path: Path, first: int = 0, count: int | None = None) -> Iterator[Article]:
    """Some of the articles in a file, read one by one."""
    with path.open("rb") as file:
        for place, line in enumerate(file):
            if count is not None and place >= first + count:
                return
            if place >= first:
                yield Article.from_mapping(orjson.loads(line))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the articles that an index is filled with.")
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--news-data", type=Path, default=None, metavar="DIR", help="real news instead of simulated")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    made = write_corpus(given.count, given.path, given.news_data, given.seed)
    print(f"{given.path}: {given.count:,} articles, {os.path.getsize(given.path):,} bytes, digest {made}")


if __name__ == "__main__":
    main()
