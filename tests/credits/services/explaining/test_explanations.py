"""What each audience is told, word by word, of a few stories."""

from datetime import timedelta

import pytest

from credits.models import Reward
from credits.services.explaining import Audience, Basis, explain_referral, explain_reward, reevaluate
from referrals.models import Decision, Referral, Side
from referrals.services.risk import all_rules
from tests.cast import NOON, pay
from tests.credits.services.explaining.stories import ADDRESS, BOB

DAY = timedelta(days=1)
LATER = NOON + 5 * DAY
SECTIONS = ["summary", "attribution", "qualification", "risk", "decisions", "earnings", "maturation", "ledger"]


def member(referral: Referral, side: str = Side.REFERRER) -> dict:
    return explain_referral(referral, audience=Audience.MEMBER, at=LATER, side=side)


def support(referral: Referral) -> dict:
    return explain_referral(referral, audience=Audience.SUPPORT, at=LATER)


def auditor(referral: Referral) -> dict:
    return explain_referral(referral, audience=Audience.AUDITOR, at=LATER)


@pytest.mark.parametrize("audience", [Audience.SUPPORT, Audience.AUDITOR])
def test_every_section_is_there_for_staff(begun, audience):
    told = explain_referral(begun, audience=audience, at=LATER)

    assert [name for name in told if name not in ("referral", "explained_at")] == SECTIONS


def test_referrer_is_told_their_own_part(tell):
    referral = tell("rewarded")
    reward = Reward.objects.get(side="referrer")

    assert member(referral) == {
        "referral": str(referral.uid),
        "explained_at": LATER.isoformat(),
        "summary": (
            "Dana came through you on 1 June 2026. "
            "It brought you 25.00 USD. 25.00 USD becomes available on 1 July 2026."
        ),
        "attribution": {"attributed_at": NOON.isoformat(), "code": "ALICE"},
        "qualification": {"state": "qualified", "at": NOON.isoformat(), "says": "It counts."},
        "checks": {"state": "done", "says": ""},
        "decisions": {"your_side": "approved"},
        "earnings": {
            "rewards": [
                {
                    "reward": str(reward.uid),
                    "amount": 25_00,
                    "currency": "USD",
                    "state": "on its way",
                    "since": NOON.isoformat(),
                }
            ]
        },
        "maturation": [
            {
                "reward": str(reward.uid),
                "waits_for": ["the waiting period until 1 July 2026"],
                "available_on": (NOON + 30 * DAY).isoformat(),
            }
        ],
        "ledger": [
            {
                "reward": str(reward.uid),
                "entries": [
                    {
                        "at": NOON.isoformat(),
                        "says": "25.00 USD granted",
                        "amount": 25_00,
                        "currency": "USD",
                        "after": {"pending": 25_00, "available": 0, "reserved": 0, "paid": 0},
                    }
                ],
                "payouts": [],
            }
        ],
    }


def test_referred_person_is_told_their_own_part(tell):
    told = member(tell("rewarded"), Side.REFERRED)

    assert told["summary"].startswith("You were referred by Alice on 1 June 2026. It brought you 10.00 USD.")
    assert told["attribution"] == {
        "attributed_at": NOON.isoformat(),
        "kind": "click",
        "occurred_at": (NOON - 2 * DAY).isoformat(),
    }
    assert [each["amount"] for each in told["earnings"]["rewards"]] == [10_00]


@pytest.mark.parametrize("side", Side)
def test_review_reads_as_being_checked(tell, side):
    told = member(tell("held"), side)

    assert told["summary"].endswith("It is being checked; there is nothing for you to do.")
    assert told["checks"]["state"] == "being checked"
    assert told["decisions"] == {"your_side": "being checked"}


def test_cap_of_the_referrer_is_told_to_the_referrer_alone(tell):
    referral = tell("capped")

    assert "the number of referrals that the program rewards" in member(referral)["summary"]
    assert "number of referrals" not in member(referral, Side.REFERRED)["summary"]


def test_attribution_says_which_touch_won_and_why_the_others_lost(begun):
    told = support(begun)["attribution"]

    assert (told["policy"], told["window_days"], told["code"]) == ("last", 30, "ALICE")
    assert told["winner"]["why"] == "it was the last of 2 touches that counted"
    assert [(touch["code"], touch["why"]) for touch in told["losers"]] == [
        ("BERT", "it was a bot, not a visit"),
        ("BERT", "the program credits the last touch"),
    ]


def test_auditor_is_told_what_is_stored_of_the_winning_touch(begun):
    row = auditor(begun)["attribution"]["winner"]["row"]

    assert (row["ip_address"], row["visitor"], row["utm_source"]) == (ADDRESS, "v-dana", "news")


def test_every_rule_waits_before_a_payment(begun):
    told = support(begun)["risk"]

    assert {rule["code"]: rule["state"] for rule in told["rules"]} == {rule.code: "waiting" for rule in all_rules()}
    assert told["says"] == "No rule was asked yet: that is done at each payment."


def test_every_rule_is_told_with_what_it_looked_at(tell):
    rules = {rule["code"]: rule for rule in support(tell("held"))["risk"]["rules"]}

    assert {code: rule["state"] for code, rule in rules.items() if rule["state"] != "passed"} == {
        "same_stripe_customer": "failed",
        "same_card_fingerprint": "failed",
        "shared_ip": "failed",
    }
    assert sorted(rules) == sorted(rule.code for rule in all_rules())
    assert rules["referrer_velocity"]["inputs"] == {"referrals": 1, "limit": 10, "hours": 24}
    assert rules["shared_ip"]["evidence"] == {"people_on_network": 2}


def test_rule_that_is_switched_off_is_told_so(tell):
    told = support(tell("unasked_rules"))["risk"]

    assert next(rule["state"] for rule in told["rules"] if rule["code"] == "referrer_velocity") == "off"
    assert (told["threshold"], told["score"], told["state"]) == (0, 0, "held")


def test_earnings_tell_each_payment_under_each_version(tell):
    actions = support(tell("in_two_versions"))["earnings"]["actions"]

    lines = [
        [(line["name"], line["version"], line["outcome"], line["amount"], line["currency"]) for line in action["rules"]]
        for action in actions
    ]
    share, bonus = lines[0][0][0], lines[0][1][0]
    assert lines == [
        [(share, 1, "granted", 25_00, "USD"), (bonus, 1, "granted", 10_00, "USD"), (share, 2, "not applied", 0, "USD")],
        [(share, 1, "not applied", 0, "JPY"), (bonus, 1, "nothing", 0, "USD"), (share, 2, "granted", 1_000, "JPY")],
        [(share, 1, "not applied", 0, "USD"), (bonus, 1, "nothing", 0, "USD"), (share, 2, "granted", 3_00, "USD")],
    ]
    assert [line["why"] for line in actions[2]["rules"][1:]] == ["it earns once only", "5% of 60.00 USD"]


def test_what_a_held_payment_would_earn_is_told_with_what_it_waits_for(tell):
    lines = support(tell("held"))["earnings"]["actions"][0]["rules"]

    assert [(line["outcome"], line["amount"], line["why"]) for line in lines] == [
        ("waits", 25_00, "25% of 100.00 USD"),
        ("waits", 10_00, "fixed 10.00 USD"),
    ]
    assert lines[0]["waits_for"] == ["the decision of a review", "approval of the referrer's side"]


def test_ledger_tells_the_whole_way_of_a_reward(tell):
    referral = tell("paid_out_and_refunded")
    reward = Reward.objects.get(side="referrer")

    ledger = explain_reward(reward, audience=Audience.SUPPORT, at=LATER)["ledger"][0]

    assert [(entry["says"], entry["after"]["available"]) for entry in ledger["entries"]] == [
        ("25.00 USD granted", 0),
        ("25.00 USD its hold has passed: available", 25_00),
        ("25.00 USD set aside for a payout", 0),
        ("25.00 USD paid out", 0),
        ("12.50 USD owed, since it was paid out before", -12_50),
    ]
    assert [(payout["status"], payout["part"]) for payout in ledger["payouts"]] == [("completed", 25_00)]
    assert explain_referral(referral, audience=Audience.SUPPORT, at=LATER)["ledger"][0] == ledger


def test_reward_by_hand_for_no_referral_is_explained(tell):
    tell("given_for_nothing")
    reward = Reward.objects.get(cancelled_at__isnull=False)

    told = explain_reward(reward, audience=Audience.SUPPORT, at=LATER)

    assert (told["referral"], told["attribution"], told["risk"]) == (None, None, None)
    assert told["summary"] == "5.00 USD given by hand by staff:bob on 1 June 2026. It is reverted."
    assert [(each["outcome"], each["by"]) for each in told["decisions"]["decisions"]] == [
        ("given", BOB),
        ("cancelled", BOB),
    ]


def test_member_with_no_part_in_a_referral_is_told_of_the_reward_alone(tell):
    """Bert was given one by hand for what Alice did."""
    tell("given_by_hand")
    reward = Reward.objects.get(person__external_id="bert")

    told = explain_reward(reward, audience=Audience.MEMBER, at=LATER)

    assert (told["referral"], told["attribution"], told["checks"], told["decisions"]) == (None, None, None, {})
    assert told["summary"] == "5.00 USD waits: it is being checked."


def older(referral: Referral, kind: str, *forgotten: str) -> Decision:
    """A decision like the last of its kind, from before its inputs were kept."""
    like = referral.decisions.filter(kind=kind).latest("pk")
    data = {name: value for name, value in like.data.items() if name not in forgotten}
    if kind == "risk":
        data["rules"] = [
            {name: rule[name] for name in ("code", "version", "outcome", "score", "counted", "evidence")}
            for rule in data["rules"]
        ]
    about = {"tenant": like.tenant, "referral": referral, "kind": kind, "outcome": like.outcome, "actor": like.actor}
    return Decision.objects.create(**about, data=data, decided_at=like.decided_at)


@pytest.mark.parametrize(
    ("kind", "forgotten", "basis"),
    [
        ("attribution", ["policy", "window_days"], Basis.NOT_RECORDED),
        ("qualification", ["occurred_at", "expires_at", "by_coupon"], Basis.NOT_RECORDED),
        ("grant", ["first_action", "actions", "rules", "caps"], Basis.NOT_RECORDED),
        ("risk", [], Basis.COMPUTED),  # what a rule is, is known by its code and version
    ],
)
def test_older_decision_is_told_to_be_older(begun, kind, forgotten, basis):
    pay(begun, 100_00)

    again = reevaluate(older(begun, kind, *forgotten))

    assert (again.basis, again.agrees) == (basis, True)


def test_inputs_that_an_older_decision_does_not_keep_are_said_not_to_be_recorded(begun):
    pay(begun, 100_00)
    older(begun, "risk")

    for told in (support(begun), auditor(begun)):
        assert {str(rule["inputs"]) for rule in told["risk"]["rules"]} == {"not recorded"}


def test_word_of_a_person_is_told_and_not_computed(tell):
    referral = tell("held_and_rejected")

    bases = {decision.kind: reevaluate(decision).basis for decision in referral.decisions.all()}

    assert bases == {
        "attribution": Basis.COMPUTED,
        "qualification": Basis.COMPUTED,
        "risk": Basis.COMPUTED,
        "review": Basis.TOLD,
        "moderation": Basis.TOLD,
    }
