"""Articles → stories, in one go. Knows the road, does no work itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from os import PathLike
from typing import Any, cast

import numpy as np

from storycluster.clustering import Clustering
from storycluster.columns import Array, Fingerprints
from storycluster.errors import ArticleError, DuplicateIdError, FormatError, SettingsError
from storycluster.fingerprint import clean_texts, digest_encoded, fingerprint_encoded, fingerprint_texts
from storycluster.formats.blocks import Block, Chunk, read_block, read_chunks
from storycluster.formats.intake import Intake
from storycluster.formats.reading import MAX_LINE_BYTES, Input, Reading, size_of, warn_of_lost
from storycluster.formats.shelf import Shelf
from storycluster.growing import GrowingFingerprints, take_fingerprints
from storycluster.models import Article
from storycluster.outlets import Aliases
from storycluster.registers import ListRegister, ShelfRegister, Wishes, check_settings, read_pairs
from storycluster.settings import Settings
from storycluster.story import ChooseLead
from storycluster.text import matchable_text
from storycluster.threads import in_turn

Progress = Callable[[str, int, int], None]
"""Told how far a stage is: its name, how much is done, and of how much."""
Links = Iterable[tuple[str, str]]


def check_items(items: object) -> None:
    """Refuse what are not several articles.

    Raises:
        ArticleError: The message says what came.
    """
    if hasattr(items, "columns"):
        raise ArticleError(
            f"articles: expected several articles, got a {type(items).__name__}, whose items are its columns' names; "
            'pass frame.to_dict("records"), or use StoryClusterer().fit(frame)'
        )
    if isinstance(items, (str, bytes, Article, Mapping)) or not isinstance(items, Iterable):
        raise ArticleError(f"articles: expected several articles, got one {type(items).__name__}; pass a list of them")


def read_items(items: Iterable[Article | Mapping[str, Any] | str]) -> tuple[list[Article], Array]:
    """Articles from whatever was passed, each id once, and for each item the place of its article.

    A str has its place as id. The same id again with the same content is the same article; with other content it is
    an error.

    Raises:
        ArticleError: These are no articles; an item that is none, with its place.
        DuplicateIdError: One id with two contents.
    """
    check_items(items)
    items = list(items)
    articles = [item for item in items if isinstance(item, Article)]
    if len({article.id for article in articles}) == len(items):  # as a rule
        return articles, np.arange(len(items))
    articles = []
    place_of: dict[str, int] = {}
    places: list[int] = []
    for i, item in enumerate(items):
        if isinstance(item, Article):
            article = item
        elif isinstance(item, str):
            article = Article(str(i), item)
        elif isinstance(item, Mapping):
            try:
                article = Article.from_mapping(item)
            except ArticleError as error:
                raise ArticleError(f"articles[{i}]: {error}") from error
        else:
            raise ArticleError(f"articles[{i}]: expected an Article, a mapping or a str, got {type(item).__name__}")
        known = place_of.setdefault(article.id, len(articles))
        if known == len(articles):
            articles.append(article)
        elif articles[known] != article:
            raise DuplicateIdError(
                f"articles[{i}]: the id {article.id!r} is taken by an article with other content; give each article an "
                "id of its own, or leave the id out to have one derived"
            )
        places.append(known)
    return articles, np.array(places, np.int64)


def cluster_articles(
    articles: Iterable[Article | Mapping[str, Any] | str],
    settings: Settings | None = None,
    *,
    must_link: Links = (),
    cannot_link: Links = (),
    aliases: Aliases | None = None,
    as_of: datetime | None = None,
    choose_lead: ChooseLead | None = None,
    progress: Progress | None = None,
) -> Clustering:
    """Turn a batch of articles into stories.

    Args:
        articles: Articles, mappings (as for ``Article.from_mapping``) or plain texts (whose ids are "0", "1", …).
        settings: Defaults if None.
        must_link: Pairs of ids that belong to one story whatever the texts say; they are marked ``linked``.
        cannot_link: Pairs of ids that never share a story.
        aliases: The caller's own outlet aliases.
        as_of: Dates after this moment (a naive one is read as UTC) count as unknown. If None, all dates count, so that
            the partition doesn't depend on when the program runs; only who was first is not said of a story with a date
            later than the present.
        choose_lead: Gives the id of the copy that a story shows first, from its articles (the anchor first); the
            anchor if None.
        progress: Called with a stage's name, the articles done and their number, from the calling thread.

    Returns:
        The stories, lazily built, with the matches behind them. The partition depends on the set of articles and the
        settings alone, not on order, process or number of threads.

    Raises:
        ArticleError: An item that is no article; the message names its place.
        DuplicateIdError: One id with two different contents.
        LinkError: must_link and cannot_link contradict each other, or link an article to itself.
        SettingsError: An argument is of another kind; links are no pairs of ids.
        UnknownIdError: A link names an id that no article has.
    """
    check_settings(settings)
    settings = settings or Settings()
    links = read_pairs(must_link, "must_link"), read_pairs(cannot_link, "cannot_link")
    wishes = Wishes(*links, aliases, as_of, choose_lead)
    read, places = read_items(articles)
    told = progress or (lambda *_: None)
    register = ListRegister(read, wishes)
    fingerprints = fingerprint_texts(
        [article.text for article in read],
        settings,
        clean=matchable_text,
        progress=lambda done: told("fingerprinting", done, len(read)),
    )
    told("matching", 0, len(read))
    return Clustering(read, places, register, fingerprints, settings, wishes)


def as_inputs(sources: Input | Iterable[Input]) -> list[Input]:
    """The sources as a list; a stream is one, although it can be iterated over.

    Raises:
        FormatError: They are neither one source nor several.
    """
    if isinstance(sources, (str, PathLike)) or hasattr(sources, "read"):
        return [cast(Input, sources)]
    if not isinstance(sources, Iterable):
        raise FormatError(f"sources: expected a path, a binary stream or several; got {type(sources).__name__}")
    return list(sources)


def cluster_files(
    sources: Input | Iterable[Input],
    settings: Settings | None = None,
    *,
    format: str | None = None,
    strict: bool = False,
    intake: Intake | None = None,
    memory: int | None = None,
    must_link: Links = (),
    cannot_link: Links = (),
    aliases: Aliases | None = None,
    as_of: datetime | None = None,
    choose_lead: ChooseLead | None = None,
    progress: Progress | None = None,
) -> Clustering:
    """Turn the articles of files into stories, reading them as a stream: texts are let go as they are fingerprinted.

    ``cluster_articles(read_articles(...))`` gives the same stories, and holds all articles in memory. Here
    ``Clustering.articles`` reads an article from its file again when it is asked for; lines that can't be read again
    (of packed files, pipes, standard input, other formats than JSON lines) are copied to the temporary folder. Numbers
    and dates among what ``Article.extra`` holds of other formats come back from there as JSON has them.

    Args:
        sources: A path, "-" for standard input, a binary stream, or several of them, as for ``read_articles``.
        settings: Defaults if None.
        format: As for ``read_articles``.
        strict: Stop at the first record or file that can't be read, or record whose id is taken by an article with
            other content, instead of setting it aside.
        intake: Counts what was read and keeps what was set aside, with file and line. Without one, a warning is logged
            if anything was set aside.
        memory: Bytes that the columns may take: with more than half of them filled, they go on in files of the
            temporary folder. None keeps them in memory.
        must_link: As for ``cluster_articles``, like all that follow.
        cannot_link: Pairs of ids that never share a story.
        aliases: The caller's own outlet aliases.
        as_of: Dates after this moment count as unknown. For an aggregator's page it is also when it was made.
        choose_lead: Gives the id of the copy that a story shows first.
        progress: Called with a stage's name, what is done and of how much; while ``reading``, in bytes.

    Returns:
        The stories. ``Clustering.labels`` has one number for each article.

    Raises:
        FormatError: No file is what it was read as; if strict, one isn't, or a bad record.
        LinkError: must_link and cannot_link contradict each other, or link an article to itself.
        SettingsError: An argument is of another kind; links are no pairs of ids.
        UnknownIdError: A link names an id that no article has.
        OSError: A file isn't there; none can be read, or if strict, one can't.
    """
    check_settings(settings)
    settings = settings or Settings()
    links = read_pairs(must_link, "must_link"), read_pairs(cannot_link, "cannot_link")
    wishes = Wishes(*links, aliases, as_of, choose_lead)
    if memory is not None and (not isinstance(memory, int) or isinstance(memory, bool) or memory < 0):
        raise SettingsError(f"memory: expected bytes as an int, or None, got {memory!r}; 4 GB are 4_000_000_000")
    warn, intake = intake is None, Intake() if intake is None else intake
    told = progress or (lambda *_: None)
    inputs = as_inputs(sources)
    total = sum(size_of(source) for source in inputs if isinstance(source, (str, PathLike)) and source != "-")
    reading = Reading(format, wishes.as_of, strict, intake, MAX_LINE_BYTES)
    shelf = Shelf()
    grown = GrowingFingerprints()

    def fingerprint(chunk: Chunk) -> tuple[Block, Array, Fingerprints]:
        block = read_block(chunk)
        marked = ((row, block.text_of(row)) for row in np.flatnonzero(block.marked).tolist())
        texts = clean_texts(block.text, block.text_start, marked, matchable_text)
        return (
            block,
            digest_encoded(block.title, block.title_start),
            fingerprint_encoded(*texts, settings),
        )

    for block, titles, made in in_turn(fingerprint, read_chunks(reading, inputs)):
        grown.extend(take_fingerprints(made, shelf.take_in(block, titles, intake, strict=strict)))
        told("reading", intake.bytes_read(), total)
        columns = [*grown.columns, *shelf.growing]
        if memory is not None and 2 * sum(column.nbytes for column in columns) > memory:
            for column in columns:
                column.move_to_file()
    if warn:
        warn_of_lost(intake)
    shelf.close()
    told("matching", 0, len(shelf))
    fingerprints = grown.close(fingerprint_texts([], settings))
    return Clustering(shelf, np.arange(len(shelf)), ShelfRegister(shelf, wishes), fingerprints, settings, wishes)
