from django.urls import path

from api.openapi.views import show_schema

app_name = "openapi"

urlpatterns = [path("<slug:dialect>.json", show_schema, name="schema")]
