"""Records → blocks of articles as columns: what is kept of each once its text is fingerprinted, and no object of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from storycluster.columns import UNKNOWN_TIME
from storycluster.dates import epoch_microseconds
from storycluster.errors import ArticleError, FormatError
from storycluster.fields import Known, Notes, read_known
from storycluster.formats.intake import Unreadable
from storycluster.formats.reading import Document, Entry
from storycluster.formats.stories import to_json
from storycluster.models import Article

BLOCK_CHARACTERS = 4 << 20
"""Characters of text in a block, about: what the processor's caches can hold of it while it is fingerprinted."""
BLOCK_ARTICLES = 1 << 14
"""Most articles of a block, where texts are short."""


@dataclass(slots=True)
class Block:
    """Consecutive articles of the input; lists with one item an article.

    Attributes:
        texts: As they stand in the records.
        titles: Headlines, "" for none.
        ids: UTF-8.
        outlets: Number of the outlet's name as it is spelled, in the order in which spellings came.
        moments: Microseconds since 1970 at which it came out at the earliest; UNKNOWN_TIME for unknown.
        days: Whether only the day is known.
        pieces: Four an article: id, title, url and date as JSON.
        odd: Places of articles with text in the pieces that UTF-8 can't hold.
        documents: Where each stands.
        lines: Its line there.
        begins: Where in the document the line begins.
        sizes: Its bytes.
        raw: The line where the document can't be read again, None where it can.
        bad: What could not become an article: how many articles came before, document, line, reason.
    """

    texts: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    ids: list[bytes] = field(default_factory=list)
    outlets: list[int] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    days: list[bool] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    raw: list[bytes | None] = field(default_factory=list)
    bad: list[tuple[int, Document, int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def without(self, places: set[int]) -> Block:
        """The block without some of its articles, and without what could not become one."""
        kept = [i for i in range(len(self)) if i not in places]
        new_place = {old: new for new, old in enumerate(kept)}
        return Block(
            *([column[i] for i in kept] for column in (self.texts, self.titles, self.ids)),
            *([column[i] for i in kept] for column in (self.outlets, self.moments, self.days)),
            pieces=[piece for i in kept for piece in self.pieces[4 * i : 4 * i + 4]],
            odd=[new_place[i] for i in self.odd if i in new_place],
            documents=[self.documents[i] for i in kept],
            lines=[self.lines[i] for i in kept],
            begins=[self.begins[i] for i in kept],
            sizes=[self.sizes[i] for i in kept],
            raw=[self.raw[i] for i in kept],
        )


def to_pieces(known: Known) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Id, title, url and date as JSON; None where UTF-8 can't hold them."""
    when = known.published
    dumps = orjson.dumps
    try:
        return (
            dumps(known.id), dumps(known.title), dumps(known.url), b"null" if when is None else dumps(when.isoformat()),
        )  # fmt: skip
    except TypeError:
        return None


def read_blocks(entries: Iterable[Entry], notes: Notes, outlets: dict[str, int], *, strict: bool) -> Iterator[Block]:
    """Read records into blocks.

    Args:
        entries: What stands in the input.
        notes: Where it is counted what was noticed about dates and ids.
        outlets: Names of outlets as they are spelled, and their numbers; new ones are added.
        strict: Give a block away with its first bad record, instead of reading on.

    Yields:
        The blocks, in the order of the input; the last one may hold bad records only.

    Raises:
        FormatError: As the entries do, once what came before was given away. So does OSError.
    """
    block = Block()
    size = 0
    failure: Exception | None = None
    given = iter(entries)
    while True:
        try:
            entry = next(given, None)
        except (FormatError, OSError) as error:
            entry, failure = None, error
        if entry is None:
            break
        size += add_entry(block, entry, notes, outlets)
        if size >= BLOCK_CHARACTERS or len(block) == BLOCK_ARTICLES or (strict and block.bad):
            yield block
            block, size = Block(), 0
    if len(block) or block.bad:
        yield block
    if failure is not None:
        raise failure


def add_entry(block: Block, entry: Entry, notes: Notes, outlets: dict[str, int]) -> int:
    """Add what stands somewhere to a block; gives the characters of its text."""
    document, line, record, begin, raw = entry
    if isinstance(record, Unreadable):
        block.bad.append((len(block), document, line, record.reason))
        return 0
    try:
        known = read_known(record, set(), notes)
    except ArticleError as error:
        block.bad.append((len(block), document, line, str(error)))
        return 0
    pieces = to_pieces(known)
    if pieces is None:
        block.odd.append(len(block))
        pieces = (b"", b"", b"", b"")
    if raw is None:
        raw = to_json(Article.from_mapping(record).to_mapping())
    when = known.published
    block.pieces += pieces
    block.texts.append(known.text)
    block.titles.append(known.title)
    block.ids.append(known.id.encode("utf-8", "surrogatepass"))
    block.outlets.append(outlets.setdefault(known.outlet, len(outlets)))
    block.moments.append(UNKNOWN_TIME if when is None else epoch_microseconds(when))
    block.days.append(when is not None and not isinstance(when, datetime))
    block.documents.append(document)
    block.lines.append(line)
    block.begins.append(begin)
    block.sizes.append(len(raw))
    block.raw.append(raw if document.path is None else None)
    return len(known.text)
