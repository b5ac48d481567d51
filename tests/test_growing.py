"""Columns that grow, strings that are packed and sorted."""

from __future__ import annotations

import mmap
import re
import resource
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster import growing
from storycluster.columns import Array, Fingerprints
from storycluster.fingerprint import fingerprint_texts
from storycluster.formats.shelf import Distinct
from storycluster.growing import (
    GrowingColumn,
    GrowingFingerprints,
    let_go,
    pack,
    put_rows,
    sort_strings,
    take_fingerprints,
    take_rows,
)

STRINGS = st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([b"", b"a", b"a\0", b"abcdefgh", b"abcdefgh\0"])))


@given(STRINGS)
def test_strings_are_sorted_by_their_bytes(strings: list[bytes]) -> None:
    order = sort_strings(*pack(strings)).tolist()
    assert order == sorted(range(len(strings)), key=lambda i: strings[i])


@given(st.lists(st.text(max_size=12), unique=True))
def test_strings_in_utf_8_are_sorted_by_code_points(strings: list[str]) -> None:
    packed = pack([string.encode("utf-8", "surrogatepass") for string in strings])
    assert [strings[i] for i in sort_strings(*packed)] == sorted(strings)


@given(STRINGS, st.data())
def test_rows_are_taken_and_put(strings: list[bytes], data: st.DataObject) -> None:
    pool, start = pack(strings)
    rows = data.draw(st.lists(st.integers(0, len(strings) - 1)) if strings else st.just([]))

    def unpacked(pool: Array, start: Array) -> list[bytes]:
        return [pool[begin:end].tobytes() for begin, end in pairwise(start.tolist())]

    if len(rows) != len(strings):  # as many rows as there are are all of them
        assert unpacked(*take_rows(pool, start, np.array(rows, np.int64))) == [strings[row] for row in rows]
    put = {row: bytes(row) for row in sorted(set(rows))}
    assert unpacked(*put_rows(pool, start, put)) == [put.get(i, string) for i, string in enumerate(strings)]


@given(st.lists(st.lists(st.text(max_size=3), max_size=30), max_size=6))
def test_distinct_strings_know_their_places(batches: list[list[str]]) -> None:
    distinct = Distinct()
    places: dict[str, int] = {}
    for batch in batches:
        new = [string not in places and string not in batch[:i] for i, string in enumerate(batch)]
        found = distinct.enter(*pack([string.encode("utf-8", "surrogatepass") for string in batch])).tolist()
        for string in batch:
            places.setdefault(string, len(places))
        assert found == [-1 if is_new else places[string] for is_new, string in zip(new, batch, strict=True)]
    assert list(distinct) == list(places)
    assert [distinct.place_of(string) for string in places] == list(places.values())
    assert distinct.place_of("not there") is None
    assert [list(places)[i] for i in np.argsort(distinct.in_order())] == sorted(places)


@pytest.mark.parametrize("move_after", [None, 0, 3, 7])
def test_a_column_is_the_same_in_memory_and_in_a_file(move_after: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "STEP_BYTES", 64)
    for dtype, width in ((np.int64, 0), (np.uint8, 3), (np.uint32, 126)):
        column = GrowingColumn(dtype, width)
        rng = np.random.default_rng(0)
        parts = [rng.integers(0, 100, (n, width) if width else n).astype(dtype) for n in (0, 5, 40, 1, 0, 300, 2, 9)]
        for i, part in enumerate(parts):
            if i == move_after:
                column.move_to_file()
                assert column.nbytes == 0
            column.extend(part)
        whole = np.concatenate(parts)
        closed = column.close()
        assert closed.dtype == dtype
        assert closed.flags.writeable
        assert np.array_equal(closed, whole)


def test_fingerprints_of_some_texts() -> None:
    texts = ["one two three four five six", "", "seven eight nine ten eleven", "twelve"]
    taken, anew = take_fingerprints(fingerprint_texts(texts), np.array([2, 1])), fingerprint_texts([texts[2], texts[1]])
    for name in ("words", "flags", "word_start", "signatures", "sample", "sample_place", "sample_start", "digests"):
        assert np.array_equal(getattr(taken, name), getattr(anew, name))


def in_files(texts: list[str]) -> Fingerprints:
    """The texts' fingerprints, columns in files."""
    grown = GrowingFingerprints()
    grown.extend(fingerprint_texts(texts))
    for column in grown.columns:
        column.move_to_file()
    return grown.close(fingerprint_texts([]))


def mapped() -> int:
    """Bytes of files' pages that this process holds."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return 1024 * int(status["RssFile"].split()[0])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what is resident")
def test_pages_of_files_leave_memory_and_come_back() -> None:
    texts = [" ".join(f"word{i * j}" for j in range(400)) for i in range(4000)]
    fingerprints = in_files(texts)
    before, words = mapped(), fingerprints.words.copy()
    assert mapped() - before > 0.9 * words.nbytes
    let_go(fingerprints)
    assert mapped() - before < 0.1 * words.nbytes
    assert np.array_equal(fingerprints.words, words)


def test_pages_stay_where_the_system_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mmap, "MADV_DONTNEED", raising=False)
    texts = ["one two three four five six", "seven eight nine ten"]
    for fingerprints in (in_files(texts), fingerprint_texts(texts)):
        let_go(fingerprints)
        assert np.array_equal(fingerprints.words, fingerprint_texts(texts).words)


def test_a_full_temporary_folder_is_named() -> None:
    column = GrowingColumn(np.uint8)
    column.move_to_file()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(OSError, match=re.escape(f"File too large: '{tempfile.gettempdir()}'")):
            column.extend(np.zeros(100_000, np.uint8))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
