"""StoryIndex beside datasketch, rensa and gaoya as streams: articles in, one by one, what is alike at once.

    python -m benchmarks.index.rivals                      # 10,000 simulated articles
    python -m benchmarks.index.rivals --articles 100000 --thresholds 0.3 0.5 --widths 3 5
    python -m benchmarks.index.rivals --news-data DIR      # real news instead

Each tool gets the same articles in turns of a few hundred, and does what its documentation shows for streams: look up
what is alike, then insert. Its time includes what its user has to do for that: shingling and signatures. Pairs whose
estimated Jaccard is below the threshold are dropped where a tool leaves that to its user. Matches are then joined
transitively. What they are worth is told by the simulator's truth, or by the pairs that readers have labelled: copies
must stand together, look-alikes and independent reports must not.

Fails unless StoryIndex's ``add`` is ten times as fast as datasketch, faster than the others, and finds more copies
than each; by processor time, as others may use the machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.index.measure import batches, compile_kernels, conclude, digest
from benchmarks.machine import versions
from benchmarks.quality.measure import read_crowd
from benchmarks.rivals import NUM_PERM, joined, shingles
from storycluster import Article, StoryIndex
from storycluster.evaluation import LabelledPair
from storycluster.evaluation.rates import Rate, short
from storycluster.testing import simulate

T = TypeVar("T")
TURN = 250
TIMES_DATASKETCH = 10.0
RENSA_BANDS = 32

Take = Callable[[Sequence[tuple[int, Article]]], list[tuple[int, int]]]
"""(place, article) of the next articles → pairs of places that a tool finds alike."""


def streams_datasketch(threshold: float, width: int) -> Take:
    """datasketch: ``MinHash.update_batch``, ``MinHashLSH.query``, then ``insert``."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
    sketches = {}

    def take(articles: Sequence[tuple[int, Article]]) -> list[tuple[int, int]]:
        pairs = []
        for i, article in articles:
            tokens = shingles(article.text, width)
            if not tokens:
                continue
            sketch = sketches[i] = MinHash(num_perm=NUM_PERM)
            sketch.update_batch([token.encode() for token in tokens])
            pairs += [(j, i) for j in index.query(sketch) if sketches[j].jaccard(sketch) >= threshold]
            index.insert(i, sketch)
        return pairs

    return take


def streams_rensa(threshold: float, width: int) -> Take:
    """rensa: ``RMinHash.update``, ``RMinHashLSH.query``, then ``insert``."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=threshold, num_perm=NUM_PERM, num_bands=RENSA_BANDS)
    sketches = {}

    def take(articles: Sequence[tuple[int, Article]]) -> list[tuple[int, int]]:
        pairs = []
        for i, article in articles:
            tokens = shingles(article.text, width)
            if not tokens:
                continue
            sketch = sketches[i] = RMinHash(num_perm=NUM_PERM, seed=42)
            sketch.update(tokens)
            pairs += [(j, i) for j in index.query(sketch) if sketches[j].jaccard(sketch) >= threshold]
            index.insert(i, sketch)
        return pairs

    return take


def streams_gaoya(threshold: float, width: int) -> Take:
    """gaoya: ``MinHashStringIndex.query``, then ``insert_document``; it shingles and checks by itself."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, threshold, 42, 3, None, "word", True, (width, width))

    def take(articles: Sequence[tuple[int, Article]]) -> list[tuple[int, int]]:
        pairs = []
        for i, article in articles:
            pairs += [(j, i) for j in index.query(article.text)]
            index.insert_document(i, article.text)
        return pairs

    return take


RIVALS: dict[str, Callable[[float, int], Take]] = {
    "datasketch": streams_datasketch,
    "rensa": streams_rensa,
    "gaoya": streams_gaoya,
}


@dataclass
class Runner:
    """A tool in the race.

    Args:
        name: What it is called.
        take: What it does with the next articles.
        pairs: What it found alike.
        wall: Seconds on the clock.
        cpu: Seconds of processor time, all threads.
    """

    name: str
    take: Take
    pairs: list[tuple[int, int]] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0

    def go(self, articles: Sequence[tuple[int, Article]]) -> None:
        """Take the next articles."""
        self.pairs += self.run(lambda: self.take(articles))

    def run(self, work: Callable[[], T]) -> T:
        """Do something on the tool's account."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu
        return result


def adding_one_by_one(index: StoryIndex) -> Take:
    """StoryIndex: ``add``."""

    def take(articles: Sequence[tuple[int, Article]]) -> list[tuple[int, int]]:
        for _, article in articles:
            index.add(article)
        return []

    return take


def adding_many(index: StoryIndex) -> Take:
    """StoryIndex: ``add_many``."""

    def take(articles: Sequence[tuple[int, Article]]) -> list[tuple[int, int]]:
        index.add_many(article for _, article in articles)
        return []

    return take


def simulated(count: int, seed: int) -> tuple[list[Article], list[LabelledPair]]:
    """Simulated news, and its pairs of known truth."""
    news = simulate(count, seed=seed)
    return list(news.articles), [LabelledPair(pair.a, pair.b, pair.label) for pair in news.pairs]


def real(folder: Path) -> tuple[list[Article], list[LabelledPair]]:
    """Real news, and its labelled pairs."""
    articles, pairs = read_crowd(folder)
    return articles, [pair for own in pairs.values() for pair in own]


def labels_of(index: StoryIndex, articles: Sequence[Article]) -> list[int]:
    """A label for each article's story."""
    story_of = {i: number for number, story in enumerate(index.stories()) for i in story.article_ids}
    return [story_of[article.id] for article in articles]


def score(labels: Sequence[int], articles: Sequence[Article], pairs: Sequence[LabelledPair]) -> tuple[Rate, Rate, Rate]:
    """Of pairs with known truth: copies joined, others joined, and how many of the joined ones are copies."""
    place = {article.id: i for i, article in enumerate(articles)}
    together = {(pair.a, pair.b): labels[place[pair.a]] == labels[place[pair.b]] for pair in pairs}
    copies = [together[pair.a, pair.b] for pair in pairs if pair.label == "C"]
    others = [together[pair.a, pair.b] for pair in pairs if pair.label in "TI"]
    return (
        Rate(sum(copies), len(copies)), Rate(sum(others), len(others)), Rate(sum(copies), sum(copies) + sum(others)),
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="StoryIndex beside what else there is for streams.")
    parser.add_argument("--articles", type=int, default=10_000, metavar="N", help="how many are simulated")
    parser.add_argument("--news-data", metavar="DIR", help="real news instead")
    parser.add_argument("--thresholds", type=float, nargs="+", default=[0.4], metavar="J", help="the others' Jaccard")
    parser.add_argument("--widths", type=int, nargs="+", default=[3], metavar="WORDS", help="the others' shingles")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    articles, pairs = real(Path(given.news_data)) if given.news_data else simulated(given.articles, given.seed)
    print(versions(*RIVALS))
    print(f"{len(articles):,} articles, digest {digest(articles)}, in turns of {TURN}\n")
    compile_kernels()
    one, many = (StoryIndex.open(":memory:", retention=None) for _ in range(2))
    ours = [Runner("StoryIndex.add", adding_one_by_one(one)), Runner("StoryIndex.add_many", adding_many(many))]
    theirs = [
        Runner(f"{name}, J ≥ {threshold}, {width} words", make(threshold, width))
        for name, make in RIVALS.items()
        for threshold in given.thresholds
        for width in given.widths
    ]
    for turn in batches(enumerate(articles), TURN):
        for runner in [*ours, *theirs]:
            runner.go(turn)
    scores = {}
    for runner, index in zip(ours, (one, many), strict=True):
        runner.run(index.refresh)
        scores[runner.name] = score(labels_of(index, articles), articles, pairs)
    for runner in theirs:
        scores[runner.name] = score(joined(len(articles), runner.pairs), articles, pairs)
    print("| | articles a second | of processor time | × of it | copies joined | others joined | precision |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for runner in [*ours, *theirs]:
        recall, false, precision = scores[runner.name]
        print(
            f"| {runner.name} | {len(articles) / runner.wall:,.0f} | {len(articles) / runner.cpu:,.0f} "
            f"| {runner.cpu / ours[0].cpu:.2f} | {recall} | {false} | {short(precision.value)} |"
        )
    print()
    return conclude(shortfalls(ours, theirs, scores))


def shortfalls(
    ours: Sequence[Runner], theirs: Sequence[Runner], scores: dict[str, tuple[Rate, Rate, Rate]]
) -> list[str]:
    """Which promises don't hold."""
    found = []
    own = ours[0]
    for rival in theirs:
        least = TIMES_DATASKETCH if rival.name.startswith("datasketch") else 1.0
        if rival.cpu < least * own.cpu:
            found.append(f"{own.name} is {rival.cpu / own.cpu:.2f} times as fast as {rival.name}, promised {least:g}")
        if scores[rival.name][0].value >= scores[own.name][0].value:
            found.append(f"{rival.name} joins as many copies as {own.name}")
    return found


if __name__ == "__main__":
    sys.exit(main())
