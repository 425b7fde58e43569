"""The product's tables, with the columns that the bare pages read and write."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class User(AbstractBaseUser):
    """A colleague."""

    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField()
    USERNAME_FIELD = "email"
    objects = BaseUserManager["User"]()

    class Meta:
        managed = False
        db_table = "fleetcs_user"


class Account(models.Model):
    """A customer."""

    name = models.CharField(max_length=200)

    class Meta:
        managed = False
        db_table = "accounts_account"


class Ticket(models.Model):
    """A request, with the columns that NOT NULL asks for and those that are shown."""

    subject = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, default="support")
    source = models.CharField(max_length=20, default="manual")
    account = models.ForeignKey(Account, models.PROTECT, null=True)
    sender = models.CharField(max_length=320)
    tier = models.CharField(max_length=10, default="free")
    priority = models.CharField(max_length=2)
    level = models.CharField(max_length=10, default="basic")
    assignee = models.ForeignKey(User, models.SET_NULL, null=True)
    received_at = models.DateTimeField()
    generation = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    queue_at = models.DateTimeField()
    confirmed = models.GeneratedField(
        expression=models.Value(True), output_field=models.BooleanField(), db_persist=True
    )
    paused_reason = models.CharField(max_length=200, default="")
    resolved_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=14, default="")
    outcome_note = models.CharField(max_length=400, default="")
    from_dm = models.BooleanField(default=False)
    details = models.JSONField(default=dict)
    triage_reason = models.CharField(max_length=120, default="")
    pinned_policy = models.CharField(max_length=40, default="")
    external_system = models.CharField(max_length=20, default="")
    external_id = models.CharField(max_length=120, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        managed = False
        db_table = "support_ticket"


class Message(models.Model):
    """One message of a ticket."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=12, default="call")
    by = models.CharField(max_length=10, default="customer")
    public = models.BooleanField(default=True)
    author = models.ForeignKey(User, models.PROTECT, null=True)
    author_name = models.CharField(max_length=160, default="")
    author_address = models.CharField(max_length=320, default="")
    verified = models.BooleanField(default=True)
    at = models.DateTimeField()
    text = models.TextField()
    shown = models.TextField()
    html = models.TextField(default="")
    message_id = models.CharField(max_length=400, default="")
    in_reply_to = models.CharField(max_length=400, default="")
    slack_ts = models.CharField(max_length=24, default="")
    slack_channel = models.CharField(max_length=32, default="")
    recipients = models.JSONField(default=list)
    refused = models.CharField(max_length=80, default="")
    files_left = models.PositiveSmallIntegerField(default=0)
    search = models.GeneratedField(expression=models.Value(""), output_field=SearchVectorField(), db_persist=True)

    class Meta:
        managed = False
        db_table = "support_message"


class Tally(models.Model):
    """Sums of a day."""

    on = models.DateField()
    kind = models.CharField(max_length=12)
    tier = models.CharField(max_length=10)
    priority = models.CharField(max_length=2)
    kept = models.PositiveIntegerField()
    missed = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "support_tally"
