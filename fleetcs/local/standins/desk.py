"""What people and tests ask of the stand-ins: the journal, the knobs, a page to read, a form to write as a customer."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from fleetcs import clock
from fleetcs.local.standins import outgoing, pages
from fleetcs.local.standins.salesforce import pages as records
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.wire import Answer, Call, answer, page
from fleetcs.local.standins.world import World

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LONGEST_WAIT = 30.0


def answer_to(world: World, call: Call) -> Answer:
    """The page or the JSON asked for; foreign names (DNS rebinding) and foreign pages' forms are refused."""
    asked, asking = f"//{call.headers.get('host', '')}", call.headers.get("origin", "//localhost")
    if not {urlsplit(asked).hostname, urlsplit(asking).hostname} <= LOOPBACK:
        return answer({"error": "host"}, 421)
    act = ROUTES.get((call.method, call.path))
    return act(world, call) if act else page("Nothing here.", "text/plain", 404)


def _index(world: World, call: Call) -> Answer:
    return page(pages.index(world.shown(), call.values.get("told", "")))


def _style(world: World, call: Call) -> Answer:
    return page(pages.STYLE, "text/css; charset=utf-8")


def _journal(world: World, call: Call) -> Answer:
    asked = call.values
    wait = min(float(asked.get("wait") or 0), LONGEST_WAIT)
    at_least = int(asked.get("at_least") or 0)
    return answer(world.journal.seen(asked.get("service", ""), asked.get("path", ""), at_least, wait))


def _state(world: World, call: Call) -> Answer:
    return answer(world.shown())


def _knobs(world: World, call: Call) -> Answer:
    return answer({name: vars(faults.knobs) for name, faults in world.faults.items()})


def _turn(world: World, call: Call) -> Answer:
    try:
        with world.lock:
            for service, knobs in _object(call).items():
                world.faults[service].set(knobs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return answer({"error": str(error)}, 422)
    return _knobs(world, call)


def _release(world: World, call: Call) -> Answer:
    with world.lock:
        for faults in world.faults.values():
            faults.release()
    return answer({"released": True})


def _reset(world: World, call: Call) -> Answer:
    world.reset()
    return answer({"reset": True})


def _clock(world: World, call: Call) -> Answer:
    """Tests move the clock in a file of their own each; ours is to be the same."""
    settings.CLOCK_FILE = str(_object(call)["file"])
    return answer({"now": clock.now().isoformat()})


def _said(world: World, call: Call) -> Answer:
    """Only remember that a person wrote something; whoever asks sends the event itself."""
    return answer(world.said(_object(call)))


def _github(world: World, call: Call) -> Answer:
    """What people and time do at GitHub beyond its API: rows as they shall be, and how much is allowed."""
    given = _object(call)
    try:
        world.let_be(given.get("facts", []))
        with world.lock:
            vars(world.github.limits).update(_known_limits(given.get("limits", {})))
    except (TypeError, ValueError, AttributeError) as error:
        return answer({"error": str(error)}, 422)
    return answer(world.github.shown())


def _zendesk(world: World, call: Call) -> Answer:
    """What people have written at Zendesk: rows of its tickets, comments and users."""
    try:
        world.at_zendesk(_object(call))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        return answer({"error": str(error)}, 422)
    return answer({"kept": True})


def _counted(world: World, call: Call) -> Answer:
    """How many of the calls that GitHub allows have been counted."""
    with world.lock:
        return answer({"used": world.github.limits.used})


def _known_limits(given: dict[str, int]) -> dict[str, int]:
    if unknown := set(given) - {"core", "search", "content"}:
        raise ValueError(f"no such limit: {', '.join(sorted(unknown))}")
    return given


def _say(world: World, call: Call) -> Answer:
    """The form of the index page: a person writes, the product hears of it."""
    fact = world.said(call.values)
    status = outgoing.event(outgoing.Target.from_environment(), fact)
    told = f"The product answered {status}." if status else "The product did not answer."
    return Answer(303, headers={"Location": f"/?told={told.replace(' ', '+')}"})


def _records(world: World, call: Call) -> Answer:
    with world.lock:
        return page(records.page(world.salesforce.org.records, call.values))


def _rows(world: World, call: Call) -> Answer:
    """Every record of one object, deleted ones too."""
    with world.lock:
        return answer(list(world.salesforce.org.records.rows[str(call.values.get("object"))].values()))


def _act(world: World, call: Call) -> Answer:
    """Something done in Salesforce by people; what is refused there is said here."""
    try:
        return answer(world.acted(_object(call)))
    except (Refused, ValueError, KeyError) as error:
        return answer({"error": getattr(error, "message", str(error))}, 422)


def _edit(world: World, call: Call) -> Answer:
    """The form of a record's page: a person changes one field in Salesforce."""
    object, id, name = (str(call.values.get(key) or "") for key in ("object", "id", "field"))
    try:
        field = world.salesforce.org.records.shapes[object.lower()].fields[name.lower()]
        value = records.value_of(field, str(call.values.get("value") or ""))
        world.acted({"act": "edit", "object": object, "id": id, "set": {field.name: value}})
        told = f"{field.label} is changed."
    except (Refused, ValueError, KeyError) as error:
        told = f"Refused: {getattr(error, 'message', 'no such field or value')}"
    asked = urlencode({"object": object, "id": id, "told": told})
    return Answer(303, headers={"Location": f"/salesforce?{asked}"})


def _object(call: Call) -> dict[str, Any]:
    """JSON only: a foreign page cannot send that without being asked first."""
    if not call.headers.get("content-type", "").startswith("application/json"):
        return {}
    said = json.loads(call.body or b"{}")
    return said if isinstance(said, dict) else {}


ROUTES: dict[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/"): _index,
    ("GET", "/style.css"): _style,
    ("GET", "/journal"): _journal,
    ("GET", "/state"): _state,
    ("GET", "/knobs"): _knobs,
    ("POST", "/knobs"): _turn,
    ("POST", "/release"): _release,
    ("POST", "/reset"): _reset,
    ("POST", "/clock"): _clock,
    ("POST", "/said"): _said,
    ("POST", "/say"): _say,
    ("GET", "/salesforce"): _records,
    ("GET", "/salesforce/rows"): _rows,
    ("POST", "/salesforce"): _act,
    ("POST", "/salesforce/edit"): _edit,
    ("POST", "/github"): _github,
    ("GET", "/github"): _counted,
    ("POST", "/zendesk"): _zendesk,
}
