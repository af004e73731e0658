import pytest

from portal.wording import friend_name, mask_email, money
from referrals.models import Person


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("dana.ruiz@mailbox.example", "d•••@m•••.example"),
        ("d@a.co.uk", "d•••@a•••.uk"),
        ("dana@localhost", "d•••@l•••"),
        ("", ""),
        ("dana", ""),
        ("@mailbox.example", ""),
        ("dana@", ""),
        ("a@b@c.example", "a•••@c•••.example"),
        ("dana@.example", "d•••@e•••.example"),
        ("dana@.", "d•••@•••."),
    ],
)
def test_an_address_can_be_recognised_and_not_learnt(email, masked):
    assert mask_email(email) == masked


@pytest.mark.parametrize(("first_name", "shown"), [("Dana", "Dana"), (" Dana  Ruiz ", "Dana"), ("", "A friend")])
def test_somebody_s_first_name_is_all_that_is_told(first_name, shown):
    assert friend_name(Person(first_name=first_name, last_name="Ruiz", email="dana@ruiz.example")) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (123450, "USD", "$1,234.50"),
        (2000, "JPY", "¥2,000"),
        (1500, "KWD", "KWD\xa01.500"),
        (8540, "EUR", "€85.40"),
        (0, "USD", "$0.00"),
        (1, "CREDITS", "1 credit"),
        (1200, "CREDITS", "1,200 credits"),
    ],
)
def test_an_amount_has_its_sign_and_its_digits(amount, currency, written):
    assert money(amount, currency) == written
