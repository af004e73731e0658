import pytest

from referrals.models import EmailSuppression
from referrals.services.outreach.suppressions import is_suppressed, suppress_email
from referrals.services.outreach.tokens import seal_mailbox
from tests.cast import NOON
from tests.console import reading_only

EMAIL = "ida@x.example"


@pytest.fixture
def link(acme) -> str:
    return f"/u/{seal_mailbox(acme, EMAIL)}"


def stands() -> list[tuple[str, str]]:
    return list(EmailSuppression.objects.standing().values_list("email", "source"))


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, link, method):
    with reading_only():
        response = getattr(client, method)(link)

    assert response.status_code == 200
    assert stands() == []


def test_the_page_says_whose_mail_and_has_one_button(client, link):
    page = client.get(link).content.decode()

    assert "Stop mail from Acme?" in page
    assert "i***@x.example" in page
    assert EMAIL not in page
    assert page.count("<button") == 1


def test_the_button_ends_mail_and_the_next_one_undoes_it(client, acme, globex, link):
    stopped = client.post(link, {"wish": "stop"}, follow=True)

    assert stopped.redirect_chain == [(link, 303)]
    assert "Acme sends you no more mail" in stopped.content.decode()
    assert stands() == [(EMAIL, "page")]
    assert is_suppressed(globex, EMAIL) is False

    undone = client.post(link, {"wish": "allow"}, follow=True)
    assert "Stop mail from Acme?" in undone.content.decode()
    assert stands() == []


def test_a_mail_programs_one_click_is_answered_at_once(link):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post(
        link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 200
    assert stands() == [(EMAIL, "one_click")]


def test_one_click_also_comes_as_multipart_and_twice(client, link):
    for _ in range(2):
        assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert stands() == [(EMAIL, "one_click")]


def test_an_empty_post_ends_mail(client, link):
    assert client.post(link).status_code == 200
    assert stands() == [(EMAIL, "page")]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_not_whole_gets_a_page_without_data(client, acme, link, method):
    suppress_email(acme, "other@x.example", source="api", at=NOON)
    for bad in (link[:-3], link[:-1] + "!", "/u/x", "/u/" + "A" * 500):
        response = getattr(client, method)(bad)

        assert response.status_code == 404
        page = response.content.decode()
        assert "This link is not whole" in page
        assert "Acme" not in page
        assert "@" not in page
    assert stands() == [("other@x.example", "api")]


def test_the_page_is_kept_by_nobody_and_tells_nobody_its_address(client, link):
    headers = client.get(link).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_other_methods_are_refused(client, link):
    assert client.put(link).status_code == 405
    assert stands() == []
