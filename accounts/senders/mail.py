"""Mails of this floor: the code to a link with a license key, and a word about a sandbox that ends tomorrow.

Each has a Message-ID of its own, by which it is looked for before it is sent again.
"""

from datetime import timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts import licenses
from accounts.models import KeyShare, TrialExtension
from fleetcs import clock
from fleetcs.addresses import absolute_url
from fleetcs.clients import email
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect
from fleetcs.wording import absolute, duration
from fleetcs.working_day import ZONE

CODE: str = """Your code is {code}

It works for {life}, once, on the page from which you asked for it. Nobody of ours will ask you for it.
If you did not ask for it, do nothing.
"""
REMINDER: str = """The sandbox of {email} ends {ends}, and the extension you asked for is not recorded.

After that moment it cannot be extended: {link}
"""


class OwnMail(Sender):
    """What both share."""

    destination = "email"
    protocol = "probe"
    patience = timedelta(minutes=1)

    def probe(self, effect: Effect) -> Sent | None:
        found = email.find(own_id(effect), effect.created_at)
        return Sent(found) if found else None

    def mailed(self, effect: Effect, to: str, subject: str, text: str) -> Sent:
        email.send(email.Mail((to,), subject, text, own_id(effect), auto_submitted="auto-generated"))
        return Sent(own_id(effect))


class LicenseCode(OwnMail):
    """The code to a link; `args`: share, ask. It is made here, and of it only a hash is kept."""

    def wanted(self, effect: Effect) -> str | None:
        share = KeyShare.objects.live(clock.now()).filter(pk=effect.args["share"]).first()
        return None if share and share.asked == effect.args["ask"] else "superseded"

    def send(self, effect: Effect) -> Sent:
        share = KeyShare.objects.get(pk=effect.args["share"])
        code = share.new_code()
        spaced = f"{code[: licenses.CODE_DIGITS // 2]} {code[licenses.CODE_DIGITS // 2 :]}"
        text = CODE.format(code=spaced, life=duration(licenses.CODE_LIFE))
        return self.mailed(effect, share.email, "Your code", text)


class TrialReminder(OwnMail):
    """A sandbox ends within a day while its extension is open (LIC-05); `args`: extension."""

    def wanted(self, effect: Effect) -> str | None:
        found = TrialExtension.objects.open().filter(pk=effect.args["extension"], trial__expires_at__gt=clock.now())
        return None if found.exists() else "over"

    def send(self, effect: Effect) -> Sent:
        extension = TrialExtension.objects.select_related("trial", "asked_by").get(pk=effect.args["extension"])
        if extension.asked_by is None or not extension.asked_by.is_active:
            raise Rejected("person_left")
        trial = extension.trial
        link = absolute_url(trial.get_absolute_url())
        text = REMINDER.format(email=trial.email, ends=absolute(trial.expires_at, ZONE), link=link)
        return self.mailed(effect, extension.asked_by.email, "A sandbox ends within a day", text)


def own_id(effect: Effect) -> str:
    """The mail's own id, the same on every try and made up for everybody who has not our secret."""
    made = salted_hmac("fleetcs.mail", f"{effect.kind}:{effect.pk}", algorithm="sha256").hexdigest()[:40]
    return f"<{made}@{settings.MAIL_DOMAIN}>"
