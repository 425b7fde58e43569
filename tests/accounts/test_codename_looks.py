"""Where a codename is told beside its account, the look is written down; elsewhere only one of them is told (R11)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Codename
from fleetcs.models import Event
from tests.factories import make_account, make_contact, make_ticket, make_user

pytestmark = pytest.mark.django_db

NAME, LABEL, WORD = "Brightforge Metal", "customer-ceres", "ceres"


@pytest.fixture
def account() -> Account:
    account = make_account(name=NAME)
    Codename.objects.assign(account, "Ceres", by=make_user())
    account.change({"github_label": LABEL}, by=make_user("vp_cs"))
    make_contact(account)
    make_ticket(account)
    return account


def signed_in(post: str = "cro") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def told(answer: Any) -> tuple[bool, bool]:
    """Whether the account's name and its codename stand on a page, in its address, in its headers."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    seen = (body.decode() + repr(dict(answer.headers))).lower()
    return NAME.lower() in seen, WORD in seen


def looks() -> int:
    return Event.objects.filter(verb="codename_looked_up").count()


@pytest.mark.ledger("COD-05")
def test_no_page_that_is_only_looked_at_tells_both(account: Account) -> None:
    client, pk = signed_in(), account.pk
    codename = account.codenames.get()
    version = reverse("history_of", args=["account", pk])
    pages = [
        reverse("accounts:account", args=[pk]),
        reverse("accounts:account_edit", args=[pk]),
        reverse("accounts:accounts"),
        reverse("accounts:accounts") + "?q=ceres",
        reverse("accounts:codenames") + "?state=",
        reverse("accounts:codenames") + f"?state=&q={NAME}",
        reverse("accounts:codename", args=[codename.pk]),
        reverse("accounts:codename_choose", args=[pk]),
        reverse("accounts:codename_describe", args=[codename.pk]),
        reverse("accounts:codenames_adopt"),
        reverse("search") + "?q=brightforge",
        reverse("search") + "?q=ceres",
        reverse("support:of_account", args=[pk]),
        reverse("history_table", args=["account"]),
        version,
    ]
    both = [page for page in pages if told(client.get(page)) == (True, True)]
    files = [reverse(f"accounts:{name}_export") for name in ("accounts", "contacts")]
    files.append(reverse("opportunities:opportunities_export"))
    assert [file for file in files if told(client.post(file))[1]] == []
    assert both == []
    assert looks() == 0
    assert "(set)" in client.get(version).content.decode()


@pytest.mark.ledger("COD-05", "COD-07")
def test_the_card_and_the_codenames_own_page_tell_both_and_each_look_is_written_down(account: Account) -> None:
    codename = account.codenames.get()
    for post, page in (
        ("cse", reverse("accounts:codename_of_account", args=[account.pk])),
        ("cro", reverse("accounts:codename", args=[codename.pk])),
    ):
        before = looks()
        assert told(signed_in(post).post(page)) == (True, True)
        assert looks() == before + 1


def test_denied_looks_exactly_like_absent(account: Account) -> None:
    codename, client = account.codenames.get(), signed_in("csm")  # of other accounts
    for name, there, absent in (
        ("accounts:codename", codename.pk, 10**9),
        ("accounts:codename_of_account", account.pk, 10**9),
        ("accounts:codename_describe", codename.pk, 10**9),
    ):
        answers = [client.post(reverse(name, args=[pk])) for pk in (there, absent)]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
    assert looks() == 0
    assert LABEL not in client.get(reverse("search") + "?q=ceres").content.decode()


@pytest.mark.ledger("SFD-22")
def test_the_field_is_set_kept_and_emptied_without_being_shown(account: Account) -> None:
    client, page = signed_in("vp_cs"), reverse("accounts:account_edit", args=[account.pk])
    form = client.get(page).context["form"]
    kept = {name: form.initial.get(name) or "" for name in form.fields}
    for typed, after in (("", LABEL), ("customer-juno", "customer-juno"), ("-", "")):
        version = Account.objects.get().version
        sent = {**kept, "domains": "brightforge.example", "github_label": typed, "version": version}
        assert client.post(page, sent).status_code == 302
        assert Account.objects.get().github_label == after


@pytest.mark.ledger("SFD-22")
def test_a_label_that_was_to_be_taken_away_still_is_when_a_colleague_has_saved_meanwhile(account: Account) -> None:
    client, page = signed_in("vp_cs"), reverse("accounts:account_edit", args=[account.pk])
    form = client.get(page).context["form"]
    kept = {name: form.initial.get(name) or "" for name in form.fields} | {"domains": "brightforge.example"}
    read = {f"initial-{name}": value for name, value in kept.items() if name != "version"}
    account.change({"industry": "Metal"}, by=make_user("vp_cs"))
    answer = client.post(page, {**kept, **read, "github_label": "-"})
    assert (answer.status_code, Account.objects.get().github_label) == (409, LABEL)
    both = answer.context["form"]
    sent = {name: both.get_initial_for_field(field, name) or "" for name, field in both.fields.items()}
    assert client.post(page, sent | {"domains": "brightforge.example"}).status_code == 302
    assert (Account.objects.get().github_label, Account.objects.get().industry) == ("", "Metal")
