"""Rows that were written of a stream → the same stream in memory: its texts, articles and edges, and what waits.

Outlets' names are there before. Texts, articles and edges come many at a time, each in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from storycluster.columns import Array
from storycluster.index.records import damaged
from storycluster.index.stream import Stream
from storycluster.utf8 import decode


class Restoring:
    """Fills a stream that has nothing but outlets' names.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream, self._live = stream, stream.live
        self._outlet_of = stream.outlets.every_outlet()
        self._anchors: list[Array] = []  # their numbers
        self._due: list[int] = []
        self._overdue: list[int] = []
        self._pending: list[Array] = []

    @contextmanager
    def texts(self, parts: Iterable[tuple[Sequence[int], Sequence[bytes], Sequence[bytes]]]) -> Iterator[None]:
        """Take over all texts: some numbers, words and sketches at a time.

        They are there when the context begins, and can be looked for once it has ended: articles and edges are taken
        over within, and what waits.
        """
        with self._live.loading_texts(parts):
            yield
            self._name_anchors()
            due = places_of(self._live.text_numbers, self._due, "a text that waits")
            overdue = places_of(self._live.article_numbers, self._overdue, "an article that waits")
            waiting = dict(zip(self._due, due.tolist(), strict=True))
            self._stream.go_on(waiting, set(overdue.tolist()), self._pending)

    def wait(self, texts: Iterable[int], articles: Iterable[int], pending: Iterable[bytes]) -> None:
        """Take over what waits: texts and articles, by number, and the sampled hashes that are to be learnt."""
        self._due += map(int, texts)
        self._overdue += map(int, articles)
        self._pending += [np.frombuffer(sample, np.uint32) for sample in pending]

    def articles(
        self,
        numbers: Sequence[int],
        ids: Sequence[bytes],
        texts: Sequence[int],
        names: Sequence[int],
        published: Sequence[int],
        titles: Sequence[int],
        contents: Sequence[int],
        stories: Sequence[int],
        anchors: Sequence[int],
    ) -> None:
        """Take over some articles, when all texts are there."""
        decode(b"\0".join(ids))  # whoever reads an id relies upon it
        name = np.array(names, np.int32)
        if (name >= len(self._stream.outlets)).any():
            raise damaged("an article's outlet is missing")
        story, known = np.array(stories, np.int64), self._stream.last_story
        if not ((story > 0) & (story <= known)).all():
            raise damaged(f"an article's story is none of those up to {known}")
        self._live.load_articles(
            ids,
            {
                "number": np.array(numbers, np.int64),
                "text": places_of(self._live.text_numbers, texts, "an article's text"),
                "name": name, "outlet": self._outlet_of[name], "published": np.array(published, np.int64),
                "title": np.array(titles, np.int64).view(np.uint64), "content": np.array(contents, np.uint64),
                "story": story,
            },
        )  # fmt: skip
        self._stream.outlets.come(name.tolist())
        self._anchors.append(np.array(anchors, np.int64))

    def edges(self, lefts: Sequence[int], rights: Sequence[int], evidence: Sequence[bytes]) -> None:
        """Take over some edges, when all articles are there."""
        known = self._live.article_numbers
        ends = np.stack([places_of(known, side, "a match's article") for side in (lefts, rights)], axis=1)
        data = np.frombuffer(b"".join(evidence), np.uint8).reshape(len(evidence), -1)
        self._live.load_edges(ends.astype(np.int32), data[:, :-1].copy().view(np.int32), data[:, -1].copy())

    def _name_anchors(self) -> None:
        """Write the anchors of all articles; one that is missing is found anew by a check."""
        if self._anchors:
            known = self._live.article_numbers
            wanted = np.concatenate(self._anchors)
            anchor = np.minimum(np.searchsorted(known, wanted), known.size - 1)
            self._live.articles.anchor[: known.size] = np.where(known[anchor] == wanted, anchor, np.arange(known.size))

    def furniture(self, known: Mapping[int, bytes]) -> None:
        """Take over what was known of all sampled hashes, as the journal told it."""
        members = np.frombuffer(b"".join(known.values()), np.int32).copy()
        sizes = np.fromiter(map(len, known.values()), np.int64, len(known)) // members.itemsize
        self._live.load_furniture(np.repeat(np.fromiter(known, np.uint32, len(known)), sizes), members)


def places_of(known: Array, numbers: Sequence[int] | Array, what: str) -> Array:
    """Where numbers stand among those known, ascending: int64.

    Raises:
        StoreError: One of them doesn't.
    """
    wanted = np.asarray(numbers, np.int64)
    places: Array = np.searchsorted(known, wanted)
    found = places < known.size
    found[found] = known[places[found]] == wanted[found]
    if not found.all():
        raise damaged(f"{what} is missing ({int(wanted[~found][0])})")
    return places
