"""The case a person decides: opening it, claiming it, deciding it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from credits.errors import ClaimedByAnother, NotAwaitingReview, PartyToCase, ReasonRequired
from credits.models import Review
from credits.services.closing import close_review
from credits.services.evidence import collect_evidence
from credits.services.moderation import follow_up, set_side
from credits.services.planning import amount_at_risk
from events.services.events import record_event
from referrals.models import Action, Decision, Identifier, Moderation, Referral, Side
from referrals.services.decisions import record_decision
from referrals.services.mailboxes import canonical_email
from referrals.services.risk import Assessment
from referrals.services.status import lock_referral, update_referral
from tenants.models import Tenant

CLAIM_LEASE = timedelta(minutes=15)


def staff(user: User) -> str:
    """How decisions name a member of staff."""
    return f"staff:{user.get_username()}"


def hold_for_review(
    referral: Referral, *, action: Action, assessment: Assessment, reasons: list[str], at: datetime
) -> Review:
    """Open a review of a locked referral. Held for risk, both sides wait unless a person has denied them."""
    if assessment.held:
        waiting = [side for side in Side if referral.moderation(side) == Moderation.APPROVED]
        update_referral(referral, at=at, **{f"{side}_moderation": Moderation.PENDING for side in waiting})
    amount, currency = amount_at_risk(referral)
    review = Review.objects.create(
        tenant_id=referral.tenant_id,
        referral=referral,
        action=action,
        reasons=reasons,
        score=assessment.score,
        evidence=collect_evidence(referral, assessment),
        amount_at_risk=amount,
        currency=currency,
        opened_at=at,
        deadline=at + timedelta(days=referral.program.hold_days),
    )
    told = {"referral": str(referral.uid), "reasons": reasons}
    record_event(referral.tenant, "review.opened", subject=review.uid, at=at, after={"status": "open"}, **told)
    return review


def refresh_amount_at_risk(review: Review) -> None:
    """Another payment of a held referral raises what deciding about it is worth."""
    review.amount_at_risk, review.currency = amount_at_risk(review.referral)
    review.save(update_fields=["amount_at_risk", "currency"])


@transaction.atomic
def claim(review: Review, *, by: User, at: datetime) -> Review:
    """Take a case for a quarter of an hour; taking it again renews the lease.

    Raises NotAwaitingReview when it is decided and ClaimedByAnother while somebody else holds it.
    """
    review = Review.objects.select_for_update().get(pk=review.pk)
    _check_open(review)
    _check_claim(review, by=by, at=at)
    return _take(review, by=by, at=at)


@transaction.atomic
def claim_next(*, by: User, at: datetime, tenant: Tenant | None = None) -> Review | None:
    """Take the case that comes next: most money at risk, then the nearest deadline. Reviewers who ask at the same time
    get different cases; one who already holds a case gets that one first.
    """
    reviews = Review.objects.open() if tenant is None else Review.objects.open().filter(tenant=tenant)
    held = reviews.filter(claimed_by=by, claimed_until__gt=at).order_by("claimed_until").first()
    free = reviews.claimable(at).select_for_update(skip_locked=True)
    review = held or free.order_by("-amount_at_risk", "deadline", "id").first()
    return _take(review, by=by, at=at) if review else None


@transaction.atomic
def release(review: Review, *, by: User) -> None:
    """Give a case back. Only its holder's claim is lifted."""
    Review.objects.filter(pk=review.pk, claimed_by=by).update(claimed_by=None, claimed_by_key="", claimed_until=None)


@transaction.atomic
def approve(
    review: Review,
    *,
    actor: str,
    at: datetime,
    by: User | None = None,
    note: str = "",
    sides: Iterable[str] | None = None,
) -> Review:
    """Approve a case: its pending sides, or those named, may be granted, and are. The other sides are then denied.

    `by` is the member of staff who decides, if it is one. Raises NotAwaitingReview, ClaimedByAnother, PartyToCase.
    """
    approved = set(Side if sides is None else sides)
    return _decide(review, Review.Status.APPROVED, approved=approved, actor=actor, at=at, by=by, reason=note)


@transaction.atomic
def reject(review: Review, *, actor: str, at: datetime, reason: str, by: User | None = None) -> Review:
    """Reject a case: both sides are denied, nothing is granted, and what was granted but not paid out goes back.

    Raises ReasonRequired, NotAwaitingReview, ClaimedByAnother, PartyToCase, and NotCancellable when a reward of the
    referral is already paid out.
    """
    if not reason.strip():
        raise ReasonRequired
    return _decide(review, Review.Status.REJECTED, approved=set(), actor=actor, at=at, by=by, reason=reason)


def _decide(
    review: Review, status: str, *, approved: set[str], actor: str, at: datetime, by: User | None, reason: str
) -> Review:
    referral = lock_referral(review.referral_id)  # before the review's own row: the order of locks
    review = Review.objects.select_for_update().get(pk=review.pk)
    _check_open(review)
    if by is not None:
        _check_claim(review, by=by, at=at)
        _check_party(referral, by)
    close_review(review, status, actor=actor, at=at, reason=reason)
    record_decision(referral, Decision.Kind.REVIEW, status, at=at, reason=reason, actor=actor, review=str(review.uid))
    for side in Side:
        if referral.moderation(side) == Moderation.PENDING or status == Review.Status.REJECTED:
            verdict = Moderation.APPROVED if side in approved else Moderation.DENIED
            set_side(referral, side, verdict, actor=actor, at=at, reason=reason)
    follow_up(referral, actor=actor, at=at)
    return review


def _take(review: Review, *, by: User, at: datetime) -> Review:
    review.claimed_by, review.claimed_by_key, review.claimed_until = by, "", at + CLAIM_LEASE
    review.save(update_fields=["claimed_by", "claimed_by_key", "claimed_until"])
    return review


def _check_open(review: Review) -> None:
    if review.status != Review.Status.OPEN:
        raise NotAwaitingReview


def _check_claim(review: Review, *, by: User, at: datetime) -> None:
    is_held = review.claimed_until is not None and review.claimed_until > at
    if is_held and review.claimed_by_id != by.pk:
        raise ClaimedByAnother


def _check_party(referral: Referral, user: User) -> None:
    """A reviewer whose own mailbox is one of either person's is party to the case."""
    mailbox = canonical_email(user.email)
    people = [referral.referrer.person_id, referral.referred_id]
    marks = Identifier.objects.filter(person__in=people, kind=Identifier.Kind.MAILBOX, value=mailbox)
    if mailbox and marks.exists():
        raise PartyToCase
