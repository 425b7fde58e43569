from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("fleetcs", "0005_pace"),
        ("fleetcs", "0005_procedures"),
        ("fleetcs", "0005_salesforce_users"),
    ]

    operations = []
