"""Showing a secret the one time it can be seen."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.template.response import TemplateResponse


def show_once(page: "ModelAdmin[Any]", request: HttpRequest, title: str, secrets: dict[str, str]) -> TemplateResponse:
    """Answer the POST that made the secrets with them. No address leads here again, and the console is never cached."""
    context = {**page.admin_site.each_context(request), "opts": page.opts, "title": title, "secrets": secrets}
    return TemplateResponse(request, "tenants/shown_once.html", context)
