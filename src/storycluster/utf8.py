"""Strings ↔ UTF-8 in which anything may stand that a Python str can hold."""

from __future__ import annotations


def encode(text: str) -> bytes:
    """UTF-8, lone surrogates passed."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """What ``encode`` took."""
    return data.decode("utf-8", "surrogatepass")
