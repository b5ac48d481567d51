"""What recurs within an outlet over otherwise different articles: footers, paywall texts, newsletter boxes, forms.

It is learnt from the live set, on the postings of the sampled shingles: a shingle is furniture of an outlet that ran it
on several *occasions*. A repost, an AMP page or a version of one text is no new occasion; the same text under another
headline or days later is. What anybody ran on so many occasions, days apart and otherwise different, is furniture
too, where the texts have more in common than everyday words: forms and stock phrases that several outlets share. An
article without an outlet teaches nothing of outlets, one without a date nothing of what recurs at large. Furniture is
a flag that verification reads; fingerprints and candidates don't know of it.
"""

from __future__ import annotations

import numpy as np

from storycluster.columns import UNKNOWN_TIME, Array, Catalog, Fingerprints, SampleIndex, Texts
from storycluster.kernels.recurrence import find_recurring, flag_furniture, spread_recurring, write_marks
from storycluster.settings import Settings
from storycluster.threads import map_threads, spans

HOUR = 3_600
DAY = 86_400
REACH = 4
"""Sampling distances that two recurring shingles may lie apart to fill what is between them."""


def learning_numbers(settings: Settings) -> tuple[int, int, int, int, float, int, float, float, float]:
    """The numbers that tell occasions apart, as ``kernels.recurrence`` takes them."""
    return (
        settings.furniture_occasions, settings.furniture_occasions_at_large, UNKNOWN_TIME,
        int(settings.furniture_days * DAY), settings.furniture_jaccard, int(settings.rerun_after * HOUR),
        settings.furniture_jaccard_rerun, settings.furniture_jaccard_at_large, settings.furniture_common_at_large,
    )  # fmt: skip


def recurring_samples(
    index: SampleIndex, fingerprints: Fingerprints, texts: Texts, catalog: Catalog, settings: Settings
) -> Array:
    """Which sampled shingles recur in an outlet that ran their text, or at large.

    Returns:
        uint8, one a sampled hash of ``index``: 1 where it is furniture.
    """
    marks = np.empty((len(texts), fingerprints.signatures.shape[1]), np.uint8)
    map_threads(
        lambda span: write_marks(fingerprints.signatures, texts.rows, span.start, span.stop, marks), spans(len(texts))
    )
    outlets = int(catalog.outlet.max(initial=-1)) + 1
    text_of = texts.text_of.astype(np.int32)  # as an index has them: one kernel for both

    def learn(members: Array, posting_start: Array) -> Array:
        """Which members of some postings recur: uint8."""
        recurring = np.zeros(members.size, np.uint8)

        def look(span: slice) -> None:
            find_recurring(
                members, posting_start, span.start, span.stop,
                text_of, texts.articles, texts.article_start, catalog.outlet, catalog.published, catalog.title,
                outlets, marks, *learning_numbers(settings), recurring,
            )  # fmt: skip

        map_threads(look, spans(posting_start.size - 1))
        return recurring

    recurring = learn(index.members, index.posting_start)
    # What a text alone holds is the furniture of those who ran it again and again: one question a text.
    alone = learn(np.arange(len(texts), dtype=np.int32), np.arange(len(texts) + 1))
    found = np.empty(index.hashes.size, np.uint8)
    map_threads(
        lambda span: spread_recurring(recurring, alone, index.rank, index.start, span.start, span.stop, found),
        spans(len(texts)),
    )
    return found


def flag_words(
    recurring: Array, index: SampleIndex, fingerprints: Fingerprints, texts: Texts, settings: Settings
) -> Array:
    """The fingerprints' word flags with FURNITURE set where the words are furniture.

    Words between two recurring samples are furniture too, if they lie at most REACH sampling distances apart.

    Returns:
        uint8, one a word of ``fingerprints``; only the rows that stand for a text are flagged.
    """
    flags = fingerprints.flags.copy()

    def flag(span: slice) -> None:
        flag_furniture(
            recurring, index.places, index.start[span.start :], texts.rows[span], fingerprints.word_start,
            settings.shingle_width, REACH * settings.sample_rate, flags,
        )  # fmt: skip

    map_threads(flag, spans(len(texts)))
    return flags
