"""The handbook pack and its pages: names, numbers and texts are data that a company loads, refuses and gets back."""

import re
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from ruamel.yaml import YAML

from fleetcs import pack, texts
from fleetcs.forms.handbook import written
from fleetcs.handbook_texts import VARIABLES, trouble
from fleetcs.local.demo import PACK
from fleetcs.models import Automation, HandbookChange, HandbookEntry, MessageText, Post, RoleHolding, User
from fleetcs.posts import MAY, Group
from support.views.templates import values_for
from tests.factories import make_account, make_ticket, make_user
from tests.fleetcs.test_people import GROUPS, signed_in
from tests.house import source

pytestmark = pytest.mark.django_db

type Shipped = dict[str, Any]


def shipped() -> Shipped:
    """The pack that ships, read anew."""
    return dict(YAML(typ="safe").load(PACK.read_text()))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[object], str]:
    """Write a pack to a file and give its path."""

    def file(given: object) -> str:
        path = tmp_path / "pack.yaml"
        if isinstance(given, str):
            path.write_text(given)
        else:
            YAML().dump(given, path)
        return str(path)

    return file


def loaded(file: str, **options: Any) -> str:
    out = StringIO()
    call_command("load_handbook", file, stdout=out, **options)
    return out.getvalue()


# --- what ships -------------------------------------------------------------------------------------------------------
def test_the_pack_that_ships_lacks_nothing_and_holds_nothing_unknown() -> None:
    assert loaded(str(PACK), check=True) == "Nothing is empty, nothing is unknown.\n"


@pytest.mark.ledger("DIR-01", "DIR-02")
def test_everybody_and_everything_in_it_is_made_up() -> None:
    people = shipped()["people"]
    assert {person["email"].rpartition("@")[2] for person in people} == {"lanternfish.example"}
    hosts = re.findall(r"https?://([^/\s\"]+)", PACK.read_text())
    assert [host for host in hosts if not host.endswith(".example")] == []
    numbers = [*(person["phone"] for person in people), *shipped()["phones"].values()]
    assert [number for number in numbers if not re.fullmatch(r"\+1 555 01\d\d", number)] == []


@pytest.mark.ledger("TPL-08")
def test_nothing_that_ships_holds_broken_characters() -> None:
    files = [PACK, *(module.path for module in source.product() if module.name != "fleetcs/texts.py")]
    assert [path.name for path in files if texts.is_broken(path.read_text())] == []


LABELS = "support/github_labels.py"  # labels at GitHub, which REQ-11 names; some are called like a channel


@pytest.mark.ledger("DIR-04")
def test_no_channel_of_the_handbook_is_named_in_the_code() -> None:
    names = sorted(shipped()["channels"])
    found = [
        (module.name, name)
        for module in source.product()
        if module.name != LABELS
        for name in names
        if f'"{name}' in module.text or f"#{name}" in module.text
    ]
    assert found == []


@pytest.mark.ledger("DIR-04")
def test_names_of_channels_stand_in_one_place_and_what_is_asked_where_refers_to_them() -> None:
    given = shipped()
    asked = {value for code, value in given["aliases"].items() if code.startswith("ask_") or code == "prospects"}
    assert asked <= set(given["channels"])


# --- loading ----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DIR-02", "DIR-05")
def test_loading_twice_changes_nothing_and_the_newest_holder_is_found() -> None:
    for _ in range(2):
        loaded(str(PACK))
    people = shipped()["people"]
    assert User.objects.count() == len(people)
    assert RoleHolding.objects.count() == sum(len(person.get("posts", [])) for person in people)
    assert HandbookChange.objects.count() == len([text for text in shipped()["texts"].values() if text.get("body")])
    holder = Post.objects.get(pk="vp_cs").holder()
    assert holder
    assert holder.email == next(person["email"] for person in people if "vp_cs" in person.get("posts", []))
    stands = dict(Automation.objects.values_list("code", "position"))
    assert stands == dict.fromkeys(stands, "watch") | shipped()["automations"]


def test_loading_again_keeps_when_an_entry_was_changed_last(write: Callable[[object], str], clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    loaded(str(PACK))
    before = set(HandbookEntry.objects.values_list("section", "code", "changed_at"))
    clock("2026-01-13T10:00:00-08:00")
    loaded(write({"phones": {"support": "+1 555 0198"}}))
    loaded(write(shipped() | {"phones": {"support": "+1 555 0198"}}))
    changed = set(HandbookEntry.objects.values_list("section", "code", "changed_at")) - before
    assert {one[:2] for one in changed} == {("phones", "support")}


def test_what_a_pack_leaves_out_stays_as_it_is(write: Callable[[object], str]) -> None:
    loaded(str(PACK))
    before = pack.dump()
    loaded(write({"phones": {}}))
    assert pack.dump() == before


@pytest.mark.ledger("DIR-01", "DIR-03")
def test_former_holders_are_history_and_route_nothing(write: Callable[[object], str]) -> None:
    former = {
        "name": "Hollis Vane",
        "email": "hollis@lanternfish.example",
        "github": "hollis",
        "history": True,
        "posts": [{"post": "vp_cs", "from": date(2023, 1, 1), "to": date(2024, 6, 1)}],
    }
    now = {
        "name": "Ada Bergmann",
        "email": "ada@lanternfish.example",
        "posts": [{"post": "vp_cs", "from": date(2024, 6, 1)}],
    }
    for _ in range(2):
        loaded(write({"people": [former, now]}))
    assert list(User.objects.holding("vp_cs").values_list("name", flat=True)) == ["Ada Bergmann"]
    assert list(User.objects.holding("vp_cs", date(2023, 5, 1))) == []  # they have left: nothing goes to them any more
    held = RoleHolding.objects.get(user__github="hollis")
    assert (held.post.name, held.to_on) == ("VP of Customer Success", date(2024, 6, 1))


def test_a_post_that_was_given_here_is_neither_doubled_nor_taken(write: Callable[[object], str]) -> None:
    someone = make_user("cse", email="ada@lanternfish.example")
    someone.holdings.update(from_on=date(2025, 1, 1))
    loaded(write({"people": [{"name": "Ada", "email": "ADA@lanternfish.example", "posts": ["cse", "csa"]}]}))
    assert sorted(someone.holdings.values_list("post", flat=True)) == ["csa", "cse"]
    assert someone.holdings.get(post="cse").from_on == date(2025, 1, 1)


def test_what_is_dumped_loads_to_the_same(tmp_path: Path) -> None:
    loaded(str(PACK))
    left = make_user(None, name="Hollis Vane", is_active=False)
    RoleHolding.objects.create(user=left, post_id="ceo", from_on=date(2021, 1, 1), to_on=date(2022, 1, 1), backup=True)
    HandbookEntry.objects.filter(code="support").update(value='yes: "no" # {braces} \N{SNOWMAN}')
    before, file = pack.dump(), str(tmp_path / "dump.yaml")
    call_command("dump_handbook", file)
    for model in (RoleHolding, User, HandbookEntry, HandbookChange, MessageText):
        model.objects.all().delete()
    loaded(file)
    assert pack.dump() == before
    assert loaded(file, check=True).startswith("Nothing")


# --- what is refused --------------------------------------------------------------------------------------------------
def test_a_check_lists_what_is_empty_and_unknown_and_loads_nothing(write: Callable[[object], str]) -> None:
    given = shipped()
    given["phones"]["support"] = ""
    given["links"]["nobody_asks"] = "https://x.example"
    given["surprise"] = {}
    given["texts"]["issue_link"]["colour"] = "blue"
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("load_handbook", write(given), check=True, stdout=out)
    assert refused.value.returncode == 1
    assert sorted(out.getvalue().splitlines()) == [
        "empty: phones.support",
        "unknown key: links.nobody_asks",
        "unknown key: texts.issue_link.colour",
        "unknown section: surprise",
    ]
    assert not User.objects.exists()
    with pytest.raises(CommandError, match="unknown"):
        loaded(write(given))


def test_an_empty_pack_lacks_everything_and_loads() -> None:
    assert [line for line in pack.problems({}) if not line.startswith("empty")] == []
    assert "empty: nobody holds vp_cs" in pack.problems({})
    pack.load({})


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "just words",
        "- a\n- list",
        "a: [1",
        "a: 1\na: 2",
        "x: &a [*a]",
        "x: !!python/object:os.system {}",
        "a:\tb: c",
        "[" * 5000,
        "people: 2026-13-45",
        "a: *nobody",
        "\x00",
    ],
)
def test_a_file_that_is_no_pack_is_one_clear_line(broken: str, write: Callable[[object], str]) -> None:
    with pytest.raises(CommandError) as refused:
        loaded(write(broken))
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_missing_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        loaded(str(tmp_path / "none.yaml"))
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    with pytest.raises(CommandError, match="cannot be read"):
        loaded(str(tmp_path / "latin.yaml"))


def test_a_broken_file_says_on_which_line(write: Callable[[object], str]) -> None:
    with pytest.raises(CommandError, match=r"line \d"):
        loaded(write("people: []\nlinks:\n  a: [1\nb: 2"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"people": {"a": 1}}, "people is no list"),
        ({"links": ["https://x.example"]}, "links holds no mapping"),
        ({"texts": {"issue_link": "words"}}, "texts.issue_link holds no mapping"),
        ({"links": {"expectations": "javascript:alert(1)"}}, "web address"),
        ({"pages": {"definition_p0": 5}}, "Give a text"),
        ({"escalations": {"sla": "cse"}}, "list of posts"),
        ({"escalations": {"sla": [{"threshold": "missed", "post": "emperor"}]}}, "list of posts"),
        ({"missions": {"sales": "To sell."}}, "year and a text"),
        ({"dris": {"x": "emperor"}}, "code of a post"),
        ({"people": [{"name": "A"}]}, "name and a mail address"),
        ({"people": [{"name": "A", "email": "a@x.example", "posts": ["emperor"]}]}, "No holding"),
        ({"people": [{"name": "A", "email": "a@x.example", "posts": [{"post": "cse", "from": "soon"}]}]}, "No holding"),
        ({"people": [{"name": "A", "email": "a@x.example", "zone": "Mars/Olympus"}]}, "no time zone"),
        ({"people": [{"name": "A", "email": "a@x.example"}, {"name": "B", "email": "A@x.example"}]}, "2 times"),
        ({"automations": {"sla_alerts": "perhaps"}}, "unknown: automations.sla_alerts"),
        ({"texts": {"issue_link": {"body": "no variable"}}}, "must hold {link}"),
        ({"texts": {"issue_link": {"body": "{link} {moon_phase}"}}}, "moon_phase"),
        ({"texts": {"after_hours_notice": {"body": "{username} {opens} {closes} {company_name}"}}}, "company_name"),
        ({"texts": {"welcome_email": {"body": "Iâ€™m here"}}}, "broken characters"),
        ({"texts": {"welcome_email": {"body": "{"}}}, "single {"),
        ({"pages": {"definition_p0": "â‰¤ 4 hours"}}, "broken characters"),
        ({"texts": {"our own": {"body": "x"}}}, "signs other than"),
    ],
)
def test_a_pack_with_a_mistake_is_refused_whole(given: Shipped, reason: str, write: Callable[[object], str]) -> None:
    with pytest.raises(CommandError) as refused:
        loaded(write({"phones": {"support": "+1 555 0100"}} | given))
    assert reason in str(refused.value)
    assert not HandbookEntry.objects.exists()
    assert not User.objects.exists()


# --- the pages --------------------------------------------------------------------------------------------------------
@pytest.fixture
def vp() -> Client:
    loaded(str(PACK))
    return signed_in("vp_cs")[0]


@pytest.mark.parametrize("group", Group)
def test_every_group_reads_the_handbook_and_those_who_keep_it_write(group: Group) -> None:
    client, _ = signed_in(GROUPS[group.value])
    text = reverse("text", args=["issue_link"])
    assert client.get(reverse("handbook")).status_code == 200
    assert client.get(text).status_code == 200
    may = group.value in MAY["text.edit"]
    assert client.post(text, {"subject": "", "body": "{link}"}).status_code == (302 if may else 404)
    assert client.get(reverse("entry", args=["phones", "support"])).status_code == (200 if may else 404)


def test_an_unknown_text_or_entry_is_404(vp: Client) -> None:
    assert vp.get(reverse("text", args=["nothing"])).status_code == 404
    assert vp.get(reverse("entry", args=["links", "nothing"])).status_code == 404
    assert vp.get(reverse("entry", args=["nothing", "nothing"])).status_code == 404


@pytest.mark.ledger("TPL-01", "TPL-03", "TPL-08")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Hello!", "must hold {company_name}"),
        ("{company_name} {moon_phase}", "moon_phase"),
        ("{company_name} {", "single"),
        ("{company_name} Iâ€™m sorry", "broken characters"),
        ("{company_name} \0", "Null"),
        ("x" * 10**6, "At most"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_with_the_reason(body: str, reason: str, vp: Client) -> None:
    answer = vp.post(reverse("text", args=["purchase_error"]), {"subject": "", "body": body})
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert "{company_name} team" in MessageText.objects.get(pk="purchase_error").body


def test_the_verb_refuses_it_too() -> None:
    with pytest.raises(ValidationError):
        MessageText.objects.get(pk="issue_link").rewrite(subject="", body="nothing", by=None)


def test_a_text_is_rewritten_once_and_its_former_wordings_stay_with_their_authors(vp: Client) -> None:
    url = reverse("text", args=["issue_link"])
    given = {"subject": "", "body": "Look: {link}\r\nThank you {first_name}", "form_token": "t"}
    for _ in range(2):
        assert vp.post(url, given).status_code == 302
    assert MessageText.objects.get(pk="issue_link").body == "Look: {link}\nThank you {first_name}"
    assert HandbookChange.objects.filter(text="issue_link").count() == 2
    page = vp.get(url).content.decode()
    assert "by the handbook pack" in page
    assert str(User.objects.get(holdings__post="vp_cs", name__startswith="Person")) in page


@pytest.mark.ledger("TPL-04")
def test_an_emptied_text_is_a_placeholder_and_shown_on_top(vp: Client) -> None:
    assert vp.post(reverse("text", args=["issue_link"]), {"subject": "", "body": ""}).status_code == 302
    page = vp.get(reverse("handbook")).content.decode()
    assert page.index("Link to an issue") < page.index("Acknowledgement of mail")


@pytest.mark.ledger("TPL-07")
@pytest.mark.parametrize("code", ["welcome_email", "deployment_checklist"])
def test_the_texts_for_a_new_customer_are_there_with_the_link_to_their_document(code: str, vp: Client) -> None:
    assert MessageText.objects.filter(pk=code, use="reply").exists()
    assert shipped()["texts"][code]["link"] in vp.get(reverse("text", args=[code])).content.decode()


@pytest.mark.ledger("TPL-03")
def test_the_full_list_of_templates_is_one_click_away(vp: Client) -> None:
    assert shipped()["links"]["response_templates"] in vp.get(reverse("handbook")).content.decode()


def test_what_an_answer_may_name_is_what_a_ticket_can_fill() -> None:
    loaded(str(PACK))
    values = values_for(make_ticket(make_account()), make_user())
    assert set(values) - set(shipped()["links"]) == VARIABLES


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ("escalations", "sla"),
        ("escalations", "alarms"),
        ("missions", "sales"),
        ("pages", "p0_flow_premium"),
        ("links", "department_request"),
    ],
)
def test_an_entry_of_any_shape_is_saved_unchanged_as_it_is_shown(section: str, code: str, vp: Client) -> None:
    row = HandbookEntry.objects.get(section=section, code=code)
    before = row.value
    vp.post(reverse("entry", args=[section, code]), {"value": written(before).replace("\n", "\r\n")})
    row.refresh_from_db()
    assert row.value == (before.strip() if isinstance(before, str) else before)


def test_an_order_that_nobody_has_loaded_is_written_as_a_list(vp: Client) -> None:
    HandbookEntry.objects.filter(section="escalations").delete()
    vp.post(reverse("entry", args=["escalations", "sla"]), {"value": "- {threshold: 90, post: cse}\n- csm"})
    assert HandbookEntry.objects.value("escalations", "sla") == [{"threshold": 90, "post": "cse"}, "csm"]


@pytest.mark.parametrize(
    ("section", "code", "value"),
    [
        ("escalations", "sla", "cse"),
        ("escalations", "sla", "- emperor"),
        ("escalations", "sla", "- 2026-01-01"),
        ("escalations", "sla", "[" * 15_000),
        ("escalations", "sla", "a: &a [*a]"),
        ("missions", "sales", "year: soon"),
        ("missions", "sales", "year: 2023\ntext: 2024-01-01"),
        ("links", "expectations", "javascript:alert(1)"),
        ("phones", "support", "x" * 30_000),
        ("phones", "support", "a\0b"),
        ("pages", "definition_p1", "Iâ€™m"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_with_the_reason(section: str, code: str, value: str, vp: Client) -> None:
    before = HandbookEntry.objects.value(section, code)
    assert vp.post(reverse("entry", args=[section, code]), {"value": value}).status_code == 422
    assert HandbookEntry.objects.value(section, code) == before


def test_who_changed_an_entry_and_what_it_was_before_is_shown(vp: Client) -> None:
    url = reverse("entry", args=["phones", "support"])
    vp.post(url, {"value": "+1 555 0177"})
    page = vp.get(url).content.decode()
    assert "Before: +1 555 0199" in page


@pytest.mark.parametrize("value", ["", None, [], {}])
def test_what_is_empty_is_missing_and_not_wrong(value: object) -> None:
    assert trouble("links", value) == trouble("escalations", value) == trouble("missions", value) == ""
