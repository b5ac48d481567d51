"""What has grown old goes, a bounded number at a time, and what it held together is cut anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import pytest
from benchmarks.index.crash import REFRESH_EVERY, RETENTION, Script, contents, differences

from index.conftest import Open
from storycluster import Article, StoreError, StoryIndex, cluster_articles
from storycluster.store import sqlite
from storycluster.store.sqlite_schema import PAGE
from storycluster.story_index import EXPIRED_AT_ONCE
from storycluster.testing import compose

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def alone(name: str, seed: int) -> Article:
    return Article(name, compose("x", seed=seed, words=40).text)


@pytest.mark.parametrize("seed", range(2))
def test_calls_of_all_kinds_leave_what_they_should_and_the_batchs_stories(opened: Open, seed: int) -> None:
    """The sequence that the crash benchmark kills, here without killing: articles expire all along."""
    index, script = opened(retention=RETENTION, refresh_every=REFRESH_EVERY), Script(seed)
    for k in range(120):
        _, call = script.next()
        call(index)
        assert len(index) == len(script.live)
        if k % 20 == 19:
            assert differences(contents(index), script.live) == []
            index.refresh()
            batch = cluster_articles(script.live.values())
            assert {story.anchor: story.article_ids for story in index.stories()} == {
                story.anchor: story.article_ids for story in batch.stories
            }
    expired = sum(change.kind == "expired" for change in index.changes())
    assert expired > 20


def test_a_backlog_goes_with_the_articles_that_come(opened: Open) -> None:
    index = opened(retention=DAY)
    old = 3 * EXPIRED_AT_ONCE + 2
    index.add_many([alone(f"old{i}", i) for i in range(old)], received=NOON)
    for k in range(1, 5):
        index.add(alone(f"new{k}", 100 + k), received=NOON + 2 * DAY)
        assert len(index) == max(0, old - k * EXPIRED_AT_ONCE) + k
    assert [one.article_id for one in index.changes() if one.kind == "expired"] == [f"old{i}" for i in range(old)]


def test_an_article_that_comes_too_late_goes_at_once_and_the_feed_tells_both(opened: Open) -> None:
    index = opened(retention=DAY)
    index.add(alone("now", 1), received=NOON)
    placement = index.add(alone("late", 2), received=NOON - 2 * DAY)
    assert (placement.outcome, "late" in index, "now" in index) == ("created", False, True)
    assert [(one.kind, one.article_id) for one in index.changes()][1:] == [("created", "late"), ("expired", "late")]


def test_an_update_is_an_arrival_and_the_same_article_again_is_none(opened: Open) -> None:
    index = opened(retention=DAY)
    index.add_many([alone("same", 1), alone("updated", 2)], received=NOON)
    index.add_many([alone("same", 1), alone("updated", 3)], received=NOON + timedelta(hours=20))
    index.add(alone("later", 4), received=NOON + timedelta(hours=30))
    assert [one in index for one in ("same", "updated", "later")] == [False, True, True]


def test_an_anchor_that_expires_takes_its_story_apart(opened: Open) -> None:
    """Two halves of one report match the whole, and not each other."""
    text = compose("whole", seed=5, words=300).text
    words = text.split()
    whole, first, last = (
        Article("whole", text, outlet="A"),
        Article("first", " ".join(words[: len(words) // 2]), outlet="B"),
        Article("last", " ".join(words[len(words) // 2 :]), outlet="C"),
    )
    again = Article("again", text, outlet="D")
    index = opened(retention=DAY)
    index.add_many([whole, again], received=NOON)
    index.add_many([first, last], received=NOON + timedelta(hours=12))
    assert {frozenset(story.article_ids) for story in index.stories()} == {
        frozenset(story.article_ids) for story in cluster_articles([whole, again, first, last]).stories
    }
    (before,) = {index.story_of(one).id for one in ("whole", "first", "last")}
    assert index.expire(before=NOON + timedelta(hours=1)) == 2
    assert {frozenset(story.article_ids) for story in index.stories()} == {frozenset(["first"]), frozenset(["last"])}
    assert [one.kind for one in index.changes()][-1] == "split"
    assert before in {index.story_of("first").id, index.story_of("last").id}


def test_what_counts_is_reckoned_anew_when_an_index_is_opened_by_publication(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    dated = [Article(f"d{i}", compose("x", seed=i, words=40).text, published=NOON - i * DAY) for i in range(4)]
    with StoryIndex.open(path, retention=None) as index:
        index.add_many([*dated, alone("undated", 9)], received=NOON)
    with StoryIndex.open(path, retention=None, retain_by="publication") as index:
        assert index.expire(before=NOON - timedelta(hours=30)) == 2
        assert sorted(one for one in ("d0", "d1", "d2", "d3", "undated") if one in index) == ["d0", "d1", "undated"]
    with StoryIndex.open(path, retention=None, retain_by="arrival") as index:
        assert index.expire(before=NOON) == 0
        assert index.expire(before=NOON + timedelta(seconds=1)) == 3


def test_an_article_that_goes_at_once_has_a_placement_without_matches() -> None:
    with StoryIndex.open(":memory:", retention=timedelta(days=30), retain_by="publication") as index:
        text = compose("a", seed=3, words=120).text
        index.add(Article("new", text, outlet="Post", published=NOON), received=NOON)
        placement = index.add(Article("old", text, outlet="Tern", published=NOON - timedelta(days=90)), received=NOON)
        assert "old" not in index
        assert (placement.match, placement.others, placement.near_misses) == (None, (), ())


def test_by_publication_what_is_old_goes_with_the_next_article(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with StoryIndex.open(path) as index:
        index.add(Article("old", "a", published=NOON - timedelta(days=100)), received=NOON)
    with StoryIndex.open(path, retain_by="publication") as index:
        index.add(Article("new", "b", published=NOON), received=NOON)
        assert "old" not in index


def test_the_feed_may_keep_its_entries_for_ages() -> None:
    with StoryIndex.open(":memory:", keep_changes=timedelta(days=1_000_000)) as index:
        index.add(Article("a", "text"))
        index.refresh()
        assert len(list(index.changes())) == 1


def long_ones(name: str, count: int) -> list[Article]:
    """Articles of some pages each, none like another."""
    return [Article(f"{name}{i}", compose(f"{name}{i}", seed=i, words=600).text, outlet="Post") for i in range(count)]


def test_the_file_gets_small_when_everything_has_expired(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with StoryIndex.open(path) as index:
        index.add(alone("a", 1))
        index.remove("a")
        index.refresh()
    empty = path.stat().st_size
    with StoryIndex.open(path, retention=None, store_text=True, keep_changes=timedelta(0)) as index:
        index.add_many(long_ones("x", 150), received=NOON)
        index.refresh()
        assert index.stats().stored_bytes > 4 * empty
        assert index.expire(before=NOON + DAY) == 150
        index.refresh()
        assert path.stat().st_size <= empty + 2 * PAGE
    assert path.stat().st_size <= empty + 2 * PAGE


def test_a_file_whose_articles_come_and_go_does_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LEAST_SLACK", 16)
    path, sizes = tmp_path / "news.db", []
    with StoryIndex.open(path, retention=DAY, store_text=True, keep_changes=timedelta(0)) as index:
        for day in range(8):
            for one in long_ones(f"{day} ", 40):
                index.add(one, received=NOON + 2 * day * DAY)
            sizes.append(index.stats().stored_bytes)
    assert max(sizes[2:]) <= 1.1 * sizes[1]
    assert path.stat().st_size <= 1.25 * max(sizes)


def test_a_file_gives_room_back_bit_by_bit_as_articles_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LEAST_SLACK", 16)
    monkeypatch.setattr(sqlite, "RECLAIMED", 9)
    path, pages = tmp_path / "news.db", []
    with StoryIndex.open(path, retention=None, store_text=True) as index:
        index.add_many(long_ones("old", 200), received=NOON)
    with StoryIndex.open(path, retention=DAY) as index:
        for i in range(60):
            index.add(alone(f"new{i}", i), received=NOON + 2 * DAY)
            pages.append(index._store._row("PRAGMA page_count")[0])  # type: ignore[attr-defined]  # a look inside
        free = index._store._row("PRAGMA freelist_count")[0]  # type: ignore[attr-defined]  # a look inside
        assert len(index) == 60
    most = max(before - after for before, after in pairwise(pages))
    assert 0 < most <= 2 * 9  # the article's rows, and those of what expires with it
    assert free <= max(16, pages[-1] // 8)


def test_room_that_can_not_be_given_back_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite.SqliteStore, "reclaim_all", Mock(side_effect=StoreError("the disk is full")))
    with StoryIndex.open(tmp_path / "news.db") as index:
        index.add(alone("a", 1), received=NOON)
        assert index.expire(before=NOON + DAY) == 1
    assert "can't be given back now: the disk is full" in caplog.text
