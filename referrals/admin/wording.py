"""Stored words as people read them, and the colour each is shown in."""

from decimal import Decimal

from babel.numbers import get_currency_precision

from referrals.models import Invite, Mail, Member, Moderation, Referral

Words = dict[str, str]

REFERRAL_STATUS: Words = {
    Referral.Status.ATTRIBUTED: "Signed up",
    Referral.Status.QUALIFIED: "Qualified",
    Referral.Status.REVIEW_REQUIRED: "In review",
    Referral.Status.REWARDED: "Rewarded",
    Referral.Status.EXPIRED: "Expired",
    Referral.Status.CAPPED: "Capped",
    Referral.Status.FAILED: "Failed",
    Referral.Status.REJECTED: "Rejected",
}
REFERRAL_COLOURS: Words = {
    Referral.Status.ATTRIBUTED: "info",
    Referral.Status.QUALIFIED: "info",
    Referral.Status.REVIEW_REQUIRED: "warn",
    Referral.Status.REWARDED: "good",
    Referral.Status.FAILED: "bad",
    Referral.Status.REJECTED: "bad",
}
MEMBER_COLOURS: Words = {
    Member.Status.INVITED: "info",
    Member.Status.ACTIVATED: "good",
    Member.Status.DISABLED: "bad",
}
INVITE_COLOURS: Words = {
    Invite.Status.SENT: "info",
    Invite.Status.REMINDED: "info",
    Invite.Status.JOINED: "good",
    Invite.Status.FAILED: "bad",
}
MAIL_COLOURS: Words = {
    Mail.Status.QUEUED: "info",
    Mail.Status.SENT: "good",
    Mail.Status.FAILED: "bad",
}
MODERATION_COLOURS: Words = {
    Moderation.PENDING: "warn",
    Moderation.APPROVED: "good",
    Moderation.DENIED: "bad",
}
RISK_NAMES: Words = {
    "same_stripe_customer": "Same Stripe customer",
    "same_card_fingerprint": "Same card",
    "same_mailbox": "Same mailbox",
    "similar_name": "Similar names",
    "shared_ip": "Shared network",
    "disposable_domain": "Disposable e-mail",
    "referrer_velocity": "Unusually many referrals",
    "existing_customer": "Already a customer",
    "referrer_refund_rate": "Many refunds",
    "manual_moderation": "Program asks for review",
    "score_threshold": "Program reviews every referral",
}


def risk_name(code: str) -> str:
    """What staff call a risk rule."""
    return RISK_NAMES.get(code) or code.replace("_", " ").capitalize()


def money(amount: int, currency: str) -> str:
    """Minor units as people read them: 1,234.50 USD. The arithmetic of money lies above this app; this only shows."""
    digits = 0 if currency == "CREDITS" else get_currency_precision(currency)
    return f"{Decimal(amount).scaleb(-digits):,} {currency}"


def actor_name(actor: str) -> str:
    """`staff:bob` is bob, `key:<id>` an API key, `system` Vouch itself."""
    kind, _, name = actor.partition(":")
    return {"staff": name, "key": f"API key {name[:8]}…", "system": "Vouch"}.get(kind, actor)
