"""One made-up article."""

from __future__ import annotations

from random import Random

from storycluster.models import Article
from storycluster.testing.grammar import grammar


def compose(article_id: str, *, seed: int, language: str = "en", words: float = 400, outlet: str = "") -> Article:
    """One article of its own.

    Args:
        article_id: Its id.
        seed: Where chance starts: the same seed, the same article.
        language: One of ``LANGUAGES``.
        words: About how long, in words.
        outlet: Who runs it.

    Raises:
        SettingsError: A language that isn't there.

    >>> compose("a", seed=1).text == compose("b", seed=1).text
    True
    """
    draft = grammar(language).compose(Random(seed), words=words)
    return Article(article_id, draft.text, draft.title, outlet, language=language)
