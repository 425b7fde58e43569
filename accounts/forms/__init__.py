"""Forms of this floor's records."""

from accounts.forms.account import AccountForm
from accounts.forms.channel import ChannelForm, NoticeForm
from accounts.forms.contact import ContactForm
from accounts.forms.contract import ContractForm
from accounts.forms.license import BecauseForm, LicenseForm, LicenseRequestForm, ShareForm
from accounts.forms.meeting_notes import MeetingNotesForm
from accounts.forms.trial import ExtendedForm, TrialForm

__all__ = [
    "AccountForm",
    "BecauseForm",
    "ChannelForm",
    "ContactForm",
    "ContractForm",
    "ExtendedForm",
    "LicenseForm",
    "LicenseRequestForm",
    "MeetingNotesForm",
    "NoticeForm",
    "ShareForm",
    "TrialForm",
]
