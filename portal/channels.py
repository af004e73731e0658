"""The ways to pass a link on, and the address of each that takes a text and a link."""

from dataclasses import dataclass
from urllib.parse import quote

from referrals.models import Code


@dataclass(frozen=True)
class Channel:
    """`address` is filled in with `link`, `text`, `both` and `subject`, each quoted; empty for a page of our own."""

    name: str
    label: str
    address: str
    is_email: bool = False
    is_app: bool = False  # its address is no web page: an app of the device answers
    needs_phone: bool = False

    @property
    def icon(self) -> str:
        return f"portal/icons/{self.name}.svg"


CHANNELS = {
    channel.name: channel
    for channel in (
        Channel("whatsapp", "WhatsApp", "https://wa.me/?text={both}"),
        Channel("email", "E-mail", "mailto:?subject={subject}&body={both}", is_email=True, is_app=True),
        Channel("sms", "Text message", "sms:?&body={both}", is_app=True, needs_phone=True),
        Channel("messenger", "Messenger", "fb-messenger://share/?link={link}", is_app=True, needs_phone=True),
        Channel("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?u={link}"),
        Channel("x", "X", "https://x.com/intent/post?text={text}&url={link}"),
        Channel("linkedin", "LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={link}"),
        Channel("telegram", "Telegram", "https://t.me/share/url?url={link}&text={text}"),
        Channel("web", "Anywhere else", ""),
    )
}
ON_THE_WEB = [channel for channel in CHANNELS.values() if channel.address]


def address_of(channel: Channel, code: Code, *, link: str) -> str:
    """Where a channel takes a member who shares this code. `code` comes with its tenant and program."""
    tenant, program = code.tenant, code.member.program
    text = f"I use {tenant.name}. {program.referral_offer}".strip()
    words = {"link": link, "text": text, "both": f"{text} {link}", "subject": f"An invitation to {tenant.name}"}
    return channel.address.format(**{name: quote(value, safe="") for name, value in words.items()})
