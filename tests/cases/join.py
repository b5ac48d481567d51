"""Copies: whatever outlets do to a text, it stays one story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from cases.case import ALL_SCRIPTS, BASES, DAY, SCRIPTS, Case, at_outlet, renumbered
from cases.texts import ACCIDENT, paragraphs
from storycluster.models import Article
from storycluster.testing import EDITS, LOOKALIKES, apply_edits, compose, versions

# Row of the list → the edit and the strengths at which it is tried in each script.
ROWS: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("dateline added, removed, restyled", "dateline", (0, 1, 2, 3)),
    ("agency credit at start, end", "credit", (-1, 0, 1, 2)),
    ("quotation marks restyled", "quote_style", (1, 2, 3, 5, 6)),
    ("dashes restyled", "dash_style", (1, 2)),
    ("NFC/NFD", "decompose", (1,)),
    ("non-breaking spaces", "no_break_spaces", (1.0,)),
    ("two spellings", "spelling", (0.4,)),
    ("headline rewritten", "headline", (1,)),
    ("paywall stub", "stub", (120, 90)),
    ("cut from the bottom", "cut_bottom", (0.5,)),
    ("cut in the middle", "cut_middle", (0.35,)),
    ("paragraphs added at the end", "extend_end", (0.3,)),
    ("paragraphs added at the start", "extend_start", (0.3,)),
    ("paragraph order changed", "reorder", (1, 3)),
    ("furniture inside", "furniture", (1, 4)),
    ("120-word footer", "footer", (120,)),
    ("scattered edits", "word_edits", (8, 15, 25, 40)),
    ("typos", "typos", (0.01, 0.03, 0.05)),
    ("OCR noise", "ocr_noise", (0.01, 0.03, 0.05)),
)


def edited() -> Iterator[Case]:
    for language in SCRIPTS:
        base = BASES[language]
        for number, (note, name, strengths) in enumerate(ROWS):
            for strength in strengths:
                copy = at_outlet(EDITS[name](base, strength, Random(f"{name} {strength}")), number)
                yield Case(f"{name}-{strength:g}-{language}", (base, copy), "join", note, language)


def short_stub() -> Iterator[Case]:
    for language in ("en", "en2"):
        base = BASES[language]
        copy = at_outlet(EDITS["stub"](base, 40, Random(1)), 1)
        yield Case(f"stub-40-{language}", (base, copy), "join", "paywall stub of 40 words", language)


def english_styles() -> Iterator[Case]:
    base = BASES["en"]
    british = at_outlet(EDITS["spelling"](base, 1.0, Random(1)), 1)
    yield Case("spelling-1-en", (base, british), "join", "British spelling throughout", "en")
    for style in (0, 2):
        copy = at_outlet(EDITS["percent_style"](base, style, Random(1)), 1)
        yield Case(f"percent_style-{style}-en", (base, copy), "join", "% / per cent", "en")


def acronyms() -> Iterator[Case]:
    """An agency's name is spelled out wherever the other copy has its acronym; ten times in the English text."""
    texts = {language: compose(f"{language}-made", seed=11, language=language, words=1500) for language in SCRIPTS}
    ten = BASES["en"].text
    for plain, named in (
        ("the harbor authority", "the NSSO"),
        ("The operator", "The NSSO's operator"),
        ("The last time", "By the NSSO's count, the last time"),
        ("The union", "The union at the NSSO"),
        ("Pellworth handles", "The NSSO says Pellworth handles"),
        ("Dockers were", "Away from the NSSO, dockers were"),
        ("Two ships", "With leave from the NSSO, two ships"),
    ):
        ten = ten.replace(plain, named)
    texts["en"] = replace(BASES["en"], text=ten)
    for language, base in texts.items():
        copy = at_outlet(EDITS["expand_acronyms"](base, 10, Random(1)), 1)
        yield Case(f"expand_acronyms-10-{language}", (base, copy), "join", "acronyms expanded ten times", language)
        back = EDITS["collapse_acronyms"](copy, 10, Random(1))
        collapsed = at_outlet(replace(back, id=base.id), 2)
        yield Case(f"collapse_acronyms-10-{language}", (copy, collapsed), "join", "acronyms collapsed", language)


def everything_at_once() -> Iterator[Case]:
    """What usually comes together, in every script."""
    recipes = (
        {"dateline": 0, "headline": 1, "cut_bottom": 0.4, "credit": 1},
        {"quote_style": 1, "headline": 1, "furniture": 2, "extend_end": 0.25},
        {"word_edits": 12, "reorder": 1, "no_break_spaces": 0.1, "headline": 1},
    )
    for language in ALL_SCRIPTS:
        base = BASES[language]
        copies = [at_outlet(apply_edits(base, recipe, seed=n), n) for n, recipe in enumerate(recipes, start=1)]
        for number, copy in enumerate(copies, start=1):
            yield Case(f"usual-{number}-{language}", (base, copy), "join", "several edits at once", language)


def grown() -> Iterator[Case]:
    """Three versions of a wire story, from about 120 to 500 words."""
    for language in SCRIPTS:
        whole = EDITS["extend_end"](BASES[language], 0.5, Random(5))
        three = versions(replace(whole, title=f"UPDATE 2-{whole.title}"), (0.25, 0.55), seed=5)
        dated = [replace(article, published=DAY + timedelta(hours=3 * n)) for n, article in enumerate(three)]
        yield Case(f"versions-{language}", tuple(dated), "join", "later versions of a wire story", language)


def corrected() -> Iterator[Case]:
    for language in SCRIPTS:
        base = BASES[language]
        fixed = EDITS["correction"](base, 1, Random(3))
        later = replace(fixed, id=f"{language}-corrected", published=DAY + timedelta(hours=5))
        yield Case(f"correction-{language}", (base, later), "join", "one number changed, same outlet", language)


def second_addresses() -> Iterator[Case]:
    base = BASES["en"]
    for style in (0, 1, 2):
        again = replace(EDITS["second_address"](base, style, Random(1)), id=f"en-{style}")
        yield Case(f"second_address-{style}-en", (base, again), "join", "AMP, UTM and print address", "en")


def market_report_at_two_outlets() -> Iterator[Case]:
    for language in SCRIPTS:
        report = LOOKALIKES["market"](seed=4, language=language).articles[0]
        other: Article = replace(report, id="other", outlet="Outlet 7", title="Shares at the close")
        credited = EDITS["credit"](other, 0, Random(1))
        articles = renumbered((report, credited), language)
        yield Case(f"market-two-outlets-{language}", articles, "join", "all numbers of the form agree", language)


def later_tolls() -> Iterator[Case]:
    """A report brought up to date: both numbers are others, and all names say that it is the same accident."""
    articles = tuple(
        Article(f"toll-{dead}", ACCIDENT.format(dead=dead, hurt=hurt, place="Orlen"), "Coach overturns", outlet)
        for dead, hurt, outlet in ((5, 23, "Outlet 1"), (9, 17, "Outlet 2"))
    )
    yield Case("later-toll-en", articles, "join", "a toll brought up to date", "en")


def rewritten_openings() -> Iterator[Case]:
    """Two papers have put the first paragraph into words of their own, and cut the rest alike."""
    base = BASES["en"]
    kept = base.text.split("\n\n")
    openings = (
        "The harbor authority closed part of Pellworth's grain terminal on Thursday: inspectors of the NSSO had found "
        "cracks in three silos, and for nine weeks or more no ships will be loaded there.",
        "No ships will load grain at Pellworth for at least nine weeks, the authority of the harbor said on Thursday. "
        "Three of the terminal's 14 silos have cracks, as inspectors of the NSSO found.",
    )
    articles = tuple(
        at_outlet(replace(base, text=paragraphs(opening, kept[1], kept[3])), i)
        for i, opening in enumerate(openings, start=1)
    )
    yield Case("rewritten-openings-en", articles, "join", "both openings rewritten", "en")


JOIN: list[Case] = [
    *edited(),
    *short_stub(),
    *english_styles(),
    *acronyms(),
    *everything_at_once(),
    *grown(),
    *corrected(),
    *second_addresses(),
    *market_report_at_two_outlets(),
    *later_tolls(),
    *rewritten_openings(),
]
