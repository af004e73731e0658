"""How a program pays out, as people write it: amounts in the currency's own units."""

from decimal import Decimal
from typing import Any

from babel.numbers import UnknownCurrencyError
from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from credits.models.money import MAX_AMOUNT, to_major, to_minor
from payouts.models import PayoutMethod

AMOUNTS = ("minimum_amount", "yearly_limit", "hold_above")


def _amount(help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        required=False, min_value=Decimal(0), help_text=help_text, widget=UnfoldAdminDecimalFieldWidget
    )


class MethodForm(forms.ModelForm):  # type: ignore[type-arg]
    minimum_amount = _amount("Such as 10.00. What is below it waits for more.")
    yearly_limit = _amount("What a person gets in a calendar year (UTC) at most. Empty: no limit.")
    hold_above = _amount("A larger payout waits for a second person. Empty: none does; 0: each does.")

    class Meta:
        model = PayoutMethod
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        method = self.instance
        if method.pk:
            amounts = {name: getattr(method, name) for name in AMOUNTS}
            shown = {name: to_major(value, method.currency) for name, value in amounts.items() if value is not None}
            self.initial = {**self.initial, **shown}

    def _get_validation_exclusions(self) -> Any:
        """The program cannot be changed, but a name must be unique within it."""
        return super()._get_validation_exclusions() - {"program"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """Amounts become minor units of the method's currency."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        currency = data.get("currency") or self.instance.currency
        for name in AMOUNTS:
            if data.get(name) is not None:
                data[name] = self._to_minor(name, data[name], currency)
        if "minimum_amount" in data:
            data["minimum_amount"] = data["minimum_amount"] or 0
        return data

    def _to_minor(self, name: str, amount: Decimal, currency: str) -> int | None:
        try:
            minor = to_minor(amount, currency)
        except (ValueError, UnknownCurrencyError) as error:
            self.add_error(name, ValidationError(str(error)))
            return None
        if minor > MAX_AMOUNT:
            self.add_error(name, ValidationError("That is more than any payout can be."))
            return None
        return minor
