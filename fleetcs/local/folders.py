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
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
LOCAL = CHECKOUT / ".local"


class Unusable(RuntimeError):
    """This machine cannot run what was asked for; the message is one line for a person."""


def fingerprint() -> str:
    """A short name for this checkout, so that two of them never share a folder outside."""
    return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]


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
    return local_folder() if reachable(local_folder()) else _outside()


def _outside() -> Path:
    folder = Path("/var/tmp") / f"fleetcs-{fingerprint()}"  # noqa: S108 - made by us alone, checked below
    folder.mkdir(mode=0o711, exist_ok=True)
    owned(folder, os.geteuid())
    user = server_user()
    name = user.pw_name if user else "this user"
    print(f"{LOCAL} cannot be reached by {name}, who runs the servers: they live in {folder}.", file=sys.stderr)  # noqa: T201
    return folder


def owned(folder: Path, uid: int) -> None:
    """Refuse a folder under a shared roof that somebody else has put there. Raises Unusable."""
    if folder.is_symlink() or folder.lstat().st_uid != uid:
        raise Unusable(f"{folder} belongs to somebody else; remove it.")


def reachable(path: Path) -> bool:
    """Whether the servers' user can get to `path`: it is sent there, since modes alone do not tell."""
    user = identity()
    return not user or subprocess.run(["test", "-x", path], check=False, **user).returncode == 0


def private(folder: Path) -> Path:
    """`folder` as the servers' user's own, closed to everyone else."""
    folder.mkdir(mode=0o700, exist_ok=True)
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
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    far = private(_short_roof() / f"fleetcs-{mark}")
    user = server_user()
    owned(far, user.pw_uid if user else os.geteuid())
    return far


def _short_roof() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime) if runtime and server_user() is None and len(runtime) < 60 else Path("/tmp")  # noqa: S108


def within_reach(binary: Path, tree: tuple[Path, ...]) -> Path:
    """`binary`, or its copy: the servers' user may not get into the virtual environment either.

    `tree` names the folders, side by side, that the binary needs beside it.
    """
    if reachable(binary):
        return binary
    root = tree[0].parent
    copy = _base() / "programs"
    for folder in tree:
        shutil.copytree(folder, copy / folder.name, symlinks=True, dirs_exist_ok=True)
    return copy / binary.relative_to(root)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone with `path` until the block ends; the kernel lets go when a process dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
