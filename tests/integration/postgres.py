"""A PostgreSQL server of one's own, from Debian's binaries: in a temporary folder, stopped and removed afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_BINARIES = Path("/usr/lib/postgresql")
_USERS = ("postgres", "nobody")
_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "max_connections=100",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
    "deadlock_timeout=200ms",
)


def binaries() -> Path | None:
    """Return the folder with the newest `initdb`, or None where there is none."""
    found = sorted(_BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parents[1].name))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return None if on_path is None else Path(on_path).resolve().parent


class Postgres:
    """A running server. `url` opens a database of it, over its socket in the loopback network."""

    def __init__(self, bin_folder: Path, folder: Path, user: pwd.struct_passwd | None, *, fsync: bool) -> None:
        self._settings = (*_SETTINGS, f"fsync={'on' if fsync else 'off'}")
        self._bin = bin_folder
        self._folder = folder
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._run("initdb", "-D", str(folder / "data"), "-U", "agentcost", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [word for setting in self._settings for word in ("-c", setting)]
        command = self._as_user(
            str(self._bin / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port),
            "-k", str(self._folder), *options,
        )  # fmt: skip
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        log.close()
        until = time.monotonic() + 30
        while self._call("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self._folder / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server at once: its clients lose their connections."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server as a loss of power would, without a chance to put anything in order."""
        self._end(signal.SIGQUIT)

    def create(self, database: str) -> str:
        """Create a database and return its address."""
        self.sql(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://agentcost@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement and return what it prints."""
        command = (
            str(self._bin / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "agentcost", "-X", "-q", "-A", "-t",
            "-v", "ON_ERROR_STOP=1", "-c", statement, database,
        )  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _as_user(self, *command: str) -> list[str]:
        """Return the command as a user that PostgreSQL accepts: any but root."""
        if self._user is None:
            return list(command)
        ids = (f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups")
        return ["setpriv", *ids, *command]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._as_user(str(self._bin / program), *arguments), capture_output=True, text=True, cwd="/", check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)

    def _call(self, program: str, *arguments: str) -> int:
        return subprocess.call([str(self._bin / program), *arguments], stdout=subprocess.DEVNULL, cwd="/")


@contextlib.contextmanager
def running(*, fsync: bool = True) -> Iterator[Postgres]:
    """Run a server; skip where there are no binaries.

    Args:
        fsync: whether it waits for the disk, as servers do. Without, it is faster by far, and the difference shows only
            where the power fails.
    """
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server is installed (Debian's package postgresql)")
    user = _unprivileged() if os.geteuid() == 0 else None
    # Directly below the folder for temporary files, which everybody may enter; and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        server = Postgres(found, folder, user, fsync=fsync)
        try:
            server.start()
            yield server
        finally:
            server.kill()  # what it would put in order is removed anyhow
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> pwd.struct_passwd:
    for name in _USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip(f"PostgreSQL refuses to run as root, and there is no user {' or '.join(_USERS)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
