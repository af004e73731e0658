from django.urls import path

from api.openapi.views import show_document, show_page, show_schema

app_name = "openapi"

urlpatterns = [
    path("openapi.json", show_document, name="native"),
    path("docs", show_page, name="docs"),
    path("openapi/<slug:dialect>.json", show_schema, name="schema"),
]
