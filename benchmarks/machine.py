"""What a measurement is made with and on, and what it takes of it: versions, cores, time of processors, memory.

Memory is told by Linux alone.
"""

from __future__ import annotations

import os
import platform
import resource
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storycluster import __version__


def cores() -> int:
    """Processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The processor's name, where it can be read."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def machine(*others: str) -> dict[str, Any]:
    """What figures are measured with; ``others`` are further packages that take part."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "storycluster": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", *others)},
        "cores": cores(),
        "processor": processor(),
    }


def versions(*others: str) -> str:
    """The same as a line."""
    return ", ".join(f"{name} {value}" for name, value in machine(*others).items())


def resident() -> int:
    """Bytes that this process holds in memory now, mapped files included."""
    return in_status("VmRSS")


def own() -> int:
    """Bytes in memory that are this process's own: without mapped files, which the system can let go of."""
    return in_status("RssAnon")


def in_status(name: str) -> int:
    """A figure of Linux's /proc/self/status, in bytes (proc_pid_status(5))."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return int(lines[name].split()[0]) * 1024


def most_resident(*, children: bool = False) -> int:
    """Most bytes that this process held in memory at once; with ``children``, or one that it started and that ended.

    Not by getrusage, whose figure a process inherits from the one that started it.
    """
    most = in_status("VmHWM")
    return max(most, 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) if children else most


def processor_seconds(*, children: bool = False) -> float:
    """Seconds of all cores that this process has taken with its threads; with ``children``, and those that ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN) if children else (resource.RUSAGE_SELF,)
    used = map(resource.getrusage, whose)
    return sum(one.ru_utime + one.ru_stime for one in used)
