"""What we ask Zendesk, outside any transaction, and write down in the one that settles it. Asking twice is harmless."""

from fleetcs.clients import zendesk
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect
from support.models import ImportRow, TicketImport


class ZendeskPage(Sender):
    """The next tickets of an import; `args`: import, cursor."""

    destination = "zendesk"
    protocol = "natural"

    def wanted(self, effect: Effect) -> str | None:
        return "finished" if import_of(effect).read_at else None

    def send(self, effect: Effect) -> Sent:
        return Sent(facts={"page": zendesk.tickets(str(effect.args["cursor"]))})

    def settle(self, effect: Effect, sent: Sent) -> None:
        if page := sent.facts.get("page"):
            is_last = page.is_last or not page.cursor or page.cursor == effect.args["cursor"]
            import_of(effect).take_page(page.tickets, page.cursor, is_last=is_last)

    def refused(self, effect: Effect, code: str) -> None:
        import_of(effect).give_up(code)


class ZendeskComments(Sender):
    """The comments of one ticket of an import; `args`: row."""

    destination = "zendesk"
    protocol = "natural"

    def wanted(self, effect: Effect) -> str | None:
        return None if row_of(effect).state == ImportRow.State.ASKED else "not_asked"

    def send(self, effect: Effect) -> Sent:
        return Sent(facts={"said": zendesk.comments(row_of(effect).external_id)})

    def settle(self, effect: Effect, sent: Sent) -> None:
        if said := sent.facts.get("said"):
            row_of(effect).take_comments(*said)

    def refused(self, effect: Effect, code: str) -> None:
        row_of(effect).refuse(code)


def import_of(effect: Effect) -> TicketImport:
    job = TicketImport.objects.filter(pk=effect.args["import"]).first()
    if job is None:
        raise Rejected("import_gone")
    return job


def row_of(effect: Effect) -> ImportRow:
    row = ImportRow.objects.select_related("job").filter(pk=effect.args["row"]).first()
    if row is None:
        raise Rejected("row_gone")
    return row
