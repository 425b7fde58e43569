"""Colleagues and the posts they hold (DIR-05): everybody may look, administrators change."""

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.forms import HoldingForm, PeopleFilter, PersonForm
from fleetcs.handovers import end_post, let_go
from fleetcs.listing import Fact, listing
from fleetcs.models import Event, Post, RoleHolding, User
from fleetcs.once import once
from fleetcs.posts import POSTS
from fleetcs.signin import where_passwords
from fleetcs.signin_links import offer_link
from fleetcs.views.records import Request, form_page, list_page, only, posted
from fleetcs.working_day import today

SORTS = {"name": ("name", "pk"), "-name": ("-name", "-pk")}
POST_NAMES = {code: name for code, name, _ in POSTS}
VIEWS = [("Colleagues", ""), ("Former colleagues", "former=yes")]


@require_safe
@only("people.see")
def people(request: Request) -> HttpResponse:
    """Everybody, with the posts they hold today and the last one of those who have left."""
    form = PeopleFilter(request.GET)
    held = Prefetch("holdings", RoleHolding.objects.select_related("post"))
    rows = form.chosen(User.objects.visible_to(request.user).prefetch_related(held))
    page = listing(request, rows, sorts=SORTS, form=form, noun="colleague")
    listed = [(someone, *posts_of(list(someone.holdings.all()))) for someone in page.rows]
    more = {"title": "People", "search": "Search name, mail, Slack or GitHub", "rows": listed, "views": VIEWS}
    return list_page(request, "fleetcs/people.html", page, form, **more, may_edit=request.user.may("people.edit"))


def posts_of(holdings: list[RoleHolding]) -> tuple[list[RoleHolding], list[RoleHolding]]:
    """(posts held today, posts held before)."""
    day = today()
    return [one for one in holdings if one.holds_on(day)], [one for one in holdings if one.to_on and one.to_on <= day]


@require_safe
@only("people.see")
def posts(request: Request) -> HttpResponse:
    """Every post with its holders, today's first, and the group of rights it names."""
    holdings = RoleHolding.objects.select_related("user").order_by("backup", "-from_on")
    rows = Post.objects.prefetch_related(Prefetch("holdings", holdings))
    split = [(post, *holders_of(post)) for post in rows]
    return render(request, "fleetcs/posts.html", {"title": "Posts", "posts": split})


def holders_of(post: Post) -> tuple[list[RoleHolding], ...]:
    """(held today, to come, held before)."""
    day, rows = today(), list(post.holdings.all())
    held = [one for one in rows if one.holds_on(day) and one.user.is_active]
    return held, [one for one in rows if one.from_on > day], [one for one in rows if one.to_on and one.to_on <= day]


@require_safe
@only("people.see")
def person(request: Request, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    context = {
        "title": someone.name,
        "person": someone,
        "facts": facts_of(someone, request.user),
        "today": today(),
        "holdings": someone.holdings.select_related("post"),
        "form": HoldingForm(person=someone),
        "timeline": [line_of(event) for event in Event.objects.of(someone).newest()[:50]],
        "may_edit": request.user.may("people.edit"),
    }
    return render(request, "fleetcs/person.html", context)


def facts_of(someone: User, reader: User) -> list[Fact]:
    phone = someone.phone if reader.may("contact.phone") or reader.may("people.edit") else ""
    return [
        Fact("Mail", someone.email, url=f"mailto:{someone.email}"),
        Fact("Telephone", phone, url=f"tel:{phone.replace(' ', '')}" if phone else ""),
        Fact("Slack id", someone.slack_id),
        Fact("GitHub", someone.github),
        Fact("Time zone", someone.zone),
    ]


def line_of(event: Event) -> dict[str, object]:
    """An entry of the history as a line of the timeline."""
    facts = event.facts | {"post": POST_NAMES.get(event.facts.get("post", ""), "")}
    said = ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in facts.items() if value)
    return {"kind": "event", "at": event.at, "who": event.by or "fleetcs", "label": event.words, "text": said}


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("people.edit")
def person_new(request: Request) -> HttpResponse:
    form = PersonForm(posted(request))
    someone = form.keep(by=request.user) if form.is_valid() else None
    if someone:
        messages.success(request, "Added. Give them a post, or they may only read.")
        return redirect(someone)
    return form_page(request, form, {"title": "New colleague", "save": "Add colleague", "back": reverse("people")})


@require_http_methods(["GET", "HEAD", "POST"])
@only("people.edit")
def person_edit(request: Request, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = PersonForm(posted(request), instance=User.objects.get(pk=pk))
    if form.is_valid() and form.keep(by=request.user):
        messages.success(request, "Saved.")
        return redirect(someone)
    page = {"title": f"Edit {someone.name}", "save": "Save", "back": someone.get_absolute_url()}
    return form_page(request, form, page)


@once
@require_POST
@only("people.edit")
def post_take(request: Request, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user).active(), pk=pk)
    form = HoldingForm(request.POST, person=someone)
    if form.is_valid() and form.take(by=request.user):
        messages.success(request, "The post is theirs.")
        return redirect(someone)
    page = {"title": f"A post for {someone.name}", "save": "Give post", "back": someone.get_absolute_url()}
    return form_page(request, form, page)


@once
@require_POST
@only("people.edit")
def post_end(request: Request, pk: int) -> HttpResponse:
    """The post ends today; what it may do ends with the next request, and what waited for it moves (DIR-05)."""
    holding = get_object_or_404(RoleHolding.objects.filter(Q(to_on=None) | Q(to_on__gt=today())), pk=pk)
    end_post(holding, by=request.user)
    messages.success(request, f"{holding.user.name} no longer holds {holding.post.name}.")
    return redirect(holding.user)


@require_POST
@where_passwords
@only("people.edit")
def person_link(request: Request, pk: int) -> HttpResponse:
    """A one-time link for a colleague, shown on this page only; two clicks make the same one."""
    others = User.objects.visible_to(request.user).active().exclude(pk=request.user.pk)
    someone = get_object_or_404(others, pk=pk)
    link = offer_link(someone, by=request.user)
    page = {"title": f"Sign-in link for {someone.name}", "person": someone, "link": link}
    return render(request, "fleetcs/person_link.html", page)


@once
@require_POST
@only("people.edit")
def person_leave(request: Request, pk: int) -> HttpResponse:
    someone = get_object_or_404(User.objects.visible_to(request.user).active().exclude(pk=request.user.pk), pk=pk)
    let_go(someone, by=request.user)
    messages.success(request, f"{someone.name} has left: posts and sessions have ended, the history stays.")
    return redirect(someone)
