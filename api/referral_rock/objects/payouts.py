"""The objects about payouts (contracts/referral-rock.md, section 3.7)."""

from collections.abc import Iterable
from typing import Any

from api.referral_rock.formats import show_amount, show_time
from api.referral_rock.objects.people import name_of
from api.referral_rock.words import PAYOUT_TYPES, RECIPIENTS, TRANSACTION, TRANSACTION_STATUSES
from payouts.models import Payout, PayoutMethod
from payouts.services.issuing import NO_REFERENCE
from payouts.services.owed import Group
from referrals.models import Person, Side


def payout_json(method: PayoutMethod) -> dict[str, Any]:
    """A payout of theirs is a payout method of ours, which is of one program. It comes with that."""
    program = method.program
    return {
        "id": str(method.uid),
        "payoutType": PAYOUT_TYPES[method.kind],
        "description": method.name,
        "payoutPrograms": [{"programId": str(program.uid), "programName": program.name, "programTitle": program.title}],
    }


def reference_of(payout: Payout) -> str:
    """What somebody noted who paid by hand, without who that was."""
    noted = payout.reference.removesuffix(f" ({payout.requested_by})")
    return "" if noted == NO_REFERENCE else noted


def groups_json(groups: list[Group]) -> list[dict[str, Any]]:
    """What is pending, in one query for the names of all."""
    named = {group.member_person_id for group in groups} | {group.referred_id for group in groups}
    people = Person.objects.in_bulk([pk for pk in named if pk])
    return [_group_json(group, people) for group in groups]


def _group_json(group: Group, people: dict[int, Person]) -> dict[str, Any]:
    """With the capitals it has there."""
    member, referred = people.get(group.member_person_id or 0), people.get(group.referred_id or 0)
    is_members = group.side == Side.REFERRER
    recipient, uid = (member, group.member_uid) if is_members else (referred, group.referral_uid)
    return {
        "payoutId": str(group.method_uid) if group.method_uid else None,
        "Description": group.method_name or "",
        "rewardCount": group.rewards,
        "amount": show_amount(group.amount, group.currency),
        "rewardsList": group.reward_uids,
        "programId": str(group.program_uid),
        "programName": group.program_name,
        "memberId": str(group.member_uid) if group.member_uid else None,
        "memberName": name_of(member) if member else "",
        "recipientId": str(uid) if uid else None,
        "RecipientName": name_of(recipient) if recipient else "",
        "RecipientType": RECIPIENTS[group.side],
    }


def transactions_json(payouts: Iterable[Payout]) -> list[dict[str, Any]]:
    """Payouts that come with `recipient_uid`."""
    return [transaction_json(payout) for payout in payouts]


def transaction_json(payout: Payout) -> dict[str, Any]:
    recipient = getattr(payout, "recipient_uid", None)
    has_failed = payout.status == Payout.Status.FAILED
    return {
        "id": str(payout.uid),
        "transactionType": TRANSACTION,
        "amount": show_amount(payout.amount, payout.currency),
        "createDate": show_time(payout.requested_at),
        "recipientId": str(recipient) if recipient else None,
        "transactionDestination": payout.destination,
        "status": TRANSACTION_STATUSES[payout.status],
        "currencyCode": payout.currency,
        "vendorErrorStatus": TRANSACTION_STATUSES[payout.status] if has_failed else None,
        "vendorErrorMessage": payout.error or None if has_failed else None,
        "externalIdentifier": reference_of(payout) or payout.stripe_id,
    }
