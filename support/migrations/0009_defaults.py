"""The promise tables that every installation starts with."""

from typing import Any

from django.db import migrations

from support.defaults import load_policies


def load(apps: Any, editor: Any) -> None:
    load_policies(apps)


class Migration(migrations.Migration):
    """Default policies."""

    dependencies = [("support", "0001_initial")]  # noqa: RUF012 - Django's own form
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]  # noqa: RUF012
