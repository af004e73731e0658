"""The sidebar. It lies in the topmost app of the domain, which may name everything below."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy

from credits.models import BooksCheck, LedgerEntry, Review, Reward, RewardRule
from events.models import Delivery, WebhookEndpoint
from payouts.models import Payout, PayoutAccount, PayoutMethod, StripeCheck, StripeEvent
from referrals.models import (
    Attribution,
    Code,
    Decision,
    EmailSuppression,
    Invite,
    Mail,
    Member,
    Person,
    Program,
    Referral,
)
from tenants.models import ApiKey, Plan, Tenant, Usage

COUNTED = 1000  # open cases the badge counts
Item = tuple[str, str, type[Model]]

SECTIONS: list[tuple[str, list[Item]]] = [
    ("Review desk", [("Queue", "fact_check", Review), ("Decisions", "gavel", Decision)]),
    (
        "Referrals",
        [
            ("Referrals", "handshake", Referral),
            ("People", "person", Person),
            ("Members", "groups", Member),
            ("Codes", "qr_code_2", Code),
            ("Clicks", "ads_click", Attribution),
            ("Programs", "campaign", Program),
        ],
    ),
    (
        "Outreach",
        [
            ("Invites", "mail", Invite),
            ("Mails", "schedule_send", Mail),
            ("Suppressions", "unsubscribe", EmailSuppression),
        ],
    ),
    (
        "Money",
        [
            ("Rewards", "redeem", Reward),
            ("Reward rules", "rule_settings", RewardRule),
            ("Ledger", "account_balance", LedgerEntry),
            ("Books checks", "balance", BooksCheck),
        ],
    ),
    (
        "Payouts",
        [
            ("Payouts", "payments", Payout),
            ("Methods", "tune", PayoutMethod),
            ("Accounts", "account_balance_wallet", PayoutAccount),
        ],
    ),
    ("Stripe", [("Events", "webhook", StripeEvent), ("Checks", "compare_arrows", StripeCheck)]),
    ("Webhooks", [("Endpoints", "outgoing_mail", WebhookEndpoint), ("Deliveries", "send", Delivery)]),
    (
        "Tenants",
        [
            ("Tenants", "domain", Tenant),
            ("API keys", "key", ApiKey),
            ("Plans", "sell", Plan),
            ("Usage", "monitoring", Usage),
        ],
    ),
    ("Staff", [("Users", "badge", User), ("Roles", "shield_person", Group)]),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What this person may open. A section without any such page is left out."""
    home = {"title": "Dashboard", "icon": "space_dashboard", "link": reverse_lazy("admin:index")}
    groups: list[dict[str, Any]] = [{"title": "", "items": [home]}]
    for title, pages in SECTIONS:
        items = [_item(page) for page in pages if _may_open(request, page[2])]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _may_open(request: HttpRequest, model: type[Model]) -> bool:
    if not admin.site.is_registered(model):
        return False
    pages = admin.site.get_model_admin(model)
    return pages.has_view_or_change_permission(request)


def _item(page: Item) -> dict[str, Any]:
    title, icon, model = page
    meta = model._meta  # noqa: SLF001
    item = {"title": title, "icon": icon, "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")}
    if model is Review:
        item["badge"] = "payouts.admin.navigation.count_open_cases"
        item["badge_variant"] = "warning"
    return item


def count_open_cases(_request: HttpRequest) -> str:
    """How many cases wait, counted no further than a thousand along the queue's own index."""
    waiting = Review.objects.open().order_by("deadline", "id").values("pk")[: COUNTED + 1].count()
    return f"{COUNTED}+" if waiting > COUNTED else str(waiting)
