"""The names that codenames are chosen from: shipped, loaded from lists of every form, and blocked where unfitting."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts import codenames, defaults
from accounts.models import BlockedName, MinorPlanet
from accounts.models.planet import fitting, reserved
from fleetcs.models import Event
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_user

pytestmark = pytest.mark.django_db

PAGE = "<html><body><pre>(20000) Varuna\n(858) El Djeza&iuml;r\n(999991) Testudo\n(999992) Ibex</pre></body></html>"


def load(*args: str) -> str:
    said = StringIO()
    call_command("load_minor_planets", *args, stdout=said)
    return said.getvalue()


@contextmanager
def served(body: bytes, status: int = 200) -> Iterator[str]:
    """One small web server, and the address of its only page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """The test's output is its own."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/iau/lists/MPNames.html"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.ledger("COD-03", "SYS-16")
def test_at_least_five_hundred_fitting_names_are_there_from_the_start() -> None:
    shipped = list(csv.DictReader(defaults.FILE.read_text(encoding="utf-8").splitlines()))
    assert len({row["number"] for row in shipped}) == len({codenames.letters(row["name"]) for row in shipped}) > 680
    free = MinorPlanet.objects.free()
    assert len(fitting(free, 1000)) >= 500
    first = MinorPlanet.objects.get(number=1)
    assert (first.name, first.word, first.source) == ("Ceres", "ceres", defaults.SOURCE)
    assert {row["name"] for row in shipped} >= {planet.name for planet in free}


def test_every_name_that_is_blocked_from_the_start_has_letters_and_one_reason() -> None:
    names = [name for line in defaults.BLOCKED.values() for name in line.split()]
    assert len(names) == len(set(names)) == BlockedName.objects.count()
    assert set(defaults.BLOCKED) <= set(BlockedName.Reason)


def test_what_a_company_has_unblocked_stays_so_when_the_defaults_are_loaded_again() -> None:
    BlockedName.objects.get(word="echo").unblock(by=make_user())
    call_command("load_minor_planets", str(defaults.FILE), verbosity=0)
    defaults.load_names(apps)
    assert not BlockedName.objects.filter(word="echo").exists()


@pytest.mark.ledger("SYS-16")
def test_loading_says_counts_source_and_date_and_changes_nothing_the_second_time(tmp_path: Path, clock: Clock) -> None:
    clock("2026-03-02T10:00:00-08:00")
    file, before = tmp_path / "names.csv", MinorPlanet.objects.count()
    file.write_text("number,name\n1,Ceres\n20000,Varuna\n858,El Djezair\n999991,Testudo\n")
    first = load(str(file))
    assert first.splitlines() == [
        f"4 names from {file} on 2026-03-02: 1 new, 1 spelt otherwise, 2 as before.",
        f"The list now has {before + 1:,} names.",
    ]
    rows = list(MinorPlanet.objects.order_by("pk").values())
    assert "0 new, 0 spelt otherwise, 4 as before" in load(str(file))
    assert list(MinorPlanet.objects.order_by("pk").values()) == rows
    assert MinorPlanet.objects.get(number=858).name == "El Djezair"


@pytest.mark.ledger("SYS-16")
def test_the_page_is_fetched_from_the_configured_host_and_from_no_other(settings: Any) -> None:
    with served(PAGE.encode()) as url:
        settings.MINOR_PLANETS_URL = url
        assert "4 names from http://127.0.0.1" in load()
        assert "0 new" in load(url.replace("lists", "other"))
        settings.MINOR_PLANETS_URL = "https://lists.example/"
        with pytest.raises(CommandError, match="only the host of MINOR_PLANETS_URL"):
            load(url)
    assert MinorPlanet.objects.get(number=999992).source == url


@pytest.mark.parametrize(("status", "code"), [(301, "http_301"), (404, "http_404"), (503, "http_503")])
def test_a_page_that_cannot_be_had_is_said_so_and_nothing_changes(settings: Any, status: int, code: str) -> None:
    before = MinorPlanet.objects.count()
    with served(PAGE.encode(), status) as settings.MINOR_PLANETS_URL, pytest.raises(CommandError, match=code):
        load()
    assert MinorPlanet.objects.count() == before


def test_a_page_without_end_is_given_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetcs.clients.minor_planets.LARGEST", 50)
    with served(PAGE.encode()) as settings.MINOR_PLANETS_URL, pytest.raises(CommandError, match="too_large"):
        load()


def test_a_file_that_is_missing_or_no_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes("Müller".encode("latin-1"))
    for name, reason in (("nowhere", "No such file"), ("empty", "No minor planet is named")):
        with pytest.raises(CommandError, match=reason):
            load(str(tmp_path / name))


# --- fitting names ----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-03")
def test_names_like_those_of_customers_and_their_people_are_not_offered() -> None:
    account = make_account(domain="psyche-metal.example", name="Thetis Foods")
    make_contact(account, name="Iris Brook")
    offered = {planet.name for planet in fitting(MinorPlanet.objects.free(), 1000)}
    assert offered.isdisjoint({"Thetis", "Psyche", "Iris"})
    assert {"Ceres", "Pallas", "Metis"} <= offered


@pytest.mark.ledger("COD-03")
def test_a_blocked_name_is_neither_offered_nor_much_like_one_that_is() -> None:
    bo = make_user()
    assert BlockedName.block("Pallas", "brand", by=bo) == BlockedName.block("PALLAS", "other", by=bo)
    assert BlockedName.objects.get(word="pallas").reason == "brand"
    assert Event.objects.filter(verb="name_blocked").count() == 1
    assert "Pallas" not in {planet.name for planet in MinorPlanet.objects.free()}
    assert reserved().has("Palla")
    with pytest.raises(ValidationError):
        BlockedName.block("42", "other", by=bo)


def test_names_are_found_by_letters_number_and_alphabet() -> None:
    planets = MinorPlanet.objects
    assert planets.named("el djezair") == planets.named("El Djezaïr") == planets.get(number=858)
    assert planets.named("Acme") is None
    assert planets.matching("Djez").get().number == 858
    assert planets.matching("433").get().name == "Eros"
    assert {planet.name[0] for planet in planets.beginning_with("q")} == {"Q"}
