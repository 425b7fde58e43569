"""Who owns an account over there is its AE here, and its CSM its CSM: two more lines of the field table."""

from typing import Any

from django.db import migrations

from accounts.mirrors import load_mirrors


def load(apps: Any, editor: Any) -> None:
    load_mirrors(apps)


class Migration(migrations.Migration):

    dependencies = [
        ("fleetcs", "0008_salesforce_users"),
        ("accounts", "0006_adoption"),
    ]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
