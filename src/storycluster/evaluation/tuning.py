"""Labelled pairs → which of several partitions to prefer, and what that choice is worth on pairs it hasn't seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storycluster.errors import LabelsError
from storycluster.evaluation.labels import LabelledPair
from storycluster.evaluation.rates import Rate
from storycluster.evaluation.scores import PairScores, score_pairs
from storycluster.fields import counted

BETA = 0.5
"""In the F-measure, how much more recall counts than precision: half, as a false join is worse than a miss."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate to prefer.

    Args:
        chosen: Its place among the candidates.
        scores: Of every candidate, on all pairs.
        held_out_precision: Summed over the folds: in each, the candidate preferred by the other folds, on its pairs.
        held_out_recall: The same.
        held_out_present: The present candidate's precision and recall on the same pairs.
        by_fold: The candidate preferred without each fold: where these differ, the pairs are too few to tell.
    """

    chosen: int
    scores: tuple[PairScores, ...]
    held_out_precision: Rate
    held_out_recall: Rate
    held_out_present: tuple[Rate, Rate]
    by_fold: tuple[int, ...]


def f_beta(scores: PairScores, beta: float) -> float:
    """The weighted F-measure (van Rijsbergen 1979), 0–1; where nothing is joined, 0."""
    precision, recall = scores.weighted_precision, scores.weighted_recall
    if precision != precision or recall != recall or precision + recall == 0:
        return 0.0
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def group_pairs(pairs: Sequence[LabelledPair]) -> list[list[int]]:
    """The places of pairs that hang together by their articles, larger groups first, then by their least id."""
    parent: dict[str, str] = {}

    def root(article: str) -> str:
        while parent.setdefault(article, article) != article:
            parent[article] = parent[parent[article]]
            article = parent[article]
        return article

    for pair in pairs:
        a, b = root(pair.a), root(pair.b)
        parent[max(a, b)] = min(a, b)
    groups: dict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        groups[root(pair.a)].append(place)
    return [groups[name] for name in sorted(groups, key=lambda name: (-len(groups[name]), name))]


def split_folds(pairs: Sequence[LabelledPair], folds: int) -> list[list[int]]:
    """The places of the pairs in folds of about one size; articles that hang together are in one fold."""
    parts: list[list[int]] = [[] for _ in range(folds)]
    for group in group_pairs(pairs):
        min(parts, key=len).extend(group)
    return parts


def choose(
    pairs: Sequence[LabelledPair],
    candidates: Sequence[Mapping[str, object]],
    *,
    present: int = 0,
    folds: int = 5,
    beta: float = BETA,
) -> Choice:
    """Choose among partitions by labelled pairs, cross-validated by groups.

    Args:
        pairs: What readers said; pairs that aren't scored, or whose articles are unknown, are left out.
        candidates: Id → label, one map a candidate. Among equals the one nearest to ``present`` is preferred.
        present: The candidate in use.
        folds: At least 2. Pairs that share an article, or hang together through others, are never on both sides.
        beta: How much more recall counts than precision.

    Raises:
        LabelsError: Too few pairs to have a copy and two groups at least.
    """
    known = candidates[present]
    pairs = [pair for pair in pairs if pair.together is not None and pair.a in known and pair.b in known]
    groups = group_pairs(pairs)
    if not any(pair.together for pair in pairs) or len(groups) < 2:
        raise LabelsError(
            f"tune: expected labelled pairs of known articles, some of them copies, of two stories at least; "
            f"got {counted(len(pairs), 'pair')} in {counted(len(groups), 'group')} that share no article"
        )

    def prefer(places: Sequence[int]) -> int:
        chosen = [pairs[place] for place in places]
        marks = [round(f_beta(score_pairs(chosen, candidate), beta), 9) for candidate in candidates]
        return min(range(len(candidates)), key=lambda i: (-marks[i], abs(i - present), i))

    parts = split_folds(pairs, min(folds, len(groups)))
    by_fold = []
    counts = [0] * 8
    for part in parts:
        inside = set(part)
        by_fold.append(prefer([place for place in range(len(pairs)) if place not in inside]))
        held_out = [pairs[place] for place in part]
        for offset, candidate in ((0, by_fold[-1]), (4, present)):
            scores = score_pairs(held_out, candidates[candidate])
            for k, rate in ((0, scores.precision), (2, scores.recall)):
                counts[offset + k] += rate.hits
                counts[offset + k + 1] += rate.of
    rates = [Rate(counts[k], counts[k + 1]) for k in range(0, 8, 2)]
    return Choice(
        chosen=prefer(range(len(pairs))),
        scores=tuple(score_pairs(pairs, candidate) for candidate in candidates),
        held_out_precision=rates[0],
        held_out_recall=rates[1],
        held_out_present=(rates[2], rates[3]),
        by_fold=tuple(by_fold),
    )
