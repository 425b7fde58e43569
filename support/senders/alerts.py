"""Alerts of clocks on their way to a colleague: the words are made when they leave, and only while they still hold."""

from fleetcs import clock
from fleetcs.clients import email, slack
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sent
from fleetcs.models import Effect, User
from support import alert_text
from support.models import Alert
from support.senders.mail import MailNotice, notice_id, sent
from support.senders.slack import SlackNudge, nudged
from support.slack_text import outgoing


class SlackAlert(SlackNudge):
    """An alert in Slack; `args`: alert and user, keys both."""

    def wanted(self, effect: Effect) -> str | None:
        return unwanted(effect)

    def send(self, effect: Effect) -> Sent:
        return Sent(slack.post(nudged(effect), outgoing(self.preview(effect)), effect_key=effect.key))

    def preview(self, effect: Effect) -> str:
        return alert_text.text(alert_of(effect), reader_of(effect), clock.now())


class MailAlert(MailNotice):
    """An alert by mail, for who has no id in Slack; `args`: alert and user, keys both."""

    def wanted(self, effect: Effect) -> str | None:
        return super().wanted(effect) or unwanted(effect)

    def send(self, effect: Effect) -> Sent:
        subject = alert_text.subject(alert_of(effect), clock.now())
        mail = email.Mail(
            (reader_of(effect).email,),
            subject,
            self.preview(effect),
            notice_id(effect),
            auto_submitted="auto-generated",
        )
        return sent(mail)

    def preview(self, effect: Effect) -> str:
        return alert_text.text(alert_of(effect), reader_of(effect), clock.now())


def unwanted(effect: Effect) -> str | None:
    """Why nobody needs to hear of it any more, as a code."""
    alert = Alert.objects.with_clock().filter(pk=effect.args["alert"]).first()
    return alert.moot if alert else "alert_gone"


def alert_of(effect: Effect) -> Alert:
    """The alert, with its clock. Raises Rejected when it is gone."""
    alert = Alert.objects.with_clock().filter(pk=effect.args["alert"]).first()
    if alert is None:
        raise Rejected("alert_gone")
    return alert


def reader_of(effect: Effect) -> User:
    """Whom it is for. Raises Rejected for somebody who has left."""
    person: User | None = User.objects.active().filter(pk=effect.args["user"]).first()
    if person is None:
        raise Rejected("person_left")
    return person
