"""How long storycluster takes to start: importing it, and five articles from the shell once the kernels are compiled.

python -m benchmarks.startup
"""

from __future__ import annotations

import json
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
        news = Path(folder) / "news.jsonl"
        text = (
            "Ferries to the islands leave from the fish market until the pier is mended, the harbor office said. " * 4
        )
        news.write_text("".join(json.dumps({"id": str(i), "text": f"{text} {i}"}) + "\n" for i in range(5)))
        command = [sys.executable, "-m", "storycluster", "cluster", str(news), "-o", str(Path(folder) / "out.jsonl")]
        subprocess.run(command, check=True, capture_output=True)
        imports, runs = [], []
        for _ in range(RUNS):
            imports.append(float(subprocess.check_output([sys.executable, "-c", IMPORT])))
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            runs.append(time.perf_counter() - began)
    for name, seconds in (("import storycluster", imports), ("five articles from the shell", runs)):
        print(f"{name}: median {statistics.median(seconds):.3f} s, least {min(seconds):.3f} s, of {RUNS} runs")


if __name__ == "__main__":
    main()
