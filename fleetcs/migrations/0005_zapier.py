"""The switches of Zapier's three flows."""

from typing import Any

from django.db import migrations

from fleetcs.defaults import load_automations


def load(apps: Any, editor: Any) -> None:
    load_automations(apps)


class Migration(migrations.Migration):
    """Default data of the firm."""

    dependencies = [("fleetcs", "0004_mirror")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
