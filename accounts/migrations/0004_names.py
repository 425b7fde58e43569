"""The names that every installation starts with, and those that nobody shall choose."""

from typing import Any

from django.db import migrations

from accounts.defaults import load_names


def load(apps: Any, editor: Any) -> None:
    load_names(apps)


class Migration(migrations.Migration):
    """Default names."""

    dependencies = [("accounts", "0003_codenames")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
