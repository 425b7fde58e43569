"""What a customer is told in their own Slack channel about an issue of theirs (BUG-06, REQ-06)."""

from accounts.models.customer_words import marks_for
from fleetcs.clients import slack
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect
from support.models import CustomerNote
from support.models.customer_note import is_of
from support.senders.slack import found
from support.slack_text import outgoing


class SlackNote(Sender):
    """A note, as whoever sent it has seen it; `args`: note, n."""

    destination = "slack"
    protocol = "probe"

    def wanted(self, effect: Effect) -> str | None:
        note = note_of(effect)
        if note.told_at:
            return "told_already"
        return None if note.tries == effect.args["n"] and note.decided_at else "superseded"

    def send(self, effect: Effect) -> Sent:
        """What has come to be another customer's name, or a channel that is theirs no longer, stops it once more."""
        note = note_of(effect)
        if marks_for(note.text, note.account):
            raise Rejected("confidential")
        return Sent(slack.post(place_of(note), outgoing(note.text), effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        return found((place_of(note_of(effect)), None), effect)

    def settle(self, effect: Effect, sent: Sent) -> None:
        note_of(effect).note_told(effect.args["n"])

    def refused(self, effect: Effect, code: str) -> None:
        note_of(effect).note_refused(code, effect.args["n"])


def note_of(effect: Effect) -> CustomerNote:
    """The note with its customer and channel. Raises Rejected when it is gone."""
    asked = CustomerNote.objects.select_related("account", "channel").filter(pk=effect.args["note"])
    if note := asked.first():
        return note
    raise Rejected("note_gone")


def place_of(note: CustomerNote) -> str:
    """The channel's id in Slack. Raises Rejected for one that is not this customer's any more."""
    if note.channel is None or not is_of(note.channel, note.account_id):
        raise Rejected("not_their_channel")
    return note.channel.slack_id
