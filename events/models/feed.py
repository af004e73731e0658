from django.db import models

from events.models.event import Event
from tenants.models import Tenant


class FeedEntryQuerySet(models.QuerySet["FeedEntry"]):
    def for_tenant(self, tenant: Tenant) -> "FeedEntryQuerySet":
        return self.filter(tenant=tenant)


class FeedEntry(models.Model):
    """The place of an event in its tenant's feed. Numbers count from one, without a gap and in order: they are given
    after the event's transaction has ended, by one reader at a time.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="entry")

    objects = FeedEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feed entries"
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="feed_number_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.event}"
