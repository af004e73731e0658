"""What looks wrong about a referral: small rules, each with a score and evidence, and what they add up to."""

from referrals.services.risk import behaviour, identity
from referrals.services.risk.assess import Assessment, Result, assess
from referrals.services.risk.registry import Rule, all_rules

__all__ = ["Assessment", "Result", "Rule", "all_rules", "assess", "behaviour", "identity"]
