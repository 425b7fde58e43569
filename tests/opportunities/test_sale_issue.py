"""The New Sale issue: the link that opens it filled in, and to whom it is given (DCL-00, DCL-12, DCL-13)."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django.fixtures import Settings

from fleetcs import clock as product_clock
from fleetcs.models import HandbookEntry, User
from opportunities.models import DealClose
from opportunities.models.close_evidence import NOT_GIVEN
from tests.factories import make_close, make_issue, make_user
from tests.opportunities.closes import ISSUE, Walk
from tests.opportunities.test_close_pages import address
from tests.opportunities.test_closing import done, refusal
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

REPO = "lanternfish/confidential"
NEW = f"/{REPO}/issues/new"


@pytest.fixture(autouse=True)
def firm(settings: Settings) -> None:
    """The handbook's labels, and who holds the posts that the issue goes to."""
    settings.GITHUB_CONFIDENTIAL_REPO = REPO
    settings.BASE_URL = "https://desk.lanternfish.example/"
    HandbookEntry.objects.create(section="aliases", code="sale_issue_labels", value="project, #cx")
    make_user("bizops", github="bo-lanternfish")
    make_user("vp_cs", github="vera-lanternfish")


class Links(HTMLParser):
    """Addresses of a page's links."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def told(page: Any) -> dict[str, str] | None:
    """What the link to GitHub's own form fills in; None where the page has no such link."""
    parts = [urlsplit(link) for link in Links(page).found if "/issues/new" in link]
    if not parts:
        return None
    assert {(one.scheme, one.netloc, one.path) for one in parts} == {("https", "github.com", NEW)}
    return {name: value for name, [value] in parse_qs(parts[0].query, strict_parsing=True).items()}


@pytest.mark.ledger("DCL-00")
def test_the_first_step_links_the_issue_with_its_title_text_labels_and_assignees() -> None:
    close = make_close()
    said = told(client_of(close.opportunity.owner).get(address(close)))
    assert said
    body = said.pop("body")
    assert said == {
        "title": f"New customer: {close.opportunity.account.name}",
        "labels": "project,#cx",
        "assignees": "bo-lanternfish,vera-lanternfish",
    }
    assert f"The close: https://desk.lanternfish.example{close.get_absolute_url()}" in body
    assert "- [ ] Customer success takes over" in body
    assert f"<!-- close {close.pk} -->" in body, "by which it is found again"
    assert told(client_of(make_user("cro")).get(address(close))) is None


@pytest.mark.ledger("DCL-00")
def test_the_companys_own_template_has_the_issues_text_where_the_handbook_names_it() -> None:
    HandbookEntry.objects.create(section="aliases", code="sale_issue_template", value="new-customer.md")
    close = make_close()
    said = told(client_of(close.opportunity.owner).get(address(close)))
    assert said
    assert said["template"] == "new-customer.md"
    assert "body" not in said


@pytest.mark.ledger("DCL-12")
def test_an_issue_that_github_refused_is_made_there_by_the_link_and_named_here() -> None:
    walk = Walk(make_close()).through("DCL-09b")
    ae, form = client_of(walk.ae), f"/closes/{walk.close.pk}/issue/"
    assert told(ae.get(address(walk.close))) is None, "its own one is on its way"
    DealClose.objects.update(issue_refused="410")
    page = ae.get(address(walk.close))
    assert "GitHub did not take the issue (410)" in words(page)
    here, there = told(page), told(ae.get(form))
    assert here
    assert here == there
    assert here["title"] == f"New customer: {walk.deal.account.name}"
    assert ae.post(form, {"issue": ISSUE}).status_code == 302
    assert told(ae.get(address(walk.close))) is None


def test_there_is_no_link_while_nobody_has_said_which_repository_it_is(settings: Settings) -> None:
    settings.GITHUB_CONFIDENTIAL_REPO = ""
    close = make_close()
    assert told(client_of(close.opportunity.owner).get(address(close))) is None


# --- to whom it is given ----------------------------------------------------------------------------------------------
def handing_on() -> tuple[Walk, dict[str, str]]:
    """A close whose AE is to hand the issue on, and what they say with that."""
    walk = Walk(make_close()).through("DCL-12b")
    people = {"bizops": "bo-lanternfish", "vp_cs": "vera-lanternfish"}
    return walk, {post: User.objects.get(github=login).name for post, login in people.items()}


def assign(*logins: str, **fields: Any) -> None:
    make_issue("confidential", number=ISSUE.rsplit("/", 1)[1], assignees=list(logins), **fields)


@pytest.mark.ledger("DCL-13")
@pytest.mark.parametrize("logins", [(), ("vera-lanternfish",), ("bo-lanternfish", "somebody")])
def test_an_issue_that_is_not_assigned_to_both_at_github_is_not_handed_on(logins: tuple[str, ...]) -> None:
    walk, named = handing_on()
    assign(*logins)
    assert refusal(lambda: walk.close.tick("DCL-13", named, by=walk.ae)) == NOT_GIVEN
    assert "DCL-13" not in done(walk.close)


@pytest.mark.ledger("DCL-13")
def test_an_issue_assigned_to_both_at_github_is_handed_on_to_those_and_nobody_else() -> None:
    walk, named = handing_on()
    assign("Bo-Lanternfish", "vera-lanternfish")
    other = make_user("bizops", name="Another of BizOps", github="another")
    told = refusal(lambda: walk.close.tick("DCL-13", named | {"bizops": other.name}, by=walk.ae))
    assert told == NOT_GIVEN
    walk.close.tick("DCL-13", named, by=walk.ae)
    assert "DCL-13" in done(walk.close)


@pytest.mark.ledger("DCL-13")
def test_it_goes_to_the_post_that_the_handbook_names_and_to_who_has_no_name_at_github_by_their_word() -> None:
    walk, named = handing_on()
    assign("bo-lanternfish")
    HandbookEntry.objects.create(section="dris", code="sale_issue_success", value="manager_cse_csa")
    other = make_user("manager_cse_csa", name="Head of Onboarding", github="")
    assert "Nobody of that name holds the post." in refusal(lambda: walk.close.tick("DCL-13", named, by=walk.ae))
    assert f'value="{other.name}"' in words(client_of(walk.ae).get(address(walk.close)))
    walk.close.tick("DCL-13", named | {"vp_cs": other.name}, by=walk.ae)
    assert "DCL-13" in done(walk.close)


@pytest.mark.ledger("DCL-13")
def test_of_an_issue_that_was_never_read_or_is_gone_the_names_are_taken_as_they_are_given() -> None:
    walk, named = handing_on()
    assign(gone_at=product_clock.now())
    walk.close.tick("DCL-13", named, by=walk.ae)
    assert "DCL-13" in done(walk.close)
