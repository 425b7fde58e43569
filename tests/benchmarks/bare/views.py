"""The bare pages and their addresses."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.contrib.postgres.search import SearchQuery
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from tests.benchmarks.bare.models import Account, Message, Tally, Ticket

SIZE = 50
JOINED = Ticket.objects.select_related("account", "assignee")


class NewTicket(forms.Form):
    """The fields of a request."""

    subject = forms.CharField(max_length=300)
    account = forms.ModelChoiceField(Account.objects.all(), to_field_name="name", widget=forms.TextInput)
    address = forms.EmailField()
    priority = forms.ChoiceField(choices=[(code, code) for code in ("P0", "P1", "P2", "P3")])
    text = forms.CharField(widget=forms.Textarea)


def sign_in(request: HttpRequest) -> HttpResponse:
    """By address and password."""
    if request.method == "POST":
        user = authenticate(request, username=request.POST["login"], password=request.POST["password"])
        if user is not None:
            login(request, user)
            return redirect("/")
    return render(request, "bare/new.html", {"form": forms.Form()})


@login_required
def tickets(request: HttpRequest) -> HttpResponse:
    """Fifty open tickets, the next due first."""
    rows = JOINED.filter(resolved_at=None).order_by("confirmed", "queue_at", "pk")[:SIZE]
    return render(request, "bare/list.html", {"tickets": rows})


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """The newest fifty with a message that holds the words."""
    words = SearchQuery(request.GET["q"], search_type="websearch", config="english")
    said = Message.objects.filter(search=words).values("ticket")
    rows = JOINED.filter(pk__in=said).order_by("-received_at", "-pk")[:SIZE]
    return render(request, "bare/list.html", {"tickets": rows})


@login_required
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """A ticket with what was said."""
    said = Message.objects.filter(ticket=pk).select_related("author").defer("search").order_by("at")
    return render(request, "bare/detail.html", {"ticket": get_object_or_404(JOINED, pk=pk), "messages": said})


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """A form, a ticket, its first message."""
    form = NewTicket(request.POST or None)
    if form.is_valid():
        return redirect(f"/tickets/{written(form.cleaned_data).pk}/")
    return render(request, "bare/new.html", {"form": form})


@transaction.atomic
def written(given: dict[str, str]) -> Ticket:
    now = datetime.now(UTC)  # noqa: TID251 - a site of its own
    opened = Ticket.objects.create(
        subject=given["subject"],
        account=given["account"],
        sender=given["address"],
        priority=given["priority"],
        received_at=now,
        queue_at=now + timedelta(hours=4),
        due_at=now + timedelta(hours=4),
    )
    Message.objects.create(
        ticket=opened, author_address=given["address"], text=given["text"], shown=given["text"], at=now
    )
    return opened


@login_required
def figures(request: HttpRequest) -> HttpResponse:
    """Kept and missed by tier and priority."""
    since = datetime.now(UTC).date() - timedelta(days=91)  # noqa: TID251
    sums = Tally.objects.filter(on__gte=since, kind="response").values("tier", "priority")
    rows = sums.annotate(kept=Sum("kept"), missed=Sum("missed")).order_by("tier", "priority")
    return render(request, "bare/figures.html", {"rows": rows})


urlpatterns = [
    path("login", sign_in),
    path("", tickets),
    path("search", search),
    path("tickets/<int:pk>/", ticket),
    path("tickets/new", new),
    path("figures", figures),
]
