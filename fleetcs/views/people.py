"""Colleagues and the posts they hold (DIR-05): everybody may look, administrators change."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.forms import HoldingForm, PersonForm
from fleetcs.listing import Fact, listing
from fleetcs.models import Event, Post, RoleHolding, User
from fleetcs.once import once
from fleetcs.views.records import form_page, only, posted
from fleetcs.working_day import today

SORTS = {"name": ("name", "pk"), "-name": ("-name", "-pk")}


@require_safe
@only("people.see")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, with the posts they hold today."""
    held = RoleHolding.objects.on(today()).select_related("post")
    rows = User.objects.visible_to(request.user).active().prefetch_related(Prefetch("holdings", held, to_attr="held"))
    words = request.GET.get("q", "").replace("\0", "")[:80]
    page = listing(request, rows.filter(name__icontains=words) if words else rows, sorts=SORTS, noun="colleague")
    context = {"title": "People", "listing": page, "search": "Search a name",
               "may_edit": request.user.may("people.edit")}
    return render(request, "fleetcs/people.html", context)


@require_safe
@only("people.see")
def posts(request: HttpRequest) -> HttpResponse:
    """Every post with its holders, today's first, and the group of rights it names."""
    holdings = RoleHolding.objects.select_related("user").order_by("-from_on")
    rows = Post.objects.prefetch_related(Prefetch("holdings", holdings))
    return render(request, "fleetcs/posts.html", {"title": "Posts", "posts": rows, "today": today()})


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    context = {
        "title": someone.name, "person": someone, "facts": facts_of(someone, request.user), "today": today(),
        "holdings": someone.holdings.select_related("post"), "form": HoldingForm(person=someone),
        "timeline": [line_of(event) for event in Event.objects.of(someone).newest()[:50]],
        "may_edit": request.user.may("people.edit"),
    }
    return render(request, "fleetcs/person.html", context)


def facts_of(someone: User, reader: User) -> list[Fact]:
    phone = someone.phone if reader.may("contact.phone") else ""
    return [
        Fact("Mail", someone.email, url=f"mailto:{someone.email}"),
        Fact("Telephone", phone, url=f"tel:{phone.replace(' ', '')}" if phone else ""),
        Fact("Slack id", someone.slack_id),
        Fact("GitHub", someone.github),
        Fact("Time zone", someone.zone),
    ]


def line_of(event: Event) -> dict[str, object]:
    """An entry of the history as a line of the timeline."""
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in event.facts.items() if value not in (None, ""))
    return {"kind": "event", "at": event.at, "who": event.by or "fleetcs", "label": event.words, "text": said}


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("people.edit")
def person_new(request: HttpRequest) -> HttpResponse:
    form = PersonForm(posted(request))
    if form.is_valid():
        someone = User.objects.join(by=request.user, **form.cleaned_data)
        messages.success(request, "Added. Give them a post, or they may only read.")
        return redirect(someone)
    return form_page(request, form, {"title": "New colleague", "save": "Add colleague"})


@require_http_methods(["GET", "HEAD", "POST"])
@only("people.edit")
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = PersonForm(posted(request), instance=User.objects.get(pk=pk))
    if form.is_valid():
        someone.change({name: form.cleaned_data[name] for name in form.changed_data}, by=request.user)
        return redirect(someone)
    page = {"title": f"Edit {someone.name}", "save": "Save", "back": someone.get_absolute_url()}
    return form_page(request, form, page)


@once
@require_POST
@only("people.edit")
def post_take(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = HoldingForm(request.POST, person=someone)
    if form.is_valid():
        someone.take_post(by=request.user, **form.cleaned_data)
        return redirect(someone)
    return form_page(request, form, {"title": f"A post for {someone.name}", "back": someone.get_absolute_url()})


@require_POST
@only("people.edit")
def post_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The post ends today; what it may do ends with the next request."""
    holding = get_object_or_404(RoleHolding.objects.on(today()), pk=pk)
    holding.end(today(), by=request.user)
    messages.success(request, f"{holding.user.name} no longer holds {holding.post.name}.")
    return redirect(holding.user)


@require_POST
@only("people.edit")
def person_leave(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user).active().exclude(pk=request.user.pk), pk=pk)
    someone.leave(by=request.user)
    messages.success(request, f"{someone.name} has left: posts and sessions have ended, the history stays.")
    return redirect(someone)
