"""storycluster turns news articles into stories: syndicated copies of one text become one story with its outlets.

>>> from storycluster import cluster_articles
>>> text = "The ferry to Norhavn was cancelled on Monday after its engine failed, the harbour office said. " * 3
>>> clustering = cluster_articles([
...     {"id": "a", "outlet": "Norhavn Post", "text": text},
...     {"id": "b", "outlet": "Daily Tern", "text": "NORHAVN (Reuters) - " + text},
... ])
>>> [outlet.name for outlet in clustering.stories[0].outlets]
['Daily Tern', 'Norhavn Post']

Names load on first use: ``import storycluster`` itself brings in neither NumPy nor Numba.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storycluster.batch import cluster_articles, cluster_files
    from storycluster.clustering import Clustering, Explanation
    from storycluster.errors import (
        ArticleError,
        CursorExpired,
        DuplicateIdError,
        FormatError,
        LabelsError,
        LinkError,
        LockedError,
        MissingExtraError,
        RecipeError,
        SettingsError,
        StoreError,
        StoryclusterError,
        UnknownIdError,
    )
    from storycluster.estimator import StoryClusterer
    from storycluster.formats import read_articles, read_stories, write_stories
    from storycluster.index.answers import Change
    from storycluster.index.placement import Placement
    from storycluster.models import Article, Copy, Match, Outlet, Story
    from storycluster.outlets import Aliases
    from storycluster.settings import Settings
    from storycluster.story_index import StoryIndex

__version__ = "0.1.0"

HOMES = {
    "batch": ("cluster_articles", "cluster_files"),
    "clustering": ("Clustering", "Explanation"),
    "errors": (
        "ArticleError", "CursorExpired", "DuplicateIdError", "FormatError", "LabelsError", "LinkError", "LockedError",
        "MissingExtraError", "RecipeError", "SettingsError", "StoreError", "StoryclusterError", "UnknownIdError",
    ),
    "estimator": ("StoryClusterer",),
    "formats": ("read_articles", "read_stories", "write_stories"),
    "models": ("Article", "Copy", "Match", "Outlet", "Story"),
    "outlets": ("Aliases",),
    "index.answers": ("Change",),
    "index.placement": ("Placement",),
    "settings": ("Settings",),
    "story_index": ("StoryIndex",),
}  # fmt: skip
"""Module → the public names that live there."""

__all__ = [
    "Aliases", "Article", "ArticleError", "Change", "Clustering", "Copy", "CursorExpired", "DuplicateIdError",
    "Explanation", "FormatError", "LabelsError", "LinkError", "LockedError", "Match", "MissingExtraError", "Outlet",
    "Placement", "RecipeError", "Settings", "SettingsError", "StoreError", "Story", "StoryClusterer", "StoryIndex",
    "StoryclusterError", "UnknownIdError", "cluster_articles", "cluster_files", "read_articles", "read_stories",
    "write_stories",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"storycluster.{home}"), name)
    raise AttributeError(f"module 'storycluster' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
