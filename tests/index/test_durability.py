"""What add has returned is there, whatever happens; what can't be opened says why and is left as it is."""

from __future__ import annotations

import json
import os
import pwd
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from index.conftest import Open
from index.memory import memory_of
from storycluster import (
    Article,
    LockedError,
    RecipeError,
    Settings,
    SettingsError,
    StoreError,
    StoryIndex,
    cluster_articles,
    verify,
)  # fmt: skip
from storycluster.fields import counted
from storycluster.index.answers import Checked
from storycluster.index.rehearsal import rehearse
from storycluster.store.sqlite_schema import PAGE
from storycluster.story_index import rebuild_index
from storycluster.testing import compose, simulate

ARTICLES = list(simulate(60, seed=21, words=80).articles)


def partition(index: StoryIndex) -> set[frozenset[str]]:
    return {frozenset(story.article_ids) for story in index.stories()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index of sixty articles."""
    path = tmp_path / "news.db"
    with StoryIndex.open(path, retention=None) as index:
        index.add_many(ARTICLES)
    return path


def kept(path: Path) -> bytes:
    return path.read_bytes()


def test_all_is_there_again(path: Path) -> None:
    with StoryIndex.open(path, retention=None) as index:
        stories, feed = list(index.stories()), list(index.changes())
        assert len(index) == len(ARTICLES)
        index.refresh()
        assert partition(index) == {frozenset(story.article_ids) for story in cluster_articles(ARTICLES).stories}
        copy = Article("copy", ARTICLES[0].text, outlet="Somebody else", published=ARTICLES[0].published)
        assert index.add(copy).story_id == index.story_of(ARTICLES[0].id).id
        index.remove("copy")
    with StoryIndex.open(path, read_only=True) as index:
        assert {story.id: story.article_ids for story in stories} == {s.id: s.article_ids for s in index.stories()}
        assert list(index.changes())[: len(feed)] == feed


def test_one_writes_and_many_read(path: Path) -> None:
    with StoryIndex.open(path) as writer, StoryIndex.open(path, read_only=True) as reader:
        with pytest.raises(LockedError, match="open for writing already, in this process or another"):
            StoryIndex.open(path)
        begin = time.monotonic()
        with pytest.raises(LockedError):
            StoryIndex.open(path, timeout=0.3)
        assert time.monotonic() - begin >= 0.25
        writer.add(Article("more", "text"))
        assert "more" in reader
        assert reader.story_of("more").anchor == "more"
        assert reader.search(ARTICLES[1]) == writer.search(ARTICLES[1]) != []
        for change in (lambda: reader.add(Article("x", "y")), reader.refresh, lambda: reader.remove("more")):
            with pytest.raises(StoreError, match="read only"):
                change()
    with StoryIndex.open(path) as writer:
        assert "more" in writer


def test_an_index_in_memory_cannot_be_read_only() -> None:
    with pytest.raises(StoreError, match=r"^:memory:: an index in memory is a new one whenever it is opened"):
        StoryIndex.open(":memory:", read_only=True)


def test_a_second_writer_waits_if_told(path: Path) -> None:
    code = (
        "import sys, time; from storycluster import StoryIndex; index = StoryIndex.open(sys.argv[1]); "
        "print(1, flush=True); time.sleep(0.5)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        StoryIndex.open(path, timeout=20).close()


@pytest.mark.parametrize(
    "content", [b"no database at all", b'{"id": "a", "text": "b"}\n' * 50, b"SQLite format 3\0" + b"x" * 99]
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"other: (expected an index of storycluster|.*)"):
            StoryIndex.open(path, read_only=read_only)
    assert kept(path) == content
    assert os.listdir(tmp_path) == ["other"]


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE article (id)")
    database.commit()
    database.close()
    before = kept(path)
    for read_only in (False, True):
        with pytest.raises(StoreError, match="expected an index of storycluster"):
            StoryIndex.open(path, read_only=read_only)
    assert kept(path) == before


def test_a_newer_version_is_refused(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match=r"version 99.*install a newer storycluster"):
        StoryIndex.open(path)


def test_a_torn_file_is_named(path: Path) -> None:
    data = kept(path)
    path.write_bytes(data[: len(data) // 3])
    with pytest.raises(StoreError, match=r"news\.db: the file is damaged"), StoryIndex.open(path) as index:
        list(index.stories())


@pytest.mark.parametrize("cut", [1, PAGE - 1, PAGE, 2 * PAGE + 1])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_torn_near_its_end_is_named(path: Path, cut: int, read_only: bool) -> None:
    path.write_bytes(torn := kept(path)[:-cut])
    Path(f"{path}-writer").unlink()
    with pytest.raises(StoreError, match=r"news\.db: the file is damaged"):
        StoryIndex.open(path, read_only=read_only)
    assert kept(path) == torn
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("read_only", [False, True])
def test_pages_that_only_the_last_changes_have_are_not_missed(path: Path, tmp_path: Path, read_only: bool) -> None:
    """As after the death of a process amid a checkpoint, which begins with the first page: how many pages there are."""
    left = tmp_path / "left" / path.name
    left.parent.mkdir()
    with StoryIndex.open(path) as index:
        before = kept(path)
        index.add_many([Article(f"m{i}", compose("m", seed=i, words=200).text) for i in range(60)])
        changes = Path(f"{path}-wal").read_bytes()
        with StoryIndex.open(path, read_only=True) as reader:
            assert "m1" in reader
    whole = kept(path)
    assert len(whole) > len(before)
    for first in (before, whole):
        left.write_bytes(first[:PAGE] + before[PAGE:])
        Path(f"{left}-wal").write_bytes(changes)
        with StoryIndex.open(left, read_only=read_only) as index:
            assert len(index) == len(ARTICLES) + 60
        Path(f"{left}-wal").unlink(missing_ok=True)


def test_a_file_torn_beside_its_last_changes_is_named_and_left_alone(path: Path, tmp_path: Path) -> None:
    """To take the changes over into it would make it as long as it should be."""
    left = tmp_path / "left" / path.name
    left.parent.mkdir()
    with StoryIndex.open(path) as index:
        torn = kept(path)[: -2 * PAGE - 1]
        index.add(Article("more", "It came late."))
        changes = Path(f"{path}-wal").read_bytes()
    left.write_bytes(torn)
    Path(f"{left}-wal").write_bytes(changes)
    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"news\.db: the file is damaged \(it ends before page \d+ of \d+\)"):
            StoryIndex.open(left, read_only=read_only)
        assert (kept(left), Path(f"{left}-wal").read_bytes()) == (torn, changes)


def test_a_newer_version_is_refused_before_anything_is_made(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 99")
    Path(f"{path}-writer").unlink()
    with pytest.raises(StoreError, match="version 99"):
        StoryIndex.open(path)
    assert os.listdir(path.parent) == [path.name]


def test_one_that_fails_takes_no_lock_from_another_of_its_process(path: Path) -> None:
    """A file's locks are a process's, and go when the process closes the file anywhere."""
    read = "import sys; from storycluster import StoryIndex; print(len(StoryIndex.open(sys.argv[1], read_only=True)))"
    with StoryIndex.open(path) as index:
        index.add(Article("x", "x"))
        with pytest.raises(LockedError):
            StoryIndex.open(path)
        for count in (1, 2):
            told = subprocess.run([sys.executable, "-c", read, str(path)], capture_output=True, check=True).stdout
            assert int(told) == len(ARTICLES) + count
            index.add(Article("y", "y"))
        with pytest.raises(LockedError):
            StoryIndex.open(path)


def test_a_file_that_is_just_being_made_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA auto_vacuum = INCREMENTAL")
    assert path.stat().st_size > 0
    with StoryIndex.open(path) as index:
        index.add_many(ARTICLES)
    with StoryIndex.open(path) as index:
        assert (len(index), index.check().damage) == (len(ARTICLES), ())


def test_other_settings_and_recipes_are_refused(path: Path) -> None:
    with pytest.raises(RecipeError, match=r"made under \[.*seed=1.*wanted is \[.*seed=7.*index rebuild"):
        StoryIndex.open(path, Settings(seed=7))
    with pytest.raises(SettingsError, match=r"told_share is 0\.45, not 0\.5"):
        StoryIndex.open(path, Settings(told_share=0.5))
    StoryIndex.open(path, Settings()).close()


def test_an_index_of_other_code_is_refused(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("UPDATE named SET value = 'probes=0' WHERE name = 'recipe'")
    database.commit()
    database.close()
    with pytest.raises(RecipeError, match="probes=0"):
        StoryIndex.open(path)


def test_matches_judged_by_another_version_of_the_rule_are_judged_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "news.db"
    rehearse()  # which the older rule would be no help for
    with monkeypatch.context() as older:
        numbers = verify.rule_numbers(Settings())._replace(told_share=2.0, quoted_share=2.0)  # nothing is the same
        older.setattr(verify, "RULE", 1)
        older.setattr(verify, "rule_numbers", lambda _: numbers)
        with StoryIndex.open(path, retention=None) as index:
            index.add_many(ARTICLES)
            apart = index.count_stories()
    wanted = {frozenset(story.article_ids) for story in cluster_articles(ARTICLES).stories}
    assert len(wanted) < apart
    with StoryIndex.open(path, read_only=True) as index:
        assert index.count_stories() == apart
    with StoryIndex.open(path) as index:
        assert "were judged by an older version of the rule" in caplog.text
        assert partition(index) == wanted
    caplog.clear()
    StoryIndex.open(path).close()
    with monkeypatch.context() as older:
        older.setattr(verify, "RULE", 1)
        StoryIndex.open(tmp_path / "empty.db").close()
    for _ in range(2):
        with StoryIndex.open(tmp_path / "empty.db") as index:  # nothing in it to judge
            index.add_many(ARTICLES)
    assert not caplog.text
    present = verify.RULE
    monkeypatch.setattr(verify, "RULE", 1)
    with pytest.raises(StoreError, match=f"judged by version {present} of the rule, this storycluster has version 1"):
        StoryIndex.open(path)


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is there such a folder"):
        StoryIndex.open(tmp_path / "missing" / "news.db")
    with pytest.raises(StoreError, match="there is no such index"):
        StoryIndex.open(tmp_path / "none.db", read_only=True)
    with pytest.raises(StoreError, match="there is no such index"):
        StoryIndex.open(tmp_path / "none.db", must_exist=True)
    with pytest.raises(StoreError, match="there is no such index"):
        StoryIndex.open(":memory:", must_exist=True)
    with pytest.raises(StoreError, match=r"^'a\\x00b': expected the name of a file, which holds no zero byte"):
        StoryIndex.open("a\0b")
    assert os.listdir(tmp_path) == []


def test_a_file_of_no_bytes_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    path.touch()
    for options in ({"must_exist": True}, {"read_only": True}):
        with pytest.raises(StoreError, match=r"news\.db: expected an index, got a file of no bytes; restore a backup"):
            StoryIndex.open(path, **options)  # type: ignore[arg-type]  # both are bools
    assert path.read_bytes() == b""
    beside = path.with_name("news.db-wal")
    beside.write_bytes(b"changes")  # what can be saved of a file that was cut to nothing
    for options in ({"must_exist": True}, {"read_only": True}, {}):
        with pytest.raises(StoreError, match=r"news\.db: expected an index, got a file of no bytes"):
            StoryIndex.open(path, **options)  # type: ignore[arg-type]  # both are bools
    assert beside.read_bytes() == b"changes"
    beside.unlink()
    with StoryIndex.open(path) as index:  # a name that was drawn for a new one
        assert len(index) == 0


def test_a_name_that_begins_like_an_address_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with StoryIndex.open("file:news.db?mode=memory") as index:
        index.backup("file:copy.db")
    for name in ("file:news.db?mode=memory", "file:copy.db"):
        with StoryIndex.open(name, read_only=True) as index:
            assert len(index) == 0
    assert {name for name in os.listdir(tmp_path) if not name.endswith("-writer")} == {
        "file:news.db?mode=memory", "file:copy.db"
    }  # fmt: skip


@pytest.fixture
def shown(path: Path) -> Iterator[Path]:
    """The index in a folder that others may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(shutil.copy(path, folder))


@contextmanager
def writing_nowhere(folder: Path) -> Iterator[None]:
    """Within, nothing can be written in a folder: root is somebody else."""
    rehearse()  # what is compiled is kept
    for file in folder.iterdir():
        file.chmod(0o644)
    folder.chmod(0o555)
    user = os.geteuid()
    try:
        if not user:
            os.seteuid(pwd.getpwnam("nobody").pw_uid)
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_read_only_folder_is_read_and_named(shown: Path) -> None:
    files = sorted(shown.parent.iterdir())
    with writing_nowhere(shown.parent):
        with pytest.raises(StoreError, match="may you read and write there"):
            StoryIndex.open(shown)
        with StoryIndex.open(shown, read_only=True) as index:
            assert len(index) == len(ARTICLES)
            own = f"story of {ARTICLES[3].id}"
            assert ARTICLES[3].id in {match.b for match in index.search(Article(own, ARTICLES[3].text))}
            assert partition(index)
            with pytest.raises(StoreError, match="read only"):
                index.remove(ARTICLES[3].id)
    assert sorted(shown.parent.iterdir()) == files


def test_a_reader_in_a_read_only_folder_sees_what_is_written(shown: Path) -> None:
    late = Article("late", ARTICLES[3].text, outlet="Late Paper")
    copy = Article("copy", ARTICLES[3].text)
    with writing_nowhere(shown.parent):
        reader = StoryIndex.open(shown, read_only=True)
        assert "late" not in {match.b for match in reader.search(copy)}
    with StoryIndex.open(shown, retention=None) as writer:
        writer.add(late)
        with writing_nowhere(shown.parent):
            assert "late" in reader
            assert "late" in {match.b for match in reader.search(copy)}
    with writing_nowhere(shown.parent):
        assert "late" in {name for story in reader.stories() for name in story.article_ids}
        reader.close()


def test_changes_that_cannot_be_read_are_named(shown: Path) -> None:
    with StoryIndex.open(shown, retention=None) as writer:
        writer.add(Article("late", "It came late."))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            left = Path(shutil.copy(shown, folder))
            shutil.copy(f"{shown}-wal", folder)
            with writing_nowhere(left.parent), pytest.raises(StoreError, match=r"news\.db-wal.*read a backup"):
                StoryIndex.open(left, read_only=True)


ADDER = """
import sys
from storycluster import Article, StoryIndex
with StoryIndex.open(sys.argv[1], retention=None) as index:
    for line in sys.stdin:
        name, text = line.rstrip("\\n").split("\\t")
        (index.add(Article(name, text)) if text else index.remove(name))
        print(len(index), flush=True)
"""


def test_what_a_reader_has_in_memory_follows_the_writer(path: Path) -> None:
    text = ARTICLES[5].text.replace("\n", " ")

    def found(reader: StoryIndex) -> set[str]:
        return {match.b for match in reader.search(Article("looked for", text))}

    with (
        subprocess.Popen(
            [sys.executable, "-c", ADDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writer,
        StoryIndex.open(path, read_only=True) as reader,
    ):
        assert writer.stdin
        assert writer.stdout
        before = found(reader)
        memory = reader._holder.held
        assert found(reader) == before
        assert reader._holder.held is memory
        for name, said in (("x", text), ("y", text), ("x", "")):
            writer.stdin.write(f"{name}\t{said}\n")
            writer.stdin.flush()
            writer.stdout.readline()
            before = before | {name} if said else before - {name}
            assert found(reader) == before
        assert reader._holder.held is memory
        assert reader.judge("y", ARTICLES[5].id).verdict == "same"
        writer.stdin.close()


def test_a_copy_that_does_not_fit_is_told_by_its_name(path: Path, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with StoryIndex.open(path, read_only=True) as index:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
        try:
            with pytest.raises(StoreError, match=rf"^{re.escape(str(tmp_path))}/copy\.db: "):
                index.backup(tmp_path / "copy.db")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [one for one in tmp_path.iterdir() if "copy" in one.name]


def test_a_full_disk_loses_the_batch_and_nothing_else(path: Path) -> None:
    more = [Article(f"m{i}", compose("m", seed=i, words=200).text) for i in range(300)]
    with StoryIndex.open(path, retention=None) as index:
        before = partition(index)
        pages = index._store._db.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]  # a look inside
        index._store._db.execute(f"PRAGMA max_page_count = {pages + 3}")  # type: ignore[attr-defined]  # a look inside
        with pytest.raises(StoreError, match="the disk is full; nothing of this change was kept"):
            index.add_many(more)
        assert partition(index) == before
        assert len(index) == len(ARTICLES)
        index._store._db.execute("PRAGMA max_page_count = 1000000")  # type: ignore[attr-defined]  # a look inside
        index.add_many(more)
        index.refresh()
        assert partition(index) == {
            frozenset(story.article_ids) for story in cluster_articles([*ARTICLES, *more]).stories
        }


@contextmanager
def writing_little(most: int) -> Iterator[None]:
    """Within, no file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
@pytest.mark.parametrize("most", [0, 10_000, 100_000])
def test_a_copy_that_cannot_be_written_is_named_and_gone(opened: Open, tmp_path: Path, most: int) -> None:
    index = opened(retention=None, store_text=True)
    index.add_many(ARTICLES)
    target = tmp_path / "target"
    target.mkdir()
    for write in (index.backup, index.rebuild):
        with writing_little(most), pytest.raises(StoreError) as caught:
            write(target / "copy.db")
        assert str(caught.value).startswith(f"{target / 'copy.db'}: ")
        assert os.listdir(target) == []
    index.backup(target / "copy.db")
    with StoryIndex.open(target / "copy.db", read_only=True) as copy:
        assert len(copy) == len(ARTICLES)


def test_no_copy_goes_to_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with StoryIndex.open("news.db", store_text=True) as index:
        for write in (index.backup, index.rebuild):
            with pytest.raises(StoreError, match=r"^:memory:: expected a name for a new file"):
                write(":memory:")
    assert ":memory:" not in os.listdir(tmp_path)


@pytest.mark.parametrize("table", ["text", "outlet", "article"])
def test_rows_that_are_missing_are_damage(path: Path, table: str) -> None:
    with sqlite3.connect(path) as file:
        file.execute(f"DELETE FROM {table} WHERE number IN (SELECT number FROM {table} ORDER BY number LIMIT 3)")
    file.close()
    with StoryIndex.open(path, retention=None) as index, pytest.raises(StoreError, match=r"damaged: .* is missing"):
        index.check()


def test_an_index_in_memory_is_checked_where_it_is() -> None:
    with StoryIndex.open(":memory:", retention=None) as index:
        index.add_many(ARTICLES)
        index.refresh()
        before = partition(index)
        assert index.check() == Checked((), ())
        assert partition(index) == before


def test_what_is_still_to_be_learnt_is_no_fault(tmp_path: Path) -> None:
    form = compose("form", seed=77, words=120).text.replace("\n", " ")
    articles = [
        Article(f"f{n}", f"{form}\n\n{compose('f', seed=n, words=40).text}", "", "Post", published=date(2026, 3, n + 1))
        for n in range(8)
    ]
    with StoryIndex.open(tmp_path / "news.db") as index:
        index.add_many(articles)
        assert index.stats().pending == len(articles)
    with StoryIndex.open(tmp_path / "news.db") as index:
        assert index.stats().pending == len(articles)  # before anything is loaded
        before = index.cursor
        found = index.check()
        told = f"what was learnt was applied: {counted(index.cursor - before, 'change')}, in the feed after {before}"
        assert index.cursor > before
        assert found == Checked((), (), (told,))
        assert index.stats().pending == 0
        assert index.check() == Checked((), ())
        assert partition(index) == {frozenset(story.article_ids) for story in cluster_articles(articles).stories}


def test_the_check_mends_what_can_be_derived(path: Path) -> None:
    with StoryIndex.open(path, retention=None) as index:
        index.refresh()
        wanted = partition(index)
        assert index.check().mended == ()
    database = sqlite3.connect(path)
    database.execute("DELETE FROM edge WHERE low % 2")
    database.execute("UPDATE article SET story = (SELECT min(number) FROM story) WHERE number % 3 = 0")
    database.commit()
    database.close()
    with StoryIndex.open(path, retention=None) as index:
        found = index.check()
        assert (found.damage, found.applied) == ((), ())
        assert found.mended
        assert partition(index) == wanted
        assert index.check().mended == ()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "UPDATE article SET relation = 2, jaccard = 0.1 WHERE relation > 0",
            "to their stories' anchors was put right",
        ),
        ("UPDATE article SET containment = 0.5 WHERE number % 3 = 0", "to their stories' anchors was put right"),
        (
            "UPDATE story SET anchor = (SELECT max(number) FROM article WHERE story = story.number)",
            "kept of stories was put right",
        ),
        ("UPDATE story SET outlets = 0 WHERE number % 2", "kept of stories was put right"),
        ("DELETE FROM story WHERE number % 3 = 0 AND NOT kept", "kept of stories was put right"),
        ("INSERT INTO story VALUES (999, 's-none', 1, 1, 1, 0)", "kept of stories was put right: 1 row"),
        ("UPDATE story SET id = (SELECT min(id) FROM story) WHERE NOT kept", "kept of stories was put right"),
    ],
)
def test_the_check_mends_the_rows_of_stories(path: Path, sql: str, told: str) -> None:
    with StoryIndex.open(path, retention=None) as index:
        index.refresh()
        wanted = {story.id: (story.copies, story.outlets) for story in index.stories()}
        assert index.check() == Checked((), ())
    database = sqlite3.connect(path)
    assert database.execute(sql).rowcount > 0
    database.commit()
    database.close()
    with StoryIndex.open(path, retention=None) as index:
        cursor = index.cursor
        found = index.check()
        assert (found.damage, len(found.mended), found.applied) == ((), 1, ())
        assert told in found.mended[0]
        assert {story.id: (story.copies, story.outlets) for story in index.stories()} == wanted
        assert index.cursor == cursor
        assert index.check() == Checked((), ())
        assert {story.id: (story.copies, story.outlets) for story in index.stories()} == wanted


def test_a_backup_is_an_index(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with StoryIndex.open(path) as index:
        index.backup(copy)
        with pytest.raises(StoreError, match="there already"):
            index.backup(copy)
        stories = list(index.stories())
    with StoryIndex.open(copy) as index:
        assert list(index.stories()) == stories
        index.add(Article("x", "y"))


def test_what_is_in_memory_is_copied_to_a_file(tmp_path: Path) -> None:
    with StoryIndex.open(":memory:", refresh_every=13, retention=None) as index:
        index.add_many(ARTICLES)
        index.must_link(ARTICLES[0].id, ARTICLES[1].id)
        index.backup(tmp_path / "copy.db")
        with StoryIndex.open(tmp_path / "copy.db") as copy:
            assert memory_of(copy) == memory_of(index)
            assert list(copy.stories()) == list(index.stories())
            assert list(copy.changes()) == list(index.changes())
            sizes = [replace(one.stats(), memory_bytes=0, stored_bytes=0) for one in (copy, index)]
            assert sizes[0] == sizes[1]
            assert copy.check().mended == ()


def test_a_backup_is_of_the_moment_when_it_began(path: Path, tmp_path: Path) -> None:
    """Else what others write would begin it anew for ever."""
    with StoryIndex.open(path, retention=None, store_text=True) as index:
        index.add_many(Article(f"f{i}", f"{i} {random.Random(i).randbytes(40_000).hex()}") for i in range(1_000))
        count, written, ended = len(index), [0], Event()

        def write() -> None:
            busy = sqlite3.connect(path, timeout=5)  # a second writer, as far as SQLite can tell
            while not ended.wait(0.0002):
                busy.execute("INSERT OR REPLACE INTO named VALUES ('busy', ?)", (str(written[0] + 1),))
                busy.commit()
                written[0] += 1
            busy.close()

        writing = Thread(target=write)
        writing.start()
        try:
            with StoryIndex.open(path, read_only=True) as reader:
                began = written[0]
                reader.backup(tmp_path / "copy.db")
                end = written[0]
        finally:
            ended.set()
            writing.join()
    with StoryIndex.open(tmp_path / "copy.db", read_only=True) as copy:
        assert len(copy) == count
        assert end - began > 20
        assert int(copy._store.get("busy") or 0) < (began + end) / 2


def test_another_thread_may_close_an_index(path: Path) -> None:
    index = StoryIndex.open(path)
    worker = Thread(target=index.close)
    worker.start()
    worker.join()
    with StoryIndex.open(path) as again:
        again.add(ARTICLES[0])


def test_a_file_is_in_wal_mode_whatever_was_done_to_it(path: Path) -> None:
    StoryIndex.open(path).close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    with StoryIndex.open(path) as index:
        index.add(ARTICLES[0])
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_new_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"

    def interrupt(*told: object) -> None:
        assert told == ("rebuilding", 20, 20)
        raise KeyboardInterrupt

    with StoryIndex.open(old, store_text=True, retention=None) as index:
        index.add_many(ARTICLES[:20])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        rebuild_index(old, new, progress=interrupt)
    with StoryIndex.open(old) as index, pytest.raises(StoreError, match="there is no folder"):
        index.backup(tmp_path / "none" / "copy.db")
    assert sorted(tmp_path.iterdir()) == before
    assert rebuild_index(old, new) == 20
    assert sorted(tmp_path.iterdir()) == sorted([*before, new])
    with StoryIndex.open(new) as index:
        assert (len(index), index.check().mended) == (20, ())


def test_an_index_is_rebuilt_under_other_settings(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with StoryIndex.open(old, store_text=True, retention=None) as index:
        for day in range(3):
            index.add_many(ARTICLES[20 * day : 20 * day + 20], received=noon + timedelta(days=day))
        index.must_link(ARTICLES[0].id, ARTICLES[1].id)
        assert index.rebuild(new, Settings(shingle_width=4)) == 60
    with StoryIndex.open(new, retention=None) as index:
        assert index.settings.shingle_width == 4
        batch = cluster_articles(ARTICLES, Settings(shingle_width=4), must_link=[(ARTICLES[0].id, ARTICLES[1].id)])
        assert partition(index) == {frozenset(story.article_ids) for story in batch.stories}
        assert index.expire(before=noon + timedelta(days=1)) == 20
    with StoryIndex.open(tmp_path / "bare.db") as index:
        index.add(ARTICLES[0])
        with pytest.raises(StoreError, match="keeps no text of 1 of its 1 articles"):
            index.rebuild(tmp_path / "never.db")


def test_an_index_is_rebuilt_under_its_own_settings(tmp_path: Path) -> None:
    own = Settings(match_window=None, told_share=0.6)
    with StoryIndex.open(tmp_path / "0.db", own, store_text=True) as index:
        index.add_many(ARTICLES)
        index.rebuild(tmp_path / "1.db")
        index.rebuild(tmp_path / "2.db", index.settings.changed(told_share=0.5))
    rebuild_index(tmp_path / "2.db", tmp_path / "3.db")
    for k, settings in enumerate((own, own, own.changed(told_share=0.5), own.changed(told_share=0.5))):
        StoryIndex.open(tmp_path / f"{k}.db", settings).close()


CRASHER = """
import json, random, sys
from datetime import datetime, timedelta, UTC
from storycluster import Article, StoryIndex, read_articles
path, articles, seed = sys.argv[1], list(read_articles(sys.argv[2])), int(sys.argv[3])
random.seed(seed)
noon = datetime(2026, 3, 2, tzinfo=UTC)
with StoryIndex.open(path, retention=None, refresh_every=20) as index:
    print("open", flush=True)
    for step in range(100_000):
        article, other = random.choice(articles), random.choice(articles)
        draw = random.random()
        when = noon + timedelta(hours=step % 500)
        if draw < .6:
            print(json.dumps(["do", "add", article.id, article.id]), flush=True)
            index.add(article, received=when)
        elif draw < .8 and article.id in index:
            print(json.dumps(["do", "add", article.id, other.id]), flush=True)
            index.update(Article(article.id, other.text, outlet=other.outlet, published=other.published), received=when)
        elif draw < .95 and article.id in index:
            print(json.dumps(["do", "remove", article.id, None]), flush=True)
            index.remove(article.id)
        else:
            continue
        print(json.dumps(["done"]), flush=True)
"""


def run_until_killed(path: Path, source: Path, seed: int, seconds: float) -> list[Any]:
    """What the crasher said before it was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", CRASHER, str(path), str(source), str(seed)], stdout=subprocess.PIPE
    ) as crasher:
        assert crasher.stdout
        assert crasher.stdout.readline() == b"open\n"
        time.sleep(seconds)
        crasher.send_signal(signal.SIGKILL)
        lines = crasher.stdout.read().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def test_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path, source = tmp_path / "news.db", tmp_path / "news.jsonl"
    source.write_text("".join(json.dumps(article.to_mapping()) + "\n" for article in ARTICLES), "utf-8")
    by_id = {article.id: article for article in ARTICLES}
    live: dict[str, str] = {}
    for seed in range(4):
        said = run_until_killed(path, source, seed, 0.2 + 0.05 * seed)
        unsure: list[str | None] = []
        for line, after in zip(said, [*said[1:], None], strict=True):
            if line[0] == "done":
                continue
            _, what, article_id, content = line
            if after is None:
                unsure = [article_id, content]
            elif what == "add":
                live[article_id] = content
            else:
                live.pop(article_id, None)
        with StoryIndex.open(path, retention=None) as index:
            for article_id in by_id:
                if unsure and article_id == unsure[0]:
                    continue
                assert (article_id in index) == (article_id in live)
            if unsure:
                own = str(unsure[0])
                if own not in index:
                    live.pop(own, None)
                elif own not in live or unsure[1] not in (None, live[own]):
                    live[own] = own  # set right below by what the index has
            assert index.check().damage == ()
            now = []
            for article_id, content in live.items():
                theirs = by_id[content]
                updated = Article(article_id, theirs.text, outlet=theirs.outlet, published=theirs.published)
                now.append(by_id[article_id] if content == article_id else updated)
            if not unsure:
                assert partition(index) == {frozenset(s.article_ids) for s in cluster_articles(now).stories}
            else:
                index.add_many(now)
                index.refresh()
                assert partition(index) == {frozenset(s.article_ids) for s in cluster_articles(now).stories}
