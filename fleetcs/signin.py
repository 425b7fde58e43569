"""Who gets in: colleagues that an administrator has entered, by password or by the company's identity provider."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, DateField, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from fleetcs.models import RoleHolding, User
from fleetcs.models.person import groups_of
from fleetcs.models.written import Written
from fleetcs.working_day import today

type View = Callable[..., Any]

UNKNOWN = "Nobody here goes by that address. An administrator enters colleagues under People."


def _who(pk: Any, on: Any) -> Any:
    held = RoleHolding.objects.on(on).filter(user=OuterRef("pk")).order_by().values("post__group")
    return User.objects.filter(pk=pk).annotate(held_groups=ArraySubquery(held)).order_by()


# Every request asks this; `held_groups` are those of the posts held on a day.
WHO: Final = Written(_who, pk=BigIntegerField(), on=DateField())


class Backend(AuthenticationBackend):
    """Colleagues, who bring what they may do along: one question to the database instead of two."""

    def get_user(self, user_id: int) -> User | None:
        found: User | None = next(iter(WHO(pk=user_id, on=today())), None)
        if found is None or not self.user_can_authenticate(found):
            return None
        found.groups_today = groups_of(vars(found)["held_groups"])
        return found


def where_passwords(view: View) -> View:
    """A page of sign-in by password; where that is switched off, nothing is at its address."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.LOCAL_PASSWORDS:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by password, where the installation allows it. No sign-up, no mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: object) -> User | None:
        if not settings.LOCAL_PASSWORDS:
            return None
        found: User | None = super().authenticate(request, **credentials)
        return found

    def set_password(self, user: User, password: str) -> None:
        """By a link or on the page of one's own password: both leave an entry in the history."""
        user.choose_password(password)

    def reauthenticate(self, user: User, password: str) -> bool:
        """The same person's password once more, counted by the same limits as a sign-in."""
        return self.authenticate(self.request, email=user.email, password=password) == user

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of our own are followed after signing in (T32)."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Sign-in sends no mail: every act on the outside is an effect, and a password is reset by an administrator."""

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        """As above."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in by the identity provider: for active colleagues, found by an address the provider has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in whom we know. Joining a foreign identity to one's own account is not offered (T31)."""
        known = sociallogin.is_existing and sociallogin.user.is_active
        if not known or sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(_refused(request))


def _refused(request: HttpRequest) -> HttpResponse:
    messages.error(request, UNKNOWN)
    return redirect("account_login")
