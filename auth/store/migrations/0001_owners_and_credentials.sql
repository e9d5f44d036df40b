-- Secrets are kept as SHA-256 digests (32 bytes) or argon2id hashes, never as they are.

CREATE TABLE org (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL
);

CREATE TABLE account (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    password_hash text,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE UNIQUE INDEX account_by_email ON account (lower(email));

CREATE TABLE membership (
    org_id uuid NOT NULL REFERENCES org ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'operator')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id)
);
CREATE INDEX membership_by_account ON membership (account_id, created_at);

CREATE TABLE session (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    org_id uuid NOT NULL REFERENCES org ON DELETE CASCADE,
    device_id uuid,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    user_agent text NOT NULL CHECK (char_length(user_agent) <= 200),
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '90 days'),
    revoked_at timestamptz
);
CREATE INDEX session_by_account ON session (account_id);
CREATE INDEX session_by_device ON session (device_id) WHERE device_id IS NOT NULL;

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES org ON DELETE CASCADE,
    agent_id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('agent')),
    prefix text NOT NULL,
    last4 text NOT NULL CHECK (char_length(last4) = 4),
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    scopes text[] NOT NULL,
    description text NOT NULL CHECK (char_length(description) <= 200),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    rotated_from uuid UNIQUE REFERENCES api_key ON DELETE SET NULL,
    grace_until timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_key_by_org ON api_key (org_id, id);

-- At most one row: the code with which the first owner is made.
CREATE TABLE setup_code (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL
);
