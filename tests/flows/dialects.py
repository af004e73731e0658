"""One referral as every dialect tells of it, put so that a row of a table holds it.

Where a dialect tells of it in several places (a list and a lookup, an admin's and a member's page), they must agree.
"""

import base64
import json
from typing import Any, NamedTuple

import jwt
from django.test import Client
from django.utils import timezone

from referrals.models import Person
from tenants.models import Tenant

NOTHING = "-"
ATTRIBUTIONS = "/api/v1/referral-attributions"


class Said(NamedTuple):
    """What the dialects say; `-` for no row."""

    attribution: str  # Attribution service: type, status and whom it brought in
    crawlora: str  # status, and the credits of the rewards that stand
    saasquatch: str  # moderation of the referrer's side and the referred one's, and which of its dates are set
    rewards: str = NOTHING  # SaaSquatch: the rewards of both accounts that are of this referral
    credits: str = NOTHING  # Webshare: dollars and status
    earn_outs: str = NOTHING  # Webshare: dollars and status
    waiting: float = 0.0  # Webshare: what the referrer's next earn-out would take


class Reader:
    """A client of all four, with acme's own key and with Alice's. Dana is the only one who is brought in."""

    def __init__(self, tenant: Tenant, *, key: str, alice_key: str) -> None:
        self.tenant, self.key, self.alice_key = tenant, key, alice_key
        self.saasquatch_path = f"/api/v1/{tenant.alias}"

    def read(self) -> Said:
        return Said(
            self.attribution(), self.crawlora(), self.saasquatch(), self.rewards(), self.credits(), self.earn_outs(),
            self.waiting(),
        )  # fmt: skip

    def attribution(self) -> str:
        rows = self.get(f"{ATTRIBUTIONS}?code=ALICE")["data"]
        if not rows:
            return NOTHING
        (row,) = rows
        (mentors,) = self.get(f"{ATTRIBUTIONS}/mentor/alice")["data"]
        totals = self.get(f"{ATTRIBUTIONS}/mentor/alice/total")
        assert self.get(f"{ATTRIBUTIONS}/{row['id']}") == row
        assert mentors.items() <= row.items()
        assert totals["total_conversions"] == (row["type"] == "conversion")
        return f"{row['type']}/{row['status']} {row['new_member_id'] or NOTHING}"

    def crawlora(self) -> str:
        items = self.get("/api/v1/admin/referrals?user_id=dana")["data"]["items"]
        mine = self.get("/api/v1/referrals/me", key=self.alice_key)["data"]
        assert mine["items"] == self.get("/api/v1/referrals/me/events", key=self.alice_key)["data"]["items"]
        if not items:
            assert mine["items"] == []
            return NOTHING
        (case,) = items
        attribution = case["attribution"]
        assert self.get(f"/api/v1/admin/referrals/{attribution['id']}")["data"] == case
        earned = {role: sum(one["credits"] for one in case["rewards"] if one["role"] == role) for role in ROLES}
        self.compare_members(mine, attribution, earned)
        return " ".join([attribution["status"], *(str(one["credits"]) for one in case["rewards"])])

    def compare_members(self, alices: dict[str, Any], attribution: dict[str, Any], earned: dict[str, int]) -> None:
        """Both people see the same referral, each from their side."""
        danas = self.get("/api/v1/referrals/me", token=self.token_of("dana"))["data"]
        for role, (own,) in (("referrer", alices["items"]), ("referred", danas["items"])):
            told = own["id"], own["role"], own["status"], own.get("reward_credits", 0)
            assert told == (attribution["id"], role, attribution["status"], earned[role])
        assert alices["stats"].get(attribution["status"], 1) == 1
        assert self.get("/api/v1/admin/referrals/stats")["data"][attribution["status"]] == 1

    def saasquatch(self) -> str:
        referral = self.referral()
        if referral is None:
            return NOTHING
        sides = [referral[f"{side}ModerationStatus"] for side in ROLES]
        assert referral["moderationStatus"] == ("PENDING" if "PENDING" in sides else "ACTIONED")
        assert referral["dateConverted"] == referral["dateReferralPaid"]
        for side, status in zip(ROLES, sides, strict=True):
            found = self.get(f"{self.saasquatch_path}/referrals?{side}ModerationStatus={status}")
            assert found["referrals"] == [referral]
        dates = [word for word in ("Paid", "Ended") if referral[f"dateReferral{word}"] is not None]
        return " ".join([*sides, *(date.lower() for date in dates)])

    def referral(self) -> dict[str, Any] | None:
        """As it is listed, which is as it is looked up."""
        listed = self.get(f"{self.saasquatch_path}/referrals?referringUserId=alice")["referrals"]
        if not listed:
            return None
        (referral,) = listed
        assert self.get(f"{self.saasquatch_path}/referrals/{referral['id']}") == referral
        return dict(referral)

    def rewards(self) -> str:
        referral = self.referral()
        if referral is None:
            return NOTHING
        said = []
        for side in ROLES:
            rewards = self.get(f"{self.saasquatch_path}/reward?accountId={referral[f'{side}User']['accountId']}")
            assert [self.get(f"{self.saasquatch_path}/reward/{one['id']}") for one in rewards] == rewards
            assert referral[f"{side}Reward"] == (rewards[-1] if rewards else None)
            said += [f"{one['assignedCredit']} {state_of(one)}" for one in reversed(rewards)]
        return ", ".join(said) or NOTHING

    def credits(self) -> str:
        dana = Person.objects.filter(external_id="dana").first()
        found = self.get(f"/api/v2/referral/credit/?ordering=id&user_id={dana.pk if dana else 0}")["results"]
        mine = self.get("/api/v2/referral/credit/?ordering=id", key=self.alice_key)["results"]
        assert [self.get(f"/api/v2/referral/credit/{credit['id']}/") for credit in found] == found
        assert mine == [credit for credit in found if credit in mine]
        assert len(mine) == len(found) - sum(credit["amount"] == DANAS for credit in found)
        return ", ".join(f"{credit['amount']} {credit['status']}" for credit in found) or NOTHING

    def earn_outs(self) -> str:
        found = self.get("/api/v2/referral/earnout/", key=self.alice_key)["results"]
        assert self.get("/api/v2/referral/earnout")["results"] == found
        assert [self.get(f"/api/v2/referral/earnout/{each['id']}/") for each in found] == found
        return ", ".join(f"{each['amount']} {each['status']}" for each in found) or NOTHING

    def waiting(self) -> float:
        config = self.get("/api/v2/referral/config/", key=self.alice_key)
        return float(config["credits_earned"] + config["payouts_earned"])

    def token_of(self, name: str) -> str:
        claims = {"sub": name, "exp": int(timezone.now().timestamp()) + 600}
        return jwt.encode(claims, self.tenant.member_token_secret, algorithm="HS256")

    def get(self, address: str, *, key: str = "", token: str = "") -> Any:
        return self.ask("GET", address, key=key, token=token)

    def ask(self, method: str, address: str, body: Any = None, *, key: str = "", token: str = "") -> Any:
        """What is answered with a 2xx, parsed; None for an empty body."""
        basic = "Basic " + base64.b64encode(f":{key or self.key}".encode()).decode()
        response = Client(headers={"Authorization": f"Token {token}" if token else basic}).generic(
            method, address, "" if body is None else json.dumps(body), content_type="application/json"
        )
        assert response.status_code in {200, 201}, (method, address, response.content)
        return response.json() if response.content else None


ROLES = ("referrer", "referred")
DANAS = 10.0  # what the referred person earns, once


def state_of(reward: dict[str, Any]) -> str:
    """A reward of SaaSquatch's, by its dates and what left of it."""
    if reward["dateCancelled"] is not None:
        return "cancelled"
    if reward["redeemedCredit"]:
        assert not reward["cancellable"]
        return "spent"
    return "scheduled" if reward["dateGiven"] is None else "given"
