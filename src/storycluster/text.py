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
UNSEEN = re.compile(r"<(script|style|noscript|template)\b[^>]*>.*?</\1\s*>|<!--.*?-->|<!\[CDATA\[|\]\]>", re.I | re.S)
BLOCK = re.compile(rf"</?(?:{BLOCKS})(?:\s[^<>]*)?/?>", re.I)
PHRASE = re.compile(rf"</?(?:{INLINE})(?:\s[^<>]*)?/?>", re.I)


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
        text = PHRASE.sub("", BLOCK.sub("\n\n", UNSEEN.sub("\n\n", text)))
    if "&" in text:
        text = unescape(text)
    return text
