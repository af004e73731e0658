"""Why a referral or a reward stands as it does, told to a member, to support or to an auditor."""

from credits.services.explaining.audience import Audience
from credits.services.explaining.explanations import explain_referral, explain_reward
from credits.services.explaining.reevaluation import Basis, Reevaluation, reevaluate

__all__ = ["Audience", "Basis", "Reevaluation", "explain_referral", "explain_reward", "reevaluate"]
