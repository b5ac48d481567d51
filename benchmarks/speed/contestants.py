"""Who is measured, each with the settings that its own documentation shows.

The libraries that find near-duplicates do less than storycluster: they estimate one Jaccard and join transitively.
They are asked for no more. Jaccard .5 on three words a shingle is where datasketch and gaoya document their indexes,
and serves them well on news; datatrove and text-dedup run under their own defaults.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from benchmarks.machine import cores
from benchmarks.rivals import RIVALS
from storycluster import Article, StoryIndex, cluster_articles, read_articles

JACCARD = 0.5
WIDTH = 3
TASKS = cores()

Labels = Sequence[int]
Contestant = Callable[[Sequence[Article]], Labels]
"""Articles in memory → one label an article."""
FileContestant = Callable[[Path, Path, str], None]
"""(JSONL file of articles, file of groups to write, Python interpreter that has the library)."""


def batch(articles: Sequence[Article]) -> Labels:
    """``cluster_articles``: stories with anchors, relations and near misses behind them."""
    labels: list[int] = cluster_articles(articles).labels.tolist()
    return labels


def stream(articles: Sequence[Article]) -> Labels:
    """``StoryIndex.add_many`` in memory: the same articles as they arrive, 1,000 at a time."""
    with StoryIndex.open(":memory:", retention=None) as index:
        for first in range(0, len(articles), 1000):
            for _ in index.add_many(articles[first : first + 1000]):
                pass
        number = {copy.article_id: i for i, story in enumerate(index.stories()) for copy in story.copies}
    return [number[article.id] for article in articles]


def rival(name: str) -> Contestant:
    """One of ``benchmarks.rivals`` at JACCARD and WIDTH."""
    return lambda articles: RIVALS[name]([article.text for article in articles], JACCARD, WIDTH)


def batch_files(path: Path, out: Path, _interpreter: str) -> None:
    """``storycluster cluster``, in this process."""
    from storycluster.cli import main

    if main(["cluster", str(path), "-o", str(out), "--format", "jsonl"]) != 0:
        raise SystemExit("storycluster cluster failed")


def rival_files(name: str) -> FileContestant:
    """What somebody would write around one of the libraries: read, group, write."""

    def run(path: Path, out: Path, _interpreter: str) -> None:
        with path.open("rb") as file:
            rows = [orjson.loads(line) for line in file]
        labels = RIVALS[name]([row["text"] for row in rows], JACCARD, WIDTH)
        with out.open("wb") as file:
            for row, label in zip(rows, labels, strict=True):
                file.write(orjson.dumps({"id": row["id"], "label": label}) + b"\n")

    return run


def datatrove_files(path: Path, out: Path, interpreter: str) -> None:
    """Datatrove's MinHash stages, locally, in as many processes as there are cores.

    ``MinhashConfig()`` has 14 buckets of 8 hashes over words of five.
    """
    script = Path(__file__).with_name("datatrove_stages.py")
    subprocess.run([interpreter, str(script), str(path), str(out), str(TASKS)], check=True, capture_output=True)


def text_dedup_files(path: Path, out: Path, interpreter: str) -> None:
    """``python -m text_dedup.minhash`` as its documentation has it; it keeps one of each group, and no groups."""
    with tempfile.TemporaryDirectory() as folder:
        command = [interpreter, "-m", "text_dedup.minhash", "--path", "json", "--data_files", str(path.resolve())]
        command += ["--split", "train", "--cache_dir", f"{folder}/cache", "--output", f"{folder}/kept"]
        command += ["--column", "text", "--batch_size", "10000"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
    out.write_bytes(b"")


CONTESTANTS: dict[str, Contestant] = {
    "storycluster": batch,
    "storycluster stream": stream,
    "gaoya": rival("gaoya"),
    "rensa": rival("rensa"),
    "datasketch": rival("datasketch"),
}
FILE_CONTESTANTS: dict[str, FileContestant] = {
    "storycluster": batch_files,
    "gaoya": rival_files("gaoya"),
    "rensa": rival_files("rensa"),
    "datasketch": rival_files("datasketch"),
    "datatrove": datatrove_files,
    "text-dedup": text_dedup_files,
}


def version_of(name: str, interpreter: str) -> str | None:
    """The version of a contestant's library; None if the interpreter doesn't have it."""
    asked = f"from importlib.metadata import version; print(version({name.split()[0]!r}))"
    done = subprocess.run([interpreter, "-c", asked], capture_output=True, text=True)
    return done.stdout.strip() or None


def read_groups(path: Path, ids: Sequence[str]) -> Labels | None:
    """One label an article from a file that a contestant wrote; None where it holds no groups."""
    label: dict[str, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file):
            row = orjson.loads(line)
            if "copies" in row:
                label.update((copy["article_id"], number) for copy in row["copies"])
            else:
                label[row["id"]] = row["label"]
    return [label[article_id] for article_id in ids] if label else None


def load(path: Path) -> list[Article]:
    """The articles of a corpus, in memory."""
    return list(read_articles(path))
