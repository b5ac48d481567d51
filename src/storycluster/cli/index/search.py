"""``storycluster index search``: what articles would match, without adding them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from storycluster.cli.index.opening import Inputs, index_argument, load_index_kernels, stopping, write_line
from storycluster.cli.options import Reading, WholeNumber, inputs_argument, source_options
from storycluster.cli.road import Meter
from storycluster.errors import UnknownIdError
from storycluster.fields import counted

if TYPE_CHECKING:
    from storycluster.models import Article
    from storycluster.story_index import StoryIndex


@click.command(short_help="What articles would match, without adding them.")
@index_argument
@inputs_argument
@click.option(
    "--limit", type=WholeNumber(0), default=20, show_default=True, metavar="N", help="Matches shown; 0 for all."
)
@source_options
def search(path: str, inputs: tuple[str, ...], limit: int, reading: Reading) -> None:
    """Say what each article of files, or of standard input as they come, would match in an index; none is added.

    For each one, a line of JSON with its matches comes out, best first: all that is not "different", each with the
    story that it is in. An article with its id that is in the index is left out. What others add meanwhile is found.

    \b
    Example:
      storycluster index search news.db new.jsonl --limit 1
    """
    given = Inputs(inputs, reading)
    count = 0
    with stopping() as stop:
        from storycluster.story_index import StoryIndex

        with Meter() as meter, StoryIndex.open(path, read_only=True, progress=meter.show) as index:
            load_index_kernels()

            def show(taken: list[Article]) -> None:
                nonlocal count
                show_matches(index, taken[0], limit)
                count += 1

            given.work_off(1, show, stop)
    given.end(f"{counted(count, 'article')} searched for", stop)


def show_matches(index: StoryIndex, article: Article, limit: int) -> None:
    """Write what an article would match."""
    matches = index.search(article)[: limit or None]
    write_line({"article": article.id, "matches": [match_record(index, asdict(match)) for match in matches]})


def match_record(index: StoryIndex, match: dict[str, Any]) -> dict[str, Any]:
    """A match with the story of the article in the index; None if that has gone meanwhile."""
    try:
        story: str | None = index.story_id_of(match["b"])
    except UnknownIdError:
        story = None
    return {"story": story, **match}
