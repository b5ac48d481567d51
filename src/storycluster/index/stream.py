"""Articles that come and go → stories, at each step the ones that a batch of the live articles gives.

The same rooms as in ``batch``, over ``live``: what changes is found, linked and grouped anew, and nothing else is
looked at. Three things can change beside an article itself, and are followed:

- an overfull bucket pairs other texts when one comes between them or goes (``Live.held_apart``);
- the articles of one text are paired with the nearest in time, so that another one changes who is;
- what is furniture, and which outlet a name stands for, is learnt from the whole live set: it is applied at a
  ``refresh``, and until then what was known at the last one holds.

What would take long waits: texts whose furniture has changed are done a few at a time (``work_off``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np

from storycluster import furniture, verify
from storycluster.columns import NO_OUTLET, UNKNOWN_TIME, Array, Fingerprints, Pairs, Texts
from storycluster.fingerprint import permutations, sample_bound, signature_length
from storycluster.index import partition
from storycluster.index.links import LinkedIds
from storycluster.index.live import Live, Sketch
from storycluster.index.outlet_names import OutletNames
from storycluster.index.partition import Found, Partition
from storycluster.index.placement import MatchList
from storycluster.kernels import rule
from storycluster.kernels.live.columns import Limits
from storycluster.kernels.live.links import KEPT
from storycluster.kernels.live.postings import NOWHERE
from storycluster.kernels.sorting import LOW_WORD
from storycluster.outlets import Aliases
from storycluster.settings import Settings
from storycluster.utf8 import decode

WORKED_OFF_EVERY = 4
"""Articles that come between two times that texts are brought up to date with what was learnt."""
WORKED_OFF = 4
"""Texts whose furniture is brought up to date together, at least; of many, one in SHARE_OFF."""
SHARE_OFF = 256
LET_OFF = 4
"""Before them, so many times as many are looked at, whether they need it."""
MOST_WORKED_OFF = 64
MOST_COMPARED = 512
"""Never more than so many, nor one more after they were compared with so many, lest an article wait for them."""


class Stream(Partition):
    """The stories of a set of articles that changes.

    Args:
        settings: All numbers.
        aliases: The caller's own outlet aliases.
    """

    def __init__(self, settings: Settings, aliases: Aliases | None = None) -> None:
        self._band_rows = settings.bands_rows[1]
        self._permutations = permutations(signature_length(settings), settings.seed)
        limits = Limits(
            settings.bucket_limit, settings.bucket_neighbors, settings.min_shared_samples, settings.min_shared_share,
            settings.shingle_width, settings.run, settings.gap, settings.opening_words, settings.partial_share,
            verify.NEAREST, UNKNOWN_TIME, int(sample_bound(settings)), furniture.REACH * settings.sample_rate,
        )  # fmt: skip
        live = Live(self._permutations, self._band_rows, limits, verify.rule_numbers(settings))
        super().__init__(settings, live)
        self.outlets = OutletNames(aliases)
        self._numbers = furniture.learning_numbers(settings)
        self._least_occasions = min(settings.furniture_occasions, settings.furniture_occasions_at_large)
        self._dirty: list[Array] = []
        self._compared = 0  # with how many texts the one that was brought up to date last was compared
        self._due: dict[int, int] = {}  # number → row of texts to be brought up to date with what was learnt
        self.learnt = 0  # how often furniture was learnt

    # Outlets

    def name_number(self, name: str) -> int:
        """The number of an outlet's name, NO_OUTLET for none."""
        number = self.outlets.number_of(name)
        if number is None:
            number = self.outlets.begin(name)
            self.journal.names.add(number)
        return number

    def _learn_outlets(self) -> list[int]:
        """Find out anew which names are one outlet; the texts that another outlet ran by that."""
        changed_names = self.outlets.learn()
        if changed_names is None:
            return []
        self.journal.names.update(changed_names)
        return self.rename_outlets()

    def rename_outlets(self) -> list[int]:
        """Have articles run by the outlets that their names stand for now; the texts that another one ran by that."""
        outlet_of = self.outlets.every_outlet()
        articles, rows = self.live.articles, self.live.every_article()
        wanted = outlet_of[articles.name[rows]]  # NO_OUTLET is the last place
        changed = rows[wanted != articles.outlet[rows]]
        articles.outlet[changed] = outlet_of[articles.name[changed]]
        texts = np.unique(articles.text[changed])
        self.live.texts.flagged[texts] = 0
        renamed: list[int] = texts.tolist()
        return renamed

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
        t, sketch, reaches = self._take_text(number, fingerprints, i)
        name_number = self.name_number(name)
        outlet = self.outlets.outlet(name_number)
        recurring = live.recurring_in(t, sketch.sample) if reaches is None else np.empty(0, np.uint8)
        x = live.add_article(article_id, number, t, name_number, outlet, published, title, content)
        self.outlets.come((name_number,))
        self._restate.add(x)
        if reaches is None:
            self._await(live.may_recur(sketch.sample, self._least_occasions))
            touched = self._relink_near(t, x, sketch, recurring)
        else:
            self.journal.texts[t] = sketch.keys
            touched = self._link_new(t, sketch, reaches)
        touched.add(x)
        return x, touched

    def _take_text(self, number: int, fingerprints: Fingerprints, i: int) -> tuple[int, Sketch, Array | None]:
        """Find one of some texts, or keep and index it under a number.

        Returns:
            Its row, its sketch, and where those stand that it is paired with; None for these if it isn't new.
        """
        signature, digest = fingerprints.signatures[i], fingerprints.digests[i]
        at = slice(int(fingerprints.sample_start[i]), int(fingerprints.sample_start[i + 1]))
        sample, places = fingerprints.sample[at], fingerprints.sample_place[at]
        t, keys, order = self.live.find_text(signature, digest)
        sketch = Sketch(sample, places, keys, signature)
        if t != NOWHERE:
            return t, sketch, None
        at = slice(int(fingerprints.word_start[i]), int(fingerprints.word_start[i + 1]))
        words, flags = fingerprints.words[at], fingerprints.flags[at]
        t, reaches = self.live.add_text(number, words, flags, sketch, order, digest)
        return t, sketch, reaches

    def _link_new(self, t: int, sketch: Sketch, reaches: Array) -> set[int]:
        """Link a new text's article, and let go of the edges that the text parts; the articles at all their ends."""
        ends, evidence, relation, parted, held = self.live.link_new(t, sketch, reaches, self._least_occasions)
        self._await(held)
        touched = self._put_edges(ends, evidence, relation) if len(ends) else set()
        return touched | self._drop_edges(parted.tolist()) if parted.size else touched

    def _relink_near(self, t: int, x: int, sketch: Sketch, recurring: Array, place: int | None = None) -> set[int]:
        """Link anew what the coming or going of an article of a text can change.

        Args:
            t: The text.
            x: The article.
            sketch: What the text is indexed by.
            recurring: Which of its samples were furniture before.
            place: Where the article stood among those of the text, if it is gone.
        """
        if (recurring != self.live.recurring_in(t, sketch.sample)).any():
            return self._relink_reflagged(t, sketch)
        if self.live.texts.articles[t] <= 2 * verify.NEAREST:
            return self.relink(t, sketch)
        at = self.live.place_in_run(x) if place is None else place
        # an article is paired with the nearest of each text: what comes or goes pushes out, or lets in, its neighbors
        low, high = max(0, at - verify.NEAREST), at + verify.NEAREST + 1
        return self.relink(t, sketch, low, min(high, int(self.live.texts.articles[t])))

    def _relink_reflagged(self, t: int, sketch: Sketch) -> set[int]:
        """Link a text anew of which verdicts on pairs without an edge may have changed, too."""
        return self.relink(t, sketch, renewed=True) | set(self.live.run_of(t).tolist())

    def remove(self, x: int) -> set[int]:
        """Take an article out.

        Returns:
            The rows of articles whose stories may change.
        """
        live = self.live
        t = int(live.articles.text[x])
        number = int(live.articles.number[x])
        sketch = live.sketch_of(t)
        self._await(live.may_recur(sketch.sample, self._least_occasions))
        edges = live.edges_of(np.array([x]))
        waits = x in self._overdue
        self._at_once |= bool(edges.size or self.links.must or waits) and int(live.articles.anchor[x]) == x
        self._parted |= waits
        touched = self._drop_edges(edges.tolist()) | self._linked(x)
        story = int(live.articles.story[x])
        if story and int(live.articles.anchor[x]) == x:
            self.story_ids.keep(story, live.id_of(x))
        self.journal.move(live.id_of(x), story, 0)
        self.journal.members.pop(number, None)
        self._left.add(story)
        self._outlets_of.pop(story, None)
        if waits:  # of each part of what waits, some article does
            self._overdue |= touched
            self._overdue.discard(x)
            self.journal.overdue |= {int(live.articles.number[y]): y != x for y in touched | {x}}
        place, recurring = live.place_in_run(x), live.recurring_in(t, sketch.sample)
        self.outlets.go(int(live.articles.name[x]))
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

    def _await(self, held: Array) -> None:
        """Note that what is learnt of sampled hashes of a text that comes or goes may have changed."""
        self.journal.pending.append(held.tobytes())
        self._dirty.append(held)

    # Links between articles

    def _verifier(self, texts: Array) -> tuple[verify.Verifier, Array]:
        """Judges the articles of some texts (in canonical order); their rows in ``Live``."""
        rows, start = self.live.articles_of(texts)
        text_of = np.repeat(np.arange(texts.size), np.diff(start))
        places = Texts(text_of, np.arange(rows.size), start, np.arange(texts.size))
        return self._judge_of(texts, places, rows), rows

    def find(self, t: int, sketch: Sketch) -> Found:
        """The verified pairs of a text's articles with all others, and with each other."""
        live = self.live
        partners = np.empty(0, np.int64)
        if live.texts.words[t] >= self.settings.min_words:
            partners = live.propose(t, sketch)
            partners = partners[live.texts.words[partners] >= self.settings.min_words]
        texts = live.canonical(np.append(partners, t))
        own = int(np.flatnonzero(texts == t)[0])
        others = np.arange(texts.size) if live.texts.articles[t] > 1 else np.delete(np.arange(texts.size), own)
        left, right = np.minimum(others, own), np.maximum(others, own)
        verifier, rows = self._verifier(texts)
        return Found(verifier.verify(Pairs(left, right)), rows, verifier)

    def relink(
        self, t: int, sketch: Sketch, low: int = 0, high: int | None = None, *, renewed: bool = False
    ) -> set[int]:
        """Find anew what the articles of a text match.

        Args:
            t: The text.
            sketch: What it is indexed by.
            low: The first place among its articles that is looked at.
            high: The place after the last one; all if None.
            renewed: All verdicts on the text are judged anew: its articles' stories are grouped anew, too.

        Returns:
            The rows of articles whose matches have changed.
        """
        live = self.live
        high = int(live.texts.articles[t]) if high is None else high
        return self._change_edges(*live.relink(t, low, high, sketch, renewed=renewed)[:4])

    def _change_edges(self, stale: Array, ends: Array, evidence: Array, relation: Array) -> set[int]:
        """Forget some edges and keep others; the articles at their ends."""
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

    def _join(self, pairs: Array) -> set[int]:
        """Link those pairs of texts that propose each other now; the articles at new edges."""
        live = self.live
        left, right = split_pairs(np.setdiff1d(pairs, live.linked_pairs(pairs.copy())))
        for which in (live.may_be_same, live.which_proposed):
            kept = which(left, right)
            left, right = left[kept], right[kept]
        if not left.size:
            return set()
        both = np.stack([left, right], axis=1)
        texts = live.canonical(np.unique(both))
        by_row = np.argsort(texts)
        sides = np.sort(by_row[np.searchsorted(texts, both, sorter=by_row)], axis=1)
        sides = sides[np.lexsort((sides[:, 1], sides[:, 0]))]
        live.texts.slack[texts], live.texts.met[texts] = 0, 1  # how firm these verdicts are is not told
        verifier, rows = self._verifier(texts)
        matches = verifier.verify(Pairs(*sides.T.copy()))
        same = np.flatnonzero(matches.verdict == rule.SAME)
        if not same.size:
            return set()
        ends = np.stack([rows[matches.left[same]], rows[matches.right[same]]], axis=1).astype(np.int32)
        return self._put_edges(ends, matches.evidence[np.ix_(same, KEPT)], matches.relation[same])

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
            self.journal.furniture |= live.furniture_of(changed)
        self._dirty = []
        self.learnt += 1
        self.journal.pending, self.journal.refreshed = [], True
        for t in sorted(due):
            number = int(live.texts.number[t])
            self._due[number] = t
            self.journal.due[number] = True
        self._put_due_in_order()
        touched: set[int] = set()
        for t in renamed:  # an outlet's other name changes verdicts, and how many ran a story
            self._restate.update(live.run_of(t).tolist())
            touched |= self._relink_reflagged(t, live.sketch_of(t))
        return touched

    def _put_due_in_order(self) -> None:
        """Put the texts that are due in canonical order, copies side by side: their stories are grouped at once."""
        rows = self.live.canonical(np.fromiter(self._due.values(), np.int64, len(self._due)))
        self._due = dict(zip(self.live.texts.number[rows].tolist(), rows.tolist(), strict=True))

    def work_off(self) -> set[int]:
        """Bring a few of the texts that are due up to date with what was learnt, a component at a time.

        Returns:
            The rows of articles whose stories may change.
        """
        touched: set[int] = set()
        done = compared = 0
        share = max(WORKED_OFF, len(self._due) // SHARE_OFF)
        self._let_off(list(islice(self._due, LET_OFF * share)))
        while self._due and done < share:
            for number in self._let_off(self._due_in_component(next(iter(self._due.values())))):
                touched |= self._bring_up_to_date(number)
                compared += self._compared
                done += 1
                if done == MOST_WORKED_OFF or compared >= MOST_COMPARED:
                    return touched
        return touched

    def _let_off(self, numbers: list[int]) -> list[int]:
        """Be done with those of some texts that are due on which all verdicts are firm; the numbers of the others."""
        rows = np.fromiter((self._due[number] for number in numbers), np.int64, len(numbers))
        left = []
        for number, drifted in zip(numbers, self.live.which_drifted(rows).tolist(), strict=True):
            if drifted:
                left.append(number)
            else:
                del self._due[number]
                self.journal.due[number] = False
        return left

    def _due_in_component(self, t: int) -> list[int]:
        """The numbers of the texts that are due in the component of one of them: its story is grouped once for all."""
        live = self.live
        rows = live.reached(live.run_of(t).astype(np.int64), partition.LARGE)
        texts = list(set(live.articles.text[rows].tolist()))
        numbers = live.texts.number[texts].tolist()
        due = [text for text, number in zip(texts, numbers, strict=True) if number in self._due]
        ordered = live.canonical(np.array(due)) if len(due) > 1 else due
        own: list[int] = live.texts.number[ordered].tolist()
        return own

    def _bring_up_to_date(self, number: int) -> set[int]:
        """Link a text that is due, named by its number, anew; the rows of articles whose stories may change."""
        t = self._due.pop(number)
        self.journal.due[number] = False
        *changed, self._compared, firm = self.live.relink_due(t, partition.LARGE)
        own = self.live.run_of(t).astype(np.int64)
        if firm and not (self.links.must and self._tied(self.live.reached(own, partition.LARGE))):
            return set()
        return self._change_edges(*changed) | set(own.tolist())

    def refresh(self, *, wholly: bool = True) -> set[int]:
        """Learn, and group large components anew.

        Args:
            wholly: Bring all texts up to date with what was learnt, not a few at a time (``work_off``).

        Returns:
            The rows of articles whose stories may change.
        """
        touched = self._learn()
        if wholly:
            touched = touched.union(*map(self._bring_up_to_date, self._let_off(list(self._due))))
        touched |= self._overdue
        self._outlets_of = {}  # names may stand for other outlets now
        self._at_once = True
        return touched

    def relink_all(self) -> set[int]:
        """Learn and find everything anew, what articles are to their anchors included; the rows of all articles."""
        texts = self.live.every_text().tolist()
        self._dirty = [self.live.sketch_of(t).sample for t in texts]
        self.refresh()
        for t in texts:
            self.relink(t, self.live.sketch_of(t), renewed=True)
        self._restate = set(self.live.every_article().tolist())
        return set(self._restate)

    @property
    def pending(self) -> int:
        """Articles that came or went since the last refresh."""
        return len(self._dirty)

    @property
    def due(self) -> int:
        """Texts that are to be brought up to date with what was learnt."""
        return len(self._due)

    @property
    def overdue(self) -> int:
        """Articles whose large component is to be grouped anew."""
        return len(self._overdue)

    def find_article(self, x: int) -> Found:
        """The verified pairs of an article's text."""
        t = int(self.live.articles.text[x])
        return self.find(t, self.live.sketch_of(t))

    def list_matches(
        self, x: int, found: Found, anchor: int | None, is_inside: Callable[[Array], Array], links: LinkedIds
    ) -> MatchList:
        """An article's verified pairs, to be shown.

        Args:
            x: The article.
            found: What ``find`` gave.
            anchor: The anchor of its story, None where it is that itself or is in none.
            is_inside: Which of some articles are in its story: bool.
            links: What the caller said.
        """
        own = int(np.flatnonzero(found.rows == x)[0])
        matches = found.matches.take((found.matches.left == own) | (found.matches.right == own))
        verifier, place = found.verifier, None
        if anchor is not None:
            at = np.flatnonzero(found.rows == anchor)
            place = int(at[0]) if at.size else None
            if place is None or not ((matches.left == place) | (matches.right == place)).any():
                # no candidate pair happened to be there: the anchor alone is shown
                found = self.judge_articles(x, anchor)
                matches, verifier, own, place = found.matches, found.verifier, 0, 1
        ids = list(map(self.live.id_of, found.rows.tolist()))
        said = links.concerning(ids[own])
        return MatchList(
            matches, list(map(decode, ids)), own, verifier.words, verifier.catalog, place,
            is_inside(found.rows).tolist(), [other in said for other in ids], self.settings,
        )  # fmt: skip

    @contextmanager
    def trial(
        self, article_id: bytes, fingerprints: Fingerprints, name: str, published: int, title: int
    ) -> Iterator[tuple[int, Found]]:
        """An article among the others for as long as the context lasts: its row, and its verified pairs.

        Nothing is linked to it, and nothing of it is told in the journal.
        """
        own = article_id
        while self.live.find(own) != NOWHERE:
            own += b"\0"
        outlet = self.outlets.outlet_of(name)
        t, sketch, reaches = self._take_text(0, fingerprints, 0)
        try:
            x = self.live.add_article(own, 0, t, NO_OUTLET, outlet, published, title, 0)
            try:
                yield x, self.find(t, sketch)
            finally:
                self.live.remove_article(x)
        finally:
            if reaches is not None:
                self.live.remove_text(t, sketch)

    # Saving, and going on (``Restoring``)

    def text_rows(self) -> Iterator[tuple[int, bytes, bytes]]:
        """The number of each text, and what ``Restoring`` takes of it; in the order of their numbers."""
        live, rows = self.live, self.live.every_text()
        for t in rows[np.argsort(live.texts.number[rows])].tolist():
            yield int(live.texts.number[t]), *live.text_bytes(t, live.sketch_of(t).keys)

    def edge_rows(self) -> Iterator[tuple[int, int, bytes]]:
        """What ``Restoring`` takes of each edge."""
        live = self.live
        for e in live.edges_of(live.every_article()).tolist():
            left, right = live.articles.number[live.edges.ends[e]].tolist()
            yield left, right, live.edges.evidence[e].tobytes() + bytes((live.edges.relation[e],))

    def furniture_rows(self) -> dict[int, bytes]:
        """What ``Restoring.furniture`` takes."""
        samples = [self.live.sketch_of(t).sample for t in self.live.every_text().tolist()]
        known = self.live.furniture_of(np.unique(np.concatenate([np.empty(0, np.uint32), *samples])))
        return {sampled: outlets for sampled, outlets in known.items() if outlets}

    def pending_rows(self) -> Iterator[bytes]:
        """What ``Restoring.wait`` takes of each article that came or went."""
        return (sample.tobytes() for sample in self._dirty)

    def due_numbers(self) -> list[int]:
        """The numbers of the texts that are due."""
        return list(self._due)

    def overdue_numbers(self) -> list[int]:
        """The numbers of the articles whose large component is to be grouped anew."""
        return [int(self.live.articles.number[x]) for x in self._overdue]

    def go_on(self, due: dict[int, int], overdue: set[int], pending: list[Array]) -> None:
        """Go on where the stream was when it was saved.

        Args:
            due: Number → row of texts to be brought up to date with what was learnt.
            overdue: Rows of articles whose large component is to be grouped anew.
            pending: uint32: the sampled hashes of each text that came or went since the last refresh.
        """
        self._due, self._overdue, self._dirty = due, overdue, pending
        self._put_due_in_order()


def split_pairs(pairs: Array) -> tuple[Array, Array]:
    """The two sides, int64, of pairs given as left · 2^32 + right."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & LOW_WORD).astype(np.int64)
