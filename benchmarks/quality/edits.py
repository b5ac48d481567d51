"""Recall by edit and strength, on simulated copies: ours and the other libraries'.

    python -m benchmarks.quality.edits
    python -m benchmarks.quality.edits --write  # writes docs/recall.md and docs/recall.svg

For each edit at each strength, articles and their edited copies are clustered at once; recall is the share of copies
that stand with their originals. The other libraries run at the threshold that serves them best on the real pairs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.rivals import RIVALS, Rival
from storycluster import Article, cluster_articles
from storycluster.evaluation import Rate
from storycluster.testing import EDITS, apply_edits, compose

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGES = ("en", "ar", "zh")
ARTICLES = 20
"""Articles in each language."""
START = datetime(2025, 3, 1, tzinfo=UTC)
SETTINGS = {"datasketch": (0.4, 3), "rensa": (0.4, 3), "gaoya": (0.3, 5)}
"""Threshold and words a shingle: each one's best on groundnews-dev (benchmarks/RESULTS.md)."""

Tool = Callable[[Sequence[Article]], Sequence[int]]


def ours(articles: Sequence[Article]) -> Sequence[int]:
    labels: Sequence[int] = cluster_articles(articles).labels.tolist()
    return labels


def theirs(rival: Rival, threshold: float, width: int) -> Tool:
    return lambda articles: rival([article.text for article in articles], threshold, width)


def originals() -> list[Article]:
    """The articles, an hour apart, each in an outlet of its own."""
    made = []
    for language in LANGUAGES:
        for i in range(ARTICLES):
            base = compose(f"{language}{i}", seed=1000 + i, language=language, outlet=f"Outlet {language} {i}")
            made.append(dated(base, base.id, base.outlet, i))
    return made


def dated(article: Article, id: str, outlet: str, hours: float) -> Article:
    return Article(
        id, article.text, article.title, outlet, published=START + timedelta(hours=hours), language=article.language
    )


def recall(tool: Tool, edit: str, strength: float) -> Rate:
    """Of the copies so edited, those that stand with their originals."""
    bases = originals()
    copies = []
    for i, base in enumerate(bases):
        edited = apply_edits(base, {edit: strength}, seed=i)
        copies.append(dated(edited, f"{base.id}-copy", f"Copying {i}", i % ARTICLES + 2))
    labels = tool([*bases, *copies])
    return Rate(sum(labels[i] == labels[len(bases) + i] for i in range(len(bases))), len(bases))


def measure() -> dict[str, dict[str, list[tuple[float, Rate]]]]:
    """Edit → tool → strength and recall."""
    tools: dict[str, Tool] = {"storycluster": ours}
    tools |= {name: theirs(RIVALS[name], *how) for name, how in SETTINGS.items()}
    return {
        edit.name: {
            name: [(strength, recall(tool, edit.name, strength)) for strength in edit.strengths]
            for name, tool in tools.items()
        }
        for edit in EDITS.values()
    }


def table(found: dict[str, dict[str, list[tuple[float, Rate]]]]) -> list[str]:
    """The lines of a table: recall by edit, strength and tool."""
    tools = next(iter(found.values()))
    lines = ["| edit | strength | " + " | ".join(tools) + " |", "|---|---:|" + "---:|" * len(tools)]
    for edit, by_tool in found.items():
        for i, (strength, _) in enumerate(by_tool["storycluster"]):
            rates = " | ".join(f"{rates[i][1].value:.2f}" for rates in by_tool.values())
            lines.append(f"| {edit} ({EDITS[edit].unit}) | {strength:g} | {rates} |")
    return lines


def write_page(found: dict[str, dict[str, list[tuple[float, Rate]]]], path: Path) -> None:
    count = len(LANGUAGES) * ARTICLES
    lines = [
        "# Recall by edit",
        "",
        f"Of {count} simulated articles ({', '.join(LANGUAGES)}) and one edited copy of each, the share of copies that",
        "stand with their originals. Written by `python -m benchmarks.quality.edits --write`; the other libraries",
        "run at the threshold that serves them best on real pairs ([RESULTS.md](../benchmarks/RESULTS.md)). They take",
        "words as `\\w+`, as their examples do: in Chinese, a third of these articles, that is a clause, and the first",
        "thing they lose. The edits are made one at a time and look-alikes play no part here; real copies are harder.",
        "",
        "![Recall by edit and strength](recall.svg)",
        "",
        *table(found),
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def draw(found: dict[str, dict[str, list[tuple[float, Rate]]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "storycluster"  # the same bytes every time
    from matplotlib import pyplot

    columns = 5
    rows = -(-len(found) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(15, 2.2 * rows), sharey=True, layout="constrained")
    for axis in axes.flat[len(found) :]:
        axis.set_visible(False)
    styles = {  # color, line, width
        "storycluster": ("C3", "-", 2.4),
        "datasketch": ("C0", "-", 1.2),
        "rensa": ("C2", "--", 1.2),
        "gaoya": ("C1", ":", 1.8),
    }
    for axis, (edit, tools) in zip(axes.flat, found.items(), strict=False):
        for name, points in tools.items():
            color, line, width = styles[name]
            axis.plot(
                range(len(points)), [rate.value for _, rate in points], line, color=color, linewidth=width, label=name,
                marker="o", markersize=3,
            )  # fmt: skip
        strengths = [f"{strength:g}" for strength, _ in next(iter(tools.values()))]
        axis.set_xticks(range(len(strengths)), strengths, fontsize=7)
        axis.set_title(f"{edit.replace('_', ' ')}, {EDITS[edit].unit}", fontsize=8)
        axis.set_ylim(-0.05, 1.05)
        axis.grid(alpha=0.3)
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names))
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description="Recall by edit and strength, on simulated copies.")
    parser.add_argument("--write", action="store_true", help="write docs/recall.md and docs/recall.svg")
    given = parser.parse_args()
    found = measure()
    print("\n".join(table(found)))
    if given.write:
        write_page(found, DOCS / "recall.md")
        draw(found, DOCS / "recall.svg")


if __name__ == "__main__":
    main()
