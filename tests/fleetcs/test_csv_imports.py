"""A CSV file of records: its columns, what would become of each row, what did, and taking it back (F43)."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account, Contact
from fleetcs import importing
from fleetcs.merging import Master
from fleetcs.models import CsvImport, CsvRow, Event, Export, Mirror, MirrorField, MirrorLink, RoleHolding
from fleetcs.tasks import forget_old
from tests.factories import make_account, make_contact, make_user
from tests.fleetcs.csv_files import begin, bring, checked, finish, name_columns, order, plans, states
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
State = CsvRow.State


@pytest.fixture
def client() -> Any:
    return client_of(make_user("bizops", name="Bo Quay"))


def test_a_file_is_checked_without_a_trace_and_then_imported_as_it_was_shown(client: Any) -> None:
    kelp = make_account(name="Kelp", industry="", employees=5)
    same = make_account(name="Sand", industry="Mining", employees=9)
    text = "Company,Industry,Employees\nKelp,Banking,7\nSand,Mining,9\nCoral,Retail,3\nMussel,Retail,many\n"
    job = checked(client, "accounts", text, "name", "change")
    assert plans(job) == [
        (2, "change", "Industry: none → Banking; Employees: 5 → 7"),
        (3, "same", ""),
        (4, "add", "Name: Coral; Industry: Retail; Employees: 3"),
        (5, "bad", "Employees: Enter a whole number."),
    ]
    kelp.refresh_from_db()
    assert (kelp.industry, kelp.version, Account.objects.count()) == ("", 1, 2)
    assert not Event.objects.filter(verb__in=["account_changed", "account_added"]).exists()
    shown = words(client.get(job.get_absolute_url()))
    assert "Industry: none → Banking; Employees: 5 → 7" in shown
    assert "Employees: Enter a whole number." in shown
    begin(client, job)
    assert states(job) == [
        (2, "done", "Industry: none → Banking; Employees: 5 → 7"),
        (3, "kept", ""),
        (4, "done", "Name: Coral; Industry: Retail; Employees: 3"),
        (5, "kept", "Employees: Enter a whole number."),
    ]
    kelp.refresh_from_db()
    same.refresh_from_db()
    assert (kelp.industry, kelp.employees, kelp.version, same.version) == ("Banking", 7, 2, 1)
    coral = Account.objects.get(name="Coral")
    assert (coral.kind, coral.industry) == ("prospect", "Retail")
    assert Event.objects.filter(verb="account_added", subject_id=coral.pk, by__name="Bo Quay").exists()
    assert "Imported" in words(client.get(job.get_absolute_url()))


def test_the_same_file_changes_nothing_the_second_time_and_says_that_it_was_here(client: Any) -> None:
    text = "Account,Mail domains,Industry\nCoral,coral.example,Retail\nKelp,kelp.example,Banking\n"
    begin(client, checked(client, "accounts", text, "domain", "change"))
    again = checked(client, "accounts", text, "domain", "change")
    assert [plan for _, plan, _ in plans(again)] == ["same", "same"]
    assert "This very file was imported" in words(client.get(reverse("csv_columns", args=[again.pk])))
    assert "There is nothing to import" in words(client.get(again.get_absolute_url()))
    begin(client, again)
    assert (Account.objects.count(), again.ordered_at) == (2, None)


def test_what_stands_here_is_kept_unless_one_says_otherwise(client: Any) -> None:
    account = make_account(name="Kelp", industry="Mining", rating="")
    text = "Account,Industry,Account rating\nKelp,Banking,Hot\n"
    changes = {how: checked(client, "accounts", text, "name", how).rows.get().words for how in ("fill", "leave")}
    assert changes == {"fill": "Account rating: none → Hot", "leave": ""}
    begin(client, checked(client, "accounts", text, "name"))
    account.refresh_from_db()
    assert (account.industry, account.rating) == ("Mining", "Hot")


def test_an_empty_cell_takes_nothing_away(client: Any) -> None:
    make_account(name="Kelp", industry="Mining")
    job = checked(client, "accounts", "Account,Industry\nKelp,\n", "name", "change")
    assert plans(job) == [(2, "same", "")]


def test_a_record_that_was_changed_after_the_check_is_not_overwritten(client: Any) -> None:
    kelp, by = make_account(name="Kelp", industry="Mining"), make_user("cro")
    text = "Account,Industry\nKelp,Banking\nCoral,Retail\n"
    job = checked(client, "accounts", text, "name", "change")
    kelp.change({"industry": "Fishing"}, by=by)
    Account.objects.add(name="coral", by=by)
    begin(client, job)
    assert states(job) == [(2, State.FAILED, importing.MOVED_ON), (3, State.FAILED, importing.MOVED_ON)]
    kelp.refresh_from_db()
    assert (kelp.industry, Account.objects.get(name="coral").industry) == ("Fishing", "")


def test_a_check_that_is_under_way_begins_anew_with_other_columns(client: Any) -> None:
    bring(client, "accounts", "Account,What\nCoral,Retail\nSand,Mining\n")
    job = CsvImport.objects.get()
    name_columns(client, job, "name")
    under_way = importing.Round(CsvImport.objects.get())
    assert importing.step(under_way)
    name_columns(client, job, "name", column_1="industry")
    assert not importing.step(under_way), "it knows the former columns"
    finish()
    assert [words for _, _, words in plans(job)] == ["Name: Coral; Industry: Retail", "Name: Sand; Industry: Mining"]


def test_lines_of_an_address_are_the_same_whoever_ended_them(client: Any) -> None:
    make_account(name="Kelp", billing_address="Road 1\r\nTown")
    for end in ("\n", "\r\n"):
        text = f'Account,Billing address\nKelp,"Road 1{end}Town"\n'
        assert plans(checked(client, "accounts", text, "name", "change")) == [(2, "same", "")]


def test_two_rows_about_the_same_record_are_not_both_taken(client: Any) -> None:
    make_contact(make_account(name="Kelp"), email="a@kelp.example", personal_email="b@home.example", name="Ann")
    text = (
        "Name,Account,Email,Job title\nAnn,Kelp,A@kelp.example,CIO\nAnn,Kelp,b@home.example,CTO\n"
        "Bea,Kelp,bea@kelp.example,\nBEA,Kelp,BEA@kelp.example,\n"
    )
    job = checked(client, "contacts", text, "email", "change")
    assert [(number, plan) for number, plan, _ in plans(job)] == [(2, "change"), (3, "bad"), (4, "add"), (5, "bad")]
    assert [why for _, plan, why in plans(job) if plan == "bad"] == [
        "Line 2 is about the same one.",
        "Line 4 is about the same one.",
    ]


def test_rows_that_cannot_be_matched_say_why(client: Any) -> None:
    account = make_account(name="Kelp", domain="kelp.example")
    make_account(name="Sand", domain="sand.example")
    text = "Account,Domain\n,kelp.example\nBoth,kelp.example sand.example\nNone,\n"
    assert [why for _, _, why in plans(checked(client, "accounts", text, "domain"))] == [
        "",
        importing.SEVERAL,
        "Mail domains: it is empty, and rows are matched by it.",
    ]
    MirrorLink.objects.create(
        mirror=Mirror.objects.get(code="accounts"), record_id=account.pk, salesforce_id="001000000000001AAA"
    )
    text = f"Id,Industry\n{account.pk},Mining\n001000000000001,Banking\n987654321,Retail\nnonsense,Retail\n"
    assert plans(checked(client, "accounts", text, "id")) == [
        (2, "change", "Industry: none → Mining"),
        (3, "bad", "Line 2 is about the same one."),
        (4, "bad", importing.NO_SUCH_ID),
        (5, "bad", importing.NO_SUCH_ID),
    ]


def test_people_and_records_are_named_as_people_name_them(client: Any) -> None:
    csm = make_user("csm", name="Cay Reef", email="cay@lanternfish.example")
    make_account(name="Kelp")
    text = "Account,CSM,Parent account,Kind\nCoral,CAY@lanternfish.example,kelp,CUSTOMER\nSand,Nobody Known,,\n"
    job = checked(client, "accounts", text, "name")
    assert job.rows.get(number=3).words == "CSM: “Nobody Known” is not known, or cannot be chosen."
    begin(client, job)
    coral = Account.objects.get(name="Coral")
    assert (coral.csm, coral.parent.name, coral.kind) == (csm, "Kelp", "customer")
    text = "Name,Account,Email,Is champion\nAnn,Coral,ann@coral.example,Yes\nBea,Coral,bea@coral.example,perhaps\n"
    job = checked(client, "contacts", text, "email")
    begin(client, job)
    assert Contact.objects.get().is_champion
    assert job.rows.get(number=3).words == "Is champion: “perhaps” is neither yes nor no."


def test_columns_are_guessed_by_their_names_and_remembered_from_last_time(client: Any) -> None:
    make_account(name="Kelp")
    text = "Work email,Wer,Firma,Notes\nann@kelp.example,Ann,Kelp,x\n"
    assert bring(client, "contacts", text).status_code == 302
    job = CsvImport.objects.get()
    form = client.get(reverse("csv_columns", args=[job.pk])).context["form"]
    assert [form.fields[f"column_{number}"].initial for number in range(4)] == ["email", "", "", ""]
    assert "Says: Ann" in form.fields["column_1"].help_text
    assert form.initial["match"] == "email", "by what there is a column of"
    name_columns(client, job, "email", column_1="name", column_2="account")
    bring(client, "contacts", "Firma,Wer,Work email\nKelp,Bea,bea@kelp.example\n")
    form = client.get(reverse("csv_columns", args=[CsvImport.objects.latest("pk").pk])).context["form"]
    assert [form.fields[f"column_{number}"].initial for number in range(3)] == ["account", "name", "email"]


def test_markup_in_a_file_is_shown_as_the_text_it_is(client: Any) -> None:
    bring(client, "accounts", 'Account,<b>Head</b>\n<b>Kelp</b>,"<p hx-post=/x hx-trigger=load>"\n', "<b>name.csv")
    job = CsvImport.objects.get()
    page = client.get(reverse("csv_columns", args=[job.pk])).content.decode()
    assert "&lt;b&gt;Head&lt;/b&gt;" in page
    assert "Says: &lt;b&gt;Kelp&lt;/b&gt;" in page
    assert "Says: &lt;p hx-post" in page
    assert not any(mark in page for mark in ("<b>", "<p hx-post"))
    name_columns(client, job, "name", column_1="industry")
    finish()
    shown = client.get(job.get_absolute_url()).content.decode()
    assert "&lt;b&gt;Kelp&lt;/b&gt;" in shown
    assert not any(mark in shown for mark in ("<b>", "<p hx-post"))


def test_a_field_has_one_column_and_what_rows_are_matched_by_has_one(client: Any) -> None:
    bring(client, "accounts", "Account,Other\nKelp,Kelp\n")
    job = CsvImport.objects.get()
    refused = name_columns(client, job, "domain", column_1="name")
    assert refused.status_code == 422
    assert "“Name” has a column already." in words(refused)
    assert "No column is “Mail domains”." in words(refused)
    assert CsvImport.objects.get().checking_at is None


def test_the_columns_can_be_named_anew_until_it_has_begun(client: Any) -> None:
    job = checked(client, "accounts", "Account,What\nCoral,Retail\n", "name")
    name_columns(client, job, "name", column_1="industry")
    finish()
    assert plans(job) == [(2, "add", "Name: Coral; Industry: Retail")]
    begin(client, job)
    assert client.get(reverse("csv_columns", args=[job.pk])).status_code == 404


def test_undo_puts_back_what_nobody_has_changed_since_and_leaves_new_records(client: Any) -> None:
    kelp, sand = (make_account(name=name, industry="Mining", employees=5) for name in ("Kelp", "Sand"))
    text = "Account,Industry,Employees\nKelp,Banking,6\nSand,Banking,6\nCoral,Retail,6\n"
    job = checked(client, "accounts", text, "name", "change")
    begin(client, job)
    sand.refresh_from_db()
    sand.change({"industry": "Fishing"}, by=make_user("cro"))
    for _ in range(2):
        client.post(reverse("csv_undo", args=[job.pk]))
        finish()
    assert [state for _, state, _ in states(job)] == [State.BACK, State.STAYS, State.DONE]
    accounts = dict(Account.objects.values_list("name", "industry"))
    assert accounts == {"Kelp": "Mining", "Sand": "Fishing", "Coral": "Retail"}
    kelp.refresh_from_db()
    assert kelp.employees == 5
    assert Event.objects.filter(verb="csv_import_undone").count() == 1


def test_only_the_rows_that_were_chosen_are_imported(client: Any) -> None:
    make_account(name="Kelp", industry="")
    job = checked(client, "accounts", "Account,Industry\nKelp,Banking\nCoral,Retail\n", "name")
    begin(client, job, "change")
    assert [state for _, state, _ in states(job)] == [State.DONE, State.KEPT]
    assert Account.objects.count() == 1
    assert Event.objects.get(verb="csv_import_begun").facts["rows"] == 1


def test_what_failed_is_a_file_with_reasons_that_no_spreadsheet_runs(client: Any) -> None:
    text = 'Account,Employees,Industry\n=cmd|x,many,"one;\ntwo"\nKelp,1\n'
    job = checked(client, "accounts", text, "name")
    file = client.post(reverse("csv_failed", args=[job.pk]))
    lines = b"".join(file.streaming_content).decode("utf-8-sig")
    assert lines == (
        '"Line","Reason","Account","Employees","Industry"\r\n'
        '"2","Employees: Enter a whole number.","\'=cmd|x","many","one;\ntwo"\r\n'
        '"4","It has 2 cells where there are 3 columns.","Kelp","1"\r\n'
    )
    assert Export.objects.filter(name="accounts-not-imported", count=2, by__name="Bo Quay").exists()
    mended = lines.replace("many", "3").replace('"Kelp","1"', '"Kelp","1",""')
    begin(client, checked(client, "accounts", mended, "name"))
    assert set(Account.objects.values_list("name", flat=True)) == {"=cmd|x", "Kelp"}, "text stays text"


def test_a_field_that_salesforce_masters_is_refused_where_the_file_says_otherwise(client: Any) -> None:
    account = make_account(name="Kelp", industry="Mining")
    mirror = Mirror.objects.get(code="accounts")
    MirrorLink.objects.create(mirror=mirror, record_id=account.pk, salesforce_id="001000000000001AAA")
    field = MirrorField.objects.filter(mirror=mirror, ours="industry")
    assert field.update(master=Master.THEIRS, is_on=True, found="Industry", missing_at=None)
    for said, plan in (("Mining", "same"), ("Sand", "bad")):
        job = checked(client, "accounts", f"Account,Industry\nKelp,{said}\n", "name", "change")
        assert job.rows.get().plan == plan
    assert job.rows.get().words == "Industry: Salesforce masters this field: change it there."


def test_many_records_are_begun_by_somebody_else_than_who_brought_them(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CsvImport, "ALONE", 2)  # more than 500 would take a while to make
    job = checked(client, "accounts", "Account\nCoral\n", "name")
    row = job.rows.get()
    more = [CsvRow(job=job, number=number, cells=["x"], plan="add") for number in range(3, 5)]
    CsvRow.objects.bulk_create(more)
    order(client, job, "add")
    job.refresh_from_db()
    assert job.ordered_at is None
    shown = words(client.get(job.get_absolute_url()))
    assert "More than 2 records would be written: somebody else who may import" in shown
    assert "Change the columns" in shown
    second = make_user("cro")
    assert "Import them" in words(client_of(second).get(job.get_absolute_url()))
    order(client_of(second), job, "add")
    job.refresh_from_db()
    row.refresh_from_db()
    assert (job.ordered_by, row.state) == (second, State.GO)


def test_whoever_has_lost_the_right_imports_nothing_more() -> None:
    person = make_user("bizops")
    client = client_of(person)
    job = checked(client, "accounts", "Account\nCoral\n", "name")
    order(client, job, "add")
    RoleHolding.objects.filter(user=person).delete()
    finish()
    assert states(job) == [(2, State.FAILED, importing.NO_RIGHT)]
    assert client.get(job.get_absolute_url()).status_code == 404
    assert not Account.objects.exists()


def test_a_file_that_cannot_be_read_is_refused_in_words(client: Any) -> None:
    for raw, why in ((b"PK\x03\x04zip", "It is no text file"), (b"Name\nM\xfcller\n", "It is not in UTF-8 (line 2)")):
        refused = bring(client, "accounts", raw)
        assert refused.status_code == 422
        assert why in words(refused)
    assert not CsvImport.objects.exists()


def test_an_import_is_nobodys_who_may_not_import_and_its_columns_are_its_owners(client: Any) -> None:
    job = checked(client, "accounts", "Account\nCoral\n", "name")
    seller, colleague = client_of(make_user("ae")), client_of(make_user("cro"))
    for address in (job.get_absolute_url(), reverse("csv_new", args=["accounts"])):
        assert (seller.get(address).status_code, colleague.get(address).status_code) == (404, 200)
    assert colleague.get(reverse("csv_columns", args=[job.pk])).status_code == 404
    assert reverse("csv_new", args=["accounts"]) in words(client.get("/accounts/"))
    assert reverse("csv_new", args=["accounts"]) not in words(seller.get("/accounts/"))


def test_files_nobody_began_and_rows_of_long_ago_are_forgotten(client: Any, clock: Any) -> None:
    begun = checked(client, "accounts", "Account\nCoral\n", "name")
    begin(client, begun)
    left = checked(client, "accounts", "Account\nSand\n", "name")
    clock.forward(days=6)
    forget_old()
    assert CsvImport.objects.filter(pk=left.pk).exists(), "a colleague may have to look at it first"
    clock.forward(days=2)
    importing.work()
    assert CsvImport.objects.filter(pk=left.pk).exists(), "who looks for work every second does not look for this"
    forget_old()
    assert not CsvImport.objects.filter(pk=left.pk).exists()
    assert begun.rows.exists()
    clock.forward(days=30)
    forget_old()
    assert not begun.rows.exists()
    assert "The rows are no longer kept" in words(client.get(begun.get_absolute_url()))
