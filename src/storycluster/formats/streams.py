"""Binary streams that can be looked into, decompressed, and read line by line within bounds."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from storycluster.errors import FormatError, MissingExtraError
from storycluster.formats.intake import Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 18
LINES_BYTES = 1 << 20
"""Bytes of lines that are given at once, about."""
ZSTD_STEP = 1 << 10
"""Compressed bytes fed to zstd at a time: a kilobyte unpacks to some 45 MB at the very worst."""
CUT_OFF = "the {} data end too early: the file was cut off on its way; fetch or write it again"
PACKED_OTHERWISE = {b"\xfd7zX": "xz", b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7z"} | {
    b"BZh%d" % level: "bzip2" for level in range(1, 10)
}
"""The first four bytes of data that aren't unpacked here."""
DAMAGED = "the {} data are damaged ({}); fetch or write the file again"


class Source(io.RawIOBase):
    """A stream whose beginning can be looked at before it is read.

    An error that looking meets is raised when reading comes to the same place.

    Args:
        read: Gives up to so many bytes, b"" at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._kept = b""
        self._error: FormatError | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def look(self, size: int, enough: Callable[[bytes], bool] = lambda _: False) -> bytes:
        """The next bytes, which stay there: ``size`` of them, or fewer at the end or when they are ``enough``."""
        try:
            while len(self._kept) < size and not enough(self._kept) and (more := self._read(size - len(self._kept))):
                self._kept += more
        except FormatError as error:
            self._error = error
        return self._kept

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer as far as the next bytes go; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if self._kept:
            data, self._kept = self._kept[: len(view)], self._kept[len(view) :]
        elif self._error is not None:
            raise self._error
        else:
            data = self._read(len(view))
        view[: len(data)] = data
        return len(data)


def open_binary(stream: IO[bytes], name: str) -> Source:
    """A binary stream as a Source.

    Raises:
        FormatError: The stream gives text.
    """
    nothing: object = stream.read(0)
    if not isinstance(nothing, bytes):
        raise FormatError(
            f"{name}: expected a binary stream, such as open(path, 'rb'); got one that gives {type(nothing).__name__}"
        )
    read1: Callable[[int], bytes | None] = getattr(stream, "read1", stream.read)  # what has come, without waiting

    def read(size: int) -> bytes:
        data = read1(size)
        if data is None:
            raise BlockingIOError(f"{name}: expected a stream that waits for its data; got one that doesn't block")
        return data

    return Source(read)


def decompressed(source: Source, name: str) -> Source:
    """The source itself, or what is packed in it if it begins as gzip or zstd data do.

    Raises:
        FormatError: It is packed in another way.
        MissingExtraError: It is zstd, and that extra is not installed.
    """
    magic = source.look(4)
    if magic.startswith(b"\x1f\x8b"):
        return Source(gzip_reader(source))
    if magic == b"\x28\xb5\x2f\xfd":
        return Source(zstd_reader(source))
    if magic in PACKED_OTHERWISE:
        raise FormatError(
            f"{name}: expected a file that is plain or packed as gzip or zstd, got one packed as "
            f"{PACKED_OTHERWISE[magic]}; unpack it first"
        )
    return source


def gzip_reader(source: Source) -> Callable[[int], bytes]:
    """Reads what is packed as gzip; FormatError where the data are cut off or damaged."""
    unpacked = gzip.GzipFile(fileobj=io.BufferedReader(source, BLOCK))

    def read(size: int) -> bytes:
        try:
            return unpacked.read1(size)
        except EOFError:
            raise FormatError(CUT_OFF.format("gzip")) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise FormatError(DAMAGED.format("gzip", error)) from None

    return read


def zstd_reader(source: Source) -> Callable[[int], bytes]:
    """Reads what is packed as zstd; FormatError where the data are cut off or damaged."""
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("reading zstd files", "zstd") from None
    # stream_reader takes a frame that is cut off for its end; a decompressobj tells
    packed = io.BufferedReader(source, BLOCK)
    frame = zstandard.ZstdDecompressor().decompressobj()
    begun = False
    unpacked = memoryview(b"")

    def read(size: int) -> bytes:
        nonlocal frame, begun, unpacked
        while not unpacked:
            step = packed.read1(ZSTD_STEP)
            if frame.eof:
                step = frame.unused_data + step
                frame, begun = zstandard.ZstdDecompressor().decompressobj(), False
            if not step:
                if begun:
                    raise FormatError(CUT_OFF.format("zstd"))
                return b""
            begun = True
            try:
                unpacked = memoryview(frame.decompress(step))
            except zstandard.ZstdError as error:
                raise FormatError(DAMAGED.format("zstd", error)) from None
        data, unpacked = bytes(unpacked[:size]), unpacked[size:]
        return data

    return read


def read_lines(stream: io.BufferedReader, max_line_bytes: int) -> Iterator[tuple[int, bytes | Unreadable]]:
    """The lines with their numbers from 1, each with its ending.

    A longer line than allowed is Unreadable, and so is the place where compressed data break off.
    """
    number = 0
    try:
        while line := stream.readline(max_line_bytes + 1):
            number += 1
            if len(line) > max_line_bytes and not line.endswith(b"\n"):
                yield number, too_long(line, max_line_bytes)
                while (rest := stream.readline(BLOCK)) and not rest.endswith(b"\n"):
                    pass
            else:
                yield number, line
    except FormatError as error:
        yield number + 1, Unreadable(str(error))


def read_line_blocks(stream: io.BufferedReader, max_line_bytes: int) -> Iterator[tuple[int, int, bytes | Unreadable]]:
    """The same as ``read_lines``, many lines at once.

    Yields:
        The number of the first of some whole lines, the place where it begins, and the lines.
    """
    number, begin = 1, 0
    rest: list[bytes] = []
    held = 0
    failure: FormatError | None = None
    while True:
        try:
            data = stream.read1(LINES_BYTES)
        except FormatError as error:
            data, failure = b"", error
        if data:
            rest.append(data)
            held += len(data)
            if held < LINES_BYTES or (b"\n" not in data and held <= max_line_bytes):
                continue
        block = b"".join(rest)
        cut = len(block) if not data and failure is None else block.rfind(b"\n") + 1
        if cut > max_line_bytes:
            yield from within(block[:cut], number, begin, max_line_bytes)
        elif cut:
            yield number, begin, block[:cut]
        number += block.count(b"\n", 0, cut)
        begin += cut
        rest, held = [block[cut:]], len(block) - cut
        if not data:
            break
        if held > max_line_bytes:
            yield number, begin, too_long(block[cut:], max_line_bytes)
            number, begin = number + 1, begin + held
            rest, held = [], 0
            try:
                begin += pass_line(stream)
            except FormatError as error:
                failure = error
                break
    if failure is not None:
        yield number, begin, Unreadable(str(failure))


def pass_line(stream: io.BufferedReader) -> int:
    """Read to the end of a line; gives the bytes until there."""
    passed = 0
    while rest := stream.readline(BLOCK):
        passed += len(rest)
        if rest.endswith(b"\n"):
            break
    return passed


def within(block: bytes, number: int, begin: int, max_line_bytes: int) -> Iterator[tuple[int, int, bytes | Unreadable]]:
    """Some whole lines, some of which may be longer than allowed, in the shape of ``read_line_blocks``."""
    lines = io.BytesIO(block)
    while line := lines.readline():
        fits = len(line) <= max_line_bytes + line.endswith(b"\n")
        yield number, begin, line if fits else too_long(line, max_line_bytes)
        number += 1
        begin += len(line)


def too_long(line: bytes, max_line_bytes: int) -> Unreadable:
    """What stands for a line over the limit, with its beginning to know it by."""
    beginning = line[: min(60, max_line_bytes + 1)].decode("utf-8", "replace")
    return Unreadable(
        f"expected a line of at most {max_line_bytes:,} bytes, got a longer one ({beginning!r}…); raise max_line_bytes"
    )


def read_whole(stream: io.BufferedReader, name: str, max_bytes: int, remedy: str) -> bytes:
    """A whole document.

    Raises:
        FormatError: It is longer than allowed, or cut off.
    """
    parts: list[bytes] = []
    size = 0
    try:
        while part := stream.read1(BLOCK):
            size += len(part)
            if size > max_bytes:
                raise FormatError(f"expected a document of at most {max_bytes:,} bytes, got more; {remedy}")
            parts.append(part)
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from None
    return b"".join(parts)


def decode(data: bytes, name: str) -> str:
    """UTF-8 bytes as text, without a byte order mark.

    Raises:
        FormatError: They aren't UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: {not_utf8(error)}") from None


def not_utf8(error: UnicodeDecodeError) -> str:
    """What is wrong with bytes that aren't UTF-8, and what to do."""
    wrong: Any = error.object[error.start]
    return f"expected UTF-8, got the byte 0x{wrong:02x} at {error.start}; convert the file to UTF-8"
