"""A store in one SQLite file, or in memory.

The file is in WAL mode: many readers beside one writer. The writer holds a lock for as long as it is open, as its
memory must know of every change; it is a second file beside the first, locked by SQLite too, so that it is free again
once the process is gone, however it went.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from os import PathLike, fspath
from os.path import abspath
from pathlib import Path
from typing import Any

from storycluster.errors import StoreError
from storycluster.store.contract import (
    SCHEMA_VERSION,
    ArticleTuple,
    EdgeRow,
    MemberRow,
    StoryRow,
    TextRow,
    refuse_version,
)
from storycluster.store.reading import ARTICLE, Rows
from storycluster.store.sqlite_file import describe, look_before
from storycluster.store.sqlite_schema import APPLICATION, PAGE, SCHEMA, STEPS

LEAST_PATIENCE = 5.0
"""Seconds to wait for a moment in which nobody changes the file, whatever was told of another writer."""
FETCHED = 1024
"""Rows fetched at a time."""
LEAST_SLACK, SHARE_FREE = 256, 8
"""So many free pages, or one in so many of all, are left for rows to come."""
RECLAIMED, RECLAIMED_TOGETHER = 32, 1024
"""Free pages given back with one change, and in a transaction of their own: each takes longer where more are free."""
WAL_BYTES = 32 << 20
"""The file of the last changes is cut to so many once they stand in the index: four times what it has between two
checkpoints. A large change makes it longer."""


class SqliteStore(Rows):
    """A store in a file; see ``contract.Store`` for what its methods do.

    Args:
        path: The file, made if it isn't there; ":memory:" keeps all in memory.
        writable: Whether to hold the writer's lock; a reader sees what is committed.
        full: Whether a commit is on the disk before it returns (``synchronous=FULL``), not only with the system.
        timeout: Seconds to wait for another writer to end.
        must_exist: Don't begin a new index.

    Raises:
        LockedError: The index is open for writing already.
        StoreError: The file can't be opened, isn't there, is none of ours, damaged, or of a newer version.
    """

    as_text = "CAST(? AS TEXT)"

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        writable: bool = True,
        full: bool = False,
        timeout: float = 0.0,
        must_exist: bool = False,
    ) -> None:
        self.path = self.name = fspath(path)
        self.writable = writable
        self.in_memory = self.path == ":memory:"
        self._timeout = timeout
        self._lock: sqlite3.Connection | None = None
        self._unlocked: tuple[int, ...] | None = None
        self._opened = 0
        if not writable and self.in_memory:
            raise StoreError(
                f"{self.path}: an index in memory is a new one whenever it is opened, so that there is nothing to read "
                "in it only; name a file, or open it to write"
            )
        if (must_exist or not writable) and not Path(self.path).exists():
            raise StoreError(f"{self.path}: there is no such index")
        try:
            if not self.in_memory:
                look_before(self.path, max(self._timeout, LEAST_PATIENCE), beginning=writable and not must_exist)
            if writable and not self.in_memory:
                self._lock = sqlite3.connect(
                    f"{abspath(self.path)}-writer", timeout=timeout, isolation_level=None, check_same_thread=False
                )
                self._lock.execute("BEGIN EXCLUSIVE")
            self._db = self._connect()
            self._prepare(full)
        except sqlite3.Error as error:
            self.close()
            raise describe(self.path, error) from None
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        """A connection; in a folder where nothing can be written, one without locks, if nobody writes to the file.

        Raises:
            StoreError: Somebody has it open, or has left it half-written.
        """
        connect = partial(
            sqlite3.connect, timeout=max(self._timeout, LEAST_PATIENCE), isolation_level=None, check_same_thread=False
        )
        self._unlocked = None
        self._opened += 1
        # SQLite may take a name that begins with file: for an address
        database = connect(self.path if self.in_memory else abspath(self.path))
        try:
            if not self.writable:
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return database
        except sqlite3.Error as error:
            database.close()
            # to read a file in WAL mode is to write a "-shm" beside it
            if not getattr(error, "sqlite_errorname", "").startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                raise
        if Path(f"{self.path}-wal").exists():
            raise StoreError(
                f"{self.path}: the last changes stand in a file beside it ({self.path}-wal), which can't be read where "
                "nothing may be written: have whoever writes to the index close it, or open it once where that may be "
                "written; or read a backup"
            )
        self._unlocked = self._stamp()
        return connect(f"{Path(self.path).absolute().as_uri()}?immutable=1", uri=True)

    def _stamp(self) -> tuple[int, ...]:
        """Another one than before when the file was written to."""
        try:
            now = Path(self.path).stat()
        except OSError as error:
            raise StoreError(f"{self.path}: the index can't be read any more: {error.strerror}") from error
        return now.st_ino, now.st_size, now.st_mtime_ns, Path(f"{self.path}-wal").exists()

    def _look_again(self) -> None:
        """Connect anew where there are no locks and somebody has written to the file since."""
        if self._unlocked is not None and not self._db.in_transaction and self._stamp() != self._unlocked:
            self._db.close()
            self._db = self._connect()
            self._prepare(False)

    def _prepare(self, full: bool) -> None:
        fresh = self.writable and not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if fresh:
            self._db.execute(f"PRAGMA page_size = {PAGE}")
            self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._db.executescript(
                f"BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION}; "
                f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        if self._db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise StoreError(f"{self.path}: expected an index of storycluster, got another SQLite file")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION or (version < SCHEMA_VERSION and not self.writable):
            raise refuse_version(self.path, version)
        if version < SCHEMA_VERSION:
            steps = " ".join(STEPS[older] for older in range(version, SCHEMA_VERSION))
            self._db.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        if self.writable:
            self._db.execute("PRAGMA journal_mode = WAL")  # kept in the file, where nobody has switched it since
            self._db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        self._db.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        self._db.execute("PRAGMA cache_size = -16384")
        if not self.writable:
            self._db.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Let go of the files."""
        with ExitStack() as closed:
            for connection in (self._lock, getattr(self, "_db", None)):
                if connection is not None:
                    closed.callback(connection.close)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write within."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise describe(self.path, error) from error

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read within, as at one moment."""
        if self._db.in_transaction:  # a moment by itself
            yield
            return
        try:
            self._look_again()
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise describe(self.path, error) from error

    def version(self) -> tuple[int, int]:
        """How often the file was opened, and SQLite's own version of what is in it."""
        return self._opened, int(self._row("PRAGMA data_version")[0])

    def _all(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        try:
            self._look_again()
            return self._db.execute(sql, arguments).fetchall()
        except sqlite3.Error as error:
            raise describe(self.path, error) from error

    def _each(self, sql: str) -> Iterator[Any]:
        try:
            self._look_again()
            cursor = self._db.execute(sql)
            while rows := cursor.fetchmany(FETCHED):
                yield from rows
        except sqlite3.Error as error:
            raise describe(self.path, error) from error

    def put_named(self, values: Mapping[str, str]) -> None:
        """Keep named values."""
        self._db.executemany("INSERT OR REPLACE INTO named VALUES (?, ?)", values.items())

    def put_texts(self, rows: Iterable[TextRow]) -> None:
        """Keep texts."""
        self._db.executemany("INSERT INTO text VALUES (?, ?, ?)", rows)

    def drop_texts(self, numbers: Iterable[int]) -> None:
        """Forget texts."""
        self._db.executemany("DELETE FROM text WHERE number = ?", ((number,) for number in numbers))

    def put_articles(self, rows: Iterable[ArticleTuple]) -> None:
        """Keep articles."""
        self._db.executemany(f"INSERT INTO article ({ARTICLE}, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def drop_articles(self, numbers: Iterable[int]) -> None:
        """Forget articles."""
        self._db.executemany("DELETE FROM article WHERE number = ?", ((number,) for number in numbers))

    def put_members(self, rows: Iterable[MemberRow]) -> None:
        """Keep which stories articles belong to."""
        self._db.executemany(
            "UPDATE article SET story = ?2, relation = ?3, jaccard = ?4, containment = ?5 WHERE number = ?1", rows
        )

    def put_stories(self, rows: Iterable[StoryRow]) -> None:
        """Keep stories."""
        self._db.executemany(
            """INSERT OR REPLACE INTO story
               VALUES (?1, ?2, ?3, ?4, ?5, (SELECT max(received) FROM article WHERE story = ?1))""",
            rows,
        )

    def drop_stories(self, numbers: Iterable[int]) -> None:
        """Forget stories."""
        self._db.executemany("DELETE FROM story WHERE number = ?", ((number,) for number in numbers))

    def put_edges(self, rows: Iterable[EdgeRow]) -> None:
        """Keep edges."""
        self._db.executemany("INSERT OR REPLACE INTO edge VALUES (?, ?, ?)", rows)

    def drop_edges(self, ends: Iterable[tuple[int, int]]) -> None:
        """Forget edges."""
        self._db.executemany("DELETE FROM edge WHERE low = ? AND high = ?", ends)

    def put_outlets(self, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Keep outlets' names."""
        self._db.executemany("INSERT OR REPLACE INTO outlet VALUES (?, ?, ?)", rows)

    def outlet_keys(self, numbers: Iterable[int]) -> dict[bytes, bytes]:
        """Name → key of some outlets' names."""
        rows = (self._row("SELECT name, key FROM outlet WHERE number = ?", (number,)) for number in numbers if number)
        return dict(row for row in rows if row is not None)

    def put_furniture(self, rows: Mapping[int, bytes]) -> None:
        """Keep for which outlets sampled hashes are furniture."""
        gone = ((sampled,) for sampled, outlets in rows.items() if not outlets)
        self._db.executemany("DELETE FROM furniture WHERE hash = ?", gone)
        known = ((sampled, outlets) for sampled, outlets in rows.items() if outlets)
        self._db.executemany("INSERT OR REPLACE INTO furniture VALUES (?, ?)", known)

    def put_pending(self, samples: Iterable[bytes]) -> None:
        """Append sampled hashes that are to be learnt."""
        self._db.executemany("INSERT INTO pending (sample) VALUES (?)", ((sample,) for sample in samples))

    def drop_pending(self) -> None:
        """Forget the sampled hashes that were to be learnt."""
        self._db.execute("DELETE FROM pending")

    def put_waiting(self, kind: int, rows: Mapping[int, bool]) -> None:
        """Keep or forget what waits."""
        gone = ((kind, number) for number, waits in rows.items() if not waits)
        self._db.executemany("DELETE FROM waiting WHERE kind = ? AND number = ?", gone)
        waiting = ((kind, number) for number, waits in rows.items() if waits)
        self._db.executemany("INSERT OR IGNORE INTO waiting VALUES (?, ?)", waiting)

    def put_changes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Append to the feed."""
        self._db.executemany("INSERT INTO change (at, entry) VALUES (?, ?)", rows)

    def drop_changes(self, before: int) -> None:
        """Forget the entries made before a moment, up to the first later one."""
        later = self._row("SELECT min(cursor) FROM change WHERE at >= ?", (before,))[0]
        if later is None:
            self._db.execute("DELETE FROM change")
        else:
            self._db.execute("DELETE FROM change WHERE cursor < ?", (later,))

    def cursors(self) -> tuple[int, int]:
        """The last cursor dropped, the last one given."""
        last = self._row("SELECT seq FROM sqlite_sequence WHERE name = 'change'")
        first = self._row("SELECT min(cursor) FROM change")[0]
        given = 0 if last is None else int(last[0])
        return (given if first is None else int(first) - 1), given

    def put_links(self, rows: Mapping[tuple[bytes, bytes], bool | None]) -> None:
        """Keep or forget what is said of two ids."""
        self._db.executemany("DELETE FROM link WHERE a = ? AND b = ?", rows)
        said = ((*pair, must) for pair, must in rows.items() if must is not None)
        self._db.executemany("INSERT INTO link VALUES (?, ?, ?)", said)

    def put_ages(self, by_publication: bool) -> None:
        """Reckon every article's age anew."""
        published = "min(received, coalesce(published * 1000000, received))"
        self._db.execute(f"UPDATE article SET age = {published if by_publication else 'received'}")

    def _size(self) -> int:
        pages = self._row("PRAGMA page_count")[0] - self._row("PRAGMA freelist_count")[0]
        return int(pages * self._row("PRAGMA page_size")[0])

    def begin_changes(self, after: int) -> None:
        """Have the empty feed begin after a cursor."""
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'change'")
        self._db.execute("INSERT INTO sqlite_sequence VALUES ('change', ?)", (after,))

    def reclaim(self) -> None:
        """Give a few of the free pages back to the system, where there are more than the next rows may need."""
        slack = max(LEAST_SLACK, self._row("PRAGMA page_count")[0] // SHARE_FREE)
        self._vacuum(min(self._row("PRAGMA freelist_count")[0] - slack, RECLAIMED))

    def reclaim_all(self) -> None:
        """Give all free pages back to the system."""
        free = self._row("PRAGMA freelist_count")[0]
        for begun in range(0, free, RECLAIMED_TOGETHER):
            with self.transaction():
                self._vacuum(min(free - begun, RECLAIMED_TOGETHER))
        if free:
            self._all("PRAGMA wal_checkpoint(PASSIVE)")  # till then the file has its old length

    def _vacuum(self, pages: int) -> None:
        for _ in range(pages):  # Python steps such a statement once, which frees one page whatever it names
            self._db.execute("PRAGMA incremental_vacuum(1)")

    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the store to a file, while it is in use."""
        with self.moment():
            self.cursors()  # the moment begins as something is read: what others write doesn't begin the copy anew
            try:
                with closing(sqlite3.connect(abspath(path))) as copy:
                    self._db.backup(copy, pages=4096)
            except sqlite3.Error as error:
                own = getattr(error, "sqlite_errorname", "").startswith("SQLITE_CORRUPT")  # a new file is whole
                raise describe(self.path if own else fspath(path), error) from error

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        return [str(row[0]) for row in self._all("PRAGMA integrity_check") if row[0] != "ok"]
