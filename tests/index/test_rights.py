"""Users of a PostgreSQL server: the rights that docs/stream.md names are enough, and what is missing is said."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storycluster import Article, StoreError, StoryIndex
from storycluster.cli import main
from storycluster.testing import compose

TEXTS = [compose("story", seed=n, words=120).text for n in range(4)]
GRANTS = re.findall(r"^GRANT .*;$", (Path(__file__).parents[2] / "docs" / "stream.md").read_text("utf-8"), re.MULTILINE)
NUMBERS = itertools.count()


class Users:
    """An index of their owner's, and two users of the server who may do nothing yet.

    Args:
        address: The owner's address of it.
    """

    def __init__(self, address: str) -> None:
        import psycopg

        self.address = address
        self.server, _, self.schema = address.partition("#")
        self.names = {user: f"{user}{next(NUMBERS)}" for user in ("reader", "writer")}
        self._connection = psycopg.connect(self.server, autocommit=True)
        for name in self.names.values():
            self.say(f"CREATE ROLE {name} LOGIN")

    def say(self, sql: str) -> None:
        """Have the owner say something to the server, of this schema and these users."""
        told = re.sub(r"\b(reader|writer)\b(?!\")", lambda user: self.names[user[0]], sql)
        self._connection.execute(told.replace("SCHEMA storycluster", f"SCHEMA {self.schema}").encode())

    def grant(self) -> None:
        """Give the rights that the documentation names."""
        for grant in GRANTS:
            self.say(grant)

    def place(self, user: str) -> str:
        """The address of the index for a user."""
        return self.address.replace("postgres@", f"{self.names[user]}@")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def users(address: Callable[[], str]) -> Iterator[Users]:
    made = Users(address())
    with StoryIndex.open(made.address, retention=None, store_text=True) as index:
        index.add_many([Article(f"a{n}", text, outlet=f"Paper {n}") for n, text in enumerate(TEXTS)])
    yield made
    made.close()


def test_the_rights_that_are_named_are_enough(users: Users, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("storycluster.store.postgres.TRIMMED_EVERY", 1)
    monkeypatch.setattr("storycluster.store.postgres.ANSWERS_KEPT", 0)
    assert len(GRANTS) == 3
    users.grant()
    with (
        StoryIndex.open(users.address) as owner,
        StoryIndex.open(users.place("writer"), retention=timedelta(days=1), refresh_every=3) as writer,
        StoryIndex.open(users.place("reader"), read_only=True) as reader,
    ):
        for n, text in enumerate(TEXTS):
            assert writer.add(Article(f"b{n}", text, outlet=f"Tern {n}")).outcome == "joined"
            assert owner.add(Article(f"c{n}", text)).outcome == "joined"
        writer.add(Article("old", "An old story."), received=datetime.now(UTC) - timedelta(days=3))
        writer.must_link("a0", "a1")
        writer.unlink("a0", "a1")
        writer.remove("a1")
        writer.refresh()
        assert writer.check().mended == ()
        assert writer.expire(before=datetime(2020, 1, 1, tzinfo=UTC)) == 0
        assert {match.b for match in reader.search(Article("q", TEXTS[0]))} == {"a0", "b0", "c0"}
        assert reader.explain("a0", "b0").together
        assert len(list(reader.stories())) == reader.stats().stories == 4
        assert [change.cursor for change in reader.changes()] == list(range(1, reader.cursor + 1))
        reader.backup(tmp_path / "copy.db")


def test_who_may_only_read_is_told_so_whatever_is_changed(
    users: Users, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    users.grant()
    told = (
        r"the server doesn't let this user write here \(permission denied for .*\); USAGE on the schema and SELECT, IN"
    )
    with StoryIndex.open(users.place("reader")) as index:
        for change in (
            lambda: index.add(Article("b", TEXTS[0])), lambda: index.update(Article("a0", TEXTS[1])),
            lambda: index.remove("a0"), lambda: index.must_link("a0", "a1"), lambda: index.cannot_link("a0", "a1"),
            lambda: index.unlink("a0", "a1"), index.refresh, index.check, lambda: index.search(Article("q", TEXTS[0])),
            lambda: index.judge("a0", "a1"), lambda: index.matches_of("a0"),
            lambda: index.expire(before=datetime.now(UTC) + timedelta(days=1)),
        ):  # fmt: skip
            with pytest.raises(StoreError, match=told):
                change()
        assert index.story_of("a0").anchor == "a0"
    with pytest.raises(StoreError, match=told):
        StoryIndex.open(users.place("reader"), retention=timedelta(days=9))
    with pytest.raises(StoreError, match=r"let this user begin an index here \(permission denied .*CREATE on the data"):
        StoryIndex.open(f"{users.place('reader').partition('#')[0]}#another")
    news = tmp_path / "news.jsonl"
    news.write_text('{"id": "b", "text": "A text."}\n', "utf-8")
    for arguments in (["add", users.place("reader"), str(news)], ["remove", users.place("reader"), "a0"]):
        assert main(["index", *arguments]) == 1
        assert "doesn't let this user write here" in capsys.readouterr().err


@pytest.mark.parametrize("table", ["log", "article", "writer", "state"])
def test_what_a_writer_lacks_is_named(users: Users, table: str) -> None:
    users.grant()
    with StoryIndex.open(users.place("writer"), retention=None) as index, StoryIndex.open(users.address) as owner:
        index.add(Article("b", TEXTS[0]))
        users.say(f'REVOKE INSERT, UPDATE ON {users.schema}."{table}" FROM writer')
        if table == "writer":
            index._writer.lose()
        with pytest.raises(StoreError, match=rf"write here \(permission denied for table {table}\)"):
            index.add(Article("c", TEXTS[1]))
        users.grant()
        assert index.add(Article("c", TEXTS[1])).outcome in ("joined", "unchanged")
        assert owner.add(Article("d", TEXTS[1])).outcome == "joined"


def test_who_may_not_read_is_told_from_who_finds_no_index(users: Users) -> None:
    barred = (
        rf"doesn't let this user read here \(permission denied for schema {users.schema}\); USAGE on the schema and"
    )
    with pytest.raises(StoreError, match=barred):
        StoryIndex.open(users.place("reader"), read_only=True)
    with pytest.raises(StoreError, match=barred):
        StoryIndex.open(users.place("reader"))
    users.say("GRANT USAGE ON SCHEMA storycluster TO reader")
    with pytest.raises(StoreError, match=r"doesn't let this user read here \(permission denied for table state\)"):
        StoryIndex.open(users.place("reader"), read_only=True)
    users.grant()
    with StoryIndex.open(users.place("reader"), read_only=True) as reader:
        assert len(reader) == len(TEXTS)
        users.say("REVOKE USAGE ON SCHEMA storycluster FROM reader")
        for question in (lambda: len(reader), lambda: reader.story_of("a0"), lambda: reader.search(Article("q", "x"))):
            with pytest.raises(StoreError, match=barred):
                question()
        users.say("GRANT USAGE ON SCHEMA storycluster TO reader")
        assert len(reader) == len(TEXTS)
        users.say("DROP SCHEMA storycluster CASCADE")
        with pytest.raises(StoreError, match=r"there is no such index \(any more\)"):
            len(reader)


def test_a_server_that_refuses_was_reached(users: Users) -> None:
    for refused in (users.address.replace("postgres@", "nobody@"), users.address.replace("@/postgres", "@/nowhere")):
        with pytest.raises(StoreError, match=r"the server refuses the connection \(.*does not exist"):
            StoryIndex.open(refused)
    with pytest.raises(StoreError, match="the server can't be reached"):
        StoryIndex.open(users.address.replace("sc-", "sc-none-"))
