"""What changed between two texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storycluster.compare import Change, compare_texts

texts = st.lists(st.sampled_from(["oil", "Rose", "3", "5", "per", "Lisk", "1,250.5", "on"]), max_size=12).map(" ".join)


def test_case_punctuation_and_white_space_are_no_changes() -> None:
    assert compare_texts("Oil rose, he said.", "OIL\n\nrose – “he said”") == []
    assert compare_texts("", "") == []


def test_kinds_and_facts() -> None:
    assert compare_texts("Rates fell 0.5 percent.", "Rates fell 0.25 percent.") == [
        Change("replaced", "0.5", "0.25", True)
    ]
    assert compare_texts("the mayor of Lisk left", "the mayor of Norhavn left") == [
        Change("replaced", "Lisk", "Norhavn", True)
    ]
    assert compare_texts("it rose slowly", "it rose quickly") == [Change("replaced", "slowly", "quickly", False)]
    assert compare_texts("it rose", "it rose 3 percent") == [Change("added", "", "3 percent", False)]
    assert compare_texts("on Monday it rose", "it rose") == [Change("dropped", "on Monday", "", False)]


def test_a_fact_must_stand_in_another_facts_place() -> None:
    assert [change.facts for change in compare_texts("about 300 people", "about many people")] == [False]


def test_other_scripts() -> None:
    assert compare_texts("ارتفع النفط 3 دولارات", "ارتفع النفط 5 دولارات") == [Change("replaced", "3", "5", True)]


@given(texts)
def test_a_text_has_no_changes_to_itself(text: str) -> None:
    assert compare_texts(text, text) == []


@given(texts)
def test_from_nothing_all_is_added(text: str) -> None:
    assert compare_texts("", text) == ([Change("added", "", text, False)] if text else [])
    assert compare_texts(text, "") == ([Change("dropped", text, "", False)] if text else [])


@given(texts, texts)
def test_there_and_back_is_as_far(a: str, b: str) -> None:
    def distance(changes: list[Change]) -> int:
        return sum(max(len(change.before.split()), len(change.after.split())) for change in changes)

    assert distance(compare_texts(a, b)) == distance(compare_texts(b, a))


@given(texts, texts)
def test_changes_lead_from_one_text_to_the_other_in_length(a: str, b: str) -> None:
    gained = sum(len(change.after.split()) - len(change.before.split()) for change in compare_texts(a, b))
    assert len(a.split()) + gained == len(b.split())


def test_very_long_texts_are_compared_by_the_line() -> None:
    lines = [" ".join(f"word{i}x{j}" for j in range(50)) for i in range(1000)]
    changed = [*lines[:500], "Quite another line.", *lines[501:]]
    (change,) = compare_texts("\n".join(lines), "\n".join(changed))
    assert (change.kind, change.before, change.after) == ("replaced", lines[500], "Quite another line")
    endless = " ".join(f"w{i}" for i in range(1_000_000))
    (change,) = compare_texts(endless, endless + " more")
    assert change.kind == "replaced"
