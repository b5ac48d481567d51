"""Edges between articles that come and go → their stories, at each step the ones that a batch groups.

A component of edges is grouped anew when something in it has changed, and each story keeps its number. One of more than
LARGE articles waits for the next refresh; till then an article that comes to it joins a story whose anchor it matches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass

import numpy as np

from storycluster import grouping, verify
from storycluster.columns import NO_OUTLET, Array, Catalog, Matches, Texts
from storycluster.fingerprint import recipe
from storycluster.index.journal import Journal
from storycluster.index.links import LinkedIds
from storycluster.index.live import Live
from storycluster.index.story_ids import StoryIds
from storycluster.kernels import rule
from storycluster.kernels.live.postings import NOWHERE
from storycluster.kernels.live.turns import DEPOSED, MOVED, RESTATED
from storycluster.kernels.sorting import count_pairs
from storycluster.settings import Settings

LARGE = 512
"""Articles of a component from which it isn't grouped anew at each change."""
ANCHORS_ASKED = 8
"""Stories whose anchors an article that comes to a large component is compared with, at most."""


@dataclass(slots=True)
class Found:
    """The verified pairs of one article's text, on columns of their own.

    Args:
        matches: The pairs; articles are numbered as in ``rows``.
        rows: int64: the articles' rows in ``Live``.
        verifier: Judges them.
    """

    matches: Matches
    rows: Array
    verifier: verify.Verifier


class Partition:
    """The stories of live articles, and what the caller said of them.

    Args:
        settings: All numbers.
        live: The articles and their edges.
    """

    def __init__(self, settings: Settings, live: Live) -> None:
        self.settings = settings
        self.live = live
        self.journal = Journal()
        self.last_story = 0
        self.story_ids = StoryIds()
        self.links = LinkedIds()
        self._recipe = recipe(settings)
        self._left: set[int] = {0}  # stories that lost an article since the last ``settle``; 0 is none
        self._restate: set[int] = set()  # articles whose scores may have changed since then
        self._at_once = False  # whether large components are to be grouped now: at a refresh, or an anchor has gone
        self._outlets_of: dict[int, set[int]] = {}  # stories that took articles in so → the outlets that ran them
        # articles of large components that changed since the last refresh: whatever these have fallen into since, some
        # of each part
        self._overdue: set[int] = set()
        self._parted = False  # whether one of them has gone, whose story may have others with no way to it

    def settle(self, seeds: Iterable[int]) -> None:
        """Group the components of some articles anew and give each story its number.

        A story's number follows the majority of its articles: of all pairs of an old story and a new group, the one
        with most articles in common keeps its number first (then the older story, then the group whose anchor has the
        least id). A group that no number is left for is a new story.
        """
        seeds, parted = set(seeds), self._parted
        x = next(iter(seeds)) if len(seeds) == 1 else NOWHERE
        if x != NOWHERE and not self.links.must and not self.live.articles.story[x] and self._is_alone(x):
            self._begin_story(x)
            return
        rows = self._component(seeds, self.live.count if self._at_once else LARGE)
        parted |= self._some_wait(rows)
        if self._at_once and parted:
            seeds |= self._end_wait()
            rows = self._component(seeds, self.live.count)
        elif not self._at_once and (parted or rows.size > LARGE):
            rows = self._let_wait(seeds)
            parted |= bool(self._overdue)
        if rows.size:
            self._settle_rows(rows, seeds)
        self._end_left(parted)
        self._left = {0}
        self._restate = set()
        self._at_once = self._parted = False

    def _settle_rows(self, rows: Array, seeds: set[int]) -> None:
        """Group some articles that no edge or link leads out of: in a moment, if they are one story as a whole."""
        self._restate |= self._tied(rows)
        anchor, joined = NOWHERE, False
        stories = set(self.live.articles.story[rows].tolist()) - {0}
        if not self.links and len(stories) < 2:
            anchor, joined = self.live.whole_anchor(rows)
        if anchor != NOWHERE and not joined and len(seeds) > 1 and not self._hangs_together(rows):
            anchor = NOWHERE
        if anchor == NOWHERE:
            self._regroup(np.sort(rows), seeds)
        else:
            self._settle_whole(rows, anchor, max(stories, default=0))

    def _end_left(self, parted: bool) -> None:
        """End the stories that nobody is left in.

        Args:
            parted: Others of a story that has lost articles may wait, with no way to what was grouped now.
        """
        rest = self._members_of_any(self._left - {0}) if parted else np.empty(0, np.int64)
        going_on = set(self.live.articles.story[rest].tolist())
        for story in going_on:
            self._note_rest(story, rest[self.live.articles.story[rest] == story])
        for story in self._left - going_on - {0}:
            self.journal.stories.pop(story, None)
            self.journal.dropped_stories.add(story)
            self.journal.ended.add(story)

    def _note_rest(self, story: int, members: Array) -> None:
        """Note how a story is of which these articles are left."""
        outlets = self._outlets_of[story] = set(self.live.articles.outlet[members].tolist())
        self._note_story(story, int(self.live.articles.anchor[members[0]]), len(outlets - {NO_OUTLET}))

    def _end_wait(self) -> set[int]:
        """The articles whose large components wait: they are grouped now, and wait no more.

        They are grouped together, as parts of one story wait apart where it has lost what held it together.
        """
        waiting, self._overdue, self._outlets_of = self._overdue, set(), {}
        for x in waiting:
            self.journal.overdue[int(self.live.articles.number[x])] = False
        return waiting

    def _hangs_together(self, rows: Array) -> bool:
        """Whether edges lead from one of some articles to all others, and no further."""
        return self.live.reached(rows[:1], rows.size).size == rows.size

    def _let_wait(self, seeds: set[int]) -> Array:
        """Have those of some articles wait for the next refresh whose components are large.

        So must those whose story has articles that stay as they are: its number would go to both.

        Returns:
            The components of the others.
        """
        components, some_left = self._small_components(seeds)
        some_left |= any(map(self._some_wait, components))  # else all that they have been part of is among them
        while components and some_left:
            stories = [set(self.live.articles.story[component].tolist()) - {0} for component in components]
            members = self._members_of_any(set().union(*stories))
            elsewhere = members[~np.isin(members, np.concatenate(components))]
            torn = set(self.live.articles.story[elsewhere].tolist())
            some_left = bool(torn)
            components = [one for one, own in zip(components, stories, strict=True) if not own & torn]
        rows = np.concatenate([np.empty(0, np.int64), *components])
        waiting = seeds - set(rows.tolist())
        for x in sorted(waiting, key=self.live.id_of):
            self._place_in_large(x)
            self.journal.overdue[int(self.live.articles.number[x])] = True
        self._overdue |= waiting
        return rows

    def _some_wait(self, rows: Array) -> bool:
        """Whether some of the articles wait for the next refresh."""
        return not self._overdue.isdisjoint(rows.tolist())

    def _members_of_any(self, stories: Set[int]) -> Array:
        """The articles of some stories."""
        sought = np.zeros(self.last_story + 1, np.bool_)
        sought[list(stories)] = True
        members: Array = np.flatnonzero(sought[self.live.articles.story])
        return members

    def _small_components(self, seeds: set[int]) -> tuple[list[Array], bool]:
        """Those components of some articles that aren't large; whether there are others."""
        small, seen, some_large = [], set(), False
        # from a new article, edges lead to all that it has changed
        for x in sorted(seeds, key=lambda x: int(self.live.articles.story[x]) > 0):
            if x not in seen:
                rows = self._component({x}, LARGE)
                seen |= set(rows.tolist())
                if rows.size <= LARGE:
                    small.append(rows)
                else:
                    some_large = True
        return small, some_large

    def _is_alone(self, x: int) -> bool:
        """Whether no edge leads from an article, and no story has lost one."""
        return int(self.live.articles.edge[x]) == NOWHERE and len(self._left) == 1

    def _begin_story(self, x: int) -> None:
        """Begin a story of one new article."""
        articles = self.live.articles
        article_id, number = self.live.id_of(x), int(articles.number[x])
        self.last_story += 1
        articles.story[x], articles.anchor[x] = self.last_story, x
        self.journal.move(article_id, 0, self.last_story)
        self.journal.stories[self.last_story] = number, article_id, int(articles.outlet[x] != NO_OUTLET)
        self.journal.members[number] = self.last_story, rule.ANCHOR, 1.0, 1.0
        self._restate = set()
        self._at_once = False

    def _settle_whole(self, rows: Array, anchor: int, number: int) -> None:
        """Make one story of a component, which holds articles of the story with this number or, if it is 0, of none."""
        articles = self.live.articles
        if not number:
            self.last_story += 1
            number = self.last_story
        before = articles.story[rows]
        articles.story[rows] = number
        self._left.discard(number)
        self._outlets_of.pop(number, None)
        self._note_story(number, anchor, len(set(articles.outlet[rows].tolist()) - {NO_OUTLET}))
        self._turn(rows, np.full(rows.size, anchor), before)

    def _turn(self, rows: Array, anchors: Array, before: Array, bridges: Set[tuple[int, int]] = frozenset()) -> None:
        """Give some articles, whose stories are written, their anchors, and note what has changed by it.

        Args:
            rows: The articles.
            anchors: int64: their anchors.
            before: int64: their former stories, 0 for none.
            bridges: As for ``_relate``.
        """
        live = self.live
        marks = live.turn(rows, anchors, before, np.fromiter(self._restate, np.int64, len(self._restate)))
        restated = []
        for i in marks.nonzero()[0].tolist():
            mark, x = int(marks[i]), int(rows[i])
            if mark & MOVED:
                self.journal.move(live.id_of(x), int(before[i]), int(live.articles.story[x]))
            if mark & DEPOSED:
                self.story_ids.keep(int(before[i]), live.id_of(x))
            if mark & RESTATED:
                restated.append(x)
        self._relate(restated, bridges)

    def _place_in_large(self, x: int) -> None:
        """Give a new article of a large component a story for the time being: one whose anchor it matches."""
        live, articles = self.live, self.live.articles
        if not articles.story[x]:
            anchors: dict[int, int] = {}
            edges = live.edges_of(np.array([x]))
            others = live.edges.ends[edges].sum(axis=1) - x
            shared = live.edges.evidence[edges][:, 1:3].min(axis=1)
            for y, words in zip(others.tolist(), shared.tolist(), strict=True):
                if articles.story[y]:
                    anchor = int(articles.anchor[y])
                    anchors[anchor] = max(words, anchors.get(anchor, 0))
            best = sorted(anchors, key=lambda anchor: (-anchors[anchor], live.id_of(anchor)))[:ANCHORS_ASKED]
            anchor = next((a for a in best if self._are_same(x, a)), x)
            if anchor == x:
                self.last_story += 1
            story = self.last_story if anchor == x else int(articles.story[anchor])
            articles.story[x], articles.anchor[x] = story, anchor
            self.journal.move(live.id_of(x), 0, story)
            outlets = self._outlets_of.get(story)
            if outlets is None:
                outlets = self._outlets_of[story] = set(articles.outlet[self.members_of(story)].tolist())
            outlets.add(int(articles.outlet[x]))
            self._note_story(story, anchor, len(outlets - {NO_OUTLET}))
            self._restate.add(x)
        if x in self._restate:
            self._relate([x])

    def _are_same(self, x: int, y: int) -> bool:
        """Whether two articles match, and nothing that the caller said keeps them apart."""
        if self.live.id_of(y) in self.links.cannot.get(self.live.id_of(x), ()):
            return False
        if self.live.articles.text[x] == self.live.articles.text[y]:
            return self.live.copies_match(x, y)
        return self.live.edge_between(x, y) != NOWHERE or bool(
            self.judge_articles(x, y).matches.verdict[0] == rule.SAME
        )

    def members_of(self, story: int) -> Array:
        """The articles of a story."""
        members: Array = np.flatnonzero(self.live.articles.story == story)
        return members

    def has_others(self, x: int, story: int) -> bool:
        """Whether a story has members beside an article of it."""
        rows = self._component({x}, LARGE)
        if (self.live.articles.story[rows[rows != x]] == story).any():
            return True
        # a large component that waits may have left its members without a way to each other
        return (rows.size > LARGE or self._some_wait(rows)) and bool((self.members_of(story) != x).any())

    def stories(self) -> set[int]:
        """The numbers of all stories."""
        return set(self.live.articles.story[self.live.every_article()].tolist())

    def story_anchors(self) -> dict[int, bytes]:
        """The id of each story's anchor."""
        rows = self.live.every_article()
        stories, first = np.unique(self.live.articles.story[rows], return_index=True)
        anchors = self.live.articles.anchor[rows[first]].tolist()
        return dict(zip(stories.tolist(), map(self.live.id_of, anchors), strict=True))

    def return_to(self, x: int, story: int) -> None:
        """Count an article that was removed and added again, with other content, as a member of its former story."""
        self.live.articles.story[x] = story
        outlets = int(self.live.articles.outlet[x] != NO_OUTLET)
        self._note_story(story, x, outlets)  # in a large component nothing else would tell
        self.journal.moved.pop(self.live.id_of(x), None)

    def _note_story(self, number: int, anchor: int, outlets: int) -> None:
        """Note how a story is now, that so many outlets ran."""
        live = self.live
        self.journal.stories[number] = int(live.articles.number[anchor]), live.id_of(anchor), outlets
        self.journal.dropped_stories.discard(number)
        self.journal.ended.discard(number)

    def _regroup(self, rows: Array, seeds: set[int]) -> None:
        """Group some articles, ascending, that no edge or link leads out of."""
        articles = self.live.articles
        anchor_of, bridges = self._group(rows)
        anchors, before = rows[anchor_of], articles.story[rows]
        number_of = self._number_groups(anchors, before)
        given = np.empty(rows.size, np.int64)
        given[np.searchsorted(rows, list(number_of))] = list(number_of.values())
        now = given[anchor_of]
        moved = before != now
        changed = moved | (articles.anchor[rows] != anchors)
        articles.story[rows] = now
        self._left |= set(before[moved].tolist())
        sought = np.fromiter(seeds, np.int64, len(seeds))
        place = np.minimum(np.searchsorted(rows, sought), rows.size - 1)
        stated = set(anchors[changed].tolist()) | set(anchors[place[rows[place] == sought]].tolist())
        ran, outlet, _ = count_pairs(anchors, articles.outlet[rows].astype(np.int64) - NO_OUTLET)
        outlets = Counter(ran[outlet > 0].tolist())
        for anchor, number in sorted(number_of.items()):
            self._outlets_of.pop(number, None)
            if anchor in stated or number in self._left:
                self._note_story(number, anchor, outlets[anchor])
        self._left -= set(number_of.values())
        self._turn(rows, anchors, before, bridges)

    def _component(self, seeds: set[int], most: int) -> Array:
        """The articles that edges and links lead to from some; no more than so many and some are looked for."""
        rows = self.live.reached(np.fromiter(seeds, np.int64, len(seeds)), most)
        while self.links.must and rows.size <= most:
            linked = set().union(*(self._linked(x) for x in rows.tolist()), rows.tolist())
            if len(linked) == rows.size:
                break
            rows = self.live.reached(np.array(sorted(linked), np.int64), most)
        return rows

    def _group(self, rows: Array) -> tuple[Array, set[tuple[int, int]]]:
        """The place of each article's anchor, and the pairs of articles that would join but for a digest."""
        if rows.size == 1:
            return np.zeros(1, np.int64), set()
        live = self.live
        edges, joins = live.joins_among(rows)
        catalog = self._catalog(rows, live.place_articles(rows))

        def judge(left: Array, right: Array) -> grouping.Judged:
            return live.judge(rows[left], rows[right])

        words = live.texts.words[live.articles.text[rows]].astype(np.int64)
        grouped = grouping.group(joins, judge, words, catalog, self._links(rows), self.settings)
        bridged = live.edges.ends[edges[grouped.bridges]]
        return grouped.anchor_of, set(zip(bridged.min(axis=1).tolist(), bridged.max(axis=1).tolist(), strict=True))

    def _number_groups(self, anchors: Array, before: Array) -> dict[int, int]:
        """Anchor → a story number for its group (``settle``).

        Args:
            anchors: int64 (n): the anchor of each article's group.
            before: int64 (n): the former story of each article, 0 for none.
        """
        groups: set[int] = set()
        shared = []
        counted = [column.tolist() for column in count_pairs(anchors, before)]
        for anchor, story, count in zip(*counted, strict=True):
            groups.add(anchor)
            if story:
                shared.append((-count, story, self.live.id_of(anchor), anchor))
        numbers: dict[int, int] = {}
        taken: set[int] = set()
        for _, story, _, anchor in sorted(shared):
            if anchor not in numbers and story not in taken:
                numbers[anchor] = story
                taken.add(story)
        for anchor in sorted(groups - numbers.keys(), key=self.live.id_of):
            self.last_story += 1
            numbers[anchor] = self.last_story
        return numbers

    def _relate(self, members: list[int], bridges: Set[tuple[int, int]] = frozenset()) -> None:
        """Note what some articles are to their anchors.

        Args:
            members: The articles.
            bridges: Pairs that would join but for a digest, the lesser row first.
        """
        articles = self.live.articles
        by_anchor: dict[int, list[int]] = defaultdict(list)
        tied = []
        for x in members:
            anchor, number, story = int(articles.anchor[x]), int(articles.number[x]), int(articles.story[x])
            if anchor == x:
                self.journal.members[number] = story, rule.ANCHOR, 1.0, 1.0
            elif self.links.must and self.live.id_of(x) in self.links.must:
                tied.append(x)
            elif articles.text[x] == articles.text[anchor]:
                self.journal.members[number] = story, rule.COPY, 1.0, 1.0
            else:
                by_anchor[anchor].append(x)
        unproposed = [x for anchor, others in by_anchor.items() for x in self._relate_by_edges(others, anchor)]
        if unproposed:
            self._relate_by_verdict(unproposed)
        if tied:
            self._relate_by_verdict(tied, bridges)
            texts = articles.text[[*tied, *articles.anchor[tied].tolist()]]
            self.live.texts.slack[texts] = 0  # grouping asks for no such verdict: how firm it is is not told

    def _relate_by_edges(self, members: list[int], anchor: int) -> list[int]:
        """``_relate`` for articles of other texts than their anchor's; those of them that no edge joins to it."""
        live, articles = self.live, self.live.articles
        unproposed = []
        for x, e in zip(members, live.edges_with(np.array(members), anchor).tolist(), strict=True):
            if e == NOWHERE:
                unproposed.append(x)
                continue
            shared = int(live.edges.evidence[e, 0])
            sizes = [int(live.texts.shingles[articles.text[y]]) for y in (x, anchor)]
            relation = live.edges.relation[e : e + 1]
            if live.edges.ends[e, 0] != x:
                relation = verify.mirror(relation)
            jaccard, containment = shared / max(sum(sizes) - shared, 1), shared / max(min(sizes), 1)
            told = int(articles.story[x]), int(relation[0]), jaccard, containment
            self.journal.members[int(articles.number[x])] = told
        return unproposed

    def _relate_by_verdict(self, members: list[int], bridges: Set[tuple[int, int]] = frozenset()) -> None:
        """``_relate`` for articles that no edge joins to their anchors, or that must_link may have put there."""
        articles = self.live.articles
        anchors = articles.anchor[members].astype(np.int64)
        both = np.unique(np.concatenate([members, anchors]))
        matches = self._judge_rows(both).judge(np.searchsorted(both, members), np.searchsorted(both, anchors))
        scores = zip(verify.jaccard(matches).tolist(), verify.containment(matches).tolist(), strict=True)
        pairs = zip(members, anchors.tolist(), strict=True)
        bridged = np.array([(min(x, anchor), max(x, anchor)) in bridges for x, anchor in pairs])
        relations = verify.relations(matches, bridged).tolist()
        for x, relation, (jaccard, containment) in zip(members, relations, scores, strict=True):
            self.journal.members[int(articles.number[x])] = int(articles.story[x]), relation, jaccard, containment

    # Verdicts

    def judge_articles(self, left: int, right: int) -> Found:
        """The verdict on two articles."""
        rows = np.array([left, right])
        verifier = self._judge_rows(rows)
        return Found(verifier.judge(np.array([0]), np.array([1])), rows, verifier)

    def _catalog(self, rows: Array, order: Array) -> Catalog:
        """Outlets, dates and titles of some articles, put in this order where dates are equal."""
        articles = self.live.articles
        return Catalog(articles.outlet[rows], articles.published[rows], articles.title[rows], order)

    def _judge_rows(self, rows: Array) -> verify.Verifier:
        """Judges some articles, numbered as they stand in ``rows``."""
        texts = self.live.canonical(np.unique(self.live.articles.text[rows]).astype(np.int64))
        place = np.argsort(texts)
        text_of = place[np.searchsorted(texts, self.live.articles.text[rows], sorter=place)]
        none = np.zeros(1, np.int64)
        return self._judge_of(texts, Texts(text_of, none, none, np.arange(texts.size)), rows)

    def _judge_of(self, texts: Array, places: Texts, rows: Array) -> verify.Verifier:
        fingerprints = self.live.copy_words(texts, self._recipe)
        catalog = self._catalog(rows, np.arange(rows.size))  # order plays no part in a verdict
        words = fingerprints.word_counts[places.text_of]
        return verify.Verifier(fingerprints, fingerprints.flags, places, catalog, words, self.settings)

    # What the caller said

    def _links(self, rows: Array) -> grouping.Links:
        """What the caller said of some articles."""
        return self.links.among([self.live.id_of(x) for x in rows.tolist()]) if self.links else grouping.Links()

    def _tied(self, rows: Array) -> set[int]:
        """Those of some articles that must_link names: they alone may stand with an anchor that they don't match.

        What they are to it changes with what is learnt, and with what is a digest, where nothing else does.
        """
        must = self.links.must
        return {x for x in rows.tolist() if self.live.id_of(x) in must} if must else set()

    def _linked(self, x: int) -> set[int]:
        """The articles that must_link names together with one."""
        must = self.links.must
        return {self.live.find(other) for other in must.get(self.live.id_of(x), ())} - {NOWHERE} if must else set()

    def take_back(self, a: bytes, b: bytes) -> None:
        """Forget what the caller said of two articles."""
        if self.links.take_back(a, b):
            self._restate |= {self.live.find(one) for one in (a, b)} - {NOWHERE}
            self._at_once = True
