from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Every Django process sends tasks through our Celery application.

        It is imported here and not in the package: config.embedded is needed before there are settings to read.
        """
        from config import celery  # noqa: F401
