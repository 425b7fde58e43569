"""The history of a ticket in words: what each verb did, from the facts it wrote down. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from support.kinds import Level, Outcome, Source
from support.outside_system import NAMES

type People = Mapping[int, str]
type Told = tuple[str, str]  # what was done, and the rest of it

SILENT: Final = frozenset({"answered", "noted", "reply_logged"})  # the message itself stands in the timeline
SIMPLE: Final[dict[str, str]] = {
    "account_linked": "said whose ticket it is",
    "bug_approved": "read the bug report and approved it",
    "bug_filed": "filed the bug",
    "bug_given_up": "said that it is no bug after all",
    "bug_linked": "linked it to an issue that was there",
    "bug_refused": "the bug report was refused",
    "bug_suspected": "suspects a bug",
    "bug_withdrawn": "moved the bug report to another repository: its approval is withdrawn",
    "follow_up_done": "finished a follow-up",
    "follow_up_opened": "opened a follow-up",
    "issue_linked": "linked an issue",
    "issue_unlinked": "unlinked an issue",
    "miss_explained": "gave the cause of a miss",
    "no_reply_needed": "said that no reply is needed",
    "reopened": "reopened it",
}
MADE_BY_HAND: Final[dict[str, str]] = {Source.STAFF_FLAG: "flagged the thread", Source.MANUAL: "wrote it down"}
ALERTS: Final[dict[str, str]] = {
    "at_risk": "a promise is at risk",
    "target": "the earlier target has passed",
    "missed": "the promise is missed",
    "unconfirmed": "nobody has confirmed the priority",
}
FIELDS: Final[dict[str, str]] = {"level": "support level", "paused_reason": "waiting"}


def words(verb: str, facts: Mapping[str, Any], people: People) -> Told:
    """("set the priority to P0", "from P2 · because …"); a verb nobody described reads as itself."""
    told = TOLD.get(verb)
    if told is not None:
        return told(facts, people)
    return SIMPLE.get(verb, verb.replace("_", " ")), _reason(facts)


def _reason(facts: Mapping[str, Any]) -> str:
    parts = [str(facts[name]) for name in ("because", "reason", "cause", "link") if facts.get(name)]
    return " · ".join(part.replace("_", " ") if part.isidentifier() else part for part in parts)


def _priority(facts: Mapping[str, Any], people: People) -> Told:
    before, after = facts.get("before"), facts.get("after")
    done = f"confirmed the priority {after}" if before == after else f"set the priority from {before} to {after}"
    reason = f"“{facts['reason']}”" if facts.get("reason") else ""
    parts = [reason, _worsened(facts), _missed(facts)]
    return done, " · ".join(part for part in parts if part)


def _worsened(facts: Mapping[str, Any]) -> str:
    return f"impact worsened at {_moment(facts['worsened_at'])}" if facts.get("worsened_at") else ""


def _missed(facts: Mapping[str, Any]) -> str:
    return "missed before triage" if facts.get("missed_before_triage") else ""


def _moment(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M %Z}"


def _assigned(facts: Mapping[str, Any], people: People) -> Told:
    to = facts.get("after")
    return ("left it to nobody", "") if to is None else (f"assigned it to {people.get(to, 'a colleague')}", "")


def _received(facts: Mapping[str, Any], people: People) -> Told:
    code = facts.get("source", "")
    source = "" if code in MADE_BY_HAND else dict(Source.choices).get(code, "")
    parts = (source, facts.get("tier", "").capitalize(), facts.get("priority") or "")
    return MADE_BY_HAND.get(code, "received"), " · ".join(part for part in parts if part)


def _resolved(facts: Mapping[str, Any], people: People) -> Told:
    outcome = dict(Outcome.choices).get(facts.get("outcome", ""), "")
    return "resolved it", f"documentation: {outcome.lower()}" if outcome else ""


def _changed(facts: Mapping[str, Any], people: People) -> Told:
    before, after = facts.get("before", {}), facts.get("after", {})
    if set(after) == {"paused_reason"}:
        return ("marked it as waiting", after["paused_reason"]) if after["paused_reason"] else ("ended the waiting", "")
    names = [FIELDS.get(name, name.replace("_", " ")) for name in after]
    return f"changed {', '.join(names) or 'it'}", _steps(before, after)


def _steps(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    plain = [name for name in after if isinstance(after[name], str) and name != "details"]
    return ", ".join(f"{_shown(before.get(name))} → {_shown(after[name])}" for name in plain)


def _shown(value: Any) -> str:
    return dict(Level.choices).get(value, str(value or "nothing"))


def _described(facts: Mapping[str, Any], people: People) -> Told:
    return "filled in details", ", ".join(facts.get("fields", []))


def _merged(facts: Mapping[str, Any], people: People) -> Told:
    return f"merged it into ticket #{facts.get('into')}", ""


def _took_over(facts: Mapping[str, Any], people: People) -> Told:
    return f"merged ticket #{facts.get('duplicate')} into this one", ""


def _alerted(facts: Mapping[str, Any], people: People) -> Told:
    """Who was told of a clock; the page's automatic author stands in front of it."""
    names = (
        ", ".join(people.get(pk, "a colleague") for pk in facts.get("people") or []) or "nobody, since nobody has it"
    )
    threshold = str(facts.get("threshold", ""))
    return f"told {names}:", ALERTS.get(threshold, "still unanswered after the due moment")


def _recounted(facts: Mapping[str, Any], people: People) -> Told:
    due = facts.get("due_at")
    return "counted anew after a correction", f"due {_moment(due)}" if due else "nothing is promised any more"


def _imported(facts: Mapping[str, Any], people: People) -> Told:
    system = NAMES.get(str(facts.get("system", "")), "another ticket system")
    done = "taken over from" if facts.get("how") == "made" else "joined by"
    counted = "" if facts.get("counted") else "what was settled there counts in no figure"
    return f"{done} {system} {facts.get('id', '')}", counted


def _closed_outside(facts: Mapping[str, Any], people: People) -> Told:
    return f"it was closed in {NAMES.get(str(facts.get('system', '')), 'another ticket system')}", ""


def _related(facts: Mapping[str, Any], people: People) -> Told:
    return f"linked it to ticket #{facts.get('to')}", ""


def _unrelated(facts: Mapping[str, Any], people: People) -> Told:
    return f"took the link to ticket #{facts.get('to')} away", ""


TOLD: Final = {
    "priority_set": _priority,
    "assigned": _assigned,
    "received": _received,
    "resolved": _resolved,
    "ticket_changed": _changed,
    "details_changed": _described,
    "merged": _merged,
    "took_over": _took_over,
    "alert_fired": _alerted,
    "recounted": _recounted,
    "imported": _imported,
    "closed_outside": _closed_outside,
    "related": _related,
    "unrelated": _unrelated,
}
