"""Mail that no person wrote to us: automatic answers, bounces, lists, our own (RFC 3834, 3464); and DMARC. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

# On every mail we send, whoever wrote it: what comes back with it has gone round in a circle (T11).
OWN_HEADER = "X-Fleetcs-Mail"
ROBOTS = frozenset({"mailer-daemon", "mail-daemon", "postmaster", "mailerdaemon"})
VERDICTS = frozenset({"pass", "fail", "none"})

_LIST = re.compile(r"<([^<>\s]{1,255})>\s*$")
_AUTHENTICATOR = re.compile(r"\s*([^\s;]{1,255})(?:\s+[0-9]+)?\s*(?:;|$)")
_DMARC = re.compile(r"\s*dmarc\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)

type HeaderPairs = tuple[tuple[str, str], ...]


class Marked(Protocol):
    """What the rules look at: a mail as `support.mail.read` gives it."""

    @property
    def headers(self) -> HeaderPairs: ...
    @property
    def from_address(self) -> str: ...
    @property
    def return_path(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Markers:
    """What a mail is. `reason` says in words why it opens no ticket, and is empty for a person's mail.

    `colleague` marks a sender address in one of our domains: not ignored, not believed (T06), for a person to look at.
    """

    auto_response: bool
    bounce: bool
    own: bool
    colleague: bool
    reason: str


def markers(mail: Marked, own_domains: Iterable[str], own_addresses: Iterable[str]) -> Markers:
    """Judges a mail by its headers, given the domains and the addresses (any tag after a plus sign) that are ours."""
    domains = frozenset(domain.lower() for domain in own_domains)
    own = _own_reason(mail, frozenset(_untagged(address) for address in own_addresses))
    bounce = bounce_reason(mail)
    automatic = automatic_reason(mail, domains)
    sender_domain = mail.from_address.rpartition("@")[2].lower()
    reason = next((found for found in (own, bounce, automatic) if found), "")
    return Markers(bool(automatic), bool(bounce), bool(own), sender_domain in domains and not own, reason)


def _own_reason(mail: Marked, addresses: frozenset[str]) -> str:
    if _value(mail, OWN_HEADER):
        return "ignored because it is a mail of ours that came back"
    if mail.from_address and _untagged(mail.from_address) in addresses:
        return "ignored because its sender is an address of ours"
    return ""


def bounce_reason(mail: Marked) -> str:
    """Why a mail is a report of failed delivery, or ""."""
    content_type = _value(mail, "content-type").lower()
    if content_type.startswith("multipart/report") and "delivery-status" in content_type:
        return "ignored because it reports on the delivery of a mail (RFC 3464)"
    if content_type.startswith("message/delivery-status") or _value(mail, "x-failed-recipients"):
        return "ignored because it reports a failed delivery"
    if mail.from_address.partition("@")[0].lower() in ROBOTS:
        return "ignored because a mail server sent it"
    return ""


def automatic_reason(mail: Marked, own_domains: frozenset[str] = frozenset()) -> str:
    """Why a mail counts as automatic, or "". A list of our own (a group address that passes mail on) is no reason."""
    if mail.return_path == "":
        return "ignored because it has an empty return path"
    return next(
        (
            reason
            for reason in (_submitted(mail), _replied(mail), _reported(mail), _listed(mail, own_domains))
            if reason
        ),
        "",
    )


def _submitted(mail: Marked) -> str:
    value = _value(mail, "auto-submitted").partition(";")[0].strip().lower()
    return "" if value in ("", "no") else f"ignored because it says Auto-Submitted: {value[:40]} (RFC 3834)"


def _replied(mail: Marked) -> str:
    """Headers of automatic answers; `X-Auto-Response-Suppress: None` asks for nothing."""
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"):
        if _value(mail, name).lower() not in ("", "no", "none"):
            return f"ignored because it has the header {name}"
    return ""


def _reported(mail: Marked) -> str:
    is_report = _value(mail, "content-type").lower().startswith("multipart/report")
    return "ignored because it is a machine's report (a receipt, a bounce or a complaint)" if is_report else ""


def _listed(mail: Marked, own_domains: frozenset[str]) -> str:
    precedence = _value(mail, "precedence").lower()
    if precedence in ("bulk", "junk", "auto_reply"):
        return f"ignored because it says Precedence: {precedence}"
    name = _value(mail, "list-id")
    if (not name and precedence != "list") or _is_own_list(name, own_domains):
        return ""
    return "ignored because it came through a mailing list"


def _is_own_list(name: str, own_domains: frozenset[str]) -> bool:
    found = _LIST.search(name[-300:])
    host = found[1].lower() if found else name.lower()
    return any(host == domain or host.endswith(f".{domain}") for domain in own_domains)


def _value(mail: Marked, name: str) -> str:
    return next((value.strip() for key, value in mail.headers if key == name.lower()), "")


def _untagged(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def dmarc(headers: HeaderPairs, host: str) -> str | None:
    """What our own mail server said about DMARC: "pass", "fail", "none" (or anything else); None if it said nothing.

    Only the topmost Authentication-Results header with our server's name counts; a sender can write the others.
    """
    for name, value in headers:
        if name == "authentication-results":
            results = _spoken(value[:8_000]).split(";")
            found = _AUTHENTICATOR.match(results[0] + ";")
            if found and host and found[1].lower() == host.lower():
                return _verdict(results[1:])
    return None


def _verdict(results: list[str]) -> str:
    found = [match[1].lower() for result in results if (match := _DMARC.match(result))]
    if "fail" in found:
        return "fail"
    return found[0] if found and found[0] in VERDICTS else "none"


def _spoken(value: str) -> str:
    """The value without comments and quoted strings, in which a sender's address may say what it likes."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in value:
        if escaped or (sign == "\\" and (quoted or depth)):
            escaped = not escaped
        elif quoted:
            quoted = sign != '"'
        elif sign == '"' and not depth:
            quoted = True
        elif sign in "()":
            depth = max(0, depth + (1 if sign == "(" else -1))
        elif not depth:
            kept.append(sign)
    return "".join(kept)
