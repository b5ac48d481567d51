"""The plot of a run: articles a second, one bar a contestant, one panel a corpus and mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MODES = {"texts": "texts in memory → groups", "files": "JSONL → groups in a file"}


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw the runs of ``benchmarks.speed``."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "storycluster"  # the same bytes every time
    from matplotlib import pyplot

    runs = result["runs"]
    figure, axes = pyplot.subplots(1, len(runs), figsize=(4.2 * len(runs), 2.8), layout="constrained", squeeze=False)
    for axis, run in zip(axes.flat, runs, strict=True):
        names = [row["contestant"] for row in run["rows"]]
        rates = [row["articles_per_second"] for row in run["rows"]]
        bars = axis.barh(names, rates, color=["C3" if name.startswith("storycluster") else "C0" for name in names])
        axis.bar_label(bars, [f"{rate:,}" for rate in rates], padding=3, fontsize=7)
        axis.set_xscale("log")
        axis.set_xlim(min(rates) / 2, max(rates) * 5)
        axis.invert_yaxis()
        axis.set_xlabel("articles a second (logarithmic)", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.set_title(f"{run['corpus']}, {run['articles']:,} articles\n{MODES[run['mode']]}", fontsize=8)
    figure.savefig(path, metadata={"Date": None})
