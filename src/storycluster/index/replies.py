"""What an entry did, as the log tells it whoever appended it."""

from __future__ import annotations

import json

from storycluster.errors import LinkError, StoreError, StoryclusterError, UnknownIdError
from storycluster.index.desk import Result
from storycluster.index.entries import Arrivals, Entry
from storycluster.index.placement import Index, Placement
from storycluster.utf8 import decode

REFUSALS: dict[str, type[StoryclusterError]] = {kind.__name__: kind for kind in (LinkError, UnknownIdError, StoreError)}


def told_of(error: StoryclusterError) -> str:
    """Why an entry is not applied, for the log."""
    return f"{type(error).__name__}: {error}"


def refusal_of(told: str) -> StoryclusterError:
    """Why an entry is not applied, as the log tells it."""
    kind, _, message = told.partition(": ")
    return REFUSALS[kind](message)


def pack_answer(result: Result) -> bytes:
    """What an entry did, for whoever appended it."""
    if isinstance(result, StoryclusterError):
        return json.dumps(told_of(result)).encode()
    if isinstance(result, int):
        return json.dumps(result).encode()
    return json.dumps([(one.story_id, one.outcome, one.updated) for one in result]).encode()


def unpack_answer(data: bytes, entry: Entry, index: Index) -> Result:
    """What ``pack_answer`` took of an entry."""
    told = json.loads(data)
    if isinstance(told, str):
        return refusal_of(told)
    if isinstance(told, int):
        return told
    assert isinstance(entry, Arrivals)
    return [Placement(index, decode(own), *one) for own, one in zip(entry.ids, told, strict=not entry.seeding)]
