"""`/v1/codes`: what members share."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import CodeFilters
from api.native.resources.members import MemberShape
from api.native.shapes import Id, Rate, Reference, Related, Shape
from credits.models.money import MAX_AMOUNT
from referrals.models import Code, Member
from referrals.services.codes import change_code, give_code


class CodeFields(serializers.Serializer[Any]):
    """What can be changed of a code. A discount is a rate, or an amount in minor units of the program's currency."""

    is_active = serializers.BooleanField(required=False)
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    discount_rate = Rate(allow_null=True, required=False, help_text="0.2 is 20%.")
    discount_amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, allow_null=True, required=False)
    discount_recurs = serializers.BooleanField(required=False)
    starts_at = serializers.DateTimeField(allow_null=True, required=False)
    ends_at = serializers.DateTimeField(allow_null=True, required=False)


class NewCode(CodeFields):
    member = Reference(Member)
    code = serializers.CharField(
        max_length=64, allow_blank=True, required=False, default="", help_text="Made up where none is given."
    )
    kind = serializers.ChoiceField(Code.Kind.choices, required=False)


class CodeChanges(CodeFields):
    is_default = serializers.ChoiceField([True], required=False, help_text="Another code becomes default in its place.")


class CodeShape(Shape, CodeFields):
    id = Id()
    member = Related(MemberShape)
    code = serializers.CharField()
    kind = serializers.ChoiceField(Code.Kind.choices)
    is_default = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class Codes(ReadResource):
    """What members share: link codes and coupons, in one namespace."""

    model = Code
    serializer_class = CodeShape
    filterset_class = CodeFilters
    ordering_fields = ["id", "created_at"]
    owner: ClassVar[str | None] = "member__person"
    expands: ClassVar[dict[str, tuple[str, ...]]] = {
        "member": ("member__program", "member__person"),
        "member.person": (),
        "member.program": (),
    }

    def all_rows(self) -> QuerySet[Code]:
        return super().all_rows().filter(member__removed_at=None).select_related("member")

    @extend_schema(request=NewCode, responses={201: CodeShape})
    def create(self, request: Request) -> Response:
        """Give a member another code, beside those they have."""
        body = self.read(NewCode)
        return self.answer(give_code(body.pop("member"), at=self.at, actor=self.actor, **body), status=201)

    @extend_schema(request=CodeChanges, responses=CodeShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a code, switch it off or on, or make it its member's default one. Earlier touches stay."""
        return self.answer(change_code(self.get_object(), at=self.at, actor=self.actor, **self.read(CodeChanges)))
