"""Outlets' names, by numbers that stay, and which of them are one outlet by what was learnt last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from storycluster.columns import NO_OUTLET, Array
from storycluster.outlets import Aliases, outlet_key, outlet_keys


class OutletNames:
    """The names that articles' outlets have had.

    Args:
        aliases: The caller's own outlet aliases.

    Attributes:
        names: Each name, by its number.
        keys: The key of each: names with one key are one outlet.
    """

    def __init__(self, aliases: Aliases | None) -> None:
        self._aliases = aliases
        self.names: list[str] = []
        self.keys: list[str] = []
        self._number: dict[str, int] = {}
        self._own_keys: list[str] = []
        self._key_of: dict[str, str] = {}  # a name's own key → the key it was given when names were learnt last
        self._outlet: dict[str, int] = {}  # key → number of the first name with it
        self._learnt: set[str] = set()
        self._articles: Counter[int] = Counter()  # by the number of their outlet's name

    def __len__(self) -> int:
        return len(self.names)

    def number_of(self, name: str) -> int | None:
        """The number of a name, NO_OUTLET for none; None if it is new."""
        return self._number.get(name) if name else NO_OUTLET

    def begin(self, name: str) -> int:
        """Give a new name its number; it has its own key until names are learnt again."""
        own = outlet_key(name, self._aliases)
        return self._append(name, own, self._key_of.setdefault(own, own))

    def restore(self, name: str, key: str) -> None:
        """Take over a name with the key that it was given when names were learnt last."""
        self._outlet.setdefault(key, len(self))
        own = outlet_key(name, self._aliases)
        self._key_of[own] = key
        self._append(name, own, key)

    def follow(self, told: Sequence[tuple[str, str]]) -> bool:
        """Take over all names with their keys as they are now, under the same aliases of the caller.

        Args:
            told: The names with their keys by number, those that are known included.

        Returns:
            Whether one that was there has another key.
        """
        changed = [number for number, key in enumerate(self.keys) if told[number][1] != key]
        for number in changed:
            self.keys[number] = self._key_of[self._own_keys[number]] = told[number][1]
        for name, key in told[len(self) :]:
            self.restore(name, key)
        if changed:
            self._outlet = {}  # found anew in the order of the names, the new ones included
        return bool(changed)

    def _append(self, name: str, own: str, key: str) -> int:
        number = self._number[name] = len(self)
        self.names.append(name)
        self._own_keys.append(own)
        self.keys.append(key)
        return number

    def take_aliases(self, aliases: Aliases) -> None:
        """Have the caller's own outlet aliases hold from the next time that names are learnt."""
        self._aliases = aliases
        self._own_keys = [outlet_key(name, aliases) for name in self.names]
        self._key_of = dict(zip(self._own_keys, self.keys, strict=True))
        self._learnt = set()

    def outlet(self, number: int) -> int:
        """The number of the outlet that a name stands for: that of the first name with its key."""
        return NO_OUTLET if number == NO_OUTLET else self._outlet.setdefault(self.keys[number], number)

    def outlet_of(self, name: str) -> int:
        """The number of the outlet that a name stands for; one that no article has had isn't kept."""
        number = self.number_of(name)
        if number is not None:
            return self.outlet(number)
        own = outlet_key(name, self._aliases)
        return self._outlet.get(self._key_of.get(own, own), len(self))

    def every_outlet(self) -> Array:
        """The number of the outlet that each name stands for: int32, NO_OUTLET in the last place."""
        return np.array([*map(self.outlet, range(len(self))), NO_OUTLET], np.int32)

    def come(self, numbers: Iterable[int]) -> None:
        """Count articles by the numbers of their outlets' names."""
        for number in numbers:
            self._articles[number] += 1

    def go(self, number: int) -> None:
        """Count an article no more."""
        self._articles[number] -= 1

    def learn(self) -> list[int] | None:
        """Find out anew which names are one outlet.

        Returns:
            The numbers of names that have another key now; None where no article has a new name, nor the last one gone.
        """
        present = {self.names[number] for number, count in self._articles.items() if count and number != NO_OUTLET}
        if present == self._learnt:
            return None
        self._learnt = present
        for name, key in outlet_keys(present, self._aliases).items():
            self._key_of[self._own_keys[self._number[name]]] = key
        changed = []
        for number, own in enumerate(self._own_keys):  # names that no article has now, by what was learnt of their like
            key = self._key_of[own]
            if self.keys[number] != key:
                self.keys[number] = key
                changed.append(number)
        self._outlet = {}
        return changed
