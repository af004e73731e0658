"""The Program object (contracts/referral-rock.md, section 3.1)."""

from typing import Any

from referrals.models import Program


def program_json(program: Program) -> dict[str, Any]:
    """There is a landing page and no page of ours to embed for a whole program: a widget is a member's."""
    return {
        "id": str(program.uid),
        "isActive": program.is_active,
        "name": program.name,
        "type": program.kind,
        "title": program.title,
        "memberOffer": program.member_offer,
        "referralOffer": program.referral_offer,
        "directUrl": program.landing_url,
        "widgetUrl": "",
    }
