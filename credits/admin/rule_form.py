"""Terms of a reward rule as people write them: amounts in the currency's own units, rates in percent."""

from decimal import Decimal
from typing import Any

from babel.numbers import UnknownCurrencyError
from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from credits.models import RewardRule
from credits.models.money import to_major, to_minor

PERCENT = Decimal(100)
AMOUNTS = ("amount", "max_per_referred")
RATES = ("initial_rate", "ongoing_rate")


def _amount(help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        required=False, min_value=Decimal(0), help_text=help_text, widget=UnfoldAdminDecimalFieldWidget
    )


def _rate(help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_value=PERCENT,
        decimal_places=4,
        help_text=help_text,
        widget=UnfoldAdminDecimalFieldWidget,
    )


class RewardRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    amount = _amount("What a fixed rule grants, such as 10.00.")
    max_per_referred = _amount("The most one side earns from one referred person. Empty: no limit.")
    initial_rate = _rate("Percent of each payment, such as 25.")
    ongoing_rate = _rate("Percent after the initial period. Empty: nothing.")

    class Meta:
        model = RewardRule
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance
        if rule.pk:
            shown: dict[str, Any] = {name: _to_percent(getattr(rule, name)) for name in RATES}
            currency = rule.currency or rule.program.currency
            shown |= {name: _to_major(getattr(rule, name), currency) for name in AMOUNTS}
            self.initial = {**self.initial, **shown}

    def clean(self) -> dict[str, Any]:
        """Amounts become minor units of the rule's currency, or of the program's for a maximum without one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        program = data.get("program") or getattr(self.instance, "program", None)
        currency = data.get("currency") or (program.currency if program else "USD")
        for name in AMOUNTS:
            if data.get(name) is not None:
                data[name] = self._to_minor(name, data[name], currency)
        for name in RATES:
            if data.get(name) is not None:
                data[name] /= PERCENT
        self._check_kind(data)
        return data

    def _to_minor(self, name: str, amount: Decimal, currency: str) -> int | None:
        try:
            return to_minor(amount, currency)
        except (ValueError, UnknownCurrencyError) as error:
            self.add_error(name, ValidationError(str(error)))
            return None

    def _check_kind(self, data: dict[str, Any]) -> None:
        """A percentage needs its rate, a fixed rule its amount and currency."""
        needed = {"percentage": ("initial_rate",), "fixed": ("amount", "currency")}
        for name in needed.get(data.get("kind", ""), ()):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, f"A {data['kind']} rule needs this.")


def _to_percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{(rate * PERCENT).normalize():f}"


def _to_major(amount: int | None, currency: str) -> Decimal | None:
    return None if amount is None else to_major(amount, currency)
