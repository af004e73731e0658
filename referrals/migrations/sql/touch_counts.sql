-- How many touches there are, exactly and at once. Whatever changes a touch appends what it changes the counts by, in its
-- own transaction; a sweep folds these deltas into counts. A reader adds both up in one statement, and so in one snapshot:
-- a delta is either still to be folded or in the count, never both and never neither.

-- The counts that one touch is part of: its tenant's (code 0) and its code's, ever and by the time of the touch.
CREATE FUNCTION referrals_touch_scopes(code bigint, hour timestamptz)
RETURNS TABLE (code_id bigint, span varchar, starts_at timestamptz) LANGUAGE sql STABLE AS $$
    VALUES (0::bigint, 'ever'::varchar, 'epoch'::timestamptz), (0, 'hour', hour),
           (code, 'ever', 'epoch'), (code, 'day', date_trunc('day', hour, 'UTC'))
$$;

CREATE VIEW referrals_touches_counted AS
SELECT tenant_id, code_id, span, starts_at, status, is_click, n FROM referrals_touchcount
UNION ALL
SELECT d.tenant_id, s.code_id, s.span, s.starts_at, d.status, d.is_click, d.n
FROM referrals_touchdelta d CROSS JOIN LATERAL referrals_touch_scopes(d.code_id, d.hour) s;

CREATE FUNCTION referrals_note_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO referrals_touchdelta (tenant_id, code_id, hour, status, is_click, n)
        SELECT tenant_id, code_id, date_trunc('hour', occurred_at, 'UTC'), status,
               kind = 'click' AND verdict = 'valid', count(*)
        FROM fresh WHERE deleted_at IS NULL GROUP BY 1, 2, 3, 4, 5;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO referrals_touchdelta (tenant_id, code_id, hour, status, is_click, n)
        SELECT tenant_id, code_id, date_trunc('hour', occurred_at, 'UTC'), status,
               kind = 'click' AND verdict = 'valid', -count(*)
        FROM stale WHERE deleted_at IS NULL GROUP BY 1, 2, 3, 4, 5;
    ELSE
        INSERT INTO referrals_touchdelta (tenant_id, code_id, hour, status, is_click, n)
        SELECT tenant_id, code_id, date_trunc('hour', occurred_at, 'UTC'), status,
               kind = 'click' AND verdict = 'valid', sum(sign)
        FROM (SELECT *, -1 AS sign FROM stale UNION ALL SELECT *, 1 FROM fresh) touch
        WHERE deleted_at IS NULL GROUP BY 1, 2, 3, 4, 5 HAVING sum(sign) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER attribution_inserted AFTER INSERT ON referrals_attribution
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_touches();
CREATE TRIGGER attribution_updated AFTER UPDATE ON referrals_attribution
REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_touches();
CREATE TRIGGER attribution_deleted AFTER DELETE ON referrals_attribution
REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_touches();

-- Count anew, for rows that came in past the triggers; nothing may write touches meanwhile.
CREATE FUNCTION referrals_recount_touches() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE referrals_attribution IN SHARE MODE;
    LOCK TABLE referrals_touchdelta IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM referrals_touchdelta;
    DELETE FROM referrals_touchcount;
    INSERT INTO referrals_touchcount (tenant_id, code_id, span, starts_at, status, is_click, n)
    SELECT t.tenant_id, s.code_id, s.span, s.starts_at, t.status, t.is_click, sum(t.n)
    FROM (
        SELECT tenant_id, code_id, date_trunc('hour', occurred_at, 'UTC') AS hour, status,
               kind = 'click' AND verdict = 'valid' AS is_click, count(*) AS n
        FROM referrals_attribution WHERE deleted_at IS NULL GROUP BY 1, 2, 3, 4, 5
    ) t CROSS JOIN LATERAL referrals_touch_scopes(t.code_id, t.hour) s
    GROUP BY 1, 2, 3, 4, 5, 6;
$$;
SELECT referrals_recount_touches();
