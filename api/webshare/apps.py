from django.apps import AppConfig


class WebshareConfig(AppConfig):
    """An app of its own, for the counts by which its list of credits finds its pages."""

    name = "api.webshare"
