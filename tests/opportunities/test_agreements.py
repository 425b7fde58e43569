"""Contracts: their dates, what has to be approved and reviewed before they are signed, and where copies are (CON)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from fleetcs import clock
from fleetcs.models import Effect, Event, HandbookEntry, Post, RoleHolding, User
from fleetcs.working_day import today
from opportunities import signing, terms
from opportunities.models import Agreement, LegalReview, Signature, SignatureRequest, StandardTerm, TermDeviation
from tests.factories import (
    DRIVE_URL,
    ISSUE_URL,
    make_agreement,
    make_executed,
    make_opportunity,
    make_review,
    make_screening,
    make_user,
)
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 3)


def backup_of(post: str) -> User:
    someone = make_user(None)
    RoleHolding.objects.create(user=someone, post=Post.objects.get(code=post), from_on=MAY, backup=True)
    return someone


def signed_today() -> dict[str, str]:
    return {"signed_on": today().isoformat()}


def sign(agreement: Agreement, **fields: Any) -> Signature:
    given = {"party": "customer", "name": "Their buyer", "signed_on": MAY} | fields
    return Signature.objects.record(agreement, by=make_user("bizops"), **given)


def deviate(agreement: Agreement, **fields: Any) -> TermDeviation:
    given = {"term": None, "value": "Unlimited liability", "form": "redline"} | fields
    return TermDeviation.objects.note(agreement, by=make_user("ae"), **given)


# --- three dates ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("CON-03")
def test_a_contract_closes_on_the_day_of_the_last_signature() -> None:
    agreement = make_agreement()
    sign(agreement, party="company", name="", signer=make_user("ceo"), signed_on=date(2026, 5, 5))
    assert agreement.closed_on is None, "one party alone closes nothing"
    sign(agreement, signed_on=date(2026, 5, 3))
    assert Agreement.objects.get().closed_on == date(2026, 5, 5)
    assert signing.closed_on({"customer": date(2026, 5, 7), "company": date(2026, 5, 5)}) == date(2026, 5, 7)


@pytest.mark.ledger("CON-02", "CON-03", "CON-04")
def test_the_page_tells_what_each_of_the_three_dates_means() -> None:
    agreement = make_executed(effective_on=date(2026, 6, 1))
    page = words(client_of(make_user("bizops")).get(agreement.get_absolute_url()))
    for meaning in (signing.EFFECTIVE_DATE, signing.CLOSE_DATE, signing.INVOICE_DATE):
        assert meaning in page
    assert "Mon 1 Jun 2026" in page
    assert "Wed 5 Nov 2025" in page
    assert "<dt>Invoice date</dt><dd>\u2013" in page, "a contract without an invoice has no invoice date"


@pytest.mark.ledger("CON-02")
def test_a_subscription_does_not_end_before_its_effective_date() -> None:
    with pytest.raises(ValidationError, match="before its effective date"):
        make_agreement(effective_on=MAY, ends_on=MAY - timedelta(days=1))


@pytest.mark.ledger("CON-11")
def test_the_ceo_signs_for_the_company_and_nobody_else() -> None:
    agreement = make_agreement()
    for someone in (make_user("cro"), backup_of("ceo")):
        with pytest.raises(ValidationError, match="The CEO signs"):
            sign(agreement, party="company", name="", signer=someone)
    path, owner = f"/agreements/{agreement.pk}/signed/", client_of(agreement.opportunity.owner)
    sent = {"party": "company", "signed_on": "2026-05-05"}
    assert owner.post(path, sent | {"signer": make_user("cro").pk}).status_code == 422
    assert owner.post(path, sent | {"signer": make_user("ceo").pk}).status_code == 302
    assert agreement.signatures.get().party == "company"


def test_a_signature_stands_and_is_not_of_tomorrow() -> None:
    agreement = make_agreement()
    with pytest.raises(ValidationError, match="still to come"):
        sign(agreement, signed_on=today() + timedelta(days=1))
    sign(agreement)
    with pytest.raises(ValidationError, match="signed already"):
        sign(agreement)
    with pytest.raises(DatabaseError), transaction.atomic():
        Signature.objects.all().delete()


@pytest.mark.ledger("CON-01")
def test_the_contract_links_the_subscription_agreement() -> None:
    HandbookEntry.objects.create(section="links", code="subscription_agreement", value="https://lanternfish.example/t")
    agreement = make_agreement()
    assert "https://lanternfish.example/t" in words(client_of(make_user("cro")).get(agreement.get_absolute_url()))


# --- standard terms and exceptions -----------------------------------------------------------------------------------
@pytest.mark.ledger("CON-06")
def test_bizops_fills_the_table_of_standard_terms_and_others_read_it() -> None:
    sent = {"name": "Payment", "standard": "30 days", "maximum": "Up to 60 days", "unit": "days", "most": "60"}
    assert client_of(make_user("ae")).post("/terms/new/", sent).status_code == 404
    biz = client_of(make_user("bizops"))
    assert biz.post("/terms/new/", sent).status_code == 302
    term = StandardTerm.objects.get()
    assert biz.post(f"/terms/{term.pk}/edit/", sent | {"most": "45", "version": "1"}).status_code == 302
    assert "Up to 60 days" in words(client_of(make_user("ae")).get("/terms/"))
    assert StandardTerm.objects.get().most == Decimal(45)


@pytest.mark.ledger("CON-06", "CON-07")
def test_within_the_maximum_nobody_is_asked_and_beyond_it_the_ceo_is() -> None:
    term = StandardTerm.objects.add(by=make_user("bizops"), name="Payment", standard="30", maximum="60", most=60)
    agreement = make_agreement()
    assert not deviate(agreement, term=term, value="60 days", number=Decimal(60)).is_beyond
    assert agreement.obstacles() == []
    beyond = deviate(agreement, term=term, value="61 days", number=Decimal(61))
    assert beyond.is_beyond
    with pytest.raises(ValidationError, match="waits for the CEO"):
        sign(agreement)
    with pytest.raises(ValidationError, match="compares with the maximum"):
        deviate(agreement, term=term, value="A lot")
    beyond.decide(approves=True, reason="", by=make_user("ceo"))
    sign(agreement)


def test_a_maximum_in_words_is_judged_by_a_person_and_a_term_outside_the_table_is_beyond() -> None:
    term = StandardTerm.objects.add(by=make_user("bizops"), name="Support", standard="Ours", maximum="Small changes")
    assert terms.is_beyond(term, None, judged=False) is False
    assert terms.is_beyond(term, None, judged=True) is True
    assert terms.is_beyond(term, None, judged=None) is None
    assert terms.is_beyond(None, Decimal(1), judged=False) is True
    owner, agreement = make_user("ae"), make_agreement()
    agreement.opportunity.change({"owner": owner}, by=owner)
    path, sent = f"/agreements/{agreement.pk}/deviations/new/", {"value": "More", "form": "redline", "term": term.pk}
    assert client_of(owner).post(path, sent).status_code == 422
    assert client_of(owner).post(path, sent | {"judged": "within"}).status_code == 302
    assert not TermDeviation.objects.get().is_beyond


@pytest.mark.ledger("CON-07")
@pytest.mark.parametrize("form", ["redline", "own_contract"])
def test_exceptions_are_for_the_ceo_alone_and_nobody_stands_in(form: str) -> None:
    agreement = make_agreement()
    exception = deviate(agreement, form=form)
    for someone in (make_user("cro"), make_user("bizops"), backup_of("ceo")):
        with pytest.raises(ValidationError, match="CEO alone"):
            exception.decide(approves=True, reason="", by=someone)
    cro = client_of(make_user("cro"))
    assert cro.post(f"/deviations/{exception.pk}/decide/", {"approves": "yes"}).status_code == 403
    assert (
        client_of(make_user("ceo")).post(f"/deviations/{exception.pk}/decide/", {"approves": "yes"}).status_code == 302
    )
    exception.refresh_from_db()
    assert exception.is_approved
    with pytest.raises(DatabaseError), transaction.atomic():
        TermDeviation.objects.filter(pk=exception.pk).update(is_approved=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        TermDeviation.objects.filter(pk=exception.pk).update(value="Something else")


@pytest.mark.ledger("CON-07")
def test_an_open_exception_keeps_out_a_signature_past_the_verb_too() -> None:
    agreement = make_agreement()
    deviate(agreement)
    row = Signature(agreement=agreement, party="customer", name="X", signed_on=MAY, recorded_by=make_user("ae"))
    with pytest.raises(IntegrityError, match="not approved"), transaction.atomic():
        row.save()


def test_a_refused_exception_is_taken_out_before_anybody_signs() -> None:
    agreement = make_agreement()
    exception = deviate(agreement)
    with pytest.raises(ValidationError, match="Say why"):
        exception.decide(approves=False, reason=" ", by=make_user("ceo"))
    exception.decide(approves=False, reason="Never", by=make_user("ceo"))
    with pytest.raises(ValidationError, match="has refused"):
        sign(agreement)
    exception.withdraw(by=make_user("ae"))
    sign(agreement)
    with pytest.raises(ValidationError, match="stay as they are"):
        deviate(agreement)


# --- legal review -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("CON-08")
def test_another_partys_nda_is_signed_only_after_a_legal_review() -> None:
    agreement = make_agreement(kind="nda", paper="theirs")
    with pytest.raises(ValidationError, match="needs a legal review"):
        sign(agreement)
    review = make_review(agreement)
    with pytest.raises(ValidationError, match="review of it is open"):
        sign(agreement)
    review.close("Fine.", by=make_user("bizops"))
    sign(agreement)
    sign(make_agreement(kind="nda"))


@pytest.mark.ledger("CON-09")
def test_a_review_without_its_issue_is_not_submitted_and_blocks_signing(settings: Any) -> None:
    settings.GITHUB_CONFIDENTIAL_REPO = "lanternfish/confidential"
    agreement = make_agreement(paper="redlines")
    owner = client_of(agreement.opportunity.owner)
    asked = {"question": "Their redlines", "redlines": "on", "issue_url": ""}
    assert owner.post(f"/agreements/{agreement.pk}/review/", asked).status_code == 302
    review = LegalReview.objects.get()
    assert (review.redlines, review.is_submitted) == (True, False)
    assert "Not submitted" in words(owner.get(review.get_absolute_url()))
    with pytest.raises(ValidationError, match="not submitted"):
        sign(agreement)
    with pytest.raises(ValidationError, match="not submitted"):
        review.close("Fine.", by=make_user("bizops"))
    path = f"/reviews/{review.pk}/submit/"
    for elsewhere in ("https://github.com/lanternfish/lanternfish/issues/7", "https://evil.example/x/y/issues/7"):
        assert owner.post(path, {"issue_url": elsewhere}).status_code == 422
    assert owner.post(path, {"issue_url": ISSUE_URL}).status_code == 302
    assert owner.post(f"/reviews/{review.pk}/close/", {"outcome": "Fine."}).status_code == 403
    assert client_of(make_user("cro")).post(f"/reviews/{review.pk}/close/", {"outcome": "Fine."}).status_code == 302
    review.refresh_from_db()
    assert review.as_backup, "the CRO did it in BizOps' stead"
    sign(agreement)


# --- the order form ---------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-09", "DCL-01")
def test_an_order_form_leaves_after_the_check_with_copies_for_the_ae_and_bizops() -> None:
    agreement, biz = make_agreement(), make_user("bizops")
    owner = agreement.opportunity.owner
    path, sent = f"/agreements/{agreement.pk}/send/", {"to": "b@mill.example", "envelope": "E-1"}
    both = f"{owner.email}\n{biz.email.upper()}"
    assert client_of(owner).post(path, sent | {"copied": both}).status_code == 422, "nobody has checked them yet"
    make_screening(agreement.opportunity)
    refused = client_of(owner).post(path, sent | {"copied": owner.email})
    assert (refused.status_code, "BizOps gets no copy." in words(refused)) == (422, True)
    refused = client_of(owner).post(path, sent | {"copied": biz.email})
    assert "the AE gets no copy." in words(refused)
    neither = words(client_of(owner).post(path, sent | {"copied": "buyer@mill.example"}))
    assert [who for who in ("BizOps", "the AE") if f"{who} gets no copy." not in neither] == [], "all at once"
    assert client_of(owner).post(path, sent | {"copied": both}).status_code == 302
    agreement.refresh_from_db()
    assert (agreement.envelope, agreement.copied, agreement.sent_by) == ("E-1", [owner.email, biz.email], owner)


def test_on_paper_the_order_form_goes_straight_to_the_customer() -> None:
    agreement = make_agreement()
    make_screening(agreement.opportunity)
    agreement.send(to="b@mill.example", by=agreement.opportunity.owner)
    assert Agreement.objects.unsigned().get() == agreement
    with pytest.raises(ValidationError, match="sent already"):
        agreement.send(to="b@mill.example", by=agreement.opportunity.owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(sent_to="")


# --- the request for our signature -----------------------------------------------------------------------------------
@pytest.mark.ledger("CON-10")
def test_a_request_for_signature_goes_its_five_steps_each_by_its_own_post() -> None:
    agreement = make_agreement(paper="theirs")
    requestor, ceo, biz = agreement.opportunity.owner, make_user("ceo"), make_user("bizops")
    request = SignatureRequest.objects.begin(agreement, by=requestor)
    with pytest.raises(ValidationError, match="First: Say that it is ready"):
        request.step("sign", signed_today(), by=ceo)
    request.step("told", {}, by=requestor)
    for code, said, other in (("issue", {"link": ISSUE_URL}, biz), ("review", {}, requestor)):
        with pytest.raises(ValidationError, match="another post's"):
            request.step(code, said, by=other)
        request.step(code, said, by=ceo)
    review = LegalReview.objects.get()
    assert (review.agreement, review.issue_url) == (agreement, ISSUE_URL)
    with pytest.raises(ValidationError, match="review of it is open"):
        request.step("ready", {}, by=biz)
    review.close("Fine.", by=biz)
    request.step("ready", {}, by=biz)
    with pytest.raises(ValidationError, match="another post's"):
        request.step("sign", signed_today(), by=biz)
    request.step("sign", signed_today(), by=ceo)
    assert agreement.signatures.get().signer == ceo
    told = Effect.objects.filter(kind="mail.signature").order_by("pk")
    assert [(one.args["step"], one.args["user"]) for one in told] == [("ready", requestor.pk), ("sign", requestor.pk)]
    assert agreement.opportunity.account.name not in str(told[0].args)


@pytest.mark.ledger("CON-10")
def test_the_issue_of_a_request_is_one_of_the_confidential_repository() -> None:
    agreement, ceo = make_agreement(), make_user("ceo")
    request = SignatureRequest.objects.begin(agreement, by=agreement.opportunity.owner)
    request.step("told", {}, by=agreement.opportunity.owner)
    with pytest.raises(ValidationError) as refused:
        request.step("issue", {"link": ISSUE_URL.replace("/issues/", "/pull/")}, by=ceo)
    assert refused.value.message_dict == {"link": ["Give the link of an issue in the confidential repository."]}


@pytest.mark.ledger("CON-10")
@pytest.mark.parametrize("way", ["signed", "execute"])
def test_our_signature_that_was_asked_for_is_given_by_no_other_way(way: str) -> None:
    agreement, ceo = make_agreement(), make_user("ceo")
    SignatureRequest.objects.begin(agreement, by=agreement.opportunity.owner)
    someone, sent = agreement.opportunity.owner, {"signed_on": "2026-05-05"}
    path, ours = f"/agreements/{agreement.pk}", {"party": "company", "signer": ceo.pk}
    answer = client_of(ceo if way == "execute" else someone).post(f"{path}/{way}/", sent | ours)
    assert (answer.status_code, "the CEO signs at the request, which tells whoever asked" in words(answer)) == (
        422,
        True,
    )
    theirs = {"party": "customer", "name": "Their buyer"}
    assert client_of(someone).post(f"{path}/signed/", sent | theirs).status_code == 302
    assert agreement.signed.keys() == {"customer"}


@pytest.mark.ledger("CON-10")
def test_the_page_shows_whose_turn_it_is_and_offers_each_only_their_own_step() -> None:
    agreement = make_agreement()
    owner, ceo = agreement.opportunity.owner, make_user("ceo")
    assert client_of(owner).post(f"/agreements/{agreement.pk}/request/").status_code == 302
    request = SignatureRequest.objects.get()
    step = f"/signatures/{request.pk}/step/?step="
    assert f"{step}told" in words(client_of(owner).get(agreement.get_absolute_url()))
    assert client_of(owner).post(f"{step}told", {}).status_code == 302
    page = words(client_of(owner).get(agreement.get_absolute_url()))
    assert (f"{step}issue" in page, '<span class="dot dot-wait">CEO</span>' in page) == (False, True)
    assert client_of(owner).post(f"{step}issue", {"link": ISSUE_URL}).status_code == 403
    assert client_of(ceo).post(f"{step}issue", {"link": "https://evil.example/a/b/issues/1"}).status_code == 422
    assert client_of(ceo).post(f"{step}issue", {"link": ISSUE_URL}).status_code == 302
    assert client_of(backup_of("ceo")).post(f"{step}review", {}).status_code == 403, "nobody stands in for the CEO"
    with pytest.raises(ValidationError, match="asked for already"):
        SignatureRequest.objects.begin(agreement, by=owner)


# --- copies -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("CON-13", "SYS-10")
def test_an_executed_contract_is_reported_until_it_is_on_the_opportunity_and_in_the_folder() -> None:
    agreement, biz = make_executed(), make_user("bizops")
    owner, inbox = agreement.opportunity.owner, client_of(biz)
    assert "No copy on the opportunity, none in the folder" in words(inbox.get("/papers/"))
    copy, folder = f"/agreements/{agreement.pk}/copy/", f"/agreements/{agreement.pk}/file/"
    for elsewhere in (
        "https://evil.example/drive.google.com",
        "https://drive.google.com@evil.example/x",
        "https://drive.google.com.evil.example/x",
        "http://drive.google.com/x",
    ):
        assert client_of(owner).post(copy, {"url": elsewhere}).status_code == 422
    assert client_of(owner).post(copy, {"url": DRIVE_URL}).status_code == 302
    assert client_of(owner).post(folder, {"url": DRIVE_URL}).status_code == 403
    assert "None in the folder" in words(inbox.get("/papers/"))
    assert inbox.post(folder, {"url": "https://docs.google.com/document/d/1"}).status_code == 302
    assert not Agreement.objects.unfiled().exists()
    assert DRIVE_URL in words(inbox.get(agreement.get_absolute_url()))
    agreement.refresh_from_db()
    agreement.attach("", by=owner)
    assert Agreement.objects.unfiled().get() == agreement


def test_a_contract_that_is_not_signed_has_no_executed_copy() -> None:
    agreement = make_agreement()
    with pytest.raises(ValidationError, match="not signed by every party"):
        agreement.attach(DRIVE_URL, by=agreement.opportunity.owner)


def test_the_cro_files_as_backup_of_bizops() -> None:
    agreement = make_executed()
    biz = make_user("bizops")
    agreement.file(DRIVE_URL, by=make_user("cro"))
    assert "Filed as backup of BizOps" in words(client_of(biz).get(agreement.get_absolute_url()))
    agreement.file(DRIVE_URL, by=biz)
    assert "Filed as backup of BizOps" not in words(client_of(biz).get(agreement.get_absolute_url()))
    agreement.attach(DRIVE_URL, by=biz)
    kept = Event.objects.of(agreement).filter(verb="copy_kept").order_by("pk")
    assert [event.facts.get("as_backup") for event in kept] == [True, False, None], "whose step it is, of the folder"


def test_a_signed_contract_stays_as_it_is_but_for_the_one_in_force() -> None:
    agreement = make_executed()
    with pytest.raises(ValidationError, match="stays as it is"):
        agreement.change({"paper": "theirs"}, by=make_user("bizops"))
    own, others = agreement.opportunity.account.contracts.get(), make_opportunity().account.contracts.get()
    with pytest.raises(ValidationError, match="another account's contract"):
        agreement.change({"contract": others}, by=make_user("bizops"))
    agreement = Agreement.objects.get(pk=agreement.pk)
    agreement.change({"contract": own}, by=make_user("bizops"))
    assert own.is_in_force(clock.now())
