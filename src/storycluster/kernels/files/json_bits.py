"""Which of 64 bytes matter to a reader of JSON: as bits of one number, which vectors of the processor find at once."""

from __future__ import annotations

from numba import types
from numba.extending import intrinsic

from storycluster.kernels.bits import bits_where, each


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
def string_ends_of_64(typing_context, data, place):
    """Which of the bytes ``place`` … ``place + 63`` of a uint8 array don't stand for themselves in a JSON string."""
    return types.uint64(data, types.intp), bits_where(is_no_plain_string)


@intrinsic
def markup_of_64(typing_context, data, place):
    """Which are signs that markup begins with."""
    return types.uint64(data, types.intp), bits_where(is_markup)


@intrinsic
def escapes_of_64(typing_context, data, place):
    """Which are backslashes."""
    return types.uint64(data, types.intp), bits_where(is_escape)


@intrinsic
def seen_of_64(typing_context, data, place):
    """Which are no white space nor control characters."""
    return types.uint64(data, types.intp), bits_where(is_seen)
