"""Which of 64 bytes matter to a reader of JSON: as bits of one number, which vectors of the processor find at once."""

from __future__ import annotations

import sys

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LITTLE_ENDIAN = sys.byteorder == "little"
BYTES = ir.VectorType(ir.IntType(8), 64)


def each(byte):
    """A vector of 64 equal bytes."""
    return ir.Constant(BYTES, [byte] * 64)


def bits_where(test):
    """LLVM's code for the bytes of an array from a place on that pass a test, as a uint64, the first one lowest.

    Args:
        test: Takes LLVM's builder and a vector of 64 bytes; gives a vector of 64 bits.
    """

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = cgutils.pointer_add(builder, array.data, arguments[1])
        read = builder.load(builder.bitcast(address, BYTES.as_pointer()), align=1)
        value = builder.bitcast(test(builder, read), ir.IntType(64))
        return value if LITTLE_ENDIAN else builder.bitreverse(value)

    return generate


def is_no_plain_string(builder, read):
    """Quotation marks, backslashes, control characters, and what is no ASCII."""
    end = builder.or_(
        builder.icmp_unsigned("==", read, each(ord('"'))), builder.icmp_unsigned("==", read, each(ord("\\")))
    )
    # signed, bytes beyond ASCII are below 0
    return builder.or_(end, builder.icmp_signed("<", read, each(ord(" "))))


def is_markup(builder, read):
    """Signs that markup begins with: "<" and "&"."""
    return builder.or_(
        builder.icmp_unsigned("==", read, each(ord("<"))), builder.icmp_unsigned("==", read, each(ord("&")))
    )


def is_escape(builder, read):
    """Backslashes."""
    return builder.icmp_unsigned("==", read, each(ord("\\")))


def is_seen(builder, read):
    """What is no white space nor control character."""
    return builder.icmp_unsigned(">", read, each(ord(" ")))


@intrinsic
def string_ends_of_64(typing_context, data, place):  # noqa: ARG001  # numba's types, which the code has no use for
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array don't stand for themselves in a JSON string."""
    return types.uint64(data, types.intp), bits_where(is_no_plain_string)


@intrinsic
def markup_of_64(typing_context, data, place):  # noqa: ARG001  # as above
    """Which are signs that markup begins with."""
    return types.uint64(data, types.intp), bits_where(is_markup)


@intrinsic
def escapes_of_64(typing_context, data, place):  # noqa: ARG001  # as above
    """Which are backslashes."""
    return types.uint64(data, types.intp), bits_where(is_escape)


@intrinsic
def seen_of_64(typing_context, data, place):  # noqa: ARG001  # as above
    """Which are no white space nor control characters."""
    return types.uint64(data, types.intp), bits_where(is_seen)
