"""A thousand webhooks of all kinds: stored while the broker hangs, then while it is gone, and handled into rows."""

import http.client
import json
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from fleetcs import signed
from fleetcs.local import folders
from fleetcs.local.postgres import Cluster
from fleetcs.local.processes import until
from fleetcs.local.valkey import Valkey
from tests.benchmarks.places import KEYS, Site, environment, seeded, serving
from tests.benchmarks.table import Goal

NUMBER = 1_000
TAKERS = 2
SLACK_HEADERS = ("X-Slack-Request-Timestamp", "X-Slack-Signature")
TEAM = "T0LANTERN"


def webhooks(server: Cluster, tickets: int) -> Iterator[Goal]:
    """Each view must answer within half a second; all must be rows within fifteen seconds, two takers at work."""
    with ExitStack() as stack:
        database = stack.enter_context(seeded(server, tickets))
        broker = stack.enter_context(place_for_broker())
        site = stack.enter_context(serving(server, "hooks", "fleetcs.wsgi", database, REDIS_URL=broker.url))
        hung, gone = sent_to_hung(broker, site), posted(site, range(NUMBER // 2, NUMBER))
        yield Goal("webhook view, broker hung: p99", p99(hung), 500, unit=" ms")
        yield Goal("webhook view, broker stopped: p99", p99(gone), 500, unit=" ms")
        took = time_to_handle(server, database)
        yield Goal("1,000 webhooks handled into rows", took, 15, unit=" s")
        yield Goal("1,000 webhooks: stored and then handled", sum(hung) + sum(gone) + took, 15, unit=" s")
        yield from outcome(server, database)


@contextmanager
def place_for_broker() -> Iterator[Valkey]:
    """A broker that nobody has started, in a folder its user may write to."""
    folder = Path(mkdtemp(dir=folders.socket_folder(folders.server_folder("bench"), 30)))
    folders.give(folder)
    try:
        yield Valkey(folder / "v.sock")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sent_to_hung(broker: Valkey, site: Site) -> list[float]:
    """A broker that takes connections and never answers."""
    with subprocess.Popen(
        broker.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", **folders.identity()
    ) as process:
        try:
            until(broker.answers, 10)
            process.send_signal(signal.SIGSTOP)
            return posted(site, range(NUMBER // 2))
        finally:
            process.kill()


def posted(site: Site, numbers: range) -> list[float]:
    """Seconds that each answer took."""
    line, waited = http.client.HTTPConnection("localhost", site.port, timeout=30), []
    for number in numbers:
        path, body, headers = webhook(number)
        begun = time.perf_counter()
        line.request("POST", path, body, {"Host": "localhost", "X-Forwarded-Proto": "https", **headers})
        response = line.getresponse()
        response.read()
        waited.append(time.perf_counter() - begun)
        if response.status != http.HTTPStatus.OK:
            raise SystemExit(f"{path} was answered {response.status}")
    return waited


def p99(waited: list[float]) -> float:
    return 1000 * statistics.quantiles(waited, n=100)[98]


# --- what is sent -----------------------------------------------------------------------------------------------------
def webhook(number: int) -> tuple[str, bytes, dict[str, str]]:
    """(path, body, headers): by turns a mail, a Slack message, a contact form, and an answering mail."""
    now = str(int(time.time()))  # noqa: TID251 - this program runs beside the product
    if number % 4 == 1:
        body = json.dumps(slack_event(number, now)).encode()
        return "/slack/events", body, slack_signed(body, now)
    if number % 4 == 2:
        form = {"email": f"someone@seed{number % 40 + 1}.example", "message": f"Question {number}"}
        body = json.dumps(form).encode()
        return "/contact", body, our_signed(body, now, "CONTACT_SIGNING_SECRET")
    body = mail(number, answers=number - 3 if number % 4 == 3 else None)
    return "/email/inbound", body, our_signed(body, now, "MAIL_SIGNING_SECRET")


def mail(number: int, answers: int | None) -> bytes:
    sender = (number if answers is None else answers) % 40 + 1
    reply = f"In-Reply-To: <{answers}@bench.example>\r\n" if answers is not None else ""
    return (
        f"From: Ada <someone@seed{sender}-{number % 200}.example>\r\nTo: support@mail.localhost\r\n"
        f"Subject: Hosts are offline {number}\r\nMessage-ID: <{number}@bench.example>\r\n{reply}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nIt is broken, number {number}.\r\n"
    ).encode()


def slack_event(number: int, now: str) -> dict[str, object]:
    said = {
        "type": "message",
        "channel": f"CBENCH{number % 50}",
        "user": f"U{number % 70}",
        "text": f"Hello {number}",
        "ts": f"{now}.{number:06}",
        "event_ts": f"{now}.{number:06}",
        "channel_type": "channel",
    }
    about = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A0BENCH", "event_id": f"EvB{number}"}
    return {**about, "event": said}


def slack_signed(body: bytes, now: str) -> dict[str, str]:
    signature = signed.hmac.digest(KEYS["SLACK_SIGNING_SECRET"].encode(), b"v0:%s:%s" % (now.encode(), body), "sha256")
    return dict(zip(SLACK_HEADERS, (now, f"v0={signature.hex()}"), strict=True))


def our_signed(body: bytes, now: str, secret: str) -> dict[str, str]:
    return {signed.TIMESTAMP: now, signed.SIGNATURE: signed.sign(body, now, KEYS[secret])}


# --- how they are handled ---------------------------------------------------------------------------------------------
def time_to_handle(server: Cluster, database: str) -> float:
    """Seconds until no delivery is new any more; two processes take turns, as two workers do."""
    known = environment(server.url(database))
    command = [sys.executable, "-m", "tests.benchmarks.taker"]
    takers = [
        subprocess.Popen(command, env=known, cwd=folders.CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(TAKERS)
    ]
    for taker in takers:
        taker.stdout and taker.stdout.readline()  # it is ready
    begun = time.perf_counter()
    for taker in takers:
        taker.communicate(b"go\n")
    return time.perf_counter() - begun


def outcome(server: Cluster, database: str) -> Iterator[Goal]:
    """Nothing is left over, and it became messages."""
    with server.connect(database) as plain:
        rows = plain.execute("SELECT state, count(*) FROM fleetcs_delivery GROUP BY state").fetchall()
        messages = plain.execute("SELECT count(*) FROM support_message WHERE delivery_id IS NOT NULL").fetchone()
    counts = dict(rows)
    yield Goal("webhooks that were not handled", NUMBER - counts.get("done", 0), 0)
    yield Goal("messages they became", messages[0] if messages else 0, NUMBER, least=True)
