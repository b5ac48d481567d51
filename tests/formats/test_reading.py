"""The door: which format is chosen, folders, texts, arguments."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet, table

from storycluster import Article, cluster_files
from storycluster.errors import FormatError
from storycluster.formats import FORMATS, Intake, read_articles
from storycluster.formats.detection import choose_format

LINE = b'{"id": "a", "text": "The ferry stayed in port."}\n'
PAGE = (
    "Latest news with #Norhavn\n\nFerry stays in port\nFerry stays in port\n\nNorhavn Post\n\ntime13 hours ago\n\n"
    "  • Transport\n  • Norhavn Post\n\nFerry stays in port\n\nThe ferry had engine trouble.\n\n"
    "DOWNLOAD THE APP\n\nGet Started Now: Download the App\n"
)


@pytest.mark.parametrize(
    ("name", "beginning", "expected"),
    [
        ("x", LINE, "jsonl"),
        ("x", b"", "jsonl"),
        ("x", b"[" + LINE, "json"),
        ("x", b'{"articles": [' + b"{}" * 5, "json"),
        ("x", b'{\n  "text": "x"\n}', "json"),
        ("x", b"id,text\n1,x", "csv"),
        ("x", b'"id";"maintext"\r\n1;x', "csv"),
        ("x", b"ID,Source,Headline,Body\n1,x,y,z", "csv"),
        ("x.json", b'{"Text": "x", "items": []}', "jsonl"),
        ("x", b"id\ttext\n1\tx", "tsv"),
        ("x", b"PAR1....", "parquet"),
        ("x", PAGE.encode(), "listing"),
        ("x", PAGE.replace("\n", "\r\n").encode()[:400], "listing"),
        ("page.txt", PAGE.encode(), "listing"),
        ("note.txt", LINE, "txt"),
        ("note.TXT", b"The ferry stayed in port.", "txt"),
        ("news.json", LINE + LINE, "jsonl"),
        ("news.json", LINE, "jsonl"),
        ("news.json.gz", b"[]", "json"),
        ("news.json", b"nonsense", "json"),
        ("news.jsonl", b"[" + LINE, "json"),
        ("news.jsonl", b"[1, 2]\n" + LINE, "jsonl"),
        ("news.ndjson.zst", b"nonsense", "jsonl"),
        ("news.jsonl", b'{\n  "text"', "jsonl"),
        ("news.csv", b"text\nx", "csv"),
        ("news.tab", b"text\nx", "tsv"),
        ("news.pq", b"", "parquet"),
    ],
)
def test_the_format_is_chosen_by_content_and_ending(name: str, beginning: bytes, expected: str) -> None:
    assert choose_format(name, beginning) == expected


def test_what_cannot_be_told_says_so() -> None:
    with pytest.raises(FormatError, match="expected a file in one of the formats jsonl, json, csv") as error:
        list(read_articles(io.BytesIO(b"The ferry stayed in port.")))
    assert "The ferry" in str(error.value)
    with pytest.raises(FormatError, match="got UTF-16; convert the file to UTF-8"):
        list(read_articles(io.BytesIO(LINE.decode().encode("utf-16"))))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xml"}, "format: expected one of jsonl, .*; got 'xml'"),
        ({"max_line_bytes": 0}, "max_line_bytes: expected a positive number"),
        ({"source": 5}, "source: expected a path, '-' or a binary stream; got int"),
    ],
)
def test_wrong_arguments_are_told_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_articles(**{"source": io.BytesIO(LINE), **options})


def test_a_stream_of_text_is_refused() -> None:
    with pytest.raises(FormatError, match="expected a binary stream, such as open"):
        list(read_articles(io.StringIO(LINE.decode())))  # type: ignore[arg-type]  # wrong on purpose


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_articles(tmp_path / "none.jsonl"))


def test_a_stream_stays_open() -> None:
    stream = io.BytesIO(gzip.compress(LINE))
    assert len(list(read_articles(stream))) == 1
    assert not stream.closed


def test_a_listing_through_the_door(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text(PAGE, encoding="utf-8")
    [article] = read_articles(path, as_of=datetime(2025, 8, 23, 14, tzinfo=UTC))
    assert (article.title, article.outlet, article.text) == (
        "Ferry stays in port",
        "Norhavn Post",
        "The ferry had engine trouble.",
    )
    assert article.published == datetime(2025, 8, 23, 1, tzinfo=UTC)
    assert article.extra == {"section": "Transport", "age": "13 hours ago"}
    assert article.id.startswith("text-")
    [packed] = read_articles(io.BytesIO(gzip.compress(PAGE.encode())))
    assert (packed.id, packed.published) == (article.id, None)


def test_another_text_is_no_listing(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("The ferry stayed in port.", encoding="utf-8")
    with pytest.raises(FormatError, match=r"note\.txt: expected the text of an aggregator's page"):
        list(read_articles(path, format="listing"))


@pytest.mark.parametrize(
    ("content", "title", "text"),
    [
        ("Ferry\n\nIt stayed.\n\nIn port.\n", "Ferry", "It stayed.\n\nIn port."),
        ("\ufeffFerry\r\n\r\nIt stayed.\r\n", "Ferry", "It stayed."),
        ("\n\nFerry\n \nIt stayed.", "Ferry", "It stayed."),
        ("It stayed.\nIn port.\n", "", "It stayed.\nIn port."),
        ("It stayed.", "", "It stayed."),
        ("", "", ""),
    ],
)
def test_a_text_file_is_an_article(content: str, title: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "ferry.txt"
    path.write_bytes(content.encode())
    [article] = read_articles(path)
    assert (article.id, article.title, article.text) == ((tmp_path / "ferry").as_posix(), title, text)


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name, content in {
        "b.txt": b"Gulls\n\nThey came.", "a/z.txt": b"Ferry\n\nIt stayed.", "a/c.jsonl.gz": gzip.compress(LINE),
        "a/bad.txt": b"caf\xe9", "c.csv": b"id,text\n1,x\n", ".hidden.txt": b"x", "README.md": b"about",
        "d.json": b"[{", "page.txt": PAGE.encode(), "a/b.d/e.txt": b"x",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    intake = Intake()
    articles = list(read_articles(tmp_path, intake=intake))
    assert [article.id[:5] for article in articles] == ["a/b.d", "a", "a/z", "b", "1", "text-"]
    assert articles[0].id == "a/b.d/e"
    assert {article.outlet for article in articles} == {"", "Norhavn Post"}
    assert intake.skipped_files == [str(tmp_path / "README.md")]
    assert [(bad.source, bad.line) for bad in intake.set_aside] == [
        (str(tmp_path / "a/bad.txt"), 0),
        (str(tmp_path / "d.json"), 0),
    ]
    assert intake.set_aside[0].reason.startswith("the whole file is left out: expected UTF-8")
    assert (intake.bad_records, intake.bad_files) == (0, 2)
    assert intake.summary()[0] == f"2 files set aside, the first: {intake.set_aside[0]}"

    with pytest.raises(FormatError, match=r"bad\.txt: expected UTF-8"):
        list(read_articles(tmp_path, strict=True))
    assert [article.id for article in read_articles(tmp_path, format="txt")][-1] == "page"


def test_a_folder_without_articles(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("about", encoding="utf-8")
    with pytest.raises(FormatError, match="expected files named after a format"):
        list(read_articles(tmp_path))


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("news.jsonl", data)
    return out.getvalue()


@pytest.mark.parametrize(("pack", "packing"), [(bz2.compress, "bzip2"), (lzma.compress, "xz"), (zipped, "zip")])
@pytest.mark.parametrize("format", [None, "jsonl"])
def test_what_is_packed_otherwise_is_to_be_unpacked(
    pack: Callable[[bytes], bytes], packing: str, format: str | None
) -> None:
    expected = (
        f"<stream>: expected a file that is plain or packed as gzip or zstd, got one packed as {packing}; unpack it"
    )
    with pytest.raises(FormatError, match=expected):
        list(read_articles(io.BytesIO(pack(LINE)), format=format))


@pytest.mark.parametrize("read", [lambda path, intake: read_articles(path, intake=intake),
                                  lambda path, intake: cluster_files(path, intake=intake).articles])  # fmt: skip
def test_a_file_that_breaks_off_keeps_what_came_before(tmp_path: Path, read: Callable[..., Iterable[Article]]) -> None:
    rows = {"id": [str(i) for i in range(3000)], "text": [f"The ferry number {i} stayed in port." for i in range(3000)]}
    path = tmp_path / "news.parquet"
    parquet.write_table(table(rows), path, row_group_size=1000, compression="none")
    data = path.read_bytes()
    middle = data.index(b"The ferry number 1500") - 200
    path.write_bytes(data[:middle] + bytes(400) + data[middle + 400 :])
    intake = Intake()
    assert 0 < len(list(read(path, intake))) < 3000
    [bad] = intake.set_aside
    assert str(bad).startswith(
        f"{path}: the rest of the file is left out: expected a Parquet file, got one that breaks"
    )


def test_nothing_but_bad_files_is_an_error(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"name;place\n")
    intake = Intake()
    with pytest.raises(FormatError, match=r"b\.csv:1: expected a header"):
        list(read_articles(tmp_path, intake=intake))
    [bad] = intake.set_aside
    assert str(bad).startswith(f"{tmp_path / 'a.csv'}: the whole file is left out: line 1: expected a header with one")


def test_several_files_are_read_as_a_folder_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.csv").write_bytes(b"name;place\n")
    (tmp_path / "b.jsonl").write_bytes(LINE)
    (tmp_path / "c.txt").write_bytes(b"caf\xe9")
    paths = sorted(tmp_path.iterdir())
    of_folder, of_files = Intake(), Intake()
    assert list(cluster_files(tmp_path, intake=of_folder).ids) == list(cluster_files(paths, intake=of_files).ids)
    assert of_folder.set_aside == of_files.set_aside
    assert of_files.bad_files == 2
    with pytest.raises(FormatError, match=r"a\.csv:1: expected a header"):
        cluster_files(paths, strict=True)
    with pytest.raises(FileNotFoundError, match="nowhere"):  # whoever names a file wants it
        cluster_files([*paths, tmp_path / "nowhere.csv"])
    caplog.clear()
    cluster_files(paths)
    assert caplog.messages == [f"2 files set aside, the first: {of_files.set_aside[0]}"]


def test_standard_input() -> None:
    code = (
        "from storycluster.formats import Intake, read_articles; i = Intake();"
        "print([a.id for a in read_articles('-', intake=i)], i.set_aside[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=gzip.compress(LINE + b"5\n"),
        capture_output=True,
        check=True,
        env=os.environ,
    )
    assert done.stdout.decode().strip() == "['a'] <stdin>:2: expected a JSON object, got a number ('5')"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_read_as_standard_input_is(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    pipe, intake = tmp_path / "pipe", Intake()
    os.mkfifo(pipe)
    with subprocess.Popen(["tee", str(pipe)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as writer:
        assert writer.stdin
        writer.stdin.write(pack(LINE + b"5\n"))
        writer.stdin.close()
        assert [article.id for article in read_articles(pipe, intake=intake)] == ["a"]
    assert str(intake.set_aside[0]) == f"{pipe}:2: expected a JSON object, got a number ('5')"
    assert intake.bytes_read() == 0


def test_every_format_can_be_named() -> None:
    contents = {
        "jsonl": LINE, "json": b"[" + LINE + b"]", "csv": b"text\nx", "tsv": b"text\nx", "txt": b"x",
        "listing": PAGE.encode(),
    }  # fmt: skip
    assert set(contents) == set(FORMATS) - {"parquet"}
    for format, content in contents.items():
        assert len(list(read_articles(io.BytesIO(content), format=format, strict=True))) == 1


def test_the_bundled_sample_reads_in_full() -> None:
    from storycluster import sample

    path = Path(str(sample.__file__)).with_name("articles.jsonl")
    articles = list(read_articles(path, strict=True))
    assert len(articles) == len([line for line in path.read_text(encoding="utf-8").splitlines() if line])
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0])["text"] == articles[0].text


@pytest.mark.parametrize(
    "name", ["allsides-12k", "basil", "bbc", "groundnews-dev", "reuters21578", "saudinewsnet-early"]
)
def test_real_files_read_in_full(name: str, news_data: Path) -> None:
    path = news_data / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no {path.name} in the folder of real news")
    intake = Intake()
    count = sum(1 for _ in read_articles(path, intake=intake, strict=True))
    with gzip.open(path) as lines:
        assert count == intake.articles == sum(1 for _ in lines)
    assert intake.notes.unreadable_dates < count / 50
