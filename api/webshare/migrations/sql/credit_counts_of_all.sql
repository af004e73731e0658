-- Also credits that were given by hand and have no referral are counted, as earned by no channel.

-- What a reward is counted as, by status: its tenant's and its person's.
CREATE OR REPLACE FUNCTION webshare_credit_scopes(person bigint, status text)
RETURNS TABLE (person_id bigint, word varchar) LANGUAGE sql IMMUTABLE AS $$
    SELECT owner, (CASE WHEN status IN ('pending', 'reverted') THEN status ELSE 'available' END)::varchar
    FROM (VALUES (0::bigint), (person)) owners (owner)
$$;

-- A plan is kept for the session and must do for one reward and for many, whatever it was made for: hence no join of
-- what was with what is, each reward's code by its index (`OFFSET 0` keeps the planner from turning that round, which
-- would read all that is new once for each referral there is), and none that reads all of a table that happened to be
-- small.
CREATE OR REPLACE FUNCTION webshare_note_credits() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO webshare_creditdelta (tenant_id, person_id, block, mode, status, channel_id, n)
        SELECT w.tenant_id, s.person_id, w.id >> 10, w.mode, s.word, CASE WHEN c.kind = 'coupon' THEN c.id ELSE 0 END,
               count(*)
        FROM fresh w LEFT JOIN LATERAL (
            SELECT c.id, c.kind FROM referrals_referral r JOIN referrals_code c ON c.id = r.code_id
            WHERE r.id = w.referral_id OFFSET 0
        ) c ON true
        CROSS JOIN LATERAL webshare_credit_scopes(w.person_id, w.status) s
        WHERE w.currency = 'USD' GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO webshare_creditdelta (tenant_id, person_id, block, mode, status, channel_id, n)
        SELECT w.tenant_id, s.person_id, w.id >> 10, w.mode, s.word, CASE WHEN c.kind = 'coupon' THEN c.id ELSE 0 END,
               -count(*)
        FROM stale w LEFT JOIN LATERAL (
            SELECT c.id, c.kind FROM referrals_referral r JOIN referrals_code c ON c.id = r.code_id
            WHERE r.id = w.referral_id OFFSET 0
        ) c ON true
        CROSS JOIN LATERAL webshare_credit_scopes(w.person_id, w.status) s
        WHERE w.currency = 'USD' GROUP BY 1, 2, 3, 4, 5, 6;
    ELSE
        INSERT INTO webshare_creditdelta (tenant_id, person_id, block, mode, status, channel_id, n)
        SELECT w.tenant_id, s.person_id, w.block, w.mode, s.word, CASE WHEN c.kind = 'coupon' THEN c.id ELSE 0 END,
               sum(w.n)
        FROM (
            SELECT tenant_id, person_id, id >> 10 AS block, mode, status, referral_id, sum(sign) AS n FROM (
                SELECT tenant_id, person_id, id, mode, status, referral_id, -1 AS sign FROM stale WHERE currency = 'USD'
                UNION ALL
                SELECT tenant_id, person_id, id, mode, status, referral_id, 1 FROM fresh WHERE currency = 'USD'
            ) change
            GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0
        ) w
        LEFT JOIN LATERAL (
            SELECT c.id, c.kind FROM referrals_referral r JOIN referrals_code c ON c.id = r.code_id
            WHERE r.id = w.referral_id OFFSET 0
        ) c ON true
        CROSS JOIN LATERAL webshare_credit_scopes(w.person_id, w.status) s
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(w.n) <> 0;
    END IF;
    RETURN NULL;
END $$;

-- Count anew, for rows that came in past the triggers; nothing may write rewards meanwhile.
CREATE OR REPLACE FUNCTION webshare_recount_credits() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE credits_reward IN SHARE MODE;
    LOCK TABLE webshare_creditdelta IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM webshare_creditdelta;
    DELETE FROM webshare_creditcount;
    INSERT INTO webshare_creditcount (tenant_id, person_id, block, mode, status, channel_id, n)
    SELECT w.tenant_id, s.person_id, w.id >> 10, w.mode, s.word, CASE WHEN c.kind = 'coupon' THEN c.id ELSE 0 END,
           count(*)
    FROM credits_reward w
    LEFT JOIN referrals_referral r ON r.id = w.referral_id LEFT JOIN referrals_code c ON c.id = r.code_id
    CROSS JOIN LATERAL webshare_credit_scopes(w.person_id, w.status) s
    WHERE w.currency = 'USD' GROUP BY 1, 2, 3, 4, 5, 6;
$$;
SELECT webshare_recount_credits();
