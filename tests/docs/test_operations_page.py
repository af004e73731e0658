import re

from django.conf import settings

from config.celery import app
from tests.docs.pages import read_page, read_rows, read_section

PAGE = "docs/operations.md"
READ = re.compile(r"\b(?:env\.\w+|secret)\(\s*\"([A-Z_]+)\"")


def test_every_variable_the_settings_read_is_on_the_page_and_no_other():
    rows = read_rows(read_section(PAGE, "## Environment variables"))

    assert sorted(rows) == sorted(set(READ.findall(read_page("config/settings.py"))))


def test_every_variable_has_a_default_and_a_meaning():
    rows = read_rows(read_section(PAGE, "## Environment variables"))

    assert [name for name, cells in rows.items() if len(cells) != 2 or not all(cells)] == []


def test_every_entry_of_beat_is_on_the_page_and_no_other():
    rows = read_rows(read_section(PAGE, "## What beat sends"))

    assert sorted(rows) == sorted(app.conf.beat_schedule)


def test_the_time_limits_are_those_of_the_settings():
    section = read_section(PAGE, "## What beat sends")

    minutes = [settings.CELERY_TASK_TIME_LIMIT // 60, settings.CELERY_TASK_SOFT_TIME_LIMIT // 60]
    assert f"after {minutes[0]} minutes (asked after {minutes[1]})" in section
    assert f"within {settings.CELERY_BROKER_TRANSPORT_OPTIONS['visibility_timeout'] // 60} minutes" in section
