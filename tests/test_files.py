"""Files to stories by columns: the same as by objects, for any records, formats, packings and wishes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.files import cluster_slowly, counts, lines_of
from storycluster import Aliases, Article, Clustering, FormatError, SettingsError, UnknownIdError, cluster_files
from storycluster.columns import UNKNOWN_TIME
from storycluster.dates import epoch_microseconds, parse_published
from storycluster.formats import Intake, streams
from storycluster.formats.intake import Unreadable
from storycluster.formats.reading import Input
from storycluster.kernels.files.json_dates import put_date
from storycluster.sample import sample_articles_path
from storycluster.story import choose_first, choose_longest
from storycluster.testing import simulate

TEXT = (
    "The harbor office of Norhavn closed the northern pier on Monday after divers found cracks in two of its pillars. "
    "Ferries to the islands leave from the fish market until the work is done, which the office expects in autumn. "
    "Fishermen who moor at the pier were told to move their boats by Wednesday noon or to have them towed away. "
)
OTHER = (
    "A library in Tollvik lends garden tools since the spring, and its spades are out from morning to night. "
    "The librarian keeps a list of who waits for the hedge shears, which is longer than that for any novel. "
    "Next year she wants to lend a ladder, if the insurance of the town agrees and somebody gives one away. "
)


def written(records: Sequence[object]) -> bytes:
    return b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in records)


@pytest.mark.parametrize("memory", ["4GB", 4e9, -1, True])
def test_memory_is_a_number_of_bytes(memory: Any) -> None:
    with pytest.raises(SettingsError, match=r"^memory: expected bytes as an int, or None, got .*; 4 GB are"):
        cluster_files(io.BytesIO(b""), memory=memory)


def same_as_slowly(data: bytes, **options: Any) -> Clustering:
    """Read bytes both ways, compare all that is told of them, and give the clustering by columns."""
    intake = Intake()
    reading = {name: options.pop(name) for name in ("format", "strict") if name in options}
    slow, expected = cluster_slowly([io.BytesIO(data)], **reading, **options)
    fast = cluster_files(io.BytesIO(data), intake=intake, **reading, **options)
    assert counts(intake) == counts(expected)
    assert list(fast.ids) == [article.id for article in slow.articles]
    assert fast.labels.tolist() == slow.labels.tolist()
    for outlets in (0, 1, 2):
        lines = b"".join(fast.story_lines(min_outlets=outlets))
        assert lines == lines_of(slow, outlets) == b"".join(slow.story_lines(min_outlets=outlets))
        assert fast.count_stories(min_outlets=outlets) == slow.count_stories(min_outlets=outlets) == lines.count(b"\n")
    assert fast.count_late_dates() == slow.count_late_dates()
    assert [fast.ids[place] for place in fast.lead_places()] == [story.lead for story in slow.stories]
    assert fast.lead_places().tolist() == slow.lead_places().tolist()
    return fast


# records of every kind

TIMES = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2020, 1, 3), timezones=st.just(UTC)).map(datetime.isoformat),
    st.sampled_from(
        [
            "2020-01-01T10:00:00Z", "2020-01-01T10:00:00.5Z", "2020-01-01 10:00:00+09:00", "2020-01-01",
            "2020-01-02", "2020-01-01T10:00:00", "2020-02-30T10:00:00Z", "2020-01-01T24:00:00Z", "19-OCT-1987 13:30",
            "2020-01-01T10:00:00.1234567Z", "2020-01-01T10:00:00-00:30", "2020-01-01T10:00:00-00:00", "soon", "", " ",
            "nan", "9999-12-31", "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00+01:00", None, 1577872800,
            1577872800.25, [2020, 1, 1, 10, 0, 0, 2, 1, 0], True, "2020-01-01T10:00:60Z", "2020-01-01T10:0a:00Z",
        ]
    ),
)  # fmt: skip
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "", " ", "\u3000", "\x1c", "Norhavn Post", " Norhavn Post\u00a0", "\x85Norhavn\x1b Post",
            "norhavnpost.com", "The Norhavn Post", "Daily Tern", "日本",
            'a"b', "a\\b", "a\nb\t\x01\x7f", "\ud800", "x\udfff", "😀", "<b>Pier</b>", "R&D", None, 5, ["x", "y"],
            {"name": "Post"}, [], {}, False,
        ]
    ),
)  # fmt: skip
TEXTS = st.one_of(
    WORDS,
    st.sampled_from([TEXT, OTHER, TEXT + OTHER, TEXT[:230], f"<p>{TEXT}</p>", TEXT.replace("Monday", "“Monday” – é")]),
    st.tuples(st.sampled_from([TEXT, OTHER]), st.text(max_size=20)).map("".join),
)
IDS = st.one_of(
    st.sampled_from(["a", "b", "c", "ä", "a b", "", " ", None, 0, 7, -7, 7.0, 1e30, 7.5, True, 12345678901234567890]),
    st.text(max_size=4),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)
NAMED = {
    "id": IDS, "guid": IDS, "text": TEXTS, "maintext": TEXTS, "summary": TEXTS, "title": WORDS, "headline": WORDS,
    "outlet": WORDS, "source_domain": WORDS, "url": WORDS, "link": WORDS, "published": TIMES, "date": TIMES,
    "language": WORDS, "extra": VALUES, "authors": VALUES, "x": VALUES, "Text": TEXTS, "ID": IDS, "Outlet": WORDS,
    "SOURCE": WORDS, "Date": TIMES, "image": st.fixed_dictionaries({}, optional={"URL": WORDS, "Title": WORDS}),
}  # fmt: skip
RECORDS = st.fixed_dictionaries({}, optional=NAMED)
USUAL = st.fixed_dictionaries(
    {"id": st.sampled_from("abcdefgh"), "text": st.sampled_from([TEXT, OTHER, TEXT + OTHER, TEXT[:230], "Short."])},
    optional={"title": WORDS, "outlet": WORDS, "url": WORDS, "published": TIMES},
)
ODD_LINES = st.sampled_from(
    [
        b"\n", b"  \r\n", b"{broken\n", b"5\n", b"[1]\n", b'"text"\n', b'{"text": "caf\xe9"}\n', b"{}\n",
        b'{"a":[1,{"b":[]}]}\n', b'{"text":"a\tb"}\n', b'{"text":"x","text":"y"}\n', b'{"text":"x"} {"text":"y"}\n',
        b'{"text":"x",}\n', b'{"text":"x","n":NaN}\n', b'{"text":"x","n":01}\n', b'{"text":"x","n":-1.5e3}\n',
        b'{"text":"x","n":1.}\n', b'\xef\xbb\xbf{"text":"x"}\n', b'{"text":"\\ud83d\\ude00 \\u00e9\\/"}\n',
        b'{"text":"\\ud83d"}\n', b'{"te\\u0078t":"x"}\n', b'{"text":"x\\x"}\n', b'{"id":tru}\n',
        b' { "id" : 5 , "text" : "x" , "y" : { "z" : [ 1 , true , null ] } } \r\n', b'{"id":"q","text":"x","y":[1,2}\n',
        b'{"text":"x","Outlet" \t: "Post"}\n', b'{"text":"x","\\u004futlet":"Post"}\n',
        b'{"text":"\\"Outlet\\": Post"}\n',
        b'{"text":"' + b"[" * 70 + b'","y":' + b"[" * 70 + b"]" * 70 + b"}\n",
    ]
)  # fmt: skip


@given(st.lists(st.one_of(RECORDS, USUAL, ODD_LINES), max_size=12), st.booleans())
@settings(max_examples=150)
def test_any_records_give_the_same_as_by_objects(records: list[Any], last_is_cut: bool) -> None:
    data = written(records)
    same_as_slowly(data[:-1] if last_is_cut else data, format="jsonl")


@given(
    st.lists(USUAL, min_size=2, max_size=14),
    st.sampled_from([None, choose_first, choose_longest]),
    st.sampled_from([None, datetime(2020, 1, 1, 12, tzinfo=UTC)]),
)
@settings(max_examples=150)
def test_stories_of_any_dates_outlets_and_leads_are_written_alike(
    records: list[Any], lead: Callable[[Sequence[Article]], str] | None, as_of: datetime | None
) -> None:
    unique = {record["id"]: record for record in records}
    same_as_slowly(written(list(unique.values())), choose_lead=lead, as_of=as_of, format="jsonl")


@given(st.lists(st.one_of(USUAL, RECORDS, ODD_LINES), max_size=10))
@settings(max_examples=100)
def test_strict_stops_at_the_same_place(records: list[Any]) -> None:
    def outcome(read: Callable[[], object]) -> str:
        try:
            read()
        except FormatError as error:
            return str(error)
        return ""

    data = written(records)
    slow = outcome(lambda: cluster_slowly([io.BytesIO(data)], format="jsonl", strict=True))
    assert outcome(lambda: cluster_files(io.BytesIO(data), format="jsonl", strict=True)) == slow


# whole files


def news() -> list[dict[str, Any]]:
    return [article.to_mapping() for article in simulate(300, seed=5, languages=("en", "ar", "zh")).articles]


@pytest.mark.parametrize(
    "data",
    [
        written(news()),
        gzip.compress(written(news())),
        zstandard.compress(written(news())),
        b"\xef\xbb\xbf" + written(news()),
        json.dumps(news()).encode(),
        written(news()).replace(b"\n", b"\r\n"),
        gzip.compress(written(news()))[:-2000],
    ],
    ids=["plain", "gzip", "zstd", "mark", "array", "crlf", "cut off"],
)
def test_simulated_news_in_each_clothing(data: bytes) -> None:
    assert len(same_as_slowly(data).articles) > 200


def test_tables_go_the_same_way() -> None:
    rows = [{name: str(record.get(name, "")) for name in ("id", "text", "title", "outlet")} for record in news()]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows([*rows, rows[0]])
    same_as_slowly(table.getvalue().encode() + b"too,few\n")
    out = io.BytesIO()
    days = [datetime(2024, 3, 4) + timedelta(days=i) for i in range(len(rows))]
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist([row | {"date": day} for row, day in zip(rows, days, strict=True)]), out
    )
    same_as_slowly(out.getvalue())


def test_several_files_and_folders(tmp_path: Path) -> None:
    records = news()
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "one.jsonl").write_bytes(written(records[:100]) + b"5\n")
    (tmp_path / "day" / "two.jsonl.gz").write_bytes(gzip.compress(written(records[90:200])))
    (tmp_path / "day" / "bad.json").write_text("nonsense")
    (tmp_path / "day" / "README").write_text("about")
    (tmp_path / "last.jsonl").write_bytes(written([*records[200:], {"id": records[0]["id"], "text": "Another."}]))
    sources: list[Input] = [tmp_path / "day", str(tmp_path / "last.jsonl")]
    intake = Intake()
    slow, expected = cluster_slowly(sources)
    fast = cluster_files(sources, intake=intake)
    assert counts(intake) == counts(expected)
    assert (intake.bad_records, intake.bad_files, len(intake.skipped_files)) == (2, 1, 1)
    assert tuple(fast.articles) == slow.articles
    assert b"".join(fast.story_lines()) == lines_of(slow)


def test_an_id_of_another_chunk_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storycluster.formats.streams.LINES_BYTES", 10_000)
    monkeypatch.setattr("storycluster.formats.blocks.CHUNK_BYTES", 10_000)
    records = news()
    changed = {**records[3], "title": "Another title"}
    data = written([*records, changed, records[4], changed])
    fast = same_as_slowly(data)
    path = tmp_path / "news.jsonl"
    path.write_bytes(data)
    assert list(cluster_files(path).articles) == list(fast.articles)


def test_other_wishes_are_heard() -> None:
    records = news()
    ids = [record["id"] for record in records]
    fast = same_as_slowly(
        written(records), must_link=[(ids[0], ids[1])], cannot_link=[(ids[2], ids[3])],
        aliases=Aliases({"One": sorted({record["outlet"] for record in records})[:40]}),
    )  # fmt: skip
    assert fast.story_of(ids[0]) == fast.story_of(ids[1])
    lead = same_as_slowly(written(records), choose_lead=lambda articles: articles[-1].id)
    assert [story.lead for story in lead.stories] == [lead.ids[place] for place in lead.lead_places()]


def test_a_clustering_of_files_answers_like_one_of_articles() -> None:
    path = sample_articles_path()
    slow, _ = cluster_slowly([path])
    fast = cluster_files(path)
    assert list(fast.articles) == list(slow.articles)
    assert (fast.articles[-1], fast.articles[2:4]) == (slow.articles[-1], list(slow.articles[2:4]))
    assert list(fast.stories) == list(slow.stories)
    assert list(fast.matches) == list(slow.matches)
    assert list(fast.near_misses) == list(slow.near_misses)
    assert fast.explain("ferry-courier", "market-tuesday") == slow.explain("ferry-courier", "market-tuesday")
    assert fast.article("clock").id == "clock"
    assert fast.status_of("clock") == slow.status_of("clock")
    assert fast.rethreshold(told_share=0.9).labels.tolist() == slow.rethreshold(told_share=0.9).labels.tolist()
    with pytest.raises(UnknownIdError, match="'nobody': no article has this id"):
        fast.article("nobody")
    with pytest.raises(IndexError, match="there are 14"):
        fast.articles[14]


@pytest.mark.parametrize("source", ["-", "/dev/stdin"])
def test_standard_input_goes_the_same_way(source: str) -> None:
    code = f"from storycluster import cluster_files; c = cluster_files({source!r}); print(len(c), c.articles[1].id)"
    data = written([{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT}])
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True, env=os.environ)
    assert done.stdout == b"1 b\n"


# lines and dates

LINES = st.lists(st.sampled_from([b"", b"a", b"abcdefgh", b"abcdefghi", b"x" * 40, b"\r", b"yy" * 9]), max_size=20)


@given(LINES, st.booleans(), st.integers(1, 12), st.sampled_from([1, 5, 16, 1 << 20]))
def test_blocks_of_lines_are_the_lines(lines: list[bytes], ended: bool, longest: int, at_once: int) -> None:
    data = b"\n".join(lines) + b"\n" * ended
    one_by_one = [
        (number, line.reason if isinstance(line, Unreadable) else line)
        for number, line in streams.read_lines(io.BufferedReader(io.BytesIO(data)), longest)
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(streams, "LINES_BYTES", at_once)
        found: list[tuple[int, str | bytes]] = []
        for number, begin, block in streams.read_line_blocks(io.BufferedReader(io.BytesIO(data)), longest):
            if isinstance(block, Unreadable):
                found.append((number, block.reason))
            else:
                assert data[begin : begin + len(block)] == block
                found += enumerate(split(block), start=number)
    assert found == one_by_one


def split(block: bytes) -> list[bytes]:
    """Lines that only a line feed ends."""
    return [line + b"\n" for line in block.split(b"\n")[:-1]] + (
        [block.split(b"\n")[-1]] if block[-1:] != b"\n" else []
    )


@given(
    st.one_of(
        st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        st.datetimes().map(datetime.isoformat),
        st.dates().map(date.isoformat),
        st.from_regex(
            r"[12]\d{3}-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,7})?(Z|[+-][0-2]\d:[0-6]\d)?", fullmatch=True
        ),
    )
)
@settings(max_examples=1000)
def test_dates_are_read_as_they_are_from_records(text: str) -> None:
    data = np.array(bytearray(text.encode()), np.uint8)
    out = np.zeros(80, np.uint8)
    end, moment, day, naive = put_date(data, 0, data.size, out, 0, UNKNOWN_TIME)
    when, how = parse_published(text)
    if end < 0:  # left to parse_published
        return
    assert when is not None
    assert json.loads(out[:end].tobytes()) == when.isoformat()
    assert (moment, day, naive) == (epoch_microseconds(when), not isinstance(when, datetime), how == "naive")


@pytest.mark.parametrize(
    "text", ["2025-08-23T10:15:00+09:00", "2025-08-23", "2025-08-23 10:15:00.25Z", "2000-02-29T00:00:00"]
)
def test_usual_dates_are_read_at_once(text: str) -> None:
    data = np.array(bytearray(text.encode()), np.uint8)
    assert put_date(data, 0, data.size, np.zeros(80, np.uint8), 0, UNKNOWN_TIME)[0] > 0


# memory


def test_columns_in_files_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storycluster.formats.streams.LINES_BYTES", 20_000)
    monkeypatch.setattr("storycluster.formats.blocks.CHUNK_BYTES", 20_000)
    path = tmp_path / "news.jsonl"
    path.write_bytes(written(news()))
    in_memory = b"".join(cluster_files(path).story_lines())
    made: list[object] = []
    make = tempfile.TemporaryFile

    def counted(*arguments: Any, **options: Any) -> Any:
        made.append(arguments)
        return make(*arguments, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", counted)
    for memory in (0, 500_000):
        made.clear()
        assert b"".join(cluster_files(path, memory=memory).story_lines()) == in_memory
        assert len(made) > 5
    made.clear()
    cluster_files(path, memory=1 << 40)
    assert not made


def test_texts_are_not_held(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from storycluster.formats.shelf import Shelf; from storycluster.formats.blocks import *;"
        "from storycluster.formats.reading import Reading; from storycluster.formats.intake import Intake\n"
        "import numpy as np\n"
        "intake, shelf = Intake(), Shelf()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for chunk in read_chunks(Reading(None, None, False, intake, 1 << 26), sys.argv[1:]):\n"
        "    block = read_block(chunk)\n"
        "    shelf.take_in(block, np.zeros(len(block), np.uint64), intake, strict=False)\n"
        "shelf.close()\n"
        "print(intake.articles, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        for i in range(40):
            file.write(written([{"id": str(i), "text": f"{i} " + TEXT * 15_000}]))
    assert path.stat().st_size > 180 << 20
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True, env=os.environ)
    articles, kilobytes = done.stdout.split()
    assert articles == b"40"
    assert int(kilobytes) < 100_000


@pytest.mark.parametrize("opened", [False, True])
def test_a_file_that_was_changed_is_not_read_again(tmp_path: Path, opened: bool) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(written([{"id": "a", "text": TEXT}, {"id": "b", "text": OTHER}]))
    clustering = cluster_files(path)
    if opened:
        clustering.article("b")
    path.write_bytes(written([{"id": "a", "text": OTHER}]))
    assert clustering.ids[0] == "a"
    with pytest.raises(FormatError, match=r"news\.jsonl: expected the file as it was read, but it was changed"):
        clustering.article("a")


# what is wrong with arguments


def test_sources_that_are_none() -> None:
    with pytest.raises(FormatError, match="sources: expected a path, a binary stream or several; got int"):
        cluster_files(5)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(FormatError, match="source: expected a path, '-' or a binary stream; got int"):
        cluster_files([5])  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(FormatError, match="format: expected one of"):
        cluster_files([], format="xml")
    assert len(cluster_files([])) == 0


def test_an_outlet_of_white_space_is_none(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(
        written([{"id": "a", "outlet": "Norhavn Post", "text": TEXT}, {"id": "b", "outlet": " ", "text": TEXT}])
    )
    clustering = cluster_files(path)
    assert len(clustering) == 1
    assert clustering.count_stories(min_outlets=2) == len(list(clustering.story_lines(min_outlets=2))) == 0
    assert [outlet.name for outlet in clustering.stories[0].outlets] == ["Norhavn Post"]
