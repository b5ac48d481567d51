"""What a StoryIndex holds in memory: texts, articles and edges that come and go, in flat arrays. No object per article.

It knows where things are and answers what belongs together; what to make of it is the StoryIndex's business. Rows of
texts and articles are used again; arrays grow by a sixteenth where they stand and shrink when the index is opened anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple
from zlib import crc32

import numpy as np

from storycluster import grouping
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Fingerprints
from storycluster.growing import starts_of
from storycluster.index.records import damaged
from storycluster.index.room import Growth, Rows, Stretches, append
from storycluster.kernels import rule
from storycluster.kernels.flags import FURNITURE
from storycluster.kernels.live import apart, edges, links, loading, postings, proposing, runs, turns, whole
from storycluster.kernels.live import furniture as live_furniture
from storycluster.kernels.live import words as live_words
from storycluster.kernels.live.columns import ArticleColumns, Edges, Limits, LiveSet, TextColumns, live_set
from storycluster.kernels.live.links import KEPT
from storycluster.kernels.live.postings import NOWHERE
from storycluster.kernels.live.texts import find_text, unindex_text
from storycluster.kernels.overlap import count_distinct
from storycluster.kernels.parts import Joins
from storycluster.kernels.words import digest_texts
from storycluster.threads import map_threads, spans

AT_ONCE = 1 << 17
"""Texts that are indexed together when they are loaded, for which it takes some 200 MB, and 340 a million texts ..."""
AT_FIRST = tuple(1 << k for k in range(12, 17))
"""... but at first only up to these numbers, each time as many as are in."""
LEARNT_TOGETHER = 4096
"""Hashes learnt in one go: more are shared among threads, and room is made between two of them."""


class Sketch(NamedTuple):
    """What a text is indexed by.

    Args:
        sample: uint32: sampled shingles, distinct, in text order.
        places: uint32: the words they begin at.
        keys: uint32: the keys of its LSH bands.
        signature: uint32: its MinHash signature.
    """

    sample: Array
    places: Array
    keys: Array
    signature: Array


class Live:
    """The columns of the live set.

    Args:
        permutations: Multipliers and offsets of the signatures' permutations.
        rows: Rows of an LSH band.
        limits: Bounds of candidates and evidence.
        numbers: The rule's numbers.
    """

    def __init__(self, permutations: tuple[Array, Array], rows: int, limits: Limits, numbers: rule.Numbers) -> None:
        self._permutations, self._band_rows = permutations, rows
        self._limits, self._numbers = limits, numbers
        size = permutations[0].size
        self.bands = postings.empty_postings(size // rows)
        self.samples = postings.empty_postings(1)
        self.furniture = postings.empty_postings(1)
        self._runs = postings.empty_postings(1)
        self._ids = postings.empty_postings(1)
        self.words = np.empty(0, np.uint32)
        self._id_bytes = np.empty(0, np.uint8)
        self.texts = TextColumns(
            np.empty((0, 2), np.uint64), np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int32),
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, size), np.uint8), np.empty(0, np.uint8),
            np.empty(0, np.int32), np.empty(0, np.uint8), np.empty(0, np.int32), np.empty(0, np.int32),
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64),
        )  # fmt: skip
        self.articles = ArticleColumns(
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64),
            np.empty(0, np.uint64), np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64),
            np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32),
        )  # fmt: skip
        self.edges = Edges(
            np.empty((0, 2), np.int32), np.empty((0, 2), np.int32), np.empty((0, KEPT.size), np.int32),
            np.empty(0, np.uint8),
        )  # fmt: skip
        self._shared = np.empty(0, np.int32)
        self._visited = np.empty(0, np.uint8)
        self._growth = Growth()
        self._text_rows = Rows((*self.texts, self._shared), self._growth)
        self._article_rows = Rows((*self.articles, self._visited), self._growth)
        self._edge_rows = Rows(self.edges, self._growth)
        self._word_room = Stretches(self.words, self._growth)
        self._id_room = Stretches(self._id_bytes, self._growth)
        self._whole, self._moved = self._put_together(), 0
        self.count = 0

    def _put_together(self) -> LiveSet:
        whole: LiveSet = live_set(
            self.bands, self.samples, self.furniture, self._runs, self._ids, self.words, self._id_bytes, self.texts,
            self.articles, self.edges, self._shared, self._visited, self._limits, self._numbers,
        )  # fmt: skip
        return whole

    def _set(self) -> LiveSet:
        """All columns, where they are now."""
        if self._moved != self._growth.moved:
            self._whole, self._moved = self._put_together(), self._growth.moved
        return self._whole

    def nbytes(self) -> int:
        """Bytes of all columns, room to grow included."""
        arrays: list[Array] = [self.words, self._id_bytes, self._shared, self._visited]
        for columns in (
            self.texts, self.articles, self.edges, self.bands, self.samples, self.furniture, self._runs, self._ids
        ):  # fmt: skip
            arrays += columns
        return sum(array.nbytes for array in arrays)

    # Texts

    def find_text(self, signature: Array, digest: int) -> tuple[int, Array, Array]:
        """Look for the text with a signature and a digest.

        Returns:
            Its row, NOWHERE if there is none; the keys of the signature's bands: uint32 (bands); what comes first in
            canonical order: uint64 (2).
        """
        keys, order = np.empty(signature.size // self._band_rows, np.uint32), np.empty(2, np.uint64)
        t = int(find_text(self._set(), signature, self._band_rows, digest, keys, order))
        return t, keys, order

    def add_text(
        self, number: int, words: Array, flags: Array, sketch: Sketch, order: Array, digest: int
    ) -> tuple[int, Array]:
        """Keep a text and index it; no article has it yet.

        Args:
            number: Its number in the store.
            words: uint32: its words.
            flags: uint8: their flags.
            sketch: What it is indexed by.
            order: uint64 (2): what comes first in canonical order.
            digest: What comes second.

        Returns:
            Its row, and where those stand that it is paired with (``reaches``).
        """
        t = self._text_rows.take()
        self.texts.start[t] = self._word_room.take(words.size)
        done, all_done = 0, sketch.keys.size + sketch.sample.size
        reaches = np.empty((all_done, 4), np.int64)
        while True:
            done = live_words.take_text(
                self._set(), t, words, flags, sketch.signature, sketch.sample, sketch.keys, order, digest, number, done,
                reaches,
            )  # fmt: skip
            if done == all_done:
                return t, reaches
            table, left = (self.bands, sketch.keys) if done < sketch.keys.size else (self.samples, sketch.sample)
            self._growth.make_room(table, left.size, int(table.state[postings.NEEDED]))

    def take_stored_text(self, number: int, words: bytes, sketch: bytes) -> int:
        """The row of a text as ``text_bytes`` gave it; kept under this number and indexed if it isn't there."""
        packed = np.frombuffer(words, "<u4").astype(np.uint32)
        own = self.sketch_packed(packed)
        digest = np.frombuffer(sketch, "<u8", 1, 4 * own.keys.size + 16).astype(np.uint64)[0]
        t, _, order = self.find_text(own.signature, digest)
        if t != NOWHERE:
            return t
        flags = (packed & live_words.FLAGS).astype(np.uint8)
        return self.add_text(number, packed & live_words.HASH, flags, own, order, digest)[0]

    def text_bytes(self, t: int, keys: Array) -> tuple[bytes, bytes]:
        """The packed words of a text, whose bands' keys these are, and what it is indexed by, for ``loading_texts``."""
        data = np.empty(self.sketch_size, np.uint8)
        live_words.sketch_bytes(self._set(), t, keys, data)
        return (self.words[self.words_of(t)] & ~np.uint32(FURNITURE)).tobytes(), data.tobytes()

    def sketch_stored(self, words: bytes) -> bytes:
        """What a text of these packed words is indexed by, as ``text_bytes`` gives both."""
        packed = np.frombuffer(words, "<u4").astype(np.uint32)
        plain, flags = packed & live_words.HASH, (packed & live_words.FLAGS).astype(np.uint8)
        span, digests, shingles = np.array([0, packed.size]), np.empty(1, np.uint64), np.empty(1, np.int32)
        digest_texts(plain, flags, span, digests)
        count_distinct(plain, span, np.zeros(1, np.int64), self._limits.width, shingles)
        signature = self.sketch_packed(packed).signature
        _, keys, order = self.find_text(signature, digests[0])
        marks = (signature & np.uint32(255)).astype(np.uint8)
        return b"".join([part.tobytes() for part in (keys, order, digests, shingles, marks)])

    @property
    def sketch_size(self) -> int:
        """Bytes of what a text is indexed by."""
        permutations = int(self._permutations[0].size)
        return 4 * (permutations // self._band_rows) + 28 + permutations

    @contextmanager
    def loading_texts(self, parts: Iterable[tuple[Sequence[int], Sequence[bytes], Sequence[bytes]]]) -> Iterator[None]:
        """Take over the texts of a live set, where there are none yet.

        They are there when the context begins. In threads of their own they are indexed by its end: within it nothing
        may ask for candidates.

        Args:
            parts: Some texts at a time, in any order: their numbers, their packed words, and what they are indexed by
                (``text_bytes``).
        """
        none = np.empty((0, self.bands.state[postings.SPACES]), np.uint32)
        keys = np.concatenate([none, *(self._load_part(*part) for part in parts)])
        order = self.canonical(np.arange(len(keys)))
        # never many more than there are: where a region lies is told by what the table has grown to
        batches = np.split(order, [*AT_FIRST, *range(AT_ONCE, len(order), AT_ONCE)])

        def index_bands() -> None:
            spaces = np.arange(keys.shape[1], dtype=np.uint16)
            for some in batches:
                owners = np.repeat(some.astype(np.int32), spaces.size)
                append(self.bands, np.tile(spaces, some.size), keys[some].ravel(), owners)

        def index_samples() -> None:
            for some in batches:
                most = int(self.texts.words[some].sum())
                hashes, owners = np.empty(most, np.uint32), np.empty(most, np.int32)
                count = loading.sample_texts(self.words, self.texts, some, self._limits, hashes, owners)
                append(self.samples, np.zeros(count, np.uint16), hashes[:count], owners[:count])

        with ThreadPoolExecutor(2, thread_name_prefix="storycluster") as pool:
            indexing = [pool.submit(index) for index in (index_samples, index_bands)]
            try:
                yield
            except BaseException:
                batches.clear()  # no more of them
                raise
            for done in indexing:
                done.result()
        self._growth.moved += 1

    def _load_part(self, numbers: Sequence[int], words: Sequence[bytes], sketches: Sequence[bytes]) -> Array:
        """Take over some texts, into rows that follow each other, and don't index them: the keys of their bands."""
        count = len(numbers)
        for number, own, sketch in zip(numbers, words, sketches, strict=True):
            readable = isinstance(own, bytes) and isinstance(sketch, bytes)
            if not readable or len(own) % 4 or len(sketch) != self.sketch_size:
                raise damaged(f"text {number} can't be read")
        first = self._text_rows.take_many(count)
        sizes = np.fromiter(map(len, words), np.int64, count) // 4
        starts = self._word_room.take_many(sizes)
        rows = slice(first, first + count)
        self.texts.start[rows], self.texts.words[rows], self.texts.number[rows] = starts, sizes, numbers
        loading.spread(np.frombuffer(b"".join(words), np.uint32), sizes, starts, self.words)
        data = np.frombuffer(b"".join(sketches), np.uint8).reshape(count, self.sketch_size)
        keys = np.empty((count, self.bands.state[postings.SPACES]), np.uint32)
        live_words.read_sketches(self.texts, first, data, keys)
        return keys

    def load_articles(self, ids: Sequence[bytes], columns: Mapping[str, Array]) -> int:
        """Take over articles, into rows that follow each other, without edges.

        Args:
            ids: Their ids.
            columns: Their other columns by name, ``text`` by row; ``anchor`` is yet to be written.

        Returns:
            The first row.
        """
        articles, count = self.articles, len(ids)
        first = self._article_rows.take_many(count)
        rows = slice(first, first + count)
        for name, column in columns.items():
            getattr(articles, name)[rows] = column
        lengths = np.fromiter(map(len, ids), np.int64, count)
        starts = self._id_room.take_many(lengths)
        articles.id_start[rows], articles.id_length[rows], articles.edge[rows] = starts, lengths, NOWHERE
        loading.spread(np.frombuffer(b"".join(ids), np.uint8), lengths, starts, self._id_bytes)
        keys = np.fromiter(map(crc32, ids), np.uint32, count)
        done = first
        while done < first + count:
            for table in (self._runs, self._ids):
                self._growth.make_room(table, count, int(table.state[postings.NEEDED]) + count)
            done = runs.load_articles(
                self._runs, self._ids, self._id_bytes, articles, self.texts, done, first + count, keys[done - first :],
                UNKNOWN_TIME,
            )  # fmt: skip
        self.count += count
        return first

    def remove_text(self, t: int, sketch: Sketch) -> None:
        """Forget a text that no article has any more."""
        for table, own, spaced in ((self.bands, sketch.keys, True), (self.samples, sketch.sample, False)):
            self._growth.make_room(table, own.size)
            unindex_text(table, t, own, spaced)
        self._word_room.give(int(self.texts.start[t]), int(self.texts.words[t]))
        self._text_rows.give(t)

    def words_of(self, t: int) -> slice:
        """Where a text's words and flags are."""
        start = int(self.texts.start[t])
        return slice(start, start + int(self.texts.words[t]))

    def sketch_of(self, t: int) -> Sketch:
        """What a text is indexed by, made anew from its words."""
        return self.sketch_packed(self.words[self.words_of(t)])

    def sketch_packed(self, packed: Array) -> Sketch:
        """What a text is indexed by, made from its packed words."""
        made = live_words.sketch_words(packed, 0, packed.size, self._limits, *self._permutations, self._band_rows)
        return Sketch(*made)

    def propose(self, t: int, sketch: Sketch) -> Array:
        """The candidates of an indexed text: int64 (``proposing.propose_for``)."""
        found: Array = proposing.propose_for(self._set(), t, sketch.sample, sketch.keys)
        return found

    def canonical(self, texts: Array) -> Array:
        """Some texts in canonical order."""
        order = self.texts.order[texts]
        ordered: Array = texts[np.lexsort((self.texts.digest[texts], order[:, 1], order[:, 0]))]
        return ordered

    def copy_words(self, texts: Array, recipe: str) -> Fingerprints:
        """The words and flags of some texts side by side, as fingerprints without signatures and samples."""
        words, flags, start = live_words.copy_words(self._set(), texts)
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
        self.articles.id_start[x] = self._id_room.take(len(article_id))
        key, own = np.uint32(crc32(article_id)), np.frombuffer(article_id, np.uint8)
        while not runs.admit(
            self._set(), x, t, name, outlet, published, np.uint64(title), np.uint64(content), number, own, key,
            UNKNOWN_TIME,
        ):  # fmt: skip
            for table in (self._runs, self._ids):
                self._growth.make_room(table, 1, int(table.state[postings.NEEDED]))
        self.count += 1
        return x

    def run_of(self, t: int) -> Array:
        """The articles of a text by date, undated ones last, then by id: int32."""
        run: Array = runs.articles_of(self._set(), t)
        return run

    def place_in_run(self, x: int) -> int:
        """Where an article stands among those of its text."""
        return int(runs.place_in_run(self._set(), x))

    def remove_article(self, x: int) -> None:
        """Forget an article that has no edges."""
        articles = self.articles
        self._growth.make_room(self._ids, 1)
        postings.erase(self._ids, 0, np.uint32(crc32(self.id_of(x))), x)
        self._growth.make_room(self._runs, 1)
        runs.delist(self._runs, self.texts, articles, x)
        self._id_room.give(int(articles.id_start[x]), int(articles.id_length[x]))
        articles.number[x], articles.story[x] = 0, 0
        self._article_rows.give(x)
        self.count -= 1

    def turn(self, rows: Array, anchors: Array, before: Array, restated: Array) -> Array:
        """Give some articles, whose stories are written, their anchors; what has changed by it (``turns.turn``)."""
        marks = np.empty(rows.size, np.uint8)
        turns.turn(self._set(), rows, anchors, before, restated, marks)
        return marks

    def id_of(self, x: int) -> bytes:
        """An article's id, UTF-8 with lone surrogates passed."""
        start = int(self.articles.id_start[x])
        own: bytes = self._id_bytes[start : start + int(self.articles.id_length[x])].tobytes()
        return own

    def find(self, article_id: bytes) -> int:
        """The row of the article with an id, NOWHERE if there is none."""
        own = np.frombuffer(article_id, np.uint8)
        return int(runs.find_article(self._set(), np.uint32(crc32(article_id)), own))

    def place_articles(self, rows: Array) -> Array:
        """The place of each of some articles when they are sorted by date, then id: int64."""
        places: Array = runs.place_articles(self._id_bytes, self.articles, rows, UNKNOWN_TIME)
        return places

    def articles_of(self, texts: Array) -> tuple[Array, Array]:
        """The articles of some texts, each text's by date, then id, and where each text's begin."""
        found = np.empty(int(self.texts.articles[texts].sum()), np.int64)
        start = np.empty(texts.size + 1, np.int64)
        runs.list_articles(self._runs, self.texts, texts, found, start)
        return found, start

    def every_article(self) -> Array:
        """The rows of all articles."""
        rows: Array = np.flatnonzero(self.articles.number[: self._article_rows.top])
        return rows

    def every_text(self) -> Array:
        """The rows of all texts that an article has."""
        rows: Array = np.flatnonzero(self.texts.articles[: self._text_rows.top])
        return rows

    # Edges

    def edges_of(self, articles: Array) -> Array:
        """The edges of some articles, each once."""
        found: Array = edges.edges_at(self._set(), articles)
        return found

    def relink(
        self, t: int, low: int, high: int, sketch: Sketch, *, renewed: bool
    ) -> tuple[Array, Array, Array, Array, int]:
        """What becomes of the edges of a stretch of a text's articles (``links.relink``)."""
        found: tuple[Array, Array, Array, Array, int] = links.relink_some(
            self._set(), t, low, high, renewed, sketch.sample, sketch.places, sketch.keys
        )
        return found

    def link_new(self, t: int, sketch: Sketch, reaches: Array, least: int) -> tuple[Array, Array, Array, Array, Array]:
        """What becomes of the edges of a new text's article, and what else it changes (``links.link_new``)."""
        found: tuple[Array, Array, Array, Array, Array] = links.link_new(
            self._set(), t, sketch.sample, sketch.places, reaches, least, *self._permutations, self._band_rows
        )
        return found

    def relink_due(self, t: int, most: int) -> tuple[Array, Array, Array, Array, int, bool]:
        """What becomes of the edges of a text, and whether it matches all (``links.relink_due``)."""
        found: tuple[Array, Array, Array, Array, int, bool] = links.relink_due(
            self._set(), t, most, *self._permutations, self._band_rows
        )
        return found

    def put_edges(self, ends: Array, evidence: Array, relation: Array) -> None:
        """Keep verified pairs that are the same story."""
        rows = np.array([self._edge_rows.take() for _ in range(len(ends))], np.int64)
        edges.put_edges(self._set(), rows, ends, evidence, relation)

    def take_edge(self, e: int) -> None:
        """Forget a pair."""
        edges.take_edge(self._set(), e)
        self._edge_rows.give(e)

    def joins_among(self, rows: Array) -> tuple[Array, Joins]:
        """The edges of some articles, ascending, that none leads out of; the same as ``grouping`` takes them."""
        found, *columns = edges.joins_among(self._set(), rows, self._edge_rows.top)
        return found, Joins(*columns)

    def edges_with(self, rows: Array, y: int) -> Array:
        """The edge of each of some articles with one, NOWHERE where there is none."""
        found: Array = edges.edges_with(self._set(), rows, y)
        return found

    def edge_between(self, x: int, y: int) -> int:
        """The edge of two articles, NOWHERE if there is none."""
        return int(edges.edge_at(self._set(), x, y))

    def reached(self, seeds: Array, most: int) -> Array:
        """The articles that edges lead to from some, those included; no more than so many and some are looked for."""
        found: Array
        if most < self.count:
            found = edges.reached(self._set(), seeds, most)
        else:
            found = edges.all_reached(self._set(), seeds, self._edge_rows.top)
        return found

    def whole_anchor(self, rows: Array) -> tuple[int, bool]:
        """The anchor of a component that is one story as a whole (``whole.whole_anchor``)."""
        anchor, joined = whole.whole_anchor(self._set(), rows, self._edge_rows.top)
        return int(anchor), joined

    @property
    def text_numbers(self) -> Array:
        """The texts' numbers by row, as long as only loading has put any: ascending."""
        numbers: Array = self.texts.number[: self._text_rows.top]
        return numbers

    @property
    def article_numbers(self) -> Array:
        """The articles' numbers by row, as long as only loading has put any: ascending."""
        numbers: Array = self.articles.number[: self._article_rows.top]
        return numbers

    def load_edges(self, ends: Array, evidence: Array, relation: Array) -> None:
        """Take over edges between rows, in arrays as ``put_edges`` takes them."""
        first = self._edge_rows.take_many(len(ends))
        rows = np.arange(first, first + len(ends))
        edges.put_edges(self._set(), rows, ends, evidence, relation)

    def held_apart(self, t: int, sketch: Sketch) -> Array:
        """The pairs of texts that an indexed text holds apart in overfull buckets, as left · 2^32 + right."""
        pairs: Array = apart.held_apart(self._set(), t, sketch.sample, sketch.keys)
        return pairs

    def may_be_same(self, left: Array, right: Array) -> Array:
        """Which pairs of texts have articles that may be one story by their lengths and dates: bool."""
        may: Array = links.may_be_same(self._set(), left, right)
        return may

    def which_proposed(self, left: Array, right: Array) -> Array:
        """Which pairs of indexed texts propose each other: bool."""
        proposed: Array = apart.which_proposed(self._set(), left, right, *self._permutations, self._band_rows)
        return proposed

    def copies_match(self, x: int, y: int) -> bool:
        """Whether two articles of one text are one story."""
        return bool(links.copies_match(self._set(), x, y))

    def judge(self, left: Array, right: Array) -> grouping.Judged:
        """The verdicts on pairs of articles."""
        same, told = np.empty(left.size, np.bool_), np.empty(left.size, np.int32)
        links.judge_pairs(self._set(), left, right, same, told)
        return grouping.Judged(same, told)

    def which_drifted(self, texts: Array) -> Array:
        """Which texts' furniture has changed so far that a verdict on them may be another one: bool."""
        drifted: Array = live_words.which_drifted(self._set(), texts)
        return drifted

    def linked_pairs(self, pairs: Array) -> Array:
        """Those of some pairs of texts (left · 2^32 + right) that an edge joins."""
        linked: Array = apart.linked_pairs(self._set(), pairs)
        return linked

    # Furniture

    def learn(self, hashes: Array, numbers: tuple[float, ...]) -> tuple[Array, Array]:
        """Learn of some sampled hashes for which outlets they are furniture.

        Returns:
            uint32: hashes of which something else is known now; int32: the texts for which that makes a difference.
        """
        outlets = int(self.articles.outlet[: self._article_rows.top].max(initial=NO_OUTLET)) + 1
        sizes = np.empty(hashes.size, np.int64)

        def find(span: slice) -> Array:
            members: Array = live_furniture.find_furnished(
                self.samples, hashes[span], self._runs, self.texts, self.articles, outlets, numbers, sizes[span]
            )
            return members

        members = np.concatenate(map_threads(find, spans(hashes.size, LEARNT_TOGETHER)))
        return self.take_furniture(hashes, members, sizes)

    def take_furniture(self, hashes: Array, members: Array, sizes: Array) -> tuple[Array, Array]:
        """Have known of some sampled hashes for which outlets they are furniture; what ``learn`` returns.

        Args:
            hashes: uint32 (n): the hashes.
            members: int32: the outlets of one after the other (``furniture_of``).
            sizes: int64 (n): how many each has.
        """
        start = starts_of(sizes)
        changed = np.zeros(hashes.size, np.uint8)
        due = [np.empty(0, np.int32)]
        done = 0
        while done < hashes.size:
            chunk = slice(done, done + LEARNT_TOGETHER)
            self._growth.make_room(self.furniture, LEARNT_TOGETHER, 1 << 16)
            count, texts = live_furniture.keep_furnished(
                self.samples, self.furniture, hashes[chunk], members, start[done:], self._runs, self.texts,
                self.articles, changed[chunk], self._shared,
            )  # fmt: skip
            due.append(texts)
            done += count
        return hashes[changed.astype(bool)], np.unique(np.concatenate(due))

    def may_recur(self, hashes: Array, least: int) -> Array:
        """Those of some sampled hashes that so many articles hold: of no others can anything be known."""
        held: Array = live_furniture.held_by(self._set(), hashes, least)
        return held

    def furniture_of(self, hashes: Array) -> dict[int, bytes]:
        """For which outlets sampled hashes are furniture: int32, outlet + 1 of each, or 0 alone where at large."""
        members, start = live_furniture.list_known(self.furniture, hashes)
        data, ends = members.tobytes(), (4 * start).tolist()
        return {sampled: data[ends[i] : ends[i + 1]] for i, sampled in enumerate(hashes.tolist())}

    def load_furniture(self, hashes: Array, members: Array) -> None:
        """Take over for which outlets sampled hashes are furniture, where nothing is known yet.

        Args:
            hashes: uint32 (n): a hash of each.
            members: int32 (n): its outlets (``furniture_of``), those of one hash in their order.
        """
        append(self.furniture, np.zeros(hashes.size, np.uint16), hashes, members)
        self._growth.moved += 1

    def recurring_in(self, t: int, hashes: Array) -> Array:
        """Which sampled hashes of a text are furniture of an outlet that ran it: uint8."""
        recurring: Array = live_furniture.recurring_of(self._set(), t, hashes)
        return recurring
