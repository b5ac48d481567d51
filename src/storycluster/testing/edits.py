"""The registry of edits: everything that turns an article into another outlet's copy of it, at a known strength."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType

from storycluster.errors import SettingsError
from storycluster.models import Article
from storycluster.testing import text_edits as texts
from storycluster.testing.grammar import grammar, guess_language

TextEdit = Callable[[str, float, Random, str], str]
ArticleEdit = Callable[[Article, float, Random, str], Article]


@dataclass(frozen=True, slots=True)
class Edit:
    """One way in which a copy differs from what it was copied from.

    Args:
        name: Its name in ``EDITS``.
        unit: What its strength counts.
        strengths: Strengths worth testing, from weak to strong.
        on_text: What it does to the body; None where it leaves the body alone.
        on_article: What it does to title and address; None where it leaves them alone.
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    on_text: TextEdit | None = None
    on_article: ArticleEdit | None = None

    def __call__(self, article: Article, strength: float, rng: Random) -> Article:
        """The article after the edit; id, outlet and date stay as they are.

        Args:
            article: Any article, the caller's own ones included; its language is read from its tag or its script.
            strength: How strong, in ``unit``.
            rng: Where chance comes from: the same state gives the same copy.

        >>> article = Article("a", "First words. Second words.", "A headline")
        >>> EDITS["stub"](article, 3, Random(1)).text
        'First words. Second…'
        """
        language = guess_language(article.text, article.language)
        if self.on_text is not None and article.text:
            article = replace(article, text=self.on_text(article.text, strength, rng, language))
        return article if self.on_article is None else self.on_article(article, strength, rng, language)


def _headline(article: Article, strength: float, rng: Random, language: str) -> Article:
    made = grammar(language)
    return replace(article, title=made.title(rng, made.new_cast(rng))) if strength > 0 else article


_ADDRESSES = ("?utm_source=newsletter&utm_medium=email", "?output=print", "/amp", "#comments", "?ref=home")


def _second_address(article: Article, style: float, rng: Random, language: str) -> Article:
    url = article.url or "https://outlet.example/story"
    return replace(article, url=url + _ADDRESSES[int(style) % len(_ADDRESSES)])


def _label(*labels: str) -> ArticleEdit:
    def labelled(article: Article, strength: float, rng: Random, language: str) -> Article:
        return replace(article, title=labels[rng.randrange(len(labels))] + article.title)

    return labelled


_ALL = (
    Edit("dateline", "style number", (0, 1, 2, 3, 4), texts.dateline),
    Edit("credit", "style number, -1 in front", (-1, 0, 1, 2, 3), texts.credit),
    Edit("expand_acronyms", "places", (1, 3, 10), texts.expand_acronyms),
    Edit("collapse_acronyms", "places", (1, 3, 10), texts.collapse_acronyms),
    Edit("spelling", "share of words with two spellings", (0.5, 1.0), texts.spelling),
    Edit("quote_style", "style number", (0, 1, 2, 3, 4, 5, 6), texts.quote_style),
    Edit("dash_style", "style number", (0, 1, 2), texts.dash_style),
    Edit("percent_style", "style number", (0, 1, 2), texts.percent_style),
    Edit("decompose", "1 = NFD", (1,), texts.decompose),
    Edit("no_break_spaces", "share of spaces", (0.05, 1.0), texts.no_break_spaces),
    Edit("headline", "1 = another headline", (1,), None, _headline),
    Edit("cut_bottom", "share of letters cut", (0.2, 0.5, 0.7), texts.cut_bottom),
    Edit("cut_middle", "share of letters cut", (0.15, 0.3, 0.45), texts.cut_middle),
    Edit("stub", "words kept", (120, 90, 40), texts.stub),
    Edit("extend_end", "new words by old words", (0.15, 0.3, 0.6), texts.extend_end),
    Edit("extend_start", "new words by old words", (0.15, 0.3, 0.6), texts.extend_start),
    Edit("weave", "new words by old words", (0.15, 0.3, 0.6), texts.weave),
    Edit("rewrite", "share of paragraphs told anew", (0.1, 0.2, 0.35), texts.rewrite),
    Edit("reorder", "paragraph swaps", (1, 2, 5), texts.reorder),
    Edit("reorder_sentences", "sentence swaps", (1, 3, 8), texts.reorder_sentences),
    Edit("furniture", "lines", (1, 3, 6), texts.furniture),
    Edit("footer", "words", (40, 80, 120), texts.footer),
    Edit("early_version", "share kept", (0.7, 0.5, 0.25), texts.keep_version, _label("", "(LEAD) ", "URGENT: ")),
    Edit(
        "update", "new words by old words", (0.15, 0.4, 1.0), texts.weave, _label("UPDATE 2-", "(2nd LD) ", "WRAPUP: ")
    ),
    Edit("correction", "numbers corrected", (1, 2, 3), texts.correction, _label("CORRECTED: ", "(Corrected) ")),
    Edit("word_edits", "words changed of 350", (8, 15, 25, 40), texts.word_edits),
    Edit("typos", "share of words", (0.01, 0.03, 0.05), texts.typos),
    Edit("ocr_noise", "share of words", (0.01, 0.03, 0.05), texts.ocr_noise),
    Edit("second_address", "style number", (0, 1, 2), None, _second_address),
)

EDITS: Mapping[str, Edit] = MappingProxyType({edit.name: edit for edit in _ALL})
"""Every edit by name. All of them make copies: article and edited article are one story."""


def apply_edits(article: Article, recipe: Mapping[str, float], seed: int) -> Article:
    """The article after several edits, in the order of the recipe.

    Args:
        article: Any article.
        recipe: Edit name → strength.
        seed: Where chance starts.

    Raises:
        SettingsError: A name that is not in ``EDITS``.

    >>> wire = Article("a", "One two three four five six.", "A headline")
    >>> apply_edits(wire, {"stub": 4, "headline": 0}, seed=1).text
    'One two three four…'
    """
    rng = Random(seed)
    for name, strength in recipe.items():
        if name not in EDITS:
            raise SettingsError(f"recipe: expected names of EDITS ({', '.join(EDITS)}); got {name!r:.60}")
        article = EDITS[name](article, strength, rng)
    return article


def versions(article: Article, shares: tuple[float, ...], seed: int) -> list[Article]:
    """A wire story as it grew: one earlier version for each share of its length, then the article itself.

    Args:
        article: The last version.
        shares: How much of it each earlier version had, rising, each 0-1.
        seed: Where chance starts.

    Returns:
        The versions in order, with the ids ``<id>-v1``, ``<id>-v2`` … and, last, the article under its own id.
    """
    rng = Random(seed)
    early = EDITS["early_version"]
    return [
        *(replace(early(article, share, rng), id=f"{article.id}-v{n}") for n, share in enumerate(shares, start=1)),
        article,
    ]
