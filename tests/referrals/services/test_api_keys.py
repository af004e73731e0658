"""Keys that a tenant issues and ends, told as events without their secret."""

import json
import uuid

from events.models import Event
from referrals.services.api_keys import end_key, issue_key
from tests.cast import NOON


def test_key_of_a_person_is_bound_to_them_and_told(acme, alice):
    issued = issue_key(acme, scopes=["read"], actor="key:k", at=NOON, person=alice.person)

    event = Event.objects.latest("id")
    assert issued.key.binding.person == alice.person
    assert (event.kind, event.subject) == ("key.issued", uuid.UUID(issued.key.public_key))
    assert event.data == {"after": {"scopes": ["read"]}, "actor": "key:k", "person": str(alice.person.uid)}
    assert issued.secret not in json.dumps(event.data)


def test_key_ends_once(acme):
    issued = issue_key(acme, scopes=["read"], actor="key:k", at=NOON)

    end_key(issued.key, actor="key:k", at=NOON)
    end_key(issued.key, actor="key:k", at=NOON)

    assert issued.key.revoked_at == NOON
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == ["key.issued", "key.revoked"]
