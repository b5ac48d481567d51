"""Articles that come and go → stories, at each step the ones that a batch of the live articles gives.

The same rooms as in ``batch``, over ``live``: what changes is found, linked and grouped anew, and nothing else is
looked at. Three things can change beside an article itself, and are followed:

- an overfull bucket pairs other texts when one comes between them or goes (``Live.held_apart``);
- the articles of one text are paired with the nearest in time, so that another one changes who is;
- what is furniture, and which outlet a name stands for, is learnt from the whole live set: it is applied at a
  ``refresh``, and until then what was known at the last one holds.

What would take long waits: texts whose furniture has changed are done a few at a time (``work_off``), and a component
of more than LARGE articles is grouped anew at the next refresh; till then an article that comes to it joins a story
whose anchor it matches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from storycluster import furniture, grouping, verify
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Catalog, Fingerprints, Matches, Pairs, Texts
from storycluster.errors import LinkError, StoreError
from storycluster.fingerprint import permutations, recipe, sample_bound, signature_length
from storycluster.kernels import rule
from storycluster.kernels.live import KEPT, Limits
from storycluster.kernels.overlap import EVIDENCE
from storycluster.kernels.postings import NOWHERE
from storycluster.live import Live, Sketch
from storycluster.outlets import Aliases, outlet_key, outlet_keys
from storycluster.settings import Settings
from storycluster.story_ids import StoryIds

LOW_WORD = np.uint64(0xFFFFFFFF)
LARGE = 512
"""Articles of a component from which it isn't grouped anew at each change."""
ANCHORS_ASKED = 8
"""Stories whose anchors an article that comes to a large component is compared with, at most."""
WORKED_OFF = 2
"""Texts whose furniture is brought up to date with each article that comes, at least; of many, one in SHARE_OFF."""
SHARE_OFF = 1_000
MOST_WORKED_OFF = 8


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
        texts: Rows of new texts → the keys of their bands.
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


class Stream:
    """The stories of a set of articles that changes.

    Args:
        settings: All numbers.
        aliases: The caller's own outlet aliases.
    """

    def __init__(self, settings: Settings, aliases: Aliases | None = None) -> None:
        self.settings = settings
        self.aliases = aliases
        self._band_rows = settings.bands_rows[1]
        self._permutations = permutations(signature_length(settings), settings.seed)
        limits = Limits(
            settings.bucket_limit, settings.bucket_neighbors, settings.min_shared_samples, settings.min_shared_share,
            settings.shingle_width, settings.run, settings.gap, verify.NEAREST, UNKNOWN_TIME,
            int(sample_bound(settings)), furniture.REACH * settings.sample_rate,
        )  # fmt: skip
        self.live = Live(self._permutations, self._band_rows, limits, verify.rule_numbers(settings))
        self.journal = Journal()
        self.last_story = 0
        self.story_ids = StoryIds()
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
        self._anchors: list[Array] = []  # numbers of the anchors of articles that are being loaded
        self._left: set[int] = {0}  # stories that lost an article since the last ``settle``; 0 is none
        self._crowded = False  # whether a bucket of the text linked last is overfull
        self._restate: set[int] = set()  # articles whose scores may have changed since then
        self._at_once = False  # whether large components are to be grouped now: an anchor has gone, or at a refresh
        self._outlets_of: dict[int, set[int]] = {}  # stories that took articles in so → the outlets that ran them
        self._overdue: set[int] = set()  # articles of large components that changed since the last refresh
        self._due: dict[int, int] = {}  # number → row of texts to be brought up to date with what was learnt

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
        signature, digest = fingerprints.signatures[i], fingerprints.digests[i]
        sample = fingerprints.sample[int(fingerprints.sample_start[i]) : int(fingerprints.sample_start[i + 1])]
        keys, order = live.index_keys(signature)
        sketch = Sketch(sample, keys, signature)
        t = live.find_text(keys[0], order, digest)
        fresh = t == NOWHERE
        if fresh:
            at = slice(int(fingerprints.word_start[i]), int(fingerprints.word_start[i + 1]))
            t = live.add_text(number, fingerprints.words[at], fingerprints.flags[at], sketch, order, digest)
            self.journal.texts[t] = keys
        name_number = self.name_number(name)
        outlet = self.outlet_number(name_number)
        recurring = None if fresh else live.recurring_in(t, sketch.sample)
        x = live.add_article(article_id, number, t, name_number, outlet, published, title, content)
        self._await(sketch.sample)
        self._restate.add(x)
        touched = {x} | self._relink_near(t, x, sketch, recurring)
        if fresh and self._crowded:
            touched |= self._part(live.held_apart(t, sketch))
        return x, touched

    def _relink_near(
        self, t: int, x: int, sketch: Sketch, recurring: Array | None, place: int | None = None
    ) -> set[int]:
        """Link anew what the coming or going of an article of a text can change.

        Args:
            t: The text.
            x: The article.
            sketch: What the text is indexed by.
            recurring: Which of its samples were furniture before; None where there was no such text.
            place: Where the article stood among those of the text, if it is gone.
        """
        if recurring is not None and (recurring != self.live.recurring_in(t, sketch.sample)).any():
            return self._relink_reflagged(t, sketch)
        if self.live.texts.articles[t] <= 2 * verify.NEAREST:
            return self.relink(t, sketch)
        at = self.live.place_in_run(x) if place is None else place
        # an article is paired with the nearest of each text: what comes or goes pushes out, or lets in, its neighbors
        low, high = max(0, at - verify.NEAREST), at + verify.NEAREST + 1
        return self.relink(t, sketch, low, min(high, int(self.live.texts.articles[t])))

    def _relink_reflagged(self, t: int, sketch: Sketch) -> set[int]:
        """Link a text anew of which verdicts on pairs without an edge may have changed, too."""
        return self.relink(t, sketch) | set(self.live.run_of(t).tolist())

    def remove(self, x: int) -> set[int]:
        """Take an article out.

        Returns:
            The rows of articles whose stories may change.
        """
        live = self.live
        t = int(live.articles.text[x])
        number = int(live.articles.number[x])
        sketch = live.sketch_of(t)
        self._await(sketch.sample)
        edges = live.edges_of(np.array([x]))
        self._at_once |= bool(edges.size) and int(live.articles.anchor[x]) == x
        touched = self._drop_edges(edges.tolist()) | self._linked(x)
        story = int(live.articles.story[x])
        if story and int(live.articles.anchor[x]) == x:
            self.story_ids.keep(story, live.id_of(x))
        self.journal.move(live.id_of(x), story, 0)
        self.journal.members.pop(number, None)
        self._left.add(story)
        self._outlets_of.pop(story, None)
        if x in self._overdue:
            self._overdue.discard(x)
            self.journal.overdue[number] = False
        place, recurring = live.place_in_run(x), live.recurring_in(t, sketch.sample)
        live.remove_article(x)
        if live.texts.articles[t]:
            touched |= self._relink_near(t, x, sketch, recurring, place)
        else:
            apart = live.held_apart(t, sketch)
            text = int(live.texts.number[t])
            if t in self.journal.texts:
                del self.journal.texts[t]
            else:
                self.journal.dropped_texts.append(text)
            if self._due.pop(text, None) is not None:
                self.journal.due[text] = False
            live.remove_text(t, sketch)
            if apart.size:
                touched |= self._join(apart)
        return touched - {x}

    def _await(self, sample: Array) -> None:
        """Note that what is learnt of some sampled hashes may have changed."""
        self.journal.pending.append(sample.tobytes())
        self._dirty.append(np.frombuffer(self.journal.pending[-1], np.uint32))

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

    def find(self, t: int, sketch: Sketch) -> Found:
        """The verified pairs of a text's articles with all others, and with each other."""
        live = self.live
        partners = np.empty(0, np.int32)
        if live.texts.words[t] >= self.settings.min_words:
            partners = live.propose(t, sketch)
            partners = partners[live.texts.words[partners] >= self.settings.min_words]
        texts = live.canonical(np.append(partners, t))
        own = int(np.flatnonzero(texts == t)[0])
        others = np.arange(texts.size) if live.texts.articles[t] > 1 else np.delete(np.arange(texts.size), own)
        left, right = np.minimum(others, own), np.maximum(others, own)
        verifier, rows = self._verifier(texts)
        return Found(verifier.verify(Pairs(left, right)), rows, verifier)

    def relink(self, t: int, sketch: Sketch, low: int = 0, high: int | None = None) -> set[int]:
        """Find anew what the articles of a text match.

        Args:
            t: The text.
            sketch: What it is indexed by.
            low: The first place among its articles that is looked at.
            high: The place after the last one; all if None.

        Returns:
            The rows of articles whose matches have changed.
        """
        live = self.live
        high = int(live.texts.articles[t]) if high is None else high
        stale, ends, evidence, relation, self._crowded = live.relink(t, low, high, sketch)
        touched = self._drop_edges(stale.tolist()) if stale.size else set()
        return touched | self._put_edges(ends, evidence, relation) if len(ends) else touched

    def _put_edges(self, ends: Array, evidence: Array, relation: Array) -> set[int]:
        """Keep edges; the articles at their ends."""
        self.live.put_edges(ends, evidence, relation)
        numbers = self.live.articles.number[ends].tolist()
        for k, (left, right) in enumerate(numbers):
            self.journal.edges[left, right] = evidence[k].tobytes() + bytes((relation[k],))
            self.journal.dropped_edges.discard((left, right))
        return set(ends.ravel().tolist())

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
        left, right = split_pairs(live.linked_pairs(pairs))
        if not left.size:
            return set()
        apart = ~live.which_proposed(left, right)
        touched: set[int] = set()
        for s, t in zip(left[apart].tolist(), right[apart].tolist(), strict=True):
            edges = live.edges_of(live.articles_of(np.array([s]))[0])
            ends = live.articles.text[live.edges.ends[edges]]
            touched |= self._drop_edges(edges[(ends == t).any(axis=1)].tolist())
        return touched

    def _join(self, pairs: Array) -> set[int]:
        """Link those pairs of texts that propose each other now; the articles at new edges."""
        live = self.live
        enough = live.texts.words >= self.settings.min_words
        left, right = split_pairs(np.setdiff1d(pairs, live.linked_pairs(pairs.copy())))
        long = enough[left] & enough[right]
        left, right = left[long], right[long]
        if left.size:
            proposed = live.which_proposed(left, right)
            left, right = left[proposed], right[proposed]
        if not left.size:
            return set()
        now = np.stack([left, right], axis=1).tolist()
        texts = live.canonical(np.unique(np.array(now)))
        place = {t: i for i, t in enumerate(texts.tolist())}
        sides = np.array([sorted((place[s], place[t])) for s, t in now])
        sides = sides[np.lexsort((sides[:, 1], sides[:, 0]))]
        verifier, rows = self._verifier(texts)
        matches = verifier.verify(Pairs(sides[:, 0], sides[:, 1]))
        same = np.flatnonzero(matches.verdict == rule.SAME)
        if not same.size:
            return set()
        ends = np.stack([rows[matches.left[same]], rows[matches.right[same]]], axis=1).astype(np.int32)
        return self._put_edges(ends, matches.evidence[same][:, KEPT], matches.relation[same])

    def _linked(self, x: int) -> set[int]:
        """The articles that must_link names together with one."""
        if not self.must:
            return set()
        rows = (self.live.find(other) for other in self.must.get(self.live.id_of(x), ()))
        return {row for row in rows if row != NOWHERE}

    # Furniture

    def _learn(self) -> set[int]:
        """Find out which names are one outlet, and what is furniture; the texts that this may concern are due then.

        Returns:
            The rows of articles that another outlet ran by that.
        """
        live = self.live
        renamed = self._learn_outlets()
        self._dirty += [live.sketch_of(t).sample for t in renamed]
        due = set(renamed)
        if self._dirty:
            changed, texts = live.learn(np.unique(np.concatenate(self._dirty)), self._numbers)
            due |= set(texts.tolist())
            for sampled in changed.tolist():
                self.journal.furniture[sampled] = live.furniture_of(sampled).tobytes()
        self._dirty = []
        self.journal.pending, self.journal.refreshed = [], True
        for number, t in sorted((int(live.texts.number[t]), t) for t in due):
            if self._due.setdefault(number, t) == t:
                self.journal.due[number] = True
        self._due = dict(sorted(self._due.items()))
        touched: set[int] = set()
        for t in renamed:  # an outlet's other name changes verdicts, and how many ran a story
            self._restate.update(live.run_of(t).tolist())
            touched |= self._relink_reflagged(t, live.sketch_of(t))
        return touched

    def work_off(self, texts: int | None = None) -> set[int]:
        """Bring texts that are due up to date with what was learnt, in the order of their numbers.

        Args:
            texts: How many at most; a few if None.

        Returns:
            The rows of articles whose stories may change.
        """
        touched: set[int] = set()
        texts = min(MOST_WORKED_OFF, max(WORKED_OFF, len(self._due) // SHARE_OFF)) if texts is None else texts
        for number in list(islice(self._due, texts)):
            t = self._due.pop(number)
            self.journal.due[number] = False
            changed = self.relink(t, self.live.sketch_of(t))
            if changed or not self._matches_all(t):
                touched |= changed | set(self.live.run_of(t).tolist())
        return touched

    def _matches_all(self, t: int) -> bool:
        """Whether the only article of a text has an edge to each other one of its component: no verdict is unknown."""
        run = self.live.run_of(t).astype(np.int64)
        return run.size == 1 and self.live.edges_of(run).size == self.live.reached(run, LARGE).size - 1

    def refresh(self, *, wholly: bool = True) -> set[int]:
        """Learn, and group large components anew.

        Args:
            wholly: Bring all texts up to date with what was learnt, not a few at a time (``work_off``).

        Returns:
            The rows of articles whose stories may change.
        """
        touched = self._learn()
        if wholly:
            touched |= self.work_off(len(self._due))
        touched |= self._overdue
        self._outlets_of = {}
        for x in self._overdue:
            self.journal.overdue[int(self.live.articles.number[x])] = False
        self._overdue = set()
        self._at_once = True
        return touched

    def learn_all(self) -> set[int]:
        """Refresh after loading: learn from all that there is."""
        self._dirty = [self.live.sketch_of(t).sample for t in self.live.every_text().tolist()]
        return self.refresh()

    def relink_all(self) -> set[int]:
        """Learn and find everything anew; the rows of all articles."""
        self.learn_all()
        for t in self.live.every_text().tolist():
            self.relink(t, self.live.sketch_of(t))
        return set(self.live.every_article().tolist())

    @property
    def pending(self) -> int:
        """Articles that came or went since the last refresh."""
        return len(self._dirty)

    @property
    def due(self) -> int:
        """Texts that are to be brought up to date with what was learnt."""
        return len(self._due)

    # Stories

    def settle(self, seeds: Iterable[int]) -> None:
        """Group the components of some articles anew and give each story its number.

        A story's number follows the majority of its articles: of all pairs of an old story and a new group, the one
        with most articles in common keeps its number first (then the older story, then the group whose anchor has the
        least id). A group that no number is left for is a new story.
        """
        seeds = set(seeds)
        x = next(iter(seeds)) if len(seeds) == 1 else NOWHERE
        if x != NOWHERE and not self.must and not self.live.articles.story[x] and self._is_alone(x):
            self._begin_story(x)
            return
        rows = self._component(seeds, self.live.count if self._at_once else LARGE)
        if rows.size > LARGE and not self._at_once:
            for x in sorted(seeds, key=self.live.id_of):
                self._place_in_large(x)
            self._overdue |= seeds
            for x in seeds:
                self.journal.overdue[int(self.live.articles.number[x])] = True
            self._left = {story for story in self._left if not self._members(story).size}
        elif rows.size:
            apart = (
                self.must or self.cannot or (len(seeds) > 1 and self.live.reached(rows[:1], rows.size).size < rows.size)
            )
            anchor = NOWHERE if apart else self.live.whole_anchor(rows)
            before = self.live.articles.story[rows]
            story = int(before.max())
            if anchor != NOWHERE and ((before == story) | (before == 0)).all():
                self._settle_whole(rows, anchor, story)
            else:
                self._regroup(np.sort(rows), seeds)
        for story in self._left - {0}:
            self.journal.stories.pop(story, None)
            self.journal.dropped_stories.add(story)
        self._left = {0}
        self._restate = set()
        self._at_once = False

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
        self._note_story(number, anchor, articles.outlet[rows])
        self._turn(rows, np.full(rows.size, anchor), before)

    def _turn(self, rows: Array, anchors: Array, before: Array, bridges: Set[tuple[int, int]] = frozenset()) -> None:
        """Give some articles, whose stories are written, their anchors, and note what has changed by it.

        Args:
            rows: The articles.
            anchors: int64: their anchors.
            before: int64: their former stories, 0 for none.
            bridges: As for ``_relate``.
        """
        live, articles = self.live, self.live.articles
        old, now = articles.anchor[rows], articles.story[rows]
        moved, turned = before != now, old != anchors
        for i in np.flatnonzero(moved).tolist():
            self.journal.move(live.id_of(int(rows[i])), int(before[i]), int(now[i]))
        for i in np.flatnonzero((moved | turned) & (before > 0) & (old == rows)).tolist():
            self.story_ids.keep(int(before[i]), live.id_of(int(rows[i])))
        articles.anchor[rows] = anchors
        stated = moved | turned
        # an equal text as anchor changes nothing for those that have it too
        text = articles.text[rows]
        equal = (text == articles.text[anchors]) & (text == articles.text[old]) & (rows != anchors) & (rows != old)
        if self._restate:
            by_anchor = self._are_restated(anchors)
            equal &= ~by_anchor & ~self._are_restated(old)
            stated |= self._are_restated(rows) | by_anchor
        self._relate(rows[stated & (moved | ~equal | (rows == anchors))].tolist(), bridges)

    def _are_restated(self, rows: Array) -> Array:
        """Which articles' scores may have changed: bool."""
        return np.fromiter((x in self._restate for x in rows.tolist()), np.bool_, rows.size)

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
                outlets = self._outlets_of[story] = set(articles.outlet[self._members(story)].tolist())
            outlets.add(int(articles.outlet[x]))
            self._note_story(story, anchor, np.fromiter(outlets, np.int32, len(outlets)))
            self._restate.add(x)
        if x in self._restate:
            self._relate([x])

    def _are_same(self, x: int, y: int) -> bool:
        """Whether two articles match, and nothing that the caller said keeps them apart."""
        if self.live.id_of(y) in self.cannot.get(self.live.id_of(x), ()):
            return False
        if self.live.articles.text[x] == self.live.articles.text[y]:
            return self.live.copies_match(x, y)
        return self.live.edge_between(x, y) != NOWHERE or bool(
            self.judge_articles(x, y).matches.verdict[0] == rule.SAME
        )

    def _members(self, story: int) -> Array:
        """The articles of a story."""
        members: Array = np.flatnonzero(self.live.articles.story == story)
        return members

    def _note_story(self, number: int, anchor: int, outlets: Array) -> None:
        """Note how a story is now."""
        live = self.live
        named = np.unique(outlets)
        count = int(named.size) - int(named[0] == NO_OUTLET)
        self.journal.stories[number] = int(live.articles.number[anchor]), live.id_of(anchor), count
        self.journal.dropped_stories.discard(number)

    def _regroup(self, rows: Array, seeds: set[int]) -> None:
        """Group some articles, ascending, that no edge or link leads out of."""
        live, articles = self.live, self.live.articles
        anchor_of, bridges = self._group(rows)
        anchors, group_of = np.unique(anchor_of, return_inverse=True)
        group_of = group_of.ravel()
        before = articles.story[rows]
        number_of = self._number_groups(before, group_of, [live.id_of(x) for x in rows[anchors].tolist()])
        now = number_of[group_of]
        moved = before != now
        articles.story[rows] = now
        self._left |= set(before[moved].tolist())
        lost = np.isin(now, np.fromiter(self._left, np.int64, len(self._left)))
        turned = articles.anchor[rows] != rows[anchor_of]
        changed = moved | turned | np.isin(rows, np.fromiter(seeds, np.int64, len(seeds))) | lost
        self._left -= set(number_of.tolist())
        for group in np.unique(group_of[changed]).tolist():
            self._note_story(int(number_of[group]), int(rows[anchors[group]]), articles.outlet[rows[group_of == group]])
        self._turn(rows, rows[anchor_of], before, bridges)

    def _component(self, seeds: set[int], most: int) -> Array:
        """The articles that edges and links lead to from some; no more than so many and some are looked for."""
        rows = self.live.reached(np.fromiter(seeds, np.int64, len(seeds)), most)
        while self.must and rows.size <= most:
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
        edges = live.edges_of(rows)
        ends = np.searchsorted(rows, live.edges.ends[edges])
        evidence = np.zeros((edges.size, EVIDENCE), np.int32)
        evidence[:, KEPT] = live.edges.evidence[edges]
        matches = Matches(
            ends[:, 0], ends[:, 1], evidence, live.texts.shingles[live.articles.text[live.edges.ends[edges]]],
            np.full(edges.size, rule.SAME, np.uint8), live.edges.relation[edges], np.zeros(edges.size, np.uint8),
        )  # fmt: skip
        judge, catalog = self._judge(rows, live.id_order(rows))
        words = live.texts.words[live.articles.text[rows]].astype(np.int64)
        grouped = grouping.group(matches, judge, words, catalog, self._links(rows), self.settings)
        bridged = live.edges.ends[edges[np.flatnonzero(grouped.bridges)]]
        return grouped.anchor_of, set(zip(bridged.min(axis=1).tolist(), bridged.max(axis=1).tolist(), strict=True))

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

    def _links(self, rows: Array) -> grouping.Links:
        """What the caller said of some articles."""
        if not self.must and not self.cannot:
            return grouping.Links()
        ids = [self.live.id_of(x) for x in rows.tolist()]
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

    def _relate(self, members: list[int], bridges: Set[tuple[int, int]] = frozenset()) -> None:
        """Note what some articles are to their anchors.

        Args:
            members: The articles.
            bridges: Pairs that would join but for a digest, the lesser row first.
        """
        live, articles = self.live, self.live.articles
        unproposed = []
        for x in members:
            anchor, number, story = int(articles.anchor[x]), int(articles.number[x]), int(articles.story[x])
            if anchor == x:
                self.journal.members[number] = story, rule.ANCHOR, 1.0, 1.0
                continue
            if not self.must and articles.text[x] == articles.text[anchor]:
                self.journal.members[number] = story, rule.COPY, 1.0, 1.0
                continue
            e = live.edge_between(x, anchor)
            if e == NOWHERE:
                unproposed.append(x)
                continue
            shared = int(live.edges.evidence[e, 0])
            sizes = live.texts.shingles[articles.text[[x, anchor]]].tolist()
            relation = live.edges.relation[e : e + 1]
            if live.edges.ends[e, 0] != x:
                relation = verify.mirror(relation)
            if bridges and (min(x, anchor), max(x, anchor)) in bridges:
                relation = np.array([rule.LINKED])
            jaccard, containment = shared / max(sum(sizes) - shared, 1), shared / max(min(sizes), 1)
            self.journal.members[number] = story, int(relation[0]), jaccard, containment
        if not unproposed:
            return
        anchors = articles.anchor[unproposed].astype(np.int64)
        both = np.unique(np.concatenate([unproposed, anchors]))
        matches = self._judge_rows(both).judge(np.searchsorted(both, unproposed), np.searchsorted(both, anchors))
        scores = zip(verify.jaccard(matches).tolist(), verify.containment(matches).tolist(), strict=True)
        for k, (x, (jaccard, containment)) in enumerate(zip(unproposed, scores, strict=True)):
            told = int(matches.relation[k]) if matches.verdict[k] == rule.SAME else rule.LINKED
            self.journal.members[int(articles.number[x])] = int(articles.story[x]), told, jaccard, containment

    def judge_articles(self, left: int, right: int) -> Found:
        """The verdict on two articles."""
        rows = np.array([left, right])
        verifier = self._judge_rows(rows)
        return Found(verifier.judge(np.array([0]), np.array([1])), rows, verifier)

    def find_article(self, x: int) -> Found:
        """The verified pairs of an article's text."""
        t = int(self.live.articles.text[x])
        return self.find(t, self.live.sketch_of(t))

    def has_others(self, x: int, story: int) -> bool:
        """Whether a story has members beside an article."""
        return bool((self._members(story) != x).any())

    def stories(self) -> set[int]:
        """The numbers of all stories."""
        return set(self.live.articles.story[self.live.every_article()].tolist())

    def return_to(self, x: int, story: int) -> None:
        """Count an article that was removed and added again, with other content, as a member of its former story."""
        self.live.articles.story[x] = story
        self._note_story(story, x, self.live.articles.outlet[[x]])  # in a large component nothing else would tell
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
        kept, left, restate, dirty, names = self.journal, self._left, self._restate, len(self._dirty), len(self.names)
        self.journal, self._left, self._restate = Journal(), set(), set()
        own = article_id
        while self.live.find(own) != NOWHERE:
            own += b"\0"
        x, _ = self.add(own, 0, fingerprints, 0, name, published, title, 0)
        try:
            yield x, self.find_article(x)
        finally:
            self.remove(x)
            for extra, key in zip(self.names[names:], self.keys[names:], strict=True):
                if self._outlet_number.get(key) == self._name_number.pop(extra):
                    del self._outlet_number[key]
            del self.names[names:], self.keys[names:], self._dirty[dirty:]
            self.journal, self._left, self._restate, self._at_once = kept, left, restate, False

    # Loading

    def restore_texts(self, numbers: Sequence[int], words: Sequence[bytes], sketches: Sequence[bytes]) -> None:
        """Take over texts, in the order of their numbers."""
        self.live.load_texts(np.array(numbers, np.int64), words, sketches)

    def restore_furniture(self, sampled: int, members: bytes) -> None:
        """Take over what was known of a sampled hash, as the journal told it."""
        self.live.put_furniture(sampled, np.frombuffer(members, np.int32))

    def restore_pending(self, sample: bytes) -> None:
        """Take over the sampled hashes of a text that came or went since the last refresh."""
        self._dirty.append(np.frombuffer(sample, np.uint32))

    def restore_due(self, number: int) -> None:
        """Take over that a text that is there is due to be brought up to date; in the order of their numbers."""
        self._due[number] = int(places_of(self.live.text_numbers, [number], "a text that waits")[0])

    def restore_overdue(self, number: int) -> None:
        """Take over that the large component of an article that is there is to be grouped anew."""
        self._overdue.add(int(places_of(self.live.article_numbers, [number], "an article that waits")[0]))

    def restore_articles(
        self,
        numbers: Sequence[int],
        ids: Sequence[bytes],
        texts: Sequence[int],
        names: Sequence[int],
        published: Sequence[int],
        titles: Sequence[int],
        contents: Sequence[int],
        stories: Sequence[int],
        anchors: Sequence[int],
    ) -> None:
        """Take over articles, in the order of their numbers, when all texts and names are there."""
        outlet_of = np.array([self.outlet_number(i) for i in range(len(self.names))] + [NO_OUTLET], np.int32)
        name = np.array(names, np.int32)
        if (name >= len(self.names)).any():
            raise StoreError("the index is damaged: an article's outlet is missing; restore a backup")
        self.live.load_articles(
            ids,
            {
                "number": np.array(numbers, np.int64),
                "text": places_of(self.live.text_numbers, texts, "an article's text"),
                "name": name, "outlet": outlet_of[name], "published": np.array(published, np.int64),
                "title": np.array(titles, np.int64).view(np.uint64), "content": np.array(contents, np.uint64),
                "story": np.array(stories, np.int64),
            },
        )  # fmt: skip
        self._anchors.append(np.array(anchors, np.int64))

    def restore_edges(self, lefts: Sequence[int], rights: Sequence[int], evidence: Sequence[bytes]) -> None:
        """Take over edges, when all articles are there."""
        known = self.live.article_numbers
        ends = np.stack([places_of(known, side, "a match's article") for side in (lefts, rights)], axis=1)
        data = np.frombuffer(b"".join(evidence), np.uint8).reshape(len(evidence), -1)
        self.live.load_edges(ends.astype(np.int32), data[:, :-1].copy().view(np.int32), data[:, -1].copy())

    def restored(self) -> None:
        """All is there: what only loading needs is let go of."""
        if self._anchors:
            known = self.live.article_numbers
            wanted = np.concatenate(self._anchors)
            anchor = np.minimum(np.searchsorted(known, wanted), known.size - 1)
            # one that is missing is found anew by a check
            self.live.articles.anchor[: known.size] = np.where(known[anchor] == wanted, anchor, np.arange(known.size))
        self._anchors = []


def split_pairs(pairs: Array) -> tuple[Array, Array]:
    """The two sides, int64, of pairs given as left · 2^32 + right."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & LOW_WORD).astype(np.int64)


def places_of(known: Array, numbers: Sequence[int] | Array, what: str) -> Array:
    """Where numbers stand among those known, ascending: int64.

    Raises:
        StoreError: One of them doesn't.
    """
    wanted = np.asarray(numbers, np.int64)
    places: Array = np.searchsorted(known, wanted)
    found = places < known.size
    found[found] = known[places[found]] == wanted[found]
    if not found.all():
        raise StoreError(f"the index is damaged: {what} is missing ({int(wanted[~found][0])}); restore a backup")
    return places
