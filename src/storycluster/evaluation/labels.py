"""Files of labels: which story each article belongs to, or what pairs of articles are to each other."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storycluster.errors import LabelsError
from storycluster.fields import guess_delimiter

TOGETHER = frozenset(("c", "copy", "same", "1", "true", "yes"))
APART = frozenset(("t", "template", "i", "independent", "different", "0", "false", "no"))
ID_NAMES = ("id", "article_id", "article")
LABEL_NAMES = ("label", "story", "cluster", "group", "event")
PAIR_NAMES = (("a", "b"), ("id_a", "id_b"), ("left", "right"))


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two articles and what a reader said of them.

    Args:
        a: The one id.
        b: The other id.
        label: ``C``, copy, same, 1, true, yes: must join. ``T``, ``I``, template, independent, different, 0, false, no:
            must stay apart. Anything else, such as ``P``, may go either way and isn't scored.
        weight: How many pairs of the corpus this one stands for.
        line: Where it stands in its file; 0 if in none.
    """

    a: str
    b: str
    label: str
    weight: float = 1.0
    line: int = 0

    @property
    def together(self) -> bool | None:
        """Whether the two must join; None where it isn't scored."""
        label = self.label.lower()
        return True if label in TOGETHER else False if label in APART else None


def read_text(path: Path) -> str:
    """What a file holds, unpacked if it is packed as gzip.

    Raises:
        LabelsError: It can't be read, or isn't UTF-8.
    """
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8-sig")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LabelsError(f"{path}: the gzip data are damaged or cut off: {error}") from error
    except OSError as error:
        raise LabelsError(f"{path}: labels can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabelsError(f"{path}: expected UTF-8: {error}") from error


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The records of a JSONL, JSON or CSV file with their lines.

    A JSON object without articles of its own is a map from id to label, and gives a row for each.

    Raises:
        LabelsError: The file can't be read as one of these.
    """
    text = read_text(path)
    start = text.lstrip()
    if path.name.removesuffix(".gz").endswith(".csv") or (start and start[0] not in "[{"):
        delimiter = guess_delimiter(start.partition("\n")[0])
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        for row in rows:
            yield rows.line_num, row
        return
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        whole = None
    if isinstance(whole, list):
        for number, row in enumerate(whole, start=1):
            yield number, as_object(row, path, number)
    elif isinstance(whole, dict) and not first_of(whole, ID_NAMES) and not pair_names(whole):
        for number, (key, label) in enumerate(whole.items(), start=1):
            yield number, {"id": key, "label": label}
    else:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise LabelsError(
                        f"{path}:{number}: expected a JSON object, got {line[:60]!r}: "
                        f"{error.msg.removesuffix(' at')} at character {error.colno}"
                    ) from None
                yield number, as_object(row, path, number)


def as_object(row: object, path: Path, number: int) -> Mapping[str, Any]:
    """The row itself.

    Raises:
        LabelsError: It is no object.
    """
    if not isinstance(row, Mapping):
        raise LabelsError(f"{path}:{number}: expected an object, got {type(row).__name__} ({row!r:.60})")
    return row


def first_of(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of the names that the row has."""
    return next((name for name in names if name in row), None)


def pair_names(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The names under which a row holds a labelled pair."""
    return next((names for names in PAIR_NAMES if all(name in row for name in (*names, "label"))), None)


def holds_pairs(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds labelled pairs; else it holds a label for each article.

    Raises:
        LabelsError: The file can't be read.
    """
    first = next(read_rows(Path(path)), None)
    return first is not None and pair_names(first[1]) is not None


def read_labels(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read which story each article belongs to.

    Args:
        path: JSONL, JSON or CSV: rows with an ``id`` and a ``label`` (or ``story``, ``cluster``, ``group``, ``event``),
            one JSON object from id to label, or stories as ``storycluster cluster`` writes them.

    Raises:
        LabelsError: A row holds neither, or an article has two labels.
    """
    path = Path(path)
    labels: dict[str, str] = {}
    for line, row in read_rows(path):
        if isinstance(row.get("copies"), list):
            found = {str(copy.get("article_id")): str(row.get("id")) for copy in row["copies"]}
        else:
            name = first_of(row, ID_NAMES)
            label = first_of(row, LABEL_NAMES)
            if label is None and name == "article_id":
                label = first_of(row, ("id",))
            if name is None or label is None or row[name] in (None, "") or row[label] in (None, ""):
                raise LabelsError(
                    f"{path}:{line}: expected an id and a label ({', '.join(LABEL_NAMES)}), or a story with copies; "
                    f"got {dict(row)!r:.100}"
                )
            found = {str(row[name]): str(row[label])}
        for article, given in found.items():
            if labels.setdefault(article, given) != given:
                raise LabelsError(
                    f"{path}:{line}: expected one label an article; {article!r} has {labels[article]!r} and {given!r}"
                )
    return labels


def read_pairs(path: str | os.PathLike[str]) -> list[LabelledPair]:
    """Read labelled pairs.

    Args:
        path: JSONL, JSON or CSV with ``a``, ``b`` (or ``id_a``, ``id_b``), ``label`` and maybe ``weight``.

    Raises:
        LabelsError: A row lacks one of these, its weight is no number above 0, or two labels contradict each other.
    """
    path = Path(path)
    pairs = []
    known: dict[frozenset[str], LabelledPair] = {}
    for line, row in read_rows(path):
        names = pair_names(row)
        if names is None or row["label"] in (None, ""):
            raise LabelsError(f"{path}:{line}: expected a, b and label; got {dict(row)!r:.100}")
        try:
            weight = float(row.get("weight") or 1.0)
        except (TypeError, ValueError):
            weight = -1.0
        if not 0 < weight < float("inf"):
            raise LabelsError(f"{path}:{line}: weight: expected a number above 0, got {row.get('weight')!r:.60}")
        pair = LabelledPair(str(row[names[0]]), str(row[names[1]]), str(row["label"]), weight, line)
        first = known.setdefault(frozenset((pair.a, pair.b)), pair)
        if first.together != pair.together:
            raise LabelsError(
                f"{path}:{line}: expected one answer a pair; ({pair.a!r}, {pair.b!r}) is {pair.label!r} here and "
                f"{first.label!r} in line {first.line}"
            )
        pairs.append(pair)
    return pairs
