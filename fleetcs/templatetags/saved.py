"""The row of views above a list: those that come with it, those of one's own, those that were shared (ux 4)."""

from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.db.models import CharField
from django.template.context import Context

from fleetcs.listing import meaning
from fleetcs.models import SavedView
from fleetcs.models.written import Written

register = template.Library()


KEPT: Final = Written(
    lambda user, page: SavedView.objects.visible_to(user).filter(page=page).select_related("owner"), page=CharField()
)


@dataclass(frozen=True)
class Tab:
    """A view as a link."""

    name: str
    query: str
    is_here: bool
    view: SavedView | None = None


@register.inclusion_tag("_kit/saved.html", takes_context=True)
def saved_views(context: Context) -> dict[str, Any]:
    """For a list's block `above`; `views` in the context may hold (name, query) pairs that come with the list."""
    request = context["request"]
    page, here = request.resolver_match.view_name, meaning(request.GET.urlencode())
    kept = KEPT(request.user, page=page)
    tabs = [Tab(name, query, meaning(query) == here) for name, query in context.get("views") or ()]
    tabs += [Tab(view.name, view.query, meaning(view.query) == here, view) for view in kept]
    return {
        "tabs": tabs,
        "mine": [tab.view for tab in tabs if tab.view and tab.view.owner_id == request.user.pk],
        "current": next(
            (tab.view for tab in tabs if tab.is_here and tab.view and tab.view.owner_id == request.user.pk), None
        ),
        "table": context.get("table"),
        "page": page,
        "query": request.GET.urlencode(),
        "request": request,
        "may_share": request.user.may("view.share"),
        "csrf_token": context.get("csrf_token"),
        "user": request.user,
    }
