"""What rewards have beside themselves, fetched for a whole page at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from credits.models import Reward
from payouts.models import PayoutItem, PayoutMethod
from referrals.models import Member


@dataclass
class AboutRewards:
    """By reward: the payout it is in or left in. By person and program: their membership. And payout methods."""

    items: dict[int, PayoutItem] = field(default_factory=dict)
    members: dict[tuple[int, int], Member] = field(default_factory=dict)
    methods: dict[UUID, PayoutMethod] = field(default_factory=dict)
    defaults: dict[tuple[int, str], PayoutMethod] = field(default_factory=dict)

    def method_of(self, reward: Reward) -> PayoutMethod | None:
        """How it left, or else how it will: as somebody chose, or by the program's first method in its currency."""
        item = self.items.get(reward.pk)
        if item:
            return item.payout.method
        chosen = self.methods.get(reward.method_uid) if reward.method_uid else None
        return chosen or self.defaults.get((reward.program_id, reward.currency))


def about_rewards(rewards: Iterable[Reward]) -> AboutRewards:
    """Three queries, however many there are."""
    rewards = list(rewards)
    programs = {reward.program_id for reward in rewards}
    about = AboutRewards()
    items = PayoutItem.objects.filter(reward__in=[reward.pk for reward in rewards], is_released=False)
    about.items = {item.reward_id: item for item in items.select_related("payout__method")}
    members = Member.objects.filter(program__in=programs, person__in={reward.person_id for reward in rewards})
    about.members = {(member.person_id, member.program_id): member for member in members}
    for method in PayoutMethod.objects.filter(program__in=programs).order_by("-is_active", "position", "id"):
        about.methods[method.uid] = method
        about.defaults.setdefault((method.program_id, method.currency), method)
    return about
