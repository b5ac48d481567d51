"""Label maps and labelled pairs → precision, recall and the pairs that are wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import nan

from storycluster.evaluation.labels import LabelledPair
from storycluster.evaluation.rates import Rate


def ratio(part: float, whole: float) -> float:
    """Part / whole; NaN of none."""
    return part / whole if whole else nan


def harmonic(a: float, b: float) -> float:
    """F1: the harmonic mean, 0–1; NaN where one of the two is."""
    return 2 * a * b / (a + b) if a + b else 0.0


@dataclass(frozen=True, slots=True)
class PairScores:
    """How a partition fares on labelled pairs.

    Args:
        precision: Of the scored pairs joined, those that must join.
        recall: Of the pairs that must join, those joined.
        weighted_precision: The same by weight, 0–1; NaN of none.
        weighted_recall: The same by weight, 0–1; NaN of none.
        joined: Label → how many of its pairs were joined, unscored labels too.
        false_joins: Joined, and must stay apart.
        misses: Apart, and must join.
        unknown: Pairs with an id that has no label; they count nowhere.
    """

    precision: Rate
    recall: Rate
    weighted_precision: float
    weighted_recall: float
    joined: Mapping[str, Rate]
    false_joins: tuple[LabelledPair, ...]
    misses: tuple[LabelledPair, ...]
    unknown: tuple[LabelledPair, ...]

    @property
    def f1(self) -> float:
        """Of precision and recall, 0–1."""
        return harmonic(self.precision.value, self.recall.value)

    @property
    def weighted_f1(self) -> float:
        """Of the weighted precision and recall, 0–1."""
        return harmonic(self.weighted_precision, self.weighted_recall)


def score_pairs(pairs: Iterable[LabelledPair], labels: Mapping[str, object]) -> PairScores:
    """Score a partition on labelled pairs.

    Args:
        pairs: What readers said.
        labels: Id → label; articles with equal labels are one story.
    """
    counted: list[tuple[LabelledPair, bool]] = []
    unknown = []
    for pair in pairs:
        if pair.a in labels and pair.b in labels:
            counted.append((pair, labels[pair.a] == labels[pair.b]))
        else:
            unknown.append(pair)
    right = [pair for pair, joined in counted if joined and pair.together]
    false_joins = [pair for pair, joined in counted if joined and pair.together is False]
    misses = [pair for pair, joined in counted if not joined and pair.together]
    of, hits = Counter(pair.label for pair, _ in counted), Counter(pair.label for pair, joined in counted if joined)
    weight = {name: sum(pair.weight for pair in group)
              for name, group in (("right", right), ("false", false_joins), ("missed", misses))}  # fmt: skip
    return PairScores(
        precision=Rate(len(right), len(right) + len(false_joins)),
        recall=Rate(len(right), len(right) + len(misses)),
        weighted_precision=ratio(weight["right"], weight["right"] + weight["false"]),
        weighted_recall=ratio(weight["right"], weight["right"] + weight["missed"]),
        joined={label: Rate(hits[label], of[label]) for label in sorted(of)},
        false_joins=tuple(false_joins),
        misses=tuple(misses),
        unknown=tuple(unknown),
    )


@dataclass(frozen=True, slots=True)
class LabelScores:
    """How one partition agrees with another, over the articles that both know.

    Args:
        articles: How many these are.
        only_gold: Articles that only the gold labels know.
        only_predicted: Articles that only the predicted labels know.
        precision: Of the pairs joined by the prediction, those joined by the gold labels.
        recall: Of the pairs joined by the gold labels, those joined by the prediction.
        b_cubed_precision: Mean over articles of the share of its predicted story that is of its gold story, 0–1.
        b_cubed_recall: Mean over articles of the share of its gold story that is in its predicted story, 0–1 (Bagga and
            Baldwin 1998).
        adjusted_rand: Adjusted Rand index, -0.5 to 1 (Hubert and Arabie 1985).
        v_measure: Harmonic mean of homogeneity and completeness, 0–1 (Rosenberg and Hirschberg 2007).
        false_joins: The first pairs that are joined and must not be, by id.
        misses: The first pairs that must be joined and aren't, by id.
    """

    articles: int
    only_gold: int
    only_predicted: int
    precision: Rate
    recall: Rate
    b_cubed_precision: float
    b_cubed_recall: float
    adjusted_rand: float
    v_measure: float
    false_joins: tuple[tuple[str, str], ...]
    misses: tuple[tuple[str, str], ...]

    @property
    def f1(self) -> float:
        """Of the pairwise precision and recall, 0–1."""
        return harmonic(self.precision.value, self.recall.value)

    @property
    def b_cubed_f1(self) -> float:
        """Of the B-cubed precision and recall, 0–1."""
        return harmonic(self.b_cubed_precision, self.b_cubed_recall)


def choose_two(count: int) -> int:
    """Pairs among so many."""
    return count * (count - 1) // 2


def score_labels(gold: Mapping[str, object], predicted: Mapping[str, object], *, limit: int = 100) -> LabelScores:
    """Score a partition against a gold one.

    Args:
        gold: Id → label.
        predicted: Id → label; what the labels are called plays no part.
        limit: False joins to list, and misses.
    """
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    ids = sorted(gold.keys() & predicted.keys())
    cells = Counter((gold[i], predicted[i]) for i in ids)
    rows, columns = Counter(gold[i] for i in ids), Counter(predicted[i] for i in ids)
    both = sum(map(choose_two, cells.values()))
    numbered = {label: number for number, label in enumerate(rows)}, {label: n for n, label in enumerate(columns)}
    truth, found = [numbered[0][gold[i]] for i in ids], [numbered[1][predicted[i]] for i in ids]
    return LabelScores(
        articles=len(ids),
        only_gold=len(gold) - len(ids),
        only_predicted=len(predicted) - len(ids),
        precision=Rate(both, sum(map(choose_two, columns.values()))),
        recall=Rate(both, sum(map(choose_two, rows.values()))),
        b_cubed_precision=ratio(sum(n * n / columns[column] for (_, column), n in cells.items()), len(ids)),
        b_cubed_recall=ratio(sum(n * n / rows[row] for (row, _), n in cells.items()), len(ids)),
        adjusted_rand=float(adjusted_rand_score(truth, found)) if ids else nan,
        v_measure=float(v_measure_score(truth, found)) if ids else nan,
        false_joins=tuple(list_parted(ids, predicted, gold, limit)),
        misses=tuple(list_parted(ids, gold, predicted, limit)),
    )


def list_parted(
    ids: list[str], joins: Mapping[str, object], parts: Mapping[str, object], limit: int
) -> list[tuple[str, str]]:
    """Pairs that one partition joins and the other parts: of two stories of the other one pair, ``limit`` in all."""
    stories: dict[object, list[str]] = defaultdict(list)
    for i in ids:
        stories[joins[i]].append(i)
    found: list[tuple[str, str]] = []
    for members in stories.values():
        first = {parts[i]: i for i in reversed(members)}  # of each story of the other its first article
        found += combinations(sorted(first.values()), 2)
        if len(found) >= limit:
            break
    return found[:limit]
