"""What may happen to a referral: Alice of acme brings in Dana, who pays 100.00.

That is 25.00 for Alice and 10.00 for Dana, to be held for 30 days.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from credits.models import RewardRule
from credits.services.maturation import mature_pending
from credits.services.rules import retire_rule
from payouts.handlers.dispatch import handle_due
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_default_methods, set_account
from payouts.services.release import mark_failed, mark_paid
from payouts.services.requests import request_payout
from referrals.models import Identifier, KeyBinding, Member, Person, Program, Referral
from referrals.services.people import note_identifier
from referrals.services.referrals import expire_referrals
from tenants.services.keys import create_key
from tests.api.crawlora.worlds import set_full
from tests.cast import make_member, make_program, make_tenant
from tests.flows.dialects import ATTRIBUTIONS, Reader
from tests.stripe_objects import deliver, event, invoice, refund

DAY = timedelta(days=1)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"


@dataclass
class Story:
    """Acme, Alice and Dana, and what may happen to them. Over HTTP it happens now; the rest is told when."""

    alice: Member
    reader: Reader
    now: datetime = field(default_factory=timezone.now)
    touch: str = ""

    def take(self, step: str) -> None:
        """`moderate DENIED`: a method and what it is given."""
        name, *words = step.split()
        getattr(self, name)(*words)

    def click(self) -> None:
        """A visitor follows Alice's link, two days ago."""
        told = {"code": "ALICE", "ip_address": "198.51.100.1", "user_agent": PHONE, "occurred_at": self.ago(2)}
        self.touch = self.reader.ask("POST", ATTRIBUTIONS, told)["id"]

    def confirm(self) -> None:
        """The Attribution service is told whom the click brought in, a day ago."""
        told = {"code": "ALICE", "new_member_id": "dana", "confirmed_at": self.ago(1)}
        self.reader.ask("PUT", f"{ATTRIBUTIONS}/{self.touch}", told)

    def sign_up(self) -> None:
        """SaaSquatch is told who that is."""
        told = {"id": "dana", "accountId": "dana-co", "firstName": "Dana", "email": "dana@dana.example"}
        self.reader.ask("POST", "/api/v1/acme/user", told)

    def share_customer(self) -> None:
        """Both pay with one Stripe customer, so that a payment is held."""
        for person in Person.objects.filter(external_id__in=["alice", "dana"]):
            note_identifier(person, Identifier.Kind.STRIPE_CUSTOMER, "cus_shared", at=self.now)

    def pay(self, key: str = "in_1") -> None:
        """Stripe tells of an invoice, and is answered; nothing more happens in the request."""
        about = {"payment_intent": f"pi_of_{key}", "metadata": {"user_id": "dana"}, "customer": "cus_of_dana"}
        self.tell("invoice.paid", invoice(key, paid_at=self.now, **about))

    def handle(self) -> None:
        handle_due(at=self.now)

    def refund(self, amount: str = "10000") -> None:
        """Stripe tells of a refund of the first invoice, and it is handled."""
        self.tell("refund.created", refund(charge="ch_1", payment_intent="pi_of_in_1", amount=int(amount)))
        self.handle()

    def tell(self, kind: str, thing: Any) -> None:
        deliver(self.alice.tenant, event(kind, thing, created=self.now), at=self.now)

    def decide(self, verdict: str) -> None:
        """Crawlora's admin decides: approve or reject."""
        self.reader.ask("POST", f"/api/v1/admin/referrals/{self.referral.uid}/{verdict}")

    def moderate(self, *verbs: str) -> None:
        """SaaSquatch's admin decides."""
        actions = [{"referralId": self.referral.uid.hex[:24], "action": verb} for verb in verbs]
        self.reader.ask("POST", "/api/v1/acme/referrals/moderate", {"actions": actions})

    def mature(self) -> None:
        """31 days go by."""
        self.now += 31 * DAY
        mature_pending(at=self.now)

    def request_payout(self) -> None:
        method = self.alice.program.payout_methods.get(kind=PayoutMethod.Kind.MANUAL)
        request_payout(self.alice.person, method, actor="staff:bob", at=self.now)

    def complete_payout(self) -> None:
        mark_paid(Payout.objects.get(), actor="staff:bob", reference="PP-1", at=self.now)

    def fail_payout(self) -> None:
        mark_failed(Payout.objects.get(), actor="staff:bob", error="recipient refused", at=self.now)

    def expire(self) -> None:
        """60 days go by without a payment."""
        expire_referrals(at=self.now + 60 * DAY)

    def apply_code(self) -> None:
        """SaaSquatch is told by which code Dana came."""
        self.reader.ask("POST", "/api/v1/acme/open/code/ALICE/account/dana-co/user/dana")

    def forget_touch(self) -> None:
        """The Attribution service takes back the conversion."""
        self.reader.ask("DELETE", f"{ATTRIBUTIONS}/{self.touch}")

    def fill_disk(self) -> None:
        set_full(full=True)

    def recover(self) -> None:
        """There is room again, and Crawlora's admin tries failed grants again."""
        set_full(full=False)
        self.reader.ask("POST", "/api/v1/admin/referrals/recover")

    def drop_rules(self) -> None:
        """The program rewards nothing any more."""
        for rule in RewardRule.objects.all():
            retire_rule(rule, at=self.now)

    def cap(self) -> None:
        """Alice may earn for nobody any more."""
        Program.objects.update(lifetime_cap=0)

    def ago(self, days: int) -> str:
        return (self.now - days * DAY).isoformat()

    @property
    def referral(self) -> Referral:
        return Referral.objects.get(referred__external_id="dana")


def begin() -> Story:
    tenant = make_tenant("acme", open_endpoints=True)
    program = make_program(tenant)
    create_default_methods(program, at=timezone.now())
    alice = make_member(program, "alice", code="ALICE")
    kind = PayoutMethod.Kind.MANUAL
    set_account(alice.person, kind=kind, destination="pay@alice.example", actor="test", at=timezone.now())
    keys = [create_key(tenant, scopes=["read", "write", "admin"], at=timezone.now()) for _ in range(2)]
    KeyBinding.objects.create(api_key=keys[1].key, person=alice.person)
    return Story(alice, Reader(tenant, key=keys[0].secret, alice_key=keys[1].secret))
