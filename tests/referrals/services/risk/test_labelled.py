from collections import Counter

from referrals.services.risk import assess
from tests.cast import NOON
from tests.referrals.services.risk.labelled import Company, add_fraud, add_honest

ASSESSED_AT = NOON.replace(day=20)


def test_most_fraud_is_held_and_few_honest_people_are(program):
    """At the default level, over 2,000 cases. What is missed, and what is held wrongly, is counted by its label: fraud
    that shares nothing; honest people with one card, with nearly one name at one address, or who know very many.
    """
    company = Company(program)
    add_honest(company)
    add_fraud(company)
    company.save()

    labels, held, wrongs = Counter(), Counter(), Counter()
    for case in company.cases:
        side = "fraud" if case.is_fraud else "honest"
        is_held = assess(case.referral, at=ASSESSED_AT).held
        labels[side] += 1
        held[side] += is_held
        wrongs[case.label] += is_held != case.is_fraud

    assert labels == {"honest": 1470, "fraud": 562}
    assert held["fraud"] / labels["fraud"] >= 0.95
    assert held["honest"] / labels["honest"] <= 0.03
    assert +wrongs == {"careful": 10, "influencer": 14, "shy": 6, "family card": 2, "household": 3}
