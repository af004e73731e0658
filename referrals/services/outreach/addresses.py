"""Which text is an e-mail address that mail can go to."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from referrals.errors import MalformedAddress
from referrals.services.mailboxes import fold_address


def read_address(email: str) -> tuple[str, str]:
    """The address as it was typed, without blanks around it, and the spelling by which it is compared.

    Raises MalformedAddress for anything that mail cannot go to.
    """
    typed = email.strip()
    try:
        validate_email(typed)
    except ValidationError as error:
        raise MalformedAddress from error
    address = fold_address(typed)
    if not address:
        raise MalformedAddress
    return typed, address
