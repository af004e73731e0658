"""`/v1/ledger-entries`: each movement of value."""

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from api.native.base import ReadResource
from api.native.filtersets import EntryFilters
from api.native.ids import id_from
from api.native.resources.people import PersonShape
from api.native.resources.rewards import RewardShape
from api.native.shapes import Id, MoneyOf, Related, Shape
from credits.models import Bucket, EntryKind, LedgerEntry
from payouts.models import Payout


class EntryShape(Shape):
    id = Id()
    person = Related(PersonShape)
    kind = serializers.ChoiceField(EntryKind.choices)
    debit = serializers.ChoiceField(Bucket.choices)
    credit = serializers.ChoiceField(Bucket.choices)
    money = MoneyOf("amount")
    reward = Related(RewardShape, allow_null=True)
    payout = serializers.SerializerMethodField()
    effective_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()

    def get_payout(self, entry: LedgerEntry) -> str | None:
        return id_from(Payout, entry.payout) if entry.payout else None


class LedgerEntries(ReadResource):
    """Each movement of an amount out of one bucket of a person's book into another. None is ever changed."""

    model = LedgerEntry
    serializer_class = EntryShape
    filterset_class = EntryFilters
    ordering_fields = ["id", "effective_at"]
    owner: ClassVar[str | None] = "person"
    expands: ClassVar[dict[str, tuple[str, ...]]] = {
        "person": (),
        "reward": ("reward__person", "reward__program", "reward__referral", "reward__action", "reward__rule"),
    }

    def all_rows(self) -> QuerySet[LedgerEntry]:
        return super().all_rows().select_related("person", "reward")
