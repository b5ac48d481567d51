"""Texts for Hypothesis: any Unicode at all, and fragments that reach the corners of the reader."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

from oracles.folding import TABLE_UNICODE

FRAGMENTS = (
    "the", "ferry", "Norhavn", "It", "is", "I", "U.S.", "a.m.", "Mr.", "Dr", "1,250.5", "3.5%", "1,000", "12", "2:1",
    "don't", "won’t", "l’été", "O'Neil", "İstanbul", "ISPARTA", "ısı", "Straße", "STRASSE", "ﬁnally", "Ёлка", "А.П.",
    "А.Б.Чехов", "Élan", "É.B", "العَرَبِيّة", "١٢٣", "٣٫٥", "٬", "ـ", "שָׁלוֹם", "हिन्दी", "कि", "한국어", "각.",
    "가.나", "カメラ", "が", "中文", "今天天气", "々", "〇", "กรุงเทพ", "น้ำ", "ລາວ", "½", "①", "㎏", "㌔", "ﷺ",
    "👩‍👧", "🇳🇴", "𝔸", "𠮷", " ", " ", " ", " ", "\n", "\n\n", "\t", "\u00a0", "\u3000", "\x00", "\r\n", "\u2028",
    "\u00ad", "\u200b", "\u200f", "\ufeff", "\ud800", "\udfff", "\u0301", "\u0345", "\u093f", ".", ".", ",", "...",
    "…", "!", "?", "。", "，", ":", ";", "(", ")", "）", "》", "-", "—", "/", "%", "$", "@", "#", "_", '"', '"', "'",
    "'", "“", "“", "”", "”", "‘", "’", "’", "„", "‚", "«", "»", "‹", "›", "「", "」", "『", "』", "″",
)  # fmt: skip


def same_in_both(char: str) -> bool:
    """Whether the running Python and the table agree about a character: certain only where both know it."""
    return unicodedata.unidata_version == TABLE_UNICODE or unicodedata.ucd_3_2_0.category(char) != "Cn"


characters = st.characters().filter(same_in_both) | st.characters(codec="latin-1")
fragments = st.lists(st.sampled_from(FRAGMENTS) | st.sampled_from(FRAGMENTS) | characters, max_size=40).map("".join)
spaced = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join)
texts = fragments | spaced | st.text(characters, max_size=60)
few_words = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "delta", "12", "Rome", "ألف", "北京"]), max_size=40
).map(" ".join)
"""Texts of so few different words that they share shingles."""

SHORT_ROADS = (
    "abcdefghijklmnopqrstuvwxyz", "QWERTYuiop", "абвгдежзиклмн", "АБВгде", "éàüößñç", "Éß", "αβγδ", "ابتثجحخ",
    "北京天气很好", "カメラのが", "한국어", "हिन्दी", "กรุงเทพ", "0123456789", "abXY019", "аБв019",
    "北京，。、\n：2",
)  # fmt: skip
"""Letters of one script each, some with digits or signs: words of them, long and short, are what the kernel reads on
its short roads."""
long_words = st.sampled_from(SHORT_ROADS).flatmap(
    lambda letters: st.text(st.sampled_from(letters), min_size=1, max_size=20)
)
SIGNS = (
    " ", " ", " ", " ", ", ", ". ", ".", "-", " (", ") ", "; ", "\n", "? ", "! ", "'", '"', ' "', '" ', "، ", ". «",
    "» ", ".\n“", "(”", ".’ ", " —",
)  # fmt: skip
signs = st.sampled_from(SIGNS)
long_texts = st.lists(
    st.one_of(long_words, long_words, signs, signs, st.sampled_from(FRAGMENTS)), min_size=30, max_size=120
).map("".join)
"""Texts long enough for every road."""
