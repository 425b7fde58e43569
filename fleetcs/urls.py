"""Every address of the product. The wings choose their own prefixes; floor 0 knows them by name only."""

from allauth.account import views as account
from allauth.socialaccount import views as social
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from fleetcs.signin import where_passwords
from fleetcs.views import (
    bulk,
    cells,
    errors,
    exports,
    favourites,
    handbook,
    health,
    history,
    home,
    hours,
    mirrors,
    operations,
    people,
    preferences,
    salesforce_users,
    saved,
    search,
)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

closed = login_not_required(errors.not_found)

# Of what allauth offers: no sign-up, no other addresses, no foreign identities, passwords by a link but never by mail.
sign_in = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", where_passwords(account.password_change), name="account_change_password"),
    path(
        "password/reset/done/",
        where_passwords(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/reset/<slug:uidb36>/<slug:key>/",
        where_passwords(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/set/", closed, name="account_set_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("error/", social.login_error, name="socialaccount_login_error"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("search", search.search, name="search"),
    path("palette", search.palette, name="palette"),
    path("me/", preferences.preferences, name="preferences"),
    path("me/looks", preferences.set_looks, name="looks"),
    path("me/favourites", favourites.favourites, name="favourites"),
    path("me/favourites/star", favourites.star, name="star"),
    path("views/save", saved.save, name="view_save"),
    path("views/<int:pk>/change", saved.change, name="view_change"),
    path("views/<int:pk>/forget", saved.forget, name="view_forget"),
    path("views/columns", saved.choose_columns, name="columns"),
    path("bulk/of/<slug:code>", bulk.bulk, name="bulk"),
    path("bulk/<int:pk>", bulk.bulk_edit, name="bulk_edit"),
    path("bulk/<int:pk>/undo", bulk.bulk_undo, name="bulk_undo"),
    path("cells/<slug:code>/<int:pk>/<slug:key>", cells.cell, name="cell"),
    path("about", preferences.about, name="about"),
    path("help", preferences.help, name="help"),
    path("operations", operations.operations, name="operations"),
    path("operations/effects", operations.operations_effects, name="operations_effects"),
    path("operations/effects/<int:pk>", operations.operations_effect, name="operations_effect"),
    path("operations/effects/<int:pk>/retry", operations.operations_retry, name="operations_retry"),
    path("operations/effects/<int:pk>/cancel", operations.operations_cancel, name="operations_cancel"),
    path("operations/effects/<int:pk>/settle", operations.operations_settle, name="operations_settle"),
    path("operations/deliveries", operations.operations_deliveries, name="operations_deliveries"),
    path("operations/deliveries/<int:pk>", operations.operations_delivery, name="operations_delivery"),
    path("operations/deliveries/<int:pk>/replay", operations.operations_replay, name="operations_replay"),
    path("operations/automations/<slug:code>", operations.operations_switch, name="operations_switch"),
    path("mirrors", mirrors.mirrors, name="mirrors"),
    path("mirrors/people", salesforce_users.salesforce_users, name="salesforce_users"),
    path("mirrors/people/<int:pk>/link", salesforce_users.salesforce_user_link, name="salesforce_user_link"),
    path("mirrors/people/<int:pk>/unlink", salesforce_users.salesforce_user_unlink, name="salesforce_user_unlink"),
    path("mirrors/<slug:code>", mirrors.mirror, name="mirror"),
    path("mirrors/<slug:code>/skipped", mirrors.mirror_skipped, name="mirror_skipped"),
    path("mirrors/<slug:code>/start", mirrors.mirror_act, {"verb": "start"}, name="mirror_start"),
    path("mirrors/<slug:code>/stop", mirrors.mirror_act, {"verb": "stop"}, name="mirror_stop"),
    path("mirrors/<slug:code>/release", mirrors.mirror_act, {"verb": "release"}, name="mirror_release"),
    path("mirrors/<slug:code>/rehearse", mirrors.mirror_act, {"verb": "rehearse"}, name="mirror_rehearse"),
    path("mirrors/<slug:code>/count", mirrors.mirror_act, {"verb": "count"}, name="mirror_count"),
    path("mirrors/links/<int:pk>/replay", mirrors.mirror_replay, name="mirror_replay"),
    path("mirrors/links/<int:pk>/adopt", mirrors.mirror_adopt, name="mirror_adopt"),
    path("mirrors/fields/<int:pk>", mirrors.mirror_field, name="mirror_field"),
    path("conflicts", mirrors.conflicts, name="conflicts"),
    path("conflicts/<int:pk>/settle", mirrors.conflict_settle, name="conflict_settle"),
    path("people", people.people, name="people"),
    path("people/new", people.person_new, name="person_new"),
    path("people/<int:pk>", people.person, name="person"),
    path("people/<int:pk>/edit", people.person_edit, name="person_edit"),
    path("people/<int:pk>/link", people.person_link, name="person_link"),
    path("people/<int:pk>/leave", people.person_leave, name="person_leave"),
    path("people/<int:pk>/posts", people.post_take, name="post_take"),
    path("posts", people.posts, name="posts"),
    path("posts/holdings/<int:pk>/end", people.post_end, name="post_end"),
    path("hours", hours.hours, name="hours"),
    path("hours/new", hours.hours_new, name="hours_new"),
    path("hours/<int:pk>/correct", hours.hours_correct, name="hours_correct"),
    path("hours/holidays", hours.holiday_add, name="holiday_add"),
    path("hours/holidays/<int:pk>/drop", hours.holiday_drop, name="holiday_drop"),
    path("handbook", handbook.handbook, name="handbook"),
    path("handbook/texts/<slug:code>", handbook.text, name="text"),
    path("handbook/<slug:section>/<slug:code>", handbook.entry, name="entry"),
    path("exports", exports.exports, name="exports"),
    path("history", history.history, name="history"),
    path("history/<slug:table>", history.history, name="history_table"),
    path("history/<slug:table>/<int:pk>", history.history_of, name="history_of"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("me/", include(sign_in)),
    path("", include("accounts.urls")),
    path("", include("opportunities.urls")),
    path("", include("support.urls")),
]
