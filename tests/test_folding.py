"""The shipped table is what its tool makes, and folding twice changes nothing."""

from __future__ import annotations

import importlib.util
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

from oracles.words import character
from storycluster.folding import folding
from storycluster.kernels.kinds import Kind

UNICODE = "14.0.0"
TOOL = Path(__file__).parents[1] / "tools" / "make_folding.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_folding", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(unicodedata.unidata_version != UNICODE, reason=f"the table is made under Unicode {UNICODE}")
def test_the_table_is_what_the_tool_makes(tool: ModuleType) -> None:
    for code in range(0x110000):
        kind, fold = tool.entry(code)
        assert character(code) == (kind, tuple(map(ord, fold)) or (0,)), hex(code)


def test_letters_of_old_standing_fold_the_same_under_any_unicode(tool: ModuleType) -> None:
    letters = [code for code in range(0x2FA20) if unicodedata.ucd_3_2_0.category(chr(code))[0] == "L"]
    assert len(letters) > 80_000
    differing = [code for code in letters if character(code)[1] != (tuple(map(ord, tool.entry(code)[1])) or (0,))]
    assert differing == []


def test_folding_twice_changes_nothing() -> None:
    for code in range(0x110000):
        kind, fold = character(code)
        if kind in (Kind.LETTER, Kind.CAPITAL, Kind.DIGIT, Kind.CHARACTER, Kind.LONG_CHARACTER, Kind.MARK):
            again = [folded for one in fold for folded in character(one)[1]]
            assert tuple(again) == fold, hex(code)


def test_every_code_point_has_an_entry() -> None:
    table = folding()
    assert table.page.size == 0x1100
    assert int(table.page.max()) * 256 + 256 == table.kind.size == table.fold.size
    assert set(table.kind.tolist()) <= set(map(int, Kind))
