"""The pages of a member: what is on them, whose it is, and what they cost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits.services.maturation import mature_pending
from payouts.models import PayoutMethod
from payouts.services.methods import create_method
from referrals.models import Attribution, Member, Person, Referral, ReferralDetails
from referrals.services.access import View
from tests.cast import NOON, make_member, make_program, make_referral, pay, refund
from tests.portal.worlds import describe, prosper, settle, token_for, visitor

DAY = timedelta(days=1)
LISTS = ["referrals", "rewards", "payouts"]


@pytest.fixture
def member(program):
    return make_member(describe(program), "alice", code="ALICE")


def titles(response) -> list[str]:
    page = response.content.decode()
    return [
        re.sub(r"<[^>]*>", "", found).split("  ")[0].strip() for found in re.findall(r'class="title">(.*?)</p>', page)
    ]


def words_of(response) -> str:
    """What a person reads of a page."""
    return re.sub(r"<[^>]*>", " ", response.content.decode())


def pay_out(member, *, at):
    method = PayoutMethod.objects.filter(program=member.program).first() or create_method(
        member.program, name="PayPal", kind=PayoutMethod.Kind.MANUAL, at=at
    )
    settle(member, method, at=at)


def test_a_new_member_is_told_what_to_do(member):
    page = visitor(member).get("/portal/").content.decode()

    assert "/r/acme/ALICE" in page
    assert "<strong>Share your link</strong>" in page
    assert "Nobody has signed up by your link yet." in page
    assert "No rewards yet." in page
    assert "No payouts yet." in page
    assert page.count("$0.00") == 5


def test_the_balance_is_the_ledger_s(member):
    prosper(member, now=timezone.now())

    sums = visitor(member).get("/portal/").context["sums"]

    assert [(s.currency, s.earned, s.pending, s.available, s.reserved, s.paid, s.owed) for s in sums] == [
        ("USD", "$203.50", "$12.25", "$37.25", "$0.00", "$154.00", "")
    ]


def test_what_is_owed_is_said_with_what_becomes_of_it(member):
    payment = pay(make_referral(member, "dana"), 40_00)
    mature_pending(at=NOON + 31 * DAY)
    pay_out(member, at=NOON + 32 * DAY)
    refund(payment, 40_00, at=NOON + 40 * DAY)

    page = visitor(member).get("/portal/").content.decode()

    assert "<dd>$10.00 owed</dd>" in page
    assert "$10.00 will be taken from what you earn next." in page


def test_each_currency_has_a_row_and_the_program_s_is_first(member):
    pay(make_referral(member, "dana"), 40_00, currency="EUR")
    pay(make_referral(member, "erin"), 40_00, currency="CAD")
    pay(make_referral(member, "fred"), 40_00)

    sums = visitor(member).get("/portal/").context["sums"]

    assert [(each.currency, each.pending) for each in sums] == [
        ("USD", "$10.00"),
        ("CAD", "CA$10.00"),
        ("EUR", "€10.00"),
    ]


def test_others_are_a_first_name_and_a_masked_address(member):
    make_referral(
        member, "dana", first_name="Dana Maria", last_name="Ruiz", email="dana.ruiz@firm.example", phone="+1 555"
    )
    Attribution.objects.update(ip_address="203.0.113.77")

    for path in ("", "referrals", "rewards"):
        words = words_of(visitor(member).get(f"/portal/{path}"))
        assert re.findall(r"Ruiz|Maria|dana\.ruiz|firm|555|203\.0\.113", words) == []
    assert titles(visitor(member).get("/portal/referrals")) == ["Dana d•••@f•••.example"]


def test_a_referral_in_review_reads_as_being_checked(member):
    prosper(member, now=timezone.now())
    (held,) = Referral.objects.filter(status="review_required")
    browser = visitor(member)

    pages = " ".join(words_of(browser.get(f"/portal/{path}")) for path in ["", *LISTS])

    assert held.referred.first_name == "Mara"
    assert held.risk_flags == ["same_card_fingerprint"]
    assert "Being checked" in pages
    assert re.findall(r"fraud|risk|card|fingerprint|review", pages, re.IGNORECASE) == []


def test_a_friend_who_was_forgotten_is_a_friend(member):
    referral = make_referral(member, "dana")
    Person.objects.filter(pk=referral.referred_id).update(first_name="", email="", removed_at=NOON)

    assert titles(visitor(member).get("/portal/referrals")) == ["A friend"]


def test_a_public_note_is_for_the_member_and_no_other(member):
    referral = make_referral(member, "dana")
    ReferralDetails.objects.create(referral=referral, public_note="Signs in March.", note="Talks too much.")

    words = words_of(visitor(member).get("/portal/referrals"))

    assert "Signs in March." in words
    assert "Talks too much." not in words


def test_a_removed_referral_is_not_shown(member):
    make_referral(member, "dana")
    Referral.objects.update(removed_at=NOON)

    assert titles(visitor(member).get("/portal/referrals")) == []


def test_the_overview_shows_the_latest_and_where_the_others_are(member):
    for number in range(7):
        make_referral(member, f"friend{number}", at=NOON + number * DAY)

    response = visitor(member).get("/portal/")

    assert [story.title for story in response.context["referrals"].stories] == [f"Friend{n}" for n in (6, 5, 4, 3, 2)]
    assert 'href="/portal/referrals">See all' in response.content.decode()


def test_a_long_list_has_pages(member):
    for number in range(23):
        make_referral(member, f"friend{number}", at=NOON + number * DAY)
    browser = visitor(member)

    first = browser.get("/portal/referrals")
    link = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1]
    second = browser.get(link)

    assert [len(titles(page)) for page in (first, second)] == [20, 3]
    assert "Newest</a>" in second.content.decode()
    assert 'rel="next"' not in second.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_beyond_the_end_there_is_nothing_and_a_way_back(member, name):
    cursor = "0.1" if name == "referrals" else "0"

    page = visitor(member).get(f"/portal/{name}", {"after": cursor}).content.decode()

    assert "There are no earlier ones." in page
    assert f'href="/portal/{name}">Newest</a>' in page


def grow(member, number: int) -> None:
    """So many referrals, each with a reward that was paid out by a payout of its own."""
    for index in range(number):
        start = NOON + index * 50 * DAY
        pay(make_referral(member, f"{member.person.external_id}-friend{index}", at=start), 40_00, at=start)
        mature_pending(at=start + 31 * DAY)
        pay_out(member, at=start + 40 * DAY)


@pytest.mark.parametrize("path", ["", *LISTS])
def test_a_page_of_three_costs_what_one_of_one_costs(program, path):
    one, three = make_member(program, "one"), make_member(program, "three")
    grow(one, 1)
    grow(three, 3)
    counts = []

    for each, rows in ((one, 1), (three, 3)):
        browser = visitor(each)
        browser.get("/portal/")  # networks and devices are remembered once
        with CaptureQueriesContext(connection) as queries:
            response = browser.get(f"/portal/{path}")
        chapters = [response.context.get(name) for name in LISTS] if not path else [response.context["chapter"]]
        assert [len(chapter.stories) for chapter in chapters] == [rows] * len(chapters)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= (22 if not path else 3)


def test_charlie_sees_nothing_of_acme_s(member, globex):
    prosper(member, now=timezone.now())
    charlie = make_member(make_program(globex), "alice", code="ALICE")
    doors = [(visitor(charlie), "/portal/"), (visitor(), f"/pe/{token_for(charlie, View.EMBED)}/")]

    for browser, base in doors:
        for name in ["", *LISTS]:
            page = browser.get(f"{base}{name}").content.decode()
            assert titles(browser.get(f"{base}{name}")) == []
            assert re.findall(r"Acme|acme|Nils|Leo|\$[1-9]", page) == []


def test_another_member_s_cursor_leads_to_one_s_own_rows(member, program):
    bea = make_member(program, "bea")
    for number in range(2):
        make_referral(member, f"friend{number}", at=NOON + number * DAY)
    make_referral(bea, "hers", at=NOON - DAY)
    newest = Referral.objects.filter(referrer=member).order_by("-pk").first()
    micros = int(newest.attributed_at.timestamp() * 1_000_000)

    response = visitor(bea).get("/portal/referrals", {"after": f"{micros}.{newest.pk}"})

    assert titles(response) == ["Hers h•••@h•••.example"]


def test_a_disabled_member_keeps_what_they_earned_and_shares_nothing(member):
    prosper(member, now=timezone.now())
    Member.objects.filter(pk=member.pk).update(status="Disabled", disabled_reason="MemberLimitHit")
    browser = visitor(member)

    page = browser.get("/portal/").content.decode()

    assert "Your link is paused." in page
    assert "$203.50" in page
    assert re.findall(r"ALICE|MemberLimitHit|<svg|/s/", page) == []
    assert browser.get("/portal/qr.png").status_code == 404
    assert "Your link is paused" in visitor().get(f"/w/{token_for(member, View.SHARE)}").content.decode()


def test_a_member_whose_code_was_switched_off_shares_nothing(member):
    member.codes.update(is_active=False)

    response = visitor(member).get("/portal/")

    assert response.status_code == 200
    assert "ALICE" not in response.content.decode()


def test_the_qr_code_can_be_kept(member):
    response = visitor(member).get("/portal/qr.png")

    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'attachment; filename="ALICE.png"'
    assert response.content.startswith(b"\x89PNG")


def test_without_a_public_address_the_link_begins_where_it_was_asked_for(member, settings):
    settings.BASE_URL = ""

    page = visitor(member).get("/portal/", headers={"Host": "refer.acme.example"}).content.decode()

    assert 'value="http://refer.acme.example/r/acme/ALICE"' in page


def test_words_of_a_tenant_are_words(member, program):
    program.member_offer, program.title = "<script>alert(1)</script>", '"><img src=x>'
    program.save(update_fields=["member_offer", "title"])

    for path in ("/portal/", f"/w/{token_for(member, View.SHARE)}"):
        page = visitor(member).get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page


def test_the_widget_holds_the_link_and_nothing_of_what_was_earned(member):
    prosper(member, now=timezone.now())

    page = visitor().get(f"/w/{token_for(member, View.SHARE)}").content.decode()

    assert "/r/acme/ALICE" in page
    assert "/s/whatsapp/acme/ALICE" in page
    assert re.findall(r"Nils|Alice|203\.50|37\.25|/pe/", page) == []


def test_the_widget_counts_as_a_view(member):
    visitor().get(f"/w/{token_for(member, View.SHARE)}")

    member.refresh_from_db()
    assert (member.views, member.last_view_ip) == (1, "198.51.100.7")
