"""How the people of the company close a deal, step by step, each by whose step it is."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import KeyShare, Meeting
from fleetcs.working_day import ZONE
from opportunities import closing
from opportunities.models import Agreement, DealClose, HandoffSheet, PurchaseOrder, Signature
from tests.factories import (
    make_agreement,
    make_channel,
    make_contact,
    make_license,
    make_quote,
    make_review,
    make_screening,
    make_user,
)

LINK = "https://drive.google.com/file/d/there"
ISSUE = "https://github.com/lanternfish/confidential/issues/7"
SIGNED = {"name": "Their buyer", "signed_on": date(2025, 11, 3)}


class Walk:
    """The steps of one close as acts, by their codes."""

    def __init__(self, close: DealClose) -> None:
        self.close, self.deal = close, close.opportunity
        self.ae, self.csm, self.sc = self.deal.owner, self.deal.account.csm, self.deal.account.sc
        self.biz, self.ceo, self.vp = make_user("bizops"), make_user("ceo"), make_user("vp_cs")
        self.paper: Agreement = make_agreement(
            self.deal,
            by=self.ae,
            paper="theirs" if close.own_contract else "ours",
            effective_on=date(2025, 12, 1),
            ends_on=date(2026, 11, 30),
        )

    def tick(self, code: str, by: Any, **said: str) -> None:
        self.close.tick(code, said, by=by)

    def send(self) -> None:
        paper = Agreement.objects.get(pk=self.paper.pk)
        if self.close.docusign:
            paper.send(to="b@mill.example", envelope="E-1", copied=[self.ae.email, self.biz.email], by=self.ae)
        else:
            paper.send(to="b@mill.example", by=self.ae)

    def sign(self, party: str) -> None:
        ours = {"signer": self.ceo, "signed_on": date(2025, 11, 5)}
        paper = Agreement.objects.get(pk=self.paper.pk)
        by = self.ceo if party == "company" and not self.close.docusign else self.ae
        Signature.objects.record(paper, by=by, party=party, **(ours if party == "company" else SIGNED))

    def quote(self) -> None:
        quote = make_quote(self.deal, by=self.ae)
        quote.submit(by=self.ae)
        quote.approve(quote.digest, by=make_user("cro"))

    def review(self) -> None:
        make_review(self.paper).close("Fine.", by=self.biz)

    def win(self, by: Any = None) -> None:
        deal = type(self.deal).objects.get(pk=self.deal.pk)
        deal.move_to("Closed Won", by=by or self.ae, close_date=date(2025, 11, 5))

    def meet(self, kind: str, minutes: int = 30, **fields: Any) -> None:
        starts = datetime(2026, 1, 12, 9, tzinfo=ZONE)
        given = {"kind": kind, "starts_at": starts, "minutes": minutes} | fields
        Meeting.objects.schedule(self.deal.account, by=self.ae, attendees=[self.ae, self.csm], **given)

    def sheet(self) -> None:
        items = {name: "Known" for name, _ in closing.HANDOFF} | {"tier": self.close.tier}
        HandoffSheet.objects.add(close=self.close, by=self.ae, **items)

    def share(self) -> None:
        key = self.deal.account.license_keys.get()
        KeyShare.objects.share(key, [make_contact(self.deal.account)], by=self.csm, life=timedelta(days=7))

    def attach(self) -> None:
        Agreement.objects.get(pk=self.paper.pk).attach(LINK, by=self.ae)

    def file(self) -> None:
        Agreement.objects.get(pk=self.paper.pk).file(LINK, by=self.biz)

    def both(self) -> None:
        self.sign("customer")
        self.sign("company")

    def acts(self) -> dict[str, Callable[[], Any]]:
        """Every step that applies, in an order in which they can be done."""
        wanted = self.before_the_win() | self.after_the_win()
        steps = {step.code for step in closing.CLOSE.steps if step.applies(self.branch()) and not step.stands}
        return {code: act for code, act in wanted.items() if code in steps}

    def branch(self) -> dict[str, bool]:
        return {name: getattr(self.close, name) for name in closing.BRANCHES} | {"quoted": True}

    def before_the_win(self) -> dict[str, Callable[[], Any]]:
        return {
            "DCL-00": lambda: self.tick("DCL-00", self.ae),
            "DCL-01": lambda: make_screening(self.deal, by=self.ae),
            "QUO-02": self.quote,
            "DCL-02": self.review,
            "DCL-03": self.send,
            "DCL-04": self.send,
            "DCL-05a": lambda: (self.sign("customer"), self.tick("DCL-05a", self.ae, scan=LINK)),
            "DCL-05b": lambda: self.tick("DCL-05b", self.biz, found="As agreed"),
            "DCL-06": lambda: self.tick("DCL-06", self.biz, copied=f"{self.ae.email}, {self.biz.email}"),
            "DCL-05c": lambda: self.sign("company"),
            "DCL-08": self.both if self.close.docusign else lambda: None,
            "DCL-09a": self.attach,
            "DCL-09b": self.win,
        }

    def after_the_win(self) -> dict[str, Callable[[], Any]]:
        order = {"number": "PO-1", "none_because": ""}
        return {
            "DCL-10": self.file,
            "DCL-11": lambda: PurchaseOrder.objects.secure(self.deal, by=self.ae, **order),
            "DCL-12a": lambda: self.close.name_issue(ISSUE, by=self.ae),
            "DCL-12b": lambda: self.tick("DCL-12b", self.ae),
            "DCL-13": lambda: self.tick("DCL-13", self.ae, bizops=self.biz.name, vp_cs=self.vp.name),
            "DCL-14": lambda: self.tick("DCL-14", self.ae, plan=LINK),
            "DCL-15": lambda: self.tick("DCL-15", self.sc, plan=LINK),
            "DCL-16": lambda: self.tick("DCL-16", self.ae, folder=LINK),
            "DCL-17": lambda: self.meet("handoff"),
            "DCL-18": self.sheet,
            "DCL-19": lambda: self.tick("DCL-19", self.csm),
            "DCL-20": lambda: None,
            "DCL-21a": lambda: self.tick("DCL-21a", self.csm, to="buyer@mill.example"),
            "DCL-21b": lambda: self.tick("DCL-21b", self.csm, copy=LINK),
            "DCL-22": lambda: make_channel(self.deal.account),
            "DCL-23": lambda: make_license(self.deal.account),
            "DCL-24": self.share,
            "DCL-25": lambda: self.meet("kickoff"),
            "DCL-26": lambda: self.tick("DCL-26", self.csm, details="Two clusters"),
            "DCL-27": lambda: self.meet("check_in", recurs="weekly"),
        }

    def through(self, last: str) -> "Walk":
        """Do everything up to and with one step."""
        for code, act in self.acts().items():
            act()
            if code == last:
                break
        return self
