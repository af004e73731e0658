from referrals.models.account import Account
from referrals.models.attribution import Attribution
from referrals.models.block_count import BlockCount, BlockDelta
from referrals.models.coupon import AppliedCoupon
from referrals.models.details import ReferralDetails
from referrals.models.member import Code, Member
from referrals.models.outreach import EmailSuppression, Invite, Mail
from referrals.models.person import Identifier, KeyBinding, Person
from referrals.models.program import Moderation, Program, RiskLevel, Touch
from referrals.models.referral import Action, Decision, Referral, Side, Signal
from referrals.models.touch_count import TouchCount, TouchDelta

__all__ = [
    "Account", "Action", "AppliedCoupon", "Attribution", "BlockCount", "BlockDelta", "Code", "Decision",
    "EmailSuppression", "Identifier", "Invite", "KeyBinding", "Mail", "Member", "Moderation", "Person", "Program",
    "Referral", "ReferralDetails", "RiskLevel", "Side", "Signal", "Touch", "TouchCount", "TouchDelta",
]  # fmt: skip
