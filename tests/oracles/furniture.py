"""What recurs, learnt the slow way: by listing the occasions on which each sampled shingle ran."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from statistics import mean

from storycluster import Settings

HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True)
class Run:
    """An article as the search for furniture sees it.

    Args:
        text: Its text.
        outlet: Its outlet's key, empty for none.
        published: Seconds, None for no date.
        title: Its folded title, empty for none.
        signature: Its text's signature.
    """

    text: str
    outlet: str
    published: int | None
    title: str
    signature: tuple[int, ...]


def alike(a: Run, b: Run) -> float:
    """Estimated Jaccard of their texts, from the low bytes of their signatures."""
    agree = sum(x % 256 == y % 256 for x, y in zip(a.signature, b.signature, strict=True)) / len(a.signature)
    return (agree - 1 / 256) / (1 - 1 / 256)


def same_occasion(a: Run, b: Run, settings: Settings) -> bool:
    """Whether two articles of an outlet are one occasion."""
    apart = 0 if a.published is None or b.published is None else abs(a.published - b.published)
    if apart > settings.furniture_days * DAY:
        return False
    if a.text == b.text:
        return a.title == b.title or not a.title or not b.title
    rerun = apart >= settings.rerun_after * HOUR
    return alike(a, b) >= (settings.furniture_jaccard_rerun if rerun else settings.furniture_jaccard)


def recurs_in_outlet(ran: Iterable[Run], outlet: str, settings: Settings) -> bool:
    """Whether an outlet ran something on enough occasions, each told from all before it."""
    occasions: list[Run] = []
    for run in ran:
        if outlet and run.outlet == outlet and not any(same_occasion(run, other, settings) for other in occasions):
            occasions.append(run)
    return len(occasions) >= settings.furniture_occasions


def recurs_at_large(ran: Iterable[Run], settings: Settings) -> bool:
    """Whether anybody ran something on enough occasions, days apart and otherwise different, but not too different."""
    occasions: list[Run] = []
    dated = [run for run in ran if run.published is not None]
    for run in sorted(dated, key=lambda run: run.published or 0):
        late = not occasions or (run.published or 0) - (occasions[-1].published or 0) > settings.furniture_days * DAY
        if late and all(
            run.text != other.text and alike(run, other) < settings.furniture_jaccard_at_large for other in occasions
        ):
            occasions.append(run)
    first = occasions[: settings.furniture_occasions_at_large]
    return (
        len(first) == settings.furniture_occasions_at_large
        and mean(alike(a, b) for a, b in combinations(first, 2)) >= settings.furniture_common_at_large
    )
