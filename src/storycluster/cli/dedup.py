"""``storycluster dedup``: one article a story, and what the dropped ones duplicate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from storycluster.cli.options import (
    Reading,
    check_target,
    format_of,
    inputs_argument,
    memory_option,
    output_option,
    reading_options,
)
from storycluster.cli.road import check_apart, run, say, summarize
from storycluster.fields import counted
from storycluster.formats.output import open_outputs
from storycluster.formats.stories import WRITTEN, write_records, write_table
from storycluster.story import LEADS

if TYPE_CHECKING:
    from storycluster.clustering import Clustering

KEEP = {"lead" if choose is None else name: choose for name, choose in LEADS.items()}


@click.command(short_help="One article a story, and what the dropped ones duplicate.")
@inputs_argument
@output_option
@click.option(
    "--keep",
    type=click.Choice(list(KEEP)),
    default="lead",
    show_default=True,
    help="Which copy of a story: the one that all others match, the first published, the longest.",
)
@click.option(
    "--dropped",
    callback=check_target,
    metavar="FILE",
    help="Write the dropped articles' ids there, with what they duplicate.",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(WRITTEN),
    default=None,
    help="What FILE's ending says, else jsonl.",
)
@memory_option
@reading_options
def dedup(
    inputs: tuple[str, ...],
    output: str,
    keep: str,
    dropped: str | None,
    wanted: str | None,
    memory: int | None,
    reading: Reading,
) -> None:
    """Write one article of each story, in the order of the input.

    Records keep all their fields, those that storycluster understands under its names. Each line of the file of
    dropped ones says which article was kept in its place (duplicate_of), which one it was matched with (matched: that
    one, or the story's anchor where the two match each other only through it), and the scores and the reason of that
    match.

    \b
    Examples:
      storycluster dedup crawl.jsonl -o unique.jsonl --dropped dropped.jsonl
      storycluster dedup crawl.csv --keep first -o unique.csv
    """
    check_apart(inputs, output, dropped)
    format, dropped_format = format_of(output, wanted, remedy=", or say --format"), format_of(dropped or "-")
    ran = run(inputs, reading, choose_lead=KEEP[keep], memory=memory)
    clustering = ran.clustering
    kept = np.sort(clustering.lead_places()).tolist()
    records = (clustering.articles[place].to_mapping() for place in kept)
    with open_outputs() as opened:
        file = opened(output)
        if format == "csv":  # with the same columns whichever articles are kept
            columns = dict.fromkeys(name for article in clustering.articles for name in article.to_mapping())
            write_table(list(columns), records, file)
        else:
            write_records(records, file, format=format)
        if dropped is not None:
            write_records(dropped_records(clustering), opened(dropped), format=dropped_format)
    say([f"{counted(len(kept), 'article')} kept, {len(clustering.articles) - len(kept):,} dropped", *summarize(ran)])


def dropped_records(clustering: Clustering) -> Iterator[dict[str, Any]]:
    """The dropped articles, story by story, each with what it duplicates."""
    rows = [
        (copy.article_id, story.lead, story.anchor, story.id, copy.relation)
        for story in clustering.stories
        if len(story) > 1
        for copy in story.copies
        if copy.article_id != story.lead
    ]
    with_kept = clustering.judge_pairs((article_id, kept) for article_id, kept, *_ in rows)
    with_anchor = clustering.judge_pairs((article_id, anchor) for article_id, _, anchor, *_ in rows)
    for (article_id, kept, _, story, relation), direct, anchored in zip(rows, with_kept, with_anchor, strict=True):
        match = direct if direct.verdict == "same" else anchored
        yield {
            "id": article_id,
            "duplicate_of": kept,
            "matched": match.b,
            "story": story,
            "relation": match.relation or relation,
            "jaccard": match.jaccard,
            "containment": match.containment,
            "prose": match.prose,
            "reason": match.reason,
            "linked": match.linked,
        }
