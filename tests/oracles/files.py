"""Files to stories the slow way: every article an object, every story one, as they are read and written one by one."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from storycluster import Article, Clustering, FormatError, cluster_articles, read_articles, write_stories
from storycluster.formats import Intake
from storycluster.formats.reading import Input


def read_once(
    sources: Iterable[Input], intake: Intake, *, format: str | None = None, strict: bool = False
) -> list[Article]:
    """The articles of sources, each id once; one with other content is set aside."""
    taken: dict[str, Article] = {}
    for source in sources:
        for article in read_articles(source, format=format, strict=strict, intake=intake):
            if taken.setdefault(article.id, article) == article:
                continue
            intake.put_aside(f"the id {article.id!r} is taken by an article with other content that came before")
            if strict:
                raise FormatError(str(intake.set_aside[-1]))
    return list(taken.values())


def cluster_slowly(
    sources: Iterable[Input], *, format: str | None = None, strict: bool = False, **options: Any
) -> tuple[Clustering, Intake]:
    """What ``cluster_files`` gives, by way of objects."""
    intake = Intake()
    return cluster_articles(read_once(sources, intake, format=format, strict=strict), **options), intake


def lines_of(clustering: Clustering, min_outlets: int = 0) -> bytes:
    """The stories' lines, each of a Story."""
    out = io.BytesIO()
    write_stories((story for story in clustering.stories if len(story.outlets) >= min_outlets), out)
    return out.getvalue()


def counts(intake: Intake) -> tuple[Any, ...]:
    """What an Intake tells of what was read."""
    return (
        intake.articles, intake.bad_records, intake.bad_files, intake.set_aside, intake.skipped_files, intake.notes,
    )  # fmt: skip
