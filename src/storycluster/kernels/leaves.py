"""Leaves: kernels that make no array and give none back.

Whenever an array is handed on, Numba counts anew who holds it, and a tuple of arrays is copied as a whole: a call takes
many times what a short kernel does itself. A leaf becomes part of the kernel that calls it, and leaves the counting
out: its caller holds the arrays that it is lent. That is sound as long as a leaf calls only leaves, or kernels that are
compiled as parts of it (``inline``), and returns only numbers: an array that another kernel made for it would never be
freed, and one that it gave back be freed twice. ``tests/test_leaves.py`` holds them to it.
"""

from __future__ import annotations

from numba import njit

leaf = njit(nogil=True, cache=True, forceinline=True, _nrt=False, no_cfunc_wrapper=True)  # type: ignore[call-overload]  # types leave them out
"""Compile a kernel as a leaf. One that makes an array is refused when it is compiled.

Without a wrapper for C, which nobody calls: the leaf would become part of it too, and be compiled once more.
"""
