"""A verdict holds as long as less furniture changes than its slack."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from storycluster import Settings
from storycluster.columns import Array
from storycluster.kernels import overlap as ev
from storycluster.kernels.live.slack import ENDLESS, slack_of, told_slack
from storycluster.kernels.rule import SAME, Numbers, decide
from storycluster.verify import rule_numbers

TOLD, NARRATED, QUOTED = range(3)
"""What a word is: prose in a shared run, other prose, or quoted."""
NUMBERS = (
    rule_numbers(Settings()),
    rule_numbers(Settings(min_words=5, min_prose=5, min_told=4, match_window=7.0)),
)  # fmt: skip

Words = list[tuple[int, bool]]
"""What each word is, and whether it is furniture."""


def evidence_of(left: Words, right: Words, facts: Array) -> Array:
    """The evidence about two texts, of which ``facts`` has the columns that furniture plays no part in."""
    evidence = facts.copy()
    for side, words in enumerate((left, right)):
        evidence[ev.LEFT_PROSE + side] = sum(kind != QUOTED and not furniture for kind, furniture in words)
        evidence[ev.LEFT_TOLD + side] = sum(kind == TOLD and not furniture for kind, furniture in words)
        evidence[ev.LEFT_OWN + side] = sum(not furniture for _, furniture in words)
    return evidence


def changed(words: Words, least: int, random: Random) -> Words:
    """The words with ``least`` of them, or all, turned to furniture or back: mostly of one kind, as paragraphs are."""
    first = random.randrange(3)
    order = sorted(range(len(words)), key=lambda i: (words[i][0] != first, random.random()))
    turned = set(order[:least])
    return [(kind, furniture != (i in turned)) for i, (kind, furniture) in enumerate(words)]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Words, Words, Array]:
    sides = []
    for _ in range(2):
        counts = draw(st.tuples(*[st.integers(0, 50)] * 3))
        furniture = draw(st.sampled_from([0.0, 0.0, 0.1, 0.5, 0.9]))
        random = Random(draw(st.integers(0, 99)))
        sides.append([(kind, random.random() < furniture) for kind in range(3) for _ in range(counts[kind])])
    left, right = sides
    facts = np.zeros(ev.EVIDENCE, np.int32)
    for column, words in ((ev.LEFT_COVERED, left), (ev.RIGHT_COVERED, right)):
        facts[column] = draw(st.integers(sum(kind == TOLD for kind, _ in words), len(words)))
    for column in (ev.SAME_NUMBERS, ev.OTHER_NUMBERS, ev.OTHER_CAPITALS):
        facts[column] = draw(st.sampled_from([0, 0, 1, 3, 5]))
    facts[ev.OPENING_KNOWN] = draw(st.sampled_from([ev.NO_OPENING, 0, 40]))
    return left, right, facts


def is_same(left: Words, right: Words, facts: Array, same_outlet: bool, apart: float, numbers: Numbers) -> bool:
    evidence = evidence_of(left, right, facts)
    return bool(decide(evidence, len(left), len(right), same_outlet, apart, numbers)[1] == SAME)


@given(
    pairs(), st.booleans(), st.sampled_from([np.nan, 3_600.0, 9e6]), st.sampled_from(NUMBERS),
    st.integers(0, 999),
)  # fmt: skip
@hypothesis_settings(max_examples=400)
def test_less_than_the_slack_changes_nothing(
    drawn: tuple[Words, Words, Array], same_outlet: bool, apart: float, numbers: Numbers, seed: int
) -> None:
    (left, right, facts), random = drawn, Random(seed)
    evidence = evidence_of(left, right, facts)
    slack = int(slack_of(evidence, len(left), len(right), same_outlet, apart, numbers, ENDLESS))
    for known in (0, 1, random.randint(2, 200), slack, min(slack, 200) + 1):
        assert slack_of(evidence, len(left), len(right), same_outlet, apart, numbers, known) == min(slack, known)
    told = int(told_slack(evidence, numbers.min_told))
    assert slack >= 1
    before = is_same(left, right, facts, same_outlet, apart, numbers)
    enough = max(evidence[[ev.LEFT_TOLD, ev.RIGHT_TOLD]]) >= numbers.min_told
    for limit in (slack, told) * 8:
        most = min(limit, 99) - 1
        left_changes, right_changes = (random.choice((0, most, random.randint(0, most))) for _ in range(2))
        sides = changed(left, left_changes, random), changed(right, right_changes, random)
        if limit == slack:
            assert is_same(*sides, facts, same_outlet, apart, numbers) == before
        else:
            now = evidence_of(*sides, facts)
            assert (max(now[[ev.LEFT_TOLD, ev.RIGHT_TOLD]]) >= numbers.min_told) == enough


def test_the_slack_of_equal_texts_is_what_leaves_them_too_little() -> None:
    numbers = NUMBERS[0]
    words = [(TOLD, False)] * 200
    facts = np.zeros(ev.EVIDENCE, np.int32)
    facts[[ev.LEFT_COVERED, ev.RIGHT_COVERED]] = 200
    slack = int(slack_of(evidence_of(words, words, facts), 200, 200, False, 0.0, numbers, ENDLESS))
    turned = [[(TOLD, i < d) for i in range(200)] for d in range(201)]
    apart = next(d for d in range(201) if not is_same(turned[d], turned[d], facts, False, 0.0, numbers))
    assert 20 < slack <= apart < 200


def test_other_facts_and_other_weeks_are_for_ever() -> None:
    words = [(TOLD, False)] * 100
    facts = np.zeros(ev.EVIDENCE, np.int32)
    facts[[ev.LEFT_COVERED, ev.RIGHT_COVERED]] = 100
    evidence = evidence_of(words, words, facts)
    assert slack_of(evidence, 100, 100, False, 9e6, NUMBERS[1], ENDLESS) == ENDLESS
    assert slack_of(evidence, 100, 4, False, 0.0, NUMBERS[1], ENDLESS) == ENDLESS
    evidence[ev.OTHER_NUMBERS] = 90
    assert slack_of(evidence, 100, 100, False, 0.0, NUMBERS[1], ENDLESS) == ENDLESS
