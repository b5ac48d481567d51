"""``storycluster explain``: why two articles are, or are not, one story."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from storycluster.cli.options import Reading, changes_option, inputs_argument, reading_options, text_format_option
from storycluster.cli.road import run, say
from storycluster.fields import counted
from storycluster.formats.stories import to_json
from storycluster.models import Article, Match

if TYPE_CHECKING:
    from storycluster.clustering import Explanation
    from storycluster.compare import Change

MOST_WORDS = 24
"""Words of a changed passage that are shown."""
VERDICTS = {
    "same": "the same article: they are told in the same words",
    "partial": "part of one stands in the other, which is not enough to be one article",
    "template": "look-alikes: one form, other facts",
    "reprint": "the same text, run again too long after",
    "different": "different articles",
}


@click.command(short_help="Why two articles are, or are not, one story.")
@inputs_argument
@click.argument("id_a", metavar="ID")
@click.argument("id_b", metavar="ID")
@text_format_option
@changes_option
@reading_options
def explain(
    inputs: tuple[str, ...],
    id_a: str,
    id_b: str,
    wanted: str,
    limit: int,
    reading: Reading,
) -> None:
    """Say why two articles of files are, or are not, one story, and what differs between them.

    All of INPUT is clustered, because what recurs in it (footers, forms) counts less.

    \b
    Example:
      storycluster explain news.jsonl korea-1 hansindia-7
    """
    ran = run(inputs, reading)
    explanation = ran.clustering.explain(id_a, id_b)
    if wanted == "json":
        click.echo(to_json(asdict(explanation)).decode("utf-8"))
    else:
        a, b = (ran.clustering.article(article_id) for article_id in (id_a, id_b))
        click.echo("\n".join(describe(explanation, a, b, limit)))
    say(ran.intake.summary())


def describe(explanation: Explanation, a: Article, b: Article, limit: int, *, all_by: str = "--limit 0") -> list[str]:
    """The explanation as lines to read; ``all_by`` is what shows all changes."""
    verdict = describe_verdict(explanation.match, explanation.together, a, b)
    return verdict + describe_changes(explanation, limit, all_by=all_by)


def describe_verdict(match: Match, together: bool, a: Article, b: Article) -> list[str]:
    """Which two articles they are, whether they stand in one story, and why, as lines to read."""
    from storycluster.cli.table import printable, shown_date

    lines = []
    for name, article in (("a", a), ("b", b)):
        outlet, title = article.outlet or "outlet unknown", article.title or "(no title)"
        lines.append(f"{name}  {printable(article.id)}: {printable(outlet)}, {shown_date(article.published)}")
        lines.append(f"   {printable(title)}")
    relation = f"; a is to b: {match.relation}" if match.relation else ""
    lines += [
        "",
        f"{'one story' if together else 'two stories'} – {VERDICTS[match.verdict]}{relation}",
        f"   {match.reason}",
        f"   Jaccard {match.jaccard:.2f}, containment {match.containment:.2f}, told share {match.prose:.2f}",
    ]
    if match.linked:
        lines.append("   (linked by the caller)")
    elif together != (match.verdict == "same"):
        how = "through their story's anchor" if together else "but no one article matches all copies of both"
        lines.append(f"   ({how})")
    return lines


def describe_changes(explanation: Explanation, limit: int, *, all_by: str = "--limit 0") -> list[str]:
    """What differs between two articles, so many changes at most (0 for all), as lines to read."""
    changes = explanation.changes
    lines = ["", f"{counted(len(changes), 'change')}, {counted(len(explanation.changed_facts), 'changed fact')}"]
    lines += [f"   {describe_change(change)}" for change in changes[: limit or None]]
    if limit and len(changes) > limit:
        lines.append(f"   … and {len(changes) - limit:,} more ({all_by} shows all)")
    return lines


def describe_change(change: Change) -> str:
    """One change: what only a has after -, what only b has after +."""
    from storycluster.cli.table import printable

    parts = [f"- {shortened(change.before)}"] * bool(change.before) + [f"+ {shortened(change.after)}"] * bool(
        change.after
    )
    return printable("  ".join(parts)) + ("   (fact)" if change.facts else "")


def shortened(passage: str) -> str:
    """A passage, its middle left out if it is long."""
    words = passage.split(" ")
    if len(words) <= MOST_WORDS:
        return passage
    half = MOST_WORDS // 2
    return " ".join([*words[:half], f"[… {len(words) - 2 * half:,} words …]", *words[-half:]])
