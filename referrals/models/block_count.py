from django.db import models

from tenants.models import Tenant

BLOCK = 10  # bits: ids that agree but for their last ten are one block


class BlockCount(models.Model):
    """How many rows of a kind there are in one block of ids: of a whole tenant (`owner_id` 0), or of one owner.

    `word` is what they can be narrowed by: the moderation of both sides of a referral, nothing of a person. A
    referral's owner is its referrer, a member. Written by `fold_blocks` alone, and read together with the deltas that
    are still to be folded, through the view `referrals_blocks_counted`: on its own it is behind.
    """

    class Kind(models.TextChoices):
        REFERRAL = "referral"  # those that are not removed
        PERSON = "person"  # those with an external id that are not removed

    pk = models.CompositePrimaryKey("tenant_id", "kind", "owner_id", "block", "word")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    owner_id = models.BigIntegerField()
    block = models.BigIntegerField()
    word = models.CharField(max_length=17)
    n = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.word}"


class BlockDelta(models.Model):
    """What one statement changed the counts by: appended by triggers on rows, deleted as it is folded."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=BlockCount.Kind.choices)
    owner_id = models.BigIntegerField()
    block = models.BigIntegerField()
    word = models.CharField(max_length=17)
    n = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "kind", "owner_id"], name="block_delta_of")]

    def __str__(self) -> str:
        return f"{self.n:+} {self.kind} {self.word}"
