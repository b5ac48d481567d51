"""A bundled sample: fourteen invented articles with wire copies, a cut copy, a correction and look-alikes.

Places, people, outlets and the agency are made up. ``expected.json`` says which articles are one story.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

__all__ = ["read_expected_stories", "sample_articles_path", "sample_expected_path"]


def sample_articles_path() -> Path:
    """Where the sample's articles stand: JSONL, one article a line.

    >>> len(sample_articles_path().read_text(encoding="utf-8").splitlines())
    14
    """
    return Path(str(files(__name__).joinpath("articles.jsonl")))


def sample_expected_path() -> Path:
    """Where the truth about the sample stands: JSON, story label → article ids."""
    return Path(str(files(__name__).joinpath("expected.json")))


def read_expected_stories() -> dict[str, list[str]]:
    """The truth about the sample: story label → the ids of its articles.

    >>> read_expected_stories()["bridge"]
    ['bridge-vestnik', 'bridge-novosti']
    """
    stories: dict[str, list[str]] = json.loads(sample_expected_path().read_text(encoding="utf-8"))
    return stories
