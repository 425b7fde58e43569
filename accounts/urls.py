"""Addresses of this app."""

from django.urls import path

from accounts.views import (
    accounts,
    adoption,
    channels,
    check_ins,
    codename,
    codenames,
    contacts,
    contracts,
    leaks,
    license_requests,
    licenses,
    meeting_notes,
    meetings,
    shared,
    trials,
)

app_name = "accounts"
urlpatterns = [
    # accounts
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new", accounts.account_create, name="account_create"),
    path("accounts/export", accounts.accounts_export, name="accounts_export"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/edit", accounts.account_edit, name="account_edit"),
    # contacts
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/new", contacts.contact_create, name="contact_create"),
    path("contacts/export", contacts.contacts_export, name="contacts_export"),
    path("contacts/<int:pk>/", contacts.contact, name="contact"),
    path("contacts/<int:pk>/edit", contacts.contact_edit, name="contact_edit"),
    # notes of meetings
    path("accounts/<int:account_pk>/notes/new", meeting_notes.meeting_notes_create, name="meeting_notes_create"),
    path("notes/<int:pk>/drop", meeting_notes.meeting_notes_drop, name="meeting_notes_drop"),
    # contracts
    path("accounts/<int:account_pk>/contracts/new", contracts.contract_create, name="contract_create"),
    path("contracts/<int:pk>/", contracts.contract, name="contract"),
    path("contracts/<int:pk>/edit", contracts.contract_edit, name="contract_edit"),
    # codenames
    path("accounts/<int:pk>/codename/", codename.codename_of_account, name="codename_of_account"),
    path("accounts/<int:pk>/codename/choose", codename.codename_choose, name="codename_choose"),
    path("codenames/", codenames.codenames, name="codenames"),
    path("codenames/check", codenames.labels_check, name="labels_check"),
    path("codenames/labels/<int:pk>/accept", codenames.label_accept, name="label_accept"),
    path("codenames/blocked", codenames.codenames_blocked, name="codenames_blocked"),
    path("codenames/blocked/<int:pk>/drop", codenames.codename_unblock, name="codename_unblock"),
    path("codenames/<int:pk>/", codename.codename, name="codename"),
    path("codenames/<int:pk>/retry", codename.codename_retry, name="codename_retry"),
    path("codenames/<int:pk>/undo", codename.codename_undo, name="codename_undo"),
    path("codenames/<int:pk>/redo", codename.codename_redo, name="codename_redo"),
    path("codenames/<int:pk>/rename", codename.codename_rename, name="codename_rename"),
    path("codenames/<int:pk>/retire", codename.codename_retire, name="codename_retire"),
    path("codenames/<int:pk>/describe", codename.codename_describe, name="codename_describe"),
    path("codenames/adopt", adoption.codenames_adopt, name="codenames_adopt"),
    # what stands in public
    path("codenames/leaks", leaks.leaks, name="leaks"),
    path("codenames/leaks/<int:pk>/settle", leaks.leak_settle, name="leak_settle"),
    path("today/leaks/", leaks.part_leaks, name="part_leaks"),
    # channels
    path("channels/", channels.channels, name="channels"),
    path("channels/check", channels.channel_check, name="channel_check"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/edit", channels.channel_edit, name="channel_edit"),
    path("channels/<int:pk>/notice", channels.channel_notice, name="channel_notice"),
    path("channels/<int:pk>/after-hours/request", channels.after_hours_request, name="after_hours_request"),
    path("channels/<int:pk>/after-hours/approve", channels.after_hours_approve, name="after_hours_approve"),
    path("channels/<int:pk>/after-hours/end", channels.after_hours_end, name="after_hours_end"),
    # license keys
    path("accounts/<int:pk>/licenses/", licenses.licenses_of_account, name="licenses_of_account"),
    path("accounts/<int:account_pk>/licenses/new", licenses.license_create, name="license_create"),
    path("accounts/<int:account_pk>/licenses/ask", license_requests.license_ask, name="license_ask"),
    path("licenses/", licenses.licenses, name="licenses"),
    path("licenses/waiting", license_requests.licenses_waiting, name="licenses_waiting"),
    path("licenses/requests/<int:pk>/turn-down", license_requests.license_turn_down, name="license_turn_down"),
    path("licenses/shares/<int:pk>/revoke", licenses.share_revoke, name="share_revoke"),
    path("licenses/<int:pk>/", licenses.license, name="license"),
    path("licenses/<int:pk>/reveal", licenses.license_reveal, name="license_reveal"),
    path("licenses/<int:pk>/share", licenses.license_share, name="license_share"),
    path("licenses/<int:pk>/revoke", licenses.license_revoke, name="license_revoke"),
    path("shared/<slug:token>/", shared.shared_key, name="shared_key"),
    # meetings
    path("accounts/<int:pk>/meetings/new/", meetings.meeting_create, name="meeting_create"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting_cancel"),
    path("check-ins/", check_ins.check_ins, name="check_ins"),
    path("today/check-ins/", check_ins.check_ins_waiting, name="check_ins_waiting"),
    path("notes/<int:pk>/todos", check_ins.todos_review, name="todos_review"),
    # sandbox trials
    path("trials/", trials.trials, name="trials"),
    path("trials/new", trials.trial_create, name="trial_create"),
    path("trials/<int:pk>/", trials.trial, name="trial"),
    path("trials/<int:pk>/ask", trials.trial_ask, name="trial_ask"),
    path("trials/<int:pk>/extend", trials.trial_extend, name="trial_extend"),
]
