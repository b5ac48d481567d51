"""Articles that come and go → stories, at each step the ones that a batch of the live articles gives.

The same rooms as in ``batch``, over ``live``: what changes is found, linked and grouped anew, and nothing else is
looked at. Three things can change beside an article itself, and are followed:

- an overfull bucket pairs other texts when one comes between them or goes (``Live.held_apart``);
- the articles of one text are paired with the nearest in time, so that another one changes who is;
- what is furniture, and which outlet a name stands for, is learnt from the whole live set: it is applied at a
  ``refresh``, and until then what was known at the last one holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from storycluster import furniture, grouping, verify
from storycluster.candidates import order_keys
from storycluster.columns import NO_OUTLET, Array, Catalog, Fingerprints, Matches, Pairs, Texts
from storycluster.errors import LinkError
from storycluster.fingerprint import recipe, sample_bound
from storycluster.kernels import rule
from storycluster.kernels.buckets import band_keys
from storycluster.kernels.live import sample_words
from storycluster.kernels.overlap import EVIDENCE, FURNITURE
from storycluster.kernels.postings import NOWHERE
from storycluster.kernels.words import digest_texts
from storycluster.live import Live
from storycluster.outlets import Aliases, outlet_key, outlet_keys
from storycluster.settings import Settings
from storycluster.story_ids import StoryIds

LOW_WORD = np.uint64(0xFFFFFFFF)


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


@dataclass(slots=True)
class Journal:
    """What has changed since it was last emptied, for whoever keeps it elsewhere.

    Args:
        texts: Rows of new texts → their signatures.
        flags: Rows of texts whose flags changed.
        dropped_texts: Numbers of texts that are gone.
        edges: Edges put: the numbers of their ends → their evidence.
        dropped_edges: Numbers of the ends of edges that are gone.
        members: Articles' numbers → story, and relation, Jaccard and containment to its anchor.
        moved: Article's id → its story before and now, 0 for none, for those whose story changed.
        stories: Stories that changed and still are: number → its anchor's number and id, how many outlets ran it.
        dropped_stories: Stories that are no more.
        names: Numbers of outlets' names that are new or have another key.
        furniture: Sampled hashes whose furniture changed → int32: outlet + 1 of each outlet, ascending, or 0 alone
            where it recurs at large; b"" where it is none any more.
        refreshed: Whether what was pending before has been learnt.
        pending: uint32: the sampled hashes of each text that came or went since.
    """

    texts: dict[int, bytes] = field(default_factory=dict)
    flags: set[int] = field(default_factory=set)
    dropped_texts: list[int] = field(default_factory=list)
    edges: dict[tuple[int, int], bytes] = field(default_factory=dict)
    dropped_edges: set[tuple[int, int]] = field(default_factory=set)
    members: dict[int, tuple[int, int, float, float]] = field(default_factory=dict)
    moved: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    stories: dict[int, tuple[int, bytes, int]] = field(default_factory=dict)
    dropped_stories: set[int] = field(default_factory=set)
    names: set[int] = field(default_factory=set)
    furniture: dict[int, bytes] = field(default_factory=dict)
    refreshed: bool = False
    pending: list[bytes] = field(default_factory=list)

    def move(self, article_id: bytes, before: int, now: int) -> None:
        """Note that an article's story changed; what it was at first counts."""
        first = self.moved[article_id][0] if article_id in self.moved else before
        if first == now:
            self.moved.pop(article_id, None)
        else:
            self.moved[article_id] = first, now


class Stream:
    """The stories of a set of articles that changes.

    Args:
        settings: All numbers.
        aliases: The caller's own outlet aliases.
    """

    def __init__(self, settings: Settings, aliases: Aliases | None = None) -> None:
        self.settings = settings
        self.aliases = aliases
        bands, rows = settings.bands_rows
        self._band_rows = rows
        self.live = Live(bands, bands * rows)
        self.journal = Journal()
        self.last_story = 0
        self.story_ids = StoryIds()
        self._limits = (
            settings.bucket_limit, settings.bucket_neighbors, settings.min_shared_samples, settings.min_shared_share
        )  # fmt: skip
        self._bound = sample_bound(settings)
        self._recipe = recipe(settings)
        self._numbers = furniture.learning_numbers(settings)
        self._dirty: list[Array] = []
        self.must: dict[bytes, set[bytes]] = defaultdict(set)
        self.cannot: dict[bytes, set[bytes]] = defaultdict(set)
        self.names: list[str] = []
        self._name_number: dict[str, int] = {}
        self.keys: list[str] = []
        self._key_of: dict[str, str] = {}  # a name's own key → the key it was given at the last refresh
        self._outlet_number: dict[str, int] = {}
        self._learnt_names: set[str] = set()
        self._row_of_text: dict[int, int] = {}
        self._row_of_article: dict[int, int] = {}
        self._anchor_of: dict[int, int] = {}
        self._left: set[int] = {0}  # stories that lost an article since the last ``settle``; 0 is none

    # Outlets

    def name_number(self, name: str) -> int:
        """The number of an outlet's name, NO_OUTLET for none. A new name has its own key until the next refresh."""
        if not name:
            return NO_OUTLET
        number = self._name_number.get(name)
        if number is None:
            number = self._name_number[name] = len(self.names)
            self.names.append(name)
            own = outlet_key(name, self.aliases)
            self.keys.append(self._key_of.setdefault(own, own))
            self.journal.names.add(number)
        return number

    def restore_name(self, name: str, key: str) -> None:
        """Take over a name with the key that it was given at the last refresh."""
        self._name_number[name] = len(self.names)
        self._outlet_number.setdefault(key, len(self.names))
        self.names.append(name)
        self.keys.append(key)
        self._key_of[outlet_key(name, self.aliases)] = key

    def take_aliases(self, aliases: Aliases) -> None:
        """Have the caller's own outlet aliases hold from the next refresh on."""
        self.aliases = aliases
        self._key_of = {outlet_key(name, aliases): key for name, key in zip(self.names, self.keys, strict=True)}
        self._learnt_names = set()

    def outlet_number(self, name: int) -> int:
        """The number of the outlet that a name stands for: that of the first name with its key."""
        if name == NO_OUTLET:
            return NO_OUTLET
        return self._outlet_number.setdefault(self.keys[name], name)

    def _learn_outlets(self) -> list[int]:
        """Find out anew which names are one outlet; the texts that another outlet ran by that."""
        articles = self.live.articles
        rows = self.live.every_article()
        numbers = articles.name[rows]
        present = {self.names[number] for number in np.unique(numbers[numbers >= 0]).tolist()}
        if present == self._learnt_names:
            return []
        self._learnt_names = present
        for name, key in outlet_keys(present, self.aliases).items():
            if self.keys[self._name_number[name]] != key:
                self.keys[self._name_number[name]] = key
                self.journal.names.add(self._name_number[name])
            self._key_of[outlet_key(name, self.aliases)] = key
        for number, name in enumerate(self.names):  # names that no article has now, by what was learnt of their like
            key = self._key_of[outlet_key(name, self.aliases)]
            if self.keys[number] != key:
                self.keys[number] = key
                self.journal.names.add(number)
        self._outlet_number = {}
        outlet_of = np.array([self.outlet_number(number) for number in range(len(self.names))] + [NO_OUTLET], np.int32)
        wanted = outlet_of[numbers]  # NO_OUTLET is the last place
        changed = rows[wanted != articles.outlet[rows]]
        articles.outlet[changed] = outlet_of[articles.name[changed]]
        texts: list[int] = np.unique(articles.text[changed]).tolist()
        return texts

    # Articles

    def add(
        self,
        article_id: bytes,
        number: int,
        fingerprints: Fingerprints,
        i: int,
        name: str,
        published: int,
        title: int,
        content: int,
    ) -> tuple[int, set[int]]:
        """Take an article in and link it to what it matches; ``settle`` gives it its story.

        Args:
            article_id: Its id, which no live article has.
            number: Its number, above 0.
            fingerprints: Of its text among others.
            i: Which of them.
            name: Its outlet's name.
            published: Seconds, or UNKNOWN_TIME.
            title: Hash of its folded title.
            content: Hash of all that it is.

        Returns:
            Its row, and the rows of articles whose stories may change.
        """
        live = self.live
        at = slice(int(fingerprints.word_start[i]), int(fingerprints.word_start[i + 1]))
        sample = fingerprints.sample[int(fingerprints.sample_start[i]) : int(fingerprints.sample_start[i + 1])]
        signature = fingerprints.signatures[i]
        keys = np.empty(signature.size // self._band_rows, np.uint32)
        band_keys(signature, self._band_rows, keys)
        order = order_keys(signature[None])[0]
        digest = fingerprints.digests[i]
        t = live.find_text(keys, order, digest)
        fresh = t == NOWHERE
        if fresh:
            t = live.add_text(
                number, fingerprints.words[at], fingerprints.flags[at], sample, keys, signature.astype(np.uint8), order,
                digest,
            )  # fmt: skip
            self.journal.texts[t] = signature.tobytes()
        name_number = self.name_number(name)
        outlet = self.outlet_number(name_number)
        x = live.add_article(article_id, number, t, name_number, outlet, published, title, content)
        self._await(sample)
        self._reflag(t)
        touched = self.relink(t, sample) | {x}
        if fresh:
            touched |= self._part(live.held_apart(t, sample, self._limits))
        return x, touched

    def remove(self, x: int) -> set[int]:
        """Take an article out.

        Returns:
            The rows of articles whose stories may change.
        """
        live = self.live
        t = int(live.articles.text[x])
        number = int(live.articles.number[x])
        sample = live.sample_of(t, self.settings.shingle_width, self._bound)[0]
        self._await(sample)
        touched = self._drop_edges(live.edges_of(np.array([x]))) | self._linked(x)
        story = int(live.articles.story[x])
        if story and int(live.articles.anchor[x]) == x:
            self.story_ids.keep(story, live.id_of(x))
        self.journal.move(live.id_of(x), story, 0)
        self.journal.members.pop(number, None)
        self._left.add(story)
        live.remove_article(x)
        if live.texts.articles[t]:
            self._reflag(t)
            touched |= self.relink(t, sample)
        else:
            apart = live.held_apart(t, sample, self._limits)
            if t in self.journal.texts:
                del self.journal.texts[t]
            else:
                self.journal.dropped_texts.append(int(live.texts.number[t]))
            self.journal.flags.discard(t)
            live.remove_text(t, sample)
            touched |= self._join(apart)
        return touched - {x}

    def _await(self, sample: Array) -> None:
        """Note that what is learnt of some sampled hashes may have changed."""
        self._dirty.append(sample)
        self.journal.pending.append(sample.tobytes())

    # Links between articles

    def _verifier(self, texts: Array) -> tuple[verify.Verifier, Array]:
        """Judges the articles of some texts (in canonical order); their rows in ``Live``."""
        rows, start = self.live.articles_of(texts)
        text_of = np.repeat(np.arange(texts.size), np.diff(start))
        places = Texts(text_of, np.arange(rows.size), start, np.arange(texts.size))
        return self._judge_of(texts, places, rows), rows

    def _judge_of(self, texts: Array, places: Texts, rows: Array) -> verify.Verifier:
        articles = self.live.articles
        fingerprints = self.live.copy_words(texts, self._recipe)
        catalog = Catalog(
            articles.outlet[rows], articles.published[rows], articles.title[rows], np.arange(rows.size)
        )  # order plays no part in a verdict
        words = fingerprints.word_counts[places.text_of]
        return verify.Verifier(fingerprints, fingerprints.flags, places, catalog, words, self.settings)

    def find(self, t: int, sample: Array) -> Found:
        """The verified pairs of a text's articles with all others, and with each other."""
        live = self.live
        partners = np.empty(0, np.int32)
        if live.texts.words[t] >= self.settings.min_words:
            partners = live.propose(t, sample, self._limits)
            partners = partners[live.texts.words[partners] >= self.settings.min_words]
        texts = live.canonical(np.append(partners, t))
        own = int(np.flatnonzero(texts == t)[0])
        others = np.arange(texts.size) if live.texts.articles[t] > 1 else np.delete(np.arange(texts.size), own)
        left, right = np.minimum(others, own), np.maximum(others, own)
        verifier, rows = self._verifier(texts)
        return Found(verifier.verify(Pairs(left, right)), rows, verifier)

    def relink(self, t: int, sample: Array) -> set[int]:
        """Find anew what the articles of a text match.

        Returns:
            The rows of articles whose matches have changed.
        """
        live = self.live
        self.found = found = self.find(t, sample)
        matches = found.matches.take(found.matches.verdict == rule.SAME)
        old = live.edges_of(live.articles_of(np.array([t]))[0])
        known = dict(zip(map(tuple, live.edges.ends[old].tolist()), old.tolist(), strict=True))
        ends = np.stack([found.rows[matches.left], found.rows[matches.right]], axis=1)
        touched: set[int] = set()
        for k, pair in enumerate(map(tuple, ends.tolist())):
            e = known.pop(pair, None)
            if e is not None:
                if (live.edges.evidence[e] == matches.evidence[k]).all() and live.edges.told[e, 0] == matches.relation[
                    k
                ]:
                    continue
                touched |= self._drop_edges([e])
            touched |= self._put_edge(pair, matches, k)
        return touched | self._drop_edges(known.values())

    def _put_edge(self, pair: tuple[int, int], matches: Matches, k: int) -> set[int]:
        live = self.live
        told = int(matches.relation[k]), int(matches.cause[k])
        live.put_edge(*pair, matches.evidence[k], matches.shingles[k], *told)
        numbers = int(live.articles.number[pair[0]]), int(live.articles.number[pair[1]])
        self.journal.edges[numbers] = matches.evidence[k].tobytes() + matches.shingles[k].tobytes() + bytes(told)
        self.journal.dropped_edges.discard(numbers)
        return set(pair)

    def _drop_edges(self, edges: Iterable[int]) -> set[int]:
        """Forget edges; the articles at their ends."""
        touched: set[int] = set()
        for e in edges:
            left, right = self.live.edges.ends[e].tolist()
            numbers = int(self.live.articles.number[left]), int(self.live.articles.number[right])
            self.journal.edges.pop(numbers, None)
            self.journal.dropped_edges.add(numbers)  # it may have stood there before it was put
            self.live.take_edge(e)
            touched |= {left, right}
        return touched

    def _part(self, pairs: Array) -> set[int]:
        """Drop the edges of those pairs of texts that propose each other no more; the articles at their ends."""
        live = self.live
        touched: set[int] = set()
        for s, t in split_pairs(live.linked_pairs(pairs)):
            if not self._is_proposed(s, t):
                edges = live.edges_of(live.articles_of(np.array([s]))[0])
                ends = live.articles.text[live.edges.ends[edges]]
                touched |= self._drop_edges(edges[(ends == t).any(axis=1)].tolist())
        return touched

    def _join(self, pairs: Array) -> set[int]:
        """Link those pairs of texts that propose each other now; the articles at new edges."""
        live = self.live
        enough = live.texts.words >= self.settings.min_words
        unlinked = np.setdiff1d(pairs, live.linked_pairs(pairs.copy()))
        now = [(s, t) for s, t in split_pairs(unlinked) if enough[s] and enough[t] and self._is_proposed(s, t)]
        if not now:
            return set()
        texts = live.canonical(np.unique(np.array(now)))
        place = {t: i for i, t in enumerate(texts.tolist())}
        sides = np.array([sorted((place[s], place[t])) for s, t in now])
        sides = sides[np.lexsort((sides[:, 1], sides[:, 0]))]
        verifier, rows = self._verifier(texts)
        matches = verifier.verify(Pairs(sides[:, 0], sides[:, 1]))
        touched: set[int] = set()
        for k in np.flatnonzero(matches.verdict == rule.SAME).tolist():
            touched |= self._put_edge((int(rows[matches.left[k]]), int(rows[matches.right[k]])), matches, k)
        return touched

    def _is_proposed(self, s: int, t: int) -> bool:
        width = self.settings.shingle_width
        samples = (self.live.sample_of(s, width, self._bound)[0], self.live.sample_of(t, width, self._bound)[0])
        return self.live.is_proposed(s, t, samples, self._limits)

    def _linked(self, x: int) -> set[int]:
        """The articles that must_link names together with one."""
        if not self.must:
            return set()
        rows = (self.live.find(other) for other in self.must.get(self.live.id_of(x), ()))
        return {row for row in rows if row != NOWHERE}

    # Furniture

    def _reflag(self, t: int) -> bool:
        """Flag a text's furniture as it is known; whether that changed anything."""
        live = self.live
        hashes, places = live.sample_of(t, self.settings.shingle_width, self._bound)
        at = live.words_of(t)
        flags = furniture.flag_text(live.recurring_in(t, hashes), places, live.flags[at], self.settings)
        if (flags == live.flags[at]).all():
            return False
        live.flags[at] = flags
        if t not in self.journal.texts:
            self.journal.flags.add(t)
        return True

    def refresh(self) -> set[int]:
        """Apply what was learnt since the last time: which names are one outlet, and what is furniture.

        Returns:
            The rows of articles whose stories may change.
        """
        live, width = self.live, self.settings.shingle_width
        texts = set(self._learn_outlets())
        self._dirty += [live.sample_of(t, width, self._bound)[0] for t in sorted(texts)]
        relink = set(texts)
        if self._dirty:
            changed = live.learn(np.unique(np.concatenate(self._dirty)), self._numbers)
            texts |= set(live.texts_with(changed).tolist())
            for sampled in changed.tolist():
                self.journal.furniture[sampled] = live.furniture_of(sampled).tobytes()
        self._dirty = []
        self.journal.pending, self.journal.refreshed = [], True
        relink |= {t for t in sorted(texts) if self._reflag(t)}
        touched: set[int] = set()
        for t in sorted(relink):
            touched |= self.relink(t, live.sample_of(t, width, self._bound)[0])
        # an outlet's other name may change how many ran a story
        touched |= set(live.articles_of(np.array(sorted(texts), np.int64))[0].tolist()) if texts else set()
        return touched

    def learn_all(self) -> set[int]:
        """Refresh after loading: learn from all that there is."""
        width = self.settings.shingle_width
        self._dirty = [self.live.sample_of(t, width, self._bound)[0] for t in self.live.every_text().tolist()]
        return self.refresh()

    def relink_all(self) -> set[int]:
        """Learn and find everything anew; the rows of all articles."""
        self.learn_all()
        for t in self.live.every_text().tolist():
            self.relink(t, self.live.sample_of(t, self.settings.shingle_width, self._bound)[0])
        return set(self.live.every_article().tolist())

    @property
    def pending(self) -> int:
        """Articles that came or went since the last refresh."""
        return len(self._dirty)

    # Stories

    def settle(self, seeds: Iterable[int]) -> None:
        """Group the components of some articles anew and give each story its number.

        A story's number follows the majority of its articles: of all pairs of an old story and a new group, the one
        with most articles in common keeps its number first (then the older story, then the group whose anchor has the
        least id). A group that no number is left for is a new story.
        """
        live, articles = self.live, self.live.articles
        seeds = set(seeds)
        rows = self._component(seeds)
        if rows.size:
            ids = [live.id_of(x) for x in rows.tolist()]
            anchor_of, bridges = self._group(rows, ids)
            anchors, group_of = np.unique(anchor_of, return_inverse=True)
            group_of = group_of.ravel()
            before = articles.story[rows]
            number_of = self._number_groups(before, group_of, [ids[i] for i in anchors.tolist()])
            now = number_of[group_of]
            seeded = np.isin(rows, np.fromiter(seeds, np.int64, len(seeds)))
            moved = before != now
            turned = articles.anchor[rows] != rows[anchor_of]
            for i in np.flatnonzero(moved).tolist():
                self.journal.move(ids[i], int(before[i]), int(now[i]))
            for i in np.flatnonzero((moved | turned) & (before > 0) & (articles.anchor[rows] == rows)).tolist():
                self.story_ids.keep(int(before[i]), ids[i])
            articles.story[rows] = now
            articles.anchor[rows] = rows[anchor_of]
            self._left |= set(before[moved].tolist())
            lost = np.isin(now, np.fromiter(self._left, np.int64, len(self._left)))
            for group in np.unique(group_of[moved | turned | seeded | lost]).tolist():
                members = rows[group_of == group]
                outlets = articles.outlet[members]
                self.journal.stories[int(number_of[group])] = (
                    int(articles.number[rows[anchors[group]]]), ids[anchors[group]],
                    int(np.unique(outlets[outlets >= 0]).size),
                )  # fmt: skip
                self._left.discard(int(number_of[group]))
                self.journal.dropped_stories.discard(int(number_of[group]))
            self._relate(rows, np.flatnonzero(moved | turned | seeded | seeded[anchor_of]), anchor_of, bridges)
        for story in self._left - {0}:
            self.journal.stories.pop(story, None)
            self.journal.dropped_stories.add(story)
        self._left = {0}

    def _component(self, seeds: set[int]) -> Array:
        """The articles that edges and links lead to from some, ascending."""
        rows = self.live.reached(np.array(sorted(seeds), np.int64))
        while self.must:
            linked = set().union(*(self._linked(x) for x in rows.tolist()), rows.tolist())
            if len(linked) == rows.size:
                break
            rows = self.live.reached(np.array(sorted(linked), np.int64))
        return rows

    def _group(self, rows: Array, ids: list[bytes]) -> tuple[Array, set[tuple[int, int]]]:
        """The place of each article's anchor, and the pairs that would join but for a digest."""
        if rows.size == 1:
            return np.zeros(1, np.int64), set()
        live = self.live
        edges = live.edges_of(rows)
        ends = np.searchsorted(rows, live.edges.ends[edges])
        told = live.edges.told[edges]
        matches = Matches(
            ends[:, 0], ends[:, 1], live.edges.evidence[edges], live.edges.shingles[edges],
            np.full(edges.size, rule.SAME, np.uint8), told[:, 0], told[:, 1],
        )  # fmt: skip
        order = np.empty(rows.size, np.int64)
        order[sorted(range(rows.size), key=ids.__getitem__)] = np.arange(rows.size)
        judge, catalog = self._judge(rows, order)
        words = live.texts.words[live.articles.text[rows]].astype(np.int64)
        grouped = grouping.group(matches, judge, words, catalog, self._links(ids), self.settings)
        bridged = np.flatnonzero(grouped.bridges)
        pairs = zip(ends[bridged].min(axis=1).tolist(), ends[bridged].max(axis=1).tolist(), strict=True)
        return grouped.anchor_of, set(pairs)

    def _judge(self, rows: Array, order: Array) -> tuple[grouping.Judge, Catalog]:
        """The verdict on any pairs of some articles; words are copied when the first one is asked for."""
        articles = self.live.articles
        catalog = Catalog(articles.outlet[rows], articles.published[rows], articles.title[rows], order)
        made: list[verify.Verifier] = []

        def judge(left: Array, right: Array) -> Matches:
            if not made:
                made.append(self._judge_rows(rows))
            return made[0].judge(left, right)

        return judge, catalog

    def _judge_rows(self, rows: Array) -> verify.Verifier:
        """Judges some articles, numbered as they stand in ``rows``."""
        texts = self.live.canonical(np.unique(self.live.articles.text[rows]))
        place = np.argsort(texts)
        text_of = place[np.searchsorted(texts, self.live.articles.text[rows], sorter=place)]
        none = np.zeros(1, np.int64)
        return self._judge_of(texts, Texts(text_of, none, none, np.arange(texts.size)), rows)

    def _links(self, ids: list[bytes]) -> grouping.Links:
        """What the caller said of some articles."""
        if not self.must and not self.cannot:
            return grouping.Links()
        place = {article_id: i for i, article_id in enumerate(ids)}
        must, cannot = (
            sorted(
                (i, place[other])
                for article_id, i in place.items()
                for other in said.get(article_id, ())
                if i < place.get(other, -1)
            )
            for said in (self.must, self.cannot)
        )
        return grouping.Links.between(must, cannot, [article_id.decode("utf-8", "replace") for article_id in ids])

    def _number_groups(self, before: Array, group_of: Array, anchor_ids: list[bytes]) -> Array:
        """A story number for each group (``settle``)."""
        known = before > 0
        pairs, shared = np.unique(np.stack([before[known], group_of[known]]), axis=1, return_counts=True)
        order = sorted(range(shared.size), key=lambda k: (-shared[k], pairs[0, k], anchor_ids[pairs[1, k]]))
        numbers = np.zeros(len(anchor_ids), np.int64)
        taken: set[int] = set()
        for k in order:
            story, group = pairs[:, k].tolist()
            if numbers[group] == 0 and story not in taken:
                numbers[group] = story
                taken.add(story)
        for group in sorted(np.flatnonzero(numbers == 0).tolist(), key=anchor_ids.__getitem__):
            self.last_story += 1
            numbers[group] = self.last_story
        return numbers

    def _relate(self, rows: Array, places: Array, anchor_of: Array, bridges: set[tuple[int, int]]) -> None:
        """Note what some articles are to their anchors."""
        numbers, stories = self.live.articles.number[rows].tolist(), self.live.articles.story[rows].tolist()
        own = anchor_of[places] == places
        for i in places[own].tolist():
            self.journal.members[numbers[i]] = (stories[i], rule.ANCHOR, 1.0, 1.0)
        members = places[~own]
        if not members.size:
            return
        anchors = anchor_of[members]
        both = np.unique(np.concatenate([members, anchors]))
        judge = self._judge_rows(rows[both])
        matches = judge.judge(np.searchsorted(both, members), np.searchsorted(both, anchors))
        jaccard, containment = verify.jaccard(matches).tolist(), verify.containment(matches).tolist()
        for k, (i, anchor) in enumerate(zip(members.tolist(), anchors.tolist(), strict=True)):
            apart = matches.verdict[k] != rule.SAME or (min(i, anchor), max(i, anchor)) in bridges
            relation = rule.LINKED if apart else int(matches.relation[k])
            self.journal.members[numbers[i]] = (stories[i], relation, jaccard[k], containment[k])

    def judge_articles(self, left: int, right: int) -> Found:
        """The verdict on two articles."""
        rows = np.array([left, right])
        verifier = self._judge_rows(rows)
        return Found(verifier.judge(np.array([0]), np.array([1])), rows, verifier)

    def find_article(self, x: int) -> Found:
        """The verified pairs of an article's text."""
        t = int(self.live.articles.text[x])
        return self.find(t, self.live.sample_of(t, self.settings.shingle_width, self._bound)[0])

    def has_members(self, story: int, near: set[int], but: int = NOWHERE) -> bool:
        """Whether a story has members that edges or links lead to from some articles, but for one of them."""
        rows = self._component(near)
        members = rows[self.live.articles.story[rows] == story]
        return bool((members != but).any())

    def stories(self) -> set[int]:
        """The numbers of all stories."""
        return set(self.live.articles.story[self.live.every_article()].tolist())

    def return_to(self, x: int, story: int) -> None:
        """Count an article that was removed and added again, with other content, as a member of its former story."""
        self.live.articles.story[x] = story
        self.journal.moved.pop(self.live.id_of(x), None)

    def check_link(self, a: bytes, b: bytes, must: bool) -> None:
        """See whether a link between two ids can stand beside the others; what was said of just these two is let be.

        Raises:
            LinkError: It contradicts them.
        """
        own = {(a, b), (b, a)}
        together = self._required({a, b} if must else {a}, own)
        apart = {(one, other) for one in together for other in self.cannot.get(one, ())} - own
        for one, other in sorted(apart if must else own):
            if one in together and other in together:
                names = ", ".join(repr(name.decode("utf-8", "replace")) for name in sorted((one, other)))
                raise LinkError(
                    f"({names}): must_link puts both into one story and cannot_link keeps them apart, directly or "
                    "through other articles; take one of the links back"
                )

    def _required(self, ids: set[bytes], without: set[tuple[bytes, bytes]]) -> set[bytes]:
        """The ids that must_link names together with some, those included, without some of the links."""
        found, left = set(ids), list(ids)
        while left:
            one = left.pop()
            more = {other for other in self.must.get(one, ()) if (one, other) not in without} - found
            found |= more
            left += more
        return found

    def forget_links(self, article_id: bytes) -> None:
        """Forget what the caller said of an article."""
        for said in (self.must, self.cannot):
            for other in said.pop(article_id, set()):
                said[other].discard(article_id)
                if not said[other]:
                    del said[other]

    @contextmanager
    def trial(
        self, article_id: bytes, fingerprints: Fingerprints, name: str, published: int, title: int
    ) -> Iterator[tuple[int, Found]]:
        """An article among the others for as long as the context lasts: its row, and its verified pairs."""
        kept, left, dirty, names = self.journal, self._left, len(self._dirty), len(self.names)
        self.journal, self._left = Journal(), set()
        own = article_id
        while self.live.find(own) != NOWHERE:
            own += b"\0"
        x, _ = self.add(own, 0, fingerprints, 0, name, published, title, 0)
        try:
            yield x, self.found
        finally:
            self.remove(x)
            for extra in self.names[names:]:
                if self._outlet_number.get(self.keys[self._name_number[extra]], 0) >= names:
                    del self._outlet_number[self.keys[self._name_number[extra]]]
                del self._name_number[extra]
            del self.names[names:], self.keys[names:], self._dirty[dirty:]
            self.journal, self._left = kept, left

    # Loading

    def restore_text(self, number: int, words: bytes, flags: bytes, signature: bytes) -> None:
        """Take over a text as it was kept."""
        own_words, own_flags = np.frombuffer(words, np.uint32), np.frombuffer(flags, np.uint8)
        own = np.frombuffer(signature, np.uint32)
        keys = np.empty(own.size // self._band_rows, np.uint32)
        band_keys(own, self._band_rows, keys)
        digest = np.empty(1, np.uint64)
        start = np.array([0, own_words.size])
        digest_texts(own_words, own_flags & np.uint8(0xFF ^ FURNITURE), start, digest)
        sample, _ = sample_words(own_words, 0, own_words.size, self.settings.shingle_width, self._bound)
        t = self.live.add_text(
            number, own_words, own_flags, sample, keys, own.astype(np.uint8), order_keys(own[None])[0], digest[0]
        )
        self._row_of_text[number] = t

    def restore_furniture(self, sampled: int, members: bytes) -> None:
        """Take over what was known of a sampled hash, as the journal told it."""
        self.live.put_furniture(sampled, np.frombuffer(members, np.int32))

    def restore_pending(self, sample: bytes) -> None:
        """Take over the sampled hashes of a text that came or went since the last refresh."""
        self._dirty.append(np.frombuffer(sample, np.uint32))

    def restore_article(
        self,
        number: int,
        article_id: bytes,
        text: int,
        name: int,
        published: int,
        title: int,
        content: int,
        story: int,
        anchor: int,
    ) -> None:
        """Take over an article whose text is there."""
        live = self.live
        t = self._row_of_text[text]
        x = live.add_article(article_id, number, t, name, self.outlet_number(name), published, title, content)
        live.articles.story[x], live.articles.anchor[x] = story, -1
        self._row_of_article[number] = x
        self._anchor_of[x] = anchor

    def restore_edges(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        """Take over the edges of articles that are there, and let go of what only loading needs."""
        row_of, live = self._row_of_article, self.live
        for left, right, data in rows:
            numbers = np.frombuffer(data[:-2], np.int32)
            live.put_edge(row_of[left], row_of[right], numbers[:EVIDENCE], numbers[EVIDENCE:], data[-2], data[-1])
        for x, anchor in self._anchor_of.items():
            live.articles.anchor[x] = row_of.get(anchor, x)
        self._row_of_text, self._row_of_article, self._anchor_of = {}, {}, {}


def split_pairs(pairs: Array) -> list[tuple[int, int]]:
    """Pairs given as left · 2^32 + right."""
    return list(zip((pairs >> np.uint64(32)).tolist(), (pairs & LOW_WORD).tolist(), strict=True))
