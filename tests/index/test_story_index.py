"""What a StoryIndex answers, in memory and in a file alike."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from index.conftest import Open
from index.memory import memory_of
from index.test_live import CROWDED, make_pool
from storycluster import (
    Aliases,
    Article,
    ArticleError,
    CursorExpired,
    LinkError,
    RecipeError,
    Settings,
    SettingsError,
    StoreError,
    StoryIndex,
    UnknownIdError,
    cluster_articles,
    fingerprint,
    story_index,
)
from storycluster.index import partition, view, writers
from storycluster.index.answers import Checked
from storycluster.index.desk import YOUNG
from storycluster.index.records import ENCODE, content_of, pack_fields
from storycluster.index.story_ids import StoryIds
from storycluster.index.stream import Stream
from storycluster.story import choose_first
from storycluster.story_index import rebuild_index
from storycluster.testing import compose, simulate
from storycluster.utf8 import encode

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORY = compose("ferry", seed=1, words=150).text
EMPTY_TABLES = 20 * 8192
"""Bytes of an index without articles: a page a table and a few more."""
OTHER = compose("bridge", seed=2, words=150).text


def article(article_id: str, text: str = STORY, outlet: str = "Norhavn Post", hours: float = 0) -> Article:
    return Article(article_id, text, f"Title of {article_id}", outlet, published=NOON + timedelta(hours=hours))


def test_articles_are_placed_as_they_come(opened: Open) -> None:
    index = opened()
    first = index.add(article("a"))
    assert (first.outcome, first.match, first.others, first.near_misses, first.updated) == (
        "created",
        None,
        (),
        (),
        False,
    )
    second = index.add(article("b", f"NORHAVN (Agency) - {STORY}", "Daily Tern", 1))
    assert (second.outcome, second.story_id) == ("joined", first.story_id)
    assert second.match is not None or index.story_of("b").anchor == "b"
    assert index.story_of("a").article_ids == second.story.article_ids
    assert {outlet.name for outlet in second.story.outlets} == {"Norhavn Post", "Daily Tern"}
    third = index.add(article("c", OTHER, "Third"))
    assert third.outcome == "created"
    assert third.story_id != first.story_id
    assert len(index) == 3
    assert "a" in index
    assert "z" not in index


def test_an_id_is_a_str_whatever_it_came_as(opened: Open) -> None:
    index = opened()
    story_id = index.add({"id": 7, "text": STORY}).story_id
    assert index.story_id_of("7") == story_id
    asks: list[Callable[[Any], object]] = [
        index.article, index.keeps_text, index.matches_of, index.remove, index.story, index.story_id_of,
        index.story_of, lambda number: index.judge("7", number), lambda number: index.must_link(number, "7"),
        lambda number: index.unlink("7", number), lambda number: number in index,
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(UnknownIdError, match=r'^7: expected an id as str, got int; .* kept as str, 5 as "5"$'):
            ask(7)
    assert "7" in index


def test_a_placement_gives_its_matches_as_a_batch_does(opened: Open) -> None:
    articles = list(simulate(120, seed=5, words=90).articles)
    index = opened(retention=None)
    placements = index.add_many(articles)
    for placement in placements:
        for match in (*placement.others, *placement.near_misses, *([placement.match] if placement.match else [])):
            assert match.a == placement.article_id
            assert 0 <= match.jaccard <= match.containment <= 1
            assert match.reason
        assert all(match.verdict == "same" for match in placement.others)
        assert len(placement.others) <= Settings().best_others
    last = placements[-1]
    if last.match:
        (judged,) = cluster_articles(articles).judge_pairs([(last.match.a, last.match.b)])
        assert judged.jaccard == last.match.jaccard
    assert any(placement.match for placement in placements)
    assert any(placement.near_misses for placement in placements)


def test_the_matches_of_an_article_are_given_one_by_one(opened: Open) -> None:
    index = opened()
    for name, text in (("a", STORY), ("b", f"NORHAVN - {STORY}"), ("c", f"{STORY} More soon."), ("d", OTHER)):
        last = index.add(article(name, text, name))
    matches = index.matches_of("c")
    assert repr(matches) == "<MatchList: 2 pairs of 'c'>"
    assert {(match.a, match.b, match.verdict) for match in matches} == {("c", "a", "same"), ("c", "b", "same")}
    assert len(list(matches)) == len(matches) == 2
    assert {*matches.others(), *filter(None, [matches.with_anchor()])} == set(matches)
    assert list(index.matches_of("d")) == []
    assert (last.match, last.others, last.near_misses) == (None, (), ())


def test_an_article_that_brings_two_stories_together_merges_them(opened: Open) -> None:
    words = compose("long", seed=3, words=300).text.split()
    index = opened()
    head = index.add(article("head", " ".join(words[:150]), "One"))
    tail = index.add(article("tail", " ".join(words[100:260]), "Two"))
    assert head.story_id != tail.story_id
    whole = index.add(article("whole", " ".join(words[:260]), "Three"))
    assert whole.outcome == "merged"
    assert whole.story_id == head.story_id  # as large as the other one, and older
    kinds = [change.kind for change in index.changes()]
    assert kinds == ["created", "created", "merged"]
    (merged,) = list(index.changes(index.cursor - 1))
    assert merged.before == (head.story_id, tail.story_id)
    assert merged.after == (head.story_id,)
    assert set(merged.moved) == {"whole", "tail"}
    with pytest.raises(UnknownIdError, match="no story with this id"):
        index.story(tail.story_id)
    index.remove("whole")
    kinds = [change.kind for change in index.changes(merged.cursor)]
    assert kinds == ["removed", "split"]
    assert index.story(head.story_id).article_ids == ("head",)


def test_of_many_that_come_at_once_each_story_that_ends_is_let_go_of_once(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a large file, which comes as one transaction, would take time with the square of its stories that merge."""
    texts = [compose("m", seed=seed, words=300).text.split() for seed in range(8)]
    parts = {"head": slice(150), "tail": slice(100, 260)}
    parted = [Article(f"{i} {name}", " ".join(text[at])) for i, text in enumerate(texts) for name, at in parts.items()]
    whole = [Article(f"{i} whole", " ".join(text[:260])) for i, text in enumerate(texts)]
    let_go: list[int] = []
    monkeypatch.setattr(StoryIds, "forget", lambda _, number: let_go.append(number))
    with opened(retention=None) as index:
        outcomes = [placed.outcome for placed in index.add_many([*parted, *whole])]
    assert outcomes.count("merged") == len(whole)
    assert len(let_go) == len(set(let_go)) == len(whole)


def test_the_same_again_changes_nothing_and_other_content_is_an_update(opened: Open) -> None:
    index = opened()
    first = index.add(article("a"))
    index.add(article("b", outlet="Daily Tern"))
    before = index.cursor
    again = index.add(article("a"))
    assert (again.outcome, again.story_id, index.cursor) == ("unchanged", first.story_id, before)
    moved = index.add(article("a", OTHER))
    assert moved.updated
    assert moved.outcome == "created"
    assert [(change.kind, change.article_id) for change in index.changes(before)] == [("updated", "a")]
    assert index.story(first.story_id).article_ids == ("b",)
    renamed = index.update(Article("a", OTHER, "Another title", "Norhavn Post", published=NOON))
    assert renamed.story_id == moved.story_id
    assert renamed.story.title == "Another title"
    with pytest.raises(UnknownIdError, match="'z'"):
        index.update(article("z"))


def test_every_field_is_content() -> None:
    def content(article: Article) -> bytes:
        return content_of(pack_fields(article), encode(article.text))

    base = Article("a", "text", "title", "outlet", "url", NOON, "en", {"k": 1})
    fields = {"text": "x", "title": "x", "outlet": "x", "url": "x", "published": date(2026, 3, 2), "language": "de"}
    seen = {content(base), content(Article("a", "text", "title", "outlet", "url", NOON, "en", {"k": 2}))}
    for name, value in fields.items():
        values = {
            n: getattr(base, n) for n in ("id", "text", "title", "outlet", "url", "published", "language", "extra")
        }
        seen.add(content(Article(**(values | {name: value}))))
    assert len(seen) == 2 + len(fields)


def test_articles_come_back_as_they_were(opened: Open) -> None:
    given = [
        Article("a\ud800", "text \udfff", "titlé\udc00", "Пост", "https://x/y", NOON, "ru", {"k": [1, {"l": None}]}),
        Article("b", "", published=date(2026, 3, 2)),
        Article("c", "x", published=datetime(2026, 3, 2, 3, 4, 5, 600, timezone := NOON.tzinfo)),
    ]
    assert timezone is UTC
    index = opened(store_text=True)
    index.add_many(given)
    assert [index.article(one.id) for one in given] == given
    index = opened()
    index.add_many(given)
    assert [index.article(one.id).text for one in given] == ["", "", ""]
    with pytest.raises(UnknownIdError):
        index.article("z")


def test_search_adds_nothing(opened: Open) -> None:
    index = opened()
    index.add_many([article("a"), article("c", OTHER)])
    before = (index.cursor, index.stats().articles, index.stats().texts, index.stats().pending)
    found = index.search(article("q", f"{STORY} One line more.", "Daily Tern"))
    assert [(match.a, match.b, match.verdict) for match in found] == [("q", "a", "same")]
    assert index.search(article("a")) == []
    assert [(match.a, match.b) for match in index.search(article("c", STORY))] == [("c", "a")]
    assert index.search(Article("q", "nothing like it")) == []
    assert (index.cursor, index.stats().articles, index.stats().texts, index.stats().pending) == before


def test_search_changes_nothing_in_memory_while_texts_are_due(opened: Open) -> None:
    """What is looked for may match, stand between, or be a copy of, what waits for what was learnt to be applied."""
    news = make_pool(0)[:45]
    index = opened(settings=CROWDED, refresh_every=20)
    waited = 0
    for i, one in enumerate(news):
        index.add(one)
        before = memory_of(index)
        waited += len(before["due"])
        for other in news[:i] if before["due"] else ():
            index.search(replace(other, id="q", outlet="Another One"))
            assert memory_of(index) == before
    assert waited > 50
    assert index.check().mended == ()


def told_by(index: StoryIndex, cursor: int) -> list[tuple[str, set[str], set[str], set[str]]]:
    """What the feed has after a cursor: kind, stories before and after, what moved."""
    return [(one.kind, set(one.before), set(one.after), set(one.moved)) for one in index.changes(cursor)]


@pytest.mark.parametrize("first", ["lone", "other"])
def test_a_lone_article_that_is_updated_into_a_story_joins_it_whichever_is_older(opened: Open, first: str) -> None:
    index = opened()
    lone, other = article("lone", OTHER), article("other", outlet="Daily Tern")
    ids = {one.id: index.add(one).story_id for one in ((lone, other) if first == "lone" else (other, lone))}
    cursor = index.cursor
    placement = index.update(article("lone", hours=1))
    assert (placement.outcome, placement.story_id) == ("joined", ids[first])
    moved = "other" if first == "lone" else "lone"
    assert told_by(index, cursor) == [("updated", {ids["lone"], ids[moved]}, {ids[first]}, {moved})]


def test_an_update_that_brings_two_stories_together_merges_them(opened: Open) -> None:
    words = compose("long", seed=3, words=300).text.split()
    index = opened()
    parts = {"head": words[:150], "tail": words[100:260]}
    stories = {name: index.add(article(name, " ".join(part), name)).story_id for name, part in parts.items()}
    own = index.add(article("x", OTHER, "Three")).story_id
    cursor = index.cursor
    placement = index.update(article("x", " ".join(words[:260]), "Three"))
    assert (placement.outcome, placement.story_id) == ("merged", stories["head"])
    assert told_by(index, cursor) == [
        ("updated", {own}, {stories["head"]}, {"x"}),
        ("merged", set(stories.values()), {stories["head"]}, {"tail"}),
    ]


def test_an_article_that_takes_one_out_of_a_story_merges_nothing(opened: Open) -> None:
    words = compose("ferry", seed=1, words=300).text.split()
    index = opened()
    for name, low, high in (("all", 103, 290), ("first", 121, 202), ("last", 180, 255)):
        old = index.add(article(name, " ".join(words[low:high]), name)).story_id
    assert index.count_stories() == 1
    cursor = index.cursor
    placement = index.add(article("x", " ".join(words[199:290]), "x"))
    assert index.story_of("x").article_ids == ("x", "last")
    assert placement.outcome == "joined"
    assert told_by(index, cursor)[0] == ("joined", {old}, {placement.story_id}, {"x", "last"})
    assert {kind for kind, *_ in told_by(index, cursor)} == {"joined", "split"}

    assert index.update(article("x", OTHER, "x")).outcome == "created"
    cursor = index.cursor
    assert index.update(article("x", " ".join(words[199:290]), "x")).outcome == "joined"
    assert "merged" not in {kind for kind, *_ in told_by(index, cursor)}


def test_a_search_that_is_interrupted_leaves_no_trace(opened: Open, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened()
    index.add(article("a"))

    with monkeypatch.context() as patched:
        patched.setattr(Stream, "find", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            index.search(article("q"))
    if kind == "memory":
        with pytest.raises(StoreError, match="can't go on"):
            index.add(article("b", hours=1))
        return
    index.add(article("b", f"{STORY} One line more.", "Daily Tern", 1))
    assert {match.b for match in index.search(article("p"))} == {"a", "b"}
    assert index.check() == Checked((), ())


def test_stories_by_outlets_and_time(opened: Open) -> None:
    index = opened(retention=None)
    index.add_many([article("a"), article("b", outlet="Daily Tern")], received=NOON)
    index.add(article("c", OTHER), received=NOON + timedelta(hours=2))
    assert [len(story) for story in index.stories()] == [2, 1]
    assert [story.anchor for story in index.stories(since=NOON + timedelta(hours=1))] == ["c"]
    assert [len(story) for story in index.stories(min_outlets=2)] == [2]
    assert (index.count_stories(), index.count_stories(min_outlets=2), index.count_stories(min_outlets=3)) == (2, 1, 0)
    wrong: Any
    for wrong in (None, 2.5, "2", True, -1):
        told = f"^min_outlets: expected a whole number from 0 on, got {wrong!r}$"
        with pytest.raises(SettingsError, match=told):
            next(index.stories(min_outlets=wrong))
        with pytest.raises(SettingsError, match=told):
            index.count_stories(min_outlets=wrong)
    stats = index.stats()
    assert (stats.articles, stats.stories, stats.changes) == (3, 2, 3)
    assert stats.memory_bytes > 0


def test_the_lead_and_the_outlets_are_the_callers(opened: Open) -> None:
    index = opened(choose_lead=choose_first, aliases=Aliases.from_mapping({"Norhavn Post": ["NP"]}))
    index.add_many([article("a", outlet="NP", hours=3), article("b", outlet="Norhavn Post")])
    index.refresh()
    (story,) = index.stories()
    assert story.lead == "b"
    assert [outlet.key for outlet in story.outlets] == ["norhavnpost"]


def test_what_is_old_expires_by_arrival(opened: Open) -> None:
    index = opened(retention=timedelta(days=2))
    index.add(article("a"), received=NOON)
    index.add(article("b", hours=-500, outlet="Late"), received=NOON + timedelta(days=1))
    index.add(Article("undated", OTHER), received=NOON + timedelta(days=1))
    far = Article("far", compose("x", seed=8, words=99).text, published=datetime(2099, 1, 1, tzinfo=UTC))
    index.add(far, received=NOON + timedelta(days=1))
    assert "a" in index
    index.add(article("d", hours=48), received=NOON + timedelta(days=2, hours=1))
    assert [one in index for one in ("a", "b", "undated", "far", "d")] == [False, True, True, True, True]
    assert [change.article_id for change in index.changes() if change.kind == "expired"] == ["a"]
    assert index.expire(before=NOON + timedelta(days=2)) == 3
    assert len(index) == 1


def test_what_is_old_expires_by_publication(opened: Open) -> None:
    index = opened(retention=timedelta(days=2), retain_by="publication")
    index.add_many(
        [article("old", hours=-72), article("new", OTHER, hours=-1), Article("none", "no date")], received=NOON
    )
    assert [one in index for one in ("old", "new", "none")] == [False, True, True]
    index.add(Article("2099", "far away", published=date(2099, 1, 1)), received=NOON)
    assert [one in index for one in ("new", "none", "2099")] == [True, True, True]
    index.add(Article("later", "x", published=NOON + timedelta(hours=1)), received=NOON + timedelta(days=2, minutes=1))
    assert [one in index for one in ("new", "none", "2099", "later")] == [False, False, False, True]
    late = index.add(article("late"), received=NOON + timedelta(days=2, minutes=1))
    assert (late.outcome, late.match, "late" in index) == ("created", None, False)
    assert [change.kind for change in index.changes() if change.article_id == "late"] == ["created", "expired"]
    with pytest.raises(UnknownIdError, match="'late'"):
        late.story  # noqa: B018  # it is found when it is asked for


def test_nothing_expires_where_all_is_kept_and_nothing_arrives_from_the_future(opened: Open) -> None:
    index = opened(retention=None)
    index.add(article("a"), received=NOON)
    index.add(article("b"), received=datetime.now(UTC))
    assert len(index) == 2
    with pytest.raises(ArticleError, match="received: expected a time up to now"):
        index.add(article("c"), received=datetime(2099, 1, 1, tzinfo=UTC))
    assert len(index) == 2


def test_what_expires_leaves_nothing_behind(opened: Open, kind: str) -> None:
    index = opened(retention=None, keep_changes=timedelta(0))
    articles = list(simulate(200, seed=4, words=120).articles)
    sizes = []
    for _ in range(5):
        index.add_many(articles, received=NOON)
        full = index.stats()
        assert index.expire(before=NOON + timedelta(seconds=1)) == len(articles)
        index.refresh()
        empty = index.stats()
        assert (empty.articles, empty.texts, empty.stories, empty.edges, empty.changes) == (0, 0, 0, 0, 0)
        if kind == "postgres":  # it keeps the log for a while, and reclaims room when it has time
            continue
        assert empty.stored_bytes <= EMPTY_TABLES < full.stored_bytes
        sizes.append((full.memory_bytes, full.stored_bytes))
    if kind != "postgres":
        assert max(sizes[1:]) <= (1.1 * sizes[1][0], 1.1 * sizes[1][1])


def test_what_expires_together_leaves_each_story_at_once(opened: Open) -> None:
    """However many articles they are: only what is of a large component itself waits for a refresh."""
    texts = [compose(f"p{i}", seed=i, words=80).text for i in range(520)]
    index = opened(retention=None)
    index.add_many([article(f"b{i}", text, "Daily Tern") for i, text in enumerate(texts)], received=NOON)
    index.add_many(
        [article(f"a{i}", text) for i, text in enumerate(texts)], received=NOON + timedelta(hours=2)
    )  # fmt: skip
    told, began = {story.id for story in index.stories()}, index.cursor
    assert index.count_stories(min_outlets=2) > 512
    assert index.expire(before=NOON + timedelta(hours=1)) == len(texts)
    assert index.count_stories(min_outlets=2) == 0
    changes = list(index.changes(began))
    assert [change.kind for change in changes] == ["expired"] * len(texts)
    assert {story for change in changes for story in change.before + change.after} <= told
    assert {story.id for story in index.stories()} <= told


def test_a_large_story_that_loses_an_article_is_told(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "LARGE", 3)
    index = opened(refresh_every=1_000)
    index.add_many([article(f"a{i}", outlet=f"Paper {i}", hours=i) for i in range(6)])
    (story,) = index.stories()
    index.remove("a5")
    assert [(change.before, change.after) for change in index.changes(index.cursor - 1)] == [((story.id,), (story.id,))]
    assert index.count_stories(min_outlets=6) == 0
    assert index.count_stories(min_outlets=5) == 1


def test_a_story_that_an_outlet_leaves_before_its_turn_is_none_of_so_many_outlets(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "STORIES_AT_ONCE", 1)
    index = opened()
    texts = [compose("t", seed=seed, words=90).text for seed in range(4)]
    index.add_many([article(f"{k}{own}", text, outlet=own) for k, text in enumerate(texts) for own in "ab"])
    stories = index.stories(min_outlets=2)
    first = next(stories)
    left = [f"{k}a" for k in range(4) if f"{k}a" not in first.article_ids]
    index.remove(left[0])
    assert {frozenset(story.article_ids) for story in stories} == {
        frozenset({name, f"{name[0]}b"}) for name in left[1:]
    }  # fmt: skip


def test_what_the_callers_own_functions_raise_is_no_damage(opened: Open, tmp_path: Path) -> None:
    def lead(articles: Sequence[Article]) -> str:
        return {"Norhavn Post": "a"}[articles[0].outlet]

    index = opened(choose_lead=lead)
    index.add_many([article("a"), article("b", OTHER, "Daily Tern")])
    assert index.story_of("a").lead == "a"
    with pytest.raises(KeyError, match="Daily Tern"):
        list(index.stories())
    wrong = opened(choose_lead=lambda _: "z")
    wrong.add(article("a"))
    with pytest.raises(UnknownIdError, match=r"^choose_lead: expected the id of one of the story's articles"):
        wrong.story_of("a")

    def stop(*_: object) -> None:
        raise ValueError("enough")

    StoryIndex.open(tmp_path / "news.db").close()
    with StoryIndex.open(tmp_path / "news.db") as filled:
        filled.add(article("a"))
    for read_only in (True, False):
        with (
            StoryIndex.open(tmp_path / "news.db", read_only=read_only, progress=stop) as loading,
            pytest.raises(ValueError, match=r"^enough$"),
        ):
            loading.search(article("b"))


def test_what_the_caller_said_is_marked_as_in_a_batch(opened: Open) -> None:
    articles = [article("a"), article("b", OTHER), article("c", outlet="Daily Tern"), article("d", outlet="Gull")]
    must, cannot = [("a", "b")], [("c", "d")]
    batch = cluster_articles(articles, must_link=must, cannot_link=cannot)
    index = opened()
    index.add_many(articles)
    index.must_link(*must[0])
    index.cannot_link(*cannot[0])
    for pair in permutations("abcd", 2):
        (wanted,) = batch.judge_pairs([pair])
        assert index.judge(*pair).linked == wanted.linked
        assert all(match.linked == wanted.linked for match in index.matches_of(pair[0]) if match.b == pair[1])
    assert index.judge("c", "d").linked
    assert not index.judge("a", "c").linked


def test_links_are_kept_and_taken_back(opened: Open) -> None:
    index = opened()
    index.add_many([article("a"), article("b", outlet="Daily Tern"), article("c", OTHER)])
    index.must_link("a", "c")
    (story,) = index.stories()
    assert {copy.article_id: copy.relation for copy in story.copies}["c"] == "linked" or story.anchor == "c"
    with pytest.raises(LinkError, match="one twice"):
        index.must_link("a", "a")
    with pytest.raises(UnknownIdError):
        index.cannot_link("a", "z")
    index.cannot_link("a", "b")
    assert index.story_of("a").id != index.story_of("b").id
    index.unlink("a", "b")
    index.unlink("a", "c")
    assert {frozenset(story.article_ids) for story in index.stories()} == {frozenset("ab"), frozenset("c")}
    index.must_link("a", "c")
    index.remove("c")
    index.add(article("c", OTHER))
    assert index.story_of("c").article_ids == ("c",)  # what was said went with the article


def test_a_link_that_contradicts_another_changes_nothing(opened: Open) -> None:
    index = opened()
    index.add_many([article("a"), article("b"), article("c", OTHER)])
    index.must_link("a", "b")
    index.must_link("b", "c")
    stories = list(index.stories())
    with pytest.raises(LinkError, match="must_link puts both into one story and cannot_link"):
        index.cannot_link("a", "c")
    assert list(index.stories()) == stories
    index.add(article("d", OTHER, "Daily Tern"))
    assert len(list(index.stories())) == 1


def test_the_feed_has_its_own_retention(opened: Open) -> None:
    index = opened(keep_changes=timedelta(0), refresh_every=2)
    index.add(article("a"))
    assert [change.kind for change in index.changes()] == ["created"]
    index.add(article("b"))
    with pytest.raises(CursorExpired, match="read the stories anew"):
        list(index.changes(0))
    assert list(index.changes(index.cursor)) == []
    index.add(article("c", OTHER))
    assert [change.article_id for change in index.changes(2)] == ["c"]
    with pytest.raises(CursorExpired):
        list(index.changes(99))


def test_a_batch_seeds_an_index(opened: Open) -> None:
    articles = list(simulate(150, seed=9, words=90).articles)
    batch = cluster_articles(articles)
    index = opened(retention=None)
    index.seed(batch)
    assert {story.id: story.copies for story in index.stories()} == {story.id: story.copies for story in batch.stories}
    assert len(list(index.changes())) == len(batch)
    index.add(article("more"))
    index.seed(batch)
    assert len(index) == len(articles) + 1
    other = opened(settings=Settings(seed=2))
    with pytest.raises(RecipeError, match="seed: the batch"):
        other.seed(batch)


def test_a_batch_seeds_its_links_and_aliases_too_and_nothing_is_fingerprinted(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [
        *simulate(60, seed=9, words=90).articles,
        article("a", outlet="Kestrel"),
        article("b", outlet="Daily K"),
    ]
    free = cluster_articles(articles)
    apart = free.story_of("a").article_ids
    together = [story.anchor for story in free.stories[:3]]
    assert apart == ("a", "b")
    batch = cluster_articles(
        articles, must_link=[*pairwise(together)], cannot_link=[("b", "a")],
        aliases=Aliases.from_mapping({"The Kestrel": ["Kestrel", "Daily K"]}),
    )  # fmt: skip
    index = opened(retention=None)
    for module in (fingerprint, story_index, view):
        monkeypatch.setattr(module, "fingerprint_texts", Mock(side_effect=AssertionError("texts are fingerprinted")))
    index.seed(batch)
    monkeypatch.undo()
    for _ in range(2):
        found = {story.anchor: (story.copies, story.outlets) for story in index.stories()}
        assert found == {story.anchor: (story.copies, story.outlets) for story in batch.stories}
        index.refresh()
    assert len(index.story_of(together[0]).copies) > len(free.story_of(together[0]).copies)
    index.add(article("c", OTHER, "Daily K"))
    assert index.story_of("c").outlets[0].key == "kestrel"
    index.unlink("a", "b")
    assert index.story_id_of("a") == index.story_id_of("b")


def test_a_batchs_link_that_contradicts_the_indexs_is_told(opened: Open) -> None:
    index = opened(retention=None)
    index.add_many([article("a"), article("b", OTHER)])
    index.must_link("a", "b")
    more = [article("a"), article("b", OTHER), article("c", "A short one.")]
    with pytest.raises(LinkError, match=r"^\('a', 'c'\): must_link puts both into one story"):
        index.seed(cluster_articles(more, must_link=[("b", "c")], cannot_link=[("a", "c")]))
    assert [sorted(story.article_ids) for story in index.stories()] == [["a", "b", "c"]]
    index.seed(cluster_articles(more, cannot_link=[("a", "b")]))
    assert index.story_id_of("a") != index.story_id_of("b")


def test_a_link_of_what_is_too_old_to_stay_is_passed_over(opened: Open) -> None:
    index = opened(retention=timedelta(days=1))
    index.add(article("new", OTHER), received=NOON)
    pair = [article("a"), article("b", "A short one.")]
    index.seed(cluster_articles(pair, must_link=[("a", "b")]), received=NOON - timedelta(days=2))
    assert [story.article_ids for story in index.stories()] == [("new",)]


def test_a_batch_of_other_settings_or_from_the_future_seeds_nothing(opened: Open) -> None:
    index = opened()
    with pytest.raises(SettingsError, match=r"told_share is 0\.45, not 0\.5"):
        index.seed(cluster_articles([article("a")], Settings(told_share=0.5)))
    with pytest.raises(ArticleError, match="expected a time up to now"):
        index.seed(cluster_articles([article("a")]), received=datetime(2099, 1, 1, tzinfo=UTC))
    with pytest.raises(ArticleError, match="received: expected a datetime"):
        index.seed(cluster_articles([article("a")]), received="2026-03-02")  # type: ignore[arg-type]  # a wrong one
    assert len(index) == 0


def test_what_the_feed_drops_while_it_is_read_is_told(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "PAGE", 4)
    index = opened(keep_changes=None)
    for i in range(10):
        index.add(article(f"a{i}", f"{i} short"))
    read = index.changes()
    assert [next(read).cursor for _ in range(4)] == [1, 2, 3, 4]
    with index._store.transaction():
        index._store.drop_changes(2**62)
    with pytest.raises(CursorExpired, match="what came after 10 up to 10, asked for was what came after 4"):
        next(read)
    index.add(article("b"))
    assert [change.cursor for change in index.changes(10)] == [11]
    with pytest.raises(CursorExpired):
        next(index.changes(12))


def test_signatures_are_those_of_articles_that_are_still_there(opened: Open) -> None:
    index = opened()
    index.add_many([article(f"a{i}", f"{STORY} {i}") for i in range(6)])
    read = index.signatures()
    first, _ = next(read)
    for i in range(6):
        if f"a{i}" != first:
            index.remove(f"a{i}")
    index.add(article("other", OTHER))
    assert {article_id for article_id, _ in read} <= {"other"}


def test_two_articles_are_judged_and_explained(opened: Open) -> None:
    both = [article("a"), article("b", STORY.replace(" the ", " a ", 1), "Daily Tern")]
    index = opened(store_text=True)
    index.add_many(both)
    for pair in (("a", "b"), ("b", "a"), ("a", "a")):
        assert [index.judge(*pair)] == cluster_articles(both).judge_pairs([pair])
    explanation = index.explain("a", "b")
    assert explanation.together
    assert len(explanation.changes) == 1
    bare = opened()
    bare.add_many([article("a"), article("b")])
    with pytest.raises(StoreError, match="store_text=True"):
        bare.explain("a", "b")
    with pytest.raises(UnknownIdError):
        bare.judge("a", "z")


def test_what_json_cannot_say_is_refused_or_kept_alike_everywhere(opened: Open) -> None:
    index = opened()
    endless: dict[str, Any] = {}
    endless["again"] = endless
    deep: dict[str, Any] = {}
    for _ in range(20_000):
        deep = {"in": deep}
    for wrong in ({(1, 2): 3}, endless, deep):
        with pytest.raises(ArticleError, match=r"^article 'b': extra: expected what JSON can say \("):
            index.add_many([article("a"), {"id": "b", "text": STORY, "more": wrong}])
    assert len(index) == 0
    index.add({"id": "a", "text": STORY, "tags": {"sea", "ferry", 3}, "at": NOON})
    assert index.article("a").extra == {"tags": ["ferry", "sea", 3], "at": str(NOON)}
    many = {1, "1", frozenset("ab"), frozenset("ba"), frozenset("ac"), (2,)}
    assert ENCODE(many) == '["1",1,["a","b"],["a","c"],[2]]'
    again = index.add({"id": "a", "text": STORY, "tags": frozenset([3, "ferry", "sea"]), "at": NOON})
    assert (again.outcome, again.updated) == ("unchanged", False)


def test_what_is_no_article_is_refused_and_nothing_of_its_batch_kept(opened: Open) -> None:
    index = opened()
    with pytest.raises(ArticleError, match=r"articles\[1\]: expected an Article or a mapping, got str"):
        index.add_many([article("a"), "text"])  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(ArticleError, match=r"articles\[1\]: expected a text"):
        index.add_many([article("a"), {"id": "b"}])
    for wrong, got in [(None, "NoneType"), (5, "int"), ({"id": "a", "text": "b"}, "dict"), ("text", "str")]:
        with pytest.raises(ArticleError, match=f"^articles: expected several articles, got one {got}; pass a list"):
            index.add_many(wrong)  # type: ignore[arg-type]  # wrong on purpose
    calls: tuple[Callable[[Any], object], ...] = (index.add, index.update, index.search)
    for call in calls:
        with pytest.raises(ArticleError, match=r"^article: expected an Article or a mapping, got str"):
            call("text")
        with pytest.raises(ArticleError, match=r"^article: expected a text"):
            call({"id": "b"})
    assert len(index) == 0
    assert index.add_many([]) == []
    with pytest.raises(UnknownIdError, match="'a'"):
        index.remove("a")
    with pytest.raises(UnknownIdError, match="'a'"):
        index.story_of("a")


def test_furniture_is_learnt_at_a_refresh(opened: Open) -> None:
    footer = compose("footer", seed=77, words=60).text.replace("\n", " ")
    articles = [
        Article(f"f{i}", f"{compose('f', seed=i, words=30).text}\n\n{footer}", f"t{i}", "Norhavn Post", published=NOON)
        for i in range(6)
    ]
    index = opened(refresh_every=1_000)
    index.add_many(articles)
    assert index.stats().pending == 6
    index.refresh()
    assert index.stats().pending == 0
    assert len(list(index.stories())) == len(cluster_articles(articles))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"retention": 30}, "retention: expected a positive timedelta"),
        ({"retention": timedelta(days=-1)}, "retention: expected a positive timedelta"),
        ({"retain_by": "age"}, "retain_by: expected"),
        ({"refresh_every": 0}, "refresh_every: expected a whole number from 1 on"),
        ({"refresh_every": "x"}, "refresh_every: expected a whole number from 1 on"),
        ({"synchronous": "off"}, "synchronous: expected"),
        ({"timeout": -1}, "timeout: expected seconds"),
        ({"choose_lead": "first"}, "choose_lead: expected a function"),
        ({"progress": 5}, "progress: expected a function"),
        ({"keep_changes": 5}, "keep_changes: expected a timedelta"),
        ({"keep_changes": timedelta(-1)}, "keep_changes: expected a timedelta from 0 on"),
        ({"store_text": "yes"}, "store_text: expected True, False or None"),
        ({"settings": {}}, "settings: expected Settings"),
        ({"aliases": {"a": ["b"]}}, "aliases: expected Aliases"),
        ({"read_only": True, "retention": None}, "retention: expected nothing with read_only"),
        ({"read_only": True, "keep_changes": timedelta(1)}, "keep_changes: expected nothing with read_only"),
        (
            {"read_only": True, "aliases": Aliases.from_mapping({}), "retain_by": "arrival", "refresh_every": 5},
            "aliases, retain_by, refresh_every: expected nothing with read_only",
        ),
    ],
)
def test_what_open_cannot_mean_is_refused(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        StoryIndex.open(tmp_path / "news.db", **options)
    assert not list(tmp_path.iterdir())


def test_a_closed_index_says_so(opened: Open) -> None:
    index = opened()
    index.add(article("a"))
    assert repr(index).endswith(", 1 article>")
    index.close()
    index.close()
    assert repr(index) == "<StoryIndex: closed>"
    for call in (
        lambda: index.add(article("b")), lambda: index.search(article("b")), lambda: len(index), lambda: index.stats(),
        lambda: index.story_of("a"), lambda: list(index.stories()), lambda: index.remove("a"),
    ):  # fmt: skip
        with pytest.raises(StoreError, match="this index was closed; open it again"):
            call()


def test_a_folder_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected the name of a file, got a folder"):
        StoryIndex.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_rows_in_memory_are_there_whenever_they_are_asked_for(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make_pool(5)[:60]

    def told(asked_each_time: bool) -> tuple[object, ...]:
        with StoryIndex.open(":memory:", retention=None, refresh_every=20) as index:
            for i, one in enumerate(pool):
                placed = index.add(one)
                if asked_each_time:
                    assert placed.article_id in index
                if i % 29 == 28:
                    index.remove(pool[i - 4].id)
                    index.update(replace(pool[i - 5], title="Another one"))
                    index.expire(before=datetime.now(UTC) - timedelta(days=1))
            changes = [replace(change, at=NOON) for change in index.changes()]
            return changes, list(index.stories()), replace(index.stats(), stored_bytes=0), len(index)

    wanted = told(True)
    monkeypatch.setattr(writers, "MOST_UNWRITTEN", most)
    assert told(False) == wanted


def test_rows_that_wait_are_nothing_for_the_collector_to_follow() -> None:
    with StoryIndex.open(":memory:") as index:
        index.add_many(make_pool(5)[:20])
        effects = index._writer.desk().effects
        assert effects is not None
        assert len(effects.articles) == 20
        gc.collect()
        assert not any(map(gc.is_tracked, (*effects.articles.values(), *effects.changes)))


def test_an_index_in_memory_that_lost_a_change_says_so_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    for asked in (True, False):
        with StoryIndex.open(":memory:") as index, monkeypatch.context() as patched:
            index.add(article("a"))
            assert not asked or len(index) == 1
            patched.setattr(Stream, "settle", Mock(side_effect=MemoryError))
            with pytest.raises(MemoryError):
                index.add(article("b"))
            asks: tuple[Callable[[], object], ...] = (
                lambda: len(index), lambda: "a" in index, lambda: list(index.stories()), lambda: index.add(article("c"))
            )  # fmt: skip
            for ask in asks:
                with pytest.raises(StoreError, match="lost a change half-way"):
                    ask()
            assert "lost a change half-way" in repr(index)


def test_a_young_index_learns_soon() -> None:
    footer = compose("footer", seed=77, words=150).text.replace("\n", " ")
    texts = [f"{compose('f', seed=i, words=30).text}\n\n{footer}" for i in range(40)]
    footed = [article(f"f{i}", text, hours=24 * i) for i, text in enumerate(texts)]
    with StoryIndex.open(":memory:") as index:
        for one in footed[:YOUNG]:
            index.add(one)
        assert index.count_stories() < YOUNG
        index.add_many(footed[YOUNG:])  # with which what was learnt is applied
        assert index.count_stories() == len(cluster_articles(footed)) == len(footed)


def test_a_wrong_moment_harms_nothing() -> None:
    with StoryIndex.open(":memory:") as index:
        index.add(article("a"))
        for wrong in (lambda: index.expire(before="2026-01-01"), lambda: index.add(article("b"), received="now")):  # type: ignore[arg-type]  # wrong on purpose
            with pytest.raises(ArticleError, match="expected a datetime"):
                wrong()
        with pytest.raises(ArticleError, match="since: expected a datetime"):
            list(index.stories(since="2026-01-01"))  # type: ignore[arg-type]  # wrong on purpose
        assert len(index) == 1


def test_retention_is_kept_until_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    old = NOON - timedelta(days=300)
    with StoryIndex.open(path, retention=None) as index:
        index.add(article("a"), received=old)
    with StoryIndex.open(path) as index:
        index.add(article("b"), received=NOON)
        assert "a" in index
    with StoryIndex.open(path, retention=timedelta(days=30)) as index:
        index.add(article("c"), received=NOON)
        assert "a" not in index


def test_how_long_the_feed_keeps_its_entries_holds_until_it_is_changed(tmp_path: Path) -> None:
    path, long_ago = tmp_path / "news.db", timedelta(days=400)
    with StoryIndex.open(path, keep_changes=None, store_text=True) as index:
        index.add(article("a"))
    with sqlite3.connect(path) as file:
        file.execute("UPDATE change SET at = at - ?", (long_ago // timedelta(microseconds=1),))
    file.close()
    with pytest.raises(SettingsError, match="keep_changes: expected nothing with read_only=True"):
        StoryIndex.open(path, read_only=True, keep_changes=timedelta(0))
    with StoryIndex.open(path) as index:
        index.refresh()
        index.backup(tmp_path / "copy.db")
        index.rebuild(tmp_path / "new.db")
    for name, count in (("news.db", 1), ("copy.db", 1), ("new.db", 1)):
        with StoryIndex.open(tmp_path / name) as index:
            index.refresh()
            assert (len(list(index.changes())), index._store.get("keep_changes")) == (count, "none")
    for name, days, count in (("news.db", 399, 0), ("copy.db", 401, 1)):
        with StoryIndex.open(tmp_path / name, keep_changes=timedelta(days=days)) as index:
            index.refresh()
            assert index.stats().changes == count


def test_whether_texts_are_kept_holds_until_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with StoryIndex.open(path) as index:
        index.add(article("a"))
    with StoryIndex.open(path, store_text=True) as index:
        index.add(article("b"))
        assert index.add(article("a")).outcome == "unchanged"
        assert not index.keeps_text("a")
        index.remove("a")
        index.add(article("a"))
    with pytest.raises(SettingsError, match="store_text: expected nothing with read_only=True"):
        StoryIndex.open(path, read_only=True, store_text=False)
    with StoryIndex.open(path) as index:
        index.add(article("c"))
        index.backup(tmp_path / "copy.db")
        assert index.rebuild(tmp_path / "new.db") == 3
    for other in ("copy.db", "new.db"):
        with StoryIndex.open(tmp_path / other) as index:
            index.add(article("d"))
            assert index.article("d").text == STORY
    with StoryIndex.open(path, store_text=False) as index:
        index.add(article("d"))
    with StoryIndex.open(path) as index:
        index.add(article("e"))
        assert [index.keeps_text(article_id) for article_id in "abcde"] == [True, True, True, False, False]


def test_a_moment_without_a_zone_is_utc(opened: Open) -> None:
    index, naive = opened(retention=None), NOON.replace(tzinfo=None)
    index.add(article("a"), received=naive)
    index.add(article("b", OTHER), received=NOON + timedelta(hours=1))
    assert index.count_stories(since=naive) == index.count_stories(since=NOON) == 2
    assert index.count_stories(since=naive + timedelta(seconds=1)) == 1
    assert index.expire(before=naive) == 0
    assert index.expire(before=naive + timedelta(seconds=1)) == 1


def test_what_is_called_the_wrong_way_is_told(opened: Open) -> None:
    index = opened()
    with pytest.raises(ArticleError, match=r"^seed: expected a Clustering, .* got list; add_many takes articles"):
        index.seed([article("a")])  # type: ignore[arg-type]  # wrong on purpose
    for wrong in ("a", True, -1, 1.0):
        with pytest.raises(SettingsError, match=rf"^changes: since_cursor: expected a whole number, .* got {wrong!r}"):
            list(index.changes(wrong))  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(StoreError, match=r"opened, or begun, by StoryIndex\.open\(path\)"):
        StoryIndex("news.db")
    calls: dict[str, Callable[[Any], object]] = {
        "StoryIndex.open: path": StoryIndex.open,
        "backup: path": index.backup,
        "rebuild: path": index.rebuild,
        "rebuild_index: path": partial(rebuild_index, target="news.db"),
    }
    for name, call in calls.items():
        for no_path in (None, 5, b"news.db"):
            with pytest.raises(SettingsError, match=f"^{name}: expected a path or an address, got {no_path!r}"):
                call(no_path)
    with pytest.raises(SettingsError, match=r"^settings: expected Settings or None, got {'told_share': 0.5}"):
        index.rebuild("news.db", settings={"told_share": 0.5})  # type: ignore[arg-type]  # wrong on purpose
