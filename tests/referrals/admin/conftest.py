from tests.console import desk, root

__all__ = ["desk", "root"]
