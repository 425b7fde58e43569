"""Colleagues and their posts: everybody may look, administrators change, and what waited for a post moves with it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from fleetcs.editing import COLLISION
from fleetcs.forms.people import PersonForm
from fleetcs.handovers import end_post, let_go
from fleetcs.models import Automation, Effect, Event, MessageText, Post, RoleHolding, Submission, User
from fleetcs.posts import Group
from fleetcs.working_day import today
from support.models import Clock
from support.models.escalating import escalation
from support.models.sweep import recipients, sweep
from support.senders import EscalationText
from tests.factories import make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db

GROUPS = {
    "RO": "technical_evangelist",
    "AE": "ae",
    "SC": "sc",
    "DSC": "director_sc",
    "SDR": "sdr",
    "CSM": "csm",
    "CSA": "csa",
    "CSE": "cse",
    "MGR": "manager_cse_csa",
    "VP": "vp_cs",
    "ONC": "l2",
    "PD": "pd",
    "BIZ": "bizops",
    "CRO": "cro",
    "CEO": "ceo",
    "ADM": "administrator",
}
PERSON = {
    "name": "Ottilie Brand",
    "email": "Ottilie@lanternfish.example",
    "phone": "",
    "slack_id": "U77",
    "github": "",
    "zone": "Europe/Berlin",
}


def signed_in(post: str | None = "administrator", **overrides: Any) -> tuple[Client, User]:
    client, user = Client(), make_user(post, **overrides)
    client.force_login(user)
    return client, user


@pytest.fixture
def administrator() -> Client:
    return signed_in()[0]


# --- looking ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("group", Group)
def test_every_group_finds_colleagues_and_posts_and_only_administrators_change_them(group: Group) -> None:
    client, _ = signed_in(GROUPS[group.value])
    someone = make_user("cse")
    for url in (reverse("people"), reverse("posts"), someone.get_absolute_url()):
        assert client.get(url).status_code == 200
    may = 200 if group is Group.ADMIN else 404
    assert client.get(reverse("person_new")).status_code == may
    assert client.get(reverse("person_edit", args=[someone.pk])).status_code == may
    assert client.post(reverse("post_take", args=[someone.pk])).status_code == (422 if may == 200 else 404)


@pytest.mark.ledger("DIR-01")
@pytest.mark.parametrize("handle", ["hollis-gh", "hollis@", "hollis v", "U0HOLLIS"])
def test_somebody_who_has_left_is_found_by_handle_with_the_post_they_held(handle: str, administrator: Client) -> None:
    left = make_user(
        None,
        name="Hollis Vane",
        email="hollis@lanternfish.example",
        github="hollis-gh",
        slack_id="U0HOLLIS",
        is_active=False,
    )
    RoleHolding.objects.create(user=left, post_id="cro", from_on=date(2023, 1, 1), to_on=date(2024, 6, 1))
    page = administrator.get(reverse("people"), {"q": handle}).content.decode()
    assert "Hollis Vane" in page
    assert "CRO until" in page
    assert "Hollis Vane" not in administrator.get(reverse("people")).content.decode()
    assert "Hollis Vane" in administrator.get(reverse("people"), {"former": "yes"}).content.decode()


def test_a_search_that_cannot_be_read_is_explained(administrator: Client) -> None:
    assert administrator.get(reverse("people"), {"q": "x" * 10_000}).status_code == 422
    assert administrator.get(reverse("people"), {"former": "what"}).status_code == 422
    assert administrator.get(reverse("people"), {"q": "a\0b"}).status_code == 422


def test_the_directory_asks_as_little_for_many_as_for_few(django_assert_max_num_queries: Any) -> None:
    client, _ = signed_in("cse")
    for number in range(60):
        make_user("csm", name=f"Colleague {number}")
    for url in (reverse("people"), reverse("posts")):
        with django_assert_max_num_queries(15):
            client.get(url)


# --- changing ---------------------------------------------------------------------------------------------------------
def test_a_new_colleague_may_only_read_until_they_have_a_post(administrator: Client) -> None:
    administrator.post(reverse("person_new"), PERSON)
    someone = User.objects.get(email="ottilie@lanternfish.example")
    assert someone.groups_today == {"RO"}
    assert not someone.has_usable_password()
    administrator.post(reverse("post_take", args=[someone.pk]), {"post": "cse", "from_on": today()})
    assert User.objects.get(pk=someone.pk).may("ticket.answer")


@pytest.mark.parametrize(
    "odd",
    [
        {"email": "no address"},
        {"name": ""},
        {"name": "x" * 10**6},
        {"name": "a\0b"},
        {"zone": "Mars/Olympus"},
        {"email": "TAKEN@lanternfish.example"},
        {"slack_id": "UTAKEN"},
    ],
)
def test_a_colleague_who_cannot_be_is_refused_with_the_reason(odd: dict[str, str], administrator: Client) -> None:
    make_user(email="taken@lanternfish.example", slack_id="UTAKEN")
    answer = administrator.post(reverse("person_new"), PERSON | odd)
    assert answer.status_code == 422
    assert not User.objects.filter(name="Ottilie Brand").exists()


def test_a_double_click_adds_one_colleague_and_gives_a_post_once(administrator: Client) -> None:
    answers = [administrator.post(reverse("person_new"), PERSON | {"form_token": "t1"}) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    someone = User.objects.get(slack_id="U77")
    given = {"post": "cse", "from_on": today(), "form_token": "t2"}
    take = reverse("post_take", args=[someone.pk])
    assert [administrator.post(take, given).status_code for _ in range(2)] == [302, 302]
    assert someone.holdings.count() == 1
    assert Submission.objects.count() == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"post": "emperor"},
        {"from_on": ""},
        {"from_on": "2026-02-30"},
        {"from_on": "9999-12-31"},
        {"to_on": "2001-01-01"},
        {"post": "cse"},
        {"from_on": "1" * 400},
    ],
)
def test_a_holding_that_cannot_be_is_refused_with_the_reason(odd: dict[str, str], administrator: Client) -> None:
    someone = make_user("cse")
    given = {"post": "csa", "from_on": "2026-01-05"} | odd
    assert administrator.post(reverse("post_take", args=[someone.pk]), given).status_code == 422
    assert someone.holdings.count() == 1


def test_the_verb_refuses_what_the_form_would_have() -> None:
    with pytest.raises(ValidationError):
        make_user("cse").take_post(Post.objects.get(pk="cse"), from_on=today())


def test_two_people_who_edit_different_fields_do_not_undo_each_other(administrator: Client) -> None:
    someone = make_user(name="Ola", phone="+1 555 0101", github="ola")
    url = reverse("person_edit", args=[someone.pk])
    read = {field: getattr(someone, field) for field in ("name", "email", "phone", "slack_id", "github", "zone")}
    form = {**read, **{f"initial-{field}": value for field, value in read.items()}}
    assert 'name="initial-phone"' in administrator.get(url).content.decode()
    administrator.post(url, form | {"phone": "+1 555 0102"})
    administrator.post(url, form | {"name": "Ola Nordmann"})
    someone.refresh_from_db()
    assert (someone.name, someone.phone) == ("Ola Nordmann", "+1 555 0102")
    told = Event.objects.of(someone).order_by("pk").values_list("facts__fields", flat=True)
    assert list(told) == [["phone"], ["name"]]


def test_leaving_ends_posts_also_those_to_come_and_every_session(administrator: Client) -> None:
    client, someone = signed_in("cse")
    someone.take_post(Post.objects.get(pk="csa"), from_on=today() + timedelta(days=30))
    assert client.get("/").status_code == 200
    leave = reverse("person_leave", args=[someone.pk])
    assert [administrator.post(leave, {"form_token": "t"}).status_code for _ in range(2)] == [302, 302]
    assert client.get("/").status_code == 302
    assert not RoleHolding.objects.on(today() + timedelta(days=60)).filter(user=someone).exists()
    assert not Client().login(email=someone.email, password="x")
    assert "Has left" in administrator.get(someone.get_absolute_url()).content.decode()


def test_nobody_shows_themselves_the_door() -> None:
    client, me = signed_in()
    assert client.post(reverse("person_leave", args=[me.pk])).status_code == 404
    assert me.name in client.get(me.get_absolute_url()).content.decode()


def test_who_changed_a_holding_stands_in_the_audit(administrator: Client) -> None:
    someone = make_user("cse")
    holding = someone.holdings.get()
    administrator.post(reverse("post_end", args=[holding.pk]), {"form_token": "t"})
    boss, _ = signed_in("vp_cs")
    page = boss.get(reverse("history_of", args=["holding", holding.pk])).content.decode()
    assert str(User.objects.get(holdings__post="administrator")) in page
    assert "To on" in page


def test_an_address_that_a_colleague_got_since_it_was_checked_is_told_at_the_form(administrator: Client) -> None:
    form = PersonForm(PERSON)
    assert form.is_valid()
    assert administrator.post(reverse("person_new"), PERSON | {"form_token": "t"}).status_code == 302
    assert form.keep(by=make_user("administrator")) is None
    assert form.non_field_errors() == [COLLISION]
    assert User.objects.filter(email__iexact=PERSON["email"]).count() == 1


# --- swapped posts (DIR-05) -------------------------------------------------------------------------------------------
def swap(post: str, leaver: User) -> User:
    """Somebody else takes the post today, then the former holder's holding ends."""
    heir = make_user(post, slack_id=f"UHEIR{post}", phone="+1 555 0142")
    end_post(leaver.holdings.get(), by=make_user("administrator"))
    return heir


@pytest.mark.ledger("DIR-05")
def test_the_emergency_text_goes_to_whoever_holds_the_post_when_it_leaves(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    before = make_user("vp_cs", name="Old Hand", phone="+1 555 0141")
    ticket = make_ticket(make_account())
    effect = Effect(kind="sms.escalation", args={"ticket": ticket.pk})
    MessageText.objects.filter(pk="emergency_text").update(body="{account} {tier} {priority} {link}")
    assert "Old Hand" in EscalationText().preview(effect)
    heir = swap("vp_cs", before)
    assert heir.name in EscalationText().preview(effect)


@pytest.mark.ledger("DIR-05")
def test_swapping_the_person_behind_a_post_moves_alerts_that_wait_for_them(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    before = make_user("manager_cse_csa", slack_id="UOLD")
    Automation.objects.filter(pk="sla_alerts").update(position="act")
    make_ticket(make_account(), priority="P2")
    clock("2026-01-13T17:30:00-08:00")  # missed while the manager is at home: told at the next opening
    assert sweep() > 0
    waiting = Effect.objects.filter(state="waiting", args__user=before.pk)
    alert = waiting[0].args["alert"]
    heir = swap("manager_cse_csa", before)
    assert not waiting.exists()
    assert Effect.objects.filter(state="waiting", args__user=heir.pk, args__alert=alert).count() == 1


@pytest.mark.ledger("DIR-05")
def test_what_is_counted_from_now_on_asks_for_the_new_holder(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    before = make_user("manager_cse_csa")
    ticket = make_ticket(make_account())
    promise = ticket.running(Clock.Kind.RESPONSE)
    assert promise
    assert recipients("missed", promise, escalation()) == [before]
    heir = swap("manager_cse_csa", before)
    assert recipients("missed", promise, escalation()) == [heir]


@pytest.mark.ledger("DIR-05")
def test_open_tickets_of_somebody_who_has_left_go_back_to_everybody() -> None:
    someone, boss = make_user("cse"), make_user("administrator")
    mine, done = make_ticket(make_account()), make_ticket(make_account())
    for ticket in (mine, done):
        ticket.assign(someone, by=someone)
    done.resolve(by=someone, outcome="faq_updated")
    let_go(someone, by=boss)
    mine.refresh_from_db()
    done.refresh_from_db()
    assert (mine.assignee, done.assignee) == (None, someone)
