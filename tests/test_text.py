"""Markup goes, everything else stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storycluster.text import matchable_text


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("plain text", "plain text"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("One<br>Two<BR/>Three<br />Four", "One Two Three Four"),
        ("un<b>believ</b>able", "unbelievable"),
        ('<a href="https://x.example/?a=1&amp;b=2">link</a> text', "link text"),
        ("<script>var a = '<p>';</script>shown", "shown"),
        ("<STYLE type='text/css'>p { color: red }</style >shown", "shown"),
        ("before<!-- a > b -->after", "before after"),
        ("<![CDATA[kept]]>", "kept"),
        ("Caf&eacute; &amp; bar &#8211; &quot;Nord&quot;", 'Café & bar – "Nord"'),
        ("never <!-- closed", "never <!-- closed"),
        ("<style>a</style>one<script>b</style></script>two<!-- <script> -->three", "one two three"),
        ("<script>never <!-- gone -->closed", "<script>never closed"),
        ("a < b and c > d", "a < b and c > d"),
        ("shares of <IBM.N> and <GM> fell", "shares of <IBM.N> and <GM> fell"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("", ""),
    ],
)
def test_markup_goes(marked: str, words: str) -> None:
    assert matchable_text(marked).split() == words.split()


def test_blocks_are_paragraphs() -> None:
    assert "\n\n" in matchable_text("<div>One</div><div>Two</div>")


@given(st.text(st.characters(exclude_characters="<&")))
def test_text_without_markup_is_the_very_same(text: str) -> None:
    assert matchable_text(text) is text


@given(st.text(st.sampled_from("<>/pbscrit!-&;# a"), max_size=200))
def test_broken_markup_is_no_error(text: str) -> None:
    matchable_text(text)


@pytest.mark.parametrize(
    "hostile",
    [part * 20_000 for part in ("<", "<p ", "<!--", "<!---->", "<script>", "<script ", "<b a=", "&")],
    ids=lambda text: text[:7],
)
def test_hostile_markup_takes_no_quadratic_time(hostile: str) -> None:
    begin = time.perf_counter()
    matchable_text(hostile)
    assert time.perf_counter() - begin < 5
