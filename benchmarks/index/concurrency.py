"""Several processes that add to one index in PostgreSQL at once: are their stories a batch's, and what do they gain?

    python -m benchmarks.index.concurrency                       # ten runs of 4 × 5,000 articles, one at a time
    python -m benchmarks.index.concurrency --sizes 1 10 --processes 1 4 --synchronous full --runs 1

Each text has copies that are dealt out among all processes, which begin at once. A server is started for it unless an
address is given; it waits for the disk (fsync), as its operator would have it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from random import Random

from benchmarks.servers import running_postgres
from storycluster import Article, StoryIndex, cluster_articles
from storycluster.testing import simulate

WRITER = """
import json, resource, sys, time
from storycluster import StoryIndex, read_articles
address, source, size, synchronous = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
articles = list(read_articles(source))
with StoryIndex.open(":memory:") as index:
    index.add_many(articles[:200])  # compiled
    index.search(articles[0])
with StoryIndex.open(address, retention=None, synchronous=synchronous) as index:
    len(index)
    print("open", flush=True)
    sys.stdin.readline()
    begin, slowest = time.perf_counter(), 0.0
    used = time.process_time()
    for first in range(0, len(articles), size):
        at = time.perf_counter()
        index.add_many(articles[first:first + size])
        slowest = max(slowest, time.perf_counter() - at)
    print(json.dumps([time.perf_counter() - begin, time.process_time() - used, slowest]), flush=True)
"""


def make_articles(count: int, words: int, seed: int) -> list[Article]:
    """Simulated news; every third text has copies at four other outlets."""
    articles = list(simulate(count * 3 // 7, seed=seed, words=words).articles)
    copies = [
        Article(f"{article.id}-{k}", f"{article.text} (Copy {k})", outlet=f"Paper {k}", published=article.published)
        for article in articles[::3]
        for k in range(4)
    ]
    mixed = [*articles, *copies]
    Random(seed).shuffle(mixed)
    return mixed[:count]


def add_at_once(
    address: str, shares: list[list[Article]], size: int, synchronous: str
) -> tuple[float, list[tuple[float, float, float]]]:
    """Add shares by a process each.

    Returns:
        The seconds until the last one is done; each one's own seconds, seconds of CPU, and seconds of its slowest call.
    """
    with tempfile.TemporaryDirectory() as folder:
        writers = []
        for k, share in enumerate(shares):
            source = Path(folder) / f"{k}.jsonl"
            source.write_text("".join(json.dumps(article.to_mapping()) + "\n" for article in share), "utf-8")
            command = [sys.executable, "-c", WRITER, address, str(source), str(size), synchronous]
            writers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        for writer in writers:
            assert writer.stdout
            if writer.stdout.readline() != b"open\n":
                raise RuntimeError("a writer didn't come up")
        begin = time.perf_counter()
        for writer in writers:
            assert writer.stdin
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        told = [tuple(json.loads(writer.communicate()[0])) for writer in writers]
        return time.perf_counter() - begin, told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--address", help="a PostgreSQL database; a server of its own if left out")
    parser.add_argument("--articles", type=int, default=5_000, help="articles a process (%(default)s)")
    parser.add_argument("--words", type=int, default=400, help="words an article (%(default)s)")
    parser.add_argument("--processes", type=int, nargs="+", default=[4], help="how many at once (%(default)s)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1], help="articles a call (%(default)s)")
    parser.add_argument("--synchronous", nargs="+", default=["normal"], choices=["normal", "full"])
    parser.add_argument("--runs", type=int, default=10)
    given = parser.parse_args()
    server = nullcontext() if given.address else running_postgres(max_connections="60", shared_buffers="256MB")
    with server as started:
        if not given.address and started is None:
            sys.exit("no PostgreSQL here: install it, or give --address")
        place = given.address or (started.address if started else "")
        number = equal = 0
        for run in range(given.runs):
            everything = make_articles(given.articles * max(given.processes), given.words, seed=run)
            for synchronous in given.synchronous:
                for size in given.sizes:
                    for processes in given.processes:
                        number += 1
                        articles = everything[: given.articles * processes]
                        address = f"{place}#bench{int(time.time())}_{number}"
                        StoryIndex.open(address).close()
                        shares = [articles[k::processes] for k in range(processes)]
                        seconds, told = add_at_once(address, shares, size, synchronous)
                        wanted = {frozenset(story.article_ids) for story in cluster_articles(articles).stories}
                        with StoryIndex.open(address, retention=None) as index:
                            index.refresh()
                            same = {frozenset(story.article_ids) for story in index.stories()} == wanted
                        equal += same
                        print(
                            f"run {run + 1}: {processes} × {given.articles:,} articles, {size} a call, {synchronous}: "
                            f"{len(articles) / seconds:,.0f} a second; CPU {sum(one[1] for one in told):.0f} s of "
                            f"{seconds:.0f} s; slowest call {1000 * max(one[2] for one in told):.0f} ms; "
                            f"{len(wanted):,} stories, {'as' if same else 'NOT as'} a batch's",
                            flush=True,
                        )  # fmt: skip
        print(f"{equal} of {number} as a batch's")
        sys.exit(equal != number)


if __name__ == "__main__":
    main()
