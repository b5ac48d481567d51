"""Hypothesis strategies: texts of any code points, and words that share what they have."""

from __future__ import annotations

from hypothesis import strategies as st

HARD = (
    "İıßẞǅΣςſŉ", "ﬁﬃ½①㌍ﷺ", "가각힣각", "ابجدعَُّـ", "שָׁלוֹם", "हिन्दीক্ষ", "กรุงเทพฯລາວမြန်မာខ្មែរ", "他说今天カメラがﾊﾟ",
    "👩‍👩‍👧😀🇩🇪", "\x00\x1f\x7f\x85\u2028\u200d\u200b\u00ad\ufeff", "\ud800\udfff\udc00", "éÅ\u0301\u0308\u0345",
    ".,'’:;!?-—%$ \n\t", "0123456789٠٣۵", "“”„‟‘’«»‹›「」『』\"'", "ABCabcXYZxyz",
)  # fmt: skip
"""Characters that folding or reading words has a rule for."""

texts = st.one_of(
    st.text(st.sampled_from("".join(HARD)), max_size=60),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.lists(st.sampled_from(["U.S.", "3.5", "1,000", "1.250,50", "don't", "O’Neill", "A.", "a.b.c", "12:30", "x.1"]))
    .map(" ".join),
)  # fmt: skip
"""Lone surrogates, NULs and the empty text included."""

few_words = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "delta", "12", "Rome", "ألف", "北京"]), max_size=40
).map(" ".join)
"""Texts of so few different words that they share shingles."""
