from datetime import datetime

from django.db import models

from tenants.models.tenant import SecretField, Tenant


class StoredAnswerQuerySet(models.QuerySet["StoredAnswer"]):
    def older_than(self, at: datetime) -> "StoredAnswerQuerySet":
        return self.filter(created_at__lt=at)


class StoredAnswer(models.Model):
    """What a write was answered under its caller's idempotency key: the same key again gets the same answer.

    Written in the transaction of the write itself, so that there is no write without its answer. `request` is a hash of
    method, path and body.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    caller = models.CharField(max_length=64, help_text="The public key under which it was asked.")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = SecretField()  # it may hold a secret that is shown once
    created_at = models.DateTimeField()

    objects = StoredAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "caller", "key"], name="answer_once_a_key")]
        indexes = [models.Index(fields=["created_at"], name="answer_age")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
