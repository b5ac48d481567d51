"""A newsroom in a few hundred words: sentences and articles from word lists, in nine languages.

A language file (``languages/*.toml``) holds words, phrases made of words, and sentences made of phrases. Each list
becomes a pool of 8,192 entries, in a word list the entry of rank ``r`` in proportion to ``1 / (r + 16)``
(Zipf-Mandelbrot), so that a draw is one index and common words are common. Nothing depends on hashes, on the order of
sets or on the platform: pools are built from a fixed seed, articles from the caller's ``random.Random``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any, TypeVar

from storycluster.errors import SettingsError

LANGUAGES: tuple[str, ...] = ("en", "de", "ru", "ar", "hi", "zh", "ja", "ko", "th")
"""The languages that articles can be made in."""

BITS = 13
POOL = 1 << BITS
WIDE_BITS = 16
"""Pools of whole clauses are wider, so that unrelated articles seldom share one."""

CAST = (
    *("who", "whos", "who2", "who2s", "place", "PLACE", "place2", "org", "abbr", "topic", "n1", "n2", "day"),
    *("Q", "headline"),
)
"""What stays the same all through one article; ``{@who}`` in a sentence stands for it."""

Item = TypeVar("Item")
Template = tuple[str, tuple[tuple[Any, int], ...]]
"""A line with holes and what fills each: a pool with its bits, or a place in the cast with 0."""
Cast = list[str]

_SLOT = {name: index for index, name in enumerate(CAST)}
_QUOTE = _SLOT["Q"]
_HOLE = re.compile(r"\{(@?)(\w+)(\^?)\}")


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before any outlet has touched it.

    Args:
        title: Its headline.
        paragraphs: Its paragraphs, in order.
        quotes: The quoted utterances, without quotation marks, in order of appearance.
        cast: Who and what it is about, in the order of ``CAST``.
    """

    title: str
    paragraphs: tuple[str, ...]
    quotes: tuple[str, ...]
    cast: tuple[str, ...]

    @property
    def text(self) -> str:
        """The body: paragraphs with an empty line between them."""
        return "\n\n".join(self.paragraphs)


def zipf_pool(items: Sequence[str]) -> list[str]:
    """``POOL`` entries, the item of rank r about in proportion to 1 / (r + 16), each at least once."""
    weights = [1.0 / (rank + 16) for rank in range(len(items))]
    scale = max(0, POOL - len(items)) / sum(weights)
    pool: list[str] = []
    for item, weight in zip(items, weights, strict=True):
        pool.extend([item] * (1 + int(weight * scale)))
    return even_pool(pool) if len(pool) > POOL else pool + list(items[:1]) * (POOL - len(pool))


def even_pool(items: Sequence[Item]) -> list[Item]:
    """``POOL`` entries, each item as often as any other, give or take one."""
    return [items[index % len(items)] for index in range(POOL)]


def capital(text: str) -> str:
    """The text with its first letter as a capital, where the script has capitals."""
    return text[:1].upper() + text[1:]


class Grammar:
    """One language's pools and sentences.

    Args:
        code: A language of ``LANGUAGES``.

    Raises:
        SettingsError: Another language.
    """

    def __init__(self, code: str) -> None:
        if code not in LANGUAGES:
            raise SettingsError(f"language: expected one of {', '.join(LANGUAGES)}; got {code!r:.40}")
        data: dict[str, Any] = tomllib.loads(
            files(__package__).joinpath("languages", f"{code}.toml").read_text(encoding="utf-8")
        )
        rng = Random(f"storycluster.testing {code}")
        self.code = code
        self.space: str = data["space"]
        self.stop: str = data["stop"]
        self.letters_per_word: float = data.get("letters_per_word", 0.0)
        self.data: Mapping[str, Any] = data
        self.pools: dict[str, list[str]] = {}
        self._lines: dict[str, list[Template]] = {}
        for words in (data["words"], data.get("formwords", {})):
            for name, text in words.items():
                self.pools[name] = zipf_pool(_entries(text, ","))
        self._add_figures(rng, data.get("decimal_point", "."), data.get("thousands", ","))
        for name, text in {**data["phrases"], "outlet": data["furniture"]["outlet"]}.items():
            templates = even_pool([self.compile(line) for line in _entries(text, "\n")])
            size = 1 << WIDE_BITS if name == "clause" else POOL
            self.pools[name] = [self.fill(templates[rng.getrandbits(BITS)], (), rng) for _ in range(size)]
        for name, text in (("agency", data["furniture"]["agency"]),):
            self.pools[name] = even_pool(_entries(text, ","))
        self._add_companies()
        article = data["article"]
        self.lead, self.prose, self.background, self.utterance, self.said, self.said2, self.headline = (
            even_pool([self.compile(line) for line in _entries(article[name], "\n")])
            for name in ("lead", "prose", "background", "utterance", "said", "said2", "headline")
        )

    def _add_figures(self, rng: Random, point: str, thousands: str) -> None:
        def grouped(value: int) -> str:
            return f"{value:,}".replace(",", thousands)

        pools = self.pools
        pools["number"] = [
            str(rng.randint(2, 99))
            if rng.random() < 0.5
            else grouped(int(10 ** rng.uniform(2, 5.3)) // 10 * 10 + rng.randint(0, 9))
            for _ in range(POOL)
        ]
        pools["decimal"] = [f"{grouped(rng.randint(12, 9999))}{point}{rng.randint(0, 99):02d}" for _ in range(POOL)]
        pools["percent"] = [f"{rng.randint(0, 11)}{point}{rng.randint(0, 99):02d}" for _ in range(POOL)]
        pools["small"] = [str(rng.randint(1, 49)) for _ in range(POOL)]
        pools["goals"] = [str(min(rng.randint(0, 5), rng.randint(0, 5))) for _ in range(POOL)]
        pools["age"] = [str(rng.randint(58, 99)) for _ in range(POOL)]
        pools["dom"] = [str(rng.randint(1, 28)) for _ in range(POOL)]
        pools["mon"] = [str(rng.randint(1, 12)) for _ in range(POOL)]
        pools["year"] = [str(rng.randint(1931, 2019)) for _ in range(POOL)]
        pools["clock"] = [f"{rng.randint(5, 21)}:{rng.randint(0, 59):02d}" for _ in range(POOL)]

    def _add_companies(self) -> None:
        pools = self.pools
        for name in ("company", "team"):
            suffixes = pools.get(f"{name}_suffix", [""])
            pools[name] = [
                f"{place}{self.space}{suffixes[index * 37 % len(suffixes)]}".strip()
                for index, place in enumerate(pools["place"])
            ]

    def compile(self, line: str) -> Template:
        """A sentence with holes, ready for ``fill``: ``{noun}`` draws, ``{@who}`` is cast, ``^`` makes a capital."""
        sources: list[tuple[Any, int]] = []
        for cast, name, caps in _HOLE.findall(line):
            if cast or name in ("Q", "headline"):
                sources.append((_SLOT[name], 0))
                continue
            if caps and name + caps not in self.pools:
                self.pools[name + caps] = [capital(item) for item in self.pools[name]]
            pool = self.pools[name + caps]
            sources.append((pool, len(pool).bit_length() - 1))
        return _HOLE.sub("%s", line.replace("%", "%%")), tuple(sources)

    def lines(self, name: str) -> list[Template]:
        """The lines of a piece of furniture (datelines, credits, boxes), ready to be filled."""
        if name not in self._lines:
            self._lines[name] = [self.compile(line.strip()) for line in _entries(self.data["furniture"][name], "\n")]
        return self._lines[name]

    @staticmethod
    def fill(template: Template, cast: Sequence[str], rng: Random) -> str:
        """The sentence with its holes filled, from the pools and the cast."""
        bits = rng.getrandbits
        line, sources = template
        return line % tuple([source[bits(width)] if width else cast[source] for source, width in sources])

    @staticmethod
    def _sentence(template: Template, cast: Sequence[str], bits: Callable[[int], int]) -> str:
        """As ``fill``, with a capital at the start: the loop in which articles are made spends its time here."""
        line, sources = template
        text: str = line % tuple([source[bits(width)] if width else cast[source] for source, width in sources])
        return text[0].upper() + text[1:]

    def draw(self, name: str, rng: Random) -> str:
        """One entry of a pool."""
        pool = self.pools[name]
        return pool[rng.getrandbits(len(pool).bit_length() - 1)]

    def new_cast(self, rng: Random) -> Cast:
        """The people, places and figures of a new article."""
        pools, bits = self.pools, rng.getrandbits
        first, last, places, space = pools["first"], pools["last"], pools["place"], self.data.get("name_space", " ")
        surname, surname2 = last[bits(BITS)], last[bits(BITS)]
        if self.data.get("surname_first", False):
            who, who2 = surname + space + first[bits(BITS)], surname2 + space + first[bits(BITS)]
        else:
            who, who2 = first[bits(BITS)] + space + surname, first[bits(BITS)] + space + surname2
        place, org, numbers = places[bits(BITS)], pools["org"][bits(BITS)], pools["number"]
        initials = "".join([word[0] for word in org.split() if word[0].isupper()])
        if len(initials) < 2:
            initials = "".join(["BCDFGKLMNPRSTVWZ"[bits(4)] for _ in range(3)])
        topic, day = pools["topic"][bits(BITS)], pools["day"][bits(BITS)]
        return [
            *(who, surname, who2, surname2, place, place.upper(), places[bits(BITS)], org, initials, topic),
            *(numbers[bits(BITS)], numbers[bits(BITS)], day, "", ""),
        ]  # fmt: skip

    @staticmethod
    def slot(name: str) -> int:
        """Where a name of ``CAST`` stands in a cast."""
        return _SLOT[name]

    def length(self, text: str) -> float:
        """How many words a text has: counted by spaces, or by letters where the script has no spaces."""
        return len(text) / self.letters_per_word if self.letters_per_word else text.count(" ") + 1

    def quotation(self, rng: Random, cast: Sequence[str], sentences: int) -> str:
        """What somebody says, over some sentences, without quotation marks and without a final stop."""
        bits = rng.getrandbits
        return f"{self.stop}{self.space}".join(
            [self._sentence(self.utterance[bits(BITS)], cast, bits) for _ in range(sentences)]
        )

    def attributed(self, quotation: str, rng: Random, cast: Cast, *, second: bool = False) -> str:
        """The quotation in quotation marks with whoever said it."""
        cast[_QUOTE] = quotation
        return capital(self.fill((self.said2 if second else self.said)[rng.getrandbits(BITS)], cast, rng))

    def title(self, rng: Random, cast: Sequence[str]) -> str:
        """A headline about the cast."""
        return capital(self.fill(self.headline[rng.getrandbits(BITS)], cast, rng))

    def paragraphs(self, rng: Random, cast: Sequence[str], words: float) -> list[str]:
        """Paragraphs of original prose, without quotation, of about so many words (one paragraph at least)."""
        bits, fill, prose, space, length = rng.getrandbits, self._sentence, self.prose, self.space, self.length
        made: list[str] = []
        total = 0.0
        while True:
            paragraph = space.join([fill(prose[bits(BITS)], cast, bits) for _ in range(1 + bits(1))])
            made.append(paragraph)
            total += length(paragraph)
            if total >= words - 10:
                return made

    def compose(
        self,
        rng: Random,
        *,
        words: float = 400,
        cast: Sequence[str] | None = None,
        quotes: Sequence[str] = (),
        background: Sequence[str] = (),
        quote_share: float = 0.28,
    ) -> Draft:
        """A new article.

        Args:
            rng: Where chance comes from.
            words: About how long it is, in words.
            cast: Who and what it is about; None for a new cast.
            quotes: Utterances that it must quote, in their order; its own ones then come on top of them.
            background: Sentences that it must carry as they are.
            quote_share: The share of its own words (beside ``quotes``) that is quoted speech, 0–1.

        Returns:
            The draft, with every quotation that it holds.
        """
        people = list(cast) if cast is not None else self.new_cast(rng)
        bits, fill, prose, length, space = rng.getrandbits, self._sentence, self.prose, self.length, self.space
        body = [fill(self.lead[bits(BITS)], people, bits)]
        said: list[str] = []
        kept = sum(length(text) for text in quotes) + sum(length(text) for text in background)
        total = length(body[0])
        quoted = 0.0
        target = max(words - kept, 20)
        while total < target - 10:
            if quoted < quote_share * total and len(body) > 1:
                quotation = self.quotation(rng, people, 1 + (bits(2) > 0) + (bits(2) > 2))
                paragraph = self.attributed(quotation, rng, people, second=len(said) % 2 == 1)
                said.append(quotation)
                added = length(paragraph)
                quoted += added
            else:
                paragraph = space.join([fill(prose[bits(BITS)], people, bits) for _ in range(1 + bits(1))])
                added = length(paragraph)
            body.append(paragraph)
            total += added
        for index, quotation in enumerate(quotes):
            where = 1 + int(rng.random() * len(body))
            body.insert(where, self.attributed(quotation, rng, people, second=index % 2 == 1))
        body.extend(background)
        return Draft(self.title(rng, people), tuple(body), (*quotes, *said), tuple(people))

    def stock(self, rng: Random, cast: Sequence[str], sentences: int) -> list[str]:
        """Background sentences on the cast, as archives keep them and reporters paste them."""
        return [capital(self.fill(self.background[rng.getrandbits(BITS)], cast, rng)) for _ in range(sentences)]


def _entries(text: str, separator: str) -> list[str]:
    """The entries of a list in a language file."""
    if separator == ",":
        return [item.strip() for item in text.replace("\n", ",").split(",") if item.strip()]
    return [line for line in text.split("\n") if line.strip()]


@lru_cache(maxsize=len(LANGUAGES))
def grammar(code: str) -> Grammar:
    """The grammar of a language, built once.

    Raises:
        SettingsError: A language that is not among ``LANGUAGES``.
    """
    return Grammar(code)


_SCRIPTS = (
    *(("ja", "぀", "ヿ"), ("zh", "一", "鿿"), ("ko", "가", "힣"), ("th", "ก", "๿")),
    *(("ar", "ء", "ۿ"), ("hi", "ऀ", "ॿ"), ("ru", "Ѐ", "ӿ")),
)


def guess_language(text: str, tag: str | None = None) -> str:
    """The language of ``LANGUAGES`` to continue a text in: by its tag, else by its script (Latin is English)."""
    if tag is not None and tag.split("-")[0].lower() in LANGUAGES:
        return tag.split("-")[0].lower()
    head = text[:400]
    counts = [(sum(low <= char <= high for char in head), code) for code, low, high in _SCRIPTS]
    kana = counts[0][0]
    if kana and kana * 12 > counts[1][0]:
        return "ja"
    best, code = max(counts, key=lambda entry: entry[0])
    return code if best * 4 > sum(char.isalpha() for char in head) else "en"
