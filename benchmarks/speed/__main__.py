"""Everybody on the same documents, in one run.

    python -m benchmarks.speed --news-data DIR             # real and simulated news
    python -m benchmarks.speed --size 20000 --words 400    # simulated news alone
    python -m benchmarks.speed --news-data DIR --write     # also docs/speed.json and docs/speed.svg
    python -m benchmarks.speed --interpreter datatrove=/other/venv/bin/python    # installed apart

Each contestant works in a process of its own; they take turns, so that whatever else the machine does hits all of them.
Seconds are medians over the rounds; what counts is how they compare within the run. Where a machine is shared,
processor seconds (of all cores) are steadier, and leave out what a second core gives.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, versions
from benchmarks.speed.contestants import CONTESTANTS, FILE_CONTESTANTS, version_of
from benchmarks.speed.figure import draw
from benchmarks.speed.news import News, real_news, simulated_news

DOCS = Path(__file__).parents[2] / "docs"
OURS = "storycluster"
Row = dict[str, Any]


@dataclass(slots=True)
class Turn:
    """A contestant on one corpus.

    Args:
        name: Who.
        mode: ``texts`` or ``files``.
        process: The worker.
        seconds: One a round.
        busy: Seconds of all cores, one a round.
        peak: Bytes beyond what was there before the first run.
    """

    name: str
    mode: str
    process: subprocess.Popen[str]
    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    peak: int = 0

    @classmethod
    def start(cls, name: str, mode: str, news: News, interpreter: str) -> Turn:
        """Start a worker and wait until it has everything loaded and compiled."""
        command = [sys.executable, "-m", "benchmarks.speed.worker", name, mode, str(news.path), interpreter]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        turn = cls(name, mode, process)
        turn.read()
        return turn

    def read(self) -> Any:
        """The worker's next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ({self.mode}) ended with code {self.process.wait()}; run its worker alone")
        return json.loads(line)

    def ask(self, what: str) -> Any:
        """Say one line to the worker; its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.read()

    def run(self) -> None:
        """One timed run."""
        answer = self.ask("run")
        self.seconds.append(answer["seconds"])
        self.busy.append(answer["busy"])
        self.peak = max(self.peak, answer["peak"])

    def close(self) -> None:
        """End the worker."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def measure(news: News, mode: str, names: dict[str, str], interpreters: dict[str, str], rounds: int) -> list[Row]:
    """Some contestants (name → version) on one corpus, by turns."""
    turns = [Turn.start(name, mode, news, interpreters.get(name, sys.executable)) for name in names]
    for _ in range(rounds):
        for turn in turns:
            turn.run()
    us = next(turn for turn in turns if turn.name == OURS)
    ours, ours_busy = statistics.median(us.seconds), statistics.median(us.busy)
    rows = []
    for turn in turns:
        seconds = statistics.median(turn.seconds)
        row: Row = {
            "contestant": turn.name,
            "version": names[turn.name],
            "seconds": round(seconds, 4),
            "least": round(min(turn.seconds), 4),
            "articles_per_second": round(news.articles / seconds),
            "megabytes_per_second": round(news.size / 1e6 / seconds, 2),
            "times_ours": round(seconds / ours, 2),
            "processor_seconds": round(statistics.median(turn.busy), 4),
            "times_our_processor_seconds": round(statistics.median(turn.busy) / ours_busy, 2),
            "peak_megabytes": round(turn.peak / 1e6),
        }
        labels = turn.ask("labels")
        if labels is not None:
            row["quality"] = {key: round(value, 4) for key, value in news.score(labels).items()}
        turn.close()
        rows.append(row)
    return rows


def show(news: News, mode: str, rows: list[Row]) -> None:
    """Print a table."""
    what = "from texts in memory to groups" if mode == "texts" else "from a JSONL file to a file of groups"
    print(f"\n{news.name}, {what}: {news.articles:,} articles, {news.size / 1e6:.1f} MB, digest {news.digest}\n")
    print("| | version | articles/s | MB/s | seconds | × ours | processor s | × ours | peak MB | precision | recall |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        quality = row.get("quality")
        scores = f"{quality['precision']:.3f} | {quality['recall']:.3f}" if quality else " | "
        print(
            f"| {row['contestant']} | {row['version']} | {row['articles_per_second']:,} "
            f"| {row['megabytes_per_second']:.1f} | {row['seconds']:.3f} | {row['times_ours']:.1f} "
            f"| {row['processor_seconds']:.3f} | {row['times_our_processor_seconds']:.1f} "
            f"| {row['peak_megabytes']:,} | {scores} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Everybody on the same documents, in one run.")
    parser.add_argument("--news-data", default=os.environ.get("STORYCLUSTER_NEWS_DATA"), metavar="DIR")
    parser.add_argument("--real-size", type=int, metavar="N", help="articles of real news; all if left out")
    parser.add_argument("--size", type=int, default=20_000, metavar="N", help="articles of simulated news")
    parser.add_argument("--words", type=int, default=400, metavar="N", help="words of a simulated article, on average")
    parser.add_argument("--languages", default="en", metavar="CODES", help="languages of simulated news, with commas")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--only", metavar="NAMES", help="contestants, with commas; all that are installed if left out")
    parser.add_argument(
        "--interpreter", action="append", default=[], metavar="NAME=PATH",
        help="the Python that has datatrove or text-dedup, if not this one",
    )  # fmt: skip
    parser.add_argument("--no-files", action="store_true", help="from texts in memory alone")
    parser.add_argument("--no-texts", action="store_true", help="from file to file alone")
    parser.add_argument("--write", action="store_true", help="write docs/speed.json and docs/speed.svg")
    given = parser.parse_args()
    interpreters = dict(pair.split("=", 1) for pair in given.interpreter)
    only = given.only.split(",") if given.only else list(CONTESTANTS | FILE_CONTESTANTS)
    result: dict[str, Any] = {"command": " ".join(["python -m benchmarks.speed", *sys.argv[1:]]), "machine": machine()}
    for path in filter(None, [given.news_data, *interpreters.values()]):
        result["command"] = result["command"].replace(path, "…")
    print(versions())
    runs = result["runs"] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora = [simulated_news(folder, given.size, given.words, given.languages.split(","))]
        if given.news_data:
            corpora.insert(0, real_news(folder, Path(given.news_data), given.real_size))
        for news in corpora:
            for mode, known in (("texts", CONTESTANTS), ("files", FILE_CONTESTANTS)):
                if (mode == "files" and given.no_files) or (mode == "texts" and given.no_texts):
                    continue
                found = {
                    name: version_of(name, interpreters.get(name, sys.executable)) for name in known if name in only
                }
                names = {name: version for name, version in found.items() if version}
                rows = measure(news, mode, names, interpreters, given.rounds)
                show(news, mode, rows)
                runs.append(
                    {"corpus": news.name, "articles": news.articles, "megabytes": round(news.size / 1e6, 2),
                     "digest": news.digest, "mode": mode, "rounds": given.rounds, "rows": rows}
                )  # fmt: skip
    if given.write:
        (DOCS / "speed.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
        draw(result, DOCS / "speed.svg")


if __name__ == "__main__":
    main()
