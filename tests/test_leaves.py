"""A leaf (``kernels.leaves``) calls only leaves, and returns nothing that it was lent."""

from __future__ import annotations

import ast
import builtins
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba import types
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError
from numba.extending import _Intrinsic  # type: ignore[attr-defined]  # there is no other name for it

from storycluster import Article, cluster_articles, kernels
from storycluster.index.rehearsal import made_up_texts, rehearse
from storycluster.kernels.leaves import leaf
from storycluster.kernels.live.postings import find


def is_leaf(kernel: object) -> bool:
    return isinstance(kernel, Dispatcher) and kernel.targetoptions.get("_nrt") is False


def becomes_its_callers(kernel: object) -> bool:
    """Whether a kernel is compiled as a part of each that calls it, as that one is."""
    return isinstance(kernel, Dispatcher) and kernel.targetoptions.get("inline") == "always"


def all_leaves() -> Iterator[Dispatcher]:
    for found in pkgutil.walk_packages(kernels.__path__, f"{kernels.__name__}."):
        for kernel in vars(import_module(found.name)).values():
            if is_leaf(kernel) and kernel.py_func.__module__ == found.name:
                yield kernel


LEAVES = list(all_leaves())
NUMBERS = (min, max, abs, len, range, np.searchsorted)
"""What a leaf may call beside types, ufuncs and intrinsics: what gives a number for numbers."""


def tree_of(kernel: Dispatcher) -> ast.FunctionDef:
    function = ast.parse(textwrap.dedent(inspect.getsource(kernel.py_func))).body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def called_by(kernel: Dispatcher) -> Iterator[tuple[str, Any]]:
    """What a kernel calls by a name: the name, and what it stands for."""
    known = kernel.py_func.__globals__
    for node in ast.walk(tree_of(kernel)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            name = node.func.id
            yield name, known[name] if name in known else getattr(builtins, name)
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            module = known.get(node.func.value.id)
            if isinstance(module, ModuleType):
                yield ast.unparse(node.func), getattr(module, node.func.attr)


def returned_by(kernel: Any) -> Iterator[Any]:
    """The types of what a kernel returned whenever it was compiled, here or before, parts of tuples by themselves."""
    known = kernel._cache._cache_file._load_index()
    compiled = [kernel._cache.load_overload(key[0], kernel.targetctx) for key in known]
    for overload in filter(None, [*compiled, *kernel.overloads.values()]):
        yield from parts_of(overload.signature.return_type)


def parts_of(kind: Any) -> Iterator[Any]:
    if isinstance(kind, types.BaseTuple):
        for part in getattr(kind, "types", ()):
            yield from parts_of(part)
    else:
        yield kind


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    rehearse()
    cluster_articles([Article(str(i), text, title="One title") for i, text in enumerate(made_up_texts())])


def test_there_are_leaves() -> None:
    assert find in LEAVES
    assert len(LEAVES) > 100


@pytest.mark.parametrize("kernel", LEAVES, ids=lambda kernel: f"{kernel.py_func.__module__}.{kernel.py_func.__name__}")
def test_leaf(kernel: Dispatcher) -> None:
    for name, called in called_by(kernel):
        if isinstance(called, Dispatcher):
            assert is_leaf(called) or becomes_its_callers(called), f"calls {name}, which may make arrays"
        else:
            assert isinstance(called, type | np.ufunc | _Intrinsic) or called in NUMBERS, name
    for kind in returned_by(kernel):
        assert isinstance(kind, types.Number | types.Boolean | types.NoneType), f"returns {kind}"


def test_what_most_leaves_return_is_known() -> None:
    assert sum(any(returned_by(kernel)) for kernel in LEAVES) > 0.7 * len(LEAVES)


def test_a_leaf_that_returns_what_it_was_lent_is_noticed() -> None:
    returns_its_argument(np.zeros(3), 1)
    assert types.Array in set(map(type, returned_by(returns_its_argument)))


@leaf
def returns_its_argument(array, place):  # type: ignore[no-untyped-def]  # as kernels are
    return array, place


def test_what_makes_an_array_is_refused() -> None:
    with pytest.raises(NumbaError, match="Only accept returning of array passed"):
        leaf(makes_an_array)(3)


def makes_an_array(n: int) -> int:
    return np.zeros(n).size
