"""Outlet names → canonical keys, so that one outlet under several spellings is one outlet in the list.

"The Korea Herald", "Korea Herald" and "koreaherald.com" have one key. What is not surely the same stays apart: an
outlet missing from another's entry is seen at once, two newsrooms under one name are not.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np

from storycluster.errors import SettingsError
from storycluster.growing import starts_of

DOMAIN = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?((?:[\w-]+\.)+[a-z][a-z0-9-]{1,23})\.?(?::\d+)?(?:[/?#].*)?$", re.I
)
SECOND_LEVEL = frozenset(
    ("ac", "co", "com", "edu", "gob", "gov", "go", "gouv", "mil", "ne", "net", "nom", "or", "org", "press")
)
"""Labels that stand before a two-letter country ending and belong to it: co.uk, com.pk, or.jp."""
SERVICE_LABELS = frozenset(
    (
        "amp", "ar", "de", "edition", "en", "english", "es", "feeds", "fr", "m", "mobile", "news", "old", "rss", "ru",
        "web", "ww2", "www", "www1", "www2", "zh",
    )
)  # fmt: skip
"""Labels before an outlet's own that name an edition or a service of the same outlet."""
LEAST_FUZZY = 12
"""Letters that a name needs for a typo in it to be told from another name."""
LEAST_FUZZY_WORD = 6
"""Letters of the word that holds the typo."""


@lru_cache(maxsize=1 << 14)
def fold(name: str) -> str:
    """Case, accents, compatibility forms and punctuation folded; words separated by one space; "&" is "and"."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold().replace("&", " and "))
    kept = (
        char if char.isalnum() else "" if unicodedata.combining(char) or char in "'’" else " " for char in decomposed
    )
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def bare(folded: str) -> str:
    """A folded name without its article and its spaces."""
    return folded.removeprefix("the ").replace(" ", "") or folded.replace(" ", "")


def domain_of(name: str) -> str | None:
    """The registrable domain that a name or address is, None if it is none.

    >>> domain_of("https://m.thehindu.com/news/x"), domain_of("tribune.com.pk"), domain_of("Yahoo! News")
    ('thehindu.com', 'tribune.com.pk', None)
    """
    match = DOMAIN.match(name.strip())
    if match is None:
        return None
    labels = match[1].lower().split(".")
    ending = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 1
    own = labels[:-ending]
    while len(own) > 1 and own[0] in SERVICE_LABELS:
        own = own[1:]
    return ".".join([own[-1], *labels[-ending:]])


def domain_names(domain: str) -> set[str]:
    """The bare names that a domain may stand for: its label, with and without a leading "the"."""
    label = bare(fold(domain.split(".")[0]).replace(" ", ""))
    return {label, label.removeprefix("the")} if len(label) > len("the") + 3 else {label}


class Aliases:
    """A user's own list of which spellings are one outlet.

    Args:
        names: Canonical name → its other spellings (names or domains).

    Raises:
        SettingsError: A spelling that stands for two canonical names, or something else than lists of strings.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._canonical: dict[str, str] = {}
        self.names: dict[str, tuple[str, ...]] = {}
        for canonical, variants in names.items():
            spellings = [variants] if isinstance(variants, str) else list(variants)
            if isinstance(variants, str) or not all(isinstance(variant, str) for variant in spellings):
                raise SettingsError(f"aliases: expected a list of names for {canonical!r}, got {variants!r:.80}")
            self.names[canonical] = tuple(spellings)
            for spelling in (canonical, *spellings):
                key = spelled(spelling)
                known = self._canonical.setdefault(key, canonical)
                if known != canonical:
                    raise SettingsError(
                        f"aliases: {spelling!r} stands for {known!r} and for {canonical!r}; take one out"
                    )

    @classmethod
    def from_mapping(cls, names: Mapping[str, Iterable[str]]) -> Self:
        """Aliases from canonical name → spellings."""
        return cls(names)

    @classmethod
    def from_toml(cls, path: str | PathLike[str]) -> Self:
        """Aliases from a TOML file of lines like ``"The Korea Herald" = ["KH", "koreaherald.co.kr"]``.

        Raises:
            SettingsError: The file can't be read, is no TOML, or holds something else than lists of names.
        """
        try:
            names = tomllib.loads(Path(path).read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: expected a TOML file of aliases: {error}") from error
        except OSError as error:
            raise SettingsError(f"{path}: aliases can't be read: {error.strerror}") from error
        for canonical, variants in names.items():
            if not isinstance(variants, list):
                raise SettingsError(f"{path}: expected a list of names for {canonical!r}, got {variants!r:.80}")
        return cls(names)

    def canonical(self, name: str) -> str | None:
        """The canonical name that a spelling stands for, None if the list doesn't say."""
        return self._canonical.get(spelled(name))


@lru_cache(maxsize=65536)
def spelled(name: str) -> str:
    """A name's own key: its domain if it is one, else its letters and digits without article, case and accents.

    >>> spelled("The Korea Herald"), spelled("KoreaHerald"), spelled("www.koreaherald.com"), spelled("الرياض")
    ('koreaherald', 'koreaherald', 'koreaherald.com', 'الرياض')
    """
    return domain_of(name) or bare(fold(name)) or name.strip()


def outlet_key(name: str, aliases: Aliases | None = None) -> str:
    """The key of one name by itself; "" for an empty one.

    Args:
        name: As an article spells it: a name, a domain, an address.
        aliases: The user's own list, which has the first word.
    """
    canonical = aliases.canonical(name) if aliases else None
    return spelled(name if canonical is None else canonical)


def outlet_keys(names: Iterable[str], aliases: Aliases | None = None) -> dict[str, str]:
    """The keys of all names of a batch.

    Beside what ``outlet_key`` knows, a name joins the domain that spells it ("Korea Herald", "koreaherald.com") if only
    one domain of the batch does, and a long name joins another that differs by one letter within a long word. Two
    different domains stay two outlets unless the aliases say otherwise.

    Args:
        names: In any order; the result depends on the set alone.
        aliases: The user's own list, which has the first word.

    Returns:
        Name → key, for each name.
    """
    distinct = sorted(set(names))
    keys = {name: outlet_key(name, aliases) for name in distinct}
    said = {outlet_key(name, aliases) for name in distinct if aliases and aliases.canonical(name) is not None}
    domains: dict[str, set[str]] = defaultdict(set)
    for key in set(keys.values()):
        if "." in key and domain_of(key) == key:
            for name in domain_names(key):
                domains[name].add(key)
    folded = {keys[name]: fold(name).removeprefix("the ") for name in distinct if keys[name] not in said}
    plain = {key: words for key, words in folded.items() if not ("." in key and domain_of(key) == key)}
    merged = one_typo_apart(plain)
    for key in plain:
        target = merged.get(key, key)
        found = domains.get(target, set())
        merged[key] = next(iter(found)) if len(found) == 1 else target
    return {name: merged.get(key, key) for name, key in keys.items()}


def one_typo_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Keys that are spellings of another one: key → the least key of those that are all one typo apart.

    Args:
        names: Key → folded name in words.
    """
    from rapidfuzz.distance import Levenshtein

    near: dict[str, set[str]] = defaultdict(set)
    for sharing in alike_without_one([key for key in names if len(key) >= LEAST_FUZZY]):
        for a in sharing:
            for b in sharing:
                if a < b and Levenshtein.distance(a, b, score_cutoff=1) <= 1 and same_but_for_typo(names[a], names[b]):
                    near[a].add(b)
                    near[b].add(a)
    return {
        key: min(others | {key})
        for key, others in near.items()
        if all(near[other] | {other} == others | {key} for other in others)
    }


def alike_without_one(keys: Sequence[str]) -> Iterable[set[str]]:
    """Keys that are equal, or may become so, once a letter is left out of each or either; some sets, that may overlap.

    Args:
        keys: Different ones.
    """
    from storycluster.kernels.typos import hash_without_one

    letters = np.frombuffer(bytearray("".join(keys).encode("utf-32-le", "surrogatepass")), np.uint32)
    start = starts_of(np.fromiter(map(len, keys), np.int64, len(keys)))
    hashes, owners = np.empty(letters.size + len(keys), np.uint64), np.empty(letters.size + len(keys), np.int64)
    hash_without_one(letters, start, hashes, owners)
    order = np.argsort(hashes, kind="stable")
    again = np.append(False, hashes[order][1:] == hashes[order][:-1])
    shared = np.flatnonzero(again | np.append(again[1:], False))
    sharing: dict[int, set[str]] = defaultdict(set)
    for value, owner in zip(hashes[order[shared]].tolist(), owners[order[shared]].tolist(), strict=True):
        sharing[value].add(keys[owner])
    return sharing.values()


def same_but_for_typo(a: str, b: str) -> bool:
    """Whether two folded names agree word for word but for one letter inside one long word, digits apart."""
    first, second = a.split(), b.split()
    if len(first) != len(second):
        return False
    differing = [(x, y) for x, y in zip(first, second, strict=True) if x != y]
    if len(differing) != 1:
        return False
    x, y = differing[0]
    return (
        min(len(x), len(y)) >= LEAST_FUZZY_WORD
        and x[0] == y[0]
        and x.isalpha()
        and y.isalpha()
        and not (x + "s" == y or y + "s" == x)
    )
