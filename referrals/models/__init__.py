from referrals.models.attribution import Attribution
from referrals.models.member import Code, Member
from referrals.models.person import Identifier, KeyBinding, Person
from referrals.models.program import Moderation, Program, RiskLevel, Touch
from referrals.models.referral import Action, Decision, Referral, Side, Signal

__all__ = [
    "Action", "Attribution", "Code", "Decision", "Identifier", "KeyBinding", "Member", "Moderation", "Person",
    "Program", "Referral", "RiskLevel", "Side", "Signal", "Touch",
]  # fmt: skip
