"""Users of Salesforce, read only: who owns what over there is somebody here once a person has said who is who."""

from typing import Any

from fleetcs.defaults import load_mirror
from fleetcs.mirrors.mapping import Kind, Mapped, Mapping

USERS = Mapping(
    code="users",
    name="Users",
    object="User",
    model_name="fleetcs.SalesforceUser",
    account="",
    lacks=("IsDeleted",),
    through="colleague_id",
    fields=(
        Mapped("name", "Name"),
        Mapped("email", "Email"),
        Mapped("username", "Username"),
        Mapped("title", "Title"),
        Mapped("is_active", "IsActive", Kind.FLAG),
    ),
)


def load_mirrors(apps: Any) -> None:
    """Users are read first: everything has an owner."""
    load_mirror(apps, 5, USERS)
