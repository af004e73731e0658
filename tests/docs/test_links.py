import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, read_page

PAGES = [str(path.relative_to(ROOT)) for path in [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors_of(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def is_there(page: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    return target.is_file() and (not anchor or anchor in anchors_of(Path(target).read_text()))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    links = [link for link in LINK.findall(read_page(page)) if not link.startswith(("http://", "https://"))]

    assert [link for link in links if not is_there(page, link)] == []


def test_every_page_of_the_documentation_is_in_its_index():
    index = read_page("docs/README.md")
    linked = {str((ROOT / "docs" / link).relative_to(ROOT)) for link in LINK.findall(index)}

    assert {page for page in PAGES if page.startswith("docs/")} - linked == {"docs/README.md"}
