"""The export and sanctions check: before anything leaves, by a person, and a match is final (DCL-01, CON-12, R12)."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from fleetcs.models import HandbookEntry
from opportunities import sanctions
from opportunities.models import Country, Screening
from tests.factories import make_embargo, make_opportunity, make_screening, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def check(*, hit: bool = False, match: bool | None = None, embargoed: bool = False) -> Any:
    return SimpleNamespace(is_hit=hit, is_match=match, is_embargoed=embargoed)


@pytest.mark.parametrize(
    ("checks", "stands"),
    [
        ([], "unchecked"),
        ([check()], "clear"),
        ([check(hit=True)], "hit"),
        ([check(hit=True), check()], "hit"),
        ([check(hit=True, match=False)], "clear"),
        ([check(hit=True, match=True), check()], "match"),
        ([check(hit=True, match=True), check(hit=True)], "match"),
        ([check(embargoed=True)], "again"),
        ([check(hit=True, match=False, embargoed=True)], "clear"),
    ],
)
def test_a_later_look_never_hides_a_hit_or_a_match(checks: list[Any], stands: str) -> None:
    assert sanctions.standing(checks) == stands


@pytest.mark.ledger("DCL-01", "SYS-17")
def test_a_check_keeps_who_looked_when_for_which_country_and_what_came_of_it() -> None:
    HandbookEntry.objects.create(section="links", code="sanctions_list", value="https://lists.example/official")
    deal = make_opportunity(owner=make_user("ae"))
    path, owner = f"/opportunities/{deal.pk}/screening/", client_of(deal.owner)
    sweden = Country.objects.get(code="SE")
    sent = {"country": sweden.pk, "party": "Mill", "list_url": "https://lists.example/official", "saw": "nothing"}
    refused = owner.post(path, sent)
    assert (refused.status_code, "BizOps does that first" in words(refused)) == (422, True)
    make_embargo()
    assert 'value="https://lists.example/official"' in words(owner.get(path))
    assert owner.post(path, sent | {"country": ""}).status_code == 422, "without a country nothing is recorded"
    assert owner.post(path, sent).status_code == 302
    done = Screening.objects.get()
    assert (done.by, done.country, done.account, done.is_hit) == (deal.owner, sweden, deal.account, False)
    assert done.at is not None
    assert deal.owner.name in words(owner.get(path))
    assert client_of(make_user("ae")).post(path, sent).status_code == 403


@pytest.mark.ledger("DCL-01")
def test_a_country_under_embargo_is_a_hit_whatever_was_seen() -> None:
    deal = make_opportunity()
    assert make_screening(deal, country="KP", is_hit=False).is_hit
    assert Screening.objects.standing(deal.account) == "hit"


def test_an_embargo_that_comes_later_asks_for_another_check() -> None:
    deal = make_opportunity()
    make_screening(deal, country="SE")
    make_embargo("SE")
    assert Screening.objects.standing(deal.account) == "again"


@pytest.mark.ledger("DCL-01", "CON-12")
def test_only_bizops_and_the_cro_as_backup_clear_a_hit_and_with_evidence() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    hit = make_screening(deal, is_hit=True)
    path = f"/screenings/{hit.pk}/decide/"
    for post in ("ae", "ceo", "vp_cs"):
        with pytest.raises(ValidationError, match="Only BizOps"):
            hit.decide(is_match=False, evidence="Other address", by=make_user(post))
    assert client_of(deal.owner).post(path, {"is_match": "no", "evidence": "x"}).status_code == 403
    assert client_of(make_user("cro")).post(path, {"is_match": "no", "evidence": ""}).status_code == 422
    assert client_of(make_user("cro")).post(path, {"is_match": "no", "evidence": "Other address"}).status_code == 302
    hit.refresh_from_db()
    assert (hit.is_match, hit.as_backup, hit.evidence) == (False, True, "Other address")
    assert Screening.objects.standing(deal.account) == "clear"


@pytest.mark.ledger("CON-12")
def test_a_match_is_final_for_every_deal_of_the_account() -> None:
    deal = make_opportunity()
    hit = make_screening(deal, is_hit=True)
    hit.decide(is_match=True, evidence="Same address", by=make_user("bizops"))
    with pytest.raises(ValidationError, match="it stays so"):
        hit.decide(is_match=False, evidence="I was wrong", by=make_user("bizops"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Screening.objects.filter(pk=hit.pk).update(is_match=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        Screening.objects.filter(pk=hit.pk).delete()
    make_screening(make_opportunity(deal.account))
    assert Screening.objects.standing(deal.account) == "match"


@pytest.mark.ledger("DCL-01")
def test_bizops_keeps_the_list_of_countries_with_source_and_day() -> None:
    biz, ae = client_of(make_user("bizops")), client_of(make_user("ae"))
    assert Country.objects.count() > 240
    place = Country.objects.get(code="KP")
    path = f"/countries/{place.pk}/edit/"
    sent = {"code": "KP", "name": place.name, "is_embargoed": "on", "version": "1"}
    assert ae.post(path, sent).status_code == 404
    assert biz.post(path, sent).status_code == 422, "an embargo has its source and the day of it"
    sourced = {"source_url": "https://lists.example/programmes", "as_of": "2026-01-02"}
    assert biz.post(path, sent | sourced).status_code == 302
    place.refresh_from_db()
    assert (place.is_embargoed, place.as_of) == (True, date(2026, 1, 2))
    region = {"code": "XX-1", "name": "A territory", "is_embargoed": "on"}
    assert biz.post("/countries/new/", region | sourced).status_code == 302
    assert "A territory" in words(ae.get("/countries/"))
