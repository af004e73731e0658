"""Many credits at once: copies, made in SQL, of what one payment through the services left behind."""

from datetime import datetime

from django.db import connection

from credits.models import Reward
from referrals.models import Member
from tests.cast import NOON, make_referral, pay

# A row each for the people, the payments and the rewards to be, with their new ids and the reward to copy.
NUMBERS = """
CREATE TEMP TABLE copied AS
SELECT nextval(pg_get_serial_sequence('referrals_person', 'id')) AS person,
       nextval(pg_get_serial_sequence('referrals_referral', 'id')) AS referral
FROM generate_series(1, {referrals});

CREATE TEMP TABLE paid AS
SELECT copied.*, number, nextval(pg_get_serial_sequence('referrals_action', 'id')) AS action
FROM copied, generate_series(1, {payments}) AS number;

CREATE TEMP TABLE earned AS
SELECT paid.*, side, sample, nextval(pg_get_serial_sequence('credits_reward', 'id')) AS reward
FROM paid, (VALUES ('referrer', {referrer}), ('referred', {referred})) AS samples (side, sample)
WHERE side = 'referrer' OR number = 1;

ANALYZE copied, paid, earned;
"""
OWNER = {"person_id": "CASE copy.side WHEN 'referred' THEN copy.person ELSE original.person_id END"}
# The table, for each row of which other, the row that is copied, and the columns in which the copy differs.
COPIES = [
    (
        "referrals_person", "copied", "id = {person}",
        {"id": "copy.person", "uid": "gen_random_uuid()", "external_id": "'copy-' || copy.person"},
    ),
    (
        "referrals_referral", "copied", "id = {referral}",
        {"id": "copy.referral", "uid": "gen_random_uuid()", "referred_id": "copy.person"},
    ),
    (
        "referrals_action", "paid", "id = {action}",
        {"id": "copy.action", "referral_id": "copy.referral", "key": "'copy-' || copy.action"},
    ),
    (
        "credits_reward", "earned", "id = copy.sample",
        {
            "id": "copy.reward", "uid": "gen_random_uuid()",
            "referral_id": "copy.referral", "action_id": "copy.action", **OWNER,
        },
    ),
    (
        "credits_ledgerentry", "earned", "reward_id = copy.sample",
        {
            "id": "nextval(pg_get_serial_sequence('credits_ledgerentry', 'id'))",
            "reward_id": "copy.reward", "key": "'grant:' || copy.reward", **OWNER,
        },
    ),
]  # fmt: skip
# What is copied is read before anything is added: a scan of a table that grows meanwhile would be quadratic.
COPY = """
WITH originals AS MATERIALIZED (SELECT * FROM {table})
INSERT INTO {table} ({columns}) SELECT {values} FROM {each} copy JOIN originals original ON original.{which}
"""
COLUMNS = (
    "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
)


def add_credits(
    referrer: Member, *, referrals: int, payments: int = 1, name: str = "template", at: datetime = NOON
) -> int:
    """Give a referrer so many referrals with so many payments each; return how many credits came of it.

    Each payment is one credit for the referrer, and the first of each referral one for the referred person.
    """
    template = make_referral(referrer, name, at=at)
    action = pay(template, 4_00, at=at)
    samples = dict(Reward.objects.filter(referral=template).values_list("side", "pk"))
    ids = {"referral": template.pk, "person": template.referred_id, "action": action.pk}
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS.format(referrals=referrals - 1, payments=payments, **samples))
        for table, each, which, differs in COPIES:
            cursor.execute(COLUMNS, [table])
            columns = [name for (name,) in cursor.fetchall()]
            values = [differs.get(name, f"original.{name}") for name in columns]
            told = {"table": table, "each": each, "which": which.format(**ids)}
            cursor.execute(COPY.format(**told, columns=", ".join(columns), values=", ".join(values)))
        cursor.execute("DROP TABLE copied, paid, earned")
        cursor.execute("ANALYZE referrals_person, referrals_referral, referrals_action")
        cursor.execute("ANALYZE credits_reward, credits_ledgerentry")  # or plans are made for empty tables
    return (referrals - 1) * (payments + 1) + 2
