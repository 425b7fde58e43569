"""Who at the customer plays which part in a deal: champion, economic buyer, finance (QUO-01)."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import Contact
from fleetcs.models import User
from fleetcs.models.stale import held
from opportunities.models.opportunity import Opportunity


class ContactRoleQuerySet(models.QuerySet["ContactRole"]):
    """Parts that contacts play in deals."""

    def of(self, opportunity: Opportunity) -> dict[str, Contact | None]:
        """Everybody by their part, None where nobody is known."""
        known = {row.role: row.contact for row in self.filter(opportunity=opportunity).select_related("contact")}
        return {role: known.get(role) for role in ContactRole.Role.values}

    @transaction.atomic
    def cast(self, opportunity: Opportunity, parts: dict[str, Contact | None], *, by: User) -> Self:
        """Say who plays which part; None: not known."""
        before = {role: one and one.pk for role, one in self.of(held(opportunity)).items()}
        for role, contact in parts.items():
            self.filter(opportunity=opportunity, role=role).delete()
            if contact:
                row = self.model(opportunity=opportunity, role=role, contact=contact)
                row.full_clean()
                row.save()
        changed = sorted(role for role, one in parts.items() if before[role] != (one and one.pk))
        if changed:
            opportunity.log("roles_cast", by=by, fields=changed)
        return self.filter(opportunity=opportunity)


class ContactRole(models.Model):
    """One part, played by one contact of the account."""

    class Role(models.TextChoices):
        CHAMPION = "champion", "Champion"
        ECONOMIC_BUYER = "economic_buyer", "Economic buyer"
        FINANCE = "finance", "Finance"

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="contact_roles")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="opportunity_roles")
    role = models.CharField(max_length=14, choices=Role.choices)

    objects = ContactRoleQuerySet.as_manager()

    class Meta:
        ordering = ("opportunity", "role")
        constraints = (models.UniqueConstraint(fields=["opportunity", "role"], name="contact_role_once"),)

    def __str__(self) -> str:
        return f"{self.role} of opportunity {self.opportunity_id}"

    def clean(self) -> None:
        if self.contact.account_id != self.opportunity.account_id:
            raise ValidationError("That is a contact of another account.")
