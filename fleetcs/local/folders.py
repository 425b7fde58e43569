"""Where the servers of one machine keep what is theirs: `.local/` of the checkout, git-ignored.

PostgreSQL and Valkey never run as root. Started by root they run as a user without rights, and that user
must be able to reach its folder: we give it folders of its own, and never change the mode of a folder
above `.local/`. Where it cannot get there (a checkout inside a closed home folder), one line says so and
the server lives in a folder of the system's that is meant to outlast a restart.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
LOCAL = CHECKOUT / ".local"


class Unusable(RuntimeError):
    """This machine cannot run what was asked for; the message is one line for a person."""


def fingerprint(path: Path) -> str:
    """A short name for a folder, so that two checkouts never share one outside."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


@cache
def server_user() -> pwd.struct_passwd | None:
    """The user that servers run as when we are root; None when they simply run as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unusable("PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody.")


def identity() -> dict[str, Any]:
    """What `subprocess` needs to start a server as its own user."""
    user = server_user()
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def local_folder() -> Path:
    """`.local/`, made when missing: others may pass through it, nobody may list it."""
    if not LOCAL.is_dir():
        LOCAL.mkdir(mode=0o711, exist_ok=True)
        LOCAL.chmod(0o711)
    return LOCAL


def server_folder(name: str) -> Path:
    """The folder of the server `name`: `.local/<name>`, or outside where its user cannot reach that."""
    folder = _base() / name
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


@cache
def _base() -> Path:
    return base_for(local_folder())


def base_for(local: Path) -> Path:
    """`local` where the servers' user can reach it, else a folder of the system's that is this one's alone."""
    if reachable(local):
        return local
    folder = outside(local)
    folder.mkdir(mode=0o711, exist_ok=True)
    owned(folder, os.geteuid())
    user = server_user()
    name = user.pw_name if user else "this user"
    sys.stderr.write(f"{local} cannot be reached by {name}, who runs the servers: they live in {folder}.\n")
    return folder


def outside(local: Path) -> Path:
    """Where the servers of a checkout live whose own folder is closed to them; outlasts a restart."""
    return Path("/var/tmp") / f"fleetcs-{fingerprint(local)}"  # noqa: S108 - made by us alone, and checked


def owned(folder: Path, *allowed: int) -> None:
    """Refuse a folder under a shared roof that somebody else has put there. Raises Unusable."""
    if folder.is_symlink() or folder.lstat().st_uid not in allowed:
        raise Unusable(f"{folder} belongs to somebody else; remove it.")


def reachable(path: Path) -> bool:
    """Whether the servers' user can get to `path`: it is sent there, since modes alone do not tell."""
    user = identity()
    return not user or subprocess.run(["test", "-x", path], check=False, **user).returncode == 0


def private(folder: Path) -> Path:
    """`folder` as the servers' user's own, closed to everyone else. Raises Unusable when it is another's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    user = server_user()
    owned(folder, os.geteuid(), user.pw_uid if user else os.geteuid())
    give(folder)
    return folder


def give(path: Path) -> None:
    """Hand one file or folder to the servers' user."""
    if (user := server_user()) is not None:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def socket_folder(home: Path, longest: int) -> Path:
    """A folder for unix sockets: a socket's whole path must fit 107 bytes, and checkouts lie deep.

    `longest` is the length of the longest file name that will be put there.
    """
    near = home / "socket"
    if len(os.fsencode(near)) + 1 + longest <= 107:
        return private(near)
    return private(_short_roof() / f"fleetcs-{fingerprint(home)}")


def _short_roof() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime) if runtime and server_user() is None and len(runtime) < 60 else Path("/tmp")  # noqa: S108


def within_reach(binary: Path, tree: tuple[Path, ...]) -> Path:
    """`binary`, or its copy: the servers' user may not get into the virtual environment either.

    `tree` names the folders, side by side, that the binary needs beside it.
    """
    if reachable(binary):
        return binary
    root, state = tree[0].parent, binary.stat()
    copy = _base() / f"programs-{fingerprint(root / str(state.st_mtime_ns))}"
    if not copy.is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=_base()))
        fresh.chmod(0o755)
        for folder in tree:
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        fresh.rename(copy)
    return copy / binary.relative_to(root)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone with `path` until the block ends; the kernel lets go when a process dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
