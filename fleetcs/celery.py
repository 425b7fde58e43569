"""The Celery app, and every clock of the product on one page.

Celery is a doorbell: beat rings, a worker looks into the tables, and a ring that is lost or heard twice
changes nothing. There are no results, no ETA, no retry by Celery, and no task sent by the web process.
"""

import os
from typing import Literal, NamedTuple

from celery import Celery
from django.conf import settings
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetcs.settings")


class Duty(NamedTuple):
    """A function without arguments that answers how many rows it moved, and how often it is due, in seconds."""

    runs: str
    every: int
    lane: Literal["page", "rest"]


# What wakes a person has a lane of its own, so that nothing slow stands before it.
SCHEDULE: dict[str, Duty] = {
    "send_page": Duty("fleetcs.effects.send_page", 1, "page"),
    "sweep_clocks": Duty("support.tasks.sweep_clocks", 5, "page"),
    "take": Duty("fleetcs.inbox.take", 1, "rest"),
    "send_rest": Duty("fleetcs.effects.send_rest", 1, "rest"),
    "refresh_tallies": Duty("support.tasks.refresh_tallies", 2, "rest"),
    "recount_clocks": Duty("support.tasks.recount_clocks", 1, "rest"),
    "import_tickets": Duty("support.tasks.import_tickets", 1, "rest"),
    "change_many": Duty("fleetcs.changing.work", 1, "rest"),
    "import_csv": Duty("fleetcs.importing.work", 1, "rest"),
    "remind": Duty("support.tasks.remind", 60, "rest"),
    "check_labels": Duty("accounts.tasks.check_labels", 3600, "rest"),
    "remind_of_trials": Duty("accounts.tasks.remind_of_trials", 300, "rest"),
    "follow_names": Duty("accounts.tasks.follow_names", 60, "rest"),
    "watch_public": Duty("accounts.tasks.watch_public", 300, "rest"),
    "begin_outreach_review": Duty("opportunities.tasks.begin_outreach_review", 300, "rest"),
    "nudge_closes": Duty("opportunities.nudging.nudge", 900, "rest"),
    "poll_salesforce": Duty("fleetcs.mirrors.duties.poll", 5, "rest"),
    "recount_salesforce": Duty("fleetcs.mirrors.duties.recount", 60, "rest"),
    "sweep_salesforce": Duty("fleetcs.mirrors.duties.sweep", 300, "rest"),
    "read_github": Duty("support.tasks.read_github", 10, "rest"),
    "look_after_hooks": Duty("support.tasks.look_after_hooks", 300, "rest"),
    "check_data": Duty("opportunities.checkup.check_due", 10, "rest"),
    "forget_old": Duty("fleetcs.tasks.forget_old", 3600, "rest"),
}

WORKER = ("worker", "--without-gossip", "--without-mingle", "--without-heartbeat")


def queue(lane: str) -> Queue:
    """The queue of a lane, on an exchange of its own; the prefix keeps two tests apart on one broker."""
    name = f"{settings.CELERY_QUEUE_PREFIX}{lane}"
    return Queue(name, Exchange(name), routing_key=name)


app = Celery("fleetcs")
app.conf.update(
    broker_url=settings.REDIS_URL or "memory://",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=2,
    broker_transport_options={"global_keyprefix": "fleetcs:", "socket_timeout": 5, "socket_connect_timeout": 2},
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_publish_retry=False,
    task_soft_time_limit=100,
    task_time_limit=120,
    task_queues=[queue("page"), queue("rest")],
    task_default_queue=queue("rest").name,
    task_create_missing_queues=False,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    beat_scheduler="celery.beat.Scheduler",
    beat_schedule={
        name: {
            "task": "fleetcs.poke",
            "schedule": duty.every,
            "args": [name],
            # A ring nobody heard in time is followed by the next one; it must not pile up.
            "options": {"queue": queue(duty.lane).name, "expires": max(duty.every, 5)},
        }
        for name, duty in SCHEDULE.items()
    },
    timezone="UTC",
)
app.autodiscover_tasks(["fleetcs"])
