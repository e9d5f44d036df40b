-- What every process must hear within a second: credentials that ended, or that must be looked up again.
--
-- Written by triggers, so in the transaction that ends them and whoever does it: a service, an administrator with SQL,
-- a cascade. A service that had to remember to tell would one day forget.

CREATE TABLE revocation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The database's clock: several machines read it.
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whether what is open in its name is closed; if not, it is only looked up again.
    ends boolean NOT NULL,
    credential_id uuid,
    device_id uuid,
    agent_id uuid,
    account_id uuid,
    org_id uuid,
    CHECK (num_nonnulls(credential_id, device_id, agent_id, account_id) >= 1)
);
CREATE INDEX revocation_at ON revocation (at);

CREATE FUNCTION credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocation (ends, credential_id) VALUES (TG_ARGV[0]::boolean, OLD.id);
    RETURN NULL;
END $$;

CREATE TRIGGER session_ended AFTER UPDATE OF revoked_at ON session
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION credential_changed('true');
CREATE TRIGGER session_deleted AFTER DELETE ON session
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL) EXECUTE FUNCTION credential_changed('true');
CREATE TRIGGER session_changed AFTER UPDATE OF token_hash, device_id, org_id ON session
    FOR EACH ROW EXECUTE FUNCTION credential_changed('false');

CREATE TRIGGER api_key_ended AFTER UPDATE OF revoked_at ON api_key
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION credential_changed('true');
CREATE TRIGGER api_key_deleted AFTER DELETE ON api_key
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL) EXECUTE FUNCTION credential_changed('true');
-- A rotation without grace ends the key like a revocation.
CREATE TRIGGER api_key_rotated AFTER UPDATE OF grace_until ON api_key
    FOR EACH ROW WHEN (NEW.grace_until <= clock_timestamp()) EXECUTE FUNCTION credential_changed('true');
CREATE TRIGGER api_key_changed AFTER UPDATE OF grace_until, expires_at, scopes ON api_key
    FOR EACH ROW EXECUTE FUNCTION credential_changed('false');

CREATE FUNCTION device_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocation (ends, device_id) VALUES (true, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER device_revoked AFTER UPDATE OF revoked_at ON device
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION device_revoked();
CREATE TRIGGER device_deleted AFTER DELETE ON device FOR EACH ROW EXECUTE FUNCTION device_revoked();

CREATE FUNCTION agent_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocation (ends, agent_id) VALUES (TG_ARGV[0]::boolean, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER agent_deleted AFTER DELETE ON agent FOR EACH ROW EXECUTE FUNCTION agent_changed('true');
CREATE TRIGGER agent_stopped AFTER UPDATE OF status ON agent
    FOR EACH ROW WHEN (OLD.status = 'active' AND NEW.status <> 'active') EXECUTE FUNCTION agent_changed('true');
CREATE TRIGGER agent_changed AFTER UPDATE OF status, account_id, name ON agent
    FOR EACH ROW EXECUTE FUNCTION agent_changed('false');

CREATE FUNCTION account_disabled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocation (ends, account_id) VALUES (true, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER account_disabled AFTER UPDATE OF disabled_at ON account
    FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION account_disabled();

CREATE FUNCTION membership_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocation (ends, account_id, org_id) VALUES (TG_ARGV[0]::boolean, OLD.account_id, OLD.org_id);
    RETURN NULL;
END $$;
CREATE TRIGGER membership_ended AFTER DELETE ON membership
    FOR EACH ROW EXECUTE FUNCTION membership_changed('true');
CREATE TRIGGER membership_changed AFTER UPDATE OF role ON membership
    FOR EACH ROW WHEN (OLD.role <> NEW.role) EXECUTE FUNCTION membership_changed('false');
