"""Counts of referrals and people: what they say is what there is, at every moment; and pages found by them."""

from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.models import BlockCount, BlockDelta, Member, Person, Referral
from referrals.models.block_count import BLOCK
from referrals.services.block_counts import (
    Counted,
    Place,
    counted_people,
    counted_referrals,
    find_place,
    fold_blocks,
    recount_blocks,
)
from referrals.tasks import fold_blocks as fold_blocks_task
from tests.cast import NOON, make_member, make_person, make_program, make_referral, make_tenant
from tests.flows.threads import run_together

SIDES = ["PENDING", "APPROVED", "DENIED"]


@pytest.fixture(params=["folded", "not folded"])
def maybe_fold(request):
    return fold_blocks if request.param == "folded" else lambda: None


def total(counted: Counted) -> int:
    return find_place(counted, offset=0, limit=0).total


def referrals(member: Member, **narrowed) -> int:
    return total(counted_referrals(member.tenant_id, **narrowed))


def people(member: Member) -> int:
    return total(counted_people(member.tenant_id))


def known(member: Member) -> int:
    return Person.objects.for_tenant(member.tenant).filter(external_id__isnull=False).count()


def test_a_sign_up_counts_at_once_and_when_folded(alice, maybe_fold):
    make_referral(alice, "dana")
    maybe_fold()
    erin = make_referral(alice, "erin")
    make_referral(make_member(alice.program, "anna"), "finn")
    maybe_fold()

    assert (referrals(alice), people(alice)) == (3, 5)
    assert referrals(alice, members=[alice.pk]) == 2
    assert referrals(alice, members=[alice.pk, Member.objects.get(person__external_id="anna").pk]) == 3
    assert referrals(alice, members=[]) == 0
    assert referrals(alice, referrer_moderation=erin.referrer_moderation) == 3


def test_moderation_moves_it(alice, maybe_fold):
    for name in ("dana", "erin", "finn"):
        make_referral(alice, name)
    maybe_fold()
    Referral.objects.filter(referred__external_id="dana").update(referrer_moderation="PENDING")
    Referral.objects.filter(referred__external_id="erin").update(
        referrer_moderation="PENDING", referred_moderation="DENIED"
    )
    maybe_fold()

    assert [referrals(alice, referrer_moderation=side) for side in SIDES] == [2, 1, 0]
    assert [referrals(alice, referred_moderation=side) for side in SIDES] == [0, 2, 1]
    assert referrals(alice, members=[alice.pk], referrer_moderation="PENDING", referred_moderation="DENIED") == 1


def test_removing_takes_it_away(alice, maybe_fold):
    for name in ("dana", "erin", "finn"):
        make_referral(alice, name)
    maybe_fold()
    Referral.objects.filter(referred__external_id="dana").update(removed_at=NOON)
    Person.objects.filter(external_id="dana").update(removed_at=NOON)
    Person.objects.filter(external_id="erin").update(external_id=None)
    maybe_fold()

    assert (referrals(alice), referrals(alice, members=[alice.pk])) == (2, 2)
    assert people(alice) == known(alice) == 2


def test_people_deleted_for_good_do_not_count(alice, maybe_fold):
    dana = make_person(alice.tenant, "dana")
    maybe_fold()
    dana.delete()

    assert people(alice) == 1


def test_other_tenants_do_not_count(alice):
    charlie = make_member(make_program(make_tenant("globex")), "charlie")
    make_referral(charlie, "dana")

    assert (referrals(alice), people(alice)) == (0, 1)
    assert referrals(alice, members=[charlie.pk]) == 0


def test_a_change_that_says_nothing_of_the_counts_appends_nothing(alice):
    make_referral(alice, "dana")
    fold_blocks()

    Referral.objects.update(status="qualified", updated_at=NOON)
    Person.objects.update(first_name="Somebody")

    assert not BlockDelta.objects.exists()


def test_the_sweep_folds_and_nothing_is_left(alice):
    make_referral(alice, "dana")

    assert fold_blocks(limit=1) == 1
    assert fold_blocks_task() > 0
    assert fold_blocks_task() == 0
    assert sorted(BlockCount.objects.filter(kind="referral").values_list("owner_id", "word", "n")) == [
        (0, "APPROVED APPROVED", 1),
        (alice.pk, "APPROVED APPROVED", 1),
    ]


def test_counting_anew_finds_what_came_in_past_the_triggers(alice):
    make_referral(alice, "dana")
    fold_blocks()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE referrals_person DISABLE TRIGGER USER")
    make_person(alice.tenant, "erin")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE referrals_person ENABLE TRIGGER USER")
    assert people(alice) == 2

    recount_blocks()

    assert (referrals(alice), people(alice)) == (1, 3)
    assert not BlockDelta.objects.exists()


def test_what_is_rolled_back_was_never_counted(alice):
    with transaction.atomic():
        make_referral(alice, "dana")
        transaction.set_rollback(True)

    assert (referrals(alice), people(alice)) == (0, 1)


# Ids by which people are spread over blocks: beside each other, across an edge, and far from each other.
SPREAD = st.lists(st.sampled_from([*range(1, 8), 1022, 1023, 1024, 1025, 4096, 9000, 9001]), unique=True, max_size=12)
FIRST = 10**9


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=SPREAD, removed=st.sets(st.integers(0, 11)), folds=st.booleans(), limit=st.integers(1, 5))
def test_every_page_is_a_slice_of_all_rows_in_order(acme, ids, removed, folds, limit):
    with transaction.atomic():
        Person.objects.bulk_create(
            Person(
                pk=(FIRST << BLOCK) + number,
                tenant=acme,
                external_id=f"p{number}",
                removed_at=NOON if place in removed else None,
            )
            for place, number in enumerate(ids)
        )
        if folds:
            fold_blocks()
        rows = Person.objects.for_tenant(acme).order_by("-pk")
        expected = list(rows.values_list("pk", flat=True))

        for offset in range(len(expected) + 2):
            place = find_place(counted_people(acme.pk), offset=offset, limit=limit)
            within = rows.filter(pk__gte=place.lower, pk__lt=place.upper).values_list("pk", flat=True)
            assert place.total == len(expected)
            assert list(within[place.skip : place.skip + limit]) == expected[offset : offset + limit]
        transaction.set_rollback(True)


def test_a_page_past_the_end_is_nowhere(alice):
    assert find_place(counted_people(alice.tenant_id), offset=1, limit=10) == Place(1, 0, 0, 0)
    assert find_place(counted_people(alice.tenant_id), offset=2**31, limit=1000) == Place(1, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_counts_are_exact_while_all_happens_at_once():
    """Sign-ups, moderation, removals and folds on many connections: each count is that of the rows, at every read."""
    alice = make_member(make_program(make_tenant("acme")), "alice", code="ALICE")
    first = [make_referral(alice, f"first{number}").pk for number in range(60)]

    def work(number: int) -> None:
        random = Random(number)
        for turn in range(4):
            change = random.randrange(4)
            row = Referral.objects.filter(pk=random.choice(first))
            if change == 0:
                fold_blocks(limit=random.choice([1, 5, 1000]))
            elif change == 1:
                row.update(referrer_moderation=random.choice(SIDES), referred_moderation=random.choice(SIDES))
            elif change == 2:
                row.update(removed_at=random.choice([NOON, None]))
            else:
                make_person(alice.tenant, f"late{number}-{turn}")
            assert_exact(alice)

    run_together(24, work)

    while fold_blocks():
        pass
    assert_exact(alice)


def assert_exact(member: Member) -> None:
    """In one snapshot, the counts and the rows."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        rows = Referral.objects.for_tenant(member.tenant)
        assert (referrals(member), people(member)) == (rows.count(), known(member))
        for side in SIDES:
            pending = rows.filter(referrer_moderation=side, referrer=member).count()
            assert referrals(member, members=[member.pk], referrer_moderation=side) == pending
