"""The bundled sample is what its description promises."""

from __future__ import annotations

import json
from datetime import datetime

from storycluster.sample import read_expected_stories, sample_articles_path


def sample() -> dict[str, dict[str, str]]:
    lines = sample_articles_path().read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def test_truth_names_each_article_once() -> None:
    named = [article_id for ids in read_expected_stories().values() for article_id in ids]
    assert sorted(named) == sorted(sample())


def test_times_carry_their_zones() -> None:
    whens = [record["published"] for record in sample().values()]
    assert whens.count("2025-05-17") == 1  # one article has a day only
    offsets = {datetime.fromisoformat(when).utcoffset() for when in whens if "T" in when}
    assert len(offsets) == 3
    assert None not in offsets


def test_addresses_are_example_domains() -> None:
    assert all(".example/" in record["url"] for record in sample().values())


def test_the_cut_copy_is_the_head_of_the_wire_story() -> None:
    articles = sample()
    whole, cut = articles["ferry-courier"]["text"], articles["ferry-times"]["text"]
    assert whole.startswith(cut)
    assert 0.35 <= len(cut.split()) / len(whole.split()) <= 0.45


def test_the_acronym_is_expanded_ten_times() -> None:
    assert sample()["ferry-gazette"]["text"].count("Joint Maritime Safety Board (JMSB)") == 10


def test_the_correction_changes_one_number() -> None:
    articles = sample()
    before, after = articles["ferry-courier"]["text"].split(), articles["ferry-courier-corrected"]["text"].split()
    assert {(a, b) for a, b in zip(before, after, strict=True) if a != b} == {("23", "26")}


def test_full_articles_have_an_article_s_length() -> None:
    words = {article_id: len(record["text"].split()) for article_id, record in sample().items()}
    assert words.pop("brief") == 12
    assert all(150 <= count <= 600 for count in words.values())
