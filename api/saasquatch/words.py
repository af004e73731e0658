"""SaaSquatch's words for ours, and the other way round (contracts/saasquatch.md)."""

from credits.models import Reward
from credits.models.money import PRODUCT_CREDITS
from referrals.models import Moderation, Side

S = Reward.Status

# Section 2, moderate: which sides a verb acts on, and what it says.
VERBS: dict[str, tuple[tuple[Side, ...], Moderation]] = {
    "APPROVED": ((Side.REFERRER, Side.REFERRED), Moderation.APPROVED),
    "DENIED": ((Side.REFERRER, Side.REFERRED), Moderation.DENIED),
    "REFERRER_APPROVED": ((Side.REFERRER,), Moderation.APPROVED),
    "REFERRED_APPROVED": ((Side.REFERRED,), Moderation.APPROVED),
    "REFERRER_DENIED": ((Side.REFERRER,), Moderation.DENIED),
    "REFERRED_DENIED": ((Side.REFERRED,), Moderation.DENIED),
}
PENDING, ACTIONED = "PENDING", "ACTIONED"

# Section 1, FraudSignals: its four keys. A card or a Stripe customer that two people share has none.
SIGNALS = {
    "similar_name": "name",
    "shared_ip": "ip",
    "same_mailbox": "email",
    "disposable_domain": "email",
    "referrer_velocity": "rate",
}

# Section 4.
SOURCES = {Side.REFERRER: "FRIEND_SIGNUP", Side.REFERRED: "REFERRED"}
MANUAL = "MANUAL"  # given by hand
REWARD_TYPES = ("PCT_DISCOUNT", "CREDIT", "FUELTANK", "INTEGRATION")
CREDIT, PERCENT = "CREDIT", "PCT_DISCOUNT"
GIVEN = [S.AVAILABLE, S.PROCESSING, S.ISSUED]
PAID_OUT = [S.PROCESSING, S.ISSUED]

# Minor units throughout. "CENTS" names no currency, so it is kept for US dollars.
UNITS = {"USD": "CENTS", PRODUCT_CREDITS: "CREDITS"}
CURRENCIES = {"CENTS": "USD", "CREDITS": PRODUCT_CREDITS}


def unit_of(currency: str) -> str:
    return UNITS.get(currency, currency)


def currency_of(unit: str) -> str:
    """The currency of a unit, whatever its capitals."""
    return CURRENCIES.get(unit.strip().upper(), unit.strip().upper())


# Section 3, shareurls.
ENGAGEMENTS = ("EMBED", "POPUP", "HOSTED", "MOBILE", "EMAIL", "UNKNOWN")
MEDIA = (
    "EMAIL", "FACEBOOK", "TWITTER", "PINTEREST", "WHATSAPP", "LINEMESSENGER", "FBMESSENGER", "SMS", "LINKEDIN",
    "DIRECT", "UNKNOWN",
)  # fmt: skip

# Section 6: which of our events are told under which of its types.
TOPICS: dict[str, tuple[str, ...]] = {
    "person.added": ("user.created",),
    "member.enrolled": ("coupon.created",),
    "referral.attributed": ("referral.started", "referral.automoderation.complete"),
    "referral.qualified": ("referral.converted",),
    "referral.expired": ("referral.ended",),
    "referral.ended": ("referral.ended",),
    "reward.granted": ("reward.created", "user.reward.balance.changed"),
    "reward.available": ("user.reward.balance.changed",),
    "reward.reverted": ("user.reward.balance.changed",),
    "reward.restored": ("user.reward.balance.changed",),
    "reward.adjusted": ("user.reward.balance.changed",),
    "reward.redeemed": ("user.reward.balance.changed",),
}
TEST = "test"
