"""What the caller said of pairs of articles: which must stand in one story, and which may not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Self

from storycluster import grouping
from storycluster.errors import LinkError
from storycluster.index.records import decoding
from storycluster.utf8 import decode, encode


class LinkedIds:
    """Links between articles, by their ids.

    Attributes:
        must: Article's id → ids of those that must stand with it; no one else is in it.
        cannot: The same of those that may not.
    """

    def __init__(self) -> None:
        self.must: dict[bytes, set[bytes]] = defaultdict(set)
        self.cannot: dict[bytes, set[bytes]] = defaultdict(set)

    def __bool__(self) -> bool:
        return bool(self.must or self.cannot)

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[bytes, bytes, bool]]) -> Self:
        """What a store keeps of pairs of ids: two of them, and whether they must stand together.

        Raises:
            StoreError: They are damaged.
        """
        links = cls()
        with decoding("what the caller said of two articles"):
            for low, high, must in rows:
                links.say(encode(decode(low)), encode(decode(high)), must)
        return links

    def concerning(self, article_id: bytes) -> set[bytes]:
        """The ids that must stand with one, through others too, and those that mustn't."""
        return (self._required({article_id}, set()) | self.cannot.get(article_id, set())) - {article_id}

    def of(self, article_id: bytes) -> set[bytes]:
        """The ids of which anything was said together with one."""
        return self.must.get(article_id, set()) | self.cannot.get(article_id, set())

    def say(self, a: bytes, b: bytes, must: bool) -> None:
        """Note a link between two ids of which nothing was said."""
        said = self.must if must else self.cannot
        said[a].add(b)
        said[b].add(a)

    def take_back(self, a: bytes, b: bytes) -> bool:
        """Forget what was said of two ids: whether they had to stand together."""
        required = b in self.must.get(a, ())
        for said in (self.must, self.cannot):
            if b in said.get(a, ()):
                for one, other in ((a, b), (b, a)):
                    said[one].discard(other)
                    if not said[one]:
                        del said[one]
        return required

    def check(self, a: bytes, b: bytes, must: bool) -> None:
        """See whether a link between two ids can stand beside the others; what was said of just these two is let be.

        Raises:
            LinkError: It contradicts them.
        """
        own = {(a, b), (b, a)}
        together = self._required({a, b} if must else {a}, own)
        apart = {(one, other) for one in together for other in self.cannot.get(one, ())} - own
        for one, other in sorted(apart if must else own):
            if one in together and other in together:
                names = ", ".join(repr(name.decode("utf-8", "replace")) for name in sorted((one, other)))
                raise LinkError(
                    f"({names}): must_link puts both into one story and cannot_link keeps them apart, directly or "
                    "through other articles; take one of the links back"
                )

    def among(self, ids: Sequence[bytes]) -> grouping.Links:
        """The links between some articles, named by their places."""
        place = {article_id: i for i, article_id in enumerate(ids)}
        must, cannot = (
            sorted(
                (i, place[other])
                for article_id, i in place.items()
                for other in said.get(article_id, ())
                if i < place.get(other, -1)
            )
            for said in (self.must, self.cannot)
        )
        return grouping.Links.between(must, cannot, [article_id.decode("utf-8", "replace") for article_id in ids])

    def _required(self, ids: set[bytes], without: set[tuple[bytes, bytes]]) -> set[bytes]:
        """The ids that must stand together with some, those included, without some of the links."""
        found, left = set(ids), list(ids)
        while left:
            one = left.pop()
            more = {other for other in self.must.get(one, ()) if (one, other) not in without} - found
            found |= more
            left += more
        return found
