"""What the steps of a close are seen in: contracts, checks, quotes, keys, channels, meetings as they stand here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Prefetch

from accounts import licenses
from accounts.codenames import Prefix
from accounts.models import LicenseKey, Meeting
from fleetcs import clock
from fleetcs.models import RoleHolding, User
from fleetcs.posts import Group
from fleetcs.working_day import today
from opportunities import closing, pipelines, quoting, sanctions, signing

if TYPE_CHECKING:
    from opportunities.models.deal_close import DealClose

NEEDED: Final = (
    *("opportunity__agreements__signatures", "opportunity__agreements__deviations", "opportunity__agreements__reviews"),
    *("opportunity__quotes", "opportunity__renewals", "opportunity__account__screenings__country"),
    *("opportunity__account__channels", "opportunity__account__meetings__attendees"),
    "opportunity__account__codenames__parts",
)
KEYS: Final = "opportunity__account__license_keys"
SUCCESS: Final = ("CSM", "VP")  # whose attendance makes a handoff call one


def needed() -> tuple[Any, ...]:
    """What has to be read with a close; of its customer's keys everything but what they say."""
    return *NEEDED, Prefetch(KEYS, LicenseKey.objects.defer("sealed")), f"{KEYS}__shares"


@dataclass(frozen=True)
class Offices:
    """Who is of customer success today and who of the CRO, by their keys: asked once for however many closes."""

    success: frozenset[int]
    cro: frozenset[int]


def offices() -> Offices:
    cros = RoleHolding.objects.on(today()).filter(post__group=Group.CRO).values_list("user", flat=True)
    return Offices(frozenset(User.objects.of_groups(SUCCESS).values_list("pk", flat=True)), frozenset(cros))


def of(close: "DealClose", who: Offices) -> dict[str, bool]:
    """The facts of a close that was read with `whole()`, without a statement more."""
    return {
        **{name: getattr(close, name) for name in closing.BRANCHES},
        **_of_paper(close),
        **_of_quotes(close, who),
        **_of_deal(close),
        **_of_customer(close),
        **_of_meetings(close, who),
    }


def paper_of(close: "DealClose") -> Any:
    """The order form: the newest subscription agreement of the deal; of a won one, that by which it was won."""
    papers = [one for one in close.opportunity.agreements.all() if one.kind == one.Kind.SUBSCRIPTION]
    if close.is_won and close.won_at:
        moment = close.won_at
        papers = [one for one in papers if one.closed_on and one.created_at <= moment] or papers
    return max(papers, key=lambda one: one.pk, default=None)


def _of_paper(close: "DealClose") -> dict[str, bool]:
    paper = paper_of(close)
    if paper is None:
        return {}
    beyond = [each for each in paper.deviations.all() if each.is_beyond and not each.withdrawn_at]
    reviews = list(paper.reviews.all())
    return {
        "reviewed": bool(reviews) and all(each.closed_at for each in reviews),
        "review_open": any(each.is_submitted and not each.closed_at for each in reviews),
        "exceptions": bool(beyond),
        "exceptions_approved": all(each.is_approved for each in beyond),
        "exceptions_wait": any(each.is_approved is None for each in beyond),
        "sent_by_envelope": bool(paper.sent_at and paper.envelope),
        "sent_directly": bool(paper.sent_at and not paper.envelope),
        "executed_by_us": signing.COMPANY in paper.signed,
        "signed": paper.closed_on is not None,
        "attached": bool(paper.executed_url),
        "filed": bool(paper.filed_url),
    }


def _of_quotes(close: "DealClose", who: Offices) -> dict[str, bool]:
    """Once the deal is won only those count that might leave, or have left: nothing else goes out any more."""
    quotes = sorted(close.opportunity.quotes.all(), key=lambda one: one.number)
    quote = quoting.counting([one for one in quotes if not close.is_won or one.standing in quoting.PASSED])
    if quote is None:
        return {}
    pending, of_cro = quote.standing is quoting.Standing.PENDING, {quote.prepared_by_id, quote.written_by_id} & who.cro
    approving = quoting.approving(of_cro=bool(of_cro), to_ceo=settings.CRO_QUOTES_TO_CEO)
    return {
        "quoted": True,
        "quote_approved": quote.standing in quoting.PASSED,
        "quote_pending": pending,
        "quote_for_ceo": pending and approving == quoting.OF_CRO,
    }


def _of_deal(close: "DealClose") -> dict[str, bool]:
    deal = close.opportunity
    checks = sorted(deal.account.screenings.all(), key=lambda one: (one.at, one.pk))
    checked = sanctions.standing(checks)
    return {
        "screened": checked is sanctions.Standing.CLEAR,
        "hit": checked is sanctions.Standing.HIT,
        "won": deal.is_won,
        "issue": bool(close.issue_url),
        "ordered": hasattr(deal, "purchase_order"),
        "renewal": any(one.type == pipelines.RENEWAL for one in deal.renewals.all()),
        "handed_over": hasattr(close, "handoff") and not close.handoff.empty_items,
    }


def _of_customer(close: "DealClose") -> dict[str, bool]:
    account = close.opportunity.account
    keys = [one for one in account.license_keys.all() if not one.revoked_at and one.phase is licenses.Phase.POST_SALES]
    now = clock.now()
    served = [share.serves(now) for key in keys for share in key.shares.all() if not share.revoked_at]
    names = [one for one in account.codenames.all() if not one.retired_at]
    return {
        "codename": bool(names),
        "label_complete": all(one.is_complete and one.prefix == Prefix.CUSTOMER for one in names),
        "channel": any(one.kind == "customer" and not one.archived_at for one in account.channels.all()),
        "key": bool(keys),
        "key_shared": any(served),
        "key_lapsed": bool(served) and not any(served) and any(key.works(today()) for key in keys),
    }


def _of_meetings(close: "DealClose", who: Offices) -> dict[str, bool]:
    standing = [one for one in close.opportunity.account.meetings.all() if not one.cancelled_at]
    kinds = {one.kind for one in standing}
    calls = [one for one in standing if one.kind == Meeting.Kind.HANDOFF and with_success(one, who)]
    right = [one for one in calls if one.minutes == closing.HANDOFF_MINUTES]
    return {
        "handoff_call": bool(right if settings.DEAL_CLOSE_WARNINGS_STOP else calls),
        "handoff_call_odd": bool(calls) and not right,
        "kickoff": Meeting.Kind.KICKOFF in kinds,
        "check_in": Meeting.Kind.CHECK_IN in kinds,
    }


def with_success(meeting: Meeting, who: Offices) -> bool:
    """Whether somebody of customer success comes (DCL-17)."""
    return any(person.pk in who.success for person in meeting.attendees.all())
