"""A file of results: each line on its own, and no line without an answer."""

import pytest

from payouts.models import Payout, PayoutMethod
from payouts.services.requests import request_payout
from payouts.services.results import BadFile, apply_results
from tests.cast import make_member, make_program
from tests.payouts.cast import LATER, buckets, earn, make_method


@pytest.fixture
def payouts(program) -> list[Payout]:
    """Three that are to be paid by hand."""
    manual = make_method(program, PayoutMethod.Kind.MANUAL)
    members = [make_member(program, name, code=name.upper()) for name in ("gina", "hugo", "iris")]
    for member in members:
        earn(member, 25_00)
    return [request_payout(member.person, manual, actor="system", at=LATER) for member in members]


def apply(text, tenant=None):
    lines = apply_results(text, tenant=tenant, actor="staff:bob", at=LATER)
    return [(line.number, line.outcome, line.is_done) for line in lines]


def test_each_line_is_carried_out(payouts):
    first, second, third = payouts
    text = f"payout,result,reference,error\n{first.uid},paid,SEPA 1,\n{second.uid},failed,,closed\n"

    assert apply(text) == [(2, "completed", True), (3, "failed", True)]

    assert buckets(first.person) == (0, 0, 25_00)
    assert buckets(second.person) == (25_00, 0, 0)
    assert Payout.objects.get(pk=third.pk).status == "pending"


def test_a_line_that_cannot_be_carried_out_stops_no_other(payouts):
    first, second, third = payouts
    nobody = "6b1f7d0e-3c1c-4e57-9d13-000000000000"
    lines = ["nonsense,paid,x", f"{nobody},paid,x", f"{first.uid},maybe,x", f"{second.uid},paid,",
             f"{third.uid},PAID,ok", f"{third.uid},paid,ok"]  # fmt: skip

    assert apply("\ufeffPayout, Result ,reference\r\n" + "\r\n".join(lines)) == [
        (2, "There is no such payout.", False),
        (3, "There is no such payout.", False),
        (4, "The result must be paid or failed.", False),
        (5, "Say by which reference the payment can be found.", False),
        (6, "completed", True),
        (7, "A completed payout cannot become processing.", False),
    ]
    assert buckets(first.person) == (0, 25_00, 0)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "payout\nx\n", "result,reference\npaid,x\n"])
def test_a_file_without_the_columns_is_refused(db, text):
    with pytest.raises(BadFile):
        apply(text)


def test_another_tenants_payouts_are_unknown(payouts, globex):
    make_program(globex)

    text = f"payout,result,reference\n{payouts[0].uid},paid,x\n"

    assert apply(text, tenant=globex) == [(2, "There is no such payout.", False)]
    assert apply(text, tenant=payouts[0].tenant) == [(2, "completed", True)]
