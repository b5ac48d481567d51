"""Articles in, stories out: what a Clustering says, and what it says of input that is no article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storycluster import (
    Aliases,
    Article,
    ArticleError,
    Clustering,
    DuplicateIdError,
    LinkError,
    Settings,
    SettingsError,
    UnknownIdError,
    cluster_articles,
    cluster_files,
)
from storycluster.testing import compose

DAY = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)


def body(seed: int, words: int = 160) -> str:
    return compose("x", seed=seed, words=words).text


QUAY = (
    "Engineers closed the eastern quay of Norhavn on Tuesday after divers found that 14 of its 52 piles had been "
    "hollowed out by shipworm. The harbour office moved three ferries to the fish market and asked crews to clear "
    "lockers and winches from the apron before the weekend. A crane that stands at its end will be taken down in "
    "pieces, because the deck no longer carries its weight. Repairs are expected to last until the autumn of 2025, "
    "and the town has set aside 6.4 million crowns, twice what the last survey had asked for. "
)
LOCAL = "Readers in Tollvik will notice the change first, since their morning boat now leaves nine minutes earlier. "


def news() -> list[Article]:
    return [
        Article("post", QUAY, "Quay shut", "Norhavn Post", published=DAY),
        Article("tern", "NORHAVN (NTB) - " + QUAY, "Worm eats quay", "Daily Tern", published=DAY + timedelta(hours=1)),
        Article("cut", QUAY[:330], "", "Tollvik Mail", published=DAY + timedelta(hours=3)),
        Article("more", QUAY + LOCAL, "Ferries moved", "Tollvik Mail", published=DAY + timedelta(hours=5)),
        Article("other", body(1), "Something else", "Daily Tern", published=DAY),
        Article("short", "The quay is shut.", "Brief", "Daily Tern", published=DAY),
        Article("empty", " \n", "Nothing", "Daily Tern", published=DAY),
    ]


@pytest.fixture
def clustering() -> Clustering:
    return cluster_articles(news())


def test_copies_become_one_story_with_its_outlets(clustering: Clustering) -> None:
    assert repr(clustering) == "<Clustering: 7 articles, 4 stories>"
    assert len(clustering) == len(clustering.stories) == 4
    story = clustering.stories[0]
    assert {copy.article_id for copy in story.copies} == {"post", "tern", "cut", "more"}
    assert [outlet.name for outlet in story.outlets] == ["Norhavn Post", "Daily Tern", "Tollvik Mail"]
    assert story.outlets[2].article_ids == ("cut", "more")
    assert (story.first_outlet, story.first_published) == ("Norhavn Post", DAY)
    relations = {copy.article_id: copy.relation for copy in story.copies}
    assert relations.pop(story.anchor) == "anchor"
    assert (story.anchor, relations) == ("more", {"post": "copy", "tern": "copy", "cut": "version"})
    assert clustering.story_of("cut") == story


def test_labels_are_places_among_the_stories(clustering: Clustering) -> None:
    assert clustering.labels.dtype == "int64"
    for article, label in zip(clustering.articles, clustering.labels.tolist(), strict=True):
        assert article.id in clustering.stories[label].article_ids


def test_stories_come_by_outlets_then_copies_then_date_then_id() -> None:
    twice, thrice = body(2), body(3)
    articles = [
        Article("z", body(4), published=DAY),
        Article("y", body(5), published=DAY),
        Article("x", body(6), published=DAY - timedelta(days=1)),
        *(Article(f"t{i}", thrice) for i in range(3)),
        *(Article(f"d{i}", twice, outlet=f"Outlet {i}") for i in range(2)),
        Article("w", body(7)),
    ]
    assert [story.anchor for story in cluster_articles(articles).stories] == ["d0", "t0", "x", "y", "z", "w"]


def test_stories_are_a_sequence(clustering: Clustering) -> None:
    stories = clustering.stories
    assert list(stories) == [stories[i] for i in range(4)]
    assert stories[-1] == stories[3]
    assert stories[1:3] == [stories[1], stories[2]]
    assert stories[::-1] == list(reversed(list(stories)))
    assert stories[0] in stories
    for place in (4, -5):
        with pytest.raises(IndexError, match="there are 4"):
            stories[place]


def test_no_articles_are_no_stories() -> None:
    clustering = cluster_articles([])
    assert (len(clustering), list(clustering.stories), clustering.labels.tolist()) == (0, [], [])
    assert list(clustering.matches) == list(clustering.near_misses) == []


def test_statuses_say_what_became_of_an_article(clustering: Clustering) -> None:
    statuses = {article.id: clustering.status_of(article.id) for article in clustering.articles}
    assert statuses == {
        "post": "joined", "tern": "joined", "cut": "joined", "more": "joined",
        "other": "alone", "short": "too short", "empty": "empty",
    }  # fmt: skip


def test_a_text_has_its_place_as_id() -> None:
    clustering = cluster_articles([QUAY, body(1), QUAY])
    assert [article.id for article in clustering.articles] == ["0", "1", "2"]
    assert clustering.labels.tolist() == [0, 1, 0]


def test_any_iterable_and_any_mixture_of_items() -> None:
    def items() -> Iterator[Article | dict[str, Any] | str]:
        yield Article("a", QUAY)
        yield {"uri": "b", "body_text": QUAY}
        yield QUAY

    clustering = cluster_articles(items())
    assert [article.id for article in clustering.articles] == ["a", "b", "2"]
    assert clustering.labels.tolist() == [0, 0, 0]


def test_the_same_article_again_is_one_article() -> None:
    article = Article("a", QUAY, outlet="Post")
    record = {"text": body(1), "url": "https://post.example/1"}
    clustering = cluster_articles([article, record, Article("a", QUAY, outlet="Post"), dict(record)])
    assert len(clustering.articles) == 2
    assert clustering.labels.tolist() == [0, 1, 0, 1]
    assert len(clustering.story_of("a")) == 1


def test_one_id_with_two_contents_is_an_error() -> None:
    with pytest.raises(DuplicateIdError, match=r"articles\[2\]: the id 'a' is taken by an article with other content"):
        cluster_articles([Article("a", QUAY), Article("b", QUAY), Article("a", QUAY, title="New")])


@pytest.mark.parametrize("item", [7, None, b"bytes", ["list"], 1.5, object()])
def test_an_item_that_is_no_article_is_an_error_with_its_place(item: Any) -> None:
    with pytest.raises(ArticleError, match=r"articles\[1\]: expected an Article, a mapping or a str, got \w+"):
        cluster_articles([QUAY, item])


def test_a_mapping_that_is_no_article_is_an_error_with_its_place() -> None:
    with pytest.raises(ArticleError, match=r"articles\[1\]: expected a text"):
        cluster_articles([QUAY, {"title": "no text"}])
    with pytest.raises(ArticleError, match=r"articles\[0\]: .*expected text, got int"):
        cluster_articles([{"text": 7}])


def test_explanations_carry_figures_and_changes() -> None:
    corrected = QUAY.replace("14 of its 52", "15 of its 52").replace("Tuesday", "Tuesday morning")
    explanation = cluster_articles([QUAY, corrected]).explain("0", "1")
    assert explanation.together
    assert (explanation.match.a, explanation.match.b, explanation.match.verdict) == ("0", "1", "same")
    assert 0.8 < explanation.match.jaccard < explanation.match.containment + 1e-9 <= 1.0
    assert explanation.match.prose > 0.8
    assert "1 number replaced" in explanation.match.reason
    assert [(change.before, change.after) for change in explanation.changed_facts] == [("14", "15")]
    assert ("added", "", "morning") in [(c.kind, c.before, c.after) for c in explanation.changes]


def test_an_explanation_reads_alike_from_both_sides(clustering: Clustering) -> None:
    for a, b in [("post", "cut"), ("post", "other"), ("short", "more"), ("empty", "short")]:
        one, two = clustering.explain(a, b), clustering.explain(b, a)
        assert (one.match.a, two.match.a) == (a, b)
        for name in ("verdict", "jaccard", "containment", "prose", "reason", "linked"):
            assert getattr(one.match, name) == getattr(two.match, name), (a, b, name)
        assert one.together == two.together
    assert clustering.explain("cut", "post").match.relation == "cut"
    assert clustering.explain("post", "cut").match.relation == "extended"
    assert clustering.explain("post", "post").match.relation == "anchor"


def test_unknown_ids_are_errors(clustering: Clustering) -> None:
    for ask in (
        lambda: clustering.story_of("nobody"),
        lambda: clustering.status_of("nobody"),
        lambda: clustering.explain("post", "nobody"),
    ):
        with pytest.raises(UnknownIdError, match=r"^'nobody': no article has this id$"):
            ask()
    with pytest.raises(UnknownIdError, match=r"^must_link: 'nobody'"):
        cluster_articles(news(), must_link=[("post", "nobody")])
    with pytest.raises(UnknownIdError, match=r"^cannot_link: 'nobody'"):
        cluster_articles(news(), cannot_link=[("nobody", "post")])


def test_an_id_is_a_str_whatever_it_came_as() -> None:
    clustering = cluster_articles([{"id": 5, "text": TOLD}, {"id": 6, "text": TOLD}])
    asks: list[Callable[[Any], object]] = [
        clustering.article, clustering.story_of, clustering.status_of, lambda number: clustering.explain("6", number),
        lambda number: clustering.judge_pairs([("6", number)]),
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(UnknownIdError, match=r"^5: expected an id as str, got int; "):
            ask(5)
    assert clustering.article("5").id == "5"


def test_matches_are_bounded_and_each_comes_once() -> None:
    words = QUAY.split()
    copies = [" ".join([*words[:i], f"word{i}", *words[i + 1 :]]) for i in range(40)] + [QUAY] * 20
    for best in (0, 1, 3):
        clustering = cluster_articles(copies, Settings(best_others=best))
        assert len(clustering) == 1
        matches = list(clustering.matches)
        pairs = Counter(frozenset((match.a, match.b)) for match in matches)
        assert max(pairs.values()) == 1
        anchor = clustering.stories[0].anchor
        assert sum(match.b == anchor for match in matches) >= 59
        assert 59 <= len(matches) <= 59 + best * 60
        assert {match.verdict for match in matches} == {"same"}
        assert all(match.relation for match in matches)
        if best == 0:
            assert [match.b for match in matches] == [anchor] * 59


def test_near_misses_are_the_look_alikes_between_stories() -> None:
    year_later = Article("again", QUAY, outlet="Norhavn Post", published=DAY + timedelta(days=365))
    form = Article("form", QUAY.replace("14", "19").replace("52", "77").replace("Norhavn", "Eskill").replace(
        "Tuesday", "Friday").replace("2025", "2031").replace("6.4", "9.9"), published=DAY)  # fmt: skip
    clustering = cluster_articles([*news(), year_later, form])
    misses = {frozenset((match.a, match.b)): match for match in clustering.near_misses}
    assert misses[frozenset(("again", "post"))].verdict == "reprint"
    assert "365 days lie between (the window is 7)" in misses[frozenset(("again", "post"))].reason
    assert misses[frozenset(("form", "post"))].verdict == "template"
    assert "one form, other facts" in misses[frozenset(("form", "post"))].reason
    for match in misses.values():
        assert match.relation is None
        assert clustering.story_of(match.a).id != clustering.story_of(match.b).id
    no_window = clustering.rethreshold(match_window=None)
    assert "again" in no_window.story_of("post").article_ids


def digest_batch() -> Clustering:
    other = body(21)
    texts = {"digest": QUAY + "\n\n" + other, "a1": QUAY, "a2": QUAY + LOCAL, "b1": other, "b2": "KELWICK - " + other}
    return cluster_articles([Article(name, text) for name, text in texts.items()])


def test_a_digest_stands_alone_and_is_partial_to_what_it_holds() -> None:
    clustering = digest_batch()
    assert clustering.story_of("digest").article_ids == ("digest",)
    assert {frozenset(story.article_ids) for story in clustering.stories if len(story) > 1} == {
        frozenset({"a1", "a2"}), frozenset({"b1", "b2"}),
    }  # fmt: skip
    held = {other for match in clustering.near_misses if "digest" in (match.a, match.b) for other in (match.a, match.b)}
    assert {"a1", "b1"} <= held
    assert "same" not in {match.verdict for match in clustering.near_misses}


def test_an_explanation_says_what_near_misses_say() -> None:
    clustering = digest_batch()
    for miss in clustering.near_misses:
        explained = clustering.explain(miss.a, miss.b).match
        assert (explained.verdict, explained.relation, explained.reason) == (miss.verdict, miss.relation, miss.reason)
    assert "digest that holds other stories too" in clustering.explain("digest", "a1").match.reason


def test_must_link_is_obeyed_and_marked() -> None:
    clustering = cluster_articles(news(), must_link=[("other", "short"), ("short", "empty")])
    story = clustering.story_of("other")
    assert set(story.article_ids) == {"other", "short", "empty"}
    assert Counter(copy.relation for copy in story.copies) == {"anchor": 1, "linked": 2}
    for a, b in [("other", "short"), ("short", "empty"), ("other", "empty")]:
        assert clustering.explain(a, b).match.linked
    assert clustering.status_of("empty") == "joined"
    assert not clustering.explain("post", "tern").match.linked
    inside = [match for match in clustering.matches if {match.a, match.b} <= {"other", "short", "empty"}]
    assert len(inside) == 2
    assert all(match.linked for match in inside)


def test_cannot_link_is_obeyed_and_marked() -> None:
    clustering = cluster_articles(news(), cannot_link=[("post", "tern")])
    assert clustering.story_of("post").id != clustering.story_of("tern").id
    explanation = clustering.explain("tern", "post")
    assert (explanation.match.linked, explanation.match.verdict, explanation.together) == (True, "same", False)
    near = [match for match in clustering.near_misses if {match.a, match.b} == {"post", "tern"}]
    assert [match.linked for match in near] == [True]


@pytest.mark.parametrize("name", ["must_link", "cannot_link"])
def test_an_article_is_not_linked_to_itself(name: str) -> None:
    told = rf"^{name} \('post', 'post'\): expected two articles, got one twice"
    with pytest.raises(LinkError, match=told):
        cluster_articles(news(), **{name: [("post", "post")]})  # type: ignore[arg-type]  # either takes pairs


@pytest.mark.parametrize("count", [None, 2.5, "2", True, -1])
def test_what_is_no_number_of_outlets_is_refused(clustering: Clustering, count: Any) -> None:
    for ask in (clustering.count_stories, lambda min_outlets: list(clustering.story_lines(min_outlets=min_outlets))):
        with pytest.raises(SettingsError, match=rf"^min_outlets: expected a whole number from 0 on, got {count!r}$"):
            ask(min_outlets=count)


def test_contradictory_links_are_an_error() -> None:
    with pytest.raises(LinkError, match=r"cannot_link \('post', 'cut'\)"):
        cluster_articles(news(), must_link=[("post", "tern"), ("tern", "cut")], cannot_link=[("cut", "post")])


@pytest.mark.parametrize(
    ("links", "told"),
    [
        (("post", "tern"), "'post'"),
        (["post"], "'post'"),
        ([("post", "tern", "cut")], r"\('post', 'tern', 'cut'\)"),
        ("post", "'post'"),
        ([5], "5"),
        (5, "5"),
    ],
)
def test_what_are_no_pairs_are_refused(clustering: Clustering, links: Any, told: str) -> None:
    asks: dict[str, Callable[[], object]] = {
        "must_link": lambda: cluster_articles(news(), must_link=links),
        "cannot_link": lambda: cluster_files([], cannot_link=links),
        "pairs": lambda: clustering.judge_pairs(links),
    }
    for name, ask in asks.items():
        with pytest.raises(SettingsError, match=rf"^{name}: expected a list of pairs of ids, .* got {told} for"):
            ask()


def test_links_survive_rethresholding() -> None:
    linked = cluster_articles(news(), must_link=[("other", "post")], cannot_link=[("post", "tern")])
    again = linked.rethreshold(told_share=0.9)
    assert again.story_of("other").id == again.story_of("post").id != again.story_of("tern").id


def test_choose_lead_decides_which_copy_is_shown() -> None:
    def latest(articles: Sequence[Article]) -> str:
        return max(articles, key=lambda article: (article.published or DAY, article.id)).id

    clustering = cluster_articles(news(), choose_lead=latest)
    story = clustering.stories[0]
    assert (story.lead, story.title) == ("more", "Ferries moved")
    assert story.anchor == cluster_articles(news()).stories[0].anchor
    with pytest.raises(UnknownIdError, match="choose_lead: expected the id of one of the story's articles"):
        cluster_articles(news(), choose_lead=lambda _: "nobody").stories[0]


def test_aliases_make_one_outlet_of_two_names() -> None:
    aliases = Aliases({"Norhavn Post": ["Daily Tern"]})
    story = cluster_articles(news(), aliases=aliases).stories[0]
    assert [outlet.article_ids for outlet in story.outlets] == [("post", "tern"), ("cut", "more")]


@pytest.mark.parametrize("wrong", [{"told_share": 0.9}, {}, 0.9])
def test_settings_of_another_kind_are_refused(clustering: Clustering, wrong: Any) -> None:
    asks: list[Callable[[], object]] = [
        lambda: cluster_articles([], wrong), lambda: cluster_files([], wrong), lambda: clustering.rethreshold(wrong)
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(SettingsError, match=r"^settings: expected Settings or None, got .*; Settings\("):
            ask()


def test_a_moment_without_a_zone_is_utc() -> None:
    naive, aware = (cluster_articles(news(), as_of=when) for when in (DAY.replace(tzinfo=None), DAY))
    assert list(naive.stories) == list(aware.stories) != list(cluster_articles(news()).stories)


def test_dates_after_as_of_are_unknown() -> None:
    story = cluster_articles(news(), as_of=DAY + timedelta(minutes=1)).stories[0]
    assert story.first_published == DAY
    assert story.first_outlet is None
    assert [outlet.first_published for outlet in story.outlets] == [DAY, None, None]


def test_without_as_of_the_partition_does_not_depend_on_the_clock() -> None:
    far = [Article("a", QUAY, published=date(2930, 1, 1)), Article("b", QUAY, published=date(2930, 6, 1))]
    clustering = cluster_articles(far)
    assert len(clustering) == 2
    assert clustering.explain("a", "b").match.verdict == "reprint"
    near = [Article("a", QUAY, outlet="A", published=date(2930, 1, 1)), Article("b", QUAY, outlet="B", published=DAY)]
    story = cluster_articles(near, Settings(match_window=None)).stories[0]
    assert len(story) == 2
    assert story.first_outlet is None


def test_rethreshold_refuses_what_is_part_of_the_fingerprint(clustering: Clustering) -> None:
    with pytest.raises(SettingsError, match="rethreshold: shingle_width is part of the fingerprint"):
        clustering.rethreshold(shingle_width=4)
    with pytest.raises(SettingsError, match="rethreshold: bands_rows is part of the fingerprint"):
        clustering.rethreshold(Settings(lsh_jaccard=0.9))
    with pytest.raises(SettingsError, match="setting 'no_such': unknown"):
        clustering.rethreshold(no_such=1)
    with pytest.raises(SettingsError, match=r"setting told_share: expected 0.0 to 1.0"):
        clustering.rethreshold(told_share=1.5)


def test_titles_do_not_count() -> None:
    titles = ["Quay shut", "Entirely unrelated words about a football match", ""]
    assert len(cluster_articles([Article(str(i), QUAY, title) for i, title in enumerate(titles)])) == 1


def test_markup_does_not_count() -> None:
    marked = "<p>" + QUAY.replace(". ", ".</p>\n<p>").replace("quay", "<b>quay</b>") + "</p>"
    clustering = cluster_articles([QUAY, marked])
    assert len(clustering) == 1
    assert clustering.explain("0", "1").match.jaccard == 1.0


def test_stories_and_statuses_are_counted(clustering: Clustering) -> None:
    for least in range(4):
        wanted = sum(len(story.outlets) >= least for story in clustering.stories)
        assert clustering.count_stories(min_outlets=least) == wanted
    statuses = [clustering.status_of(article.id) for article in clustering.articles]
    assert clustering.count_statuses() == {
        status: statuses.count(status) for status in ("joined", "alone", "too short", "empty")
    }
    assert cluster_articles([]).count_stories() == 0


def test_any_pairs_can_be_judged(clustering: Clustering) -> None:
    ids = [article.id for article in clustering.articles]
    pairs = [(ids[0], ids[1]), (ids[1], ids[0]), (ids[2], ids[2])]
    judged = clustering.judge_pairs(pairs)
    assert [(match.a, match.b) for match in judged] == pairs
    assert judged[0] == clustering.explain(ids[0], ids[1]).match
    assert judged[0].jaccard == judged[1].jaccard
    assert clustering.judge_pairs([]) == []


def test_progress_is_told_from_beginning_to_end() -> None:
    told: list[tuple[str, int, int]] = []
    cluster_articles([f"text number {i}" for i in range(5)], progress=lambda *stage: told.append(stage))
    assert told[-1] == ("matching", 0, 5)


TOLD = compose("told", seed=5, words=60).text


def test_what_is_no_list_of_articles_is_refused() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas isn't installed")
    frame = pandas.DataFrame([{"id": "a", "text": TOLD}])
    for wrong, told in (
        (frame, r'a DataFrame, whose items .* pass frame\.to_dict\("records"\)'),
        ({"id": "a", "text": TOLD}, "expected several articles, got one dict"),
        (TOLD, "expected several articles, got one str"),
        (Article("a", TOLD), "expected several articles, got one Article"),
        (7, "expected several articles, got one int"),
    ):
        with pytest.raises(ArticleError, match=told):
            cluster_articles(wrong)  # type: ignore[arg-type]  # wrong on purpose
    clustering = cluster_articles(frame.to_dict("records"))
    assert repr(clustering.stories) == "<StorySequence: 1 story>"


def test_wishes_of_another_kind_are_refused() -> None:
    wishes: dict[str, Any] = {"as_of": "2026-03-02", "aliases": {"Tern": ["The Tern"]}, "choose_lead": "first"}
    for name, wrong in wishes.items():
        with pytest.raises(SettingsError, match=f"{name}: expected .* or None, got"):
            cluster_articles([Article("a", TOLD)], **{name: wrong})


FIRE = body(41, 210)
BUDGET = body(42, 90)
QUOTED = (
    "“We counted every rope twice, and there was nothing more that any of us could have done before the tide turned.”"
)


def two_stories(page: str, first: str, second: str, *, twice: int = 1) -> list[Article]:
    """A report that five outlets ran, another one that three ran, and what some printed on one page."""
    return [
        *(Article(f"a{n}", f"TOWN {n} (Wire) - {first}", outlet=f"Post {n}", published=DAY) for n in range(5)),
        *(Article(f"b{n}", f"PORT {n} (Agency) - {second}", outlet=f"Tern {n}", published=DAY) for n in range(3)),
        *(Article(f"page{n}", page, outlet=f"Mail {n}", published=DAY) for n in range(twice)),
    ]


@pytest.mark.parametrize("page", [f"{FIRE}\n\n{BUDGET}", f"{BUDGET}\n\n{FIRE}"])
def test_a_page_that_is_mostly_one_story_joins_no_other_one_to_it(page: str) -> None:
    stories = {frozenset(story.article_ids) for story in cluster_articles(two_stories(page, FIRE, BUDGET)).stories}
    assert stories == {frozenset([*(f"a{n}" for n in range(5)), "page0"]), frozenset(f"b{n}" for n in range(3))}


def test_a_page_of_two_reports_with_one_quotation_is_no_bridge() -> None:
    first, second = f"{body(43, 120)} {QUOTED}", f"{body(44, 120)} {QUOTED}"
    clustering = cluster_articles(two_stories(f"{first}\n\n{second}", first, second, twice=2))
    assert clustering.story_of("a0").id != clustering.story_of("b0").id
    assert clustering.story_of("page0").article_ids == ("page0", "page1")


def test_what_most_outlets_print_below_is_a_cut_of_it() -> None:
    articles = two_stories(f"{FIRE}\n\n{BUDGET}", FIRE, BUDGET, twice=9)
    assert len(cluster_articles(articles).stories) == 1
