"""What a tick keeps of backups and of steps that are left out, and the switch of the word to who holds the ball."""

from typing import Any

from django.db import migrations, models

from fleetcs.defaults import load_automations


def load(apps: Any, editor: Any) -> None:
    load_automations(apps)


class Migration(migrations.Migration):
    """Checklists with backups and skipped steps."""

    dependencies = [("fleetcs", "0009_exports")]
    operations = [
        migrations.AddField(
            model_name="tick",
            name="as_backup",
            field=models.BooleanField(default=False, help_text="By whoever stands in for the post whose step it is"),
        ),
        migrations.AddField(
            model_name="tick", name="skipped_because", field=models.CharField(blank=True, max_length=400)
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
