"""Articles and moments as an index keeps them, and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from storycluster.columns import UNKNOWN_TIME
from storycluster.dates import aware
from storycluster.errors import ArticleError, StoreError
from storycluster.models import Article, Published, known_as_id
from storycluster.outlets import Aliases
from storycluster.store.contract import ArticleRow, Store
from storycluster.story import epoch_seconds
from storycluster.utf8 import decode, encode

MICROSECONDS = 1_000_000
"""A second has."""
FUTURE = 86_400 * MICROSECONDS
"""How far ahead of the clock an article may be said to have arrived."""


def sayable(value: object) -> object:
    """What JSON can't say, as it is kept: sets as sorted lists, alike in every process, everything else as its str."""
    return sorted(value, key=ENCODE) if isinstance(value, set | frozenset) else str(value)


ENCODE = json.JSONEncoder(ensure_ascii=False, default=sayable, separators=(",", ":")).encode
"""JSON."""


UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, OverflowError, zlib.error)
"""What comes of reading bytes that aren't what was written, or no bytes."""


def damaged(what: str) -> StoreError:
    """Something isn't what was written."""
    return StoreError(f"the index is damaged: {what}; restore a backup")


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Within, something is made of what a store has.

    Raises:
        StoreError: That can't be done.
    """
    try:
        yield
    except UNREADABLE as error:
        raise damaged(f"{what} can't be read") from error


def number_named(store: Store, name: str) -> int | None:
    """The number that a store has under a name."""
    told = store.get(name)
    with decoding(f"the value named {name}"):
        return None if told is None else int(told)


def aliases_of(store: Store) -> Aliases | None:
    """The caller's own outlet aliases."""
    told = store.get("aliases")
    with decoding("the value named aliases"):
        return None if told is None else Aliases.from_mapping(json.loads(told))


def microseconds(when: datetime) -> int:
    """Microseconds since 1970 UTC; a naive time is UTC."""
    return int(aware(when).timestamp() * MICROSECONDS)


def pack_fields(article: Article) -> bytes:
    """An article's fields but for its text, as JSON.

    Raises:
        ArticleError: Its ``extra`` holds what no JSON can be made of.
    """
    record = article.to_mapping()
    record.pop("text")
    try:
        return encode(ENCODE(record))
    except (TypeError, ValueError, RecursionError) as error:
        raise ArticleError(
            f"article {article.id!r}: extra: expected what JSON can say ({error}); leave it out"
        ) from error


def unpack_article(row: ArticleRow) -> Article:
    """The article of a row, with its text where that was kept.

    Raises:
        StoreError: They are damaged.
    """
    with decoding(f"the text of article {row.number}"):
        text = "" if row.body is None else decode(zlib.decompress(row.body))
    with decoding(f"the fields of article {row.number}"):
        return Article.from_mapping(json.loads(decode(row.about)) | {"text": text})


def moment_of(at: int) -> datetime:
    """The time of ``microseconds``."""
    return datetime.fromtimestamp(at / MICROSECONDS, UTC)


def seconds_of(published: Published | None) -> int:
    """A date as verification takes it."""
    return UNKNOWN_TIME if published is None else epoch_seconds(published)


def read_article(item: Article | Mapping[str, Any], place: int | None = None) -> Article:
    """An article from what was passed.

    Raises:
        ArticleError: It is none; its place is named.
    """
    where = "article: " if place is None else f"articles[{place}]: "
    if isinstance(item, Article):
        return item
    if not isinstance(item, Mapping):
        raise ArticleError(f"{where}expected an Article or a mapping, got {type(item).__name__}")
    try:
        return Article.from_mapping(item)
    except ArticleError as error:
        raise ArticleError(f"{where}{error}") from error


def encode_id(article_id: str) -> bytes:
    """An id as an index keeps it.

    Raises:
        UnknownIdError: It is no str.
    """
    return encode(known_as_id(article_id))


def content_of(about: bytes, text: bytes) -> bytes:
    """Hash of all that an article is: its packed fields and its text."""
    return blake2b(about + b"\0" + text, digest_size=16).digest()


def check_moment(when: object, name: str) -> None:
    """Refuse what is no moment.

    Raises:
        ArticleError: The message names the argument.
    """
    if not isinstance(when, datetime):
        raise ArticleError(f"{name}: expected a datetime, got {when!r}")


def arrival_of(received: datetime | None) -> int:
    """When articles arrived, as ``microseconds``; now if None.

    Raises:
        ArticleError: It is no moment, or in the future.
    """
    now = microseconds(datetime.now(UTC))
    if received is None:
        return now
    check_moment(received, "received")
    at = microseconds(received)
    if at > now + FUTURE:
        raise ArticleError(f"received: expected a time up to now, got {received}")
    return at
