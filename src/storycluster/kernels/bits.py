"""Words of bits that Numba has no names for: eight bytes as one number, its ones; which of 64 bytes are letters."""

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


@intrinsic
def ascii_letters_of_64(typing_context, data, place):
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array are ASCII letters: a uint64, the first one lowest.

    All must lie within the array. LLVM makes of it what vectors the processor has.
    """

    def generate(context, builder, signature, arguments):
        vector = ir.VectorType(ir.IntType(8), 64)
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = cgutils.pointer_add(builder, array.data, arguments[1])
        read = builder.load(builder.bitcast(address, vector.as_pointer()), align=1)
        lower = builder.or_(read, ir.Constant(vector, [32] * 64))
        letters = builder.icmp_unsigned("<", builder.sub(lower, ir.Constant(vector, [97] * 64)), ir.Constant(vector, [26] * 64))
        value = builder.bitcast(letters, ir.IntType(64))
        return value if LITTLE_ENDIAN else builder.bitreverse(value)

    return types.uint64(data, types.intp), generate


@intrinsic
def trailing_zeros(typing_context, value):
    """The place of the lowest one in a uint64; 64 of 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.intp(types.uint64), generate


@intrinsic
def leading_zeros(typing_context, value):
    """The places above the highest one in a uint64; 64 of 0."""

    def generate(context, builder, signature, arguments):
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.intp(types.uint64), generate


@intrinsic
def count_ones(typing_context, value):
    """How many ones there are in a uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.intp(types.uint64), generate
