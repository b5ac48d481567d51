"""Memory of an index that others write to follows the rows, and is built anew only where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from storycluster import Aliases, Article, StoryIndex
from storycluster.columns import Array
from storycluster.index import reader as following
from storycluster.index.reader import Reader
from storycluster.testing import compose, simulate

POOL = list(simulate(120, seed=21, languages=("en", "ar", "zh"), words=80).articles)
FOOTER = compose("footer", seed=98, words=40).text.replace("\n", " ")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an index goes that others may read."""
    if request.param == "postgres":
        return str(request.getfixturevalue("address")())
    return str(tmp_path / "news.db")


@pytest.fixture
def writer(place: str) -> Iterator[StoryIndex]:
    """An index with a hundred articles."""
    with StoryIndex.open(place, retention=None) as index:
        index.add_many(POOL[:100])
        yield index


@pytest.fixture
def reader(writer: StoryIndex, place: str) -> Iterator[StoryIndex]:
    """Somebody who reads it."""
    with StoryIndex.open(place, read_only=True) as index:
        assert held(index) == held(writer)
        yield index


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts how often a reader's memory is built."""
    counted = Mock(side_effect=Reader._load)
    monkeypatch.setattr(Reader, "_load", lambda own: counted(own))
    return counted


def held(index: StoryIndex) -> dict[bytes, tuple[object, ...]]:
    """All that a reader's answers depend on, by the ids of articles."""
    live = index._holder.stream().live
    rows = live.every_article()
    texts: Array = live.articles.text[rows].astype(np.int64)
    marks = live.copy_words(texts, "")
    spelled = [
        (marks.words[a:b].tobytes(), marks.flags[a:b].tobytes())
        for a, b in zip(marks.word_start[:-1], marks.word_start[1:], strict=True)
    ]
    articles = live.articles
    return {
        live.id_of(x): (
            words, int(articles.number[x]), int(articles.outlet[x]), int(articles.published[x]),
            int(articles.title[x]), sorted(map(live.id_of, live.run_of(t).tolist())),
        )
        for x, t, words in zip(rows.tolist(), texts.tolist(), spelled, strict=True)
    }  # fmt: skip


def come_again(index: StoryIndex, article: Article) -> None:
    """An article goes, and comes once more."""
    index.remove(article.id)
    index.add(article)


def come_and_go(index: StoryIndex, article: Article) -> None:
    """An article comes, and goes."""
    index.add(article)
    index.remove(article.id)


def fresh(place: str) -> dict[bytes, tuple[object, ...]]:
    """The same of a reader who comes now."""
    with StoryIndex.open(place, read_only=True) as index:
        return held(index)


def test_what_comes_and_goes_is_followed(writer: StoryIndex, reader: StoryIndex, place: str, loads: Mock) -> None:
    turns: list[Callable[[], object]] = [
        lambda: writer.add(POOL[100]),
        lambda: writer.add(Article("copy", POOL[3].text, outlet="A New Outlet")),
        lambda: writer.remove(POOL[3].id),  # its text stays: the copy has it
        lambda: writer.update(Article(POOL[5].id, POOL[101].text, outlet="A New Outlet")),
        lambda: writer.update(Article(POOL[6].id, POOL[6].text, published=datetime(2099, 1, 1, tzinfo=UTC))),
        lambda: come_again(writer, POOL[7]),
        lambda: come_and_go(writer, POOL[102]),
        lambda: writer.add_many(POOL[103:110]),
        lambda: writer.expire(before=datetime.now(UTC) - timedelta(days=1)),
        lambda: writer.refresh(),
        lambda: writer.cannot_link(POOL[0].id, POOL[1].id),
    ]  # fmt: skip
    for turn in turns:
        turn()
        assert held(reader) == (wanted := held(writer))
        assert wanted
    assert loads.call_count == 0
    assert fresh(place) == held(reader)
    for article in POOL:
        assert reader.search(article) == writer.search(article)


def test_furniture_and_names_that_were_learnt_are_followed(
    writer: StoryIndex, reader: StoryIndex, place: str, loads: Mock
) -> None:
    day = datetime(2026, 5, 1, tzinfo=UTC)
    texts = [compose("f", seed=i, words=50).text for i in range(12)]
    footed = [
        Article(
            f"foot{i}", f"{text}\n\n{FOOTER}", outlet=("norhavnpost.com", "Norhavn Post")[i % 2],
            published=day + timedelta(days=i),
        )
        for i, text in enumerate(texts)
    ]  # fmt: skip
    before = reader.search(footed[0])
    for article in footed:
        writer.add(article)
    writer.refresh()
    known = dict(writer._store.furniture())
    assert held(reader) == held(writer) == fresh(place)
    assert before == []
    for article in footed[:10]:  # two occasions are left
        writer.remove(article.id)
    writer.refresh()
    assert dict(writer._store.furniture()).keys() < known.keys()
    assert held(reader) == held(writer)
    assert loads.call_count == 1  # of whoever came afresh


def test_another_spelling_of_a_known_outlet_is_that_outlet(
    writer: StoryIndex, reader: StoryIndex, place: str, loads: Mock
) -> None:
    """New names come with the keys of names that were there, while the key of a third one changes."""
    day = datetime(2026, 5, 1, tzinfo=UTC)
    texts = [f"{compose('s', seed=i, words=50).text}\n\n{FOOTER}" for i in range(8)]
    for i, text in enumerate(texts):
        writer.add(Article(f"a{i}", text, outlet="The Korea Herald", published=day + timedelta(days=i)))
    writer.add(Article("n", compose("n", seed=1, words=60).text, outlet="Norhavn Posts"))
    writer.refresh()
    assert held(reader) == held(writer)
    for i, name in enumerate(("Korea Herald", "norhavnposts.com")):
        writer.add(Article(f"b{i}", compose("b", seed=i, words=60).text, outlet=name, published=day))
    writer.refresh()
    assert held(reader) == held(writer) == fresh(place)
    assert len({held(reader)[own][2] for own in (b"a0", b"b0")}) == 1
    assert loads.call_count == 1  # of whoever came afresh


def test_an_index_made_anew_at_the_same_address_is_loaded(address: Callable[[], str], loads: Mock) -> None:
    place = address()
    with StoryIndex.open(place) as first:
        first.add_many(POOL[:5])
        with StoryIndex.open(place, read_only=True) as reader:
            reader.search(POOL[0])
            first._store.drop()  # type: ignore[attr-defined]  # a look inside
            with StoryIndex.open(place) as second:
                second.add_many(POOL[10:30])
                assert held(reader) == held(second)
                assert loads.call_count == 2


def test_matches_are_told_with_the_story_as_it_is_now(writer: StoryIndex, reader: StoryIndex) -> None:
    own = next(story.article_ids for story in writer.stories() if len(story) > 3)
    writer.remove(writer.story_of(own[0]).anchor)
    for article_id in own:
        if article_id in writer:
            mine, theirs = reader.matches_of(article_id), writer.matches_of(article_id)
            assert (mine.with_anchor(), mine.others()) == (theirs.with_anchor(), theirs.others())


def test_what_the_feed_tells_no_more_is_loaded(place: str, loads: Mock) -> None:
    with StoryIndex.open(place, retention=None, keep_changes=timedelta(0)) as writer:
        writer.add_many(POOL[:20])
        with StoryIndex.open(place, read_only=True) as reader:
            reader.search(POOL[0])
            writer.remove(POOL[0].id)
            writer.refresh()  # old entries go with it
            writer.add(POOL[30])
            assert held(reader) == held(writer)
            assert loads.call_count == 2


def test_where_much_is_new_all_is_loaded(
    writer: StoryIndex, reader: StoryIndex, loads: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "FOLLOWED", 1)
    writer.add(POOL[100])
    assert held(reader) == held(writer)
    assert loads.call_count == 0
    writer.add_many(POOL[101:])
    assert held(reader) == held(writer)
    assert loads.call_count == 1


def test_other_aliases_and_rows_put_right_are_loaded(place: str, loads: Mock) -> None:
    with StoryIndex.open(place, retention=None) as writer:
        writer.add_many(POOL[:20])
    with StoryIndex.open(place, read_only=True) as reader:
        reader.search(POOL[0])
        with StoryIndex.open(place, aliases=Aliases.from_mapping({"One": [POOL[0].outlet, "Wonn"]})) as writer:
            probe = Article("q", POOL[0].text, outlet="Wonn")
            assert reader.search(probe) == writer.search(probe)
            assert held(reader) == held(writer)
            assert loads.call_count == 2


def test_memory_that_fails_half_way_is_built_anew(
    writer: StoryIndex, reader: StoryIndex, loads: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.add(POOL[100])
    with monkeypatch.context() as broken:
        broken.setattr(following, "take_in", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            reader.search(POOL[100])
    assert held(reader) == held(writer)
    assert loads.call_count == 1
