"""``storycluster index rebuild``: an index anew under other settings."""

from __future__ import annotations

import click

from storycluster.cli.index.opening import index_argument, load_index_kernels
from storycluster.cli.road import Meter, say
from storycluster.fields import counted
from storycluster.settings import Settings
from storycluster.store.address import shown


@click.command(short_help="Make an index anew under other settings.")
@index_argument
@click.argument("target", metavar="NEW")
@click.option(
    "--settings", "changed", metavar="FILE",
    help="TOML file of settings; those that it doesn't name are as in INDEX. See `storycluster settings`.",
)  # fmt: skip
def rebuild(path: str, target: str, changed: str | None) -> None:
    """Write a new index with the articles of INDEX, under its settings or with some of them changed.

    INDEX must hold the articles' texts (`index add --store-text`). Times of arrival are kept; stories get their ids
    anew, and the feed of changes begins anew.
    """
    from storycluster.index.opening import settings_at

    settings = None if changed is None else Settings.from_toml(changed, settings_at(path))
    load_index_kernels()
    from storycluster.story_index import rebuild_index

    with Meter("applying what was learnt") as meter:
        count = rebuild_index(path, target, settings, progress=meter.show)
    say([f"{counted(count, 'article')} written to {shown(target)}"])
