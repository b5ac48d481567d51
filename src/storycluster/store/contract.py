"""What a StoryIndex asks of a store: rows in, rows out, and transactions. A store knows nothing of news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from os import PathLike
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from storycluster.errors import StoreError

SCHEMA_VERSION = 1
"""Of the tables; 1 is the first. An index of an older version is brought up to it by the first that opens it to write
(``STEPS`` of each store), one of a newer version is refused."""

DUE, OVERDUE = 0, 1
"""What waits: texts to be brought up to date with what was learnt; articles whose component is to be grouped anew."""


def refuse_version(name: str, version: int) -> StoreError:
    """An index's tables are of another version than they can be used in."""
    if version > SCHEMA_VERSION:
        remedy = "install a newer storycluster"
        return StoreError(
            f"{name}: an index of version {version}, this storycluster reads up to {SCHEMA_VERSION}; {remedy}"
        )
    remedy = "`storycluster index check` does it, as does whoever opens it to write"
    return StoreError(f"{name}: an index of version {version} is to be brought up to {SCHEMA_VERSION} first; {remedy}")


TextRow: TypeAlias = tuple[int, bytes, bytes]
"""A distinct text: its number; its words with their flags, uint32; what it is indexed by; all little-endian.

What is read by the million stands in plain tuples: to name it would take longer than to read it."""


class ArticleRow(NamedTuple):
    """An article.

    Args:
        number: Its own, never used again.
        id: UTF-8, lone surrogates passed.
        text: Number of its text.
        outlet: Number of its outlet's name, 0 for none.
        published: Seconds since 1970 UTC, None where unknown.
        title: Hash of its folded title as a signed number, 0 for none.
        received: Microseconds since 1970 UTC.
        age: The same: the moment from which retention counts.
        content: Hash of all its fields.
        about: Its fields but for the text, as JSON in UTF-8, lone surrogates passed.
        body: Its text, packed; None where texts aren't kept.
    """

    number: int
    id: bytes
    text: int
    outlet: int
    published: int | None
    title: int
    received: int
    age: int
    content: bytes
    about: bytes
    body: bytes | None


ArticleTuple: TypeAlias = tuple[int, bytes, int, int, int | None, int, int, int, bytes, bytes, bytes | None]
"""An ``ArticleRow`` as a plain tuple. Python's collector lets go of those that hold nothing to follow; where hundreds
of others wait to be written, it looks at all that the process holds, time and again."""


class MemberRow(NamedTuple):
    """What an article is to its story's anchor: relation by number, Jaccard and containment 0–1."""

    article: int
    story: int
    relation: int
    jaccard: float
    containment: float


class StoryRow(NamedTuple):
    """A story.

    Args:
        number: Its own, never used again.
        id: Its id.
        anchor: Its anchor's number.
        outlets: How many outlets ran it.
        kept: Whether its id must be kept, as it can't be told from its anchor's.
    """

    number: int
    id: str
    anchor: int
    outlets: int
    kept: bool


EdgeRow: TypeAlias = tuple[int, int, bytes]
"""A verified pair: the numbers of its articles, and the evidence as bytes."""

LoadedRow: TypeAlias = tuple[int, bytes, int, int, int | None, int, bytes, int, int]
"""An article as it is loaded on opening: number, id, text, outlet, published, title and content as ``ArticleRow`` has
them, the number of its story, and that of the story's anchor."""


class ArrivedRow(NamedTuple):
    """An article, and the text that it has."""

    article: LoadedRow
    text: TextRow


class ChangeRow(NamedTuple):
    """An entry of the feed: its cursor, its moment in microseconds, and the rest as JSON."""

    cursor: int
    at: int
    entry: bytes


class LogRow(NamedTuple):
    """An entry of the log: its place, itself, and why nobody is to apply it, None if it is to be applied."""

    place: int
    entry: bytes
    refused: str | None


class Tip(NamedTuple):
    """How far a shared store has got.

    Args:
        position: The last entry of the log whose rows are written.
        dropped: The last entry that the log keeps no more.
        epoch: How many times rows were put right without an entry.
        upto: The last entry that may be applied.
        writes: Whether it is the caller's turn to write.
        digest: The desk's digest, as it was written at ``position``.
        answer: What the entry waited for did, if it is written, and the log has that still.
        oldest: The age of the oldest article then, None where there is none.
        waiting: The first few entries that may be applied and aren't written, a few megabytes at most; that of the
            entry waited for is b"".
    """

    position: int
    dropped: int
    epoch: int
    upto: int = 0
    writes: bool = False
    digest: str = "0"
    answer: bytes | None = None
    oldest: int | None = None
    waiting: tuple[LogRow, ...] = ()


class Store(Protocol):
    """One index's state. Whatever is written within a transaction is there as a whole or not at all."""

    name: str
    """What messages call it: its path, or its address without a password."""
    writable: bool
    in_memory: bool
    """Whether what it holds goes with the process: rows that nothing but loading asks for need not be written."""

    def transaction(self) -> AbstractContextManager[None]:
        """Write within; committed at its end, undone if it raises."""

    def moment(self) -> AbstractContextManager[None]:
        """Whatever is read within stands as at one moment."""

    def version(self) -> tuple[int, int]:
        """Another one than before whenever somebody else has changed what is kept.

        The first of the two is another one where what was read before can't be trusted any more: rows were put right,
        or it is another store's.
        """

    def close(self) -> None:
        """Let go of files and connections."""

    def get(self, name: str) -> str | None:
        """A named value."""

    def put_named(self, values: Mapping[str, str]) -> None:
        """Keep named values."""

    def put_texts(self, rows: Iterable[TextRow]) -> None:
        """Keep texts, whose numbers no others have."""

    def drop_texts(self, numbers: Iterable[int]) -> None:
        """Forget texts."""

    def put_articles(self, rows: Iterable[ArticleTuple]) -> None:
        """Keep articles, whose numbers and ids no others have."""

    def drop_articles(self, numbers: Iterable[int]) -> None:
        """Forget articles."""

    def put_members(self, rows: Iterable[MemberRow]) -> None:
        """Keep which stories articles belong to."""

    def put_stories(self, rows: Iterable[StoryRow]) -> None:
        """Keep stories, in place of those with their numbers, after their members."""

    def drop_stories(self, numbers: Iterable[int]) -> None:
        """Forget stories."""

    def put_edges(self, rows: Iterable[EdgeRow]) -> None:
        """Keep edges, in place of those with their ends."""

    def drop_edges(self, ends: Iterable[tuple[int, int]]) -> None:
        """Forget edges."""

    def put_outlets(self, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Keep outlets' names: number, name, key."""

    def outlets(self) -> list[tuple[int, bytes, bytes]]:
        """All outlets' names, by number."""

    def outlet_keys(self, numbers: Iterable[int]) -> dict[bytes, bytes]:
        """Name → key of some outlets' names."""

    def put_furniture(self, rows: Mapping[int, bytes]) -> None:
        """Keep for which outlets sampled hashes are furniture, as the journal tells it; b"" for none any more."""

    def furniture(self) -> Iterator[tuple[int, bytes]]:
        """All sampled hashes that are furniture, by hash."""

    def put_pending(self, samples: Iterable[bytes]) -> None:
        """Append sampled hashes of texts that came or went since the last refresh."""

    def drop_pending(self) -> None:
        """Forget them."""

    def pending(self) -> Iterator[bytes]:
        """All of them, in order."""

    def put_waiting(self, kind: int, rows: Mapping[int, bool]) -> None:
        """Keep numbers of what waits for something (DUE, OVERDUE), or forget them where it waits no longer."""

    def waiting(self, kind: int) -> list[int]:
        """The numbers of what waits, ascending."""

    def put_changes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Append to the feed: moment, entry."""

    def drop_changes(self, before: int) -> None:
        """Forget the entries made before a moment."""

    def changes(self, after: int, limit: int) -> list[ChangeRow]:
        """Entries after a cursor, in order."""

    def cursors(self) -> tuple[int, int]:
        """The last cursor that was dropped from the feed (0 for none), and the last one given (0 for none)."""

    def put_links(self, rows: Mapping[tuple[bytes, bytes], bool | None]) -> None:
        """Keep what is said of two ids (must or cannot), or forget it where that is None."""

    def links(self) -> list[tuple[bytes, bytes, bool]]:
        """All links."""

    def texts(self) -> Iterator[TextRow]:
        """All texts, by number."""

    def articles(self) -> Iterator[LoadedRow]:
        """All articles, by number."""

    def arrived(self, after: int) -> Iterator[ArrivedRow]:
        """All articles with greater numbers, by number."""

    def edges(self) -> Iterator[EdgeRow]:
        """All edges."""

    def article(self, number: int) -> ArticleRow:
        """An article."""

    def number_of(self, article_id: bytes) -> int | None:
        """The number of the article with an id."""

    def least_age(self) -> int | None:
        """The age of the oldest article."""

    def put_ages(self, by_publication: bool) -> None:
        """Reckon every article's age anew: by arrival, or by publication if that was earlier."""

    def oldest(self, before: int, limit: int) -> list[tuple[int, bytes]]:
        """Numbers and ids of articles whose age lies before a moment, oldest first."""

    def story_number(self, article_id: bytes | None = None, story_id: str | None = None) -> int | None:
        """The number of the story of an article, or with an id."""

    def story(self, number: int) -> StoryRow:
        """A story; ValueError if there is none."""

    def some_stories(self, numbers: Iterable[int]) -> Iterator[StoryRow]:
        """Stories in the order of these numbers; those that are gone are left out."""

    def kept_ids(self) -> list[tuple[int, str]]:
        """Numbers and ids of stories whose id must be kept, by number."""

    def reclaim(self) -> None:
        """Give some of the room that nothing takes any more back to the system, within a transaction."""

    def reclaim_all(self) -> None:
        """Give all of it back, in transactions of its own."""

    def members(self, story: int) -> list[tuple[ArticleRow, MemberRow]]:
        """A story's articles without their bodies, by number."""

    def story_numbers(self, since: int | None, min_outlets: int) -> Sequence[int]:
        """Stories by how many outlets ran them, then by number."""

    def count_articles(self) -> int:
        """How many articles there are."""

    def counts(self) -> dict[str, int]:
        """How many articles, texts, stories, edges and changes there are, and the bytes they take.

        ``pending`` is how many texts came or went since the last refresh, and how many are DUE.
        """

    def all_members(self) -> Iterator[MemberRow]:
        """What every article is to its story's anchor, by number."""

    def begin_changes(self, after: int) -> None:
        """Have the feed, in which there is no entry yet, begin after a cursor."""

    def without_body(self) -> tuple[int, bytes | None]:
        """How many articles' texts aren't kept, and the id of the first of them, None if there is none."""

    def bodies(self) -> Iterator[ArticleRow]:
        """All articles by number, with their bodies."""

    def damage(self) -> list[str]:
        """What is wrong with the store itself."""

    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the store to a file of SQLite, while it is in use."""


@runtime_checkable
class SharedStore(Store, Protocol):
    """A store that several processes write to, by one log of entries."""

    def append(self, entry: bytes) -> tuple[int, Tip]:
        """Append an entry to the log, in a transaction of its own. It is there when this returns.

        Returns:
            Its place, and how far the rows had got before.
        """

    def drop(self) -> None:
        """Forget the whole index; the store can't be used after."""

    def entries(self, after: int, upto: int, limit: int) -> list[LogRow] | None:
        """The log's entries between two places, the second included, in order.

        None if the log keeps no more all that came after the first place.
        """

    def refuse(self, place: int, why: str) -> None:
        """Note, within a transaction, that nobody is to apply an entry."""

    def put_answers(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Note, within a transaction, what entries did: their places, and the answers for those whose they are."""

    def tip(self) -> Tip:
        """How far it has got."""

    def turn(self, until: int, patience: float = 0.0) -> AbstractContextManager[Tip]:
        """Wait for the rows of the entry at a place to be written, or for the turn to write them.

        The turn is taken once nobody else has had it for so many seconds (``patience``).
        While it is somebody's turn (``Tip.writes``) nobody else writes rows, and no entry up to ``Tip.upto`` is still
        to come. The turn ends with the first transaction within. Until 0 there is nothing to wait for.
        """

    def snapshot(self) -> AbstractContextManager[Tip]:
        """Whatever is read within stands as at one moment."""

    def tell(self, position: int) -> None:
        """Note how far this writer has got: what the log has from there on is kept for it."""

    def reach(self, position: int, epoch: int) -> None:
        """Note, within a transaction, up to which entry rows are written."""
