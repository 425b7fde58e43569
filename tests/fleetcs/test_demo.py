"""`manage.py demo` as people start it, in a checkout of its own beside this one."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from fleetcs.local import folders
from fleetcs.local.processes import RunFile, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
PARTS = {"web", "worker", "beat", "pump", "stand-ins", "valkey"}


class Demo:
    """A running demo: its lines as they come, its processes by name."""

    def __init__(self, checkout: Path, arguments: Sequence[str] = (), *, deaf: bool = False) -> None:
        self.checkout = checkout
        command = [sys.executable, "manage.py", "demo", *arguments]
        if deaf:  # as a background shell starts it
            command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, cwd=checkout, env=plain(), text=True, **PIPES)
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.lines.extend(line.rstrip() for line in lines)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def ready(self, seconds: float = 600) -> "Demo":
        """Wait until it says that it runs, and all its parts do."""
        assert until(lambda: "Ctrl-C ends it." in self.lines or not self.reader.is_alive(), seconds), self.text
        assert set(self.parts) == PARTS, self.text
        return self

    @property
    def parts(self) -> dict[str, int]:
        return RunFile(self.checkout / ".local" / "demo.json").leftovers()

    @property
    def port(self) -> int:
        match = re.search(r"http://localhost:(\d+)", self.text)
        assert match, self.text
        return int(match[1])

    def get(self, path: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as web:
            web.request("GET", path)
            answer = web.getresponse()
            return answer.status, answer.read().decode()

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Its exit status, when it has said all it had to say."""
        self.process.wait(60)
        self.reader.join(10)
        return self.process.returncode


PIPES: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}


def plain() -> dict[str, str]:
    """An environment that knows nothing of the tests' servers."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def living_in(checkout: Path) -> list[str]:
    """Processes that work in the checkout or on a server of it."""
    found = [p.info for p in psutil.process_iter(["cwd", "cmdline", "status"])]
    mine = [info for info in found if str(checkout) in f"{info['cwd']} {info['cmdline']}"]
    return [str(info["cmdline"]) for info in mine if info["status"] != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A second checkout whose firm has been made up by a first start."""
    folder = folders.server_folder(f"try-demo-{os.getpid()}") / "checkout"
    copy_to(folder)
    first = Demo(folder).ready()
    assert first.end() == 0, first.text
    (folder / "first.txt").write_text(first.text)
    yield folder
    shutil.rmtree(folder.parent)


@pytest.fixture
def demo(checkout: Path) -> Iterator[Demo]:
    demo = Demo(checkout)
    yield demo.ready()
    demo.end()


def manage(checkout: Path, *arguments: str, given: str = "") -> str:
    """What a command answers on standard output."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=checkout, env=plain(), input=given, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_first_start_sets_all_up_and_says_how_to_sign_in(checkout: Path) -> None:
    said = (checkout / "first.txt").read_text()
    assert "Making up a firm" in said
    assert re.search(r"fleetcs runs at http://localhost:\d+", said)
    assert re.search(r"Sign in with the password \S{20,} as", said)
    assert re.search(r"\S+@\S+ +VP of Customer Success", said)
    assert "Stopped." in said


def test_a_second_start_is_quick_and_keeps_the_data(checkout: Path) -> None:
    demo = Demo(checkout).ready()
    took = time.monotonic() - demo.began
    demo.end()
    print(f"second start {took:.1f} s")
    assert "Making up" not in demo.text
    assert took <= 6 * 2, "six seconds alone on two cores; here another worker has the second one"


def test_people_sign_in_with_what_it_says(demo: Demo) -> None:
    password = re.search(r"with the password (\S+) as", demo.text)
    email = re.search(r"(\S+@\S+) +VP of Customer Success", demo.text)
    assert password
    assert email
    address = f"http://localhost:{demo.port}"
    command = [sys.executable, "-c", SIGN_IN, address, email[1], password[1]]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["302", f"fleetcs_session_{demo.port}"]


SIGN_IN = """
import re, sys, requests
site, email, password = sys.argv[1:]
browser = requests.Session()
page = browser.get(site + "/me/login/").text
token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
given = {"csrfmiddlewaretoken": token, "login": email, "password": password}
answer = browser.post(site + "/me/login/", data=given, headers={"Referer": site}, allow_redirects=False)
print(answer.status_code, *[name for name in browser.cookies.keys() if "session" in name])
"""


def test_nothing_is_left_after_ctrl_c(checkout: Path) -> None:
    demo = Demo(checkout).ready()
    assert demo.end() == 0
    assert living_in(checkout) == []
    assert not (checkout / ".local" / "demo.json").exists()


def test_a_demo_in_the_background_hears_ctrl_c_all_the_same(checkout: Path) -> None:
    demo = Demo(checkout, deaf=True).ready()
    assert demo.end(signal.SIGINT) == 0
    assert living_in(checkout) == []


def test_what_the_made_up_firm_has_in_salesforce_is_mirrored_and_balances(demo: Demo) -> None:
    asked = """
from fleetcs import clock
from fleetcs.mirrors import balance
from opportunities.models import Activity, Lead, Opportunity, StageChange
print({how.words for _, how in balance.overview(clock.now())})
print([model.objects.exists() for model in (Lead, Opportunity, StageChange, Activity)])
"""
    standing, made = manage(demo.checkout, "shell", "-v0", "-c", asked).splitlines()
    assert standing == "{'Balanced'}"
    assert made == "[True, True, True, True]"


def test_whatever_part_is_killed_comes_back(demo: Demo) -> None:
    for part, before in demo.parts.items():
        os.kill(before, signal.SIGKILL)
        assert until(lambda part=part, before=before: demo.parts.get(part, before) != before, 30), demo.text
        assert until(lambda part=part: f"{part} started again." in demo.text, 30), demo.text
    assert until(lambda: answers(demo), 30), "the product works again"


def test_a_killed_database_comes_back(demo: Demo) -> None:
    (pid_file,) = (demo.checkout / ".local" / "postgres").glob("data-*/postmaster.pid")
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    assert until(lambda: "PostgreSQL ended; it starts again." in demo.lines, 30)
    assert until(lambda: answers(demo), 30)


def answers(demo: Demo) -> bool:
    try:
        return demo.get("/readyz")[0] == 200
    except OSError:
        return False


def test_what_a_killed_demo_leaves_behind_is_ended_by_the_next(checkout: Path) -> None:
    killed = Demo(checkout).ready()
    left = killed.parts
    killed.end(signal.SIGKILL)
    following = Demo(checkout).ready()
    assert "Ended what a killed demo had left behind" in following.text
    assert not set(left.values()) & set(following.parts.values())
    assert following.end() == 0
    assert living_in(checkout) == []


def test_a_second_demo_of_the_same_checkout_says_where_the_first_one_is(demo: Demo) -> None:
    second = Demo(demo.checkout)
    assert second.ended() == 1
    assert second.lines == [f"The demo of this checkout is running already: http://localhost:{demo.port}"]
    assert set(demo.parts) == PARTS, "the first one is unharmed"


def test_a_taken_port_is_said_in_a_line(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = Demo(checkout, ["--port", str(port)])
        assert demo.ended() == 1
    assert demo.lines[-1] == f"Port {port} is taken; choose another with --port."


def test_a_command_beside_the_demo_does_not_speak_to_the_world(demo: Demo) -> None:
    said = manage(
        demo.checkout,
        "shell",
        "-v0",
        "-c",
        "from django.conf import settings; print(settings.MODE, settings.SLACK_API_URL)",
    )
    assert said.startswith("demo https://127.0.0.1:")


def test_time_starts_at_the_moment_that_was_asked_for(checkout: Path) -> None:
    demo = Demo(checkout, ["--at", "2026-01-23T15:30:00-08:00"]).ready()
    now = manage(checkout, "shell", "-v0", "-c", "from fleetcs import clock; print(clock.now().isoformat())")
    demo.end()
    assert now.startswith("2026-01-23T23:3")
    assert not (checkout / ".local" / "clock").exists(), "the next start has the machine's time again"


ASKED = '{"tier": "premium", "priority": "P1", "received_at": "2026-01-23T15:30:00-08:00"}\n'


def copy_to(folder: Path) -> Path:
    shutil.copytree(folders.CHECKOUT, folder, symlinks=True, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return folder


@pytest.mark.ledger("SLA-04")
def test_a_command_works_on_an_empty_machine_and_its_answer_is_clean(tmp_path: Path) -> None:
    """Nothing is set up, and as root the folder is closed to the servers' user: the answer is the answer alone."""
    fresh = copy_to(tmp_path / "checkout")
    try:
        first, second = (json.loads(manage(fresh, "sla_due", given=ASKED)) for _ in range(2))
    finally:
        shutil.rmtree(folders.outside(fresh / ".local"), ignore_errors=True)
    assert first == second
    assert first["due_at"] == "2026-01-26T18:30:00Z"
    assert living_in(fresh) == []
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_reset_makes_everything_up_anew(checkout: Path) -> None:
    demo = Demo(checkout, ["--reset"]).ready()
    assert "Making up a firm" in demo.text
    assert "Filling the stand-in of Salesforce" in demo.text
    assert demo.get("/healthz")[0] == 200
    assert demo.end() == 0, demo.text
