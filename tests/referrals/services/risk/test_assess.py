from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.models import Decision, Referral, Signal
from referrals.services.risk import all_rules, assess
from referrals.services.risk.adding import MAX_SCORE, Outcome
from referrals.services.risk.registry import rule
from tests.cast import NOON
from tests.referrals.services.risk.builders import Kind, add_person, add_referral, mark

CODES = [
    "existing_customer", "disposable_domain", "referrer_refund_rate", "referrer_velocity", "same_card_fingerprint",
    "same_mailbox", "same_stripe_customer", "shared_ip", "similar_name",
]  # fmt: skip


def codes(results):
    return [result.code for result in results]


def set_policy(referral, level, review_score=None, disabled_rules=()):
    program = referral.program
    program.risk_level, program.review_score, program.disabled_rules = level, review_score, list(disabled_rules)
    program.save(update_fields=["risk_level", "review_score", "disabled_rules"])


def register(code, *, score=10, evidence=None, **options):
    rule(code, version=1, score=score, **options)(lambda case: evidence if evidence is not None else {"why": code})


def test_strangers_pass_every_rule(referral):
    assessment = assess(referral, at=NOON)
    assert (assessment.score, assessment.held, assessment.fired, assessment.errored) == (0, False, [], [])
    assert sorted(codes(assessment.results)) == sorted(CODES)
    assert {result.outcome for result in assessment.results} == {Outcome.PASSED}
    assert (assessment.new_codes, Signal.objects.count()) == ([], 0)


def test_what_a_rule_that_passes_looked_at_is_kept(referral, dana, eric):
    mark(Kind.NETWORK, "203.0.113.77", dana, eric)
    rules = {rule["code"]: rule for rule in assess(referral, at=NOON).as_data()["rules"]}
    assert rules["referrer_velocity"]["inputs"] == {"referrals": 1, "limit": 10, "hours": 24}
    assert rules["referrer_refund_rate"]["inputs"] == {"actions": 0, "reversed": 0, "least": 5, "limit_percent": 30}
    assert rules["existing_customer"]["inputs"] == {"first_paid_at": None, "attributed_at": NOON.isoformat()}
    assert rules["same_card_fingerprint"]["inputs"] == {"value_kind": "card", "shared": 0}
    assert rules["shared_ip"]["inputs"] == {"value_kind": "network", "shared": 1}
    assert [code for code, each in rules.items() if not each["inputs"]] == []


def test_a_finding_becomes_a_signal(acme, referral, dana, eric):
    identifiers = mark(Kind.CARD, "card", dana, eric)
    assessment = assess(referral, at=NOON)
    evidence = {
        "value_kind": "card", "people": [str(dana.uid), str(eric.uid)], "identifiers": identifiers, "value": "card",
    }  # fmt: skip
    assert Signal.objects.values_list(
        "tenant", "referral", "code", "version", "outcome", "score", "evidence", "created_at"
    ).get() == (acme.pk, referral.pk, "same_card_fingerprint", 1, "fired", 90, evidence, NOON)
    assert (assessment.score, assessment.held, assessment.new_codes) == (90, True, ["same_card_fingerprint"])


def test_a_signal_known_already_is_not_new(referral, dana, eric):
    mark(Kind.CARD, "card", dana, eric)
    assess(referral, at=NOON)
    mark(Kind.MAILBOX, "dana@gmail.com", dana, eric)
    again = assess(referral, at=NOON + timedelta(days=1))
    assert (codes(again.fired), again.new_codes) == (["same_card_fingerprint", "same_mailbox"], ["same_mailbox"])
    assert (assess(referral, at=NOON).new_codes, assess(referral, at=NOON).held) == ([], True)
    assert list(Signal.objects.order_by("code").values_list("code", "created_at")) == [
        ("same_card_fingerprint", NOON),
        ("same_mailbox", NOON + timedelta(days=1)),
    ]


def test_a_rule_that_failed_and_now_fires_is_new(referral, only):
    only()
    register("flaky", evidence={"not": {"json"}})
    assert assess(referral, at=NOON).new_codes == ["flaky"]
    only()
    register("flaky")
    assert assess(referral, at=NOON).new_codes == ["flaky"]
    assert sorted(Signal.objects.values_list("code", "outcome")) == [("flaky", "errored"), ("flaky", "fired")]


def test_nothing_but_signals_is_written(referral, dana, eric):
    mark(Kind.CARD, "card", dana, eric)
    before = Referral.objects.values().get(pk=referral.pk)
    assess(referral, at=NOON)
    assert (Referral.objects.values().get(pk=referral.pk), Decision.objects.count()) == (before, 0)


def test_as_data_is_what_the_decision_keeps(referral, only):
    only()
    register("seen", score=20)
    register("seconded", score=5, corroborating=True)
    register("broken", evidence={"not": {"json"}})
    assessment = assess(referral, at=NOON)
    assert assessment.as_data() == {
        "score": 25,
        "held": True,
        "level": "moderate",
        "score_for_review": 50,
        "new_codes": ["seen", "seconded", "broken"],
        "rules": [
            {"code": "seen", "version": 1, "outcome": "fired", "score": 20, "counted": True,
             "evidence": {"why": "seen"}, "inputs": {}, "always": False, "corroborating": False},
            {"code": "seconded", "version": 1, "outcome": "fired", "score": 5, "counted": True,
             "evidence": {"why": "seconded"}, "inputs": {}, "always": False, "corroborating": True},
            {"code": "broken", "version": 1, "outcome": "errored", "score": 0, "counted": False,
             "evidence": {"error": "TypeError"}, "inputs": {}, "always": False, "corroborating": False},
        ],
    }  # fmt: skip
    Decision.objects.create(
        tenant=referral.tenant,
        referral=referral,
        kind="risk",
        outcome="held",
        data=assessment.as_data(),
        decided_at=NOON,
    )
    assert Decision.objects.get().data == assessment.as_data()


@pytest.mark.parametrize(
    ("policy", "score", "held"),
    [
        (("relaxed",), 84, False),
        (("relaxed",), 85, True),
        (("moderate",), 49, False),
        (("moderate",), 50, True),
        (("strict",), 29, False),
        (("strict",), 30, True),
        (("custom", 70), 69, False),
        (("custom", 70), 70, True),
        (("custom", 0), 0, True),
        (("custom", 101), 100, False),
        (("moderate", 10), 49, False),  # a score of one's own counts with the custom level only
    ],
)
def test_the_level_says_from_which_score_a_person_looks(referral, only, policy, score, held):
    only()
    register("found", score=score)
    set_policy(referral, *policy)
    assert assess(referral, at=NOON).held == held


@pytest.mark.parametrize(("scores", "total"), [((30, 30), 60), ((60, 60), MAX_SCORE), ((100, 100, 100), MAX_SCORE)])
def test_scores_add_up_to_a_hundred(referral, only, scores, total):
    only()
    for place, score in enumerate(scores):
        register(f"rule_{place}", score=score)
    assert assess(referral, at=NOON).score == total


@pytest.mark.parametrize("level", ["relaxed", "moderate", "strict"])
def test_a_shared_network_alone_never_holds(referral, dana, eric, level):
    set_policy(referral, level)
    mark(Kind.NETWORK, "203.0.113.77", dana, eric)
    assessment = assess(referral, at=NOON)
    assert (codes(assessment.fired), assessment.score, assessment.held) == (["shared_ip"], 0, False)
    assert [(result.score, result.counted) for result in assessment.fired] == [(40, False)]


def test_two_corroborating_rules_do_not_corroborate_each_other(referral, dana, eric, only):
    only("shared_ip")
    register("second", score=60, corroborating=True)
    mark(Kind.NETWORK, "203.0.113.77", dana, eric)
    assessment = assess(referral, at=NOON)
    assert (codes(assessment.fired), assessment.score, assessment.held) == (["shared_ip", "second"], 0, False)


@pytest.mark.parametrize(("neighbours", "score", "held"), [(0, 70, True), (3, 55, True), (19, 40, False)])
def test_a_shared_network_corroborates_by_how_few_share_it(program, acme, neighbours, score, held):
    twins = [add_person(acme, "Dana", "Petrova"), add_person(acme, "Dana", "Petrova")]
    mark(Kind.NETWORK, "203.0.113.77", *twins, *(add_person(acme) for _ in range(neighbours)))
    assessment = assess(add_referral(program, *twins), at=NOON)
    assert (codes(assessment.fired), assessment.score) == (["similar_name", "shared_ip"], score)
    assert assessment.held == held


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.STRIPE_CUSTOMER, "same_stripe_customer"),
        (Kind.CARD, "same_card_fingerprint"),
        (Kind.MAILBOX, "same_mailbox"),
    ],
)
def test_the_same_customer_card_or_mailbox_holds_whatever_the_policy(referral, dana, eric, kind, code):
    set_policy(referral, "custom", 101, disabled_rules=CODES)
    mark(kind, "shared", dana, eric)
    assessment = assess(referral, at=NOON)
    assert (codes(assessment.fired), assessment.held) == ([code], True)


def test_a_disabled_rule_does_not_run(referral, only):
    only()
    register("found", score=100)
    register("broken", evidence={"not": {"json"}})
    set_policy(referral, "strict", disabled_rules=["found", "broken", "no_such_rule"])
    assessment = assess(referral, at=NOON)
    assert [(result.code, result.outcome, result.score) for result in assessment.results] == [
        ("found", Outcome.DISABLED, 0),
        ("broken", Outcome.DISABLED, 0),
    ]
    assert (assessment.held, assessment.new_codes, Signal.objects.count()) == (False, [], 0)


def raise_error(case):
    raise RuntimeError("dana@firm.example, 4242 4242 4242 4242")


def break_transaction(case):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def write_and_fail(case):
    case.referred.first_name = "Changed"
    case.referred.save(update_fields=["first_name"])
    raise RuntimeError


@pytest.mark.parametrize(
    "failure",
    [(raise_error, "RuntimeError"), (break_transaction, "DataError"), (write_and_fail, "RuntimeError")],
)
def test_a_rule_that_raises_means_review_and_harms_no_other(referral, dana, eric, only, failure):
    check, error = failure
    only("same_card_fingerprint")
    mark(Kind.CARD, "card", dana, eric)
    rule("broken", version=3, score=1)(check)
    rule("after", version=1, score=1)(lambda case: {"people": len(case.people)})
    set_policy(referral, "custom", 101)
    assessment = assess(referral, at=NOON)
    assert codes(assessment.fired) == ["same_card_fingerprint", "after"]
    assert [(result.code, result.evidence) for result in assessment.errored] == [("broken", {"error": error})]
    assert Signal.objects.values_list("version", "outcome", "score", "evidence").get(code="broken") == (
        3, "errored", 0, {"error": error},
    )  # fmt: skip
    eric.refresh_from_db()
    assert eric.first_name == "Eric"


def test_a_rule_that_raises_holds_by_itself(referral, only):
    only()
    rule("broken", version=1, score=1)(raise_error)
    set_policy(referral, "relaxed")
    assessment = assess(referral, at=NOON)
    assert (assessment.score, assessment.held, assessment.new_codes) == (0, True, ["broken"])


def test_a_score_that_cannot_be_computed_means_review(referral, only):
    only()
    register("found", score=lambda evidence: evidence["missing"])
    assert codes(assess(referral, at=NOON).errored) == ["found"]


def test_charlies_marks_are_not_alices(program, globex, dana, eric):
    """Charlie at globex has the customer, card, mailbox and network of both people at acme."""
    charlie = add_person(globex, "Eric", "Okonkwo")
    for kind in Kind:
        mark(kind, "of-dana", dana, charlie)
        mark(kind, "of-eric", eric, charlie)
    assessment = assess(add_referral(program, dana, eric), at=NOON)
    assert (assessment.fired, assessment.held) == ([], False)


@pytest.mark.parametrize("marks", [1, 40])
def test_assessing_takes_four_queries_however_many_marks_there_are(acme, referral, dana, eric, marks):
    """The case, shared marks, velocity and refunds; where a rule fires, known signals; and one more to add new ones."""
    for number in range(marks):
        for kind in Kind:
            mark(kind, f"{kind}-dana-{number}", dana, add_person(acme))
            mark(kind, f"{kind}-eric-{number}", eric)
    assert count_queries(referral) == 4
    for number in range(marks):
        mark(Kind.NETWORK, f"203.0.113.{number}", dana, eric)
        mark(Kind.CARD, f"card-{number}", dana, eric)
    assert count_queries(referral) == 4 + 2
    assert count_queries(referral) == 4 + 1


def count_queries(referral):
    """Without what opens and closes savepoints."""
    with CaptureQueriesContext(connection) as context:
        assess(referral, at=NOON)
    return sum("SAVEPOINT" not in query["sql"] for query in context.captured_queries)


def test_every_rule_says_in_plain_words_what_it_found():
    rules = {each.code: each for each in all_rules()}
    assert sorted(rules) == sorted(CODES)
    assert {code for code, each in rules.items() if each.always} == {
        "same_stripe_customer", "same_card_fingerprint", "same_mailbox",
    }  # fmt: skip
    assert {code for code, each in rules.items() if each.corroborating} == {"shared_ip"}
    assert rules["same_card_fingerprint"].description == "Both people have paid with the same card."
    assert [code for code, each in rules.items() if not each.description.endswith(".")] == []
    assert max(map(len, rules)) <= Signal._meta.get_field("code").max_length


def test_a_code_is_registered_once(only):
    only()
    register("found")
    with pytest.raises(ValueError, match="There is a rule found already"):
        register("found")
