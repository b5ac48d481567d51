"""How long storycluster takes to start: importing it, five articles from the shell, and the first run of all.

python -m benchmarks.startup

The first run of all compiles the kernels; those of an index come on top of a batch's, once.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 9
IMPORT = "import time; t = time.perf_counter(); import storycluster; print(time.perf_counter() - t)"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        news, out, index = Path(folder) / "news.jsonl", Path(folder) / "out.jsonl", Path(folder) / "news.db"
        text = (
            "Ferries to the islands leave from the fish market until the pier is mended, the harbor office said. " * 4
        )
        news.write_text("".join(json.dumps({"id": str(i), "text": f"{text} {i}"}) + "\n" for i in range(5)))
        shell = [sys.executable, "-m", "storycluster"]
        cluster, add = [*shell, "cluster", str(news), "-o", str(out)], [*shell, "index", "add", str(index), str(news)]
        fresh = {**os.environ, "NUMBA_CACHE_DIR": str(Path(folder) / "kernels")}
        for name, command in (("cluster", cluster), ("index add", add)):
            print(f"the first {name} of all: {seconds(command, fresh):.0f} s", flush=True)
        for name, command in (("five articles to cluster", cluster), ("none of five new to index add", add)):
            report(name, [seconds(command, fresh) for _ in range(RUNS)])
    report("import storycluster", [float(subprocess.check_output([sys.executable, "-c", IMPORT])) for _ in range(RUNS)])


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """What a command takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def report(name: str, taken: list[float]) -> None:
    """Print the median and the least of some times."""
    print(f"{name}: median {statistics.median(taken):.3f} s, least {min(taken):.3f} s, of {len(taken)} runs")


if __name__ == "__main__":
    main()
