"""What an index holds in memory, to compare."""

from __future__ import annotations

from typing import Any

from storycluster import StoryIndex


def memory_of(index: StoryIndex) -> dict[str, Any]:
    """All that the entries to come can depend on, without the places where it stands."""
    desk = index._writer.desk()
    stream, live = desk.stream, desk.stream.live
    rows = live.every_article().tolist()
    articles = {
        live.id_of(x): (
            int(live.articles.number[x]), int(live.articles.story[x]), live.id_of(int(live.articles.anchor[x])),
            int(live.texts.number[live.articles.text[x]]), int(live.articles.name[x]), int(live.articles.outlet[x]),
            int(live.articles.published[x]), int(live.articles.title[x]), int(live.articles.content[x]),
        )
        for x in rows
    }  # fmt: skip
    ends = live.edges.ends[live.edges_of(live.every_article())]
    edges = {frozenset(live.articles.number[pair].tolist()) for pair in ends}
    return {
        "articles": articles, "edges": edges, "last": (desk.last_number, stream.last_story, desk.refresh_every),
        "digest": desk.digest, "learnt": stream.learnt,
        "names": list(zip(stream.outlets.names, stream.outlets.keys, strict=True)),
        "pending": [s.tobytes() for s in stream._dirty],
        "due": list(stream._due), "overdue": {int(live.articles.number[x]) for x in stream._overdue},
        "ids": {number: stream.story_ids.of(number, b"") for number in stream.story_ids._kept},
        "said": (dict(stream.links.must), dict(stream.links.cannot)),
    }  # fmt: skip
