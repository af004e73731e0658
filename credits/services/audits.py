"""The audits of `check_books`: each a query that selects the rows that should not be, as one line of text each."""

# What each reward's own entries leave in a bucket, beside what its state says should be there.
REWARD_STATES = """
WITH fold AS (
    SELECT reward_id,
           coalesce(sum(amount) FILTER (WHERE credit = 'pending'), 0)
               - coalesce(sum(amount) FILTER (WHERE debit = 'pending'), 0) AS pending,
           coalesce(sum(amount) FILTER (WHERE credit = 'available'), 0)
               - coalesce(sum(amount) FILTER (WHERE debit = 'available'), 0) AS available
    FROM credits_ledgerentry WHERE reward_id IS NOT NULL GROUP BY reward_id
)
SELECT format('reward %s is %s with %s in pending and %s in available by its entries, of %s %s',
              w.id, w.status, coalesce(f.pending, 0), coalesce(f.available, 0), w.amount, w.currency)
FROM credits_reward w LEFT JOIN fold f ON f.reward_id = w.id
WHERE coalesce(f.pending, 0) <> CASE w.status WHEN 'pending' THEN w.amount ELSE 0 END
   OR coalesce(f.available, 0)
      <> CASE WHEN w.status IN ('available', 'processing', 'issued') THEN w.amount ELSE 0 END
ORDER BY w.id
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
JOIN referrals_referral r ON r.id = w.referral_id
JOIN referrals_member m ON m.id = r.referrer_id
JOIN referrals_action a ON a.id = w.action_id
JOIN credits_rewardrule u ON u.id = w.rule_id
JOIN referrals_person h ON h.id = w.person_id
WHERE a.referral_id <> r.id OR u.side <> w.side
   OR w.person_id <> CASE w.side WHEN 'referrer' THEN m.person_id ELSE r.referred_id END
   OR w.tenant_id <> ALL (ARRAY[r.tenant_id, a.tenant_id, u.tenant_id, h.tenant_id])
ORDER BY w.id
"""

DENIED_SIDES = """
SELECT format('reward %s is %s though its side of referral %s is denied', w.id, w.status, r.id)
FROM credits_reward w JOIN referrals_referral r ON r.id = w.referral_id
WHERE w.status IN ('pending', 'available')
  AND CASE w.side WHEN 'referrer' THEN r.referrer_moderation ELSE r.referred_moderation END = 'DENIED'
ORDER BY w.id
"""

REFERRAL_STATES = """
SELECT format('referral %s is %s with %s rewards that stand', r.id, r.status, count(w.id))
FROM referrals_referral r LEFT JOIN credits_reward w ON w.referral_id = r.id AND w.status <> 'reverted'
WHERE r.status IN ('attributed', 'expired', 'rejected', 'qualified')
GROUP BY r.id HAVING count(w.id) > 0
UNION ALL
SELECT format('referral %s is rewarded but was granted nothing', r.id)
FROM referrals_referral r
WHERE r.status = 'rewarded' AND NOT EXISTS (SELECT 1 FROM credits_reward w WHERE w.referral_id = r.id)
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
    "entry owners": ENTRY_OWNERS,
    "reward owners": REWARD_OWNERS,
    "denied sides": DENIED_SIDES,
    "referral states": REFERRAL_STATES,
    "negative buckets": NEGATIVE_BUCKETS,
}
