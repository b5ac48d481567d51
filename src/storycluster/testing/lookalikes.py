"""The registry of look-alikes: articles that share much of their text and must never become one story."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType

from storycluster.errors import SettingsError
from storycluster.models import Article
from storycluster.testing.families import Family, Label, TruthPair, apart
from storycluster.testing.grammar import Cast, Grammar, capital, grammar
from storycluster.testing.text_edits import GAP

START = datetime(2030, 1, 7, 6, 0, tzinfo=UTC)

FORMS = ("market", "gold", "weather", "earnings", "scores", "horoscope", "lottery", "obituary", "telegram")
"""Forms that newspapers fill in; each language has some of them."""

Build = Callable[[Random, Grammar, int], Family]


@dataclass(frozen=True, slots=True)
class Lookalike:
    """One way for articles to look alike without being one story.

    Args:
        name: Its name in ``LOOKALIKES``.
        label: What most of its pairs are labelled (``T`` or ``I``).
        build: How they are made.
        form: The form that a language must have for it; None where any language will do.
    """

    name: str
    label: Label
    build: Build
    form: str | None = None

    def available(self, language: str) -> bool:
        """Whether it can be made in a language."""
        return self.form is None or self.form in grammar(language).data["forms"]

    def __call__(self, seed: int, *, language: str = "en", n: int = 2) -> Family:
        """A family of such articles.

        Args:
            seed: Where chance starts.
            language: One of ``LANGUAGES``.
            n: How many of them (a digest comes on top of the articles that it holds).

        Raises:
            SettingsError: A language that doesn't have the form, or less than two articles.

        >>> family = LOOKALIKES["market"](seed=1)
        >>> len(family.articles), {pair.label for pair in family.pairs}
        (2, {'T'})
        """
        if n < 2:
            raise SettingsError(f"n: expected 2 or more articles that look alike, got {n}")
        if not self.available(language):
            raise SettingsError(f"language: {language!r} has no form {self.form!r}; ask available() first")
        return self.build(Random(seed), grammar(language), n)


def _article(made: Grammar, index: int, text: str, title: str = "", outlet: str = "", hours: float = 0) -> Article:
    return Article(
        f"{index}", text, title, outlet, None, START + timedelta(hours=hours), made.code
    )  # fmt: skip


def form_text(made: Grammar, form: str, cast: Cast, rng: Random) -> str:
    """One form, filled in anew."""
    lines = made.data["forms"][form].strip().split("|")
    parts = [made.fill(made.compile(line), cast, rng) for line in lines]
    return GAP.join(capital(part) for part in parts)


def _forms(form: str) -> Build:
    def build(rng: Random, made: Grammar, n: int) -> Family:
        outlet = made.draw("outlet", rng)
        cast = made.new_cast(rng)
        title = made.title(rng, cast)
        articles = []
        for index in range(n):
            if form == "obituary":
                cast = made.new_cast(rng)
            articles.append(_article(made, index, form_text(made, form, cast, rng), title, outlet, 24 * index))
        return apart(articles, "T", form)

    return build


def _briefing(rng: Random, made: Grammar, n: int) -> Family:
    """The same headline and outlet every morning, another body."""
    outlet, title = made.draw("outlet", rng), made.title(rng, made.new_cast(rng))
    articles = [_article(made, i, made.compose(rng, words=250).text, title, outlet, 24 * i) for i in range(n)]
    return apart(articles, "I", "briefing")


def _package(rng: Random, made: Grammar, n: int) -> Family:
    """Reports on the 12th, 13th … round of one thing, by one outlet: own news, the same background paragraphs."""
    outlet, cast, first = made.draw("outlet", rng), made.new_cast(rng), rng.randint(8, 30)
    stock = made.stock(rng, cast, 4)
    articles = []
    for index in range(n):
        cast[made.slot("n1")] = str(first + index)
        draft = made.compose(rng, words=330, cast=cast, background=stock)
        articles.append(_article(made, index, draft.text, draft.title, outlet, 60 * index))
    return apart(articles, "I", "package")


def _statement(rng: Random, made: Grammar, n: int) -> Family:
    """Own reports around one long statement, which is 25-60 % of each of them."""
    cast = made.new_cast(rng)
    statement = [made.quotation(rng, cast, 2) for _ in range(3)]
    share = rng.uniform(0.25, 0.6)
    words = sum(made.length(text) for text in statement) / share
    articles = []
    for index in range(n):
        draft = made.compose(rng, words=words * rng.uniform(1, 1.3), cast=cast, quotes=statement, quote_share=0.05)
        articles.append(_article(made, index, draft.text, draft.title, made.draw("outlet", rng), index))
    return apart(articles, "I", "statement", share)


def _about(rng: Random, made: Grammar, n: int) -> Family:
    """Unrelated releases that end with one "About the company" paragraph."""
    outlet, about = made.draw("outlet", rng), made.data["furniture"]["about"].strip()
    articles = []
    for index in range(n):
        draft = made.compose(rng, words=220)
        articles.append(_article(made, index, draft.text + GAP + about, draft.title, outlet, 30 * index))
    return apart(articles, "I", "about")


def _page(rng: Random, made: Grammar, n: int) -> Family:
    """A paywall, cookie or error page that was scraped as the whole article, under different headlines."""
    pages = [line for line in made.data["furniture"]["pages"].split("\n") if line.strip()]
    page, outlet = pages[rng.randrange(len(pages))], made.draw("outlet", rng)
    articles = [_article(made, i, page, made.title(rng, made.new_cast(rng)), outlet, 3 * i) for i in range(n)]
    return apart(articles, "T", "page")


def _digest(rng: Random, made: Grammar, n: int) -> Family:
    """Unrelated articles and a digest that holds each of them whole."""
    drafts = [made.compose(rng, words=180) for _ in range(n)]
    articles = [
        _article(made, index, draft.text, draft.title, made.draw("outlet", rng), index)
        for index, draft in enumerate(drafts)
    ]  # fmt: skip
    whole = GAP.join(part for draft in drafts for part in (draft.title, draft.text))
    digest = _article(made, n, whole, made.title(rng, drafts[0].cast), made.draw("outlet", rng), n + 8)
    family = apart(articles, "I", "digest")
    held = tuple(TruthPair(article.id, digest.id, "P", (("digest", 1.0),)) for article in articles)
    return Family((*family.articles, digest), (*family.stories, digest.id), family.pairs + held)


def _short(rng: Random, made: Grammar, n: int) -> Family:
    """Empty, one-word and three-word texts."""
    word, words = made.draw("noun", rng), [made.draw("noun", rng) for _ in range(3)]
    texts = ("", word, made.space.join(words), "…")
    outlet = made.draw("outlet", rng)
    return apart([_article(made, i, texts[i % 4], "", outlet, i) for i in range(max(n, 4))], "T", "short")


def _year_later(rng: Random, made: Grammar, n: int) -> Family:
    """The same text once a year."""
    draft, outlet = made.compose(rng, words=300), made.draw("outlet", rng)
    first = _article(made, 0, draft.text, draft.title, outlet)
    later = [
        replace(first, id=f"{year}", published=START.replace(year=START.year + year)) for year in range(1, n)
    ]  # fmt: skip
    return apart([first, *later], "T", "year_later")


_ALL = (
    *(Lookalike(form, "T", _forms(form), form) for form in FORMS),
    Lookalike("briefing", "I", _briefing),
    Lookalike("package", "I", _package),
    Lookalike("statement", "I", _statement),
    Lookalike("about", "I", _about),
    Lookalike("page", "T", _page),
    Lookalike("digest", "I", _digest),
    Lookalike("short", "T", _short),
    Lookalike("year_later", "T", _year_later),
)

LOOKALIKES: Mapping[str, Lookalike] = MappingProxyType({lookalike.name: lookalike for lookalike in _ALL})
"""Every look-alike by name."""
