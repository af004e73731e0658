"""What people choose for themselves."""

from datetime import datetime

from django.db import transaction

from events.services.events import record_event
from referrals.models import Person
from referrals.services.decisions import SYSTEM
from referrals.services.people import update_person


@transaction.atomic
def choose_reward_mode(person: Person, mode: str, *, at: datetime, actor: str = SYSTEM) -> None:
    """As what a person wants their rewards, `credits` or `payout`. It is copied to those granted from now on, and stays
    on each as it was then; "" leaves it to the rules again.
    """
    before = person.reward_mode
    if before == mode:
        return
    update_person(person, at=at, reward_mode=mode)
    states = {"before": {"reward_mode": before}, "after": {"reward_mode": mode}}
    record_event(person.tenant, "person.updated", subject=person.uid, at=at, actor=actor, **states)
