-- The authorization server. Codes, tokens and client secrets are kept as SHA-256 digests.

CREATE TABLE oauth_client (
    id text PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 2000),
    kind text NOT NULL CHECK (kind IN ('registered', 'document')),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    auth_method text NOT NULL CHECK (auth_method IN ('none', 'client_secret_post', 'client_secret_basic')),
    secret_hash bytea CHECK (octet_length(secret_hash) = 32),
    redirect_uris text[] NOT NULL CHECK (cardinality(redirect_uris) <= 10),
    grant_types text[] NOT NULL,
    scopes text[] NOT NULL,
    renews boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- When its document was read (kind 'document').
    read_at timestamptz,
    -- When it first asked a human for something.
    asked_at timestamptz,
    CHECK ((auth_method = 'none') = (secret_hash IS NULL)),
    CHECK ((kind = 'document') = (read_at IS NOT NULL))
);
CREATE INDEX oauth_client_by_time ON oauth_client (created_at);

-- One row a consent: everything issued from it is its family, and dies with it.
CREATE TABLE oauth_grant (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    org_id uuid NOT NULL REFERENCES org ON DELETE CASCADE,
    client_id text NOT NULL REFERENCES oauth_client,
    -- Unknown until the first exchange makes the agent, unless the human chose one that exists.
    agent_id uuid,
    agent_name text NOT NULL CHECK (char_length(agent_name) BETWEEN 1 AND 80),
    names_itself boolean NOT NULL,
    scopes text[] NOT NULL,
    resource text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '90 days'),
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoke_reason text,
    CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE INDEX oauth_grant_by_account ON oauth_grant (account_id, id);
CREATE INDEX oauth_grant_by_client ON oauth_grant (client_id);

CREATE TABLE oauth_code (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    grant_id uuid NOT NULL REFERENCES oauth_grant ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    challenge text NOT NULL CHECK (char_length(challenge) = 43),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX oauth_code_by_grant ON oauth_code (grant_id);

CREATE TABLE oauth_refresh_token (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    grant_id uuid NOT NULL REFERENCES oauth_grant ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    -- The successor follows from the token itself and this salt; the database knows only the latter.
    salt bytea CHECK (octet_length(salt) = 32),
    successor bytea CHECK (octet_length(successor) = 32),
    CHECK ((used_at IS NULL) = (successor IS NULL))
);
CREATE INDEX oauth_refresh_token_by_grant ON oauth_refresh_token (grant_id);
CREATE INDEX oauth_refresh_token_by_successor ON oauth_refresh_token (successor);

CREATE TABLE oauth_device_code (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    user_code_hash bytea NOT NULL UNIQUE CHECK (octet_length(user_code_hash) = 32),
    client_id text NOT NULL REFERENCES oauth_client ON DELETE CASCADE,
    scopes text[] NOT NULL,
    resource text,
    asked_from text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '15 minutes'),
    interval_s integer NOT NULL,
    polled_at timestamptz,
    denied_at timestamptz,
    grant_id uuid REFERENCES oauth_grant ON DELETE CASCADE,
    used_at timestamptz
);
CREATE INDEX oauth_device_code_by_client ON oauth_device_code (client_id);
CREATE INDEX oauth_device_code_by_grant ON oauth_device_code (grant_id);

CREATE TABLE signing_key (
    kid text PRIMARY KEY,
    public_key text NOT NULL,
    -- PKCS #8, encrypted under the relay's secret, which is not in the database.
    sealed_key bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    created_at timestamptz NOT NULL,
    activated_at timestamptz,
    -- A retired key is shown to verifiers until the last token it signed has ended.
    shown_until timestamptz,
    CHECK ((state = 'retired') = (shown_until IS NOT NULL))
);
CREATE UNIQUE INDEX signing_key_one_active ON signing_key (state) WHERE state IN ('active', 'next');

-- A grant that ends is a credential that ends: every process hears of it (0008).
CREATE TRIGGER oauth_grant_ended AFTER UPDATE OF revoked_at ON oauth_grant
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION credential_changed('true');
CREATE TRIGGER oauth_grant_deleted AFTER DELETE ON oauth_grant
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL) EXECUTE FUNCTION credential_changed('true');
