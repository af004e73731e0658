"""A file of results, sent back by whoever paid by hand: what became of each line of it."""

import csv
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from credits.services.review import staff
from payouts.errors import PayoutError
from payouts.services.results import MOST_LINES, Line, apply_results

MOST_BYTES = 5_000_000


class ResultsForm(forms.Form):
    file = forms.FileField(label="CSV file")

    def clean_file(self) -> str:
        """The file's text. One that is no text, or that no database could keep, is refused as a whole."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError("The file is larger than 5 MB.")
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError("The file is not in UTF-8. Save it as CSV UTF-8.") from error
        if "\x00" in text:
            raise ValidationError("The file is no text.")
        return str(text)


@require_http_methods(["GET", "POST"])
def upload_results(request: HttpRequest, model_admin: Any) -> HttpResponse:
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    form = ResultsForm(request.POST, request.FILES) if request.method == "POST" else ResultsForm()
    lines = _apply(form, request) if form.is_bound and form.is_valid() else None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Results of payouts made by hand",
        "opts": model_admin.opts,
        "form": form,
        "lines": lines,
        "done": sum(line.is_done for line in lines or []),
        "left": sum(not line.is_done for line in lines or []),
        "most_lines": f"{MOST_LINES:,}",
    }
    return TemplateResponse(request, "payouts/results.html", context)


def _apply(form: ResultsForm, request: HttpRequest) -> list[Line] | None:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    try:
        return apply_results(form.cleaned_data["file"], tenant=None, actor=staff(request.user), at=timezone.now())
    except (PayoutError, csv.Error) as error:
        form.add_error("file", str(error))
        return None
