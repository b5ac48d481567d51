"""Each command on an index does what its help says."""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import storycluster
from storycluster import Settings, StoryIndex, cluster_articles, read_articles
from storycluster.cli.road import Meter
from storycluster.cli.wording import IN_SHELL
from storycluster.fields import counted
from storycluster.testing import compose

Called = Callable[..., tuple[int, bytes, str]]
Write = Callable[..., Path]
PACKAGE = Path(storycluster.__file__).parent
LIBRARY = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "cli" not in path.parents]
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
    assert (stats["articles"], stats["stories"], stats["cursor"], "memory_bytes" in stats) == (0, 0, 28, False)


def test_an_index_is_checked_rebuilt_and_copied(called: Called, path: Path, tmp_path: Path) -> None:
    assert called("index", "check", path)[2].endswith("the index is whole\n")
    settings = tmp_path / "settings.toml"
    settings.write_text("shingle_width = 4\n")
    assert called("index", "rebuild", path, tmp_path / "new.db", "--settings", settings)[0] == 0
    settings.write_text('match_window = "none"\n')
    assert called("index", "rebuild", tmp_path / "new.db", tmp_path / "newer.db", "--settings", settings)[0] == 0
    with StoryIndex.open(tmp_path / "newer.db") as index:
        assert index.settings == Settings(shingle_width=4, match_window=None)
    assert called("index", "rebuild", tmp_path / "newer.db", tmp_path / "newest.db")[0] == 0
    with StoryIndex.open(tmp_path / "newest.db") as index:
        assert index.settings == Settings(shingle_width=4, match_window=None)
    settings.write_text("shingles = 4\n")
    code, _, err = called("index", "rebuild", path, tmp_path / "never.db", "--settings", settings)
    assert (code, "settings.toml: setting 'shingles': unknown" in err) == (1, True)
    assert called("index", "backup", path, tmp_path / "copy.db")[0] == 0
    code, _, err = called("index", "backup", path, tmp_path / "copy.db")
    assert (code, "there already" in err) == (1, True)
    code, _, err = called("index", "backup", path, "/sys/copy.db")  # where nobody may write
    assert (code, err.startswith("error: /sys/copy.db: "), ".part" in err) == (1, True, False)
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


def test_what_is_not_there_is_said_before_kernels_are_compiled(
    called: Called, tmp_path: Path, sample: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storycluster.index.rehearsal.rehearse", lambda: pytest.fail("the kernels were loaded"))
    foreign = write({"id": "no index", "text": "a few words"})
    assert called("index", "add", tmp_path / "news.db", "nowhere.jsonl")[0] == 1
    assert called("index", "add", foreign, sample)[0] == 1
    assert called("index", "remove", tmp_path / "none.db", "a-1")[0] == 1
    assert called("index", "explain", tmp_path / "none.db", "a-1", "a-2")[0] == 1
    assert not (tmp_path / "news.db").exists()


def test_bad_records_are_set_aside(called: Called, tmp_path: Path, write: Write) -> None:
    news = write({"id": "a", "text": "b"}, "{", {"id": "c"})
    code, out, err = called("index", "add", tmp_path / "a.db", news)
    assert (code, [line["article"] for line in records(out)]) == (0, ["a"])
    told = err.splitlines()
    assert [line.startswith(f"set aside: {news}:{k}: expected a") for k, line in zip((2, 3), told, strict=False)] == [
        True,
        True,
    ]
    assert told[2:4] == ["1 article added: 1 created", "2 records set aside"]
    assert called("index", "search", tmp_path / "a.db", news)[2].splitlines()[:2] == told[:2]
    code, _, err = called("index", "add", tmp_path / "c.db", write("{", name="bad.jsonl"))
    assert (code, "1 record came and none could be read" in err) == (1, True)


def test_many_bad_records_are_counted(called: Called, tmp_path: Path, write: Write) -> None:
    news = write(*(["{"] * 25), {"id": "a", "text": "b"}, *(["{"] * 5))
    code, out, err = called("index", "add", tmp_path / "a.db", news)
    told = err.splitlines()
    assert (code, len(records(out))) == (0, 1)
    assert [int(line.split(":")[2]) for line in told if line.startswith("set aside: ")] == list(range(1, 21))
    assert "20 records are set aside; further ones are only counted" in told
    assert "30 records set aside" in told


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_strict_stops_at_the_first_bad_record_and_keeps_what_came_before(
    called: Called, tmp_path: Path, write: Write, batch: int
) -> None:
    news = write(*({"id": name, "text": name} for name in "abc"), "{", {"id": "d", "text": "d"})
    code, out, err = called("index", "add", tmp_path / "a.db", news, "--strict", "--batch", batch)
    assert (code, [line["article"] for line in records(out)]) == (1, ["a", "b", "c"])
    assert f"error: {news}:4: expected a JSON object" in err


def test_what_articles_would_match_is_found_and_nothing_added(
    called: Called, path: Path, sample: str, tmp_path: Path, write: Write
) -> None:
    source = next(article for article in read_articles(sample) if article.id == "ferry-times")
    news = write(
        {"id": "new", "text": source.text}, {"id": "ferry-times", "text": source.text}, {"id": "x", "text": "y"}
    )
    code, out, err = called("index", "search", path, news)
    lines = records(out)
    assert (code, [line["article"] for line in lines]) == (0, ["new", "ferry-times", "x"])
    assert "3 articles searched for" in err
    best = lines[0]["matches"][0]
    with StoryIndex.open(path, read_only=True) as index:
        assert len(index) == 14
        assert (best["a"], best["verdict"], best["story"]) == ("new", "same", index.story_of(best["b"]).id)
        assert [match["b"] for match in lines[0]["matches"]] == [
            match.b for match in index.search({"id": "new", "text": source.text})
        ]
    assert "ferry-times" not in {match["b"] for match in lines[1]["matches"]}
    assert lines[2]["matches"] == []
    _, out, _ = called("index", "search", path, news, "--limit", 1)
    assert [len(line["matches"]) for line in records(out)] == [1, 1, 0]
    assert called("index", "search", tmp_path / "none.db", news)[0] == 1
    assert not (tmp_path / "none.db").exists()


def test_two_articles_of_an_index_are_explained(called: Called, path: Path, sample: str, tmp_path: Path) -> None:
    pair = ("market-tuesday", "market-wednesday")
    code, out, _ = called("index", "explain", path, *pair)
    assert (code, "look-alikes" in out.decode("utf-8"), "(fact)" in out.decode("utf-8")) == (0, True, True)
    (told,) = records(called("index", "explain", path, *pair, "--format", "json")[1])
    assert (told["match"]["verdict"], told["together"]) == ("template", False)
    assert told["changed_facts"]
    bare = tmp_path / "bare.db"
    assert called("index", "add", bare, sample, "--retention", "none")[0] == 0
    code, out, _ = called("index", "explain", bare, *pair)
    assert (code, "look-alikes" in out.decode("utf-8"), "--store-text" in out.decode("utf-8")) == (0, True, True)
    (without,) = records(called("index", "explain", bare, *pair, "--format", "json")[1])
    assert without == {"match": told["match"], "together": False, "changes": None, "changed_facts": None}
    code, _, err = called("index", "explain", path, "clock", "nobody")
    assert (code, "'nobody': the index has no article with this id" in err) == (1, True)


def test_what_was_learnt_is_applied(called: Called, tmp_path: Path, write: Write) -> None:
    form = compose("form", seed=77, words=120).text.replace("\n", " ")
    news = [
        {
            "id": f"n{k}", "outlet": "Tern", "published": f"2026-03-{k + 1:02}",
            "text": f"{form}\n\n{compose('own', seed=k, words=40).text}",
        }
        for k in range(8)
    ]  # fmt: skip
    path = tmp_path / "a.db"
    assert called("index", "add", path, write(*news), "--retention", "none")[0] == 0
    with StoryIndex.open(path, read_only=True) as index:
        before, cursor = index.count_stories(), index.cursor
    code, _, err = called("index", "refresh", path)
    assert (code, f"in the feed after {cursor}" in err) == (0, True)
    stories = records(called("index", "stories", path)[1])
    assert len(stories) > before
    wanted = {frozenset(story.article_ids) for story in cluster_articles(news).stories}
    assert {frozenset(copy["article_id"] for copy in story["copies"]) for story in stories} == wanted
    assert called("index", "refresh", path)[2] == "what was learnt is applied: 0 changes\n"
    assert called("index", "refresh", tmp_path / "none.db")[0] == 1


LOADING = (
    "check", "refresh", "remove clock", "expire --before 2020-01-01", "explain clock briefing", "search NEWS",
    "add NEWS", "rebuild NEW",
)  # fmt: skip


@pytest.mark.parametrize("command", LOADING)
def test_progress_is_told_of_what_takes_long(
    called: Called, path: Path, tmp_path: Path, sample: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int, int]] = []
    monkeypatch.setattr(Meter, "show", lambda _, *stage: told.append(stage))
    files = {"NEWS": sample, "NEW": str(tmp_path / "new.db")}
    name, *arguments = (files.get(word, word) for word in command.split())
    assert called("index", name, path, *arguments)[0] == 0
    if name == "rebuild":
        assert {(stage, total) for stage, _, total in told} == {("rebuilding", 14)}
        assert told[-1] == ("rebuilding", 14, 14)
    else:
        assert told == [("loading texts", 14, 14), ("loading articles", 14, 14)]


def test_messages_speak_of_options(called: Called, path: Path, sample: str, tmp_path: Path) -> None:
    with StoryIndex.open(path) as held:
        code, _, err = called("index", "add", path, sample)
        assert (code, "open for writing already" in err, "(--timeout)" in err, "timeout=" in err) == (
            1,
            True,
            True,
            False,
        )
        assert len(held) == 14
    settings = tmp_path / "settings.toml"
    settings.write_text("told_share = 0.5\n")
    _, _, err = called("index", "add", path, sample, "--settings", settings)
    assert "; leave out --settings, or make it anew" in err
    code, _, err = called("index", "changes", path, "--since", "abc")
    assert (code, "'--since': expected a whole number from 0 on, got 'abc'\n" in err) == (2, True)
    _, _, err = called("index", "changes", path, "--since", 99)
    assert "the cursor that `storycluster index stats` tells" in err
    bare = tmp_path / "bare.db"
    assert called("index", "add", bare, sample, "--retention", "none")[0] == 0
    _, _, err = called("index", "rebuild", bare, tmp_path / "new.db")
    assert "texts are kept with --store-text." in err


@pytest.mark.parametrize("phrase", IN_SHELL)
def test_what_is_put_in_the_shells_words_is_said_somewhere(phrase: str) -> None:
    assert any(phrase in module.read_text("utf-8") for module in LIBRARY)


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


def test_an_interrupt_leaves_a_whole_index(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "add", str(tmp_path / "a.db"), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b'{"id": "a", "text": "It came."}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["article"] == "a"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        told = process.stderr.read().decode("utf-8")
        assert told.endswith("interrupted; the index is whole, and no other file was written\n")
    with StoryIndex.open(tmp_path / "a.db") as index:
        assert (len(index), index.check().mended) == (1, ())


def test_sigterm_says_how_much_of_a_file_was_read(tmp_path: Path, write: Write) -> None:
    news = write(*({"id": f"a{i}", "text": f"text {i}"} for i in range(30_000)))
    with subprocess.Popen(
        [*COMMAND, "add", str(tmp_path / "a.db"), str(news)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        added = 1 + len(list(process.stdout))
        told = process.stderr.read().decode("utf-8")
        assert process.wait(20) == 0
    assert told.startswith(f"{counted(added, 'article')} added: ")
    assert told.endswith(f"\nstopped by SIGTERM after {news}:{added}; the rest was not read\n")
    with StoryIndex.open(tmp_path / "a.db", read_only=True) as index:
        assert 0 < len(index) == added < 30_000


@pytest.mark.parametrize("command", ["add", "search"])
def test_sigterm_before_the_first_article(
    called: Called, path: Path, sample: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoryIndex, "open", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    code, out, err = called("index", command, path, sample)
    assert (code, out) == (0, b"")
    assert err.endswith("\nstopped by SIGTERM before the first article\n")


def test_updates_are_told_as_such(called: Called, tmp_path: Path, write: Write) -> None:
    news = write(*({"id": name, "text": f"text {i}"} for i, name in enumerate(["a", "b", "a"])))
    _, out, err = called("index", "add", tmp_path / "a.db", news)
    assert [line["updated"] for line in records(out)] == [False, False, True]
    assert err.startswith("3 articles added: 2 created, 1 updated\n")


def test_what_is_too_old_to_stay_is_counted(called: Called, tmp_path: Path, write: Write) -> None:
    text = compose("old", seed=4, words=60).text
    news = write({"id": "old", "text": text, "published": "2001-05-06"}, {"id": "undated", "text": f"{text} More."})
    code, _, err = called("index", "add", tmp_path / "a.db", news, "--retain-by", "publication")
    assert code == 0
    assert "2 articles added: " in err
    assert "; 1 too old to stay (see --retention and --retain-by)" in err


@pytest.mark.parametrize("days", ["0", "-1", "nan", "soon"])
def test_a_retention_that_is_none(called: Called, tmp_path: Path, sample: str, days: str) -> None:
    code, _, err = called("index", "add", tmp_path / "a.db", sample, "--retention", days)
    assert (code, f"expected a number of days above 0 or none, got '{days}'" in err) == (2, True)


def test_how_long_the_feed_keeps_its_entries_is_the_indexs(called: Called, tmp_path: Path, sample: str) -> None:
    path = tmp_path / "a.db"
    assert called("index", "add", path, sample, "--keep-changes", "none")[0] == 0
    with sqlite3.connect(path) as file:
        count = file.execute("UPDATE change SET at = at - 400 * 86400000000").rowcount
    file.close()
    assert called("index", "refresh", path)[0] == 0
    assert len(called("index", "changes", path)[1].splitlines()) == count > 0
    assert called("index", "add", path, sample, "--keep-changes", "399")[0] == 0
    assert called("index", "refresh", path)[0] == 0
    assert called("index", "changes", path)[1] == b""
    code, _, err = called("index", "add", path, sample, "--keep-changes", "0")
    assert (code, "expected a number of days above 0 or none, got '0'" in err) == (2, True)


def test_sigterm_keeps_what_was_read_of_a_batch(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "add", str(tmp_path / "a.db"), "-", "--batch", "100"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for name in "abc":
            process.stdin.write(json.dumps({"id": name, "text": f"text {name}"}).encode() + b"\n")
        process.stdin.write(b"{\n")
        process.stdin.flush()
        while not process.stderr.readline().startswith(b"set aside: <stdin>:4:"):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert [json.loads(line)["article"] for line in process.stdout] == list("abc")
        assert process.wait(20) == 0


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


@pytest.mark.skipif(not hasattr(select, "poll"), reason="Windows tells of a closed pipe when something is written")
def test_a_follower_ends_when_nobody_reads_any_more(path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" | head -n 1', "sh", *COMMAND, "changes", str(path), "--follow"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 1)


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
    assert called("index", "add", place, sample)[0] == 0  # with their texts, as before
    assert called("index", "remove", place, "clock")[0] == 0
    assert called("index", "rebuild", place, tmp_path / "new.db")[0] == 0
    assert called("index", "backup", place, tmp_path / "copy.db")[0] == 0
    assert records(called("index", "stats", tmp_path / "copy.db")[1])[0]["articles"] == 13
    code, _, err = called("index", "stats", address())
    assert (code, "there is no such index" in err) == (1, True)


def test_a_password_is_not_printed(called: Called, address: Callable[[], str], path: Path, tmp_path: Path) -> None:
    server, _, schema = address().rpartition("#")
    place = f"{server}{'&' if '?' in server else '?'}password=s3cret#{schema}"
    told = [called("index", "rebuild", path, place), called("index", "backup", place, tmp_path / "copy.db")]
    told.append(called("index", "add", path, place))  # given where the articles' file should stand
    assert [code for code, _, _ in told] == [0, 0, 1]
    assert all("password=***" in err and "s3cret" not in err for _, _, err in told)


def test_a_name_that_no_index_can_have_is_told(called: Called, path: Path, sample: str) -> None:
    wrong = "mysql://x:s3cret@y/z"
    told = "error: mysql://x:***@y/z: expected a path, or an address that begins with postgresql://; name another\n"
    assert called("index", "add", wrong, sample) == (1, b"", told)
    assert called("index", "rebuild", path, wrong)[2].endswith(told)
    assert called("index", "backup", path, wrong)[2] == told
    code, _, err = called("index", "add", "", sample)
    assert (code, err) == (1, "error: '': expected the path or the address of an index, got an empty name\n")
    _, _, err = called("index", "backup", path, "postgresql://x:s3cret@y/z")
    assert err.startswith("error: postgresql://x:***@y/z: backup writes a file, expected a path; `storycluster index")


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
