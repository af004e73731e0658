"""Reading the pages of docs/."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read_page(name: str) -> str:
    return (ROOT / name).read_text()


def read_section(name: str, heading: str) -> str:
    """What stands under a heading of a page, up to the next of its level."""
    page = read_page(name)
    level = heading.partition(" ")[0]
    start = page.index(f"{heading}\n") + len(heading)
    end = page.find(f"\n{level} ", start)
    return page[start:end] if end >= 0 else page[start:]


def read_rows(text: str) -> dict[str, list[str]]:
    """The table rows of a text whose first cell is one word in backticks, by that word."""
    rows = re.findall(r"^ *\| `([^`]+)` \| (.*) \|$", text, re.MULTILINE)
    assert len({word for word, _ in rows}) == len(rows), "a word stands in two rows"
    return {word: [cell.strip() for cell in rest.split(" | ")] for word, rest in rows}
