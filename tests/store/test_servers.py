"""A server that doesn't start leaves nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from benchmarks.servers import postgres_binaries, running_postgres


def test_a_start_that_fails_leaves_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    if postgres_binaries() is None:
        pytest.skip("no PostgreSQL here: install the package postgresql")
    made: list[str] = []
    make = tempfile.mkdtemp

    def noting(prefix: str, dir: str) -> str:
        made.append(make(prefix=prefix, dir=dir))
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", noting)
    with pytest.raises(RuntimeError, match="pg_ctl"), running_postgres(no_such_setting="1"):
        pass
    assert made
    assert not any(Path(folder).exists() for folder in made)
