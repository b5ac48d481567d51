"""What the stores read in the same words, whatever the database: their tables have the same names and columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from storycluster.store.contract import (
    ArrivedRow,
    ArticleRow,
    ChangeRow,
    EdgeRow,
    LoadedRow,
    MemberRow,
    StoryRow,
    TextRow,
)
from storycluster.utf8 import encode

ARTICLE = "number, id, text, outlet, published, title, received, age, content, about"
"""The columns of an ``ArticleRow`` without its body."""
LOADED = "a.number, a.id, a.text, a.outlet, a.published, a.title, a.content, a.story, coalesce(s.anchor, a.number)"
"""The columns of a ``LoadedRow``."""
LONG_AGO = -(1 << 63)
"""Before any moment."""


class Rows(ABC):
    """Reads; see ``contract.Store`` for what the methods give.

    Attributes:
        as_text: SQL that makes text of UTF-8 in which anything may stand.
    """

    as_text: str

    @abstractmethod
    def _all(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        """The rows of a query, in which ``?`` stands for each argument."""

    @abstractmethod
    def _each(self, sql: str) -> Iterator[Any]:
        """The rows of a whole table, a part at a time."""

    @abstractmethod
    def _size(self) -> int:
        """The bytes that all of it takes."""

    def _row(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        rows = self._all(sql, arguments)
        return rows[0] if rows else None

    def get(self, name: str) -> str | None:
        """A named value."""
        row = self._row("SELECT value FROM named WHERE name = ?", (name,))
        return None if row is None else str(row[0])

    def outlets(self) -> list[tuple[int, bytes, bytes]]:
        """All outlets' names."""
        return self._all("SELECT number, name, key FROM outlet ORDER BY number")

    def furniture(self) -> Iterator[tuple[int, bytes]]:
        """All sampled hashes that are furniture."""
        return self._each("SELECT hash, outlets FROM furniture ORDER BY hash")

    def pending(self) -> Iterator[bytes]:
        """The sampled hashes that are to be learnt."""
        return (sample for (sample,) in self._each("SELECT sample FROM pending ORDER BY number"))

    def waiting(self, kind: int) -> list[int]:
        """What waits."""
        rows = self._all("SELECT number FROM waiting WHERE kind = ? ORDER BY number", (kind,))
        return [number for (number,) in rows]

    def changes(self, after: int, limit: int) -> list[ChangeRow]:
        """Entries after a cursor, in order."""
        sql = "SELECT cursor, at, entry FROM change WHERE cursor > ? ORDER BY cursor LIMIT ?"
        return [ChangeRow(*row) for row in self._all(sql, (after, limit))]

    def links(self) -> list[tuple[bytes, bytes, bool]]:
        """All links."""
        return [(a, b, bool(must)) for a, b, must in self._all("SELECT a, b, must FROM link ORDER BY a, b")]

    def texts(self) -> Iterator[TextRow]:
        """All texts, by number."""
        return self._each("SELECT number, words, sketch FROM text ORDER BY number")

    def articles(self) -> Iterator[LoadedRow]:
        """All articles, by number."""
        return self._each(f"SELECT {LOADED} FROM article a LEFT JOIN story s ON s.number = a.story ORDER BY a.number")

    def arrived(self, after: int) -> Iterator[ArrivedRow]:
        """All articles with greater numbers."""
        sql = f"""
            SELECT {LOADED}, t.number, t.words, t.sketch
            FROM article a JOIN text t ON t.number = a.text LEFT JOIN story s ON s.number = a.story
            WHERE a.number > ? ORDER BY a.number
        """
        return (ArrivedRow(row[:9], row[9:]) for row in self._all(sql, (after,)))

    def edges(self) -> Iterator[EdgeRow]:
        """All edges."""
        return self._each("SELECT low, high, evidence FROM edge ORDER BY low, high")

    def article(self, number: int) -> ArticleRow:
        """An article."""
        return ArticleRow(*self._row(f"SELECT {ARTICLE}, body FROM article WHERE number = ?", (number,)))

    def without_body(self) -> tuple[int, bytes | None]:
        """How many articles' texts aren't kept, and one's id."""
        count = self._row("SELECT count(*) FROM article WHERE body IS NULL")[0]
        first = self._row("SELECT id FROM article WHERE body IS NULL ORDER BY number LIMIT 1")
        return int(count), None if first is None else bytes(first[0])

    def bodies(self) -> Iterator[ArticleRow]:
        """All articles by number, with their bodies."""
        return (ArticleRow(*row) for row in self._each(f"SELECT {ARTICLE}, body FROM article ORDER BY number"))

    def number_of(self, article_id: bytes) -> int | None:
        """The number of the article with an id."""
        row = self._row("SELECT number FROM article WHERE id = ?", (article_id,))
        return None if row is None else int(row[0])

    def least_age(self) -> int | None:
        """The age of the oldest article."""
        age = self._row("SELECT min(age) FROM article")[0]
        return None if age is None else int(age)

    def oldest(self, before: int, limit: int) -> list[tuple[int, bytes]]:
        """Articles whose age lies before a moment."""
        return self._all("SELECT number, id FROM article WHERE age < ? ORDER BY age, number LIMIT ?", (before, limit))

    def story_number(self, article_id: bytes | None = None, story_id: str | None = None) -> int | None:
        """The number of a story."""
        if article_id is not None:
            row = self._row("SELECT story FROM article WHERE id = ?", (article_id,))
        else:
            sql = f"SELECT number FROM story WHERE id = {self.as_text} ORDER BY number LIMIT 1"
            row = self._row(sql, (encode(story_id or ""),))
        return None if row is None else int(row[0])

    def story(self, number: int) -> StoryRow:
        """A story."""
        [row] = self.some_stories([number])
        return row

    def some_stories(self, numbers: Iterable[int]) -> Iterator[StoryRow]:
        """Stories in the order of these numbers."""
        for wanted in numbers:
            row = self._row("SELECT number, id, anchor, outlets, kept FROM story WHERE number = ?", (wanted,))
            if row is not None:
                number, own, anchor, outlets, kept = row
                yield StoryRow(number, own, anchor, outlets, bool(kept))

    def kept_ids(self) -> list[tuple[int, str]]:
        """Stories whose id must be kept."""
        return self._all("SELECT number, id FROM story WHERE kept ORDER BY number")

    def members(self, story: int) -> list[tuple[ArticleRow, MemberRow]]:
        """A story's articles without their bodies."""
        sql = f"SELECT {ARTICLE}, story, relation, jaccard, containment FROM article WHERE story = ? ORDER BY number"
        return [(ArticleRow._make((*row[:10], None)), MemberRow(row[0], *row[10:])) for row in self._all(sql, (story,))]

    def all_members(self) -> Iterator[MemberRow]:
        """What every article is to its story's anchor."""
        sql = "SELECT number, story, relation, jaccard, containment FROM article ORDER BY number"
        return (MemberRow(*row) for row in self._each(sql))

    def story_numbers(self, since: int | None, min_outlets: int) -> Sequence[int]:
        """Stories by outlets, then number."""
        sql = "SELECT number FROM story WHERE outlets >= ? AND latest >= ? ORDER BY outlets DESC, number"
        return [number for (number,) in self._all(sql, (min_outlets, LONG_AGO if since is None else since))]

    def count_articles(self) -> int:
        """How many articles there are."""
        return int(self._row("SELECT count(*) FROM article")[0])

    def counts(self) -> dict[str, int]:
        """How many rows there are, and the bytes that they take."""
        tables = {"articles": "article", "texts": "text", "stories": "story", "edges": "edge", "changes": "change"}
        found = {name: int(self._row(f"SELECT count(*) FROM {table}")[0]) for name, table in tables.items()}
        waits = self._row("SELECT (SELECT count(*) FROM pending) + (SELECT count(*) FROM waiting)")
        return found | {"pending": int(waits[0]), "bytes": self._size()}
