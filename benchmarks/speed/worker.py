"""One contestant in a process of its own: told over standard input when to run, answers with seconds and memory.

    python -m benchmarks.speed.worker NAME texts|files CORPUS INTERPRETER

A line ``run`` is answered by ``{"seconds": …, "busy": seconds of all cores, "peak": bytes beyond what was
there before the first run}``, a line ``labels`` by the labels of the last run.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import most_resident, processor_seconds, resident
from benchmarks.speed.contestants import CONTESTANTS, FILE_CONTESTANTS, Labels, load, read_groups

Run = Callable[[], None]

WARM_UP = 60


def prepare(
    name: str, mode: str, path: Path, interpreter: str, folder: Path
) -> tuple[Run, Callable[[], Labels | None]]:
    """What is timed, with everything loaded and compiled that it needs, and how to get at its last answer."""
    articles = load(path)
    answer: Labels = []
    if mode == "texts":
        group = CONTESTANTS[name]
        group(articles[:WARM_UP])

        def run_texts() -> None:
            nonlocal answer
            answer = group(articles)

        return run_texts, lambda: [int(label) for label in answer]

    convert = FILE_CONTESTANTS[name]
    ids = [article.id for article in articles]
    few, out = folder / "few.jsonl", folder / "out.jsonl"
    with path.open("rb") as file:
        few.write_bytes(b"".join(line for line, _ in zip(file, range(WARM_UP), strict=False)))
    convert(few, out, interpreter)
    return lambda: convert(path, out, interpreter), lambda: read_groups(out, ids)


def main() -> None:
    name, mode, path, interpreter = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a contestant prints is no answer
    with tempfile.TemporaryDirectory() as folder:
        run, labels = prepare(name, mode, Path(path), interpreter, Path(folder))
        before = resident()
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            if line.strip() == "labels":
                print(json.dumps(labels()), file=answers, flush=True)
                continue
            gc.collect()
            busy, began = processor_seconds(children=True), time.perf_counter()
            run()
            seconds = time.perf_counter() - began
            busy = processor_seconds(children=True) - busy
            peak = max(most_resident(children=True) - before, 0)
            print(json.dumps({"seconds": seconds, "busy": busy, "peak": peak}), file=answers, flush=True)


if __name__ == "__main__":
    main()
