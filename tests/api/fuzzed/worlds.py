"""A plan for each dialect, in a world of its own recordings."""

from collections.abc import Callable

from api.openapi.dialects import describe
from events.services.endpoints import subscribe
from referrals.models import Code
from tests.api.attribution_service import worlds as attribution
from tests.api.crawlora import worlds as crawlora
from tests.api.fuzzed.plans import Plan
from tests.api.referral_rock import referral_worlds as rock
from tests.api.saasquatch import worlds as saasquatch
from tests.api.webshare import worlds_of_people as webshare
from tests.cast import NOON


def plan_attribution_service() -> Plan:
    world = attribution.a_click_and_a_conversion()
    codes, mentors = [attribution.CODE, "MIA-VERV-11AA"], ["usr_4491", "usr_77"]
    return Plan(
        auth={"apiKey": {"api_key": saasquatch.key_of(world["tenant"])}},
        ids={
            "path.attribution_id": [world["click"], world["conversion"], world["mias"]],
            "path.mentor_id": mentors,
            "query.mentor_id": mentors,
            "query.code": codes,
            "body.code": codes,
            "body.new_member_id": ["usr_5892", "usr_900", *mentors],
        },
        bodies={
            "recordReferralClick": [{"code": codes[0]}, {"code": codes[1], "ip_address": "198.51.100.9"}],
            "confirmRecruitment": [{"code": codes[0], "new_member_id": "usr_900"}],
        },
        refused={
            "recordReferralClick": [
                "An event cannot have occurred in the future.",
                '"referrer_url":["Enter a valid URL."]',  # a URI whose host no name on the internet can be
            ],
            "confirmRecruitment": [
                "An event cannot have occurred in the future.",
                "code_mismatch",  # section 2, PUT: the code must equal the stored one
                "confirmed_too_early",  # and the time not be before the click's
                "self_referral",  # and the new member not be the mentor
            ],
        },
    )


def plan_crawlora() -> Plan:
    world = crawlora.funnel()
    return Plan(
        auth={"apiKey": {"api_key": world["admin"]}},
        operations=[  # a member's own key does not do for an admin, nor an admin's for a member
            {"include-path-regex": "/referrals/me", "headers": {"x-api-key": world["bound"]}},
            {"include-path-regex": "/referrals/click", "headers": {"x-api-key": world["writer"]}},
        ],
        ids={
            "path.referral_id": [world[name] for name in ("lapsed", "pending", "paid", "doubted")],
            "query.user_id": ["user-2", "user-5", "user-6", "user-7", "user-8"],
            "query.campaign": ["june", "july"],
            "body.code": [crawlora.CODE],
        },
        bodies={
            "recordReferralClickEvent": [{"code": crawlora.CODE, "landing_path": "/docs", "utm_campaign": "june"}],
            "adminRejectReferral": [{"reason": "shared card"}],
        },
        refused={
            # Section 2: an unknown or a blank code is a 400, and all fields are optional in the vendor's own schema.
            "recordReferralClickEvent": ['"msg":"Invalid request",'],
            # Section 2: 400 for a referral in any other status.
            "adminApproveReferral": ["referral is not awaiting review"],
            "adminRejectReferral": ["referral is not awaiting review"],
        },
    )


def plan_saasquatch() -> Plan:
    world = saasquatch.open_three_referrals()
    tenant = world["tenant"]
    subscribe(tenant, dialect="saasquatch", url="https://hooks.test/sq", name="Zapier", at=NOON)
    names = ["alice", "dana", "erin", "finn", "bo", "gus"]
    accounts, codes = [f"{name}-co" for name in names], ["ALICE", "DANA", "BOBO", "GUS"]
    referrals = [world[f"of_{name}"] for name in ("dana", "erin", "finn", "gus")]
    return Plan(
        auth={"SaaSquatchAPIKey": {"username": "", "password": saasquatch.key_of(tenant)}},
        ids={
            "path.tenant_alias": ["acme"],
            "path.account_id": accounts,
            "path.user_id": names,
            "path.code": codes,
            "path.referral_id": referrals,
            "path.reward_id": [world["referrer_reward"], world["referred_reward"]],
            "path.url": ["https://hooks.test/sq"],
            "query.accountId": accounts,
            "query.userId": names,
            "query.referringAccountId": accounts,
            "query.referringUserId": names,
            "query.referredAccountId": accounts,
            "query.referredUserId": names,
            "query.referralCode": codes,
            "query.programId": [world["program"]],
            "body.accountId": accounts,
            "body.id": names,
        },
        bodies={
            "upsertUser": [{"id": "zoe", "accountId": "zoe-co", "firstName": "Zoe", "locale": "en_GB"}],
            "moderateReferrals": [{"actions": [{"referralId": each, "action": "DENIED"}]} for each in referrals],
            "upsertAccount": [
                {
                    "id": "finn-co",
                    "subscription": {
                        "status": "PAID",
                        "value": 20,
                        "billingIntervalType": "MONTH",
                        "billingIntervalValue": 1,
                    },
                },
                {"id": "new-co", "subscription": {"status": "TRIAL"}, "referral": {"code": "ALICE"}},
            ],
            "createWebhook": [{"endpointUrl": "https://hooks.test/more", "name": "More"}],
            "bulkRedeem": [{"accountId": "alice-co", "unit": "CENTS", "amount": 1}],
            "redeemReward": [{"unit": "cents", "amount": 1}],
        },
        refused={
            # Section 4: what an account or a reward has left to spend, and in which unit.
            "bulkRedeem": ["INSUFFICIENT_CREDIT"],
            "redeemReward": ["INSUFFICIENT_CREDIT", "unit: This reward is in CENTS."],
            "createWebhook": ["The address "],  # section 6: no user, no fragment, two ports, no private network
            "createOpenUser": ["USER_EXISTS", "RS034", "fields: Give fields or extraFields, not both."],
            "upsertOpenUser": ["RS034", "fields: Give fields or extraFields, not both."],
            "getOpenUser": ["fields: Give fields or extraFields, not both."],
            "upsertUser": ["RS034"],  # a code that is another user's
            "applyCode": ["ALREADY_REFERRED", "ALREADY_CONVERTED", "SELF_REFERRAL"],  # section 5
            "upsertAccount": ["Required when status is PAID.", "is not an ISO 4217 currency."],  # section 3
            "listOpenReferrals": ["Give referringAccountId and referringUserId, or"],  # section 2: a whole pair
            "moderateReferrals": ["REWARD_NOT_CANCELLABLE"],
            "cancelReward": ["REWARD_NOT_CANCELLABLE"],
        },
    )


def plan_webshare() -> Plan:
    world = webshare.coupons_to_apply()
    payout = webshare.earn_out(world["alice"])
    coupons = list(Code.objects.filter(kind=Code.Kind.COUPON).values_list("pk", flat=True))
    credits_ = list(world["alice"].person.rewards.values_list("pk", flat=True))
    return Plan(
        auth={"apiKey": {"api_key": webshare.token_of(world["acme"], scope=webshare.BOTH)}},
        ids={
            "path.id": [*credits_, payout.pk],
            "header.X-Subuser": [world["alice_id"], world["dana"]],
            "query.referral_channel": coupons,
            "query.user_id": [world["dana"]],
            "query.referral_code": ["ALICE", "DANA"],
            "body.code": ["SUMMER20", "TEN", "PAUSED", "PAST", "USED", "DANASOWN"],
        },
        bodies={
            "updateReferralConfig": [{"mode": "payout", "paypal_payout_email": "pay@shop.test"}],
            "applyCouponCode": [{"code": "SUMMER20"}, {"code": " ten "}],
        },
        refused={
            # Section 2.7: the refusals of a coupon.
            "applyCouponCode": [
                '"not_found"',
                '"code_inactive"',
                '"code_expired"',
                '"self_referral"',
                '"already_redeemed"',
            ],
            "listReferralCredits": ['"referral_channel":[{"message":"Select a valid choice.'],  # one that is not theirs
            # Section 1: null is allowed in credits only, and an address must be there in payout.
            "updateReferralConfig": ["This field may not be null.", "This field is required."],
        },
        passed_over={  # section 0: pages are Django REST framework's, to which any other page_size is the usual one
            "listReferralCredits": ["`page_size`"],
            "listReferralEarnOuts": ["`page_size`"],
            "listReferralEarnOutsWithoutSlash": ["`page_size`"],
        },
    )


def plan_referral_rock() -> Plan:
    """What its document allows, business rules refuse in words, mostly with a 200; and its readers take most spellings
    of a value. Its recordings say which. Hence no answer is held against what the schema allows or forbids; all other
    checks are made.
    """
    world = rock.available()
    paths = describe("referral-rock")["paths"].values()
    anything = {each["operationId"]: [""] for path in paths for each in path.values()}
    known = ["ALICE", "dana@dana.example", *(str(value) for value in world.values() if isinstance(value, str))]
    names = ("query", "programId", "memberId", "recipientId", "referralId", "email")
    return Plan(
        auth={"apiKey": {"api_key": saasquatch.key_of(world["tenant"])}},
        ids={f"query.{name}": known for name in names},
        refused=anything,
        passed_over=anything,
    )


PLANS: dict[str, Callable[[], Plan]] = {
    "attribution-service": plan_attribution_service,
    "crawlora": plan_crawlora,
    "referral-rock": plan_referral_rock,
    "saasquatch": plan_saasquatch,
    "webshare": plan_webshare,
}
