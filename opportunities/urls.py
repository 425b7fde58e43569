"""Addresses of this app."""

from django.urls import path

from opportunities.views import leads, of_account, opportunities

app_name = "opportunities"
urlpatterns = [
    path("opportunities/", opportunities.opportunities, name="opportunities"),
    path("opportunities/<int:pk>/", opportunities.opportunity, name="opportunity"),
    path("opportunities/<int:pk>/edit", opportunities.opportunity_edit, name="opportunity_edit"),
    path("leads/", leads.leads, name="leads"),
    path("leads/<int:pk>/", leads.lead, name="lead"),
    path("accounts/<int:pk>/opportunities/", of_account.of_account, name="of_account"),
]
