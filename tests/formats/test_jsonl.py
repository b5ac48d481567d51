"""JSON lines and JSON documents, packed and damaged ones included."""

from __future__ import annotations

import gzip
import io
import json
import re
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from storycluster.errors import FormatError
from storycluster.formats import Intake, read_articles
from storycluster.models import Article

A = {"id": "a", "text": "The ferry stayed in port."}
B = {"id": "b", "text": "Gulls returned to the pier."}


def line(record: object) -> bytes:
    return json.dumps(record).encode() + b"\n"


def read(data: bytes, **options: Any) -> tuple[list[Article], Intake]:
    intake = Intake()
    return list(read_articles(io.BytesIO(data), intake=intake, **options)), intake


def ids(data: bytes, **options: Any) -> list[str]:
    return [article.id for article in read(data, **options)[0]]


@pytest.mark.parametrize(
    "data",
    [
        line(A) + line(B),
        (line(A) + line(B)).rstrip(),
        (line(A) + line(B)).replace(b"\n", b"\r\n"),
        b"\n\n" + line(A) + b"   \n\r\n" + line(B) + b"\n",
        b"\xef\xbb\xbf" + line(A) + line(B),
        gzip.compress(line(A) + line(B)),
        gzip.compress(line(A)) + gzip.compress(line(B)),
        zstandard.compress(line(A) + line(B)),
        zstandard.compress(line(A)) + zstandard.compress(line(B)),
        line([A, B]),
        b"\xef\xbb\xbf" + json.dumps([A, B], indent=1).encode(),
        b"[" + b" " * 70_000 + line(A) + b"," + line(B) + b"]",
        line({"status": "ok", "totalResults": 2, "articles": [A, B]}),
        json.dumps({"version": 1, "items": [A, B]}, indent=2).encode(),
        b'{"entries": [\n' + line(A) + b"," + line(B) + b"]}",
        gzip.compress(line({"results": [A, B]})),
    ],
)
def test_the_same_articles_in_each_clothing(data: bytes) -> None:
    articles, intake = read(data, strict=True)
    assert articles == [Article(A["id"], A["text"]), Article(B["id"], B["text"])]
    assert (intake.articles, intake.bad_records) == (2, 0)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"[]", b'{"articles": []}', gzip.compress(b""), zstandard.compress(b"")]
)
def test_nothing_gives_nothing(data: bytes) -> None:
    assert read(data, strict=True) == ([], Intake())


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"id": "x\n', 'got \'{"id": "x\': Unterminated string starting at character 8'),
        (b"{broken\n", "expected a JSON object, got '{broken': "),
        ('{"text": "Grüße\n'.encode(), 'expected a JSON object, got \'{"text": "Grüße\': '),
        (b'"text"\n', "expected a JSON object, got a string"),
        (b"[1, 2]\n", "expected a JSON object, got an array"),
        (b"5\n", "expected a JSON object, got a number"),
        (b"null\n", "expected a JSON object, got null"),
        (b"true\n", "expected a JSON object, got true or false"),
        (b'{"text": "caf\xe9"}\n', "expected UTF-8, got the byte 0xe9 at 13"),
        (b'{"id": "x", "text": 5}\n', "text: expected text, got int"),
        (b'{"id": "x"}\n', "expected a text under one of the names"),
        (b'{"text": ' + b"[" * 100_000 + b"\n", "got one that can't be read"),
        (b'{"id": ' + b"9" * 5_000 + b', "text": "x"}\n', "got one that can't be read"),
        (b'{"text": "' + b"x" * 2_000_000 + b'"}\n', "expected a line of at most 1,000,000 bytes, got a longer one"),
    ],
)
def test_a_bad_line_is_set_aside_with_its_place(bad: bytes, reason: str) -> None:
    for data, at in ((line(A) + bad + line(B), 2), (bad + line(A) + line(B), 1), (line(A) + line(B) + bad, 3)):
        articles, intake = read(data, format="jsonl", max_line_bytes=1_000_000)
        assert [article.id for article in articles] == ["a", "b"]
        assert (intake.articles, intake.bad_records) == (2, 1)
        [found] = intake.set_aside
        assert (found.source, found.line) == ("<stream>", at)
        assert reason in found.reason
        assert len(found.reason) < 700
        with pytest.raises(FormatError, match=f"<stream>:{at}: .*{re.escape(reason)}"):
            read(data, format="jsonl", strict=True, max_line_bytes=1_000_000)


def test_a_bad_first_line_does_not_hide_the_format() -> None:
    for bad in (b"{broken\n", b"{}\n"):
        assert ids(bad + line(A)) == ["a"]


def test_what_orjson_refuses() -> None:
    data = b'{"id": "a", "text": "x", "score": NaN, "top": Infinity}\n{"id": "b", "text": "\\ud800 y"}\n'
    first, second = read(data, strict=True)[0]
    assert first.extra["top"] == float("inf")
    assert second.text == "\ud800 y"


def test_a_line_as_long_as_allowed_is_read() -> None:
    assert ids(line(A) + line(B), max_line_bytes=len(line(B)) - 1, strict=True) == ["a", "b"]
    assert ids(line(A) + line(B), max_line_bytes=len(line(B)) - 2) == ["a"]


def test_a_line_that_unpacks_to_a_flood_is_not_held() -> None:
    flood = b'{"text": "' + b"x" * (200 << 20) + b'"}\n'
    for data in (zstandard.compress(flood + line(A)), gzip.compress(flood + line(A), 1)):
        tracemalloc.start()
        articles, intake = read(data, max_line_bytes=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert [article.id for article in articles] == ["a"]
        assert intake.set_aside[0].line == 1
        assert peak < 100 << 20


def many_lines() -> bytes:
    # digests, so that a packed file is long enough to be cut in the middle
    return b"".join(line({"id": str(i), "text": f"{i * 2654435761 % 2**61:x}" * 3}) for i in range(20_000))


@pytest.mark.parametrize("packed", [gzip.compress(many_lines()), zstandard.compress(many_lines())])
def test_packed_data_that_are_cut_off(packed: bytes) -> None:
    cut = packed[: len(packed) // 2]
    articles, intake = read(cut)
    assert [article.id for article in articles] == [str(i) for i in range(len(articles))]
    assert 5_000 < len(articles) < 15_000
    assert intake.bad_records == 1
    assert intake.set_aside[0].line == len(articles) + 1
    assert "data end too early: the file was cut off on its way" in intake.set_aside[0].reason
    with pytest.raises(FormatError, match=r"<stream>:\d+: the .* data end too early"):
        read(cut, strict=True)


@pytest.mark.parametrize("packed", [gzip.compress(many_lines()), zstandard.compress(many_lines())])
def test_packed_data_that_are_damaged(packed: bytes) -> None:
    middle = len(packed) // 2
    articles, intake = read(packed[:middle] + bytes(2000) + packed[middle + 2000 :])
    assert articles
    assert "damaged" in intake.set_aside[-1].reason


def test_a_beginning_that_is_cut_off_is_reported_too() -> None:
    for packed in (gzip.compress(line(A)), zstandard.compress(line(A))):
        articles, intake = read(packed[:-9])
        assert len(articles) <= 1
        assert intake.bad_records == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[{"text": "x"},', "<stream>: expected a JSON document, got"),
        (b'{\n"articles": 5\n}', "expected an array of articles, or an object with one under articles"),
        (
            b"[\n{\n\"text\": 'x'}]",
            "Expecting value at line 3, character 9; if it has one object a line, name its format, jsonl (format=)",
        ),
    ],
)
def test_documents_that_are_no_json_or_hold_no_articles(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=re.escape(message)):
        read(data, format="json")


def test_a_bad_item_of_an_array_is_set_aside() -> None:
    articles, intake = read(line([A, 5, B]))
    assert [article.id for article in articles] == ["a", "b"]
    assert (intake.set_aside[0].line, intake.set_aside[0].reason) == (2, "expected a JSON object, got a number")


def test_a_single_article_over_several_lines() -> None:
    assert ids(json.dumps(A, indent=2).encode()) == ["a"]


def test_a_line_with_data_of_its_own_is_an_article() -> None:
    assert ids(line({"data": [{"x": 1}], **A}) + line(B)) == ["a", "b"]


def test_lines_come_out_of_a_pipe_as_they_come_in() -> None:
    class Pipe(io.RawIOBase):
        asked = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if size == 0:
                return b""
            self.asked += 1
            return line(dict(A, id=str(self.asked))) if self.asked <= 3 else b""

    pipe = Pipe()
    articles = read_articles(pipe)  # type: ignore[arg-type]  # wrong on purpose
    assert next(articles).id == "1"
    assert pipe.asked == 1
    assert [article.id for article in articles] == ["2", "3"]


def test_the_place_of_each_article_is_known() -> None:
    intake = Intake()
    seen: set[str] = set()
    for article in read_articles(io.BytesIO(line(A) + b"\n" + line(B) + line(A)), intake=intake):
        if article.id in seen:
            intake.put_aside(f"id {article.id!r} was there before")
        seen.add(article.id)
    assert (intake.articles, intake.bad_records, intake.where) == (2, 1, ("<stream>", 4))
    assert str(intake.set_aside[0]) == "<stream>:4: id 'a' was there before"
    assert intake.summary()[0] == "1 record set aside, the first: <stream>:4: id 'a' was there before"


def test_nothing_can_be_put_aside_before_an_article_was_read() -> None:
    with pytest.raises(ValueError, match="expected an article to have been read"):
        Intake().put_aside("twice")


def test_all_bad_records_are_counted_and_a_thousand_kept() -> None:
    _, intake = read(b"5\n" * 1500, format="jsonl")
    assert (intake.bad_records, len(intake.set_aside)) == (1500, 1000)


def test_without_an_intake_a_warning_says_what_was_set_aside(caplog: pytest.LogCaptureFixture) -> None:
    assert len(list(read_articles(io.BytesIO(line(A) + b"5\n")))) == 1
    assert "1 record set aside, the first: <stream>:2:" in caplog.text
    caplog.clear()
    read(line(A) + b"5\n")
    assert not caplog.text


def test_notes_are_taken() -> None:
    _, intake = read(line({"text": "x", "published": "soon"}) + line({"text": "y", "published": "2025-08-23T10:00"}))
    assert (intake.notes.unreadable_dates, intake.notes.naive_times, intake.notes.derived_ids) == (1, 1, 2)


def test_an_intake_counts_over_several_files(tmp_path: Path) -> None:
    intake = Intake()
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(line(A) + b"5\n")
        list(read_articles(tmp_path / name, intake=intake))
    assert (intake.articles, intake.bad_records) == (2, 2)
    assert intake.where == (str(tmp_path / "b.jsonl"), 1)


@given(st.lists(st.text().filter(bool), max_size=20), st.sampled_from([bytes, gzip.compress, zstandard.compress]))
def test_texts_come_back(texts: list[str], pack: Any) -> None:
    data = b"".join(line({"id": str(i), "text": text}) for i, text in enumerate(texts))
    assert [article.text for article in read(pack(data), format="jsonl", strict=True)[0]] == texts


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for options in ({}, {"as_of": datetime(2025, 8, 23, tzinfo=UTC)}, {"format": "jsonl"}, {"format": "csv"}):
        with suppress(FormatError):
            articles, intake = read(data, **options)
            assert intake.articles == len(articles)
