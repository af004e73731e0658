"""What each route answers a stranger: somebody of globex who asks for ids that are acme's alone.

A refusal and an empty answer are, besides, the same that ids of nobody's get. Where a 2xx stands, the answer is empty,
about globex itself, or has added something to globex.
"""

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
ALL = ("key", "bound", "token", "keyless")


@dataclass(frozen=True)
class Case:
    """The status for globex's own key, a key of its Alice's, her token (None where a dialect knows none), and no key.

    `query` and `body` are sent along; `<name>` stands for an id, see `tests.api.twins`.
    """

    key: int
    bound: int
    token: int | None
    keyless: int
    query: str = ""
    body: Body | None = None
    acts: bool = False  # it does something for globex itself, so asking again is not answered the same
    public_to: tuple[str, ...] = ()  # these may use a code, whoever's it is: their status is for one that both have

    def statuses(self) -> list[str]:
        """As they are compared, by caller in the order of ALL."""
        return [str(status) for caller in ALL if (status := getattr(self, caller)) is not None]


USER = {"id": "<user>", "accountId": "<account>", "firstName": "Charlie"}
CLICK = {"code": "<code>", "ip_address": "198.51.100.9", "user_agent": "Mozilla/5.0"}
NAMED_CLICK = {"code": "<code>", "click_id": "refclk_shared"}
CONFIRM = {"code": "<code>", "new_member_id": "<user>"}
REDEEM = {"amount": 1, "unit": "CENTS"}
OF_ACCOUNT = "accountId=<account>&userId=<user>"
FILTERS = "referringAccountId=<account>&referringUserId=<user>"
SUBSCRIPTION = {"status": "PAID", "value": 10, "billingIntervalType": "MONTH", "billingIntervalValue": 1}

ATTRIBUTION_SERVICE = {
    "GET ": Case(200, 200, None, 200, query="code=<code>&mentor_id=<mentor>"),
    "POST ": Case(404, 404, None, 404, body=CLICK, public_to=("keyless",)),
    "GET /mentor/<mentor>": Case(200, 200, None, 200),
    "GET /mentor/<mentor>/total": Case(200, 200, None, 200),
    "GET /<touch>": Case(404, 404, None, 404),
    "PUT /<touch>": Case(404, 403, None, 404, body=CONFIRM),
    "DELETE /<touch>": Case(404, 403, None, 404),
}
CRAWLORA = {
    "GET admin/referrals": Case(200, 403, 403, 401, query="user_id=<person_uid>&campaign=june"),
    "GET admin/referrals/stats": Case(200, 403, 403, 401),
    "POST admin/referrals/recover": Case(200, 403, 403, 401, acts=True),
    "GET admin/referrals/<referral>": Case(404, 403, 403, 401),
    "POST admin/referrals/<referral>/approve": Case(404, 403, 403, 401),
    "POST admin/referrals/<referral>/reject": Case(404, 403, 403, 401, body={"reason": "mine"}),
    "POST referrals/click": Case(400, 400, 400, 400, body=NAMED_CLICK, public_to=("keyless",)),
    "GET referrals/me": Case(403, 200, 200, 401),
    "GET referrals/me/events": Case(403, 200, 200, 401),
}
WEBSHARE = {
    "GET config": Case(200, 200, None, 401),
    "PATCH config": Case(403, 200, None, 401, body={"mode": "credits"}),
    "GET credit": Case(400, 400, None, 401, query="referral_channel=<channel>"),
    "GET credit/<credit>": Case(404, 404, None, 401),
    "GET channel": Case(200, 200, None, 401),
    "GET coupon-code": Case(403, 200, None, 401),
    "POST coupon-code": Case(403, 400, None, 401, body={"code": "<coupon>"}),
    "DELETE coupon-code": Case(403, 204, None, 401),
    "GET earnout": Case(200, 200, None, 401),
    "GET earnout/<earn_out>": Case(404, 404, None, 401),
    "GET code/info": Case(404, 404, None, 404, query="referral_code=<code>", public_to=ALL),
}
SAASQUATCH = {
    "GET referrals": Case(200, 403, 401, 401, query=FILTERS),
    "POST referrals/moderate": Case(
        404, 403, 401, 401, body={"actions": [{"referralId": "<short_referral>", "action": "DENIED"}]}
    ),
    "GET referrals/<short_referral>": Case(404, 403, 401, 401),
    "GET user": Case(404, 403, 401, 401, query="referralCode=<code>"),
    "POST user": Case(200, 403, 401, 401, body=USER, acts=True),
    "GET users": Case(200, 403, 401, 401, query="query=<user>"),
    "GET account/<account>/user/<user>": Case(404, 403, 401, 401),
    "GET account/<account>/user/<user>/pii": Case(404, 403, 401, 401),
    "POST account/<account>/user/<user>/block": Case(404, 403, 401, 401),
    "POST account/<account>/user/<user>/unblock": Case(404, 403, 401, 401),
    "GET account/<account>/user/<user>/shareurls": Case(404, 403, 401, 401, query="programId=<program>"),
    "GET account/<account>/user/<user>/sharelinks": Case(404, 403, 401, 401),
    "POST accountsync": Case(
        404, 403, 401, 401, body={"id": "<account>", "subscription": SUBSCRIPTION, "referral": {"code": "<code>"}}
    ),
    "GET account/<account>": Case(404, 403, 401, 401),
    "GET code/<code>": Case(404, 403, 401, 401),
    "GET reward": Case(404, 403, 401, 401, query=OF_ACCOUNT),
    "GET reward/balance": Case(404, 403, 401, 401, query=OF_ACCOUNT),
    "GET reward/<short_reward>": Case(404, 403, 401, 401),
    "POST reward/<short_reward>/cancel": Case(404, 403, 401, 401),
    "POST rewards/account/<account>/user/<user>": Case(404, 403, 401, 401, body=REDEEM),
    "POST credit/bulkredeem": Case(404, 403, 401, 401, body={**REDEEM, "accountId": "<account>"}),
    "POST credit/<short_reward>/redeem": Case(404, 403, 401, 401, body=REDEEM),
    "GET subscription": Case(200, 403, 401, 401),
    "POST subscription": Case(201, 403, 401, 401, body={"endpointUrl": "<hook>"}, acts=True),
    "POST subscription/<hook>/test": Case(404, 403, 401, 401),
    "DELETE subscription/<hook>/test": Case(404, 403, 401, 401),
    "DELETE subscription/<hook>": Case(404, 403, 401, 401),
    "GET open/referrals": Case(200, 403, 403, 401, query=FILTERS),
    "GET open/user": Case(404, 404, 404, 404, query="referralCode=<code>"),
    "GET open/account/<account>/user/<user>": Case(404, 403, 403, 401),
    "POST open/account/<account>/user/<user>": Case(201, 403, 403, 401, body=USER, acts=True),
    "PUT open/account/<account>/user/<user>": Case(200, 403, 403, 401, body=USER, acts=True),
    "DELETE open/account/<account>/user/<user>": Case(404, 403, 403, 401),
    "GET open/account/<account>/user/<user>/shareurls": Case(404, 403, 403, 401, query="programId=<program>"),
    "DELETE open/account/<account>": Case(404, 403, 403, 401),
    "GET open/code/<code>": Case(404, 404, 404, 404),
    "POST open/code/<code>/account/<account>/user/<user>": Case(404, 403, 403, 401),
}
PREFIXES = {
    "attribution_service": "api/v1/referral-attributions",
    "crawlora": "api/v1/",
    "saasquatch": "api/v1/<tenant_alias>/",
    "webshare": "api/v2/referral/",
}
TABLES = {
    "attribution_service": ATTRIBUTION_SERVICE,
    "crawlora": CRAWLORA,
    "saasquatch": SAASQUATCH,
    "webshare": WEBSHARE,
}
# How the tables write what stands in a path.
SPELLINGS = {
    "attribution_service": {"<str:attribution_id>": "<touch>", "<str:mentor_id>": "<mentor>"},
    "crawlora": {"<str:referral_id>": "<referral>"},
    "saasquatch": {
        "<str:tenant_alias>": "<tenant_alias>",
        "<str:referral_id>": "<short_referral>",
        "<str:reward_id>": "<short_reward>",
        "<str:account_id>": "<account>",
        "<str:user_id>": "<user>",
        "<str:code>": "<code>",
        "<path:url>": "<hook>",
    },
    "webshare": {"credit/<str:pk>": "credit/<credit>", "earnout/<str:pk>": "earnout/<earn_out>"},
}
# No dialect of a client's: Stripe signs what it tells a tenant of, and a dialect's description is everybody's.
OTHERS = ["v1/openapi/<slug:dialect>.json", "webhooks/stripe/<str:tenant_alias>/"]
