"""The portal in headless Chromium: by keyboard, without scripts, in the dark, on a phone, in frames, and before axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from referrals.models import Invite, Member
from referrals.services.access import View
from tests.cast import make_member, make_program, make_tenant
from tests.flows.console import CHROMIUM, FLAGS
from tests.portal.worlds import DAY, describe, prosper, token_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK, NARROW = 390, 1440, 320
SITE = "https://shop.acme.example/welcome"
# A site that is not there may then hold a frame of this machine's.
FRAMES = "--disable-features=LocalNetworkAccessChecks"


class Stage(NamedTuple):
    """Where the pages are, and by which links their members come in. All that is needed of the database is made before
    the browser starts, since its event loop has another connection.
    """

    url: str
    portal: str
    embed: str
    share: str
    new: str
    paused: str
    expired: str

    @property
    def pages(self) -> list[str]:
        """Every page there is, the portal's own after the link that begins a visit."""
        own = [f"{self.url}/portal/{name}" for name in ("", "referrals", "rewards", "payouts", "preferences")]
        apologies = [self.expired, f"{self.url}/p/x", f"{self.url}/r/nobody", f"{self.url}/portal/signed-out"]
        return [*own, self.embed, self.share, self.new, self.paused, f"{self.url}/s/web/acme/ALICE", *apologies]


@pytest.fixture
def stage(transactional_db, live_server, settings) -> Stage:
    settings.BASE_URL = "https://go.acme.example"
    settings.CLICKS_PER_MINUTE = 10_000
    program = describe(make_program(make_tenant("acme")))
    alice, new, paused = (make_member(program, name, code=name.upper()) for name in ("alice", "newt", "pia"))
    prosper(alice, now=timezone.now())
    Member.objects.filter(pk=paused.pk).update(status="Disabled")
    at = live_server.url
    return Stage(
        url=at,
        portal=f"{at}/p/{token_for(alice)}",
        embed=f"{at}/pe/{token_for(alice, View.EMBED)}/",
        share=f"{at}/w/{token_for(alice, View.SHARE)}",
        new=f"{at}/pe/{token_for(new, View.EMBED)}/",
        paused=f"{at}/pe/{token_for(paused, View.EMBED)}/",
        expired=f"{at}/p/{token_for(alice, at=timezone.now() - DAY)}",
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, FRAMES])
        try:
            yield browser
        finally:
            connection.close()
            browser.close()


@contextmanager
def looking(browser: Browser, stage: Stage, *, width: int = DESK, **options: Any) -> Iterator[Page]:
    """A page in the middle of Alice's visit, which complains of whatever the browser complained of."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(stage.portal)
    yield page
    context.close()
    assert [each for each in complaints if "Failed to load resource" not in each] == []


@pytest.mark.parametrize(("scheme", "width"), [("light", PHONE), ("dark", DESK)])
def test_axe_finds_nothing(stage, scheme, width):
    findings = []
    with chromium() as browser, looking(browser, stage, width=width, color_scheme=scheme) as page:
        for address in stage.pages:
            page.goto(address)
            said = Axe().run(page).response
            assert {"color-contrast", "document-title"} <= {rule["id"] for rule in said["passes"]}
            findings += [
                (address.removeprefix(stage.url)[:20], found["id"], found["impact"], node["html"][:100])
                for found in said["violations"]
                for node in found["nodes"]
            ]

    assert findings == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_and_every_target_can_be_hit(stage, scheme):
    wide, small = [], []
    with chromium() as browser:
        for width in (NARROW, PHONE, DESK):
            with looking(browser, stage, width=width, color_scheme=scheme) as page:
                for address in stage.pages:
                    page.goto(address)
                    if page.evaluate("document.documentElement.scrollWidth") > width:
                        wide.append((address, width))
                    small += page.evaluate(TOO_SMALL)

    assert (wide, small) == ([], [])


TOO_SMALL = """() => [...document.querySelectorAll("a, button, input, summary, label.choice")]
  .filter(each => each.checkVisibility() && !each.closest(".text, .hint, .empty") && !each.matches(".skip"))
  .filter(each => each.type !== "hidden" && each.type !== "radio")
  .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""


@pytest.mark.parametrize(("width", "is_phone"), [(PHONE, True), (DESK, False)])
def test_only_a_phone_offers_what_needs_one(stage, width, is_phone):
    with chromium() as browser, looking(browser, stage, width=width, is_mobile=is_phone, has_touch=is_phone) as page:
        offered = page.locator(".channel:visible").all_inner_texts()

    assert ("Text message" in offered, "Messenger" in offered) == (is_phone, is_phone)
    assert len(offered) == (8 if is_phone else 6)


def test_it_is_dark_in_the_dark(stage):
    grounds = {}
    with chromium() as browser:
        for scheme in ("light", "dark"):
            with looking(browser, stage, color_scheme=scheme) as page:
                style = "getComputedStyle(document.body)"
                grounds[scheme] = page.evaluate(f"[{style}.backgroundColor, {style}.color]")

    assert grounds == {
        "light": ["rgb(246, 245, 241)", "rgb(28, 27, 25)"],
        "dark": ["rgb(19, 20, 18)", "rgb(242, 240, 234)"],
    }


FOCUSED = """() => {
  const style = getComputedStyle(document.activeElement), field = document.activeElement.closest(".field");
  const around = field ? getComputedStyle(field) : style;
  return [document.activeElement.innerText?.trim() || document.activeElement.name || document.activeElement.id,
          style.outlineStyle !== "none" || around.outlineStyle !== "none"];
}"""


def test_a_keyboard_is_enough(stage):
    with chromium() as browser, looking(browser, stage) as page:
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == ["Skip to the content", True]
        assert page.locator(".skip").bounding_box()["y"] >= -1
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"

        walked = walk_to(page, "Send the invitation")

        assert [name for name, seen in walked if not seen] == []
        names = [name.splitlines()[0] for name, _ in walked]
        assert names[:3] == ["link", "Copy", "WhatsApp"]
        assert names[-3:] == ["first_name", "email", "Send the invitation"]
        invite_by_keyboard(page)
        assert "Thank you." in page.locator("#invite").inner_text()

    assert [invite.email for invite in Invite.objects.all()] == ["dana@dana.example"]


def walk_to(page: Page, name: str) -> list[tuple[str, bool]]:
    """Press Tab until that has the focus; what had it on the way, and whether it showed."""
    walked: list[tuple[str, bool]] = []
    while len(walked) < 60 and (not walked or walked[-1][0] != name):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        walked.append(tuple(page.evaluate(FOCUSED)))
    return walked


def invite_by_keyboard(page: Page) -> None:
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    page.keyboard.type("Dana")
    page.keyboard.press("Tab")
    page.keyboard.type("dana@dana.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/?invited=1#invite")


def test_a_link_is_copied_and_the_token_is_in_no_address(stage):
    with chromium() as browser, looking(browser, stage, permissions=["clipboard-read", "clipboard-write"]) as page:
        assert page.url == f"{stage.url}/portal/"
        assert page.evaluate("document.referrer") == ""
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_text("Copied.").wait_for()

        assert page.evaluate("navigator.clipboard.readText()") == "https://go.acme.example/r/acme/ALICE"


def test_nothing_needs_a_script(stage):
    with chromium() as browser, looking(browser, stage, java_script_enabled=False) as page:
        assert page.locator("#link").input_value() == "https://go.acme.example/r/acme/ALICE"
        assert page.locator("[data-copy]:visible").count() == 0
        assert page.get_by_role("link", name="WhatsApp").get_attribute("href") == "/s/whatsapp/acme/ALICE"
        page.get_by_label("Their first name").fill("Dana")
        page.get_by_label("Their e-mail address").fill("not an address")
        page.get_by_role("button", name="Send the invitation").click()
        assert "Enter an address like name@example.com." in page.locator("#invite").inner_text()
        page.get_by_label("Their e-mail address").fill("dana@dana.example")
        page.get_by_role("button", name="Send the invitation").click()
        assert "Thank you." in page.locator("#invite").inner_text()
        page.get_by_role("link", name="See all referrals").click()
        assert page.get_by_role("heading", level=1).inner_text() == "My referrals"
        page.get_by_role("link", name="Settings").click()
        page.get_by_label("Money").check()
        page.get_by_role("button", name="Save").click()
        assert "Saved." in page.locator("main").inner_text()
        page.get_by_role("button", name="Sign out").click()
        assert page.get_by_role("heading", level=1).inner_text() == "You are signed out"


def test_a_frame_shows_on_the_program_s_own_site(stage):
    with chromium() as browser:
        page = browser.new_page()
        for address in (stage.share, stage.embed):
            assert frame_on(page, SITE, address).locator("#link").is_visible()
        frame = page.frames[1]
        frame.get_by_label("Their first name").fill("Dana")
        frame.get_by_label("Their e-mail address").fill("dana@dana.example")
        frame.get_by_role("button", name="Send the invitation").click()
        frame.get_by_text("Thank you.").wait_for()
        assert page.context.cookies() == []

    assert [invite.email for invite in Invite.objects.all()] == ["dana@dana.example"]


def test_a_frame_shows_on_no_other_site(stage):
    with chromium() as browser:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for address in (stage.share, stage.embed, f"{stage.url}/portal/signed-out"):
            assert not frame_on(page, "https://evil.example/", address).locator("body *").first.is_visible()

    assert ["frame-ancestors" in text for text in said] == [True] * 3


def frame_on(page: Page, site: str, address: str) -> Frame:
    """A page of a site with one of ours in it."""
    body = f'<!doctype html><title>A shop</title><iframe src="{address}" width="400" height="600"></iframe>'
    page.unroute_all()
    page.route(site, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(site)
    return page.frames[1]
