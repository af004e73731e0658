"""The coupon code that a person has applied (contracts/webshare.md, section 2, rows 6 to 8)."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from api.callers import caller_of
from api.webshare.base import FOR, WebshareView
from api.webshare.bodies import CouponBody, read
from api.webshare.errors import answers, refuse
from api.webshare.objects import CouponSerializer, show_coupon
from api.webshare.words import COUPON_REFUSALS
from referrals.errors import BlockedPerson
from referrals.models import Code, Person
from referrals.services.coupons import apply_coupon, coupon_of, remove_coupon
from tenants.services.limits import throttle

APPLICATIONS_PER_MINUTE = 5


class CouponView(WebshareView):
    @extend_schema(operation_id="getCouponCode", parameters=[FOR], responses=answers(CouponSerializer, 401, 403, 404))
    def get(self, request: Request) -> Response:  # noqa: ARG002 (the framework passes it)
        """`GET /api/v2/referral/coupon-code/`: contract section 2, row 6. All null where none is applied."""
        return _answer(coupon_of(self.person))

    @extend_schema(
        operation_id="applyCouponCode",
        parameters=[FOR],
        request=CouponBody,
        responses=answers(CouponSerializer, 400, 401, 403, 404, 413, 415),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/v2/referral/coupon-code/`: contract section 2, row 7, with the refusals of section 2.7.

        Five a minute and person, also those that are refused: codes are not to be tried out.
        """
        person = self.person
        _limit(person)
        code = read(CouponBody, request.data)["code"]
        try:
            return _answer(apply_coupon(person, code, at=timezone.now(), actor=str(caller_of(request))))
        except BlockedPerson as error:
            raise PermissionDenied(str(error), code="account_suspended") from error
        except tuple(COUPON_REFUSALS) as error:
            word, message = COUPON_REFUSALS[type(error)]
            raise refuse("code", message, word) from error

    @extend_schema(
        operation_id="removeCouponCode", parameters=[FOR], responses=answers(None, 401, 403, 404, status=204)
    )
    def delete(self, request: Request) -> Response:
        """`DELETE /api/v2/referral/coupon-code/`: contract section 2, row 8. Also where none is applied."""
        remove_coupon(self.person, at=timezone.now(), actor=str(caller_of(request)))
        return Response(status=204)


def _answer(coupon: Code | None) -> Response:
    return Response(CouponSerializer(show_coupon(coupon)).data)


def _limit(person: Person) -> None:
    retry_after = throttle(f"coupon:{person.pk}", limit=APPLICATIONS_PER_MINUTE)
    if retry_after:
        raise Throttled(wait=retry_after)
