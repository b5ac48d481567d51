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
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError
from numba.extending import _Intrinsic  # type: ignore[attr-defined]  # there is no other name for it

from storycluster import kernels
from storycluster.kernels.leaves import leaf
from storycluster.kernels.postings import find


def is_leaf(kernel: object) -> bool:
    return isinstance(kernel, Dispatcher) and kernel.targetoptions.get("_nrt") is False


def becomes_its_callers(kernel: object) -> bool:
    """Whether a kernel is compiled as a part of each that calls it, as that one is."""
    return isinstance(kernel, Dispatcher) and kernel.targetoptions.get("inline") == "always"


def all_leaves() -> Iterator[Dispatcher]:
    for found in pkgutil.iter_modules(kernels.__path__, f"{kernels.__name__}."):
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


def lent(kernel: Dispatcher) -> set[str]:
    """The names that stand for arrays that a kernel was lent, or for parts of them."""
    function = tree_of(kernel)
    read = [node.value for node in ast.walk(function) if isinstance(node, ast.Subscript | ast.Attribute)]
    read += [node.iter for node in ast.walk(function) if isinstance(node, ast.For)]
    names = {argument.arg for argument in function.args.args} & {node.id for node in read if isinstance(node, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and is_lent(node.value, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def is_lent(value: ast.expr, names: set[str]) -> bool:
    if isinstance(value, ast.Tuple):
        return any(is_lent(part, names) for part in value.elts)
    if isinstance(value, ast.Subscript):
        return any(isinstance(node, ast.Slice) for node in ast.walk(value.slice))
    return isinstance(value, ast.Name) and value.id in names


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
    for node in ast.walk(tree_of(kernel)):
        if isinstance(node, ast.Return) and node.value is not None:
            assert not is_lent(node.value, lent(kernel)), f"returns {ast.unparse(node.value)}"


def test_what_makes_an_array_is_refused() -> None:
    with pytest.raises(NumbaError, match="Only accept returning of array passed"):
        leaf(makes_an_array)(3)


def makes_an_array(n: int) -> int:
    return np.zeros(n).size
