"""What every installation starts with: posts, hours, holidays, automations. Safe to repeat.

Migrations call these functions with the models of that moment, tests after a flush with today's.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import holidays
from django.apps import apps as installed
from django.conf import settings
from django.utils.module_loading import import_string

from fleetcs import posts
from fleetcs.handbook_texts import TEXTS
from fleetcs.working_day import ZONE

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
FIRST_YEAR, LAST_YEAR = 2020, 2040
LONG_AGO = datetime(2015, 1, 1, tzinfo=ZONE)

# code, name, what it does. Each starts in `watch`: it says what it would do until somebody lets it act (R17).
AUTOMATIONS = (
    ("after_hours_notice", "After-hours notice", "Answers a customer's first message outside hours, in its thread."),
    ("leak_alarm", "Alarm for public leaks", "Tells a channel that something confidential stands in public, not what."),
    ("emergency_text", "Emergency text message", "Texts the VP of Customer Success when the sender escalates."),
    ("close_nudge", "Word to who holds the ball", "Tells whose turn it is in the close of a deal that stands still."),
    ("request_notices", "Customer requests", "Tells CSMs what was prioritized, and what feedback is asked for."),
    ("salesforce", "Salesforce", "Reads what changed in Salesforce, and sends it what changed here."),
    ("sla_alerts", "SLA alerts", "Tells the people who hold the post when a clock is at risk or missed."),
    ("plus_label_bot", "Bot for labels with +", "Takes a label with + off when somebody outside has answered."),
    ("mail_acknowledgement", "Acknowledgement of mail", "Tells a known sender once a day that the mail arrived."),
    ("zapier_after_hours", "Zapier: after-hours flow", "Zapier's flow answers after hours, and ours keeps silent."),
    ("zapier_questions", "Zapier: customer questions", "Keeps the questions that colleagues send on from Slack."),
    ("zapier_sms", "Zapier: text messages", "Sends the text messages that Zapier's flows ask for."),
)
STARTS = {"zapier_questions": "act"}  # it does nothing to the outside


def load() -> None:
    """Load the defaults of every app, in the order of the floors."""
    for config in installed.get_app_configs():
        for dotted in getattr(config, "defaults", ()):
            loader: Callable[[Any], None] = import_string(dotted)
            loader(installed)


def load_firm(apps: Any) -> None:
    """Posts, opening hours, federal holidays and the automations' switches."""
    load_posts(apps)
    load_hours(apps)
    load_holidays(apps)
    load_automations(apps)
    load_texts(apps)


def load_posts(apps: Any) -> None:
    post = apps.get_model("fleetcs", "Post")
    for position, (code, name, group) in enumerate(posts.POSTS):
        post.objects.update_or_create(code=code, defaults={"name": name, "group": group.value, "position": position})


def load_hours(apps: Any) -> None:
    """Monday to Friday, 7 to 16 in the company's zone (SLA-13), unless somebody has set hours already."""
    hours = apps.get_model("fleetcs", "OpeningHours")
    if not hours.objects.exists():
        hours.objects.create(
            zone=settings.TIME_ZONE,
            week={day: [["07:00", "16:00"]] for day in WEEKDAYS},
            in_force_from=LONG_AGO,
            note="Default hours",
        )


def load_holidays(apps: Any) -> None:
    """Statutory federal holidays with their observed days (A7); days somebody changed are left alone."""
    holiday = apps.get_model("fleetcs", "Holiday")
    known = set(holiday.objects.values_list("on", flat=True))
    holiday.objects.bulk_create(
        [
            holiday(on=day, name=name.removesuffix(" (observed)"), observed="(observed)" in name, source="holidays")
            for day, name in federal_holidays()
            if day not in known
        ],
        ignore_conflicts=True,
    )


def federal_holidays() -> list[tuple[date, str]]:
    """(day, name) of the statutory days of the covered years, from the `holidays` package; no state's days."""
    calendar = holidays.country_holidays("US", years=range(FIRST_YEAR, LAST_YEAR + 1), language="en_US")
    return sorted(calendar.items())


def load_automations(apps: Any) -> None:
    automation = apps.get_model("fleetcs", "Automation")
    for code, name, description in AUTOMATIONS:
        given = {"name": name, "description": description, "position": STARTS.get(code, "watch")}
        automation.objects.get_or_create(code=code, defaults=given)


def load_mirror(apps: Any, position: int, mapping: Any) -> None:
    """A place for a mirror and its field table; what somebody has set is left alone."""
    mirror, _ = apps.get_model("fleetcs", "Mirror").objects.get_or_create(
        code=mapping.code, defaults={"name": mapping.name, "object": mapping.object, "position": position}
    )
    for each in mapping.fields:
        mirror.fields.get_or_create(ours=each.ours, defaults={"theirs": each.theirs, "master": each.master.value})


def load_texts(apps: Any) -> None:
    """A place for every text the product uses; the wording comes with the company's pack."""
    text = apps.get_model("fleetcs", "MessageText")
    for one in TEXTS:
        text.objects.get_or_create(
            code=one.code,
            defaults={
                "name": one.name,
                "use": one.use,
                "required": list(one.required),
                "tiers": list(one.tiers),
                "cc_post": one.cc_post,
                "follow_up": one.follow_up,
            },
        )
