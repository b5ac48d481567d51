"""What has changed in memory since it was last written elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from storycluster.columns import Array


@dataclass(slots=True)
class Journal:
    """What has changed since it was last emptied, for whoever keeps it elsewhere.

    Args:
        texts: Rows of new texts → the keys of their bands.
        dropped_texts: Numbers of texts that are gone.
        edges: Edges put: the numbers of their ends → their evidence.
        dropped_edges: Numbers of the ends of edges that are gone.
        members: Articles' numbers → story, and relation, Jaccard and containment to its anchor.
        moved: Article's id → its story before and now, 0 for none, for those whose story changed.
        stories: Stories that changed and still are: number → its anchor's number and id, how many outlets ran it.
        dropped_stories: Stories that are no more.
        ended: Those of them that have ended since the feed was told last.
        names: Numbers of outlets' names that are new or have another key.
        furniture: Sampled hashes whose furniture changed → int32: outlet + 1 of each outlet, ascending, or 0 alone
            where it recurs at large; b"" where it is none any more.
        refreshed: Whether what was pending before has been learnt.
        pending: uint32: the sampled hashes of each text that came or went since.
        due: Numbers of texts → whether they are due to be brought up to date with what was learnt, or no longer.
        overdue: Numbers of articles → whether their large component is to be grouped anew, or no longer.
    """

    texts: dict[int, Array] = field(default_factory=dict)
    dropped_texts: list[int] = field(default_factory=list)
    edges: dict[tuple[int, int], bytes] = field(default_factory=dict)
    dropped_edges: set[tuple[int, int]] = field(default_factory=set)
    members: dict[int, tuple[int, int, float, float]] = field(default_factory=dict)
    moved: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    stories: dict[int, tuple[int, bytes, int]] = field(default_factory=dict)
    dropped_stories: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    names: set[int] = field(default_factory=set)
    furniture: dict[int, bytes] = field(default_factory=dict)
    refreshed: bool = False
    pending: list[bytes] = field(default_factory=list)
    due: dict[int, bool] = field(default_factory=dict)
    overdue: dict[int, bool] = field(default_factory=dict)

    def move(self, article_id: bytes, before: int, now: int) -> None:
        """Note that an article's story changed; what it was at first counts."""
        first = self.moved[article_id][0] if article_id in self.moved else before
        if first == now:
            self.moved.pop(article_id, None)
        else:
            self.moved[article_id] = first, now
