"""The quality gate.

    python -m benchmarks.quality --news-data DIR              # the table; exit code 1 below a floor
    python -m benchmarks.quality --news-data DIR --rivals     # with datasketch, rensa and gaoya at their best
    python -m benchmarks.quality --simulated                  # on simulated news alone, as CI does
    python -m benchmarks.quality --news-data DIR --settings other.toml    # what another number would change
    python -m benchmarks.quality --news-data DIR --set-floors "why"

The floors stand in ``floors.json`` with a digest of the data. They change by ``--set-floors`` alone, which keeps why.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.measure import (
    PAIR_FILES,
    SETS,
    WITHOUT_COPIES,
    best_rivals,
    corpus_path,
    crowd_files,
    digest,
    figures_of,
    measure_corpus,
    measure_crowd,
    measure_made_up,
    measure_simulated_crowd,
    measure_simulation,
)
from storycluster import Settings, cluster_articles, read_articles
from storycluster.evaluation import PairScores
from storycluster.evaluation.rates import short

FLOORS = Path(__file__).with_name("floors.json")
SIMULATION, CASES = "simulated", "made-up cases"
CROWDED = " in a crowd"
"""Behind a corpus's name: clustered at once with all the others."""


def below(name: str, figures: dict[str, float], floors: dict[str, Any]) -> list[str]:
    """In which figures a corpus falls short of its floors."""
    found = []
    for figure, floor in floors.items():
        worse = figures[figure] > floor if figure == "false_joins" else figures[figure] < floor
        if worse:
            found.append(f"{name}: {figure} is {figures[figure]}, its floor {floor}")
    return found


def row(name: str, tool: str, how: str, scores: PairScores) -> str:
    """A line of the table."""
    apart = "  ".join(
        f"{label} {scores.joined[label].hits}/{scores.joined[label].of}" for label in "TI" if label in scores.joined
    )
    return f"| {name} | {tool} | {how} | {scores.recall} | {apart} | {scores.precision} | {short(scores.weighted_f1)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the decision and hold it to its floors.")
    parser.add_argument("--news-data", default=os.environ.get("STORYCLUSTER_NEWS_DATA"), metavar="DIR")
    parser.add_argument("--simulated", action="store_true", help="simulated news alone")
    parser.add_argument("--rivals", action="store_true", help="score other libraries by the same code")
    parser.add_argument(
        "--settings", metavar="FILE", help="other settings than the defaults, as the commands take them"
    )
    parser.add_argument("--set-floors", metavar="WHY", help="make today's figures the floors, and keep why")
    given = parser.parse_args()
    if given.settings and given.set_floors:
        parser.error("floors are those of the default settings: --set-floors without --settings")
    settings = Settings.from_toml(given.settings) if given.settings else Settings()
    how = given.settings or "default settings"
    folder = None if given.simulated or not given.news_data else Path(given.news_data)
    kept: dict[str, Any] = json.loads(FLOORS.read_text("utf-8"))
    measured = {SIMULATION: measure_simulation(settings), SIMULATION + CROWDED: measure_simulated_crowd(settings)}
    digests: dict[str, str] = {}
    short_of: list[str] = []

    print(
        "| corpus | tool | how | copies joined | look-alikes (T), independents (I) joined | precision | weighted F1 |"
    )
    print("|---|---|---|---|---|---|---|")
    if folder is not None:
        for corpus in SETS:
            measured[corpus] = measure_corpus(folder, corpus, settings)
            digests[corpus] = digest([corpus_path(folder, corpus), *(folder / name for name in PAIR_FILES)])
            print(row(corpus, "storycluster", how, measured[corpus].scores), flush=True)
            for name, best in (best_rivals(folder, corpus) if given.rivals else {}).items():
                print(
                    row(corpus, name, *best) if best else f"| {corpus} | {name} | not installed | | | | |", flush=True
                )
        crowd = digest(crowd_files(folder))
        for corpus, quality in measure_crowd(folder, settings).items():
            name = corpus + CROWDED
            measured[name], digests[name] = quality, crowd
            print(row(name, "storycluster", how, quality.scores), flush=True)
    for name in (SIMULATION, SIMULATION + CROWDED):
        print(row(name, "storycluster", how, measured[name].scores))
    cases = measure_made_up(settings)
    print(row(CASES, "storycluster", f"{how}, each case alone", cases))
    figures = {name: quality.figures for name, quality in measured.items()} | {CASES: figures_of(cases)}

    print("\n| corpus | copies proposed | by LSH alone |\n|---|---|---|")
    for name, quality in measured.items():
        print(f"| {name} | {quality.proposed} | {quality.by_lsh} |")
    if folder is not None:
        print("\n| hard pairs of | C joined | P joined | T joined | I joined |\n|---|---|---|---|---|")
        for name, quality in measured.items():
            if quality.hard is not None:
                joined = (quality.hard.joined.get(label) for label in "CPTI")
                print(
                    f"| {name} | " + " | ".join("" if one is None else f"{one.hits}/{one.of}" for one in joined) + " |"
                )
        print()
        for corpus, stories in WITHOUT_COPIES.items():
            found = len(cluster_articles(read_articles(corpus_path(folder, corpus)), settings))
            print(f"{corpus}: {found} stories of {stories} articles without copies")
            if found < stories:
                short_of.append(f"{corpus}: {stories - found} false joins")

    if given.set_floors:
        kept["floors"] |= figures
        kept["digests"] |= digests
        kept["history"].append({"date": f"{datetime.now(UTC):%Y-%m-%d}", "why": given.set_floors})
        FLOORS.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", "utf-8")
        print(f"\nfloors set: {given.set_floors}")
        return 0
    for name, figure in figures.items():
        if name in digests and kept["digests"].get(name) != digests[name]:
            short_of.append(f"{name}: other data than its floors were set on; measure, then --set-floors")
        else:
            short_of += below(name, figure, kept["floors"][name])
    print("\n" + ("\n".join(short_of) if short_of else "no figure is below its floor"))
    return 1 if short_of else 0


if __name__ == "__main__":
    sys.exit(main())
