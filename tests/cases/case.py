"""What a case is, and how its articles are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Literal

from cases.texts import ARABIC, GERMAN, RUSSIAN, TERMINAL, WATER
from cases.texts_asia import CHINESE, HINDI, JAPANESE, KOREAN, THAI
from storycluster.models import Article

DAY = datetime(2031, 3, 6, 9, 0, tzinfo=UTC)

BASES: dict[str, Article] = {
    name: Article(
        f"{name}-base", text, title, outlet, f"https://{name}.example/1", DAY, None if name == "en2" else name
    )
    for name, text, title, outlet in (
        ("en", TERMINAL, "Cracked silos close Pellworth grain terminal", "The Pellworth Chronicle"),
        ("en2", WATER, "Boil water, Lisk tells 62,000 after fuel additive find", "Lisk Evening Mail"),
        ("de", GERMAN, "Hängebrücke über die Wiesel bleibt gesperrt", "Tannenmoorer Bote"),
        ("ru", RUSSIAN, "Паром снял с льдины 43 рыбаков", "Губинский листок"),
        ("ar", ARABIC, "إغلاق محطة التحلية في خليج الصدف", "صحيفة خليج الصدف"),
        ("hi", HINDI, "नीलगढ़ की कपड़ा मिल में आग", "नीलगढ़ समाचार"),
        ("zh", CHINESE, "青湖县水电站隧洞渗漏", "青湖日报"),
        ("ja", JAPANESE, "カキ大量死、原因は銅の可能性", "白浜新聞"),
        ("ko", KOREAN, "솔골읍 옛 기차역 철거 부결", "솔골일보"),
        ("th", THAI, "ช้างป่าเข้าโรงงานน้ำตาล", "ข่าวท่าสน"),
    )
}
"""The hand-written base articles by language; ``en2`` is the second English one."""

SCRIPTS = ("en", "ru", "ar", "zh")
"""Where each edit is tried: Latin, Cyrillic, right to left, and without spaces."""

ALL_SCRIPTS = ("en", "en2", "de", "ru", "ar", "hi", "zh", "ja", "ko", "th")


@dataclass(frozen=True, slots=True)
class Case:
    """Articles that are one story, or among which some must never be.

    Args:
        name: Its name, with the language at its end.
        articles: The articles.
        expect: ``join``: all of them are one story; ``apart``: no pair of ``pairs`` shares one.
        note: Which row it stands for.
        script: The language whose script it is written in.
        pairs: The ids that must not meet; for ``apart`` without any given, every two.
    """

    name: str
    articles: tuple[Article, ...]
    expect: Literal["join", "apart"]
    note: str
    script: str
    pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.expect == "apart" and not self.pairs:
            object.__setattr__(self, "pairs", tuple(combinations([article.id for article in self.articles], 2)))


def at_outlet(article: Article, number: int, *, hours: float = 1.0) -> Article:
    """The article as outlet number so-and-so runs it, some hours after the base article."""
    return replace(
        article,
        id=f"{article.id}-{number}",
        outlet=f"Outlet {number}",
        url=f"https://outlet-{number}.example/{article.id}",
        published=DAY + timedelta(hours=hours * number),
    )


def renumbered(articles: Sequence[Article], prefix: str) -> tuple[Article, ...]:
    """The articles under ids that begin with a prefix."""
    return tuple(replace(article, id=f"{prefix}-{article.id}") for article in articles)
