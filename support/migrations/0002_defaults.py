"""The promise tables that every installation starts with."""

from typing import Any

from django.db import migrations

from support.defaults import load_policies


def load(apps: Any, editor: Any) -> None:
    load_policies(apps)


class Migration(migrations.Migration):
    """Default policies."""

    dependencies = [("support", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
