"""Fixtures and options of all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--news-data", metavar="DIR", help="folder of real news to measure on (default: $STORYCLUSTER_NEWS_DATA)"
    )


@pytest.fixture(scope="session")
def news_data(request: pytest.FixtureRequest) -> Path:
    """The folder of real news; tests that need it are skipped where it isn't given."""
    named = request.config.getoption("--news-data") or os.environ.get("STORYCLUSTER_NEWS_DATA")
    if not named:
        pytest.skip("no real news: pass --news-data DIR or set STORYCLUSTER_NEWS_DATA")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"--news-data: {folder} is no folder")
    return folder
