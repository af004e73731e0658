"""What can go wrong while telling others. The edge chooses the shape of the answer."""


class EventError(Exception):
    """Base of this app's errors: `code` is stable, `field` names the input at fault where there is one."""

    code = "event_error"
    field: str | None = None


class UnsafeUrl(EventError):
    """The address cannot be delivered to: it is malformed, not HTTPS, or leads into a private network."""

    code = "unsafe_url"
    field = "url"


class Unreachable(EventError):
    """No reply: the name has no address, the connection failed, or it took too long."""

    code = "unreachable"


class AddressTaken(EventError):
    """There is an endpoint at that address already."""

    code = "address_taken"
    field = "url"
