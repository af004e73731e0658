"""One truth: after each step of its life, every dialect tells the same of one referral.

Each table has a step of `tests.flows.story` and, beside it, what the dialects then say: the words are those of DESIGN
section 3, "State machines".
"""

import pytest
from django.utils import timezone

from credits.services.books import check_books
from tests.flows.dialects import Said
from tests.flows.story import Story, begin

JOINED = "conversion/confirmed dana"

NOTHING = Said("-", "-", "-")
CLICKED = Said("click/pending -", "-", "-")
SIGNED_UP = Said(JOINED, "attributed", "APPROVED APPROVED")
HELD = Said(JOINED, "review_required", "PENDING PENDING paid")
REJECTED = Said(JOINED, "rejected", "DENIED DENIED paid")
PENDING = Said(
    JOINED,
    "rewarded 2500 1000",
    "APPROVED APPROVED paid",
    "2500 scheduled, 1000 scheduled",
    "25.0 pending, 10.0 pending",
)
AVAILABLE = PENDING._replace(rewards="2500 given, 1000 given", credits="25.0 available, 10.0 available", waiting=25.0)
PAYING_OUT = AVAILABLE._replace(rewards="2500 spent, 1000 given", earn_outs="25.0 processing", waiting=0.0)

JOURNEY = [
    ("click", CLICKED),
    ("confirm", SIGNED_UP),
    ("sign_up", SIGNED_UP),
    ("share_customer", SIGNED_UP),
    ("pay", SIGNED_UP),
    ("handle", HELD),
    ("decide approve", PENDING),
    ("decide approve", PENDING),
    ("mature", AVAILABLE),
    ("request_payout", PAYING_OUT),
    ("complete_payout", PAYING_OUT._replace(earn_outs="25.0 completed")),
    # What was paid out stays as it was, and Alice owes it; what Dana had is taken back.
    ("refund", Said(JOINED, "rewarded 2500", "APPROVED APPROVED paid", "2500 spent, 0 cancelled",
                    "25.0 available, 10.0 reverted", "25.0 completed", -25.0)),
]  # fmt: skip
# Read after each step above, these are not read again.
BEFORE_PAYMENT = [("click", None), ("confirm", None)]
GRANTED = [*BEFORE_PAYMENT, ("pay", None), ("handle", None)]
REVIEWED = [*BEFORE_PAYMENT, ("share_customer", None), ("pay", None), ("handle", None)]

STORIES = {
    "from a click to a refund": JOURNEY,
    "rejected through Crawlora": [
        *REVIEWED,
        ("decide reject", REJECTED),
        ("decide reject", REJECTED),
        ("pay in_2", REJECTED),
        ("handle", REJECTED),
        ("mature", REJECTED),
    ],
    "rejected through SaaSquatch, then approved": [
        *REVIEWED,
        ("moderate DENIED", REJECTED),
        ("moderate APPROVED", PENDING),
    ],
    "decided side by side through SaaSquatch": [
        *REVIEWED,
        ("moderate REFERRER_APPROVED", Said(JOINED, "review_required", "APPROVED PENDING paid")),
        ("moderate REFERRED_DENIED",
         Said(JOINED, "rewarded 2500", "APPROVED DENIED paid", "2500 scheduled", "25.0 pending")),
        ("mature", Said(JOINED, "rewarded 2500", "APPROVED DENIED paid", "2500 given", "25.0 available", waiting=25.0)),
    ],
    "moderated through SaaSquatch while it is held": [
        *GRANTED[:-1],
        ("handle", PENDING),
        ("moderate REFERRER_DENIED",
         Said(JOINED, "rewarded 1000", "DENIED APPROVED paid", "2500 cancelled, 1000 scheduled",
              "25.0 reverted, 10.0 pending")),
        ("moderate DENIED",
         Said(JOINED, "rejected", "DENIED DENIED paid", "2500 cancelled, 1000 cancelled",
              "25.0 reverted, 10.0 reverted")),
        ("moderate APPROVED", PENDING),
    ],
    "moderated through SaaSquatch once it is available": [
        *GRANTED,
        ("mature", AVAILABLE),
        ("moderate REFERRED_DENIED",
         Said(JOINED, "rewarded 2500", "APPROVED DENIED paid", "2500 given, 1000 cancelled",
              "25.0 available, 10.0 reverted", waiting=25.0)),
        ("moderate REFERRED_APPROVED", AVAILABLE),
    ],
    "denied before it is paid": [
        *BEFORE_PAYMENT,
        ("moderate DENIED", Said(JOINED, "rejected", "DENIED DENIED")),
        ("pay", Said(JOINED, "rejected", "DENIED DENIED")),
        ("handle", REJECTED),
        ("moderate REFERRED_APPROVED",
         Said(JOINED, "rewarded 1000", "DENIED APPROVED paid", "1000 scheduled", "10.0 pending")),
    ],
    "signed up through SaaSquatch, without a click": [
        ("sign_up", NOTHING),
        ("apply_code", SIGNED_UP),
    ],
    "refunded in part before it matures": [
        *GRANTED,
        # Webshare and Crawlora tell what was granted; what is left of it, SaaSquatch and the next earn-out.
        ("refund 4000", PENDING._replace(rewards="1500 scheduled, 600 scheduled")),
        ("mature", AVAILABLE._replace(rewards="1500 given, 600 given", waiting=15.0)),
    ],
    "refunded before it matures": [
        *GRANTED,
        ("refund", Said(JOINED, "rewarded", "APPROVED APPROVED paid", "0 cancelled, 0 cancelled",
                        "25.0 reverted, 10.0 reverted")),
        ("mature", Said(JOINED, "rewarded", "APPROVED APPROVED paid", "0 cancelled, 0 cancelled",
                        "25.0 reverted, 10.0 reverted")),
    ],
    "refunded while it is in review": [
        *REVIEWED,
        ("refund", HELD),
        ("decide approve", Said(JOINED, "rewarded", "APPROVED APPROVED paid", "0 cancelled, 0 cancelled",
                                "25.0 reverted, 10.0 reverted")),
    ],
    "never paid": [*BEFORE_PAYMENT, ("expire", Said(JOINED, "expired", "APPROVED APPROVED ended"))],
    "of a referrer who is capped": [
        *BEFORE_PAYMENT,
        ("cap", None),
        ("pay", None),
        ("handle", Said(JOINED, "capped 1000", "APPROVED APPROVED paid", "1000 scheduled", "10.0 pending")),
    ],
    "rewarded by no rule": [
        *BEFORE_PAYMENT,
        ("drop_rules", None),
        ("pay", None),
        ("handle", Said(JOINED, "qualified", "APPROVED APPROVED paid")),
    ],
    "whose grant fails": [
        *BEFORE_PAYMENT,
        ("fill_disk", None),
        ("pay", None),
        ("handle", Said(JOINED, "failed", "APPROVED APPROVED paid")),
        ("recover", PENDING),
    ],
    "whose payout fails": [
        *GRANTED,
        ("mature", AVAILABLE),
        ("request_payout", PAYING_OUT),
        ("fail_payout", AVAILABLE._replace(earn_outs="25.0 failed")),
    ],
    "whose attribution is removed": [*GRANTED, ("forget_touch", PENDING._replace(attribution="-"))],
}  # fmt: skip


@pytest.fixture
def story(db: None) -> Story:
    return begin()


@pytest.mark.parametrize("name", STORIES)
def test_every_dialect_says_the_same(story, name):
    found = []
    for step, said in STORIES[name]:
        story.take(step)
        found.append((step, said and story.reader.read()))

    assert found == STORIES[name]
    assert check_books(at=max(story.now, timezone.now())).differences == []
