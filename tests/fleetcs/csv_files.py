"""A file on its way through the product: brought, its columns named, checked, begun."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from fleetcs import importing
from fleetcs.models import CsvImport


def bring(client: Client, code: str, text: str | bytes, name: str = "records.csv") -> Any:
    raw = text if isinstance(text, bytes) else text.encode()
    return client.post(reverse("csv_new", args=[code]), {"file": SimpleUploadedFile(name, raw)})


def name_columns(client: Client, job: CsvImport, match: str, existing: str = "fill", **columns: str) -> Any:
    """Send the page of the columns as it stands, but for what is said here."""
    page = client.get(reverse("csv_columns", args=[job.pk]))
    form = page.context["form"]
    guessed = {name: field.initial for name, field in form.fields.items() if name.startswith("column_")}
    return client.post(page.request["PATH_INFO"], {**guessed, "match": match, "existing": existing, **columns})


def checked(
    client: Client, code: str, text: str | bytes, match: str, existing: str = "fill", **columns: str
) -> CsvImport:
    """A file whose rows have been looked at."""
    assert bring(client, code, text).status_code == 302
    job = CsvImport.objects.latest("pk")
    assert name_columns(client, job, match, existing, **columns).status_code == 302
    finish()
    job.refresh_from_db()
    return job


def begin(client: Client, job: CsvImport, *plans: str) -> None:
    order(client, job, *plans)
    finish()
    job.refresh_from_db()


def order(client: Client, job: CsvImport, *plans: str) -> Any:
    """Send the form of what is imported, as the page shows it; no worker comes by."""
    job.refresh_from_db()
    sent = {"plans": plans or ["add", "change"], "checked_at": job.checked_at and job.checked_at.isoformat()}
    return client.post(reverse("csv_begin", args=[job.pk]), sent, follow=True)


def finish() -> None:
    """Let the worker's rounds go on until nothing waits."""
    while importing.work():
        pass


def plans(job: CsvImport) -> list[tuple[int, str, str]]:
    return list(job.rows.values_list("number", "plan", "words"))


def states(job: CsvImport) -> list[tuple[int, str, str]]:
    return list(job.rows.values_list("number", "state", "words"))
