"""The handbook pack: a YAML file with the names, links, numbers and texts of a company (R14). Safe to load again."""

from datetime import date
from typing import Any

from django.db import transaction

from fleetcs import clock, pack_check
from fleetcs.handbook_texts import ENTRIES, PERSON_KEYS, TEXT_KEYS, TEXTS
from fleetcs.models import Automation, HandbookEntry, MessageText, Post, RoleHolding, User

FIRST_DAY = date(2020, 1, 1)
ALWAYS = ("name", "zone")  # what nobody is without; the other fields a pack may also empty
FIELDS = sorted(PERSON_KEYS - {"email", "posts", "history", *ALWAYS})


def problems(pack: dict[str, Any]) -> list[str]:
    """What is wrong or unknown in a pack, and what it leaves empty, one line each."""
    return pack_check.problems(pack, set(Automation.objects.values_list("pk", flat=True)))


@transaction.atomic
def load(pack: dict[str, Any]) -> None:
    """Write everything a pack holds; what it leaves out stays as it is. Look for its `problems` first."""
    for section in ENTRIES:
        for code, value in (pack.get(section) or {}).items():
            load_entry(section, code, "" if value is None else value)
    for code, text in (pack.get("texts") or {}).items():
        load_text(code, text or {})
    for person in pack.get("people") or []:
        load_person(person)
    for code, position in (pack.get("automations") or {}).items():
        Automation.objects.filter(pk=code).exclude(position=position).update(position=position, changed_at=clock.now())


def load_entry(section: str, code: str, value: Any) -> None:
    """One entry; an unchanged one keeps the moment it was changed last."""
    if HandbookEntry.objects.section(section).get(code) != value:
        HandbookEntry.objects.update_or_create(
            section=section, code=code, defaults={"value": value, "changed_at": clock.now()}
        )


def load_text(code: str, text: dict[str, Any]) -> None:
    """One text: its wording is replaced, and the former one kept, only when it differs."""
    known = next((one for one in TEXTS if one.code == code), None)
    row, _ = MessageText.objects.get_or_create(
        code=code, defaults={"name": text.get("name") or (known.name if known else code)}
    )
    for field in TEXT_KEYS - {"subject", "body"}:
        if field in text:
            setattr(row, field, text[field])
    row.save()
    row.rewrite(subject=text.get("subject", row.subject), body=text.get("body", row.body), by=None)


def load_person(given: dict[str, Any]) -> User:
    """A colleague with their posts; `history: true` is somebody who has left. No post is ever taken away here."""
    email = given["email"].lower()
    person = User.objects.filter(email__iexact=email).first()
    person = person or User.objects.create_user(email, name=given["name"], is_active=not given.get("history"))
    changes = {field: given[field] or "" for field in FIELDS if field in given}
    for field, value in (changes | {field: given[field] for field in ALWAYS if given.get(field)}).items():
        setattr(person, field, value)
    person.save()
    for post in given.get("posts") or []:
        _hold(person, post if isinstance(post, dict) else {"post": post})
    return person


def _hold(person: User, post: dict[str, Any]) -> None:
    """`{post, from, to, backup}`; a former holding has a `to` and routes nothing. What they hold in that time stays."""
    from_on, to_on = post.get("from") or FIRST_DAY, post.get("to")
    known = RoleHolding.objects.filter(user=person, post_id=post["post"])
    if not known.filter(from_on=from_on).exists() and not known.overlapping(from_on, to_on).exists():
        named = Post.objects.get(pk=post["post"])
        person.take_post(named, from_on=from_on, to_on=to_on, backup=bool(post.get("backup")))


def dump() -> dict[str, Any]:
    """The handbook as a pack that loads to the same."""
    return {
        "people": [_person(person) for person in User.objects.prefetch_related("holdings")],
        "automations": dict(Automation.objects.order_by("code").values_list("code", "position")),
        **{section: HandbookEntry.objects.section(section) for section in ENTRIES},
        "texts": {text.code: _text(text) for text in MessageText.objects.order_by("code")},
    }


def _person(person: User) -> dict[str, Any]:
    fields = {field: getattr(person, field) for field in ("slack_id", "github", "phone") if getattr(person, field)}
    left = {} if person.is_active else {"history": True}
    return {
        "name": person.name,
        "email": person.email,
        "zone": person.zone,
        **fields,
        **left,
        "posts": [_holding(holding) for holding in person.holdings.all()],
    }


def _holding(holding: RoleHolding) -> dict[str, Any]:
    given = {"post": holding.post_id, "from": holding.from_on}
    return given | ({"to": holding.to_on} if holding.to_on else {}) | ({"backup": True} if holding.backup else {})


def _text(text: MessageText) -> dict[str, Any]:
    return {key: getattr(text, key) for key in sorted(TEXT_KEYS) if getattr(text, key) not in ("", [])}
