from __future__ import annotations

import time
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from storycluster import Aliases, SettingsError
from storycluster.outlets import alike_without_one, outlet_key, outlet_keys

names = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "The Korea Herald",
                "Korea Herald",
                "koreaherald.com",
                "Hindu Times",
                "The Hindu",
                "thehindu.com",
                "الرياض",
                "",
            ]
        ),
        st.text(max_size=24),
    )
)


def same(*spellings: str, aliases: Aliases | None = None) -> bool:
    return len(set(outlet_keys(spellings, aliases).values())) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        ("The Korea Herald", "Korea Herald", "koreaherald.com", "KoreaHerald", "KOREA HERALD", "www.koreaherald.com"),
        ("The Hindu", "thehindu.com", "https://www.thehindu.com/news/x?y=1", "m.thehindu.com"),
        ("Le Soir d'Algérie", "Le soir d’Algerie"),
        ("Johnson & Sons Gazette", "Johnson and Sons Gazette"),
        ("Frankfurter Allgemeine Zeitung", "Frankfurter Allgemiene Zeitung", "Frankfurter Allgemaine Zeitung")[::2],
        ("tribune.com.pk", "https://tribune.com.pk/story/1"),
        ("الرياض", " الرياض "),
        ("Новая газета", "НОВАЯ ГАЗЕТА"),
        ("朝日新聞", "朝日新聞"),
    ],
)
def test_spellings_of_one_outlet(spellings: tuple[str, ...]) -> None:
    assert same(*spellings)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("The Hindu", "Hindu Times"),
        ("Daily Mail", "Daily Mall"),
        ("Channel 4 News Tonight", "Channel 5 News Tonight"),
        ("abc.com", "abc.net.au"),
        ("northern-post.co.uk", "northern-post.com"),
        ("North Harbour Chronicle", "South Harbour Chronicle"),
        ("Evening Standards Weekly", "Evening Standard Weekly"),
        ("朝日新聞", "毎日新聞"),
    ],
)
def test_similar_names_stay_two(a: str, b: str) -> None:
    assert not same(a, b)


def test_a_name_joins_no_domain_when_two_would_do() -> None:
    keys = outlet_keys(["ABC", "abc.com", "abc.net.au"])
    assert len(set(keys.values())) == 3


def test_aliases_have_the_first_word(tmp_path: Path) -> None:
    file = tmp_path / "aliases.toml"
    file.write_text('"Yonhap News Agency" = ["Yonhap", "yna.co.kr"]\n"Hindu Times" = ["The Hindu"]\n', "utf-8")
    aliases = Aliases.from_toml(file)
    assert same("yonhap", "YNA.co.kr", "en.yna.co.kr", "Yonhap News Agency", aliases=aliases)
    assert same("The Hindu", "Hindu Times", aliases=aliases)
    assert outlet_key("Yonhap", aliases) == outlet_key("Yonhap News Agency")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"A Post" = "B"\n', "expected a list of names for 'A Post'"),
        ('"A Post" = [1]\n', "expected a list of names for 'A Post'"),
        ('"A Post" = ["X"]\n"B Post" = ["x"]\n', "stands for 'A Post' and for 'B Post'"),
        ("nonsense", "expected a TOML file"),
    ],
)
def test_bad_alias_files_say_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "aliases.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=message):
        Aliases.from_toml(file)
    with pytest.raises(SettingsError, match="can't be read"):
        Aliases.from_toml(tmp_path / "missing.toml")


@given(names, st.randoms())
def test_keys_depend_on_the_set_alone(spellings: list[str], rng: object) -> None:
    shuffled = list(spellings)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis' randoms are random.Random
    assert outlet_keys(spellings) == outlet_keys(shuffled) == outlet_keys(spellings * 2)
    assert set(outlet_keys(spellings)) == set(spellings)
    assert outlet_keys([""]) == {"": ""}


@given(st.text(max_size=30))
def test_a_key_is_its_own_key(name: str) -> None:
    assert outlet_key(outlet_key(name)) == outlet_key(name)


letters = st.text("aabcdé的", min_size=0, max_size=6)


@given(st.sets(letters, max_size=12), st.sets(letters, max_size=4))
@example(set(), set())
def test_keys_one_edit_apart_are_alike_without_a_letter(keys: set[str], more: set[str]) -> None:
    keys |= {key[:i] + other + key[i + 1 :] for key in more for i in range(len(key) + 1) for other in ("", "x", "xy")}
    found = {
        frozenset(pair) for sharing in alike_without_one(sorted(keys)) for pair in combinations(sorted(sharing), 2)
    }
    apart = {frozenset((a, b)): Levenshtein.distance(a, b) for a, b in combinations(sorted(keys), 2)}
    assert {pair for pair, distance in apart.items() if distance <= 1} <= found
    assert all(apart[pair] <= 2 for pair in found)


def test_ten_thousand_names_take_less_than_a_second() -> None:
    many = [
        f"{place} {kind} {i}" for i in range(500) for place in ("Norhavn", "Easterly") for kind in ("Post", "Herald")
    ] * 5
    many += [f"outlet-{i}.example.com" for i in range(8000)]
    start = time.perf_counter()
    outlet_keys(many)
    assert time.perf_counter() - start < 1
