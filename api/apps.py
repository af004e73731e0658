from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        """Tell the delivery of webhooks which formats are spoken here: it lies below and cannot ask."""
        from api.native import webhooks as native
        from api.referral_rock import webhooks as referral_rock
        from api.saasquatch import webhooks as saasquatch

        for dialect in (native, referral_rock, saasquatch):
            dialect.register()
