"""What every resource shares: who may call, how lists are read, how writes are carried out."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django_filters.rest_framework.backends import DjangoFilterBackend
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.callers import caller_of
from api.metering import MeteredAPIView
from api.native.errors import answer_problem
from api.native.filters import parameters_of
from api.native.ids import lookup
from api.native.openapi.operations import NativeSchema
from api.native.paging import Cursors
from api.native.shapes import Shape
from api.native.strictness import take
from api.native.tags import SAFE, check_precondition, tag_of
from api.native.writes import carry_out
from api.parsers import SmallJSONParser
from api.permissions import HasScope
from referrals.models import Person
from tenants.models import Scope


class UnknownParameter(ValidationError):
    http_status = 400


class NothingInTheQuery(DefaultContentNegotiation):
    """All is JSON; `format` in a query is a filter like any other, and chooses no renderer."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)  # type: ignore[assignment]


class MayCall(HasScope):
    """Reading takes the read scope; a write takes what its action asks for, or else the write scope. A key that is
    bound to a person may only read, and only where the resource says what is theirs.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        asked = view.scopes.get(view.action, Scope.READ if request.method in SAFE else Scope.WRITE)
        allowed = super().has_permission(request, view) and asked in request.auth.scopes  # type: ignore[union-attr]
        if not allowed or caller_of(request).person is None:
            return allowed
        return view.owner is not None and request.method in SAFE


class Resource(MeteredAPIView, GenericViewSet[Any]):
    """A resource of the caller's tenant. Every write passes `carry_out`: idempotency, rehearsal, one transaction."""

    schema = NativeSchema()
    content_negotiation_class = NothingInTheQuery
    metadata_class = None  # the schema says it all
    permission_classes: list[type[BasePermission]] = [MayCall]
    parser_classes = [SmallJSONParser]
    pagination_class: Any = Cursors
    filter_backends = [DjangoFilterBackend, OrderingFilter]
    lookup_field = "id"
    lookup_value_converter = "str"
    model: type[Model]
    filterset_class: Any = None
    scopes: ClassVar[dict[str, str]] = {}  # by action, where it is not the usual one
    owner: ClassVar[str | None] = None  # the path to the person whose data it is; None: not for bound keys
    expands: ClassVar[dict[str, tuple[str, ...]]] = {}  # by name, what to select along
    others: ClassVar[frozenset[str]] = frozenset()  # expansions that show somebody else: not for bound keys
    parameters: ClassVar[dict[str, frozenset[str]]] = {}  # of reading actions other than list and retrieve
    ordering_fields: Any = ["id"]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_problem

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        method = (request.method or "").lower()
        handler = getattr(self, method, None)
        if handler is None or request.method == "OPTIONS":
            return
        self._refuse_unknown_parameters()
        if request.method not in SAFE:
            setattr(self, method, carry_out(handler, at=self.at))

    def known_parameters(self) -> set[str]:
        """What the query may name; a filter or a `dry_run` that is misspelt must not go unnoticed."""
        if self.request.method not in SAFE:
            return {"dry_run"}
        if self.action == "list":
            place = "cursor" if issubclass(self.pagination_class, Cursors) else "page"
            filters = parameters_of(self.filterset_class, self.model.objects.none()) if self.filterset_class else set()  # type: ignore[attr-defined]
            return {"limit", place, "ordering", "expand", "fields", *filters}
        return {"expand", "fields"} if self.action == "retrieve" else set(self.parameters.get(self.action, ()))

    def _refuse_unknown_parameters(self) -> None:
        known = self.known_parameters()
        unknown = self.request.query_params.keys() - known
        if unknown:
            raise UnknownParameter({name: ["There is no such parameter."] for name in sorted(unknown)})
        empty = [name for name, value in self.request.query_params.items() if not str(value).strip()]
        if empty:
            raise UnknownParameter({name: ["Give a value, or leave it out."] for name in sorted(empty)})
        if "ordering" in known:
            _refuse_strangers("ordering", _ordering_of(self.request), self.ordering_fields, most=1)
        if "fields" in known:
            shape: Any = self.get_serializer_class()
            _refuse_strangers("fields", _names(self.request, "fields"), shape().fields)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            return super().filter_queryset(queryset)
        except ValidationError as error:
            raise UnknownParameter(error.detail) from error

    def get_queryset(self) -> QuerySet[Any]:
        """The tenant's own, and for a key that is bound to a person, theirs alone."""
        if getattr(self, "swagger_fake_view", False):
            return self.model.objects.none()  # type: ignore[attr-defined, no-any-return]
        rows = self.all_rows()
        person = self.person
        if person is not None:
            assert self.owner
            rows = rows.filter(**{self.owner: person.pk})
        return self.along(rows)

    def all_rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.for_tenant(self.tenant)  # type: ignore[attr-defined]
        return rows

    def along(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Select what the asked expansions show, so that a list costs the same however long it is."""
        paths = [path for name in self.expanded for path in self.expands[name]]
        return rows.select_related(*paths) if paths else rows

    def get_object(self) -> Any:
        wanted = lookup(self.model, self.kwargs["id"])
        found = self.get_queryset().filter(**wanted).first() if wanted else None
        if found is None:
            raise NotFound("There is none of that id.")
        check_precondition(self.request, lambda: self.show(found))
        return found

    @property
    def tenant(self) -> Any:
        return caller_of(self.request).tenant

    @property
    def person(self) -> Person | None:
        return caller_of(self.request).person

    @property
    def actor(self) -> str:
        return caller_of(self.request).pk

    @property
    def expanded(self) -> set[str]:
        """The paths to expand, with all that lead there: `referrer.person` expands the referrer, and their person."""
        asked = _names(self.request, "expand")
        allowed = self.expands.keys() - (self.others if self.person else frozenset())
        _refuse_strangers("expand", asked, allowed)
        return {".".join(path.split(".")[:depth]) for path in asked for depth in range(1, path.count(".") + 2)}

    def get_serializer_context(self) -> dict[str, Any]:
        if getattr(self, "swagger_fake_view", False):
            return {}  # the schema is made without a caller
        named = {"expand": self.expanded, "fields": _names(self.request, "fields"), "tenant": self.tenant}
        return {**super().get_serializer_context(), **named}

    def show(self, thing: Any) -> dict[str, Any]:
        """The whole of an object, unexpanded: what its ETag is of."""
        shape: type[Shape] = self.serializer_class  # type: ignore[assignment]
        return dict(shape(thing, context={"tenant": self.tenant}).data)

    def answer(self, thing: Any, *, status: int = 200, **once: Any) -> Response:
        """An object after a write, as it is now, with what is told once and never again."""
        fresh = self.all_rows().get(pk=thing.pk)
        shown = self.show(fresh)
        return Response({**shown, **once}, status=status, headers={"ETag": tag_of(shown)})

    def read(self, body: Any) -> dict[str, Any]:
        """The validated body of a write. Raises ValidationError naming each field at fault."""
        return take(body(data=self.request.data, context=self.get_serializer_context()))

    def ask(self, query: Any) -> dict[str, Any]:
        """The validated query of a reading action. Raises UnknownParameter naming each parameter at fault."""
        reader = query(data=self.request.query_params.dict())
        if not reader.is_valid():
            raise UnknownParameter(reader.errors)
        return dict(reader.validated_data)


class ReadResource(ListModelMixin, RetrieveModelMixin, Resource):
    """A resource that is listed and read. An object comes with its ETag, and may be asked for by If-None-Match."""

    def retrieve(self, request: Request, *_: Any, **__: Any) -> Response:
        found = self.get_object()
        tag = tag_of(self.show(found))
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag})
        return Response(self.get_serializer(found).data, headers={"ETag": tag})


def _names(request: Request, parameter: str) -> set[str]:
    return {name.strip() for name in request.query_params.get(parameter, "").split(",") if name.strip()}


def _ordering_of(request: Request) -> set[str]:
    return {name.removeprefix("-") for name in _names(request, "ordering")}


def _refuse_strangers(parameter: str, asked: set[str], known: Any, *, most: int | None = None) -> None:
    unknown = asked - set(known)
    if unknown:
        raise UnknownParameter({parameter: [f"{', '.join(sorted(unknown))}: there is nothing of that name."]})
    if most is not None and len(asked) > most:
        raise UnknownParameter({parameter: ["Name one field; rows of one value come in the order of their ids."]})
