"""The walls that import-linter can't see: what importing brings in, and what the package promises to export."""

from __future__ import annotations

import importlib
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import storycluster

HEAVY = (
    "numpy",
    "numba",
    "sklearn",
    "scipy",
    "pandas",
    "pyarrow",
    "datasketch",
    "rapidfuzz",
    "rich",
    "click",
    "orjson",
    "psycopg",
    "redis",
)


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a statement brings into a fresh interpreter."""
    code = f"import sys, json; {statement}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(json.loads(done.stdout))


def test_importing_brings_in_nothing_heavy() -> None:
    assert loaded_by("import storycluster").isdisjoint(HEAVY)


def test_articles_stories_and_settings_need_nothing_heavy() -> None:
    assert loaded_by("from storycluster import Article, Story, Settings, StoryclusterError").isdisjoint(HEAVY)


def test_clustering_needs_neither_scikit_learn_nor_datasketch() -> None:
    loaded = loaded_by("import storycluster; storycluster.cluster_articles(['one text', 'another'])")
    assert loaded.isdisjoint({"sklearn", "pandas", "pyarrow", "datasketch", "rich", "click"})


def test_importing_takes_no_time() -> None:
    code = "import time; t = time.perf_counter(); import storycluster; print(time.perf_counter() - t)"
    seconds = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5)]
    assert statistics.median(seconds) < 0.15


def test_every_public_name_is_there_and_listed_once() -> None:
    assert sorted(storycluster.__all__, key=str) == sorted(set(storycluster.__all__))
    homes = {name for names in storycluster.HOMES.values() for name in names}
    assert set(storycluster.__all__) == homes
    for home, names in storycluster.HOMES.items():
        module = importlib.import_module(f"storycluster.{home}")
        for name in names:
            assert getattr(storycluster, name) is getattr(module, name)
            assert getattr(storycluster, name).__doc__


def test_each_room_stands_in_the_table_of_the_architecture() -> None:
    package = Path(storycluster.__file__).parent
    rooms = {path.name for path in package.glob("*.py") if not path.name.startswith("_")}
    rooms |= {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    rooms |= {f"kernels/{path.parent.name}/" for path in package.glob("kernels/*/__init__.py")}
    rooms |= {f"index/{path.name}" for path in package.glob("index/*.py") if not path.name.startswith("_")}
    table = (
        (package.parents[1] / "docs" / "architecture.md").read_text("utf-8").split("\n|---|---|\n")[1].split("\n\n")[0]
    )
    assert set(re.findall(r"`([\w/.]+)`", "\n".join(row.split("|")[1] for row in table.splitlines()))) == rooms
