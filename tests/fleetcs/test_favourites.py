"""Favourites: records, lists and saved views, starred in their head, in the menu of every page, in one's own order."""

import re
from collections.abc import Callable
from itertools import batched
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from accounts.models import Account
from fleetcs import favourites
from fleetcs.favourites import MOST, Favourite, added, moved, without
from fleetcs.models import Delivery, Effect, SavedView, User
from support.models import ChatQuestion, CustomerRequest, SlaPolicy
from tests.factories import (
    filed,
    make_account,
    make_channel,
    make_contact,
    make_issue,
    make_lead,
    make_license,
    make_opportunity,
    make_ticket,
    make_user,
)

pytestmark = pytest.mark.django_db

ENTRY = re.compile(r'<a class="nav-link" href="([^"]+)" title="([^"]+)"')


@pytest.fixture
def agent(client: Client) -> User:
    user = make_user("vp_cs")
    client.force_login(user)
    return user


def press(client: Client, path: str) -> Any:
    """Press the star in the head of a page, as a browser without scripts would."""
    page = client.get(path).content.decode()
    form = page.partition('<form id="star"')[2].partition("</form>")[0]
    assert form, f"{path} has no star"
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return client.post(reverse("star"), {name: value.replace("&amp;", "&") for name, value in fields.items()})


def menu(client: Client, path: str = "/help") -> list[tuple[str, str]]:
    """(address, title) of the favourites that a page's menu shows."""
    return [(url.replace("&amp;", "&"), title) for url, title in ENTRY.findall(client.get(path).content.decode())]


# --- starring ---------------------------------------------------------------------------------------------------------
def test_every_kind_of_record_can_be_starred_and_stands_in_the_menu(client: Client, agent: User) -> None:
    account = make_account(name="Cedar Works")
    ticket = make_ticket(account, subject="Hosts are offline")
    policy = SlaPolicy.objects.earliest("pk")
    records = {
        account.get_absolute_url(): "Cedar Works",
        make_contact(account, name="Ida Roe").get_absolute_url(): "Ida Roe",
        account.contracts.get().get_absolute_url(): "Contract of Cedar Works",
        make_license(account).get_absolute_url(): "License key of Cedar Works",
        make_channel(account, name="fleet-at-cedar").get_absolute_url(): "#fleet-at-cedar",
        ticket.get_absolute_url(): f"#{ticket.pk} Hosts are offline",
        make_opportunity(account, name="Cedar 2026").get_absolute_url(): "Cedar 2026",
        make_lead(name="Una Berg").get_absolute_url(): "Una Berg",
        make_user("cse", name="Ola Nord").get_absolute_url(): "Ola Nord",
        policy.get_absolute_url(): policy.name,
    }
    question = ChatQuestion.objects.create(question="What does it cost?", asked_by=agent)
    effect = Effect.objects.create(key="reply:1", kind="slack.reply", destination="slack", state="dead")
    delivery = Delivery.objects.create(source="slack", delivery_id="Ev1", raw=b"{}", state="dead")
    records[reverse("support:chat", args=[question.pk])] = "What does it cost?"
    records[effect.get_absolute_url()] = f"Message {effect.pk}"
    records[delivery.get_absolute_url()] = f"Delivery {delivery.pk}"
    issue = make_issue(title="Hosts vanish")
    records[issue.get_absolute_url()] = f"public#{issue.number} Hosts vanish"
    asked = filed("customer request")
    records[asked.get_absolute_url()] = f"{asked.reference} {asked.title}"
    records[CustomerRequest.objects.declare(asked, by=agent).get_absolute_url()] = asked.title
    pages: set[str] = set()
    for some in batched(records.items(), MOST, strict=False):
        for path, _ in some:
            assert press(client, path)["Location"] == path
        assert menu(client) == list(some)
        pages |= {one.page for one in Favourite.all_of(User.objects.get(pk=agent.pk))}
        for path, _ in some:
            press(client, path)
    assert pages == set(favourites.records())


def test_a_list_is_starred_with_its_filters_and_without_the_place_in_it(client: Client, agent: User) -> None:
    press(client, "/tickets/")
    press(client, "/tickets/?view=unassigned&priority=P1&panel=/tickets/1/")
    assert menu(client) == [("/tickets/", "Queue"), ("/tickets/?view=unassigned&priority=P1", "Queue: unassigned, P1")]


def test_every_list_of_the_menu_has_a_star_and_says_its_own_name(client: Client, agent: User) -> None:
    for name, entry in favourites.lists().items():
        if agent.may(entry["action"]):
            press(client, reverse(name))
            assert [title.partition(":")[0] for _, title in menu(client)] == [entry["label"]]
            press(client, reverse(name))
    assert menu(client) == [], "pressed once more, each is gone again"


def test_a_saved_view_is_called_by_its_name_of_today(client: Client, agent: User) -> None:
    view = SavedView.objects.create(owner=agent, page="support:queue", name="Night shift", query="view=all&priority=P0")
    press(client, "/tickets/?view=all&priority=P0")
    assert menu(client) == [("/tickets/?view=all&priority=P0", "Queue: Night shift")]
    view.name = "Late shift"
    view.save()
    assert menu(client)[0][1] == "Queue: Late shift"


def test_a_colleagues_private_view_lends_no_name(client: Client, agent: User) -> None:
    other = make_user("cse")
    SavedView.objects.create(owner=other, page="support:queue", name="Their secret", query="view=all")
    press(client, "/tickets/?view=all")
    assert menu(client)[0][1] == "Queue: all"


def test_the_star_says_whether_the_page_is_starred_and_the_menu_that_one_is_there(client: Client, agent: User) -> None:
    path = make_account(name="Cedar Works").get_absolute_url()
    assert 'aria-label="Add to favourites"' in client.get(path).content.decode()
    press(client, path)
    page = client.get(path).content.decode()
    assert 'aria-label="Remove from favourites"' in page
    assert f'<a class="nav-link" href="{path}" title="Cedar Works" aria-current="page">' in page


def test_two_clicks_star_a_page_once(client: Client, agent: User) -> None:
    for _ in range(2):
        client.post(reverse("star"), {"page": "people", "wish": "keep"})
    assert menu(client) == [("/people", "People")]


def test_what_is_no_page_of_ours_or_not_theirs_cannot_be_starred(client: Client, agent: User) -> None:
    ticket = make_ticket(make_account())
    odd: list[dict[str, Any]] = [
        {"page": "account_login"},
        {"page": "accounts:account"},
        {"page": "accounts:account", "pk": "0"},
        {"page": "accounts:account", "pk": 10**9},
        {"page": "accounts:account", "pk": 10**30},
        {"page": "people", "pk": "1"},
        {"page": "people", "query": "x" * 1_001},
        {"page": "people", "query": "a\0b"},
        {"page": ""},
    ]
    for given in odd:
        assert client.post(reverse("star"), given | {"wish": "keep"}).status_code == 404, given
    client.force_login(make_user(None))
    not_theirs = {"page": "support:ticket", "pk": ticket.pk, "wish": "keep"}
    assert client.post(reverse("star"), not_theirs).status_code == 404
    assert client.post(reverse("star"), {"page": "support:queue", "wish": "keep"}).status_code == 404


# --- what one may no longer see ---------------------------------------------------------------------------------------
def test_what_one_may_no_longer_see_is_shown_nowhere_and_can_be_cleared_away(client: Client) -> None:
    person = make_user("ae")
    client.force_login(person)
    account = make_account(name="Cedar Works", ae=person)
    ticket = make_ticket(account, subject="Hosts are offline")
    for path in (ticket.get_absolute_url(), "/tickets/?view=all", "/people"):
        press(client, path)
    assert len(menu(client)) == 3
    person.holdings.all().delete()
    assert menu(client) == [("/people", "People")]
    page = client.get(reverse("favourites")).content.decode()
    assert "Hosts are offline" not in page
    assert "2 more lead to what is gone or not yours to see now" in page
    client.post(reverse("favourites"), {"act": "tidy"})
    person.refresh_from_db()
    assert Favourite.all_of(person) == [Favourite("people")]


def test_a_title_is_the_one_of_today_and_no_name_is_kept(client: Client, agent: User) -> None:
    account = make_account(name="Cedar Works")
    press(client, account.get_absolute_url())
    Account.objects.filter(pk=account.pk).update(name="Alder Works")
    assert menu(client) == [(account.get_absolute_url(), "Alder Works")]
    agent.refresh_from_db()
    assert "Works" not in str(agent.favourites)


def test_a_record_that_is_gone_leaves_the_menu(client: Client, agent: User) -> None:
    channel = make_channel()
    press(client, channel.get_absolute_url())
    channel.delete()
    assert menu(client) == []


def test_a_page_that_no_longer_exists_leaves_the_menu(client: Client, agent: User) -> None:
    agent.rearrange_favourites(
        lambda _: [{"page": "an:old:page", "pk": 0, "query": ""}, {"page": "gone", "pk": 3, "query": ""}]
    )
    assert menu(client) == []
    assert "2 more lead" in client.get(reverse("favourites")).content.decode()


# --- arranging --------------------------------------------------------------------------------------------------------
def test_favourites_are_moved_and_taken_away_without_scripts(client: Client, agent: User) -> None:
    for path in ("/people", "/posts", "/tickets/?view=mine"):
        press(client, path)
    arrange = reverse("favourites")
    assert b'aria-label="Move Posts up"' in client.get(arrange).content
    client.post(arrange, {"page": "support:queue", "query": "view=mine", "act": "up"})
    assert [url for url, _ in menu(client)] == ["/people", "/tickets/?view=mine", "/posts"]
    client.post(arrange, {"page": "people", "act": "down"})
    assert [url for url, _ in menu(client)] == ["/tickets/?view=mine", "/people", "/posts"]
    client.post(arrange, {"page": "people", "act": "drop"})
    assert [url for url, _ in menu(client)] == ["/tickets/?view=mine", "/posts"]


def test_what_is_not_shown_does_not_stand_in_the_way() -> None:
    one, unseen, two = Favourite("people"), Favourite("support:ticket", 7), Favourite("posts")
    kept = [one, unseen, two]
    assert moved(kept, two, -1, [one, two]) == [two, one, unseen]
    assert moved(kept, one, -1, [one, two]) == [one, two, unseen]
    assert moved(kept, two, 1, [one, two]) == [one, two, unseen]


def test_the_same_list_in_another_order_of_words_is_the_same_favourite() -> None:
    one, same = Favourite("people", 0, "q=a&former=yes"), Favourite("people", 0, "former=yes&q=a")
    assert added([one], same) == [one]
    assert without([one], same) == []


def test_twelve_are_enough(client: Client, agent: User) -> None:
    for number in range(MOST + 1):
        client.post(reverse("star"), {"page": "people", "query": f"q=name{number}", "wish": "keep"})
    assert [title for _, title in menu(client)] == [f"People: name{number}" for number in range(MOST)]
    agent.refresh_from_db()
    assert len(agent.favourites) == MOST
    with pytest.raises(ValidationError):
        added(Favourite.all_of(agent), Favourite("posts"))
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=agent.pk).update(favourites=[*agent.favourites, {"page": "posts", "pk": 0, "query": ""}])


def test_the_thirteenth_is_told_why_not(client: Client, agent: User) -> None:
    agent.rearrange_favourites(
        lambda _: [{"page": "people", "pk": 0, "query": f"q={number}"} for number in range(MOST)]
    )
    answer = client.post(reverse("star"), {"page": "posts", "wish": "keep"}, follow=True)
    assert "You have 12 favourites. Take one away first." in answer.content.decode()


def test_favourites_are_ones_own(client: Client, agent: User) -> None:
    press(client, "/people")
    client.force_login(make_user("vp_cs"))
    assert menu(client) == []


# --- what it costs (P4) -----------------------------------------------------------------------------------------------
def statements(client: Client, path: str) -> int:
    client.get("/help")
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


def test_favourites_cost_no_statement_and_titles_one_for_all_kinds(client: Client, agent: User) -> None:
    account = make_account()
    ticket = make_ticket(account)
    plain = statements(client, "/people")
    press(client, "/people")
    press(client, "/tickets/")
    assert statements(client, "/people") == plain, "lists say their own names"
    for path in (account.get_absolute_url(), ticket.get_absolute_url(), agent.get_absolute_url(), "/posts"):
        press(client, path)
    for number in range(3):
        press(client, make_contact(account, name=f"Contact {number}").get_absolute_url())
    press(client, "/tickets/?view=all")
    assert len(menu(client, "/people")) == 10
    assert statements(client, "/people") == plain + 1


# --- in a browser -----------------------------------------------------------------------------------------------------
@pytest.mark.browser
def test_one_key_stars_the_page_and_the_list_as_it_is_filtered_now(
    open_context: Callable[..., BrowserContext], sign_in: Callable[..., None], transactional_db: None
) -> None:
    make_account(name="Cedar 1")
    browser = open_context()
    sign_in(browser, make_user("vp_cs"))
    page = browser.new_page()
    page.goto("/accounts/")
    nav = page.get_by_role("navigation", name="Main")
    page.keyboard.press("*")
    expect(page.get_by_role("button", name="Remove from favourites")).to_be_visible()
    expect(nav.get_by_role("link", name="Accounts")).to_have_count(2)
    page.get_by_role("searchbox").fill("Cedar 1")
    expect(page.get_by_role("button", name="Add to favourites")).to_be_visible()
    page.get_by_role("button", name="Add to favourites").click()
    expect(nav.get_by_role("link", name="Accounts: Cedar 1")).to_have_attribute("aria-current", "page")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("Remove from favourites")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("*")
    expect(nav.get_by_role("link", name="Accounts: Cedar 1")).to_have_count(0)
