-- Touches: the table that grows. Rows carry time-ordered ids, and a month is a range of ids: a partition that can be
-- dropped whole. Nothing refers to this table by a foreign key, and it refers to none, so a click costs one insert.

CREATE SEQUENCE referrals_attribution_seq AS bigint MINVALUE 0 MAXVALUE 1048575 START 0 CYCLE CACHE 32;

-- The least id of an instant: milliseconds since 1970, shifted by 20 bits.
CREATE FUNCTION referrals_attribution_floor(at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT floor(extract(epoch FROM at) * 1000)::bigint << 20 $$;

CREATE FUNCTION referrals_attribution_id(at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE AS $$ SELECT referrals_attribution_floor(at) | nextval('referrals_attribution_seq') $$;

CREATE TABLE referrals_attribution (
    id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL,
    code_id bigint NOT NULL,
    member_id bigint NOT NULL,
    kind varchar(6) NOT NULL,
    status varchar(9) NOT NULL DEFAULT 'pending',
    verdict varchar(8) NOT NULL DEFAULT 'valid',
    visitor varchar(64) NOT NULL DEFAULT '',
    device bigint NOT NULL,
    ip_address inet,
    user_agent varchar(512) NOT NULL DEFAULT '',
    referrer_url varchar(2048) NOT NULL DEFAULT '',
    landing_path varchar(2048) NOT NULL DEFAULT '',
    utm_source varchar(200) NOT NULL DEFAULT '',
    utm_medium varchar(200) NOT NULL DEFAULT '',
    utm_campaign varchar(200) NOT NULL DEFAULT '',
    occurred_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    new_member_id bigint,
    confirmed_at timestamptz,
    deleted_at timestamptz,
    CONSTRAINT attribution_kind_is_known CHECK (kind IN ('click', 'coupon')),
    CONSTRAINT attribution_status_is_known CHECK (status IN ('pending', 'confirmed')),
    CONSTRAINT attribution_verdict_is_known CHECK (verdict IN ('valid', 'bot', 'prefetch')),
    CONSTRAINT attribution_window_not_negative CHECK (expires_at >= occurred_at)
) PARTITION BY RANGE (id);

CREATE TABLE referrals_attribution_default PARTITION OF referrals_attribution DEFAULT;

CREATE INDEX attribution_repeat ON referrals_attribution (code_id, device, id DESC);
CREATE INDEX attribution_member ON referrals_attribution (member_id, id DESC);
CREATE INDEX attribution_tenant ON referrals_attribution (tenant_id, id DESC);
CREATE INDEX attribution_visitor ON referrals_attribution (visitor, tenant_id) WHERE visitor <> '';

-- Make the partition of one month, taking along rows of that month that an earlier import left in the default one.
CREATE FUNCTION referrals_attribution_month(month date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'referrals_attribution_' || to_char(month, 'YYYY_MM');
    lower bigint := referrals_attribution_floor(date_trunc('month', month::timestamp) AT TIME ZONE 'UTC');
    upper bigint := referrals_attribution_floor(
        (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC'
    );
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('referrals_attribution_month'));
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE referrals_attribution INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format(
        'WITH moved AS (DELETE FROM referrals_attribution_default WHERE id >= %s AND id < %s RETURNING *) '
        'INSERT INTO %I SELECT * FROM moved', lower, upper, name
    );
    EXECUTE format('ALTER TABLE referrals_attribution ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, lower, upper);
    RETURN true;
END $$;
