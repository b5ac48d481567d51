"""``storycluster demo``: the main job on a bundled sample."""

from __future__ import annotations

import sys

import click

from storycluster.cli.explain import describe
from storycluster.cli.options import Reading, settings_option
from storycluster.cli.road import run, say, summarize
from storycluster.sample import sample_articles_path
from storycluster.settings import Settings

SHOWN_PAIRS = (("ferry-gazette", "ferry-courier"), ("market-tuesday", "market-wednesday"))
"""A copy and a look-alike."""
CHANGES = 6


@click.command(short_help="Show the main job on a bundled sample.")
@settings_option
def demo(settings: Settings | None) -> None:
    """Cluster fourteen invented articles: wire copies, a cut copy, a correction, look-alikes, independent reports."""
    from storycluster.cli.table import write_table

    path = str(sample_articles_path())
    ran = run([path], Reading(settings=settings))
    clustering = ran.clustering
    write_table(clustering.stories, len(clustering), sys.stdout)
    for a, b in SHOWN_PAIRS:
        of = (clustering.explain(a, b), clustering.article(a), clustering.article(b))
        click.echo("\n".join(["", *describe(*of, CHANGES, all_by="storycluster explain")]))
    sys.stdout.flush()
    say(["", *summarize(ran), "", "The sample is here, to try commands on:", f"  {path}"])
