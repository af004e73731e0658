"""What rows have beside themselves, fetched for a whole page at once: a list costs as many queries as one row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from credits.models import EntryKind, LedgerEntry, Reward
from referrals.models import Attribution, Code, Identifier, Person, Referral, Signal
from tenants.models import Tenant


@dataclass
class AboutPeople:
    """By person: their default codes by program, oldest program first, and their Stripe customer.

    `readers`, where given, are the only people whose personal data may be shown: a user sees their own.
    """

    tenant: Tenant
    base_url: str
    readers: set[int] | None = None
    codes: dict[int, dict[str, str]] = field(default_factory=dict)
    customers: dict[int, str] = field(default_factory=dict)

    def may_see(self, person: Person) -> bool:
        return self.readers is None or person.pk in self.readers

    def code_of(self, person: Person) -> str | None:
        return next(iter(self.codes.get(person.pk, {}).values()), None)


@dataclass
class AboutReferrals:
    """By referral: its signals, the first reward of each side, and whether its touch was a click."""

    people: AboutPeople
    signals: dict[int, list[Signal]] = field(default_factory=dict)
    rewards: dict[tuple[int, str], Reward] = field(default_factory=dict)
    redemptions: "Redemptions" = field(default_factory=dict)
    clicks: set[int] = field(default_factory=set)


Redemptions = dict[int, list[LedgerEntry]]


def about_people(
    people: Iterable[Person], *, tenant: Tenant, base_url: str, readers: set[int] | None = None
) -> AboutPeople:
    ids = {person.pk for person in people}
    about = AboutPeople(tenant, base_url, readers)
    default = Code.objects.filter(member__person__in=ids, is_default=True, member__removed_at__isnull=True)
    order = default.order_by("member__program_id").values_list("member__person", "member__program__uid", "code")
    for person, program, code in order:
        about.codes.setdefault(person, {})[str(program)] = code
    marks = Identifier.objects.filter(person__in=ids, kind=Identifier.Kind.STRIPE_CUSTOMER)
    for person, customer in marks.order_by("-id").values_list("person", "value"):
        about.customers[person] = customer
    return about


def about_referrals(
    referrals: list[Referral], *, tenant: Tenant, base_url: str, readers: set[int] | None = None
) -> AboutReferrals:
    """`referrals` come with referrer__person, referred, code and program selected."""
    people = [person for referral in referrals for person in (referral.referrer.person, referral.referred)]
    about = AboutReferrals(about_people(people, tenant=tenant, base_url=base_url, readers=readers))
    ids = [referral.pk for referral in referrals]
    fired: dict[int, list[Signal]] = defaultdict(list)
    for signal in Signal.objects.filter(referral__in=ids, outcome=Signal.Outcome.FIRED).order_by("id"):
        fired[signal.referral_id].append(signal)
    about.signals = fired
    earned = Reward.objects.by_rule().filter(referral__in=ids)
    first = earned.order_by("referral", "side", "id").distinct("referral", "side")
    rewards = list(first.select_related("person", "program", "rule"))
    about.rewards = {(reward.referral_id or 0, reward.side): reward for reward in rewards}
    about.redemptions = redemptions_of(rewards)
    about.clicks = _clicks([referral.attribution_id for referral in referrals if referral.attribution_id])
    for reward in rewards:
        reward.referral = next(each for each in referrals if each.pk == reward.referral_id)
    return about


def redemptions_of(rewards: Iterable[Reward]) -> Redemptions:
    """What was spent of each reward, in order."""
    entries = LedgerEntry.objects.filter(reward__in=[reward.pk for reward in rewards], kind=EntryKind.REDEEM)
    found: Redemptions = defaultdict(list)
    for entry in entries.order_by("id"):
        assert entry.reward_id
        found[entry.reward_id].append(entry)
    return found


def _clicks(ids: list[int]) -> set[int]:
    clicks = Attribution.objects.filter(pk__in=ids, kind=Attribution.Kind.CLICK)
    return set(clicks.values_list("pk", flat=True))
