"""What one member did (contracts/referral-rock.md, 4.9)."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import RockView
from api.referral_rock.bodies import Choice, Query, Text, needed, read_query
from api.referral_rock.errors import NotThere
from api.referral_rock.queries import members_called
from api.referral_rock.stats import period_called, show_stats
from api.referral_rock.words import TIME_PERIODS


class StatsQuery(Query):
    query = needed(Text, max_length=320, help_text="An e-mail address, our id, an external id or a referral code.")
    timePeriod = Choice(*TIME_PERIODS, default="All")


class MemberStatsView(RockView):
    @extend_schema(
        operation_id="getMemberStats", parameters=[StatsQuery], responses=schemas.answers(200, schemas.MEMBER_STATS)
    )
    def get(self, request: Request) -> Response:
        """`GET /api/memberstats/getsingle`: of several members that the query can mean, the one added last."""
        told = read_query(StatsQuery, request)
        member = members_called(self.tenant, told["query"]).select_related("program").first()
        if member is None:
            raise NotThere("member")
        return Response(show_stats(member, period_called(told["timePeriod"], at=timezone.now())))
