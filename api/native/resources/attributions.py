"""`/v1/attributions`: recorded touches of codes."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import AttributionFilters
from api.native.resources.members import MemberShape
from api.native.resources.people import PersonShape
from api.native.shapes import Id, Reference, Related, Shape
from referrals.models import Attribution, Person
from referrals.services.attributions import Click, record_click, record_coupon
from referrals.services.confirmations import remove_touch

LONG = 2048


class AttributionShape(Shape):
    id = Id()
    code = serializers.CharField(source="code.code")
    member = Related(MemberShape)
    kind = serializers.ChoiceField(Attribution.Kind.choices)
    status = serializers.ChoiceField(Attribution.Status.choices)
    verdict = serializers.ChoiceField(
        Attribution.Verdict.choices, help_text="Bots and previews are kept and never win."
    )
    visitor = serializers.CharField(allow_blank=True)
    ip_address = serializers.CharField(allow_null=True)
    user_agent = serializers.CharField(allow_blank=True)
    referrer_url = serializers.CharField(allow_blank=True)
    landing_path = serializers.CharField(allow_blank=True)
    utm_source = serializers.CharField(allow_blank=True)
    utm_medium = serializers.CharField(allow_blank=True)
    utm_campaign = serializers.CharField(allow_blank=True)
    person = Related(PersonShape, source="new_member", allow_null=True, help_text="Whom it brought in.")
    occurred_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class TouchBody(serializers.Serializer[Any]):
    """A click on a link, with what is known of the browser; or a coupon that a person gave."""

    code = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(Attribution.Kind.choices, default=Attribution.Kind.CLICK)
    person = Reference(Person, required=False, help_text="Who gave the code; of a coupon, and of nothing else.")
    visitor = serializers.CharField(max_length=64, allow_blank=True, required=False)
    ip_address = serializers.IPAddressField(required=False)
    user_agent = serializers.CharField(max_length=512, allow_blank=True, required=False, default="")
    referrer_url = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    landing_path = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    utm_source = serializers.CharField(max_length=200, allow_blank=True, required=False)
    utm_medium = serializers.CharField(max_length=200, allow_blank=True, required=False)
    utm_campaign = serializers.CharField(max_length=200, allow_blank=True, required=False)
    occurred_at = serializers.DateTimeField(required=False, help_text="Not in the future. Else it is now.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["kind"] == Attribution.Kind.COUPON) != ("person" in attrs):
            raise serializers.ValidationError(
                {"person": ["A coupon is given by a person, and a click by nobody known."]}
            )
        return attrs

    def validate_occurred_at(self, value: Any) -> Any:
        if value > timezone.now():
            raise serializers.ValidationError("A touch cannot have occurred in the future.")
        return value


class Attributions(ReadResource):
    """Recorded touches of codes. Clicks are many: recording one is told by no event."""

    model = Attribution
    serializer_class = AttributionShape
    filterset_class = AttributionFilters
    ordering_fields = ["id", "occurred_at"]
    expands: ClassVar[dict[str, tuple[str, ...]]] = {
        "member": ("member__person", "member__program"),
        "member.person": (),
        "person": (),
    }

    def all_rows(self) -> QuerySet[Attribution]:
        return super().all_rows().select_related("code", "member", "new_member")

    @extend_schema(request=TouchBody, responses={200: AttributionShape, 201: AttributionShape})
    def create(self, request: Request) -> Response:
        """Record a touch: 201, or 200 with the one that the same device made on the code a moment ago."""
        click = self._record(self.read(TouchBody))
        return self.answer(Attribution(pk=click.id), status=201 if click.created else 200)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Hide a touch: it does not compete any more. What it brought about stays."""
        remove_touch(self.get_object(), at=self.at, actor=self.actor)
        return Response(status=204)

    def _record(self, body: dict[str, Any]) -> Click:
        if body.pop("kind") == Attribution.Kind.COUPON:
            return record_coupon(body["code"], person=body["person"], at=self.at)
        ip = body.pop("ip_address", "")
        return record_click(ip=ip, tenant=self.tenant, at=self.at, is_vouched_for=True, **body)
