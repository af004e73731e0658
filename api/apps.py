from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        """Tell the delivery of webhooks which formats are spoken here: it lies below and cannot ask."""
        from api.saasquatch import webhooks

        webhooks.register()
