"""Which one member, referral or program is meant (contracts/referral-rock.md, section 3.6).

A query names one value in primaryInfo, or one in secondaryInfo and one in tertiaryInfo; it must mean exactly one.
"""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower
from rest_framework.exceptions import ValidationError

from api.referral_rock.bodies import Shape, Text, reader_of
from api.referral_rock.errors import Failure, explain
from api.referral_rock.formats import read_uuid
from referrals.models import Code, Member, Person, Program, Referral, ReferralDetails
from tenants.models import Tenant

Found = TypeVar("Found", bound=Model)
NONE = Q(pk__in=[])
RULE = "Give one value in primaryInfo, or one in secondaryInfo and one in tertiaryInfo."


class MemberPrimary(Shape):
    memberId = Text()
    referralCode = Text()


class MemberSecondary(Shape):
    externalIdentifier = Text()
    email = Text(max_length=320)


class MemberTertiary(Shape):
    programId = Text()
    programName = Text()
    programTitle = Text()


class MemberQuery(Shape):
    primaryInfo = MemberPrimary(required=False, allow_null=True)
    secondaryInfo = MemberSecondary(required=False, allow_null=True)
    tertiaryInfo = MemberTertiary(required=False, allow_null=True)


class ReferralPrimary(Shape):
    referralId = Text()


class ReferralSecondary(Shape):
    externalIdentifier = Text()
    email = Text(max_length=320)
    phoneNumber = Text()


class ReferralTertiary(Shape):
    """Spelt with capitals, here alone."""

    ProgramId = Text()
    ProgramName = Text()
    ProgramTitle = Text()


class ReferralFuzzy(Shape):
    Identifier = Text(max_length=320)


class ReferralQuery(Shape):
    primaryInfo = ReferralPrimary(required=False, allow_null=True)
    secondaryInfo = ReferralSecondary(required=False, allow_null=True)
    tertiaryInfo = ReferralTertiary(required=False, allow_null=True)
    fuzzyInfo = ReferralFuzzy(required=False, allow_null=True)


def read_query_object(shape: type[Shape], data: Any) -> dict[str, Any]:
    """A query object as it was sent, its absent parts null: how it is echoed. Raises Failure."""
    if data is None:
        raise Failure("query: This field is required.")
    query = reader_of(shape)
    try:
        told = query.run_validation(data)
    except ValidationError as error:
        raise Failure(f"query: {explain(error)}") from error
    return {name: _whole(part, told.get(name)) for name, part in query.fields.items()}


def echo_query(shape: type[Shape], data: Any) -> dict[str, Any] | None:
    """A query object for an answer; null for one that cannot be read."""
    try:
        return read_query_object(shape, data)
    except Failure:
        return None


def find_member(tenant: Tenant, query: dict[str, Any]) -> Member:
    """The one member a MemberQuery means. Raises Failure where it means none, several, or is not one query."""
    primary, secondary, tertiary = _given(query, "primaryInfo", "secondaryInfo", "tertiaryInfo")
    rows = Member.objects.for_tenant(tenant)
    if _is_one(primary) and not secondary and not tertiary:
        return _only(rows.filter(_member_is(tenant, *primary[0])), "member")
    if primary or not (_is_one(secondary) and _is_one(tertiary)):
        raise Failure(RULE)
    programs = find_programs(tenant, *tertiary[0])
    return _only(rows.filter(_person_is(tenant, *secondary[0]), program__in=programs), "member")


def find_referral(tenant: Tenant, query: dict[str, Any]) -> Referral:
    """The one referral a ReferralQuery means. fuzzyInfo is an id, an e-mail address or an external id.

    Raises Failure where it means none, several, or is not one query.
    """
    primary, secondary, tertiary = _given(query, "primaryInfo", "secondaryInfo", "tertiaryInfo")
    (fuzzy,) = _given(query, "fuzzyInfo")
    rows = Referral.objects.for_tenant(tenant)
    if fuzzy and not primary and not secondary and not tertiary:
        return _only(rows.filter(referral_called(tenant, fuzzy[0][1])), "referral")
    if _is_one(primary) and not secondary and not tertiary and not fuzzy:
        return _only(rows.filter(_uid_is(primary[0][1])), "referral")
    if primary or fuzzy or not (_is_one(secondary) and _is_one(tertiary)):
        raise Failure(RULE)
    programs = find_programs(tenant, *tertiary[0])
    return _only(rows.filter(referral_by(tenant, *secondary[0]), program__in=programs), "referral")


def referral_called(tenant: Tenant, text: str) -> Q:
    """Whose id, or the e-mail address or an external id of whose person or order, a text is."""
    return _uid_is(text) | referral_by(tenant, "email", text) | referral_by(tenant, "externalIdentifier", text)


def referral_by(tenant: Tenant, field: str, value: str) -> Q:
    """Whose person has that e-mail address, phone number or external id, or whose order has that external id.

    People and orders are looked up first, each by its own index: a condition over both at once could use neither.
    """
    people = Person.objects.for_tenant(tenant)
    match field:
        case "externalIdentifier":
            orders = ReferralDetails.objects.filter(external_id=value, referral__tenant=tenant)
            named = list(people.filter(external_id=value).values_list("pk", flat=True))
            return Q(referred__in=named) | Q(pk__in=list(orders.values_list("pk", flat=True)))
        case "phoneNumber":
            return Q(referred__in=list(people.filter(phone=value).values_list("pk", flat=True)))
        case _:
            return Q(referred__in=list(_people_of_email(tenant, value)))


def programs_called(tenant: Tenant, text: str) -> QuerySet[Program]:
    """The programs of that id, or else of that name, or else of that title, whatever its capitals."""
    rows = Program.objects.for_tenant(tenant)
    choices = [_uid_is(text), Q(name__iexact=text), Q(title__iexact=text)]
    found = next((choice for choice in choices if rows.filter(choice).exists()), NONE)
    return rows.filter(found)


def program_called(tenant: Tenant, text: str) -> Program:
    """The one program of that id, name or title. Raises Failure."""
    return _only(programs_called(tenant, text), "program")


def find_programs(tenant: Tenant, field: str, value: str) -> list[int]:
    """The primary keys of the programs that a field of tertiaryInfo means, whatever its capitals."""
    rows = Program.objects.for_tenant(tenant)
    match field.lower():
        case "programid":
            wanted = _uid_is(value)
        case "programname":
            wanted = Q(name__iexact=value)
        case _:
            wanted = Q(title__iexact=value)
    return list(rows.filter(wanted).values_list("pk", flat=True))


def members_called(tenant: Tenant, text: str) -> QuerySet[Member]:
    """The members a text can mean: by id or referral code, or by e-mail address or external id. The newest first."""
    people = Person.objects.for_tenant(tenant).alias(lower=Lower("email"))
    named = people.filter(Q(lower=text.strip().lower()) | Q(external_id=text)).values_list("pk", flat=True)
    own = Q(pk__in=_members_of_code(tenant, text)) | Q(person__in=list(named))
    return Member.objects.for_tenant(tenant).filter(_uid_is(text) | own).order_by("-created_at", "-pk")


def members_by(tenant: Tenant, field: str, value: str) -> QuerySet[Member]:
    """The members of an id, a code, an e-mail address or an external id, as `field` says. The newest first."""
    fields = {"emailAddress": "email", "externalId": "externalIdentifier"}
    own = _member_is(tenant, field, value) if field not in fields else _person_is(tenant, fields[field], value)
    return Member.objects.for_tenant(tenant).filter(own).order_by("-created_at", "-pk")


def _member_is(tenant: Tenant, field: str, value: str) -> Q:
    if field == "memberId":
        return _uid_is(value)
    return Q(pk__in=_members_of_code(tenant, value))


def _members_of_code(tenant: Tenant, code: str) -> list[int]:
    return list(Code.objects.for_tenant(tenant).spelt(code).values_list("member_id", flat=True))


def _person_is(tenant: Tenant, field: str, value: str) -> Q:
    """Of a member: people are looked up first, by an index of theirs."""
    if field == "externalIdentifier":
        people = Person.objects.for_tenant(tenant).filter(external_id=value)
        return Q(person__in=list(people.values_list("pk", flat=True)))
    return Q(person__in=list(_people_of_email(tenant, value)))


def people_called(tenant: Tenant, text: str) -> list[int]:
    """The primary keys of the people of that e-mail address or external id."""
    named = Person.objects.for_tenant(tenant).filter(external_id=text).values_list("pk", flat=True)
    return [*_people_of_email(tenant, text), *named]


def _people_of_email(tenant: Tenant, email: str) -> QuerySet[Person, int]:
    named = Person.objects.for_tenant(tenant).alias(lower=Lower("email"))
    return named.filter(lower=email.strip().lower()).values_list("pk", flat=True)


def _given(query: dict[str, Any], *parts: str) -> list[list[tuple[str, str]]]:
    return [[(name, value) for name, value in (query.get(part) or {}).items() if value] for part in parts]


def _is_one(values: list[Any]) -> bool:
    return len(values) == 1


def _uid_is(text: str) -> Q:
    uid = read_uuid(text)
    return Q(uid=uid) if uid else NONE


def _only(rows: QuerySet[Found], what: str) -> Found:
    found = list(rows[:2])
    if not found:
        raise Failure(f"There is no such {what}.")
    if len(found) > 1:
        raise Failure(f"More than one {what} is meant.")
    return found[0]


def _whole(part: Any, told: dict[str, Any] | None) -> dict[str, Any] | None:
    """A part of a query with null for each value it does not name."""
    return None if told is None else {name: told.get(name) for name in part.fields}
