"""What the lists of opportunities and leads can be narrowed down to; both open with everything (SFD-10, SFD-20)."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from accounts.filters import SearchFilter
from accounts.models import team_of
from fleetcs.listing import offer
from fleetcs.search import LONGEST
from fleetcs.working_day import today
from opportunities import checkup, pipelines, stages
from opportunities.forms.opportunity import used
from opportunities.models import Finding, Lead
from opportunities.prospecting import NO_STATUS

STANDS = [("open", "Open"), ("won", "Won"), ("lost", "Lost")]
MINE = [("1", "Mine")]
PIPELINES = [(code, name) for code, name in pipelines.PIPELINES.items() if code != pipelines.ALL]
LACKS = [("step", "A next step to come"), ("year", "A year in its name"), ("criteria", "Success criteria")]


class OpportunityFilter(SearchFilter):
    """Opportunities by how they stand, stage and owner."""

    stands = filters.ChoiceFilter(choices=STANDS, method="standing", label="State", empty_label="All")
    stage = filters.ChoiceFilter(label="Stage", empty_label="Any")
    mine = filters.ChoiceFilter(choices=MINE, method="of_me", label="Owner", empty_label="Any")
    of = filters.ChoiceFilter(choices=PIPELINES, method="of_pipeline", label="Pipeline", empty_label="All")
    lacks = filters.ChoiceFilter(choices=LACKS, method="lacking", label="Lacks", empty_label="Whatever")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.form, "stage", [(one, stages.shown(one)) for one in sorted(used(), key=stages.position)])

    def standing(self, rows: Any, _name: str, how: str) -> Any:
        if how == "open":
            return rows.open()
        return rows.filter(stage=stages.WON if how == "won" else stages.LOST)

    def of_pipeline(self, rows: Any, _name: str, code: str) -> Any:
        return rows.of_pipeline(code)

    def lacking(self, rows: Any, _name: str, what: str) -> Any:
        return {
            "step": lambda: rows.lacking_step(today()),
            "year": rows.without_year,
            "criteria": rows.lacking_criteria,
        }[what]()

    def of_me(self, rows: Any, _name: str, _mine: str) -> Any:
        return rows.filter(Q(owner=self.request.user) | team_of(self.request.user, "account__"))


class LeadFilter(SearchFilter):
    """Leads by source, status, rating, and whether they became something."""

    BECAME = [("False", "Not converted"), ("True", "Converted")]

    source = filters.ChoiceFilter(label="Lead source", empty_label="Any")
    status = filters.ChoiceFilter(method="of_status", label="Lead status", empty_label="Any")
    rating = filters.ChoiceFilter(label="Rating", empty_label="Any")
    converted = filters.ChoiceFilter(
        field_name="is_converted", choices=BECAME, label="Converted", empty_label="Whether or not"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "status", "rating"):
            blank = [(NO_STATUS, "No status")] if name == "status" else []
            offer(self.form, name, [*((one, one) for one in Lead.objects.used(name)), *blank])

    def of_status(self, rows: QuerySet[Lead], _name: str, status: str) -> QuerySet[Lead]:
        return rows.filter(status="" if status == NO_STATUS else status)


class FindingFilter(filters.FilterSet):
    """Findings of the data checkup by state, rule and owner."""

    STATES = [("open", "Open"), ("accepted", "Accepted"), ("fixed", "Fixed")]

    q = filters.CharFilter(method="matching", label="Search", max_length=LONGEST)
    state = filters.ChoiceFilter(choices=STATES, method="standing", label="State", empty_label="All")
    rule = filters.ChoiceFilter(choices=list(checkup.WORDS.items()), label="Rule", empty_label="Any")
    mine = filters.ChoiceFilter(choices=MINE, method="of_me", label="Owner", empty_label="Any")

    def matching(self, rows: QuerySet[Finding], _name: str, text: str) -> QuerySet[Finding]:
        return rows.filter(Q(called__icontains=text) | Q(note__icontains=text))

    def standing(self, rows: Any, _name: str, state: str) -> Any:
        return {"open": rows.open, "accepted": rows.accepted, "fixed": rows.fixed}[state]()

    def of_me(self, rows: QuerySet[Finding], _name: str, _mine: str) -> QuerySet[Finding]:
        return rows.filter(owner=self.request.user)
