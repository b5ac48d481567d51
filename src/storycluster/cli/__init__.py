"""The command ``storycluster``: one file a command."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import FrameType
from typing import ClassVar

import click

from storycluster import __version__
from storycluster.cli.wording import in_shell
from storycluster.errors import StoryclusterError

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
UNNAMED = dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "standard output") | {
    errno.EBADF: "standard input or output, which is closed"
}
"""What an error of the system is about that names no file."""
COMMANDS = {
    "cluster": ("storycluster.cli.cluster", "cluster"),
    "compile": ("storycluster.cli.compile", "compile_kernels"),
    "dedup": ("storycluster.cli.dedup", "dedup"),
    "demo": ("storycluster.cli.demo", "demo"),
    "evaluate": ("storycluster.cli.evaluate", "evaluate"),
    "explain": ("storycluster.cli.explain", "explain"),
    "index": ("storycluster.cli.index", "index"),
    "settings": ("storycluster.cli.show_settings", "show_settings"),
    "tune": ("storycluster.cli.tune", "tune"),
}
"""Command → the module and the function behind it; a module is imported when its command is called."""


class Commands(click.Group):
    """A group whose commands are imported when they are called for."""

    places: ClassVar[Mapping[str, tuple[str, str]]] = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None if there is none."""
        if cmd_name not in self.places:
            return None
        module, name = self.places[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="storycluster")
def app() -> None:
    """Turn news articles into stories: syndicated copies of one text become one story with its outlets.

    \b
    Exit codes: 0 done; 1 the input or a file is no good (the message says what);
    2 the command was called wrongly; 130 interrupted, no output was written.
    """


def stop(signum: int, frame: FrameType | None) -> None:
    """Treat a request to end as Ctrl-C, so that half-written output is taken away."""
    raise KeyboardInterrupt


def open_closed_streams() -> None:
    """Have standard streams that the caller closed be there, before a file of ours stands in their place.

    What goes to the log is let go of; to read from the input, or write to the output, is an error.
    """
    for name, mode, own in (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY)):
        if getattr(sys, name) is None:  # the least free descriptor is the stream's own, as those before it are there
            descriptor = os.open(os.devnull, own)
            stream = open(descriptor, mode, errors="backslashreplace")  # noqa: SIM115  # it lives as long as the process
            setattr(sys, name, stream)


def told(error: Exception) -> str:
    """What an error says; of the system's own the file and what is wrong with it."""
    if isinstance(error, OSError) and error.strerror is not None:
        # whatever else is written to has a name
        name = UNNAMED.get(error.errno or 0) if error.filename is None else error.filename
        return f"{name}: {error.strerror}" if name is not None else error.strerror
    return str(error)


def drop_unwritten() -> None:
    """Let go of what standard output doesn't take, which Python would else try to write once more as it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code.

    Args:
        arguments: Without the program's name; those of the process if None.
    """
    signal.signal(signal.SIGTERM, stop)
    open_closed_streams()
    try:
        # what click.Group.main does beside this is to end the process as it sees fit
        with app.make_context("storycluster", list(sys.argv[1:] if arguments is None else arguments)) as context:
            app.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("interrupted; no output file was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        return 0
    except (StoryclusterError, OSError) as error:
        print(f"error: {in_shell(told(error))}", file=sys.stderr)
        return FAILED
    finally:
        drop_unwritten()
    return 0
