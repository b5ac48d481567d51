"""``storycluster settings``: the numbers in effect."""

from __future__ import annotations

import click

from storycluster.cli.options import settings_option
from storycluster.settings import Settings


@click.command("settings", short_help="Print the settings in effect as TOML.")
@settings_option
def show_settings(settings: Settings | None) -> None:
    """Print the settings in effect as TOML, as --settings reads them.

    A file may name only what it changes. What each setting means, and where its number comes
    from, stands in storycluster.Settings (`pydoc storycluster.Settings`).

    \b
    Example:
      storycluster settings > mine.toml
    """
    click.echo((settings or Settings()).to_toml(), nl=False)
