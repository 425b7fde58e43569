"""The data checkup: the rules over our copy of Salesforce are run, and their findings given to people (SFD-01)."""

from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import BigIntegerField, Case, F, OuterRef, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import Account, Contact
from fleetcs.models import User
from fleetcs.posts import MAY
from fleetcs.working_day import today
from opportunities.data_rules import RULES, Rule
from opportunities.looks import LOOKS
from opportunities.models import Agreement, Checkup, Finding, Lead, Opportunity

SEE: Final = "checkup.see"
DESK: Final = "bizops"  # whose a finding is that is nobody else's

MODELS: Final = {rule.code: rule.model for rule in RULES}
WORDS: Final[dict[str, str]] = {rule.code: rule.text for rule in RULES} | {code: text for code, _, text in LOOKS}

# how a record is called, in a list of them
NAMES: Final[dict[Any, str]] = {
    Account: "name",
    Contact: "name",
    Opportunity: "name",
    Agreement: "opportunity__name",
    Lead: "name",
}


# --- the run ----------------------------------------------------------------------------------------------------------
def check_due() -> int:
    """Open the month's checkup, and look at the records where one asks for it; how many did."""
    Checkup.objects.open_for(today())
    with transaction.atomic():
        asking = list(Checkup.objects.due().select_for_update(skip_locked=True)[:1])
        for checkup in asking:
            check(checkup, today())
    return len(asking)


def check(checkup: Checkup, day: date) -> None:
    """All rules, one after the other: the same few statements however many records there are."""
    desk = User.objects.holding(DESK).first()
    Finding.objects.strayed().hand_to(desk, by=None)
    for rule in RULES:
        Finding.objects.compare(rule.code, rule.broken(day), whose(rule, desk))
    counts: dict[Any, int] = {model: model._default_manager.count() for model in {rule.model for rule in RULES}}
    checkup.keep({rule.code: counts[rule.model] for rule in RULES})


def whose(rule: Rule, desk: User | None) -> Combinable:
    """The first of a record's people who may see it, else business operations."""
    seers = User.objects.of_groups(MAY[SEE]).order_by().values("pk")
    people = [Case(When(**{f"{path}__in": seers}, then=F(path))) for path in rule.owners]
    return Coalesce(*people, Value(desk and desk.pk), Value(None), output_field=BigIntegerField())


def pass_on(person: User, *, by: User) -> None:
    """All that was given to somebody who may no longer see it is for business operations: some of it may come back."""
    if not (person.is_active and person.may(SEE)):
        Finding.objects.filter(owner=person).hand_to(User.objects.holding(DESK).first(), by=by)


# --- how findings read ------------------------------------------------------------------------------------------------
def with_names(findings: Any) -> Any:
    """Each with what its record is `called`, "" for one that is gone or is none; read with the rows themselves."""
    names = [When(rule__in=codes_of(kind), then=_called(kind, path)) for kind, path in NAMES.items()]
    return findings.annotate(called=Coalesce(Case(*names, default=Value("")), Value("")))


def codes_of(kind: Any) -> list[str]:
    """The rules about one kind of record."""
    return [rule.code for rule in RULES if rule.model is kind]


def _called(kind: Any, path: str) -> Subquery:
    return Subquery(kind._default_manager.filter(pk=OuterRef("record")).order_by().values(path)[:1])


def record_url(finding: Finding) -> str:
    """Where the record is shown; "" for what is none, or gone."""
    model: Any = MODELS.get(finding.rule)
    return str(model(pk=finding.record).get_absolute_url()) if model and finding.called else ""
