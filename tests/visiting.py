"""Somebody's browser without a browser: a client that is signed in, and what a page says."""

from typing import Any

from django.test import Client

from fleetcs.models import User


def client_of(user: User | None) -> Client:
    assert user
    client = Client()
    client.force_login(user)
    return client


def words(page: Any) -> str:
    """The whole page in one line."""
    return " ".join(page.content.decode().split())
