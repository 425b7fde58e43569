"""What customers have asked about the product, kept for whoever mends the documentation (DOC-01)."""

import hashlib
from typing import Any

from django.conf import settings
from django.db import models, transaction

from accounts.models import Account, Channel
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.once import insert_once


class DocQuestionQuerySet(models.QuerySet["DocQuestion"]):
    """Questions."""

    @transaction.atomic
    def capture(
        self, question: str, *, link: str = "", by: User | None = None, **facts: Any
    ) -> tuple["DocQuestion", bool]:
        """Keep one, and whether it is new: the same message, by its link or else by its words and whose they are, is
        kept once; an answer that came later is added to it. `facts`: answer, account, channel, asked_by, source."""
        whose = whose_words(facts.get("channel"), facts.get("account"))
        place = link or f"{whose}\0{' '.join(question.lower().split())}"
        digest = hashlib.sha256(place.encode(errors="replace")).hexdigest()
        one = DocQuestion(question=question, link=link, digest=digest, captured_by=by, **facts)
        if insert_once(one):
            Event.log(one, "question_captured", by=by, account_pk=one.account_id, source=one.source)
            return one, True
        known = self.select_for_update().get(digest=digest)
        if facts.get("answer") and not known.answer:
            known.answer = facts["answer"]
            known.save(update_fields=["answer"])
        return known, False


def whose_words(channel: Channel | None, account: Account | None) -> str:
    """What tells the same words of two customers apart: where they were said, else whose they are."""
    return str(channel.pk) if channel else f"account {account.pk}" if account else ""


class DocQuestion(models.Model):
    """A question about using the product, in the customer's words, with what they were answered."""

    class Source(models.TextChoices):
        ZAPIER = "zapier", "Zapier"
        HAND = "hand", "By hand"

    question = models.TextField(max_length=10_000)
    answer = models.TextField(max_length=10_000, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_by = models.CharField("Asked by", max_length=160, blank=True)
    link = models.URLField("Link to the message", max_length=500, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.HAND)
    captured_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    captured_at = models.DateTimeField(default=clock.now)
    digest = models.CharField(max_length=64, unique=True, editable=False)

    objects = DocQuestionQuerySet.as_manager()

    class Meta:
        ordering = ("-captured_at", "-pk")

    def __str__(self) -> str:
        return f"question {self.pk}"
