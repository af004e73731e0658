"""What anybody may know of a referral code (contracts/webshare.md, section 2, row 11)."""

from django.http.request import split_domain_port
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import Open
from api.throttles import limit_keyless
from api.webshare.base import WebshareView
from api.webshare.bodies import CodeQuery, read
from api.webshare.errors import answers
from api.webshare.objects import CodeInfoSerializer, promo_of_link
from referrals.services.public_codes import find_public_code


class CodeInfoView(WebshareView):
    authentication_classes = []
    permission_classes = [Open]

    def check_throttles(self, request: Request) -> None:
        limit_keyless(request, "code_info")

    def find_subject(self, request: Request) -> None:
        """Nobody's: whoever asks is not known."""

    @extend_schema(
        operation_id="getReferralCodeInfo",
        auth=[],
        parameters=[CodeQuery],
        responses=answers(CodeInfoSerializer, 400, 404),
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v2/referral/code/info/?referral_code=`: contract section 2, row 11. Open to anybody."""
        spelling = read(CodeQuery, request.query_params)["referral_code"]
        code = find_public_code(spelling, host=split_domain_port(request.get_host())[0], at=timezone.now())
        if code is None:
            raise NotFound
        return Response(CodeInfoSerializer({"referral_code": code.code, **promo_of_link(code)}).data)
