"""Once through all that can happen to articles, so that no kernel is loaded or compiled while one of them waits."""

from __future__ import annotations

from functools import cache

import numpy as np

from storycluster.fingerprint import digest_strings, fingerprint_texts
from storycluster.index.restoring import Restoring
from storycluster.index.stream import Stream
from storycluster.settings import Settings

CROWDED = Settings(bucket_limit=2, bucket_neighbors=1, min_words=10, furniture_days=0.1)
"""Settings under which a few texts take every turn that many take under others."""
DAY = 86_400


def made_up_texts() -> list[str]:
    """Texts that are copies, cuts and extensions of each other, and a few more."""
    opening = " ".join(f"Word{i // 3} said{i % 7} number {i}" for i in range(40))
    ending = " ".join(f"other{i} and{i % 11} Again" for i in range(40))
    return [
        opening, f"{opening} {ending}", ending, opening, f"{opening} more {ending}", f"{ending} end", f"now {opening}",
        f"{opening} then", "too short",
    ]  # fmt: skip


@cache
def rehearse() -> None:
    """Take articles in, learn, look for one, save, load, and take them out, with numbers as any index has them."""
    stream = Stream(CROWDED)
    fingerprints = fingerprint_texts(made_up_texts(), CROWDED, clean=str)
    titles = digest_strings([f"title {i % 3}" for i in range(len(fingerprints))])
    told = []
    for i in range(len(fingerprints)):
        published, name = i * DAY, f"Outlet {i % 2}"
        x, touched = stream.add(b"%d" % i, i + 1, fingerprints, i, name, published, int(titles[i]), i)
        stream.settle(touched)
        t = int(stream.live.articles.text[x])
        told.append((i + 1, b"%d" % i, int(stream.live.texts.number[t]), i % 2, published, 0, i, 1, 1))
    stream.settle(stream.refresh(wholly=False))
    stream.settle(stream.work_off())
    stream.settle(stream.relink_all())
    stream.live.copies_match(0, 0)
    stream.live.reached(np.array([0]), 0)
    stream.live.find(b"0")
    with stream.trial(b"trial", fingerprints, "Outlet 0", 0, 0):
        pass
    _restore(stream, told)
    for x in stream.live.every_article().tolist():
        stream.settle(stream.remove(x))


def _restore(stream: Stream, told: list[tuple[int, bytes, int, int, int, int, int, int, int]]) -> None:
    """Take over what a stream holds into another one."""
    other = Stream(CROWDED)
    other.last_story = stream.last_story
    for name, key in zip(stream.outlets.names, stream.outlets.keys, strict=True):
        other.outlets.restore(name, key)
    texts, words, sketches = zip(*stream.text_rows(), strict=True)
    other.live.sketch_stored(words[0])
    restoring = Restoring(other)
    with restoring.texts([(texts, words, sketches)]):
        numbers, ids, text_of, names, published, no_titles, contents, stories, anchors = zip(*told, strict=True)
        restoring.articles(numbers, ids, text_of, names, published, no_titles, contents, stories, anchors)
        restoring.edges(*zip(*stream.edge_rows(), strict=True))
    restoring.furniture(stream.furniture_rows())
