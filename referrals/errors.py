"""What can go wrong on the way from a click to a qualified referral. The edge chooses the shape of the answer."""

from typing import TYPE_CHECKING, Any

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


class InactiveCode(ReferralError):
    """That code cannot be used at present."""

    code = "inactive_code"
    field = "code"


class ExpiredCode(ReferralError):
    """That code has expired."""

    code = "expired_code"
    field = "code"


class AlreadyRedeemed(ReferralError):
    """That person has redeemed that code already."""

    code = "already_redeemed"
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


class AlreadyCustomer(ReferralError):
    """That account has paid already, so nobody can bring it in any more."""

    code = "already_customer"


class NotAttributed(ReferralError):
    """No touch within the attribution window."""

    code = "not_attributed"

    def __init__(self, message: str = "", *, considered: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.considered = considered or {}


class BlockedPerson(ReferralError):
    """That person is blocked and cannot take part in a referral."""

    code = "blocked_person"


class NotToBeTracked(BlockedPerson):
    """That person was removed and asked not to be known again."""

    code = "not_to_be_tracked"


class PersonExists(ReferralError):
    """The tenant has a person of that id in that account already."""

    code = "person_exists"
    field = "external_id"


class AccountFull(ReferralError):
    """An account has at most a thousand people."""

    code = "account_full"
    field = "account_id"


class AlreadyBlocked(ReferralError):
    """That person is blocked already."""

    code = "already_blocked"


class NotBlocked(ReferralError):
    """That person is not blocked."""

    code = "not_blocked"


class ProgramInactive(ReferralError):
    """The program accepts no referrals at present."""

    code = "program_inactive"


class CodeTaken(ReferralError):
    """Another code of this tenant is spelt the same."""

    code = "code_taken"
    field = "code"


class CodeMismatch(ReferralError):
    """The touch was of another code."""

    code = "code_mismatch"
    field = "code"


class ConfirmedTooEarly(ReferralError):
    """Nobody can be brought in before the touch that did it."""

    code = "confirmed_too_early"
    field = "confirmed_at"


class AlreadyConfirmed(ReferralError):
    """That touch has brought in somebody else."""

    code = "already_confirmed"


class AlreadyRecruited(ReferralError):
    """Another touch has brought in that person."""

    code = "already_recruited"
    field = "new_member_id"


class InvalidAccess(ReferralError):
    """That access link leads nowhere: it is not one of ours, or whoever it was for may not come in."""

    code = "invalid_access"


class ExpiredAccess(InvalidAccess):
    """That access link has expired."""

    code = "expired_access"


class MalformedAddress(ReferralError):
    """That is not an e-mail address."""

    code = "malformed_address"
    field = "email"


class MayNotInvite(ReferralError):
    """That member cannot invite anybody at present."""

    code = "may_not_invite"


class UnreadableToken(ReferralError):
    """That link is not one of ours, or not whole."""

    code = "unreadable_token"


class AlreadyMember(ReferralError):
    """That person is a member of this program already."""

    code = "already_member"
    field = "email"


class NotAMember(ReferralError):
    """That person is no member of this program any more."""

    code = "not_a_member"


class OwnRecruiter(ReferralError):
    """A member cannot recruit themselves."""

    code = "own_recruiter"


class InviteOver(ReferralError):
    """That invite was used before, or its time is over."""

    code = "invite_over"
