"""Threads take turns in an index, call by call and step by step; a forked process gets an error."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest

from index.conftest import Open
from storycluster import Article, StoryIndex, UnknownIdError, cluster_articles
from storycluster.index import door
from storycluster.testing import compose, simulate

ARTICLES = list(simulate(90, seed=23, words=60).articles)
THREADS = 3


def in_threads(*works: Callable[[], object]) -> None:
    """Do all of them at once; the first error, if there is one."""
    errors: list[BaseException] = []
    begin = Event()

    def run(work: Callable[[], object]) -> None:
        begin.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=run, args=(work,)) for work in works]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        begin.set()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if errors:
        raise errors[0]


def partition(index: StoryIndex) -> set[frozenset[str]]:
    return {frozenset(story.article_ids) for story in index.stories()}


def ask_everything(index: StoryIndex, known: Sequence[Article]) -> None:
    """What can be asked of an index to which others write."""
    assert "nobody" not in index
    assert repr(index).startswith("<StoryIndex: ")
    assert len(list(index.changes())) <= index.cursor
    assert all(len(story.outlets) >= 2 for story in index.stories(min_outlets=2))
    for article in known:
        assert {match.a for match in index.search(Article("asked", article.text))} <= {"asked"}
        try:
            assert article.id in index.story_of(article.id).article_ids
            itself = index.judge(article.id, article.id)  # a form of one outlet is a template by now, or not yet
            assert (itself.a, itself.b, itself.jaccard, itself.containment) == (article.id, article.id, 1.0, 1.0)
            assert {match.a for match in index.matches_of(article.id)} <= {article.id}
        except UnknownIdError:  # it hasn't come yet
            index.count_stories()
    bands, rows = index.settings.bands_rows
    assert {signature.size for _, signature in index.signatures()} <= {bands * rows}
    index.stats()


def test_what_several_threads_do_is_what_one_does(opened: Open) -> None:
    index = opened(retention=None, refresh_every=7)
    shares = [ARTICLES[k::THREADS] for k in range(THREADS)]

    def add(share: Sequence[Article]) -> None:
        for n, article in enumerate(share):
            placement = index.add(article)
            assert article.id in placement.story.article_ids
            assert {match.a for match in placement.near_misses} <= {article.id}
            if n % 5 == 0:
                index.remove(article.id)
                index.add_many(share[n : n + 2])

    asking = [lambda: ask_everything(index, ARTICLES[:5])] * 2
    in_threads(*(partial(add, share) for share in shares), *asking)
    index.refresh()
    assert partition(index) == {frozenset(story.article_ids) for story in cluster_articles(ARTICLES).stories}
    assert [change.cursor for change in index.changes()] == list(range(1, index.cursor + 1))
    assert index.check().mended == ()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_threads_read_what_another_one_writes(opened: Open) -> None:
    index = opened(retention=None, refresh_every=7)
    index.add(ARTICLES[0])
    with StoryIndex.open(index._store.name, read_only=True) as reader:

        def add() -> None:
            for article in ARTICLES[1:60]:
                index.add(article)

        in_threads(add, *[lambda: ask_everything(reader, ARTICLES[:20])] * THREADS)
        assert partition(reader) == partition(index)
        in_threads(*[lambda: ask_everything(reader, ARTICLES[:20])] * THREADS)


def test_between_two_steps_others_write(opened: Open) -> None:
    index = opened(retention=None)
    index.add_many(ARTICLES[:30])
    begun: list[Iterator[Any]] = [index.stories(), index.changes(), index.signatures()]
    given: list[list[Any]] = [[next(steps)] for steps in begun]
    in_threads(lambda: index.add_many(ARTICLES[30:]), lambda: index.remove(ARTICLES[0].id))
    for steps, so_far in zip(begun, given, strict=True):  # two threads share what is left
        in_threads(*[partial(so_far.extend, steps)] * 2)
    stories, changes, signatures = given
    assert len({story.id for story in stories}) == len(stories) >= 20
    assert sorted(change.cursor for change in changes)[:30] == list(range(1, 31))
    assert len(dict(signatures)) == len(signatures) >= 29
    index.add(Article("last", compose("last", seed=1, words=60).text))


def test_whoever_is_in_is_waited_for(opened: Open) -> None:
    index = opened(retention=None)
    index.add_many(ARTICLES[:3])
    steps = index.stories()
    entered, leave, asked = Event(), Event(), Event()

    def stay() -> None:
        with index._door.entered():
            entered.set()
            leave.wait()

    def ask() -> None:
        next(steps)
        len(index)
        asked.set()

    staying, asking = Thread(target=stay), Thread(target=ask)
    staying.start()
    entered.wait()
    asking.start()
    assert not asked.wait(0.1)
    leave.set()
    assert asked.wait(10)
    for thread in (staying, asking):
        thread.join()


def test_all_that_can_be_called_goes_by_the_door() -> None:
    without = {"open", "__init__", "__enter__", "__exit__", "__repr__"}  # of these, the last two look for themselves
    passed = set()
    for name, found in inspect.getmembers_static(StoryIndex):
        call: Any = found.fget if isinstance(found, property) else found
        public = name not in without and (not name.startswith("_") or name.endswith("__"))
        if public and (getattr(call, "__module__", None) or "").startswith("storycluster.") and callable(call):
            lazy = inspect.isgeneratorfunction(inspect.unwrap(call))
            assert call.__code__.co_filename == door.__file__, name
            assert call.__code__.co_name == ("begun" if lazy else "entered"), name
            passed.add(name)
    assert passed >= {"add", "stories", "changes", "signatures", "cursor", "close", "__len__", "__contains__", "check"}


FORKING = """
import os, sys
from storycluster import Article, StoreError, StoryIndex

def refused(call):
    try:
        call()
    except StoreError as error:
        return "opened by another process" in str(error)

text = "The ferry to Norhavn was cancelled on Monday after its engine failed. " * 3
with StoryIndex.open(sys.argv[1], retention=None) as index:
    placement = index.add(Article("a", text))
    steps = index.stories()
    child = os.fork()
    if not child:
        calls = [
            lambda: index.add(Article("b", text)), lambda: "a" in index, lambda: len(index), lambda: next(steps),
            lambda: placement.story, lambda: index.cursor, index.refresh, index.close,
        ]
        told = all(map(refused, calls)) and "another process" in repr(index)
        sys.exit(0 if told else 1)  # the block ends here, too
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert index.add(Article("c", text)).outcome == "joined"
    assert next(steps).anchor == "a"
    assert index.check().mended == ()
with StoryIndex.open(sys.argv[1]) as index:
    assert sorted(next(index.stories()).article_ids) == ["a", "c"]
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_forked_process_is_told_to_open_the_index_itself(kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "sqlite":
        place = str(request.getfixturevalue("tmp_path") / "news.db")
    else:
        place = request.getfixturevalue("address")()
    done = subprocess.run([sys.executable, "-c", FORKING, place], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
