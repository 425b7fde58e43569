"""`manage.py demo`: everything the product is made of, on this machine, supervised.

Each part is a process of its own; a made-up firm is loaded once and kept. Nothing leaves the machine: the
outside world is played by stand-ins.
"""

import fcntl
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from types import FrameType

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, transaction

from fleetcs import clock
from fleetcs.celery import WORKER
from fleetcs.local import environment, folders, postgres, valkey
from fleetcs.local.folders import Unusable
from fleetcs.local.outside import play_outside
from fleetcs.local.processes import Child, RunFile, Supervisor, until
from fleetcs.local.standins import github

PACK = Path(__file__).with_name("handbook.yaml")
# What the stand-ins accept; the real ones come from the environment of a real installation.
STAND_IN_ACCESS = {
    "SLACK_BOT_TOKEN": "xoxb-stand-in",
    "SLACK_TEAM_ID": "T0LANTERN",
    "MAILGUN_API_KEY": "stand-in",
    "SMS_ACCOUNT": "AC-stand-in",
    "SMS_TOKEN": "stand-in",
    "SMS_FROM": "+15005550006",
    "SALESFORCE_CLIENT_ID": "fleetcs",
    "SALESFORCE_CLIENT_SECRET": "stand-in",
    "SALESFORCE_POLL_SECONDS": "10",
    **dict.fromkeys(("SALESFORCE_PRIVATE_KEY", "SALESFORCE_USERNAME", "SALESFORCE_PASSWORD"), ""),
    "ZENDESK_EMAIL": "import@lanternfish.example",
    "ZENDESK_API_TOKEN": "stand-in",
    "GITHUB_TOKEN": github.TOKEN,
    "GITHUB_ORG": github.ORG,
    "GITHUB_PUBLIC_REPO": github.PUBLIC,
    "GITHUB_CONFIDENTIAL_REPO": github.CONFIDENTIAL,
}
ANNOUNCED = {
    "slack_api_url": "SLACK_API_URL",
    "mailgun_api_url": "MAILGUN_API_URL",
    "sms_api_url": "SMS_API_URL",
    "salesforce_login_url": "SALESFORCE_LOGIN_URL",
    "salesforce_record_url": "SALESFORCE_RECORD_URL",
    "github_api_url": "GITHUB_API_URL",
    "zendesk_url": "ZENDESK_URL",
    "ca_file": "OUTSIDE_CA_FILE",
}


class Interruption:
    """Installed by ourselves: a background shell starts its children deaf to Ctrl-C.

    While things are set up an interruption ends them at once; afterwards it is asked for between two looks.
    """

    def __init__(self) -> None:
        self.asked = Event()
        self.at_once = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked.set()
        if self.at_once:
            self.at_once = False
            sys.exit(128 + number)


@dataclass
class Demo:
    """One run of the demo: how it was asked for, and what it has started."""

    say: Callable[[str], None]
    port: int
    at: datetime | None = None
    reset: bool = False
    is_new: bool = False  # whether the firm has just been made up
    run_file: RunFile = field(default_factory=lambda: RunFile(folders.local_folder() / "demo.json"))
    shared: dict[str, str] = field(default_factory=dict)  # what every process of the demo finds in its environment

    def run(self) -> None:
        """Set up, say where it is, look after it until told to end, and end it in order."""
        interruption = Interruption()
        supervisor = Supervisor(self.note, self.say, first=("web", "beat", "pump", "worker"))
        with self.alone():
            try:
                self.set_up(supervisor)
                interruption.at_once = False
                while not interruption.asked.wait(0.5):
                    supervisor.look()
                    self.look_at_database()
            finally:
                interruption.at_once = False
                self.take_down(supervisor)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One demo for each checkout; what a killed one has left behind is ended. Raises Unusable."""
        with (folders.local_folder() / "demo.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                address = self.run_file.read().get("environment", {}).get("BASE_URL", "")
                raise Unusable(f"The demo of this checkout is running already: {address}") from None
            if left := self.run_file.end_leftovers():
                self.say(f"Ended what a killed demo had left behind: {', '.join(left)}.")
            yield

    def set_up(self, supervisor: Supervisor) -> None:
        """All that is slow starts first and side by side; each step says itself."""
        self.set_clock()
        outside = folders.local_folder() / "stand-ins.json"
        outside.unlink(missing_ok=True)
        self.shared["BASE_URL"] = f"http://localhost:{self.port}"
        if self.reset:
            forget_everything()  # the stand-ins' folder too, before they live in it
        self.start_broker(supervisor)
        supervisor.start(self.stand_ins(outside))
        self.fill_database()
        collect_static(self.say)
        self.learn(outside, supervisor)
        self.fill_salesforce()
        if self.is_new:
            play_outside(self.shared["STAND_INS_URL"])
        supervisor.start(self.web())
        if not until(lambda: self.answers(supervisor), 60, pause=0.1):
            raise Unusable(f"The web server does not answer; see {self.log('web')}.")
        supervisor.start(self.worker(), self.pump(), self.beat())
        self.say(welcome(f"http://localhost:{self.port}", self.shared))

    def take_down(self, supervisor: Supervisor) -> None:
        """Web first, so that nobody is answered by half a product; the database leaves with us."""
        self.say("Stopping…")
        supervisor.stop()
        self.run_file.path.unlink(missing_ok=True)
        if self.at:
            clock.reset()
        self.say("Stopped. The data stays; the next start brings it back.")

    def set_clock(self) -> None:
        """The product's time starts at `--at`, else it is the machine's."""
        if self.at:
            clock.set_to(self.at)
        else:
            clock.reset()

    def start_broker(self, supervisor: Supervisor) -> None:
        """Valkey, unless REDIS_URL names a server."""
        self.shared["REDIS_URL"] = settings.REDIS_URL
        if not settings.REDIS_URL:
            broker = valkey.main()
            self.shared["REDIS_URL"] = broker.url
            supervisor.start(self.child("valkey", broker.command, **folders.identity()))

    def fill_database(self) -> None:
        """Migrations, and the made-up firm when there is none."""
        if environment.unapplied():
            self.say("Setting up the database…")
            call_command("migrate", verbosity=0, interactive=False)
        if not apps.get_model("accounts", "Account").objects.exists():
            self.say("Making up a firm, its customers and thirteen weeks of tickets (a minute or so)…")
            with transaction.atomic():
                call_command("load_handbook", str(PACK), verbosity=0)
                call_command("demo_data", verbosity=0)
            self.is_new = True
        connection.close()

    def fill_salesforce(self) -> None:
        """What the made-up firm has in Salesforce, once, and the mirrors begin."""
        started = apps.get_model("fleetcs", "Mirror").objects.exclude(started_at=None).exists()
        connection.close()
        if not started:
            self.say("Filling the stand-in of Salesforce…")
            command = [sys.executable, str(folders.CHECKOUT / "manage.py"), "demo_salesforce"]
            subprocess.run([*command, self.shared["STAND_INS_URL"]], env=os.environ | self.shared, check=True)

    def look_at_database(self) -> None:
        """The embedded database has no parent here, since others may use it too: it is asked, and helped up."""
        if is_embedded() and not postgres.main().answers():
            self.say("PostgreSQL ended; it starts again.")
            postgres.main().ensure()

    def learn(self, outside: Path, supervisor: Supervisor) -> None:
        """Where the stand-ins listen, as settings of the product. Raises Unusable when they do not say."""
        if not until(outside.exists, 30):
            raise Unusable(f"The stand-ins do not start; see {self.log('stand-ins')}.")
        announced = json.loads(outside.read_text())
        self.shared |= {ANNOUNCED[name]: value for name, value in announced.items() if name in ANNOUNCED}
        self.shared["STAND_INS_URL"] = announced.get("index_url", "")
        self.shared |= STAND_IN_ACCESS | {
            "FLEETCS_MODE": "demo",
            **({} if is_embedded() else {"DATABASE_URL": os.environ["DATABASE_URL"]}),
            # Two demos on one machine must not sign each other out: cookies do not know ports.
            "SESSION_COOKIE_NAME": f"fleetcs_session_{self.port}",
            "CSRF_COOKIE_NAME": f"fleetcs_csrf_{self.port}",
        }
        self.note(supervisor.pids)

    def note(self, pids: dict[str, int]) -> None:
        """Write down what runs, for the next start and for commands beside this one."""
        self.run_file.write(pids, environment=self.shared)

    def answers(self, supervisor: Supervisor) -> bool:
        """Whether the web server is up."""
        supervisor.look()
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            web.request("GET", "/healthz")
            return web.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            web.close()

    def log(self, name: str) -> Path:
        logs = folders.local_folder() / "log"
        logs.mkdir(mode=0o700, exist_ok=True)
        return logs / f"{name}.log"

    def child(self, name: str, command: list[str], **identity: object) -> Child:
        environment_now = os.environ | self.shared
        return Child(name, command, environment_now, self.log(name), identity)

    def python(self, name: str, *arguments: str) -> Child:
        return self.child(name, [sys.executable, "-m", *arguments])

    def stand_ins(self, outside: Path) -> Child:
        here = ("--announce", str(outside), "--parent-pid", str(os.getpid()), "--product", self.shared["BASE_URL"])
        return self.python("stand-ins", "fleetcs.local.standins", *here)

    def web(self) -> Child:
        size = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"]
        # Its control socket would lie in the home folder and be the same for every checkout.
        address = ["--bind", f"127.0.0.1:{self.port}", "--no-control-socket"]
        return self.python("web", "gunicorn", "fleetcs.wsgi", *size, *address)

    def worker(self) -> Child:
        return self.python("worker", "celery", "-A", "fleetcs", *WORKER, "--concurrency", "2", "--loglevel", "warning")

    def beat(self) -> Child:
        child = self.python("beat", "celery", "-A", "fleetcs", "beat", "--pidfile", "", "--loglevel", "warning")
        child.farewell = signal.SIGKILL  # it keeps nothing, and a SIGTERM that comes while it rings is lost on it
        return child

    def pump(self) -> Child:
        return self.child("pump", [sys.executable, str(folders.CHECKOUT / "manage.py"), "pump"])


def is_embedded() -> bool:
    """Whether the database is the one that `manage.py` brought along."""
    return os.environ["DATABASE_URL"] == postgres.main().url()


def forget_everything() -> None:
    """Empty the embedded database and the folders beside it. Raises Unusable on a server that is not ours."""
    cluster = postgres.main()
    if not is_embedded():
        raise Unusable("--reset is for the embedded database; DATABASE_URL names another server.")
    connection.close()
    cluster.drop(postgres.OWNER)
    cluster.create(postgres.OWNER)
    for folder in (settings.ATTACHMENT_DIR, folders.LOCAL / "standins"):
        shutil.rmtree(folder, ignore_errors=True)


def collect_static(say: Callable[[str], None]) -> None:
    """Hash and compress static files, once for each version of them."""
    stamp, version = folders.LOCAL / "static.version", static_version()
    if not stamp.exists() or stamp.read_text() != version or not settings.STATIC_ROOT.is_dir():
        say("Collecting static files…")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(version)


def static_version() -> str:
    """Changes when any static file does: name, size and time of each."""
    files = [
        (name, file.stat().st_size, file.stat().st_mtime_ns)
        for finder in get_finders()
        for name, storage in finder.list([])
        for file in (Path(storage.path(name)),)
    ]
    return hashlib.sha256(repr(sorted(files)).encode()).hexdigest()


def welcome(address: str, shared: dict[str, str]) -> str:
    """The address, one sign-in for each post, and where the rest is."""
    people = [f"  {email:<42}{post}" for post, email in sign_ins()]
    return "\n".join(
        [
            "",
            f"fleetcs runs at {address}",
            "",
            f"Sign in with the password {os.environ['DEMO_PASSWORD']} as",
            *people,
            "",
            f"What went out to Slack, mail, telephones and GitHub: {shared.get('STAND_INS_URL', '')}",
            f"Records in Salesforce, to look at and to change: {shared.get('STAND_INS_URL', '')}salesforce",
            f"Secrets for signing what comes in: {folders.LOCAL / 'secrets.env'}; logs: {folders.LOCAL / 'log'}",
            "Ctrl-C ends it.",
        ]
    )


def sign_ins() -> list[tuple[str, str]]:
    """(post, e-mail) of one holder of each post, in the order of the directory."""
    post = apps.get_model("fleetcs", "Post")
    held = [(each.name, each.holder()) for each in post.objects.all()]
    return [(name, person.email) for name, person in held if person]


def free_port(wanted: int | None) -> int:
    """The port that was asked for, else 8000 or the next one nobody listens on. Raises Unusable."""
    for port in [wanted] if wanted else range(8000, 8100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if _can_bind(probe, port):
                return port
    raise Unusable(f"Port {wanted or '8000 to 8099'} is taken; choose another with --port.")


def _can_bind(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
