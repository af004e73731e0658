"""The MemberAccessUrls object (contracts/referral-rock.md, section 3.8)."""

from referrals.services.access import AccessUrls

FIELDS = {
    "shareEmbedUrl": "share_embed",
    "fullEmbedUrl": "full_embed",
    "referralCode": "referral_code",
    "shareUrl": "share",
    "smsShareUrl": "sms",
    "whatsAppShareUrl": "whatsapp",
    "facebookShareUrl": "facebook",
    "facebookMessengerShareUrl": "messenger",
    "twitterShareUrl": "twitter",
    "linkedInShareUrl": "linkedin",
    "emailShareUrl": "email",
    "webShareUrl": "web",
    "telegramShareUrl": "telegram",
    "portalUrl": "portal",
}


def access_json(urls: AccessUrls) -> dict[str, str]:
    return {name: getattr(urls, field) for name, field in FIELDS.items()}
