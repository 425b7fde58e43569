"""Posts, hours, holidays and automations that every installation starts with."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

from fleetcs.defaults import load_firm


def load(apps: Any, editor: Any) -> None:
    load_firm(apps)


def create_cache_table(apps: Any, editor: Any) -> None:
    """Sign-in throttling counts here, so that it never waits for the broker."""
    call_command("createcachetable", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Default data of the firm."""

    dependencies = [("fleetcs", "0001_initial")]
    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
