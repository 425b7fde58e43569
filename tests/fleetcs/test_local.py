"""The servers of one machine survive what people and crashes do to them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from fleetcs.local import environment, folders, postgres, valkey
from fleetcs.local.folders import CHECKOUT, Unusable
from fleetcs.local.postgres import Cluster
from fleetcs.local.processes import until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as somebody else")
HOLDER = """
import sys
from pathlib import Path
from fleetcs.local.postgres import THROWAWAY, Cluster
with Cluster(Path(sys.argv[1]), THROWAWAY).joined():
    print("joined", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A server's folder that its user can reach; pytest's own are closed to everyone but us."""
    folder = folders.server_folder(f"try-{os.getpid()}")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home, postgres.THROWAWAY)
    yield cluster
    cluster.stop()


def postmaster(cluster: Cluster) -> psutil.Process:
    return psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def crash(cluster: Cluster) -> None:
    """Kill the server as a power cut does: no process gets to tidy up."""
    main = postmaster(cluster)
    family = [main, *main.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGKILL)
    assert until(lambda: all(map(gone, family)), 10)


def holder(cluster: Cluster) -> subprocess.Popen[str]:
    """Another process that uses the server until its standard input closes."""
    command = [sys.executable, "-c", HOLDER, str(cluster.home)]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "joined\n"
    return process


def test_the_last_one_who_leaves_stops_the_server(cluster: Cluster) -> None:
    with cluster.joined():
        other = holder(cluster)
    assert cluster.answers()
    other.communicate("")
    assert not cluster.answers()


def test_a_killed_user_no_longer_counts(cluster: Cluster) -> None:
    with holder(cluster) as other:
        other.kill()
    assert cluster.answers(), "nobody was left to stop it"
    with cluster.joined():
        pass
    assert not cluster.answers()


def test_what_was_written_is_there_after_a_stop(cluster: Cluster) -> None:
    with cluster.joined():
        cluster.create("kept")
    with cluster.joined():
        cluster.connect("kept").close()


def test_a_killed_server_comes_back_at_once(cluster: Cluster) -> None:
    with cluster.joined():
        crash(cluster)
        cluster.ensure()
        assert cluster.answers()


def test_a_killed_postmaster_whose_children_are_still_dying_comes_back(cluster: Cluster) -> None:
    with cluster.joined():
        postmaster(cluster).kill()
        cluster.ensure()
        assert cluster.answers()


@pytest.mark.parametrize("pid_file", ["", "12", "{somebody}\n{data}\n1\n5432\n\n\n", "no number at all\n"])
def test_a_pid_file_is_not_believed(cluster: Cluster, pid_file: str) -> None:
    with cluster.joined():
        crash(cluster)
        identity = folders.identity()
        with subprocess.Popen(["sleep", "600"], **identity) as somebody:
            text = pid_file.format(somebody=somebody.pid, data=cluster.data)
            (cluster.data / "postmaster.pid").write_text(text)
            cluster.ensure()
            assert cluster.answers()
            assert somebody.poll() is None, "the process that has the old pid today is left alone"
            somebody.kill()


def test_a_first_start_that_was_killed_leaves_nothing_half_made(home: Path) -> None:
    cluster = Cluster(home / "first", postgres.THROWAWAY)
    half = cluster.home / "new-half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with cluster.joined():
        assert cluster.answers()
    assert not half.exists()


def test_two_who_come_at_once_start_one_server(cluster: Cluster) -> None:
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: holder(cluster), range(2))
    first.communicate("")
    assert cluster.answers()
    second.communicate("")
    assert not cluster.answers()


def test_text_sorts_by_code_point_on_every_machine(cluster: Cluster) -> None:
    with cluster.joined(), cluster.connect() as connection:
        words = connection.execute("SELECT w FROM unnest(ARRAY['ä', 'a', 'B', 'Z']) AS w ORDER BY w").fetchall()
        assert [word for (word,) in words] == ["B", "Z", "a", "ä"]
        assert connection.execute("SELECT upper('ß ä')").fetchone() == ("ß Ä",)


def test_there_is_no_port_and_no_way_in_for_others(cluster: Cluster) -> None:
    with cluster.joined():
        assert [c for c in postmaster(cluster).net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
        assert cluster.sockets.stat().st_mode & 0o777 == 0o700


def test_the_log_keeps_no_customers_words(cluster: Cluster) -> None:
    with cluster.joined(), cluster.connect() as connection:
        connection.execute("CREATE TABLE person (email text UNIQUE)")
        connection.execute("INSERT INTO person VALUES ('ines@example.com')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES (%s)", ["ines@example.com"])
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT 'ines@example.com' FROM nowhere")
    written = cluster.log.read_text()
    assert "duplicate key" in written
    assert "ines@example.com" not in written


def test_a_deep_checkout_gets_a_short_socket(home: Path) -> None:
    deep = home / ("a-long-name-" * 8) / "postgres"
    deep.mkdir(parents=True)
    chosen = folders.socket_folder(deep, len(".s.PGSQL.5432"))
    assert len(str(chosen / ".s.PGSQL.5432")) <= 107
    assert chosen == folders.socket_folder(deep, len(".s.PGSQL.5432")), "the next process finds the same"
    chosen.rmdir()


def test_a_server_in_a_deep_checkout_works(home: Path) -> None:
    deep = home / ("a name with 'quotes' " * 6)
    deep.mkdir()
    cluster = Cluster(deep, postgres.THROWAWAY)
    with cluster.joined():
        assert cluster.answers()
    cluster.sockets.rmdir()


@as_root
def test_folders_above_are_never_opened_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A checkout in a closed home folder: its mode stays, the servers live elsewhere, one line says so."""
    closed = tmp_path / "closed"
    local = closed / "checkout" / ".local"
    local.mkdir(parents=True)
    closed.chmod(0o700)
    base = folders.base_for(local)
    assert base != local
    assert folders.reachable(base)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert capsys.readouterr().err.count("\n") == 1
    base.rmdir()


@as_root
def test_servers_do_not_run_as_root(cluster: Cluster) -> None:
    with cluster.joined():
        assert postmaster(cluster).uids().effective != 0


def test_a_folder_that_somebody_else_has_put_there_is_refused(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.symlink_to(tmp_path)
    with pytest.raises(Unusable, match="belongs to somebody else"):
        folders.private(planted)


def test_valkey_listens_on_its_socket_alone(home: Path) -> None:
    broker = valkey.Valkey(folders.socket_folder(home, len("v.sock")) / "v.sock")
    before = psutil.Process().children()
    with broker.running():
        (server,) = [child for child in psutil.Process().children() if child not in before]
        assert server.net_connections("inet") == []
        assert broker.url == f"redis+socket://{broker.socket}"
    assert not broker.answers()


def test_secrets_are_made_once_and_for_us_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as many:
        made = list(many.map(lambda _: environment.made_here(tmp_path), range(8)))
    assert all(values == made[0] for values in made)
    assert set(made[0]) == set(environment.SECRETS)
    assert len(set(made[0].values())) == len(made[0])
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command in an environment that has nothing of this run's."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=plain | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_production_refuses_to_start_without_its_secrets() -> None:
    done = manage(
        "check", FLEETCS_MODE="production", DATABASE_URL="postgres://u@localhost/x", ALLOWED_HOSTS="a.example"
    )
    assert done.returncode != 0
    assert "SECRET_KEY must be set" in done.stderr


def test_production_never_starts_the_embedded_database() -> None:
    given = dict.fromkeys(environment.SECRETS, "x" * 40) | {"OIDC_CLIENT_SECRET": "x" * 40}
    nowhere = f"postgres://u@127.0.0.1:{_closed_port()}/x"
    done = manage("migrate", FLEETCS_MODE="production", DATABASE_URL=nowhere, ALLOWED_HOSTS="a.example", **given)
    assert done.returncode != 0
    assert "Connection refused" in done.stderr


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@as_root
def test_programs_in_a_closed_folder_are_copied_once(tmp_path: Path) -> None:
    """Where the virtual environment is closed too, the servers' user gets a copy of the binaries."""
    package = tmp_path / "package"
    (package / "bin").mkdir(parents=True)
    program = package / "bin" / "answer"
    program.write_text("#!/bin/sh\necho yes\n")
    program.chmod(0o755)
    copy = folders.within_reach(program, (package,))
    assert copy != program
    assert subprocess.run([copy], **folders.identity(), capture_output=True, check=True).stdout == b"yes\n"
    assert folders.within_reach(program, (package,)) == copy
    shutil.rmtree(copy.parents[2])
