"""Forms of this floor's records."""

from accounts.forms.account import AccountForm
from accounts.forms.channel import ChannelForm, NoticeForm
from accounts.forms.contact import ContactForm
from accounts.forms.contract import ContractForm

__all__ = ["AccountForm", "ChannelForm", "ContactForm", "ContractForm", "NoticeForm"]
