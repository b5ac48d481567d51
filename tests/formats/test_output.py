"""Files are there whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storycluster import FormatError, cluster_articles, read_stories, write_stories
from storycluster.formats import open_output
from storycluster.formats.output import open_outputs
from storycluster.testing import simulate


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    with open_output(target) as file:
        file.write(b"one\n")
        assert not target.exists()
    assert target.read_bytes() == b"one\n"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_an_error_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_bytes(b"before")

    def write_half() -> None:
        with open_output(target) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_packed_bytes_are_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        with open_output(tmp_path / name) as file:
            file.write(b"text" * 1000)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"text" * 1000


def test_links_and_rights_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"before")
    real.chmod(0o640)
    link.symlink_to(real)
    with open_output(link) as file:
        file.write(b"after")
    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="no /dev/stdout here")
def test_standard_output_by_its_other_name_is_not_replaced(tmp_path: Path) -> None:
    code = "from storycluster.formats import open_output\nprint('one', flush=True)\n"
    code += "with open_output('/dev/stdout') as f: f.write(b'two\\n')\nprint('three')"
    path = tmp_path / "redirected"
    with path.open("ab") as file:
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)
    assert path.read_bytes() == b"one\ntwo\nthree\n"


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected the name of a file to write, got a folder"), open_output(tmp_path):
        pass
    with pytest.raises(FormatError, match="zstd is read, not written"), open_output(tmp_path / "x.zst"):
        pass
    with (
        pytest.raises(FormatError, match="there is no folder"),
        open_output(tmp_path / "none" / "x"),
    ):
        pass


def test_files_appear_together_or_none_does(tmp_path: Path) -> None:
    with open_outputs() as opened:
        opened(tmp_path / "a.jsonl").write(b"a")
        opened(tmp_path / "b.jsonl.gz").write(b"b")
        assert not (tmp_path / "a.jsonl").exists()
    assert (tmp_path / "a.jsonl").read_bytes() == b"a"
    assert gzip.decompress((tmp_path / "b.jsonl.gz").read_bytes()) == b"b"

    def write_both() -> None:
        with open_outputs() as opened:
            opened(tmp_path / "c").write(b"c")
            opened(tmp_path / "none" / "d")

    with pytest.raises(FormatError, match="there is no folder"):
        write_both()
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "b.jsonl.gz"}


def test_errors_name_the_file_that_was_asked_for(tmp_path: Path) -> None:
    code = """
import resource, sys
from storycluster.formats.output import open_outputs
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with open_outputs() as opened:
    opened("a.jsonl").write(b"a")
    opened("b.jsonl").write(bytes(100_000))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, check=False)
    assert done.stderr.endswith(b"File too large: 'b.jsonl'\n")
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match=r"'/sys/a\.jsonl'$"), open_output("/sys/a.jsonl"):  # nobody may write there
        pass


def test_stories_are_written_to_a_path_as_to_a_stream(tmp_path: Path) -> None:
    stories = list(cluster_articles(list(simulate(30, seed=3).articles)).stories)
    into = io.BytesIO()
    write_stories(stories, into)
    write_stories(stories, tmp_path / "stories.jsonl")
    assert (tmp_path / "stories.jsonl").read_bytes() == into.getvalue()
    for name in ("stories.json", "stories.json.gz"):
        write_stories(stories, tmp_path / name)
        assert list(read_stories(tmp_path / name)) == stories
    write_stories(stories, tmp_path / "stories.csv")
    with pytest.raises(FormatError, match=r"stories\.csv: expected stories as JSON lines or a JSON array; CSV doesn't"):
        list(read_stories(tmp_path / "stories.csv"))
    (tmp_path / "two.json").write_bytes(b'[{"id": 5}, 5]')
    with pytest.raises(FormatError, match=r"two\.json, item 1: story\.outlets: expected an array, got nothing"):
        list(read_stories(tmp_path / "two.json"))
    with pytest.raises(FormatError, match=r"^path: expected a path, got None"):
        list(read_stories(None))  # type: ignore[arg-type]  # wrong on purpose
    assert list(read_stories(tmp_path / "stories.jsonl")) == stories
    with pytest.raises(FormatError, match="got a folder"):
        write_stories(stories, tmp_path)
    wrong: Any
    for wrong in (None, 5, {}):
        with pytest.raises(FormatError, match=f"^stories: expected several stories, got one {type(wrong).__name__}"):
            write_stories(wrong, into)
    with pytest.raises(FormatError, match=r"^file: expected a path or a binary stream, got None"):
        write_stories(stories, None)  # type: ignore[arg-type]  # wrong on purpose


def test_the_ending_of_a_path_says_what_stories_are_written_as(tmp_path: Path) -> None:
    stories = list(cluster_articles(list(simulate(30, seed=3).articles)).stories)
    for name, format in [("s.csv", "csv"), ("s.JSON", "json"), ("s.jl", "jsonl"), ("s", "jsonl"), (".s", "jsonl")]:
        into = io.BytesIO()
        write_stories(stories, into, format=format)
        write_stories(stories, tmp_path / name)
        assert (tmp_path / name).read_bytes() == into.getvalue()
    with pytest.raises(FormatError, match=r"s\.xyz: \.xyz names no format; .* file, or the format \(format=\)"):
        write_stories(stories, tmp_path / "s.xyz")
    write_stories(stories, tmp_path / "s.xyz", format="json")
    assert (tmp_path / "s.xyz").read_bytes() == (tmp_path / "s.JSON").read_bytes()
