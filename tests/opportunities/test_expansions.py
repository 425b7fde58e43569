"""The path that starts an expansion, and whose an opportunity is."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from fleetcs.models import User
from opportunities.models import Opportunity
from tests.factories import make_account, make_opportunity, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

STEP = {"next_step": "Count their hosts", "next_step_due": "2026-12-01", "close_date": "2027-02-01"}
SENT = {"product": "Fleet premium", "kind": "Host", "quarter": "1", "expansion_reason": "host_growth"} | STEP
WHOLE = SENT | {"stage": "Prospecting", "amount": "9000", "type": "Expansion"}


@pytest.fixture
def csm() -> User:
    return make_user("csm", name="Ola Nord")


@pytest.fixture
def account(csm: User) -> Account:
    return make_account(name="ABC test company", csm=csm, ae=make_user("ae"))


def sent(account: Account, **overrides: Any) -> dict[str, Any]:
    return WHOLE | {"year": "2026", "owner": account.csm_id} | overrides


@pytest.fixture(autouse=True)
def _in_november(clock: Any) -> None:
    clock("2026-11-27T18:00:00+00:00")


@pytest.mark.ledger("SFD-23", "OPP-05")
def test_the_accounts_table_of_renewals_and_expansions_has_new(account: Account, csm: User) -> None:
    make_opportunity(account, name="Renewal 2026", type="Existing Business")
    make_opportunity(account, name="Won expansion 2026", type="Expansion", stage="Closed Won")
    make_opportunity(account, name="New business 2026", type="New")
    client, path = client_of(csm), f"/accounts/{account.pk}/expansions/"
    assert f'hx-get="{path}"' in words(client.get(account.get_absolute_url()))
    page = words(client.get(path))
    assert "Upcoming renewal (± expansions)" in page
    assert f'href="{path}new/"' in page
    assert "Renewal 2026" in page
    assert "Won expansion 2026" not in page
    assert "New business 2026" not in page
    assert f"{path}new/" not in words(client_of(make_user("csm")).get(path)), "another CSM's account"


@pytest.mark.ledger("OPP-03", "OPP-04", "OPP-10")
def test_an_expansion_is_named_from_its_parts_typed_and_owned_by_the_accounts_csm(account: Account, csm: User) -> None:
    client, path = client_of(csm), f"/accounts/{account.pk}/expansions/new/"
    form = words(client.get(path))
    assert f'<option value="{csm.pk}" selected>Ola Nord' in form
    answer = client.post(path, sent(account))
    one = Opportunity.objects.get()
    assert answer["Location"] == one.get_absolute_url()
    assert (one.name, one.type) == ("ABCTestCompany_FleetPremium_HostExpansion_Q12026", "Expansion")
    assert (one.owner, one.next_step, one.expansion_reason) == (csm, "Count their hosts", "host_growth")
    assert one.stage_changes.count() == 1


@pytest.mark.ledger("OPP-12")
def test_the_form_says_to_discuss_examples_with_the_manager(account: Account, csm: User) -> None:
    page = words(client_of(csm).get(f"/accounts/{account.pk}/expansions/new/"))
    assert "Discuss examples with your manager to learn more." in page


@pytest.mark.ledger("OPP-04")
@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "New"},
        {"amount": ""},
        {"next_step": ""},
        {"next_step_due": ""},
        {"expansion_reason": ""},
        {"owner": ""},
    ],
)
def test_an_expansion_of_another_type_or_with_a_field_left_out_is_refused(
    account: Account, csm: User, wrong: dict[str, str]
) -> None:
    answer = client_of(csm).post(f"/accounts/{account.pk}/expansions/new/", sent(account, **wrong))
    assert answer.status_code == 422
    assert not Opportunity.objects.exists()


@pytest.mark.ledger("OPP-03")
def test_parts_that_make_no_name_are_refused(account: Account, csm: User) -> None:
    answer = client_of(csm).post(f"/accounts/{account.pk}/expansions/new/", sent(account, product="---"))
    assert answer.status_code == 422
    assert "four parts without spaces" in words(answer)


@pytest.mark.ledger("OPP-02")
def test_a_csm_cannot_hand_an_expansion_to_an_ae_and_the_cro_can(account: Account, csm: User) -> None:
    ae, cro = make_user("ae"), make_user("cro")
    one = make_opportunity(account, owner=csm, type="Expansion")
    path = f"/opportunities/{one.pk}/owner/"
    refused = client_of(csm).post(path, {"owner": ae.pk, "version": 1})
    assert refused.status_code == 422
    assert "only the CRO assigns" in words(refused)
    one.refresh_from_db()
    assert (one.owner, one.assigned_by) == (csm, None)
    assert client_of(cro).post(path, {"owner": ae.pk, "version": one.version}).status_code == 302
    one.refresh_from_db()
    assert (one.owner, one.assigned_by) == (ae, cro)


@pytest.mark.ledger("OPP-02")
def test_starting_an_expansion_for_an_ae_needs_the_cro_too(account: Account, csm: User) -> None:
    ae = make_user("ae")
    path = f"/accounts/{account.pk}/expansions/new/"
    assert client_of(csm).post(path, sent(account, owner=ae.pk)).status_code == 422
    assert client_of(make_user("cro")).post(path, sent(account, owner=ae.pk)).status_code == 302
    assert Opportunity.objects.get().owner == ae


def test_a_csm_hands_new_business_to_an_ae_and_an_expansion_to_a_colleague(account: Account, csm: User) -> None:
    other, ae = make_user("csm"), make_user("ae")
    one = make_opportunity(account, owner=csm, type="Expansion")
    one.hand_to(other, by=csm)
    two = make_opportunity(account, owner=csm, type="New")
    two.hand_to(ae, by=csm)
    assert (one.owner, two.owner) == (other, ae)


@pytest.mark.ledger("OPP-10")
def test_an_owner_is_wanted_and_comes_from_the_account(account: Account, csm: User) -> None:
    fields: dict[str, Any] = {"name": "Deal 2026", "stage": "Proposal"}
    owners = {type: Opportunity.objects.add(by=csm, account=account, type=type, **fields).owner for type in TYPES}
    assert owners == {"New": account.ae, "Expansion": csm, "Existing Business": csm}
    with pytest.raises(ValidationError, match="Say who owns it"):
        Opportunity.objects.add(by=csm, account=make_account(), **fields)
    with pytest.raises(ValidationError, match="Say who owns it"):
        make_opportunity(account, owner=csm).change({"owner": None}, by=csm)


TYPES = ("New", "Expansion", "Existing Business")
