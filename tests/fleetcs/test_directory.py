"""People change, posts stay: who held what, who is asked today, and what no rule may name (DIR-01 to DIR-06)."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from ruamel.yaml import YAML

from fleetcs.local.folders import CHECKOUT
from fleetcs.models import Automation, Effect, HandbookEntry, Post, RoleHolding, User
from support.models import Clock
from support.models.escalating import escalation
from support.models.sweep import recipients
from support.tasks import sweep_clocks
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_ticket, make_user
from tests.house import source

pytestmark = pytest.mark.django_db

PACK = "fleetcs/local/handbook.yaml"
HISTORY = """
people:
  - name: Vesper Quill
    email: vesper@lanternfish.example
    github: vesper-quill
    history: true
    posts:
      - {post: vp_cs, from: 2021-02-01, to: 2024-02-01}
  - name: Bruno Castle
    email: bruno@lanternfish.example
    github: bruno-castle
    posts:
      - {post: csm, from: 2021-02-01, to: 2024-02-01}
      - {post: vp_cs, from: 2024-02-01}
"""
# The ledger's roles that act in rules, and the post that stands for each (DIR-05).
ROLES = {
    "AE": "ae",
    "CSM": "csm",
    "CSE": "cse",
    "CSA": "csa",
    "SC": "sc",
    "Director of Solutions Consulting": "director_sc",
    "CRO": "cro",
    "CEO": "ceo",
    "BizOps": "bizops",
    "VP of CS": "vp_cs",
    "Head of Customer Success": "vp_cs",
    "Manager of CSE/CSA": "manager_cse_csa",
    "Infrastructure Engineer": "infrastructure_engineer",
    "developer on-call": "developer_on_call",
    "24/7 on-call": "on_call_24_7",
    "first responder": "first_responder",
    "L2": "l2",
    "L3": "l3",
    "PD": "pd",
    "Head of Product Design": "head_product_design",
    "QA": "qa",
    "Zapier administrator": "zapier_administrator",
    "Interim Head of People": "head_of_people",
    "SDR": "sdr",
    "Head of Public Sector": "head_public_sector",
    "Technical Evangelist": "technical_evangelist",
}
# Slack channels of the handbook: no line of the product may know one by name (DIR-04).
CHANNELS = (
    "g-customer-engineering",
    "help-sell",
    "_from-prospective-customers",
    "g-product",
    "help-engineering",
    "help-product",
    "g-sales",
    "help-solutions-consulting",
    "g-business-operations",
    "help-ceo",
    "help-consensus-tool",
    "help-customers",
    "g-engineering",
    "help-infrastructure",
    "help-p1",
)


@pytest.fixture
def history(tmp_path: Path, clock: Any) -> None:
    """A pack with somebody who has left and somebody who holds another post by now."""
    clock(MONDAY_MORNING)
    pack = tmp_path / "handbook.yaml"
    pack.write_text(HISTORY)
    call_command("load_handbook", str(pack), verbosity=0)


@pytest.fixture
def colleague(client: Client) -> Client:
    client.force_login(make_user(None))
    return client


@pytest.mark.ledger("DIR-01")
@pytest.mark.parametrize(
    ("handle", "name", "post"),
    [
        ("vesper-quill", "Vesper Quill", "VP of Customer Success"),
        ("bruno-castle", "Bruno Castle", "VP of Customer Success"),
    ],
)
def test_everybody_of_a_pack_is_found_by_handle_with_the_post(
    history: None, colleague: Client, handle: str, name: str, post: str
) -> None:
    html = colleague.get(f"/people?q={handle}").content.decode()
    assert name in html
    assert post in html
    someone = User.objects.get(github=handle)
    page = colleague.get(someone.get_absolute_url()).content.decode()
    assert [one.post.name for one in someone.holdings.select_related("post") if one.post.name not in page] == []


@pytest.mark.ledger("DIR-01")
def test_everybody_of_the_demos_pack_is_found_by_handle_with_the_posts(colleague: Client) -> None:
    call_command("load_handbook", PACK, verbosity=0)
    names = dict(Post.objects.values_list("code", "name"))
    for person in YAML(typ="safe").load((CHECKOUT / PACK).read_text())["people"]:
        html = colleague.get(f"/people?q={person['github']}").content.decode()
        assert person["name"] in html
        assert [names[post] for post in person.get("posts", []) if names[post] not in html] == []


@pytest.mark.ledger("DIR-02")
def test_a_post_resolves_to_its_newest_holder_and_keeps_the_former_as_history(history: None, colleague: Client) -> None:
    holder = Post.objects.get(pk="vp_cs").holder()
    assert holder is not None
    assert holder.name == "Bruno Castle"
    html = colleague.get("/posts").content.decode()
    row = html.split("VP of Customer Success")[1].split("</tr>")[0]
    held, before = row.split('data-label="To come, and before"')
    assert ("Bruno Castle" in held, "Vesper Quill" in held, "Vesper Quill" in before) == (True, False, True)
    former = Post.objects.get(pk="vp_cs").holder(on=date(2023, 5, 1))
    assert former is None or former.name != "Bruno Castle"


@pytest.mark.ledger("DIR-03")
def test_a_customers_channel_is_never_routed_to_somebody_of_the_past(history: None, client: Client, clock: Any) -> None:
    Automation.objects.update(position="act")
    former, account = User.objects.get(github="vesper-quill"), make_account("ultimate")
    channel = make_channel(account, name="fleet-at-otter")
    ticket = make_ticket(account, channel=channel, priority="P0")
    clock(MONDAY_MORNING.replace(hour=23))
    sweep_clocks()
    asked = [
        recipients(threshold, one, escalation())
        for one in Clock.objects.all()
        for threshold in ("at_risk", "missed", "escalate_1", "unconfirmed")
    ]
    assert any(asked)
    assert [people for people in asked if former in people] == []
    assert Effect.objects.filter(args__user=former.pk).count() == 0
    client.force_login(make_user("cse"))
    for path in (f"/tickets/{ticket.pk}/assign/", f"/tickets/{ticket.pk}/", channel.get_absolute_url(), "/tickets/"):
        assert former.name not in client.get(path).content.decode()


@pytest.mark.ledger("DIR-04")
def test_no_line_of_the_product_knows_a_channel_by_name() -> None:
    known = re.compile("|".join(map(re.escape, CHANNELS)), re.I)
    pages = [
        path
        for folder in ("templates", "static")
        for path in (CHECKOUT / folder).rglob("*.*")
        if path.suffix in {".html", ".js"}
    ]
    modules = [module for module in source.product() if module.name != "support/github_labels.py"]  # REQ-11
    texts = {module.name: module.text for module in modules} | {
        str(path.relative_to(CHECKOUT)): path.read_text() for path in pages
    }
    assert {name: known.findall(text) for name, text in texts.items() if known.search(text)} == {}


@pytest.mark.ledger("DIR-04")
def test_a_channel_that_the_handbook_renames_is_renamed_wherever_it_is_named(client: Client) -> None:
    call_command("load_handbook", PACK, verbosity=0)
    client.force_login(make_user("sc"))
    assert "#help-customers" in client.get("/requests/new/").content.decode()
    HandbookEntry.objects.filter(section="aliases", code="ask_customer_success").update(value="ask-us")
    html = client.get("/requests/new/").content.decode()
    assert "#ask-us" in html
    assert "#help-customers" not in html


@pytest.mark.ledger("DIR-05")
def test_every_role_that_acts_in_a_rule_is_a_post_in_the_directory(colleague: Client) -> None:
    posts = dict(Post.objects.values_list("code", "name"))
    assert set(ROLES.values()) - set(posts) == set()
    html = colleague.get("/posts").content.decode()
    assert [name for name in posts.values() if name not in html] == []


@pytest.mark.ledger("DIR-05")
def test_swapping_the_person_behind_a_post_moves_what_waits_for_them(client: Client, clock: Any) -> None:
    clock(MONDAY_MORNING)
    Automation.objects.filter(pk="sla_alerts").update(position="act")
    before, after = make_user("manager_cse_csa"), make_user(None)
    make_ticket(make_account("premium"), priority="P0")
    clock(MONDAY_MORNING.replace(hour=22, minute=1))
    sweep_clocks()
    assert told() == {before.pk}
    client.force_login(make_user("administrator"))
    given = {"post": "manager_cse_csa", "from_on": "2026-01-12", "to_on": "", "form_token": "take"}
    assert client.post(f"/people/{after.pk}/posts", given).status_code == 302
    holding = RoleHolding.objects.get(user=before)
    assert client.post(f"/posts/holdings/{holding.pk}/end", {"form_token": "end"}).status_code == 302
    assert told() == {after.pk}
    assert (before.may("figures.see"), User.objects.get(pk=after.pk).groups_today) == (True, frozenset({"MGR"}))


def told() -> set[int]:
    """Whom an alert that has not left yet is for."""
    return set(Effect.objects.filter(kind__endswith=".alert", state="waiting").values_list("args__user", flat=True))


@pytest.mark.ledger("DIR-06")
def test_the_about_page_shows_both_missions_with_their_years_as_the_pack_has_them(colleague: Client) -> None:
    call_command("load_handbook", PACK, verbosity=0)
    html = colleague.get("/about").content.decode()
    missions = YAML(typ="safe").load((CHECKOUT / PACK).read_text())["missions"]
    assert len(missions) == 2
    for mission in missions.values():
        assert f"({mission['year']})" in html
        assert mission["text"] in html
