from credits.models import Reward
from credits.services.books import check_books
from events.models import Event
from referrals.models import Member
from referrals.services.members_removing import remove_member
from referrals.services.public_codes import find_public_code
from tests.cast import NOON, make_referral, pay, rewards_of


def test_member_is_hidden_and_their_code_leads_nowhere(alice):
    assert remove_member(alice, at=NOON, actor="key:x") is True

    assert not Member.objects.for_tenant(alice.tenant).exists()
    assert find_public_code("ALICE", host="", at=NOON) is None
    assert [event.data for event in Event.objects.filter(kind="member.removed")] == [{"actor": "key:x"}]


def test_removing_again_changes_nothing(alice):
    remove_member(alice, at=NOON)

    assert remove_member(alice, at=NOON.replace(year=2027)) is False
    assert Event.objects.filter(kind="member.removed").count() == 1


def test_what_they_earned_stays_theirs_and_the_books_agree(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 10_00)

    remove_member(alice, at=NOON)

    assert rewards_of(referral) == [("referrer", 250, "pending"), ("referred", 1000, "pending")]
    assert Reward.objects.filter(person=alice.person).count() == 1
    assert check_books(at=NOON).ok
