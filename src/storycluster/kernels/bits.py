"""What Numba has no names for: vectors, ones and zeros of numbers, memory that is moved or fetched ahead.

Eight bytes as one number; which of 64 bytes are letters; which of a bucket's eight slots has a tag; memmove, memcpy.
"""

from __future__ import annotations

import sys

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from storycluster.kernels.leaves import leaf

ALL_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)
LITTLE_ENDIAN = sys.byteorder == "little"
BYTES = ir.VectorType(ir.IntType(8), 64)
VECTOR = 16
"""Values of 32 bits in the widest vectors that processors have."""


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


def is_digit(builder, read):
    """ASCII digits."""
    return between(builder, read, 48, 57)


def is_sign(builder, read):
    """What is ASCII, but no letter, digit, ' nor "."""
    others = builder.or_(is_letter(builder, read), is_digit(builder, read))
    for low, high in ((34, 34), (39, 39), (128, 255)):
        others = builder.or_(others, between(builder, read, low, high))
    return builder.not_(others)


@intrinsic
def ascii_of_64(typing_context, data, place):
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array are ASCII letters or digits: a uint64.

    The first one's bit is the lowest. All must lie within the array. LLVM makes of it what vectors the processor has.
    """
    return types.uint64(data, types.intp), bits_where(
        lambda builder, read: builder.or_(is_letter(builder, read), is_digit(builder, read))
    )


@intrinsic
def digits_of_64(typing_context, data, place):
    """As ``ascii_of_64``, which are ASCII digits."""
    return types.uint64(data, types.intp), bits_where(is_digit)


@intrinsic
def capitals_of_64(typing_context, data, place):
    """As ``ascii_of_64``, which are A–Z."""
    return types.uint64(data, types.intp), bits_where(lambda builder, read: between(builder, read, 65, 90))


@intrinsic
def points_of_64(typing_context, data, place):
    """As ``ascii_of_64``, which are points."""
    return types.uint64(data, types.intp), bits_where(lambda builder, read: between(builder, read, 46, 46))


@intrinsic
def wide_of_64(typing_context, data, place):
    """As ``ascii_of_64``, which belong to code points of several bytes."""
    return types.uint64(data, types.intp), bits_where(lambda builder, read: between(builder, read, 128, 255))


@intrinsic
def signs_of_64(typing_context, data, place):
    """As ``ascii_of_64``, which are ASCII signs but quotation marks: neither letters, digits, ' nor double ones."""
    return types.uint64(data, types.intp), bits_where(is_sign)


@intrinsic
def bytes_without(typing_context, data, place, unwanted):
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array have none of some bits: as ``letters_of_64``."""

    def generate(context, builder, signature, arguments):
        wanted = ir.Constant(BYTES, ir.Undefined)
        wanted = builder.insert_element(wanted, arguments[2], ir.Constant(ir.IntType(32), 0))
        every = builder.shuffle_vector(wanted, wanted, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))
        found = bits_where(lambda builder, read: builder.icmp_unsigned("==", builder.and_(read, every), each(0)))
        return found(context, builder, signature, arguments)

    return types.uint64(data, types.intp, types.uint8), generate


def check_32_bits(*arrays):
    """Refuse arrays of other values than uint32: what reads them as such would read something else.

    Raises:
        TypingError: When the code that has them is compiled.
    """
    for array in arrays:
        if array.dtype != types.uint32:
            raise TypingError(f"expected an array of uint32, got {array}")


def check_buckets(buckets):
    """Refuse what isn't rows of 16 uint32 side by side.

    Raises:
        TypingError: When the code that has it is compiled.
    """
    check_32_bits(buckets)
    if buckets.ndim != 2 or buckets.layout != "C":
        raise TypingError(f"expected rows side by side, got {buckets}")


@intrinsic
def equal_ahead(typing_context, some, i, others, j):
    """How many of VECTOR values of a uint32 array, from place ``i`` on, are those of another from place ``j`` on.

    They are compared in step, and counted up to the first two that differ. All must lie within the arrays.
    """
    check_32_bits(some, others)

    def generate(context, builder, signature, arguments):
        lanes = ir.VectorType(ir.IntType(32), VECTOR)
        read = []
        for array, value, place in zip(signature.args[::2], arguments[::2], arguments[1::2], strict=True):
            made = context.make_array(array)(context, builder, value)
            address = builder.bitcast(builder.gep(made.data, [place]), lanes.as_pointer())
            read.append(builder.load(address, align=1))
        equal = builder.bitcast(builder.icmp_unsigned("!=", *read), ir.IntType(VECTOR))
        equal = equal if LITTLE_ENDIAN else builder.bitreverse(equal)
        return builder.zext(builder.cttz(equal, ir.Constant(ir.IntType(1), 0)), ir.IntType(64))

    return types.intp(some, types.intp, others, types.intp), generate


def eight_slots(context, builder, array, value, bucket):
    """LLVM's code for the eight tags and the eight values of a bucket, a row of 16 of a uint32 array, as vectors."""
    made = context.make_array(array)(context, builder, value)
    lanes = ir.VectorType(ir.IntType(32), 8)
    first = builder.mul(bucket, ir.Constant(cgutils.intp_t, 16))
    second = builder.add(first, ir.Constant(cgutils.intp_t, 8))
    addresses = (builder.bitcast(builder.gep(made.data, [at]), lanes.as_pointer()) for at in (first, second))
    return [builder.load(address, align=4) for address in addresses]


def first_slot(builder, passing):
    """LLVM's code for the first of eight bits that is set, above 7 if none is."""
    bits = builder.bitcast(passing, ir.IntType(8))
    bits = builder.zext(bits if LITTLE_ENDIAN else builder.bitreverse(bits), ir.IntType(64))
    return builder.cttz(bits, ir.Constant(ir.IntType(1), 0))


NO_SLOT = ir.Constant(ir.VectorType(ir.IntType(32), 8), [0xFFFFFFFF] * 8)


@intrinsic
def slot_of(typing_context, buckets, bucket, tag):
    """The first of eight slots of a bucket that has this tag and isn't empty; above 7 if there is none.

    ``buckets`` is a uint32 array (n, 16): eight tags, then eight values, of which one with all bits set is none.
    """
    check_buckets(buckets)

    def generate(context, builder, signature, arguments):
        tags, values = eight_slots(context, builder, signature.args[0], *arguments[:2])
        every = ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8)
        wanted = builder.insert_element(NO_SLOT, arguments[2], ir.Constant(ir.IntType(32), 0))
        equal = builder.icmp_unsigned("==", tags, builder.shuffle_vector(wanted, wanted, every))
        return first_slot(builder, builder.and_(equal, builder.icmp_unsigned("!=", values, NO_SLOT)))

    return types.intp(buckets, types.intp, types.uint32), generate


@intrinsic
def empty_slot(typing_context, buckets, bucket):
    """The first empty one of eight slots of a bucket (``slot_of``); above 7 if there is none."""
    check_buckets(buckets)

    def generate(context, builder, signature, arguments):
        _, values = eight_slots(context, builder, signature.args[0], *arguments)
        return first_slot(builder, builder.icmp_unsigned("==", values, NO_SLOT))

    return types.intp(buckets, types.intp), generate


@intrinsic
def hash_vector(typing_context, words, i, width, prime, out, k):
    """Write ``minhash.mix32`` of the ``minhash.shingle_hashes`` that begin at VECTOR words from place ``i`` on.

    ``words`` and ``out`` are uint32 arrays; the shingles, ``width`` words each, must lie within the one, and what is
    written from place ``k`` on within the other. ``prime`` is the polynomial's multiplier.
    """
    check_32_bits(words, out)
    lanes = ir.VectorType(ir.IntType(32), VECTOR)

    def generate(context, builder, signature, arguments):
        read, written = (context.make_array(signature.args[q])(context, builder, arguments[q]) for q in (0, 4))

        def constant(value):
            return ir.Constant(lanes, [value] * VECTOR)

        def from_word(place):
            address = builder.bitcast(builder.gep(read.data, [place]), lanes.as_pointer())
            return builder.load(address, align=1)

        def mixed(value, shift):
            return builder.xor(value, builder.lshr(value, constant(shift)))

        every = ir.Constant(ir.VectorType(ir.IntType(32), VECTOR), [0] * VECTOR)
        factor = builder.insert_element(ir.Constant(lanes, ir.Undefined), arguments[3], ir.Constant(ir.IntType(32), 0))
        factor = builder.shuffle_vector(factor, factor, every)
        sums = cgutils.alloca_once_value(builder, from_word(arguments[1]))
        with cgutils.for_range_slice(
            builder, ir.Constant(cgutils.intp_t, 1), arguments[2], ir.Constant(cgutils.intp_t, 1)
        ) as (later, _):
            grown = builder.mul(builder.load(sums), factor)
            builder.store(builder.add(grown, from_word(builder.add(arguments[1], later))), sums)
        value = mixed(builder.load(sums), 16)
        value = mixed(builder.mul(value, constant(0x85EBCA6B)), 13)
        value = mixed(builder.mul(value, constant(0xC2B2AE35)), 16)
        target = builder.bitcast(builder.gep(written.data, [arguments[5]]), lanes.as_pointer())
        builder.store(value, target, align=1)
        return context.get_dummy_value()

    return types.void(words, types.intp, types.intp, types.uint32, out, types.intp), generate


@intrinsic
def trailing_zeros(typing_context, value):
    """The place of the lowest one in a uint64; 64 of 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.intp(types.uint64), generate


@intrinsic
def leading_zeros(typing_context, value):
    """How many zeros stand above the highest one in a uint64; 64 of 0."""

    def generate(context, builder, signature, arguments):
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.intp(types.uint64), generate


@intrinsic
def count_ones(typing_context, value):
    """How many ones there are in a uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.intp(types.uint64), generate


def fetch_ahead(builder, address):
    """LLVM's code that has the processor bring an address into its cache, without waiting for it."""
    number = ir.IntType(32)
    called = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
    prefetch = cgutils.get_or_insert_function(builder.module, called, "llvm.prefetch.p0i8")
    address = builder.bitcast(address, cgutils.voidptr_t)
    builder.call(prefetch, [address, number(0), number(3), number(1)])  # to read, to stay, data


@intrinsic
def fetch(typing_context, array, place):
    """Have the processor bring a place of a one-dimensional array into its cache, without waiting for it."""

    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        fetch_ahead(builder, builder.gep(made.data, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@leaf
def fetch_numbers(numbers, first, stop):
    """As ``fetch``, the places first … stop - 1 of an array of 32 bits a place, 64 bytes at a time."""
    for i in range(first, stop, 16):
        fetch(numbers, i)


@leaf
def fetch_bytes(data, first, stop):
    """As ``fetch``, the places first … stop - 1 of an array of bytes, 64 at a time."""
    for i in range(first, stop, 64):
        fetch(data, i)


@intrinsic
def fetch_bucket(typing_context, buckets, bucket):
    """As ``fetch``, a whole bucket (``slot_of``)."""
    check_buckets(buckets)

    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        first = builder.mul(arguments[1], ir.Constant(cgutils.intp_t, 16))
        for at in (0, 15):
            place = builder.add(first, ir.Constant(cgutils.intp_t, at))
            fetch_ahead(builder, builder.gep(made.data, [place]))
        return context.get_dummy_value()

    return types.void(buckets, types.intp), generate


@intrinsic
def move_within(typing_context, array, to, start, count):
    """Move ``count`` values of a one-dimensional array from place ``start`` to place ``to``; the two may overlap."""

    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        target, source = (builder.gep(made.data, [place]) for place in arguments[1:3])
        cgutils.raw_memmove(builder, target, source, arguments[3], made.itemsize)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, types.intp), generate


@leaf
def copy_bytes(source, at, out, begin, end):
    """Copy bytes from a place of ``source`` to a stretch of ``out``."""
    read, written = source[at:], out[begin:end]  # views: with places that count from 0, the loop is vectorized
    for i in range(end - begin):
        written[i] = read[i]


@leaf
def copy_values(source, out):
    """Copy the values of an array to the first places of another one.

    For what assigning to a slice says when the sizes differ, Numba compiles half of its strings, three seconds long.
    """
    for i in range(source.size):
        out[i] = source[i]


@njit(nogil=True, cache=True)
def grown(values, needed):
    """The array with room for ``needed`` entries."""
    if needed <= values.size:
        return values
    larger = np.empty(max(needed, 2 * values.size), values.dtype)
    copy_values(values, larger)
    return larger
