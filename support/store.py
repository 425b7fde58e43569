"""Where files that came with messages lie: under names nobody can guess, outside any web root (T13, T17, T18)."""

import hashlib
import hmac
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

FILE, FOLDER = 0o640, 0o750
NAME = re.compile(r"[0-9a-f]{32}")


def name_for(delivery_pk: int, number: int) -> str:
    """The name of the n-th file of a delivery: always the same, so that a delivery handled twice leaves no orphan."""
    signed = hmac.new(settings.SECRET_KEY.encode(), f"file:{delivery_pk}.{number}".encode(), hashlib.sha256)
    return signed.hexdigest()[:32]


def path_of(name: str) -> Path:
    """The file of a stored name. Raises ValueError for anything that is no such name (T14)."""
    if not NAME.fullmatch(name):
        raise ValueError("not the name of a stored file")
    return Path(settings.ATTACHMENT_DIR) / name[:2] / name


def keep(name: str, content: bytes) -> None:
    """Write a file for good: whole or not at all, and on the disk before its row is committed. Raises OSError."""
    place = path_of(name)
    _folder(place.parent)
    handle, draft = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), FILE)
            os.fsync(file.fileno())
        Path(draft).replace(place)
    finally:
        Path(draft).unlink(missing_ok=True)  # gone by now, unless something went wrong


def _folder(folder: Path) -> None:
    """Whatever the umask of the process says (T17)."""
    for each in (folder.parent, folder):
        if not each.exists():
            each.mkdir(parents=True, exist_ok=True, mode=FOLDER)
            each.chmod(FOLDER)
