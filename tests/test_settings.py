"""Every number once: types, bounds, TOML, and what belongs to the recipe."""

from __future__ import annotations

import inspect
import re
from dataclasses import FrozenInstanceError, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster import Settings, SettingsError
from storycluster.settings import BOUNDS, FINGERPRINT_SETTINGS


def test_every_setting_has_bounds_and_a_line_that_explains_it() -> None:
    names = [field.name for field in fields(Settings)]
    assert sorted(names) == sorted(BOUNDS)
    for name in names:
        assert re.search(rf"^    {name}: \S", inspect.getdoc(Settings) or "", re.MULTILINE), name


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_hold(name: str) -> None:
    kind, low, high = BOUNDS[name]
    for value in (low - 1, high + 1, float("nan") if kind is float else 2.5, "3", True, [1]):
        with pytest.raises(SettingsError, match=rf"setting {name}: expected"):
            Settings().changed(**{name: value})
    if name != "match_window":
        with pytest.raises(SettingsError, match=rf"setting {name}: expected"):
            Settings().changed(**{name: None})


def test_unknown_settings_are_errors_that_name_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="setting 'color': unknown; the settings are shingle_width, num_perm"):
        Settings().changed(color=1)
    with pytest.raises(
        SettingsError, match=r"^setting 'toldshare': unknown; did you mean told_share\? `storycluster settings`"
    ):
        Settings().changed(toldshare=0.5)
    with pytest.raises(SettingsError, match="setting 'told': unknown"):
        Settings.from_mapping({"told": 1})
    with pytest.raises(TypeError):
        Settings(3)  # type: ignore[call-arg]  # wrong on purpose


def test_settings_are_values() -> None:
    assert Settings() == Settings()
    assert hash(Settings()) == hash(Settings())
    assert Settings(told_share=0.5) != Settings()
    with pytest.raises(FrozenInstanceError):
        Settings().told_share = 0.5  # type: ignore[misc]  # wrong on purpose


@given(st.floats(0.05, 0.95), st.floats(0.5, 0.99))
def test_bands_and_rows_reach_the_wanted_recall_with_the_most_rows(jaccard: float, recall: float) -> None:
    try:
        bands, rows = Settings(lsh_jaccard=jaccard, lsh_recall=recall).bands_rows
    except SettingsError:
        assert 1 - (1 - jaccard) ** 128 < recall
        return
    assert bands * rows <= 128
    assert 1 - (1 - jaccard**rows) ** bands >= recall
    if rows < 128:
        assert 1 - (1 - jaccard ** (rows + 1)) ** (128 // (rows + 1)) < recall


def test_a_recall_out_of_reach_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"lower the recall or raise num_perm"):
        Settings(lsh_jaccard=0.01, lsh_recall=0.99)
    assert Settings().bands_rows == (42, 3)


def test_the_recipe_holds_what_changes_a_fingerprint() -> None:
    other: dict[str, Any] = {
        "shingle_width": 4, "num_perm": 64, "seed": 2, "sample_rate": 9, "longest_quote": 9, "lsh_jaccard": 0.9,
    }  # fmt: skip
    assert set(FINGERPRINT_SETTINGS) < set(other)
    for name, value in other.items():
        assert Settings().changed(**{name: value}).recipe != Settings().recipe, name
    for name in set(BOUNDS) - set(other) - {"lsh_recall"}:
        changed = Settings().changed(**{name: BOUNDS[name][2]})
        assert changed.recipe == Settings().recipe, name


def test_no_window() -> None:
    assert Settings().window == timedelta(days=7)
    assert Settings(match_window=None).window is None


@given(st.floats(0, 1), st.integers(1, 500), st.one_of(st.none(), st.floats(0, 1e6)))
def test_toml_goes_round(share: float, words: int, window: float | None) -> None:
    import tomllib

    settings = Settings(told_share=share, min_words=words, match_window=window)
    assert Settings.from_mapping(tomllib.loads(settings.to_toml())) == settings
    assert Settings.from_mapping(settings.to_dict()) == settings


def test_toml_files(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('told_share = 0.5\nmatch_window = "none"\n', "utf-8")
    assert Settings.from_toml(path) == Settings(told_share=0.5, match_window=None)
    path.write_text(Settings().to_toml(), "utf-8")
    assert Settings.from_toml(str(path)) == Settings()
    path.write_text("told_share = 2.0\n")
    with pytest.raises(SettingsError, match=rf"^{re.escape(str(path))}: setting told_share: expected 0\.0 to 1\.0"):
        Settings.from_toml(path)
    for content, message in [
        (b"told_share 0.5", "expected a TOML file of settings"),
        (b"\xff\xfe", "expected a TOML file of settings"),
        (b"[rule]\ntold_share = 0.5", "setting 'rule': unknown"),
        (b"told_share = 2", r"setting told_share: expected 0\.0 to 1\.0, got 2"),
    ]:
        path.write_bytes(content)
        with pytest.raises(SettingsError, match=message):
            Settings.from_toml(path)
    with pytest.raises(SettingsError, match=r"missing\.toml: settings can't be read"):
        Settings.from_toml(tmp_path / "missing.toml")
