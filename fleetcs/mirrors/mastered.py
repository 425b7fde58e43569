"""Which fields of a record nobody may change here, since Salesforce is their master."""

from django.db.models import Model

from fleetcs.merging import Master
from fleetcs.mirrors.mapping import mapping_of
from fleetcs.models import MirrorField, MirrorLink

REASON = "Salesforce masters this field: change it there."


def locked(record: Model) -> set[str]:
    """Names of fields; none for a record that Salesforce does not have, or while its mirror stands still."""
    mapping = mapping_of(type(record))
    if mapping is None or record.pk is None:
        return set()
    link = MirrorLink.objects.live().filter(mirror__code=mapping.code, record_id=record.pk, mirror__stopped_at=None)
    fields = MirrorField.objects.filter(mirror__in=link.values("mirror"), master=Master.THEIRS, is_on=True)
    return set(fields.filter(missing_at=None).exclude(found="").values_list("ours", flat=True))
