"""`/v1/members`: people enrolled in a program, with the codes that they share."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.bulk import Batch, BatchParser, each
from api.native.filtersets import MemberFilters
from api.native.resources.people import PersonBody, PersonShape, know_person
from api.native.resources.programs import ProgramShape
from api.native.shapes import Id, Reference, Related, Shape
from referrals.models import Member, Program
from referrals.services.members import enrol
from referrals.services.members_changing import update_member
from referrals.services.members_removing import remove_member


class MemberShape(Shape):
    id = Id()
    program = Related(ProgramShape)
    person = Related(PersonShape)
    status = serializers.ChoiceField(Member.Status.choices)
    disabled_reason = serializers.CharField(allow_blank=True)
    activated_at = serializers.DateTimeField(allow_null=True)
    last_active_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class MemberBody(serializers.Serializer[Any]):
    program = Reference(Program)
    person = PersonBody()
    code = serializers.CharField(
        max_length=64, allow_blank=True, required=False, default="", help_text="Made up where none is given."
    )


class MemberChanges(serializers.Serializer[Any]):
    is_disabled = serializers.BooleanField(required=False, help_text="Keeps them from referring, or lets them again.")
    code = serializers.CharField(
        max_length=64, required=False, help_text="Their default code; the former keeps working."
    )


class Members(ReadResource):
    """People enrolled in a program, able to refer."""

    model = Member
    serializer_class = MemberShape
    filterset_class = MemberFilters
    ordering_fields = ["id", "created_at"]
    owner: ClassVar[str | None] = "person"
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"program": (), "person": ()}

    def all_rows(self) -> QuerySet[Member]:
        return super().all_rows().select_related("program", "person")

    @extend_schema(request=MemberBody, responses={201: MemberShape})
    def create(self, request: Request) -> Response:
        """Enrol a person, with a default code to share. Enrolling somebody again answers with their membership."""
        return self.answer(self._enrol(self.read(MemberBody)), status=201)

    @extend_schema(request=MemberBody(many=True), responses={200: Batch})
    @action(detail=False, methods=["post"], url_path="batch", parser_classes=[BatchParser])
    def create_batch(self, request: Request) -> Response:
        """Enrol up to 1,000, each by itself."""
        return each(self, request, MemberBody, self._enrol)

    @extend_schema(request=MemberChanges, responses=MemberShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Keep them from referring or let them again, or give them another default code."""
        changes = self.read(MemberChanges)
        return self.answer(update_member(self.get_object(), at=self.at, actor=self.actor, **changes))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Hide them and stop their codes. What they earned stays theirs."""
        remove_member(self.get_object(), actor=self.actor, at=self.at)
        return Response(status=204)

    def _enrol(self, body: dict[str, Any]) -> Member:
        person = know_person(self.tenant, body["person"], at=self.at)
        return enrol(body["program"], person, code=body["code"], at=self.at)
