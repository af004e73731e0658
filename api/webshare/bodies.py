"""What clients send (contracts/webshare.md, section 2)."""

from typing import Any

from rest_framework import serializers

from credits.models import Mode

LONGEST_CODE = 100
LONGEST_EMAIL = 320


class ConfigBody(serializers.Serializer[Any]):
    """The writable fields alone; any other in the body is passed over."""

    mode = serializers.ChoiceField(Mode.choices, required=False)
    paypal_payout_email = serializers.EmailField(max_length=LONGEST_EMAIL, required=False, allow_null=True)


class CouponBody(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=LONGEST_CODE)


class CodeQuery(serializers.Serializer[Any]):
    referral_code = serializers.CharField()


def read(form: type[serializers.Serializer[Any]], told: Any) -> dict[str, Any]:
    """Raises ValidationError naming each field at fault."""
    body = form(data=told)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
