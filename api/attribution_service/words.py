"""Words of the Attribution service for ours (contracts/attribution-service.md, section 1)."""

from referrals.models import Attribution

S = Attribution.Status

STATUS_OF_TYPE: dict[str, str] = {"click": S.PENDING, "conversion": S.CONFIRMED}
TYPE_OF: dict[str, str] = {status: word for word, status in STATUS_OF_TYPE.items()}
TYPES = list(STATUS_OF_TYPE)
STATUSES: list[str] = [S.PENDING.value, S.CONFIRMED.value]
