"""What is told of a word beside its hash, a bit each."""

QUOTED = 1
"""Stands in quotation marks."""
NUMBER = 2
"""Contains a digit."""
CAPITAL = 4
"""Begins with a capital letter."""
FURNITURE = 8
"""Is furniture of its outlet."""

FLAG_BITS = 4
"""Bits that a word's hash leaves free for them."""
