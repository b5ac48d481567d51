"""Labels → scores. Takes label maps and labelled pairs from anybody, so that everybody is scored by the same code."""

from storycluster.evaluation.labels import LabelledPair, holds_pairs, read_labels, read_pairs
from storycluster.evaluation.rates import Rate
from storycluster.evaluation.scores import LabelScores, PairScores, score_labels, score_pairs
from storycluster.evaluation.tuning import Choice, choose

__all__ = [
    "Choice", "LabelScores", "LabelledPair", "PairScores", "Rate", "choose", "holds_pairs", "read_labels", "read_pairs",
    "score_labels", "score_pairs",
]  # fmt: skip
