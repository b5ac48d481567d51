"""Fixtures and options of all tests."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from benchmarks.servers import Postgres, running_postgres, running_redis

settings.register_profile("default", deadline=None, derandomize=True)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--news-data", metavar="DIR", help="folder of real news to measure on (default: $STORYCLUSTER_NEWS_DATA)"
    )
    parser.addoption(
        "--require-servers", action="store_true", help="fail, not skip, where PostgreSQL or Redis is not installed"
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


def do_without(request: pytest.FixtureRequest, why: str) -> None:
    """Skip what needs a server that isn't installed, or fail where it must be."""
    (pytest.fail if request.config.getoption("--require-servers") else pytest.skip)(why)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL server for the whole run."""
    with running_postgres(fsync="off", max_connections="60") as server:
        if server is None:
            do_without(request, "no PostgreSQL here: install the package postgresql")
        else:
            yield server


SCHEMAS = itertools.count()


@pytest.fixture
def address(postgres: Postgres) -> Callable[[], str]:
    """Gives addresses of new indexes in PostgreSQL."""
    return lambda: f"{postgres.address}#test{next(SCHEMAS)}"


@pytest.fixture(scope="session")
def redis_socket(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The socket of a Redis server for the whole run."""
    with running_redis() as socket:
        if socket is None:
            do_without(request, "no Redis here: install the package redis-server")
        else:
            yield socket
