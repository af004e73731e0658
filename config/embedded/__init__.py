"""PostgreSQL and Valkey from wheels, for the demo, the tests and any command run without servers of its own."""

from config.embedded.home import running_servers

__all__ = ["running_servers"]
