"""Which tickets to import, from where, and what of them counts."""

from pathlib import PurePath
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from fleetcs.models import User
from support.desks.conversation import Unreadable
from support.desks.files import LARGEST, Row
from support.models import TicketImport
from support.outside_system import DESKS, NAMES

API: Final = "api"
FILE: Final = "file"
WAYS: Final = [(FILE, "A file"), (API, "Zendesk's API")]


class ImportForm(forms.Form):
    """A file, or Zendesk itself; first as a rehearsal unless one says otherwise."""

    system = forms.ChoiceField(label="Ticket system", choices=list(NAMES.items()))
    way = forms.ChoiceField(label="Read from", choices=WAYS, initial=FILE, widget=forms.RadioSelect)
    file = forms.FileField(
        label="File",
        required=False,
        help_text="Unthread: JSON, JSON lines or CSV in the form of docs/desks.md. Zendesk: its JSON export.",
    )
    rehearsal = forms.BooleanField(label="Rehearse it: only list what would happen", required=False, initial=True)
    counted = forms.BooleanField(
        label="Count closed tickets in the figures of their days",
        required=False,
        help_text="Else what was settled over there changes no figure. Open tickets count from receipt either way.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        system, way = given.get("system", ""), given.get("way", "")
        self.rows: list[Row] | None = None
        if way == API and not (system in DESKS and DESKS[system].has_api):
            self.add_error("way", f"{NAMES.get(system, 'It')} has no public interface: export a file.")
        elif way == API and not settings.ZENDESK_URL:
            self.add_error("way", "Zendesk's address is not set on this installation.")
        elif way == FILE and system:
            self._read(system, given.get("file"))
        return given

    def _read(self, system: str, file: Any) -> None:
        try:
            if file is None:
                raise ValidationError("Choose a file.")
            if file.size > LARGEST:
                raise ValidationError("It is larger than 25 MB: split it, or use manage.py import_tickets.")
            self.rows = DESKS[system].rows(file.read())
        except Unreadable as problem:
            self.add_error("file", f"{str(problem)[:1].upper()}{str(problem)[1:]}.")
        except ValidationError as problem:
            self.add_error("file", problem)

    def order(self, *, by: User) -> TicketImport:
        """Begin it."""
        given = self.cleaned_data
        name = PurePath(given["file"].name).name[:200] if given["way"] == FILE else ""
        choices = {"name": name.replace("\0", ""), "rehearsal": given["rehearsal"], "counted": given["counted"]}
        return TicketImport.objects.order(given["system"], by=by, rows=self.rows, **choices)
