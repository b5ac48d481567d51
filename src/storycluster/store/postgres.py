"""A store in a PostgreSQL database, that several processes write to at once.

Every entry goes into the ``log`` first, in a short transaction of its own. An entry's place in the log is its number;
it is drawn under a shared advisory lock that is held until the entry is committed. Whoever has the turn to write takes
that lock alone for a moment: no entry up to the highest place is still to come then, so that none can ever appear
before one that has been applied. Other transactions on the server, however long, are not waited for.

The turn is an advisory lock, too. Whoever has it writes the rows of all entries that nobody has written yet in one
transaction, together with how far that got (``state``), and what each entry did (``log.answer``); the others wait, and
find their entries written. Locks are the connection's: a process that is killed loses them, its transaction is undone,
and its entries that were committed are applied by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import repeat
from os import PathLike
from typing import TYPE_CHECKING, Any
from zlib import crc32

from storycluster.errors import LockedError, MissingExtraError, StoreError
from storycluster.store.address import shown, split_address
from storycluster.store.contract import (
    SCHEMA_VERSION,
    ArticleTuple,
    EdgeRow,
    LogRow,
    MemberRow,
    StoryRow,
    TextRow,
    Tip,
    refuse_version,
)
from storycluster.store.copying import copy_store
from storycluster.store.postgres_arrays import Blobs, Column, Numbers, Reals
from storycluster.store.postgres_schema import SCHEMA, STEPS
from storycluster.store.reading import Rows
from storycluster.utf8 import decode, encode

if TYPE_CHECKING:
    import psycopg

FETCHED = 2_000
"""Rows fetched at a time while loading."""
SENT_AT_ONCE, CALLS_AT_ONCE = 8 << 20, 200
"""Bytes, and calls, of a transaction that are sent at a time."""
LOG_BYTES = 64 << 20
"""Of entries whose rows are written, at most so many bytes are kept for writers that lag behind; whoever lags further
loads the index anew."""
TRIMMED_EVERY = 64
"""Entries between two looks at which of them the log may drop, whoever writes them."""
ANSWERS_KEPT = 64
"""The last entries are kept whoever is past them: whose they were may not have read yet what they did."""
LAG_TOLD = 256
"""Entries that a writer who only reads them is past before it says so."""
SCRIBE, APPENDING = 0x5354 << 48, 0x5355 << 48
"""Advisory locks, with a hash of the schema's name below: the turn to write; held shared while an entry is appended.
Who stays connected while the schema is dropped and made anew has the same."""
NEEDED = {
    "read": "USAGE on the schema and SELECT on all tables in it are needed",
    "write": "USAGE on the schema and SELECT, INSERT, UPDATE and DELETE on all tables in it are needed; who may only "
    "read opens the index to read only",
    "begin an index": "CREATE on the database is needed",
}
"""What a user may be kept from doing → the rights for it."""
SECONDS_TO_PING = 3
"""For which a server that refused a connection is asked whether it is there."""


def load_driver() -> Any:
    """psycopg, with our arrays known to it.

    Raises:
        MissingExtraError: It isn't installed.
    """
    try:
        import psycopg
        from psycopg.adapt import Dumper
        from psycopg.pq import Format
    except ImportError as error:
        raise MissingExtraError("an index in PostgreSQL", "postgres") from error

    for column in (Numbers, Reals, Blobs):

        class ColumnDumper(Dumper):
            format = Format.BINARY
            oid = column.array

            def dump(self, obj: Column) -> bytes:
                return obj.data

        psycopg.adapters.register_dumper(column, ColumnDumper)
    return psycopg


class PostgresStore(Rows):
    """A store in a schema of a PostgreSQL database; see ``contract.SharedStore`` for what its methods do.

    Args:
        address: ``postgresql://…``, as libpq has it; ``#name`` at its end names the schema.
        writable: Whether to write; the schema is made if it isn't there.
        full: Whether a commit is on the server's disk before it returns (``synchronous_commit``).
        timeout: Seconds to wait for the server to answer, and for another writer's turn to end; 0 for as long as it
            takes.
        must_exist: Don't make a new schema.

    Raises:
        MissingExtraError: psycopg isn't installed.
        StoreError: The server doesn't answer or refuses, or the schema is missing, none of ours, or of a newer version.
    """

    in_memory = False
    as_text = "encode(?, 'escape')"

    def __init__(
        self,
        address: str,
        *,
        writable: bool = True,
        full: bool = False,
        timeout: float = 0.0,
        must_exist: bool = False,
    ) -> None:
        self._driver = load_driver()
        self._address, self.schema = split_address(address)
        self.name = shown(address)
        self.writable, self._full, self._timeout = writable, full, timeout
        self._patience = {"connect_timeout": max(2, int(timeout))} if timeout else {}
        self._connection: psycopg.Connection[Any] | None = None
        own = crc32(self.schema.encode())
        self._locks = (SCRIBE | own, APPENDING | own)
        self._told: int | None = None
        self._turn_began = 0
        self._in_turn = False
        self._calls: list[tuple[str, tuple[Any, ...]]] | None = None
        self._waiting = 0
        self._begun = False
        try:
            with self._guarded():
                self._prepare(make=writable and not must_exist)
        except BaseException:
            self.close()
            raise

    # Connection

    @contextmanager
    def _guarded(self, doing: str = "read") -> Iterator[None]:
        """What goes wrong with the server, as an error of ours; a connection that is lost is let go of."""
        try:
            yield
        except self._driver.Error as error:
            raise self._describe(error, doing) from error

    def _describe(self, error: Exception, doing: str) -> StoreError:
        state = getattr(error, "sqlstate", None) or ""
        told = str(error).strip().partition("\n")[0].replace(self._address, self.name)
        lost = self._connection is not None and (self._connection.closed or self._connection.broken)
        if lost or self._in_turn:
            self._disconnect()  # the turn goes with the connection
        if lost or state.startswith(("08", "57P")):
            return StoreError(
                f"{self.name}: the connection to the server was lost ({told}); what had not returned may or may not be "
                "kept, never a part of it. Do it again: an article that is there already changes nothing"
            )
        if isinstance(error, self._driver.OperationalError) and not state:
            if self._answers():
                return StoreError(f"{self.name}: the server refuses the connection ({told})")
            return StoreError(f"{self.name}: the server can't be reached ({told})")
        if state == "55P03":
            return LockedError(
                f"{self.name}: another writer has had its turn to write for {self._timeout:g} seconds; what was to be "
                "added is in the log, and will be applied when that one ends or goes"
            )
        if state == "53100":
            return StoreError(f"{self.name}: the server's disk is full; make room and try again")
        barred = state in ("3F000", "42P01", "42883") and self._is_barred()
        if barred:
            told = f"permission denied for schema {self.schema}"
        if barred or state in ("42501", "25006"):
            return StoreError(f"{self.name}: the server doesn't let this user {doing} here ({told}); {NEEDED[doing]}")
        if state in ("3F000", "42P01", "42883"):
            return StoreError(f"{self.name}: there is no such index (any more)")
        return StoreError(f"{self.name}: {told}")

    def _answers(self) -> bool:
        """Whether there is a server, whoever it lets in."""
        server = self._driver.conninfo.make_conninfo(self._address, connect_timeout=SECONDS_TO_PING)
        return bool(self._driver.pq.PGconn.ping(server.encode()) == self._driver.pq.Ping.OK)

    def _is_barred(self) -> bool:
        """Whether the schema is there, and this user may not use it: then its tables can't be seen by their names."""
        asked = "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = %s"
        with (
            suppress(self._driver.Error),  # by a connection of its own: a transaction of this one may have failed
            self._driver.connect(self._address, autocommit=True, **self._patience) as connection,
        ):
            return bool(connection.execute(asked, (self.schema,)).fetchone() == (False,))
        return False

    @property
    def _db(self) -> psycopg.Connection[Any]:
        """The connection; made anew if it was lost."""
        if self._in_turn and self._connection is not None and self._connection.closed:
            raise self._driver.OperationalError("the connection is closed")
        if self._connection is None or self._connection.closed:
            self._connection = self._driver.connect(self._address, autocommit=True, **self._patience)
            self._connection.execute(f'SET search_path TO "{self.schema}"')
            # plans are made once and kept: by keys, whatever the size of the tables was then
            self._connection.execute(
                f"SET synchronous_commit TO {'on' if self._full else 'off'}; SET jit TO off; "
                "SET plan_cache_mode TO force_generic_plan; "
                # whoever has the turn on a machine that is gone loses it within a minute
                "SET tcp_keepalives_idle TO 30; SET tcp_keepalives_interval TO 10; SET tcp_keepalives_count TO 3; "
                f"SET lock_timeout TO {int(1000 * self._timeout)}; "
                "SET enable_hashjoin TO off; SET enable_mergejoin TO off; SET enable_seqscan TO off"
            )
            if not self.writable:
                self._connection.execute("SET default_transaction_read_only TO on")
            self._told = None  # the server knows nothing of this connection yet
        return self._connection

    def _prepare(self, *, make: bool) -> None:
        """Make the schema if it isn't there, and see that it is ours.

        Raises:
            StoreError: It isn't there, none of ours, or of a newer version.
        """
        there = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s"
        if make and not self._db.execute(there, (self.schema, "state")).fetchone():
            with self._guarded("begin an index"), self._db.transaction():
                self._db.execute("SELECT pg_advisory_xact_lock(%s)", (SCRIBE,))  # two may begin at once
                if not self._db.execute(there, (self.schema, "state")).fetchone():
                    if self._db.execute("SELECT 1 FROM pg_tables WHERE schemaname = %s", (self.schema,)).fetchone():
                        raise StoreError(
                            f"{self.name}: the schema {self.schema} has tables of something else; name another one: "
                            "postgresql://…/database#name"
                        )
                    self._db.execute(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
                    self._db.execute(SCHEMA)
                    self._db.execute("INSERT INTO state (version) VALUES (%s)", (SCHEMA_VERSION,))
        if not self._db.execute(there, (self.schema, "state")).fetchone():
            raise StoreError(f"{self.name}: there is no such index")
        (version,) = self._db.execute("SELECT version FROM state").fetchone() or (0,)
        if version > SCHEMA_VERSION or (version < SCHEMA_VERSION and not self.writable):
            raise refuse_version(self.name, version)
        if version < SCHEMA_VERSION:
            self._bring_up()

    def _bring_up(self) -> None:
        """Make the tables those of this version, in one transaction in which nobody else writes."""
        with self._guarded("write"), self._db.transaction():
            self._db.execute("SELECT pg_advisory_xact_lock(%s), pg_advisory_xact_lock(%s)", self._locks)
            (version,) = self._db.execute("SELECT version FROM state").fetchone() or (SCHEMA_VERSION,)
            for older in range(version, SCHEMA_VERSION):  # none if another process was quicker
                self._db.execute(STEPS[older])
            self._db.execute("UPDATE state SET version = %s", (max(version, SCHEMA_VERSION),))

    def close(self) -> None:
        """Let go of the connection, and have no entry kept for this writer any more."""
        if self._connection is not None and self._told is not None and not self._in_turn:
            with suppress(self._driver.Error):  # a row that stays goes at the next trimming
                self._connection.execute(
                    "DELETE FROM writer WHERE pid IN "
                    "(SELECT pid FROM writer WHERE pid = pg_backend_pid() FOR UPDATE SKIP LOCKED)"
                )
        self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._in_turn = False

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write within, while nobody else does."""
        with self._guarded("write"):
            self._calls, self._waiting = [], 0
            try:
                yield
                self._send()
                if self._begun:
                    self._db.execute("COMMIT")
                    if self._in_turn:
                        self._db.execute("SELECT pg_advisory_unlock(%s)", (self._locks[0],))
                self._in_turn = False  # what the turn was for is done
            except BaseException:
                if self._begun and self._connection is not None and not self._connection.closed:
                    with suppress(self._driver.Error):
                        self._connection.execute("ROLLBACK")
                raise
            finally:
                self._calls, self._begun = None, False

    def _send(self, *, more: bool = False) -> None:
        """Make the calls of a transaction in one statement: it alone, unless there is more to come or to read.

        The functions are called in the order in which they stand; each sees what those before it wrote.
        """
        calls, self._calls, self._waiting = self._calls or [], [], 0
        if more and not self._begun:
            self._db.execute("BEGIN")
            self._begun = True
            self._db.execute("SELECT pg_advisory_xact_lock(%s)", (self._locks[0],))
        elif not self._begun and calls:
            # the turn's lock is the connection's; it is exchanged for the statement's own, which ends with its commit
            lock = [("pg_advisory_xact_lock(%s)", (self._locks[0],)), ("pg_advisory_unlock(%s)", (self._locks[0],))]
            calls = [*lock[: 2 if self._in_turn else 1], *calls]
        if calls:
            arguments = [argument for _, given in calls for argument in given]
            self._db.execute(f"SELECT {', '.join(call for call, _ in calls)}", arguments)

    def _send_before_reading(self) -> None:
        """Within a transaction, what is read must show what was written."""
        if self._calls is not None:
            with self._guarded("write"):
                self._send(more=True)

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read within, as at one moment."""
        with self._guarded():
            if (
                self._calls is not None or self._db.info.transaction_status != self._driver.pq.TransactionStatus.IDLE
            ):  # a moment by itself
                yield
                return
        with self._guarded(), self._db.transaction():
            self._db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    @contextmanager
    def snapshot(self) -> Iterator[Tip]:
        """Read within, as at one moment."""
        with self.moment():
            yield self.tip()

    def version(self) -> tuple[int, int]:
        """Which schema it is, and how often its rows were put right; how far they have got."""
        table, epoch, position = self._row("SELECT tableoid::bigint, epoch, position FROM state")
        return table << 32 | epoch, position

    @contextmanager
    def turn(self, until: int, patience: float = 0.0) -> Iterator[Tip]:
        """Wait for an entry to be written, or for the turn to write."""
        if not until:
            yield self.tip()
            return
        with self._guarded("write"):
            try:
                asked = (*self._locks, until, patience)
                row = self._db.execute("SELECT * FROM turn(%s, %s, %s, %s)", asked, binary=True).fetchone()
                assert row is not None
            except BaseException:
                self._disconnect()  # the turn may be taken already: it goes with the connection
                raise
            position, dropped, epoch, upto, writes, digest, answer, oldest, places, entries = row
            self._in_turn, self._turn_began = writes, position
            try:
                waiting = tuple(map(LogRow, places or (), entries or (), repeat(None)))
                yield Tip(position, dropped, epoch, upto, writes, digest, answer, oldest, waiting)
            except BaseException:
                if writes:
                    self._disconnect()  # the turn goes with the connection
                raise
            if self._in_turn:
                self._db.execute("SELECT pg_advisory_unlock(%s)", (self._locks[0],))
                self._in_turn = False

    def tip(self) -> Tip:
        """How far the rows have got."""
        position, dropped, epoch, digest = self._row("SELECT * FROM tip")
        return Tip(position, dropped, epoch, position, False, digest)

    def reach(self, position: int, epoch: int) -> None:
        """Note how far the rows have got; drop entries that all writers are past."""
        self._write("reach", position, epoch)
        if position // TRIMMED_EVERY > self._turn_began // TRIMMED_EVERY:
            self.tell(position)
            self._write("trim_log", max(0, min(self._turn_began, position - ANSWERS_KEPT)), LOG_BYTES)

    def tell(self, position: int) -> None:
        """Note how far this writer has got; the log is kept from there on."""
        self._write("tell", position)
        self._told = position

    def append(self, entry: bytes) -> tuple[int, Tip]:
        """Append an entry to the log."""
        with self._guarded("write"):
            row = self._db.execute("SELECT * FROM append(%s, %b)", (self._locks[1], entry)).fetchone()
            assert row is not None
            place, position, dropped, epoch, digest = row
            return place, Tip(position, dropped, epoch, position, False, digest)

    def entries(self, after: int, upto: int, limit: int) -> list[LogRow] | None:
        """The log's entries between two places; None if it keeps no more all that came after the first."""
        # as of one moment: another writer may have some dropped at any time
        sql = """
            SELECT place, entry, refused, dropped
            FROM tip LEFT JOIN log ON place > ? AND place <= ? ORDER BY place LIMIT ?
        """
        rows = self._all(sql, (after, upto, limit))
        if rows[0][3] > after:
            return None
        if not self._in_turn and (self._told is None or after >= self._told + LAG_TOLD):
            self.tell(after)
        return [
            LogRow(place, entry, None if refused is None else decode(refused))
            for place, entry, refused, _ in rows
            if place is not None
        ]

    def refuse(self, place: int, why: str) -> None:
        """Have nobody apply an entry."""
        self._write("refuse", place, encode(why))

    def put_answers(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Note what entries did."""
        self._put("put_answers", rows, Numbers, Blobs)

    # Rows

    def _write(self, name: str, *arguments: Any) -> None:
        """Call one of ``postgres_schema.WRITES``, at once or with all others of a transaction."""
        call = f"{name}({', '.join('%s' if isinstance(one, int) else '%b' for one in arguments)})"
        if self._calls is None:
            with self._guarded("write"):
                self._db.execute(f"SELECT {call}", arguments)
            return
        self._calls.append((call, arguments))
        self._waiting += sum(len(one.data) for one in arguments if isinstance(one, Column))
        if self._waiting > SENT_AT_ONCE or len(self._calls) > CALLS_AT_ONCE:
            self._send(more=True)

    def _all(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        self._send_before_reading()
        with self._guarded():
            return self._db.execute(sql.replace("?", "%s"), arguments, binary=True).fetchall()

    def _each(self, sql: str) -> Iterator[Any]:
        """The rows of a whole table, a part at a time."""
        self._send_before_reading()
        with self._guarded(), self._db.transaction():
            self._db.execute("SET LOCAL enable_hashjoin TO on; SET LOCAL enable_seqscan TO on")
            with self._db.cursor("each", binary=True) as cursor:
                cursor.itersize = FETCHED
                yield from cursor.execute(sql)

    def _put(self, name: str, rows: Iterable[Sequence[Any]], *kinds: Callable[[Sequence[Any]], Column]) -> None:
        """Write rows, a column an argument; nothing for none."""
        if rows := list(rows):
            self._write(name, *(kind(column) for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)))

    def _drop(self, name: str, numbers: Iterable[int]) -> None:
        if numbers := list(numbers):
            self._write(name, Numbers(numbers))

    def put_named(self, values: Mapping[str, str]) -> None:
        """Keep named values."""
        self._put("put_named", ((name.encode(), value.encode()) for name, value in values.items()), Blobs, Blobs)

    def put_texts(self, rows: Iterable[TextRow]) -> None:
        """Keep texts."""
        self._put("put_texts", rows, Numbers, Blobs, Blobs)

    def drop_texts(self, numbers: Iterable[int]) -> None:
        """Forget texts."""
        self._drop("drop_texts", numbers)

    def put_articles(self, rows: Iterable[ArticleTuple]) -> None:
        """Keep articles."""
        self._put("put_articles", rows, Numbers, Blobs, *(6 * [Numbers]), Blobs, Blobs, Blobs)

    def drop_articles(self, numbers: Iterable[int]) -> None:
        """Forget articles."""
        self._drop("drop_articles", numbers)

    def put_members(self, rows: Iterable[MemberRow]) -> None:
        """Keep which stories articles belong to."""
        self._put("put_members", rows, Numbers, Numbers, Numbers, Reals, Reals)

    def put_stories(self, rows: Iterable[StoryRow]) -> None:
        """Keep stories."""
        told = ((row.number, row.id.encode(), row.anchor, row.outlets, row.kept) for row in rows)
        self._put("put_stories", told, Numbers, Blobs, Numbers, Numbers, Numbers)

    def drop_stories(self, numbers: Iterable[int]) -> None:
        """Forget stories."""
        self._drop("drop_stories", numbers)

    def put_edges(self, rows: Iterable[EdgeRow]) -> None:
        """Keep edges."""
        self._put("put_edges", rows, Numbers, Numbers, Blobs)

    def drop_edges(self, ends: Iterable[tuple[int, int]]) -> None:
        """Forget edges."""
        self._put("drop_edges", ends, Numbers, Numbers)

    def put_outlets(self, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Keep outlets' names."""
        self._put("put_outlets", rows, Numbers, Blobs, Blobs)

    def outlet_keys(self, numbers: Iterable[int]) -> dict[bytes, bytes]:
        """Name → key of some outlets' names."""
        return dict(self._all("SELECT name, key FROM outlet WHERE number = ANY(%b)", (Numbers(numbers),)))

    def put_furniture(self, rows: Mapping[int, bytes]) -> None:
        """Keep for which outlets sampled hashes are furniture."""
        self._drop("drop_furniture", (sampled for sampled, outlets in rows.items() if not outlets))
        self._put("put_furniture", (row for row in rows.items() if row[1]), Numbers, Blobs)

    def put_pending(self, samples: Iterable[bytes]) -> None:
        """Append sampled hashes that are to be learnt."""
        self._put("put_pending", ((sample,) for sample in samples), Blobs)

    def drop_pending(self) -> None:
        """Forget the sampled hashes that were to be learnt."""
        self._write("drop_pending")

    def put_waiting(self, kind: int, rows: Mapping[int, bool]) -> None:
        """Keep or forget what waits."""
        for name, waits in (("drop_waiting", False), ("put_waiting", True)):
            if numbers := [number for number, known in rows.items() if known == waits]:
                self._write(name, kind, Numbers(numbers))

    def put_changes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Append to the feed."""
        self._put("put_changes", rows, Numbers, Blobs)

    def drop_changes(self, before: int) -> None:
        """Forget the entries made before a moment, up to the first later one."""
        self._write("drop_changes", before)

    def cursors(self) -> tuple[int, int]:
        """The last cursor dropped, the last one given."""
        first, given = self._row("SELECT (SELECT min(cursor) FROM change), cursor FROM state")
        return (given if first is None else first - 1), given

    def put_links(self, rows: Mapping[tuple[bytes, bytes], bool | None]) -> None:
        """Keep or forget what is said of two ids."""
        for (a, b), must in rows.items():
            if must is None:
                self._write("drop_link", a, b)
            else:
                self._write("put_link", a, b, must)

    def put_ages(self, by_publication: bool) -> None:
        """Reckon every article's age anew."""
        self._write("put_ages", by_publication)

    def reclaim(self) -> None:
        """Nothing: the server reclaims room by itself."""

    def reclaim_all(self) -> None:
        """Nothing either."""

    def _size(self) -> int:
        sizes = """
            SELECT sum(pg_total_relation_size(oid)) FROM pg_class
            WHERE relkind = 'r' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
        """
        return int(self._row(sizes, (self.schema,))[0])

    def begin_changes(self, after: int) -> None:
        """Have the empty feed begin after a cursor."""
        self._write("begin_changes", after)

    def drop(self) -> None:
        """Forget the whole index."""
        with self._guarded("write"):
            self._db.execute(f"DROP SCHEMA {self.schema} CASCADE")
        self._told = None

    def damage(self) -> list[str]:
        """What is wrong with the store: the server answers for its own files."""
        return []

    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the index to a file of SQLite, as it stands at one moment."""
        from storycluster.store.sqlite import SqliteStore

        target = SqliteStore(path)
        try:
            with self.snapshot():
                copy_store(self, target)
        finally:
            target.close()
