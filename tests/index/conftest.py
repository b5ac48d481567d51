"""Indexes in memory and in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storycluster import StoryIndex

Open = Callable[..., StoryIndex]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of store."""
    return str(request.param)


@pytest.fixture
def opened(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens a new index in each kind of store; all are closed in the end."""
    made: list[StoryIndex] = []

    def open_index(**options: Any) -> StoryIndex:
        path: str | Path = ":memory:" if kind == "memory" else tmp_path / f"{len(made)}.db"
        if kind == "postgres":
            path = request.getfixturevalue("address")()
        made.append(StoryIndex.open(path, **options))
        return made[-1]

    yield open_index
    for index in made:
        index.close()
