"""The file of an index in SQLite, and those beside it: what is wrong with one, and how a new one gets its name."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from os import PathLike, fspath
from pathlib import Path

from storycluster.errors import LockedError, StoreError
from storycluster.store import contract
from storycluster.store.sqlite_schema import APPLICATION

LOCK_PLACE = 1 << 30
"""SQLite never writes the page that has this byte, as it takes locks there."""
FILES = ("", "-writer", "-wal", "-shm", "-journal")
"""Endings of a file's name, and of those that stand beside it while it is written to."""


def damaged(path: str, told: str) -> StoreError:
    """What is wrong with a file, as an error of ours."""
    return StoreError(f"{path}: the file is damaged ({told}); go back to a backup, or add its articles to a new index")


def describe(path: str, error: sqlite3.Error) -> StoreError:
    """What went wrong with a file, as an error of ours."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockedError(
            f"{path}: this index is open for writing already, in this process or another; close it there, or wait "
            "longer (timeout=)"
        )
    if name.startswith("SQLITE_FULL"):
        return StoreError(f"{path}: the disk is full; nothing of this change was kept. Make room and try again")
    if name.startswith("SQLITE_READONLY"):
        return StoreError(f"{path}: the index can't be written here (read-only file or folder)")
    if name.startswith("SQLITE_NOTADB"):
        return StoreError(f"{path}: expected an index of storycluster, got another file; name another path")
    if name.startswith("SQLITE_CORRUPT") or "decode to UTF-8" in str(error):
        return damaged(path, str(error))
    if name.startswith("SQLITE_CANTOPEN"):
        return StoreError(f"{path}: can't be opened (is there such a folder, and may you read and write there?)")
    return StoreError(f"{path}: {error}")


def pages_beside(path: str, size: int) -> set[int]:
    """The numbers of the pages, of so many bytes, that stand in the file of the last changes beside a file.

    See sqlite.org/walformat.html.
    """
    found: set[int] = set()
    with suppress(FileNotFoundError), open(f"{path}-wal", "rb", buffering=0) as changes:
        salts = changes.read(32)[16:24]
        while len(frame := changes.read(24)) == 24 and frame[8:16] == salts:
            found.add(int.from_bytes(frame[:4], "big"))
            changes.seek(size, os.SEEK_CUR)
    return found


@contextmanager
def new_file(path: str | PathLike[str]) -> Iterator[Path]:
    """A place to write an index to, which has its name once the block ends without an error, and is gone else.

    Raises:
        StoreError: There is a file of this name, or no folder for it; what goes wrong with the place within is told of
            the name.
    """
    if fspath(path) == ":memory:":
        raise StoreError(f"{path}: expected a name for a new file; what is in memory would be gone at once")
    place = Path(path).absolute()
    if place.exists():
        raise StoreError(f"{fspath(path)}: expected a name for a new file; this one is there already")
    if not place.parent.is_dir():
        raise StoreError(f"{fspath(path)}: there is no folder {place.parent} to write to")
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.rename(place)
    except StoreError as error:
        raise type(error)(str(error).replace(str(beside), fspath(path))) from error
    finally:
        for ending in FILES:
            with suppress(OSError):  # it isn't there
                Path(f"{beside}{ending}").unlink()


def look_before(path: str, timeout: float, *, beginning: bool) -> None:
    """Look at a file before it, or anything beside it, is changed.

    SQLite reads it: a file that Python closes loses the locks of every connection that this process has to it.

    Args:
        path: The file, which need not be there.
        timeout: Seconds to wait for who writes to it.
        beginning: An index may be begun in it, where it has no bytes and no changes stand beside it.

    Raises:
        StoreError: It is none of ours, torn, or of a newer version.
    """
    if Path(path).is_dir():
        raise StoreError(f"{path}: expected the name of a file, got a folder")
    if not Path(path).exists():
        return
    if Path(path).stat().st_size == 0:
        # SQLite lets go of the changes beside such a file, which somebody may want to save
        if beginning and not Path(f"{path}-wal").exists():
            return
        raise StoreError(
            f"{path}: expected an index, got a file of no bytes; restore a backup, or try again if it is just being "
            "made"
        )
    changes, undoing = (Path(f"{path}{ending}").exists() for ending in ("-wal", "-journal"))
    connect = partial(sqlite3.connect, timeout=timeout, isolation_level=None, uri=True)
    address = Path(path).absolute().as_uri()
    with closing(connect(f"{address}?immutable=1")) as file:
        try:
            application, version, begun = (
                file.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version", "schema_version")
            )
            # SQLite writes the first page of a new file before it has what we write there
            if application != APPLICATION and (application or begun):
                raise StoreError(f"{path}: expected an index of storycluster, got another file; name another path")
            if version > contract.SCHEMA_VERSION:
                raise contract.refuse_version(path, version)
            if not changes and not undoing:
                refuse_torn(path, file)
        except sqlite3.DatabaseError as error:
            if not error.sqlite_errorname.startswith("SQLITE_CORRUPT") or not (changes or undoing):
                raise
    if changes:
        with closing(connect(f"{address}?mode=ro")) as file, suppress(sqlite3.OperationalError):
            file.execute("BEGIN")  # within, nobody takes pages out of either file
            refuse_torn(path, file)


def refuse_torn(path: str, file: sqlite3.Connection) -> None:
    """See that every page is in the file, or in that of the last changes: SQLite reads what is missing as zeros."""
    pages = file.execute("PRAGMA page_count").fetchone()[0]
    size = file.execute("PRAGMA page_size").fetchone()[0]
    there = os.stat(path).st_size // size
    if there < pages:
        missing = set(range(there + 1, pages + 1)) - pages_beside(path, size) - {LOCK_PLACE // size + 1}
        if missing:
            raise damaged(path, f"it ends before page {min(missing):,} of {pages:,}")
