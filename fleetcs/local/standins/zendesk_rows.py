"""What the demo's firm left behind in Zendesk before it changed systems: a handful of old tickets to import."""

from typing import Any, Final

Row = dict[str, Any]

AGENT: Final = 900
# who asked (name, organization, domain), subject, status, priority, what was asked, what was answered
OLD: Final = (
    ("Iris Vale", "Tidewrack Shipping", "tidewrackshipping.example", "Agents do not update", "closed", "high"),
    ("Noor Kaya", "Verdigris Bank", "verdigrisbank.example", "Policy is shown as failing", "closed", "normal"),
    ("Emil Frost", "Nobody We Know", "elsewhere.example", "How do I export the inventory?", "solved", "low"),
    ("Iris Vale", "Tidewrack Shipping", "tidewrackshipping.example", "Certificate has expired", "closed", "urgent"),
    ("Noor Kaya", "Verdigris Bank", "verdigrisbank.example", "Sign-in takes a minute", "pending", "normal"),
    ("Emil Frost", "Nobody We Know", "elsewhere.example", "An old spam message", "deleted", None),
)


def rows() -> dict[str, list[Row]]:
    """Users, organizations, tickets and comments, as the API has them."""
    people = sorted({(name, firm, domain) for name, firm, domain, *_ in OLD})
    ids = {person: number for number, person in enumerate(people, 1)}
    tickets = [_ticket(number, ids, *each) for number, each in enumerate(OLD, 1)]
    agent = {"id": AGENT, "name": "Tamsin Okafor", "email": "tamsin.okafor@lanternfish.example", "role": "agent"}
    return {
        "users": [*(_user(pk, *person) for person, pk in ids.items()), agent],
        "organizations": [{"id": pk, "name": firm} for (_, firm, _), pk in ids.items()],
        "tickets": tickets,
        "comments": [comment for ticket in tickets for comment in _comments(ticket)],
    }


def _user(pk: int, name: str, firm: str, domain: str) -> Row:
    return {"id": pk, "name": name, "email": f"{name.split()[0].lower()}@{domain}", "role": "end-user"}


def _ticket(number: int, ids: Any, name: str, firm: str, domain: str, subject: str, *state: str | None) -> Row:
    pk = ids[(name, firm, domain)]
    return {
        "id": 1200 + number,
        "subject": subject,
        "raw_subject": subject,
        "description": f"{subject}. Can you help?",
        "status": state[0],
        "priority": state[1],
        "requester_id": pk,
        "submitter_id": pk,
        "assignee_id": AGENT,
        "organization_id": pk,
        "external_id": None,
        "via": {"channel": "email"},
        "tags": [],
        "created_at": f"2025-03-{number + 2:02}T17:00:00Z",
        "updated_at": f"2025-03-{number + 3:02}T17:00:00Z",
    }


def _comments(ticket: Row) -> list[Row]:
    """The question and, an hour later, the answer."""
    day = ticket["created_at"][:10]
    said = ((ticket["requester_id"], "17", ticket["description"]), (AGENT, "18", "We have looked into it: see below."))
    return [
        {
            "id": ticket["id"] * 10 + place,
            "ticket_id": ticket["id"],
            "type": "Comment",
            "author_id": author,
            "body": words,
            "html_body": f"<p>{words}</p>",
            "plain_body": words,
            "public": True,
            "attachments": [],
            "via": {"channel": "email"},
            "metadata": {"system": {}, "custom": {}},
            "created_at": f"{day}T{hour}:00:00Z",
        }
        for place, (author, hour, words) in enumerate(said)
    ]
