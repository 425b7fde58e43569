"""What strangers send, on the pages where it is read, in a real browser: nothing runs, nothing is fetched (G11).

Every piece of the corpus comes in as a mail through the real intake, in its text, its subject and its sender's name.
The control shows the very same pages with the text as it came.
"""

import re
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request

from fleetcs import inbox
from support import mail_gate
from support.models import Message, Ticket
from tests.factories import make_account, make_user
from tests.support.test_html import CORPUS

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOGETHER: Final = 16  # mails on one ticket
# What a page of ours asks for by itself, once it is open.
OURS: Final = re.compile(r"/(tickets/\d+/((similar|presence|bug|issues)/)?|messages/\d+/(state/)?|static/.*)$")
HEAD: Final = ('<img src=x hx-get="/x">', '"><script>alert(1)</script>', "{{7*7}}<b hx-trigger=load hx-post=/x>")


def arrive(html: str, number: int, subject: str) -> None:
    """One HTML mail of a stranger, taken in as in the product."""
    mail = EmailMessage()
    mail["From"] = f"{HEAD[number % len(HEAD)]!r} <ada@brook.example>".replace("\\", "")
    mail["To"], mail["Subject"] = "support@mail.localhost", subject
    mail["Message-ID"] = f"<{number}@brook.example>"
    if number % TOGETHER:
        mail["References"] = f"<{number - number % TOGETHER}@brook.example>"
    mail.set_content("In words: <b hx-get=/x>" + html)
    mail.add_alternative(html, subtype="html")
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{HEAD[number % len(HEAD)]}.txt")
    inbox.take_now(mail_gate.receive(mail.as_bytes(), {})[0])


@pytest.fixture
def tickets(transactional_db: None) -> list[Ticket]:
    make_account(domain="brook.example")
    for number, html in enumerate(CORPUS):
        arrive(html, number, f"Mail {number - number % TOGETHER} {HEAD[number % len(HEAD)]}")
    assert Message.objects.filter(by="customer").count() == len(CORPUS) >= 200
    return list(Ticket.objects.order_by("pk"))


class Watch:
    """Everything a page does that its reader has not asked for."""

    def __init__(self, page: Page, origin: str) -> None:
        self.origin, self.seen = origin, [""]
        page.on("request", self.requested)
        page.on("dialog", self.spoke)

    def requested(self, request: Request) -> None:
        url = urlsplit(request.url)
        is_ours = f"{url.scheme}://{url.netloc}" == self.origin and OURS.match(url.path)
        if not is_ours and url.scheme != "data":
            self.seen.append(f"{request.method} {request.url}")

    def spoke(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()


def visit(page: Page, addresses: Iterable[str]) -> list[str]:
    """What happened at these addresses by itself, or by moving over everything that came by mail."""
    found = []
    for address in addresses:
        page.goto(address, timeout=60_000)
        page.wait_for_load_state("networkidle")
        page.evaluate("""() => document.querySelectorAll('.entry-body *').forEach(one => {
            for (const kind of ['mouseover', 'focus', 'load', 'toggle', 'animationstart'])
                one.dispatchEvent(new Event(kind, {bubbles: true}))
        })""")
        if urlsplit(page.url).path != urlsplit(address).path:
            found.append(f"{address} led to {page.url}")
    return found


def addresses_of(tickets: list[Ticket]) -> list[str]:
    messages = Message.objects.filter(by="customer").values_list("pk", flat=True)
    return [f"/tickets/{ticket.pk}/" for ticket in tickets] + [f"/messages/{pk}/" for pk in list(messages)[::9]]


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], sign_in: Callable[..., None], tickets: list[Ticket]) -> Page:
    context = open_context()
    sign_in(context, make_user("cse"))
    return context.new_page()


def test_no_mail_runs_fetches_or_sends_anything(page: Page, tickets: list[Ticket], live_server: Any) -> None:
    watch = Watch(page, live_server.url)
    assert visit(page, addresses_of(tickets)) == []
    assert watch.seen == [""]
    assert page.locator(".entry-body script, .entry-body form, .entry-body img, .entry-body [style]").count() == 0


def test_the_same_pages_with_the_mails_as_they_came_would_do_harm(
    page: Page, tickets: list[Ticket], live_server: Any, complaints: list[str]
) -> None:
    """The control: the policy of the page holds back the scripts, and says so; the requests are seen."""
    for message in Message.objects.filter(by="customer"):
        Message.objects.filter(pk=message.pk).update(html=CORPUS[int(message.message_id.strip("<>").split("@")[0])])
    watch = Watch(page, live_server.url)
    visit(page, addresses_of(tickets))
    assert [line for line in complaints if "Content Security Policy" in line]
    assert len(watch.seen) > 1
    complaints.clear()
