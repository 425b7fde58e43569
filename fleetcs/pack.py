"""The handbook pack: a YAML file with the names, links, numbers and texts of a company (R14). Safe to load again."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction

from fleetcs import clock
from fleetcs.handbook_texts import ENTRIES, OPEN_SECTIONS, PERSON_KEYS, TEXT_KEYS, TEXTS, TOP_KEYS
from fleetcs.models import Automation, HandbookEntry, MessageText, Post, RoleHolding, User

FIRST_DAY = date(2020, 1, 1)


def problems(pack: dict[str, Any]) -> list[str]:
    """What a pack leaves empty and what it holds that nobody asks for, one line each."""
    return [*_unknown(pack), *_empty(pack)]


def _unknown(pack: dict[str, Any]) -> Iterator[str]:
    yield from (f"unknown section: {name}" for name in pack if name not in TOP_KEYS)
    for section, known in ENTRIES.items():
        extra = set(pack.get(section) or {}) - set(known) if section not in OPEN_SECTIONS else set()
        yield from (f"unknown key: {section}.{name}" for name in sorted(extra))
    codes = {text.code for text in TEXTS}
    for code, text in (pack.get("texts") or {}).items():
        # A reply template of the company's own is welcome; an automatic message nobody sends is a mistake.
        if code not in codes and (text or {}).get("use") == "automation":
            yield f"unknown key: texts.{code}"
        yield from (f"unknown key: texts.{code}.{key}" for key in sorted(set(text or {}) - TEXT_KEYS))
    for person in pack.get("people") or []:
        yield from (f"unknown key: people.{person.get('email')}.{key}" for key in sorted(set(person) - PERSON_KEYS))


def _empty(pack: dict[str, Any]) -> Iterator[str]:
    for section, known in ENTRIES.items():
        given = pack.get(section) or {}
        yield from (f"empty: {section}.{name}" for name in known if given.get(name) in (None, "", [], {}))
    texts = pack.get("texts") or {}
    yield from (f"empty: texts.{text.code}" for text in TEXTS if not (texts.get(text.code) or {}).get("body"))
    held = {post if isinstance(post, str) else post["post"] for one in pack.get("people") or [] for post in
            one.get("posts") or []}
    yield from (f"empty: nobody holds {code}" for code in Post.objects.values_list("pk", flat=True) if code not in held)


@transaction.atomic
def load(pack: dict[str, Any]) -> None:
    """Write everything a pack holds; what it leaves out stays as it is. Raises Post.DoesNotExist for unknown posts."""
    for section in ENTRIES:
        for code, value in (pack.get(section) or {}).items():
            HandbookEntry.objects.update_or_create(
                section=section, code=code, defaults={"value": value, "changed_at": clock.now()}
            )
    for code, text in (pack.get("texts") or {}).items():
        load_text(code, text or {})
    for person in pack.get("people") or []:
        load_person(person)
    for code, position in (pack.get("automations") or {}).items():
        Automation.objects.filter(pk=code).update(position=position, changed_at=clock.now())


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
    subject, body = text.get("subject", row.subject), text.get("body", row.body)
    if (row.subject, row.body) != (subject, body):
        row.rewrite(subject=subject, body=body, by=None)


def load_person(given: dict[str, Any]) -> User:
    """A colleague with their posts; a post they hold already is left alone, none is ever taken away here."""
    email = given["email"].lower()
    person = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email, name=given["name"])
    for field in ("name", "slack_id", "github", "phone", "zone"):
        if given.get(field):
            setattr(person, field, given[field])
    person.save()
    for post in given.get("posts") or []:
        _hold(person, post if isinstance(post, dict) else {"post": post})
    return person


def _hold(person: User, post: dict[str, Any]) -> None:
    """`{post, from, to, backup}`; a former holding has a `to` and routes nothing."""
    from_on = post.get("from") or FIRST_DAY
    if not RoleHolding.objects.filter(user=person, post_id=post["post"], from_on=from_on).exists():
        person.take_post(
            Post.objects.get(pk=post["post"]), from_on=from_on, to_on=post.get("to"), backup=bool(post.get("backup"))
        )


def dump() -> dict[str, Any]:
    """The handbook as a pack that loads to the same."""
    return {
        "people": [_person(person) for person in User.objects.active().prefetch_related("holdings")],
        "automations": dict(Automation.objects.values_list("code", "position")),
        **{section: HandbookEntry.objects.section(section) for section in ENTRIES},
        "texts": {text.code: _text(text) for text in MessageText.objects.all()},
    }


def _person(person: User) -> dict[str, Any]:
    fields = {field: getattr(person, field) for field in ("slack_id", "github", "phone") if getattr(person, field)}
    return {"name": person.name, "email": person.email, "zone": person.zone, **fields,
            "posts": [_holding(holding) for holding in person.holdings.all()]}


def _holding(holding: RoleHolding) -> dict[str, Any]:
    given = {"post": holding.post_id, "from": holding.from_on}
    return given | ({"to": holding.to_on} if holding.to_on else {}) | ({"backup": True} if holding.backup else {})


def _text(text: MessageText) -> dict[str, Any]:
    return {key: getattr(text, key) for key in sorted(TEXT_KEYS) if getattr(text, key) not in ("", [])}
