"""``kill -9`` at random moments of a process that adds, updates, removes and lets expire.

    python -m benchmarks.index.crash                # 20 kills
    python -m benchmarks.index.crash --kills 200
    python -m benchmarks.index.crash --seed 7       # other articles, calls and moments

A child process works through a sequence of calls that its seed alone decides, on an index in a file, and acknowledges
each on a pipe. It is killed, some of the times while it opens the index. Then the file must hold exactly what the
acknowledged calls leave, or that and the one call in flight, as a whole; ``check`` must find nothing; and the stories,
after a refresh, must be those of a batch of the live articles. The next child goes on from there, on the same file.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random

from benchmarks.index.measure import conclude, digest
from benchmarks.machine import versions
from storycluster import Article, StoryIndex, cluster_articles
from storycluster.story_index import EXPIRED_AT_ONCE
from storycluster.testing import simulate

POOL = 700
WORDS = 120
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)
"""Between one call and the next, as the articles' times of arrival tell it."""
RETENTION = timedelta(hours=5)
REFRESH_EVERY = 40
MOST_SECONDS = 0.8
"""A child is killed so long after its first call at most ..."""
WHILE_OPENING = 0.15
"""... or, with this probability, before that."""


@lru_cache(maxsize=2)
def pool(seed: int) -> tuple[Article, ...]:
    """The articles that come and go, in families that come in one after the other."""
    return simulate(POOL, seed=seed, words=WORDS, languages=("en", "ar")).articles


class Script:
    """The calls, and what the index must hold after each: a function of the seed alone.

    Args:
        seed: Which sequence.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(f"calls {seed}")
        self._pool = pool(seed)
        self.done = 0
        self.live: dict[str, Article] = {}
        self._arrived: dict[str, tuple[datetime, int]] = {}  # in the order of the index's own numbers
        self._clock = NOON
        self._numbered = 0

    def _article(self) -> Article:
        """Some article, its title telling which call brought it, so that no two are equal."""
        random = self._random
        near = self._pool[random.randrange(60) + self.done % (POOL - 60)]
        kept = list(self.live)
        if kept and random.random() < 0.25:  # an update
            return replace(near, id=random.choice(kept), title=f"call {self.done}")
        return replace(near, id=f"{near.id}-{random.randrange(3)}", title=f"call {self.done}")

    def _take(self, article: Article) -> None:
        self._numbered += 1
        self._arrived.pop(article.id, None)
        self.live[article.id] = article
        self._arrived[article.id] = self._clock, self._numbered

    def _age(self, added: int) -> None:
        """What grew too old goes, so many at most for each article added."""
        old = sorted((at, number, i) for i, (at, number) in self._arrived.items() if at < self._clock - RETENTION)
        for _, _, i in old[: added * EXPIRED_AT_ONCE]:
            self._drop(i)

    def _drop(self, article_id: str) -> None:
        del self.live[article_id], self._arrived[article_id]

    def next(self) -> tuple[str, Callable[[StoryIndex], object]]:
        """The next call: its name, and how it is made; what the index must hold is brought up to date."""
        random = self._random
        self.done += 1
        self._clock += STEP * random.choice((1, 1, 1, 1, 1, 1, 1, 30))
        at, draw = self._clock, random.random()
        if draw < 0.6 or not self.live:
            article = self._article()
            name = "update" if article.id in self.live else "add"
            self._take(article)
            self._age(1)
            return name, lambda index: index.add(article, received=at)
        if draw < 0.72:
            batch = list({one.id: one for one in (self._article() for _ in range(random.randrange(2, 40)))}.values())
            for article in batch:
                self._take(article)
            self._age(len(batch))
            return "add_many", lambda index: index.add_many(batch, received=at)
        if draw < 0.94:
            gone = random.choice(list(self.live))
            self._drop(gone)
            return "remove", lambda index: index.remove(gone)
        if draw < 0.98:
            before = at - RETENTION * random.uniform(0.7, 1)
            for i, (arrived, _) in list(self._arrived.items()):
                if arrived < before:
                    self._drop(i)
            return "expire", lambda index: index.expire(before=before)
        return "refresh", lambda index: index.refresh()


def open_index(path: Path) -> StoryIndex:
    """The index as parent and child open it."""
    return StoryIndex.open(path, retention=RETENTION, refresh_every=REFRESH_EVERY)


def run_child(path: Path, seed: int, first: int) -> None:
    """Make the calls from a place on, for ever, and acknowledge each with a line."""
    script = Script(seed)
    for _ in range(first):
        script.next()
    print("opening", flush=True)
    with open_index(path) as index:
        while True:
            _, call = script.next()
            call(index)
            os.write(1, b".\n")


def run_until_killed(path: Path, seed: int, first: int, random: Random) -> int:
    """How many calls a child acknowledged before it was killed.

    Raises:
        RuntimeError: It ended by itself, or said nothing for too long.
    """
    command = [sys.executable, "-m", "benchmarks.index.crash", "--child", str(path), str(seed), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        try:
            if child.stdout.readline() != b"opening\n":
                raise RuntimeError("the child ended before it opened the index")
            if random.random() < WHILE_OPENING:
                time.sleep(random.uniform(0, 1))
                before = 0
            else:
                before = len(child.stdout.readline()) // 2
                time.sleep(random.uniform(0, MOST_SECONDS))
            if child.poll() is not None:
                raise RuntimeError("the child ended by itself")
        finally:
            child.send_signal(signal.SIGKILL)
        return before + child.stdout.read().count(b"\n")


@dataclass
class Tally:
    """What was seen over all kills.

    Args:
        acknowledged: Calls.
        opening: Kills before the first call was acknowledged.
        beyond: Kills after which the call in flight was there, too.
        within: Which kind of call was in flight, how often.
        left: Live articles that were compared with a batch.
        seconds: That opening and reading the index after a kill took at most.
    """

    acknowledged: int = 0
    opening: int = 0
    beyond: int = 0
    within: Counter[str] = field(default_factory=Counter)
    left: int = 0
    seconds: float = 0.0


def contents(index: StoryIndex) -> dict[str, str]:
    """Id → title of the articles of an index."""
    return {copy.article_id: copy.title for story in index.stories() for copy in story.copies}


def differences(found: dict[str, str], wanted: dict[str, Article]) -> list[str]:
    """In which articles the index isn't as it should be."""
    titles = {i: article.title for i, article in wanted.items()}
    return [
        f"{i}: is {found.get(i, 'not there')!r}, should be {titles.get(i, 'not there')!r}"
        for i in sorted(found.keys() | titles.keys())
        if found.get(i) != titles.get(i)
    ]


def examine(path: Path, script: Script, tally: Tally) -> Iterator[str]:
    """What is wrong with the index after a kill; the script is where the acknowledged calls end."""
    acknowledged = dict(script.live)
    began = time.perf_counter()
    with open_index(path) as index:
        found = contents(index)
        tally.seconds = max(tally.seconds, time.perf_counter() - began)
        lost = differences(found, acknowledged)
        name, call = script.next()
        tally.within[name] += 1
        if differences(found, script.live):
            if lost:
                yield f"after {script.done - 1:,} calls, {name} in flight: neither without nor with it: {lost[:5]}"
                return
            call(index)  # it was lost, as it may be: now the index is where the script is
        else:
            tally.beyond += 1
        index.refresh()
        checked = index.check()
        if checked.damage or checked.mended:
            yield f"after {script.done:,} calls: check found {checked}"
        partition = {frozenset(story.article_ids) for story in index.stories()}
        batch = {frozenset(story.article_ids) for story in cluster_articles(script.live.values()).stories}
        tally.left += len(script.live)
        if partition != batch:
            yield f"after {script.done:,} calls: {len(partition - batch)} stories are none of the batch's"


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a process that writes to an index, again and again.")
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=3, metavar=("PATH", "SEED", "FIRST"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        run_child(Path(given.child[0]), int(given.child[1]), int(given.child[2]))
    print(versions())
    print(f"{POOL:,} articles that come and go, digest {digest(pool(given.seed))}, seed {given.seed}\n", flush=True)
    random = Random(f"kills {given.seed}")
    script, tally = Script(given.seed), Tally()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.db"
        for _ in range(given.kills):
            count = run_until_killed(path, given.seed, script.done, random)
            for _ in range(count):
                script.next()
            tally.acknowledged += count
            tally.opening += not count
            failures += examine(path, script, tally)
            if failures:
                break
    print(f"{given.kills} kills, {tally.opening} of them before the first call came back")
    print(f"{tally.acknowledged:,} calls acknowledged; in flight: {dict(sorted(tally.within.items()))}")
    print(f"of the calls in flight, {tally.beyond} were there as a whole, the others not at all")
    print(f"{tally.left:,} live articles compared with a batch, all kills together")
    print(f"opened and read within {tally.seconds:.2f} s\n")
    return conclude(failures)


if __name__ == "__main__":
    sys.exit(main())
