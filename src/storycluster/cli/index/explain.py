"""``storycluster index explain``: why two articles of an index are, or are not, one story."""

from __future__ import annotations

from dataclasses import asdict

import click

from storycluster.cli.explain import describe_changes, describe_verdict
from storycluster.cli.index.opening import index_argument, load_index_kernels, write_line
from storycluster.cli.options import changes_option, text_format_option
from storycluster.cli.road import Meter


@click.command(short_help="Why two articles of an index are, or are not, one story.")
@index_argument
@click.argument("id_a", metavar="ID")
@click.argument("id_b", metavar="ID")
@text_format_option
@changes_option
def explain(path: str, id_a: str, id_b: str, wanted: str, limit: int) -> None:
    """Say why two articles of an index are, or are not, one story.

    Where the index keeps texts (`index add --store-text`), what differs between the two is told, too.
    """
    from storycluster.story_index import StoryIndex

    with Meter() as meter, StoryIndex.open(path, read_only=True, progress=meter.show) as index:
        load_index_kernels()
        match = index.judge(id_a, id_b)
        together = index.story_id_of(id_a) == index.story_id_of(id_b)
        explanation = index.explain(id_a, id_b) if index.keeps_text(id_a) and index.keeps_text(id_b) else None
        a, b = index.article(id_a), index.article(id_b)
    if wanted == "json":
        bare = {"match": asdict(match), "together": together, "changes": None, "changed_facts": None}
        write_line(bare if explanation is None else asdict(explanation))
        return
    lines = describe_verdict(match, together, a, b)
    if explanation is None:
        lines += [
            "",
            "the index keeps no text of both: what differs can't be told (`index add --store-text` keeps texts)",
        ]
    else:
        lines += describe_changes(explanation, limit)
    click.echo("\n".join(lines))
