"""The audits of `check_books` over payouts: each a query that selects the rows that should not be, one line each."""

# What a payout's own entries leave reserved and paid, beside what its state says should be there.
PAYOUT_STATES = """
WITH fold AS (
    SELECT payout,
           coalesce(sum(amount) FILTER (WHERE credit = 'reserved'), 0)
               - coalesce(sum(amount) FILTER (WHERE debit = 'reserved'), 0) AS reserved,
           coalesce(sum(amount) FILTER (WHERE credit = 'paid'), 0)
               - coalesce(sum(amount) FILTER (WHERE debit = 'paid'), 0) AS paid
    FROM credits_ledgerentry WHERE payout IS NOT NULL GROUP BY payout
)
SELECT format('payout %s is %s with %s reserved and %s paid by its entries, of %s %s of which %s came back',
              p.id, p.status, coalesce(f.reserved, 0), coalesce(f.paid, 0), p.amount, p.currency, p.returned_amount)
FROM payouts_payout p LEFT JOIN fold f ON f.payout = p.uid
WHERE coalesce(f.reserved, 0) <> CASE WHEN p.status IN ('held', 'pending', 'processing') THEN p.amount ELSE 0 END
   OR coalesce(f.paid, 0) <> CASE p.status WHEN 'completed' THEN p.amount - p.returned_amount ELSE 0 END
ORDER BY p.id
"""

PAYOUT_OWNERS = """
SELECT format('entry %s (%s) is booked for person %s in %s, its payout %s is for person %s in %s',
              e.id, e.key, e.person_id, e.currency, coalesce(p.id::text, 'that is not there'), p.person_id, p.currency)
FROM credits_ledgerentry e LEFT JOIN payouts_payout p ON p.uid = e.payout
WHERE e.payout IS NOT NULL
  AND (e.tenant_id, e.person_id, e.currency) IS DISTINCT FROM (p.tenant_id, p.person_id, p.currency)
ORDER BY e.id
"""

PAYOUT_ITEMS = """
WITH listed AS (SELECT payout_id, sum(amount) AS amount FROM payouts_payoutitem GROUP BY payout_id)
SELECT format('payout %s of %s lists rewards of %s and carries %s', p.id, p.amount, coalesce(l.amount, 0),
              p.carried_amount)
FROM payouts_payout p LEFT JOIN listed l ON l.payout_id = p.id
WHERE p.amount <> coalesce(l.amount, 0) + p.carried_amount
ORDER BY p.id
"""

# A reward is on its way, or was paid, by the one payout that lists it and is, or was; redeemed ones need none.
PAYOUT_REWARDS = """
WITH standing AS (
    SELECT i.reward_id, p.id, p.status, p.person_id, p.currency
    FROM payouts_payoutitem i JOIN payouts_payout p ON p.id = i.payout_id WHERE NOT i.is_released
)
SELECT format('reward %s is %s, and its payout is %s', w.id, w.status, coalesce(s.status, 'none'))
FROM credits_reward w FULL JOIN standing s ON s.reward_id = w.id
WHERE (w.status IN ('processing', 'issued') OR s.id IS NOT NULL)
  AND w.status IS DISTINCT FROM CASE
        WHEN s.status IN ('held', 'pending', 'processing') THEN 'processing'
        WHEN s.status = 'completed' THEN 'issued'
        WHEN s.id IS NULL AND w.redeemed_amount > 0 THEN 'issued'
      END
UNION ALL
SELECT format('reward %s is for person %s in %s, its payout %s for person %s in %s',
              w.id, w.person_id, w.currency, s.id, s.person_id, s.currency)
FROM credits_reward w JOIN standing s ON s.reward_id = w.id
WHERE (w.person_id, w.currency) IS DISTINCT FROM (s.person_id, s.currency)
"""

AUDITS = {
    "payout states": PAYOUT_STATES,
    "payout owners": PAYOUT_OWNERS,
    "payout items": PAYOUT_ITEMS,
    "payout rewards": PAYOUT_REWARDS,
}
