"""Python's strings → UTF-8, read where Python keeps them: as code units of one, two or four bytes (PEP 393)."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import carray, njit, types  # type: ignore[attr-defined]  # numba doesn't list it
from numba.core import cgutils
from numba.extending import intrinsic

from storycluster.kernels.bits import LITTLE_ENDIAN, count_ones, trailing_zeros
from storycluster.kernels.leaves import leaf

STEP = 32
"""Code units looked at at once."""
LONGEST = 4
"""Bytes of a code point in UTF-8, at most."""
FEW = 4
"""Code units of STEP that are no ASCII characters, at most, for which it pays to go back to looking at many at once."""
BEYOND = np.uint64(1) << np.uint64(STEP)
"""The bit after those of STEP units."""


@intrinsic
def string_units(typing_context, text):
    """Where a str's code units are, how many there are, and how many bytes each has: it must outlive the address."""

    def generate(context, builder, signature, arguments):
        made = cgutils.create_struct_proxy(types.unicode_type)(context, builder, value=arguments[0])
        address = builder.bitcast(made.data, context.get_value_type(types.voidptr))
        width = builder.sext(made.kind, cgutils.intp_t)
        return context.make_tuple(builder, signature.return_type, [address, made.length, width])

    return types.Tuple((types.voidptr, types.intp, types.intp))(types.unicode_type), generate


@intrinsic
def narrow(typing_context, units, i, out, n):
    """Write the low bytes of STEP code units from place ``i`` on to place ``n`` of ``out``.

    Returns:
        uint64: which of them are no ASCII characters, the first one's bit lowest.
    """

    def generate(context, builder, signature, arguments):
        read, written = (
            context.make_array(array)(context, builder, value)
            for array, value in zip(signature.args[::2], arguments[::2], strict=True)
        )
        unit = context.get_value_type(signature.args[0].dtype)
        source = builder.bitcast(builder.gep(read.data, [arguments[1]]), ir.VectorType(unit, STEP).as_pointer())
        value = builder.load(source, align=1)
        low = value if unit.width == 8 else builder.trunc(value, ir.VectorType(ir.IntType(8), STEP))
        target = builder.bitcast(builder.gep(written.data, [arguments[3]]), low.type.as_pointer())
        builder.store(low, target, align=1)
        mask = builder.bitcast(
            builder.icmp_unsigned(">", value, ir.Constant(value.type, [127] * STEP)), ir.IntType(STEP)
        )
        return builder.zext(mask if LITTLE_ENDIAN else builder.bitreverse(mask), ir.IntType(64))

    return types.uint64(units, types.intp, out, types.intp), generate


@leaf
def encode_units(units, start, out, byte_start):
    """Write code units as UTF-8; a lone surrogate as its three bytes, as Python's ``surrogatepass`` has it.

    Args:
        units: uint8, uint16 or uint32: the code points of all strings.
        start: int64, one more than strings: where each one begins.
        out: uint8, written; needs LONGEST bytes a unit, and STEP more.
        byte_start: int64, one more than strings, written: where each one begins there.
    """
    n = 0
    byte_start[0] = 0
    for t in range(start.size - 1):
        i, stop = start[t], start[t + 1]
        while i < stop:
            few = False
            if i + STEP <= stop:
                odd = narrow(units, i, out, n)
                ahead = trailing_zeros(odd | BEYOND)
                n += ahead
                i += ahead
                if ahead == STEP:
                    continue
                few = count_ones(odd) <= FEW
            last = min(i + STEP, stop)
            while i < last:
                code = np.uint32(units[np.uint64(i)])
                i += 1
                if code < 0x800:  # one byte or two, written whether or not it is two: a step no branch can slow
                    wide = np.int64(code >= 0x80)
                    out[np.uint64(n)] = code ^ (code ^ (0xC0 | code >> 6)) & np.uint32(-wide)
                    out[np.uint64(n + 1)] = 0x80 | code & 0x3F
                    n += 1 + wide
                elif code < 0x10000:
                    out[n], out[n + 1], out[n + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
                    n += 3
                else:
                    out[n], out[n + 1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 0x3F
                    out[n + 2], out[n + 3] = 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
                    n += 4
                if few and i < stop and units[i] < 0x80:
                    break
        byte_start[t + 1] = n


@njit(nogil=True, cache=True)
def encode_joined(text, start, out, byte_start):
    """``encode_units`` of the code units of a str."""
    address, size, width = string_units(text)
    if width == 1:
        encode_units(carray(address, size, np.uint8), start, out, byte_start)
    elif width == 2:
        encode_units(carray(address, size, np.uint16), start, out, byte_start)
    else:
        encode_units(carray(address, size, np.uint32), start, out, byte_start)
