"""Bytes of an index that have changed: what can't be read is a StoreError; a check finds what can be and isn't true."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storycluster import Article, StoreError, StoryIndex
from storycluster.cli import main
from storycluster.index import saving
from storycluster.testing import simulate

ARTICLES = [*simulate(40, seed=31, words=80).articles, Article("empty", "", outlet="Post"), Article("short", "a few")]


def partition(index: StoryIndex) -> set[frozenset[str]]:
    return {frozenset(story.article_ids) for story in index.stories()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index that keeps no texts."""
    return made(tmp_path / "news.db", store_text=False)


@pytest.fixture
def keeping(tmp_path: Path) -> Path:
    """An index that keeps texts."""
    return made(tmp_path / "keeping.db", store_text=True)


def made(path: Path, *, store_text: bool) -> Path:
    with StoryIndex.open(path, retention=None, store_text=store_text) as index:
        index.add_many(ARTICLES)
        index.cannot_link(ARTICLES[0].id, ARTICLES[-1].id)
        index.refresh()
    return path


def flip(at: int) -> Callable[[bytes], bytes]:
    """Another byte at a place."""
    return lambda data: data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def change(path: Path, table: str, column: str, how: Callable[[Any], Any], where: str = "1") -> int:
    """Change what stands in the first such row of a table; its number."""
    key = {"named": "name", "change": "cursor", "edge": "low", "link": "a"}.get(table, "number")
    database = sqlite3.connect(path)
    row, was = database.execute(f"SELECT {key}, {column} FROM {table} WHERE {where} ORDER BY {key} LIMIT 1").fetchone()
    database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (how(was), row))
    database.commit()
    database.close()
    return row  # type: ignore[no-any-return]  # a number, or a name


NOTHING_LIKE_IT = [lambda _: b"\xff\xfe", lambda _: b"", lambda data: data[:-7], lambda _: "other"]


@pytest.mark.parametrize("how", NOTHING_LIKE_IT)
@pytest.mark.parametrize(("column", "what"), [("about", "fields"), ("body", "text")])
def test_an_article_that_cannot_be_read_is_named(
    keeping: Path, column: str, what: str, how: Callable[[Any], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    number = change(keeping, "article", column, how, "number = 5")
    told = rf"^the index is damaged: the {what} of article {number} can't be read; restore a backup$"
    with StoryIndex.open(keeping, read_only=True) as index:
        with pytest.raises(StoreError, match=told):
            index.article(ARTICLES[4].id)
        if column == "about":
            with pytest.raises(StoreError, match=told):
                list(index.stories())
    with pytest.raises(StoreError, match=told), StoryIndex.open(keeping) as index:
        index.rebuild(keeping.with_name("new.db"))
    assert main(["index", "check", str(keeping)]) == 1
    assert f"article {number} ({ARTICLES[4].id.encode()!r}): its fields or its text aren't" in capsys.readouterr().err


@pytest.mark.parametrize("column", ["about", "id", "content", "body"])
def test_an_article_that_says_something_else_is_found(keeping: Path, column: str) -> None:
    def another(data: bytes) -> bytes:
        return data.replace(b'"title":"', b'"title":"Not ', 1) if column == "about" else flip(len(data) // 2)(data)

    change(keeping, "article", column, another, "number = 5")
    before = keeping.read_bytes()
    with StoryIndex.open(keeping, retention=None) as index:
        found = index.check()
    assert [line.partition(" (")[0] for line in found.damage] == ["article 5"]
    assert found.mended == ()
    assert keeping.read_bytes() == before


def test_without_texts_an_article_must_be_readable(path: Path) -> None:
    change(path, "article", "about", lambda data: data[:-1], "number = 5")
    change(path, "article", "id", flip(0), "number = 6")
    with StoryIndex.open(path, retention=None) as index:
        assert [line.partition(" (")[0] for line in index.check().damage] == ["article 5", "article 6"]


@pytest.mark.parametrize("column", ["words", "sketch"])
@pytest.mark.parametrize("at", [0, 1, -1, -126, -130, -136, 140, 150])
def test_a_text_that_was_changed_is_made_anew_or_named(
    path: Path, keeping: Path, column: str, at: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (path, keeping):
        number = change(place, "text", column, lambda data: flip(at % len(data))(data), "number = 7")
    with StoryIndex.open(path, retention=None) as index:
        wanted = (f"text {number}: its words aren't those that it is indexed by",)
        assert (index.check().damage, index.check().mended) == (wanted, ())
    assert main(["index", "check", str(path)]) == 1
    assert wanted[0] in capsys.readouterr().err
    with StoryIndex.open(keeping, retention=None) as index:
        found = index.check()
        assert (found.damage, found.mended[0]) == ((), "1 text made anew from what is kept of the articles")
        assert index.check().mended == ()
        fresh = StoryIndex.open(":memory:", retention=None)
        fresh.add_many(ARTICLES)
        fresh.refresh()
        assert partition(index) == partition(fresh)
        assert index.add(Article("copy", ARTICLES[6].text)).outcome == "joined"
        fresh.close()


@pytest.mark.parametrize("how", [NOTHING_LIKE_IT[k] for k in (0, 2, 3)])  # no words are a text, too
@pytest.mark.parametrize("column", ["words", "sketch"])
def test_a_text_that_cannot_be_read_is_named(path: Path, column: str, how: Callable[[Any], Any]) -> None:
    number = change(path, "text", column, how, "number = 7")
    for read_only in (False, True):
        with (
            StoryIndex.open(path, read_only=read_only) as index,
            pytest.raises(StoreError, match=rf"the index is damaged: text {number} can't be read; restore a backup"),
        ):
            index.search(ARTICLES[0])
    with StoryIndex.open(path) as index:
        assert index.check().damage == (f"text {number}: its words aren't those that it is indexed by",)


@pytest.mark.parametrize(
    ("table", "column", "how", "where", "told"),
    [
        ("article", "id", lambda _: b"\xff\xfe", "number = 20", "one of the articles 17 to 24"),
        ("article", "title", lambda _: "other", "number = 20", "one of the articles 17 to 24"),
        ("article", "published", lambda _: b"", "number = 20", "one of the articles 17 to 24"),
        ("article", "outlet", lambda _: "other", "number = 20", "one of the articles 17 to 24"),
        ("edge", "evidence", lambda data: data[:-7], "1", r"a match of one of the articles \d+ to \d+"),
        ("link", "a", lambda _: 3.5, "1", "what the caller said of two articles"),
    ],
)
def test_among_which_rows_one_cannot_be_read_is_told(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    column: str,
    how: Callable[[Any], Any],
    where: str,
    told: str,
) -> None:
    monkeypatch.setattr(saving, "LOADED", 8)
    change(path, table, column, how, where)
    message = rf"^the index is damaged: {told} can't be read; restore a backup$"
    with StoryIndex.open(path) as index, pytest.raises(StoreError, match=message):
        index.search(ARTICLES[0])


@pytest.mark.parametrize("story", [-1, 0, 1 << 40])
def test_an_article_in_no_story_is_found(path: Path, story: int) -> None:
    change(path, "article", "story", lambda _: story, "number = 20")
    told = r"^the index is damaged: an article's story is none of those up to \d+; restore a backup$"
    with StoryIndex.open(path) as index, pytest.raises(StoreError, match=told):
        index.search(ARTICLES[0])


@pytest.mark.parametrize(
    ("table", "column", "how"),
    [
        ("story", "number", lambda number: number + 10_000),
        ("story", "anchor", lambda number: number + 10_000),
        ("article", "relation", lambda _: 99),
    ],
)
def test_a_story_that_cannot_be_read_is_told(path: Path, table: str, column: str, how: Callable[[Any], Any]) -> None:
    change(path, table, column, how, "number = 1")
    with StoryIndex.open(path, read_only=True) as index:
        for ask in (partial(index.story_of, ARTICLES[0].id), lambda: list(index.stories())):
            with pytest.raises(StoreError, match=r"^the index is damaged: story 1\d* can't be read; restore a backup$"):
                ask()


def test_a_number_of_outlets_that_cannot_be_read_is_told(path: Path) -> None:
    change(path, "story", "outlets", lambda _: b"\xff")
    with StoryIndex.open(path, read_only=True) as index, pytest.raises(StoreError, match="a story can't be read"):
        list(index.stories(min_outlets=1))


def test_a_text_whose_article_is_damaged_is_not_made_anew(keeping: Path) -> None:
    for table, column in (("text", "words"), ("article", "body")):
        change(keeping, table, column, flip(9), "number = 7")
    with StoryIndex.open(keeping) as index:
        assert [line.partition(":")[0].partition(" (")[0] for line in index.check().damage] == ["article 7", "text 7"]


@pytest.mark.parametrize("how", [lambda told: told[:-1] + "x", lambda _: "", lambda _: b"\xff\xfe"])
@pytest.mark.parametrize("name", ["settings", "rule", "refresh_every", "aliases", "retention", "clock", "last_number"])
def test_a_named_value_that_cannot_be_read_is_named(path: Path, name: str, how: Callable[[Any], Any]) -> None:
    with StoryIndex.open(path, retention=None, refresh_every=100) as index:
        database = index._store._db  # type: ignore[attr-defined]  # a look inside
        database.execute("INSERT INTO named VALUES ('aliases', '{}') ON CONFLICT DO NOTHING")
        database.execute("UPDATE named SET value = '86400.0' WHERE name = 'retention'")
    change(path, "named", "value", how, f"name = '{name}'")
    with (
        pytest.raises(StoreError, match=rf"^the index is damaged: the value named {name} can't be read; restore"),
        StoryIndex.open(path) as index,
    ):
        index.search(ARTICLES[0])


@pytest.mark.parametrize("name", ["last_number", "last_story"])
def test_a_number_that_would_be_given_again_is_found(path: Path, name: str) -> None:
    change(path, "named", "value", lambda told: str(int(told) - 1), f"name = '{name}'")
    with StoryIndex.open(path, retention=None) as index:
        assert [line.partition(": ")[0] for line in index.check().damage] == [f"the value named {name}"]


def test_a_change_that_cannot_be_read_is_named(path: Path) -> None:
    cursor = change(path, "change", "entry", lambda data: data[:-2])
    with (
        StoryIndex.open(path, read_only=True) as index,
        pytest.raises(StoreError, match=f"change {cursor} can't"),
    ):
        list(index.changes())


def test_a_server_keeps_what_was_changed_no_better(address: Callable[[], str]) -> None:
    import psycopg

    place = address()
    server, _, schema = place.partition("#")
    with (
        psycopg.connect(server, autocommit=True) as connection,
        StoryIndex.open(place, retention=None, store_text=True) as index,
        StoryIndex.open(place, retention=None) as other,
    ):
        index.add_many(ARTICLES)
        index.refresh()
        wanted = partition(index)
        assert other.check().mended == ()
        connection.execute(f"UPDATE {schema}.text SET words = set_byte(words, 9, 7) WHERE number = 7".encode())
        assert other.check().mended[0] == "1 text made anew from what is kept of the articles"
        assert index.check().mended == ()
        assert partition(index) == wanted
        connection.execute(f"UPDATE {schema}.article SET body = set_byte(body, 9, 7) WHERE number = 7".encode())
        assert [line.partition(" (")[0] for line in index.check().damage] == ["article 7"]
        assert other.add(Article("more", "some more words")).outcome == "created"
