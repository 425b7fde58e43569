"""Somebody leaves, or loses a post: what waits for them goes to whoever has it now. Floor 0 asks, the wings pass on."""

from django.apps import apps
from django.db import transaction
from django.utils.module_loading import import_string

from fleetcs.models import RoleHolding, User
from fleetcs.working_day import today


@transaction.atomic
def end_post(holding: RoleHolding, *, by: User) -> None:
    """The post is no longer theirs from today; what waited for its holder moves (DIR-05)."""
    holding.end(today(), by=by)
    pass_on(holding.user, by=by)


@transaction.atomic
def let_go(person: User, *, by: User) -> None:
    """They have left: posts and sessions end, and nothing waits for them any more."""
    person.leave(by=by)
    pass_on(person, by=by)


def pass_on(person: User, *, by: User) -> None:
    """Ask each app in turn; call it in the transaction that ends the posts."""
    for config in apps.get_app_configs():
        for name in getattr(config, "handovers", []):
            import_string(name)(person, by=by)
