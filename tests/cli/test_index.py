"""Each command on an index does what its help says."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storycluster import StoryIndex, cluster_articles, read_articles

Called = Callable[..., tuple[int, bytes, str]]
Write = Callable[..., Path]
COMMAND = (sys.executable, "-m", "storycluster", "index")


def records(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def path(called: Called, tmp_path: Path, sample: str) -> Path:
    """An index of the sample."""
    path = tmp_path / "news.db"
    assert called("index", "add", path, sample, "--retention", "none", "--store-text")[0] == 0
    return path


def test_each_article_has_its_placement(called: Called, tmp_path: Path, sample: str) -> None:
    code, out, err = called("index", "add", tmp_path / "a.db", sample, "--retention", "none")
    lines = records(out)
    articles = list(read_articles(sample))
    assert code == 0
    assert [line["article"] for line in lines] == [article.id for article in articles]
    assert [line["outcome"] for line in lines].count("created") == len({line["story"] for line in lines})
    assert "14 articles added: 8 created, 6 joined" in err
    code, out, _ = called("index", "add", tmp_path / "a.db", sample, "--retention", "none", "--batch", "5")
    assert {line["outcome"] for line in records(out)} == {"unchanged"}


def test_the_stories_are_those_of_cluster(called: Called, path: Path, sample: str, tmp_path: Path) -> None:
    code, out, _ = called("index", "stories", path)
    assert code == 0
    wanted = {frozenset(story.article_ids) for story in cluster_articles(read_articles(sample)).stories}
    assert {frozenset(copy["article_id"] for copy in story["copies"]) for story in records(out)} == wanted
    assert called("index", "stories", path, "-o", tmp_path / "out.csv", "--min-outlets", 2)[0] == 0
    assert (tmp_path / "out.csv").read_text("utf-8").startswith("story,")
    _, table, _ = called("index", "stories", path, "--format", "table", "--limit", 2)
    assert "and 6 stories more" in table.decode("utf-8")
    assert records(called("index", "stories", path, "--since", "2099-01-01")[1]) == []


def test_the_feed_goes_on_where_it_stopped(called: Called, path: Path) -> None:
    feed = records(called("index", "changes", path)[1])
    assert [change["cursor"] for change in feed] == list(range(1, 15))
    assert called("index", "remove", path, "clock")[0] == 0
    (news,) = records(called("index", "changes", path, "--since", 14)[1])
    assert (news["kind"], news["article_id"], news["moved"]) == ("removed", "clock", {"clock": None})
    code, _, err = called("index", "changes", path, "--since", 99)
    assert (code, "read the stories anew" in err) == (1, True)


def test_articles_are_removed_and_expire(called: Called, path: Path) -> None:
    code, _, err = called("index", "remove", path, "clock", "nobody")
    assert (code, "nothing was removed" in err) == (1, True)
    assert called("index", "remove", path, "clock", "clock")[2].startswith("1 article removed")
    assert called("index", "expire", path, "--before", "2020-01-01")[2].startswith("0 articles expired")
    assert called("index", "expire", path, "--before", "2099-01-01")[2].startswith("13 articles expired")
    (stats,) = records(called("index", "stats", path)[1])
    assert (stats["articles"], stats["stories"], stats["cursor"]) == (0, 0, 28)


def test_an_index_is_checked_rebuilt_and_copied(called: Called, path: Path, tmp_path: Path) -> None:
    assert called("index", "check", path)[2].endswith("the index is whole\n")
    settings = tmp_path / "settings.toml"
    settings.write_text("shingle_width = 4\n")
    assert called("index", "rebuild", path, tmp_path / "new.db", "--settings", settings)[0] == 0
    assert called("index", "backup", path, tmp_path / "copy.db")[0] == 0
    code, _, err = called("index", "backup", path, tmp_path / "copy.db")
    assert (code, "there already" in err) == (1, True)
    with StoryIndex.open(tmp_path / "copy.db") as index:
        assert len(index) == 14


def test_what_is_no_index_is_said(called: Called, tmp_path: Path, write: Write, sample: str) -> None:
    news = write({"id": "a", "text": "b"})
    for arguments in (("stats", news), ("add", news, sample), ("stories", tmp_path / "none.db"), ("check", news)):
        code, out, err = called("index", *arguments)
        assert (code, out) == (1, b"")
        assert "index" in err
    assert not (tmp_path / "none.db").exists()
    assert called("index", "add", tmp_path / "a.db", sample, "--retention", "soon")[0] == 2


def test_bad_records_are_set_aside(called: Called, tmp_path: Path, write: Write) -> None:
    news = write({"id": "a", "text": "b"}, "{", {"id": "c"})
    code, out, err = called("index", "add", tmp_path / "a.db", news)
    assert (code, [line["article"] for line in records(out)]) == (0, ["a"])
    assert "2 records set aside, the first:" in err
    assert called("index", "add", tmp_path / "b.db", news, "--strict")[0] == 1
    assert called("index", "add", tmp_path / "c.db", write("{", name="bad.jsonl"))[0] == 1


def test_placements_come_as_articles_do_and_sigterm_ends_quietly(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "add", str(tmp_path / "a.db"), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for name in "abc":
            process.stdin.write(json.dumps({"id": name, "text": f"text {name}"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["article"] == name
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with StoryIndex.open(tmp_path / "a.db") as index:
        assert len(index) == 3


def test_a_closed_pipe_ends_quietly(tmp_path: Path, sample: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "add", str(tmp_path / "a.db"), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(Path(sample).read_bytes())
        process.stdin.close()
        assert process.wait(20) == 0
        assert b"Traceback" not in process.stderr.read()


def test_followers_see_what_comes(path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "changes", str(path), "--since", "14", "--follow"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        time.sleep(1)
        with StoryIndex.open(path, retention=None) as index:
            index.add({"id": "late", "text": "It came late."})
        assert json.loads(process.stdout.readline())["article_id"] == "late"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_an_address_is_an_index_too(called: Called, address: Callable[[], str], sample: str, tmp_path: Path) -> None:
    place = address()
    code, out, _ = called("index", "add", place, sample, "--retention", "none", "--store-text")
    assert (code, len(records(out))) == (0, 14)
    wanted = {frozenset(story.article_ids) for story in cluster_articles(read_articles(sample)).stories}
    _, out, _ = called("index", "stories", place)
    assert {frozenset(copy["article_id"] for copy in story["copies"]) for story in records(out)} == wanted
    assert called("index", "remove", place, "clock")[0] == 0
    assert records(called("index", "changes", place, "--since", 14)[1])[0]["article_id"] == "clock"
    assert called("index", "check", place)[2].endswith("the index is whole\n")
    assert called("index", "rebuild", place, tmp_path / "new.db")[0] == 0
    assert called("index", "backup", place, tmp_path / "copy.db")[0] == 0
    assert records(called("index", "stats", tmp_path / "copy.db")[1])[0]["articles"] == 13
    code, _, err = called("index", "stats", address())
    assert (code, "there is no such index" in err) == (1, True)


def test_an_index_of_another_recipe_is_made_anew(called: Called, path: Path, sample: str, tmp_path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("UPDATE named SET value = 'that of another version' WHERE name = 'recipe'")
    file.close()
    code, _, err = called("index", "add", path, sample)
    assert code != 0
    assert "index rebuild" in err
    assert called("index", "rebuild", path, tmp_path / "new.db")[0] == 0
    with StoryIndex.open(tmp_path / "new.db", read_only=True) as index:
        assert len(index) == 14
