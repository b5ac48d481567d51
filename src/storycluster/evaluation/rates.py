"""A share with the counts behind it, and how sure they make it."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

Z95 = 1.959964
"""Standard normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many.

    Args:
        hits: How many.
        of: Of how many.
    """

    hits: int
    of: int

    @property
    def value(self) -> float:
        """Hits / of, 0–1; NaN of none."""
        return self.hits / self.of if self.of else nan

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """The Wilson score interval, 0–1 (Wilson 1927, doi:10.1080/01621459.1927.10502953); all of it of none."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        center = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, center - reach), min(1.0, center + reach)

    def __str__(self) -> str:
        """``66/68 = .971 (.899–.992)``."""
        if not self.of:
            return "0/0"
        low, high = self.interval()
        return f"{self.hits:,}/{self.of:,} = {short(self.value)} ({short(low)}–{short(high)})"


def short(value: float) -> str:
    """A share with three digits: ``.971``, ``1.00``."""
    return "–" if value != value else "1.00" if value >= 0.9995 else f"{value:.3f}".removeprefix("0")
