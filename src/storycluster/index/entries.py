"""What can happen to an index: entries that are applied in one order (``desk``).

An entry carries all that applying it needs, so that whoever applies the same entries in the same order, in whatever
process, has the same stories. As bytes it is a head in JSON and arrays; nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from storycluster.columns import Array, Fingerprints
from storycluster.errors import StoreError


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Articles that came together, in their order.

    Args:
        at: When they arrived, microseconds since 1970 UTC.
        now: When the entry was made, the same.
        ids: UTF-8, lone surrogates passed.
        outlets: Their outlets' names, encoded alike.
        published: int64: seconds, or UNKNOWN_TIME.
        titles: uint64: hashes of their folded titles.
        contents: Hash of all that each one is.
        about: Their fields but for the text, as ``ArticleRow`` has them.
        bodies: Their packed texts, None where texts aren't kept.
        fingerprints: Of their texts.
        seeding: Whether they are a batch's, whose stories are found when all are there.
    """

    at: int
    now: int
    ids: Sequence[bytes]
    outlets: Sequence[bytes]
    published: Array
    titles: Array
    contents: Sequence[bytes]
    about: Sequence[bytes]
    bodies: Sequence[bytes | None]
    fingerprints: Fingerprints
    seeding: bool = False


@dataclass(frozen=True, slots=True)
class Removals:
    """Articles that go.

    Args:
        now: When the entry was made.
        kind: Why.
        ids: Their ids.
        numbers: Their numbers, 0 where whatever has the id is meant: an article that has come anew stays.
    """

    now: int
    kind: Literal["removed", "expired"]
    ids: Sequence[bytes]
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Refresh:
    """What was learnt is applied.

    Args:
        now: When the entry was made.
        relink: Whether all matches are found anew, too.
    """

    now: int
    relink: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the caller says of two articles: together, apart, or nothing any more.

    Args:
        now: When the entry was made.
        low: The lesser id.
        high: The greater one.
        must: True for ``must_link``, False for ``cannot_link``, None for neither.
    """

    now: int
    low: bytes
    high: bytes
    must: bool | None


@dataclass(frozen=True, slots=True)
class Terms:
    """Other terms for the index from here on; None leaves one as it is.

    Args:
        now: When the entry was made.
        refresh_every: Articles that come or go between two refreshes.
        by_publication: Whether ages count from publication.
        aliases: The caller's own outlet aliases: canonical name → spellings.
    """

    now: int
    refresh_every: int | None
    by_publication: bool | None
    aliases: dict[str, list[str]] | None


Entry = Arrivals | Removals | Refresh | Said | Terms
KINDS: dict[str, type[Entry]] = {kind.__name__: kind for kind in (Arrivals, Removals, Refresh, Said, Terms)}
COLUMNS: dict[str, type[np.generic]] = {
    "words": np.uint32, "flags": np.uint8, "word_start": np.int64, "signatures": np.uint32, "sample": np.uint32,
    "sample_place": np.uint32, "sample_start": np.int64, "digests": np.uint64,
}  # fmt: skip
"""The arrays of ``Fingerprints``, as an entry has them: little-endian."""
HEAD_OF_ARRIVALS = {"at", "now", "seeding", "recipe"}
PARTS_OF_ARRIVALS = 5 * 2 + 2 + len(COLUMNS)
"""Five lists, two arrays, and the fingerprints'."""


def pack_list(items: Iterable[bytes | None]) -> list[bytes]:
    """Strings of bytes as two: their lengths (-1 for None), and all of them one after the other."""
    items = list(items)
    sizes = np.array([-1 if item is None else len(item) for item in items], "<i8")
    return [sizes.tobytes(), b"".join(item or b"" for item in items)]


def unpack_list(sizes: bytes, data: bytes) -> list[Any]:
    """What ``pack_list`` took."""
    found: list[bytes | None] = []
    at = 0
    for size in np.frombuffer(sizes, "<i8").tolist():
        found.append(None if size < 0 else bytes(data[at : at + size]))
        at += max(size, 0)
    return found


def pack_entry(entry: Entry) -> bytes:
    """An entry as bytes."""
    head: dict[str, Any] = {"entry": type(entry).__name__}
    parts: list[bytes] = []
    if isinstance(entry, Arrivals):
        marks = entry.fingerprints
        head |= {"at": entry.at, "now": entry.now, "seeding": entry.seeding, "recipe": marks.recipe}
        for column in (entry.ids, entry.outlets, entry.contents, entry.about, entry.bodies):
            parts += pack_list(column)
        parts += [entry.published.astype("<i8").tobytes(), entry.titles.astype("<u8").tobytes()]
        for name, kind in COLUMNS.items():
            parts.append(getattr(marks, name).astype(np.dtype(kind).newbyteorder("<"), copy=False).tobytes())
    else:
        for one in fields(entry):
            value = getattr(entry, one.name)
            if one.name == "ids":
                parts += pack_list(value)
            elif isinstance(value, bytes):
                parts.append(value)
            else:
                head[one.name] = list(value) if one.name == "numbers" else value
    parts.insert(0, json.dumps(head, separators=(",", ":")).encode())
    sizes, data = pack_list(parts)
    return len(parts).to_bytes(4, "little") + sizes + data


def unpack_entry(data: bytes) -> Entry:
    """What ``pack_entry`` took.

    Raises:
        StoreError: A newer storycluster wrote it.
    """
    count = int.from_bytes(data[:4], "little")
    head_json, *parts = unpack_list(data[4 : 4 + 8 * count], data[4 + 8 * count :])
    head = json.loads(head_json)
    kind = KINDS.get(head.pop("entry"))
    known = set() if kind is None else HEAD_OF_ARRIVALS if kind is Arrivals else {one.name for one in fields(kind)}
    if kind is None or head.keys() - known or (kind is Arrivals and len(parts) > PARTS_OF_ARRIVALS):
        raise StoreError("the index's log has an entry of a newer storycluster; install the newer one here, too")
    if kind is not Arrivals:
        for one in fields(kind):
            if one.name == "ids":
                head["ids"] = unpack_list(parts[0], parts[1])
            elif one.name in ("low", "high"):
                head[one.name] = parts.pop(0)
        return kind(**head)
    ids, outlets, contents, about, bodies = (unpack_list(parts[2 * k], parts[2 * k + 1]) for k in range(5))
    published, titles = np.frombuffer(parts[10], "<i8"), np.frombuffer(parts[11], "<u8")
    # copied: kernels would be compiled once more for arrays that can't be written to
    arrays = {
        name: np.frombuffer(part, np.dtype(kind_).newbyteorder("<")).astype(kind_)
        for (name, kind_), part in zip(COLUMNS.items(), parts[12:], strict=True)
    }
    arrays["signatures"] = arrays["signatures"].reshape(len(ids), -1)
    marks = Fingerprints(recipe=head["recipe"], **arrays)
    return Arrivals(
        head["at"], head["now"], ids, outlets, published, titles, contents, about, bodies, marks, head["seeding"]
    )
