"""Each movement in the books in words, with what every bucket held of the reward after it; and the payouts."""

from collections.abc import Iterator

from credits.models import Bucket, EntryKind, LedgerEntry, Reward
from credits.models.money import display, portion
from credits.services.explaining.audience import Audience, Json, instant, pick
from credits.services.explaining.dossier import Dossier, PayoutPart

K = EntryKind
SAYS = {
    K.GRANT: "granted",
    K.MATURE: "its hold has passed: available",
    K.REVERT: "taken back",
    K.RESTORE: "given back",
    K.RESERVE: "set aside for a payout",
    K.RELEASE: "the payout did not go through: available again",
    K.PAY: "paid out",
    K.RETURN: "came back from a payout: available again",
    K.CLAWBACK: "owed, since it was paid out before",
    K.REINSTATE: "owed no more",
    K.REDEEM: "spent",
}
PAYOUT_STATES = {"held": "on its way", "pending": "on its way", "processing": "on its way", "completed": "paid out"}
SUPPORT_FACTS = ("holds", "held_until", "requested_at", "sent_at", "ended_at", "error", "reference", "returned_amount")


def tell_ledger(dossier: Dossier, audience: Audience, rewards: list[Reward]) -> list[Json]:
    """The entries of each reward that is asked about, oldest first, and the payouts it is or was in."""
    return [
        {
            "reward": str(reward.uid),
            "entries": list(_walk(dossier, audience, reward)),
            "payouts": [_payout(part, audience) for part in dossier.payouts.get(reward.pk, [])],
        }
        for reward in rewards
    ]


def _walk(dossier: Dossier, audience: Audience, reward: Reward) -> Iterator[Json]:
    parts = {part.uid: part for part in dossier.payouts.get(reward.pk, [])}
    held = dict.fromkeys(Bucket.values, 0)
    for entry in dossier.entries:
        amount = _amount_of(entry, reward, parts)
        if amount is None:
            continue
        held[entry.debit] -= amount
        held[entry.credit] += amount
        yield _tell(entry, amount, dict(held), audience)


def _amount_of(entry: LedgerEntry, reward: Reward, parts: dict[str, PayoutPart]) -> int | None:
    """What of an entry is this reward's: all of its own, of a payout's its part. None where it is not about it."""
    if entry.reward_id is not None:
        return entry.amount if entry.reward_id == reward.pk else None
    part = parts.get(str(entry.payout))
    if part is None:
        return None
    return portion(part.part, entry.amount, part.amount) if entry.kind == K.RETURN else part.part


def _tell(entry: LedgerEntry, amount: int, held: Json, audience: Audience) -> Json:
    told = {
        "at": instant(entry.effective_at),
        "says": f"{display(amount, entry.currency)} {SAYS[EntryKind(entry.kind)]}",
        "amount": amount,
        "currency": entry.currency,
        "after": held,
    }
    if audience == Audience.MEMBER:
        after = {name: held[name] for name in (Bucket.PENDING, Bucket.AVAILABLE, Bucket.RESERVED, Bucket.PAID)}
        return told | {"after": {str(name): value for name, value in after.items()}}
    told |= {"kind": entry.kind, "from": entry.debit, "to": entry.credit, "cause": _cause(entry)}
    told |= {"payout": str(entry.payout) if entry.payout else None}
    if audience == Audience.AUDITOR:
        told |= {"key": entry.key, "entry_amount": entry.amount, "recorded_at": instant(entry.recorded_at)}
    return told


def _cause(entry: LedgerEntry) -> str:
    """What made an adjustment: `refund:re_1`, `denied:17`, `cancel`. Its key is `reward:<id>:<number>:<cause>`."""
    words = entry.key.split(":", 3)
    return words[3] if words[0] == "reward" and len(words) > 3 else ""  # noqa: PLR2004 (the cause is the fourth)


def _payout(part: PayoutPart, audience: Audience) -> Json:
    told = {"payout": part.uid, "part": part.part, "currency": part.currency}
    if audience == Audience.MEMBER:
        return told | {"state": PAYOUT_STATES.get(part.status, "did not go through")}
    told |= {"amount": part.amount, "status": part.status, "is_released": part.is_released}
    return told | (part.facts if audience == Audience.AUDITOR else pick(part.facts, SUPPORT_FACTS))
