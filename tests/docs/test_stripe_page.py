import re

from payouts.handlers.dispatch import FAILED_TRIES, HANDLERS, PATIENCE
from payouts.models import StripeEvent
from tests.docs.pages import read_page, read_rows, read_section

PAGE = "docs/stripe.md"


def test_the_page_names_every_type_that_is_handled():
    section = read_section(PAGE, "## Setting up")
    first_cells = re.findall(r"^ *\| (`[^|]+`) \| ", section.partition("Any other type")[0], re.MULTILINE)

    assert sorted(name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)) == sorted(HANDLERS)


def test_the_page_names_every_status_of_an_event():
    rows = read_rows(read_section(PAGE, "## What becomes of an event"))

    assert sorted(rows) == sorted(StripeEvent.Status.values)


def test_the_page_says_how_often_an_event_is_tried():
    page = " ".join(read_page(PAGE).split())

    assert f"It is tried again for {PATIENCE.days} days" in page
    assert f"Failed {FAILED_TRIES} times" in page
