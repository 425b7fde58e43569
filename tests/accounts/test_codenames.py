"""A codename is given once, for ever, to one account; it stands in three places or it is not complete."""

import threading
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, Codename, CodenamePart, MinorPlanet, Taken
from accounts.models.codename_query import HAS_ONE, TAKEN
from fleetcs.models import Effect, Event
from tests.conftest import Clock
from tests.factories import make_account, make_user

PRESSING = 50


def assigned(name: str = "Ceres", /, **overrides: Any) -> Codename:
    return Codename.objects.assign(make_account(**overrides), name, by=make_user())


def settle(codename: Codename, *places: str) -> None:
    """As if the senders had done what was asked for."""
    for part in codename.parts.filter(place__in=places) if places else codename.parts.all():
        part.note_settled(part.generation, f"10{part.pk}")


def ordered(codename: Codename) -> list[tuple[str, int]]:
    """What was emitted for it, as place and generation, in the order in which it goes out."""
    effects = Effect.objects.filter(order_key=f"codename:{codename.pk}").order_by("pk")
    return [(CodenamePart.objects.get(pk=one.args["part"]).place, one.args["generation"]) for one in effects]


def states(codename: Codename) -> list[str]:
    return [part.state for part in codename.parts.order_by("pk")]


# --- choosing ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.ledger("COD-01", "COD-02", "COD-03", "COD-09")
def test_customers_and_prospects_get_a_codename_and_it_is_kept_who_chose_it() -> None:
    cse = make_user("cse")
    customer = Codename.objects.assign(make_account(), "ceres", by=cse)
    prospect = Codename.objects.assign(make_account(kind="prospect"), "El Djezair", by=cse)
    assert (customer.name, customer.label) == ("Ceres", "customer-ceres")
    assert (prospect.name, prospect.label) == ("El Djezaïr", "prospect-eldjezair")
    assert (customer.chosen_by, customer.planet) == (cse, MinorPlanet.objects.get(number=1))
    [chosen] = Event.objects.of(customer).filter(verb="codename_chosen")
    assert (chosen.by, chosen.account_pk) == (cse, customer.account_id)


@pytest.mark.django_db
@pytest.mark.ledger("COD-03")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Acme", "not on the list"),
        ("", "not on the list"),
        ("Io", "fewer than 3 letters"),
        ("Siri", "block list"),
        ("Thetis", "much like one"),
        ("Psyche", "much like one"),
    ],
)
def test_an_unfitting_name_is_refused_with_the_reason_and_without_saying_whose_it_is(name: str, reason: str) -> None:
    make_account(name="Thetis Foods", domain="psyche.example")
    with pytest.raises(ValidationError, match=reason) as refused:
        assigned(name)
    assert "Foods" not in str(refused.value)
    assert not Codename.objects.exists()


@pytest.mark.django_db
@pytest.mark.ledger("COD-07")
def test_an_account_has_one_codename_and_a_codename_one_account_in_any_case_and_for_ever() -> None:
    codename = assigned("Pallas")
    with pytest.raises(Taken, match=HAS_ONE):
        Codename.objects.assign(codename.account, "Ceres", by=make_user())
    with pytest.raises(Taken, match=TAKEN):
        assigned("PALLAS")
    codename.retire(by=make_user())
    with pytest.raises(Taken, match=TAKEN):
        assigned("Pallas")
    again = Codename.objects.assign(codename.account, "Ceres", by=make_user())
    assert list(codename.account.codenames.active()) == [again]
    assert "Pallas" not in {planet.name for planet in MinorPlanet.objects.free()}


@pytest.mark.django_db
@pytest.mark.ledger("COD-07")
@pytest.mark.parametrize("wrong", [{"word": "ceres"}, {"word": "Vesta"}, {"word": ""}, {"account": "same"}])
def test_the_database_itself_refuses_a_second_one(wrong: dict[str, Any]) -> None:
    codename = assigned("Ceres")
    account = codename.account if wrong.pop("account", "") else make_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        Codename.objects.create(account=account, name="X", prefix="customer", real_name="X", **{"word": "x", **wrong})


@pytest.mark.django_db
@pytest.mark.ledger("COD-05")
def test_a_name_too_long_for_the_description_is_refused_before_any_call_and_may_be_shortened() -> None:
    account = make_account(name="N" * 92)
    with pytest.raises(ValidationError, match="91 characters"):
        Codename.objects.assign(account, "Ceres", by=make_user())
    assert not Effect.objects.exists()
    codename = Codename.objects.assign(account, "Ceres", by=make_user(), real_name=" NNN Company ")
    assert codename.description == "NNN Company"


def pressed(names: list[str], accounts: list[Account]) -> list[str]:
    """So many people who press at the same moment, and what each of them reads."""
    barrier, said, by = Barrier(len(names)), [], make_user()

    def press(account: Account, name: str) -> None:
        barrier.wait()
        try:
            Codename.objects.assign(account, name, by=by)
            said.append("won")
        except ValidationError as error:
            said.append(error.messages[0])
        finally:
            connection.close()

    threads = [Thread(target=press, args=pair) for pair in zip(accounts, names, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("COD-07")
def test_fifty_people_press_at_once_for_one_name_and_exactly_one_gets_it() -> None:
    accounts = [make_account(tier=None) for _ in range(PRESSING)]
    said = pressed(["Ceres", "CERES"] * (PRESSING // 2), accounts)
    assert said == [TAKEN] * (PRESSING - 1) + ["won"]
    assert (Codename.objects.count(), CodenamePart.objects.count(), Effect.objects.count()) == (1, 3, 1)


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("COD-07")
def test_fifty_people_press_at_once_for_one_account_and_exactly_one_name_is_given() -> None:
    names = [planet.name for planet in MinorPlanet.objects.free().filter(number__gt=440).order_by("number")[:PRESSING]]
    said = pressed(names, [make_account(tier=None)] * PRESSING)
    assert said == [HAS_ONE] * (PRESSING - 1) + ["won"]


# --- three places -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.ledger("COD-04", "COD-06")
def test_it_is_settled_place_by_place_and_complete_only_when_all_three_stand() -> None:
    codename = assigned()
    assert ordered(codename) == [("public", 1)]
    settle(codename, "public")
    assert ordered(codename) == [("public", 1), ("confidential", 1)]
    assert (states(codename), codename.is_complete) == (["standing", "waiting", "waiting"], False)
    assert list(Codename.objects.incomplete()) == [codename]
    settle(codename, "confidential")
    assert list(Codename.objects.complete()) == []
    settle(codename, "salesforce")
    assert ordered(codename) == [("public", 1), ("confidential", 1), ("salesforce", 1)]
    assert (states(codename), codename.is_complete) == (["standing"] * 3, True)
    assert list(Codename.objects.complete()) == [codename]
    assert list(Codename.objects.incomplete()) == []


@pytest.mark.django_db
@pytest.mark.ledger("COD-04")
def test_what_was_refused_holds_up_what_follows_until_somebody_retries() -> None:
    codename = assigned()
    part = codename.parts.get(place="public")
    part.note_refused(1, "http_403")
    codename.go_on()
    assert (states(codename), ordered(codename)) == (["refused", "waiting", "waiting"], [("public", 1)])
    codename.retry(by=make_user())
    assert ordered(codename) == [("public", 1), ("public", 2)]
    part.note_settled(1, "99")  # the first order's answer comes late
    assert states(codename)[0] == "waiting"
    settle(codename)
    assert codename.is_complete


@pytest.mark.django_db
def test_a_retry_leaves_alone_what_stands() -> None:
    codename = assigned()
    settle(codename, "public")
    codename.parts.get(place="confidential").note_refused(1, "no_answer")
    codename.retry(by=make_user())
    assert ordered(codename)[-1] == ("confidential", 2)
    assert codename.parts.get(place="public").generation == 1


@pytest.mark.django_db
@pytest.mark.ledger("COD-09")
def test_a_prospect_that_became_a_customer_is_renamed_in_all_three_places() -> None:
    codename = assigned(kind="prospect")
    settle(codename)
    assert not codename.should_be_renamed
    with pytest.raises(ValidationError):
        codename.rename_for_customer(by=make_user())
    codename.account.change({"kind": "customer"}, by=make_user("bizops"))
    assert codename.should_be_renamed
    codename.rename_for_customer(by=make_user())
    codename.refresh_from_db()
    assert (codename.label, codename.is_complete, codename.should_be_renamed) == ("customer-ceres", False, False)
    settle(codename, "public")
    settle(codename, "confidential")
    settle(codename, "salesforce")
    assert ordered(codename)[3:] == [("public", 2), ("confidential", 2), ("salesforce", 2)]
    assert codename.is_complete
    assert Event.objects.of(codename).filter(verb="codename_renamed").count() == 1


@pytest.mark.django_db
def test_a_retired_codename_says_so_in_the_confidential_label_only_and_keeps_whose_it_was() -> None:
    codename = assigned(name="Brook Foods")
    settle(codename)
    codename.retire(by=make_user("vp_cs"))
    assert ordered(codename)[-1] == ("confidential", 2)
    assert [part.description for part in codename.parts.all()[:2]] == ["A codename", "Retired: Brook Foods"]
    assert (codename.is_complete, Codename.objects.active().exists()) == (False, False)
    assert Codename.objects.of_label("CUSTOMER-ceres") == codename
    with pytest.raises(ValidationError, match="is retired"):
        codename.retire(by=make_user("vp_cs"))


@pytest.mark.django_db
def test_retiring_what_never_stood_makes_no_label_for_the_public_any_more() -> None:
    codename = assigned()
    codename.parts.get(place="public").note_refused(1, "http_403")
    codename.retire(by=make_user("vp_cs"))
    assert states(codename) == ["undone", "waiting", "undone"]
    assert ordered(codename)[1:] == [("confidential", 2)]
    codename.parts.get(place="public").note_settled(1, "77")
    assert states(codename)[0] == "undone"


@pytest.mark.django_db
def test_one_place_is_taken_back_and_put_up_again_on_request() -> None:
    codename = assigned()
    settle(codename)
    codename.undo("salesforce", by=make_user())
    assert (states(codename), codename.is_complete) == (["standing", "standing", "waiting"], False)
    settle(codename, "salesforce")
    assert states(codename)[2] == "undone"
    codename.redo("salesforce", by=make_user())
    settle(codename, "salesforce")
    assert codename.is_complete
    assert ordered(codename)[3:] == [("salesforce", 2), ("salesforce", 3)]


@pytest.mark.django_db
def test_all_three_are_taken_back_in_the_other_order_and_the_name_stays_used() -> None:
    codename = assigned()
    settle(codename)
    codename.undo(by=make_user())
    for place in ("salesforce", "confidential", "public"):
        settle(codename, place)
    assert [place for place, _ in ordered(codename)[3:]] == ["salesforce", "confidential", "public"]
    assert states(codename) == ["undone"] * 3
    with pytest.raises(Taken):
        assigned("Ceres")


@pytest.mark.django_db
def test_taking_back_waits_for_nobody() -> None:
    codename = assigned()
    settle(codename, "confidential")
    codename.parts.get(place="public").note_refused(1, "http_403")
    codename.undo("confidential", by=make_user())
    assert ordered(codename)[-1] == ("confidential", 2)


@pytest.mark.django_db(transaction=True)
def test_a_step_is_settled_while_a_colleague_is_saving_the_account_and_neither_waits_for_the_other() -> None:
    codename = assigned()
    saving, settled = threading.Event(), threading.Event()

    def save() -> None:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=codename.account_id)
            saving.set()
            settled.wait(10)
        connection.close()

    colleague = Thread(target=save)
    colleague.start()
    saving.wait(10)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            codename.parts.get(place="public").note_settled(1, "7")
    finally:
        settled.set()
        colleague.join(10)
    assert states(codename)[0] == "standing"


# --- who looks, and what nobody reads ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_each_look_is_logged_and_looking_on_is_the_same_look(clock: Clock) -> None:
    clock("2026-03-02T10:00:00-08:00")
    codename, ida = assigned(), make_user()
    for minutes in (0, 1, 10, 16):
        clock(f"2026-03-02T10:{minutes:02}:00-08:00")
        codename.look_up(by=ida)
    codename.look_up(by=make_user())
    assert Event.objects.of(codename).filter(verb="codename_looked_up", by=ida).count() == 2
    assert Event.objects.of(codename).filter(verb="codename_looked_up").count() == 3


@pytest.mark.django_db
def test_no_row_that_others_read_holds_account_and_codename_together() -> None:
    codename = assigned("Ceres", name="Brook Foods")
    settle(codename)
    codename.retire(by=make_user("vp_cs"))
    effects = list(Effect.objects.values("key", "order_key", "args", "external_id", "preview"))
    events = list(Event.objects.of(codename).values("verb", "facts"))
    told = f"{codename} {codename!r} {list(codename.parts.all())} {effects} {events}".lower()
    assert "ceres" not in told
    assert "brook" not in told
