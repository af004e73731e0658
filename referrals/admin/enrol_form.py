"""Staff enrol somebody: who they are, and the code they will share."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from referrals.models import Code, Member
from referrals.services.members import CODE_PATTERN, enrol
from referrals.services.people import upsert_person
from tenants.models import Tenant

ABOUT = ("first_name", "last_name", "email")


def check_spelling(tenant: Tenant | None, code: str) -> str:
    """A spelling is one code's alone within a tenant, whatever its capitals. Raises ValidationError."""
    code = code.strip()
    if not CODE_PATTERN.match(code):
        raise ValidationError("Use letters, digits, points, hyphens and underscores, at most 64.")
    if tenant and Code.objects.for_tenant(tenant).spelt(code).exists():
        raise ValidationError(f"The code {code!r} is taken.")
    return code


class EnrolForm(forms.ModelForm):  # type: ignore[type-arg]
    external_id = forms.CharField(max_length=255, label="Your id", help_text="By which your own systems know them.")
    first_name = forms.CharField(max_length=200, required=False)
    last_name = forms.CharField(max_length=200, required=False)
    email = forms.EmailField(max_length=320, required=False, label="E-mail")
    code = forms.CharField(max_length=64, required=False, help_text="Empty: a new one is made up.")

    class Meta:
        model = Member
        fields = ["program"]

    def clean(self) -> dict[str, Any]:
        """Somebody who is a member already keeps the code they have, so a wanted one would be lost: say so."""
        cleaned = super().clean() or self.cleaned_data
        program, external_id = cleaned.get("program"), cleaned.get("external_id")
        members = Member.objects.filter(program=program, person__external_id=external_id, person__account_id="")
        if program and external_id and members.exists():
            self.add_error("external_id", "They are a member of this program already.")
        return cleaned

    def clean_code(self) -> str:
        wanted, program = self.cleaned_data["code"], self.cleaned_data.get("program")
        return check_spelling(program.tenant if program else None, wanted) if wanted.strip() else ""

    def enrol(self, *, at: datetime) -> Member:
        """Raises CodeTaken when another took the spelling a moment ago."""
        told = self.cleaned_data
        about = {name: told[name] for name in ABOUT if told[name]}
        person = upsert_person(told["program"].tenant, external_id=told["external_id"], at=at, **about)
        return enrol(told["program"], person, code=told["code"], at=at)
