"""Taking over codenames: what would be, for those who may see every mapping, and the rows that they choose."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.adopting import looked, taken
from accounts.adoption import Row
from accounts.forms.adoption import AdoptForm
from accounts.models import adopting
from fleetcs.once import confirmed_once
from fleetcs.views.records import Request, only
from fleetcs.wording import plural

ORDER = {"fits": 0, "asks": 1, "blocked": 2}
TOLD = (200, 422)  # answers that name the accounts
STATES = {"fits": ("good", "Fits"), "asks": ("warn", "Look at it"), "blocked": ("bad", "Does not fit")}


@require_http_methods(["GET", "HEAD", "POST"])
@only("codename.adopt")
def codenames_adopt(request: Request) -> HttpResponse:
    """How many rows there are; with a POST the rows with their accounts; confirmed, takes them over.

    The look is written down once the answer stands: what a refused form has begun is undone.
    """
    answer: HttpResponse = _rows(request)
    if request.method == "POST" and answer.status_code in TOLD:
        looked(request.user)
    return answer


@confirmed_once
def _rows(request: Request) -> HttpResponse:
    rows = sorted(adopting.rows(), key=lambda row: (ORDER[row.state], row.there.name))
    confirmed = bool(request.POST.get("confirmed"))
    form = AdoptForm(request.POST if confirmed else None, rows=rows)
    if form.is_valid():
        chosen = [row for row in rows if row.number in form.cleaned_data["rows"]]
        messages.success(request, f"{plural(len(taken(chosen, by=request.user)), 'codename')} taken over.")
        return redirect("accounts:codenames_adopt")
    shown = {"title": "Codenames from before", "rows": rows, "shown": request.method == "POST", "form": form}
    return render(request, "accounts/codenames_adopt.html", shown | counted(rows), status=422 if confirmed else 200)


def counted(rows: list[Row]) -> dict[str, Any]:
    """How many rows there are of each state."""
    counts = Counter(row.state for row in rows)
    return {"counts": [(STATES[state], counts[state]) for state in STATES]}
