"""The one table of posts and rights: every post the handbook's rules name is in it, and rights follow from the day."""

from datetime import timedelta

import pytest

from fleetcs import posts
from fleetcs.models import Post, RoleHolding, User
from fleetcs.posts import ALL, MAY, OWN, Group, scope
from fleetcs.working_day import today
from tests.factories import make_user

# Typed by hand from the column of roles in the ledger; "Head of Customer Success" and "VP of CS" are one post.
NAMED_IN_RULES = (
    "AE",
    "CSM",
    "CSE",
    "CSA",
    "SC",
    "Director of Solutions Consulting",
    "CRO",
    "CEO",
    "BizOps",
    "VP of Customer Success",
    "Manager of support",
    "Infrastructure engineer",
    "Developer on-call",
    "24/7 on-call",
    "First responder",
    "L2",
    "L3",
    "PD",
    "Head of Product Design",
    "QA",
    "Zapier administrator",
    "Interim Head of People",
    "SDR",
    "Head of Public Sector",
    "Technical evangelist",
)


@pytest.mark.ledger("DIR-05")
@pytest.mark.parametrize("role", NAMED_IN_RULES)
def test_every_role_that_acts_in_a_rule_is_a_post(role: str) -> None:
    assert [name for _, name, _ in posts.POSTS if role in name]


@pytest.mark.django_db
@pytest.mark.ledger("DIR-05")
def test_the_table_is_what_an_installation_starts_with() -> None:
    stored = list(Post.objects.values_list("code", "name", "group"))
    assert stored == [(code, name, group.value) for code, name, group in posts.POSTS]


def test_the_rights_name_groups_that_exist_and_every_group_may_something() -> None:
    named = {group for groups in MAY.values() for group in groups}
    assert named == {group.value for group in Group}


def test_whoever_holds_two_posts_may_what_either_may() -> None:
    assert scope("ticket.see", frozenset({"AE"})) == OWN
    assert scope("ticket.see", frozenset({"AE", "CSE"})) == ALL
    assert scope("ticket.answer", frozenset({"RO"})) is None
    with pytest.raises(KeyError):
        scope("ticket.eat", frozenset({"CSE"}))


@pytest.mark.django_db
def test_rights_begin_and_end_with_the_day_of_the_holding() -> None:
    someone = make_user(None)
    day = timedelta(days=1)
    post = Post.objects.get(pk="cse")
    for from_on, to_on, may in [
        (today() + day, None, False),
        (today() - 9 * day, today() - 8 * day, False),
        (today() - 5 * day, today(), False),
    ]:
        RoleHolding.objects.create(user=someone, post=post, from_on=from_on, to_on=to_on)
        assert User.objects.get(pk=someone.pk).may("ticket.answer") is may
    RoleHolding.objects.create(user=someone, post=post, from_on=today(), to_on=today() + day)
    assert User.objects.get(pk=someone.pk).may("ticket.answer")


@pytest.mark.django_db
def test_somebody_who_has_left_may_nothing_even_with_a_post() -> None:
    someone = make_user("ceo", is_active=False)
    assert not [action for action in MAY if someone.may(action)]


@pytest.mark.django_db
def test_a_backup_is_asked_when_nobody_else_holds_the_post() -> None:
    post = Post.objects.get(pk="vp_cs")
    backup = make_user(None)
    backup.take_post(post, from_on=today(), backup=True)
    assert post.holder() == backup
    holder = make_user("vp_cs")
    assert post.holder() == holder
