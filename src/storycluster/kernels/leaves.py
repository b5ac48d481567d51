"""Leaves: kernels that make no array and give none back.

Whenever an array is handed on, Numba counts anew who holds it, which takes a call each way: many times what a short
kernel does itself. A leaf leaves that out. Its caller holds the arrays that it is lent, which is sound as long as a
leaf calls but leaves, and returns numbers only: an array that another kernel gave it would never be freed.
"""

from __future__ import annotations

from numba import njit

leaf = njit(nogil=True, cache=True, _nrt=False)
"""Compile a kernel as a leaf; one that makes an array is refused when it is compiled."""
