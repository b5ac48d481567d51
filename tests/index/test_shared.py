"""Several writers of one index, in one process and in many: they agree with each other and with a batch."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from benchmarks.servers import running_postgres
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from index.memory import memory_of
from index.test_laws import CROWDED, Newsroom
from storycluster import (
    Aliases,
    Article,
    LinkError,
    LockedError,
    MissingExtraError,
    RecipeError,
    Settings,
    SettingsError,
    StoreError,
    StoryIndex,
    UnknownIdError,
    cluster_articles,
    verify,
)  # fmt: skip
from storycluster.fingerprint import fingerprint_texts
from storycluster.index.entries import Terms, pack_entry, pack_list
from storycluster.index.rehearsal import rehearse
from storycluster.store.contract import Tip
from storycluster.story_index import rebuild_index, rebuild_store
from storycluster.testing import compose, simulate

Address = Callable[[], str]


def partition(index: StoryIndex) -> set[frozenset[str]]:
    return {frozenset(story.article_ids) for story in index.stories()}


def batch_of(articles: list[Article], settings: Settings | None = None) -> set[frozenset[str]]:
    return {frozenset(story.article_ids) for story in cluster_articles(articles, settings).stories}


class SharedNewsroom(Newsroom):
    """Three writers take turns in one index."""

    place: Address

    @initialize(settings=st.sampled_from([Settings(), CROWDED]), every=st.sampled_from([3, 1_000]))
    def begin(self, settings: Settings, every: int) -> None:
        self.settings, self.every, self.calls = settings, every, 0
        self.address = type(self).place()
        self.writers = [self.open() for _ in range(3)]
        self.readers = [StoryIndex.open(self.address, read_only=True)]

    @property
    def index(self) -> StoryIndex:  # type: ignore[override]  # what a machine has as a value is chosen anew here
        """Another writer each time."""
        self.calls += 1
        return self.writers[self.calls % len(self.writers)]

    def open(self) -> StoryIndex:
        return StoryIndex.open(self.address, self.settings, retention=None, refresh_every=self.every)

    @rule(which=st.integers(0, 2))
    def reopen(self, which: int) -> None:
        self.writers[which].close()
        self.writers[which] = self.open()

    @rule(which=st.integers(0, 2))
    def search(self, which: int) -> None:
        """What one looks for changes nothing in its memory that the others don't know of."""
        self.writers[which].search(compose("q", seed=which, words=60))

    @rule()
    def agree(self) -> None:
        """All memories are one, and what is loaded anew is, too."""
        wanted = memory_of(self.writers[0])
        for writer in self.writers[1:]:
            assert memory_of(writer) == wanted
        with StoryIndex.open(self.address) as fresh:
            assert memory_of(fresh) == wanted

    def teardown(self) -> None:
        try:
            if hasattr(self, "writers"):
                self.agree()
                self.compare()
                self.agree()
                for article_id in self.live:
                    self.read(article_id)
                self.readers[0].close()
        finally:
            for writer in getattr(self, "writers", ()):
                writer.close()
            self.folder.cleanup()


def test_writers_that_take_turns_agree_with_each_other_and_a_batch(address: Address) -> None:
    SharedNewsroom.place = staticmethod(address)
    run_state_machine_as_test(
        SharedNewsroom,
        settings=hypothesis_settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_whoever_judges_by_a_newer_rule_takes_an_index_over(
    address: Address, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place, articles = address(), list(simulate(60, seed=21, words=80).articles)
    rehearse()  # which the older rule would be no help for
    with monkeypatch.context() as older:
        numbers = verify.rule_numbers(Settings())._replace(told_share=2.0, quoted_share=2.0)  # nothing is the same
        older.setattr(verify, "RULE", 1)
        older.setattr(verify, "rule_numbers", lambda _: numbers)
        left_behind = StoryIndex.open(place, retention=None)
        left_behind.add_many(articles[:40])
        apart = left_behind.count_stories()
    assert apart > len(batch_of(articles[:40]))
    for _ in range(2):
        with StoryIndex.open(place, retention=None) as index:
            assert caplog.text.count("judged by an older version of the rule") == 1  # by the first one
            assert partition(index) == batch_of(articles[:40])
    present = verify.RULE
    with monkeypatch.context() as older:
        older.setattr(verify, "RULE", 1)
        with pytest.raises(StoreError, match=f"version {present} of the rule"):
            left_behind.add_many(articles[40:])
    left_behind.close()
    with StoryIndex.open(place, retention=None) as index:
        index.add_many(articles[40:])
        index.refresh()
        assert partition(index) == batch_of(articles)


WRITER = """
import json, sys
from storycluster import StoryIndex, read_articles
address, source, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
articles = list(read_articles(source))
with StoryIndex.open(address, retention=None, refresh_every=100) as index:
    print("open", flush=True)
    sys.stdin.readline()
    for first in range(0, len(articles), size):
        some = articles[first:first + size]
        print(json.dumps(["do", [article.id for article in some]]), flush=True)
        placements = index.add_many(some)
        print(json.dumps(["done", [placement.outcome for placement in placements]]), flush=True)
"""


def planted(count: int, processes: int, seed: int) -> list[list[Article]]:
    """Articles for each process; each text's copies are dealt out among all of them."""
    articles = list(simulate(count, seed=seed, words=80).articles)
    copies = [
        Article(f"{article.id}-{k}", f"{article.text} Copy {k}.", outlet=f"Paper {k}", published=article.published)
        for article in articles[: count // 3]
        for k in range(processes)
    ]
    shares: list[list[Article]] = [[] for _ in range(processes)]
    for i, article in enumerate([*articles, *copies]):
        shares[i % processes].append(article)
    return shares


def begin_writers(place: str, folder: Path, shares: list[list[Article]], size: int) -> list[subprocess.Popen[bytes]]:
    """A process for each share, all of which begin at once."""
    made = []
    for k, share in enumerate(shares):
        source = folder / f"{k}.jsonl"
        source.write_text("".join(json.dumps(article.to_mapping()) + "\n" for article in share), "utf-8")
        command = [sys.executable, "-c", WRITER, place, str(source), str(size)]
        made.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    for process in made:
        assert process.stdout
        assert process.stdout.readline() == b"open\n"
    for process in made:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    return made


@pytest.mark.parametrize("size", [1, 7])
def test_four_processes_miss_no_match(address: Address, tmp_path: Path, size: int) -> None:
    place = address()
    shares = planted(120, 4, seed=size)
    for process in begin_writers(place, tmp_path, shares, size):
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        assert b'"unchanged"' not in out
    everything = [article for share in shares for article in share]
    with StoryIndex.open(place, retention=None) as index:
        assert len(index) == len(everything)
        index.refresh()
        assert partition(index) == batch_of(everything)
        told = [change.article_id for change in index.changes() if change.article_id]
        assert sorted(told) == sorted(article.id for article in everything)
        follower: dict[str, str | None] = {}
        for change in index.changes():
            follower |= change.moved
        assert follower == {article_id: story.id for story in index.stories() for article_id in story.article_ids}


def test_killed_writers_lose_nothing_that_was_acknowledged(address: Address, tmp_path: Path) -> None:
    place = address()
    shares = planted(150, 3, seed=5)
    draw = random.Random(3)
    writers = begin_writers(place, tmp_path, shares, 2)
    acknowledged: set[str] = set()
    asked: set[str] = set()
    for k, process in enumerate(writers):
        time.sleep(draw.uniform(0.05, 0.3))
        if k < 2:
            process.send_signal(signal.SIGKILL)
        out = process.communicate(timeout=300)[0]
        lines = [json.loads(line) for line in out.split(b"\n") if line.endswith(b"]")]
        for line, after in zip(lines, [*lines[1:], None], strict=True):
            if line[0] == "do":
                asked |= set(line[1])
                acknowledged |= set(line[1]) if after else set()
    by_id = {article.id: article for share in shares for article in share}
    with StoryIndex.open(place, retention=None) as index:
        index.refresh()  # whoever writes next applies what the dead have left
        there = {article_id for article_id in by_id if article_id in index}
        assert acknowledged <= there <= asked
        assert partition(index) == batch_of([by_id[article_id] for article_id in sorted(there)])
        assert index.check().mended == ()


@pytest.fixture
def opened_at(address: Address) -> Iterator[Callable[..., StoryIndex]]:
    """Opens writers of one index."""
    place, made = address(), []

    def open_index(**options: Any) -> StoryIndex:
        made.append(StoryIndex.open(place, **({"retention": None} | options)))
        return made[-1]

    yield open_index
    for index in made:
        index.close()


TEXTS = [compose("story", seed=n, words=120).text for n in range(8)]


def test_errors_are_those_of_whoever_was_late(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at()
    one.add_many([Article(f"a{n}", TEXTS[n]) for n in range(3)])
    assert "a0" in other
    one.must_link("a0", "a1")
    other.must_link("a1", "a2")
    with pytest.raises(LinkError, match="must_link puts both into one story"):
        one.cannot_link("a0", "a2")
    one.remove("a2")
    with pytest.raises(UnknownIdError, match="'a2'"):
        other.remove("a2")
    assert other.add(Article("a0", TEXTS[0])).outcome == "unchanged"
    updated = other.add(Article("a0", TEXTS[5]))
    assert updated.updated
    assert one.add(Article("a0", TEXTS[5])).outcome == "unchanged"


def test_a_match_added_by_another_process_is_found(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at()
    first = one.add(Article("a", TEXTS[0], outlet="Post"))
    second = other.add(Article("b", f"{TEXTS[0]} And more.", outlet="Tern"))
    assert (second.outcome, second.story_id) == ("joined", first.story_id)
    third = one.add(Article("c", f"{TEXTS[0]} And more still.", outlet="Mail"))
    assert {match.b for match in (*third.others, *([third.match] if third.match else []))} == {"a", "b"}
    assert [match.b for match in other.search(Article("q", TEXTS[0]))][:1] == ["a"]


def test_whoever_is_left_behind_loads_the_index_anew(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storycluster.store.postgres.TRIMMED_EVERY", 1)
    monkeypatch.setattr("storycluster.store.postgres.ANSWERS_KEPT", 0)
    monkeypatch.setattr("storycluster.store.postgres.LOG_BYTES", 10_000)
    one, other = opened_at(), opened_at()
    other.add(Article("first", TEXTS[7]))
    articles = [Article(f"a{n}", f"{TEXTS[n % 4]} Number {n}.") for n in range(40)]
    for article in articles:
        one.add(article)
    tip = one._store.tip()  # type: ignore[attr-defined]  # a look inside
    assert other._writer._position < tip.dropped  # type: ignore[attr-defined]  # a look inside
    placement = other.add(Article("late", TEXTS[0], outlet="Late"))
    assert placement.outcome == "joined"
    assert memory_of(one) == memory_of(other)
    assert memory_of(one)["articles"].keys() == {b"first", b"late", *(article.id.encode() for article in articles)}


def test_what_the_log_drops_while_it_is_read_is_loaded(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between learning how far the rows are and reading the log up to there, another writer may have it dropped."""
    one, other = opened_at(), opened_at()
    other.add(Article("first", TEXTS[7]))
    articles = [Article(f"a{n}", f"{TEXTS[n % 4]} Number {n}.") for n in range(10)]
    for article in articles:
        one.add(article)
    read = other._store.entries  # type: ignore[attr-defined]  # a look inside

    def drop_and_read(after: int, upto: int, limit: int) -> Any:
        with one._store._db.transaction():  # type: ignore[attr-defined]  # a look inside
            one._store._db.execute("DELETE FROM log WHERE place <= %s", (upto - 2,))  # type: ignore[attr-defined]  # a look inside
            one._store._db.execute("UPDATE state SET dropped = %s", (upto - 2,))  # type: ignore[attr-defined]  # a look inside
        return read(after, upto, limit)

    monkeypatch.setattr(other._store, "entries", drop_and_read)
    assert "a9" in {match.b for match in other.search(Article("q", articles[9].text))}
    monkeypatch.undo()
    assert memory_of(one) == memory_of(other)


def test_a_check_puts_right_what_all_see(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at()
    articles = [Article(f"a{n}", f"{TEXTS[n % 4]} Number {n}.", outlet=f"o{n}") for n in range(20)]
    one.add_many(articles)
    one.refresh()
    other.refresh()
    wanted = partition(one)
    assert other.check().mended == ()
    database = one._store._db  # type: ignore[attr-defined]  # a look inside
    database.execute("DELETE FROM edge WHERE low % 2 = 1")
    database.execute("UPDATE article SET story = (SELECT min(number) FROM story) WHERE number % 3 = 0")
    found = other.check()
    assert found.mended
    assert partition(one) == wanted
    more = one.add(Article("more", f"{TEXTS[0]} More.", outlet="p"))
    assert more.outcome == "joined"
    assert memory_of(one) == memory_of(other)
    assert other.check().mended == ()


def test_a_check_finds_no_fault_in_what_others_have_just_added(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened_at(), opened_at()
    footer = compose("footer", seed=77, words=60).text
    articles = [Article(f"f{n}", f"{compose('f', seed=n, words=30).text}\n\n{footer}", outlet="Post") for n in range(6)]
    one.add_many(articles)
    added = list(articles)
    turn = other._store.turn  # type: ignore[attr-defined]  # a look inside

    def add_and_turn(until: int) -> Any:
        """One more has been written, and one is still to be."""
        for n in range(2):
            added.append(Article(f"a{len(added)}", f"{TEXTS[0]} Number {len(added)}."))
            entry = one._arrivals(added[-1:], fingerprint_texts([added[-1].text], one.settings), 0)
            one._store.append(pack_entry(entry))  # type: ignore[attr-defined]  # a look inside
            if not n:
                one.refresh()
        return turn(until)

    with monkeypatch.context() as patched:
        patched.setattr(other._store, "turn", add_and_turn)
        assert other.check().mended == ()
    assert len(added) > len(articles)
    assert partition(one) == batch_of(added)
    assert memory_of(one) == memory_of(other)


def test_whoever_holds_other_stories_loads_the_index_anew(
    opened_at: Callable[..., StoryIndex], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = opened_at(), opened_at()
    one.add(Article("a", TEXTS[0]))
    other.add(Article("b", TEXTS[0]))
    desk = other._writer.desk()
    desk.stream.live.articles.story[0] = 99  # an error, or another version's idea of it
    desk.digest ^= 1
    assert other.add(Article("c", TEXTS[0])).story_id == one.story_of("a").id
    assert "memory holds other stories than the index" in caplog.text
    assert memory_of(one) == memory_of(other)
    caplog.clear()
    one.add(Article("d", TEXTS[1]))
    assert memory_of(one) == memory_of(other)
    assert not caplog.text


def test_writers_of_an_index_made_anew_take_turns_with_those_who_stayed(opened_at: Callable[..., StoryIndex]) -> None:
    stayed = opened_at()
    stayed.add_many([Article(f"old{n}", TEXTS[n]) for n in range(3)])
    stayed._store.drop()  # type: ignore[attr-defined]  # a look inside
    fresh = opened_at()
    fresh.add_many([Article(f"a{n}", TEXTS[n]) for n in range(4)])
    with fresh._store.turn(1 << 62):  # type: ignore[attr-defined]  # a look inside
        stayed._store._timeout = 0.2  # type: ignore[attr-defined]  # a look inside
        stayed._store._db.execute("SET lock_timeout TO 200")  # type: ignore[attr-defined]  # a look inside
        with pytest.raises(LockedError):
            stayed.add(Article("late", TEXTS[0]))
    assert stayed.add(Article("later", TEXTS[1])).story_id == fresh.story_of("a1").id
    fresh.add(Article("last", TEXTS[2]))
    assert memory_of(stayed) == memory_of(fresh)
    assert set(memory_of(fresh)["articles"]) == {b"a0", b"a1", b"a2", b"a3", b"late", b"later", b"last"}


def test_terms_hold_for_all_writers(opened_at: Callable[..., StoryIndex]) -> None:
    one = opened_at(refresh_every=5)
    other = opened_at(aliases=Aliases.from_mapping({"Norhavn Post": ["NP"]}), retain_by="publication")
    one.add_many([Article("a", TEXTS[0], outlet="NP"), Article("b", TEXTS[0], outlet="Norhavn Post")])
    assert memory_of(one)["names"] == [("NP", "norhavnpost"), ("Norhavn Post", "norhavnpost")]
    assert memory_of(one) == memory_of(other)
    assert other._writer.desk().refresh_every == 5
    assert one._writer.desk().by_publication


def test_a_lost_connection_is_named_and_made_anew(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at()
    one.add(Article("a", TEXTS[0]))
    pid = one._store._db.info.backend_pid  # type: ignore[attr-defined]  # a look inside
    other._store._db.execute("SELECT pg_terminate_backend(%s)", (pid,))  # type: ignore[attr-defined]  # a look inside
    with pytest.raises(StoreError, match=r"the connection to the server was lost.*Do it again"):
        one.add(Article("b", TEXTS[0]))
    assert one.add(Article("b", TEXTS[0])).outcome in ("joined", "unchanged")
    assert other.add(Article("c", TEXTS[0])).outcome == "joined"
    assert memory_of(one) == memory_of(other)


@pytest.mark.usefixtures("postgres")  # it is installed then
def test_a_server_that_dies_loses_nothing_it_acknowledged() -> None:
    with running_postgres() as server:
        assert server is not None
        with StoryIndex.open(server.address, retention=None, synchronous="full") as index:
            index.add_many([Article(f"a{n}", f"{TEXTS[n % 4]} Number {n}.") for n in range(20)])
            server.stop("immediate")
            with pytest.raises(StoreError, match="lost"):
                index.add(Article("b", TEXTS[0]))
            with pytest.raises(StoreError, match="the server can't be reached"):
                index.add(Article("b", TEXTS[0]))
            server.start()
            assert index.add(Article("b", TEXTS[0])).outcome == "joined"
            assert len(index) == 21
            assert index.check().mended == ()


@pytest.mark.usefixtures("postgres")  # it is installed then
def test_what_a_server_lost_is_lost_in_memory_too() -> None:
    with running_postgres(wal_writer_delay="10000ms") as server:
        assert server is not None
        with StoryIndex.open(server.address, retention=None) as index:
            index.add(Article("kept", TEXTS[0]))
            index._store._db.execute("CHECKPOINT")  # type: ignore[attr-defined]  # a look inside
            index.add(Article("lost", TEXTS[1]))
            server.stop("immediate")
            with pytest.raises(StoreError, match="lost"):
                index.story_of("lost")
            server.start()
            assert "lost" not in index
            assert index.search(Article("q", TEXTS[1])) == []
            index.add(Article("new", TEXTS[1]))  # what the log has kept is applied before it
            there = [Article(one, TEXTS[one != "kept"]) for one in ("kept", "lost", "new") if one in index]
            assert partition(index) == batch_of(there)
            with StoryIndex.open(server.address) as fresh:
                assert memory_of(index) == memory_of(fresh)


def poison(index: StoryIndex) -> list[bytes]:
    """Entries that can't be applied; the last one only when half of it is in memory."""
    good = [Article("half", TEXTS[2]), Article("other half", TEXTS[3])]
    marks = fingerprint_texts([article.text for article in good], index.settings)
    arrivals = index._arrivals(good, marks, 0)
    return [
        b"",
        b"no entry",
        pack_entry(Terms(0, None, None, {"Post": 7})),  # type: ignore[dict-item]  # wrong on purpose
        pack_entry(replace(arrivals, outlets=[b"", b"\xff"])),
    ]


def test_an_entry_that_cannot_be_applied_is_left_out_by_all(
    opened_at: Callable[..., StoryIndex], caplog: pytest.LogCaptureFixture
) -> None:
    one, other, late = opened_at(), opened_at(), opened_at()
    good = [Article(f"a{n}", TEXTS[n]) for n in range(2)]
    assert [index.add(article).outcome for index, article in zip((one, other), good, strict=True)] == 2 * ["created"]
    places = [other._store.append(entry)[0] for entry in poison(one)]  # type: ignore[attr-defined]  # a look inside
    for index in (one, other, late):
        good.append(Article(f"b{len(good)}", f"{TEXTS[0]} Copy {len(good)}."))
        assert index.add(good[-1]).outcome == "joined"
    told = [f"entry {place} of the log can't be applied" in caplog.text for place in places]
    assert told == [True] * len(places)
    assert sum("can't be applied" in record.message for record in caplog.records) == len(places)  # by one for all
    assert memory_of(one) == memory_of(other) == memory_of(late)
    assert partition(one) == batch_of(good)
    assert late.check().mended == ()


def test_whose_entry_it_was_gets_the_error(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened_at(), opened_at()
    other.add(Article("a", TEXTS[0]))
    wrong = Terms(0, None, None, {"Post": 7})  # type: ignore[dict-item]  # wrong on purpose
    with pytest.raises(StoreError, match=r"entry \d+ of the log: this can't be applied"):
        other._do(wrong)
    meanwhile(other, one.refresh, monkeypatch)  # it is the other one that leaves it out
    with pytest.raises(StoreError, match=r"entry \d+ of the log: this can't be applied"):
        other._do(wrong)
    assert other.add(Article("b", TEXTS[0])).outcome == "joined"
    assert memory_of(one) == memory_of(other)


def test_entries_of_a_newer_version_are_not_left_out(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at()
    one.add(Article("a", TEXTS[0]))
    heads = [b'{"entry":"Later","now":1}', b'{"entry":"Refresh","now":1,"gently":true}']
    for head in heads:
        sizes, data = pack_list([head])
        place = one._store.append(b"\1\0\0\0" + sizes + data)[0]  # type: ignore[attr-defined]  # a look inside
        for index in (one, other):
            with pytest.raises(StoreError, match="install the newer one here, too"):
                index.refresh()
        rows = one._store.entries(place - 1, place, 1)  # type: ignore[attr-defined]  # a look inside
        assert [row.refused for row in rows] == [None]
        one._store._db.execute("DELETE FROM log WHERE place = %s", (place,))  # type: ignore[attr-defined]  # a look inside
    one.refresh()


def meanwhile(index: StoryIndex, happens: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen between an entry of an index being appended and being applied there."""
    append = index._store.append  # type: ignore[attr-defined]  # a look inside

    def append_and_wait(entry: bytes) -> tuple[int, Tip]:
        appended: tuple[int, Tip] = append(entry)
        happens()
        return appended

    monkeypatch.setattr(index._store, "append", append_and_wait)


def forget_answers(index: StoryIndex) -> None:
    """As if the log had dropped what the entries did."""
    index._store._db.execute("UPDATE log SET answer = NULL")  # type: ignore[attr-defined]  # a look inside


def test_what_was_written_by_another_is_told_by_it(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, alone = opened_at(), opened_at(), StoryIndex.open(":memory:", retention=None)
    added = [Article(f"a{n}", TEXTS[n]) for n in range(3)]
    more = [Article("b", TEXTS[0]), Article("c", TEXTS[5]), Article("a1", TEXTS[4]), added[2]]
    for index in (other, alone):
        index.add_many(added)
    one.refresh()
    before = other._writer._position  # type: ignore[attr-defined]  # a look inside
    with monkeypatch.context() as patched:
        meanwhile(other, one.refresh, patched)
        told = [(one.article_id, one.story_id, one.outcome, one.updated) for one in other.add_many(more)]
        assert told == [(one.article_id, one.story_id, one.outcome, one.updated) for one in alone.add_many(more)]
        assert {outcome for _, _, outcome, _ in told} == {"created", "joined", "unchanged"}
        other.must_link("a0", "a1")
        other.must_link("a1", "c")
        with pytest.raises(LinkError, match="must_link puts both into one story"):
            other.cannot_link("a0", "c")
        other.remove("c")
        assert other.expire(before=datetime.now(UTC) + timedelta(hours=1)) == 4
    assert other._writer._position == before  # type: ignore[attr-defined]  # it has applied none of it
    assert memory_of(one) == memory_of(other)
    alone.close()


def test_who_is_told_lets_old_articles_go_too(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened_at(retention=None), opened_at(retention=timedelta(days=1))
    other.search(Article("q", TEXTS[0]))  # loads what is there yet
    one.add(Article("old", TEXTS[0]), received=datetime.now(UTC) - timedelta(days=3))
    assert "old" in other
    meanwhile(other, one.refresh, monkeypatch)
    other.add(Article("new", TEXTS[1]))
    assert "old" not in other


def test_who_is_behind_writes_when_nobody_else_does(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at()
    other.add(Article("a", TEXTS[0]))
    for n in range(300):  # to load the index is quicker than to apply so many
        one.add(Article(f"b{n}", f"{TEXTS[n % 8]} Number {n}."))
    one.close()
    placement = other.add(Article("c", TEXTS[0]))
    assert placement.outcome == "joined"
    assert placement.match is not None
    with opened_at() as fresh:
        assert memory_of(other) == memory_of(fresh)


def test_what_was_written_by_another_is_told_after_loading_anew(
    opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened_at(), opened_at()
    other.add_many([Article(f"a{n}", TEXTS[n]) for n in range(4)])
    one.refresh()
    with monkeypatch.context() as patched:

        def check() -> None:
            one.check()
            forget_answers(one)

        meanwhile(other, check, patched)  # whoever comes after a check loads the index anew
        placements = other.add_many([Article("b", TEXTS[0]), Article("c", TEXTS[5])])
        assert [(one.article_id, one.outcome) for one in placements] == [("b", "joined"), ("c", "created")]
        other.must_link("a0", "a1")
        other.must_link("a1", "a2")
        with pytest.raises(LinkError, match="must_link puts both into one story"):
            other.cannot_link("a0", "a2")
        other.remove("a3")
    with monkeypatch.context() as patched:

        def take_out() -> None:
            one.refresh()
            one.remove("d1")
            one.check()
            forget_answers(one)

        meanwhile(other, take_out, patched)
        with pytest.raises(UnknownIdError, match="'d1': it was added, and another process has taken it out"):
            other.add_many([Article(f"d{n}", TEXTS[6]) for n in range(3)])
    assert [f"d{n}" in other for n in range(3)] == [True, False, True]
    append = other._store.append  # type: ignore[attr-defined]  # a look inside

    def append_late(entry: bytes) -> tuple[int, Tip]:
        one.remove("a2")
        appended: tuple[int, Tip] = append(entry)
        one.check()
        forget_answers(one)
        return appended

    with monkeypatch.context() as patched:
        patched.setattr(other._store, "append", append_late)
        with pytest.raises(UnknownIdError, match="'a2'"):
            other.remove("a2")
    with monkeypatch.context() as patched:

        def forget() -> None:
            one.check()
            with one._store._db.transaction():  # type: ignore[attr-defined]  # a look inside
                one._store._db.execute("DELETE FROM log")  # type: ignore[attr-defined]  # a look inside
                one._store._db.execute("UPDATE state SET dropped = position")  # type: ignore[attr-defined]  # a look inside

        meanwhile(other, forget, patched)
        with pytest.raises(StoreError, match="whether this was kept can't be told; do it again"):
            other.unlink("a0", "a1")
        assert other.add(Article("e", TEXTS[0])).outcome == "joined"
    assert memory_of(one) == memory_of(other)


def test_what_cannot_be_opened_says_why(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    place = address()
    for options in ({"read_only": True}, {"must_exist": True}):
        with pytest.raises(StoreError, match="there is no such index"):
            StoryIndex.open(place, **options)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(StoreError, match="expected a schema's name of small letters"):
        StoryIndex.open(place + '"; DROP')
    with pytest.raises(StoreError, match="can't be reached"):
        StoryIndex.open("postgresql://u:secret@127.0.0.1:1/x", timeout=2)
    with StoryIndex.open(place) as index:
        index.add(Article("a", TEXTS[0]))
        with pytest.raises(RecipeError, match="made under"):
            StoryIndex.open(place, Settings(seed=7))
        with pytest.raises(SettingsError, match="told_share"):
            StoryIndex.open(place, Settings(told_share=0.5))
        with StoryIndex.open(place, read_only=True) as reader:
            assert reader.story_of("a").anchor == "a"
            assert reader.search(Article("q", TEXTS[0]))[0].b == "a"
            index.add(Article("b", TEXTS[1]))
            assert reader.search(Article("q", TEXTS[1]))[0].b == "b"
            with pytest.raises(StoreError, match="read only"):
                reader.add(Article("c", "x"))
            with pytest.raises(StoreError, match="read only"):
                reader.check()
        index._store._db.execute("UPDATE state SET version = 99")  # type: ignore[attr-defined]  # a look inside
    with pytest.raises(StoreError, match=r"version 99.*install a newer storycluster"):
        StoryIndex.open(place)
    foreign = address()
    base, _, schema = foreign.partition("#")
    import psycopg

    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.theirs (x int)")
    with pytest.raises(StoreError, match="has tables of something else"):
        StoryIndex.open(foreign)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"storycluster\[postgres\]"):
        StoryIndex.open(place)


def test_a_writer_that_stops_in_its_turn_is_waited_for_as_long_as_told(opened_at: Callable[..., StoryIndex]) -> None:
    one, other = opened_at(), opened_at(timeout=0.3)
    one.add(Article("a", TEXTS[0]))
    other.add(Article("b", TEXTS[0]))
    with one._store.turn(1 << 60):  # type: ignore[attr-defined]  # a look inside
        with pytest.raises(LockedError, match=r"another writer has had its turn to write for 0\.3 seconds"):
            other.add(Article("c", TEXTS[0]))
        assert "c" not in other
    assert one.add(Article("d", TEXTS[0])).outcome == "joined"
    assert "c" in other
    assert other.add(Article("c", TEXTS[0])).outcome == "unchanged"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", "postgresql://u:***@127.0.0.1:1/x: the server can't be reached"),
        (
            "postgresql://127.0.0.1:1/x?user=u&password=secret",
            "postgresql://127.0.0.1:1/x?user=u&password=***: ",
        ),
        ("postgresql://u:pa#secret@127.0.0.1:1/x", "postgresql://u:***@127.0.0.1:1/x: "),
        ("postgresql://u:pa@secret@127.0.0.1:1/x#news", "postgresql://u:***@127.0.0.1:1/x#news: expected one @"),
        ("postgresql://u:secret@127.0.0.1:1/x#No", "postgresql://u:***@127.0.0.1:1/x#No: expected a schema's name"),
    ],
)
def test_a_password_is_in_no_message(place: str, told: str) -> None:
    with pytest.raises(StoreError) as caught:
        StoryIndex.open(place, timeout=2)
    assert str(caught.value).startswith(told)
    assert "secret" not in str(caught.value)


def test_a_password_is_in_no_message_about_what_an_index_holds(address: Address) -> None:
    server, _, schema = address().rpartition("#")
    place = f"{server}{'&' if '?' in server else '?'}password=secret#{schema}"
    with StoryIndex.open(place, store_text=True) as index:
        index.add(Article("a", TEXTS[0]))
    told = []
    for settings in (Settings(shingle_width=4), Settings(told_share=0.5)):
        with pytest.raises((RecipeError, SettingsError)) as caught:
            StoryIndex.open(place, settings)
        told.append(str(caught.value))
    with pytest.raises(StoreError) as refused:
        rebuild_index(place, place)
    assert all("password=***: " in one and "secret" not in one for one in (*told, str(refused.value)))


def test_a_rebuild_that_is_interrupted_leaves_nothing_on_the_server(
    opened_at: Callable[..., StoryIndex], address: Address
) -> None:
    one, place = opened_at(store_text=True, refresh_every=7), address()
    one.add_many([Article(f"a{n}", text) for n, text in enumerate(TEXTS)])

    with pytest.raises(KeyboardInterrupt):
        rebuild_store(one._store, place, None, Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(StoreError, match="no such index"):
        StoryIndex.open(place, read_only=True)
    assert one.rebuild(place) == len(TEXTS)
    with StoryIndex.open(place, read_only=True) as index:
        assert index._store.get("refresh_every") == "7"


def test_short_lived_writers_trim_the_log(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storycluster.store.postgres.TRIMMED_EVERY", 4)
    monkeypatch.setattr("storycluster.store.postgres.ANSWERS_KEPT", 0)
    place = address()
    for n in range(10):
        with StoryIndex.open(place) as index:
            index.add(Article(f"a{n}", f"{TEXTS[0]} {n}"))
    with StoryIndex.open(place) as index:
        assert index._store.tip().dropped >= 7  # type: ignore[attr-defined]  # a look inside


def test_what_two_expire_is_counted_once(opened_at: Callable[..., StoryIndex], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = opened_at(retention=None), opened_at(retention=None)
    one.add_many([Article(f"a{n}", text) for n, text in enumerate(TEXTS)])
    later = datetime.now(UTC) + timedelta(hours=1)
    found = other._store.oldest(int(later.timestamp() * 1e6), 99)
    monkeypatch.setattr(other._store, "oldest", lambda *_: found)  # as it was before the first one was through
    assert (one.expire(before=later), other.expire(before=later)) == (len(TEXTS), 0)


def test_an_index_is_copied_to_a_file_and_rebuilt_from_one(
    opened_at: Callable[..., StoryIndex], address: Address, tmp_path: Path
) -> None:
    articles = list(simulate(40, seed=3, words=80).articles)
    one = opened_at(store_text=True)
    one.add_many(articles)
    one.must_link(articles[0].id, articles[1].id)
    one.backup(tmp_path / "copy.db")
    with StoryIndex.open(tmp_path / "copy.db", retention=None) as copy:
        assert list(copy.stories()) == list(one.stories())
        assert list(copy.changes()) == list(one.changes())
        assert memory_of(copy) == memory_of(one)
        place = address()
        assert copy.rebuild(place, Settings(shingle_width=4)) == len(articles)
        with StoryIndex.open(place, retention=timedelta(days=9_000)):
            pass
        with pytest.raises(StoreError, match="has articles already"):
            copy.rebuild(place)
    with StoryIndex.open(place, read_only=True) as index:
        assert index._retention == timedelta(days=9_000)
        assert index.settings.shingle_width == 4
        assert len(index) == len(articles)


def test_a_writer_keeps_texts_as_the_index_does(
    opened_at: Callable[..., StoryIndex], address: Address, tmp_path: Path
) -> None:
    opened_at(store_text=True)
    one, place = opened_at(), address()
    one.add(Article("a", TEXTS[0]))
    assert one.article("a").text == TEXTS[0]
    one.backup(tmp_path / "copy.db")
    one.rebuild(place)
    for other in (tmp_path / "copy.db", place):
        with StoryIndex.open(other) as index:
            index.add(Article("b", TEXTS[1]))
            assert index.keeps_text("b")
