"""One contract, three stores: what goes in comes out, a transaction is kept as a whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from storycluster import StoreError
from storycluster.store import contract
from storycluster.store.contract import (
    DUE,
    OVERDUE,
    ArticleRow,
    MemberRow,
    SharedStore,
    Store,
    StoryRow,
)  # fmt: skip
from storycluster.store.copying import copy_store
from storycluster.store.postgres import PostgresStore
from storycluster.store.reading import Rows
from storycluster.store.sqlite import SqliteStore


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of store."""
    return str(request.param)


@pytest.fixture
def place(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store goes."""
    if kind == "postgres":
        return str(request.getfixturevalue("address")())
    return ":memory:" if kind == "memory" else str(tmp_path / "store.db")


def open_at(place: str, **options: bool) -> Store:
    return PostgresStore(place, **options) if place.startswith("postgresql:") else SqliteStore(place, **options)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """A new store."""
    made = open_at(place)
    yield made
    made.close()


def article(number: int, received: int = 0, published: int | None = None) -> ArticleRow:
    return ArticleRow(
        number, f"a{number}".encode(), number, number % 3, published, -number, received or number * 1_000_000,
        received or number * 1_000_000, bytes([number]) * 16, b'{"id": "x"}', None,
    )  # fmt: skip


def test_named_values(store: Store) -> None:
    assert store.get("settings") is None
    with store.transaction():
        store.put_named({"settings": "{}", "clock": "7"})
        store.put_named({"clock": "8"})
        store.put_named({})
    assert (store.get("settings"), store.get("clock")) == ("{}", "8")


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    with store.transaction():
        store.put_articles([article(1)])

    def give_up() -> None:
        with store.transaction():
            store.put_articles([article(2)])
            store.drop_articles([1])
            store.put_changes([(1, b"{}")])
            store.put_named({"clock": "9"})
            raise ZeroDivisionError

    def repeat() -> None:
        with store.transaction():
            store.put_articles([article(3)])
            store.put_articles([article(3)])

    with pytest.raises(ZeroDivisionError):
        give_up()
    assert store.number_of(b"a1") == 1
    assert store.number_of(b"a2") is None
    assert (store.cursors(), store.get("clock")) == ((0, 0), None)
    with pytest.raises(StoreError):
        repeat()
    assert store.number_of(b"a3") is None
    with store.transaction():
        store.put_articles([article(4)])
    assert store.number_of(b"a4") == 4


def test_texts_come_back_in_order_of_their_numbers(store: Store) -> None:
    rows = [(n, b"\0\xff" * (n % 9), b"\xff\0" * (n % 7)) for n in (300, 1, 70_000, 1 << 40)]
    with store.transaction():
        store.put_texts(rows)
        store.put_texts([])
        store.drop_texts([70_000, 99])
    wanted = [rows[1], rows[0], rows[3]]
    assert list(store.texts()) == wanted


blobs = st.binary(max_size=40)
numbers = st.integers(-(1 << 63) + 1, (1 << 63) - 1)


@given(
    data=st.lists(
        st.tuples(blobs, numbers, st.none() | st.integers(-(1 << 60), 1 << 60), st.none() | blobs), max_size=5
    )
)
@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=25)
def test_articles_come_back_as_they_went(store: Store, data: list[tuple[bytes, int, int | None, bytes | None]]) -> None:
    rows = [
        ArticleRow(n, own + bytes([n]), n, 0, when, title, title, title, own, own + b"\0\xff", body)
        for n, (own, title, when, body) in enumerate(data, 1)
    ]
    with store.transaction():
        store.put_articles(rows)
    assert list(store.bodies()) == rows
    assert [store.article(row.number) for row in rows] == rows
    assert [store.number_of(row.id) for row in rows] == [row.number for row in rows]
    assert list(store.articles()) == [
        (row.number, row.id, row.text, row.outlet, row.published, row.title, row.content, 0, row.number) for row in rows
    ]
    with store.transaction():
        store.drop_articles(row.number for row in rows)
    assert list(store.bodies()) == []


def fill(store: Store) -> None:
    """Two stories of five articles."""
    with store.transaction():
        store.put_articles(article(n) for n in range(1, 6))
        store.put_members([MemberRow(n, 7, n, n / 10, 1 / 3) for n in (1, 2, 3)])
        store.put_members([MemberRow(4, 8, 4, 1.0, 1.0), MemberRow(5, 8, 0, 0.0, 0.5)])
        store.put_stories([StoryRow(7, "s-7", 2, 3, False), StoryRow(8, "s-8", 4, 1, True)])
        store.put_edges([(1, 2, b"ab"), (2, 3, b"c"), (4, 5, b"")])


def test_stories_have_members_and_order(store: Store) -> None:
    fill(store)
    assert store.story(7) == StoryRow(7, "s-7", 2, 3, False)
    assert store.kept_ids() == [(8, "s-8")]
    assert [(a.number, m.relation, m.jaccard, m.containment) for a, m in store.members(7)] == [
        (1, 1, 0.1, 1 / 3), (2, 2, 0.2, 1 / 3), (3, 3, 0.3, 1 / 3)
    ]  # fmt: skip
    assert [member.article for member in store.all_members()] == [1, 2, 3, 4, 5]
    assert (store.story_number(b"a5"), store.story_number(story_id="s-7"), store.story_number(b"none")) == (8, 7, None)
    assert store.story_number(story_id="none\0 \ud800") is None
    assert store.story_numbers(None, 0) == [7, 8]
    assert store.story_numbers(None, 2) == [7]
    assert store.story_numbers(4_000_000, 0) == [8]
    assert [one[-2:] for one in store.articles()] == [(7, 2)] * 3 + [(8, 4)] * 2
    with store.transaction():
        store.drop_articles([5])
        store.put_stories([StoryRow(8, "s-8", 4, 9, False)])
        store.drop_stories([7, 99])
    assert store.story_numbers(None, 0) == [8]
    assert store.story_numbers(5_000_000, 0) == []
    assert store.kept_ids() == []


def test_edges_are_put_over_others_and_dropped(store: Store) -> None:
    fill(store)
    with store.transaction():
        store.put_edges([(1, 2, b"new")])
        store.drop_edges([(2, 3), (3, 4)])
        store.drop_edges([])
    assert list(store.edges()) == [(1, 2, b"new"), (4, 5, b"")]


def test_ages_tell_what_is_oldest(store: Store) -> None:
    assert (store.least_age(), store.oldest(1 << 60, 9)) == (None, [])
    with store.transaction():
        rows = [(1, 50_000_000, None), (2, 40_000_000, 10), (3, 40_000_000, None)]
        store.put_articles(article(number, received=at, published=when) for number, at, when in rows)
    assert store.least_age() == 40_000_000
    assert store.oldest(50_000_000, 9) == [(2, b"a2"), (3, b"a3")]
    assert store.oldest(50_000_001, 1) == [(2, b"a2")]
    with store.transaction():
        store.put_ages(by_publication=True)
    assert store.oldest(40_000_000, 9) == [(2, b"a2")]
    assert store.least_age() == 10_000_000
    with store.transaction():
        store.put_ages(by_publication=False)
    assert store.least_age() == 40_000_000


def test_outlets(store: Store) -> None:
    odd = "Пост \ud800\0".encode("utf-8", "surrogatepass")
    with store.transaction():
        store.put_outlets([(2, odd, b"post"), (1, b"Tern", b"tern")])
        store.put_outlets([(1, b"Tern", b"dailytern")])
    assert store.outlets() == [(1, b"Tern", b"dailytern"), (2, odd, b"post")]
    assert store.outlet_keys([2, 0, 5]) == {odd: b"post"}
    assert store.outlet_keys([]) == {}


def test_what_was_learnt_and_what_waits(store: Store) -> None:
    with store.transaction():
        store.put_furniture({4_000_000_000: b"\1\0\0\0", 5: bytes(4), 6: b"\2\0\0\0"})
        store.put_furniture({5: b"", 6: b"\3\0\0\0", 7: b""})
        store.put_pending([b"b", b"", b"a"])
        store.put_pending([])
        store.put_pending([b"c"])
        store.put_waiting(DUE, {3: True, 1: True, 2: True})
        store.put_waiting(OVERDUE, {9: True})
        store.put_waiting(DUE, {2: False, 3: True, 8: False})
    assert list(store.furniture()) == [(6, b"\3\0\0\0"), (4_000_000_000, b"\1\0\0\0")]
    assert list(store.pending()) == [b"b", b"", b"a", b"c"]
    assert (store.waiting(DUE), store.waiting(OVERDUE)) == ([1, 3], [9])
    with store.transaction():
        store.drop_pending()
    assert list(store.pending()) == []


def test_links(store: Store) -> None:
    with store.transaction():
        store.put_links({(b"a", b"b"): True, (b"a", b"c"): False, (b"\0", b"\xff"): True})
        store.put_links({(b"a", b"b"): False, (b"a", b"c"): None, (b"x", b"y"): None})
    assert store.links() == [(b"\0", b"\xff", True), (b"a", b"b", False)]


def test_the_feed_counts_on_and_forgets(store: Store) -> None:
    assert store.cursors() == (0, 0)
    with store.transaction():
        store.put_changes([(10, b"one"), (20, b"two")])
        store.put_changes([(30, b"three")])
        store.put_changes([])
    assert [tuple(row) for row in store.changes(0, 2)] == [(1, 10, b"one"), (2, 20, b"two")]
    assert [row.cursor for row in store.changes(2, 9)] == [3]
    assert store.cursors() == (0, 3)
    with store.transaction():
        store.drop_changes(20)
    assert ([row.cursor for row in store.changes(0, 9)], store.cursors()) == ([2, 3], (1, 3))
    with store.transaction():
        store.drop_changes(99)
    assert (store.changes(0, 9), store.cursors()) == ([], (3, 3))
    with store.transaction():
        store.put_changes([(40, b"four")])
    assert (store.changes(3, 9)[0].cursor, store.cursors()) == (4, (3, 4))


def test_counts(store: Store) -> None:
    fill(store)
    counts = store.counts()
    assert (counts["articles"], counts["stories"], counts["changes"]) == (5, 2, 0)
    assert counts["edges"] == 3
    assert counts["bytes"] > 0


def test_all_is_there_again_and_a_reader_writes_nothing(place: str, kind: str) -> None:
    if kind == "memory":
        pytest.skip("what is in memory goes with it")
    store = open_at(place)
    fill(store)
    before = (list(store.bodies()), list(store.edges()), list(store.all_members()))
    store.close()
    store = open_at(place)
    assert (list(store.bodies()), list(store.edges()), list(store.all_members())) == before
    store.close()
    reader = open_at(place, writable=False)
    assert reader.counts()["articles"] == 5
    with pytest.raises(StoreError), reader.transaction():
        reader.put_named({"clock": "1"})
    reader.close()


def test_a_moment_stands_still_and_the_version_tells_of_others(place: str, kind: str) -> None:
    if kind == "memory":
        pytest.skip("nobody else sees what is in memory")
    store = open_at(place)
    fill(store)
    reader = open_at(place, writable=False)
    version = reader.version()
    assert reader.version() == version
    with reader.moment():
        assert reader.story(7).anchor == 2
        with store.transaction():
            store.put_stories([StoryRow(7, "s-7", 3, 3, False)])
            store.drop_stories([8])
            if isinstance(store, SharedStore):
                store.reach(1, 0)
        with reader.moment():
            assert reader.story(7).anchor == 2
    assert reader.version() != version
    assert reader.story(7).anchor == 3
    assert [row.number for row in reader.some_stories([8, 7, 99])] == [7]
    reader.close()
    store.close()


def test_a_copy_holds_the_same(store: Store, tmp_path: Path) -> None:
    fill(store)
    with store.transaction():
        store.put_named({"settings": "{}", "clock": "5"})
        store.put_outlets([(1, b"Tern", b"tern")])
        store.put_links({(b"a1", b"a2"): True})
        store.put_changes([(n, b"%d" % n) for n in range(5)])
        store.drop_changes(2)
        store.put_furniture({5: bytes(4)})
        store.put_pending([b"p", b"q"])
        store.put_waiting(DUE, {3: True})
        store.put_waiting(OVERDUE, {4: True})
    assert store.counts()["pending"] == 4
    copy = SqliteStore(tmp_path / "copy.db")
    copy_store(store, copy)
    for read in ("bodies", "all_members", "texts", "edges", "furniture", "pending"):
        assert list(getattr(copy, read)()) == list(getattr(store, read)())
    for told in ("outlets", "links", "kept_ids", "cursors"):
        assert getattr(copy, told)() == getattr(store, told)()
    assert copy.changes(1, 9) == store.changes(2, 9)
    for number in store.story_numbers(None, 0):
        assert copy.story(number) == store.story(number)
    assert (copy.get("clock"), copy.get("recipe"), copy.waiting(DUE)) == ("5", None, store.waiting(DUE))
    copy.close()


def test_an_older_version_is_brought_up_as_a_whole_or_not_at_all(
    place: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "memory":
        pytest.skip("what is in memory is never older")
    store = open_at(place)
    fill(store)
    before = list(store.bodies())
    store.close()
    module = import_module(type(store).__module__)
    steps = {1: "CREATE TABLE more (n bigint); INSERT INTO more VALUES (7);", 2: "INSERT INTO nowhere VALUES (8);"}
    monkeypatch.setattr(module, "STEPS", steps)
    for home in (module, contract):
        monkeypatch.setattr(home, "SCHEMA_VERSION", 3)
    with pytest.raises(StoreError, match="version 1 is to be brought up to 3 first; `storycluster index check`"):
        open_at(place, writable=False)
    with pytest.raises(StoreError):
        open_at(place)
    steps[2] = "INSERT INTO more VALUES (8);"
    for _ in range(2):
        store = open_at(place)
        assert isinstance(store, Rows)
        assert [n for (n,) in store._all("SELECT n FROM more ORDER BY n")] == [7, 8]
        assert list(store.bodies()) == before
        store.close()
    open_at(place, writable=False).close()
    for home in (module, contract):
        monkeypatch.setattr(home, "SCHEMA_VERSION", 2)
    for writable in (True, False):
        with pytest.raises(StoreError, match="version 3, this storycluster reads up to 2; install a newer"):
            open_at(place, writable=writable)


def test_only_a_server_is_shared(store: Store, kind: str) -> None:
    assert isinstance(store, SharedStore) == (kind == "postgres")


Opened = Callable[[], str]


@pytest.fixture
def shared(address: Opened) -> Iterator[Callable[[], PostgresStore]]:
    """Opens one index in PostgreSQL, each time with another connection."""
    place, made = address(), []

    def open_one() -> PostgresStore:
        made.append(PostgresStore(place))
        return made[-1]

    yield open_one
    for store in made:
        store.close()


def test_the_log_has_one_order(shared: Callable[[], PostgresStore]) -> None:
    one, other = shared(), shared()
    places = [(one if n % 2 else other).append(b"%d" % n)[0] for n in range(5)]
    assert places == sorted(places)
    assert one.entries(0, 99, 9) == other.entries(0, 99, 9) == [(p, b"%d" % n, None) for n, p in enumerate(places)]
    assert one.entries(places[1], places[3], 1) == [(places[2], b"2", None)]
    assert one.tip() == (0, 0, 0, 0, False, "0", None, None, ())
    with one.turn(places[-1]) as turn:
        assert (turn.position, turn.upto, turn.writes) == (0, places[-1], True)
        assert turn.waiting == tuple((p, b"" if n == 4 else b"%d" % n, None) for n, p in enumerate(places))
        with one.transaction():
            one.put_named({"clock": "1"})
            one.refuse(places[2], "Error: '\ud800\0'")
            one.put_answers([(places[1], b"[1]"), (places[3], b"\0\xff")])
            one.put_answers([])
            one.reach(places[-1], 3)
    with other.turn(places[-1]) as turn:
        assert (turn.position, turn.epoch, turn.writes, turn.answer) == (places[-1], 3, False, None)
    with other.turn(places[3], patience=9.0) as turn:
        assert (turn.position, turn.writes, turn.answer) == (places[-1], False, b"\0\xff")
    assert other.entries(places[1], places[3], 9) == [(places[2], b"2", "Error: '\ud800\0'"), (places[3], b"3", None)]
    assert other.get("clock") == "1"


def test_nothing_is_passed_over_that_is_still_to_come(shared: Callable[[], PostgresStore]) -> None:
    """An entry that has its place and isn't committed yet is waited for, other transactions aren't."""
    from threading import Thread

    slow, idle, one = shared(), shared(), shared()
    with idle._db.transaction():
        idle._db.execute("SELECT pg_current_xact_id()")  # a long transaction of something else
        turns = []

        def take() -> None:
            with one.turn(1) as turn:
                turns.append(turn)

        with slow._db.transaction():
            place = slow._db.execute("SELECT own FROM append(%s, %b)", (slow._locks[1], b"slow")).fetchone()
            thread = Thread(target=take)
            thread.start()
            thread.join(0.3)
            assert thread.is_alive()
        thread.join(10)
    assert place is not None
    assert [turn.upto for turn in turns] == [place[0]]


def test_the_turn_is_left_to_others_for_a_while(shared: Callable[[], PostgresStore]) -> None:
    """Who is patient waits until nobody has had the turn for so long; what another writes meanwhile is told."""
    from threading import Event, Thread

    one, other = shared(), shared()
    place = one.append(b"x")[0]
    begun, turns = time.perf_counter(), []
    with one.turn(place, patience=0.2) as turn:
        assert turn.writes
        assert time.perf_counter() - begun >= 0.19
        waits = Event()

        def wait() -> None:
            waits.set()
            with other.turn(place, patience=60.0) as turn:
                turns.append(turn)

        thread = Thread(target=wait)
        thread.start()
        waits.wait()
        with one.transaction():
            one.put_answers([(place, b"done")])
            one.reach(place, 0)
    thread.join(10)
    assert [(turn.writes, turn.answer) for turn in turns] == [(False, b"done")]


def test_the_turn_goes_with_whoever_had_it(shared: Callable[[], PostgresStore]) -> None:
    one, other = shared(), shared()
    place = one.append(b"x")[0]

    def give_up() -> None:
        with one.turn(place) as turn:
            assert turn.writes
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    with other.turn(place) as turn:
        assert turn.writes
        with other.transaction():
            other.reach(place, 0)
    with one.turn(place) as turn:
        assert not turn.writes


def test_the_log_is_let_go_when_all_are_past_it(
    shared: Callable[[], PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storycluster.store.postgres.TRIMMED_EVERY", 1)
    monkeypatch.setattr("storycluster.store.postgres.ANSWERS_KEPT", 0)
    one, other = shared(), shared()
    one.tell(0)
    other.tell(0)

    def write(store: PostgresStore) -> int:
        place = store.append(bytes(1_000))[0]
        with store.turn(place) as turn, store.transaction():
            store.reach(turn.upto, 0)
        return place

    first = write(other)
    last = [write(one) for _ in range(5)][-1]
    assert one.entries(0, last, 99) is None
    assert [row.place for row in one.entries(first, last, 99) or ()] == list(range(first + 1, last + 1))
    assert one.tip().dropped == first
    write(other)
    assert (one.tip().dropped, one.entries(last, last, 99)) == (last, [])
    monkeypatch.setattr("storycluster.store.postgres.LOG_BYTES", 3_500)
    held = [write(one) for _ in range(3)]
    assert [row.place for row in one.entries(last + 1, held[-1], 99) or ()] == held
    assert one.tip().dropped == last + 1  # the other one is waited for
    ends = [write(one) for _ in range(3)]
    assert one.tip().dropped == ends[-2]  # and no longer, when it lags too far; what this turn wrote is kept over it


def test_the_log_is_kept_for_the_living_alone(
    shared: Callable[[], PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storycluster.store.postgres.TRIMMED_EVERY", 1)
    monkeypatch.setattr("storycluster.store.postgres.ANSWERS_KEPT", 0)
    one, closed, lost = shared(), shared(), shared()

    def write() -> int:
        place = one.append(bytes(1_000))[0]
        with one.turn(place) as turn, one.transaction():
            one.reach(turn.upto, 0)
        return place

    for store in (closed, lost):
        store.tell(0)
    write()
    assert one.tip().dropped == 0
    closed.close()
    assert one._db.execute("SELECT count(*) FROM writer").fetchone() == (2,)
    one._db.execute("SELECT pg_terminate_backend(%s, 10000)", (lost._db.info.backend_pid,))
    last = write()
    assert one.tip().dropped == last - 1
    with pytest.raises(StoreError, match="lost"):
        lost.tip()
    lost.tell(last)  # with another connection it is waited for again
    for _ in range(2):
        write()
    assert one.tip().dropped == last
    one._db.execute("UPDATE writer SET since = since - interval '1 s' WHERE pid = %s", (lost._db.info.backend_pid,))
    assert one.tip().dropped < write() - 1 == one.tip().dropped  # another one has the number of one that is gone
    lost.tell(last + 3)  # one whose row has been dropped is waited for when it comes back
    for _ in range(2):
        write()
    assert one.tip().dropped == last + 3


def test_an_answer_is_kept_until_it_can_have_been_read(
    shared: Callable[[], PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storycluster.store.postgres.TRIMMED_EVERY", 1)
    one, other = shared(), shared()
    place = other.append(b"x")[0]  # of somebody for whom no entry is kept
    for _ in range(3):
        own = one.append(b"y")[0]
        with one.turn(own) as turn, one.transaction():
            one.put_answers((row.place, b"done") for row in turn.waiting)
            one.reach(own, 0)
    with other.turn(place) as turn:
        assert turn.answer == b"done"


def test_no_more_waits_than_fits_a_hand(shared: Callable[[], PostgresStore]) -> None:
    one, other = shared(), shared()
    places = [other.append(bytes(size))[0] for size in (10 << 20, 6 << 20, 1, 10)]
    own = one.append(bytes(20 << 20))[0]
    with one.turn(own) as turn:
        assert [row.place for row in turn.waiting] == places[:2]
        assert turn.upto == own
    with one.turn(places[0]) as turn:  # its own is at hand already
        assert [(row.place, len(row.entry)) for row in turn.waiting] == [
            (places[0], 0), (places[1], 6 << 20), (places[2], 1), (places[3], 10)
        ]  # fmt: skip
