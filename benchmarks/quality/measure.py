"""The whole road on a corpus, scored on its labelled pairs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.rivals import RIVALS
from storycluster import Article, Clustering, Settings, cluster_articles, read_articles
from storycluster.candidates import propose_whole
from storycluster.columns import Array
from storycluster.evaluation import LabelledPair, PairScores, Rate, score_pairs
from storycluster.evaluation.tuning import BETA, f_beta
from storycluster.testing import simulate

SETS = {"groundnews-dev": "groundnews2025", "reuters21578": "reuters21578", "saudinewsnet-early": "saudinewsnet"}
"""Corpus → the name that its labelled pairs go by."""
UNLABELLED = "allsides-12k"
"""Who else is in the crowd (``read_crowd``)."""
LANGUAGES = ("en", "de", "ru", "ar", "hi", "zh", "ja", "ko", "th")
"""Of simulated news."""
PAIR_FILES = ("groundnews-dev-pairs.jsonl", "traps-dev-pairs.jsonl")
HARD = Path(__file__).with_name("hard-pairs.jsonl")
"""Pairs of the same corpora drawn near the rule's edges: told share .35 to .75, or kept apart by facts alone. A machine
reader who didn't know the verdicts read each once, on 2026-11-28. What joins of them is no natural rate."""
MADE_UP = Path(__file__).with_name("made-up.jsonl")
"""Cases made up by a machine writer, most before it had seen the rule: a few articles each, and which pairs of them are
copies (C) or not (I), in eleven languages. Hard look-alikes are far more frequent than in the news."""
WITHOUT_COPIES = {"basil": 300}
"""Corpora in which any join is false → their stories."""
RIVAL_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
RIVAL_WIDTHS = (3, 5)


@dataclass(frozen=True, slots=True)
class Quality:
    """What one corpus says of one clustering.

    Args:
        scores: On the labelled pairs.
        proposed: Of the copies, those that both indexes together propose.
        by_lsh: Those that LSH alone proposes.
        hard: On the hard pairs; None where there are none.
    """

    scores: PairScores
    proposed: Rate
    by_lsh: Rate
    hard: PairScores | None = None

    @property
    def figures(self) -> dict[str, float]:
        """What floors are kept on: rates 0–1, and how many false joins there are."""
        return {**figures_of(self.scores), "candidate_recall": round(self.proposed.value, 4)}


def figures_of(scores: PairScores) -> dict[str, float]:
    """A rate 0–1, and how many false joins there are."""
    return {"recall": round(scores.recall.value, 4), "false_joins": len(scores.false_joins)}


def digest(paths: Sequence[Path]) -> str:
    """SHA-256 over the files, 16 hexadecimal digits."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def read_labelled(folder: Path, corpus: str) -> list[LabelledPair]:
    """The labelled pairs of a corpus."""
    lines = [line for name in PAIR_FILES for line in (folder / name).read_text("utf-8").splitlines()]
    rows = map(json.loads, lines)
    return [LabelledPair(row["a"], row["b"], row["label"], row["weight"]) for row in rows if row["set"] == SETS[corpus]]


def read_hard(corpus: str) -> list[LabelledPair]:
    """The hard pairs of a corpus."""
    rows = map(json.loads, HARD.read_text("utf-8").splitlines())
    return [LabelledPair(row["a"], row["b"], row["label"]) for row in rows if row["set"] == corpus]


def corpus_path(folder: Path, corpus: str) -> Path:
    """Where a corpus stands."""
    return folder / f"{corpus}.jsonl.gz"


def read_crowd(folder: Path) -> tuple[list[Article], dict[str, list[LabelledPair]]]:
    """All articles of SETS and of UNLABELLED, with their corpus in their ids; the labelled pairs of each of SETS."""
    articles = [
        replace(article, id=f"{corpus} {article.id}")
        for corpus in (*SETS, UNLABELLED)
        for article in read_articles(corpus_path(folder, corpus))
    ]
    pairs = {
        corpus: [
            replace(pair, a=f"{corpus} {pair.a}", b=f"{corpus} {pair.b}") for pair in read_labelled(folder, corpus)
        ]
        for corpus in SETS
    }
    return articles, pairs


def crowd_files(folder: Path) -> list[Path]:
    """What ``read_crowd`` reads."""
    return [*(corpus_path(folder, corpus) for corpus in (*SETS, UNLABELLED)), *(folder / name for name in PAIR_FILES)]


def labels_of(clustering: Clustering) -> dict[str, int]:
    """Id → story."""
    return dict(zip((article.id for article in clustering.articles), clustering.labels.tolist(), strict=True))


def share_proposed(clustering: Clustering, pairs: Sequence[LabelledPair], keys: Array) -> Rate:
    """Of the copies, those whose texts are one or stand in a proposed pair (left · 2^32 + right)."""
    place = {article.id: i for i, article in enumerate(clustering.articles)}
    text_of = clustering._road.texts.text_of
    proposed = set(keys.tolist())
    copies = [pair for pair in pairs if pair.together]
    hits = 0
    for pair in copies:
        a, b = sorted((int(text_of[place[pair.a]]), int(text_of[place[pair.b]])))
        hits += a == b or (a << 32 | b) in proposed
    return Rate(hits, len(copies))


def measure(clustering: Clustering, pairs: Sequence[LabelledPair]) -> Quality:
    """Score a clustering on labelled pairs, its candidates included."""
    road = clustering._road
    both = road.proposed
    whole = propose_whole(road.fingerprints.signatures, road.texts.rows, clustering.settings)
    return Quality(
        scores=score_pairs(pairs, labels_of(clustering)),
        proposed=share_proposed(clustering, pairs, both.left << 32 | both.right),
        by_lsh=share_proposed(clustering, pairs, whole),
    )


def measure_corpus(folder: Path, corpus: str, settings: Settings | None = None) -> Quality:
    """Cluster a corpus at once, and score it."""
    clustering = cluster_articles(read_articles(corpus_path(folder, corpus)), settings)
    found = measure(clustering, read_labelled(folder, corpus))
    return replace(found, hard=score_pairs(read_hard(corpus), labels_of(clustering)))


def measure_crowd(folder: Path, settings: Settings | None = None) -> dict[str, Quality]:
    """Cluster all corpora at once, and score each: what is learnt of a crowd must not spoil what was found without."""
    articles, pairs = read_crowd(folder)
    clustering = cluster_articles(articles, settings)
    return {corpus: measure(clustering, own) for corpus, own in pairs.items()}


def measure_simulation(
    settings: Settings | None = None, *, articles: int = 3000, languages: Sequence[str] = LANGUAGES
) -> Quality:
    """The same on simulated news."""
    news = simulate(articles, seed=11, languages=languages)
    pairs = [LabelledPair(pair.a, pair.b, pair.label) for pair in news.pairs]
    return measure(cluster_articles(news.articles, settings), pairs)


def measure_simulated_crowd(settings: Settings | None = None) -> Quality:
    """The same on so many articles of one language that its every phrase recurs."""
    return measure_simulation(settings, articles=20_000, languages=("en",))


def measure_made_up(settings: Settings | None = None) -> PairScores:
    """Cluster each made-up case by itself, and score the pairs that are beyond doubt."""
    stories: dict[str, str] = {}
    pairs: list[LabelledPair] = []
    for case in map(json.loads, MADE_UP.read_text("utf-8").splitlines()):
        if case["sure"]:
            clustering = cluster_articles(case["articles"], settings)
            stories |= {article.id: clustering.story_of(article.id).id for article in clustering.articles}
            ids = [article["id"] for article in case["articles"]]
            pairs += [LabelledPair(ids[a], ids[b], case["label"]) for a, b in case["pairs"]]
    return score_pairs(pairs, stories)


def best_rivals(folder: Path, corpus: str) -> Mapping[str, tuple[str, PairScores] | None]:
    """Each other library at its best threshold and shingle width on this very corpus; None if it isn't installed."""
    articles = list(read_articles(corpus_path(folder, corpus)))
    pairs = read_labelled(folder, corpus)
    texts, ids = [article.text for article in articles], [article.id for article in articles]
    found: dict[str, tuple[str, PairScores] | None] = {}
    for name, rival in RIVALS.items():
        tried = []
        try:
            for width in RIVAL_WIDTHS:
                for threshold in RIVAL_THRESHOLDS:
                    scores = score_pairs(pairs, dict(zip(ids, rival(texts, threshold, width), strict=True)))
                    tried.append((f_beta(scores, BETA), f"J ≥ {threshold}, {width} words", scores))
        except ImportError:
            found[name] = None
            continue
        _, how, scores = max(tried, key=lambda one: one[0])
        found[name] = how, scores
    return found
