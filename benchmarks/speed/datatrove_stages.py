"""datatrove's MinHash stages on one JSONL file, as its documentation has them; a script for its own interpreter.

python datatrove_stages.py IN.jsonl OUT.jsonl TASKS
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import islice
from pathlib import Path


def main(path: Path, out: Path, tasks: int) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils.typeshelper import Languages

    config = MinhashConfig()
    with tempfile.TemporaryDirectory() as folder:
        parts = cut(path, Path(folder) / "in", tasks)
        signatures = MinhashDedupSignature(f"{folder}/signatures", config=config, language=Languages.english)
        buckets = MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config)
        clusters = MinhashDedupCluster(f"{folder}/buckets", f"{folder}/clusters", config=config, save_cluster_id=True)
        stages = (
            ([JsonlReader(f"{folder}/in"), signatures], tasks), ([buckets], config.num_buckets), ([clusters], 1)
        )  # fmt: skip
        for number, (pipeline, size) in enumerate(stages):
            LocalPipelineExecutor(pipeline, tasks=size, workers=tasks, logging_dir=f"{folder}/log{number}").run()
        write_labels(parts, Path(folder) / "clusters", out)


def cut(path: Path, folder: Path, parts: int) -> list[Path]:
    """The lines of a file in several, one a task."""
    folder.mkdir()
    lines = path.read_bytes().splitlines(keepends=True)
    size = -(-len(lines) // parts)
    written = []
    for number in range(parts):
        part = folder / f"{number:06d}.jsonl"
        part.write_bytes(b"".join(islice(lines, number * size, (number + 1) * size)))
        written.append(part)
    return written


def write_labels(parts: list[Path], clusters: Path, out: Path) -> None:
    """A label an article: its cluster, or a number of its own."""
    import numpy as np

    alone = 0
    with out.open("w") as file:
        for number, part in enumerate(parts):
            found = clusters / f"{number:06d}.clusters"
            rows = np.fromfile(found, "<u4").reshape(-1, 2).tolist() if found.exists() else []
            cluster = dict(rows)
            place = 0
            for line in part.read_bytes().splitlines():
                row = json.loads(line)
                alone -= 1
                label = cluster.get(place, alone) if row["text"] else alone
                place += bool(row["text"])  # documents without text aren't counted
                print(json.dumps({"id": row["id"], "label": label}), file=file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
