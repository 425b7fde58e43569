"""The listeners: HTTPS for the services, plain HTTP for people, both on the loopback only."""

import ssl
import sys
import traceback
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event

from fleetcs import clock
from fleetcs.local.standins import desk, github, mailgun, slack, twilio, zendesk
from fleetcs.local.standins.salesforce import service as salesforce
from fleetcs.local.standins.wire import Answer, Call
from fleetcs.local.standins.world import Decision, World

LOOPBACK = "127.0.0.1"
PREFIXES = {
    slack.PREFIX: "slack",
    mailgun.PREFIX: "mailgun",
    twilio.PREFIX: "sms",
    github.PREFIX: "github",
    salesforce.PREFIX: "salesforce",
    zendesk.PREFIX: "zendesk",
}
LONGEST_HOLD = 600.0
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Listener(ThreadingHTTPServer):
    """One listening socket; connections are dropped, not waited for, when the process ends."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, world: World, certificate: Path | None = None) -> None:
        self.world = world
        super().__init__((LOOPBACK, port), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # the handshake is left to the connection's own thread: a client that dawdles must not stop the others
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up or distrust the certificate are part of the tests, not news; our own errors are."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Listener
    timeout = 60
    disable_nagle_algorithm = True  # else an answer's body waits 40 ms for the word that its head has arrived

    def do_GET(self) -> None:
        """A read."""
        self._serve()

    def do_POST(self) -> None:
        """A write, or a read in Slack's way."""
        self._serve()

    def do_PATCH(self) -> None:
        """A change."""
        self._serve()

    def do_PUT(self) -> None:
        """A change to something that may not be there yet."""
        self._serve()

    def do_DELETE(self) -> None:
        """A removal."""
        self._serve()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: what time it is for the product and for those it speaks to."""
        return format_datetime(clock.now(), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """The journal says it all."""

    def _serve(self) -> None:
        call = self._call()
        service = next((name for prefix, name in PREFIXES.items() if call.path.startswith(prefix)), None)
        if service is None:
            self._write(desk.answer_to(self.server.world, call))
        else:
            self._stand_in(self.server.world.decide(service, call))

    def _call(self) -> Call:
        length = int(self.headers.get("Content-Length") or 0)
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Call(self.command, path, query, headers, self.rfile.read(length))

    def _stand_in(self, decision: Decision) -> None:
        if decision.knobs.latency:
            Event().wait(decision.knobs.latency)
        if decision.fault in {"hang", "hold"}:
            decision.released.wait(LONGEST_HOLD)
        self.server.world.journal.answered(decision.entry, decision.answer, decision.fault)
        extra = self._retry_after(decision)
        if decision.fault == "hang":
            self.close_connection = True
        elif decision.fault == "half":
            self._write_half(decision.answer)
        else:
            self._write(decision.answer, extra)

    def _retry_after(self, decision: Decision) -> dict[str, str]:
        seconds = decision.knobs.retry_after
        wanted = decision.answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
        return {"Retry-After": str(seconds)} if wanted and seconds is not None else {}

    def _write(self, answer: Answer, extra: dict[str, str] | None = None) -> None:
        self._write_head(answer, extra or {})
        self.wfile.write(answer.body)

    def _write_half(self, answer: Answer) -> None:
        self._write_head(answer, {})
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.close_connection = True

    def _write_head(self, answer: Answer, extra: dict[str, str]) -> None:
        self.send_response(answer.status)
        length = {} if answer.status in BODILESS else {"Content-Length": str(len(answer.body))}
        for name, value in {**answer.headers, **extra, **length}.items():
            self.send_header(name, value)
        self.end_headers()
