"""CSV, TSV and Parquet."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster.errors import FormatError, MissingExtraError
from storycluster.formats import Intake, read_articles
from storycluster.models import Article


def read(data: bytes, **options: Any) -> tuple[list[Article], Intake]:
    intake = Intake()
    return list(read_articles(io.BytesIO(data), intake=intake, **options)), intake


ROWS = 'id,title,text\n7,"Ferry, again","It stayed\nin ""port""."\n\n8,Gulls,They came.\n'


@pytest.mark.parametrize(
    "data",
    [
        ROWS.encode(),
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.replace(",text", "; text").replace(',"It', ';"It').replace("id,", "id;").replace("7,", "7;")
        .replace("8,Gulls,", "8;Gulls;").encode(),
        ROWS.replace("again\"", "again\"\t").replace("\t,", "\t").replace("id,title,", "id\ttitle\t")
        .replace("7,", "7\t").replace("8,Gulls,", "8\tGulls\t").encode(),
    ],
)  # fmt: skip
def test_tables_of_each_delimiter(data: bytes) -> None:
    articles, intake = read(data, strict=True)
    assert [(a.id, a.title, a.text) for a in articles] == [
        ("7", "Ferry, again", 'It stayed\nin "port".'),
        ("8", "Gulls", "They came."),
    ]
    assert intake.where == ("<stream>", 5)


def test_windows_line_ends() -> None:
    assert [a.id for a in read(b"id,text\r\n1,Ferry\r\n2,Gulls\r\n", strict=True)[0]] == ["1", "2"]


def test_the_ending_says_tab(tmp_path: Path) -> None:
    path = tmp_path / "news.tsv"
    path.write_text("text\nFerry, in port\n", encoding="utf-8")
    assert [a.text for a in read_articles(path, strict=True)] == ["Ferry, in port"]


def test_the_case_of_a_header_does_not_matter() -> None:
    data = (
        b"ID,Source,Headline,Body,Date,URL\n1,Norhavn Post,Ferry,It stayed.,2025-08-23,https://norhavnpost.example/1\n"
    )
    [article] = read(data, strict=True)[0]
    assert (article.id, article.outlet, article.title, article.text) == ("1", "Norhavn Post", "Ferry", "It stayed.")
    assert (article.published, article.url) == (date(2025, 8, 23), "https://norhavnpost.example/1")


def test_a_column_without_a_name_is_kept() -> None:
    [article] = read(b",text\n0,Ferry\n", strict=True)[0]
    assert article.extra == {"column 1": "0"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"2,x,y,z\n", "expected 3 columns as in the header, got 4"),
        (b"2,x\n", "expected 3 columns as in the header, got 2"),
        (b'2,"x"y,z\n', "a quotation mark within quotation marks is written twice"),
        (b"2,x,caf\xe9\n", "expected UTF-8, got the byte 0xe9"),
        (b"2,x," + b"z" * 300_000 + b"\n", "expected a line of at most 200,000 bytes"),
    ],
)
def test_bad_rows_are_set_aside(row: bytes, reason: str) -> None:
    data = b"id,title,text\n1,a,b\n" + row + b"3,c,d\n"
    articles, intake = read(data, max_line_bytes=200_000)
    assert [a.id for a in articles] == ["1", "3"]
    [bad] = intake.set_aside
    assert bad.line == 3
    assert reason in bad.reason
    with pytest.raises(FormatError, match=r"<stream>:3: "):
        read(data, max_line_bytes=200_000, strict=True)


def test_a_quotation_that_never_ends_does_not_swallow_rows_unsaid() -> None:
    articles, intake = read(b'id,text\n1,a\n2,"b\n3,c\n4,d\n')
    assert [a.id for a in articles] == ["1"]
    assert [(bad.line, "never closed" in bad.reason) for bad in intake.set_aside] == [(3, True)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"id,headline\n1,x\n", r"expected a header with one of the names text, .*, description \(in any case\); got"),
        (b"id,text,text\n1,x,y\n", "twice there: text"),
        (b"id,te\xffxt\n", "<stream>:1: expected UTF-8"),
    ],
)
def test_headers_that_cannot_be_used(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(data, format="csv")


def test_a_field_over_several_lines_obeys_the_limit_whatever_was_read_before() -> None:
    data = b'id,text\n1,"' + b"line\n" * 400 + b'"\n2,x\n'
    for before in (None, 1 << 20):
        if before is not None:
            read(data, max_line_bytes=before)
        articles, intake = read(data, max_line_bytes=1000)
        assert [a.id for a in articles] == ["2"]
        assert "a field is longer than max_line_bytes" in intake.set_aside[0].reason


def test_a_large_field_is_read() -> None:
    [article] = read(b"id,text\n1," + b"x" * 1_000_000 + b"\n", strict=True)[0]
    assert len(article.text) == 1_000_000


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1)


@given(st.lists(st.tuples(cells, cells, cells.map(lambda text: "x" + text)), max_size=10), st.sampled_from(",;\t|"))
def test_what_csv_writes_comes_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([("title", "language", "text"), *rows])
    articles, _ = read(out.getvalue().encode(), format="tsv" if delimiter == "\t" else "csv", strict=True)
    assert [(a.title, a.language, a.text) for a in articles] == rows


def parquet_bytes(**columns: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def test_parquet_from_a_stream_and_a_file(tmp_path: Path) -> None:
    moment = datetime(2025, 8, 23, 10, tzinfo=UTC)
    data = parquet_bytes(
        id=[1, 2], text=["Ferry", None], published=pa.array([moment, None]), day=[date(2025, 8, 23), None]
    )
    (tmp_path / "news.data").write_bytes(data)
    for source in (io.BytesIO(data), tmp_path / "news.data"):
        first, second = read_articles(source, strict=True)
        assert (first.id, first.text, first.published, first.extra) == (
            "1",
            "Ferry",
            moment,
            {"day": date(2025, 8, 23)},
        )
        assert (second.id, second.text, second.published) == ("2", "", None)


def test_parquet_as_pandas_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    times = pd.to_datetime(["2025-08-23T10:00:00.123456789Z", None]).as_unit("ns")
    pd.DataFrame({"text": ["Ferry", "Gulls"], "published": times}).to_parquet(path)
    intake = Intake()
    first, second = read_articles(path, intake=intake)
    assert first.published == datetime(2025, 8, 23, 10, 0, 0, 123456, tzinfo=UTC)
    assert second.published is None
    assert intake.where == (str(path), 2)


def test_many_row_groups() -> None:
    data = parquet_bytes(id=[str(i) for i in range(2000)], text=["x"] * 2000)
    assert [a.id for a in read(data, strict=True)[0]] == [str(i) for i in range(2000)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (parquet_bytes(id=[1]), "expected a column under one of the names text"),
        (parquet_bytes(text=["x" * 1000])[:-20], "expected a Parquet file"),
        (b"PAR1", "expected a Parquet file"),
    ],
)
def test_parquet_that_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(data)


@pytest.mark.parametrize(("module", "extra", "data"), [
    ("pyarrow", "parquet", b"PAR1"), ("zstandard", "zstd", b"\x28\xb5\x2f\xfd...."),
])  # fmt: skip
def test_a_missing_extra_is_named(module: str, extra: str, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"storycluster\[{extra}\]"):
        read(data)
