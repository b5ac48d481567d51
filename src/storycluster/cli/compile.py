"""``storycluster compile``: all kernels, before anything waits for them."""

from __future__ import annotations

import time
from functools import partial

import click

from storycluster.cli.index.opening import load_index_kernels
from storycluster.cli.road import load_kernels, say, warm_up


@click.command(name="compile", short_help="Compile the kernels, so that no first run waits for it.")
def compile_kernels() -> None:
    """Compile the kernels of a batch and of an index, where that hasn't been done on this machine; a few minutes.

    They are kept beside the package, or where NUMBA_CACHE_DIR names a folder: have whoever runs storycluster use the
    same one, if the package's own folder can't be written to then.

    \b
    Example, when an image is built:
      NUMBA_CACHE_DIR=/opt/kernels storycluster compile
    """
    began = time.perf_counter()
    load_kernels(partial(warm_up, wholly=True))
    load_index_kernels()
    say([f"all kernels are compiled ({time.perf_counter() - began:.1f} s)"])
