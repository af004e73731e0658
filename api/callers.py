"""Who a view is answering."""

from rest_framework.request import Request

from api.authentication import Caller


def caller_of(request: Request) -> Caller:
    """The holder of the key, in a view that lets in nobody else."""
    user: object = request.user
    assert isinstance(user, Caller)
    return user
