"""``storycluster evaluate``: how good a partition is, ours or anybody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from storycluster.cli.options import Reading, WholeNumber, read_settings, text_format_option
from storycluster.cli.road import check_inputs, run, say
from storycluster.errors import LabelsError
from storycluster.evaluation.labels import LabelledPair, holds_pairs, read_labels, read_pairs
from storycluster.evaluation.rates import short
from storycluster.evaluation.scores import LabelScores, PairScores, score_labels, score_pairs
from storycluster.fields import counted
from storycluster.formats.stories import to_json
from storycluster.settings import Settings


@click.command(short_help="Score stories against labels or labelled pairs.")
@click.argument("gold", metavar="GOLD")
@click.argument("predicted", metavar="PRED")
@click.option("--articles", metavar="FILE", help="The articles: gives the reason for each false join.")
@click.option("--settings", callback=read_settings, metavar="FILE", help="Those for --articles.")
@click.option("--limit", type=WholeNumber(0), default=20, show_default=True, help="Wrong pairs listed; 0 for all.")
@text_format_option
def evaluate(
    gold: str, predicted: str, articles: str | None, settings: Settings | None, limit: int, wanted: str
) -> None:
    """Score the partition PRED against GOLD.

    PRED is a file of stories, or of a label for each article (JSONL, JSON, CSV). GOLD is the same, or labelled pairs
    (a, b, label, maybe weight): C, copy, same must join; T, I, different must stay apart; anything else isn't scored.
    A row of them that can't be read stops the command. Each rate stands with its counts and its 95 % Wilson interval.

    \b
    Examples:
      storycluster evaluate pairs.csv stories.jsonl --articles news.jsonl
      storycluster evaluate gold.json theirs.csv
    """
    if articles is not None:
        check_inputs([articles])
    labels = read_labels(predicted)
    scores: PairScores | LabelScores
    if holds_pairs(gold):
        scores = score_pairs(read_pairs(gold), labels)
        lines, wrong = describe_pairs(scores), [(pair.a, pair.b) for pair in scores.false_joins]
        missed, counts = [(pair.a, pair.b) for pair in scores.misses], sum(rate.of for rate in scores.joined.values())
    else:
        scores = score_labels(read_labels(gold), labels, limit=limit or 1_000_000)
        lines, wrong = describe_labels(scores), list(scores.false_joins)
        missed, counts = list(scores.misses), scores.articles
    if not counts:
        raise LabelsError(f"{gold} and {predicted}: nothing that one labels is in the other; there is nothing to score")
    reasons: Sequence[str] = [""] * len(wrong)
    if articles is not None and wrong:
        ran = run([articles], Reading(settings=settings))
        reasons = [match.reason for match in ran.clustering.judge_pairs(wrong)]
        say(ran.intake.summary())
    if wanted == "json":
        click.echo(to_json(as_record(scores, wrong, reasons)).decode("utf-8"))
        return
    lines += list_pairs("false join", [f"{a}  {b}" for a, b in wrong], reasons, limit)
    lines += list_pairs("miss", [f"{a}  {b}" for a, b in missed], [""] * len(missed), limit)
    click.echo("\n".join(lines))


def describe_pairs(scores: PairScores) -> list[str]:
    """The scores on labelled pairs as lines."""
    lines = [
        f"precision  {scores.precision}",
        f"recall     {scores.recall}",
        f"F1         {short(scores.f1)}",
        f"weighted   precision {short(scores.weighted_precision)}, recall {short(scores.weighted_recall)}, "
        f"F1 {short(scores.weighted_f1)}",
        "joined by label",
        *(f"  {label:10} {rate}" for label, rate in scores.joined.items()),
    ]
    if scores.unknown:
        lines.append(f"{counted(len(scores.unknown), 'pair')} with an article that PRED doesn't know, not counted")
    return lines


def describe_labels(scores: LabelScores) -> list[str]:
    """The scores against a partition as lines."""
    lines = [
        f"articles   {scores.articles:,}",
        f"precision  {scores.precision}   of pairs",
        f"recall     {scores.recall}   of pairs",
        f"F1         {short(scores.f1)}",
        f"B-cubed    precision {short(scores.b_cubed_precision)}, recall {short(scores.b_cubed_recall)}, "
        f"F1 {short(scores.b_cubed_f1)}",
        f"ARI        {short(scores.adjusted_rand)}",
        f"V-measure  {short(scores.v_measure)}",
    ]
    for count, where in ((scores.only_gold, "GOLD"), (scores.only_predicted, "PRED")):
        if count:
            lines.append(f"{counted(count, 'article')} only in {where}, not counted")
    return lines


def list_pairs(noun: str, pairs: Sequence[str], reasons: Sequence[str], limit: int) -> list[str]:
    """Wrong pairs, each with the reason where there is one."""
    plural = "misses" if noun == "miss" else f"{noun}s"
    lines = ["", counted(len(pairs), noun, plural)]
    for pair, reason in list(zip(pairs, reasons, strict=True))[: limit or None]:
        lines.append(f"  {pair}")
        if reason:
            lines.append(f"     {reason}")
    if limit and len(pairs) > limit:
        lines.append(f"  … and {len(pairs) - limit:,} more (--limit 0 shows all)")
    return lines


def as_record(
    scores: PairScores | LabelScores, wrong: Sequence[tuple[str, str]], reasons: Sequence[str]
) -> Mapping[str, object]:
    """The scores as strings, numbers, lists and mappings."""
    record: dict[str, object] = {
        name: {"hits": rate.hits, "of": rate.of, "interval": rate.interval()}
        for name, rate in (("precision", scores.precision), ("recall", scores.recall))
    }
    record["f1"] = scores.f1
    if isinstance(scores, PairScores):
        record |= {
            "weighted_precision": scores.weighted_precision,
            "weighted_recall": scores.weighted_recall,
            "joined": {label: {"hits": rate.hits, "of": rate.of} for label, rate in scores.joined.items()},
            "misses": [as_pair(pair) for pair in scores.misses],
            "unknown": [as_pair(pair) for pair in scores.unknown],
        }
    else:
        record |= {
            "articles": scores.articles,
            "only_gold": scores.only_gold,
            "only_predicted": scores.only_predicted,
            "b_cubed_precision": scores.b_cubed_precision,
            "b_cubed_recall": scores.b_cubed_recall,
            "adjusted_rand": scores.adjusted_rand,
            "v_measure": scores.v_measure,
            "misses": [{"a": a, "b": b} for a, b in scores.misses],
        }
    pairs = [{"a": a, "b": b, "reason": reason} for (a, b), reason in zip(wrong, reasons, strict=True)]
    return record | {"false_joins": pairs}


def as_pair(pair: LabelledPair) -> dict[str, object]:
    """A labelled pair as a mapping."""
    return {"a": pair.a, "b": pair.b, "label": pair.label, "weight": pair.weight}
