"""The star of a page's head, and the favourites of the navigation (ux 3)."""

from django import template
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import get_token
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleetcs.context import FRAME
from fleetcs.favourites import Favourite, Starred, lists, records, starred
from fleetcs.listing import PLACE
from fleetcs.models import User
from fleetcs.templatetags.kit import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def favourites(context: Context) -> SafeString:
    """The part of the navigation; nothing for whoever has none."""
    user = context["request"].user
    shown = starred(user) if isinstance(user, User) and user.favourites else []
    if not shown:
        return SafeString("")
    here, arrange = here_of(context["request"]), reverse("favourites")
    head = '<li class="nav-group">Favourites <a href="{}" aria-label="Arrange favourites">Arrange</a></li>'
    return SafeString(format_html(head, arrange) + "".join(_entry(one, here) for one in shown))


def _entry(one: Starred, here: Favourite | None) -> SafeString:
    is_here = here is not None and here.is_at(one.favourite)
    return format_html(
        '<li class="nav-own"><a class="nav-link" href="{}" title="{}"{}>{}<span>{}</span></a></li>',
        one.favourite.url,
        one.title,
        SafeString(' aria-current="page"') if is_here else "",
        icon(one.icon),
        one.title,
    )


@register.simple_tag(takes_context=True)
def star(context: Context, again: bool = False) -> SafeString:
    """The button that stars this page; `again`: to take the place of the one that a filtered list had."""
    request = context["request"]
    here = here_of(request) if again or context["shell"] == FRAME else None
    if here is None or not isinstance(request.user, User):
        return SafeString("")
    return _button(request, here, any(here.is_at(one) for one in Favourite.all_of(request.user)), again)


def _button(request: HttpRequest, here: Favourite, is_on: bool, again: bool) -> SafeString:
    words = "Remove from favourites" if is_on else "Add to favourites"
    return format_html(
        '<form id="star" class="no-print" method="post" action="{url}" hx-post="{url}" hx-swap="none"{oob}>'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
        '<input type="hidden" name="page" value="{page}"><input type="hidden" name="pk" value="{pk}">'
        '<input type="hidden" name="query" value="{query}"><button class="btn btn-icon btn-small star" name="wish" '
        'value="{wish}" aria-label="{words}" title="{words} (*)" data-key="*" data-action>{star}</button></form>',
        url=reverse("star"),
        oob=SafeString(' hx-swap-oob="true"') if again else "",
        token=get_token(request),
        page=here.page,
        pk=here.pk,
        query=here.query,
        wish="drop" if is_on else "keep",
        words=words,
        star=icon("star"),
    )


def here_of(request: HttpRequest) -> Favourite | None:
    """This page as a favourite; None for what cannot be one."""
    match = request.resolver_match
    if match is None:
        return None
    if match.view_name in records():
        return Favourite(match.view_name, match.kwargs["pk"])
    if match.view_name in lists() and not match.kwargs:
        return Favourite(match.view_name, 0, shown_by(request.GET))
    return None


def shown_by(given: QueryDict) -> str:
    """What a list shows, without where one is in it."""
    query = given.copy()
    for name in PLACE:
        query.pop(name, None)
    return query.urlencode()
