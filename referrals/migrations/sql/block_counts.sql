-- How many referrals and people there are in each block of ids, exactly and at once: by deltas, as touches are counted.
-- Whatever changes them appends what it changes the counts by, in its own transaction; a sweep folds these deltas.

CREATE VIEW referrals_blocks_counted AS
SELECT tenant_id, kind, owner_id, block, word, n FROM referrals_blockcount
UNION ALL
SELECT tenant_id, kind, owner_id, block, word, n FROM referrals_blockdelta;

-- A referral that is not removed counts for its tenant (owner 0) and for its referrer, by the moderation of both sides.
CREATE FUNCTION referrals_note_referrals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO referrals_blockdelta (tenant_id, kind, owner_id, block, word, n)
        SELECT r.tenant_id, 'referral', o.owner_id, r.id >> 10, r.referrer_moderation || ' ' || r.referred_moderation,
               count(*)
        FROM fresh r CROSS JOIN LATERAL (VALUES (0), (r.referrer_id)) o (owner_id)
        WHERE r.removed_at IS NULL GROUP BY 1, 3, 4, 5;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO referrals_blockdelta (tenant_id, kind, owner_id, block, word, n)
        SELECT r.tenant_id, 'referral', o.owner_id, r.id >> 10, r.referrer_moderation || ' ' || r.referred_moderation,
               -count(*)
        FROM stale r CROSS JOIN LATERAL (VALUES (0), (r.referrer_id)) o (owner_id)
        WHERE r.removed_at IS NULL GROUP BY 1, 3, 4, 5;
    ELSE
        INSERT INTO referrals_blockdelta (tenant_id, kind, owner_id, block, word, n)
        SELECT r.tenant_id, 'referral', o.owner_id, r.id >> 10, r.word, r.sign
        FROM (VALUES
            (OLD.tenant_id, OLD.id, OLD.referrer_id, OLD.removed_at,
             OLD.referrer_moderation || ' ' || OLD.referred_moderation, -1),
            (NEW.tenant_id, NEW.id, NEW.referrer_id, NEW.removed_at,
             NEW.referrer_moderation || ' ' || NEW.referred_moderation, 1)
        ) r (tenant_id, id, referrer_id, removed_at, word, sign)
        CROSS JOIN LATERAL (VALUES (0), (r.referrer_id)) o (owner_id)
        WHERE r.removed_at IS NULL;
    END IF;
    RETURN NULL;
END $$;

-- A person who is not removed and has an external id counts for their tenant.
CREATE FUNCTION referrals_note_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO referrals_blockdelta (tenant_id, kind, owner_id, block, word, n)
        SELECT p.tenant_id, 'person', 0, p.id >> 10, '', count(*) FROM fresh p
        WHERE p.external_id IS NOT NULL AND p.removed_at IS NULL GROUP BY 1, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO referrals_blockdelta (tenant_id, kind, owner_id, block, word, n)
        SELECT p.tenant_id, 'person', 0, p.id >> 10, '', -count(*) FROM stale p
        WHERE p.external_id IS NOT NULL AND p.removed_at IS NULL GROUP BY 1, 4;
    ELSE
        INSERT INTO referrals_blockdelta (tenant_id, kind, owner_id, block, word, n)
        SELECT p.tenant_id, 'person', 0, p.id >> 10, '', p.sign
        FROM (VALUES
            (OLD.tenant_id, OLD.id, OLD.external_id, OLD.removed_at, -1),
            (NEW.tenant_id, NEW.id, NEW.external_id, NEW.removed_at, 1)
        ) p (tenant_id, id, external_id, removed_at, sign)
        WHERE p.external_id IS NOT NULL AND p.removed_at IS NULL;
    END IF;
    RETURN NULL;
END $$;

-- Rows come many at once, and are noted together. Of the many changes of a row few touch the counts: those are noted one
-- by one, and the others do not so much as call the function.
CREATE TRIGGER referral_inserted AFTER INSERT ON referrals_referral
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_referrals();
CREATE TRIGGER referral_deleted AFTER DELETE ON referrals_referral
REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_referrals();
CREATE TRIGGER referral_recounted AFTER UPDATE ON referrals_referral FOR EACH ROW
WHEN ((OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL)
      OR OLD.referrer_moderation <> NEW.referrer_moderation OR OLD.referred_moderation <> NEW.referred_moderation
      OR OLD.referrer_id <> NEW.referrer_id OR OLD.tenant_id <> NEW.tenant_id OR OLD.id <> NEW.id)
EXECUTE FUNCTION referrals_note_referrals();

CREATE TRIGGER person_inserted AFTER INSERT ON referrals_person
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_people();
CREATE TRIGGER person_deleted AFTER DELETE ON referrals_person
REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION referrals_note_people();
CREATE TRIGGER person_recounted AFTER UPDATE ON referrals_person FOR EACH ROW
WHEN ((OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL)
      OR (OLD.external_id IS NULL) <> (NEW.external_id IS NULL)
      OR OLD.tenant_id <> NEW.tenant_id OR OLD.id <> NEW.id)
EXECUTE FUNCTION referrals_note_people();

-- Count anew, for rows that came in past the triggers; nothing may write them meanwhile.
CREATE FUNCTION referrals_recount_blocks() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE referrals_person, referrals_referral IN SHARE MODE;
    LOCK TABLE referrals_blockdelta IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM referrals_blockdelta;
    DELETE FROM referrals_blockcount;
    INSERT INTO referrals_blockcount (tenant_id, kind, owner_id, block, word, n)
    SELECT r.tenant_id, 'referral', o.owner_id, r.id >> 10, r.referrer_moderation || ' ' || r.referred_moderation,
           count(*)
    FROM referrals_referral r CROSS JOIN LATERAL (VALUES (0), (r.referrer_id)) o (owner_id)
    WHERE r.removed_at IS NULL GROUP BY 1, 3, 4, 5
    UNION ALL
    SELECT tenant_id, 'person', 0, id >> 10, '', count(*) FROM referrals_person
    WHERE external_id IS NOT NULL AND removed_at IS NULL GROUP BY 1, 4;
$$;
SELECT referrals_recount_blocks();
