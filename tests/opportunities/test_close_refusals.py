"""What does not go through in a close: steps too early, without what they need, or for the look of it (DCL-11 on)."""

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from accounts.models import Account, Codename, Meeting
from accounts.views.channels import UNUSUAL_NAME
from fleetcs import clock as product_clock
from fleetcs.models import Event, MessageText
from fleetcs.procedures import faults
from fleetcs.working_day import ZONE, today
from opportunities import closing
from opportunities.models import DealClose, PurchaseOrder, SignatureRequest
from tests.accounts.test_codenames import settle
from tests.conftest import Clock
from tests.factories import make_channel, make_close, make_license, make_user
from tests.opportunities.closes import ISSUE, LINK, Walk
from tests.opportunities.test_close_pages import address
from tests.opportunities.test_closing import done, refusal, standing_of
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

SEEN = "This step is checked, not ticked: it is done once it is so."


def handed_over() -> Walk:
    """A deal that is won and taken over by customer success, without what onboarding brings."""
    walk = Walk(make_close()).through("DCL-13")
    walk.acts()["DCL-19"]()
    return walk


ELSEWHERE = (
    "https://files.example/plan",
    "http://drive.google.com/file/d/1",
    "https://drive.google.com.evil.example/1",
    "https://github.com/lanternfish/confidential/issues/7",
)


@pytest.mark.ledger("SYS-10", "DCL-05", "DCL-14", "DCL-15", "DCL-16", "DCL-21")
@pytest.mark.parametrize(
    ("code", "name"),
    [("DCL-05a", "scan"), ("DCL-14", "plan"), ("DCL-15", "plan"), ("DCL-16", "folder"), ("DCL-21b", "copy")],
)
def test_what_the_handbook_keeps_in_the_drive_is_shown_by_its_link_there(code: str, name: str) -> None:
    step, facts = closing.CLOSE.step(code), {"sent_directly": True}
    before = {each.code for each in closing.CLOSE.steps} - {code}
    for link in ELSEWHERE:
        told = faults(closing.CLOSE, step, facts, before, {name: link})
        assert list(told) == [name], link
    assert told[name] == "Give a link to Google Drive or a Google document: https://drive.google.com/…"
    assert faults(closing.CLOSE, step, facts, before, {name: LINK}) == {}


@pytest.mark.ledger("SYS-10", "DCL-05")
def test_a_signed_copy_that_is_kept_elsewhere_does_not_go_on_to_bizops() -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-04")
    told = refusal(lambda: walk.tick("DCL-05a", walk.ae, scan=ELSEWHERE[0]))
    assert told.startswith("Give a link to Google Drive")
    assert "DCL-05a" not in done(walk.close)


@pytest.mark.ledger("DCL-00")
def test_the_issue_named_at_the_start_is_one_of_the_confidential_repository() -> None:
    close = make_close()
    for link in (LINK, "https://github.com/lanternfish/confidential/pull/7"):
        told = refusal(lambda link=link: close.tick("DCL-00", {"issue": link}, by=close.opportunity.owner))
        assert told == "Give the link of an issue in the confidential repository."
    close.tick("DCL-00", {"issue": ISSUE}, by=close.opportunity.owner)
    assert DealClose.objects.get().issue_url == ISSUE


@pytest.mark.ledger("DCL-11")
def test_an_order_is_secured_by_its_number_or_a_reason_and_by_no_tick() -> None:
    walk = Walk(make_close()).through("DCL-10")
    close, order = walk.close, f"/opportunities/{walk.deal.pk}/purchase-order/"
    assert refusal(lambda: close.tick("DCL-11", {}, by=walk.ae)) == SEEN
    assert refusal(lambda: close.skip("DCL-11", "They have none", by=walk.ae)) == "This step cannot be skipped."
    for number, reason in (("", " "), ("PO-1", "They use none")):
        told = refusal(lambda n=number, r=reason: secure(walk, n, r))
        assert told == "Give the number, or why the customer uses none."
    assert client_of(make_user("ae")).post(order, {"number": "PO-1"}).status_code == 403
    assert client_of(walk.sc).post(order, {"number": "PO-1"}).status_code == 403
    assert "DCL-11" not in done(close)
    secure(walk, "", "They pay by card")
    assert "DCL-11" in done(close)


def secure(walk: Walk, number: str, reason: str) -> None:
    PurchaseOrder.objects.secure(walk.deal, by=walk.ae, number=number, none_because=reason)


@pytest.mark.ledger("DCL-16")
def test_the_folder_is_moved_after_both_plans_with_its_new_link_and_by_the_ae(settings: Settings) -> None:
    walk = Walk(make_close()).through("DCL-14")
    close, technical = walk.close, "Technical objectives in the account plan"
    [line] = [line for line in standing_of(close).lines if line.step.code == "DCL-16"]
    assert [step.code for step in line.warns] == ["DCL-15"]
    assert f"Usually after</span> {technical}" in words(client_of(walk.ae).get(address(close)))
    for said in ({}, {"folder": "In the account plans"}):
        assert refusal(lambda said=said: close.tick("DCL-16", said, by=walk.ae))
    for other in (walk.sc, walk.csm, walk.biz):
        assert "another post" in refusal(lambda other=other: close.tick("DCL-16", {"folder": LINK}, by=other))
    settings.DEAL_CLOSE_WARNINGS_STOP = True
    assert refusal(lambda: close.tick("DCL-16", {"folder": LINK}, by=walk.ae)) == f"First: {technical}."
    assert "DCL-16" not in close.run.ticked()


@pytest.mark.ledger("DCL-21")
def test_the_welcome_mail_has_a_recipient_and_does_not_stand_for_the_checklist() -> None:
    walk = handed_over()
    close, csm = walk.close, walk.csm
    assert refusal(lambda: close.tick("DCL-21a", {}, by=csm)) == "Sent to: say it."
    assert refusal(lambda: close.tick("DCL-21a", {"to": "the buyer"}, by=csm)) == "Give a mail address."
    assert "another post" in refusal(lambda: close.tick("DCL-21a", {"to": "b@mill.example"}, by=walk.ae))
    assert not close.run.ticked() & {"DCL-21a", "DCL-21b"}
    close.tick("DCL-21a", {"to": "b@mill.example"}, by=csm)
    assert done(close) & {"DCL-21a", "DCL-21b"} == {"DCL-21a"}
    for copy, why in (("", "say it"), ("On their drive", "Give a web address")):
        assert why in refusal(lambda copy=copy: close.tick("DCL-21b", {"copy": copy}, by=csm))
    assert "DCL-21b" not in done(close)


@pytest.mark.ledger("DCL-21", "TPL-07")
def test_which_wording_of_the_welcome_mail_was_used_stays_with_its_step(clock: Clock) -> None:
    walk, text = handed_over(), MessageText.objects.get(code="welcome_email")
    for day, body in (("2026-01-08", "Welcome."), ("2026-01-09", "Welcome aboard.")):
        clock(f"{day}T10:00:00-08:00")
        text.rewrite(subject="", body=body, by=walk.vp)
    csm, shown = client_of(walk.csm), text.wordings.get(body="Welcome aboard.").pk
    assert f'name="wording" value="{shown}"' in words(csm.get(address(walk.close)))
    clock("2026-01-12T10:00:00-08:00")
    text.rewrite(subject="", body="Hello.", by=walk.vp)
    sent = {"to": "b@mill.example", "wording": str(shown)}
    assert csm.post(f"/closes/{walk.close.pk}/step/?step=DCL-21a", sent).status_code == 302
    [tick] = walk.close.run.ticks.filter(step="DCL-21a")
    assert tick.said == {"to": "b@mill.example", "text": f"{text.name}, as worded on Fri 9 Jan 2026, 10:00 PST"}
    assert Event.objects.get(verb="close_step_done", facts__step="DCL-21a").facts["wording"] == shown
    assert "as worded on Fri 9 Jan 2026" in words(client_of(walk.ae).get(address(walk.close)))


@pytest.mark.ledger("DCL-21")
@pytest.mark.parametrize("claimed", ["", "0", "another", "9" * 30])
def test_whoever_says_nothing_of_the_wording_has_used_the_newest(claimed: str) -> None:
    walk, text = handed_over(), MessageText.objects.get(code="welcome_email")
    other = MessageText.objects.get(code="deployment_checklist")
    other.rewrite(subject="", body="One, two.", by=walk.vp)
    text.rewrite(subject="", body="Welcome.", by=walk.vp)
    said = claimed.replace("another", str(other.wordings.get().pk))
    walk.close.tick("DCL-21a", {"to": "b@mill.example", "wording": said}, by=walk.csm)
    done_by = Event.objects.get(verb="close_step_done", facts__step="DCL-21a")
    assert (done_by.facts["text"], done_by.facts["wording"]) == ("welcome_email", text.wordings.get().pk)


@pytest.mark.ledger("DCL-21")
def test_customer_success_does_nothing_before_it_has_taken_over() -> None:
    walk = Walk(make_close()).through("DCL-13")
    told = refusal(lambda: walk.close.tick("DCL-21a", {"to": "b@mill.example"}, by=walk.csm))
    assert told == "First: Take over: kick off customer success."


@pytest.mark.ledger("DCL-22")
def test_only_a_living_channel_of_the_customers_own_is_their_channel() -> None:
    walk = handed_over()
    close, account = walk.close, walk.deal.account
    make_channel(None)
    make_channel(account, kind="internal")
    make_channel(account, archived_at=product_clock.now())
    assert refusal(lambda: close.tick("DCL-22", {}, by=walk.csm)) == SEEN
    assert "DCL-22" not in done(close)
    unusual = make_channel(account, name="harbour-and-us")
    assert "DCL-22" in done(close)
    assert client_of(walk.csm).get(unusual.get_absolute_url()).context["warning"] == UNUSUAL_NAME
    assert "harbour-and-us" in words(client_of(walk.csm).get(account.get_absolute_url()))


@pytest.mark.ledger("COD-04")
def test_a_codenames_label_is_done_once_it_stands_everywhere_as_the_customers() -> None:
    walk = handed_over()
    close, account = walk.close, walk.deal.account
    assert "COD-04" not in {line.step.code for line in standing_of(close).lines}, "nobody has asked for a codename"
    name = Codename.objects.assign(account, "Ceres", by=walk.csm)
    Codename.objects.update(prefix="prospect")
    page = client_of(walk.csm).get(address(close))
    assert f'href="/accounts/{account.pk}/codename/"' in words(page)
    assert "Ceres" not in page.content.decode()
    settle(name, "public", "confidential")
    assert "COD-04" not in done(close), "Salesforce does not know it yet"
    settle(name)
    assert "COD-04" not in done(close), "it still says that they are a prospect"
    Account.objects.filter(pk=account.pk).update(kind="prospect")
    assert "COD-04" not in done(close), "also while they are one"
    Account.objects.filter(pk=account.pk).update(kind="customer")
    Codename.objects.get().rename_for_customer(by=walk.csm)
    assert "COD-04" not in done(close)
    settle(Codename.objects.get())
    assert "COD-04" in done(close)
    assert refusal(lambda: close.tick("COD-04", {}, by=walk.csm)) == "This step is done already."
    Codename.objects.get().retire(by=walk.csm)
    assert "COD-04" not in {line.step.code for line in standing_of(close).lines}


@pytest.mark.ledger("DCL-23")
def test_neither_a_key_to_try_with_nor_a_revoked_one_is_the_customers_key() -> None:
    walk = handed_over()
    close, account = walk.close, walk.deal.account
    make_license(account, kind="poc", by=make_user("director_sc"))
    make_license(account).revoke("Wrong number of hosts", by=make_user("vp_cs"))
    assert refusal(lambda: close.tick("DCL-23", {}, by=walk.csm)) == SEEN
    assert refusal(lambda: close.skip("DCL-23", "No time", by=walk.csm)) == "This step cannot be skipped."
    assert not done(close) & {"DCL-23", "DCL-24"}
    assert refusal(lambda: close.tick("DCL-24", {}, by=walk.csm)) == "First: Generate the license key."
    make_license(account)
    assert done(close) & {"DCL-23", "DCL-24"} == {"DCL-23"}


@pytest.mark.ledger("DCL-27")
def test_only_a_series_that_nobody_has_called_off_is_a_recurring_check_in() -> None:
    walk = handed_over()
    close = walk.close
    with pytest.raises(ValidationError, match="A check-in recurs"):
        walk.meet("check_in")
    walk.meet("ad_hoc", recurs="weekly")
    assert refusal(lambda: close.tick("DCL-27", {}, by=walk.csm)) == SEEN
    assert "DCL-27" not in done(close)
    walk.meet("check_in", recurs="monthly")
    assert "DCL-27" in done(close)
    assert cell(walk) == "Done"
    Meeting.objects.get(kind="check_in", starts_at=datetime(2026, 1, 12, 9, tzinfo=ZONE)).cancel(by=walk.csm)
    assert "DCL-27" not in done(close)
    assert cell(walk) == "Open"


def cell(walk: Walk) -> str:
    """What the page of new customers says of the check-ins of this one."""
    [one] = client_of(walk.csm).get("/onboarding/").context["rows"]
    assert one["state"].close == DealClose.objects.get()
    told: str = next(how[1] for step, how in one["cells"] if step.code == "DCL-27")
    return told


@pytest.mark.ledger("CON-10", "DCL-05")
def test_our_signature_is_asked_for_once_the_order_form_has_left() -> None:
    walk = Walk(make_close()).through("DCL-03")
    request = SignatureRequest.objects.begin(walk.paper, by=walk.ae)
    for code, by in (
        ("told", walk.ae),
        ("issue", walk.ceo),
        ("review", walk.ceo),
        ("ready", walk.biz),
        ("sign", walk.ceo),
    ):
        said = {"issue": {"link": ISSUE}, "sign": {"signed_on": today().isoformat()}}
        request.step(code, said.get(code, {}), by=by)
    assert walk.paper.signatures.get().signer == walk.ceo
