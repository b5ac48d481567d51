"""Where an index is: a path, or the address of a server, which may hold a password."""

from __future__ import annotations

import re
from os import PathLike, fspath

from storycluster.errors import SettingsError, StoreError

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
"""How the address of any server begins."""
SCHEMA_NAME = "storycluster"
"""Where an index is whose address names no other one."""


def is_address(path: str | PathLike[str]) -> bool:
    """Whether a path is the address of a server."""
    return fspath(path).startswith(("postgresql://", "postgres://"))


def split_address(address: str) -> tuple[str, str]:
    """The address for the driver, and the name of the schema.

    Raises:
        StoreError: The schema can't have this name, or a password is not written as an address has it.
    """
    if address.partition("//")[2].partition("/")[0].count("@") > 1:
        raise StoreError(f"{shown(address)}: expected one @, before the host; write the @ of a password as %40")
    server, _, schema = address.rpartition("#")
    if not server or "@" in schema or "/" in schema:  # the # is part of a password
        return address, SCHEMA_NAME
    if schema and not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        raise StoreError(
            f"{shown(address)}: expected a schema's name of small letters, digits and _ after #; name another"
        )
    return server, schema or SCHEMA_NAME


def check_place(path: object, name: str) -> None:
    """Refuse what no index can stand at.

    Args:
        path: A path, or the address of a server.
        name: The argument, for messages.

    Raises:
        SettingsError: It is neither.
        StoreError: It is empty, no file can have it, or it is the address of a server that we don't know.
    """
    if not isinstance(path, (str, PathLike)):
        raise SettingsError(f"{name}: expected a path or an address, got {path!r:.80}")
    if not fspath(path):
        raise StoreError("'': expected the path or the address of an index, got an empty name")
    if "\0" in fspath(path):
        raise StoreError(f"{fspath(path)!r}: expected the name of a file, which holds no zero byte; name another")
    if ADDRESS.match(fspath(path)) and not is_address(path):
        raise StoreError(f"{shown(path)}: expected a path, or an address that begins with postgresql://; name another")


def shown(path: str | PathLike[str]) -> str:
    """A path as it is, an address without its password."""
    if not ADDRESS.match(fspath(path)):
        return fspath(path)
    return re.sub(r"(//[^/@:?]*):.*@", r"\1:***@", re.sub(r"(password=)[^&]*", r"\1***", fspath(path)))
