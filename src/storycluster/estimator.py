"""The scikit-learn face of the batch: ``fit`` clusters articles, ``labels_`` and ``stories_`` hold what came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics.cluster import pair_confusion_matrix
from sklearn.utils.validation import check_is_fitted

from storycluster.batch import Links, cluster_articles
from storycluster.clustering import Clustering, StorySequence
from storycluster.columns import Array
from storycluster.errors import ArticleError, LabelsError
from storycluster.models import Article
from storycluster.outlets import Aliases
from storycluster.settings import Settings
from storycluster.story import ChooseLead

DEFAULTS = Settings()
"""Each number stands once, in ``settings.py``; the constructor's defaults are read off it."""

Item = Article | Mapping[str, Any] | str


class StoryClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Clusters articles into stories: :func:`storycluster.cluster_articles` as a scikit-learn estimator.

    Each field of ``Settings`` is a parameter of the same name, default and meaning (they are described there), so that
    ``GridSearchCV(StoryClusterer(), {"told_share": [0.4, 0.5]})`` tunes one, and
    ``StoryClusterer(**settings.to_dict())`` takes over a whole ``Settings``. Values are checked in ``fit``.

    There is no ``n_features_in_``: a text has no columns. There is no ``predict`` either: which story an article
    belongs to depends on the others it is clustered with.

    Args:
        aliases: The caller's own outlet aliases.
        as_of: Dates after this moment (a naive one is read as UTC) count as unknown; all dates count if None.
        choose_lead: Gives the id of the copy that a story shows first, from its articles; the anchor if None.

    Attributes:
        labels_: int64 (n,): for each item of X the number of its story in ``stories_``. An article alone has a
            number of its own; there is no -1.
        clustering_: The :class:`storycluster.Clustering`, with the matches behind the stories.

    >>> text = "The ferry to Norhavn was cancelled on Monday after its engine failed, the harbour office said. " * 3
    >>> StoryClusterer().fit_predict([text, "Nothing else happened.", "NORHAVN - " + text])
    array([0, 1, 0])
    """

    def __init__(
        self,
        *,
        shingle_width: int = DEFAULTS.shingle_width,
        num_perm: int = DEFAULTS.num_perm,
        seed: int = DEFAULTS.seed,
        sample_rate: int = DEFAULTS.sample_rate,
        longest_quote: int = DEFAULTS.longest_quote,
        lsh_jaccard: float = DEFAULTS.lsh_jaccard,
        lsh_recall: float = DEFAULTS.lsh_recall,
        min_shared_samples: int = DEFAULTS.min_shared_samples,
        min_shared_share: float = DEFAULTS.min_shared_share,
        bucket_limit: int = DEFAULTS.bucket_limit,
        bucket_neighbors: int = DEFAULTS.bucket_neighbors,
        min_words: int = DEFAULTS.min_words,
        run: int = DEFAULTS.run,
        gap: int = DEFAULTS.gap,
        min_prose: int = DEFAULTS.min_prose,
        own_share: float = DEFAULTS.own_share,
        told_share: float = DEFAULTS.told_share,
        told_share_outlet: float = DEFAULTS.told_share_outlet,
        told_share_stub: float = DEFAULTS.told_share_stub,
        stub_ratio: float = DEFAULTS.stub_ratio,
        told_share_opening: float = DEFAULTS.told_share_opening,
        opening_share: float = DEFAULTS.opening_share,
        opening_words: int = DEFAULTS.opening_words,
        covered_share: float = DEFAULTS.covered_share,
        min_told: int = DEFAULTS.min_told,
        quoted_share: float = DEFAULTS.quoted_share,
        partial_share: float = DEFAULTS.partial_share,
        agreeing_numbers: int = DEFAULTS.agreeing_numbers,
        other_numbers: int = DEFAULTS.other_numbers,
        other_numbers_share: float = DEFAULTS.other_numbers_share,
        replaced_facts: float = DEFAULTS.replaced_facts,
        replaced_facts_rerun: float = DEFAULTS.replaced_facts_rerun,
        rerun_after: float = DEFAULTS.rerun_after,
        match_window: float | None = DEFAULTS.match_window,
        furniture_occasions: int = DEFAULTS.furniture_occasions,
        furniture_occasions_at_large: int = DEFAULTS.furniture_occasions_at_large,
        furniture_jaccard: float = DEFAULTS.furniture_jaccard,
        furniture_jaccard_rerun: float = DEFAULTS.furniture_jaccard_rerun,
        furniture_jaccard_at_large: float = DEFAULTS.furniture_jaccard_at_large,
        furniture_common_at_large: float = DEFAULTS.furniture_common_at_large,
        furniture_days: float = DEFAULTS.furniture_days,
        whole_share: float = DEFAULTS.whole_share,
        digest_share: float = DEFAULTS.digest_share,
        best_others: int = DEFAULTS.best_others,
        aliases: Aliases | None = None,
        as_of: datetime | None = None,
        choose_lead: ChooseLead | None = None,
    ) -> None:
        self.shingle_width = shingle_width
        self.num_perm = num_perm
        self.seed = seed
        self.sample_rate = sample_rate
        self.longest_quote = longest_quote
        self.lsh_jaccard = lsh_jaccard
        self.lsh_recall = lsh_recall
        self.min_shared_samples = min_shared_samples
        self.min_shared_share = min_shared_share
        self.bucket_limit = bucket_limit
        self.bucket_neighbors = bucket_neighbors
        self.min_words = min_words
        self.run = run
        self.gap = gap
        self.min_prose = min_prose
        self.own_share = own_share
        self.told_share = told_share
        self.told_share_outlet = told_share_outlet
        self.told_share_stub = told_share_stub
        self.stub_ratio = stub_ratio
        self.told_share_opening = told_share_opening
        self.opening_share = opening_share
        self.opening_words = opening_words
        self.covered_share = covered_share
        self.min_told = min_told
        self.quoted_share = quoted_share
        self.partial_share = partial_share
        self.agreeing_numbers = agreeing_numbers
        self.other_numbers = other_numbers
        self.other_numbers_share = other_numbers_share
        self.replaced_facts = replaced_facts
        self.replaced_facts_rerun = replaced_facts_rerun
        self.rerun_after = rerun_after
        self.match_window = match_window
        self.furniture_occasions = furniture_occasions
        self.furniture_occasions_at_large = furniture_occasions_at_large
        self.furniture_jaccard = furniture_jaccard
        self.furniture_jaccard_rerun = furniture_jaccard_rerun
        self.furniture_jaccard_at_large = furniture_jaccard_at_large
        self.furniture_common_at_large = furniture_common_at_large
        self.furniture_days = furniture_days
        self.whole_share = whole_share
        self.digest_share = digest_share
        self.best_others = best_others
        self.aliases = aliases
        self.as_of = as_of
        self.choose_lead = choose_lead

    @property
    def settings(self) -> Settings:
        """The parameters as ``Settings``.

        Raises:
            SettingsError: A parameter of the wrong type or out of range.
        """
        known = {field.name for field in fields(Settings)}
        return Settings(
            **{name: python_number(value) for name, value in self.get_params(deep=False).items() if name in known}
        )

    @property
    def stories_(self) -> StorySequence:
        """The stories, each built when asked for, in the order of their labels.

        Raises:
            NotFittedError: ``fit`` was not called.
        """
        check_is_fitted(self)
        return self.clustering_.stories

    def fit(self, X: Iterable[Item], y: object = None, *, must_link: Links = (), cannot_link: Links = ()) -> Self:
        """Cluster articles.

        Args:
            X: Articles, mappings (as for ``Article.from_mapping``) or plain texts; a list, a pandas Series, a
                one-dimensional array, or a pandas DataFrame with one article a row (missing cells are left out).
            y: Ignored.
            must_link: Pairs of ids that belong to one story whatever the texts say.
            cannot_link: Pairs of ids that never share a story.

        Raises:
            ArticleError: X or one of its items is no article.
            DuplicateIdError: One id with two different contents.
            LinkError: must_link and cannot_link contradict each other.
            SettingsError: A parameter of the wrong type or out of range, or links that are no pairs of ids.
            UnknownIdError: A link names an id that no article has.
        """
        self.clustering_ = self._cluster(X, must_link, cannot_link)
        self.labels_: Array = self.clustering_.labels
        return self

    def score(self, X: Iterable[Item], y: Iterable[object]) -> float:
        """Pairwise F1 of clustering X under these parameters, against true labels; 0–1, 1 is best.

        X is clustered anew: nothing of an earlier ``fit`` but its parameters counts, as no story of other articles can
        be predicted. Where neither the truth nor the stories join any two articles, the score is 1. Under
        cross-validation, take folds that keep a story's articles together (``GroupKFold`` with the labels as groups).

        Args:
            X: As for ``fit``.
            y: One label for each item of X; equal labels mean one story.

        Raises:
            NotFittedError: ``fit`` was not called.
            LabelsError: Not one label for each item of X.
        """
        check_is_fitted(self)
        found = self._cluster(X).labels
        truth = list(y)
        if len(truth) != len(found):
            raise LabelsError(f"y: expected one label for each of the {len(found)} items of X, got {len(truth)}")
        return pairwise_f1(truth, found)

    def _cluster(self, X: Iterable[Item], must_link: Links = (), cannot_link: Links = ()) -> Clustering:
        return cluster_articles(
            read_items(X), self.settings,
            must_link=must_link, cannot_link=cannot_link,
            aliases=self.aliases, as_of=self.as_of, choose_lead=self.choose_lead,
        )  # fmt: skip

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.no_validation = True
        return tags


def python_number(value: Any) -> Any:
    """A NumPy number, as parameter grids give them, as Python's own; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def read_items(X: Iterable[Item]) -> Iterable[Item]:
    """The items of X, whatever holds them.

    Raises:
        ArticleError: X holds no sequence of articles.
    """
    if isinstance(X, str | bytes | Mapping | Article) or not isinstance(X, Iterable):
        raise ArticleError(f"X: expected a list, array or Series of articles, got {type(X).__name__}")
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) != 1:
        if len(shape) == 2 and hasattr(X, "to_dict"):
            return read_frame(X)
        raise ArticleError(f"X: expected one dimension, an article each, got an array of shape {shape}")
    return X


def read_frame(frame: Any) -> list[Mapping[str, Any]]:
    """The rows of a pandas DataFrame as mappings, without their missing cells."""
    present = frame.notna().to_numpy()
    rows = zip(frame.to_dict("records"), present, strict=True)
    return [{name: row[name] for name, kept in zip(row, has, strict=True) if kept} for row, has in rows]


def pairwise_f1(truth: list[object], found: Array) -> float:
    """F1 of the pairs that two partitions join, 0–1; 1 where neither joins any."""
    number: dict[object, int] = {}
    numbered = np.array([number.setdefault(label, len(number)) for label in truth], np.int64)
    (_, false_joins), (missed, joined) = pair_confusion_matrix(numbered, found).tolist()
    wrong_or_right = 2 * joined + false_joins + missed
    return 1.0 if wrong_or_right == 0 else 2 * joined / wrong_or_right
