"""Addresses of this app."""

from django.urls import URLPattern, path

from support.views import actions, attachments, emergency, follow_ups, hooks, reply, ticket

app_name = "support"
urlpatterns: list[URLPattern] = [
    # hooks: what others call
    path("contact", hooks.contact, name="contact"),
    path("email/inbound", hooks.email_inbound, name="email_inbound"),
    path("slack/events", hooks.slack_events, name="slack_events"),
    path("slack/interactions", hooks.slack_interactions, name="slack_interactions"),
    # tickets: the page and what is said
    path("tickets/new/", ticket.new, name="new"),
    path("tickets/<int:pk>/", ticket.ticket, name="ticket"),
    path("tickets/<int:pk>/similar/", ticket.similar, name="similar"),
    path("tickets/<int:pk>/presence/", ticket.presence, name="presence"),
    path("tickets/<int:pk>/reply/", reply.reply, name="reply"),
    path("tickets/<int:pk>/note/", reply.note, name="note"),
    path("tickets/<int:pk>/log/", reply.log, name="log"),
    path("tickets/<int:pk>/draft/", reply.draft, name="draft"),
    path("tickets/<int:pk>/templates/", reply.templates, name="templates"),
    path("messages/<int:pk>/", ticket.message, name="message"),
    path("messages/<int:pk>/state/", ticket.state, name="message_state"),
    path("attachments/<int:pk>/", attachments.attachment, name="attachment"),
    # tickets: what is decided
    path("tickets/<int:pk>/priority/", actions.priority, name="priority"),
    path("tickets/<int:pk>/confirm/", actions.confirm, name="confirm"),
    path("tickets/<int:pk>/level/", actions.level, name="level"),
    path("tickets/<int:pk>/kind/", actions.kind, name="kind"),
    path("tickets/<int:pk>/assign/", actions.assign, name="assign"),
    path("tickets/<int:pk>/take/", actions.take, name="take"),
    path("tickets/<int:pk>/account/", actions.account, name="link_account"),
    path("tickets/<int:pk>/details/", actions.details, name="details"),
    path("tickets/<int:pk>/resolve/", actions.resolve, name="resolve"),
    path("tickets/<int:pk>/reopen/", actions.reopen, name="reopen"),
    path("tickets/<int:pk>/wait/", actions.wait, name="wait"),
    path("tickets/<int:pk>/merge/", actions.join, name="merge"),
    path("follow-ups/<int:pk>/", follow_ups.follow_up, name="follow_up"),
    path("clocks/<int:pk>/cause/", follow_ups.cause, name="cause"),
    path("emergency/<slug:tier>/", emergency.emergency, name="emergency"),
]
