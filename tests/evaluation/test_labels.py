"""Files of labels as people have them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from storycluster import LabelsError, cluster_articles, write_stories
from storycluster.evaluation import LabelledPair, holds_pairs, read_labels, read_pairs


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.jsonl", '{"id": "a", "label": 1}\n\n{"id": "b", "label": 1}\n'),
        ("l.json", '[{"id": "a", "story": 1}, {"id": "b", "story": 1}]'),
        ("l.json", '{"a": 1, "b": 1}'),
        ("l.csv", "id,cluster\na,1\nb,1\n"),
        ("l.csv", "id;cluster\na;1\nb;1\n"),
        ("l.tsv", "id\tnote\tcluster\na\tone, two\t1\nb\t\t1\n"),
        ("l.txt", "article_id,event\na,1\nb,1\n"),
        ("l.jsonl", '{"id": "a", "label": 1, "title": "Pier\u2028closed\x85"}\n{"id": "b", "label": 1}\n'),
    ],
)
def test_label_maps(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path / name, text)
    assert read_labels(path) == {"a": "1", "b": "1"}
    assert not holds_pairs(path)
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_labels(packed) == {"a": "1", "b": "1"}


@pytest.mark.parametrize("kept", [5, 30])
def test_damaged_labels_are_named(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "labels.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "a", "label": 1}\n')[:kept])
    with pytest.raises(LabelsError, match=r"labels\.jsonl\.gz: the gzip data are damaged or cut off"):
        read_labels(path)


def test_our_own_stories(tmp_path: Path) -> None:
    clustering = cluster_articles(["One text.", "Another text."])
    path = tmp_path / "stories.jsonl"
    with path.open("wb") as file:
        write_stories(clustering.stories, file)
    labels = read_labels(path)
    assert labels.keys() == {"0", "1"}
    assert labels["0"] != labels["1"]
    csv_path = tmp_path / "stories.csv"
    with csv_path.open("wb") as file:
        write_stories(clustering.stories, file, format="csv")
    assert read_labels(csv_path) == labels


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.jsonl", '{"a": "x", "b": "y", "label": "C", "weight": 2.5, "why": "?"}\n'),
        ("p.csv", "id_a,id_b,label,weight\nx,y,C,2.5\n"),
        ("p.csv", "id_a;id_b;label;weight\nx;y;C;2.5\n"),
    ],
)
def test_pairs(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path / name, text)
    assert holds_pairs(path)
    (pair,) = read_pairs(path)
    assert (pair.a, pair.b, pair.label, pair.weight) == ("x", "y", "C", 2.5)


@pytest.mark.parametrize(("label", "together"), [("C", True), ("same", True), ("1", True), ("T", False), ("I", False),
                                                  ("different", False), ("P", None), ("unsure", None)])  # fmt: skip
def test_what_labels_mean(label: str, together: bool | None) -> None:
    assert LabelledPair("a", "b", label).together is together


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "a"}\n', r":1: expected an id and a label"),
        (
            '{"id": "a", "label": 1}\n{"id": "b", "label": null}\n',
            r":2: expected an id and a label.*got \{'id': 'b', 'lab",
        ),
        ('{"id": "a", "label": 1}\n{broken\n', r":2: expected a JSON object, got '\{broken'"),
        ('{"id": "a", "label": 1}\n{"id": "b\n', r"""got '\{"id": "b': Unterminated string starting at character 8"""),
        ('{"id": "a", "label": 1}\n[1]\n', r":2: expected an object, got list"),
        (
            '{"id": "a", "label": 1}\n{"id": "a", "label": 2}\n',
            r":2: expected one label an article; 'a' has '1' and '2'",
        ),
    ],
)
def test_bad_labels_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabelsError, match=message):
        read_labels(write(tmp_path / "l.jsonl", text))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"a": "x", "b": "y"}, "expected a, b and label"),
        ({"a": "x", "label": "C"}, "expected a, b and label"),
        ({"a": "x", "b": "y", "label": "C", "weight": -1}, "weight: expected a number above 0, got -1"),
        ({"a": "x", "b": "y", "label": "C", "weight": "many"}, "weight: expected a number above 0, got 'many'"),
        (
            {"a": "y", "b": "x", "label": "different"},
            r"expected one answer a pair; \('y', 'x'\) is 'different' here and 'C' in line 1",
        ),
    ],
)
def test_bad_pairs_are_named(tmp_path: Path, row: dict[str, object], message: str) -> None:
    good = {"a": "x", "b": "y", "label": "C"}
    path = write(tmp_path / "p.jsonl", "\n".join(map(json.dumps, [good, row])))
    with pytest.raises(LabelsError, match=f":2: {message}"):
        read_pairs(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"none\.jsonl: labels can't be read"):
        read_labels(tmp_path / "none.jsonl")
