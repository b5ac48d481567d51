"""Files that are there whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from storycluster.errors import FormatError

DEVICES = (("/", "dev"), ("/", "proc"))


def check_output(path: str | os.PathLike[str]) -> None:
    """See that a file can have this name, before there is anything to write.

    Raises:
        FormatError: It can't: what stands there, or where, or what the name promises.
    """
    target = Path(path)
    if path == "-" or target.parts[:2] in DEVICES:
        return
    if target.suffix.lower() == ".zst":
        raise FormatError(f"{target}: expected a name for a plain or a .gz file; zstd is read, not written")
    if target.is_dir():
        raise FormatError(f"{target}: expected the name of a file to write, got a folder")
    if target.is_file():
        with target.open("rb") as file:
            if file.read(16) == b"SQLite format 3\0":
                raise FormatError(f"{target}: this is a database, perhaps an index; name another file to write to")
    if not target.resolve().parent.is_dir():
        raise FormatError(f"{target}: there is no folder {target.parent} to write to")


@contextmanager
def open_output(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary stream to write to, for a ``with`` block.

    A file appears under its name when the block ends without an error; until then it stands beside it under a hidden
    name, which an error or an interrupt takes away. What is no plain file (a pipe, ``/dev/null``) is written to
    directly. A name ending in ``.gz`` is packed, the same bytes every time.

    Args:
        path: Where to; "-" is standard output.

    Raises:
        FormatError: No file can have this name.
        OSError: The place can't be written to.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    check_output(path)
    target = Path(path)
    # /dev/stdout may lead to a plain file, which the shell has opened: it must not be put another in the place of
    if target.parts[:2] in DEVICES or (target.exists() and not target.is_file()):
        with target.open("ab") as file:
            yield file
        return
    place = target.resolve()  # a symbolic link stays one
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield from packed(file) if target.suffix.lower() == ".gz" else (file,)
        if place.exists():
            beside.chmod(place.stat().st_mode & 0o777)
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def packed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file as one that packs; without time and name in it, so that equal input gives equal bytes."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as unpacked:
        buffered = io.BufferedWriter(unpacked, 1 << 16)
        yield buffered
        buffered.flush()
