import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client


def sign_in(name: str, group: str) -> Client:
    user = get_user_model().objects.create_user(name, f"{name}@staff.example", "a long password", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(db) -> Client:
    """May take on tenants and issue keys."""
    return sign_in("olga", "Operator")


@pytest.fixture
def reviewer(db) -> Client:
    """May look at tenants, and has no business with keys."""
    return sign_in("rita", "Reviewer")
