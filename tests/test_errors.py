"""One tree of errors, as its docstring draws it."""

from __future__ import annotations

import inspect
import re

import pytest

import storycluster
from storycluster import errors
from storycluster.errors import MissingExtraError, StoryclusterError, UnknownIdError

TREE = {
    name: error
    for name, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, BaseException) and error.__module__ == errors.__name__
}


def test_the_docstring_draws_the_tree() -> None:
    drawn = dict(re.findall(r"[├└]── (\w+) +\((\w+)\)", errors.__doc__ or ""))
    assert set(drawn) == set(TREE) - {"StoryclusterError"}
    for name, parent in drawn.items():
        above = [parent] if parent in TREE else ["StoryclusterError", parent]
        assert [base.__name__ for base in TREE[name].__bases__] == above


def test_all_errors_are_public() -> None:
    for name, error in TREE.items():
        assert getattr(storycluster, name) is error
        assert name in storycluster.__all__


@pytest.mark.parametrize("name", sorted(set(TREE) - {"MissingExtraError"}))
def test_messages_are_printed_as_they_are(name: str) -> None:
    error = TREE[name]("it's 'so'")
    assert str(error) == "it's 'so'"
    assert isinstance(error, StoryclusterError)


def test_special_errors() -> None:
    assert str(UnknownIdError()) == ""
    missing = MissingExtraError("reading Parquet", "parquet")
    assert str(missing) == "reading Parquet needs the extra 'parquet': pip install 'storycluster[parquet]'"
    assert missing.extra == "parquet"
