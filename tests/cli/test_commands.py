"""Each command does what its help says."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from numba import njit

from storycluster import Settings, Story, StoryIndex, cluster_articles, read_articles, read_stories
from storycluster.cli import COMMANDS, main
from storycluster.cli.road import load_kernels
from storycluster.formats import write_records
from storycluster.sample import read_expected_stories
from storycluster.schema import read_story_schema

Called = Callable[..., tuple[int, bytes, str]]
Write = Callable[..., Path]
Program = Callable[..., subprocess.CompletedProcess[bytes]]

TEXT = (
    "The harbor office of Norhavn closed the northern pier on Monday after divers found cracks in two of its pillars. "
    "Ferries to the islands leave from the fish market until the work is done, which the office expects in autumn. "
    "Fishermen who moor at the pier were told to move their boats by Wednesday noon or to have them towed away. "
)


def records(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def groups(stories: list[dict[str, Any]]) -> set[frozenset[str]]:
    return {frozenset(copy["article_id"] for copy in story["copies"]) for story in stories}


def test_the_sample_is_clustered_as_expected(called: Called, sample: str) -> None:
    code, out, err = called("cluster", sample)
    assert code == 0
    assert groups(records(out)) == {frozenset(ids) for ids in read_expected_stories().values()}
    assert "14 articles in 8 stories, 3 stories run by more than one outlet" in err
    assert "1 article of less than 25 words" in err


def test_the_library_and_the_command_say_the_same(called: Called, sample: str) -> None:
    _, out, _ = called("cluster", sample)
    assert records(out) == [story.to_dict() for story in cluster_articles(read_articles(sample)).stories]


def test_written_stories_fit_the_schema_and_are_read_back(tmp_path: Path, sample: str) -> None:
    path = tmp_path / "stories.jsonl.gz"
    assert main(["cluster", sample, "-o", str(path)]) == 0
    validator = jsonschema.Draft202012Validator(read_story_schema())
    stories = list(read_stories(path))
    assert len(stories) == 8
    for line, story in zip(gzip.decompress(path.read_bytes()).splitlines(), stories, strict=True):
        validator.validate(json.loads(line))
        assert Story.from_dict(json.loads(line)) == story
        assert story.to_dict() == json.loads(line)


def test_formats_hold_the_same(called: Called, sample: str) -> None:
    lines = records(called("cluster", sample)[1])
    assert json.loads(called("cluster", sample, "--format", "json")[1]) == lines
    rows = list(csv.DictReader(io.StringIO(called("cluster", sample, "--format", "csv")[1].decode("utf-8"))))
    assert [row["article_id"] for row in rows] == [copy["article_id"] for line in lines for copy in line["copies"]]
    assert {row["story"] for row in rows} == {line["id"] for line in lines}
    assert rows[0]["outlets"] == "; ".join(outlet["name"] for outlet in lines[0]["outlets"])


def test_the_ending_of_the_output_names_its_format(tmp_path: Path, sample: str) -> None:
    path = tmp_path / "stories.csv"
    assert main(["cluster", sample, "-o", str(path), "--min-outlets", "2"]) == 0
    assert path.read_text("utf-8").startswith("story,article_id,outlet")
    assert len(path.read_text("utf-8").splitlines()) == 1 + 5 + 2 + 2


def test_a_table_names_stories_outlets_and_what_it_leaves_out(called: Called, sample: str) -> None:
    _, out, _ = called("cluster", sample, "--format", "table", "--limit", "2")
    text = out.decode("utf-8")
    assert "Brackwater Courier (×2)" in text
    assert "5 articles: anchor, 3 copies, 1 cut" in text
    assert "Morning briefing" not in text
    assert "… and 6 stories more" in text


def test_a_terminal_is_not_obeyed_to_titles(called: Called, write: Write) -> None:
    path = write({"id": "a", "text": TEXT, "title": "Ports \x1b[31mclosed\x07", "outlet": "Norhavn\x1b]0;Post"})
    out = called("cluster", path, "--format", "table")[1]
    assert b"\x1b" not in out
    assert b"\x07" not in out


@pytest.mark.parametrize("command", ["cluster", "dedup"])
def test_an_ending_that_names_no_format_that_is_written_is_refused(
    called: Called, tmp_path: Path, sample: str, command: str
) -> None:
    for option in ("-o", "--matches" if command == "cluster" else "--dropped"):
        code, _, err = called(command, sample, option, tmp_path / "out.tsv.gz")
        assert (code, "out.tsv.gz: tsv is read, not written; name a .jsonl, .json or .csv file" in err) == (2, True)
        assert ("or say --format" in err) == (option == "-o")
        code, _, err = called(command, sample, option, tmp_path / "out.html")
        assert (code, "out.html: .html names no format; name a .jsonl, .json or .csv file" in err) == (2, True)
    assert called(command, sample, "-o", tmp_path / "out.tsv", "--format", "csv")[0] == 0
    for name in ("out", "out.NDJSON", "out.JSONL.GZ"):
        assert called(command, sample, "-o", tmp_path / name)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.JSONL.GZ", "out.NDJSON", "out.tsv"]
    lines = (tmp_path / "out").read_bytes()
    assert lines == (tmp_path / "out.NDJSON").read_bytes() == gzip.decompress((tmp_path / "out.JSONL.GZ").read_bytes())


@pytest.mark.parametrize(("lead", "title"), [("first", "Ferry hits breakwater at Brackwater, 23 hurt"),
                                             ("longest", "Ferry hits breakwater at Brackwater; 23 hurt")])  # fmt: skip
def test_the_lead_can_be_chosen(called: Called, sample: str, lead: str, title: str) -> None:
    stories = records(called("cluster", sample, "--lead", lead)[1])
    assert stories[0]["title"].startswith(title)


def test_matches_say_why(tmp_path: Path, sample: str) -> None:
    path = tmp_path / "matches.jsonl"
    assert main(["cluster", sample, "-o", os.devnull, "--matches", str(path)]) == 0
    rows = records(path.read_bytes())
    assert all("narrated prose" in row["reason"] for row in rows if row["joined"])
    apart = [{row["a"], row["b"]} for row in rows if not row["joined"]]
    assert {"market-tuesday", "market-wednesday"} in apart


def test_dedup_keeps_one_article_a_story(tmp_path: Path, sample: str) -> None:
    kept, dropped = tmp_path / "kept.jsonl", tmp_path / "dropped.jsonl"
    assert main(["dedup", sample, "-o", str(kept), "--dropped", str(dropped), "--keep", "longest"]) == 0
    given = {article.id: article for article in read_articles(sample)}
    left = list(read_articles(kept))
    gone = records(dropped.read_bytes())
    assert all(given[article.id] == article for article in left)  # whole, with every field
    assert sorted([article.id for article in left] + [row["id"] for row in gone]) == sorted(given)
    stories = {id_: set(ids) for ids in read_expected_stories().values() for id_ in ids}
    for row in gone:
        assert row["duplicate_of"] in stories[row["id"]]
        assert len(given[row["duplicate_of"]].text) >= len(given[row["id"]].text)
        assert row["relation"] in ("copy", "cut", "extended", "version", "anchor")
        assert 0 < row["containment"] <= 1


def test_dedup_keeps_fields_that_it_does_not_know(called: Called, write: Write) -> None:
    path = write({"id": "a", "maintext": TEXT, "authors": ["R. Holm"], "published": "some day", "summary": "Pier."})
    (record,) = records(called("dedup", path)[1])
    assert record["text"] == TEXT
    assert record["authors"] == ["R. Holm"]
    assert record["extra"]["summary"] == "Pier."


def test_the_columns_of_what_is_kept_are_those_of_the_input(called: Called, write: Write) -> None:
    path = write(
        {"id": "a", "body": TEXT, "published": "2025-06-03", "desk": "Local"},
        {
            "id": "b",
            "body": TEXT + "Nobody was hurt.",
            "url": "https://norhavnpost.example/1",
            "published": "2025-06-04",
        },
    )
    kept = {}
    for keep in ("lead", "first", "longest"):
        header, row = csv.reader(called("dedup", path, "--keep", keep, "--format", "csv")[1].decode().splitlines())
        assert header == ["id", "outlet", "title", "text", "published", "desk", "url"]
        kept[keep] = row[0]
    assert (kept["first"], kept["longest"]) == ("a", "b")


def test_explain_says_why_and_what_changed(called: Called, sample: str) -> None:
    code, out, _ = called("explain", sample, "market-tuesday", "market-wednesday")
    text = out.decode("utf-8")
    assert code == 0
    assert "two stories – look-alikes: one form, other facts" in text
    assert "- 8,214.6  + 8,097.2   (fact)" in text
    told = json.loads(called("explain", sample, "market-tuesday", "market-wednesday", "--format", "json")[1])
    assert told["match"]["verdict"] == "template"
    assert told["together"] is False


def test_explain_reads_several_files(called: Called, write: Write) -> None:
    one, two = (write({"id": name, "text": TEXT}, name=f"{name}.jsonl") for name in "ab")
    code, out, _ = called("explain", one, two, "a", "b", "--format", "json")
    assert (code, json.loads(out)["together"]) == (0, True)


def test_explain_names_an_unknown_id(called: Called, sample: str) -> None:
    code, out, err = called("explain", sample, "clock", "nobody")
    assert (code, out) == (1, b"")
    assert err == "error: 'nobody': no article has this id\n"


def test_settings_are_printed_and_read_back(called: Called, tmp_path: Path) -> None:
    _, out, _ = called("settings")
    assert Settings.from_mapping(tomllib.loads(out.decode("utf-8"))) == Settings()
    mine = tmp_path / "mine.toml"
    mine.write_text('told_share = 0.5\nmatch_window = "none"\n', "utf-8")
    shown = tomllib.loads(called("settings", "--settings", mine)[1].decode("utf-8"))
    assert (shown["told_share"], shown["match_window"]) == (0.5, "none")


def test_settings_change_the_answer(called: Called, tmp_path: Path, sample: str) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text("told_share = 1.0\ntold_share_stub = 1.0\ntold_share_outlet = 1.0\n", "utf-8")
    assert len(records(called("cluster", sample, "--settings", strict)[1])) > 8


def test_a_wrong_setting_is_named(called: Called, tmp_path: Path, sample: str) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("told_shear = 0.5\n", "utf-8")
    code, out, err = called("cluster", sample, "--settings", wrong)
    assert (code, out) == (1, b"")
    assert "setting 'told_shear': unknown" in err


def test_aliases_make_one_outlet_of_two(called: Called, tmp_path: Path, sample: str) -> None:
    aliases = tmp_path / "aliases.toml"
    aliases.write_text('"Sound Group" = ["Lindmere Gazette", "Osterhaven Times"]\n', "utf-8")
    first = records(called("cluster", sample, "--aliases", aliases)[1])[0]
    assert len(first["outlets"]) == 3


def test_the_demo_shows_a_copy_and_a_look_alike(called: Called) -> None:
    code, out, err = called("demo")
    text = out.decode("utf-8")
    assert code == 0
    assert "one story – the same article" in text
    assert "two stories – look-alikes" in text
    assert "more (storycluster explain shows all)" in text
    assert "14 articles in 8 stories" in err


def test_a_listing_with_its_time(called: Called, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    block = "Latest news with #harbor\n\nTiny\n"
    page.write_text(block, "utf-8")
    code, _, err = called("cluster", page, "--from", "listing")
    assert code == 1
    assert "error: " in err
    assert str(page) in err


# scores


def judged_pairs(write: Write) -> Path:
    """What a reader would say of some pairs of the sample."""
    return write(
        {"a": "ferry-courier", "b": "ferry-gazette", "label": "C"},
        {"a": "ferry-courier", "b": "ferry-own-report", "label": "I"},
        {"a": "market-tuesday", "b": "market-wednesday", "label": "T"},
        {"a": "market-wednesday", "b": "market-wednesday-ledger", "label": "C"},
        {"a": "bridge-vestnik", "b": "bridge-novosti", "label": "C", "weight": 3},
        {"a": "clock", "b": "briefing", "label": "P"},
        name="pairs.jsonl",
    )


def test_evaluate_scores_labelled_pairs(called: Called, write: Write, tmp_path: Path, sample: str) -> None:
    stories = tmp_path / "stories.jsonl"
    main(["cluster", sample, "-o", str(stories)])
    code, out, _ = called("evaluate", judged_pairs(write), stories)
    assert code == 0
    assert out.decode("utf-8").startswith("precision  3/3 = 1.00 (.439–1.00)\nrecall     3/3 = 1.00")
    told = json.loads(called("evaluate", judged_pairs(write), stories, "--format", "json")[1])
    assert told["joined"]["T"] == {"hits": 0, "of": 1}


def test_compile_loads_every_kernel(program: Program) -> None:
    done = program("compile")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"all kernels are compiled (" in done.stderr


def test_that_kernels_are_compiled_is_said_if_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    @njit
    def twice(x):  # type: ignore[no-untyped-def]  # as kernels are
        return 2 * x

    load_kernels(lambda: time.sleep(2))
    assert capsys.readouterr().err == ""
    load_kernels(lambda: twice(1) + twice(1.0))
    told = "compiling the kernels for this machine, once; they are kept for the next time …\n"
    assert capsys.readouterr().err == told
    load_kernels(lambda: twice(1))
    assert capsys.readouterr().err == ""


def test_no_output_is_an_input_or_another_output(called: Called, sample: str, tmp_path: Path) -> None:
    mine, pairs, out = tmp_path / "mine.jsonl", tmp_path / "pairs.csv", tmp_path / "out.jsonl"
    mine.write_bytes(Path(sample).read_bytes())
    pairs.write_text("a,b,label\n", "utf-8")
    linked = tmp_path / "linked.jsonl"
    linked.symlink_to(mine)
    for arguments in (
        ("cluster", mine, "-o", mine), ("cluster", mine, "-o", linked), ("cluster", tmp_path, "-o", mine),
        ("cluster", mine, "--matches", mine), ("cluster", mine, "-o", out, "--matches", out),
        ("dedup", mine, "-o", mine), ("dedup", mine, "--dropped", mine), ("dedup", mine, "--dropped", "-"),
        ("tune", mine, pairs, "-o", pairs, "--force"), ("tune", mine, pairs, "-o", mine, "--force"),
    ):  # fmt: skip
        code, printed, err = called(*arguments)
        assert (code, printed) == (2, b""), arguments
        assert "name another" in err
    assert mine.read_bytes() == Path(sample).read_bytes()
    assert not out.exists()


def test_no_index_is_written_over(called: Called, sample: str, tmp_path: Path) -> None:
    index = tmp_path / "news.db"
    assert called("index", "add", index, sample)[0] == 0
    for arguments in (("cluster", sample, "-o", index), ("index", "stories", index, "-o", index)):
        code, _, err = called(*arguments)
        assert code == 1
        assert "this is a database, perhaps an index; name another file" in err
    assert called("index", "stats", index)[0] == 0


def test_evaluate_lists_misses_of_a_partition_too(called: Called, write: Write) -> None:
    gold = write({"id": "a", "label": 1}, {"id": "b", "label": 1}, {"id": "c", "label": 2})
    theirs = write({"id": "a", "label": 1}, {"id": "b", "label": 2}, {"id": "c", "label": 2}, name="theirs.jsonl")
    code, out, _ = called("evaluate", gold, theirs)
    told = out.decode()
    assert code == 0
    assert "1 false join\n  b  c" in told
    assert "1 miss\n  a  b" in told
    assert json.loads(called("evaluate", gold, theirs, "--format", "json")[1])["misses"] == [{"a": "a", "b": "b"}]


def test_what_has_nothing_in_common_is_not_scored(called: Called, write: Write) -> None:
    gold, theirs = write({"id": "a", "label": 1}), write({"id": "b", "label": 1}, name="theirs.jsonl")
    code, out, err = called("evaluate", gold, theirs)
    assert (code, out) == (1, b"")
    assert "there is nothing to score" in err


def test_evaluate_lists_false_joins_with_their_reasons(called: Called, write: Write, sample: str) -> None:
    ids = [article.id for article in read_articles(sample)]
    all_one = write(*({"id": article, "label": 1} for article in ids), name="theirs.jsonl")
    code, out, _ = called("evaluate", judged_pairs(write), all_one, "--articles", sample)
    text = out.decode("utf-8")
    assert code == 0
    assert "2 false joins" in text
    assert "market-tuesday  market-wednesday\n     one form, other facts" in text


def test_evaluate_scores_a_partition(called: Called, tmp_path: Path, write: Write, sample: str) -> None:
    stories = tmp_path / "stories.jsonl"
    main(["cluster", sample, "-o", str(stories)])
    gold = write(*({"id": i, "label": name} for name, ids in read_expected_stories().items() for i in ids))
    text = called("evaluate", gold, stories)[1].decode("utf-8")
    assert "B-cubed    precision 1.00, recall 1.00, F1 1.00" in text
    assert "ARI        1.00" in text
    json.loads(called("evaluate", gold, stories, "--format", "json")[1])


def test_tune_proposes_and_writes_only_where_told(called: Called, tmp_path: Path, write: Write, sample: str) -> None:
    mine = tmp_path / "mine.toml"
    code, out, _ = called("tune", sample, judged_pairs(write), "-o", mine)
    assert code == 0
    assert "← present" in out.decode("utf-8")
    assert Settings.from_toml(mine).told_share == Settings().told_share  # nothing is better than all right
    mine.write_text("told_share = 0.5\n", "utf-8")
    assert called("tune", sample, judged_pairs(write), "-o", mine)[0] == 2
    assert mine.read_text("utf-8") == "told_share = 0.5\n"
    assert called("tune", sample, judged_pairs(write), "-o", mine, "--force")[0] == 0


def test_tune_needs_copies(called: Called, write: Write, sample: str) -> None:
    code, _, err = called("tune", sample, write({"a": "clock", "b": "brief", "label": "I"}))
    assert code == 1
    assert "tune: expected labelled pairs of known articles, some of them copies" in err


# bad input


def test_a_bad_line_is_set_aside_with_its_number(called: Called, write: Write) -> None:
    path = write({"id": "a", "text": TEXT}, "{broken", {"id": "b"}, {"id": "c", "text": TEXT})
    code, out, err = called("cluster", path)
    assert code == 0
    assert groups(records(out)) == {frozenset("ac")}
    told = err.splitlines()
    assert told[0].startswith(f"set aside: {path}:2: expected a JSON object, got")
    assert told[1].startswith(f"set aside: {path}:3: expected a text under one of the names")
    assert "2 records set aside" in told[2:]


READERS = (
    "cluster NEWS", "dedup NEWS", "explain NEWS a c", "evaluate PAIRS LABELS --articles NEWS", "tune NEWS PAIRS",
    "index add :memory: NEWS",
)  # fmt: skip


@pytest.mark.parametrize("name", ["news.jsonl", "news.json"])  # read by columns, and by objects
@pytest.mark.parametrize("command", READERS)
def test_every_command_tells_each_bad_record(called: Called, write: Write, command: str, name: str) -> None:
    good = [{"id": letter, "text": TEXT if letter in "ac" else f"{letter} sailed."} for letter in "abcd"]
    bad: list[dict[str, Any]] = [{"id": "no text"}] * 22
    given = [good[0], *bad[:2], *good[1:], *bad[2:]]
    news = write(*given) if name == "news.jsonl" else write(json.dumps(given), name=name)
    pairs = write({"a": "a", "b": "c", "label": "C"}, {"a": "b", "b": "d", "label": "I"}, name="pairs.jsonl")
    labels = write(*({"id": letter, "label": "one"} for letter in "abcd"), name="labels.jsonl")
    files = {"NEWS": news, "PAIRS": pairs, "LABELS": labels}
    code, _, err = called(*(files.get(word, word) for word in command.split()))
    told = [line for line in err.splitlines() if "compiling" not in line]
    assert code == 0
    assert [line.split(": expected a text")[0] for line in told[:20]] == [
        f"set aside: {news}:{place}" for place in (2, 3, *range(7, 25))
    ]
    assert told[20] == "20 records are set aside; further ones are only counted"
    assert "22 records set aside" in told[21:]


@pytest.mark.parametrize("command", ["cluster", "index add"])
def test_a_bad_file_is_set_aside_whole(called: Called, write: Write, tmp_path: Path, command: str) -> None:
    (tmp_path / "two").mkdir()
    good = write({"id": "a", "text": TEXT}, name="two/good.jsonl")
    bad = tmp_path / "two" / "comma.csv"
    bad.write_bytes(b"name;place\n")
    words = [*command.split(), *([tmp_path / "news.db"] if command == "index add" else [])]
    for inputs in ([good, bad], [bad, good], [tmp_path / "two"]):
        code, out, err = called(*words, *inputs)
        assert code == 0
        assert len(records(out)) == 1
        assert f"set aside: {bad}: the whole file is left out: line 1: expected a header with one of the names" in err
        assert err.count(str(bad)) == 1
        assert "\n1 file set aside\n" in err
        code, _, err = called(*words, *inputs, "--strict")
        assert (code, f"error: {bad}:1: expected a header" in err) == (1, True)
    code, out, err = called(*words, bad)
    assert (code, out) == (1, b"")
    assert f"error: {bad}:1: expected a header" in err
    assert "set aside" not in err


def test_strict_stops_at_the_first_bad_line(called: Called, write: Write, tmp_path: Path) -> None:
    path = write({"id": "a", "text": TEXT}, "{broken")
    code, _, err = called("cluster", path, "--strict", "-o", tmp_path / "out.jsonl")
    assert code == 1
    assert err.startswith(f"error: {path}:2: expected a JSON object")
    assert not (tmp_path / "out.jsonl").exists()


def test_a_taken_id_is_set_aside_with_file_and_line(called: Called, write: Write) -> None:
    first = write({"id": "a", "text": TEXT}, {"id": "a", "text": TEXT}, name="one.jsonl")
    second = write({"id": "a", "text": "Another text."}, name="two.jsonl")
    code, out, err = called("cluster", first, second)
    assert code == 0
    assert groups(records(out)) == {frozenset("a")}
    assert err.startswith(f"set aside: {second}:1: the id 'a' is taken")
    assert "\n1 record set aside\n" in err
    assert "1 record came again with the same id and content" in err


def test_nothing_but_bad_records_is_an_error(called: Called, write: Write) -> None:
    path = write("{broken", "[1]")
    code, out, err = called("cluster", path)
    assert (code, out) == (1, b"")
    assert [line.startswith(f"set aside: {path}:{k}: ") for k, line in enumerate(err.splitlines(), 1)] == [
        True,
        True,
        False,
    ]
    assert err.endswith("\nerror: 2 records came and none could be read\n")


def test_an_empty_file_has_no_stories(called: Called, write: Write) -> None:
    code, out, err = called("cluster", write())
    assert (code, out) == (0, b"")
    assert "0 articles in 0 stories" in err


def test_articles_without_words_are_counted(called: Called, write: Write) -> None:
    code, out, err = called("cluster", write({"id": "a", "text": ""}, {"id": "b", "text": "!!!"}))
    assert (code, len(records(out))) == (0, 2)
    assert "2 articles without a word of text" in err


@pytest.mark.parametrize(
    ("as_of", "first", "told"),
    [
        ("2025-06-03", "Daily Tern", "1 article dated after 2025-06-03 23:59:59 UTC, taken as without a date\n"),
        ("2025-06-03T00:00Z", None, "2 articles dated after 2025-06-03 00:00:00 UTC, taken as without a date\n"),
        ("2025-06-03T22:00+09:00", None, "2 articles dated after 2025-06-03 22:00:00 UTC+09:00, taken as without a"),
        ("2025-06-04", "Daily Tern", ""),
        (None, "Daily Tern", ""),
    ],
)
def test_dates_after_the_fetch_are_counted(
    called: Called, write: Write, as_of: str | None, first: str | None, told: str
) -> None:
    path = write(
        {"id": "a", "text": TEXT, "outlet": "Daily Tern", "published": "2025-06-03T23:59:59.5Z"},
        {"id": "b", "text": "Gulls.", "published": "2025-06-04"},
    )
    code, out, err = called("cluster", path, *(["--as-of", as_of] if as_of else []))
    assert (code, records(out)[0]["first_outlet"]) == (0, first)
    assert told in err
    assert ("dated" in err) == bool(told)


def test_dates_in_the_future_are_counted(called: Called, write: Write) -> None:
    path = write({"id": "a", "text": TEXT, "published": "2999-01-01"}, {"id": "b", "text": "Gulls."})
    assert "1 article dated in the future: who was first isn't said of their stories" in called("cluster", path)[2]


@pytest.mark.parametrize("name", ["news.jsonl", "news.csv"])
def test_articles_without_an_outlet_are_counted(called: Called, tmp_path: Path, name: str) -> None:
    rows = [{"id": "a", "text": TEXT, "paper": "Norhavn Post"}, {"id": "b", "text": TEXT, "paper": "Daily Tern"}]
    path = tmp_path / name
    with path.open("wb") as file:
        write_records(rows, file, format=path.suffix[1:])
    code, out, err = called("cluster", path, "--min-outlets", "2")
    assert (code, out) == (0, b"")
    assert "2 articles without an outlet (fields not read: paper)\n" in err


def test_lone_surrogates_are_written_as_they_came(called: Called, write: Write) -> None:
    path = write({"id": "a", "text": TEXT, "title": "Pier \ud800 closed"})
    (story,) = records(called("cluster", path)[1])
    assert story["title"] == "Pier \ud800 closed"
    assert called("cluster", path, "--format", "table")[0] == 0
    assert called("cluster", path, "--format", "csv")[0] == 0


@pytest.mark.parametrize("command", ["cluster", "dedup"])
@pytest.mark.parametrize("size", ["0", "1 kB", "0.5g", "4GB"])
def test_memory_changes_no_answer(called: Called, sample: str, command: str, size: str) -> None:
    assert called(command, sample, "--memory", size)[:2] == called(command, sample)[:2]


def test_a_size_that_is_none(called: Called, sample: str) -> None:
    code, _, err = called("cluster", sample, "--memory", "much")
    assert code == 2
    assert "expected a size such as 4GB or 500MB, got 'much'" in err


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_dedup_of_standard_input_keeps_what_came(program: Program, sample: str, pack: Callable[[bytes], bytes]) -> None:
    lines = Path(sample).read_bytes()
    done = program("dedup", "-", "--keep", "first", input=pack(lines))
    given = {record["id"]: record for record in records(lines)}
    kept = records(done.stdout)
    assert len(kept) == 8
    assert [record["id"] for record in kept] == [key for key in given if key in {record["id"] for record in kept}]
    assert all(record["text"] == given[record["id"]]["text"] for record in kept)


WRONG = (
    ["cluster"],
    ["cluster", "x", "--format", "xml"],
    ["frobnicate"],
    ["explain", "x"],
    ["cluster", "x", "--as-of", "soon"],
)


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_calls_exit_with_2(called: Called, arguments: list[str]) -> None:
    code, out, err = called(*arguments)
    assert (code, out) == (2, b"")
    assert "Usage:" in err


def test_a_missing_file_is_an_error(called: Called) -> None:
    code, _, err = called("cluster", "no-such-file.jsonl")
    assert (code, err) == (1, "error: no-such-file.jsonl: there is no such file or folder\n")
    assert called("cluster", "")[::2] == (1, "error: '': there is no such file or folder\n")  # of "$FILE" without FILE


def test_what_cannot_be_written_is_said_before_the_work(called: Called, tmp_path: Path, sample: str) -> None:
    for command in (
        ["cluster", sample, "-o"], ["cluster", sample, "--matches"], ["dedup", sample, "-o"],
        ["dedup", sample, "--dropped"], ["tune", sample, sample, "-o"],
    ):  # fmt: skip
        code, out, err = called(*command, tmp_path / "none" / "out.jsonl")
        assert (code, out) == (1, b"")
        assert err == f"error: {tmp_path}/none/out.jsonl: there is no folder {tmp_path}/none to write to\n"


@pytest.mark.parametrize(
    "command", ["settings", "index add {index} {sample}", "cluster {sample} --format table", "cluster {sample}"]
)
def test_a_full_disk_behind_standard_output_is_an_error(tmp_path: Path, sample: str, command: str) -> None:
    words = command.format(index=tmp_path / "news.db", sample=sample).split()
    # where Python buffers nothing, it has nothing left to write as it ends
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "storycluster", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=buffered,
        )
    assert done.returncode == 1
    assert done.stderr.endswith(b"error: standard output: No space left on device\n")


@pytest.mark.parametrize(
    ("command", "closed", "code"),
    [
        ("settings", ">&-", 1), ("index add {index} {sample}", ">&-", 1), ("cluster {sample}", ">&-", 1),
        ("cluster -", "<&-", 1), ("index add {index} -", "<&-", 1), ("index add {index} {sample}", "2>&-", 0),
        ("cluster {sample}", "2>&- <&-", 0), ("settings", ">&- 2>&- <&-", 1),
    ],
)  # fmt: skip
def test_a_closed_stream_is_an_error_where_it_is_needed(
    tmp_path: Path, sample: str, command: str, closed: str, code: int
) -> None:
    words = command.format(index=tmp_path / "news.db", sample=sample).split()
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-m", "storycluster", *words],
        capture_output=True,
        check=False,
    )
    assert done.returncode == code
    told = b"error: standard input or output, which is closed: Bad file descriptor\n"
    assert done.stderr.endswith(told if code and "2>&-" not in closed else b"")
    assert b"Traceback" not in done.stderr
    assert bool(done.stdout) == (code == 0)
    if (tmp_path / "news.db").exists():
        with StoryIndex.open(tmp_path / "news.db") as index:
            assert index.check().damage == ()


@pytest.mark.parametrize("command", ["cluster {sample} -o {out} --matches", "dedup {sample} -o {out} --dropped"])
def test_of_two_files_none_is_written_where_one_does_not_fit(
    called: Called, sample: str, tmp_path: Path, command: str
) -> None:
    words = command.format(sample=sample, out=tmp_path / "out.jsonl").split()
    assert called(*words, "/dev/full") == (1, b"", "error: /dev/full: No space left on device\n")
    assert not list(tmp_path.iterdir())


def test_errors_of_the_system_name_the_file(called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as nothing_to_read:
        nothing_to_read.bind("news.jsonl")
        assert called("cluster", "news.jsonl")[2] == "error: news.jsonl: No such device or address\n"


def test_every_command_has_help(called: Called) -> None:
    for command in COMMANDS:
        code, out, _ = called(command, "--help")
        assert code == 0
        assert b"Usage: storycluster " + command.encode() in out


# progress

METER = """
import sys, time
from storycluster.cli import road
road.PATIENCE = {patience}
with road.Meter({then!r}) as meter:
    meter.show("loading texts", 0, 10)
    time.sleep(0.3)
    road.say(["set aside: a bad one"])
    meter.show("loading texts", 5, 10)
    time.sleep(0.3)
    meter.show("loading texts", 10, 10)
    time.sleep(0.3)
road.say(["done"])
"""


def test_progress_is_shown_on_a_terminal_once_work_takes_long(on_terminal: Callable[[str], str]) -> None:
    shown = on_terminal(METER.format(patience=0.1, then="checking"))
    assert "set aside: a bad one" in shown
    assert 0 < shown.index("loading texts") < shown.index("50%") < shown.rindex("checking") < shown.rindex("done")
    assert "50%" not in shown[shown.rindex("checking") :]


def test_what_is_done_is_taken_away(on_terminal: Callable[[str], str]) -> None:
    shown = on_terminal(METER.format(patience=0.1, then=""))
    assert "50%" in shown
    assert "100%" not in shown


def test_no_progress_of_what_is_quick(on_terminal: Callable[[str], str]) -> None:
    assert on_terminal(METER.format(patience=60, then="checking")) == "set aside: a bad one\r\ndone\r\n"


# as a program


def test_standard_input_and_output(program: Program, sample: str) -> None:
    done = program("cluster", "-", input=Path(sample).read_bytes())
    assert done.returncode == 0
    assert len(records(done.stdout)) == 8


def test_equal_bytes_in_every_process(program: Program, sample: str) -> None:
    first, second = (program("cluster", sample, environment={"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert first.stdout == second.stdout != b""


def test_a_reader_that_has_seen_enough_is_no_error(sample: str) -> None:
    command = f"{sys.executable} -m storycluster cluster {sample} | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Broken" not in done.stderr


@pytest.mark.parametrize("source", ["-", "/dev/stdin"])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_half_written_output(tmp_path: Path, signum: signal.Signals, source: str) -> None:
    read, write = os.pipe()
    target = tmp_path / "stories.jsonl"
    target.write_text("as before")
    running = subprocess.Popen(
        [sys.executable, "-m", "storycluster", "cluster", source, "-o", str(target)],
        stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signum, signal.SIG_DFL),  # a shell's & has them ignored
    )  # fmt: skip
    os.close(read)
    with running, os.fdopen(write, "wb") as feed:
        feed.write(json.dumps({"id": "a", "text": TEXT}).encode() + b"\n")
        feed.flush()
        time.sleep(3)  # it is up by then, and waits for more
        running.send_signal(signum)
        try:
            _, err = running.communicate(timeout=30)
        finally:
            running.kill()
    assert running.returncode == 130
    assert err.endswith(b"interrupted; no output file was written\n")
    assert [path.name for path in tmp_path.iterdir()] == ["stories.jsonl"]
    assert target.read_text() == "as before"


# real news


def test_the_aggregator_page_is_four_stories(called: Called, news_data: Path) -> None:
    page, as_of = news_data / "msmt-listing.txt", "2025-06-03T00:00:00Z"
    code, out, _ = called("cluster", page, "--as-of", as_of)
    assert code == 0
    outlets = [[outlet["name"] for outlet in story["outlets"]] for story in records(out)]
    assert outlets[0] == ["Korea Herald", "Hans India"]
    assert sorted(outlets[1:]) == [["AsiaOne"], ["Egypt Independent"], ["Russia Today"]]
    when = datetime.fromisoformat(as_of)
    by_library = cluster_articles(read_articles(page, as_of=when), as_of=when)
    assert [story.to_dict() for story in by_library.stories] == records(out)


@pytest.mark.parametrize(
    ("corpus", "articles", "stories"), [("basil", 300, 300), ("bbc", 2225, 2046), ("groundnews-dev", 886, 686)]
)
def test_corpora_run_through_the_command(
    called: Called, news_data: Path, corpus: str, articles: int, stories: int
) -> None:
    code, out, err = called("cluster", news_data / f"{corpus}.jsonl.gz")
    assert code == 0
    assert sum(len(story["copies"]) for story in records(out)) == articles
    assert len(records(out)) == pytest.approx(stories, rel=0.02)
    assert f"{articles:,} articles in {len(records(out)):,} stories" in err
