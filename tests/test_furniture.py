"""Furniture is what recurs within an outlet, or at large, over otherwise different articles."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import pytest

from oracles.furniture import DAY, HOUR, Run, recurs_at_large, recurs_in_outlet
from storycluster import Settings
from storycluster.candidates import collapse_texts, index_samples
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog, Fingerprints, SampleIndex, Texts
from storycluster.fingerprint import digest_strings, fingerprint_texts
from storycluster.furniture import flag_words, recurring_samples
from storycluster.kernels.flags import FURNITURE
from storycluster.testing import compose

SETTINGS = Settings(sample_rate=1)
"""Every shingle is sampled: nothing is left to chance."""
FOOTER = "Sign up here to get the harbour letter of our newsroom every Friday morning before the ferries leave"
FOOTER_WORDS = len(FOOTER.split())


@dataclass
class Item:
    """An article: text, outlet, hours since some time, title."""

    text: str
    outlet: str = ""
    hours: float | None = None
    title: str = ""


def body(seed: int, words: int = 60) -> str:
    """Words that stand in no other text."""
    return " ".join(f"word{seed}x{place}" for place in range(words))


class Learnt:
    """Some articles and what was found to recur in them."""

    def __init__(self, items: list[Item], settings: Settings = SETTINGS) -> None:
        self.settings = settings
        outlets = sorted({item.outlet for item in items} - {""})
        self.catalog = Catalog(
            outlet=np.array([outlets.index(item.outlet) if item.outlet else NO_OUTLET for item in items], np.int32),
            published=np.array([UNKNOWN_TIME if i.hours is None else int(i.hours * HOUR) for i in items], np.int64),
            title=digest_strings([item.title for item in items]),
            order=np.arange(len(items)),
        )
        self.fingerprints: Fingerprints = fingerprint_texts([item.text for item in items], settings)
        self.texts: Texts = collapse_texts(self.fingerprints, self.catalog)
        self.index: SampleIndex = index_samples(self.fingerprints, self.texts.rows)
        self.recurring: Array = recurring_samples(self.index, self.fingerprints, self.texts, self.catalog, settings)
        self.flags: Array = flag_words(self.recurring, self.index, self.fingerprints, self.texts, settings)

    def run(self, items: list[Item], i: int) -> Run:
        """An article as the oracle sees it."""
        known = items[i].hours is not None
        return Run(
            items[i].text,
            items[i].outlet,
            int(self.catalog.published[i]) if known else None,
            items[i].title.lower(),
            tuple(self.fingerprints.signatures[i].tolist()),
        )

    def furniture_of(self, article: int) -> list[bool]:
        """Which words of an article's text are furniture."""
        row = self.texts.rows[self.texts.text_of[article]]
        words = slice(*self.fingerprints.word_start[row : row + 2])
        return [bool(flag & FURNITURE) for flag in self.flags[words].tolist()]


def with_footer(seeds: range, outlet: str, hours: list[float | None]) -> list[Item]:
    return [
        Item(f"{body(seed)} {FOOTER}", outlet, hours[k % len(hours)], f"title {seed}") for k, seed in enumerate(seeds)
    ]


def test_what_an_outlet_runs_under_three_articles_is_furniture_and_nothing_else() -> None:
    learnt = Learnt(
        [*with_footer(range(3), "Post", [0]), Item(body(7), "Post"), Item(f"{body(8)}\n\n{FOOTER}", "Tern")]
    )
    for article in range(3):
        flags = learnt.furniture_of(article)
        assert flags == [False] * (len(flags) - FOOTER_WORDS) + [True] * FOOTER_WORDS
    assert not any(learnt.furniture_of(3))
    assert not any(learnt.furniture_of(4))


def test_two_articles_teach_nothing() -> None:
    assert not Learnt(with_footer(range(2), "Post", [0])).recurring.any()


def test_articles_without_outlet_and_date_teach_nothing() -> None:
    assert not Learnt(with_footer(range(9), "", [None])).recurring.any()


def test_reposts_and_versions_are_no_occasions() -> None:
    text = body(1, 120)
    same = [Item(text, "Post", hour, "one title") for hour in range(9)]
    versions = [Item(f"{text} Update {n}.", "Post", n, "one title") for n in range(9)]
    assert not Learnt(same).recurring.any()
    assert not Learnt(versions).recurring.any()


def test_one_text_under_several_titles_is_furniture_whole() -> None:
    learnt = Learnt([Item(body(1), "Post", 0, f"title {n}") for n in range(3)])
    assert all(learnt.furniture_of(0))


def test_stock_phrases_of_several_outlets_days_apart_are_furniture() -> None:
    days = [Item(f"{body(seed)}\n\n{FOOTER}", f"outlet {seed}", 72.0 * seed) for seed in range(3)]
    assert sum(Learnt(days).furniture_of(0)) == FOOTER_WORDS
    close = [Item(item.text, item.outlet, (item.hours or 0) / 9) for item in days]
    assert not Learnt(close).recurring.any()


def test_everyday_phrases_are_no_furniture_of_everybody() -> None:
    """However often they recur: the texts have no more than them in common."""
    days = [
        Item(f"{body(seed)} as the day before {body(seed + 50)}", f"outlet {seed}", 72.0 * seed) for seed in range(9)
    ]
    assert not Learnt(days).recurring.any()
    assert Learnt(days, SETTINGS.changed(furniture_common_at_large=0.0)).recurring.any()


@pytest.mark.parametrize("seed", range(6))
def test_what_recurs_is_what_the_textbook_lists(seed: int) -> None:
    random = Random(seed)
    settings = Settings(sample_rate=1 if seed % 2 else 4, furniture_occasions=random.choice([2, 3]))
    phrases = [compose("p", seed=100 + n, words=15).text for n in range(6)]
    items = []
    for n in range(60):
        parts = [body(random.randrange(30), 40), *random.sample(phrases, random.randrange(3))]
        hours = random.choice([None, random.uniform(0, 24), random.uniform(0, 24 * 12)])
        items.append(
            Item(" ".join(parts), random.choice(["", "Post", "Tern"]), hours, random.choice(["", "A", f"t{n}"]))
        )
    learnt = Learnt(items, settings)
    runs: list[list[Run]] = []
    for text in range(len(learnt.texts)):
        members = learnt.texts.articles[learnt.texts.article_start[text] : learnt.texts.article_start[text + 1]]
        runs.append([learnt.run(items, i) for i in members.tolist()])
    index = learnt.index
    samples = [set(index.hashes[index.start[t] : index.start[t + 1]].tolist()) for t in range(len(runs))]
    found = 0
    for text in range(len(learnt.texts)):
        for place in range(index.start[text], index.start[text + 1]):
            holders = [t for t, sample in enumerate(samples) if index.hashes[place] in sample]
            ran = [run for holder in holders for run in runs[holder]]
            wanted = recurs_at_large(ran, settings) or any(
                recurs_in_outlet(ran, run.outlet, settings) for run in runs[text]
            )
            assert bool(learnt.recurring[place]) == wanted
            found += wanted
    assert 0 < found < index.hashes.size


def test_the_order_of_the_articles_plays_no_part() -> None:
    random = Random(2)
    items = [*with_footer(range(6), "Post", [0, 30, None]), *with_footer(range(6, 12), "Tern", [0, 100])]
    wanted = None
    for _ in range(4):
        learnt = Learnt(items)
        found = {item.text: learnt.furniture_of(i) for i, item in enumerate(items)}
        wanted = wanted or found
        assert found == wanted
        random.shuffle(items)


def test_flags_are_added_and_no_other_word_is_touched() -> None:
    learnt = Learnt(with_footer(range(4), "Post", [0, 30 * DAY / HOUR]))
    before = learnt.fingerprints.flags
    assert (learnt.flags & ~np.uint8(FURNITURE) == before).all()
    assert not (before & FURNITURE).any()


def test_no_articles_have_no_furniture() -> None:
    assert Learnt([]).flags.size == 0
    assert not Learnt([Item(""), Item("—", "Post")]).recurring.any()
