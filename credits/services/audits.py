"""The audits of `check_books`: each a query that selects the rows that should not be, as one line of text each."""

# What each reward's own entries leave in a bucket, beside what its state says should be there. What is clawed back of
# a reward that was paid out is a line of its own, and leaves the reward as it was.
REWARD_STATES = """
WITH fold AS (
    SELECT reward_id,
           coalesce(sum(amount) FILTER (WHERE credit = 'pending'), 0)
               - coalesce(sum(amount) FILTER (WHERE debit = 'pending'), 0) AS pending,
           coalesce(sum(amount) FILTER (WHERE credit = 'available' AND kind <> 'reinstate'), 0)
               - coalesce(sum(amount) FILTER (WHERE debit = 'available' AND kind <> 'clawback'), 0) AS available,
           coalesce(sum(amount) FILTER (WHERE kind = 'redeem'), 0) AS redeemed
    FROM credits_ledgerentry WHERE reward_id IS NOT NULL GROUP BY reward_id
)
SELECT format('reward %s is %s with %s in pending and %s in available by its entries, of %s %s less %s and %s',
              w.id, w.status, coalesce(f.pending, 0), coalesce(f.available, 0), w.amount, w.currency,
              w.reversed_amount, w.redeemed_amount)
FROM credits_reward w LEFT JOIN fold f ON f.reward_id = w.id
WHERE coalesce(f.pending, 0) <> CASE w.status WHEN 'pending' THEN w.amount - w.reversed_amount ELSE 0 END
   OR coalesce(f.available, 0) <> CASE WHEN w.status IN ('available', 'processing', 'issued')
                                       THEN w.amount - w.reversed_amount - w.redeemed_amount ELSE 0 END
   OR coalesce(f.redeemed, 0) <> w.redeemed_amount
ORDER BY w.id
"""

# What a reward gave back beside the same part of what its payment gave back, rounded half-even.
REWARD_REVERSALS = """
WITH owed AS (
    SELECT w.id, w.status, w.reversed_amount, coalesce(p.returned_amount, 0) AS returned, p.paid_amount,
           coalesce(div(w.amount::numeric * p.returned_amount, p.paid_amount), 0) AS whole,
           2 * mod(w.amount::numeric * p.returned_amount, p.paid_amount) AS rest
    FROM credits_reward w LEFT JOIN credits_payment p ON p.action_id = w.action_id
), clawed AS (
    SELECT reward_id, sum(CASE kind WHEN 'clawback' THEN amount ELSE -amount END) AS amount
    FROM credits_ledgerentry WHERE kind IN ('clawback', 'reinstate') GROUP BY reward_id
)
SELECT format('reward %s (%s) gave back %s and %s, while %s of %s of its payment went back',
              o.id, o.status, o.reversed_amount, coalesce(c.amount, 0), o.returned, coalesce(o.paid_amount, 0))
FROM owed o LEFT JOIN clawed c ON c.reward_id = o.id
WHERE o.reversed_amount + coalesce(c.amount, 0)
      <> o.whole + CASE WHEN rest > paid_amount OR (rest = paid_amount AND mod(whole, 2) = 1) THEN 1 ELSE 0 END
ORDER BY o.id
"""

# The same sums as `reversals.add_up`, made by the database.
PAYMENT_REVERSALS = """
WITH told AS (
    SELECT payment_id, charge, bool_or(kind = 'void' AND state = 1) AS is_void,
           coalesce(sum(amount) FILTER (WHERE kind IN ('credit_note', 'dispute') AND state = 1), 0) AS others,
           coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND state = 1), 0) AS standing,
           coalesce(sum(amount) FILTER (WHERE kind = 'refunds'), 0)
               - coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS unaccounted
    FROM credits_reversal GROUP BY payment_id, charge
), summed AS (
    SELECT payment_id, bool_or(is_void) AS is_void,
           sum(others) + coalesce(sum(standing) FILTER (WHERE charge <> ''), 0)
               + greatest(sum(standing) FILTER (WHERE charge = ''), sum(greatest(unaccounted, 0)), 0) AS amount
    FROM told GROUP BY payment_id
), returned AS (
    SELECT p.*, CASE WHEN s.is_void THEN p.paid_amount ELSE least(p.paid_amount, coalesce(s.amount, 0)) END AS due
    FROM credits_payment p LEFT JOIN summed s ON s.payment_id = p.id WHERE p.paid_amount IS NOT NULL
)
SELECT format('payment %s has %s returned of %s, its reversals say %s', id, returned_amount, paid_amount, due)
FROM returned WHERE returned_amount <> due ORDER BY id
"""

OPEN_DISPUTES = """
WITH disputed AS (SELECT DISTINCT payment_id FROM credits_reversal WHERE kind = 'dispute' AND state = 0)
SELECT format('payment %s is %s by its disputes', p.id, CASE WHEN d.payment_id IS NULL THEN 'free' ELSE 'frozen' END)
FROM credits_payment p LEFT JOIN disputed d ON d.payment_id = p.id
WHERE (p.disputed_at IS NULL) <> (d.payment_id IS NULL) ORDER BY p.id
"""

ENTRY_OWNERS = """
SELECT format('entry %s (%s) is booked for person %s in %s, its reward %s is for person %s in %s',
              e.id, e.key, e.person_id, e.currency, w.id, w.person_id, w.currency)
FROM credits_ledgerentry e JOIN credits_reward w ON w.id = e.reward_id
WHERE (e.tenant_id, e.person_id, e.currency) IS DISTINCT FROM (w.tenant_id, w.person_id, w.currency)
ORDER BY e.id
"""

REWARD_OWNERS = """
SELECT format('reward %s does not belong to its referral %s, action %s, rule %s or person %s',
              w.id, w.referral_id, w.action_id, w.rule_id, w.person_id)
FROM credits_reward w
JOIN referrals_person h ON h.id = w.person_id
JOIN referrals_program p ON p.id = w.program_id
LEFT JOIN referrals_referral r ON r.id = w.referral_id
LEFT JOIN referrals_member m ON m.id = r.referrer_id
LEFT JOIN referrals_action a ON a.id = w.action_id
LEFT JOIN credits_rewardrule u ON u.id = w.rule_id
WHERE a.referral_id <> r.id OR u.side <> w.side OR r.program_id <> p.id
   OR w.person_id <> CASE w.side WHEN 'referrer' THEN m.person_id ELSE r.referred_id END
   OR w.tenant_id <> ANY (array_remove(ARRAY[r.tenant_id, a.tenant_id, u.tenant_id, p.tenant_id, h.tenant_id], NULL))
ORDER BY w.id
"""

DENIED_SIDES = """
SELECT format('reward %s is %s though its side of referral %s is denied', w.id, w.status, r.id)
FROM credits_reward w JOIN referrals_referral r ON r.id = w.referral_id
WHERE w.status IN ('pending', 'available') AND w.rule_id IS NOT NULL
  AND CASE w.side WHEN 'referrer' THEN r.referrer_moderation ELSE r.referred_moderation END = 'DENIED'
ORDER BY w.id
"""

REFERRAL_STATES = """
SELECT format('referral %s is %s with %s rewards that stand', r.id, r.status, count(w.id))
FROM referrals_referral r LEFT JOIN credits_reward w
  ON w.referral_id = r.id AND w.status <> 'reverted' AND w.rule_id IS NOT NULL
WHERE r.status IN ('attributed', 'expired', 'rejected', 'qualified')
GROUP BY r.id HAVING count(w.id) > 0
UNION ALL
SELECT format('referral %s is rewarded but was granted nothing', r.id)
FROM referrals_referral r
WHERE r.status = 'rewarded' AND NOT EXISTS (
    SELECT 1 FROM credits_reward w WHERE w.referral_id = r.id AND w.rule_id IS NOT NULL)
"""

NEGATIVE_BUCKETS = """
WITH legs AS (
    SELECT person_id, currency, credit AS bucket, amount FROM credits_ledgerentry
    UNION ALL SELECT person_id, currency, debit, -amount FROM credits_ledgerentry
)
SELECT format('person %s has %s %s in %s', person_id, sum(amount), currency, bucket)
FROM legs WHERE bucket IN ('pending', 'reserved', 'paid')
GROUP BY person_id, currency, bucket HAVING sum(amount) < 0
ORDER BY person_id
"""

AUDITS = {
    "reward states": REWARD_STATES,
    "reward reversals": REWARD_REVERSALS,
    "payment reversals": PAYMENT_REVERSALS,
    "open disputes": OPEN_DISPUTES,
    "entry owners": ENTRY_OWNERS,
    "reward owners": REWARD_OWNERS,
    "denied sides": DENIED_SIDES,
    "referral states": REFERRAL_STATES,
    "negative buckets": NEGATIVE_BUCKETS,
}
