"""What a StoryIndex holds in memory: texts, articles and edges that come and go, in flat arrays. No object per article.

It knows where things are and answers what belongs together; what to make of it is the StoryIndex's business. Rows of
texts and articles are used again; arrays grow by an eighth where they stand and shrink when the index is opened anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import numpy as np

from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Fingerprints
from storycluster.kernels import live, postings
from storycluster.kernels import overlap as ev
from storycluster.kernels.live import ArticleColumns, Edges, TextColumns
from storycluster.kernels.postings import NOWHERE, Postings

LEAST_ROWS = 64
UNIT = 16
"""Words and bytes are kept in stretches of a multiple of so many; a free one is used again by what fits exactly."""
DIRTY_CHUNK = 4096
"""Hashes learnt between two looks at the room that furniture has."""


def widen(array: Array, rows: int) -> None:
    """Give an array at least so many rows where it stands, and an eighth more."""
    if rows > len(array):
        # refcheck: nobody keeps a view of a column; numpy can't know that
        array.resize((rows + max(rows // 8, LEAST_ROWS), *array.shape[1:]), refcheck=False)


class Rows:
    """The rows of some columns: which are in use, which are free, and room for more."""

    def __init__(self, columns: Iterable[Array]) -> None:
        self._columns = list(columns)
        self._free: list[int] = []
        self.top = 0

    def take(self) -> int:
        """A row to use."""
        if self._free:
            return self._free.pop()
        for column in self._columns:
            widen(column, self.top + 1)
        self.top += 1
        return self.top - 1

    def give(self, row: int) -> None:
        """Give a row back."""
        self._free.append(row)


class Stretches:
    """Places in a pool of values: stretches of multiples of UNIT, given back and used again."""

    def __init__(self, *pools: Array) -> None:
        self._pools = pools
        self._free: dict[int, list[int]] = {}
        self.top = 0

    def take(self, size: int) -> int:
        """The start of a stretch for so many values."""
        units = -(-size // UNIT)
        free = self._free.get(units)
        if free:
            return free.pop()
        start = self.top
        self.top += units * UNIT
        for pool in self._pools:
            widen(pool, self.top)
        return start

    def give(self, start: int, size: int) -> None:
        """Give a stretch back."""
        if size:
            self._free.setdefault(-(-size // UNIT), []).append(start)


def make_room(table: Postings, keys: int, blocks: int = 0) -> None:
    """Give a table room for so many more keys, and so many more places in blocks."""
    used = int(table.state[postings.SPACES] << table.state[postings.LEVEL]) + int(table.state[postings.SPLIT])
    if used + keys + 1 > len(table.table):
        widen(table.table, used + keys + 1)
        widen(table.over, used + keys + 1)
    spilled = int(table.state[postings.SPILLED])
    if spilled + 2 * keys + 16 > len(table.spill):
        widen(table.spill, spilled + 2 * keys + 16)
        widen(table.spill_over, spilled + 2 * keys + 16)
    widen(table.blocks, int(table.state[postings.BLOCKS]) + blocks)


class Live:
    """The columns of the live set.

    Args:
        bands: LSH bands of a signature.
        permutations: Values of a signature.
    """

    def __init__(self, bands: int, permutations: int) -> None:
        self.bands = postings.empty_postings(bands)
        self.samples = postings.empty_postings(1)
        self.furniture = postings.empty_postings(1)
        self._ids = postings.empty_postings(1)
        self.words = np.empty(0, np.uint32)
        self.flags = np.empty(0, np.uint8)
        self._id_bytes = np.empty(0, np.uint8)
        self.texts = TextColumns(
            np.empty((0, 2), np.uint64), np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int32),
            np.empty(0, np.int32), np.empty((0, bands), np.uint32), np.empty((0, permutations), np.uint8),
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64),
        )  # fmt: skip
        self.articles = ArticleColumns(
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32),
            np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint64), np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32),
        )  # fmt: skip
        self.edges = Edges(
            np.empty((0, 2), np.int32), np.empty((0, 2), np.int32), np.empty((0, ev.EVIDENCE), np.int32),
            np.empty((0, 2), np.int32), np.empty((0, 2), np.uint8),
        )  # fmt: skip
        self._shared = np.empty(0, np.int32)
        self._visited = np.empty(0, np.uint8)
        self._text_rows = Rows((*self.texts, self._shared))
        self._article_rows = Rows((*self.articles, self._visited))
        self._edge_rows = Rows(self.edges)
        self._word_room = Stretches(self.words, self.flags)
        self._id_room = Stretches(self._id_bytes)
        self.count = 0

    def nbytes(self) -> int:
        """Bytes of all columns, room to grow included."""
        arrays: list[Array] = [self.words, self.flags, self._id_bytes, self._shared, self._visited]
        for columns in (self.texts, self.articles, self.edges, self.bands, self.samples, self.furniture, self._ids):
            arrays += columns
        return sum(array.nbytes for array in arrays)

    # Texts

    def find_text(self, keys: Array, order: Array, digest: int) -> int:
        """The row of the text with a digest, NOWHERE if there is none."""
        return int(live.find_text(self.bands, self.texts, keys[0], order[0], order[1], digest))

    def add_text(
        self,
        number: int,
        words: Array,
        flags: Array,
        sample: Array,
        keys: Array,
        marks: Array,
        order: Array,
        digest: int,
    ) -> int:
        """Keep a text and index it; no article has it yet."""
        t = self._text_rows.take()
        texts = self.texts
        start = self._word_room.take(words.size)
        self.words[start : start + words.size] = words
        self.flags[start : start + words.size] = flags
        texts.order[t], texts.digest[t], texts.start[t], texts.words[t] = order, digest, start, words.size
        texts.samples[t], texts.keys[t], texts.marks[t] = sample.size, keys, marks
        texts.first[t], texts.articles[t], texts.number[t] = NOWHERE, 0, number
        for table, own, spaced in ((self.bands, texts.keys[t], True), (self.samples, sample, False)):
            done = -1
            while done < own.size:
                make_room(table, own.size, int(table.state[postings.NEEDED]) if done >= 0 else 0)
                done = live.index_text(table, texts, t, own, spaced, max(done, 0))
        return t

    def remove_text(self, t: int, sample: Array) -> None:
        """Forget a text that no article has any more."""
        for table, own, spaced in ((self.bands, self.texts.keys[t], True), (self.samples, sample, False)):
            make_room(table, own.size)
            live.unindex_text(table, t, own, spaced)
        self._word_room.give(int(self.texts.start[t]), int(self.texts.words[t]))
        self._text_rows.give(t)

    def words_of(self, t: int) -> slice:
        """Where a text's words and flags are."""
        start = int(self.texts.start[t])
        return slice(start, start + int(self.texts.words[t]))

    def sample_of(self, t: int, width: int, bound: np.uint32) -> tuple[Array, Array]:
        """A text's sampled shingles and the words that they begin at."""
        at = self.words_of(t)
        sample: tuple[Array, Array] = live.sample_words(self.words, at.start, at.stop, width, bound)
        return sample

    def propose(self, t: int, sample: Array, limits: tuple[int, int, int, float]) -> Array:
        """The candidates of an indexed text: int32 (``kernels.live.propose_for``)."""
        found: Array = live.propose_for(self.bands, self.samples, self.texts, t, sample, *limits, self._shared)
        return found

    def canonical(self, texts: Array) -> Array:
        """Some texts in canonical order."""
        order = self.texts.order[texts]
        ordered: Array = texts[np.lexsort((self.texts.digest[texts], order[:, 1], order[:, 0]))]
        return ordered

    def copy_words(self, texts: Array, recipe: str) -> Fingerprints:
        """The words and flags of some texts side by side, as fingerprints without signatures and samples."""
        size = int(self.texts.words[texts].sum())
        words, flags, start = np.empty(size, np.uint32), np.empty(size, np.uint8), np.empty(texts.size + 1, np.int64)
        live.copy_words(self.words, self.flags, self.texts, texts, words, flags, start)
        none = np.empty(0, np.uint32)
        return Fingerprints(
            words, flags, start, none.reshape(0, 0), none, none, np.zeros(texts.size + 1, np.int64),
            self.texts.digest[texts], recipe,
        )  # fmt: skip

    # Articles

    def add_article(
        self, article_id: bytes, number: int, t: int, name: int, outlet: int, published: int, title: int, content: int
    ) -> int:
        """Keep an article of a text; it has no edges and no story yet."""
        x = self._article_rows.take()
        articles = self.articles
        start = self._id_room.take(len(article_id))
        self._id_bytes[start : start + len(article_id)] = np.frombuffer(article_id, np.uint8)
        articles.id_start[x], articles.id_length[x] = start, len(article_id)
        articles.text[x], articles.number[x], articles.name[x], articles.outlet[x] = t, number, name, outlet
        articles.published[x], articles.title[x], articles.content[x] = published, title, content
        articles.story[x], articles.anchor[x], articles.edge[x] = 0, x, NOWHERE
        key = np.uint32(crc32(article_id))
        make_room(self._ids, 1)
        while not postings.insert(self._ids, 0, key, x, 0):
            make_room(self._ids, 1, int(self._ids.state[postings.NEEDED]))
        self._enlist(x, t)
        self.count += 1
        return x

    def _enlist(self, x: int, t: int) -> None:
        """Put an article into the list of its text: by date, undated ones last, then by id."""
        following, own = self.articles.following, self._place_in_text(x)
        before, at = NOWHERE, int(self.texts.first[t])
        while at != NOWHERE and self._place_in_text(at) < own:
            before, at = at, int(following[at])
        following[x] = at
        if before == NOWHERE:
            self.texts.first[t] = x
        else:
            following[before] = x
        self.texts.articles[t] += 1

    def _place_in_text(self, x: int) -> tuple[bool, int, bytes]:
        published = int(self.articles.published[x])
        return published == UNKNOWN_TIME, published, self.id_of(x)

    def remove_article(self, x: int) -> None:
        """Forget an article that has no edges."""
        articles, t = self.articles, int(self.articles.text[x])
        at = int(self.texts.first[t])
        if at == x:
            self.texts.first[t] = articles.following[x]
        else:
            while articles.following[at] != x:
                at = int(articles.following[at])
            articles.following[at] = articles.following[x]
        self.texts.articles[t] -= 1
        key = np.uint32(crc32(self.id_of(x)))
        make_room(self._ids, 1)
        postings.erase(self._ids, 0, key, x)
        self._id_room.give(int(articles.id_start[x]), int(articles.id_length[x]))
        articles.number[x] = 0
        self._article_rows.give(x)
        self.count -= 1

    def id_of(self, x: int) -> bytes:
        """An article's id, UTF-8 with lone surrogates passed."""
        start = int(self.articles.id_start[x])
        return bytes(self._id_bytes[start : start + int(self.articles.id_length[x])])

    def find(self, article_id: bytes) -> int:
        """The row of the article with an id, NOWHERE if there is none."""
        place = postings.find(self._ids, 0, np.uint32(crc32(article_id)))
        if place != NOWHERE:
            for x in postings.members_of(self._ids, place, np.empty(1, np.int32)).tolist():
                if self.id_of(x) == article_id:
                    return int(x)
        return NOWHERE

    def articles_of(self, texts: Array) -> tuple[Array, Array]:
        """The articles of some texts, each text's by date, then id, and where each text's begin."""
        found = np.empty(int(self.texts.articles[texts].sum()), np.int64)
        start = np.empty(texts.size + 1, np.int64)
        live.list_articles(self.texts, self.articles.following, texts, found, start)
        return found, start

    def every_article(self) -> Array:
        """The rows of all articles."""
        rows: Array = np.flatnonzero(self.articles.number[: self._article_rows.top])
        return rows

    def every_text(self) -> Array:
        """The rows of all texts that an article has."""
        rows: Array = np.flatnonzero(self.texts.articles[: self._text_rows.top])
        return rows

    def outlets_of(self, t: int) -> Array:
        """The outlets that ran a text, NO_OUTLET for none: int32."""
        found: Array = self.articles.outlet[self.articles_of(np.array([t]))[0]]
        return found

    # Edges

    def edges_of(self, articles: Array) -> Array:
        """The edges of some articles, each once."""
        found: Array = live.edges_of(self.edges, self.articles.edge, articles)
        return found

    def put_edge(self, left: int, right: int, evidence: Array, shingles: Array, relation: int, cause: int) -> None:
        """Keep a verified pair that is the same story."""
        e = self._edge_rows.take()
        self.edges.evidence[e], self.edges.shingles[e] = evidence, shingles
        self.edges.told[e] = relation, cause
        live.put_edge(self.edges, self.articles.edge, e, left, right)

    def take_edge(self, e: int) -> None:
        """Forget a pair."""
        live.take_edge(self.edges, self.articles.edge, e)
        self._edge_rows.give(e)

    def reached(self, seeds: Array) -> Array:
        """The articles that edges lead to from some, those included, ascending."""
        found: Array = live.reached(self.edges, self.articles.edge, seeds, self._visited)
        found.sort()
        return found

    def held_apart(self, t: int, sample: Array, limits: tuple[int, int, int, float]) -> Array:
        """The pairs of texts that an indexed text holds apart in overfull buckets, as left · 2^32 + right."""
        pairs: Array = live.held_apart(self.bands, self.samples, self.texts, t, sample, limits[0], limits[1])
        return pairs

    def is_proposed(self, s: int, t: int, samples: tuple[Array, Array], limits: tuple[int, int, int, float]) -> bool:
        """Whether two indexed texts propose each other."""
        return bool(
            live.is_proposed(
                self.bands, self.samples, self.texts, s, t, np.sort(samples[0]), np.sort(samples[1]), *limits
            )
        )

    def linked_pairs(self, pairs: Array) -> Array:
        """Those of some pairs of texts (left · 2^32 + right) that an edge joins."""
        linked: Array = live.linked_pairs(pairs, self.texts, self.articles, self.edges)
        return linked

    # Furniture

    def learn(self, hashes: Array, numbers: tuple[float, ...]) -> Array:
        """Learn of some sampled hashes for which outlets they are furniture; those of which that has changed."""
        outlets = int(self.articles.outlet[: self._article_rows.top].max(initial=NO_OUTLET)) + 1
        changed = np.zeros(hashes.size, np.uint8)
        done = 0
        while done < hashes.size:
            chunk = hashes[done : done + DIRTY_CHUNK]
            make_room(self.furniture, chunk.size, 1 << 16)
            news = changed[done : done + chunk.size]
            done += live.learn(self.samples, self.furniture, chunk, self.texts, self.articles, outlets, numbers, news)
        learnt: Array = hashes[changed.astype(bool)]
        return learnt

    def furniture_of(self, sampled: int) -> Array:
        """For which outlets a sampled hash is furniture: int32, outlet + 1 of each, or 0 alone where at large."""
        place = postings.find(self.furniture, 0, np.uint32(sampled))
        single = np.empty(1, np.int32)
        known: Array = single[:0] if place == NOWHERE else postings.members_of(self.furniture, place, single)
        return known

    def put_furniture(self, sampled: int, members: Array) -> None:
        """Keep for which outlets a sampled hash, of which nothing is known, is furniture."""
        for rank, member in enumerate(members.tolist()):
            make_room(self.furniture, 1)
            while not postings.insert(self.furniture, 0, np.uint32(sampled), member, rank):
                make_room(self.furniture, 1, int(self.furniture.state[postings.NEEDED]))

    def recurring_in(self, t: int, hashes: Array) -> Array:
        """Which sampled hashes of a text are furniture of an outlet that ran it: uint8."""
        recurring: Array = live.recurring_in(self.furniture, hashes, self.outlets_of(t))
        return recurring

    def texts_with(self, hashes: Array) -> Array:
        """The texts that hold any of some sampled hashes."""
        found: Array = live.texts_with(self.samples, hashes)
        return found
