"""The syndication simulator: articles with the edits that outlets make, and look-alikes, with the truth about each.

For testing a pipeline against every way in which copies differ. Articles come from word lists and a small grammar in
nine languages; nothing is taken from real news.

>>> from storycluster.testing import simulate
>>> news = simulate(200, seed=1, languages=("en", "ar"))
>>> len(news.articles)
200

- ``simulate``, ``iter_articles``, ``iter_families``: a whole stream, mixed as ``Mix`` says.
- ``EDITS``: what outlets do to a text, one named edit each, at a strength; works on any article.
- ``LOOKALIKES``: families of articles that must stay apart.
- ``compose``: one article.
"""

from storycluster.testing.compose import compose
from storycluster.testing.edits import EDITS, Edit, apply_edits, versions
from storycluster.testing.families import Family, Label, Recipe, TruthPair
from storycluster.testing.grammar import LANGUAGES
from storycluster.testing.lookalikes import FORMS, LOOKALIKES, Lookalike
from storycluster.testing.simulation import DEFAULT_MIX, Mix, Simulation, iter_articles, iter_families, simulate

__all__ = [
    "DEFAULT_MIX",
    "EDITS",
    "FORMS",
    "LANGUAGES",
    "LOOKALIKES",
    "Edit",
    "Family",
    "Label",
    "Lookalike",
    "Mix",
    "Recipe",
    "Simulation",
    "TruthPair",
    "apply_edits",
    "compose",
    "iter_articles",
    "iter_families",
    "simulate",
    "versions",
]
