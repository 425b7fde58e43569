"""Invoices and the customer's purchase order (DCL-11, CON-04, SFD-13, PAY-02)."""

from typing import Any

from django.http import HttpResponse

from fleetcs.views.records import Request, add_page, edit_page, posted
from opportunities import paying
from opportunities.forms.invoice import InvoiceForm, PurchaseOrderForm
from opportunities.models import Invoice, Opportunity, PurchaseOrder
from opportunities.views.acting import about, by_form, on_paper

TEMPLATE = "opportunities/invoice_form.html"


@on_paper(Opportunity, "invoice.enter")
def invoice_create(request: Request, deal: Opportunity) -> HttpResponse:
    """A new invoice; it starts with the customer's PO number and the deal's amount."""
    order = PurchaseOrder.objects.filter(opportunity=deal).first()
    agreement = deal.agreements.executed().first()
    known = {"po_number": order.number if order else "", "amount": deal.amount, "agreement": agreement}
    form = InvoiceForm(posted(request), user=request.user, opportunity=deal, initial=known)
    page: dict[str, Any] = {
        "title": f"New invoice of {deal.name}",
        "save": "Save invoice",
        "back": deal.get_absolute_url(),
    }
    page |= {"template": TEMPLATE, "order": order, "note": paying.note(deal.max_hosts)}
    return add_page(request, form, page, opportunity=deal)


@on_paper(Invoice, "invoice.enter")
def invoice_edit(request: Request, one: Invoice) -> HttpResponse:
    deal = one.opportunity
    form = InvoiceForm(posted(request), instance=one, user=request.user)
    order = PurchaseOrder.objects.filter(opportunity=deal).first()
    page: dict[str, Any] = {
        "title": f"Edit invoice {one.number}".strip(),
        "save": "Save invoice",
        "back": one.get_absolute_url(),
    }
    return edit_page(request, form, page | {"template": TEMPLATE, "order": order, "note": paying.note(deal.max_hosts)})


@on_paper(Opportunity, "agreement.keep")
def purchase_order(request: Request, deal: Opportunity) -> HttpResponse:
    """The PO number for the invoice, or that they use none, and why (DCL-11)."""
    order = PurchaseOrder.objects.filter(opportunity=deal).first()
    known = {"number": order.number, "none_because": order.none_because} if order else {}
    form = PurchaseOrderForm(posted(request), initial=known)
    page = about(f"Purchase order of {deal.name}", back=deal.get_absolute_url())
    return by_form(
        request, form, lambda: PurchaseOrder.objects.secure(deal, by=request.user, **form.cleaned_data), **page
    )
