"""Lists of items, each done or not done by itself: one result an item, in order (contracts/referral-rock.md, 3.6)."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError

from api.referral_rock.bodies import Shape, reader_of
from api.referral_rock.errors import REFUSALS, Failure, explain
from api.referral_rock.words import FAILED

MOST = 1000


def read_items(data: Any, *, name: str = "") -> list[Any]:
    """The items of a body: a list, or a list under a name. Raises ValidationError for anything else."""
    if isinstance(data, dict):
        data = next((value for key, value in data.items() if name and key.lower() == name.lower()), None)
    if not isinstance(data, list):
        raise ValidationError("The body must be a JSON array.")
    if len(data) > MOST:
        raise ValidationError(f"Send at most {MOST} items.")
    return data


def part_of(item: Any, name: str) -> Any:
    """A part of an item, whatever the capitals of its name; None for none."""
    parts = item if isinstance(item, dict) else {}
    return next((value for key, value in parts.items() if key.lower() == name.lower()), None)


def read_part(shape: type[Shape], item: Any, name: str) -> dict[str, Any]:
    """A part of an item as its shape has it. Raises Failure naming the field at fault."""
    part = part_of(item, name)
    try:
        return dict(reader_of(shape).run_validation({} if part is None else part))
    except ValidationError as error:
        raise Failure(f"{name}: {explain(error)}") from error


def read_whole(shape: type[Shape], item: Any) -> dict[str, Any]:
    """An item as its shape has it. Raises ValidationError, which is the item's failure."""
    return dict(reader_of(shape).run_validation({} if item is None else item))


def try_item(do: Callable[[], Any]) -> tuple[Any, str]:
    """Do one item in a transaction of its own: what came of it, or None and why nothing did."""
    try:
        with transaction.atomic():
            return do(), ""
    except (*REFUSALS, ValidationError) as error:
        return None, explain(error)


def result_info(status: str, message: str | None) -> dict[str, str | None]:
    return {"Status": status, "Message": message}


def failed(message: str) -> dict[str, str | None]:
    return result_info(FAILED, message)
