"""Programs (contracts/referral-rock.md, 4.1 and 4.2)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import RockView, SetView
from api.referral_rock.bodies import Query, Text, needed, read_query
from api.referral_rock.errors import NotThere
from api.referral_rock.objects.programs import program_json
from api.referral_rock.paging import PageQuery, answer_set, ids_of, in_order, read_page
from api.referral_rock.queries import programs_called
from referrals.models import Program


class ProgramsQuery(PageQuery):
    programId = Text(help_text="Only this program: its id, name or title.")


class ProgramQuery(Query):
    programName = needed(Text, help_text="Its exact name, whatever its capitals.")


class ProgramsView(SetView):
    collection = "programs"

    @extend_schema(
        operation_id="listPrograms", parameters=[ProgramsQuery], responses=schemas.answers(200, schemas.PROGRAM_SET)
    )
    def get(self, request: Request) -> HttpResponse:
        """`GET /api/programs`: the oldest first."""
        told = read_query(ProgramsQuery, request)
        named = told.get("programId")
        rows: QuerySet[Program] = programs_called(self.tenant, named) if named else self.programs
        page = read_page(request)

        def show(ids: list[int]) -> list[dict[str, Any]]:
            return [program_json(program) for program in in_order(self.programs, ids)]

        ids = ids_of(rows.order_by("id"), page)
        return answer_set(self.collection, ids, show, total=rows.count(), page=page, message_last=True)

    @property
    def programs(self) -> QuerySet[Program]:
        return Program.objects.for_tenant(self.tenant)


class ProgramView(RockView):
    @extend_schema(
        operation_id="getProgram", parameters=[ProgramQuery], responses=schemas.answers(200, schemas.PROGRAM)
    )
    def get(self, request: Request) -> Response:
        """`GET /api/program/getsingle?programName=`"""
        name = read_query(ProgramQuery, request)["programName"]
        program = Program.objects.for_tenant(self.tenant).filter(name__iexact=name).order_by("id").first()
        if program is None:
            raise NotThere("program")
        return Response(program_json(program))
