"""Meetings, and who is a customer becoming something that both sides say."""

from typing import Any

import accounts.links
import django.core.validators
import django.db.models.deletion
import fleetcs.clock
from django.conf import settings
from django.db import migrations, models


def both_say_it(apps: Any, editor: Any) -> None:
    """A win makes a customer here: Salesforce's word is no longer the only one. What somebody has set stays."""
    fields = apps.get_model("fleetcs", "MirrorField").objects.filter(mirror__code="accounts", ours="kind")
    fields.filter(master="theirs").update(master="both")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_records'),
        ('fleetcs', '0010_close'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('handoff', 'Handoff call (internal)'), ('kickoff', 'Onboarding kickoff call'), ('check_in', 'Check-in'), ('ad_hoc', 'Ad hoc')], max_length=8, verbose_name='Kind')),
                ('starts_at', models.DateTimeField(verbose_name='Starts at')),
                ('minutes', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)], verbose_name='Minutes')),
                ('recurs', models.CharField(blank=True, choices=[('weekly', 'Every week'), ('biweekly', 'Every two weeks'), ('monthly', 'Every month'), ('quarterly', 'Every quarter')], max_length=9, verbose_name='Recurs')),
                ('link', models.URLField(blank=True, validators=[accounts.links.web], verbose_name='Link to join')),
                ('guests', models.CharField(blank=True, max_length=500, verbose_name='Of the customer come')),
                ('created_at', models.DateTimeField(default=fleetcs.clock.now, editable=False)),
                ('cancelled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='accounts.account')),
                ('attendees', models.ManyToManyField(related_name='meetings', to=settings.AUTH_USER_MODEL, verbose_name='Of us come')),
                ('scheduled_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('starts_at', 'pk'),
                'indexes': [models.Index(fields=['account', 'starts_at'], name='meeting_of_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('minutes__gt', 0)), name='meeting_takes_time'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'check_in'), _negated=True), models.Q(('recurs', ''), _negated=True), _connector='OR'), name='check_in_recurs', violation_error_message='A check-in recurs: say how often.')],
            },
        ),
        migrations.RunPython(both_say_it, migrations.RunPython.noop),
    ]
