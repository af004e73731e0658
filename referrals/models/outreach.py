import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from referrals.models.member import Member
from referrals.models.person import Person
from referrals.models.program import Program
from tenants.models import Tenant


class EmailSuppressionQuerySet(models.QuerySet["EmailSuppression"]):
    def for_tenant(self, tenant: Tenant) -> "EmailSuppressionQuerySet":
        return self.filter(tenant=tenant)

    def standing(self) -> "EmailSuppressionQuerySet":
        return self.filter(lifted_at__isnull=True)


class EmailSuppression(models.Model):
    """An address that must not be mailed for a tenant. Lifting one keeps the row: it tells what was wished, and when.

    `address` is what is compared: `email` as it was typed, in one spelling whatever its capitals.
    """

    class Source(models.TextChoices):
        API = "api"
        PAGE = "page"  # the button on the page that each mail leads to
        ONE_CLICK = "one_click"  # the mail program's own button
        STAFF = "staff"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="email_suppressions")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.CharField(max_length=320)
    address = models.CharField(max_length=320)
    source = models.CharField(max_length=9, choices=Source.choices)
    created_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = EmailSuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "address"], condition=Q(lifted_at__isnull=True), name="one_suppression_an_address"
            ),
            models.CheckConstraint(condition=~Q(address=""), name="suppression_has_an_address"),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="suppression_newest")]

    def __str__(self) -> str:
        return self.email


LIVE_INVITES = ("potential", "sent", "reminded")


class InviteQuerySet(models.QuerySet["Invite"]):
    def for_tenant(self, tenant: Tenant) -> "InviteQuerySet":
        return self.filter(tenant=tenant)

    def live(self) -> "InviteQuerySet":
        return self.filter(status__in=LIVE_INVITES)


class Invite(models.Model):
    """Somebody is invited to a program: by a member to be referred, or by the tenant itself to become a member.

    Names and address are kept for 60 days, then forgotten, whatever became of it. At most one live invite per address
    and program. `person` is who joined.
    """

    class Status(models.TextChoices):
        POTENTIAL = "potential"  # not mailed yet
        SENT = "sent"
        REMINDED = "reminded"
        JOINED = "joined"
        EXPIRED = "expired"
        SUPPRESSED = "suppressed"  # they do not want mail
        FAILED = "failed"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="invites")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="invites")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="invites", help_text="Who invites."
    )
    first_name = models.CharField(max_length=200, blank=True, default="")
    last_name = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField(max_length=320, blank=True, default="")
    address = models.CharField(max_length=320, blank=True, default="", help_text="The e-mail address, to compare.")
    contact_type = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.POTENTIAL)
    reason = models.CharField(max_length=200, blank=True, default="", help_text="Why it came to nothing.")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True, help_text="When names and address were erased.")

    objects = InviteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "program", "address"],
                condition=Q(status__in=LIVE_INVITES),
                name="one_live_invite_an_address",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=LIVE_INVITES) | ~Q(address=""), name="live_invite_has_an_address"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="invite_newest"),
            models.Index(fields=["member", "-id"], name="invite_of_member"),
            models.Index(fields=["tenant", "address"], condition=~Q(address=""), name="invite_address"),
            models.Index(fields=["expires_at"], condition=Q(forgotten_at__isnull=True), name="invite_expiry"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or "somebody forgotten"

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_INVITES


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, at: datetime) -> "MailQuerySet":
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
        return self.filter(free, status=Mail.Status.QUEUED, due_at__lte=at, tenant__is_active=True)


class Mail(models.Model):
    """One mail to send. It holds no address and no text: both are made of the invite or the member when it is sent.

    A worker that dies with a mail in hand leaves a claim without a result. After two such claims the mail is given up,
    since nobody knows whether it went out: so a crash repeats a mail once at the most.
    """

    class Kind(models.TextChoices):
        INVITE = "invite"
        REMINDER = "reminder"
        WELCOME = "welcome"

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        DROPPED = "dropped"  # it was not to be sent any more
        FAILED = "failed"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    invite = models.ForeignKey(Invite, on_delete=models.CASCADE, null=True, blank=True, related_name="mails")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="mails")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.QUEUED)
    reason = models.CharField(max_length=200, blank=True, default="", help_text="Of the last failure.")
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True, help_text="A worker has it in hand until then.")
    claims = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invite", "kind"], name="mail_once_an_invite"),
            models.UniqueConstraint(fields=["member", "kind"], name="mail_once_a_member"),
            models.CheckConstraint(
                condition=Q(kind="welcome", member__isnull=False, invite__isnull=True)
                | Q(kind__in=["invite", "reminder"], member__isnull=True, invite__isnull=False),
                name="mail_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(status="queued", finished_at__isnull=True)
                | ~Q(status="queued") & Q(finished_at__isnull=False),
                name="mail_finished_iff_not_queued",
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(status="queued"), name="mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.invite or self.member}"

    @property
    def was_left_twice(self) -> bool:
        """Two workers before the one that has it now took it and never told what became of it."""
        return self.claims - self.failures > 2  # noqa: PLR2004
