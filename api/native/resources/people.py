"""`/v1/people`: anyone the tenant knows, and what they have earned."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import PersonFilters
from api.native.ids import id_of
from api.native.shapes import Id, Shape
from credits.models import Bucket, EntryKind
from credits.models.money import validate_currency
from credits.services.ledger import balances
from credits.services.statements import Line
from payouts.services.statement_pages import count_lines, read_page
from referrals.models import Person
from referrals.services.people import add_person, find_person, update_person, upsert_person
from tenants.models import Tenant


class PersonFields(serializers.Serializer[Any]):
    """What can be written of a person."""

    first_name = serializers.CharField(max_length=200, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=200, allow_blank=True, required=False)
    email = serializers.EmailField(max_length=320, allow_blank=True, required=False)
    phone = serializers.CharField(max_length=60, allow_blank=True, required=False)
    country = serializers.CharField(max_length=100, allow_blank=True, required=False)
    locale = serializers.CharField(max_length=20, allow_blank=True, required=False)


class PersonBody(PersonFields):
    """A person by the tenant's own id, which adds or updates them; or, without one, by their e-mail address."""

    external_id = serializers.CharField(max_length=255, required=False)
    account_id = serializers.CharField(max_length=255, allow_blank=True, required=False)


class PersonShape(Shape, PersonFields):
    id = Id()
    external_id = serializers.CharField(allow_null=True)
    account_id = serializers.CharField(allow_blank=True)
    blocked_at = serializers.DateTimeField(allow_null=True)
    first_paid_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class Balance(serializers.Serializer[Any]):
    """What each bucket of a person holds in one currency, in minor units. `available` below zero is what they owe."""

    currency = serializers.CharField()
    pending = serializers.IntegerField()
    available = serializers.IntegerField()
    reserved = serializers.IntegerField()
    paid = serializers.IntegerField()


class Balances(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    data = Balance(many=True)  # type: ignore[assignment]


class StatementLine(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Of the ledger entry.")
    kind = serializers.ChoiceField(EntryKind.choices)
    debit = serializers.ChoiceField(Bucket.choices)
    credit = serializers.ChoiceField(Bucket.choices)
    amount = serializers.IntegerField()
    reward = serializers.CharField(allow_null=True)
    effective_at = serializers.DateTimeField()
    after = serializers.DictField(child=serializers.IntegerField(), help_text="What each bucket held then.")


class Statement(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    currency = serializers.CharField()
    total = serializers.IntegerField(help_text="Lines in all.")
    data = StatementLine(many=True)  # type: ignore[assignment]


class AsOf(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(required=False, help_text="As of that instant; else now.")


class StatementQuery(AsOf):
    currency = serializers.CharField(max_length=7, validators=[validate_currency])
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)
    page = serializers.IntegerField(min_value=1, max_value=100_000, default=1)


class People(ReadResource):
    """Anyone the tenant knows: referrer, referred, or both."""

    model = Person
    serializer_class = PersonShape
    filterset_class = PersonFilters
    ordering_fields = ["id", "created_at"]
    owner: ClassVar[str | None] = "pk"
    parameters: ClassVar[dict[str, frozenset[str]]] = {
        "balances": frozenset({"as_of"}),
        "statement": frozenset({"as_of", "currency", "limit", "page"}),
    }

    @extend_schema(request=PersonBody, responses={201: PersonShape})
    def create(self, request: Request) -> Response:
        """Add somebody, or bring up to date whoever has that external id."""
        return self.answer(know_person(self.tenant, self.read(PersonBody), at=self.at), status=201)

    @extend_schema(request=PersonFields, responses=PersonShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change some of what is known of them."""
        return self.answer(update_person(self.get_object(), at=self.at, **self.read(PersonFields)))

    @extend_schema(parameters=[AsOf], responses=Balances)
    @action(detail=True, methods=["get"])
    def balances(self, request: Request, id: str) -> Response:
        """What they have, now or as of an instant: in each currency for itself."""
        person, at = self.get_object(), self.ask(AsOf).get("as_of", self.at)
        held = balances(person, at=at)
        data = [{"currency": currency, **buckets} for currency, buckets in sorted(held.items())]
        return Response(Balances({"as_of": at, "data": data}).data)

    @extend_schema(parameters=[StatementQuery], responses=Statement)
    @action(detail=True, methods=["get"])
    def statement(self, request: Request, id: str) -> Response:
        """Every line of their book in one currency, newest first, with what each bucket held after it."""
        person, asked = self.get_object(), self.ask(StatementQuery)
        at, currency, size = asked.get("as_of", self.at), asked["currency"], asked["limit"]
        lines = read_page(person, currency, at=at, skip=(asked["page"] - 1) * size, size=size)
        total = count_lines(person, currency, at=at)
        shown = {"as_of": at, "currency": currency, "total": total, "data": [_show_line(line) for line in lines]}
        return Response(Statement(shown).data)


def _show_line(line: Line) -> dict[str, Any]:
    entry = line.entry
    reward = id_of(entry.reward) if entry.reward else None
    about = {name: getattr(entry, name) for name in ("kind", "debit", "credit", "amount", "effective_at")}
    return {"id": id_of(entry), **about, "reward": reward, "after": line.after}


def know_person(tenant: Tenant, fields: dict[str, Any], *, at: Any) -> Person:
    """The person that a body names: added, or with its fields brought up to date."""
    external_id = fields.pop("external_id", "")
    if external_id:
        return upsert_person(tenant, external_id=external_id, at=at, **fields)
    known = find_person(tenant, email=fields.get("email", ""))
    return update_person(known, at=at, **fields) if known else add_person(tenant, at=at, **fields)
