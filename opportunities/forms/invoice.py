"""Forms about invoices and the customer's purchase order (DCL-11, CON-04)."""

from typing import Any

from django import forms

from fleetcs.editing import RecordForm
from opportunities import signing
from opportunities.models import Invoice, Opportunity

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class InvoiceForm(RecordForm[Invoice]):
    """An invoice as BizOps has written it elsewhere."""

    class Meta:
        model = Invoice
        fields = ("number", "po_number", "amount", "agreement", "sent_on", "paid_on", "method")
        widgets = {"sent_on": DAY, "paid_on": DAY}
        help_texts = {"sent_on": signing.INVOICE_DATE}

    def __init__(self, *args: Any, opportunity: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if opportunity:
            self.instance.opportunity = opportunity
        known: Any = self.fields["agreement"]
        known.queryset = self.instance.opportunity.agreements.all()
        known.label_from_instance = lambda one: f"{one.get_kind_display()} {one.pk}"


class PurchaseOrderForm(forms.Form):
    """The number of the customer's purchase order, or why there is none."""

    number = forms.CharField(label="PO number", required=False, max_length=60)
    none_because = forms.CharField(label="They use none, because", required=False, max_length=200)
