"""What is wrong with a handbook pack, what it leaves empty, and what it holds that nobody asks for. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final
from zoneinfo import available_timezones

from fleetcs.handbook_texts import (
    ENTRIES,
    OPEN_SECTIONS,
    PERSON_KEYS,
    POSTS,
    TEXT_KEYS,
    TEXTS,
    TOP_KEYS,
    is_code,
    known_variables,
    trouble,
)
from fleetcs.texts import faults

type Pack = Mapping[str, Any]

NO_CODE: Final = "The key has signs other than a-z, 0-9, - and _."
POSITIONS: Final = ("off", "watch", "act")
LONGEST: Final = {"name": 120, "email": 254, "slack_id": 32, "github": 60, "phone": 40, "subject": 200, "link": 500}
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def problems(pack: Pack, automations: Collection[str]) -> list[str]:
    """One line each: "wrong" and "unknown" keep a pack from being loaded, "empty" does not."""
    return list(_misshapen(pack)) or [*_wrong(pack), *_unknown(pack, automations), *_empty(pack)]


# --- wrong ------------------------------------------------------------------------------------------------------------
def _misshapen(pack: Pack) -> Iterator[str]:
    """What could not even be read; when there is any of it nothing else is looked at."""
    for section in (*ENTRIES, "texts", "automations"):
        if not isinstance(pack.get(section) or {}, Mapping):
            yield f"wrong: {section} holds no mapping"
    people = pack.get("people") or []
    if not isinstance(people, list) or not all(isinstance(one, Mapping) for one in people):
        yield "wrong: people is no list of mappings"
    texts = pack.get("texts")
    for code, text in texts.items() if isinstance(texts, Mapping) else ():
        if not isinstance(text or {}, Mapping):
            yield f"wrong: texts.{code} holds no mapping"


def _wrong(pack: Pack) -> Iterator[str]:
    for section in ENTRIES:
        for code, value in (pack.get(section) or {}).items():
            if reason := trouble(section, value) if is_code(code) else NO_CODE:
                yield f"wrong: {section}.{code}: {reason}"
    for code, text in (pack.get("texts") or {}).items():
        yield from (f"wrong: texts.{code}: {reason}" for reason in _wrong_in_text(pack, code, text or {}))
    for person in pack.get("people") or []:
        yield from (f"wrong: people.{person.get('email')}: {reason}" for reason in _wrong_in_person(person))
    yield from _twice(pack)


def _wrong_in_text(pack: Pack, code: Any, text: Pack) -> Iterator[str]:
    known = next((one for one in TEXTS if one.code == code), None)
    use = text.get("use") or (known.use if known else "reply")
    required = text.get("required", list(known.required) if known else [])
    if not is_code(code):
        yield NO_CODE
    elif use not in {"reply", "automation"} or not _are_words(required) or not _are_words(text.get("tiers") or []):
        yield "`use` is reply or automation; `required` and `tiers` are lists of words."
    elif too_long := [name for name in TEXT_KEYS - {"required", "tiers"} if not _fits(name, text.get(name))]:
        yield f"No text, or too long: {', '.join(sorted(too_long))}."
    else:
        links = {*ENTRIES["links"], *(pack.get("links") or {})}
        subject, body = text.get("subject") or "", text.get("body") or ""
        yield from faults(subject, body, required=required, known=known_variables(code, use, links))


def _wrong_in_person(person: Pack) -> Iterator[str]:
    if not person.get("name") or not _MAIL.fullmatch(str(person.get("email") or "")):
        yield "A person needs a name and a mail address."
    for name in PERSON_KEYS - {"posts", "history"}:
        if not _fits(name, person.get(name)):
            yield f"`{name}` is no text, or too long."
    if person.get("zone") and person["zone"] not in available_timezones():
        yield f"There is no time zone {person['zone']}."
    if not isinstance(person.get("posts") or [], list):
        yield "`posts` is a list."
    yield from (f"No holding of a post: {post}." for post in _posts(person) if not _is_holding(post))


def _posts(person: Pack) -> list[Any]:
    posts = person.get("posts")
    return posts if isinstance(posts, list) else []


def _is_holding(post: Any) -> bool:
    """A post's code, or `{post, from, to, backup}` with days."""
    if not isinstance(post, Mapping):
        return isinstance(post, str) and post in POSTS
    days = [post[name] for name in ("from", "to") if post.get(name) is not None]
    if post.get("post") not in POSTS or not set(post) <= {"post", "from", "to", "backup"}:
        return False
    return all(type(day) is date for day in days) and days == sorted(days)


def _twice(pack: Pack) -> Iterator[str]:
    """Two people cannot share an address or a Slack id."""
    for name in ("email", "slack_id"):
        values = Counter(str(one[name]).lower() for one in pack.get("people") or [] if one.get(name))
        yield from (
            f"wrong: people: {name} {value} stands there {times} times" for value, times in values.items() if times > 1
        )


def _fits(name: str, value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST.get(name, 20_000) and "\0" not in value)


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(is_code(one) for one in value)


# --- unknown ----------------------------------------------------------------------------------------------------------
def _unknown(pack: Pack, automations: Collection[str]) -> Iterator[str]:
    yield from (f"unknown section: {name}" for name in pack if name not in TOP_KEYS)
    for section, known in ENTRIES.items():
        extra = set(pack.get(section) or {}) - set(known) if section not in OPEN_SECTIONS else set()
        yield from (f"unknown key: {section}.{name}" for name in sorted(map(str, extra)))
    for code, text in (pack.get("texts") or {}).items():
        yield from _unknown_in_text(code, text or {})
    for person in pack.get("people") or []:
        yield from (f"unknown key: people.{person.get('email')}.{key}" for key in person if key not in PERSON_KEYS)
    for code, position in (pack.get("automations") or {}).items():
        if code not in automations or position not in POSITIONS:
            yield f"unknown: automations.{code}: {position}"


def _unknown_in_text(code: Any, text: Pack) -> Iterator[str]:
    # A reply template of the company's own is welcome; an automatic message nobody sends is a mistake.
    if text.get("use") == "automation" and code not in {one.code for one in TEXTS if one.use == "automation"}:
        yield f"unknown key: texts.{code}"
    yield from (f"unknown key: texts.{code}.{key}" for key in text if key not in TEXT_KEYS)


# --- empty ------------------------------------------------------------------------------------------------------------
def _empty(pack: Pack) -> Iterator[str]:
    for section, known in ENTRIES.items():
        given = pack.get(section) or {}
        yield from (f"empty: {section}.{name}" for name in known if given.get(name) in (None, "", [], {}))
    texts = pack.get("texts") or {}
    yield from (f"empty: texts.{text.code}" for text in TEXTS if not (texts.get(text.code) or {}).get("body"))
    held = {_code_of(post) for one in pack.get("people") or [] for post in _posts(one)}
    yield from (f"empty: nobody holds {code}" for code in sorted(POSTS - held))


def _code_of(post: Any) -> Any:
    """The post somebody holds now; a former holding leaves it empty."""
    if not isinstance(post, Mapping):
        return post if isinstance(post, str) else None
    return post.get("post") if post.get("to") is None and isinstance(post.get("post"), str) else None
