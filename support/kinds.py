"""The fixed choices of a ticket: where it came from, what it is, who helps, what became of the documentation."""

from django.db.models import TextChoices


class TicketKind(TextChoices):
    """What kind of request it is; the kind decides which clock counts."""

    SUPPORT = "support", "Support"
    CONTACT_FORM = "contact_form", "Contact form"
    JOB_APPLICATION = "job_application", "Job application"
    DEPARTMENT_REQUEST = "department_request", "Department request"


class Source(TextChoices):
    """Which way it came in (INT-01)."""

    SLACK_AFTER_HOURS = "slack_after_hours", "Slack, after hours"
    STAFF_FLAG = "staff_flag", "Flagged Slack thread"
    EMAIL = "email", "Mail"
    CONTACT_FORM = "contact_form", "Contact form"
    MANUAL = "manual", "Entered by a colleague"
    OUTSIDE = "outside", "Other ticket system"


class Level(TextChoices):
    """Who helps with it (INT-05, INT-06); set apart from the priority."""

    BASIC = "basic", "Basic"
    IN_DEPTH = "in_depth", "In depth"
    EXPERT = "expert", "Expert"


class Outcome(TextChoices):
    """What became of the documentation when it was resolved (DOC-03)."""

    FAQ = "faq_updated", "FAQ updated"
    ARTICLE = "new_article", "New article"
    NOT_POSSIBLE = "not_possible", "Not possible"


class ClockKind(TextChoices):
    """What a clock counts: the contract's promise, or one of our own targets."""

    RESPONSE = "response", "First response"
    ACKNOWLEDGE = "acknowledge", "Internal target"
    APPLICATION = "application", "Job application"
    REQUEST = "request", "Department request"
    IMPORTED = "imported", "First response, imported"  # settled before it came here: in no figure, and never alarms
