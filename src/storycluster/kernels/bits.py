"""What Numba has no names for: eight bytes as one number, its ones; which of 64 bytes are letters; memmove, memcpy."""

from __future__ import annotations

import sys

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LITTLE_ENDIAN = sys.byteorder == "little"
BYTES = ir.VectorType(ir.IntType(8), 64)


@intrinsic
def eight_bytes(typing_context, data, place):
    """Bytes ``place`` … ``place + 7`` of a uint8 array as one uint64, the first byte lowest. All must lie within it."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = cgutils.pointer_add(builder, array.data, arguments[1])
        value = builder.load(builder.bitcast(address, ir.IntType(64).as_pointer()), align=1)
        return value if LITTLE_ENDIAN else builder.bswap(value)

    return types.uint64(data, types.intp), generate


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


def between(builder, read, low, high):
    """Which of 64 bytes lie from ``low`` to ``high``, both included."""
    return builder.icmp_unsigned("<", builder.sub(read, each(low)), each(high - low + 1))


def is_letter(builder, read):
    """ASCII letters."""
    return between(builder, builder.or_(read, each(32)), 97, 122)


def is_sign(builder, read):
    """What is ASCII, but no letter, digit, ' nor "."""
    others = builder.or_(is_letter(builder, read), between(builder, read, 48, 57))
    for low, high in ((34, 34), (39, 39), (128, 255)):
        others = builder.or_(others, between(builder, read, low, high))
    return builder.not_(others)


@intrinsic
def letters_of_64(typing_context, data, place):
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array are ASCII letters: a uint64, the first one lowest.

    All must lie within the array. LLVM makes of it what vectors the processor has.
    """
    return types.uint64(data, types.intp), bits_where(is_letter)


@intrinsic
def signs_of_64(typing_context, data, place):
    """As ``letters_of_64``, which are ASCII signs but quotation marks: neither letters, digits, ' nor double ones."""
    return types.uint64(data, types.intp), bits_where(is_sign)


@intrinsic
def trailing_zeros(typing_context, value):
    """The place of the lowest one in a uint64; 64 of 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.intp(types.uint64), generate


@intrinsic
def count_ones(typing_context, value):
    """How many ones there are in a uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.intp(types.uint64), generate


@intrinsic
def move_within(typing_context, array, to, start, count):
    """Move ``count`` values of a one-dimensional array from place ``start`` to place ``to``; the two may overlap."""

    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        target, source = (builder.gep(made.data, [place]) for place in arguments[1:3])
        cgutils.raw_memmove(builder, target, source, arguments[3], made.itemsize)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, types.intp), generate


@njit(nogil=True, cache=True)
def copy_bytes(source, at, out, begin, end):
    """Copy bytes from a place of ``source`` to a stretch of ``out``."""
    read, written = source[at:], out[begin:end]  # views: with places that count from 0, the loop is vectorized
    for i in range(end - begin):
        written[i] = read[i]
