"""The pages of the mirror: green only if it adds up, one click for what a person decides, a banner when it is old."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from fleetcs import clock
from fleetcs.mirrors import balance
from fleetcs.models import Calls, Conflict, Effect, Event, Mirror, MirrorField, MirrorLink, User
from tests.factories import make_account, make_contact, make_user
from tests.visiting import words

pytestmark = pytest.mark.django_db


def signed_in(post: str | None = "vp_cs") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


@pytest.fixture
def mirror() -> Mirror:
    """Accounts that have been loaded, counted, and answered for a minute ago."""
    now = clock.now()
    fresh = {"started_at": now, "loaded_at": now, "asked_at": now - timedelta(minutes=1), "counted_at": now}
    counted = {"count_there": 1, "count_here": 1, "quota_used": 1200, "quota_of": 15000}
    Mirror.objects.filter(code="accounts").update(**fresh, **counted)
    MirrorField.objects.update(found="string")
    return Mirror.objects.get(code="accounts")


def linked(mirror: Mirror, account: Account, **fields: Any) -> MirrorLink:
    values = {"name": account.name, "github_label": "ibis", "industry": "Water"}
    given = {"salesforce_id": "001000000000001AAA", "record_id": account.pk, "theirs": values, "base": values} | fields
    return MirrorLink.objects.create(mirror=mirror, **given)


# --- the balance -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-02")
def test_green_only_if_the_counts_balance(mirror: Mirror) -> None:
    client = signed_in()
    assert 'dot-good">Balanced' in words(client.get("/mirrors"))
    Mirror.objects.filter(pk=mirror.pk).update(count_here=0)
    page = words(client.get("/mirrors"))
    assert 'dot-bad">1 record missing' in page
    assert "Balanced" not in page


def test_the_quota_that_is_used_and_what_is_kept_for_people_is_said(mirror: Mirror) -> None:
    assert "1,200 of 15,000 calls" in words(signed_in().get("/mirrors"))
    assert "3,000 are left" in words(signed_in().get(mirror.get_absolute_url()))


def test_our_calls_are_never_more_than_those_of_the_whole_company(mirror: Mirror) -> None:
    """We count each of ours at once; of all of them we know what Salesforce said last."""
    Calls.objects.note("salesforce", 1300)
    page = words(signed_in().get("/mirrors"))
    assert "1,300 of 15,000 calls of the last 24 hours are used by the whole company, 1,300 of them by fleetcs" in page


def test_it_is_started_and_stopped_by_those_who_run_it(mirror: Mirror) -> None:
    client = signed_in("bizops")
    client.post(reverse("mirror_stop", args=["accounts"]))
    mirror.refresh_from_db()
    assert not mirror.is_running
    client.post(reverse("mirror_start", args=["accounts"]))
    mirror.refresh_from_db()
    assert mirror.is_running
    assert list(Event.objects.of(mirror).order_by("pk").values_list("verb", flat=True)) == [
        "mirror_stopped",
        "mirror_started",
    ]


def test_a_first_load_shows_how_far_it_has_come(mirror: Mirror) -> None:
    Mirror.objects.filter(pk=mirror.pk).update(loaded_at=None, total=400, done=100)
    page = words(signed_in().get(mirror.get_absolute_url()))
    assert "100 of about 400 records loaded" in page
    assert 'value="25"' in page


def test_what_vanished_at_once_waits_for_a_person_and_says_so_on_the_operations_page(mirror: Mirror) -> None:
    Mirror.objects.filter(pk=mirror.pk).update(held=30)
    client = signed_in()
    assert "1 mirror held: much vanished at once" in words(client.get("/operations"))
    assert "30 records vanished over there" in words(client.get(mirror.get_absolute_url()))
    client.post(reverse("mirror_release", args=["accounts"]))
    mirror.refresh_from_db()
    assert mirror.let_go


def test_a_dry_run_is_asked_for_and_its_lines_are_shown(mirror: Mirror) -> None:
    client = signed_in()
    client.post(reverse("mirror_rehearse", args=["accounts"]))
    client.post(reverse("mirror_rehearse", args=["accounts"]))
    assert Effect.objects.filter(kind="salesforce.rehearsal").count() == 1
    rows = [{"id": "001000000000009AAA", "does": "make", "fields": ["name"]}]
    Mirror.objects.filter(pk=mirror.pk).update(rehearsal={"read": 3, "total": 3, "writes": 1, "rows": rows})
    page = words(client.get(mirror.get_absolute_url()))
    assert "1 record would be written. Nothing was." in page
    assert "001000000000009AAA" in page


# --- skipped ---------------------------------------------------------------------------------------------------------
def test_a_skipped_record_stands_there_with_its_reason_and_is_read_again(mirror: Mirror) -> None:
    rival = make_account(name="Brook")
    skipped = linked(mirror, rival, record_id=None, problem="taken", problem_field="name", rival_id=rival.pk)
    client = signed_in()
    assert "Name stands on another record here" in words(client.get(reverse("mirror_skipped", args=["accounts"])))
    client.post(reverse("mirror_replay", args=[skipped.pk]))
    assert Effect.objects.get(kind="salesforce.look").args == {"link": skipped.pk}
    Effect.objects.update(state="done")
    client.post(reverse("mirror_adopt", args=[skipped.pk]))
    skipped.refresh_from_db()
    assert (skipped.record_id, skipped.problem) == (rival.pk, "")


def test_an_administrator_sees_reasons_but_not_what_customers_are_called(mirror: Mirror) -> None:
    linked(mirror, make_account(name="Brook"), record_id=None, problem="taken", problem_field="name")
    page = words(signed_in("zapier_administrator").get(reverse("mirror_skipped", args=["accounts"])))
    assert "Name stands on another record here" in page
    assert "Brook" not in page


# --- fields ----------------------------------------------------------------------------------------------------------
def field(ours: str) -> MirrorField:
    return MirrorField.objects.get(mirror__code="accounts", ours=ours)


def save(name: str, **changes: str) -> Any:
    row = field(name)
    given = {"theirs": row.theirs, "master": row.master, "is_on": "on"} | changes
    return signed_in().post(reverse("mirror_field", args=[row.pk]), given)


def test_who_masters_a_field_is_a_line_in_a_table(mirror: Mirror) -> None:
    assert save("industry", master="both").status_code == 302
    assert field("industry").master == "both"
    assert Event.objects.of(mirror).get().facts["field"] == "industry"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("industry", {"theirs": "Industry FROM Account"}),
        ("billing_address", {"master": "both"}),
        ("kind", {"theirs": "Type, Name"}),
    ],
)
def test_a_field_that_cannot_be_is_refused(mirror: Mirror, name: str, changes: dict[str, str]) -> None:
    assert save(name, **changes).status_code == 422


def test_what_salesforce_lets_nobody_write_only_salesforce_can_master(mirror: Mirror) -> None:
    MirrorField.objects.filter(ours="industry").update(may_write=False)
    assert "only Salesforce can master it" in save("industry", master="ours").content.decode()


def test_a_field_that_salesforce_masters_cannot_be_changed_here(mirror: Mirror) -> None:
    account = make_account(name="Brook")
    linked(mirror, account)
    client = signed_in("bizops")
    page = words(client.get(reverse("accounts:account_edit", args=[account.pk])))
    assert "Salesforce masters this field" in page
    client.post(reverse("accounts:account_edit", args=[account.pk]), {"name": "Other", "version": 1})
    account.refresh_from_db()
    assert account.name == "Brook"


# --- conflicts -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-25")
def test_the_inbox_shows_base_ours_and_theirs_and_one_click_settles(mirror: Mirror) -> None:
    account = make_account(name="Brook", github_label="heron")
    link = linked(mirror, account)
    link.base = link.base | {"github_label": "crane"}
    link.save()
    conflict = Conflict.objects.create(link=link, field="github_label", base="crane", ours="heron", theirs="ibis")
    client = signed_in()
    page = words(client.post("/conflicts", {"show": conflict.pk}))
    assert all(word in page for word in ("Brook", "GitHub label", "crane", "heron", "ibis"))
    client.post(reverse("conflict_settle", args=[conflict.pk]), {"stands": "theirs"})
    account.refresh_from_db()
    conflict.refresh_from_db()
    assert (account.github_label, conflict.settled) == ("ibis", "theirs")
    assert "No conflicts" in words(client.get("/conflicts"))


@pytest.mark.ledger("SFD-25")
def test_a_choice_between_values_of_which_ours_is_another_one_by_now_is_asked_again(mirror: Mirror) -> None:
    link = linked(mirror, make_account(name="Brook", github_label="heron"))
    link.base = link.base | {"github_label": "crane"}
    link.save()
    conflict = Conflict.objects.create(link=link, field="github_label", base="crane", ours="stork", theirs="ibis")
    page = words(signed_in().post(reverse("conflict_settle", args=[conflict.pk]), {"stands": "theirs"}, follow=True))
    assert "It stays open. The value here was changed meanwhile" in page
    again = Conflict.objects.get()
    assert (again.pk, again.settled, again.settled_by) == (conflict.pk, "", None)
    assert not Event.objects.filter(verb="conflict_settled").exists()
    assert (again.ours, again.theirs, link.record_id and Account.objects.get().github_label) == (
        "heron",
        "ibis",
        "heron",
    )


@pytest.mark.ledger("COD-05")
def test_the_inbox_tells_a_label_beside_its_account_only_when_asked_and_writes_the_look_down(mirror: Mirror) -> None:
    account, client = make_account(name="Brook", github_label="heron"), signed_in()
    link = linked(mirror, account)
    values = {"base": "crane", "ours": "heron", "theirs": "ibis"}
    conflict = Conflict.objects.create(link=link, field="github_label", **values)
    Conflict.objects.create(link=link, field="industry", base="Water", ours="Metal", theirs="Paper")
    page = words(client.get("/conflicts"))
    assert all(word in page for word in ("Brook", "Metal", "Show the values"))
    assert not any(word in page for word in values.values())
    looks = Event.objects.of(account).filter(verb="conflict_looked_at")
    assert not looks.exists()
    page = words(client.post("/conflicts", {"show": conflict.pk}))
    assert all(word in page for word in values.values())
    assert [(look.by, look.account_pk) for look in looks] == [(User.objects.get(), account.pk)]


@pytest.mark.ledger("COD-05")
def test_a_label_is_not_told_to_who_may_not_know_the_codename(mirror: Mirror) -> None:
    link = linked(mirror, make_account(name="Brook", github_label="heron"))
    conflict = Conflict.objects.create(link=link, field="github_label", base="crane", ours="heron", theirs="ibis")
    client = signed_in("bizops")
    page = words(client.post("/conflicts", {"show": conflict.pk}))
    assert "Brook" in page
    assert not any(word in page for word in ("crane", "heron", "ibis"))
    assert client.post(reverse("conflict_settle", args=[conflict.pk]), {"stands": "theirs"}).status_code == 404
    assert Conflict.objects.open().exists()


def test_a_side_that_there_is_not_is_refused(mirror: Mirror) -> None:
    conflict = Conflict.objects.create(link=linked(mirror, make_account()), field="industry", ours="a", theirs="b")
    assert signed_in().post(reverse("conflict_settle", args=[conflict.pk]), {"stands": "agreed"}).status_code == 422
    assert Conflict.objects.open().exists()


# --- the records' own pages ------------------------------------------------------------------------------------------
def test_a_stale_source_is_a_banner_on_the_pages_that_show_it(mirror: Mirror) -> None:
    account = make_account()
    linked(mirror, account)
    client = signed_in()
    assert "last answered" not in words(client.get(account.get_absolute_url()))
    Mirror.objects.update(asked_at=clock.now() - timedelta(hours=2))
    assert "Salesforce last answered" in words(client.get(account.get_absolute_url()))
    contact = make_contact(account)
    assert "last answered" not in words(client.get(contact.get_absolute_url())), "it did not come from there"


def test_what_is_read_as_a_whole_every_hour_is_not_stale_between_two_readings(mirror: Mirror) -> None:
    mirror.is_whole, mirror.asked_at = True, clock.now() - timedelta(minutes=61)
    assert balance.standing(mirror, clock.now()).words == "Balanced"
    mirror.asked_at = clock.now() - timedelta(minutes=76)
    assert balance.standing(mirror, clock.now()).words == "Stale"


def test_what_is_old_is_red_even_if_it_only_waits_for_calls_to_come_back(mirror: Mirror) -> None:
    mirror.trouble = "quota"
    assert balance.standing(mirror, clock.now()) == balance.Standing("warn", "Partial: it goes on when calls come back")
    mirror.asked_at = clock.now() - timedelta(hours=6)
    assert balance.standing(mirror, clock.now()) == balance.Standing("bad", "Stale")


def test_a_record_that_is_gone_over_there_says_so_and_where_it_went(mirror: Mirror) -> None:
    old, new = make_account(), make_account(name="Lantern")
    heir = linked(mirror, new, salesforce_id="001000000000002AAA")
    link = linked(mirror, old, gone_at=clock.now())
    client = signed_in()
    assert "Deleted in Salesforce" in words(client.get(old.get_absolute_url()))
    MirrorLink.objects.filter(pk=link.pk).update(merged_into=heir)
    page = words(client.get(old.get_absolute_url()))
    assert f'Merged in Salesforce into <a href="{new.get_absolute_url()}">Lantern</a>' in page
