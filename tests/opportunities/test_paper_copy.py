"""Our signature on a paper copy is the CEO's to enter: nobody else does their step (DCL-05, DCL-29, CON-11)."""

from datetime import date

import pytest
from pytest_django.fixtures import Settings

from fleetcs.posts import POSTS
from opportunities import signing
from opportunities.models import Agreement, DealClose, Signature, SignatureRequest, TermDeviation
from tests.factories import make_agreement, make_close, make_executed, make_opportunity, make_screening, make_user
from tests.opportunities.closes import LINK, Walk
from tests.opportunities.test_agreements import backup_of
from tests.opportunities.test_close_pages import address
from tests.opportunities.test_closing import done, refusal
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

WAITS = "Paper copies to execute"
SAID = {"signed_on": "2025-11-05"}


def to_be_executed() -> Walk:
    """A paper copy that the customer has signed and BizOps has read and passed on."""
    return Walk(make_close(docusign=False)).through("DCL-06")


@pytest.mark.ledger("DCL-05", "DCL-29", "CON-11")
def test_nobody_but_the_ceo_enters_our_signature_on_the_paper_copy() -> None:
    walk = to_be_executed()
    own = [walk.ae, walk.csm, walk.sc, backup_of("ceo")]
    others = [make_user(post) for post, _, _ in POSTS if post != "ceo"]
    fields = {"party": "company", "signer": walk.ceo, "signed_on": date(2025, 11, 5)}
    for person in [*own, *others]:
        told = refusal(lambda by=person: Signature.objects.record(walk.paper, by=by, **fields))
        assert told == signing.ENTERED_BY_CEO, person
    assert "DCL-05c" not in done(walk.close)
    walk.sign("company")
    assert "DCL-05c" in done(walk.close)
    assert walk.paper.signatures.get(party="company").recorded_by == walk.ceo


@pytest.mark.ledger("DCL-05", "CON-11")
def test_the_ceo_finds_the_paper_copy_among_what_waits_once_it_is_reviewed_and_signs_it_there() -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-05a")
    ceo, execute = client_of(walk.ceo), f"/agreements/{walk.paper.pk}/execute/"
    assert WAITS not in words(ceo.get("/papers/"))
    assert "First: Review the signed paper copy." in words(ceo.post(execute, SAID))
    walk.acts()["DCL-05b"]()
    waiting = words(ceo.get("/papers/"))
    assert WAITS in waiting
    assert f'href="{walk.paper.get_absolute_url()}"' in waiting
    assert WAITS not in words(client_of(walk.biz).get("/papers/"))
    for page in (address(walk.close), walk.paper.get_absolute_url()):
        assert f'href="{execute}"' in words(ceo.get(page))
    assert ceo.post(execute, SAID).status_code == 302
    assert walk.paper.signatures.get(party="company").signer == walk.ceo
    assert WAITS not in words(ceo.get("/papers/"))
    assert f'href="{execute}"' not in words(ceo.get(walk.paper.get_absolute_url()))


@pytest.mark.ledger("DCL-05", "CON-11")
def test_the_way_to_sign_is_shown_to_nobody_who_may_not_go_it() -> None:
    walk = to_be_executed()
    way, backup, ceo = f"/agreements/{walk.paper.pk}/execute/", client_of(backup_of("ceo")), client_of(walk.ceo)
    assert WAITS not in words(backup.get("/papers/"))
    for page in (address(walk.close), walk.paper.get_absolute_url()):
        assert f'href="{way}"' in words(ceo.get(page))
        assert f'href="{way}"' not in words(backup.get(page))
    SignatureRequest.objects.begin(walk.paper, by=walk.biz)
    for page in (address(walk.close), walk.paper.get_absolute_url()):
        assert f'href="{way}"' not in words(ceo.get(page))
    to_request = f'href="{walk.paper.get_absolute_url()}">To the request</a>'
    assert to_request in words(ceo.get(address(walk.close)))
    assert to_request not in words(backup.get(address(walk.close)))
    assert WAITS not in words(ceo.get("/papers/"))
    told = ceo.post(way, SAID)
    assert told.status_code == 422
    assert "the CEO signs at the request, which tells whoever asked" in words(told)


@pytest.mark.ledger("DCL-05", "DCL-06")
def test_where_warnings_stop_the_copies_of_bizops_come_before_the_ceos_signature(settings: Settings) -> None:
    settings.DEAL_CLOSE_WARNINGS_STOP = True
    walk = Walk(make_close(docusign=False)).through("DCL-05b")
    assert WAITS not in words(client_of(walk.ceo).get("/papers/"))
    walk.acts()["DCL-06"]()
    assert WAITS in words(client_of(walk.ceo).get("/papers/"))


@pytest.mark.ledger("DCL-05", "CON-07")
def test_a_paper_copy_does_not_wait_for_a_signature_that_cannot_be_given() -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-04")
    ceo = client_of(walk.ceo)
    exception = TermDeviation.objects.note(walk.paper, by=walk.ae, term=None, value="More", form="redline", judged=True)
    walk.tick("DCL-05a", walk.ae, scan=LINK)
    walk.tick("DCL-05b", walk.biz, found="As agreed")
    assert WAITS not in words(ceo.get("/papers/"))
    exception.decide(approves=True, reason="", by=walk.ceo)
    assert WAITS in words(ceo.get("/papers/"))
    walk.deal.move_to("Closed Lost", by=walk.ae, lost_because="No budget")
    assert WAITS not in words(ceo.get("/papers/"))
    another = to_be_executed()
    assert WAITS in words(ceo.get("/papers/"))
    make_agreement(another.deal, by=another.ae)
    assert WAITS not in words(ceo.get("/papers/")), "another contract is the order form now"


@pytest.mark.ledger("DCL-05", "DCL-29")
def test_the_ae_is_refused_our_signature_on_paper_with_words_and_enters_it_by_envelope() -> None:
    walk = to_be_executed()
    ae, sent = client_of(walk.ae), SAID | {"party": "company", "signer": walk.ceo.pk}
    told = ae.post(f"/agreements/{walk.paper.pk}/signed/", sent)
    assert told.status_code == 422
    assert signing.ENTERED_BY_CEO in words(told)
    assert ae.post(f"/agreements/{walk.paper.pk}/execute/", SAID).status_code == 403
    enveloped = Walk(make_close()).through("DCL-03")
    sent = SAID | {"party": "company", "signer": walk.ceo.pk}
    ae = client_of(enveloped.ae)
    assert ae.post(f"/agreements/{enveloped.paper.pk}/signed/", sent).status_code == 302


@pytest.mark.ledger("DCL-05", "DCL-29")
def test_a_signature_entered_for_the_ceo_before_the_close_does_not_become_their_step() -> None:
    deal = make_opportunity(make_close().opportunity.account, owner=make_user("ae"), type="New")
    make_screening(deal)
    paper = make_executed(deal)
    paper.send(to="b@mill.example", by=deal.owner)
    begin = lambda **answers: DealClose.objects.begin(deal, by=deal.owner, tier="premium", **answers)  # noqa: E731
    assert refusal(lambda: begin(docusign=False)) == signing.SIGNED_FOR_US
    close = begin(docusign=True)
    assert refusal(lambda: close.answer({"docusign": False}, by=deal.owner)) == signing.SIGNED_FOR_US
    Agreement.objects.add(opportunity=deal, by=deal.owner)
    close.refresh_from_db()
    close.answer({"docusign": False}, by=deal.owner)
    assert not close.docusign
    Agreement.objects.exclude(pk=paper.pk).delete()
    close.answer({"tier": "ultimate"}, by=deal.owner)
    assert (close.tier, close.docusign) == ("ultimate", False), "what was so before it became a paper copy stays"
