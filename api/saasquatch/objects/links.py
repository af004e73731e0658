"""Links that a user shares: one page of ours by code, told apart by where they were shared (section 3, shareurls)."""

from typing import Any
from urllib.parse import quote, urlencode

from api.saasquatch.gather import AboutPeople
from api.saasquatch.words import ENGAGEMENTS, MEDIA

UNKNOWN = "UNKNOWN"
# The flat form: names of links, with the medium each is for.
FLAT = {
    "shareLink": "DIRECT", "facebookShareLink": "FACEBOOK", "twitterShareLink": "TWITTER", "emailShareLink": "EMAIL",
    "linkedinShareLink": "LINKEDIN",
}  # fmt: skip
MOBILE = {
    "mobileShareLink": "DIRECT", "mobileFacebookShareLink": "FACEBOOK", "mobileTwitterShareLink": "TWITTER",
    "mobileEmailShareLink": "EMAIL",
}  # fmt: skip
NESTED = ("EMBED", "POPUP", "HOSTED", "MOBILE", "EMAIL")


def show_link(about: AboutPeople, code: str, *, engagement: str = UNKNOWN, medium: str = UNKNOWN) -> str | None:
    """The link of a code; None where it is not known at which host we are reached."""
    if not about.base_url:
        return None
    words = {"utm_source": medium, "utm_medium": engagement}
    query = urlencode({name: word.lower() for name, word in words.items() if word != UNKNOWN})
    return f"{about.base_url}/r/{about.tenant.alias}/{quote(code)}" + (f"?{query}" if query else "")


def show_flat_links(about: AboutPeople, code: str | None) -> dict[str, Any] | None:
    if code is None or not about.base_url:
        return None

    def links(names: dict[str, str], engagement: str) -> dict[str, str | None]:
        return {name: show_link(about, code, engagement=engagement, medium=medium) for name, medium in names.items()}

    flat: dict[str, Any] = {**links(FLAT, UNKNOWN), **links(MOBILE, "MOBILE")}
    flat["shareLink"] = show_link(about, code)
    return {**flat, **{engagement: links(FLAT, engagement) for engagement in NESTED}}


def show_share_urls(about: AboutPeople, code: str | None, *, engagement: str = "", medium: str = "") -> dict[str, Any]:
    """All links, or those of one engagement medium or one share medium."""
    if code is None:
        return {"shareLinks": {"cleanShareLink": None}}
    found = {
        each: {
            name: show_link(about, code, engagement=each, medium=name) for name in MEDIA if not medium or name == medium
        }
        for each in ENGAGEMENTS
        if not engagement or each == engagement
    }
    return {"shareLinks": {"cleanShareLink": show_link(about, code), **found}}
