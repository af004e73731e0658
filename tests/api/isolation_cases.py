"""What each route answers a stranger: somebody of globex who asks for ids that are acme's alone.

A refusal and an empty answer are, besides, the same that ids of nobody's get. Where a 2xx stands, the answer is empty,
about globex itself, or has added something to globex.
"""

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any] | list[Any]
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
GIFT = {"type": "CREDIT", "unit": "CENTS", "assignedCredit": 1}
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
    "POST rewards/account/<account>/user/<user>": Case(404, 403, 401, 401, body=GIFT),
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
OF_MEMBER = {"query": {"primaryInfo": {"memberId": "<member>"}}}
OF_REFERRAL = {"query": {"primaryInfo": {"referralId": "<referral>"}}}
OF_REWARD = {"rewardId": "<reward>", "payoutId": "<method>"}
NEW_MEMBER = {"programId": "<program>", "firstName": "Charlie", "email": "<member_email>"}
NEW_REWARD = {"memberQuery": OF_MEMBER["query"], "newReward": {"amount": 1, "payoutId": "<method>"}}
INVITED = {"firstName": "Ida", "email": "ida@x.example"}
REFERRAL_ROCK = {
    "GET programs": Case(200, 403, None, 401, query="programId=<program>"),
    "GET program/getsingle": Case(404, 403, None, 401, query="programName=<program_name>"),
    "POST referralaction": Case(404, 403, None, 401, body={"amount": 1, "referralQuery": "<referral>"}),
    "GET members": Case(200, 403, None, 401, query="query=<member>"),
    "POST members": Case(200, 403, None, 401, body=NEW_MEMBER),
    "POST members/update": Case(200, 403, None, 401, body=[{**OF_MEMBER, "member": {"phone": "1"}}]),
    "POST members/remove": Case(200, 403, None, 401, body=[OF_MEMBER]),
    "DELETE members/remove": Case(200, 403, None, 401, body=[OF_MEMBER]),
    "GET memberstats/getsingle": Case(404, 403, None, 401, query="query=<member>"),
    "POST memberaccessurls": Case(404, 403, None, 401, body={"memberId": "<member>"}),
    "POST memberaccess": Case(404, 403, None, 401, body={"memberQuery": "<code>"}),
    "GET referrals": Case(200, 403, None, 401, query="query=<referral>"),
    "POST referrals": Case(200, 403, None, 401, body={"referralCode": "<code>", "email": "ida@x.example"}),
    "GET referral/single": Case(404, 403, None, 401, query="referralId=<referral>"),
    "POST referral/update": Case(200, 403, None, 401, body=[{**OF_REFERRAL, "referral": {"status": "denied"}}]),
    "POST referrals/status": Case(404, 403, None, 401, body={"referralId": "<referral>", "status": "denied"}),
    "POST referral/remove": Case(200, 403, None, 401, body=[OF_REFERRAL]),
    "DELETE referral/remove": Case(200, 403, None, 401, body=[OF_REFERRAL]),
    "GET payouts": Case(200, 403, None, 401),
    "GET payouts/<method>": Case(404, 403, None, 401),
    "GET payouts/pending": Case(200, 403, None, 401, query="recipientId=<member>"),
    "GET payouts/transactions": Case(200, 403, None, 401, query="transactionId=<transaction>"),
    "POST payouts/transactions": Case(200, 403, None, 401, body={"payoutId": "<method>"}),
    "GET rewards": Case(200, 403, None, 401, query="memberId=<member>"),
    "POST rewards": Case(200, 403, None, 401, body=[NEW_REWARD]),
    "POST rewards/update": Case(200, 403, None, 401, body=[{**OF_REWARD, "amount": 2}]),
    "POST rewards/issue": Case(404, 403, None, 401, body={"rewardId": "<reward>"}),
    "POST rewards/remove": Case(200, 403, None, 401, body=["<reward>"]),
    "DELETE rewards/remove": Case(200, 403, None, 401, body=["<reward>"]),
    "GET rewardrules": Case(404, 403, None, 401, query="programId=<program>"),
    "POST hooks": Case(201, 403, None, 401, body={"target_url": "<hook>", "event": "ReferralAdd"}, acts=True),
    "DELETE hooks": Case(404, 403, None, 401, body={"web_hook_id": "<web_hook>"}),
    "GET hooks/history/ReferralAdd": Case(200, 403, None, 401),
    "POST email/unsubscribe": Case(200, 403, None, 401, body={"email": "<unsubscribed>"}, acts=True),
    "POST email/removeunsubscribe": Case(404, 403, None, 401, body={"email": "<unsubscribed>"}),
    "DELETE email/removeunsubscribe": Case(404, 403, None, 401, body={"email": "<unsubscribed>"}),
    "GET email/getunsubscribed": Case(200, 403, None, 401, query="email=<unsubscribed>"),
    "POST invitefeeds": Case(200, 403, None, 401, body=[INVITED], acts=True),
    "POST invitefeed": Case(200, 403, None, 401, body=INVITED, acts=True),
}
NATIVE_IDS = (
    "programs", "reward-rules", "people", "members", "codes", "attributions", "referrals", "actions", "rewards",
    "reviews", "ledger-entries", "payout-methods", "payouts", "webhook-endpoints", "deliveries", "events",
    "keys",
)  # fmt: skip
PERSON = {"external_id": "<user>", "first_name": "Charlie"}
MONEY = {"amount": 250, "currency": "USD"}
MODERATION = {"side": "referrer", "verdict": "DENIED"}


def of_ids(path: str, *, bound: int = 403, **actions: Body | None) -> dict[str, Case]:
    """Cases of a resource: what is read of it, and what is done to one of its objects, by method and sub-resource."""
    read, one = (200, 404) if bound == 200 else (403, 403)
    cases = {f"GET {path}": Case(200, read, None, 401), f"GET {path}/<{path}>": Case(404, one, None, 401)}
    for action, body in actions.items():
        method, _, rest = action.partition("_")
        tail = f"/{rest.replace('_', '-')}" if rest else ""
        bound_to = one if method == "GET" else 403
        cases[f"{method} {path}/<{path}>{tail}"] = Case(404, bound_to, None, 401, body=body)
    return cases


NATIVE = {
    **of_ids("programs", PATCH={"hold_days": 7}),
    "POST programs": Case(201, 403, None, 401, body={"name": "<user>"}, acts=True),
    **of_ids("reward-rules", PATCH={"once": True}, DELETE=None),
    "POST reward-rules": Case(
        422, 403, None, 401,
        body={"program": "<programs>", "name": "More", "side": "referrer", "kind": "fixed", **MONEY},
    ),
    **of_ids("people", bound=200, PATCH={"first_name": "Charlie"}, GET_balances=None),
    "GET people/<people>/statement": Case(404, 404, None, 401, query="currency=USD"),
    "POST people": Case(201, 403, None, 401, body=PERSON, acts=True),
    **of_ids("members", bound=200, PATCH={"is_disabled": True}, DELETE=None),
    "POST members": Case(422, 403, None, 401, body={"program": "<programs>", "person": PERSON}),
    "POST members/batch": Case(200, 403, None, 401, body=[{"program": "<programs>", "person": PERSON}]),
    **of_ids("codes", bound=200, PATCH={"is_active": False}),
    "POST codes": Case(422, 403, None, 401, body={"member": "<members>"}),
    **of_ids("attributions", DELETE=None),
    "POST attributions": Case(422, 403, None, 401, body={"code": "<code>", "kind": "coupon", "person": "<people>"}),
    **of_ids(
        "referrals", bound=200, GET_explain=None, POST_approve={}, POST_reject={"reason": "mine"},
        POST_moderate=MODERATION, DELETE=None,
    ),
    "POST referrals": Case(
        422, 403, None, 401, body={"program": "<programs>", "referred": {"external_id": "new"}, "code": "<code>"}
    ),
    "POST referrals/batch": Case(
        200, 403, None, 401, body=[{"program": "<programs>", "referred": {"external_id": "new"}, "code": "<code>"}]
    ),
    "POST referrals/moderate-batch": Case(200, 403, None, 401, body=[{"referral": "<referrals>", **MODERATION}]),
    **of_ids("actions", bound=200),
    "POST actions": Case(422, 403, None, 401, body={"referral": "<referrals>", "money": MONEY}),
    **of_ids(
        "rewards", bound=200, PATCH={"description": "mine"}, POST_revert={}, POST_issue={"method": "<payout-methods>"},
        GET_maturity=None, GET_explain=None,
    ),
    "POST rewards": Case(422, 403, None, 401, body={"person": "<people>", "program": "<programs>", "money": MONEY}),
    **of_ids("reviews", POST_claim=None, POST_release=None),
    **of_ids("ledger-entries", bound=200),
    **of_ids("payout-methods", PATCH={"name": "Mine"}),
    "POST payout-methods": Case(422, 403, None, 401, body={"program": "<programs>", "name": "Mine", "kind": "manual"}),
    **of_ids("payouts", bound=200, POST_release=None, POST_retry={}, POST_cancel={}),
    "POST payouts": Case(422, 403, None, 401, body={"person": "<people>", "method": "<payout-methods>"}),
    **of_ids("webhook-endpoints", PATCH={"name": "Mine"}, DELETE=None, POST_test=None, POST_rotate_secret=None),
    "POST webhook-endpoints": Case(201, 403, None, 401, body={"url": "https://hooks.test/<user>"}, acts=True),
    **of_ids("deliveries", POST_redeliver=None),
    **of_ids("events"),
    **of_ids("keys", DELETE=None),
    "POST keys": Case(422, 403, None, 401, body={"scopes": ["read"], "person": "<people>"}),
    "GET usage": Case(200, 403, None, 401),
}  # fmt: skip
PREFIXES = {
    "attribution_service": "api/v1/referral-attributions",
    "crawlora": "api/v1/",
    "native": "v1/",
    "referral_rock": "api/",
    "saasquatch": "api/v1/<tenant_alias>/",
    "webshare": "api/v2/referral/",
}
TABLES = {
    "attribution_service": ATTRIBUTION_SERVICE,
    "crawlora": CRAWLORA,
    "native": NATIVE,
    "referral_rock": REFERRAL_ROCK,
    "saasquatch": SAASQUATCH,
    "webshare": WEBSHARE,
}
# How the tables write what stands in a path.
SPELLINGS = {
    "attribution_service": {"<str:attribution_id>": "<touch>", "<str:mentor_id>": "<mentor>"},
    "crawlora": {"<str:referral_id>": "<referral>"},
    "native": {f"v1/{name}/<str:id>": f"v1/{name}/<{name}>" for name in NATIVE_IDS},
    "referral_rock": {"<str:payout_id>": "<method>", "<str:event_name>": "ReferralAdd"},
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
OTHERS = ["v1/docs", "v1/openapi.json", "v1/openapi/<slug:dialect>.json", "webhooks/stripe/<str:tenant_alias>/"]
