"""Whether the rows of an index are what was written: their bytes may have changed, and say something else now."""

from __future__ import annotations

import zlib

from storycluster.errors import StoreError
from storycluster.fingerprint import fingerprint_texts
from storycluster.index.live import Live
from storycluster.index.records import UNREADABLE, content_of, number_named, unpack_article
from storycluster.settings import Settings
from storycluster.store.contract import ArticleRow, Store, TextRow
from storycluster.text import matchable_text
from storycluster.utf8 import encode


def inspect_rows(store: Store, live: Live, settings: Settings) -> tuple[list[str], int]:
    """Find the articles and texts of a store that aren't what was written, and their numbers, within a transaction.

    A text is made anew from an article that has it, where that is whole and kept; if all others are whole, too.

    Args:
        store: Where they are.
        live: What texts are indexed by, it can tell.
        settings: Those of the index.

    Returns:
        What is damaged; how many texts were made anew.
    """
    changed: set[int] = set()
    damage, anew, last = [], {}, 0
    for number, words, sketch in store.texts():
        last = number  # the greatest comes last
        if not is_text_whole(live, words, sketch):
            changed.add(number)
    for row in store.bodies():
        last = max(last, row.number)
        if not is_article_whole(row):
            damage.append(f"article {row.number} ({row.id!r}): its fields or its text aren't what was added")
        elif row.text in changed and row.body is not None:
            anew[row.text] = made_anew(row, live, settings)
    damage += [f"text {number}: its words aren't those that it is indexed by" for number in sorted(changed - set(anew))]
    story = max((member.story for member in store.all_members()), default=0)
    for name, given in (("last_number", last), ("last_story", story)):
        if (number_named(store, name) or 0) < given:
            damage.append(f"the value named {name}: {given} was given already")
    if anew and not damage:
        store.drop_texts(anew)
        store.put_texts(anew.values())
    return damage, len(anew)


def is_text_whole(live: Live, words: bytes, sketch: bytes) -> bool:
    """Whether a text's words give what stands beside them."""
    try:
        return live.sketch_stored(words) == sketch
    except UNREADABLE:
        return False


def is_article_whole(row: ArticleRow) -> bool:
    """Whether an article's fields and text have its id and hash; without its text, whether it can be read."""
    try:
        kept = row.body is None or content_of(row.about, zlib.decompress(row.body)) == row.content
        return kept and encode(unpack_article(row).id) == row.id
    except (StoreError, *UNREADABLE):
        return False


def made_anew(row: ArticleRow, live: Live, settings: Settings) -> TextRow:
    """The text of an article whose own text is kept."""
    made = fingerprint_texts([unpack_article(row).text], settings, clean=matchable_text)
    words = (made.words | made.flags).tobytes()
    return row.text, words, live.sketch_stored(words)
