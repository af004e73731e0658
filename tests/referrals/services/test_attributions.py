"""Clicks: recorded in one query, once a device, and only on codes that may be used."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from referrals.errors import AmbiguousCode, UnknownCode
from referrals.models import Attribution, Code, Member, Person, Program
from referrals.services.attributions import device_of, ensure_partitions, judge_agent, record_click, record_coupon
from referrals.services.members import add_code
from tenants.models import Domain, Tenant
from tests.cast import NOON, make_member, make_person, make_program

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HOME = "198.51.100.7"
FIVE_MINUTES = timedelta(minutes=5)
MILLISECOND = timedelta(milliseconds=1)


def click(code="ALICE", *, ip=HOME, user_agent=FIREFOX, at=NOON, **fields):
    return record_click(code, ip=ip, user_agent=user_agent, at=at, **fields)


def test_click_is_recorded_with_all_that_was_told(alice, program):
    told = {
        "visitor": "v-1", "referrer_url": "https://social.example/post", "landing_path": "/welcome",
        "utm_source": "mail", "utm_medium": "letter", "utm_campaign": "may",
    }  # fmt: skip

    recorded = click(**told)

    touch = Attribution.objects.get()
    assert {name: getattr(touch, name) for name in told} == told
    assert (touch.tenant, touch.code, touch.member) == (alice.tenant, alice.codes.get(), alice)
    assert (touch.kind, touch.status, touch.verdict) == ("click", "pending", "valid")
    assert (touch.ip_address, touch.user_agent, touch.device) == (HOME, FIREFOX, device_of(HOME, FIREFOX))
    assert (touch.occurred_at, touch.recorded_at, touch.expires_at) == (NOON, NOON, NOON + timedelta(days=30))
    assert recorded.public_id == touch.public_id == f"attr_{touch.id:x}"


def test_answer_says_whose_code_it_is(alice, program):
    Program.objects.update(landing_url="https://shop.acme.example/", allowed_origins=["https://blog.acme.example"])

    recorded = click("alice")

    assert (recorded.created, recorded.code, recorded.code_id) == (True, "ALICE", alice.codes.get().pk)
    assert (recorded.tenant_id, recorded.member_id, recorded.program_id) == (alice.tenant_id, alice.pk, program.pk)
    assert (recorded.person_uid, recorded.person_external_id) == (alice.person.uid, "alice")
    assert (recorded.status, recorded.kind, recorded.verdict) == ("pending", "click", "valid")
    assert (recorded.ip_address, recorded.user_agent, recorded.new_member_id) == (HOME, FIREFOX, None)
    assert (recorded.occurred_at, recorded.recorded_at) == (NOON, NOON)
    assert recorded.landing_url == "https://shop.acme.example/"
    assert recorded.allowed_origins == ["https://blog.acme.example"]


def test_click_costs_one_query(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        click()


def test_repeated_click_costs_one_query(alice, django_assert_num_queries):
    click()

    with django_assert_num_queries(1):
        click()


@pytest.mark.parametrize("code", ["alice", "ALICE", "Alice", "  aLICE\t"])
def test_code_is_found_whatever_its_capitals(alice, code):
    assert click(code).code == "ALICE"


@pytest.mark.parametrize("later", [timedelta(0), MILLISECOND, FIVE_MINUTES - MILLISECOND, FIVE_MINUTES])
def test_same_device_within_five_minutes_is_one_touch(alice, later):
    first = click()

    second = click(at=NOON + later)

    assert (first.created, second.created) == (True, False)
    assert second[1:] == first[1:]
    assert Attribution.objects.count() == 1


def test_same_device_after_five_minutes_is_another_touch(alice):
    first = click()

    second = click(at=NOON + FIVE_MINUTES + MILLISECOND)

    assert second.created
    assert second.id > first.id
    assert Attribution.objects.count() == 2


@pytest.mark.parametrize("other", [{"ip": "198.51.100.8"}, {"user_agent": FIREFOX + " Mobile"}])
def test_other_device_is_another_touch(alice, other):
    click()

    assert click(**other).created


def test_same_device_on_another_code_is_another_touch(alice):
    add_code(alice, "SECOND", at=NOON)
    click()

    assert click("SECOND").created


def test_touch_that_was_deleted_is_not_repeated(alice):
    click()
    Attribution.objects.update(deleted_at=NOON)

    assert click().created


def test_preview_does_not_swallow_the_visit_that_follows(alice):
    preview = click(prefetch=True)
    visit = click(at=NOON + MILLISECOND)

    assert (preview.verdict, visit.verdict, visit.created) == ("prefetch", "valid", True)


def test_clicks_in_the_past_do_not_repeat_later_ones(alice):
    click()

    assert click(at=NOON - timedelta(seconds=1)).created


@pytest.mark.parametrize(
    ("user_agent", "prefetch", "verdict"),
    [
        (FIREFOX, False, "valid"),
        (FIREFOX, True, "prefetch"),
        (GOOGLEBOT, False, "bot"),
        (GOOGLEBOT, True, "prefetch"),
        ("", False, "bot"),
        ("   ", False, "bot"),
        ("curl/8.5.0", False, "bot"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", False, "bot"),
        ("WhatsApp/2.23.20.0", False, "bot"),
    ],
)
def test_verdict_of_an_agent(user_agent, prefetch, verdict):
    assert judge_agent(user_agent, prefetch=prefetch) == verdict


@pytest.mark.parametrize(("user_agent", "verdict"), [(GOOGLEBOT, "bot"), ("", "bot")])
def test_bot_is_kept_but_not_counted(alice, user_agent, verdict):
    recorded = click(user_agent=user_agent)

    assert (recorded.created, recorded.verdict) == (True, verdict)
    assert (Attribution.objects.count(), Attribution.objects.all().valid().count()) == (1, 0)


def test_device_cannot_be_told_without_the_key(settings):
    before = device_of(HOME, FIREFOX)
    settings.SECRET_KEY = "another key"

    assert device_of(HOME, FIREFOX) != before
    assert 0 <= before < 2**63


def test_long_values_are_cut(alice):
    click(user_agent=FIREFOX + "x" * 1000, visitor="v" * 100, referrer_url="https://a.example/" + "r" * 3000)

    touch = Attribution.objects.get()
    assert (len(touch.user_agent), len(touch.visitor), len(touch.referrer_url)) == (512, 64, 2048)


def test_no_address_is_no_address(alice):
    assert click(ip="").ip_address is None


SPOILERS = {
    "code is off": (Code, {"is_active": False}),
    "code starts later": (Code, {"starts_at": NOON + timedelta(microseconds=1)}),
    "code has ended": (Code, {"ends_at": NOON}),
    "member is disabled": (Member, {"status": "Disabled"}),
    "member is removed": (Member, {"removed_at": NOON}),
    "program is off": (Program, {"is_active": False}),
    "person is blocked": (Person, {"blocked_at": NOON}),
    "tenant is off": (Tenant, {"is_active": False}),
}


@pytest.mark.parametrize("spoiler", SPOILERS)
def test_click_on_what_may_not_be_used_is_unknown(alice, spoiler):
    model, fields = SPOILERS[spoiler]
    model.objects.update(**fields)

    with pytest.raises(UnknownCode) as caught:
        click()

    assert (type(caught.value), caught.value.code, caught.value.field) == (UnknownCode, "unknown_code", "code")
    assert Attribution.objects.count() == 0


@pytest.mark.parametrize("fields", [{"starts_at": NOON}, {"ends_at": NOON + timedelta(microseconds=1)}])
def test_code_may_be_used_from_its_start_until_just_before_its_end(alice, fields):
    Code.objects.update(**fields)

    assert click().created


@pytest.mark.parametrize("code", ["", "NOBODY", "ALIC", "ALICE2", "%", "A_ICE", "' OR 1=1 --", "x" * 500])
def test_unknown_code(alice, code):
    with pytest.raises(UnknownCode):
        click(code)


@pytest.fixture
def charlie(globex) -> Member:
    """Charlie has the same code as Alice, at another tenant."""
    return make_member(make_program(globex), "charlie", code="Alice")


def test_code_of_two_tenants_is_ambiguous(alice, charlie):
    with pytest.raises(AmbiguousCode):
        click()

    assert Attribution.objects.count() == 0


def test_tenant_tells_whose_code_is_meant(alice, charlie):
    assert click(tenant=charlie.tenant).member_id == charlie.pk
    assert click(tenant=alice.tenant).member_id == alice.pk


def test_host_tells_whose_code_is_meant(alice, charlie):
    Domain.objects.create(tenant=charlie.tenant, host="go.globex.example")

    assert click(host="go.globex.example").member_id == charlie.pk
    with pytest.raises(AmbiguousCode):
        click(host="elsewhere.example")


def test_host_of_one_tenant_does_not_serve_codes_of_another(alice, globex):
    Domain.objects.create(tenant=globex, host="go.globex.example")

    with pytest.raises(UnknownCode):
        click(host="go.globex.example")


def test_code_that_only_one_of_the_tenants_may_use_is_not_ambiguous(alice, charlie):
    Member.objects.filter(pk=charlie.pk).update(status=Member.Status.DISABLED)

    assert click().member_id == alice.pk


def test_code_is_not_found_at_another_tenant(alice, globex):
    with pytest.raises(UnknownCode):
        click(tenant=globex)


def test_window_is_that_of_the_time_of_the_touch(alice):
    Program.objects.update(attribution_window_days=7)
    click()

    Program.objects.update(attribution_window_days=90)

    assert Attribution.objects.get().expires_at == NOON + timedelta(days=7)


def test_window_counts_from_when_the_touch_happened(alice):
    earlier = NOON - timedelta(days=2)

    recorded = click(occurred_at=earlier)

    touch = Attribution.objects.get()
    assert (touch.occurred_at, touch.expires_at) == (earlier, earlier + timedelta(days=30))
    assert (recorded.occurred_at, recorded.recorded_at) == (earlier, NOON)


def test_window_is_days_of_24_hours_also_over_a_change_of_clocks(alice):
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)

    click(at=before)

    assert Attribution.objects.get().expires_at - before == timedelta(days=30)


def test_coupon_is_a_touch_without_a_device(alice):
    dana = make_person(alice.tenant, "dana")

    recorded = record_coupon("alice", person=dana, at=NOON)

    assert (recorded.created, recorded.kind, recorded.verdict) == (True, "coupon", "valid")
    assert (recorded.ip_address, recorded.user_agent) == (None, "")


def test_coupons_of_two_people_are_two_touches(alice):
    dana, erin = (make_person(alice.tenant, name) for name in ("dana", "erin"))

    answers = [record_coupon("ALICE", person=person, at=NOON).created for person in (dana, dana, erin)]

    assert answers == [True, False, True]


def partition_of(touch_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM referrals_attribution WHERE id = %s", [touch_id])
        return cursor.fetchone()[0]


def test_partitions_are_made_for_each_month_and_once(alice):
    first, last = date(2031, 11, 30), date(2032, 2, 1)

    assert ensure_partitions(first=first, last=last) == 4
    assert ensure_partitions(first=first, last=last) == 0


def test_touch_lands_in_the_partition_of_its_month(alice):
    ensure_partitions(first=date(2031, 12, 1), last=date(2032, 1, 1))
    new_year = datetime(2032, 1, 1, tzinfo=UTC)

    before, after = click(at=new_year - MILLISECOND), click(at=new_year + FIVE_MINUTES)

    assert partition_of(before.id) == "referrals_attribution_2031_12"
    assert partition_of(after.id) == "referrals_attribution_2032_01"


def test_new_partition_takes_along_the_rows_of_its_month(alice):
    stray, other = click(at=datetime(2031, 12, 31, tzinfo=UTC)), click(at=datetime(2032, 1, 1, tzinfo=UTC))
    assert {partition_of(stray.id), partition_of(other.id)} == {"referrals_attribution_default"}

    ensure_partitions(first=date(2031, 12, 1), last=date(2031, 12, 1))

    assert partition_of(stray.id) == "referrals_attribution_2031_12"
    assert partition_of(other.id) == "referrals_attribution_default"
    assert Attribution.objects.count() == 2


def test_repeat_is_found_across_the_border_of_two_months(alice):
    ensure_partitions(first=date(2031, 12, 1), last=date(2032, 1, 1))
    new_year = datetime(2032, 1, 1, tzinfo=UTC)
    first = click(at=new_year - MILLISECOND)

    assert click(at=new_year).id == first.id
