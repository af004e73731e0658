"""Made-up people: names, addresses on .example domains, networks and browsers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product
from random import Random

FIRST = {
    "US": "Amelia Marcus Priya Jonah Leticia Owen Naomi Caleb Renee Darius Hannah Miguel Sadie Trevor Imani Grant "
    "Odette Wesley Carmen Elliot Tamsin Russell Bianca Desmond Phoebe Lionel Marisol Everett Joanna Malik",
    "EU": "Anneke Matteo Freya Laurent Katarzyna Stefan Ines Henrik Camille Dragan Saoirse Tomasz Liesbeth Andrei "
    "Giulia Oskar Margaux Pavel Elin Joaquim Zsofia Bastien Mirela Niklas Chiara Ruairi Johanna Florian",
    "JP": "Haruka Kenji Misaki Daichi Sakura Takumi Ayaka Ryota Nanami Shota Yui Kaito Chihiro Hiroshi Mio Satoru "
    "Rina Makoto Emi Naoki",
}
LAST = {
    "US": "Whitfield Okafor Castellano Brandt Delacroix Hollis Nakagawa Pemberton Quintero Ashworth Lindgren Mbeki "
    "Farrow Kowalczyk Trujillo Sutherland Vance Oyelaran Beaumont Ridley Haverford Salcedo Winslow Drummond",
    "EU": "Vandenberg Rossetti Lindqvist Moreau Wisniewski Hofmann Carvalho Eriksen Dubois Petrovic Gallagher "
    "Zielinski Janssens Ionescu Marchetti Nyberg Lefebvre Novotny Sorensen Ferreira Halasz Fontaine Dumitru Bergstrom",
    "JP": "Tanemura Hoshikawa Arisugawa Kurosaki Minegishi Shirakawa Tokunaga Uemura Yanagida Kitajima Onodera Segawa "
    "Matsunami Hirabayashi Asakura Nishizono",
}
COMPANIES = [
    "bluefin-studio",
    "lantern-books",
    "pinewood-dental",
    "harborlight-media",
    "quarry-coffee",
    "tessera-labs",
    "fernhill-design",
    "copperline-logistics",
    "saltmarsh-brewing",
    "northgate-legal",
    "papercrane-events",
    "driftwood-realty",
    "meridian-fitness",
    "orchard-analytics",
    "kiteworks-school",
    "redbrick-clinic",
    "hollowtree-games",
    "summitview-travel",
    "greyfox-security",
    "amberfield-farms",
    "clockwork-cycles",
    "velvet-hour-music",
    "stonebridge-tax",
    "wildrose-catering",
]
THROW_AWAY = ("mailinator.com", "yopmail.com", "guerrillamail.com", "sharklasers.com", "trashmail.com")
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/8.9.1",
)


@dataclass(frozen=True)
class Somebody:
    user_id: str
    first_name: str
    last_name: str
    email: str
    country: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class People:
    """New people, no two of one name, so that a likeness the risk rules find is one that was meant."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._ids = count(10_001)
        self._names = {region: self._shuffled(region) for region in FIRST}

    def meet(self, region: str, *, domain: str = "") -> Somebody:
        first, last = next(self._names[region])
        country = self._rng.choice(("DE", "FR", "NL", "IT", "SE", "IE")) if region == "EU" else region
        domain = domain or f"{self._rng.choice(COMPANIES)}.example"
        return Somebody(self.new_id(), first, last, f"{first}.{last}@{domain}".lower(), country)

    def new_id(self) -> str:
        return f"u_{next(self._ids)}"

    def _shuffled(self, region: str) -> Iterator[tuple[str, str]]:
        names = list(product(FIRST[region].split(), LAST[region].split()))
        self._rng.shuffle(names)
        return iter(names)


def new_address(rng: Random) -> str:
    """An address of a network nobody has: of the benchmark range, or of the documentation's IPv6 range."""
    if rng.random() < 0.3:  # noqa: PLR2004
        return f"2001:db8:{rng.randrange(65_536):x}:{rng.randrange(65_536):x}::{rng.randrange(1, 65_536):x}"
    return f"198.{rng.choice((18, 19))}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def new_visitor(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"
