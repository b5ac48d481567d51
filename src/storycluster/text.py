"""Article → the text that is fingerprinted: markup taken off, entities resolved.

Only markup goes here. Datelines, credits and furniture stay in: the fingerprint covers the whole text.
"""

from __future__ import annotations

import re
from html import unescape

BLOCKS = (
    "address|article|aside|blockquote|body|br|caption|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|"
    "iframe|img|li|main|nav|ol|option|p|picture|pre|section|select|table|tbody|td|tfoot|th|thead|title|tr|ul|video"
)
INLINE = (
    "a|abbr|acronym|b|big|button|center|cite|code|del|dfn|em|font|i|input|ins|kbd|label|link|mark|meta|q|s|samp|small|source|"
    "span|strike|strong|sub|sup|svg|time|tt|u|var|wbr"
)
UNSEEN = re.compile(r"<(script|style|noscript|template)\b[^<>]*>|<!--", re.I)
ENDS = {
    "<!--": re.compile("-->"),
    **{name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style", "noscript", "template")},
}
CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
BLOCK = re.compile(rf"</?(?:{BLOCKS})(?:\s[^<>]*)?/?>", re.I)
PHRASE = re.compile(rf"</?(?:{INLINE})(?:\s[^<>]*)?/?>", re.I)


def drop_unseen(text: str) -> str:
    """The text without comments, scripts and styles; what is opened and never closed stays.

    It takes time linear in the text: no end is looked for again once there was none.
    """
    kept: list[str] = []
    unclosed: set[str] = set()
    begin = 0
    for opened in UNSEEN.finditer(text):
        kind = (opened[1] or opened[0]).lower()
        if opened.start() < begin or kind in unclosed:
            continue
        end = ENDS[kind].search(text, opened.end())
        if end is None:
            unclosed.add(kind)
            continue
        kept += [text[begin : opened.start()], "\n\n"]
        begin = end.end()
    return "".join([*kept, text[begin:]])


def matchable_text(text: str) -> str:
    """The text without HTML tags, comments and entities; plain text comes back as it is.

    Block elements become paragraph breaks, inline ones leave no trace. Only names of HTML elements count as tags:
    ``a < b`` and ``<IBM.N>`` stay.

    >>> matchable_text("<p>Caf&eacute; <b>Nord</b>lys</p>closed").split()
    ['Café', 'Nordlys', 'closed']
    >>> matchable_text("shares of <IBM.N> fell")
    'shares of <IBM.N> fell'
    """
    if "<" in text:
        text = PHRASE.sub("", BLOCK.sub("\n\n", CDATA.sub("\n\n", drop_unseen(text))))
    if "&" in text:
        text = unescape(text)
    return text
