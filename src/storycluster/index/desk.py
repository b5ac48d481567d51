"""Entries → stories in memory, the feed, and what a store must keep of it (``saving``).

The state in memory is a function of the entries applied and their order: nothing here asks a store or a clock. Several
processes that apply the same entries agree on all stories, their numbers and ids.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as quoted
from zlib import crc32

from storycluster.columns import UNKNOWN_TIME
from storycluster.errors import LinkError, StoryclusterError, UnknownIdError
from storycluster.index.entries import Arrivals, Entry, Refresh, Removals, Said, Terms
from storycluster.index.journal import Journal
from storycluster.index.placement import Index, MatchList, Outcome, Placement
from storycluster.index.records import MICROSECONDS
from storycluster.index.stream import WORKED_OFF_EVERY, Stream
from storycluster.kernels.live.postings import NOWHERE
from storycluster.outlets import Aliases
from storycluster.settings import Settings
from storycluster.store.contract import ArticleTuple
from storycluster.utf8 import decode

YOUNG, SHARE_NEW = 32, 8
"""A young index learns more often: when so many, or one in so many of its articles, have come or gone."""
REFRESH_EVERY = 1_000
"""Articles that come or go between two refreshes, unless an index is told otherwise."""
Result = list[Placement] | StoryclusterError | int
"""What applying an entry gives: the placements of arrivals; how many articles or matches another one was about; an
error where it can't be applied, and has changed nothing."""


def signed(number: int) -> int:
    """64 bits as a signed number."""
    return number - (1 << 64) if number >= 1 << 63 else number


def content_number(content: bytes) -> int:
    """What memory keeps of the hash of all that an article is."""
    return int.from_bytes(content[:8], "little")


@dataclass(slots=True)
class Effects:
    """What a store must keep of the entries applied since it was last written, beside the stream's journal.

    Args:
        articles: New articles by their numbers.
        dropped_articles: Numbers of articles that are gone.
        links: What the caller says of two ids now.
        changes: Entries of the feed: moment, and the rest as JSON.
        refreshed: Whether there was a refresh, after which old entries of the feed may go.
        reckon_ages: Whether ages must be reckoned anew.
        terms: Names and values to keep.
    """

    articles: dict[int, ArticleTuple] = field(default_factory=dict)
    dropped_articles: set[int] = field(default_factory=set)
    links: dict[tuple[bytes, bytes], bool | None] = field(default_factory=dict)
    changes: list[tuple[int, bytes]] = field(default_factory=list)
    refreshed: bool = False
    reckon_ages: bool = False
    terms: dict[str, str] = field(default_factory=dict)


class Desk:
    """Takes entries in order.

    Args:
        stream: The articles and their stories.
        index: What placements ask.

    Attributes:
        last_number: The number given last to an article or a text.
        last_told: The last story that the feed knows of.
        clock: When the last article arrived, in microseconds since 1970 UTC.
        oldest: No article is older; the same, None where there is none.
        by_publication: Whether ages count from publication.
        refresh_every: Articles that come or go between two refreshes, at most.
        effects: What a store must keep; None where another process has written it.
        digest: Of all that has ever moved: who has another one holds other stories.
    """

    def __init__(self, stream: Stream, index: Index) -> None:
        self.stream = stream
        self._index = index
        self.last_number = 0
        self.last_told = 0
        self.clock = 0
        self.oldest: int | None = None
        self.by_publication = False
        self.refresh_every = REFRESH_EVERY
        self.effects: Effects | None = Effects()
        self.digest = 0
        self._now = 0

    @property
    def settings(self) -> Settings:
        """All numbers."""
        return self.stream.settings

    # Entries

    def apply(self, entry: Entry, *, wanted: bool = True, kept: bool = True) -> Result:
        """Apply the next entry.

        Args:
            entry: What happens.
            wanted: Whether anybody asks for placements.
            kept: Whether its rows are still to be written (``saving``); another process has written them if not.
        """
        self._now = entry.now
        if not kept:
            self.effects = None
        elif self.effects is None:
            self.effects = Effects()
        match entry:
            case Arrivals():
                result: Result = self._arrive(entry, wanted)
            case Removals():
                result = self._remove_all(entry)
            case Said():
                result = self._say(entry)
            case Terms():
                result = self._set_terms(entry)
            case Refresh():
                result = self._refresh(relink=entry.relink)
        if not kept:
            self.stream.journal = Journal()
        return result

    def look(self, entry: Entry) -> Result:
        """What can still be told of an entry that was applied before memory was built.

        Returns:
            Where each article stands now; an error that names one that is gone again.
        """
        if not isinstance(entry, Arrivals):
            return 0
        if entry.seeding:
            return []
        rows = [self.stream.live.find(article_id) for article_id in entry.ids]
        if NOWHERE in rows:
            own = decode(entry.ids[rows.index(NOWHERE)])
            return UnknownIdError(f"{own!r}: it was added, and another process has taken it out again since")
        articles = self.stream.live.articles
        return [
            self._place(x, "joined" if self.stream.has_others(x, int(articles.story[x])) else "created", False)
            for x in rows
        ]

    def _arrive(self, entry: Arrivals, wanted: bool) -> list[Placement]:
        self.clock = max(self.clock, min(entry.at, entry.now))
        if entry.seeding:
            self._seed(entry)
            return []
        placed = []
        for i in range(len(entry.ids)):
            x, outcome, updated = self._add(entry, i)
            if wanted:
                placed.append(self._place(x, outcome, updated))
            self._refresh_if_due()
        return placed

    def _add(self, entry: Arrivals, i: int) -> tuple[int, Outcome, bool]:
        """Add an article and give it its story: its row, what it did, whether it was an update."""
        stream, article_id = self.stream, entry.ids[i]
        known = stream.live.find(article_id)
        old_story, others = 0, False
        touched: set[int] = set()
        if known != NOWHERE:
            if int(stream.live.articles.content[known]) == content_number(entry.contents[i]):
                return known, "unchanged", False
            old_story = int(stream.live.articles.story[known])
            others = stream.has_others(known, old_story)
            touched = self._take_out(known)
        x, more = self._take_in(entry, i)
        if old_story and not others:
            stream.return_to(x, old_story)
        stream.settle((touched - {known}) | more)
        outcome = self._emit([article_id], "updated" if old_story else None)
        if stream.due and self.last_number % WORKED_OFF_EVERY == 0:
            stream.settle(stream.work_off())
            self._emit()
        if old_story and outcome != "merged":
            outcome = "joined" if stream.has_others(x, int(stream.live.articles.story[x])) else "created"
        return x, outcome, bool(old_story)

    def _take_in(self, entry: Arrivals, i: int) -> tuple[int, set[int]]:
        """Add an article without a story yet: its row, and the rows of articles whose stories may change."""
        self.last_number += 1
        stream, number, published = self.stream, self.last_number, int(entry.published[i])
        title = int(entry.titles[i])
        x, touched = stream.add(
            entry.ids[i], number, entry.fingerprints, i, decode(entry.outlets[i]), published, title,
            content_number(entry.contents[i]),
        )  # fmt: skip
        known = None if published == UNKNOWN_TIME else published
        age = entry.at if known is None or not self.by_publication else min(entry.at, known * MICROSECONDS)
        if self.effects is not None:
            live = stream.live
            self.effects.articles[number] = (
                number, entry.ids[i], int(live.texts.number[live.articles.text[x]]), int(live.articles.name[x]) + 1,
                known, signed(title), entry.at, age, entry.contents[i], entry.about[i], entry.bodies[i],
            )  # fmt: skip
        if self.oldest is None or age < self.oldest:
            self.oldest = age
        return x, touched

    def _take_out(self, x: int) -> set[int]:
        """Take an article out: the rows of articles whose stories may change."""
        number = int(self.stream.live.articles.number[x])
        touched = self.stream.remove(x)
        if self.effects is not None and self.effects.articles.pop(number, None) is None:
            self.effects.dropped_articles.add(number)
        return touched

    def _seed(self, entry: Arrivals) -> None:
        touched: set[int] = set()
        for i, article_id in enumerate(entry.ids):
            if self.stream.live.find(article_id) == NOWHERE:
                touched |= self._take_in(entry, i)[1]
            else:
                self._add(entry, i)
        self.stream.settle(touched | self.stream.refresh())
        self._emit()
        if self.effects is not None:
            self.effects.refreshed = True

    def _remove_all(self, entry: Removals) -> int | StoryclusterError:
        gone: list[bytes] = []
        touched: set[int] = set()
        stream = self.stream
        for article_id, number in zip(entry.ids, entry.numbers, strict=True):
            x = stream.live.find(article_id)
            if x != NOWHERE and number in (0, int(stream.live.articles.number[x])):
                linked = sorted(stream.links.of(article_id))
                touched = (touched - {x}) | self._take_out(x)
                for other in linked:
                    stream.take_back(article_id, other)
                    self._note_link(article_id, other, None)
                gone.append(article_id)
        if not gone:
            return unknown_article(decode(entry.ids[0])) if entry.kind == "removed" else 0
        stream.settle(touched)
        self._emit(gone, entry.kind)
        self._refresh_if_due()
        return len(gone)

    def _refresh_if_due(self) -> None:
        due = max(YOUNG, self.stream.live.count // SHARE_NEW)
        if self.stream.pending >= min(self.refresh_every, due):
            self._refresh(wholly=False)

    def _refresh(self, *, wholly: bool = True, relink: bool = False) -> int:
        """Apply what was learnt: the number of matches that have changed since the rows were last written."""
        stream = self.stream
        stream.settle(stream.relink_all() if relink else stream.refresh(wholly=wholly))
        self._emit()
        if self.effects is not None:
            self.effects.refreshed = True
        return len(stream.journal.edges) + len(stream.journal.dropped_edges)

    def _say(self, entry: Said) -> int | StoryclusterError:
        stream = self.stream
        rows = [stream.live.find(article_id) for article_id in (entry.low, entry.high)]
        for x, article_id in zip(rows, (entry.low, entry.high), strict=True):
            if x == NOWHERE:
                return unknown_article(decode(article_id))
        if entry.must is not None:
            try:
                stream.links.check(entry.low, entry.high, entry.must)
            except LinkError as error:
                return error
        stream.take_back(entry.low, entry.high)
        if entry.must is not None:
            stream.links.say(entry.low, entry.high, entry.must)
        self._note_link(entry.low, entry.high, entry.must)
        stream.settle(set(rows))
        self._emit()
        return 0

    def _note_link(self, a: bytes, b: bytes, must: bool | None) -> None:
        if self.effects is not None:
            low, high = sorted((a, b))
            self.effects.links[low, high] = must

    def _set_terms(self, entry: Terms) -> int:
        terms = {}
        if entry.refresh_every is not None:
            self.refresh_every = entry.refresh_every
            terms["refresh_every"] = str(entry.refresh_every)
        if entry.by_publication is not None:
            self.by_publication = entry.by_publication
            terms["retain_by"] = "publication" if entry.by_publication else "arrival"
            self.oldest = 0  # every age is another one now: whoever lets articles expire asks the store
        if entry.aliases is not None:
            self.stream.outlets.take_aliases(Aliases.from_mapping(entry.aliases))
            terms["aliases"] = json.dumps(entry.aliases)
            self._refresh()
        if self.effects is not None:
            self.effects.terms |= terms
            self.effects.reckon_ages |= entry.by_publication is not None
        return 0

    # The feed

    def _emit(self, ids: Sequence[bytes] = (), kind: str | None = None) -> Outcome:
        """Note the feed's entries for what has moved since the last time.

        Args:
            ids: The article that was added or updated, or those that were removed; none where none was.
            kind: What happened to it; None where it was added: then it is told from where it went.

        Returns:
            What adding the article did.
        """
        stream = self.stream
        moved, stream.journal.moved = stream.journal.moved, {}
        mark, self.last_told = self.last_told, stream.last_story
        if moved:
            self.digest = crc32(repr(sorted(moved.items())).encode(), self.digest)
        self._begin_stories(mark)
        outcome: Outcome = "joined"
        for article_id in ids:
            before, now = moved.pop(article_id, (0, 0))
            if kind is None:
                members = {other: pair for other, pair in moved.items() if pair[1] == now}
                sources = {pair[0] for pair in members.values()} - {0}
                touched = sources | ({now} if now <= mark else set())
                outcome = "merged" if len(touched) > 1 else "joined" if touched else "created"
                for other in members:
                    moved.pop(other)
                self._enter(outcome, article_id, touched, {now}, members | {article_id: (0, now)})
            elif kind == "updated":
                own = int(stream.live.articles.story[stream.live.find(article_id)])
                pairs = {article_id: (before, now)} if now else {}
                joining = {other: pair for other, pair in moved.items() if pair[1] == own and pair[0]}
                former = {pair[0] for pair in joining.values()}
                if former and own <= mark and stream.members_of(own).size > len(joining) + 1:
                    former.add(own)  # others than the article have stayed in it
                outcome = "merged" if len(former) > 1 else outcome
                if len(former) == 1 and own <= mark:  # the one story goes by the other's id, which was the article's
                    pairs |= joining
                    moved = {other: pair for other, pair in moved.items() if other not in joining}
                self._enter(kind, article_id, {before or own} | {was for was, _ in pairs.values()}, {own}, pairs)
            else:
                after = {before} - stream.journal.dropped_stories
                self._enter(kind, article_id, {before}, after, {article_id: (before, 0)})
        if moved:
            self._enter_moves(moved, mark)
        for story in stream.journal.ended:
            stream.story_ids.forget(story)
        stream.journal.ended = set()
        return outcome

    def _enter_moves(self, moved: Mapping[bytes, tuple[int, int]], mark: int) -> None:
        """Note the feed's entries for articles that have moved and were neither added nor updated.

        Args:
            moved: Their ids → their stories before and now.
            mark: The last story that the feed knows of.
        """
        into: dict[int, dict[bytes, tuple[int, int]]] = defaultdict(dict)
        out_of: dict[int, dict[bytes, tuple[int, int]]] = defaultdict(dict)
        for other, (before, now) in moved.items():
            (out_of[before] if before and now > mark else into[now])[other] = before, now
        for story, members in sorted(out_of.items()):
            after = {now for _, now in members.values()} | ({story} - self.stream.journal.dropped_stories)
            self._enter("split", None, {story}, after, members)
        for story, members in sorted(into.items()):
            sources = {before for before, _ in members.values()} - {0}
            known = {story} if story <= mark else set()
            kind = "merged" if sources else "joined" if known else "created"
            self._enter(kind, None, sources | known, {story}, members)

    def _begin_stories(self, mark: int) -> None:
        """Give new stories their ids."""
        stream = self.stream
        if stream.last_story > mark:
            for number in range(mark + 1, stream.last_story + 1):
                if number in stream.journal.stories:
                    stream.story_ids.begin(number, stream.journal.stories[number][1])

    def _enter(
        self,
        kind: str,
        article_id: bytes | None,
        before: set[int],
        after: set[int],
        moved: Mapping[bytes, tuple[int, int]],
    ) -> None:
        """Note an entry of the feed."""
        if self.effects is None:
            return
        told = before | after | {now for _, now in moved.values() if now}
        ids = {story: quoted(self._id_of(story)) for story in told}
        gone, own = (",".join([ids[story] for story in sorted(some)]) for some in (before, after))
        went = ",".join(
            [f"{quoted(decode(other))}:{ids.get(now, 'null')}" for other, (_, now) in sorted(moved.items())]
        )
        article = "null" if article_id is None else quoted(decode(article_id))
        # put together here, as each add waits for it: a JSON encoder takes longer
        entry = f'{{"kind":"{kind}","article":{article},"before":[{gone}],"after":[{own}],"moved":{{{went}}}}}'
        self.effects.changes.append((self._now, entry.encode()))

    def _id_of(self, story: int) -> str:
        """The id of a story that has just changed, or gone: then it is kept, as the story has lost its anchor."""
        ids, changed = self.stream.story_ids, self.stream.journal.stories
        return ids.kept(story) if story not in changed else ids.of(story, changed[story][1])

    # Placements

    def _place(self, x: int, outcome: Outcome, updated: bool) -> Placement:
        articles, live = self.stream.live.articles, self.stream.live
        story = int(articles.story[x])
        own = self.stream.story_ids.of(story, live.id_of(int(articles.anchor[x])))
        return Placement(self._index, decode(live.id_of(x)), own, outcome, updated)

    def matches_of(self, article_id: bytes) -> MatchList | None:
        """The verified pairs of an article, None if there is none with this id."""
        stream = self.stream
        x = stream.live.find(article_id)
        if x == NOWHERE:
            return None
        articles = stream.live.articles
        anchor = int(articles.anchor[x])
        return stream.list_matches(
            x, stream.find_article(x), None if anchor == x else anchor,
            lambda rows: articles.story[rows] == articles.story[x], stream.links,
        )  # fmt: skip


def unknown_article(article_id: str) -> UnknownIdError:
    """An id that the index has no article with."""
    return UnknownIdError(f"{article_id!r}: the index has no article with this id")
