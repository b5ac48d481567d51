"""A simulated stream of news: single articles, syndicated ones, events with independent reports, look-alikes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from random import Random

from storycluster.errors import SettingsError
from storycluster.models import Article, Published
from storycluster.testing.edits import EDITS
from storycluster.testing.families import Family, Label, Recipe, TruthPair
from storycluster.testing.grammar import LANGUAGES, Draft, Grammar, capital, grammar
from storycluster.testing.lookalikes import LOOKALIKES
from storycluster.testing.text_edits import GAP, boxes

START = datetime(2030, 1, 1, tzinfo=UTC)
BUFFER = 4096
"""So many articles wait for their turn while a stream is mixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What a simulated stream consists of.

    The defaults rank the usual rules (Jaccard, containment, prose only) as pairs of real articles do: see
    ``tests/testing/test_honesty.py``.

    Args:
        singles: Weight of articles that nobody copies.
        wires: Weight of stories that several outlets run.
        events: Weight of such stories on which others report independently, too.
        lookalikes: Weight of families that only look alike.
        copies: Mean number of copies of a story beyond the first one, 0-30.
        outlets: How many outlets there are in each language.
        per_hour: How many families come out in an hour.

    Raises:
        SettingsError: A negative weight, no weight at all, or a number out of range.
    """

    singles: float = 0.5
    wires: float = 0.3
    events: float = 0.1
    lookalikes: float = 0.1
    copies: float = 2.2
    outlets: int = 300
    per_hour: float = 60.0

    def __post_init__(self) -> None:
        weights = (self.singles, self.wires, self.events, self.lookalikes)
        if min(weights) < 0 or sum(weights) <= 0:
            raise SettingsError(f"Mix: expected weights of 0 or more, one of them above 0; got {weights}")
        for name, low, high in (("copies", 0, 30), ("outlets", 2, 100_000), ("per_hour", 0.001, 1e6)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"Mix.{name}: expected {low} to {high}, got {value!r}")


DEFAULT_MIX = Mix()


@dataclass(frozen=True, slots=True)
class Simulation:
    """Articles with the truth about them.

    Args:
        articles: The articles, mixed, about in the order of publication.
        truth: Article id → label of its story; articles with one label are one story.
        pairs: What is known about single pairs: all copies of one story and all look-alikes, with what was done.
    """

    articles: tuple[Article, ...]
    truth: dict[str, str]
    pairs: tuple[TruthPair, ...]


def simulate(
    n_articles: int = 1000,
    *,
    seed: int = 0,
    languages: Sequence[str] = ("en",),
    words: float = 400,
    mix: Mix = DEFAULT_MIX,
) -> Simulation:
    """A simulated stream of news with its truth; the same arguments give the same one, in every process.

    Args:
        n_articles: How many articles.
        seed: Where chance starts.
        languages: Languages of ``LANGUAGES``; each family is in one of them.
        words: Mean length of an article before outlets cut or extend it, in words.
        mix: What the stream consists of.

    Raises:
        SettingsError: A language that isn't there, or a number out of range.

    >>> news = simulate(50, seed=1)
    >>> len(news.articles), len(news.truth)
    (50, 50)
    """
    articles: list[Article] = []
    truth: dict[str, str] = {}
    pairs: list[TruthPair] = []
    for family in iter_families(n_articles, seed=seed, languages=languages, words=words, mix=mix):
        articles += family.articles
        truth.update((a.id, story) for a, story in zip(family.articles, family.stories, strict=True))
        pairs += family.pairs
    return Simulation(tuple(_mixed(iter(articles), seed)), truth, tuple(pairs))


def iter_articles(
    n_articles: int,
    *,
    seed: int = 0,
    languages: Sequence[str] = ("en",),
    words: float = 400,
    mix: Mix = DEFAULT_MIX,
) -> Iterator[Article]:
    """The articles of ``simulate``, one by one and in the same order, for streams of any size.

    Raises:
        SettingsError: As ``simulate``.
    """
    families = iter_families(n_articles, seed=seed, languages=languages, words=words, mix=mix)
    return _mixed((article for family in families for article in family.articles), seed)


def iter_families(
    n_articles: int,
    *,
    seed: int = 0,
    languages: Sequence[str] = ("en",),
    words: float = 400,
    mix: Mix = DEFAULT_MIX,
) -> Iterator[Family]:
    """The families of ``simulate`` as they are made, unmixed, until they hold so many articles.

    Raises:
        SettingsError: As ``simulate``.
    """
    if n_articles < 0:
        raise SettingsError(f"n_articles: expected 0 or more, got {n_articles}")
    if not languages or any(code not in LANGUAGES for code in languages):
        raise SettingsError(f"languages: expected some of {', '.join(LANGUAGES)}; got {languages!r:.80}")
    if not 20 <= words <= 100_000:
        raise SettingsError(f"words: expected 20 to 100000 words an article, got {words!r}")
    return _families(n_articles, seed, tuple(languages), words, mix)


def _families(n_articles: int, seed: int, languages: tuple[str, ...], words: float, mix: Mix) -> Iterator[Family]:
    desk = _Desk(seed, words, mix)
    left = n_articles
    while left > 0:
        family = desk.family(languages)
        if len(family.articles) > left:
            kept = {article.id for article in family.articles[:left]}
            pairs = tuple(pair for pair in family.pairs if pair.a in kept and pair.b in kept)
            family = Family(family.articles[:left], family.stories[:left], pairs)
        left -= len(family.articles)
        yield family


def _mixed(articles: Iterator[Article], seed: int) -> Iterator[Article]:
    """The articles, shuffled within a window of ``BUFFER`` of them."""
    bits = Random(f"order {seed}").getrandbits
    waiting: list[Article] = []
    for article in articles:
        if len(waiting) < BUFFER:
            waiting.append(article)
            continue
        at = bits(12)
        yield waiting[at]
        waiting[at] = article
    Random(f"rest {seed}").shuffle(waiting)
    yield from waiting


@dataclass(frozen=True, slots=True)
class _Outlet:
    name: str
    domain: str
    box: str
    footer: str


@lru_cache(maxsize=32)
def _outlets(language: str, count: int) -> tuple[_Outlet, ...]:
    """The outlets of a language; two in five have furniture of their own on every page."""
    made = grammar(language)
    rng = Random(f"outlets {language}")
    pages = [line for line in made.data["furniture"]["footer"].strip().split(made.stop + made.space) if line]
    outlets = []
    for index in range(count):
        name = made.draw("outlet", rng)
        furnished = rng.random() < 0.4
        box = boxes(rng, language, 1)[0] if furnished and rng.random() < 0.7 else ""
        lines = rng.sample(pages, min(len(pages), rng.randint(1, 4))) if furnished else []
        footer = (made.stop + made.space).join([name, *lines]) if furnished else ""
        outlets.append(_Outlet(name, f"outlet-{index}.{language}.example", box, footer))
    return tuple(outlets)


# How often each light edit is made to a copy, and its range of strengths. Light edits hardly touch the wording.
_LIGHT = (
    *(("dateline", 0.5, 0, 4.99), ("credit", 0.4, -1, 3.99), ("quote_style", 0.3, 0, 4.99)),
    *(("dash_style", 0.2, 0, 2.99), ("percent_style", 0.2, 0, 2.99), ("spelling", 0.2, 1, 1)),
    *(("no_break_spaces", 0.08, 0.01, 0.2), ("decompose", 0.02, 1, 1), ("expand_acronyms", 0.2, 1, 10)),
    *(("furniture", 0.3, 1, 4), ("correction", 0.05, 1, 2.99)),
)
# Weight and range of strengths of each heavy edit.
_HEAVY = (
    *(("cut_bottom", 30, 0.1, 0.85), ("cut_middle", 8, 0.1, 0.4), ("extend_end", 12, 0.05, 0.8)),
    *(("extend_start", 5, 0.05, 0.4), ("weave", 10, 0.1, 1.2), ("rewrite", 10, 0.1, 0.4), ("word_edits", 24, 8, 40)),
    *(("reorder", 4, 1, 5), ("reorder_sentences", 4, 1, 8), ("typos", 3, 0.01, 0.05), ("stub", 4, 60, 150)),
    *(("early_version", 6, 0.2, 0.7), ("update", 6, 0.15, 1.0), ("footer", 4, 40, 120)),
)  # fmt: skip
_HEAVY_POOL = [entry for entry in _HEAVY for _ in range(entry[1])]
_COUNTED = frozenset(
    {"dateline", "credit", "quote_style", "dash_style", "percent_style", "expand_acronyms", "furniture", "correction"}
    | {"word_edits", "reorder", "reorder_sentences", "stub", "footer"}
)


class _Desk:
    """Makes one family after the other."""

    def __init__(self, seed: int, words: float, mix: Mix) -> None:
        self.rng = Random(f"storycluster simulation {seed}")
        self.words = words
        self.mix = mix
        self.made = 0
        self.stories = 0
        self.clock = START
        self.outlets: dict[str, tuple[_Outlet, ...]] = {}
        self.step = timedelta(hours=1 / mix.per_hour)
        weights = (mix.singles, mix.wires, mix.events)
        total = sum(weights) + mix.lookalikes
        self.bounds = [sum(weights[: index + 1]) / total for index in range(3)]

    def family(self, languages: Sequence[str]) -> Family:
        rng = self.rng
        language = languages[rng.randrange(len(languages))] if len(languages) > 1 else languages[0]
        made = grammar(language)
        self.clock += self.step
        draw = rng.random()
        if draw < self.bounds[0]:
            draft = made.compose(rng, words=self._words())
            return Family((self._article(made, draft.title, draft.text),), (self._story(),), ())
        if draw < self.bounds[1]:
            return self._wire(made, made.compose(rng, words=self._words()))
        if draw < self.bounds[2]:
            return self._event(made)
        return self._lookalikes(made)

    def _words(self) -> float:
        return self.words * (0.4 + 1.2 * self.rng.random())

    def _story(self) -> str:
        self.stories += 1
        return f"story-{self.stories:07d}"

    def _id(self) -> str:
        # An odd multiplier permutes the 32-bit numbers: ids are unique, and their order says nothing.
        self.made += 1
        return f"a{self.made * 2654435761 % (1 << 32):08x}"

    def _article(self, made: Grammar, title: str, text: str, hours: float = 0.0) -> Article:
        rng = self.rng
        outlets = self.outlets.get(made.code)
        if outlets is None:
            outlets = self.outlets[made.code] = _outlets(made.code, self.mix.outlets)
        outlet = outlets[int(len(outlets) * rng.random() ** 2)]
        if outlet.footer:
            if outlet.box:
                head, gap, tail = text.partition(GAP)
                text = f"{head}{GAP}{outlet.box}{gap}{tail}"
            text = text + GAP + outlet.footer
        when: Published | None = self.clock + timedelta(hours=hours)
        chance = rng.random()
        if chance < 0.04:
            when = None
        elif chance < 0.08 and isinstance(when, datetime):
            when = when.date()
        article_id = self._id()
        return Article(article_id, text, title, outlet.name, f"https://{outlet.domain}/{article_id}", when, made.code)

    def _recipe(self) -> Recipe:
        rng = self.rng
        recipe = []
        draw = rng.random()
        for _ in range(0 if draw < 0.42 else 1 if draw < 0.76 else 2 if draw < 0.94 else 3):
            name, _weight, low, high = _HEAVY_POOL[int(rng.random() * len(_HEAVY_POOL))]
            recipe.append((name, _strength(name, low + (high - low) * rng.random())))
        for name, chance, low, high in _LIGHT:
            if rng.random() < chance:
                recipe.append((name, _strength(name, low + (high - low) * rng.random())))
        return tuple(recipe)

    def _copies(self) -> int:
        # Geometric with the mean that the mix asks for.
        chance = self.mix.copies / (1 + self.mix.copies)
        copies = 0
        while self.rng.random() < chance and copies < 200:
            copies += 1
        return copies

    def _wire(self, made: Grammar, draft: Draft, *, minimum: int = 1) -> Family:
        """A text as its first outlet ran it, and its copies."""
        rng = self.rng
        articles = [self._article(made, draft.title, draft.text)]
        recipes: list[Recipe] = [()]
        for _ in range(max(minimum, self._copies())):
            recipe = self._recipe()
            text = draft.text
            for name, strength in recipe:
                edit = EDITS[name].on_text
                if edit is not None:
                    text = edit(text, strength, rng, made.code)
            title = made.title(rng, draft.cast) if rng.random() < 0.6 else draft.title
            articles.append(self._article(made, title, text, 36 * rng.random() ** 3))
            recipes.append(recipe)
        pairs = [
            TruthPair(articles[i].id, articles[j].id, "C", recipes[i] + recipes[j])
            for i, j in combinations(range(min(len(articles), 12)), 2)
        ]  # fmt: skip
        return Family(tuple(articles), (self._story(),) * len(articles), tuple(pairs))

    def _event(self, made: Grammar) -> Family:
        """A wire story, and reports of one's own that share its quotations, sometimes its background or more."""
        rng = self.rng
        cast = made.new_cast(rng)
        stock = made.stock(rng, cast, 3) if rng.random() < 0.3 else []
        draft = made.compose(rng, words=self._words(), cast=cast, background=stock, quote_share=0.4)
        wire = self._wire(made, draft, minimum=0)
        articles, stories, pairs = list(wire.articles), list(wire.stories), list(wire.pairs)
        for _ in range(rng.randint(1, 3)):
            quotes = (
                rng.sample(draft.quotes, max(1, round(len(draft.quotes) * rng.uniform(0.5, 1)))) if draft.quotes else []
            )
            share = rng.uniform(0.25, 0.75)
            shared = sum(made.length(quote) for quote in quotes) + sum(made.length(line) for line in stock)
            report = made.compose(
                rng, words=max(60, shared / share), cast=cast, quotes=quotes, background=stock, quote_share=0.08
            )  # fmt: skip
            label: Label = "I"
            text = report.text
            if rng.random() < 0.1:
                label = "P"
                text = GAP.join([text, *draft.paragraphs[: rng.randint(2, 4)]])
            elif rng.random() < 0.04:
                # A statement that everybody runs as it was handed out, without quotation marks.
                text = GAP.join([text, *(capital(quote) + made.stop for quote in quotes[:2])])
            own = self._article(made, report.title, text, 36 * rng.random() ** 2)
            known = ((("partial" if label == "P" else "statement"), round(share, 3)),)
            pairs += [TruthPair(article.id, own.id, label, known) for article in articles[:6]]
            articles.append(own)
            stories.append(self._story())
        return Family(tuple(articles), tuple(stories), tuple(pairs))

    def _lookalikes(self, made: Grammar) -> Family:
        rng = self.rng
        names = [name for name, lookalike in LOOKALIKES.items() if lookalike.available(made.code)]
        lookalike = LOOKALIKES[names[rng.randrange(len(names))]]
        family = lookalike.build(rng, made, rng.randint(2, 4))
        articles, stories, pairs = [], [], list(family.pairs)
        shift = self.clock - START
        names_by_id = {article.id: self._id() for article in family.articles}
        for article in family.articles:
            when = article.published
            dated = when + shift if when is not None else None
            articles.append(replace(article, id=names_by_id[article.id], published=dated))
            stories.append(self._story())
        pairs = [TruthPair(names_by_id[pair.a], names_by_id[pair.b], pair.label, pair.edits) for pair in family.pairs]
        if lookalike.form is not None and rng.random() < 0.5:
            first = articles[0]
            style = rng.randrange(3)
            text = EDITS["dateline"](first, style, rng).text
            copy = self._article(made, made.title(rng, made.new_cast(rng)), text, 2.0)
            articles.append(copy)
            stories.append(stories[0])
            pairs.append(TruthPair(first.id, copy.id, "C", (("dateline", float(style)),)))
            pairs += [TruthPair(other.id, copy.id, "T", ((lookalike.name, 0.0),)) for other in articles[1:-1]]
        return Family(tuple(articles), tuple(stories), tuple(pairs))


def _strength(name: str, value: float) -> float:
    """Styles and counts are whole numbers."""
    return float(int(value // 1)) if name in _COUNTED else round(value, 3)
