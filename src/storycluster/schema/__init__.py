"""The JSON Schema of what storycluster writes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def read_story_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``Story.to_dict()`` and of each line that ``storycluster cluster`` writes.

    >>> read_story_schema()["title"]
    'Story'
    """
    schema: dict[str, Any] = json.loads(files(__name__).joinpath("story.schema.json").read_text("utf-8"))
    return schema
