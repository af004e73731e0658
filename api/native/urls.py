from django.urls import path
from rest_framework.routers import SimpleRouter

from api.native.resources.actions import Actions
from api.native.resources.attributions import Attributions
from api.native.resources.codes import Codes
from api.native.resources.entries import LedgerEntries
from api.native.resources.events import Events
from api.native.resources.keys import Keys, Usage
from api.native.resources.members import Members
from api.native.resources.methods import PayoutMethods
from api.native.resources.payouts import Payouts
from api.native.resources.people import People
from api.native.resources.programs import Programs
from api.native.resources.referrals import Referrals
from api.native.resources.reviews import Reviews
from api.native.resources.rewards import Rewards
from api.native.resources.rules import RewardRules
from api.native.resources.webhooks import Deliveries, WebhookEndpoints

app_name = "native"

RESOURCES = {
    "programs": Programs,
    "reward-rules": RewardRules,
    "people": People,
    "members": Members,
    "codes": Codes,
    "attributions": Attributions,
    "referrals": Referrals,
    "actions": Actions,
    "rewards": Rewards,
    "reviews": Reviews,
    "ledger-entries": LedgerEntries,
    "payout-methods": PayoutMethods,
    "payouts": Payouts,
    "webhook-endpoints": WebhookEndpoints,
    "deliveries": Deliveries,
    "events": Events,
    "keys": Keys,
}
router = SimpleRouter(trailing_slash=False, use_regex_path=False)
for name, resource in RESOURCES.items():
    router.register(name, resource, basename=name)

urlpatterns = [
    *router.urls,
    path("usage", Usage.as_view({"get": "read_usage"}), name="usage"),
]
