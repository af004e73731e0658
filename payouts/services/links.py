"""Finding out at Stripe which invoice a refund or a dispute belongs to, where no event told of it."""

from datetime import datetime

import structlog
from django.db import transaction

from credits.models import Payment
from credits.services.payments import know_payment
from credits.services.reversals import settle_payment
from payouts import gateway
from tenants.models import Tenant

log = structlog.get_logger(__name__)


def find_invoices(*, at: datetime, limit: int = 100) -> int:
    """Ask Stripe once about each payment that went back and that nothing is known of; return how many were found.

    An invoice's own event does not name the payment behind it, so whoever subscribes to refunds but not to
    `invoice_payment.paid` could not tell which rewards a refund concerns.
    """
    unknown = Payment.objects.filter(action__isnull=True, sought_at__isnull=True, reversals__isnull=False)
    payments = unknown.select_related("tenant").order_by("pk").distinct()[:limit]
    return sum(_find_invoice(payment, at=at) for payment in payments if payment.tenant.stripe_api_key)


def _find_invoice(payment: Payment, *, at: datetime) -> bool:
    intents = payment.names.filter(name__startswith="pi_").values_list("name", flat=True)
    try:
        invoices = [name for intent in intents for name in gateway.invoices_paid_by(payment.tenant, intent)]
    except gateway.Unclear as error:
        log.warning("invoice_not_sought", payment=payment.pk, error=str(error))
        return False
    except gateway.Refused:
        invoices = []
    Payment.objects.filter(pk=payment.pk).update(sought_at=at)
    return _link(payment.tenant, [*intents, *invoices], at=at) if invoices else False


@transaction.atomic
def _link(tenant: Tenant, names: list[str], *, at: datetime) -> bool:
    settle_payment(know_payment(tenant, names, at=at), cause="payment", at=at)
    return True
