import pytest

from referrals.services.risk import registry
from tests.referrals.services.risk.builders import add_person, add_referral


@pytest.fixture
def dana(acme):
    """Dana refers."""
    return add_person(acme, "Dana", "Petrova")


@pytest.fixture
def eric(acme):
    """Eric is referred, and has nothing in common with Dana."""
    return add_person(acme, "Eric", "Okonkwo")


@pytest.fixture
def referral(program, dana, eric):
    return add_referral(program, dana, eric)


@pytest.fixture
def only(monkeypatch):
    """`only()` leaves no rule registered, `only("shared_ip", ...)` those: what a test registers goes with it."""

    def keep(*codes):
        kept = {code: rule for code, rule in registry._rules.items() if code in codes}
        monkeypatch.setattr(registry, "_rules", kept)

    return keep
