"""The hidden field that lets a form act once (F48)."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleetcs.once import new_token

register = template.Library()


@register.simple_tag
def form_token() -> SafeString:
    """A fresh token for one form."""
    return format_html('<input type="hidden" name="form_token" value="{}">', new_token())
