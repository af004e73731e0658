"""What can go wrong on the way from a click to a qualified referral. The edge chooses the shape of the answer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from referrals.models import Referral


class ReferralError(Exception):
    """Base of this app's errors: `code` is stable, `field` names the input at fault where there is one."""

    code = "referral_error"
    field: str | None = None

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message or self.__class__.__doc__ or self.code)
        if field:
            self.field = field


class UnknownCode(ReferralError):
    """No active code of that spelling."""

    code = "unknown_code"
    field = "code"


class AmbiguousCode(UnknownCode):
    """Several tenants use that code, and nothing in the request tells which is meant."""


class SelfReferral(ReferralError):
    """A person cannot refer themselves."""

    code = "self_referral"


class AlreadyReferred(ReferralError):
    """That person already has a live referral in this program."""

    code = "already_referred"

    def __init__(self, message: str = "", *, referral: "Referral") -> None:
        super().__init__(message)
        self.referral = referral


class NotAttributed(ReferralError):
    """No touch within the attribution window."""

    code = "not_attributed"


class BlockedPerson(ReferralError):
    """That person is blocked and cannot take part in a referral."""

    code = "blocked_person"


class ProgramInactive(ReferralError):
    """The program accepts no referrals at present."""

    code = "program_inactive"


class CodeTaken(ReferralError):
    """Another code of this tenant is spelt the same."""

    code = "code_taken"
    field = "code"
