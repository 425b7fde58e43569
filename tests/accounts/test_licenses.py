"""License keys: recorded, never made; sealed, masked, revealed one at a time, and found in nothing that is kept."""

import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts import licenses, sealing
from accounts.models import Account, KeyShare, LicenseKey, LicenseRequest
from fleetcs import logs
from fleetcs.models import Event, HandbookEntry
from fleetcs.working_day import today
from tests.factories import make_account, make_contact, make_license, make_license_request, make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

SECRET = "eyJhbGciOiJub25lIn0.kanarienvogel-0123456789"


def typed(**overrides: Any) -> dict[str, Any]:
    until = f"{today() + timedelta(days=400):%Y-%m-%d}"
    fields = {"kind": "renewal", "hosts": 120, "expires_on": until, "source": "creator", "value": SECRET}
    return fields | overrides


def new_of(account: Account) -> str:
    return reverse("accounts:license_create", args=[account.pk])


# --- recording (LIC-01 to LIC-03, DCL-23) -----------------------------------------------------------------------------
@pytest.mark.ledger("LIC-03", "SYS-12", "DCL-23")
def test_a_csm_records_a_key_and_the_account_shows_it_masked() -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    client = client_of(csm)
    assert client.post(new_of(account), typed()).status_code == 302
    key = LicenseKey.objects.get()
    assert (key.kind, key.hosts, key.account, key.recorded_by) == ("renewal", 120, account, csm)
    for page in (key.get_absolute_url(), reverse("accounts:licenses_of_account", args=[account.pk]), "/licenses/"):
        body = client.get(page).content.decode()
        assert licenses.MASK in body
        assert SECRET not in body


@pytest.mark.ledger("LIC-03")
@pytest.mark.parametrize("wrong", [{"kind": ""}, {"hosts": 0}, {"expires_on": "2020-01-01"}, {"value": "short"}])
def test_a_key_without_a_kind_hosts_or_a_day_to_come_is_refused(wrong: dict[str, Any]) -> None:
    csm = make_user("csm")
    answer = client_of(csm).post(new_of(make_account(csm=csm)), typed(**wrong))
    assert (answer.status_code, LicenseKey.objects.exists()) == (422, False)
    assert SECRET not in answer.content.decode(), "what was typed as the key is not written into the page again"


@pytest.mark.ledger("LIC-02")
def test_the_legacy_route_by_an_opportunity_issue_asks_for_its_link() -> None:
    csm = make_user("csm")
    account, client = make_account(csm=csm), client_of(csm)
    assert client.post(new_of(account), typed(kind="trial", source="issue")).status_code == 422
    with_link = typed(kind="trial", source="issue", issue_url="https://tracker.lanternfish.example/1")
    assert client.post(new_of(account), with_link).status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        LicenseKey.objects.update(issue_url="")


@pytest.mark.ledger("LIC-01", "LIC-02", "LIC-03")
def test_the_form_names_the_self_service_route_first_and_calls_the_issue_legacy() -> None:
    csm = make_user("csm")
    for code in ("opportunity_issue", "license_key_creator", "license_dispenser"):
        HandbookEntry.objects.update_or_create(
            section="links", code=code, defaults={"value": f"https://lanternfish.example/{code}"}
        )
    page = client_of(csm).get(new_of(make_account(csm=csm)))
    assert [url.rpartition("/")[2] for _, url in page.context["links"]] == [
        "license_key_creator",
        "license_dispenser",
        "opportunity_issue",
    ]
    body = page.content.decode()
    assert body.index("Small deployments") < body.index("Larger trials")
    assert "Opportunity issue (legacy)" in body


def test_the_latest_key_that_works_is_the_accounts() -> None:
    account = make_account()
    old, _, latest = (make_license(account) for _ in range(3))
    LicenseKey.objects.get(pk=latest.pk).revoke("Sent to the wrong person", by=make_user("vp_cs"))
    assert LicenseKey.objects.current(account, today()) not in {latest, old}
    with pytest.raises(ValidationError):
        LicenseKey.objects.get(pk=latest.pk).revoke("Again", by=make_user("vp_cs"))


# --- who is responsible (LIC-04) --------------------------------------------------------------------------------------
@pytest.mark.ledger("LIC-04")
@pytest.mark.parametrize(
    ("kind", "post"),
    [
        ("trial", "director_sc"),
        ("poc", "director_sc"),
        ("subscription", "vp_cs"),
        ("renewal", "vp_cs"),
        ("expansion", "vp_cs"),
    ],
)
def test_a_request_goes_to_the_responsible_of_its_phase_and_is_answered_by_the_key(kind: str, post: str) -> None:
    people = {code: make_user(code) for code in ("director_sc", "vp_cs")}
    ae = make_user("ae")
    account = make_account(ae=ae)
    ask = reverse("accounts:license_ask", args=[account.pk])
    until = f"{today() + timedelta(days=30):%Y-%m-%d}"
    assert client_of(ae).post(ask, {"kind": kind, "hosts": 5, "expires_on": until}).status_code == 302
    asked = LicenseRequest.objects.get()
    assert Event.objects.of(asked).get(verb="license_key_asked_for").facts["post"] == post
    waits = {code: bool(LicenseRequest.objects.waiting_for(user)) for code, user in people.items()}
    assert waits == {code: code == post for code in people}
    client = client_of(people[post])
    assert list(client.get("/licenses/waiting").context["requests"]) == [asked]
    assert client.get(new_of(account)).context["form"].initial["kind"] == kind
    assert client.post(new_of(account), typed(kind=kind)).status_code == 302
    asked.refresh_from_db()
    assert asked.key == LicenseKey.objects.get()
    assert not LicenseRequest.objects.waiting_for(people[post])


@pytest.mark.ledger("LIC-04")
def test_what_the_menu_counts_stands_above_the_list_of_keys() -> None:
    asked = make_license_request(make_account())
    listed = {post: client_of(make_user(post)).get("/licenses/").content.decode() for post in ("vp_cs", "director_sc")}
    assert {post: new_of(asked.account) in body for post, body in listed.items()} == {
        "vp_cs": True,
        "director_sc": False,
    }


def test_a_request_is_turned_down_with_a_reason_and_once() -> None:
    vp, asked = make_user("vp_cs"), make_license_request(make_account())
    client, page = client_of(vp), reverse("accounts:license_turn_down", args=[asked.pk])
    assert client.post(page, {"because": ""}).status_code == 422
    assert client.post(page, {"because": "They have one"}).status_code == 302
    assert client.post(page, {"because": "They have one"}).status_code == 404
    asked.refresh_from_db()
    assert asked.turned_down == "They have one"


# --- keys that run out (SYS-12) ---------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-12")
def test_a_key_that_runs_out_within_thirty_days_is_listed_for_its_csm() -> None:
    csm = make_user("csm")
    soon, later, followed = (make_account(csm=csm) for _ in range(3))
    listed = make_license(soon, expires_on=today() + timedelta(days=30))
    make_license(later, expires_on=today() + timedelta(days=31))
    short = make_license(followed, expires_on=today() + timedelta(days=3))
    make_license(followed, kind="renewal")
    make_license(make_account(csm=make_user("csm")), expires_on=today())
    page = client_of(csm).get("/licenses/waiting")
    assert [each.row for each in page.context["expiring"]] == [listed]
    assert listed.get_absolute_url() in page.content.decode()
    assert [each.row for each in client_of(csm).get("/licenses/?state=expiring").context["keys"]] == [listed]
    said = {one.pk: client_of(csm).get(f"/accounts/{one.pk}/licenses/").content.decode() for one in (soon, followed)}
    assert {pk: "Runs out soon" in body for pk, body in said.items()} == {soon.pk: True, followed.pk: False}
    assert "Runs out soon" not in client_of(csm).get(short.get_absolute_url()).content.decode(), "another follows it"


# --- seen by few, one at a time (DCL-23) ------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-23")
def test_a_look_at_a_key_shows_it_in_one_answer_and_is_written_down() -> None:
    csm = make_user("csm")
    key = make_license(make_account(csm=csm), value=SECRET)
    client, page = client_of(csm), reverse("accounts:license_reveal", args=[key.pk])
    assert client.get(page).status_code == 405
    answer = client.post(page)
    assert SECRET in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    look = Event.objects.of(key).get(verb="license_key_revealed")
    assert (look.by, look.account_pk) == (csm, key.account_id)
    assert SECRET not in client.get(key.get_absolute_url()).content.decode()


def test_a_colleague_of_another_account_and_support_get_no_key() -> None:
    key = make_license(make_account(csm=make_user("csm")), value=SECRET)
    for post in ("csm", "cse", "ae", "administrator", None):
        answer = client_of(make_user(post)).post(reverse("accounts:license_reveal", args=[key.pk]))
        assert (answer.status_code, SECRET in answer.content.decode()) == (404, False)
    assert not Event.objects.of(key).filter(verb="license_key_revealed").exists()


# --- at rest ----------------------------------------------------------------------------------------------------------
def everything_kept() -> str:
    """Every cell of every table of ours, field-level history and effects included."""
    cells = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            cells += [str(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor for cell in row]
    return "\n".join(cells)


def lived(value: str) -> tuple[LicenseKey, str]:
    """A key that everything happens to that can happen to one; and what pages, files and searches said meanwhile."""
    csm = make_user("csm")
    account = make_account(csm=csm, name="Harbour Lines")
    client = client_of(csm)
    client.post(new_of(account), typed(value=value, form_token="one"))
    key = LicenseKey.objects.get()
    client.post(new_of(account), typed(value=value, hosts=-1))
    client.post(reverse("accounts:license_reveal", args=[key.pk]))
    [(share, token)] = KeyShare.objects.share(key, [make_contact(account)], by=csm)
    share.open(share.new_code())
    client.post(f"/shared/{token}/")
    pages = (
        "/licenses/?format=csv",
        "/palette",
        account.get_absolute_url(),
        key.get_absolute_url(),
        "/licenses/waiting",
    )
    said = [b"".join(client.get(page)).decode() for page in pages]
    said += [client_of(make_user("vp_cs")).get("/history/licensekey").content.decode()]
    assert client.get("/licenses/", {"q": value}).context["listing"].rows == []
    assert account.name not in client.get("/search", {"q": value}).content.decode()
    key.refresh_from_db()
    key.revoke("The end", by=csm)
    return key, "\n".join(said)


@pytest.fixture
def log() -> Any:
    """What the product writes to its log, down to what it would say in development."""
    stream, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(logs.formatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.ledger("DCL-23", "SYS-12")
def test_a_key_is_in_no_table_no_log_no_file_and_no_search(log: StringIO) -> None:
    key, said = lived(SECRET)
    kept = everything_kept()
    assert "Harbour Lines" in kept, "the control: the tables were read"
    assert "license_key_revealed" in kept
    assert "request_finished" in log.getvalue(), "the control: the log was written"
    assert [place for place in (kept, log.getvalue(), said, repr(key), str(key)) if "kanarienvogel" in place] == []
    assert sealing.unseal(key.sealed) == SECRET


@pytest.mark.parametrize("leak", ["log", "event", "plain"])
def test_a_key_in_a_log_an_event_or_a_column_would_be_noticed(
    log: StringIO, leak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if leak == "plain":
        monkeypatch.setattr(sealing, "seal", str.encode)
        make_license(make_account(), value=SECRET)
    elif leak == "event":
        make_license(make_account()).log("license_key_recorded", value=SECRET)
    else:
        logging.getLogger("accounts").warning("recorded %s", SECRET)
    assert "kanarienvogel" in everything_kept() + log.getvalue()


def test_keys_of_the_former_secret_are_read_and_sealed_anew(settings: Any) -> None:
    settings.LICENSE_KEY_SECRETS = ["former-secret-of-some-length"]
    key = make_license(make_account(), value=SECRET)
    settings.LICENSE_KEY_SECRETS = ["todays-secret-of-some-length", "former-secret-of-some-length"]
    assert key.reveal(by=make_user("vp_cs")) == SECRET
    said = StringIO()
    call_command("reseal_license_keys", stdout=said)
    assert "1 sealed" in said.getvalue()
    settings.LICENSE_KEY_SECRETS = ["todays-secret-of-some-length"]
    key.refresh_from_db()
    assert key.reveal(by=make_user("vp_cs")) == SECRET


def test_a_key_whose_secret_is_gone_says_so_and_is_not_shown(settings: Any) -> None:
    key, vp = make_license(make_account(), value=SECRET), make_user("vp_cs")
    settings.LICENSE_KEY_SECRETS = ["another-secret-of-some-length"]
    with pytest.raises(CommandError, match=str(key.pk)):
        call_command("reseal_license_keys", stdout=StringIO())
    answer = client_of(vp).post(reverse("accounts:license_reveal", args=[key.pk]), follow=True)
    assert "record it again" in answer.content.decode()
    assert not Event.objects.of(key).filter(verb="license_key_revealed").exists()


# --- links (DCL-24) ---------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-24", "LIC-06")
def test_each_recipient_gets_a_link_of_their_own_that_ends_after_seven_days() -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    key, people = make_license(account), [make_contact(account), make_contact(account)]
    page = reverse("accounts:license_share", args=[key.pk])
    answer = client_of(csm).post(page, {"contacts": [one.pk for one in people], "days": 7})
    made = answer.context["made"]
    assert {share.email for share, _ in made} == {one.email for one in people}
    assert all(share.expires_at == share.shared_at + timedelta(days=7) for share, _ in made)
    tokens = [url.split("/")[-2] for _, url in made]
    assert not any(token in everything_kept() for token in tokens), "of a token only a hash is kept"
    assert KeyShare.objects.shared_for(account) in [share for share, _ in made]
