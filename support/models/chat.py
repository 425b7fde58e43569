"""Questions from the web chat that the person on shift cannot answer, and where they were asked on (INT-14)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from fleetcs import clock
from fleetcs.models import Event, User


class ChatQuestion(models.Model):
    """A question with its trail: first the solutions consultant, and only then engineering or product."""

    class Stage(models.TextChoices):
        OPEN = "open", "Not asked on yet"
        CONSULTANT = "consultant", "Asked the solutions consultant"
        UNAVAILABLE = "unavailable", "Solutions consultant unavailable"
        ENGINEERING = "engineering", "Asked in the engineering channel"
        PRODUCT = "product", "Asked in the product channel"
        ANSWERED = "answered", "Answered"

    FOLLOWING = {
        Stage.OPEN: {Stage.CONSULTANT, Stage.ANSWERED},
        Stage.CONSULTANT: {Stage.UNAVAILABLE, Stage.ANSWERED},
        Stage.UNAVAILABLE: {Stage.ENGINEERING, Stage.PRODUCT, Stage.ANSWERED},
        Stage.ENGINEERING: {Stage.PRODUCT, Stage.ANSWERED},
        Stage.PRODUCT: {Stage.ENGINEERING, Stage.ANSWERED},
        Stage.ANSWERED: set(),
    }

    question = models.TextField(max_length=4000)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-asked_at", "-pk")

    def __str__(self) -> str:
        return f"chat question {self.pk}"

    @property
    def next_stages(self) -> list[tuple[str, str]]:
        """What may be recorded next: stage two only after stage one is recorded as unavailable."""
        return [(stage.value, stage.label) for stage in self.Stage if stage in self.FOLLOWING[self.Stage(self.stage)]]

    @transaction.atomic
    def move(self, stage: str, *, by: User) -> None:
        """Record where it was asked. Raises ValidationError for a stage that is not next."""
        question = ChatQuestion.objects.select_for_update().get(pk=self.pk)
        if stage not in self.FOLLOWING[self.Stage(question.stage)]:
            raise ValidationError("Ask the solutions consultant first, and record when they are unavailable.")
        self.stage = stage
        self.save(update_fields=["stage"])
        Event.log(self, "chat_question_moved", by=by, stage=stage)
