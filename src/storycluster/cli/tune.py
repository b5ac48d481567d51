"""``storycluster tune``: settings from a user's own labelled pairs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import click

from storycluster.cli.options import Reading, WholeNumber, check_target, reading_options
from storycluster.cli.road import check_apart, run, say, summarize
from storycluster.evaluation.labels import read_pairs
from storycluster.evaluation.rates import Rate, short
from storycluster.evaluation.scores import PairScores, harmonic
from storycluster.evaluation.tuning import choose
from storycluster.formats.output import open_output
from storycluster.settings import Settings

STEPS = (-0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2)
"""What is added to the three told shares."""
FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)
"""What the replaced facts are multiplied by."""


@click.command(short_help="Propose settings from your own labelled pairs.")
@click.argument("articles", metavar="ARTICLES")
@click.argument("pairs", metavar="PAIRS")
@click.option("-o", "--output", callback=check_target, metavar="FILE", help="Write the proposed settings there (TOML).")
@click.option("--force", is_flag=True, help="Write over FILE if it is there.")
@click.option("--folds", type=WholeNumber(2), default=5, show_default=True, help="Folds of the cross-validation.")
@reading_options
def tune(
    articles: str,
    pairs: str,
    output: str | None,
    force: bool,
    folds: int,
    reading: Reading,
) -> None:
    """Propose how much of a text must be told alike, and how many facts may differ, from labelled pairs.

    Tried are the told shares moved up and down together, and the shares of replaced facts made smaller and larger.
    The best is the one with the highest F-measure in which precision counts twice as much as recall. What it is worth
    is told on pairs that it wasn't chosen by: pairs that share articles, directly or through others, are never on both
    sides.

    Nothing is written unless -o says where, and nothing is written over without --force.

    \b
    Example:
      storycluster tune news.jsonl pairs.csv -o mine.toml
    """
    if output is not None and Path(output).exists() and not force:
        raise click.UsageError(f"{output} is there already; name another file, or write over it with --force")
    check_apart([articles, pairs], output)
    labelled = read_pairs(pairs)
    ran = run([articles], reading)
    clustering = ran.clustering
    wanted = sorted({article for pair in labelled for article in (pair.a, pair.b)})
    here = set(clustering.ids)
    known = [article for article in wanted if article in here]
    present_settings = reading.settings or Settings()
    tried = grid(present_settings)
    maps = []
    for candidate in tried:
        found = clustering.rethreshold(candidate)
        maps.append({article: found.story_of(article).id for article in known})
    present = tried.index(present_settings)
    choice = choose(labelled, maps, present=present, folds=folds)
    best = tried[choice.chosen]
    lines = [
        "told_share  replaced_facts  precision                    recall",
        *(
            f"{candidate.told_share:10.3g}  {candidate.replaced_facts:14.3g}  {row(scores)}{mark}"
            for i, (candidate, scores) in enumerate(zip(tried, choice.scores, strict=True))
            if candidate.replaced_facts in (present_settings.replaced_facts, best.replaced_facts)
            for mark in ["  ← present" * (i == present) + "  ← proposed" * (i == choice.chosen)]
        ),
        "",
        f"on pairs not chosen by ({len(choice.by_fold)} folds)",
        f"  proposed  {both(choice.held_out_precision, choice.held_out_recall)}",
        f"  present   {both(*choice.held_out_present)}",
    ]
    agreeing = choice.by_fold.count(choice.chosen)
    lines.append(f"  {agreeing} of {len(choice.by_fold)} folds propose the same; where few do, label more pairs")
    if unknown := len(wanted) - len(known):
        lines.append(f"  {unknown:,} of the pairs' articles aren't in {articles}; their pairs are left out")
    click.echo("\n".join(lines))
    if output is not None:
        with open_output(output) as file:
            file.write(best.to_toml().encode("utf-8"))
        say([f"written: {output}"])
    say(summarize(ran))


def grid(settings: Settings) -> list[Settings]:
    """The settings to try, from the most joining to the least; the present ones are among them."""
    found = []
    for factor, step in product(reversed(FACTORS), STEPS):
        shares = {
            name: min(1.0, max(0.0, round(getattr(settings, name) + step, 6)))
            for name in ("told_share", "told_share_outlet", "told_share_stub")
        }
        facts = {
            name: min(1.0, round(getattr(settings, name) * factor, 6))
            for name in ("replaced_facts", "replaced_facts_rerun")
        }
        changed = settings.changed(**shares, **facts)
        if changed not in found:
            found.append(changed)
    return found


def row(scores: PairScores) -> str:
    """Precision and recall in columns."""
    return f"{scores.precision!s:27}  {scores.recall}"


def both(precision: Rate, recall: Rate) -> str:
    """Precision and recall in words."""
    return f"precision {precision}, recall {recall}, F1 {short(harmonic(precision.value, recall.value))}"
