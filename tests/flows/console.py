"""The admin as a member of staff uses it: once over plain HTTP, once in a browser. Both know the same few steps."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import urljoin

import requests
from django.db import connection
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUEUE = "/admin/credits/review/"


class Console(Protocol):
    """Open the case about somebody in the review queue, then decide it."""

    def open_case(self, name: str) -> bool:
        """False while the queue shows no case about that person."""

    def approve(self, *, note: str) -> str:
        """Approve the open case; return the page that follows."""

    def reject(self, *, reason: str) -> str:
        """Reject the open case; return the page that follows."""


class HttpConsole:
    """Plain requests: forms are read from the pages and sent back as a browser would, CSRF token included."""

    def __init__(self, address: str, *, username: str, password: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.page = self._get("/admin/login/?next=/admin/")
        self._submit("", username=username, password=password)

    def open_case(self, name: str) -> bool:
        self.page = self._get(QUEUE)
        rows = re.findall(r"<tr\b.*?</tr>", self.page.text, flags=re.DOTALL)
        links = [re.search(rf'href="({QUEUE}\d+/change/)', row) for row in rows if name in row]
        if links and links[0]:
            self.page = self._get(links[0][1])
        return bool(links)

    def approve(self, *, note: str) -> str:
        return self._submit("/approve/", note=note)

    def reject(self, *, reason: str) -> str:
        return self._submit("/reject/", reason=reason)

    def _get(self, path: str) -> requests.Response:
        page = self.session.get(urljoin(self.address, path), timeout=20)
        page.raise_for_status()
        return page

    def _submit(self, ending: str, **fields: str) -> str:
        """Fill in the form that posts to an address with that ending, and send it."""
        action, hidden = next(form for form in Forms.on(self.page.text) if form[0].endswith(ending) and form[1])
        target = urljoin(self.page.url, action)
        self.page = self.session.post(target, data=hidden | fields, headers={"Referer": self.page.url}, timeout=20)
        self.page.raise_for_status()
        return self.page.text


class Forms(HTMLParser):
    """The forms of a page: where each posts to, and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    @classmethod
    def on(cls, page: str) -> list[tuple[str, dict[str, str]]]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((attributes.get("action", ""), {}))
        if tag == "input" and attributes.get("type") == "hidden" and self.found:
            self.found[-1][1][attributes["name"]] = attributes.get("value", "")


class BrowserConsole:
    """Headless Chromium."""

    def __init__(self, page: Page, address: str, *, username: str, password: str) -> None:
        self.page, self.address = page, address
        page.goto(f"{address}/admin/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url(f"{address}/admin/")

    def open_case(self, name: str) -> bool:
        self.page.goto(f"{self.address}{QUEUE}")
        links = self.page.locator("tr", has_text=name).locator(f"a[href*='{QUEUE}']")
        if links.count() == 0:
            return False
        links.first.click()
        self.page.wait_for_selector("#decision-title")
        return True

    def approve(self, *, note: str) -> str:
        self.page.fill("#note", note)
        return self._press("Approve")

    def reject(self, *, reason: str) -> str:
        self.page.fill("#reason", reason)
        return self._press("Reject")

    def _press(self, label: str) -> str:
        form = self.page.locator("form", has=self.page.get_by_role("button", name=label))
        form.locator("input[name=then]").uncheck()
        form.get_by_role("button", name=label).click()
        self.page.wait_for_url(f"{self.address}{QUEUE}")
        return self.page.content()


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of headless Chromium. While it is open an event loop runs in this thread, and with one Django uses another
    database connection: that is closed with the page.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser.new_page()
        finally:
            connection.close()
            browser.close()
