"""Real servers for tests and benchmarks, each started for one run in a folder of its own, reached by a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

Run = subprocess.CompletedProcess[bytes]


def postgres_binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def server_user() -> dict[str, str]:
    """Whom to run a server as: PostgreSQL refuses to run as root."""
    if os.geteuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    return {"user": name, "group": str(pwd.getpwnam(name).pw_gid)}


class Postgres:
    """A PostgreSQL server in a folder.

    Args:
        binaries: Where its programs are.
        folder: Where its data and socket go; it must belong to whom it runs as.
        options: Its settings.
    """

    def __init__(self, binaries: Path, folder: Path, options: dict[str, str]) -> None:
        self._binaries, self.folder, self._options = binaries, folder, options
        self._run(
            "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"
        )  # fmt: skip

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.folder), safe='')}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {"listen_addresses": "''", "unix_socket_directories": f"'{self.folder}'", **self._options}
        told = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run(
            "pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", told, "-w", "-t", "60", "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop it if it runs; ``immediate`` is how it goes when the machine's power fails."""
        if (self.folder / "data" / "postmaster.pid").exists():  # there from the first moment of a start
            self._run("pg_ctl", "stop", "-D", f"{self.folder}/data", "-w", "-m", mode)

    def _run(self, program: str, *arguments: str) -> Run:
        user = server_user()
        done = subprocess.run(
            [str(self._binaries / program), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            cwd=self.folder, check=False, user=user.get("user"),
            group=int(user["group"]) if user else None, extra_groups=[] if user else None,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode('utf-8', 'replace')}")
        return done


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder with a short name, as sockets need one, that belongs to whom a server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="sc-", dir="/tmp"))
    try:
        if user := server_user():
            shutil.chown(folder, user["user"], int(user["group"]))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_postgres(**options: str) -> Iterator[Postgres | None]:
    """A running PostgreSQL server; None where it isn't installed."""
    binaries = postgres_binaries()
    if binaries is None:
        yield None
        return
    with own_folder() as folder:
        server = Postgres(binaries, folder, options)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def running_redis() -> Iterator[Path | None]:
    """The socket of a running Redis server; None where it isn't installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with own_folder() as folder:
        socket = folder / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                for _ in range(200):
                    if socket.exists():
                        break
                    time.sleep(0.05)
                else:
                    raise RuntimeError("redis-server didn't come up within ten seconds")
                yield socket
            finally:
                server.terminate()
