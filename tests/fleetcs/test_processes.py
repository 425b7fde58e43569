"""Supervision: what dies comes back, what is ended takes everything along, and strangers are left alone."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fleetcs.local.processes import Child, RunFile, Supervisor, end_group, started_at, until

SLEEPER = ["sleep", "600"]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(told: list[str], tmp_path: Path) -> Iterator[Supervisor]:
    run_file = RunFile(tmp_path / "run.json")
    supervisor = Supervisor(run_file.write, told.append)
    yield supervisor
    supervisor.stop()


def child(name: str, tmp_path: Path, *command: str) -> Child:
    return Child(name, list(command) or SLEEPER, dict(os.environ), tmp_path / f"{name}.log")


def test_a_killed_child_is_started_again_and_said(supervisor: Supervisor, told: list[str], tmp_path: Path) -> None:
    web = child("web", tmp_path)
    supervisor.start(web)
    first = supervisor.pids["web"]
    os.kill(first, signal.SIGKILL)

    def came_back() -> bool:
        supervisor.look()
        return supervisor.pids.get("web", first) != first

    assert until(came_back, 10)
    assert told == [f"web ended (-9); it starts again in 0.5 s. {web.log}", "web started again."]
    assert RunFile(tmp_path / "run.json").leftovers() == supervisor.pids, "the next start knows the new one"


def test_a_child_that_cannot_live_is_tried_less_and_less_often(tmp_path: Path) -> None:
    broken = child("broken", tmp_path, "false")
    moment, delays = time.monotonic(), []
    broken.start()
    for _ in range(7):
        assert broken.process is not None
        broken.process.wait()
        broken.revive(moment)
        delays.append(broken.delay)
        moment += broken.delay
        broken.revive(moment)
    broken.stop()
    assert delays == [0.5, 1, 2, 4, 8, 16, 30]


def test_the_delay_begins_anew_after_a_minute_of_good_health(tmp_path: Path) -> None:
    once = child("once", tmp_path, "false")
    once.start()
    assert once.process is not None
    once.process.wait()
    once.delay = 16
    once.revive(once.started + 61)
    assert once.delay == 0.5


def test_children_end_in_order(tmp_path: Path) -> None:
    """Nobody is answered by half a product: web first, then who works for it, then what they work on."""
    supervisor = Supervisor(RunFile(tmp_path / "run.json").write, print, first=("web", "worker"))
    order = tmp_path / "order"
    script = 'trap "echo $0 >> $1; exit" TERM; echo ready; while :; do sleep 0.02; done'
    names = ["valkey", "stand-ins", "web", "worker"]
    children = [child(name, tmp_path, "sh", "-c", script, name, str(order)) for name in names]
    supervisor.start(*children)
    assert until(lambda: all("ready" in each.log.read_text() for each in children), 10)
    supervisor.stop()
    assert order.read_text().split() == ["web", "worker", "stand-ins", "valkey"]


def test_ending_a_child_ends_all_it_has_started(supervisor: Supervisor, tmp_path: Path) -> None:
    parent = child("parent", tmp_path, "sh", "-c", "sleep 600 & sleep 600")
    supervisor.start(parent)
    assert parent.process is not None
    process = psutil.Process(parent.process.pid)
    assert until(lambda: len(process.children()) == 2, 10)
    family = process.children()
    supervisor.stop()
    assert until(lambda: not any(started_at(each.pid) for each in family), 10)


def test_a_child_that_does_not_listen_is_made_to_end(tmp_path: Path) -> None:
    deaf = child("deaf", tmp_path, "sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 0.02; done')
    deaf.patience = 0.2
    deaf.start()
    assert until(lambda: "ready" in deaf.log.read_text(), 10)
    deaf.stop()
    assert not deaf.alive


def test_ctrl_c_reaches_the_supervisor_alone(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(child("valkey", tmp_path))
    assert os.getpgid(supervisor.pids["valkey"]) != os.getpgid(0)


def test_what_a_killed_supervisor_left_behind_is_ended(tmp_path: Path) -> None:
    run_file = RunFile(tmp_path / "run.json")
    with subprocess.Popen(SLEEPER, start_new_session=True) as orphan:
        run_file.write({"worker": orphan.pid})
        assert run_file.end_leftovers() == {"worker": orphan.pid}
        assert orphan.wait() == -signal.SIGTERM
    assert not run_file.path.exists()


def test_a_process_that_has_an_old_pid_by_chance_is_left_alone(tmp_path: Path) -> None:
    run_file = RunFile(tmp_path / "run.json")
    with subprocess.Popen(SLEEPER, start_new_session=True) as stranger:
        run_file.write({"worker": stranger.pid})
        text = run_file.path.read_text()
        run_file.path.write_text(text.replace(str(started_at(stranger.pid)), str(started_at(stranger.pid) - 60)))
        assert run_file.end_leftovers() == {}
        assert stranger.poll() is None
        end_group(stranger.pid)


@pytest.mark.parametrize("text", ["", "{", '{"processes": {}}', "["])
def test_half_a_run_file_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert RunFile(tmp_path / "run.json").leftovers() == {}


def test_a_log_begins_anew_when_it_has_grown_large(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_bytes(b"x" * 5_000_001)
    web = child("web", tmp_path, "echo", "anew")
    web.start()
    assert web.process is not None
    web.process.wait()
    assert web.log.read_text() == "anew\n"
