"""``storycluster index changes``: the feed of what happened to stories."""

from __future__ import annotations

import select
import sys
import time
from dataclasses import asdict
from functools import partial

import click

from storycluster.cli.index.opening import index_argument, stopping, write_line
from storycluster.cli.options import WholeNumber

PAUSE = 0.2
"""Seconds between two looks at the feed when following."""


@click.command(short_help="What happened to the stories, in order.")
@index_argument
@click.option(
    "--since", type=WholeNumber(0), default=0, show_default=True, metavar="CURSOR",
    help="Only what came after this place in the feed: the cursor of the last change that you have.",
)  # fmt: skip
@click.option("--follow", is_flag=True, help="Go on with what comes, until stopped.")
def changes(path: str, since: int, follow: bool) -> None:
    """Write the feed of changes, a line of JSON each.

    Each says which stories there were before and after, and the story of every article that moved: whoever applies
    them in order has every article's story. With the cursor of the last line, --since goes on where you stopped.
    """
    with stopping() as stop:
        from storycluster.story_index import StoryIndex

        with StoryIndex.open(path, read_only=True) as index:
            while True:
                for change in index.changes(since):
                    stop.work(partial(write_line, {**asdict(change), "at": change.at.isoformat()}))
                    since = change.cursor
                    if stop.wanted:
                        return
                if not follow or not wait_with_reader(PAUSE):
                    return


def wait_with_reader(seconds: float) -> bool:
    """Wait as long as somebody may read standard output: False once the other end of its pipe is closed."""
    if not hasattr(select, "poll"):  # Windows: told at the next line
        time.sleep(seconds)
        return True
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # errors alone, which are told whatever is asked for
    told = [event for _, event in poll.poll(1_000 * seconds)]
    if select.POLLNVAL in told:  # some systems can't tell it of a terminal
        time.sleep(seconds)
    return not any(event & (select.POLLERR | select.POLLHUP) for event in told)
