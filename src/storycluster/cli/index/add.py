"""``storycluster index add``: articles in, one placement a line out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import click

from storycluster.cli.index.opening import (
    Inputs,
    index_argument,
    load_index_kernels,
    read_span,
    stopping,
    timeout_option,
    write_line,
)
from storycluster.cli.options import Reading, WholeNumber, inputs_argument, reading_options
from storycluster.cli.road import Meter
from storycluster.fields import counted

if TYPE_CHECKING:
    from storycluster.index.placement import Placement
    from storycluster.models import Article


@click.command(short_help="Articles in, one placement a line out.")
@index_argument
@inputs_argument
@click.option(
    "--retention", callback=read_span, metavar="DAYS",
    help="How long articles stay; none keeps all. As the index has it if left out, 30 for a new one.",
)  # fmt: skip
@click.option(
    "--retain-by", type=click.Choice(["arrival", "publication"]), default=None,
    help="From when that counts; as the index has it if left out, from arrival for a new one.",
)  # fmt: skip
@click.option(
    "--keep-changes", callback=read_span, metavar="DAYS",
    help="How long the feed keeps its entries; none keeps all. As the index has it if left out, 30 for a new one.",
)  # fmt: skip
@click.option(
    "--store-text/--no-store-text", default=None,
    help="Keep the texts of what comes, too: `index rebuild` needs them, and `index explain` to tell what differs. As "
    "the index has it if left out, not in a new one.",
)  # fmt: skip
@click.option(
    "--synchronous", type=click.Choice(["normal", "full"]), default="normal", show_default=True,
    help="full: what is printed survives the loss of power too, and each article waits for the disk.",
)  # fmt: skip
@click.option(
    "--batch", type=WholeNumber(1), default=1, show_default=True, metavar="N",
    help="Keep N articles at a time: faster, and placements come N at a time.",
)  # fmt: skip
@timeout_option
@reading_options
def add(
    path: str,
    inputs: tuple[str, ...],
    retention: timedelta | Literal["kept"] | None,
    retain_by: Literal["arrival", "publication"] | None,
    keep_changes: timedelta | Literal["kept"] | None,
    store_text: bool | None,
    synchronous: Literal["normal", "full"],
    batch: int,
    timeout: float,
    reading: Reading,
) -> None:
    """Add the articles of files, or of standard input as they come, to an index.

    Each one's placement is a line of JSON: its story, whether it began it, joined it or merged several, its match with
    the story's anchor, and near misses. A line is written when its article is kept. The same id with the same content
    changes nothing; with other content it is an update. SIGTERM ends the command after the article in hand.

    \b
    Examples:
      crawler | storycluster index add news.db - > placements.jsonl
      storycluster index add news.db day/*.jsonl.gz --batch 1000 > /dev/null
    """
    given = Inputs(inputs, reading)
    outcomes: dict[str, int] = {}
    too_old = 0
    with stopping() as stop:
        from storycluster.story_index import StoryIndex

        with (
            Meter() as meter,
            StoryIndex.open(
                path, reading.settings, aliases=reading.aliases, retention=retention, retain_by=retain_by,
                keep_changes=keep_changes, store_text=store_text, synchronous=synchronous, timeout=timeout,
                progress=meter.show,
            ) as index,
        ):  # fmt: skip
            load_index_kernels()

            def take(taken: list[Article]) -> None:
                nonlocal too_old
                for placement in index.add_many(taken):
                    too_old += placement.article_id not in index
                    did = "updated" if placement.updated else placement.outcome
                    outcomes[did] = outcomes.get(did, 0) + 1
                    write_line(placement_record(placement))

            given.work_off(batch, take, stop)
    told = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(outcomes.items()))
    if too_old:
        told += f"; {too_old:,} too old to stay (see --retention and --retain-by)"
    given.end(f"{counted(sum(outcomes.values()), 'article')} added{': ' + told if told else ''}", stop)


def placement_record(placement: Placement) -> dict[str, Any]:
    """A placement as JSON has it."""
    match = placement.match
    return {
        "article": placement.article_id,
        "story": placement.story_id,
        "outcome": placement.outcome,
        "updated": placement.updated,
        "match": None if match is None else asdict(match),
        "others": [asdict(other) for other in placement.others],
        "near_misses": [asdict(near) for near in placement.near_misses],
    }
