"""The command line, called in this process or as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from storycluster.cli import main
from storycluster.sample import sample_articles_path

Program = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def sample() -> str:
    return str(sample_articles_path())


@pytest.fixture
def called(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, bytes, str]]:
    """Calls a command: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, bytes, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        return code, out, err.decode("utf-8")

    return call


@pytest.fixture(scope="session")
def program() -> Program:
    """Runs the command as a program of its own."""

    def run(
        *arguments: object, input: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "storycluster", *map(str, arguments)]
        return subprocess.run(
            command, input=input, capture_output=True, check=False, env={**os.environ, **(environment or {})}
        )

    return run


@pytest.fixture(scope="session")
def on_terminal() -> Callable[[str], str]:
    """Runs Python code whose standard error is a terminal; what is written there."""

    def run(code: str) -> str:
        ours, theirs = os.openpty()
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        ) as process:  # fmt: skip
            os.close(theirs)
            shown = b""
            with suppress(OSError):  # what reading a terminal gives once nobody writes to it
                while data := os.read(ours, 1 << 16):
                    shown += data
            os.close(ours)
        assert process.returncode == 0
        return shown.decode("utf-8")

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes records as JSON lines."""

    def write_lines(*records: dict[str, Any] | str, name: str = "news.jsonl") -> Path:
        path = tmp_path / name
        lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    return write_lines
