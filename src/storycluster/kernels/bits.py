"""What Numba has no names for: eight bytes as one number, its ones; which of 64 bytes are letters; memmove."""

from __future__ import annotations

import sys

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LITTLE_ENDIAN = sys.byteorder == "little"


@intrinsic
def eight_bytes(typing_context, data, place):
    """Bytes ``place`` … ``place + 7`` of a uint8 array as one uint64, the first byte lowest. All must lie within it."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = cgutils.pointer_add(builder, array.data, arguments[1])
        value = builder.load(builder.bitcast(address, ir.IntType(64).as_pointer()), align=1)
        return value if LITTLE_ENDIAN else builder.bswap(value)

    return types.uint64(data, types.intp), generate


def load_64(context, builder, array_type, array, place):
    """Code that reads 64 bytes of a uint8 array as one vector."""
    vector = ir.VectorType(ir.IntType(8), 64)
    made = context.make_array(array_type)(context, builder, array)
    address = cgutils.pointer_add(builder, made.data, place)
    return builder.load(builder.bitcast(address, vector.as_pointer()), align=1)


def between(builder, read, low, high):
    """Code that tells which of 64 bytes lie from ``low`` to ``high``, both included."""
    lowest, size = (ir.Constant(read.type, [value] * 64) for value in (low, high - low + 1))
    return builder.icmp_unsigned("<", builder.sub(read, lowest), size)


def as_bits(builder, chosen):
    """Code that makes one uint64 of 64 choices, the first one lowest."""
    value = builder.bitcast(chosen, ir.IntType(64))
    return value if LITTLE_ENDIAN else builder.bitreverse(value)


@intrinsic
def letters_of_64(typing_context, data, place):
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array are ASCII letters: a uint64, the first one lowest.

    All must lie within the array. LLVM makes of it what vectors the processor has.
    """

    def generate(context, builder, signature, arguments):
        read = load_64(context, builder, signature.args[0], *arguments)
        lower = builder.or_(read, ir.Constant(read.type, [32] * 64))
        return as_bits(builder, between(builder, lower, 97, 122))

    return types.uint64(data, types.intp), generate


@intrinsic
def signs_of_64(typing_context, data, place):
    """As ``letters_of_64``, which are ASCII signs but quotation marks: neither letters, digits, ' nor double ones."""

    def generate(context, builder, signature, arguments):
        read = load_64(context, builder, signature.args[0], *arguments)
        lower = builder.or_(read, ir.Constant(read.type, [32] * 64))
        others = builder.or_(between(builder, lower, 97, 122), between(builder, read, 48, 57))
        for low, high in ((34, 34), (39, 39), (128, 255)):
            others = builder.or_(others, between(builder, read, low, high))
        return as_bits(builder, builder.not_(others))

    return types.uint64(data, types.intp), generate


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
