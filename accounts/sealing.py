"""License keys at rest: encrypted by a key made of LICENSE_KEY_SECRET, which may be rotated.

What was sealed under LICENSE_KEY_SECRET_OLD can still be read; `manage.py reseal_license_keys` seals it anew.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Sealed under a secret that this process does not have, or changed since; it says nothing of the contents."""


def seal(text: str) -> bytes:
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise Unreadable from None


def reseal(sealed: bytes | memoryview) -> bytes:
    """The same contents under the current secret. Raises Unreadable."""
    try:
        return _box().rotate(bytes(sealed))
    except InvalidToken:
        raise Unreadable from None


def _box() -> MultiFernet:
    return _of(tuple(settings.LICENSE_KEY_SECRETS))


@lru_cache(maxsize=8)
def _of(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    """32 bytes of the secret's strength, for this use only."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"fleetcs license keys").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
