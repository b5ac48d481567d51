"""The scikit-learn face: parameters, pipelines, grid searches, and every container of articles."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_clusterer
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.metrics.cluster import pair_confusion_matrix
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags

from storycluster import Aliases, Article, ArticleError, LabelsError, Settings, SettingsError, StoryClusterer
from storycluster import cluster_articles as cluster
from storycluster.estimator import pairwise_f1
from storycluster.testing import compose, simulate

BODY = compose("x", seed=1, words=150).text
OTHER = compose("y", seed=2, words=150).text
TEXTS = [BODY, OTHER, "TALLHAVEN - " + BODY, "Three words only."]
LABELS = [0, 1, 0, 2]


def test_every_setting_is_a_parameter_with_the_same_default() -> None:
    parameters = inspect.signature(StoryClusterer).parameters
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    assert defaults == {**Settings().to_dict(), "aliases": None, "as_of": None, "choose_lead": None}
    assert list(parameters)[: len(fields(Settings))] == [field.name for field in fields(Settings)]


def test_settings_go_in_and_come_out() -> None:
    settings = replace(Settings(), told_share=0.7, match_window=None, min_words=5)
    assert StoryClusterer(**settings.to_dict()).settings == settings
    assert StoryClusterer().settings == Settings()


def test_numpy_numbers_are_numbers() -> None:
    tuned = StoryClusterer(told_share=np.float64(0.7)).set_params(min_words=np.int64(5))
    assert tuned.settings == replace(Settings(), told_share=0.7, min_words=5)
    assert type(tuned.settings.min_words) is int
    assert tuned.fit(TEXTS).labels_.tolist() == LABELS


def test_parameters_can_be_got_set_and_cloned() -> None:
    aliases = Aliases({"Norhavn Post": ["nhp.example"]})
    estimator = StoryClusterer(told_share=0.7, aliases=aliases)
    assert estimator.get_params()["told_share"] == 0.7
    copied = clone(estimator)
    assert copied is not estimator
    assert copied.settings == estimator.settings
    assert estimator.set_params(told_share=0.3, match_window=None) is estimator
    assert (estimator.settings.told_share, estimator.settings.match_window) == (0.3, None)
    assert copied.settings.told_share == 0.7
    assert repr(StoryClusterer(told_share=0.7)) == "StoryClusterer(told_share=0.7)"
    with pytest.raises(ValueError, match="Invalid parameter 'no_such'"):
        estimator.set_params(no_such=1)


def test_wrong_parameters_are_errors_when_fitting() -> None:
    with pytest.raises(SettingsError, match="setting told_share: expected float, got str"):
        StoryClusterer(told_share="much").fit(TEXTS)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(SettingsError, match=r"setting told_share: expected 0.0 to 1.0, got 3"):
        StoryClusterer().set_params(told_share=3).fit(TEXTS)


def containers() -> dict[str, Any]:
    articles = [Article(str(i), text) for i, text in enumerate(TEXTS)]
    return {
        "texts": TEXTS,
        "tuple": tuple(TEXTS),
        "series": pd.Series(TEXTS, index=[7, 7, 3, 1]),
        "object array": np.array(TEXTS, dtype=object),
        "str array": np.array(TEXTS),
        "articles": articles,
        "mappings": [{"id": article.id, "text": article.text} for article in articles],
        "series of mappings": pd.Series([{"id": article.id, "maintext": article.text} for article in articles]),
        "frame": pd.DataFrame({"id": range(4), "body": TEXTS, "outlet": ["A", None, "B", np.nan]}),
        "generator": (article for article in articles),
    }


@pytest.mark.parametrize("name", containers())
def test_articles_come_in_any_container(name: str) -> None:
    estimator = StoryClusterer()
    assert estimator.fit(containers()[name]) is estimator
    assert estimator.labels_.tolist() == LABELS
    assert estimator.labels_.dtype == np.int64
    assert [sorted(story.article_ids) for story in estimator.stories_] == [["0", "2"], ["1"], ["3"]]
    assert estimator.stories_[0] == estimator.clustering_.stories[0]


def test_a_frame_has_dates_and_missing_cells() -> None:
    frame = pd.DataFrame(
        {
            "text": [BODY, BODY, OTHER],
            "outlet": ["Norhavn Post", "Daily Tern", None],
            "published": pd.to_datetime(["2024-03-04T08:00Z", "2024-03-04T07:00Z", None]),
        }
    )
    story = StoryClusterer().fit(frame).stories_[0]
    assert (story.first_outlet, story.first_published) == ("Daily Tern", datetime(2024, 3, 4, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("one text", "X: expected a list, array or Series of articles, got str"),
        (b"bytes", "X: expected a list, array or Series of articles, got bytes"),
        ({"text": "a mapping"}, "X: expected a list, array or Series of articles, got dict"),
        (Article("a", BODY), "X: expected a list, array or Series of articles, got Article"),
        (None, "X: expected a list, array or Series of articles, got NoneType"),
        (7, "X: expected a list, array or Series of articles, got int"),
        (np.array([TEXTS]), r"X: expected one dimension, an article each, got an array of shape \(1, 4\)"),
        (np.array(BODY), r"X: expected one dimension, an article each, got an array of shape \(\)"),
        (np.arange(3.0), r"articles\[0\]: expected an Article, a mapping or a str, got float64"),
        ([BODY, None], r"articles\[1\]: expected an Article, a mapping or a str, got NoneType"),
        (pd.Series([BODY, np.nan]), r"articles\[1\]: expected an Article, a mapping or a str, got float"),
        (pd.DataFrame({"headline": ["a"]}), r"articles\[0\]: expected a text"),
    ],
)
def test_what_holds_no_articles_is_an_error(wrong: Any, message: str) -> None:
    estimator = StoryClusterer()
    with pytest.raises(ArticleError, match=message):
        estimator.fit(wrong)
    assert not hasattr(estimator, "labels_")


def test_singletons_have_labels_of_their_own() -> None:
    labels = StoryClusterer().fit_predict([compose(str(i), seed=i).text for i in range(10)])
    assert sorted(labels.tolist()) == list(range(10))
    assert StoryClusterer().fit_predict([]).tolist() == []


def test_links_are_passed_to_fit() -> None:
    assert StoryClusterer().fit_predict(TEXTS, must_link=[("0", "1")]).tolist() == [0, 0, 0, 1]
    assert len(set(StoryClusterer().fit(TEXTS, cannot_link=[("0", "2")]).labels_.tolist())) == 4


def test_unfitted_is_an_error() -> None:
    estimator = StoryClusterer()
    with pytest.raises(NotFittedError):
        _ = estimator.stories_
    with pytest.raises(NotFittedError):
        estimator.score(TEXTS, LABELS)
    assert not hasattr(estimator, "labels_")
    assert not hasattr(estimator, "n_features_in_")
    assert not hasattr(estimator.fit(TEXTS), "n_features_in_")


def test_fitting_again_forgets_the_former_fit() -> None:
    estimator = StoryClusterer().fit(TEXTS)
    assert len(estimator.fit(TEXTS[:2]).labels_) == 2
    assert len(estimator.stories_) == 2


def test_score_is_pairwise_f1() -> None:
    estimator = StoryClusterer().fit(TEXTS)
    assert estimator.score(TEXTS, LABELS) == 1.0
    assert estimator.score(TEXTS, ["a", "b", "a", "c"]) == 1.0
    assert estimator.score(pd.Series(TEXTS), pd.Series(["a", "a", "a", "c"])) == pytest.approx(0.5)
    assert estimator.score(TEXTS, [0, 1, 2, 3]) == 0.0
    assert estimator.score(TEXTS[:2], [0, 1]) == 1.0
    with pytest.raises(LabelsError, match="y: expected one label for each of the 4 items of X, got 2"):
        estimator.score(TEXTS, [0, 1])


def test_pairwise_f1_counts_pairs() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        truth, found = random.integers(0, 5, (2, 30))
        pairs = [(i, j) for i in range(30) for j in range(i)]
        true = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
        joined = {pair for pair in pairs if found[pair[0]] == found[pair[1]]}
        assert pairwise_f1(truth.tolist(), found) == pytest.approx(2 * len(true & joined) / (len(true) + len(joined)))
    assert pair_confusion_matrix([0, 0], [0, 0]).tolist() == [[0, 0], [0, 2]]  # the layout that pairwise_f1 reads


def test_in_a_pipeline() -> None:
    shout = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    pipeline = Pipeline([("shout", shout), ("stories", StoryClusterer(told_share=0.9))])
    assert pipeline.fit_predict(TEXTS).tolist() == LABELS
    assert pipeline.named_steps["stories"].stories_[0].copies[0].article_id in {"0", "2"}
    assert pipeline.score(TEXTS, LABELS) == 1.0
    assert pipeline.set_params(stories__told_share=0.4).get_params()["stories__told_share"] == 0.4
    assert make_pipeline(StoryClusterer()).fit(TEXTS)[-1].labels_.tolist() == LABELS


def test_in_a_grid_search() -> None:
    news = simulate(120, seed=6, words=150)
    truth = [news.truth[article.id] for article in news.articles]
    search = GridSearchCV(
        StoryClusterer(as_of=datetime(2040, 1, 1, tzinfo=UTC)),
        {"told_share": np.array([0.45, 1.0]), "min_words": [25, 10_000]},
        cv=GroupKFold(2),
        error_score="raise",
    )
    search.fit(list(news.articles), truth, groups=truth)
    scores = dict(
        zip(
            [(p["told_share"], p["min_words"]) for p in search.cv_results_["params"]],
            search.cv_results_["mean_test_score"],
            strict=True,
        )
    )
    assert search.best_params_ == {"told_share": 0.45, "min_words": 25}
    assert scores[0.45, 25] > 0.6
    assert scores[0.45, 25] > scores[1.0, 25] > scores[1.0, 10_000] == 0.0
    assert search.best_estimator_.labels_.tolist() == StoryClusterer().fit(news.articles).labels_.tolist()


def test_equals_the_function() -> None:
    assert StoryClusterer(min_words=2).fit_predict(TEXTS).tolist() == cluster(
        TEXTS, Settings(min_words=2)
    ).labels.tolist()  # fmt: skip


def test_tags_say_that_it_clusters_texts() -> None:
    tags = get_tags(StoryClusterer())
    assert is_clusterer(StoryClusterer())
    assert (tags.input_tags.string, tags.input_tags.one_d_array, tags.input_tags.two_d_array) == (True, True, False)


APPLICABLE = (
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_mixin_order",
)
"""scikit-learn's own checks that need no data. All others feed matrices of numbers, which are no articles:
``check_estimator`` itself passes over estimators of texts."""


@pytest.mark.parametrize("name", APPLICABLE)
def test_scikit_learn_checks(name: str) -> None:
    getattr(estimator_checks, name)("StoryClusterer", StoryClusterer())


def test_scikit_learn_has_no_more_checks_for_texts() -> None:
    with pytest.warns(SkipTestWarning, match="Can't test estimator StoryClusterer which requires input"):
        found = estimator_checks.check_estimator(StoryClusterer(), on_fail=None)
    assert {result["check_name"] for result in found if result["status"] == "passed"} <= set(APPLICABLE)
    assert {result["check_name"] for result in found if result["status"] == "failed"} == set()


def test_importing_storycluster_does_not_import_scikit_learn() -> None:
    program = (
        "import sys, storycluster; assert 'sklearn' not in sys.modules; "
        "storycluster.StoryClusterer; assert 'sklearn' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
