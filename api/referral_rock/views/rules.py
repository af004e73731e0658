"""Reward rules (contracts/referral-rock.md, 4.27)."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import reward_schemas, schemas
from api.referral_rock.base import RockView
from api.referral_rock.bodies import Query, Text, needed, read_query
from api.referral_rock.errors import NotThere
from api.referral_rock.objects.rules import rule_json
from api.referral_rock.queries import programs_called
from credits.models import RewardRule
from payouts.models import PayoutMethod
from referrals.models import Program


class RulesQuery(Query):
    programId = needed(Text, help_text="The program's id; its name or title does as well.")


class RewardRulesView(RockView):
    @extend_schema(
        operation_id="listRewardRules", parameters=[RulesQuery], responses=schemas.answers(200, reward_schemas.RULES)
    )
    def get(self, request: Request) -> Response:
        """`GET /api/rewardrules?programId=`: a bare array, each rule as its latest version has it, the oldest first."""
        program = programs_called(self.tenant, read_query(RulesQuery, request)["programId"]).first()
        if program is None:
            raise NotThere("program")
        latest = RewardRule.objects.filter(program=program).order_by("lineage", "-version").distinct("lineage")
        methods = first_methods(program)
        rules = sorted(latest.select_related("program"), key=lambda rule: rule.pk)
        return Response([rule_json(rule, methods) for rule in rules])


def first_methods(program: Program) -> dict[str, PayoutMethod]:
    """The program's first payout method of each currency."""
    found: dict[str, PayoutMethod] = {}
    for method in PayoutMethod.objects.filter(program=program).order_by("-is_active", "position", "id"):
        found.setdefault(method.currency, method)
    return found
