"""What the database itself must offer before the first table: ranges, trigrams, and the cache table."""

from typing import Any

from django.contrib.postgres.operations import BtreeGinExtension, BtreeGistExtension, TrigramExtension
from django.core.management import call_command
from django.db import migrations


def create_cache_table(apps: Any, editor: Any) -> None:
    """Sign-in throttling counts here, so that it never waits for the broker."""
    call_command("createcachetable", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Extensions and the cache table."""

    initial = True
    dependencies: list[tuple[str, str]] = []  # noqa: RUF012 - Django's own form
    operations = [  # noqa: RUF012
        BtreeGistExtension(),
        BtreeGinExtension(),
        TrigramExtension(),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
