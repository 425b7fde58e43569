"""What only a person can see in Salesforce: its pages, section by section, as a checklist (SFD-02 to SFD-23)."""

from typing import Final

from fleetcs.procedures import Evidence, Procedure, Step

VERDICT: Final = (Evidence("verdict", "Verdict"), Evidence("note", "Note", required=False))

# Ledger row, section of the page, what should be so over there.
LOOKS: Final[tuple[tuple[str, str, str], ...]] = (
    ("SFD-02", "Navigation", "A standard user has tabs for contacts, opportunities, accounts and leads, and no other."),
    ("SFD-03", "Accounts", "The tab of accounts opens with customers."),
    (
        "SFD-04",
        "Accounts",
        "An account begins with billing address, parent account, LinkedIn company URL, CISO employees, employees and "
        "industry.",
    ),
    (
        "SFD-05",
        "Accounts",
        "Useful links, top right: purchase orders, signed subscription agreements, invoices sent, meeting notes, "
        "signed NDA; each searches for the account.",
    ),
    ("SFD-06", "Accounts", "Nobody writes notes in Salesforce: notes of meetings are in the folder, by name and date."),
    (
        "SFD-07",
        "Accounts",
        "Additional information: name, rating, LinkedIn Sales Navigator URL, LinkedIn company URL, LinkedIn overlaps; "
        "the links open.",
    ),
    (
        "SFD-08",
        "Accounts",
        "Accounting: invoice sent, payment received, subscription end, press approval, license key, opportunities, "
        "deals won, first close date, revenue, payment terms, both addresses.",
    ),
    ("SFD-09", "Accounts", "On the right: opportunities, meeting notes, activity feed."),
    ("SFD-22", "Accounts", "The field GitHub label is there and can be edited."),
    ("SFD-23", "Accounts", "The section Customer has the table of upcoming renewals and expansions, with New."),
    ("SFD-10", "Opportunities", "The tab of opportunities opens with all of them."),
    ("SFD-11", "Opportunities", "An opportunity begins with account name, amount, close date, next step and owner."),
    (
        "SFD-12",
        "Opportunities",
        "Opportunity information: account name, name, amount, next step, its due date, close date, stage.",
    ),
    (
        "SFD-13",
        "Opportunities",
        "Accounting: hosts, type, payment terms, billing process, term, reseller, effective date, subscription end, "
        "invoice sent, payment received.",
    ),
    ("SFD-14", "Opportunities", "On the right: stage history, activity feed, LinkedIn Sales Navigator."),
    ("SFD-15", "Contacts", "The tab of contacts opens with all of them."),
    ("SFD-16", "Contacts", "A contact begins with name, job title, department, account name, LinkedIn and Orbit feed."),
    ("SFD-17", "Contacts", "Next: LinkedIn URL, account name, name, title, is champion, reports to."),
    (
        "SFD-18",
        "Contacts",
        "Additional information: email, personal email, Twitter, GitHub, mobile, website, Orbit feed, description.",
    ),
    (
        "SFD-19",
        "Contacts",
        "Related contacts at the bottom; on the right activity feed, reminder of meeting notes, manager.",
    ),
    ("SFD-20", "Leads", "The tab of leads opens with all of them."),
    ("SFD-21", "Leads", "A lead has fields for name, lead source, lead status and rating."),
)
STEPS: Final = tuple(Step(code, text, evidence=VERDICT) for code, _, text in LOOKS)
PROCEDURE: Final = Procedure("checkup", "Data checkup", STEPS)
