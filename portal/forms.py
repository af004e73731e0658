"""What members send us."""

from typing import Any

from django import forms

from credits.models import Mode

LONGEST_NAME, LONGEST_EMAIL = 60, 254
NO_ADDRESS = "Enter an address like name@example.com."


class InviteForm(forms.Form):
    """Somebody to invite by e-mail."""

    first_name = forms.CharField(
        label="Their first name",
        max_length=LONGEST_NAME,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Enter their first name."},
    )
    email = forms.EmailField(
        label="Their e-mail address",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={
            "required": "Enter their e-mail address.",
            "invalid": "Enter an address like name@example.com.",
        },
    )


class PreferencesForm(forms.Form):
    """As what rewards come, and where money goes that is paid by hand."""

    mode = forms.ChoiceField(
        label="My rewards come as",
        choices=[(Mode.CREDITS, "Credit on my account"), (Mode.PAYOUT, "Money")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the two.", "invalid_choice": "Choose one of the two."},
    )
    email = forms.EmailField(
        label="E-mail address for payouts",
        max_length=LONGEST_EMAIL,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"invalid": NO_ADDRESS},
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("mode") == Mode.PAYOUT and not told.get("email") and "email" not in self.errors:
            self.add_error("email", "Money needs an address to be paid to.")
        return told
