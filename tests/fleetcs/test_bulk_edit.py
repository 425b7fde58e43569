"""One field of many records: its effect first, then in the background, what came of each, taking it back (ux 11)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Contact
from fleetcs import changing
from fleetcs.clock import now
from fleetcs.local.processes import until
from fleetcs.merging import Master
from fleetcs.models import BulkEdit, BulkRow, Event, Mirror, MirrorField, MirrorLink
from fleetcs.tasks import forget_old
from opportunities.models import LeadSource, Opportunity
from tests.factories import make_account, make_contact, make_lead, make_opportunity, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
State = BulkRow.State


def begin(client: Client, code: str, field: str, *records: Any, **more: str) -> BulkEdit:
    sent = {"field": field, "pk": [str(record.pk) for record in records]}
    answer = client.post(reverse("bulk", args=[code]), sent | more)
    assert answer.status_code == 302
    return BulkEdit.objects.get(pk=answer.url.rpartition("/")[2])


def change(client: Client, job: BulkEdit, **value: str) -> None:
    client.post(job.get_absolute_url(), value | {"wish": "change"})
    changing.work()
    job.refresh_from_db()


def became(job: BulkEdit) -> list[tuple[str, str]]:
    return list(job.rows.values_list("state", "words"))


def test_many_accounts_get_another_hosting_after_their_effect_was_shown() -> None:
    first, second = (make_account(hosting=hosting) for hosting in ("unknown", "managed_cloud"))
    client = client_of(make_user("bizops"))
    job = begin(client, "accounts", "hosting", first, second)
    assert "Change 2 accounts" in words(client.get(job.get_absolute_url()))
    shown = client.post(job.get_absolute_url(), {"hosting": "managed_cloud", "wish": "look"})
    assert "Not known yet → Managed cloud" in words(shown)
    assert "It says so already." in words(shown)
    assert set(Account.objects.values_list("hosting", "version")) == {("unknown", 1), ("managed_cloud", 1)}
    assert changing.work() == 0, "nothing happens before it is ordered"
    change(client, job, hosting="managed_cloud")
    assert became(job) == [(State.DONE, "Not known yet → Managed cloud"), (State.SAME, "It says so already.")]
    assert Event.objects.filter(verb="account_changed", subject_id=first.pk).exists()
    assert "2 of 2 looked at" in words(client.get(job.get_absolute_url()))


def test_a_value_that_the_form_refuses_is_explained_before_anything_happens() -> None:
    client, account = client_of(make_user("bizops")), make_account()
    job = begin(client, "accounts", "hosting", account)
    refused = client.post(job.get_absolute_url(), {"hosting": "the moon", "wish": "change"})
    assert refused.status_code == 422
    job.refresh_from_db()
    assert job.ordered_at is None


def test_rows_that_are_not_ones_own_are_refused_each_with_its_reason() -> None:
    seller = make_user("ae")
    mine, other = make_account(ae=seller), make_account()
    client = client_of(seller)
    job = begin(client, "accounts", "industry", mine, other)
    assert "1 of them is not yours to change" in words(client.get(job.get_absolute_url()))
    change(client, job, industry="Kelp")
    assert dict(job.rows.values_list("record", "state")) == {mine.pk: State.DONE, other.pk: State.REFUSED}
    assert job.rows.get(record=other.pk).words == changing.NOT_YOURS
    other.refresh_from_db()
    assert other.industry == ""


def test_the_whole_list_as_it_is_filtered_is_changed_and_nothing_else() -> None:
    owner = make_user("cro")
    deals = [make_opportunity(name=f"Kelp {number} 2026") for number in range(3)]
    other = make_opportunity(name="Zebra 2026")
    job = begin(client_of(owner), "opportunities", "next_step", query="q=Kelp&sort=name", all="true")
    assert list(job.rows.values_list("record", flat=True)) == [deal.pk for deal in deals]
    change(client_of(owner), job, next_step="Call them")
    assert set(Opportunity.objects.values_list("next_step", flat=True)) == {"Call them", ""}
    other.refresh_from_db()
    assert other.next_step == ""


def test_undo_puts_back_what_nobody_has_changed_since_and_only_that() -> None:
    person = make_user("cro")
    deals = [make_opportunity(next_step=f"Before {number}") for number in range(3)]
    client = client_of(person)
    job = begin(client, "opportunities", "next_step", *deals)
    change(client, job, next_step="Call them")
    deals[0].refresh_from_db()
    deals[0].change({"next_step": "They called"}, by=make_user("ae"))
    deals[1].refresh_from_db()
    deals[1].change({"amount": 7}, by=make_user("ae"))
    assert "Undo" in words(client.get(job.get_absolute_url()))
    for _ in range(2):
        client.post(reverse("bulk_undo", args=[job.pk]))
    assert changing.work() == 3
    assert dict(job.rows.values_list("record", "state")) == {
        deals[0].pk: State.STAYS,
        deals[1].pk: State.BACK,
        deals[2].pk: State.BACK,
    }
    steps = dict(Opportunity.objects.values_list("pk", "next_step"))
    assert steps == {deals[0].pk: "They called", deals[1].pk: "Before 1", deals[2].pk: "Before 2"}
    client.post(reverse("bulk_undo", args=[job.pk]))
    assert changing.work() == 0, "undone once"


def test_an_amount_comes_back_however_it_was_typed() -> None:
    deal, client = make_opportunity(amount="12.50"), client_of(make_user("cro"))
    job = begin(client, "opportunities", "amount", deal)
    change(client, job, amount="5000")
    client.post(reverse("bulk_undo", args=[job.pk]))
    assert changing.work() == 1
    assert job.rows.get().state == State.BACK
    assert str(Opportunity.objects.get().amount) == "12.50"


def test_a_tick_and_a_person_go_and_come_back_as_they_were() -> None:
    client = client_of(make_user("vp_cs"))
    contact, csm = make_contact(make_account(), is_champion=True), make_user("csm")
    account = make_account(csm=make_user("csm"))
    former = account.csm
    jobs = [begin(client, "contacts", "is_champion", contact), begin(client, "accounts", "csm", account)]
    change(client, jobs[0])
    change(client, jobs[1], csm=str(csm.pk))
    assert (Contact.objects.get().is_champion, Account.objects.get(pk=account.pk).csm) == (False, csm)
    for job in jobs:
        client.post(reverse("bulk_undo", args=[job.pk]))
    changing.work()
    assert [became(job) for job in jobs] == [[(State.BACK, "no → yes")], [(State.BACK, f"{csm.name} → {former.name}")]]
    assert (Contact.objects.get().is_champion, Account.objects.get(pk=account.pk).csm) == (True, former)


def test_undo_puts_back_what_nobody_is_offered_any_more() -> None:
    client, leaving, other = client_of(make_user("cro")), make_user("csm"), make_user("csm")
    route = LeadSource.objects.add(name="Harbour fair", by=make_user("bizops"))
    account = make_account(csm=leaving)
    lead = make_lead(source=route.name)
    deal = make_opportunity(stage="Tasting")
    wished = [("accounts", "csm", account, str(other.pk)), ("leads", "source", lead, "Trade show")]
    wished += [("opportunities", "stage", deal, "Proposal")]
    LeadSource.objects.add(name="Trade show", by=make_user("bizops"))
    jobs = [begin(client, code, field, record) for code, field, record, _ in wished]
    for job, (_, field, _, value) in zip(jobs, wished, strict=True):
        change(client, job, **{field: value})
    leaving.leave(by=make_user("administrator"))
    route.offer(False, by=make_user("bizops"))
    for job in jobs:
        client.post(reverse("bulk_undo", args=[job.pk]))
    changing.work()
    assert [became(job) for job in jobs] == [
        [(State.BACK, f"{other.name} → {leaving.name}")],
        [(State.BACK, "Trade show → Harbour fair")],
        [(State.BACK, "Proposal → Tasting")],
    ]
    account.refresh_from_db()
    assert account.csm == leaving


def test_undo_says_why_a_value_that_the_record_can_no_longer_hold_stays_away() -> None:
    client, account = client_of(make_user("bizops")), make_account()
    job = begin(client, "accounts", "hosting", account)
    change(client, job, hosting="managed_cloud")
    job.rows.update(before=["under_water"])  # a kind of hosting of an earlier version of the product
    client.post(reverse("bulk_undo", args=[job.pk]))
    changing.work()
    [(state, why)] = became(job)
    assert state == State.STAYS
    assert why.startswith("What it said before is refused by now: Select a valid choice. under_water is not")
    assert Account.objects.get().hosting == "managed_cloud"


def test_a_field_that_salesforce_masters_is_refused() -> None:
    account = make_account(industry="Kelp")
    mirror = Mirror.objects.get(code="accounts")
    MirrorLink.objects.create(mirror=mirror, record_id=account.pk, salesforce_id="001000000000001AAA")
    field = MirrorField.objects.filter(mirror=mirror, ours="industry")
    assert field.update(master=Master.THEIRS, is_on=True, found="Industry", missing_at=None)
    client = client_of(make_user("bizops"))
    job = begin(client, "accounts", "industry", account)
    change(client, job, industry="Sand")
    assert job.rows.get().state == State.REFUSED
    assert "Salesforce masters" in job.rows.get().words


def test_a_job_goes_on_where_it_was_stopped_and_is_ordered_once() -> None:
    client = client_of(make_user("cro"))
    deals = [make_opportunity() for _ in range(4)]
    job = begin(client, "opportunities", "next_step", *deals)
    for _ in range(2):
        client.post(job.get_absolute_url(), {"next_step": "Call", "wish": "change"})
    assert changing.step(BulkEdit.objects.get(pk=job.pk))
    assert "1 of 4 looked at, under way" in words(client.get(job.get_absolute_url()))
    assert changing.work() == 3
    assert set(Opportunity.objects.values_list("next_step", "version")) == {("Call", 2)}
    assert Event.objects.filter(verb="bulk_edit_ordered").count() == 1


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_a_worker_who_is_late_does_not_end_what_is_to_be_undone_meanwhile() -> None:
    client, deal = client_of(make_user("cro")), make_opportunity(next_step="Wait")
    job = begin(client, "opportunities", "next_step", deal)
    client.post(job.get_absolute_url(), {"next_step": "Call", "wish": "change"})
    assert changing.step(BulkEdit.objects.get(pk=job.pk))

    def end() -> None:
        BulkEdit.objects.get(pk=job.pk).finish()
        connection.close()

    with ThreadPoolExecutor(1) as late:
        with transaction.atomic():
            first = BulkEdit.objects.select_for_update().get(pk=job.pk)
            ending = late.submit(end)
            until_it_waits()
            first.finish()
            first.refresh_from_db()
            assert first.undo()
        ending.result()
    assert changing.work() == 1
    assert Opportunity.objects.get().next_step == "Wait"
    assert Event.objects.filter(verb="bulk_edit_done").count() == 2, "once for the change, once for taking it back"


def until_it_waits() -> None:
    """Until the other one waits for what we hold."""

    def waits() -> bool:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None

    with connection.cursor() as cursor:
        assert until(waits, 300), "nobody waits"


@pytest.mark.parametrize("code", ["accounts", "leads"])
def test_a_long_address_is_kept_whole_or_refused_but_never_cut(code: str) -> None:
    client, record = client_of(make_user("bizops")), make_account() if code == "accounts" else make_lead()
    field = {"accounts": "hosting", "leads": "rating"}[code]
    long = "sort=name&columns=" + "x" * 2_000 + "&q=nobody+is+called+so"
    sent = {"field": field, "all": "true", "query": long}
    assert client.post(reverse("bulk", args=[code]), sent).url.endswith("q=nobody+is+called+so")
    assert not BulkEdit.objects.exists(), "the filter at the end of the address counts"
    assert begin(client, code, field, record, query=long).query == long
    refused = client.post(reverse("bulk", args=[code]), sent | {"query": "x" * 9_000})
    assert refused.status_code == 400
    assert BulkEdit.objects.count() == 1


def test_the_page_that_looks_again_every_two_seconds_counts_the_rows_once() -> None:
    client = client_of(make_user("bizops"))
    job = begin(client, "accounts", "hosting", make_account(), make_account())
    job.order(["managed_cloud"], "Managed cloud")
    assert changing.step(BulkEdit.objects.get(pk=job.pk))
    with CaptureQueriesContext(connection) as asked:
        page = client.get(job.get_absolute_url())
    assert "1 of 2 looked at, under way" in words(page)
    counting = [each["sql"] for each in asked if "COUNT(" in each["sql"] and "fleetcs_bulkrow" in each["sql"]]
    assert len([sql for sql in counting if "LIMIT" not in sql]) == 1, "the list itself counts as far as it says"


def test_a_choice_that_nobody_confirmed_is_forgotten_after_a_day_and_by_no_look_for_work(clock: Any) -> None:
    client, account = client_of(make_user("bizops")), make_account()
    left, ordered = (begin(client, "accounts", "hosting", account) for _ in range(2))
    change(client, ordered, hosting="managed_cloud")
    forget_old()
    clock.forward(days=2)
    changing.work()
    assert BulkEdit.objects.filter(pk=left.pk).exists()
    assert forget_old() == 2, "the choice and its row"
    assert list(BulkEdit.objects.all()) == [ordered]


@pytest.mark.django_db(transaction=True)
def test_a_choice_of_long_ago_that_somebody_is_just_confirming_is_not_forgotten() -> None:
    person, long_ago = make_user("bizops"), now() - timedelta(days=2)
    job = BulkEdit.objects.choose("accounts", "hosting", [make_account().pk], by=person)
    BulkEdit.objects.update(chosen_at=long_ago)

    def forget() -> int:
        try:
            return BulkEdit.objects.forget_old()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert job.order(["managed_cloud"], "Managed cloud")
        assert pool.submit(forget).result() == 0
    assert BulkEdit.objects.get().rows.count() == 1


def test_more_than_can_be_changed_at_once_is_refused_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetcs.views.bulk.MOST", 2)  # more than 10,000 accounts would take minutes to make
    client = client_of(make_user("bizops"))
    for _ in range(3):
        make_account()
    sent = {"field": "hosting", "all": "true"}
    answer = client.post(reverse("bulk", args=["accounts"]), sent, follow=True)
    assert "narrow the list down" in words(answer)
    assert not BulkEdit.objects.exists()


def test_a_job_is_nobody_elses_and_a_list_without_rights_is_nowhere() -> None:
    account = make_account()
    job = begin(client_of(make_user("bizops")), "accounts", "hosting", account)
    assert client_of(make_user("bizops")).get(job.get_absolute_url()).status_code == 404
    reader = client_of(make_user(None))
    assert reader.post(reverse("bulk", args=["accounts"]), {"field": "hosting", "pk": account.pk}).status_code == 404
    assert 'id="bulk"' not in reader.get("/accounts/").content.decode()
    wrong = {"field": "github_label", "pk": account.pk}
    assert client_of(make_user("bizops")).post(reverse("bulk", args=["accounts"]), wrong).status_code == 404


def test_nothing_chosen_leads_back_to_the_list() -> None:
    sent = {"field": "hosting", "query": "kind=customer"}
    answer = client_of(make_user("bizops")).post(reverse("bulk", args=["accounts"]), sent)
    assert answer.url == "/accounts/?kind=customer"
