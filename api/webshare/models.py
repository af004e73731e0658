from django.db import models

from tenants.models import Tenant

BLOCK = 10  # bits: ids that agree but for their last ten are one block


class CreditCount(models.Model):
    """How many credits there are in one block of ids: of a whole tenant (`person_id` 0), or of one person.

    `status` is Webshare's word for it; `channel_id` is 0 where none earned them.
    Written by `fold_credits` alone, and read together with the deltas that are still to be folded, through the view
    `webshare_credits_counted`: on its own it is behind.
    """

    pk = models.CompositePrimaryKey("tenant_id", "person_id", "block", "mode", "status", "channel_id")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    person_id = models.BigIntegerField()
    block = models.BigIntegerField()
    mode = models.CharField(max_length=7)
    status = models.CharField(max_length=9)
    channel_id = models.BigIntegerField()
    n = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.n} {self.status}"


class CreditDelta(models.Model):
    """What one statement changed the counts by: appended by triggers on rewards, deleted as it is folded."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    person_id = models.BigIntegerField()
    block = models.BigIntegerField()
    mode = models.CharField(max_length=7)
    status = models.CharField(max_length=9)
    channel_id = models.BigIntegerField()
    n = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "person_id"], name="credit_delta_of")]

    def __str__(self) -> str:
        return f"{self.n:+} {self.status}"
