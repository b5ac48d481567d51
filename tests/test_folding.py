"""The shipped folding table is what its tool makes, and what Unicode's names and properties say."""

from __future__ import annotations

import importlib.util
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles.folding import TABLE_UNICODE, Unit, unit
from storycluster.folding import EXPANDED, folding
from storycluster.kernels.kinds import Kind

ALL = range(0x110000)
SEPARATOR = (Kind.SEPARATOR, "")


def entry(code: int) -> tuple[Kind, str]:
    """What the shipped table says of a code point."""
    table = folding()
    slot = int(table.page[code >> 8]) << 8 | code & 0xFF
    fold = int(table.fold[slot])
    if not fold & EXPANDED:
        return Kind(int(table.kind[slot])), chr(fold) if fold else ""
    place = fold ^ EXPANDED
    length = int(table.expansion[place])
    return Kind(int(table.kind[slot])), "".join(map(chr, table.expansion[place + 1 : place + 1 + length].tolist()))


def passed_over(code: int) -> bool:
    """Whether only the other Unicode version knows a code point: nothing can be said of it then."""
    if unicodedata.unidata_version == TABLE_UNICODE:
        return False
    return unicodedata.category(chr(code)) == "Cn" or entry(code) == SEPARATOR


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = Path(__file__).parents[1] / "tools/make_folding.py"
    spec = importlib.util.spec_from_file_location("make_folding", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tool_would_make_the_same_table(tool: ModuleType) -> None:
    differing = [code for code in ALL if not passed_over(code) and tool.entry(code) != entry(code)]
    assert [f"{code:04X}" for code in differing] == []


def test_names_and_properties_say_the_same() -> None:
    differing = []
    for code in ALL:
        kind, fold = entry(code)
        if not passed_over(code) and unit(chr(code)) != Unit(chr(code), kind.name.lower().replace("_", " "), fold):
            differing.append(f"{code:04X}")
    assert differing == []


def test_folding_again_changes_nothing() -> None:
    for code in ALL:
        _, fold = entry(code)
        if fold not in ("", chr(code)):
            assert "".join(entry(ord(c))[1] or "?" for c in fold) == fold, f"{code:04X}"


def test_pairs_of_bytes_say_what_the_table_says() -> None:
    wanted = {}
    for code in range(0x80, 0x800):
        kind, fold = entry(code)
        if kind in (Kind.LETTER, Kind.CAPITAL) and len(fold) == 1 and len(fold.encode()) == 2:
            wanted[chr(code).encode()] = int.from_bytes(fold.encode(), "little") | (kind == Kind.CAPITAL) << 14
    for first in range(0x800, 0x10000, 64):
        if all(entry(code) == (Kind.CHARACTER, chr(code)) for code in range(first, first + 64)):
            wanted[chr(first).encode()[:2]] = 1
    pair = folding().pair
    assert {int(key).to_bytes(2, "little"): int(pair[key]) for key in pair.nonzero()[0]} == wanted


@given(st.characters())
def test_cases_and_forms_fold_alike(char: str) -> None:
    def folded(text: str) -> str:
        return "".join(entry(ord(c))[1] for c in text)

    if entry(ord(char))[0] not in (Kind.SEPARATOR, Kind.APOSTROPHE) and not passed_over(ord(char)):
        for form in ("NFC", "NFD"):
            assert folded(unicodedata.normalize(form, char)) == entry(ord(char))[1]
        assert folded(char.lower()) == folded(char.casefold()) or char in "ſẞ"


@pytest.mark.parametrize(
    ("char", "kind", "fold"),
    [
        ("A", Kind.CAPITAL, "a"), ("ǅ", Kind.CAPITAL, "dz"), ("ß", Kind.LETTER, "ss"), ("İ", Kind.CAPITAL, "i"),
        ("ı", Kind.LETTER, "i"), ("Ł", Kind.CAPITAL, "l"), ("ø", Kind.LETTER, "o"), ("œ", Kind.LETTER, "oe"),
        ("é", Kind.LETTER, "e"), ("ё", Kind.LETTER, "е"), ("ς", Kind.LETTER, "σ"),
        ("\u0301", Kind.DROPPED, ""), ("\u0345", Kind.MARK, "ι"), ("\u05b8", Kind.DROPPED, ""),
        ("\u064e", Kind.DROPPED, ""), ("\u093f", Kind.MARK, "\u093f"), ("\u0e48", Kind.MARK, "\u0e48"),
        ("\u3099", Kind.MARK, "\u3099"), ("が", Kind.CHARACTER, "か\u3099"), ("ｶ", Kind.CHARACTER, "カ"),
        ("中", Kind.CHARACTER, "中"), ("〇", Kind.CHARACTER, "〇"), ("𠮷", Kind.CHARACTER, "𠮷"),
        ("ก", Kind.LONG_CHARACTER, "ก"), ("한", Kind.LETTER, "\u1112\u1161\u11ab"), ("٣", Kind.DIGIT, "3"),
        ("５", Kind.DIGIT, "5"), ("½", Kind.LETTER, "12"), ("①", Kind.LETTER, "1"), ("㎏", Kind.LETTER, "kg"),
        ("’", Kind.APOSTROPHE, ""), ("“", Kind.DOUBLE_LEFT, ""), ("–", Kind.SEPARATOR, ""),
        ("\x00", Kind.SEPARATOR, ""), ("ŉ", Kind.LETTER, "n"), ("\ufe77", Kind.DROPPED, ""),
        ("\u00ad", Kind.DROPPED, ""), ("\u200d", Kind.DROPPED, ""), ("\ud800", Kind.SEPARATOR, ""),
        ("😀", Kind.SEPARATOR, ""), ("_", Kind.SEPARATOR, ""), ("€", Kind.SEPARATOR, ""), ("\u0640", Kind.DROPPED, ""),
    ],
)  # fmt: skip
def test_what_some_characters_are(char: str, kind: Kind, fold: str) -> None:
    assert entry(ord(char)) == (kind, fold)
