"""Every number that can change a result, once, with its source beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any, Self

from storycluster.errors import SettingsError

FINGERPRINT_SETTINGS = ("shingle_width", "num_perm", "seed", "sample_rate", "longest_quote")
"""The settings that change what a fingerprint is; all the others act on fingerprints that exist."""


def bounded(name: str, value: object, kind: type, low: float, high: float) -> None:
    """Raise SettingsError unless ``value`` is of its kind and between its bounds, both included."""
    wanted = (int, float) if kind is float else kind
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise SettingsError(f"setting {name}: expected {kind.__name__}, got {type(value).__name__} ({value!r:.80})")
    if not low <= value <= high:  # type: ignore[operator]  # an int or a float by now
        raise SettingsError(f"setting {name}: expected {low} to {high}, got {value!r}")


@cache
def choose_bands(num_perm: int, jaccard: float, recall: float) -> tuple[int, int]:
    """The bands and rows of ``Settings.bands_rows``.

    Raises:
        SettingsError: No bands of so few permutations reach the recall.
    """
    for rows in range(num_perm, 0, -1):
        bands = num_perm // rows
        if 1 - (1 - jaccard**rows) ** bands >= recall:
            return bands, rows
    raise SettingsError(
        f"settings lsh_jaccard and lsh_recall: expected a recall that num_perm={num_perm} permutations reach, "
        f"got {recall} at Jaccard {jaccard}; lower the recall or raise num_perm"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The numbers behind every answer.

    A share is 0–1. Where a source says *dev pairs*, it is the table "told share against label" that
    ``benchmarks/quality`` prints for pairs of real articles read twice by independent readers.

    Args:
        shingle_width: Words a shingle. 3: word 3-grams separate edited copies from independent reports better than
            5-grams do (recall .84 against .72 at the same containment on the dev pairs).
        num_perm: Permutations that a signature may have at most; bands × rows of them are used.
        seed: Seed of datasketch's permutations.
        sample_rate: One shingle in so many is in the hash sample. 8: sharing two sampled shingles proposes 99.8 % of
            the copies among the dev pairs, 16 proposes 98 %.
        longest_quote: A longer quotation is taken for one whose closing mark is missing, and so for prose. Statements
            that are printed whole have up to some 250 words a paragraph; with 150, 97 of 933 simulated reports of one's
            own are joined, with 250 90.
        lsh_jaccard: A pair of this Jaccard is proposed by LSH ...
        lsh_recall: ... with at least this probability. .5 and .99 give 42 bands of 3 rows.
        min_shared_samples: Sampled shingles that two texts must share to be proposed as a cut or merged copy; all where
            the smaller sample has fewer.
        min_shared_share: The same as a share of the smaller sample: an estimate of containment. .1 is half of the
            least containment that any copy among the dev pairs has.
        bucket_limit: Texts in a bucket (or holding one sampled shingle) up to which all its pairs are proposed.
        bucket_neighbors: In a larger one each text is paired with so many neighbors either side, in the order of
            signatures.
        min_words: Shorter texts are "too short": they stand alone.
        run: Words in a row that count as told in the same words. 6: shorter runs are stock phrases.
        gap: Words between two shared runs that are taken to stand in each other's place. 20 are a sentence: in a short
            form facts stand side by side. With 12, 34 of the 150 made-up pairs are joined; no copy among the dev pairs
            is lost with 20.
        min_prose: Words of narrated prose (neither quoted nor furniture) that a text needs to be judged by it.
        own_share: A text with a smaller share of words that are not furniture is a form: forms must agree whole.
            Weather reports of different days have .33 to .43 among the dev pairs, copies that agree whole .40 and more.
        told_share: Two texts are one article where this share of the shorter one's narrated prose is told in the
            other in the same words. .45 lies in the empty middle between copies and independent reports (dev pairs).
        told_share_outlet: The same for two texts of one outlet, which shares its background among its own reports.
        told_share_stub: The same where the other text has ``stub_ratio`` times as much prose: a cut copy is in there
            nearly whole, while a long page about many things shares something with each report on one of them.
        stub_ratio: See ``told_share_stub``.
        told_share_opening: The same where the two begin with other news (``opening_share``). What such texts share is
            background, a statement or a footer, unless it is nearly all of one of them.
        opening_share: Two texts begin with other news where neither opening lies in what they share, and less than this
            part of both openings' words stands anywhere in the other text. With 0, 54 of 150 made-up pairs that should
            stay apart are joined (benchmarks/quality), with .5 30; no copy among the dev pairs is lost.
        opening_words: Words of an opening: a lead sentence.
        covered_share: Least share of the shorter text, quotations included, that must stand in the other. Every copy
            among the dev pairs has more than .45; texts that share a few sentences between their quotations have less.
        min_told: Words that must be told in the same words, whatever the share.
        quoted_share: The same share for texts with hardly any narrated prose, over all their words.
        partial_share: From here up to ``told_share`` a pair is listed as ``partial``.
        agreeing_numbers: A form whose words are all furniture is told from the next day's by its numbers: so many must
            agree, and all. One or two agree by chance, a date among them.
        other_numbers: Texts of which so many numbers are replaced and none agrees tell of two events (``template``),
            unless names say that it is one. Of one number, an update may be the other one.
        other_numbers_share: They must be this part of the shared words, too: in long texts that share no other number
            two that were rounded or put into words say little. With 0, 43 of the 78 hard pairs of saudinewsnet-early
            that are copies are joined and 8 of 24 look-alikes (benchmarks/quality), with .025 50 and 10.
        replaced_facts: Numbers and names standing in each other's place, by shared word, from which two texts are
            one form with other facts (``template``). Copies have up to .045, forms .05 and more.
        replaced_facts_rerun: The same for one outlet at least ``rerun_after`` apart: yesterday's form again.
        rerun_after: Hours from which one outlet's similar texts are suspected to be a form.
        match_window: Days that may lie between two copies of one story; beyond, the same text is a reprint. None for
            no limit. Undated articles ignore it.
        furniture_occasions: A shingle is furniture of an outlet that ran it on so many occasions.
        furniture_occasions_at_large: A shingle is furniture of everybody if it ran on so many occasions, all more than
            ``furniture_days`` apart: forms and stock phrases.
        furniture_jaccard: Two texts of an outlet within ``furniture_days`` are one occasion from this Jaccard on ...
        furniture_jaccard_rerun: ... and from this one on where at least ``rerun_after`` lies between them: a form
            filled in anew is another occasion, a story run again the next day is not.
        furniture_jaccard_at_large: Two texts of any outlets are the same thing again, not two occasions, from this
            Jaccard on.
        furniture_common_at_large: What ran on those occasions is furniture from this mean estimated Jaccard of their
            texts on (an estimate may lie a little below 0; -1 asks for nothing). Two texts of 500 words that share a
            passage of 20 have .02, unrelated ones less, and every phrase of a language recurs somewhere: at -1, 58 of
            groundnews-dev's 68 copies are joined among 48,620 other articles, at .02, as without these, 66
            (``benchmarks.quality``, *in a crowd*).
        furniture_days: Days from which two texts of an outlet are different occasions, however alike.
        whole_share: A text is contained whole in another where this share of its words stands there (relations).
        digest_share: A text is a digest where two texts that don't match each other stand whole in parts of it that
            overlap by less than this share of the smaller part.
        best_others: Matches kept of each member beside the one with its anchor.
    """

    shingle_width: int = 3
    num_perm: int = 128
    seed: int = 1
    sample_rate: int = 8
    longest_quote: int = 250

    lsh_jaccard: float = 0.5
    lsh_recall: float = 0.99
    min_shared_samples: int = 2
    min_shared_share: float = 0.1
    bucket_limit: int = 64
    bucket_neighbors: int = 8

    min_words: int = 25
    run: int = 6
    gap: int = 20
    min_prose: int = 12
    own_share: float = 0.45
    told_share: float = 0.45
    told_share_outlet: float = 0.6
    told_share_stub: float = 0.6
    stub_ratio: float = 4.0
    told_share_opening: float = 0.8
    opening_share: float = 0.5
    opening_words: int = 25
    covered_share: float = 0.4
    min_told: int = 20
    quoted_share: float = 0.8
    partial_share: float = 0.2
    agreeing_numbers: int = 3
    other_numbers: int = 2
    other_numbers_share: float = 0.025
    replaced_facts: float = 0.05
    replaced_facts_rerun: float = 0.015
    rerun_after: float = 20.0
    match_window: float | None = 7.0

    furniture_occasions: int = 3
    furniture_occasions_at_large: int = 3
    furniture_jaccard: float = 0.25
    furniture_jaccard_rerun: float = 0.9
    furniture_jaccard_at_large: float = 0.6
    furniture_common_at_large: float = 0.02
    furniture_days: float = 2.0

    whole_share: float = 0.7
    digest_share: float = 0.1
    best_others: int = 3

    def __post_init__(self) -> None:
        for name, (kind, low, high) in BOUNDS.items():
            value = getattr(self, name)
            if name == "match_window" and value is None:
                continue
            bounded(name, value, kind, low, high)
        self.bands_rows  # noqa: B018  # raises where no bands reach the wanted recall

    @property
    def bands_rows(self) -> tuple[int, int]:
        """Bands and rows of the LSH: the most rows (the least noise) that still reach the wanted recall.

        A pair of Jaccard J is proposed with probability 1 - (1 - J^rows)^bands (Leskovec, Rajaraman, Ullman: Mining of
        Massive Datasets, 3.4.2).
        """
        return choose_bands(self.num_perm, self.lsh_jaccard, self.lsh_recall)

    @property
    def window(self) -> timedelta | None:
        """``match_window`` as a timedelta."""
        return None if self.match_window is None else timedelta(days=self.match_window)

    @property
    def recipe(self) -> str:
        """The fingerprint's settings as one line: what two sets of fingerprints must agree on."""
        return " ".join(f"{name}={getattr(self, name)}" for name in FINGERPRINT_SETTINGS) + " bands={}x{}".format(
            *self.bands_rows
        )

    def to_dict(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)

    def changed(self, **changes: Any) -> Self:
        """A copy with some settings changed.

        Raises:
            SettingsError: An unknown name, or a value that its setting doesn't take.
        """
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                meant = get_close_matches(name, known, 1)
                remedy = f"the settings are {', '.join(known)}"
                if meant:
                    remedy = f"did you mean {meant[0]}? `storycluster settings` prints all"
                raise SettingsError(f"setting {name!r:.80}: unknown; {remedy}")
        return replace(self, **changes)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], base: Self | None = None) -> Self:
        """Settings from a mapping; what is missing is as in others, or has its default.

        Raises:
            SettingsError: An unknown name, or a value that its setting doesn't take.
        """
        values = {
            name: (None if name == "match_window" and value == "none" else value) for name, value in values.items()
        }
        return (base or cls()).changed(**values)

    @classmethod
    def from_toml(cls, path: str | PathLike[str], base: Self | None = None) -> Self:
        """Settings from a TOML file: the names at the top level, ``match_window = "none"`` for no window.

        What is missing is as in others (``base``), or has its default.

        Raises:
            SettingsError: The file can't be read as TOML, or holds an unknown name or a wrong value.
        """
        try:
            values = tomllib.loads(Path(path).read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: expected a TOML file of settings: {error}") from error
        except OSError as error:
            raise SettingsError(f"{path}: settings can't be read: {error.strerror}") from error
        try:
            return cls.from_mapping(values, base)
        except SettingsError as error:
            raise SettingsError(f"{path}: {error}") from error

    def to_toml(self) -> str:
        """All settings as TOML, as ``from_toml`` reads them."""
        shown = {name: '"none"' if value is None else value for name, value in self.to_dict().items()}
        return "".join(f"{name} = {value}\n" for name, value in shown.items())


BOUNDS: dict[str, tuple[type, float, float]] = {
    "shingle_width": (int, 1, 32),
    "num_perm": (int, 1, 4096),
    "seed": (int, 0, 2**32 - 1),
    "sample_rate": (int, 1, 2**20),
    "longest_quote": (int, 1, 2**31 - 1),
    "lsh_jaccard": (float, 0.01, 1.0),
    "lsh_recall": (float, 0.01, 0.999999),
    "min_shared_samples": (int, 1, 2**20),
    "min_shared_share": (float, 0.0, 1.0),
    "bucket_limit": (int, 2, 2**20),
    "bucket_neighbors": (int, 1, 2**16),
    "min_words": (int, 1, 2**31 - 1),
    "run": (int, 1, 2**16),
    "gap": (int, 0, 2**16),
    "min_prose": (int, 0, 2**31 - 1),
    "own_share": (float, 0.0, 1.0),
    "told_share": (float, 0.0, 1.0),
    "told_share_outlet": (float, 0.0, 1.0),
    "covered_share": (float, 0.0, 1.0),
    "told_share_stub": (float, 0.0, 1.0),
    "stub_ratio": (float, 1.0, 1e9),
    "told_share_opening": (float, 0.0, 1.0),
    "opening_share": (float, 0.0, 1.0),
    "opening_words": (int, 1, 2**16),
    "min_told": (int, 0, 2**31 - 1),
    "quoted_share": (float, 0.0, 1.0),
    "partial_share": (float, 0.0, 1.0),
    "agreeing_numbers": (int, 1, 2**31 - 1),
    "other_numbers": (int, 1, 2**31 - 1),
    "other_numbers_share": (float, 0.0, 1.0),
    "replaced_facts": (float, 0.0, 1.0),
    "replaced_facts_rerun": (float, 0.0, 1.0),
    "rerun_after": (float, 0.0, 1e6),
    "match_window": (float, 0.0, 1e6),
    "furniture_occasions": (int, 2, 2**31 - 1),
    "furniture_occasions_at_large": (int, 2, 2**31 - 1),
    "furniture_jaccard": (float, 0.0, 1.0),
    "furniture_jaccard_rerun": (float, 0.0, 1.0),
    "furniture_jaccard_at_large": (float, 0.0, 1.0),
    "furniture_common_at_large": (float, -1.0, 1.0),
    "furniture_days": (float, 0.0, 1e6),
    "whole_share": (float, 0.0, 1.0),
    "digest_share": (float, 0.0, 1.0),
    "best_others": (int, 0, 2**16),
}
"""Type and bounds of each setting."""
