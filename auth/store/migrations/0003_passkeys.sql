-- Ways of signing in that take two steps keep what was begun here until it is ended, once, or too old.
-- `hash` is the digest of the secret that comes back: a challenge, a state, the token of a letter.

CREATE TABLE flow (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (char_length(kind) <= 30),
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    browser bytea CHECK (octet_length(browser) = 32),
    account_id uuid REFERENCES account ON DELETE CASCADE,
    facts jsonb NOT NULL CHECK (pg_column_size(facts) <= 16384),
    attempts smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX flow_by_age ON flow (expires_at);
CREATE INDEX flow_by_browser ON flow (browser) WHERE browser IS NOT NULL;

CREATE TABLE passkey (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    public_key bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 4096),
    sign_count bigint NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
    synced boolean NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX passkey_by_account ON passkey (account_id);
