"""Which bodies are Stripe's events, signed for this tenant within the last five minutes, and nothing else."""

import json
import time
from datetime import timedelta

import pytest
import stripe

from payouts.errors import BadEvent, BadSignature
from payouts.gateway import sign_event, verify_event
from tests.cast import NOON
from tests.stripe_objects import event, invoice

SECRET = "whsec_acme"
EVENT = event("invoice.paid", invoice(), key="evt_1")
BODY = json.dumps(EVENT)
SIGNATURE = sign_event(BODY, SECRET, at=NOON)
SECOND = timedelta(seconds=1)


def verify(body: str | bytes, signature: str | None = None, secrets: str = SECRET, *, at=NOON):
    """Verify a body, signed with the secret at noon unless a signature is given."""
    raw = body if isinstance(body, bytes) else body.encode()
    return verify_event(raw, sign_event(body, SECRET, at=NOON) if signature is None else signature, secrets, at=at)


def in_event(text: str) -> str:
    """The event as JSON with one more field in its object, spelt as given."""
    return BODY.replace('"object": {', f'"object": {{"extra": {text}, ', 1)


def refuses(body: str | bytes, *args: str, error: type[Exception] = BadSignature, **kwargs) -> bool:
    with pytest.raises(error):
        verify(body, *args, **kwargs)
    return True


def test_signed_event_comes_out_as_stripe_sent_it():
    assert verify(BODY, SIGNATURE) == EVENT


def test_any_one_altered_byte_is_refused():
    raw = BODY.encode()
    for place in range(len(raw)):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert refuses(altered, SIGNATURE)


def test_a_byte_more_or_less_is_refused():
    assert refuses(BODY + " ", SIGNATURE)
    assert refuses(BODY[:-1], SIGNATURE)


@pytest.mark.parametrize("secret", ["whsec_globex", "whsec_acm", "whsec_acme1", "WHSEC_ACME"])
def test_another_secret_is_refused(secret: str):
    assert refuses(BODY, sign_event(BODY, secret, at=NOON))


@pytest.mark.parametrize("secrets", ["", " ", "\n\t"])
def test_no_secret_verifies_nothing(secrets: str):
    assert refuses(BODY, sign_event(BODY, secrets, at=NOON), secrets)
    assert refuses(BODY, SIGNATURE, secrets)


@pytest.mark.parametrize("signed_with", ["whsec_old", "whsec_new"])
def test_while_a_secret_is_replaced_both_verify(signed_with: str):
    assert verify(BODY, sign_event(BODY, signed_with, at=NOON), "whsec_old whsec_new") == EVENT


def test_while_a_secret_is_replaced_no_third_verifies():
    assert refuses(BODY, SIGNATURE, "whsec_old whsec_new")


def test_stripe_signs_with_both_secrets_while_it_rolls_one():
    _, other = sign_event(BODY, "whsec_other", at=NOON).split(",")

    assert verify(BODY, f"{SIGNATURE},{other}") == EVENT


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=300), -timedelta(seconds=300)])
def test_five_minutes_either_way_are_borne(late: timedelta):
    assert verify(BODY, SIGNATURE, at=NOON + late) == EVENT


@pytest.mark.parametrize(
    "late", [timedelta(seconds=301), timedelta(days=1), -timedelta(seconds=301), -timedelta(days=1)]
)
def test_an_older_signature_and_one_of_the_future_are_refused(late: timedelta):
    assert refuses(BODY, SIGNATURE, at=NOON + late)


def test_the_first_time_in_the_header_is_the_one_that_was_signed():
    fresh = int((NOON + timedelta(days=1)).timestamp())

    assert refuses(BODY, f"{SIGNATURE},t={fresh}", at=NOON + timedelta(days=1))
    assert refuses(BODY, f"t={fresh},{SIGNATURE}", at=NOON + timedelta(days=1))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        "garbage",
        "t=,v1=",
        "t=now,v1=00",
        f"t={int(NOON.timestamp())}",
        SIGNATURE.split(",")[1],
        SIGNATURE.replace("v1=", "v0="),
        SIGNATURE.upper(),
        SIGNATURE[:-1],
        f"t={int(NOON.timestamp())},v1=é",
        f"t={int(NOON.timestamp())},v1=\x00",
        "t=\u0665,v1=00",
        "," * 10_000,
        "=" * 10_000,
    ],
)
def test_a_missing_or_garbled_header_is_refused(signature: str):
    assert refuses(BODY, signature)


@pytest.mark.parametrize("stamp", [10**19, -(10**19), 10**400])
def test_a_signed_time_that_is_no_time_is_refused(stamp: int):
    signature = stripe.WebhookSignature.generate_signature_header(BODY, SECRET, stamp)

    assert refuses(BODY, signature)


@pytest.mark.parametrize(
    "text",
    [
        '"Zoë Ångström 北京 🎉"',
        '"\\ud83c\\udf89"',
        '"\\\\u0000 in so many letters"',
        "1.5",
        "123456789012345678901234567890",
    ],
)
def test_all_that_json_can_say_and_postgresql_can_hold_is_kept(text: str):
    assert verify(in_event(text))["data"]["object"]["extra"] == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '"\\u0000"',
        '{"\\u0000": 1}',
        '["a", ["\\u0000"]]',
        '"\\ud83c"',
        '"\\udf89\\ud83c"',
        "NaN",
        "-Infinity",
        "1e400",
        "9" * 5000,
        "[" * 65 + "]" * 65,
        "[" * 950 + "]" * 950,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_cannot_be_stored_is_no_event_though_signed(text: str):
    assert refuses(in_event(text), error=BadEvent)


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '"event"', "{}", "1", '{"object": "event"}', "\ufeff{}"])
def test_a_body_of_another_shape_is_no_event_though_signed(body: str):
    assert refuses(body, error=BadEvent)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("object", "v2.core.event"),
        ("id", None),
        ("id", ""),
        ("id", 7),
        ("type", ["invoice.paid"]),
        ("type", ""),
        ("created", "1234567890"),
        ("created", None),
        ("created", -1),
        ("created", 10**20),
        ("data", None),
        ("data", []),
        ("data", {}),
        ("data", {"object": "in_1"}),
    ],
)
def test_an_event_with_a_field_of_another_kind_is_none(field: str, value: object):
    assert refuses(json.dumps(EVENT | {field: value}), error=BadEvent)


def test_a_body_that_is_not_utf_8_is_no_event():
    assert refuses(BODY.encode("utf-16"), SIGNATURE, error=BadEvent)


def test_half_a_megabyte_is_verified_within_a_second():
    body = in_event(json.dumps([{"note": "x" * 90, "amount": 1.5}] * 4500))
    started = time.monotonic()

    assert len(verify(body)["data"]["object"]["extra"]) == 4500
    assert time.monotonic() - started < 1
