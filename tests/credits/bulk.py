"""Many credits at once: copies, made in SQL, of what one payment through the services left behind."""

from datetime import datetime

from django.db import connection

from credits.models import Reward
from referrals.models import Member
from tests.cast import NOON, make_referral, pay

# Who is copied, then one row each for the payments and for the rewards of the copies, with their new ids.
NUMBERS = """
CREATE TEMP TABLE copied AS
SELECT nextval(pg_get_serial_sequence('referrals_person', 'id')) AS person,
       nextval(pg_get_serial_sequence('referrals_referral', 'id')) AS referral
FROM generate_series(1, {referrals});

CREATE TEMP TABLE paid AS
SELECT copied.*, number, nextval(pg_get_serial_sequence('referrals_action', 'id')) AS action
FROM copied, generate_series(1, {payments}) AS number;

CREATE TEMP TABLE earned AS
SELECT paid.*, side, nextval(pg_get_serial_sequence('credits_reward', 'id')) AS reward
FROM paid, unnest(ARRAY['referrer', 'referred']) AS side WHERE side = 'referrer' OR number = 1;
"""
# table, the rows to copy, one copy for each row of, and the columns that differ
COPIES = [
    (
        "referrals_person", "id = {person}", "copied",
        "'id', person, 'uid', gen_random_uuid(), 'external_id', 'copy-' || person",
    ),
    (
        "referrals_referral", "id = {referral}", "copied",
        "'id', referral, 'uid', gen_random_uuid(), 'referred_id', person",
    ),
    (
        "referrals_action", "referral_id = {referral}", "paid",
        "'id', action, 'referral_id', referral, 'key', 'copy-' || action",
    ),
    (
        "credits_reward", "referral_id = {referral} AND original.side = copy.side", "earned AS copy",
        "'id', reward, 'uid', gen_random_uuid(), 'referral_id', referral, 'action_id', action, "
        "'person_id', CASE copy.side WHEN 'referred' THEN copy.person ELSE original.person_id END",
    ),
    (
        "credits_ledgerentry",
        "reward_id = (SELECT id FROM credits_reward w WHERE w.referral_id = {referral} AND w.side = copy.side)",
        "earned AS copy",
        "'id', nextval(pg_get_serial_sequence('credits_ledgerentry', 'id')), 'reward_id', reward, 'key', "
        "'grant:' || reward, 'person_id', CASE copy.side WHEN 'referred' THEN copy.person ELSE original.person_id END",
    ),
]  # fmt: skip
COPY = """
INSERT INTO {table} SELECT made.* FROM {table} original, {each},
LATERAL jsonb_populate_record(original, jsonb_build_object({columns})) made WHERE original.{rows}
"""


def add_credits(
    referrer: Member, *, referrals: int, payments: int = 1, name: str = "template", at: datetime = NOON
) -> int:
    """Give a referrer so many referrals with so many payments each; return how many credits came of it.

    Each payment is one credit for the referrer, and the first of each referral one for the referred person.
    """
    template = make_referral(referrer, name, at=at)
    pay(template, 4_00, at=at)
    assert Reward.objects.filter(referral=template).count() == 2
    ids = {"referral": template.pk, "person": template.referred_id}
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS.format(referrals=referrals - 1, payments=payments))
        for table, rows, each, columns in COPIES:
            cursor.execute(COPY.format(table=table, rows=rows.format(**ids), each=each, columns=columns))
        cursor.execute("DROP TABLE copied, paid, earned")
    return (referrals - 1) * (payments + 1) + 2
