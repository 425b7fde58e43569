"""Addresses of this app."""

from django.urls import path

from accounts.views import accounts, channels, contacts, contracts

app_name = "accounts"
urlpatterns = [
    # accounts
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new", accounts.account_create, name="account_create"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/edit", accounts.account_edit, name="account_edit"),
    # contacts
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/new", contacts.contact_create, name="contact_create"),
    path("contacts/<int:pk>/", contacts.contact, name="contact"),
    path("contacts/<int:pk>/edit", contacts.contact_edit, name="contact_edit"),
    # contracts
    path("accounts/<int:account_pk>/contracts/new", contracts.contract_create, name="contract_create"),
    path("contracts/<int:pk>/", contracts.contract, name="contract"),
    path("contracts/<int:pk>/edit", contracts.contract_edit, name="contract_edit"),
    # channels
    path("channels/", channels.channels, name="channels"),
    path("channels/check", channels.channel_check, name="channel_check"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/edit", channels.channel_edit, name="channel_edit"),
    path("channels/<int:pk>/notice", channels.channel_notice, name="channel_notice"),
    path("channels/<int:pk>/after-hours/request", channels.after_hours_request, name="after_hours_request"),
    path("channels/<int:pk>/after-hours/approve", channels.after_hours_approve, name="after_hours_approve"),
    path("channels/<int:pk>/after-hours/end", channels.after_hours_end, name="after_hours_end"),
]
