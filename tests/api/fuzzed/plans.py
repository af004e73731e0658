"""What a run is told of a dialect."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """A world's key, and what is there: `ids` by `location.name` of a parameter, `bodies` by operation.

    All checks are made of all operations. Two of them hold an answer against the document, which cannot say all there
    is to say. By operation, and with the reason beside it: `refused` are words of an answer that refuses what the
    schema allows, `passed_over` names what is let through though the schema forbids it.
    """

    auth: dict[str, Any]
    ids: dict[str, list[Any]]
    bodies: dict[str, list[Any]] = field(default_factory=dict)
    operations: list[dict[str, Any]] = field(default_factory=list)
    of_paths: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # as `ids`, of the paths that match alone
    refused: dict[str, list[str]] = field(default_factory=dict)
    passed_over: dict[str, list[str]] = field(default_factory=dict)
