"""What a live set is, by the batch's own stages over the articles that are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from storycluster import Article, Settings
from storycluster.clustering import Road
from storycluster.columns import UNKNOWN_TIME
from storycluster.fingerprint import digest_strings, fingerprint_texts
from storycluster.index.live import Sketch
from storycluster.index.stream import Stream
from storycluster.kernels import rule
from storycluster.kernels.live.links import KEPT
from storycluster.outlets import outlet_keys
from storycluster.registers import list_catalog
from storycluster.story import epoch_seconds
from storycluster.text import matchable_text

Edge = tuple[bytes, bytes, int, tuple[int, ...]]
"""Ids of the left and the right article, relation, kept evidence."""


class Room:
    """A live set that articles of a pool come to and go from.

    Args:
        pool: The articles.
        settings: All numbers.
    """

    def __init__(self, pool: Sequence[Article], settings: Settings) -> None:
        self.pool = pool
        self.settings = settings
        self.stream = Stream(settings)
        self.live = self.stream.live
        self.inside: dict[int, int] = {}  # place in the pool → row
        self._fingerprints = fingerprint_texts([matchable_text(article.text) for article in pool], settings)
        self._titles = digest_strings([article.title for article in pool]).tolist()
        self._number = 0

    def add(self, i: int) -> None:
        """Take an article of the pool in, if it isn't there."""
        if i in self.inside:
            return
        article = self.pool[i]
        self._number += 1
        published = UNKNOWN_TIME if article.published is None else epoch_seconds(article.published)
        row, touched = self.stream.add(
            article.id.encode(), self._number, self._fingerprints, i, article.outlet, published, self._titles[i], 0
        )
        self.stream.settle(touched)
        self.inside[i] = row

    def remove(self, i: int) -> None:
        """Take an article out, if it is there."""
        if i in self.inside:
            self.stream.settle(self.stream.remove(self.inside.pop(i)))

    def refresh(self) -> None:
        """Learn."""
        self.stream.settle(self.stream.refresh())

    def articles(self) -> list[Article]:
        """Those that are there."""
        return [self.pool[i] for i in sorted(self.inside)]

    def road(self) -> Road:
        """The batch's arrays for them, in the order of ``articles``."""
        articles = self.articles()
        keys = outlet_keys({article.outlet for article in articles})
        fingerprints = fingerprint_texts([matchable_text(article.text) for article in articles], self.settings)
        return Road(fingerprints, list_catalog(articles, keys, None), self.settings)

    def edges(self) -> set[Edge]:
        """The live edges."""
        live = self.live
        found = set()
        for e in live.edges_of(live.every_article()).tolist():
            left, right = (live.id_of(int(x)) for x in live.edges.ends[e])
            found.add((left, right, int(live.edges.relation[e]), tuple(live.edges.evidence[e].tolist())))
        return found

    def sketches(self) -> dict[int, Sketch]:
        """What each live text is indexed by."""
        return {t: self.live.sketch_of(t) for t in self.live.every_text().tolist()}


def wanted_edges(road: Road, articles: Sequence[Article]) -> set[Edge]:
    """The batch's verified pairs that are the same story."""
    matches = road.verify(road.proposed)
    return {
        (
            articles[matches.left[k]].id.encode(),
            articles[matches.right[k]].id.encode(),
            int(matches.relation[k]),
            tuple(matches.evidence[k, KEPT].tolist()),
        )
        for k in np.flatnonzero(matches.verdict == rule.SAME).tolist()
    }


def by_digest(road: Road, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Pairs of the batch's texts, each text named by its digest, the lesser first."""
    digests = road.fingerprints.digests[road.texts.rows].tolist()
    return {(min(digests[a], digests[b]), max(digests[a], digests[b])) for a, b in pairs}
