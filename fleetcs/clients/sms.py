"""Text messages through Twilio's form of API.

It has no key that merges repeats: send again only what may come twice.
"""

from urllib.parse import quote

from django.conf import settings

from fleetcs.clients import http
from fleetcs.clients.http import Unavailable


def send(to: str, text: str, key: str) -> str:
    """Send `text` to the number `to` (E.164) and return the provider's id.

    `key` rides along as a header for gateways that merge repeats; Twilio itself ignores it, so after an
    ambiguous Unavailable the caller decides between twice and perhaps never.
    """
    account = http.configured(settings.SMS_ACCOUNT)
    url = f"{settings.SMS_API_URL.rstrip('/')}/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
    form = {"To": to, "From": http.configured(settings.SMS_FROM), "Body": text}
    with http.session() as outside:
        answer = outside.post(
            url, data=form, auth=(account, settings.SMS_TOKEN), headers={"Idempotency-Key": quote(key, safe=":-_.")}
        )
    sid = http.json_of(answer).get("sid")
    if not isinstance(sid, str):
        raise Unavailable(code="not_understood", ambiguous=True)
    return sid
