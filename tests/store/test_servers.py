"""A server that doesn't start leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.servers import postgres_binaries, running_postgres


def folders() -> set[Path]:
    return set(Path("/tmp").glob("sc-*"))


def test_a_start_that_fails_leaves_neither_folder_nor_server() -> None:
    if postgres_binaries() is None:
        pytest.skip("no PostgreSQL here: install the package postgresql")
    before = folders()
    with pytest.raises(RuntimeError, match="pg_ctl"), running_postgres(no_such_setting="1"):
        pass
    assert folders() <= before
