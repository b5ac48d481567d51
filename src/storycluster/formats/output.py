"""Files that are there whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from storycluster.errors import FormatError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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


class NamedFile(io.FileIO):
    """A file that says in errors what it is to be called.

    Args:
        path: Where it stands.
        mode: ``wb`` or ``ab``.
        name: Its name for messages.
    """

    def __init__(self, path: Path, mode: str, name: Path) -> None:
        self._name = str(name)
        try:
            super().__init__(str(path), mode)
        except OSError as error:
            error.filename = self._name
            raise

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of the bytes: how many."""
        try:
            return super().write(data)
        except OSError as error:
            error.filename = self._name
            raise


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
    with open_outputs() as opened:
        yield opened(path)


@contextmanager
def open_outputs() -> Iterator[Callable[[str | os.PathLike[str]], IO[bytes]]]:
    """The same for several files, each opened within by a call: they appear when all are whole, or none does.

    Raises:
        FormatError: No file can have a name.
        OSError: A place can't be written to.
    """
    with ExitStack() as named, ExitStack() as written:

        def opened(path: str | os.PathLike[str]) -> IO[bytes]:
            if path == "-":
                return written.enter_context(standard_output())
            check_output(path)
            target = Path(path)
            # /dev/stdout may lead to a plain file, which the shell has opened: it must not be put another in its place
            if target.parts[:2] in DEVICES or (target.exists() and not target.is_file()):
                return written.enter_context(io.BufferedWriter(NamedFile(target, "ab", target)))
            beside = named.enter_context(taking_place(target))
            file = written.enter_context(io.BufferedWriter(NamedFile(beside, "wb", target)))
            return written.enter_context(packed(file)) if target.suffix.lower() == ".gz" else file

        yield opened


@contextmanager
def standard_output() -> Iterator[IO[bytes]]:
    """Standard output; what was written is let go of in the end."""
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def taking_place(target: Path) -> Iterator[Path]:
    """A name beside a file's own, under which it is written until the block ends without an error.

    Raises:
        OSError: It can't be renamed.
    """
    place = target.resolve()  # a symbolic link stays one
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        yield beside
        if place.exists():
            beside.chmod(place.stat().st_mode & 0o777)
        beside.replace(place)
    except BaseException as error:
        with suppress(OSError):  # it isn't there
            beside.unlink()
        if isinstance(error, OSError) and error.filename == str(beside):
            error.filename = str(target)
        raise


@contextmanager
def packed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file as one that packs; without time and name in it, so that equal input gives equal bytes."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as unpacked:
        buffered = io.BufferedWriter(unpacked, 1 << 16)
        yield buffered
        buffered.flush()
