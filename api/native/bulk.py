"""Batches: up to 1,000 items in one call, each by itself, with a result for each."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db import transaction
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.errors import REFUSALS, Problem, ProblemDetails, answer_problem
from api.native.ids import id_of
from api.native.strictness import take
from api.parsers import SmallJSONParser

MOST = 1000
Carry = Callable[[dict[str, Any]], Any]


class BatchParser(SmallJSONParser):
    """A thousand items fit into it."""

    most = 2 * 1024 * 1024


class Result(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The place of the item in the body.")
    status = serializers.IntegerField(help_text="What the item would have been answered by itself.")
    id = serializers.CharField(allow_null=True)
    problem = ProblemDetails(allow_null=True)


class Batch(serializers.Serializer[Any]):
    data = Result(many=True)  # type: ignore[assignment]


def each(view: Any, request: Request, body: type[serializers.Serializer[Any]], carry: Carry) -> Response:
    """Carry out each item of the body, a list, in a savepoint of its own: one that is refused stops no other.

    Raises Problem for a body that is no list, or of more than 1,000.
    """
    items = request.data
    if not isinstance(items, list) or len(items) > MOST:
        raise Problem(422, "validation_failed", f"The body is a list of at most {MOST} items.")
    results = [_carry_one(view, number, item, body, carry) for number, item in enumerate(items)]
    return Response({"data": results})


def _carry_one(
    view: Any, number: int, item: Any, body: type[serializers.Serializer[Any]], carry: Carry
) -> dict[str, Any]:
    try:
        taken = take(body(data=item, context=view.get_serializer_context()))
        with transaction.atomic():
            done = carry(taken)
    except (APIException, ModelError, *REFUSALS) as error:
        answer = answer_problem(error, {})
        assert answer
        return {"index": number, "status": answer.status_code, "id": None, "problem": answer.data}
    return {"index": number, "status": 200, "id": id_of(done), "problem": None}
