"""Start the listeners, say where they listen, and stop when asked or when the parent is gone."""

import argparse
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from threading import Event, Thread

from django.conf import settings

from fleetcs import clock
from fleetcs.local.standins import certificate, github, zendesk_rows
from fleetcs.local.standins.server import LOOPBACK, Listener
from fleetcs.local.standins.world import World

STATE = Path(".local/standins")
ANNOUNCED = "announce.json"
PORTS = "ports.json"
PARENT_CHECK = 1.0  # seconds


def serve(options: argparse.Namespace) -> int:
    """Run until SIGTERM, SIGINT or the parent's end; 0."""
    if settings.PRODUCTION:
        sys.exit("The stand-ins are no part of a production installation.")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    authority, server = certificate.ensure(options.state)
    world = World(options.state)
    if options.product:
        world.let_be(github.templates())
        world.let_be(github.hooks_to(options.product, os.environ.get("GITHUB_WEBHOOK_SECRET", "")))
        world.at_zendesk(zendesk_rows.rows())
        world.let_be(github.first_day(world.github.state, clock.now().astimezone(UTC)))
    secure, plain = _listeners(options, world, server)
    addresses = _addresses(secure.server_port, plain.server_port, authority)
    for path in filter(None, (options.state / ANNOUNCED, options.announce)):
        _write(path, addresses)
    _write(options.state / PORTS, {"secure": secure.server_port, "plain": plain.server_port})
    sys.stdout.write(
        f"Stand-ins for Slack, Mailgun, Twilio, GitHub, Salesforce and Zendesk: {addresses['index_url']}\n"
    )
    sys.stdout.flush()
    _wait(stop, options.parent_pid)
    return 0


def announced(state: Path = STATE) -> dict[str, str]:
    """Where the stand-ins of this checkout listen; OSError when they have never run."""
    path = Path(os.environ.get("STANDINS_ANNOUNCE") or state / ANNOUNCED)
    addresses: dict[str, str] = json.loads(path.read_text())
    return addresses


def _listeners(options: argparse.Namespace, world: World, server: Path) -> tuple[Listener, Listener]:
    """Both listeners, answering; a restart takes the ports of last time, since others hold their addresses."""
    before = {"secure": 0, "plain": 0}
    with suppress(OSError, ValueError):
        before |= json.loads((options.state / PORTS).read_text())
    secure = _listener(options.port, before["secure"], world, server)
    plain = _listener(options.index_port, before["plain"], world, None)
    for listener in (secure, plain):
        Thread(target=listener.serve_forever, daemon=True).start()
    return secure, plain


def _listener(port: int, before: int, world: World, server: Path | None) -> Listener:
    try:
        return Listener(port or before, world, server)
    except OSError:
        if port:
            raise
        return Listener(0, world, server)


def _addresses(secure: int, plain: int, authority: Path) -> dict[str, str]:
    return {
        "slack_api_url": f"https://{LOOPBACK}:{secure}/slack/api/",
        "mailgun_api_url": f"https://{LOOPBACK}:{secure}/mailgun/v3",
        "sms_api_url": f"https://{LOOPBACK}:{secure}/sms",
        "salesforce_login_url": f"https://{LOOPBACK}:{secure}",
        "salesforce_record_url": f"http://{LOOPBACK}:{plain}/salesforce?object={{object}}&id={{id}}",
        "zendesk_url": f"https://{LOOPBACK}:{secure}/zendesk",
        "github_api_url": f"https://{LOOPBACK}:{secure}{github.BASE}",
        "ca_file": str(authority.resolve()),
        "index_url": f"http://{LOOPBACK}:{plain}/",
    }


def _write(path: Path, content: dict[str, str] | dict[str, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(content))
    draft.rename(path)


def _wait(stop: Event, parent: int) -> None:
    own = os.getppid() == parent
    while not stop.wait(PARENT_CHECK if parent else None):
        if os.getppid() != parent if own else not _alive(parent):
            return


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
